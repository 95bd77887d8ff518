"""Joins the pieces of a finished plan: sentence gaps in the target's manner, and where everything stands."""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from service.domain import (
    Lang,
    Span,
    SpanKind,
    TranslatedSegment,
    Translation,
    TranslationWarning,
    WarningCode,
)
from service.pipeline.context import spans_within, terms_within
from service.pipeline.hashtags import beside
from service.pipeline.joints import Joints, needs_blank, takes_blank
from service.pipeline.plan import Done, Piece, Plan, Unit
from service.text import script

__all__ = ["assemble"]

_GOES_ON = frozenset("#＃@＠")
_NO_GLOSSES: Mapping[Span, str] = MappingProxyType({})


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


def assemble(
    plan: Plan,
    choice: Mapping[int, int] | None = None,
    glosses: Mapping[Span, str] = _NO_GLOSSES,
) -> Translation:
    """The translation, its alternatives, and the positions of segments and protected spans in both texts.

    ``choice`` names the hypothesis to use for the piece that starts at a code point of the source, where that is not
    the best one. ``glosses`` are what to put beside hashtags, by their spans in the source.
    """
    request = plan.request
    best = _glossed(_join(plan, 0, choice), plan, glosses)
    text = "".join(best.text)
    best.protected.sort()
    alternatives = _alternatives(plan, text, glosses)
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
        notes=plan.notes,
        decoded=plan.decoded,
    )


def _fewer(text: str) -> TranslationWarning:
    return TranslationWarning(
        WarningCode.ALTERNATIVES_FEWER,
        "The model has fewer different translations than were asked for.",
        0,
        len(text),
    )


def _alternatives(plan: Plan, best: str, glosses: Mapping[Span, str]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for rank in range(1, plan.request.alternatives + 1):
        text = "".join(_glossed(_join(plan, rank), plan, glosses).text)
        if text != best:
            found[text] = None
    return tuple(found)


def _join(plan: Plan, rank: int, choice: Mapping[int, int] | None = None) -> _Joined:
    """All pieces with the hypothesis of ``rank`` or of their choice (the best one where a segment has fewer)."""
    joined = _Joined()
    joints = Joints(plan)
    pieces = plan.pieces
    for i, piece in enumerate(pieces):
        if isinstance(piece, Unit):
            raise ValueError("the plan still has segments pending")
        if isinstance(piece, Done):
            chosen = choice.get(piece.start, rank) if choice else rank
            _add_done(plan, joined, piece, chosen, set_off=joints.sets_off(i, joined.last))
        else:
            _add_copied(plan, joined, pieces, i, joints)
    return joined


def _glossed(joined: _Joined, plan: Plan, glosses: Mapping[Span, str]) -> _Joined:
    """``joined`` with the translations of its hashtags put in, and everything behind them moved on."""
    if not glosses:
        return joined
    # Without a context the whole text was copied, and every tag stands where it stood.
    tags = joined.protected if plan.context is not None else [(span, span) for span in glosses]
    put = beside(tags, glosses, plan.request)
    if not put:
        return joined
    text = "".join(joined.text)
    pieces: list[str] = []
    starts: list[int] = []
    grown = [0]  # by how much what stands behind the first n insertions moves
    at = 0
    for place, gloss in put:
        after = text[place : place + 1]
        goes_on = after.isalnum() or after in _GOES_ON
        said = gloss + " " if goes_on and gloss.startswith(" ") else gloss
        pieces += (text[at:place], said)
        starts.append(place)
        grown.append(grown[-1] + len(said))
        at = place
    pieces.append(text[at:])

    def start(place: int) -> int:
        return place + grown[bisect_right(starts, place)]

    def end(place: int) -> int:
        return place + grown[bisect_left(starts, place)]

    segments = [
        replace(s, target_start=start(s.target_start), target_end=end(s.target_end))
        for s in joined.segments
    ]
    protected = [
        (source, Span(start(target.start), end(target.end), target.kind))
        for source, target in joined.protected
    ]
    return _Joined(pieces, sum(map(len, pieces)), segments, protected)


def _add_done(plan: Plan, joined: _Joined, piece: Done, rank: int, *, set_off: bool) -> None:
    restored = piece.hypotheses[rank if rank < len(piece.hypotheses) else 0]
    if set_off and takes_blank(restored.text):
        joined.add(" ")
    at = joined.length
    joined.add(restored.text)
    if piece.score is not None:
        joined.segments.append(
            TranslatedSegment(piece.start, piece.end, at, joined.length, piece.score, piece.quality)
        )
    for start, end, slot in restored.placed:
        source, target = piece.start + slot.start, at + start
        if slot.shown is not None:  # of another length than what it stands for
            place = Span(source, piece.start + slot.end, SpanKind.TERM)
            if _is_kept(plan, place):
                shown = Span(target, at + end, SpanKind.TERM)
                joined.protected.append((place, shown))
        else:
            joined.protected.extend(_spans_of(plan, source, target, end - start))


def _is_kept(plan: Plan, place: Span) -> bool:
    """Whether a shown term is one that the caller asked to have so; slang is translated, only not by the model."""
    terms = terms_within(plan.require_context(), place.start, place.end)
    return any(term.shown is not None for term in terms)


def _spans_of(plan: Plan, source: int, target: int, length: int) -> list[tuple[Span, Span]]:
    """The protected spans that one slot of ``length`` holds, where they stand in both texts.

    Numbers are masked on demand and, like words of a foreign script, not among the plan's spans.
    """
    spans = spans_within(plan.require_context(), source, source + length)
    if not spans:
        foreign = script.foreign_runs(plan.request.text[source : source + length])
        kind = SpanKind.NOTRANSLATE if foreign else SpanKind.NUMBER
        spans = [Span(source, source + length, kind)]
    shift = target - source
    return [(span, Span(span.start + shift, span.end + shift, span.kind)) for span in spans]


def _add_copied(
    plan: Plan, joined: _Joined, pieces: Sequence[Piece], i: int, joints: Joints
) -> None:
    piece = pieces[i]
    raw = plan.request.text[piece.start : piece.end]
    if raw == " " and _drops_blank(plan, joined, pieces, i):
        return
    blank = joints.blank_in(i)
    at = piece.start
    for text, span in joints.set_width(i):
        if blank == (span.start if span else at) and needs_blank(joined.last):
            joined.add(" ")
        if span is not None:
            at = span.end
            if at <= piece.end:
                shown = Span(joined.length, joined.length + len(text), span.kind)
                joined.protected.append((span, shown))
        joined.add(text)


def _drops_blank(plan: Plan, joined: _Joined, pieces: Sequence[Piece], i: int) -> bool:
    """Chinese puts no blank between sentences; one between two Latin words stays."""
    if plan.request.target_lang is Lang.EN or not 0 < i < len(pieces) - 1:
        return False
    before, after = pieces[i - 1], pieces[i + 1]
    if not (isinstance(before, Done) and isinstance(after, Done)):
        return False
    first = after.hypotheses[0].text[:1]
    if first and first in _GOES_ON:  # a tag ends at a blank
        return False
    return not (joined.last.isascii() and first.isascii() and first.isalnum())
