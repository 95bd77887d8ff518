"""Turns a stretch of text into pieces: what to copy, and masked units for the engine."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from models.interfaces import DecodeOptions, Segment
from service.domain import Detection, Lang, Span, SpanKind, TranslationWarning, WarningCode
from service.pipeline.guards import Problem
from service.pipeline.plan import Copied, Done, Piece, Rung, Traits, Unit
from service.text import hanzi, protect, script
from service.text.segment import Part, peel, wrap

__all__ = ["Context", "make_pieces", "make_unit", "split_around"]

# A tokenizer with byte fallback spends four tokens on a code point at the most.
_TOKENS_PER_CODE_POINT = 4

_MESSAGES = {
    WarningCode.SEGMENT_WRAPPED: "A sentence over the model's limit was translated in several parts.",
    WarningCode.NOT_TRANSLATABLE: "The segment is neither English nor Chinese and was copied.",
}


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


def make_pieces(
    context: Context, part: Part, *, alone: bool
) -> tuple[list[Piece], list[TranslationWarning]]:
    """Pieces of one part of ``segment.split``, with warnings. ``alone``: it is the only one that has words."""
    if not part.translate:
        return [Copied(part.start, part.end)], []
    pieces: list[Piece] = []
    warnings: list[TranslationWarning] = []
    for core in peel(context.text, part, spans_within(context, part.start, part.end)):
        if not core.translate:
            pieces.append(Copied(core.start, core.end))
            continue
        detection = _detect(context, core, alone)
        source = _engine_source(context, detection)
        if source is None:
            pieces.append(Copied(core.start, core.end))
            if detection.reason == "unknown_script":
                warnings.append(_warning(WarningCode.NOT_TRANSLATABLE, core, detection.reason))
            continue
        cut = _fit(context, core, source)
        if len(cut) > 1:
            warnings.append(_warning(WarningCode.SEGMENT_WRAPPED, core))
        for piece in cut:
            if piece.translate:
                pieces.extend(_unit_or_split(context, piece, source))
            else:
                pieces.append(Copied(piece.start, piece.end))
    return pieces, warnings


def _warning(code: WarningCode, part: Part, reason: str = "") -> TranslationWarning:
    return TranslationWarning(code, _MESSAGES[code], part.start, part.end, reason)


def spans_within(context: Context, start: int, end: int) -> Sequence[Span]:
    """The request's protected spans that begin in ``[start, end)``; positions stay those of the text."""
    spans = context.spans
    return spans[bisect_left(spans, start, key=_start) : bisect_left(spans, end, key=_start)]


def _swaps_within(context: Context, start: int, end: int) -> Sequence[tuple[Span, str]]:
    swaps = context.swaps
    first = bisect_left(swaps, start, key=lambda swap: swap[0].start)
    return swaps[first : bisect_left(swaps, end, key=lambda swap: swap[0].start)]


def _start(span: Span) -> int:
    return span.start


def make_unit(
    context: Context,
    start: int,
    end: int,
    source: str,
    *,
    rung: Rung = Rung.PLAIN,
    options: DecodeOptions | None = None,
    problem: Problem | None = None,
    fallback: Done | None = None,
) -> Unit | None:
    """A masked unit of ``text[start:end]``, or None when it holds more protected spans than there are placeholders."""
    raw = context.text[start:end]
    spans: Sequence[Span] = spans_within(context, start, end)
    if rung is Rung.NUMBERS_MASKED:
        spans = protect.merge_spans(
            [Span(s.start + start, s.end + start, s.kind) for s in protect.find_numbers(raw)], spans
        )
    local = [Span(s.start - start, s.end - start, s.kind) for s in spans]
    swaps = {
        Span(s.start - start, s.end - start, s.kind): new
        for s, new in _swaps_within(context, start, end)
    }
    masked = protect.mask(raw, local, context.traits.placeholders, replace=swaps)
    if masked is None:
        return None
    model_text = masked.text
    if source == "zh" and script.han_variant(model_text) == "Hant":
        model_text = hanzi.to_hans(model_text)
    return Unit(
        start,
        end,
        masked,
        Segment(model_text, source, context.target.base),
        options or context.options,
        context.traits.count(model_text, source) + 2,
        rung,
        problem,
        fallback,
    )


def split_around(context: Context, start: int, end: int, source: str) -> list[Piece]:
    """Pieces of ``text[start:end]`` with every protected span copied and the text between translated on its own."""
    pieces: list[Piece] = []
    at = start
    for span in [*spans_within(context, start, end), Span(end, end, SpanKind.CONTROL)]:
        pieces.extend(_between(context, at, span.start, source))
        if span.end > span.start:
            pieces.append(Copied(span.start, span.end))
        at = max(at, span.end)
    return pieces


def _between(context: Context, start: int, end: int, source: str) -> list[Piece]:
    """Text between two protected spans: blanks at its edges are copied, and so is text without words."""
    raw = context.text[start:end]
    inner = raw.strip()
    if not inner:
        return [Copied(start, end)] if raw else []
    shares = script.share(inner)
    unit = None
    if shares.han or shares.latin:
        lead = len(raw) - len(raw.lstrip())
        unit = make_unit(context, start + lead, start + lead + len(inner), source)
    if unit is None:
        return [Copied(start, end)]
    edges: list[Piece] = [unit]
    if unit.start > start:
        edges.insert(0, Copied(start, unit.start))
    if unit.end < end:
        edges.append(Copied(unit.end, end))
    return edges


def _unit_or_split(context: Context, part: Part, source: str) -> list[Piece]:
    unit = make_unit(context, part.start, part.end, source)
    return [unit] if unit else split_around(context, part.start, part.end, source)


def _fit(context: Context, part: Part, source: str) -> list[Part]:
    """``part``, cut where it is longer than the model can read."""
    limit = context.traits.max_input_tokens - 2
    if (part.end - part.start) * _TOKENS_PER_CODE_POINT <= limit:
        return [part]

    def count(text: str) -> int:
        return context.traits.count(text, source)

    # What is protected reaches the model as one token, however long it is.
    spans = spans_within(context, part.start, part.end)
    shadow = list(context.text[part.start : part.end])
    for span in spans:
        shadow[span.start - part.start : span.end - part.start] = "0" + " " * (
            span.end - span.start - 1
        )
    local = [Span(s.start - part.start, s.end - part.start, s.kind) for s in spans]
    whole = Part(0, part.end - part.start, True)
    return [
        Part(cut.start + part.start, cut.end + part.start, cut.translate)
        for cut in wrap("".join(shadow), whole, limit, count, local)
    ]


def _detect(context: Context, part: Part, alone: bool) -> Detection:
    if alone and context.whole is not None:
        return context.whole
    return script.detect(_unprotected(context, part), spans=())


def _engine_source(context: Context, detection: Detection) -> str | None:
    """The engine's source language for a segment, or None to copy it."""
    if detection.lang is None:
        return None
    found, target = detection.lang.base, context.target.base
    if context.per_segment:
        return None if found == target else found
    named = context.source.base if context.source else None
    # Named as the source, yet written in the target's script only: there is nothing to translate.
    return None if named == target or (found == target and not detection.mixed) else named


def _unprotected(context: Context, part: Part) -> str:
    """The part's text without its protected spans."""
    spans = spans_within(context, part.start, part.end)
    if not spans:
        return context.text[part.start : part.end]
    out: list[str] = []
    at = part.start
    for span in spans:
        out.append(context.text[at : span.start])
        at = span.end
    out.append(context.text[at : part.end])
    return " ".join(out)


def convert_script(context: Context) -> tuple[Piece, ...]:
    """Chinese to Chinese: every stretch that is not protected, in the target's script."""
    pieces: list[Piece] = []
    at = 0
    for span in [*context.spans, Span(len(context.text), len(context.text), SpanKind.CONTROL)]:
        if span.start > at:
            text = to_script(context.text[at : span.start], context.target)
            pieces.append(Done(at, span.start, (protect.Restored(text, ()),)))
        if span.end > span.start:
            pieces.append(Copied(span.start, span.end))
        at = max(at, span.end)
    return tuple(pieces)


def to_script(text: str, target: Lang) -> str:
    """Chinese text in the script of ``target``; English as it is."""
    if target is Lang.ZH_HANT:
        return hanzi.to_hant(text, "")
    return hanzi.to_hans(text) if target is Lang.ZH_HANS else text
