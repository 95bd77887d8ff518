"""Marks around words that a model need not see: taken out of its text, and set around the words it made of them.

A placeholder in a sentence costs the model understanding (``This is ⟦0⟧so⟦1⟧ good``). Where the engine says which
words came from which, the pair of marks is taken out, and comes back by alignment; as placeholders, so that whatever
holds for those (all of them, once each, nested as they were) is checked as ever. Pure; linear in tokens for each pair.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import regex

from models.interfaces import Alignment
from service.domain import Span, SpanKind
from service.text.marks import Mark

__all__ = ["Lifted", "Range", "find_liftable", "lift", "name_marks", "put_back"]

_FIRST = 100  # models have fewer placeholders
_MOST = 32  # pairs in one segment: each is looked at beside all others, and nobody writes so many

# A token belongs to a pair when so much of its attention is on the words between; what is below counts twice, so that a
# run does not bridge other words. Chosen on benchmarks/social/data/emphasis.tsv: 0.25 to 0.35 are alike.
_SHARE = 0.3
_WORD = regex.compile(r"[\p{L}\p{N}]")
_LETTER = regex.compile(r"[\p{Latin}'’]")
_STRUCK = regex.compile(r"~~|<(?:del|s|strike)\b")


@dataclass(frozen=True, slots=True)
class Range:
    """``text[start:end]`` of the lifted text stood between the two placeholders."""

    start: int
    end: int
    opening: str
    closing: str


@dataclass(frozen=True, slots=True)
class Lifted:
    """A masked text without some of its placeholders; ``ranges`` are sorted, an outer one before what is in it."""

    text: str
    ranges: tuple[Range, ...]


def find_liftable(
    text: str, spans: Sequence[Span], marks: Sequence[Mark]
) -> list[tuple[Span, Span]]:
    """Pairs of protected ``spans`` that open and close something around words of ``text``; ``marks`` are its marks.

    What is struck out stays as it is: without the marks it and what replaces it would run together.
    """
    kept = {(span.start, span.end): span for span in spans if span.kind is SpanKind.TAG}
    opened: dict[int, Span] = {}
    found: list[tuple[Span, Span]] = []
    for mark in marks:
        span = kept.get((mark.start, mark.end))
        if span is None or mark.pair is None:
            continue
        if mark.opens:
            if _STRUCK.match(text, mark.start):
                continue
            opened[mark.pair] = span
        elif mark.pair in opened:
            found.append((opened.pop(mark.pair), span))
    if len(found) > _MOST:
        return []
    return [pair for pair in found if _says(text, pair[0].end, pair[1].start, spans)]


def _says(text: str, start: int, end: int, spans: Sequence[Span]) -> bool:
    """Whether there is a word in ``text[start:end]`` outside ``spans``."""
    for span in spans:
        if start <= span.start < end:
            if _WORD.search(text, start, span.start):
                return True
            start = max(start, span.end)
    return start < end and _WORD.search(text, start, end) is not None


def name_marks(pairs: Sequence[tuple[Span, Span]]) -> dict[Span, str]:
    """A placeholder for each mark, of none that a model has: it never sees them."""
    return {span: f"⟦{_FIRST + n}⟧" for n, span in enumerate(s for pair in pairs for s in pair)}


def lift(text: str, pairs: Sequence[tuple[str, str]]) -> Lifted | None:
    """Masked ``text`` without the placeholders of ``pairs``; None where one is missing."""
    pattern = regex.compile("|".join(regex.escape(name) for pair in pairs for name in pair))
    pieces: list[str] = []
    where: dict[str, int] = {}
    at = length = 0
    for found in pattern.finditer(text):
        pieces.append(text[at : found.start()])
        length += found.start() - at
        where[found.group()] = length
        at = found.end()
    if len(where) < 2 * len(pairs):
        return None
    ranges = (Range(where[a], where[b], a, b) for a, b in pairs)
    return Lifted(
        "".join([*pieces, text[at:]]), tuple(sorted(ranges, key=lambda r: (r.start, -r.end)))
    )


def put_back(output: str, lifted: Lifted, alignment: Alignment | None) -> str | None:
    """``output`` with the lifted placeholders around the words that came from between them; None where none did."""
    if alignment is None:
        return None
    owner = [-1] * len(alignment.target)  # the innermost range that a token of the output is in
    inserted: list[tuple[int, int, int, str]] = []
    for number, wanted in enumerate(lifted.ranges):
        parent = _parent(lifted.ranges, number)
        run = _best_run(_shares(alignment, wanted), [who == parent for who in owner])
        if run is None:
            return None
        first, last = run
        owner[first : last + 1] = [number] * (last + 1 - first)
        start, end = alignment.target[first][0], alignment.target[last][1]
        start, end = _whole_words(output, start, end)
        # At one place, what ends comes before what begins; of what ends the inner, of what begins the outer first.
        inserted += [(end, 0, -number, wanted.closing), (start, 1, number, wanted.opening)]
    pieces: list[str] = []
    at = 0
    for position, _, _, name in sorted(inserted):
        pieces += (output[at:position], name)
        at = position
    return "".join([*pieces, output[at:]])


def _parent(ranges: Sequence[Range], number: int) -> int:
    """The innermost range around one, as a number; -1 for none."""
    wanted = ranges[number]
    around = (n for n in range(number - 1, -1, -1) if ranges[n].end >= wanted.end)
    return next(around, -1)


def _shares(alignment: Alignment, wanted: Range) -> list[float]:
    """How much of each output token's attention is on the range."""
    columns = [
        column
        for column, (start, end) in enumerate(alignment.source)
        if start < wanted.end and end > wanted.start and end > start
    ]
    return [sum(row[column] for column in columns) for row in alignment.weights]


def _best_run(shares: Sequence[float], free: Sequence[bool]) -> tuple[int, int] | None:
    """The run of free tokens, first and last, whose shares are most above the threshold in sum."""
    best, found = 0.0, None
    total, first = 0.0, 0
    for at, share in enumerate(shares):
        if not free[at]:
            total = 0.0
            continue
        if total <= 0:
            total, first = 0.0, at
        above = share - _SHARE
        total += above if above > 0 else 2 * above
        if total > best:
            best, found = total, (first, at)
    return found


def _whole_words(text: str, start: int, end: int) -> tuple[int, int]:
    """A range that does not begin or end within a word of Latin letters, such as ``don't``."""
    while 0 < start < len(text) and _LETTER.match(text[start]) and _LETTER.match(text[start - 1]):
        start -= 1
    while 0 < end < len(text) and _LETTER.match(text[end]) and _LETTER.match(text[end - 1]):
        end += 1
    return start, end
