"""The suites: how their files are read into cases, and when a case has passed. Pure."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import regex

from service.domain import Lang
from service.text.glossary import find_glossary, inflected

__all__ = ["Case", "glossary_cases", "read_cases", "verdict"]

DATA = Path(__file__).parent / "data"
_HAN = regex.compile(r"\p{Han}")
_LATIN = regex.compile(r"\p{Latin}")
_PAIR = regex.compile(
    r"(?P<m>\*{1,3}|~~|__?)(?P<md>[^*~_]+)(?P=m)|\[(?P<link>[^\[\]]+)\]\(|<(?P<t>b|i|a|em|strong|del)\b[^>]*>(?P<tag>.*?)</(?P=t)>"
)
_CASES_OF_A_TERM = 8


@dataclass(frozen=True, slots=True)
class Case:
    """A text, its language, and what its translation must hold.

    ``keep``: strings that must be there, exactly as often as in the source, in this order. ``any_of``: at least one
    of these must be there, in any case. ``match`` and ``refuse``: patterns that must and must not be found.
    ``marked``: at least one of these must stand between the first pair of marks (Markdown, tags), in any case.
    ``script``: the translation must not leave the source's script standing (names in ``keep`` aside).
    """

    text: str
    lang: str
    keep: tuple[str, ...] = ()
    any_of: tuple[str, ...] = ()
    match: str = ""
    refuse: str = ""
    marked: tuple[str, ...] = ()
    script: bool = False
    glossary: tuple[tuple[str, str], ...] = ()

    @property
    def target(self) -> Lang:
        return Lang.EN if self.lang == "zh" else Lang.ZH_HANS


def read_cases(path: Path) -> list[Case]:
    """Cases of a TSV file with the columns text, lang and any of keep, any_of, match, refuse, marked, script."""
    with path.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [
        Case(
            row["text"], row["lang"], _parts(row.get("keep")),
            _parts(row.get("any_of") or row.get("must_contain")),
            row.get("match") or "", row.get("refuse") or "", _parts(row.get("marked")), bool(row.get("script")),
        )
        for row in rows
    ]  # fmt: skip


def _parts(cell: str | None) -> tuple[str, ...]:
    return tuple(part for part in (cell or "").split("|") if part)


def glossary_cases(path: Path, pairs: Sequence[tuple[str, str]]) -> list[Case]:
    """Sentences of (English, Chinese) ``pairs`` that hold a listed term, with that term as their glossary.

    ``path`` is a TSV file of lang, source and target. Its targets are not what a model would say by itself.
    """
    with path.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [case for row in rows for case in _of_term(row, pairs)]


def _of_term(row: dict[str, str], pairs: Sequence[tuple[str, str]]) -> Iterator[Case]:
    glossary = ((row["source"], row["target"]),)
    column = 0 if row["lang"] == "en" else 1
    found = 0
    for pair in pairs:
        if found < _CASES_OF_A_TERM and find_glossary(pair[column], glossary):
            found += 1
            said = (row["target"], inflected(row["target"]))
            yield Case(pair[column], row["lang"], any_of=said, glossary=glossary)


def verdict(case: Case, text: str) -> str:
    """Why ``text`` is no good translation of the case; empty when it is."""
    at = 0
    for token in case.keep:
        place = text.find(token, at)
        if place < 0:
            return f"lost or moved: {token}"
        at = place + len(token)
    for token in set(case.keep):
        if text.count(token) != case.text.count(token):
            return f"not as often: {token}"
    if case.any_of and not any(said.casefold() in text.casefold() for said in case.any_of):
        return "none of " + ", ".join(case.any_of)
    if case.match and not regex.search(case.match, text):
        return f"does not match {case.match}"
    if case.refuse and regex.search(case.refuse, text):
        return f"matches {case.refuse}"
    if case.marked and not _marks(case.marked, text):
        return "not between the marks: " + ", ".join(case.marked)
    return _script(case, text) if case.script else ""


def _marks(wanted: Sequence[str], text: str) -> bool:
    """Whether the first pair of marks in ``text`` is around one of ``wanted``."""
    found = _PAIR.search(text)
    inner = next((part for part in found.group("md", "link", "tag") if part), "") if found else ""
    return any(said in inner.casefold() for said in wanted)


def _script(case: Case, text: str) -> str:
    rest = text
    for token in case.keep:
        rest = rest.replace(token, "")
    if case.lang == "zh" and _HAN.search(rest):
        return "Chinese is left"
    if case.lang == "en" and len(_LATIN.findall(rest)) > len(_HAN.findall(rest)):
        return "English is left"
    return ""
