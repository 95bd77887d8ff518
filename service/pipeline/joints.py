"""Where pieces of a plan meet: where English wants a blank that Chinese does not write, and in which width copied marks
are set. Source positions throughout; linear in the text."""

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

import regex

from service.domain import Lang, Span, SpanKind
from service.pipeline.context import Context, marks_within, span_ending_at, spans_within
from service.pipeline.plan import Copied, Done, Piece, Plan

__all__ = ["Joints", "is_done", "needs_blank", "takes_blank"]

# Protected text that reads as a word: English sets it off with a blank where Chinese does not.
_WORDLIKE = frozenset(
    {
        SpanKind.URL, SpanKind.EMAIL, SpanKind.MENTION, SpanKind.HASHTAG, SpanKind.CODE,
        SpanKind.EMOJI, SpanKind.EMOTE, SpanKind.SHORTCODE,
    }
)  # fmt: skip
# Goes on until a blank or a mark ends it, in Chinese too.
_RUNS_ON = frozenset({SpanKind.URL, SpanKind.EMAIL, SpanKind.MENTION, SpanKind.HASHTAG})
# English puts no blank behind the former and none in front of the latter.
_OPENING = frozenset("([{<“‘「『（《【#@/-_$")
_CLOSING = frozenset(",.!?;:)]}%，。！？；：、）】》」』”’")
_ENDS_COPY = frozenset(".!?,;:")
_WIDE = regex.compile(r"[\s，、：；。！？]++")
_TO_NARROW = str.maketrans("，、：；。！？", ",,:;.!?")
_HAN = regex.compile(r"\p{Han}")
_TO_WIDE = {",": "，", ":": "：", "，": "，", "：": "：", "、": "、"}
_PICTURES = frozenset({SpanKind.EMOJI, SpanKind.EMOTE})
_NOWHERE: Mapping[int, int] = MappingProxyType({})


def is_done(piece: Piece) -> bool:
    """Whether ``piece`` is words in the target language: decoded, or a glossary's term."""
    if not isinstance(piece, Done):
        return False
    placed = piece.hypotheses[0].placed
    return piece.score is not None or any(slot.shown is not None for _, _, slot in placed)


def needs_blank(last: str) -> bool:
    """Whether a word in English can need a blank behind the character ``last`` of the answer so far."""
    return bool(last) and not last.isspace() and last not in _OPENING


def takes_blank(text: str) -> bool:
    """Whether ``text`` in English can have a blank in front of it."""
    return bool(text) and not text[0].isspace() and text[0] not in _CLOSING


class Joints:
    """What the neighbours of each of a plan's pieces ask for."""

    def __init__(self, plan: Plan) -> None:
        self._text = plan.request.text
        self._pieces: Sequence[Piece] = plan.pieces
        self._context = plan.context
        self._english = plan.request.target_lang is Lang.EN
        self._decoded = any(map(is_done, plan.pieces))
        self._between = self._between_marks() if self._english and self._decoded else _NOWHERE

    def sets_off(self, i: int, last: str) -> bool:
        """Whether a blank has to come between ``last``, where the answer ends so far, and the decoded piece ``i``:
        English wants it where Chinese has none."""
        piece = self._pieces[i]
        if i in self._between:
            return True
        if i == 0 or self._context is None or not needs_blank(last) or not is_done(piece):
            return False
        before = self._pieces[i - 1]
        if not self._english:  # a name whose comma got lost must still end somewhere
            span = None if is_done(before) else span_ending_at(self._context, piece.start)
            return span is not None and span.kind in _RUNS_ON and self._text[span.end - 1] != "#"
        if is_done(before):
            return True
        span = span_ending_at(self._context, piece.start)
        if span is None:  # a sentence that is English already, or the mark behind it
            mark = self._text[piece.start - 1]
            return mark.isalnum() or mark in _ENDS_COPY
        return span.kind in _WORDLIKE

    def blank_in(self, i: int) -> int | None:
        """Where in the copied piece ``i`` English wants a blank that the source does not have, if anywhere."""
        if not self._english or self._context is None:
            return None
        piece = self._pieces[i]
        if i in self._between:
            return self._between[i]
        if i == 0 or not is_done(self._pieces[i - 1]):
            return None
        spans = spans_within(self._context, piece.start, piece.end)
        if not spans or spans[0].start > piece.start:
            return piece.start if self._text[piece.start].isalnum() else None
        return piece.start if spans[0].kind in _WORDLIKE else None

    def _between_marks(self) -> Mapping[int, int]:
        """The place of the blank in each run of inline marks between decoded words, by piece: behind those that close
        something, in front of those that open something."""
        places: dict[int, int] = {}
        inside = False  # behind decoded words, with nothing but marks since then
        marks = False
        place: tuple[int, int] | None = None
        for i, piece in enumerate(self._pieces):
            if is_done(piece):
                if inside and marks:
                    at, position = place or (i, piece.start)
                    if takes_blank(_text_of(piece)):
                        places[at] = position
                inside, marks, place = True, False, None
            elif inside and isinstance(piece, Copied) and self._is_tags(piece):
                marks = True
                if place is None and (first := self._first_opening(piece)) is not None:
                    place = i, first
            else:
                inside = False
        return places

    def _is_tags(self, piece: Copied) -> bool:
        spans = spans_within(self._require_context(), piece.start, piece.end)
        tags = sum(span.end - span.start for span in spans if span.kind is SpanKind.TAG)
        return tags == piece.end - piece.start

    def _first_opening(self, piece: Copied) -> int | None:
        """Where the first tag of ``piece`` stands that closes nothing."""
        context = self._require_context()
        closing = _closing(context, piece.start, piece.end)
        spans = spans_within(context, piece.start, piece.end)
        return next((span.start for span in spans if span.start not in closing), None)

    def _require_context(self) -> Context:
        if self._context is None:
            raise ValueError("a plan without a context has no marks")
        return self._context

    def set_width(self, i: int) -> Iterator[tuple[str, Span | None]]:
        """The copied piece ``i`` as protected spans and the text around them, marks in the target's width.

        Only marks that stand alone beside protected text or a translation; a sentence that is copied stays as it is.
        """
        piece = self._pieces[i]
        spans = spans_within(self._context, piece.start, piece.end) if self._context else ()
        at = piece.start
        before: Span | None = None
        for span in spans:
            if at < span.start:
                yield self._set(at, span.start, before, i), None
            at = min(span.end, piece.end)
            yield self._text[span.start : at], span
            before = span
        if at < piece.end:
            yield self._set(at, piece.end, before, i), None

    def _set(self, start: int, end: int, before: Span | None, i: int) -> str:
        """Text of the copied piece ``i`` outside protected spans, ``before`` being the span in front of it."""
        raw = self._text[start:end]
        if not self._decoded or raw.isspace():
            return raw
        if not self._english:
            speaks = end == self._pieces[i].end and any(map(is_done, self._pieces[i + 1 : i + 2]))
            return self._widened(raw, before) if speaks else raw
        if raw.isascii() or not _WIDE.fullmatch(raw):
            return raw
        narrow = raw.translate(_TO_NARROW)
        return f"{narrow} " if not raw[-1].isspace() and self._goes_on(end, i) else narrow

    def _widened(self, raw: str, before: Span | None) -> str:
        """The comma of an address in front of a Chinese sentence, without the blank behind it. Behind Latin letters a
        half-width one stays as it is, to end the name."""
        mark = _TO_WIDE.get(raw.strip(" "))
        if mark is None or before is None or raw[0] == " ":
            return raw
        last = self._text[before.end - 1]
        return mark if raw[0] == mark or before.kind in _PICTURES or _HAN.match(last) else raw

    def _goes_on(self, end: int, i: int) -> bool:
        """Whether words or what stands for them follow at ``end``, in or behind the copied piece ``i``."""
        if end == self._pieces[i].end and i + 1 < len(self._pieces):
            following = self._pieces[i + 1]
            if isinstance(following, Done):
                return takes_blank(_text_of(following))
        if not takes_blank(self._text[end : end + 1]):
            return False
        return end not in _closing(self._require_context(), end, end + 1)


def _text_of(piece: Piece) -> str:
    return piece.hypotheses[0].text if isinstance(piece, Done) else ""


def _closing(context: Context, start: int, end: int) -> frozenset[int]:
    """Where marks that close something begin in ``[start, end)``."""
    marks = marks_within(context, start, end)
    return frozenset(start + mark.start for mark in marks if not mark.opens)
