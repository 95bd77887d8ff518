"""``magpie moderate``: what the policy says about a text, or about each line, and why."""

import argparse
import io
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from service.cli.exits import ExitCode, ModelProblem, UsageError
from service.cli.files import add_file_arguments
from service.cli.lines import Input, Line, add_input_arguments, open_input
from service.cli.moderate_files import moderate_files
from service.cli.options import add_setting_flags, read_settings
from service.cli.progress import ProgressBar
from service.cli.ray import add_ray_arguments
from service.cli.report import add_report_arguments
from service.domain import Action, Lang, ModerationRequest, ModerationWarning, Verdict
from service.errors import ServiceError
from service.text.languages import is_auto, resolve_language

if TYPE_CHECKING:
    from service.pipeline.moderation_plan import ModerationSetup
    from service.settings import Settings

__all__ = ["Moderator", "Wishes", "add_arguments", "moderate_input", "run"]

_SETTINGS = (
    "classifier", "classifier_model", "classifier_labels", "policy", "lexicons", "second_opinion", "engine", "model",
    "models_dir", "device", "compute_type", "threads",
)  # fmt: skip


_INVALID: dict[str, Any] = {"error": {"code": "invalid_text", "message": "not valid UTF-8"}}


class Moderator(Protocol):
    """What we use of ``service.runtime.build_moderator``'s result."""

    @property
    def setup(self) -> "ModerationSetup": ...

    def moderate(self, requests: Sequence[ModerationRequest]) -> list[Verdict]: ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Wishes:
    """How texts are judged, how verdicts are written, and which action makes the command fail."""

    lang: Lang | None = None
    translate_to: Lang | None = None
    explain: bool = True
    decode: bool = False
    context: Mapping[str, str] = field(default_factory=dict)
    as_json: bool = False
    fail_on: Action | None = None

    def request(self, text: str) -> ModerationRequest:
        return ModerationRequest(
            text,
            self.lang,
            translate_to=self.translate_to,
            explain=self.explain,
            decode=self.decode,
            context=self.context,
        )


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_input_arguments(parser)
    parser.add_argument(
        "-o", "--output", metavar="OUTPUT",
        help="Judge files instead: TEXT are then files, folders or globs, and OUTPUT gets every row with its verdict.",
    )  # fmt: skip
    parser.add_argument(
        "--lang", default="auto", metavar="LANG",
        help="Language of the texts: en, zh; auto, the default, looks at each line by itself.",
    )  # fmt: skip
    parser.add_argument(
        "--to", "--translate-to", dest="to", metavar="LANG",
        help="Show each text in this language too, with its evidence.",
    )  # fmt: skip
    parser.add_argument(
        "--explain", action=argparse.BooleanOptionalAction, default=True,
        help="Find the characters behind a classifier's score.",
    )  # fmt: skip
    parser.add_argument(
        "--decode", action="store_true",
        help="Judge what number codes, pinyin initials, Morse, base64 and the like say, too.",
    )  # fmt: skip
    parser.add_argument(
        "--context", action="append", default=[], metavar="KEY=VALUE",
        help="What a policy may ask for about the author, such as account_age_days=3; may be repeated.",
    )  # fmt: skip
    parser.add_argument(
        "--json", action="store_true", help="Answer with one JSON object for each line."
    )
    parser.add_argument(
        "--fail-on", choices=[Action.REVIEW, Action.BLOCK], type=Action, default=None,
        help="Exit with code 4 when a line gets this action, or a stricter one.",
    )  # fmt: skip
    add_file_arguments(parser)
    add_report_arguments(parser)
    add_ray_arguments(parser)
    parser.add_argument(
        "--context-column", action="append", metavar="KEY=COLUMN",
        help="What a policy may ask for about the author of each row; may be repeated.",
    )  # fmt: skip
    add_setting_flags(parser, _SETTINGS)
    parser.epilog = (
        "Exit codes: 0 ok, 1 some lines could not be judged, 2 usage, 3 a problem with a model or policy, "
        "4 flagged (only with --fail-on)."
    )


def run(args: argparse.Namespace) -> int:
    settings = read_settings(args)
    wishes = _read_wishes(args)
    if args.output is not None:
        return moderate_files(args, settings, wishes)
    with open_input(args.text, args.file) as source:
        moderator = _load(settings)
        try:
            return moderate_input(moderator, source, wishes)
        finally:
            moderator.close()


def moderate_input(moderator: Moderator, source: Input, wishes: Wishes) -> ExitCode:
    """Judge all of ``source``, line by line; verdicts go to stdout, problems to stderr."""
    lines = failed = 0
    flagged = False
    write = _writer(moderator, wishes)
    with ProgressBar(source.size) as bar:
        for group in source.groups():
            for line, verdict in zip(group, _judge(moderator, group, wishes), strict=True):
                lines += 1
                write(line, verdict)
                failed += not _report(line, verdict)
                flagged = flagged or _reaches(verdict, wishes.fail_on)
            sys.stdout.flush()
            bar.advance(sum(line.size for line in group))
    if failed:
        print(f"magpie: {failed} of {lines} lines could not be judged", file=sys.stderr)
        return ExitCode.SOME_FAILED
    return ExitCode.FLAGGED if flagged else ExitCode.OK


def _read_wishes(args: argparse.Namespace) -> Wishes:
    context: dict[str, str] = {}
    for pair in args.context:
        key, equals, value = pair.partition("=")
        if not equals or not key:
            raise UsageError("--context: write KEY=VALUE")
        context[key] = value
    return Wishes(
        lang=None if is_auto(args.lang) else _language("--lang", args.lang),
        translate_to=None if args.to is None else _language("--to", args.to),
        explain=args.explain,
        decode=args.decode,
        context=context,
        as_json=args.json,
        fail_on=args.fail_on,
    )


def _language(flag: str, code: str) -> Lang:
    lang = resolve_language(code)
    if lang is None:
        raise UsageError(f"{flag}: a language that is neither English nor Chinese")
    return lang


def _load(settings: "Settings") -> Moderator:
    """The moderator, or ``ModelProblem``: from here, whatever goes wrong is about a model, a policy or a word list."""
    from service.runtime import build_moderator

    try:
        return build_moderator(settings)
    except (ServiceError, OSError, ImportError, LookupError, ValueError, RuntimeError) as error:
        raise ModelProblem(str(error)) from error


def _judge(moderator: Moderator, group: Sequence[Line], wishes: Wishes) -> list[Verdict | None]:
    """A verdict for each line; None for one that is no text."""
    verdicts: list[Verdict | None] = [None] * len(group)
    valid = [at for at, line in enumerate(group) if line.valid]
    requests = [wishes.request(group[at].text) for at in valid]
    try:
        answers = moderator.moderate(requests) if requests else []
    except (ServiceError, OSError, ImportError, LookupError, ValueError, RuntimeError) as error:
        raise ModelProblem(str(error)) from error  # a translator that cannot be loaded
    for at, answer in zip(valid, answers, strict=True):
        verdicts[at] = answer
    return verdicts


def _writer(moderator: Moderator, wishes: Wishes) -> Callable[[Line, Verdict | None], None]:
    """What writes one verdict to stdout."""
    if wishes.as_json:
        from service.pipeline.moderation_record import verdict_record

        info = moderator.setup.info

        def write_json(line: Line, verdict: Verdict | None) -> None:
            fields = _INVALID
            if verdict is not None:
                fields = verdict_record(line.text, verdict, wishes.lang, info)
            row = json.dumps({"line": line.number, **fields}, ensure_ascii=False)
            sys.stdout.buffer.write(f"{row}\n".encode())

        return write_json
    from rich.console import Console

    from service.cli.verdicts import verdict_lines

    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal that cannot show every character
    console = Console(highlight=False, soft_wrap=True)

    def write_pretty(line: Line, verdict: Verdict | None) -> None:
        if verdict is not None and line.text.strip():
            for shown in verdict_lines(line.text, verdict):
                console.print(shown)

    return write_pretty


def _report(line: Line, verdict: Verdict | None) -> bool:
    """Say on stderr that a line could not be judged; False if so."""
    where = f"magpie: line {line.number}:"
    if verdict is None:
        print(f"{where} invalid_text: not valid UTF-8", file=sys.stderr)
        return False
    if ModerationWarning.CLASSIFIER_FAILED in verdict.warnings:
        print(f"{where} classifier_failed: left for review", file=sys.stderr)
        return False
    return True


def _reaches(verdict: Verdict | None, action: Action | None) -> bool:
    return (
        verdict is not None
        and action is not None
        and verdict.mode == "live"
        and verdict.action.severity >= action.severity
    )
