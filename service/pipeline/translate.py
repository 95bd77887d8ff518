"""From a text to engine segments and back: ``prepare``, ``advance`` until nothing is pending, ``finish``. Pure.

``advance`` exists because a guard may ask for another try: a driver runs whatever ``plan.pending`` holds and hands
the hypotheses back, so that retries need no I/O in here (the shape of httpx's ``auth_flow``).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from models.interfaces import DecodeOptions, Hypothesis
from service.domain import (
    Detection,
    Lang,
    TextFormat,
    Translation,
    TranslationRequest,
    TranslationWarning,
    WarningCode,
)
from service.errors import UnsupportedDirection
from service.pipeline.assemble import assemble
from service.pipeline.plan import Copied, Done, Piece, Plan, Traits, Unit
from service.pipeline.retry import judge
from service.pipeline.terms import find_terms, language_by_terms
from service.pipeline.units import Context, convert_script, make_pieces
from service.text import markup, protect, script, segment
from service.text.decoders import decode

__all__ = ["advance", "finish", "prepare"]

_REASONS = {
    "empty": "The text is empty or blank.",
    "no_letters": "The text holds no words to translate.",
    "unknown_script": "The text is neither English nor Chinese.",
    "keyboard_mash": "The text does not look like words of a language.",
}


def prepare(request: TranslationRequest, traits: Traits, *, beam_size: int) -> Plan:
    """Split, protect and mask one text. The plan's pieces cover the text without gap or overlap."""
    text = request.text
    marked = markup.scan(text) if request.format is TextFormat.HTML else None
    spans = protect.find_spans(text, hashtags=request.hashtags)
    if marked is not None:
        spans = marked.merge(spans)
    visible, inner = (text, spans) if marked is None else (_visible(text, marked), None)
    terms = find_terms(request, text, spans, traits.slang, walls=marked.barriers if marked else ())
    detection = None
    if request.source_lang is None:
        detection = language_by_terms(script.detect(visible, spans=inner), terms)
    source = request.source_lang or (detection.lang if detection else None)
    decoded = decode(visible) if request.decode and marked is None else ()
    plan = Plan(request, source, detection, (), notes=terms.notes, decoded=decoded)
    stop = _reason_to_copy(plan, script.is_mash(visible, spans=inner))
    if stop is not None:
        return replace(plan, pieces=(Copied(0, len(text)),), warnings=(stop,))
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
        terms=terms.terms,
    )
    mixed = detection is not None and detection.mixed
    if _only_script_differs(source, request.target_lang) and not mixed:
        return replace(plan, pieces=convert_script(context, 0, len(text)), context=context)
    parts = segment.split(text, atoms=spans, barriers=marked.barriers if marked else ())
    pieces: list[Piece] = []
    warnings: list[TranslationWarning] = []
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
    return plan


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
    return replace(plan, pieces=tuple(pieces), warnings=tuple(warnings))


def finish(plan: Plan, choice: Mapping[int, int] | None = None) -> Translation:
    """Join the pieces of a plan with nothing pending into the answer.

    ``choice`` maps starts of ``Done`` pieces to the number of the hypothesis to use instead of the best.
    """
    return assemble(plan, choice)


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


def _already(request: TranslationRequest) -> TranslationWarning:
    return TranslationWarning(
        WarningCode.ALREADY_IN_TARGET,
        "The text is already in the target language.",
        0,
        len(request.text),
    )


def _nothing_to_do(plan: Plan, detection: Detection) -> TranslationWarning:
    """The warning of a text whose every segment was copied."""
    if detection.lang is not None and detection.lang.base == plan.request.target_lang.base:
        return _already(plan.request)
    reason = detection.reason or "no_letters"
    return TranslationWarning(
        WarningCode.NOT_TRANSLATABLE, _REASONS[reason], 0, len(plan.request.text), reason
    )
