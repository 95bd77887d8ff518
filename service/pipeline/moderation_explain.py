"""Which characters are behind a classifier's score: the text is scored again without one chunk at a time.

Leave-one-out occlusion (Zeiler and Fergus 2014; Li, Monroe and Jurafsky 2016, arXiv 1612.08220). Pure: ``make_probe``
says what to score, ``read_probe`` turns the scores into evidence.
"""

from collections.abc import Mapping, Sequence

import regex

from models.interfaces import Scores
from service.domain import Category, Evidence
from service.pipeline.moderation_plan import Probe, Range

__all__ = ["MAX_CHUNKS", "make_probe", "read_probe", "without"]

MAX_CHUNKS = 32
# A chunk counts when it carries this share of what the strongest chunk carries, and at least this much.
_SHARE = 0.4
_LEAST_DROP = 0.02
_MAX_SPANS = 4
# A word with the signs inside it (f*ck), or one Han character.
_TOKEN = regex.compile(r"\p{Han}|[^\s\p{Han}，。！？；：、…“”‘’（）《》【】「」]++")
_EDGE = ".,!?;:()[]\"'"


def make_probe(text: str, window: Range, full: Mapping[Category, float]) -> Probe | None:
    """At most 32 chunks of one window; None where there is no word in it."""
    tokens = [match.span() for match in _TOKEN.finditer(text, *window)]
    if not tokens:
        return None
    size = -(-len(tokens) // MAX_CHUNKS)
    if size == 1:
        return Probe(window, tuple(tokens), full)
    chunks = tuple(
        (tokens[at][0], tokens[min(at + size, len(tokens)) - 1][1])
        for at in range(0, len(tokens), size)
    )
    return Probe(window, chunks, full)


def without(text: str, window: Range, chunks: Sequence[Range]) -> list[str]:
    """The window's text without each of the chunks, and without the blank that would be left over."""
    left, right = window
    found: list[str] = []
    for start, end in chunks:
        if text[end : end + 1] == " " and end < right and (start == left or text[start - 1] == " "):
            end += 1
        found.append(text[left:start] + text[end:right])
    return found


def read_probe(
    text: str, probe: Probe, answers: Sequence[Scores], columns: Sequence[Category]
) -> list[Evidence]:
    """Evidence for each category of the probe: the chunks without which its score falls most.

    ``weight`` is the fall without the strongest of the joined chunks. Where no chunk makes a difference by itself,
    all of them together are the evidence, without a weight.
    """
    found: list[Evidence] = []
    for category, full in probe.full.items():
        column = columns.index(category)
        drops = [full - (row[column] or 0.0) for row in answers]
        spans = _strongest(text, probe.chunks, drops)
        if not spans:
            spans = [(probe.chunks[0][0], probe.chunks[-1][1], None)]
        rule = f"classifier:{category.value}"
        found += [Evidence(start, end, rule, category, weight=w) for start, end, w in spans]
    return found


def _strongest(
    text: str, chunks: Sequence[Range], drops: Sequence[float]
) -> list[tuple[int, int, float | None]]:
    """Spans of the chunks that count, neighbours joined, in the order of the text, with their strongest drop."""
    least = max(_LEAST_DROP, _SHARE * max(drops))
    joined: list[tuple[int, int, float]] = []
    for (start, end), drop in zip(chunks, drops, strict=True):
        if drop < least:
            continue
        if joined and not text[joined[-1][1] : start].strip():
            begun, _, weight = joined.pop()
            joined.append((begun, end, max(weight, drop)))
        else:
            joined.append((start, end, drop))
    kept = sorted(sorted(joined, key=lambda span: -span[2])[:_MAX_SPANS])
    return [(*_trim(text, start, end), round(weight, 4)) for start, end, weight in kept]


def _trim(text: str, start: int, end: int) -> Range:
    """The span without punctuation at its edges, unless it is nothing else."""
    inner = text[start:end]
    left = len(inner) - len(inner.lstrip(_EDGE))
    right = len(inner.rstrip(_EDGE))
    return (start + left, start + right) if left < right else (start, end)
