"""Files that are translated as a whole, keeping their form: subtitles and locale files."""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from service.batch.errors import BatchError, UsageProblem
from service.batch.locales import is_icu, keeps_templates, parse_locale
from service.batch.plans import check_places
from service.batch.streams import detect_encoding, resolve_encoding
from service.batch.subtitles import parse_subtitles
from service.batch.tasks import isolate
from service.batch.writing import write_atomic
from service.domain import Lang, TextFormat, Translation, TranslationRequest, WarningCode

__all__ = ["DOCUMENTS", "Document", "DocumentJob", "DocumentResult", "translate_document"]

_GROUP = 64
_BOM = "\ufeff"
_MARKUP = re.compile(r"</?[A-Za-z][^<>]*>")
_LETTER = re.compile(r"[^\W\d_]")


class Document(Protocol):
    """A parsed file: its texts, where they are, and how to put others in their places."""

    @property
    def texts(self) -> list[str]: ...
    @property
    def names(self) -> list[str]: ...
    def fill(self, texts: Sequence[str], target: Lang) -> str: ...


DOCUMENTS: dict[str, Callable[[str], Document]] = {".srt": parse_subtitles, ".json": parse_locale}


class Translator(Protocol):
    """What we use of ``LocalTranslator``."""

    def translate(self, requests: Sequence[TranslationRequest]) -> list[Translation]: ...


@dataclass(frozen=True, slots=True)
class DocumentJob:
    """One file to translate. The form is told by the end of ``source``."""

    source: Path
    output: Path
    target_lang: Lang
    source_lang: Lang | None = None
    encoding: str = "auto"
    overwrite: bool = False
    errors_file: Path | None = None  # default: beside the output

    @property
    def errors(self) -> Path:
        return self.errors_file or self.output.with_name(f"{self.output.name}.errors.jsonl")


@dataclass(slots=True)
class DocumentResult:
    """How many texts there were, and which of them were left as they are, with the reason."""

    texts: int = 0
    left: dict[str, str] = field(default_factory=dict)  # where -> reason


def translate_document(
    job: DocumentJob, translator: Translator, progress: Callable[[int, int], None]
) -> DocumentResult:
    """Translate a file and write it in one step; ``progress`` gets the texts done and all of them.

    What cannot be translated, or would lose a ``{name}``, is left as it is and listed in ``job.errors``. Raises
    ``UsageProblem`` for a file that cannot be read as what it claims to be, and ``BatchError`` when writing fails.
    """
    text, encoding = _read(job)
    bom = _BOM if text.startswith(_BOM) else ""
    document = DOCUMENTS[job.source.suffix.lower()](text.removeprefix(_BOM))
    texts, names = document.texts, document.names
    result = DocumentResult(len(texts))
    wanted = {one: None for one in texts if _LETTER.search(one) and not is_icu(one)}
    found = _translate(list(wanted), job, translator, lambda done: progress(done, len(wanted)))
    filled = []
    for name, source in zip(names, texts, strict=True):
        filled_in, reason = _choose(source, found.get(source))
        filled.append(filled_in)
        if reason:
            result.left[name] = reason
    body = (bom + document.fill(filled, job.target_lang)).encode(encoding, "surrogatepass")
    _write(job, body, result)
    return result


def _read(job: DocumentJob) -> tuple[str, str]:
    try:
        raw = job.source.read_bytes()
    except OSError as error:
        raise UsageProblem(f"cannot read {job.source}: {error.strerror}") from error
    if not raw.strip():
        raise UsageProblem(f"{job.source} is empty")
    if job.output.exists():
        if job.output.samefile(job.source):
            raise UsageProblem("the output is the input, which would be overwritten")
        if not job.overwrite:
            raise UsageProblem(f"{job.output} is there already: give --overwrite, or another name")
    if job.errors.resolve() in (job.source.resolve(), job.output.resolve()):
        raise UsageProblem(f"{job.errors} would be written over the input or the output")
    if job.errors_file is not None:
        check_places([job.errors])
    encoding = resolve_encoding(job.encoding)
    if encoding == "auto":
        encoding = detect_encoding(raw)
    try:
        return raw.decode(encoding), encoding if encoding != "gb18030" else "utf-8"
    except UnicodeDecodeError as error:
        raise UsageProblem(f"{job.source} is not valid {encoding}: give --encoding") from error


def _translate(
    texts: Sequence[str],
    job: DocumentJob,
    translator: Translator,
    progress: Callable[[int], None],
) -> dict[str, Translation | str]:
    """Each text's translation, or the reason why there is none."""

    def work(group: Sequence[str]) -> list[Translation]:
        return translator.translate(
            [
                TranslationRequest(
                    one,
                    job.target_lang,
                    job.source_lang,
                    TextFormat.HTML if _MARKUP.search(one) else TextFormat.TEXT,
                )
                for one in group
            ]
        )

    found: dict[str, Translation | str] = {}
    ordered = sorted(texts, key=len)
    for at in range(0, len(ordered), _GROUP):
        isolate(ordered[at : at + _GROUP], work, found)
        progress(min(at + _GROUP, len(ordered)))
    return found


def _choose(source: str, answer: Translation | str | None) -> tuple[str, str]:
    """What stands in the place of a text, and why, if it is the text itself."""
    if is_icu(source):
        return source, "icu_message"
    if answer is None or isinstance(answer, str):
        return source, answer or ""
    if any(warning.code is WarningCode.COPIED_SOURCE for warning in answer.warnings):
        return source, WarningCode.COPIED_SOURCE.value
    if not keeps_templates(source, answer.text):
        return source, "template_lost"
    return answer.text, ""


def _write(job: DocumentJob, body: bytes, result: DocumentResult) -> None:
    lines = [
        json.dumps({"file": str(job.source), "where": name, "reason": reason}, ensure_ascii=False)
        for name, reason in result.left.items()
    ]
    errors = "".join(f"{line}\n" for line in lines).encode("utf-8", "surrogateescape")
    try:
        if errors:
            write_atomic(job.errors, lambda path: _write_bytes(path, errors))
        else:
            job.errors.unlink(missing_ok=True)
        write_atomic(job.output, lambda path: _write_bytes(path, body))
    except OSError as error:
        raise BatchError(f"cannot write {job.output}: {error.strerror}") from error


def _write_bytes(path: Path, body: bytes) -> None:
    path.write_bytes(body)
