"""What every segment of one request shares, and what of it lies within a stretch of the text."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from models.interfaces import DecodeOptions
from service.domain import Detection, HanSpacing, Lang, Span, SpanKind
from service.pipeline.plan import Traits
from service.pipeline.terms import Term
from service.text import protect, script
from service.text.marks import Mark
from service.text.segment import Part

__all__ = [
    "Context",
    "islands",
    "kept_within",
    "marks_within",
    "span_ending_at",
    "spans_within",
    "swaps_within",
    "terms_within",
    "with_partners",
]

_QUOTES = frozenset("\"'“”‘’「」『』《》()（）[]【】")


@dataclass(frozen=True, slots=True)
class Context:
    """What every segment of one request shares."""

    text: str
    spans: tuple[Span, ...]  # protected, sorted, disjoint
    swaps: tuple[tuple[Span, str], ...]  # HTML references the model sees decoded, sorted
    source: Lang | None
    target: Lang
    per_segment: bool  # the caller did not name the source language: look at every segment
    traits: Traits
    options: DecodeOptions
    html: bool = False
    whole: Detection | None = (
        None  # of the text, where a single segment need not be looked at again
    )
    spacing: HanSpacing = HanSpacing.KEEP
    cantonese: bool = False  # the model reads it in Mandarin words
    terms: tuple[Term, ...] = ()  # glossary and slang, sorted, disjoint, outside the spans
    marks: tuple[Mark, ...] = ()  # which of the spans open or close something, sorted


def spans_within(context: Context, start: int, end: int) -> Sequence[Span]:
    """The request's protected spans that begin in ``[start, end)``; positions stay those of the text."""
    spans = context.spans
    return spans[bisect_left(spans, start, key=_start) : bisect_left(spans, end, key=_start)]


def marks_within(context: Context, start: int, end: int) -> Sequence[Mark]:
    """The marks that begin in ``[start, end)``, in positions that count from ``start``."""
    marks = context.marks
    if not marks:
        return ()
    first = bisect_left(marks, start, key=_start)
    inside = marks[first : bisect_left(marks, end, key=_start)]
    return [mark._replace(start=mark.start - start, end=mark.end - start) for mark in inside]


def kept_within(context: Context, start: int, end: int) -> Sequence[Span]:
    """What a model must not see of ``[start, end)``: protected spans, and words of scripts that it never read."""
    spans = spans_within(context, start, end)
    foreign = script.foreign_runs(context.text[start:end])
    if not foreign:
        return spans
    runs = [Span(start + low, start + high, SpanKind.NOTRANSLATE) for low, high in foreign]
    return protect.merge_spans(runs, spans)


def swaps_within(context: Context, start: int, end: int) -> Sequence[tuple[Span, str]]:
    swaps = context.swaps
    first = bisect_left(swaps, start, key=lambda swap: swap[0].start)
    return swaps[first : bisect_left(swaps, end, key=lambda swap: swap[0].start)]


def terms_within(context: Context, start: int, end: int) -> Sequence[Term]:
    """The request's terms in ``[start, end)``."""
    terms = context.terms
    if not terms:
        return ()
    first = bisect_left(terms, start, key=lambda term: term.span.start)
    last = bisect_left(terms, end, key=lambda term: term.span.start)
    return [term for term in terms[first:last] if term.span.end <= end]


def span_ending_at(context: Context, end: int) -> Span | None:
    """The protected span that ends just there, however long it is."""
    at = bisect_left(context.spans, end, key=_start) - 1
    return context.spans[at] if at >= 0 and context.spans[at].end == end else None


def with_partners(context: Context, parts: Sequence[Part]) -> Sequence[Part]:
    """A peeled part, with the marks at its edges back in it whose partner is within: ``*Oh* no`` is lifted whole.

    Only where the engine aligns, and where nothing but marks and blanks is between.
    """
    if not (context.marks and context.traits.aligns) or len(parts) < 2:
        return parts
    begin, end = parts[0].start, parts[-1].end
    core = next((part for part in parts if part.translate), None)
    if core is None:
        return parts
    marks = [mark for mark in marks_within(context, begin, end) if mark.pair is not None]
    inside = {m.pair for m in marks if core.start <= begin + m.start < core.end}
    first, last = core.start, core.end
    for mark in reversed(marks):
        start, stop = begin + mark.start, begin + mark.end
        if stop <= first and not context.text[stop:first].strip():
            first = start if mark.opens and mark.pair in inside else first
    for mark in marks:
        start, stop = begin + mark.start, begin + mark.end
        if start >= last and not context.text[last:start].strip():
            last = stop if not mark.opens and mark.pair in inside else last
    wider = [Part(begin, first, False), Part(first, last, True), Part(last, end, False)]
    return [part for part in wider if part.start < part.end]


def _start(span: Span | Mark) -> int:
    return span.start


def islands(context: Context, part: Part, detection: Detection) -> list[Part]:
    """An English part for readers of English, cut around its Chinese words, which they cannot read.

    One character alone, and what stands in quotation marks or brackets, is talked about rather than said. English
    words in Chinese stay: those that people mix in are understood, and often mean something else than in a dictionary.
    """
    english = detection.lang is Lang.EN and context.target is Lang.EN
    if not (english and detection.mixed and context.per_segment):
        return [Part(part.start, part.end, False)]
    kept = spans_within(context, part.start, part.end)
    parts: list[Part] = []
    at = part.start
    for low, high in script.target_runs(context.text[part.start : part.end], "zh"):
        start, end = part.start + low, part.start + high
        around = context.text[max(start - 1, 0) : start] + context.text[end : end + 1]
        after = bisect_left(
            kept, end, key=_start
        )  # sorted and disjoint: only the last one before can reach in
        inside = after > 0 and kept[after - 1].end > start
        if end - start < 2 or inside or any(mark in _QUOTES for mark in around):
            continue
        if start > at:
            parts.append(Part(at, start, False))
        parts.append(Part(start, end, True))
        at = end
    return [*parts, Part(at, part.end, False)] if at < part.end else parts
