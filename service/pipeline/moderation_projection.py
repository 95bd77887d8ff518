"""Evidence on a translation: where the characters that speak against the source stand in the text a moderator reads."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from service.domain import Evidence, LexiconHit, TranslatedSegment, Translation

__all__ = ["APPROXIMATE", "project"]

APPROXIMATE = "approximate"


def project(
    text: str, evidence: Sequence[Evidence], translation: Translation, hits: Sequence[LexiconHit]
) -> tuple[Evidence, ...]:
    """Evidence against ``text`` in code points of ``translation.text``, in its order.

    Where the translation is the text itself, so is the evidence. Otherwise ``hits`` are the lexicon's terms in the
    translation: they are exact. Everything else is carried over from the source, into the same part of the aligned
    segment, widened to whole words, and its note says ``approximate``. It is left out where a hit of its category
    stands in the same segment already.
    """
    if translation.text == text:
        return tuple(evidence)
    found = [
        Evidence(
            hit.start, hit.end, f"lexicon:{hit.term_id}", hit.category, hit.views, hit.severity
        )
        for hit in hits
    ]
    seen: set[tuple[int, int, str]] = set()
    for one in evidence:
        for segment in _overlapping(one, translation):
            if _has_hit(found, one, segment):
                continue
            start, end = _place(one, segment, translation.text)
            if start < end and (start, end, one.rule) not in seen:
                seen.add((start, end, one.rule))
                found.append(replace(one, start=start, end=end, views=(), note=APPROXIMATE))
    return tuple(sorted(found, key=lambda item: (item.start, item.end)))


def _overlapping(one: Evidence, translation: Translation) -> Iterator[TranslatedSegment]:
    """The aligned stretches that a piece of evidence touches; copied ones are aligned character by character."""
    for segment in translation.segments:
        if segment.source_start < one.end and one.start < segment.source_end:
            yield segment
    for source, target in zip(translation.protected, translation.protected_target, strict=True):
        if source.start < one.end and one.start < source.end:
            yield TranslatedSegment(source.start, source.end, target.start, target.end, None)


def _has_hit(hits: Sequence[Evidence], one: Evidence, segment: TranslatedSegment) -> bool:
    return any(
        hit.note != APPROXIMATE
        and hit.category == one.category
        and segment.target_start <= hit.start < segment.target_end
        for hit in hits
    )


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
