"""Joins the pieces of a finished plan: sentence gaps in the target's manner, and where everything stands."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field

from service.domain import (
    Lang,
    Span,
    SpanKind,
    TranslatedSegment,
    Translation,
    TranslationWarning,
    WarningCode,
)
from service.pipeline.plan import Done, Piece, Plan, Unit
from service.pipeline.units import spans_within

__all__ = ["assemble"]

# Protected text that reads as a word: English sets it off with a blank where Chinese does not.
_WORDLIKE = frozenset(
    {SpanKind.URL, SpanKind.EMAIL, SpanKind.MENTION, SpanKind.HASHTAG, SpanKind.CODE}
)


@dataclass(slots=True)
class _Joined:
    text: list[str] = field(default_factory=list)
    length: int = 0
    segments: list[TranslatedSegment] = field(default_factory=list)
    protected: list[tuple[Span, Span]] = field(default_factory=list)

    def add(self, text: str) -> None:
        if text:
            self.text.append(text)
            self.length += len(text)

    @property
    def last(self) -> str:
        return self.text[-1][-1] if self.text else ""


def assemble(plan: Plan) -> Translation:
    """The translation, its alternatives, and the positions of segments and protected spans in both texts."""
    request = plan.request
    best = _join(plan, 0)
    text = "".join(best.text)
    best.protected.sort()
    alternatives = _alternatives(plan, text)
    warnings = plan.warnings
    if len(alternatives) < request.alternatives:
        warnings = (*warnings, _fewer(request.text))
    return Translation(
        text=text,
        source_lang=plan.source,
        target_lang=request.target_lang,
        detection=plan.detection,
        segments=tuple(best.segments),
        protected=tuple(source for source, _ in best.protected),
        protected_target=tuple(target for _, target in best.protected),
        warnings=warnings,
        alternatives=alternatives,
    )


def _fewer(text: str) -> TranslationWarning:
    return TranslationWarning(
        WarningCode.ALTERNATIVES_FEWER,
        "The model has fewer different translations than were asked for.",
        0,
        len(text),
    )


def _alternatives(plan: Plan, best: str) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for rank in range(1, plan.request.alternatives + 1):
        text = "".join(_join(plan, rank).text)
        if text != best:
            found[text] = None
    return tuple(found)


def _join(plan: Plan, rank: int) -> _Joined:
    """All pieces with the hypothesis of ``rank`` (the best one where a segment has fewer)."""
    joined = _Joined()
    pieces = plan.pieces
    for i, piece in enumerate(pieces):
        if isinstance(piece, Unit):
            raise ValueError("the plan still has segments pending")
        if isinstance(piece, Done):
            _add_done(plan, joined, piece, rank, follows_done=i > 0 and _is_done(pieces[i - 1]))
        else:
            _add_copied(plan, joined, pieces, i)
    return joined


def _needs_blank(joined: _Joined) -> bool:
    return bool(joined.last) and not joined.last.isspace()


def _is_done(piece: Piece) -> bool:
    return isinstance(piece, Done) and piece.score is not None


def _add_done(plan: Plan, joined: _Joined, piece: Done, rank: int, *, follows_done: bool) -> None:
    restored = piece.hypotheses[rank if rank < len(piece.hypotheses) else 0]
    english = plan.request.target_lang is Lang.EN
    follows = follows_done or _after_word(plan, piece.start)
    if english and follows and piece.score is not None and restored.text and _needs_blank(joined):
        joined.add(" ")
    at = joined.length
    joined.add(restored.text)
    if piece.score is not None:
        joined.segments.append(
            TranslatedSegment(piece.start, piece.end, at, joined.length, piece.score)
        )
    for start, end, slot in restored.placed:
        joined.protected.extend(_spans_of(plan, piece.start + slot.start, at + start, end - start))


def _spans_of(plan: Plan, source: int, target: int, length: int) -> list[tuple[Span, Span]]:
    """The protected spans that one slot of ``length`` holds, where they stand in both texts.

    A number is masked on demand and not among the plan's spans.
    """
    spans = spans_within(plan.require_context(), source, source + length)
    if not spans:
        spans = [Span(source, source + length, SpanKind.NUMBER)]
    shift = target - source
    return [(span, Span(span.start + shift, span.end + shift, span.kind)) for span in spans]


def _after_word(plan: Plan, start: int) -> bool:
    """Whether word-like protected text ends right before ``start``."""
    context = plan.context
    if context is None:
        return False
    before = _span_ending_at(plan, start)
    return before is not None and before.kind in _WORDLIKE


def _span_ending_at(plan: Plan, end: int) -> Span | None:
    spans = plan.require_context().spans
    at = bisect_left(spans, end, key=lambda span: span.start) - 1
    return spans[at] if at >= 0 and spans[at].end == end else None


def _add_copied(plan: Plan, joined: _Joined, pieces: Sequence[Piece], i: int) -> None:
    piece = pieces[i]
    raw = plan.request.text[piece.start : piece.end]
    if raw == " " and _drops_blank(plan, joined, pieces, i):
        return
    if plan.context is not None:
        spans = spans_within(plan.context, piece.start, piece.end)
        follows_done = i > 0 and _is_done(pieces[i - 1])
        english = plan.request.target_lang is Lang.EN
        if english and follows_done and _starts_with_word(piece, spans) and _needs_blank(joined):
            joined.add(" ")
        shift = joined.length - piece.start
        joined.protected.extend(
            (span, Span(span.start + shift, span.end + shift, span.kind))
            for span in spans
            if span.end <= piece.end
        )
    joined.add(raw)


def _starts_with_word(piece: Piece, spans: Sequence[Span]) -> bool:
    return bool(spans) and spans[0].start == piece.start and spans[0].kind in _WORDLIKE


def _drops_blank(plan: Plan, joined: _Joined, pieces: Sequence[Piece], i: int) -> bool:
    """Chinese puts no blank between sentences; one between two Latin words stays."""
    if plan.request.target_lang is Lang.EN or not 0 < i < len(pieces) - 1:
        return False
    before, after = pieces[i - 1], pieces[i + 1]
    if not (isinstance(before, Done) and isinstance(after, Done)):
        return False
    first = after.hypotheses[0].text[:1]
    return not (joined.last.isascii() and first.isascii() and first.isalnum())
