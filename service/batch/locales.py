"""Locale files in JSON: every string value is translated; keys, numbers, order and layout stay byte for byte."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from service.batch.errors import UsageProblem
from service.domain import Lang, SpanKind
from service.text import protect

__all__ = ["Locale", "is_icu", "keeps_templates", "parse_locale"]

_STRING = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"')
_COLON = re.compile(r"[ \t\r\n]*:")
_ICU = re.compile(r"\{\s*\w{1,60}\s*,\s*(?:plural|select|selectordinal)\b")
_TEMPLATES = frozenset({SpanKind.TEMPLATE})
# Further marks of i18n libraries: numbered tags (react-i18next), :name (Laravel), __name__.
_MARKS = re.compile(r"</?\d{1,3}\s?/?>|(?<![\w:]):[A-Za-z]\w+(?!\w*:)|__\w+?__", re.ASCII)


@dataclass(frozen=True, slots=True)
class Locale:
    """A parsed file: its text, where its string values are in it, and the key of each of them."""

    raw: str
    spans: tuple[tuple[int, int], ...]
    names: list[str]
    texts: list[str]

    def fill(self, texts: Sequence[str], target: Lang) -> str:
        """The file with ``texts`` in place of its own; a file of escapes only gets escapes."""
        escape = self.raw.isascii() and "\\u" in self.raw
        parts: list[str] = []
        at = 0
        for (start, end), before, text in zip(self.spans, self.texts, texts, strict=True):
            same = text == before
            value = self.raw[start:end] if same else json.dumps(text, ensure_ascii=escape)
            parts += [self.raw[at:start], value]
            at = end
        return "".join([*parts, self.raw[at:]])


def parse_locale(raw: str) -> Locale:
    """Raises ``UsageProblem`` for what is not JSON, or has a key twice in one object."""
    try:
        found = json.loads(raw, object_pairs_hook=_pairs)
    except json.JSONDecodeError as error:
        raise UsageProblem(f"not JSON: {error.msg}, line {error.lineno}") from error
    except RecursionError as error:
        raise UsageProblem("not a locale file: too many levels") from error
    spans = [match.span() for match in _STRING.finditer(raw) if not _COLON.match(raw, match.end())]
    named = list(_values(found, ""))
    return Locale(raw, tuple(spans), [name for name, _ in named], [text for _, text in named])


def is_icu(text: str) -> bool:
    """Whether a message has ICU branches (``{n, plural, ...}``), whose words only its author can set right."""
    return _ICU.search(text) is not None


def keeps_templates(source: str, translation: str) -> bool:
    """Whether every ``{name}``, ``%s``, ``<0>`` and ``:name`` of the source is in the translation, and no other."""
    return _templates(source) == _templates(translation)


def _templates(text: str) -> list[str]:
    spans = protect.find_spans(text)
    found = [text[span.start : span.end] for span in spans if span.kind in _TEMPLATES]
    return sorted([*found, *_MARKS.findall(text)])


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise UsageProblem("not a locale file: a key is there twice in one object")
    return found


def _values(found: Any, path: str) -> Iterator[tuple[str, str]]:
    """Every string value with its key, in the order of the file."""
    if isinstance(found, str):
        yield path, found
    elif isinstance(found, dict):
        for key, value in found.items():
            yield from _values(value, f"{path}.{key}" if path else key)
    elif isinstance(found, list):
        for at, value in enumerate(found):
            yield from _values(value, f"{path}[{at}]")
