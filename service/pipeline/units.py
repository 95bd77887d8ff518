"""Turns a stretch of text into pieces: what to copy, and masked units for the engine."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from html import escape
from types import MappingProxyType

from models.interfaces import DecodeOptions, Segment
from service.domain import (
    Detection,
    Lang,
    Span,
    SpanKind,
    TranslationWarning,
    WarningCode,
)
from service.pipeline.context import (
    Context,
    islands,
    kept_within,
    marks_within,
    spans_within,
    swaps_within,
    terms_within,
    with_partners,
)
from service.pipeline.guards import Problem
from service.pipeline.plan import Copied, Done, Piece, Rung, Unit
from service.pipeline.terms import Term
from service.text import cantonese, hanzi, protect, script
from service.text.lifting import find_liftable, lift, name_marks
from service.text.plain_letters import in_plain_case, is_shouting, plain_letters
from service.text.segment import Part, peel, wrap
from service.text.sentences import ATOM

__all__ = ["convert_script", "make_pieces", "make_unit", "split_around", "to_script"]

# A tokenizer with byte fallback spends four tokens on a code point at the most.
_TOKENS_PER_CODE_POINT = 4

_MESSAGES = {
    WarningCode.SEGMENT_WRAPPED: "A sentence over the model's limit was translated in several parts.",
    WarningCode.NOT_TRANSLATABLE: "This part is neither English nor Chinese and was copied.",
}


def make_pieces(
    context: Context, part: Part, *, alone: bool
) -> tuple[list[Piece], list[TranslationWarning]]:
    """Pieces of one part of ``segment.split``, with warnings. ``alone``: it is the only one that has words."""
    if not (part.translate or terms_within(context, part.start, part.end)):
        return [Copied(part.start, part.end)], []
    part = Part(part.start, part.end, True)  # also a number that is slang (520)
    pieces: list[Piece] = []
    warnings: list[TranslationWarning] = []
    for core in with_partners(
        context, peel(context.text, part, spans_within(context, part.start, part.end))
    ):
        if not core.translate:
            pieces.append(Copied(core.start, core.end))
            continue
        detection = _detect(context, core, alone)
        source = _engine_source(context, detection)
        if source is None:
            for inner in islands(context, core, detection):
                made, noted = _translated(context, inner, "zh") if inner.translate else ([], [])
                pieces.extend(made or _copied(context, inner, detection))
                warnings.extend(noted)
            if detection.reason in ("unknown_script", "other_language"):
                warnings.append(_warning(WarningCode.NOT_TRANSLATABLE, core, detection.reason))
            continue
        made, noted = _translated(context, core, source)
        pieces.extend(made)
        warnings.extend(noted)
    return pieces, warnings


def _translated(
    context: Context, core: Part, source: str
) -> tuple[list[Piece], list[TranslationWarning]]:
    """Pieces of a part that the engine reads as ``source``, cut where it is too long, with warnings."""
    pieces: list[Piece] = []
    warnings: list[TranslationWarning] = []
    for start, end in script.foreign_runs(context.text[core.start : core.end]):
        run = Part(core.start + start, core.start + end, False)
        warnings.append(_warning(WarningCode.NOT_TRANSLATABLE, run, "unknown_script"))
    cut = _fit(context, core, source)
    if len(cut) > 1:
        warnings.append(_warning(WarningCode.SEGMENT_WRAPPED, core))
    for piece in cut:
        if piece.translate:
            pieces.extend(_unit_or_split(context, piece, source))
        else:
            pieces.append(Copied(piece.start, piece.end))
    return pieces, warnings


def _copied(context: Context, part: Part, detection: Detection) -> Sequence[Piece]:
    """A part that needs no engine; Chinese of the other script is converted."""
    lang = detection.lang
    if lang is None or lang is context.target or lang.base != context.target.base:
        return [Copied(part.start, part.end)]
    return convert_script(context, part.start, part.end)


def _warning(code: WarningCode, part: Part, reason: str = "") -> TranslationWarning:
    return TranslationWarning(code, _MESSAGES[code], part.start, part.end, reason)


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
    more: Sequence[Span] = (),
    said: Mapping[Span, str] = MappingProxyType({}),
    plain: bool = False,
    meant: Collection[Span] = (),
    lifts: bool = True,
) -> Unit | None:
    """A masked unit of ``text[start:end]``, or None when it holds more protected spans than there are placeholders.

    ``more`` are further spans to mask, in positions of the unit; those in ``said`` come back as another string.
    With ``plain`` slang is left as it is. With ``lifts`` the model sees no pairs of marks, where the engine aligns.
    Slang in ``meant`` (positions of the text) is said in the target language, which the model copies, or
    on the rung MASKED behind a placeholder.
    """
    raw = context.text[start:end]
    spans = kept_within(context, start, end)
    if more:
        spans = protect.merge_spans([_moved(span, start) for span in more], spans)
    swaps = dict(swaps_within(context, start, end))
    said = {_moved(span, start): text for span, text in said.items()}
    shown = dict(said)
    terms = terms_within(context, start, end)
    for term in terms:
        if term.shown is not None or (term.span in meant and rung is Rung.MASKED):
            shown[term.span] = term.shown or _meaning(context, term)
        elif term.span not in said and (read := _read(context, term, plain, term.span in meant)):
            swaps[term.span] = read
    if terms:
        spans = protect.merge_spans(
            spans, [t.span for t in terms if t.span in shown or t.span in swaps]
        )
    local = [_moved(span, -start) for span in spans]
    pairs = []
    if lifts and context.marks and context.traits.aligns:
        pairs = find_liftable(raw, local, marks_within(context, start, end))
    named = name_marks(pairs)
    masked = protect.mask(
        raw,
        local,
        context.traits.placeholders,
        replace={_moved(span, -start): new for span, new in swaps.items()},
        shown={_moved(span, -start): new for span, new in shown.items()},
        named=named,
    )
    if masked is None:
        return None
    model_text = _as_read(context, raw, masked.text, source)
    options = options or context.options
    lifted = lift(model_text, [(named[a], named[b]) for a, b in pairs]) if pairs else None
    if lifted is not None:
        model_text, options = lifted.text, replace(options, align=True)
    elif pairs:
        return None
    return Unit(
        start,
        end,
        masked,
        Segment(model_text, source, context.target.base),
        options,
        context.traits.count(model_text, source) + 2,
        rung,
        problem,
        fallback,
        lifted,
        tuple(meant),
    )


def _read(context: Context, term: Term, plain: bool, meant: bool) -> str:
    """What the model reads instead of a term; empty where it reads the term."""
    if meant and term.meant is not None:
        return f" {term.meant} " if context.target is Lang.EN else term.meant
    return term.inline or "" if not plain else ""


def _as_read(context: Context, raw: str, text: str, source: str) -> str:
    """Masked ``text`` as the model has learnt to read it: plain letters, Mandarin, English that does not shout."""
    text = plain_letters(text)
    if source == "zh":
        return _in_mandarin(context, text)
    shouting = is_shouting(raw)
    return in_plain_case(text, lambda word: context.traits.count(word, source), shouting=shouting)


def _in_mandarin(context: Context, text: str) -> str:
    """Chinese as the model knows it: Mandarin in Simplified characters."""
    if context.cantonese:
        return cantonese.to_mandarin(text)
    return hanzi.to_hans(text) if script.has_traditional(text) else text


def _moved(span: Span, by: int) -> Span:
    return Span(span.start + by, span.end + by, span.kind)


def split_around(context: Context, start: int, end: int, source: str) -> list[Piece]:
    """Pieces of ``text[start:end]`` with every protected span copied and the text between translated on its own.

    References that the model reads as plain characters (``&#39;``) stay in the text between.
    """
    pieces: list[Piece] = []
    at = start
    read = {span for span, _ in swaps_within(context, start, end)}
    kept = [span for span in kept_within(context, start, end) if span not in read]
    shown = {t.span: t.shown for t in terms_within(context, start, end) if t.shown is not None}
    for span in [*protect.merge_spans(kept, list(shown)), Span(end, end, SpanKind.CONTROL)]:
        pieces.extend(_between(context, at, span.start, source))
        if span in shown:
            pieces.append(_shown(span, shown[span]))
        elif span.end > span.start:
            pieces.append(Copied(span.start, span.end))
        at = max(at, span.end)
    return pieces


def _shown(span: Span, text: str) -> Done:
    """A term alone, as it stands in the answer."""
    slot = protect.Slot("", 0, span.end - span.start, text)
    return Done(span.start, span.end, (protect.Restored(text, ((0, len(text), slot),)),))


def _between(context: Context, start: int, end: int, source: str) -> list[Piece]:
    """Text between two protected spans: blanks at its edges are copied, and so is text without words."""
    raw = context.text[start:end]
    inner = raw.strip()
    if not inner:
        return [Copied(start, end)] if raw else []
    lead = len(raw) - len(raw.lstrip())
    unit = make_unit(context, start + lead, start + lead + len(inner), source)
    shares = script.share(unit.segment.text) if unit else None
    if unit is None or shares is None or not (shares.han or shares.latin):
        return [Copied(start, end)]
    edges: list[Piece] = [unit]
    if unit.start > start:
        edges.insert(0, Copied(start, unit.start))
    if unit.end < end:
        edges.append(Copied(unit.end, end))
    return edges


def _unit_or_split(context: Context, part: Part, source: str) -> list[Piece]:
    limit = context.traits.max_input_tokens
    unit = make_unit(context, part.start, part.end, source)
    if context.terms and _only_slang(
        context, part
    ):  # its meaning is known: nothing is left to the model
        return _meanings(context, part)
    if unit is not None and unit.tokens > limit and context.terms:  # plain words may be longer
        unit = make_unit(context, part.start, part.end, source, plain=True)
    if unit is None or unit.tokens > limit or _only_terms(unit):
        return split_around(context, part.start, part.end, source)
    return [unit]


def _only_slang(context: Context, part: Part) -> bool:
    """Whether a part is slang with a known meaning and nothing else."""
    at = part.start
    for term in terms_within(context, part.start, part.end):
        if term.meant is None or context.text[at : term.span.start].strip():
            return False
        at = term.span.end
    return at > part.start and not context.text[at : part.end].strip()


def _meanings(context: Context, part: Part) -> list[Piece]:
    """The terms of a part in the target language, and the blanks around them."""
    pieces: list[Piece] = []
    at = part.start
    for term in terms_within(context, part.start, part.end):
        if term.span.start > at:
            pieces.append(Copied(at, term.span.start))
        pieces.append(_shown(term.span, _meaning(context, term)))
        at = term.span.end
    return pieces if at == part.end else [*pieces, Copied(at, part.end)]


def _meaning(context: Context, term: Term) -> str:
    """What slang means, as it stands in the answer."""
    said = to_script(term.meant or "", context.target)
    return escape(said) if context.html else said


def _only_terms(unit: Unit) -> bool:
    """Whether a glossary has said all there is to say."""
    slots = unit.masked.slots
    if not any(slot.shown is not None for slot in slots):
        return False
    text = unit.masked.text
    for slot in slots:
        text = text.replace(slot.placeholder, " ")
    return not any(map(str.isalpha, text))


def _fit(context: Context, part: Part, source: str) -> list[Part]:
    """``part``, cut where it is longer than the model can read."""
    limit = context.traits.max_input_tokens - 2
    if (part.end - part.start) * _TOKENS_PER_CODE_POINT <= limit:
        return [part]

    # What is protected reaches the model as a placeholder, however long it is.
    placeholder = next(iter(context.traits.placeholders), "0")

    def count(text: str) -> int:
        text = plain_letters(text.replace(ATOM, placeholder))
        return context.traits.count(text.lower() if is_shouting(text) else text, source)

    spans = kept_within(context, part.start, part.end)
    swaps = dict(swaps_within(context, part.start, part.end))
    shadow = list(context.text[part.start : part.end])
    for span in spans:
        length = span.end - span.start
        read = swaps.get(span, ATOM)[:length]
        shadow[span.start - part.start : span.end - part.start] = read.ljust(length)
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
    """The part's text without its protected spans, and with plain words for slang, whose letters may mislead."""
    spans = spans_within(context, part.start, part.end)
    terms = terms_within(context, part.start, part.end)
    plain = {term.span: term.inline for term in terms if term.inline and not term.number}
    if not (spans or plain):
        return context.text[part.start : part.end]
    out: list[str] = []
    at = part.start
    for span in sorted([*spans, *plain]):
        out.append(context.text[at : span.start])
        if span in plain:
            out.append(plain[span])
        at = span.end
    out.append(context.text[at : part.end])
    return " ".join(out)


def convert_script(context: Context, start: int, end: int) -> tuple[Piece, ...]:
    """Chinese to Chinese: every stretch of ``[start, end)`` that is not protected, in the target's script."""
    pieces: list[Piece] = []
    at = start
    for span in [*spans_within(context, start, end), Span(end, end, SpanKind.CONTROL)]:
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
