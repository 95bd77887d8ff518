"""From a text to engine segments and back: ``prepare``, ``advance`` until nothing is pending, ``finish``. Pure.

``advance`` exists because a guard may ask for another try: a driver runs whatever ``plan.pending`` holds and hands
the hypotheses back, so that retries need no I/O in here (the shape of httpx's ``auth_flow``).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice

from models.interfaces import DecodeOptions, Hypothesis
from service.domain import (
    Detection,
    Hashtags,
    Lang,
    Span,
    TextFormat,
    Translation,
    TranslationRequest,
    TranslationWarning,
    WarningCode,
)
from service.errors import UnsupportedDirection
from service.pipeline.assemble import assemble
from service.pipeline.context import Context
from service.pipeline.hashtags import Tag, find_tags, gloss_of
from service.pipeline.plan import Copied, Done, Piece, Plan, Traits, Unit
from service.pipeline.retry import judge
from service.pipeline.terms import find_terms, language_by_terms
from service.pipeline.units import convert_script, make_pieces
from service.text import cantonese, markup, protect, script, segment
from service.text.decoders import MAX_CODES, decode, find_codes
from service.text.markdown import find_walls
from service.text.marks import find_roles

__all__ = ["advance", "finish", "prepare"]

_REASONS = {
    "empty": "The text is empty or blank.",
    "no_letters": "The text holds no words to translate.",
    "unknown_script": "The text is neither English nor Chinese.",
    "other_language": "The text is neither English nor Chinese.",
    "keyboard_mash": "The text does not look like words of a language.",
}


def prepare(request: TranslationRequest, traits: Traits, *, beam_size: int) -> Plan:
    """Split, protect and mask one text. The plan's pieces cover the text without gap or overlap."""
    plan, spans = _prepare(request, traits, beam_size)
    if request.hashtags is not Hashtags.BOTH:
        return plan
    asked = replace(request, source_lang=_source_of_tags(request))
    tags = find_tags(asked, spans, lambda tag: prepare(tag, traits, beam_size=beam_size))
    return replace(plan, tags=tags)


def _source_of_tags(request: TranslationRequest) -> Lang | None:
    """Tags are detected one by one unless the caller named another language than the target."""
    named = request.source_lang
    return None if named is None or named.base == request.target_lang.base else named


def _prepare(
    request: TranslationRequest, traits: Traits, beam_size: int
) -> tuple[Plan, Sequence[Span]]:
    text = request.text
    marked = markup.scan(text) if request.format is TextFormat.HTML else None
    spans = protect.find_spans(text, hashtags=request.hashtags)
    if marked is not None:
        spans = marked.merge(spans)
    visible, inner = (text, spans) if marked is None else (_visible(text, marked), None)
    terms = find_terms(
        request,
        text,
        spans,
        traits.slang,
        traits.names,
        walls=marked.barriers if marked else (),
    )
    detection = None
    if request.source_lang is None:
        detection = language_by_terms(
            script.detect(visible, spans=inner), terms, request.target_lang
        )
    source = request.source_lang or (detection.lang if detection else None)
    decoded = decode(visible) if request.decode and marked is None else ()
    plan = Plan(request, source, detection, (), notes=terms.notes, decoded=decoded)
    stop = _reason_to_copy(plan, script.is_mash(visible, spans=inner))
    if stop is not None:
        return replace(plan, pieces=(Copied(0, len(text)),), warnings=(stop,)), spans
    context = Context(
        text=text,
        spans=tuple(spans),
        swaps=tuple(sorted(marked.replace.items())) if marked else (),
        source=source,
        target=request.target_lang,
        per_segment=request.source_lang is None,
        traits=traits,
        options=_options(request, beam_size),
        html=marked is not None,
        whole=detection if marked is None else None,
        spacing=request.spacing,
        cantonese=_is_cantonese(plan, text),
        terms=terms.terms,
        marks=find_roles(text, spans),
    )
    mixed = detection is not None and detection.mixed
    if _only_script_differs(source, request.target_lang) and not mixed:
        converted = convert_script(context, 0, len(text))
        return replace(plan, pieces=converted, context=context), spans
    parts = segment.split(
        text, atoms=spans, barriers=marked.barriers if marked else find_walls(text)
    )
    pieces: list[Piece] = []
    warnings = [_cantonese(request)] if context.cantonese else []
    alone = sum(part.translate for part in parts) == 1
    for part in parts:
        made, noted = make_pieces(context, part, alone=alone)
        pieces.extend(made)
        warnings.extend(noted)
    _check_directions(pieces, traits)
    plan = replace(plan, pieces=tuple(pieces), warnings=tuple(warnings), context=context)
    if not any(isinstance(p, Unit | Done) for p in pieces) and not warnings:
        seen = detection or script.detect(visible, spans=inner)
        plan = replace(plan, warnings=(_nothing_to_do(plan, seen),))
    return plan, spans


def advance(plan: Plan, answers: Sequence[Sequence[Hypothesis] | None]) -> Plan:
    """Judge the answers to ``plan.pending`` (same order; None: the engine failed) and say what is still to run."""
    pieces: list[Piece] = []
    warnings = list(plan.warnings)
    remaining = iter(answers)
    for piece in plan.pieces:
        if not isinstance(piece, Unit):
            pieces.append(piece)
            continue
        settled, noted = judge(plan.require_context(), piece, next(remaining))
        pieces.extend(settled)
        warnings.extend(noted)
    tags = tuple(_advance_tag(tag, remaining) for tag in plan.tags)
    return replace(plan, pieces=tuple(pieces), warnings=tuple(warnings), tags=tags)


def _advance_tag(tag: Tag, answers: Iterator[Sequence[Hypothesis] | None]) -> Tag:
    if tag.plan is None or not tag.plan.pending:
        return tag
    return replace(tag, plan=advance(tag.plan, list(islice(answers, len(tag.plan.pending)))))


def finish(plan: Plan, choice: Mapping[int, int] | None = None) -> Translation:
    """Join the pieces of a plan with nothing pending into the answer.

    ``choice`` maps starts of ``Done`` pieces to the number of the hypothesis to use instead of the best.
    """
    translation = _with_tags(plan, choice) if plan.tags else assemble(plan, choice)
    if len(plan.decoded) < MAX_CODES or find_codes(plan.request.text).complete:
        return translation
    return replace(translation, warnings=(*translation.warnings, _too_many_codes(plan.request)))


def _with_tags(plan: Plan, choice: Mapping[int, int] | None) -> Translation:
    """The answer with the translations of its hashtags beside them."""
    glosses: dict[Span, str] = {}
    warnings = list(plan.warnings)
    for tag in plan.tags:
        said = assemble(tag.plan) if tag.plan is not None else None
        gloss = gloss_of(tag, said.text, said.warnings) if said else tag.name
        glosses |= dict.fromkeys(tag.spans, gloss)
        failed = [w for w in said.warnings if w.code is WarningCode.COPIED_SOURCE] if said else []
        warnings += [
            replace(warning, start=span.start, end=span.end)
            for warning in failed
            for span in tag.spans
        ]
    if any(glosses.values()):  # then there was something to translate
        warnings = [
            w
            for w in warnings
            if w.code is not WarningCode.NOT_TRANSLATABLE or w.reason != "no_letters"
        ]
    return assemble(replace(plan, warnings=tuple(warnings)), choice, glosses)


def _check_directions(pieces: Sequence[Piece], traits: Traits) -> None:
    for piece in pieces:
        if isinstance(piece, Unit):
            wanted = (piece.segment.source_lang, piece.segment.target_lang)
            if wanted not in traits.directions:
                raise UnsupportedDirection(
                    "No loaded model translates {} to {}.".format(*wanted), field="target_lang"
                )


def _only_script_differs(source: Lang | None, target: Lang) -> bool:
    """Simplified to Traditional Chinese or back: no model is needed."""
    return source is not None and source is not target and source.base == target.base


def _options(request: TranslationRequest, beam_size: int) -> DecodeOptions:
    wanted = request.alternatives + 1
    return DecodeOptions(
        beam_size=max(request.beam_size or beam_size, wanted), num_hypotheses=wanted
    )


def _visible(text: str, marked: markup.Markup | None) -> str:
    """The text without its markup, for detection."""
    if marked is None:
        return text
    hidden = sorted([(s.start, s.end) for s in marked.atoms] + list(marked.barriers))
    out: list[str] = []
    at = 0
    for start, end in hidden:
        out.append(text[at:start])
        at = max(at, end)
    out.append(text[at:])
    return " ".join(out)


def _reason_to_copy(plan: Plan, mash: bool) -> TranslationWarning | None:
    """Why the whole text is returned as it is, if it is."""
    request, source = plan.request, plan.source
    reason = ""
    if source is None:
        reason = plan.detection.reason if plan.detection else "unknown_script"
    elif not request.text.strip():
        reason = "empty"
    elif source is Lang.EN and mash:
        reason = "keyboard_mash"
    if reason:
        return TranslationWarning(
            WarningCode.NOT_TRANSLATABLE, _REASONS[reason], 0, len(request.text), reason
        )
    mixed = plan.detection is not None and plan.detection.mixed
    if source is request.target_lang and not mixed:
        return _already(request)
    return None


def _too_many_codes(request: TranslationRequest) -> TranslationWarning:
    return TranslationWarning(
        WarningCode.CODES_LIMITED,
        f"There are more than {MAX_CODES} codes; the rest was not read.",
        0,
        len(request.text),
    )


def _already(request: TranslationRequest) -> TranslationWarning:
    return TranslationWarning(
        WarningCode.ALREADY_IN_TARGET,
        "The text is already in the target language.",
        0,
        len(request.text),
    )


def _is_cantonese(plan: Plan, text: str) -> bool:
    """Whether the model is given Mandarin words instead of Cantonese ones."""
    if plan.source is None or plan.source is Lang.EN or plan.request.target_lang is not Lang.EN:
        return False
    return plan.detection.reason == "cantonese" if plan.detection else cantonese.is_cantonese(text)


def _cantonese(request: TranslationRequest) -> TranslationWarning:
    return TranslationWarning(
        WarningCode.CANTONESE,
        "The text is Cantonese; the model was given Mandarin words.",
        0,
        len(request.text),
    )


def _nothing_to_do(plan: Plan, detection: Detection) -> TranslationWarning:
    """The warning of a text whose every segment was copied."""
    if detection.lang is not None and detection.lang.base == plan.request.target_lang.base:
        return _already(plan.request)
    reason = detection.reason if detection.reason in _REASONS else "no_letters"
    return TranslationWarning(
        WarningCode.NOT_TRANSLATABLE, _REASONS[reason], 0, len(plan.request.text), reason
    )
