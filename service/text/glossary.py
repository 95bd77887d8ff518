"""Finds a caller's own terms in a text: Han terms anywhere, Latin terms as words in any case and English inflection."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import regex
from ahocorasick_rs import AhoCorasick, MatchKind

__all__ = ["GlossaryHit", "find_glossary", "inflected"]

_LATIN = regex.compile(r"[\p{Latin}\p{N}]")
_HAN_END = regex.compile(r"\p{Han}$")
_SURROGATES = regex.compile(r"[\uD800-\uDFFF]")
# Enough for the requests at work at one time; a glossary in here is a caller's and goes when others come.
_TABLES = 16
_VOWELS = frozenset("aeiou")


@dataclass(frozen=True, slots=True)
class GlossaryHit:
    """Code points ``[start, end)`` hold a glossary's source term, which is to become ``target``."""

    start: int
    end: int
    target: str


def find_glossary(
    text: str, pairs: Sequence[tuple[str, str]], taken: Sequence[tuple[int, int]] = ()
) -> list[GlossaryHit]:
    """Hits of (source term, target term) pairs, leftmost and longest first, outside the sorted spans ``taken``.

    An English source term also matches in the plural, a Chinese one before 们; the target, where English, takes the
    plural too. Of two pairs with the same source term the first one counts. Pairs with a blank side are ignored.
    """
    table = _table(tuple(pairs))
    if table is None:
        return []
    lowered = _fold(text)
    hits: list[GlossaryHit] = []
    at = 0
    for start, minus_end, number in sorted(
        (start, -end, number) for number, start, end in table.find(lowered)
    ):
        end = -minus_end
        if start >= at and _bounded(lowered, start, end) and not _touches(taken, start, end):
            hits.append(GlossaryHit(start, end, table.targets[number]))
            at = end
    return hits


@dataclass(frozen=True, slots=True)
class _Table:
    automaton: AhoCorasick
    targets: tuple[str, ...]  # by pattern

    def find(self, lowered: str) -> list[tuple[int, int, int]]:
        """Every (pattern, start, end), overlapping."""
        found: list[tuple[int, int, int]] = self.automaton.find_matches_as_indexes(
            lowered, overlapping=True
        )
        return found


@lru_cache(maxsize=_TABLES)
def _table(pairs: tuple[tuple[str, str], ...]) -> _Table | None:
    """All forms of the source terms in one automaton; the texts of a list share it."""
    forms: dict[str, str] = {}
    for source, target in pairs:
        if source.strip() and target.strip():
            forms.setdefault(_fold(source.strip()), target.strip())
    for source, target in list(pairs):  # what the caller wrote goes before what we make of it
        for form, said in _inflections(_fold(source.strip()), target.strip()):
            forms.setdefault(form, said)
    if not forms:
        return None
    return _Table(AhoCorasick(forms, matchkind=MatchKind.Standard), tuple(forms.values()))


def _inflections(source: str, target: str) -> list[tuple[str, str]]:
    """Further forms of a source term, and what they become."""
    if not source or not target:
        return []
    english = target.isascii() and target[-1].isalpha()
    if source.isascii() and source[-1].isalpha():
        return [(inflected(source), inflected(target) if english else target)]
    if _HAN_END.search(source) and english and not source.endswith("们"):
        return [(source + "们", target if target.endswith("s") else inflected(target))]
    return []


def inflected(word: str) -> str:
    """The regular English plural: bestie -> besties, box -> boxes, city -> cities."""
    lowered = word.lower()
    if lowered.endswith(("s", "x", "z", "ch", "sh")):
        return word + "es"
    if lowered.endswith("y") and len(word) > 1 and lowered[-2] not in _VOWELS:
        return word[:-1] + "ies"
    return word + "s"


def _fold(text: str) -> str:
    """Lower case, character for character, and nothing that the automaton cannot take."""
    folded = text.lower()
    if len(folded) != len(text):  # a letter whose lower case is two (İ)
        folded = "".join(low if len(low := c.lower()) == 1 else c for c in text)
    return folded if folded.isascii() else _SURROGATES.sub("\ufffd", folded)


def _bounded(text: str, start: int, end: int) -> bool:
    """Whether a Latin end of ``text[start:end]`` is the end of a word."""
    for inside, outside in ((start, start - 1), (end - 1, end)):
        beyond = text[outside] if 0 <= outside < len(text) else ""
        if beyond and _LATIN.match(beyond) and _LATIN.match(text[inside]):
            return False
    return True


def _touches(taken: Sequence[tuple[int, int]], start: int, end: int) -> bool:
    at = bisect_left(taken, end, key=lambda span: span[0])
    return at > 0 and taken[at - 1][1] > start
