"""Initials of Chinese abuse outside Chinese text: one alone is an English abbreviation, two side by side are not."""

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from service.policy.lexicon import Match, Term
from service.text.normalize import ViewName

__all__ = ["Candidate", "in_company"]

_CLEAR = 2  # severity from which a term can speak for another one
_REACH = 40  # code points from a clear Chinese term within which initials are Chinese too
_MAX_GAP = 8  # code points between two initials that stand together
_UNMISTAKABLE = 4  # letters from which the same initials twice are no chance
# What may stand between two initials that belong together: no letter of any script, and no digit.
_BETWEEN = re.compile(rf"[\W_]{{0,{_MAX_GAP}}}")
_SMALL_LETTER = re.compile("[a-z]")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A term at code points ``[start, end)`` of the original text, before overlaps and allowed words are looked at.

    ``alone``: a term that counts only in Chinese, with no Han character near it.
    """

    start: int
    end: int
    term: Term
    views: tuple[str, ...]
    alone: bool = False

    @property
    def order(self) -> tuple[int, int, int, int, str]:
        """Longest first, then the least changed, then the most severe."""
        return (
            self.start - self.end,
            len(self.views),
            -self.term.severity,
            self.start,
            self.term.id,
        )


def in_company(text: str, candidates: Sequence[Candidate]) -> list[Candidate]:
    """The candidates without those ``alone`` that nothing near them bears out.

    What bears one out, both being clear abuse: other initials right beside it (the same ones again only if they are
    long), unless both are capitals in a text with small letters, as English abbreviations are; or a Chinese term that
    counts, a few words away. Then ``initials`` is among its views. Linear but for sorting.
    """
    lonely = [one for one in candidates if one.alone]
    if not lonely:
        return list(candidates)
    kept = [one for one in candidates if not one.alone]
    clear = sorted({one for one in lonely if one.term.severity >= _CLEAR}, key=_place)
    near = _Neighbourhood(kept)
    trusted = {at for at, one in enumerate(clear) if near.holds(one)}
    shouted = _SMALL_LETTER.search(text) is None
    for at, (first, second) in enumerate(pairwise(clear)):
        if _are_together(text, first, second, shouted=shouted):
            trusted |= {at, at + 1}
    found = (clear[at] for at in sorted(trusted))
    return kept + [replace(one, views=(*one.views, ViewName.INITIALS)) for one in found]


def _place(one: Candidate) -> tuple[int, int, str]:
    return one.start, one.end, one.term.id


def _are_together(text: str, first: Candidate, second: Candidate, *, shouted: bool) -> bool:
    if not first.end <= second.start or not _BETWEEN.fullmatch(text, first.end, second.start):
        return False
    if first.term.id == second.term.id and len(first.term.text) < _UNMISTAKABLE:
        return False
    pair = text[first.start : first.end], text[second.start : second.end]
    return shouted or not all(initials.isupper() for initials in pair)


class _Neighbourhood:
    """Where clear Chinese terms stand. A question costs a binary search."""

    def __init__(self, candidates: Sequence[Candidate]) -> None:
        self._starts = sorted(
            one.start
            for one in candidates
            if one.term.lang == "zh"
            and one.term.severity >= _CLEAR
            and Match.CHINESE not in one.term.match
        )

    def holds(self, one: Candidate) -> bool:
        """Whether a term begins within reach of ``one``."""
        at = bisect_left(self._starts, one.start - _REACH)
        return at < len(self._starts) and self._starts[at] <= one.end + _REACH
