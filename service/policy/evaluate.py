"""Apply a policy to facts. Pure: the same policy and facts give the same decision, always.

The strictest action wins and every reason is kept. What cannot be judged is reviewed, never allowed. A higher score,
one more lexicon hit or one more rule never makes the action milder.
"""

from collections.abc import Iterator, Mapping

from service.domain import Action, Category, Evidence, Reason
from service.policy.facts import Decision, Facts, language_of
from service.policy.patterns import Searched
from service.policy.rules import (
    AllOf,
    AnyOf,
    Case,
    Condition,
    CountOf,
    Degree,
    LexiconCondition,
    PatternCondition,
    Policy,
    Rule,
    RuleCondition,
    ScoreCondition,
)

__all__ = ["UNKNOWN", "Decision", "Facts", "evaluate"]

# Ids of the reasons that no rule gives: what could not be judged. No rule may have such an id.
UNKNOWN = (
    "unsupported_language", "classifier_unavailable", "no_score", "invalid_score", "unfinished",
)  # fmt: skip
_ALLOWED = Decision(Action.ALLOW)
_SEVERAL = (AllOf, AnyOf, CountOf)
_MADE_OF_OTHERS = (*_SEVERAL, RuleCondition)
_SEVERITY = {action: action.severity for action in Action}


def evaluate(policy: Policy, facts: Facts) -> Decision:
    """What ``policy`` says about ``facts``. Never raises for anything that a text or a classifier can hold."""
    lang = language_of(facts.lang)
    signals = policy.signals[lang]
    ways, known = signals.look(facts)
    if facts.opinion and policy.opinion.enabled:  # the translation's scores lower the floors
        ways = signals.every
    searched = None
    if policy.screen is not None and ways & signals.looking:
        searched = Searched(facts.text, policy.screen, facts.disguises)
        if not searched:
            ways &= ~signals.matching
    told = _is_told(facts, lang, known=known)
    if told and not ways:
        return _ALLOWED
    case = Case(policy.opinion, facts, searched, lang)
    reasons = [] if told else list(_judge_unknown(policy, facts, case))
    shadow: list[Reason] = []
    evidence: dict[tuple[int, int, str], Evidence] = {}
    for rule, own in zip(policy.rules, signals.of_rule, strict=True):
        if not ways & own:
            continue
        degree = case.degrees[rule.id] = rule.when.judge(case)
        if not degree or rule.action is Action.ALLOW:
            continue
        action = rule.action_for(degree)
        leaves = _leaves_of(rule, case, policy.by_id)
        (shadow if rule.shadow else reasons).append(_reason(rule, action, degree, leaves, case))
        if not rule.shadow:
            for item in _evidence(leaves, rule.category, case):
                evidence.setdefault((item.start, item.end, item.rule), item)
    ordered = _strictest_first(reasons)
    return Decision(
        ordered[0].action if ordered else Action.ALLOW,
        ordered,
        tuple(evidence[key] for key in sorted(evidence)),
        _strictest_first(shadow),
    )


def _is_told(facts: Facts, lang: str, *, known: bool) -> bool:
    """Whether ``_judge_unknown`` has nothing to say for sure. ``known``: all scores are numbers, and there are some."""
    judged = lang == "none" or (known and lang != "other" and facts.classifier_ok)
    return judged and facts.complete and not facts.opinion


def _judge_unknown(policy: Policy, facts: Facts, case: Case) -> Iterator[Reason]:
    """Reasons of what could not be judged. Text without letters needs no classifier and no language."""
    fallback = policy.fallback
    if not facts.complete:
        message = "the text has more matches or codes than are looked at"
        yield Reason(fallback.unfinished, "unfinished", message=message)
    if case.lang == "none":
        return
    if case.lang == "other":
        message = "the text is in neither English nor Chinese"
        yield Reason(fallback.unsupported_language, "unsupported_language", message=message)
    if not facts.classifier_ok:
        message = "the classifier did not answer"
        yield Reason(fallback.classifier_unavailable, "classifier_unavailable", message=message)
    elif case.lang in policy.scored and case.lang != "other" and not (case.scores or case.opinions):
        message = "the policy asks for scores, and the classifier has none for this language"
        yield Reason(fallback.no_score, "no_score", message=message)
    opinion = facts.opinion if policy.opinion.enabled else None
    broken = _first_invalid(facts.scores) or _first_invalid(opinion or {})
    if broken is not None:
        message = "a score is not a number from 0 to 1"
        yield Reason(fallback.invalid_score, "invalid_score", broken, message=message)


def _first_invalid(scores: Mapping[Category, float | None]) -> Category | None:
    for category, score in scores.items():
        if score is not None and not 0.0 <= score <= 1.0:  # NaN compares false
            return category
    return None


def _strictest_first(reasons: list[Reason]) -> tuple[Reason, ...]:
    return tuple(sorted(reasons, key=lambda reason: -_SEVERITY[reason.action]))


def _leaves(
    condition: Condition, case: Case, rules: Mapping[str, Rule], seen: set[str]
) -> Iterator[Condition]:
    """The single conditions that made this one hold, in the order in which they are written."""
    if not condition.judge(case):
        return
    if isinstance(condition, _SEVERAL):
        for part in condition.of:
            yield from _leaves(part, case, rules, seen)
    elif not isinstance(condition, RuleCondition):
        yield condition
    elif condition.rule not in seen:
        # Rules may name one rule many times over; each is followed once, or the work would double with every step.
        seen.add(condition.rule)
        yield from _leaves(rules[condition.rule].when, case, rules, seen)


def _leaves_of(rule: Rule, case: Case, rules: Mapping[str, Rule]) -> list[Condition]:
    """The same of a rule that holds; most are one condition."""
    if not isinstance(rule.when, _MADE_OF_OTHERS):
        return [rule.when]
    return list(_leaves(rule.when, case, rules, set()))


def _reason(
    rule: Rule, action: Action, degree: Degree, leaves: list[Condition], case: Case
) -> Reason:
    """Why a rule applies, with its own category or its first condition's, and the numbers of its first score."""
    category, score, threshold = rule.category, None, None
    notes = [rule.message] if rule.message else []
    for leaf in leaves:
        if isinstance(leaf, ScoreCondition) and threshold is None:
            found, threshold = _strongest(leaf, case)
            score = case.scores.get(found)
            category = category or found
        elif isinstance(leaf, LexiconCondition) and category is None:
            category = next(hit.category for hit in case.hits if leaf.counts(hit))
    if degree is Degree.NEAR and rule.action is Action.BLOCK:
        notes.append("in doubt, so review instead of block")
    return Reason(action, rule.id, category, score, threshold, "; ".join(notes))


def _strongest(condition: ScoreCondition, case: Case) -> tuple[Category, float]:
    """The category that made a score condition hold most, and the threshold for this language."""
    limit = condition.at_least.at(case.lang)
    assert limit is not None  # noqa: S101 - a condition without a threshold does not hold
    if len(condition.categories) == 1:
        return condition.categories[0], limit
    return (
        max(
            condition.categories,
            key=lambda c: (condition.judge_category(c, limit, case), case.scores.get(c, 0.0)),
        ),
        limit,
    )


def _evidence(leaves: list[Condition], category: Category | None, case: Case) -> Iterator[Evidence]:
    """The characters behind lexicon and pattern conditions; a classifier's are found elsewhere."""
    for leaf in leaves:
        if isinstance(leaf, LexiconCondition):
            for hit in case.hits:
                if leaf.counts(hit):
                    rule = f"lexicon:{hit.term_id}"
                    yield Evidence(hit.start, hit.end, rule, hit.category, hit.views, hit.severity)
        elif isinstance(leaf, PatternCondition):
            for pattern in leaf.patterns:
                for match in case.matches(pattern):
                    rule = f"pattern:{pattern.name}"
                    yield Evidence(match.start, match.end, rule, category, match.views)
