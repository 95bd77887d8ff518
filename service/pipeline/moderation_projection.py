"""Evidence on a translation: where the characters that speak against the source stand in the text a moderator reads."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import accumulate

from service.domain import Category, Evidence, LexiconHit, TranslatedSegment, Translation

__all__ = ["APPROXIMATE", "project"]

APPROXIMATE = "approximate"


def project(
    text: str, evidence: Sequence[Evidence], translation: Translation, hits: Sequence[LexiconHit]
) -> tuple[Evidence, ...]:
    """Evidence against ``text`` in code points of ``translation.text``, in its order.

    Where the translation is the text itself, so is the evidence. Otherwise ``hits`` are the lexicon's terms in the
    translation: they are exact. Everything else is carried over from the source, into the same part of the aligned
    segment, widened to whole words, and its note says ``approximate``. It is left out where a hit of its category
    stands in the same segment already. A piece of evidence costs a binary search and the segments that it touches.
    """
    if translation.text == text:
        return tuple(evidence)
    found = [
        Evidence(
            hit.start, hit.end, f"lexicon:{hit.term_id}", hit.category, hit.views, hit.severity
        )
        for hit in hits
    ]
    listed = _listed(hits)
    stretches = _Stretches(translation)
    seen: set[tuple[int, int, str]] = set()
    for one in evidence:
        for segment in stretches.touching(one):
            if _has_hit(listed.get(one.category, ()), segment):
                continue
            start, end = _place(one, segment, translation.text)
            if start < end and (start, end, one.rule) not in seen:
                seen.add((start, end, one.rule))
                found.append(replace(one, start=start, end=end, views=(), note=APPROXIMATE))
    return tuple(sorted(found, key=lambda item: (item.start, item.end)))


class _Stretches:
    """The aligned stretches of a translation by where they stand in the source; copied ones are aligned character by
    character."""

    def __init__(self, translation: Translation) -> None:
        copied = [
            TranslatedSegment(source.start, source.end, target.start, target.end, None)
            for source, target in zip(
                translation.protected, translation.protected_target, strict=True
            )
        ]
        self._all = [_sorted(translation.segments), _sorted(copied)]
        self._starts = [[one.source_start for one in stretches] for stretches in self._all]
        self._furthest = [
            list(accumulate((one.source_end for one in stretches), max)) for stretches in self._all
        ]

    def touching(self, one: Evidence) -> Iterator[TranslatedSegment]:
        """Those that share a character with a piece of evidence: segments first, then copied ones."""
        for stretches, starts, furthest in zip(
            self._all, self._starts, self._furthest, strict=True
        ):
            first = bisect_right(furthest, one.start)
            for stretch in stretches[first : bisect_left(starts, one.end)]:
                if stretch.source_end > one.start:
                    yield stretch


def _sorted(stretches: Sequence[TranslatedSegment]) -> list[TranslatedSegment]:
    return sorted(stretches, key=lambda one: one.source_start)


def _listed(hits: Sequence[LexiconHit]) -> dict[Category | None, list[int]]:
    """Where the hits of each category begin, in order."""
    found: dict[Category | None, list[int]] = {}
    for hit in sorted(hits, key=lambda hit: hit.start):
        found.setdefault(hit.category, []).append(hit.start)
    return found


def _has_hit(starts: Sequence[int], segment: TranslatedSegment) -> bool:
    at = bisect_left(starts, segment.target_start)
    return at < len(starts) and starts[at] < segment.target_end


def _place(one: Evidence, segment: TranslatedSegment, text: str) -> tuple[int, int]:
    """The same share of the segment on the other side, in whole words."""
    length = segment.source_end - segment.source_start
    width = segment.target_end - segment.target_start
    first = max(one.start - segment.source_start, 0)
    last = min(one.end - segment.source_start, length)
    start = segment.target_start + first * width // length
    end = segment.target_start + -(-last * width // length)
    while segment.target_start < start and _in_word(text, start):
        start -= 1
    while end < segment.target_end and _in_word(text, end):
        end += 1
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    return start, end


def _in_word(text: str, at: int) -> bool:
    """Whether a Latin word goes on from the character before ``at``."""
    return _is_latin(text[at - 1]) and _is_latin(text[at])


def _is_latin(character: str) -> bool:
    return character.isascii() and (character.isalnum() or character == "'")
