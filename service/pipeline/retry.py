"""Judges what the engine said for one unit, and climbs the retry ladder where it is not good enough.

Rungs: plain -> masked (only when a number, a word that needed no translation or what slang means was lost) -> no
repeated 3-grams ->
repetition penalty and a wider beam -> smaller segments -> the source, copied. Whatever was done is a warning.
"""

from collections.abc import Sequence
from dataclasses import replace

from models.interfaces import DecodeOptions, Hypothesis
from service.domain import Lang, Span, SpanKind, TranslationWarning, WarningCode
from service.pipeline.context import (
    Context,
    marks_within,
    span_ending_at,
    spans_within,
    terms_within,
)
from service.pipeline.estimate import load_estimator
from service.pipeline.guards import (
    Problem,
    find_problem,
    lost_meaning,
    lost_numbers,
    lost_terms,
    says_nothing,
)
from service.pipeline.plan import Copied, Done, Piece, Rung, Unit
from service.pipeline.terms import Term
from service.pipeline.units import make_unit, split_around, to_script
from service.text import markup, protect, script, typography
from service.text.dates import find_dates, write_date
from service.text.lifting import put_back
from service.text.numerals import back_in_words
from service.text.plain_letters import plain_letters
from service.text.quantities import find_quantities, write_quantity
from service.text.segment import Part, clauses

__all__ = ["judge"]

Settled = tuple[list[Piece], list[TranslationWarning]]

_NO_REPEAT = 3
_PENALTY = 1.3
_RETRY_BEAM = 4
_LOOK_BACK = 80
_OVER = "多余餘来來"  # after a number: more than that, or so

_MESSAGES = {
    WarningCode.PLACEHOLDER_FALLBACK: "Protected text was kept by translating around it.",
    WarningCode.NUMBER_CHANGED: "A number of the source is missing from the translation.",
    WarningCode.TERM_CHANGED: "A word that was in the target language already is missing from the translation.",
    WarningCode.REPETITION_REPAIRED: "The model repeated itself; the segment was decoded again.",
    WarningCode.COPIED_SOURCE: "The segment could not be translated and was copied.",
    WarningCode.UNTRANSLATED: "The translation is still in the source language.",
    WarningCode.LENGTH_RATIO: "The translation is much shorter than the source.",
}


def judge(context: Context, unit: Unit, hypotheses: Sequence[Hypothesis] | None) -> Settled:
    """What becomes of ``unit``: done, tried again, cut into smaller units, or copied; with the warnings to show."""
    if not hypotheses:
        if unit.fallback is not None:
            return _fall_back(context, unit, unit.fallback)
        return _copy(unit, "engine_failed")
    hypotheses = [_with_marks(unit, h) for h in hypotheses]
    rendered = [(h, _render(context, unit, h)) for h in hypotheses]
    said, told = _bare(unit, hypotheses[0].text), _bare(unit, unit.segment.text)
    good = [
        (h, r)
        for h, r in rendered
        if r is not None
        and not says_nothing(unit.segment.text, h.text)
        and not find_problem(told, _bare(unit, h.text), context.target.base, truncated=h.truncated)
    ]
    if good:
        best = good[0][0]
        quality = load_estimator().estimate(
            told, _bare(unit, best.text), context.target.base, best.score
        )
        done = Done(unit.start, unit.end, tuple(r for _, r in good), best.score, quality)
        if unit.meant and unit.fallback is not None:
            return _judge_slang(context, unit, unit.fallback, done, told)
        return _accept(context, unit, done, _lost(told, _bare(unit, best.text), context))
    if unit.fallback is not None:
        return _fall_back(context, unit, unit.fallback)
    if rendered[0][1] is None and unit.masked.slots:
        return _without_slots(context, unit)
    problem = None
    if not says_nothing(unit.segment.text, hypotheses[0].text):
        problem = find_problem(told, said, context.target.base, truncated=hypotheses[0].truncated)
    return _climb(context, unit, problem or Problem.EMPTY, hypotheses[0], rendered[0][1])


def _with_marks(unit: Unit, hypothesis: Hypothesis) -> Hypothesis:
    """The hypothesis with the marks that the model did not see; as it is where they have no place."""
    if unit.lifted is None:
        return hypothesis
    text = put_back(hypothesis.text, unit.lifted, hypothesis.alignment)
    return hypothesis if text is None else replace(hypothesis, text=text)


def _without_slots(context: Context, unit: Unit) -> Settled:
    """Where a placeholder was lost: marks that the model did not see it sees now; else the text between is translated
    on its own."""
    source = unit.segment.source_lang
    if unit.lifted is not None:
        seen = make_unit(
            context,
            unit.start,
            unit.end,
            source,
            rung=unit.rung,
            options=replace(unit.options, align=False),
            problem=unit.problem,
            lifts=False,
        )
        if seen is not None and seen.tokens <= context.traits.max_input_tokens:
            return [seen], []
    around = split_around(context, unit.start, unit.end, source)
    return around, [_warning(WarningCode.PLACEHOLDER_FALLBACK, unit)]


def _lost(told: str, said: str, context: Context) -> list[WarningCode]:
    """What should have been carried over and was not, as the warnings to give for it."""
    lost = []
    if lost_numbers(told, said):
        lost.append(WarningCode.NUMBER_CHANGED)
    if lost_terms(told, said, context.target.base):
        lost.append(WarningCode.TERM_CHANGED)
    return lost


def _accept(context: Context, unit: Unit, done: Done, lost: Sequence[WarningCode]) -> Settled:
    warnings = []
    if unit.problem in (Problem.LOOP, Problem.TOO_LONG):
        warnings.append(_warning(WarningCode.REPETITION_REPAIRED, unit))
    if lost and unit.rung is Rung.PLAIN and context.traits.placeholders:
        more, said = _to_mask(context, unit, lost)
        again = make_unit(
            context,
            unit.start,
            unit.end,
            unit.segment.source_lang,
            rung=Rung.MASKED,
            options=unit.options,
            fallback=done,
            more=more,
            said=said,
        )
        masked_more = again is not None and len(again.masked.slots) > len(unit.masked.slots)
        if again and masked_more and again.tokens <= context.traits.max_input_tokens:
            return [again], []
    if context.terms and not lost and unit.rung is Rung.PLAIN:
        again = _say_slang(context, unit, done)
        if again is not None:
            return [again], warnings
    warnings.extend(_warning(code, unit) for code in lost)
    return [done], warnings


def _say_slang(context: Context, unit: Unit, done: Done) -> Unit | None:
    """Another try where slang did not get across by its plain words: its meaning in the target language, to copy."""
    lost = _lost_slang(context, unit, done, [t.span for t in _slang_of(context, unit)])
    return _with_slang(context, unit, lost, Rung.MEANT, done) if lost else None


def _judge_slang(context: Context, unit: Unit, first: Done, done: Done, told: str) -> Settled:
    """The try with slang's meaning said, if it says it and is as likely as the first one; else a last one, masked.

    One that says some of it stands in the place of the first when the last one fails.
    """
    for term in _slang_of(context, unit):  # said, but not always with all its small words
        told = told.replace(term.meant or "", " ") if term.span in unit.meant else told
    likely = done.score is not None and first.score is not None and done.score >= first.score
    lost = _lost(told, done.hypotheses[0].text, context)
    unsaid = _lost_slang(context, unit, done, unit.meant)
    if likely and not lost and not unsaid:
        return [done], []
    best = done if likely and not lost and len(unsaid) < len(unit.meant) else first
    if unit.rung is Rung.MEANT and context.traits.placeholders:
        again = _with_slang(context, unit, unit.meant, Rung.MASKED, best)
        if again is not None:
            return [again], []
    return _fall_back(context, unit, best)


def _with_slang(
    context: Context, unit: Unit, spans: Sequence[Span], rung: Rung, first: Done
) -> Unit | None:
    again = make_unit(
        context,
        unit.start,
        unit.end,
        unit.segment.source_lang,
        rung=rung,
        options=unit.options,
        fallback=first,
        meant=spans,
    )
    return again if again and again.tokens <= context.traits.max_input_tokens else None


def _slang_of(context: Context, unit: Unit) -> list[Term]:
    """Slang of the unit whose meaning is known in the target language."""
    terms = terms_within(context, unit.start, unit.end)
    return [term for term in terms if term.meant is not None]


def _lost_slang(context: Context, unit: Unit, done: Done, spans: Sequence[Span]) -> list[Span]:
    """Those of ``spans`` whose meaning the translation does not hold."""
    said = done.hypotheses[0].text
    if context.target is Lang.ZH_HANT:
        said = to_script(said, Lang.ZH_HANS)
    return [
        term.span
        for term in _slang_of(context, unit)
        if term.span in spans and _is_lost(term, said)
    ]


def _is_lost(term: Term, said: str) -> bool:
    meaning = term.meant or ""
    if term.name:  # Berlin is not Dublin: 柏林 is two thirds of 都柏林
        return meaning.casefold() not in said.casefold()
    return all(lost_meaning(one, said) for one in (meaning, *term.also))


def _to_mask(
    context: Context, unit: Unit, lost: Sequence[WarningCode]
) -> tuple[list[Span], dict[Span, str]]:
    """What the model gets as placeholders in the next try, and what of it comes back in other words (450万, 5月1日).

    Positions are those of the unit.
    """
    raw = context.text[unit.start : unit.end]
    spans: list[Span] = []
    said: dict[Span, str] = {}
    if WarningCode.NUMBER_CHANGED in lost:
        for found in find_quantities(raw):
            span = Span(found.start, found.end, SpanKind.NUMBER)
            said[span] = write_quantity(found, raw[found.start : found.end], context.target.base)
        for date in find_dates(raw):
            span = Span(date.start, date.end, SpanKind.NUMBER)
            said[span] = write_date(date, context.target.base)
        for term in terms_within(context, unit.start, unit.end):
            number = _in_target(term.inline or "", context.target.base) if term.number else ""
            if number:
                start, end = term.span.start - unit.start, term.span.end - unit.start
                said[Span(start, end, term.span.kind)] = number
        spans = protect.merge_spans(protect.find_numbers(raw), list(said))
    if WarningCode.TERM_CHANGED in lost:
        plain = plain_letters(raw)
        read = (
            plain if len(plain) == len(raw) else raw
        )  # only then its positions are those of the text
        runs = script.target_runs(read, context.target.base)
        terms = [Span(start, end, SpanKind.NOTRANSLATE) for start, end in runs]
        said.update({t: read[t.start : t.end] for t in terms if read is not raw})
        spans = protect.merge_spans(spans, terms)
    return spans, said


def _in_target(digits: str, target: str) -> str:
    """A number in digits as the target language writes it (20万 is 200,000); empty where a unit is part of it."""
    bare = digits.rstrip(_OVER)
    for quantity in find_quantities(bare):
        over = quantity.over or bare != digits
        return write_quantity(replace(quantity, over=over), bare, target)
    for date in find_dates(digits):
        return write_date(date, target)
    if not bare.isascii():
        return ""
    if digits[len(bare) :] in ("来", "來"):
        return f"about {bare}"
    return f"more than {bare}" if bare != digits else bare


def _fall_back(context: Context, unit: Unit, fallback: Done) -> Settled:
    """The first try after all, and what is missing from it."""
    first = make_unit(context, unit.start, unit.end, unit.segment.source_lang)
    told = _bare(first, first.segment.text) if first else context.text[unit.start : unit.end]
    lost = _lost(told, fallback.hypotheses[0].text, context)
    return [fallback], [_warning(code, unit) for code in lost]


def _climb(
    context: Context,
    unit: Unit,
    problem: Problem,
    hypothesis: Hypothesis,
    rendered: protect.Restored | None,
) -> Settled:
    """The next rung for a unit with a problem."""
    first = unit.problem or problem
    gentle = problem in (Problem.UNTRANSLATED, Problem.TOO_SHORT)
    if unit.rung < Rung.NO_REPEAT and not gentle:
        options = replace(unit.options, no_repeat_ngram=_NO_REPEAT)
        return [replace(unit, rung=Rung.NO_REPEAT, options=options, problem=first)], []
    if unit.rung < Rung.PENALTY:
        options = DecodeOptions(
            beam_size=max(_RETRY_BEAM, unit.options.beam_size),
            num_hypotheses=unit.options.num_hypotheses,
            no_repeat_ngram=_NO_REPEAT,
            repetition_penalty=_PENALTY,
            align=unit.options.align,
        )
        return [replace(unit, rung=Rung.PENALTY, options=options, problem=first)], []
    if gentle and rendered is not None:
        code = (
            WarningCode.UNTRANSLATED
            if problem is Problem.UNTRANSLATED
            else WarningCode.LENGTH_RATIO
        )
        done = Done(unit.start, unit.end, (rendered,), hypothesis.score)
        return [done], [_warning(code, unit)]
    return _smaller(context, unit, first)


def _smaller(context: Context, unit: Unit, problem: Problem) -> Settled:
    """Clauses of the unit as units of their own, or a copy when there is nothing smaller."""
    if unit.rung >= Rung.SMALLER:
        return _copy(unit, problem.value)
    whole = Part(unit.start, unit.end, True)
    parts = clauses(context.text, whole, spans_within(context, unit.start, unit.end))
    if sum(part.translate for part in parts) < 2:
        return _copy(unit, problem.value)
    pieces: list[Piece] = []
    for part in parts:
        smaller = part.translate and make_unit(
            context,
            part.start,
            part.end,
            unit.segment.source_lang,
            rung=Rung.SMALLER,
            options=unit.options,
            problem=problem,
        )
        pieces.append(smaller or Copied(part.start, part.end))
    return pieces, []


def _copy(unit: Unit, reason: str) -> Settled:
    return [Copied(unit.start, unit.end)], [_warning(WarningCode.COPIED_SOURCE, unit, reason)]


def _warning(code: WarningCode, unit: Unit, reason: str = "") -> TranslationWarning:
    return TranslationWarning(code, _MESSAGES[code], unit.start, unit.end, reason)


def _bare(unit: Unit, text: str) -> str:
    """Model text without placeholders, so that what they stand for weighs nothing."""
    for slot in unit.masked.slots:
        text = text.replace(slot.placeholder, " ")
    return text


def _set_type(context: Context, unit: Unit, output: str) -> str:
    """The output with the marks and blanks of its language, and the emphasis of the source."""
    target = context.target.base
    terms = terms_within(context, unit.start, unit.end)
    output = back_in_words(output, [t.inline for t in terms if t.number and t.inline], target)
    output = typography.set_width(output, target)
    output = typography.carry_emphasis(output, unit.segment.text, target)
    if target == "zh":
        return typography.set_spacing(output, context.spacing)
    output = typography.keep_case(output, unit.segment.text)
    inside = _goes_on(context, unit)
    output = typography.go_on(output, context.text, unit.end, over_blanks=inside)
    if typography.begins_sentence(context.text, unit.start):
        return typography.sentence_case(output, context.text[unit.start : unit.end])
    return typography.within_sentence(output) if inside else output


def _goes_on(context: Context, unit: Unit) -> bool:
    """Whether a unit stands inside a sentence: Chinese words in English, or the later part of a long sentence."""
    first = max(unit.start - _LOOK_BACK, 0)
    before = context.text[first : unit.start].rstrip(" ,，、；;")
    return before[-1:].isalpha() and span_ending_at(context, first + len(before)) is None


def _render(context: Context, unit: Unit, hypothesis: Hypothesis) -> protect.Restored | None:
    """A hypothesis with protected text back in its place, or None when a placeholder was lost or doubled."""
    original = context.text[unit.start : unit.end]
    output = _set_type(context, unit, hypothesis.text)
    if context.target is Lang.ZH_HANT:
        output = to_script(output, context.target)
    if context.html:
        output = markup.escape(output, original)
    marks = marks_within(context, unit.start, unit.end)
    restored = protect.restore(output, unit.masked, original, marks)
    if restored is None or not unit.meant or context.target is not Lang.EN:
        return restored
    first, _, slot = restored.placed[0] if restored.placed else (1, 1, None)
    meant = slot is not None and any(span.start == unit.start + slot.start for span in unit.meant)
    if first == 0 and meant and typography.begins_sentence(context.text, unit.start):
        return replace(restored, text=restored.text[:1].upper() + restored.text[1:])
    return restored
