"""Names of places and people, which a small model spells by ear, and rarer words, which it takes for others."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import regex
from ahocorasick_rs import AhoCorasick, MatchKind

from service.lexicon.entries import BadEntry
from service.lexicon.tables import bundled, rows

__all__ = ["COLUMNS", "FoundName", "NameFinder", "parse_names"]

COLUMNS = ("zh", "en", "from")
NAMES = ("calendar.tsv", "names.tsv")  # of the same one the first table counts
WORDS = ("everyday.tsv", "social.tsv", "words.tsv", "dictionary.tsv")
_WANTED = "a Chinese name, an English name, and zh, en, both or past wanted"
_BETWEEN = "|"  # several translations
_SURROGATES = regex.compile(r"[\uD800-\uDFFF]")

# By the language that a name is looked for in: what it is called in the other, the usual one first; nothing for what is
# only read past, so that no part of it is taken for another.
Names = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class FoundName:
    """A name or word at code points ``[start, end)``, and what it is in the other language.

    ``exact``: it is a name, which is there only as it is written. ``also``: other translations, which count as said.
    """

    start: int
    end: int
    meant: str
    exact: bool
    also: tuple[str, ...] = ()


class NameFinder:
    """All names and words of two tables, one automaton for each language. Names go first. Pure and linear."""

    def __init__(self, names: Names, words: Names | None = None) -> None:
        self._known: dict[str, list[str]] = {}
        self._meant: dict[str, list[str]] = {}
        self._names: dict[str, int] = {}  # so many of them, the first ones, are names
        self._automata: dict[str, AhoCorasick] = {}
        for lang in ("zh", "en"):
            known = dict(names[lang])
            self._names[lang] = len(known)
            for word, meant in (words or {}).get(lang, {}).items():
                known.setdefault(word, meant)
                if lang == "en":
                    known.setdefault(f"{word}s", meant)
            if known:
                self._known[lang] = list(known)
                self._meant[lang] = list(known.values())

    @classmethod
    def bundled(cls) -> "NameFinder":
        """The names and words that ship. Raises ``BadEntry`` when they are damaged."""
        return cls(_read(NAMES), _read(WORDS))

    def find(self, text: str, lang: str, taken: Sequence[tuple[int, int]] = ()) -> list[FoundName]:
        """Names and words in ``text`` of language ``lang`` (``en`` | ``zh``), in order, the longest first.

        English ones are written just so, and whole words. Nothing that touches ``taken`` (sorted, disjoint) counts.
        """
        if lang not in self._known:
            return []
        automaton = self._automata.get(lang)
        if automaton is None:  # made when first needed: it takes longer than to read the tables
            automaton = AhoCorasick(self._known[lang], matchkind=MatchKind.LeftmostLongest)
            self._automata[lang] = automaton
        try:
            matches = automaton.find_matches_as_indexes(text)
        except UnicodeEncodeError:  # lone surrogates, which the library cannot take
            matches = automaton.find_matches_as_indexes(_SURROGATES.sub("\ufffd", text))
        table, names = self._meant[lang], self._names[lang]
        found = []
        for number, start, end in matches:
            if table[number] and (lang == "zh" or _is_whole(text, start, end)):
                meant, *also = table[number].split(_BETWEEN)
                found.append(FoundName(start, end, meant, number < names, tuple(also)))
        return _outside(found, taken) if taken and found else found


def _read(files: Sequence[str]) -> Names:
    names: dict[str, dict[str, str]] = {"zh": {}, "en": {}}
    for name in files:
        _add(names, name, bundled(name))
    return names


def _is_whole(text: str, start: int, end: int) -> bool:
    """Whether a name neither begins nor ends within a word, nor is a part of ``@name`` or ``some-name``."""
    before, after = text[max(start - 1, 0) : start], text[end : end + 1]
    return not (
        before.isalnum() or before in ("-", "_", "@", "#") or after.isalnum() or after in ("-", "_")
    )


def _outside(found: Sequence[FoundName], taken: Sequence[tuple[int, int]]) -> list[FoundName]:
    kept: list[FoundName] = []
    at = 0
    for name in found:
        while at < len(taken) and taken[at][1] <= name.start:
            at += 1
        if at == len(taken) or taken[at][0] >= name.end:
            kept.append(name)
    return kept


def parse_names(name: str, content: str) -> Names:
    """Names of a tab-separated table with the columns ``COLUMNS``; of the same one the first row counts.

    ``from`` says in which language a name is looked for: ``zh``, ``en`` or ``both``; ``past``: a Chinese word that is
    read past. What a name is in the other language may be several with bars between, the usual one first. Raises
    ``BadEntry``.
    """
    names: dict[str, dict[str, str]] = {"zh": {}, "en": {}}
    _add(names, name, content)
    return names


def _add(names: Mapping[str, dict[str, str]], name: str, content: str) -> None:
    zh_en, en_zh = names["zh"].setdefault, names["en"].setdefault
    for number, (zh, en, way) in rows(name, content, COLUMNS, _WANTED):
        key = (
            zh if way in ("zh", "past") else en if way == "en" else zh + en if way == "both" else ""
        )
        if not (zh and en and key) or _BETWEEN in key:
            raise BadEntry(name, number, _WANTED)
        if way != "en":
            zh_en(zh, en if way != "past" else "")
        if way in ("en", "both"):
            en_zh(en, zh)
