"""``magpie translate-file INPUT -o OUTPUT``: tables, subtitles and locale files, translated."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from service.cli.exits import CommandError, ExitCode, ModelProblem, UsageError
from service.cli.files import add_file_arguments, make_job, run_job, text_columns
from service.cli.options import add_setting_flags, read_settings
from service.cli.progress import ProgressBar
from service.domain import Hashtags, Lang
from service.errors import ServiceError
from service.text.languages import is_auto, resolve_language

if TYPE_CHECKING:
    from service.pipeline.drivers import LocalTranslator
    from service.settings import Settings

__all__ = ["add_arguments", "run"]

_SETTINGS = ("engine", "model", "models_dir", "device", "compute_type", "threads", "beam_size")
_SHOWN = 10
# Flags that mean nothing for a file that is translated as a whole, by the name of their value.
_OF_ROWS = {
    "text_columns": "--text", "id_column": "--id", "input_format": "--format", "output_format": "--output-format",
    "no_quotes": "--no-quotes", "no_header": "--no-header", "where": "--where", "sample": "--sample",
    "limit": "--limit", "seed": "--seed", "prefix": "--prefix", "processes": "--processes",
    "chunk_rows": "--chunk-rows", "resume": "--resume", "restart": "--restart", "summary": "--summary",
}  # fmt: skip


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "input", nargs="+", metavar="INPUT",
        help="Files, folders or globs (JSONL, CSV, TSV, Parquet, lines), - for standard input; or one .srt or .json.",
    )  # fmt: skip
    parser.add_argument(
        "-o", "--output", required=True, metavar="OUTPUT", help="File to write; -: standard output."
    )
    parser.add_argument(
        "--to", required=True, metavar="LANG", help="Language to translate to: zh, zh-Hant, en."
    )
    parser.add_argument(
        "--from", dest="source", default="auto", metavar="LANG",
        help="Language of the texts; auto, the default, looks at each by itself.",
    )  # fmt: skip
    parser.add_argument(
        "--hashtags", choices=[*Hashtags], default=Hashtags.KEEP, type=Hashtags,
        help="In tables: copy hashtags, translate them, or copy them with a translation beside.",
    )  # fmt: skip
    add_file_arguments(parser)
    add_setting_flags(parser, _SETTINGS)
    parser.epilog = (
        "Subtitles (.srt) and locale files (.json) are translated as a whole: of the flags of files, --encoding, "
        "--errors, --overwrite and --quiet apply. "
        "Exit codes: 0 ok, 1 some rows were left out, 2 usage, 3 a problem with the model."
    )


def run(args: argparse.Namespace) -> int:
    settings = read_settings(args)
    target, source = _language("--to", args.to), None
    if not is_auto(args.source):
        source = _language("--from", args.source)
    if Path(args.input[0]).suffix.lower() in (".srt", ".json"):
        return _translate_document(args, settings, target, source)
    from service.batch.tasks import TranslationTask

    task = TranslationTask(settings, target, text_columns(args), source, args.hashtags)
    code, _ = run_job(make_job(args, args.input, task), args)
    return code


def _language(flag: str, code: str) -> Lang:
    lang = resolve_language(code)
    if lang is None:
        raise UsageError(f"{flag}: a language that is neither English nor Chinese")
    return lang


def _translate_document(
    args: argparse.Namespace, settings: "Settings", target: Lang, source: Lang | None
) -> ExitCode:
    from service.batch.documents import DocumentJob, translate_document
    from service.batch.errors import BatchError, UsageProblem

    if len(args.input) > 1:
        raise UsageError("one subtitle or locale file at a time")
    _check_flags(args)
    job = DocumentJob(
        Path(args.input[0]),
        Path(args.output),
        target,
        source,
        args.encoding,
        args.overwrite,
        Path(args.errors) if args.errors else None,
    )
    translator = _load(settings)
    done = 0
    try:
        with ProgressBar(None, wanted=False if args.quiet else None) as bar:

            def advance(now: int, of: int) -> None:
                nonlocal done
                bar.advance(now - done)
                done = now

            result = translate_document(job, translator, advance)
    except UsageProblem as error:
        raise UsageError(str(error)) from error
    except BatchError as error:
        raise CommandError(str(error)) from error
    finally:
        translator.close()
    if not args.quiet:
        print(
            f"magpie: {result.texts - len(result.left)} of {result.texts} texts done",
            file=sys.stderr,
        )
    for where, reason in list(result.left.items())[:_SHOWN]:
        print(f"magpie: {where}: {reason}, left as it is", file=sys.stderr)
    if len(result.left) > _SHOWN:
        print(f"magpie: {len(result.left) - _SHOWN} more in {job.errors}", file=sys.stderr)
    return ExitCode.SOME_FAILED if result.left else ExitCode.OK


def _check_flags(args: argparse.Namespace) -> None:
    """A flag that would be ignored is refused."""
    parser = argparse.ArgumentParser()
    add_file_arguments(parser)
    given = [
        flag for name, flag in _OF_ROWS.items() if getattr(args, name) != parser.get_default(name)
    ]
    if args.hashtags is not Hashtags.KEEP:
        given.append("--hashtags")
    if given:
        raise UsageError(f"{given[0]} is for tables, not for a subtitle or locale file")
    if args.output == "-":
        raise UsageError("a subtitle or locale file needs a name for its OUTPUT")


def _load(settings: "Settings") -> "LocalTranslator":
    from service.runtime import build_local

    try:
        return build_local(settings)
    except (ServiceError, OSError, ImportError, LookupError, ValueError, RuntimeError) as error:
        raise ModelProblem(str(error)) from error
