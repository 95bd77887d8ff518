"""Finds slang in a text: Aho-Corasick over all spellings, word boundaries, guards, longest first. Pure and linear."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

import regex
from ahocorasick_rs import AhoCorasick, MatchKind

from service.lexicon.entries import Entry, Guard, SlangLexicon

__all__ = ["Found", "SlangFinder"]

_LOWER = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ’", "abcdefghijklmnopqrstuvwxyz'")
_HAN = regex.compile(r"\p{Han}")
_WORDS = regex.compile(r"[\p{L}\p{N}]")
_SURROGATES = regex.compile(r"[\uD800-\uDFFF]")
# Letters and digits that make a word go on: Latin ones, with and without accents.
_LETTERS = frozenset(c for c in map(chr, (*range(0x250), *range(0x1E00, 0x1F00))) if c.isalnum())
# In a text without Chinese, a Chinese term in Latin letters counts only if it cannot be much else.
_SURE = frozenset({Guard.WORD, Guard.ALONE, Guard.ALWAYS, Guard.EXACT_CASE})


@dataclass(frozen=True, slots=True)
class Found:
    """An entry whose spelling stands at code points ``[start, end)``; ``sure``: its guard lets it be expanded."""

    start: int
    end: int
    entry: Entry
    sure: bool


class SlangFinder:
    """All entries of a lexicon in one automaton."""

    def __init__(self, lexicon: SlangLexicon) -> None:
        self.version = lexicon.version
        spellings: dict[str, list[Entry]] = {}
        for entry in lexicon.entries:
            for spelling in dict.fromkeys(_fold(s) for s in entry.spellings):
                spellings.setdefault(spelling, []).append(entry)
        self._by_spelling = spellings
        self._patterns = list(spellings)
        self._entries = list(spellings.values())
        self._automaton = (
            AhoCorasick(self._patterns, matchkind=MatchKind.Standard) if spellings else None
        )

    def find(self, text: str, taken: Sequence[tuple[int, int]] = ()) -> tuple[Found, ...]:
        """Slang in ``text``, in order and not overlapping; nothing inside ``taken`` (sorted, disjoint) counts."""
        lowered = _fold(text)
        matches = self._matches(lowered)
        if not matches:
            return ()
        context = _Context(text, lowered)
        found: list[Found] = []
        end = 0
        for start, minus_end, number in sorted(matches):
            stop = -minus_end
            if start < end or _touches(taken, start, stop):
                continue
            hit = self._choose(context, start, stop, self._entries[number])
            if hit is not None:
                found.append(hit)
                end = stop
        return tuple(found)

    def whole(self, text: str) -> Entry | None:
        """The entry that has ``text`` as a spelling, whatever its guard: for kaomoji, which are copied."""
        entries = self._by_spelling.get(_fold(text))
        return entries[0] if entries else None

    def _matches(self, lowered: str) -> list[tuple[int, int, int]]:
        """(start, minus end, number) of every pattern whose Latin ends are ends of words; most texts have none."""
        if self._automaton is None:
            return []
        try:
            matches = self._automaton.find_matches_as_indexes(lowered, overlapping=True)
        except UnicodeEncodeError:  # lone surrogates, which the library cannot take
            lowered = _SURROGATES.sub("\ufffd", lowered)
            matches = self._automaton.find_matches_as_indexes(lowered, overlapping=True)
        length = len(lowered)
        return [
            (start, -end, number)
            for number, start, end in matches
            if not (
                (start and lowered[start - 1] in _LETTERS and lowered[start] in _LETTERS)
                or (end < length and lowered[end] in _LETTERS and lowered[end - 1] in _LETTERS)
            )
        ]

    @staticmethod
    def _choose(context: "_Context", start: int, end: int, entries: list[Entry]) -> Found | None:
        """The entry that fits the place: one whose guard holds before one that is only worth a note."""
        fitting = [entry for entry in entries if context.allows(entry)]
        for entry in fitting:
            if context.holds(entry, start, end):
                return Found(start, end, entry, True)
        for entry in fitting:
            if entry.guard is Guard.NOTE_ONLY:
                return Found(start, end, entry, False)
        return None


class _Context:
    """The text around a match."""

    def __init__(self, text: str, lowered: str) -> None:
        self._text = text
        self._lowered = lowered
        self._has_han = _HAN.search(text) is not None

    def allows(self, entry: Entry) -> bool:
        """Whether the text can hold the entry's language at all."""
        if entry.language == "zh":
            return self._has_han or entry.guard in _SURE
        return not self._has_han or entry.guard in _SURE

    def holds(self, entry: Entry, start: int, end: int) -> bool:
        """Whether the entry's guard is met at this place."""
        guard = entry.guard
        if guard in (Guard.ALWAYS, Guard.WORD):
            return True
        if guard is Guard.EXACT_CASE:
            return self._text[start:end] in entry.spellings
        if guard is Guard.ALONE:
            return not (_WORDS.search(self._text, 0, start) or _WORDS.search(self._text, end))
        if guard is Guard.NOT_BEFORE:
            return not self._lowered.startswith(entry.unless, end)
        if guard is Guard.NOT_AFTER:
            return not self._lowered.endswith(entry.unless, 0, start)
        return guard is Guard.HAN_CONTEXT and self._has_han


def _fold(text: str) -> str:
    """``text`` in lower case and with plain apostrophes, character for character."""
    folded = text.lower()
    if text.isascii():
        return folded
    if len(folded) != len(text):  # a letter whose lower case is two (İ)
        return text.translate(_LOWER)
    return folded.replace("’", "'")


def _touches(taken: Sequence[tuple[int, int]], start: int, end: int) -> bool:
    at = bisect_left(taken, end, key=lambda span: span[0])
    return at > 0 and taken[at - 1][1] > start
