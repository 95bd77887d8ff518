"""From a text to a verdict: ``prepare``, ``advance`` until nothing is pending, ``finish``. Pure.

The classifier and the translator stand outside: a driver runs what ``plan.asks`` and ``plan.translations`` hold and
hands the answers to ``advance``. A plan goes through at most three stages: the scores of the text, those of its
translation (second opinion), and the search for the characters behind a score.
"""

from collections.abc import Sequence
from dataclasses import replace

from models.interfaces import Scores
from service.domain import (
    Action,
    Category,
    Detection,
    Evidence,
    LexiconHit,
    ModerationRequest,
    ModerationWarning,
    Translation,
    Verdict,
)
from service.pipeline.moderation_decoding import ask_decoded, find_decoded, language_with
from service.pipeline.moderation_explain import make_probe, read_probe, without
from service.pipeline.moderation_language import find_language, language_beside, name_language
from service.pipeline.moderation_markup import ask_shown, find_shown
from service.pipeline.moderation_opinion import (
    choose_opinion_lang,
    needed_translations,
    sort_translations,
)
from service.pipeline.moderation_pictures import as_read, ask_pictured
from service.pipeline.moderation_plan import (
    NO_SCORES,
    Ask,
    ModerationPlan,
    ModerationSetup,
    Probe,
    Range,
    ScoreMap,
    Stage,
)
from service.pipeline.moderation_projection import project
from service.pipeline.moderation_windows import around, cut, sentences
from service.policy.evaluate import evaluate
from service.policy.facts import Decision, Facts
from service.policy.matcher import Found
from service.text.decoders import Codes, find_codes
from service.text.normalize import ViewName
from service.text.rendering import render

__all__ = ["advance", "finish", "judge", "look_closer", "prepare"]

_SCORED = frozenset({"en", "zh", "mixed"})
# From this severity on, a listed term says by itself what is wrong.
_CLEAR = 2
_CLEARLY_TOXIC = 0.85  # of one sentence of a long text
# Any listed word explains these.
_GENERAL = frozenset({Category.TOXICITY, Category.SEVERE_TOXICITY})
# Of these texts a part was not looked at, so they are never allowed.
_UNFINISHED = frozenset({ModerationWarning.MATCHES_LIMITED, ModerationWarning.CODES_LIMITED})
_NO_CODES = Codes((), True)


def prepare(
    request: ModerationRequest,
    setup: ModerationSetup,
    detection: Detection | None = None,
    found: Found | None = None,
) -> ModerationPlan:
    """Find the language and the listed words of one text, and what the classifier and the translator have to do.

    ``detection``, ``found``: these, where they are known already. Raises ``InvalidRequest`` for a policy that is not
    loaded.
    """
    text = request.text
    policy = setup.policy(request.policy)
    detection = detection or find_language(text)
    lang = name_language(detection, request.lang)
    found = found or setup.matcher.search(text)
    hits, complete, disguises = found.hits, found.complete, found.disguises
    windows, asks = _ask(text, lang, setup, hits) if lang in _SCORED else ((), ())
    if shown := render(text):
        found = find_shown(shown, hits, setup)
        hits, complete = hits + found.hits, complete and found.complete
        disguises |= found.disguises
        seen = find_language(shown.after)
        seen_lang = name_language(seen, request.lang)
        detection = detection if lang in _SCORED else seen
        lang = language_beside(lang, seen_lang)
        if seen_lang in _SCORED:
            stretches, questions = ask_shown(shown, seen_lang, setup)
            windows, asks = windows + stretches, asks + questions
    scored = lang in _SCORED
    codes = find_codes(text) if request.decode else _NO_CODES
    if codes.found:
        found = find_decoded(codes.found, setup)
        hits, complete = hits + found.hits, complete and found.complete
        stretches, questions = ask_decoded(codes.found, setup)
        windows, asks = windows + stretches, asks + questions
        lang = language_with(lang, questions)
    alone = tuple(sentences(text, setup.info.max_input_chars)) if scored else ()
    if alone:
        windows += alone
        asks += tuple(Ask(text[start:end], lang) for start, end in alone)
    pictured: tuple[Range, ...] = ()
    if scored and ViewName.EMOJI in disguises:
        pictured, questions = ask_pictured(text, lang, setup)
        windows, asks = windows + pictured, asks + questions
    opinion_lang = None
    if scored and (request.second_opinion or setup.second_opinion):
        opinion_lang = choose_opinion_lang(request, detection.lang, default=setup.second_opinion)
    translations = needed_translations(request, opinion_lang)
    plan = ModerationPlan(
        request,
        policy,
        detection,
        lang,
        hits,
        Stage.SCORES,
        asks,
        translations,
        opinion_lang,
        windows,
        warnings=() if complete and codes.complete else _limited(complete, codes.complete),
        pictured=len(pictured),
        alone=len(alone),
        disguises=disguises,
    )
    return plan if asks or translations else _decide(plan, setup, (), NO_SCORES)


def _limited(matches: bool, codes: bool) -> tuple[ModerationWarning, ...]:
    """The warnings of a text of which not everything was looked at."""
    missing = {ModerationWarning.MATCHES_LIMITED: matches, ModerationWarning.CODES_LIMITED: codes}
    return tuple(warning for warning, complete in missing.items() if not complete)


def advance(
    plan: ModerationPlan,
    setup: ModerationSetup,
    scores: Sequence[Scores | None],
    translations: Sequence[Translation | None] = (),
) -> ModerationPlan:
    """Take the answers to ``plan.asks`` and ``plan.translations``, in their order, and say what is still to run.

    None stands for what the classifier or the translator could not do; no verdict gets milder by it.
    """
    judged = judge(plan, setup, scores, translations)
    return judged if plan.stage is Stage.PROBES else look_closer(judged, setup)


def judge(
    plan: ModerationPlan,
    setup: ModerationSetup,
    scores: Sequence[Scores | None],
    translations: Sequence[Translation | None] = (),
) -> ModerationPlan:
    """The first half of ``advance``: everything but the questions about characters, which ``look_closer`` asks."""
    if plan.stage is Stage.SCORES:
        rows = tuple(scores)
        merged = _highest(_counted(plan, rows, setup), setup) if rows else NO_SCORES
        if not plan.translations:
            return _decide(plan, setup, rows, merged)
        return _take_translations(plan, setup, rows, merged, translations)
    if plan.stage is Stage.OPINION:
        if None in scores:
            noted = (*plan.warnings, ModerationWarning.OPINION_FAILED)
            plan = replace(plan, warnings=noted)
        else:
            plan = replace(plan, opinion=_highest(scores, setup))
        return _decide(plan, setup, plan.rows, plan.scores)
    if plan.stage is Stage.PROBES:
        return _take_probes(plan, setup, scores)
    raise ValueError("a plan with nothing pending cannot advance")


def finish(plan: ModerationPlan, setup: ModerationSetup) -> Verdict:
    """The verdict of a plan with nothing pending."""
    decision = plan.decision
    if decision is None or plan.pending:
        raise ValueError("the plan still has something pending")
    evidence, reading = decision.evidence, plan.reading
    projected: tuple[Evidence, ...] = ()
    if reading is not None and evidence:
        hits = setup.matcher.search(reading.text).hits
        projected = project(plan.request.text, evidence, reading, hits)
    return Verdict(
        decision.action,
        plan.scores,
        evidence,
        decision.reasons,
        plan.detection,
        plan.policy.name,
        plan.policy.policy_version,
        setup.info.id,
        plan.policy.mode,
        plan.opinion,
        reading,
        projected,
        plan.warnings,
    )


def _ask(
    text: str, lang: str, setup: ModerationSetup, hits: Sequence[LexiconHit] = ()
) -> tuple[tuple[Range, ...], tuple[Ask, ...]]:
    """The windows of a text, and each as a question for the classifier; those around clear terms come last."""
    limit = setup.info.max_input_chars
    places = [(hit.start, hit.end) for hit in hits if hit.severity >= _CLEAR]
    near = around(text, places, limit) if places else []
    if len(text) <= limit and not near:
        return ((0, len(text)),), (Ask(text, lang),)
    windows = (*cut(text, limit), *near)
    return windows, tuple(Ask(text[start:end], lang) for start, end in windows)


def _counted(
    plan: ModerationPlan, rows: tuple[Scores | None, ...], setup: ModerationSetup
) -> Sequence[Scores | None]:
    """The rows without those of single sentences that are not clearly toxic.

    The highest of many scores is high by chance: in ordinary long texts one sentence in fifty, out of its context, is
    over a threshold that was found for whole posts.
    """
    if not plan.alone:
        return rows
    first, last = len(rows) - plan.pictured - plan.alone, len(rows) - plan.pictured
    clear: list[Scores | None] = []
    if Category.TOXICITY in setup.columns:
        at = setup.columns.index(Category.TOXICITY)
        clear = [row for row in rows[first:last] if row and (row[at] or 0.0) >= _CLEARLY_TOXIC]
    return [*rows[:first], *clear, *rows[last:]]


def _highest(rows: Sequence[Scores | None], setup: ModerationSetup) -> ScoreMap:
    """Every category with its highest score of all windows; None where no window has one."""
    columns = setup.columns
    known = [row for row in rows if row is not None]
    if not known:
        return NO_SCORES
    if len(known) == 1 and setup.complete:
        return dict(zip(columns, known[0], strict=True))
    merged: dict[Category, float | None] = dict(NO_SCORES)
    if len(known) == 1:
        merged.update(zip(columns, known[0], strict=True))
    else:
        for category, scores in zip(columns, zip(*known, strict=True), strict=True):
            merged[category] = max((one for one in scores if one is not None), default=None)
    return merged


def _take_translations(
    plan: ModerationPlan,
    setup: ModerationSetup,
    rows: tuple[Scores | None, ...],
    merged: ScoreMap,
    translations: Sequence[Translation | None],
) -> ModerationPlan:
    readings = sort_translations(plan, translations)
    plan = replace(
        plan,
        reading=readings.reading,
        warnings=(*plan.warnings, *readings.warnings),
        asks=(),
        translations=(),
    )
    opinion = readings.opinion
    if opinion is None:
        return _decide(plan, setup, rows, merged)
    _, asks = _ask(opinion.text, opinion.target_lang.base, setup)
    return replace(plan, stage=Stage.OPINION, rows=rows, scores=merged, asks=asks)


def _decide(
    plan: ModerationPlan,
    setup: ModerationSetup,
    rows: tuple[Scores | None, ...],
    merged: ScoreMap,
) -> ModerationPlan:
    """Apply the policy."""
    request = plan.request
    ok = None not in rows
    complete = _UNFINISHED.isdisjoint(plan.warnings)
    facts = Facts(
        request.text,
        plan.lang,
        merged,
        plan.hits,
        plan.opinion,
        ok,
        request.context,
        complete,
        plan.disguises,
    )
    decision = evaluate(plan.policy, facts)
    if decision.action is not Action.ALLOW:
        decision = _with_hits(decision, plan.hits)
    plan = plan.settle(decision, rows, merged)
    if not ok:
        plan = replace(plan, warnings=(*plan.warnings, ModerationWarning.CLASSIFIER_FAILED))
    return plan


def look_closer(plan: ModerationPlan, setup: ModerationSetup) -> ModerationPlan:
    """A plan that was judged, with questions about the characters behind scores where nothing explains these yet."""
    decision = plan.decision
    if plan.pending or decision is None or decision.action is Action.ALLOW:
        return plan
    probes = _make_probes(plan, setup) if plan.request.explain else ()
    if not probes:
        return plan
    # The stretch of a code or of markup can be longer than what was scored.
    limit, lang = setup.info.max_input_chars, plan.lang
    asks = tuple(
        [
            Ask(left[:limit], lang)
            for probe in probes
            for left in _each_without(plan.request.text, probe)
        ]
    )
    return plan.settle(decision, plan.rows, plan.scores, asks=asks, probes=probes)


def _each_without(text: str, probe: Probe) -> list[str]:
    """A window without each of its chunks, as the classifier was asked about the window."""
    found = without(text, probe.window, probe.chunks)
    return [as_read(left) for left in found] if probe.pictured else found


def _with_hits(decision: Decision, hits: Sequence[LexiconHit]) -> Decision:
    """The decision with every clear term as evidence, also where a score alone was enough for its rule."""
    if not hits:
        return decision
    found = {(one.start, one.end, one.rule) for one in decision.evidence}
    more = [
        Evidence(hit.start, hit.end, rule, hit.category, hit.views, hit.severity)
        for hit in hits
        if hit.severity >= _CLEAR
        and (hit.start, hit.end, rule := f"lexicon:{hit.term_id}") not in found
    ]
    if not more:
        return decision
    evidence = sorted((*decision.evidence, *more), key=lambda one: (one.start, one.end))
    return Decision(decision.action, decision.reasons, tuple(evidence), decision.shadow)


def _make_probes(plan: ModerationPlan, setup: ModerationSetup) -> tuple[Probe, ...]:
    """A probe for each window that the unexplained categories have their highest scores in."""
    decision = plan.decision
    if decision is None or not any(plan.rows):
        return ()
    listed = {one.category for one in decision.evidence if one.rule.startswith("lexicon:")}
    wanted: dict[int, dict[Category, float]] = {}
    for reason in decision.reasons:
        category = reason.category
        if category is None or reason.score is None or category not in setup.columns:
            continue
        if category in listed or (listed and category in _GENERAL):
            continue
        column = setup.columns.index(category)
        score, at = max(
            (row[column] or 0.0, -at) for at, row in enumerate(plan.rows) if row is not None
        )
        if score > 0.0:
            wanted.setdefault(-at, {})[category] = score
    found: list[Probe] = []
    for at, full in wanted.items():
        probe = make_probe(plan.request.text, plan.windows[at], full)
        if probe is not None:
            pictured = at >= len(plan.windows) - plan.pictured
            found.append(replace(probe, pictured=True) if pictured else probe)
    return tuple(found)


def _take_probes(
    plan: ModerationPlan, setup: ModerationSetup, scores: Sequence[Scores | None]
) -> ModerationPlan:
    decision, warnings = plan.decision, plan.warnings
    if decision is None:  # pragma: no cover - probes are made from a decision
        raise ValueError("a plan with probes has a decision")
    found = list(decision.evidence)
    at = 0
    for probe in plan.probes:
        answers = scores[at : at + len(probe.chunks)]
        at += len(probe.chunks)
        known = [row for row in answers if row is not None]
        if len(known) == len(answers):
            found += read_probe(plan.request.text, probe, known, setup.columns)
        elif ModerationWarning.EXPLANATION_FAILED not in warnings:
            warnings = (*warnings, ModerationWarning.EXPLANATION_FAILED)
    found.sort(key=lambda one: (one.start, one.end))
    decision = Decision(decision.action, decision.reasons, tuple(found), decision.shadow)
    if warnings is not plan.warnings:
        plan = replace(plan, warnings=warnings)
    return plan.settle(decision, plan.rows, plan.scores)
