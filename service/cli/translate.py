"""``magpie translate``: text in, translations out, line for line, as they are ready."""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from service.cli.exits import ExitCode, ModelProblem, UsageError
from service.cli.lines import Input, Line, add_input_arguments, open_input
from service.cli.options import add_setting_flags, read_settings
from service.cli.progress import ProgressBar
from service.domain import Hashtags, Lang, TextFormat, Translation, TranslationRequest, WarningCode
from service.errors import InvalidText, ServiceError
from service.pipeline.note_record import note_record
from service.text.languages import is_auto, resolve_language

if TYPE_CHECKING:
    from service.settings import Settings

__all__ = ["Style", "Translator", "add_arguments", "run", "translate_input"]

Answer: TypeAlias = "Translation | ServiceError | None"  # None: a blank line, which is copied

_SETTINGS = ("engine", "model", "models_dir", "device", "compute_type", "threads", "beam_size")


class Translator(Protocol):
    """What we use of ``service.runtime.build_local``'s result."""

    def translate(self, requests: Sequence[TranslationRequest]) -> list[Translation]: ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Style:
    """How requests are made and how answers are written."""

    target_lang: Lang
    source_lang: Lang | None = None
    format: TextFormat = TextFormat.TEXT
    hashtags: Hashtags = Hashtags.KEEP
    alternatives: int = 0
    as_json: bool = False
    verbose: bool = False
    round_trip: bool = False

    def request(self, text: str) -> TranslationRequest:
        return TranslationRequest(
            text,
            self.target_lang,
            self.source_lang,
            self.format,
            self.hashtags,
            self.alternatives,
            round_trip=self.round_trip,
        )


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_input_arguments(parser)
    parser.add_argument(
        "--to", required=True, metavar="LANG", help="Language to translate to: zh, zh-Hant, en."
    )
    parser.add_argument(
        "--from", dest="source", default="auto", metavar="LANG",
        help="Language of the text; auto, the default, looks at each line by itself.",
    )  # fmt: skip
    parser.add_argument(
        "--format", choices=[*TextFormat], default=TextFormat.TEXT, type=TextFormat,
        help="html: the whole input is one HTML text, and markup stays as it is.",
    )  # fmt: skip
    parser.add_argument(
        "--hashtags", choices=[*Hashtags], default=Hashtags.KEEP, type=Hashtags,
        help="Copy hashtags, so that links keep working, translate them, or copy them with a translation beside.",
    )  # fmt: skip
    parser.add_argument(
        "--alternatives", type=int, default=0, metavar="N",
        help="Add up to N other translations to each line, separated by tabs.",
    )  # fmt: skip
    parser.add_argument(
        "--round-trip", action="store_true",
        help="Translate back too, for a better estimate of quality (in --json); takes twice the time.",
    )  # fmt: skip
    parser.add_argument(
        "--json", action="store_true", help="Answer with one JSON object for each line."
    )
    parser.add_argument(
        "-v", "--verbose", action="store_true", help="Print the warnings of each line on stderr."
    )
    add_setting_flags(parser, _SETTINGS)
    parser.epilog = (
        "A line that fails is copied as it is and reported on stderr. "
        "Exit codes: 0 ok, 1 some lines failed, 2 usage, 3 a problem with the model."
    )


def run(args: argparse.Namespace) -> int:
    settings = read_settings(args)
    style = _read_style(args, settings.max_alternatives)
    with open_input(args.text, args.file) as source:
        translator = _load(settings)
        try:
            return translate_input(translator, source, style)
        finally:
            translator.close()


def translate_input(translator: Translator, source: Input, style: Style) -> ExitCode:
    """Translate all of ``source`` to stdout; problems and warnings go to stderr."""
    lines = failed = 0
    with ProgressBar(source.size) as bar:
        for group in source.groups(whole=style.format is TextFormat.HTML):
            for line, answer in zip(group, _answers(translator, group, style), strict=True):
                lines += 1
                sys.stdout.buffer.write(_render(line, answer, style))
                failed += not _report(line, answer, verbose=style.verbose)
            sys.stdout.buffer.flush()
            bar.advance(sum(line.size for line in group))
    if failed:
        print(f"magpie: {failed} of {lines} lines failed", file=sys.stderr)
        return ExitCode.SOME_FAILED
    return ExitCode.OK


def _read_style(args: argparse.Namespace, max_alternatives: int) -> Style:
    target = resolve_language(args.to)
    if target is None:
        raise UsageError("--to: a language that is neither English nor Chinese")
    source = None if is_auto(args.source) else resolve_language(args.source)
    if source is None and not is_auto(args.source):
        raise UsageError("--from: a language that is neither English nor Chinese")
    if not 0 <= args.alternatives <= max_alternatives:
        raise UsageError(f"--alternatives: from 0 to {max_alternatives}")
    return Style(
        target,
        source,
        args.format,
        args.hashtags,
        args.alternatives,
        args.json,
        args.verbose,
        args.round_trip,
    )


def _load(settings: "Settings") -> Translator:
    """The translator, or ``ModelProblem``: from here, whatever goes wrong is about the model or its libraries."""
    from service.runtime import build_local

    try:
        return build_local(settings)
    except (ServiceError, OSError, ImportError, LookupError, ValueError, RuntimeError) as error:
        raise ModelProblem(str(error)) from error


def _answers(translator: Translator, group: Sequence[Line], style: Style) -> list[Answer]:
    answers: list[Answer] = [
        None if line.valid else InvalidText("not valid UTF-8") for line in group
    ]
    wanted = [i for i, line in enumerate(group) if line.valid and line.text.strip()]
    requests = [style.request(group[i].text) for i in wanted]
    for i, answer in zip(wanted, _translate(translator, requests), strict=True):
        answers[i] = answer
    return answers


def _translate(
    translator: Translator, requests: Sequence[TranslationRequest]
) -> Iterator[Translation | ServiceError]:
    """Translate together; where that fails, each half by itself, so that only a guilty text is lost."""
    if not requests:
        return
    try:
        answers = translator.translate(requests)
    except ServiceError as error:
        if len(requests) == 1:
            yield error
            return
        middle = len(requests) // 2
        yield from _translate(translator, requests[:middle])
        yield from _translate(translator, requests[middle:])
    else:
        yield from answers


def _render(line: Line, answer: Answer, style: Style) -> bytes:
    """What is written for a line: its translation, JSON, or the very bytes that were read."""
    if style.as_json:
        fields = {"line": line.number, **_fields(line, answer, style)}
        return (json.dumps(fields, ensure_ascii=False) + "\n").encode()
    if isinstance(answer, Translation):
        return ("\t".join((answer.text, *answer.alternatives)) + line.ending).encode()
    return line.raw or (line.text + line.ending).encode()


def _fields(line: Line, answer: Answer, style: Style) -> dict[str, Any]:
    """The same fields as an element of ``translations`` in the HTTP API."""
    if isinstance(answer, ServiceError):
        return {"error": {"code": answer.code, "message": answer.message}}
    if answer is None:
        answer = Translation(line.text, style.source_lang, style.target_lang, None)
    return {
        "text": answer.text,
        "source_lang": answer.source_lang,
        "target_lang": answer.target_lang,
        "detection": answer.detection
        and {
            "lang": answer.detection.lang,
            "confidence": answer.detection.confidence,
            "mixed": answer.detection.mixed,
            "reason": answer.detection.reason,
        },
        "segments": [
            {
                "source": [one.source_start, one.source_end],
                "target": [one.target_start, one.target_end],
                "score": one.score,
                "quality": one.quality,
            }
            for one in answer.segments
        ],
        "protected": [
            {
                "kind": here.kind,
                "source": [here.start, here.end],
                "target": [there.start, there.end],
            }
            for here, there in zip(answer.protected, answer.protected_target, strict=True)
        ],
        "warnings": [
            {
                "code": one.code,
                "message": one.message,
                "reason": one.reason,
                "span": [one.start, one.end],
            }
            for one in answer.warnings
        ],
        "alternatives": list(answer.alternatives),
        "notes": [note_record(note) for note in answer.notes],
        "decoded": [
            {
                "span": [one.start, one.end],
                "kind": one.kind,
                "text": one.text,
                "english": one.english,
            }
            for one in answer.decoded
        ],
        "moderation": None,
    }


def _report(line: Line, answer: Answer, *, verbose: bool) -> bool:
    """Say on stderr what is wrong with a line; False if it, or a part of it, could not be translated."""
    where = f"magpie: line {line.number}:"
    if isinstance(answer, ServiceError):
        print(f"{where} {answer.code}: {answer.message}", file=sys.stderr)
        return False
    if answer is None:
        return True
    copied = False
    for warning in answer.warnings:
        failure = warning.code is WarningCode.COPIED_SOURCE
        copied = copied or failure
        if failure or verbose:
            reason = f" ({warning.reason})" if warning.reason else ""
            print(f"{where} {warning.code}: {warning.message}{reason}", file=sys.stderr)
    return not copied
