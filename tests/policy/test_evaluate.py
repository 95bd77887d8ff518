"""A policy applied: golden cases, what cannot be judged, reasons, evidence, and promises that hold for any policy."""

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.domain import Action, Category, Evidence, LexiconHit
from service.policy.evaluate import UNKNOWN, evaluate
from service.policy.facts import Facts
from service.policy.rules import (
    AllOf,
    AnyOf,
    Condition,
    ContextCondition,
    CountOf,
    LanguageCondition,
    LexiconCondition,
    Not,
    OpinionUse,
    Policy,
    Rule,
    RuleCondition,
    ScoreCondition,
    Threshold,
)
from service.policy.schema import preset, preset_text
from tests.policy.making import facts, hit, one_rule, policy

CASES = [
    json.loads(line)
    for line in Path(__file__).with_name("cases.jsonl").read_text("utf-8").splitlines()
]


def score_of(word: float | str | None, lang: str) -> float | None:
    """Cases name scores by level, such as ``toxicity.review-0.01``, so that they hold when thresholds are tuned."""
    if not isinstance(word, str):
        return word
    import tomllib

    group, _, rest = word.partition(".")
    level, sign, offset = rest.partition("-") if "-" in rest else rest.partition("+")
    sides = tomllib.loads(preset_text("default"))["thresholds"][group][level]
    limit = min(sides.values()) if lang == "mixed" else sides[lang]
    moved = limit + float(f"{sign}{offset}") if sign else limit
    return float(min(max(moved, 0.0), 1.0))


def facts_of(case: dict[str, Any]) -> Facts:
    lang = case["lang"]
    known = {key: case[key] for key in ("context", "classifier_ok") if key in case}
    hits = []
    for i, one in enumerate(case.get("hits", [])):
        views = tuple(one.get("views", ()))
        category, place = Category(one["category"]), 3 * i
        hits.append(hit(one["severity"], category, start=place, end=place + 2, views=views))
    scores = {name: score_of(word, lang) for name, word in case.get("scores", {}).items()}
    opinion = case.get("opinion") and {k: score_of(v, lang) for k, v in case["opinion"].items()}
    return facts(lang, case.get("text", ""), scores=scores, hits=hits, opinion=opinion, **known)


@pytest.mark.parametrize("case", CASES, ids=[f"{c['policy']}-{c['name']}" for c in CASES])
def test_evaluate_golden_cases(case: dict[str, Any]) -> None:
    decision = evaluate(preset(case["policy"]), facts_of(case))
    assert decision.action == case["action"]
    assert {reason.rule for reason in decision.reasons} == set(case["rules"])


def test_evaluate_golden_cases_cover_both_languages_and_every_preset() -> None:
    assert {"en", "zh", "mixed", "other", "none"} <= {case["lang"] for case in CASES}
    assert len({case["policy"] for case in CASES}) == 4


SCORE = '{ score = "toxicity", at_least = 0.8 }'


@pytest.mark.parametrize(
    ("known", "rule"),
    [
        ({"lang": "other"}, "unsupported_language"),
        ({"lang": "fr"}, "unsupported_language"),
        ({"classifier_ok": False}, "classifier_unavailable"),
        ({"complete": False}, "unfinished"),
        ({"complete": False, "lang": "none"}, "unfinished"),
        ({"scores": {}}, "no_score"),
        ({"lang": "zh", "scores": {"toxicity": None}}, "no_score"),
        ({"scores": {"toxicity": 0.1, "insult": math.nan}}, "invalid_score"),
        ({"scores": {"toxicity": math.nan}}, "invalid_score"),
        ({"scores": {"toxicity": -0.1}}, "invalid_score"),
        ({"scores": {"toxicity": math.inf}}, "invalid_score"),
    ],
)
def test_evaluate_never_allows_what_it_cannot_judge(known: dict[str, Any], rule: str) -> None:
    decision = evaluate(one_rule(SCORE), facts(**known))
    assert decision.action is not Action.ALLOW
    assert rule in {reason.rule for reason in decision.reasons}
    assert rule in UNKNOWN


def test_evaluate_fallback_may_be_stricter() -> None:
    strict = one_rule(SCORE, top='[fallback]\nunsupported_language = "block"')
    assert evaluate(strict, facts("other")).action is Action.BLOCK


@pytest.mark.parametrize("scores", [{}, {"toxicity": None}, {"toxicity": 1.0}])
def test_evaluate_text_without_letters_needs_no_classifier(scores: dict[str, float | None]) -> None:
    known = facts("none", "😀 123", scores=scores, classifier_ok=False)
    assert evaluate(one_rule(SCORE), known).action is Action.ALLOW


def test_evaluate_text_without_letters_is_judged_by_lexicon_and_patterns() -> None:
    lexicon = one_rule('{ lexicon = "any" }')
    assert evaluate(lexicon, facts("none", hits=[hit()])).action is Action.BLOCK
    pattern = one_rule('{ pattern = "number" }', top="[patterns]\nnumber = '[0-9]{5}'")
    assert evaluate(pattern, facts("none", "😀 12345")).action is Action.BLOCK


def test_evaluate_a_category_that_chinese_does_not_have_reviews_nothing() -> None:
    known = facts("zh", "今天天气真好", scores={"toxicity": 0.01, "threat": None, "insult": 0.01})
    assert evaluate(preset("default"), known).action is Action.ALLOW


def test_evaluate_a_rule_about_an_unsupported_category_cannot_fire() -> None:
    threat = one_rule('{ score = "threat", at_least = 0.8 }')
    assert evaluate(threat, facts("zh", scores={"toxicity": 0.9})).action is Action.ALLOW
    assert evaluate(threat, facts("zh", scores={"threat": None})).action is Action.REVIEW


def test_evaluate_a_policy_without_scores_does_not_miss_them() -> None:
    assert evaluate(one_rule('{ lexicon = "any" }'), facts(scores={})).action is Action.ALLOW


def test_evaluate_opinion_covers_missing_scores() -> None:
    translated = one_rule(SCORE, top="[opinion]\nenabled = true")
    known = facts("zh", scores={"toxicity": None}, opinion={"toxicity": 0.1})
    assert evaluate(translated, known).action is Action.ALLOW
    broken = facts("zh", opinion={"toxicity": math.nan})
    assert evaluate(translated, broken).reasons[0].rule == "invalid_score"


def test_evaluate_keeps_all_reasons_strictest_first() -> None:
    several = policy("""
id = "mild"
action = "review"
when = { score = "toxicity", at_least = 0.5 }

id = "hard"
action = "block"
message = "very sure"
when = { score = ["insult", "toxicity"], at_least = 0.9 }

id = "also-mild"
action = "review"
category = "spam"
when = { language = "en" }

id = "never"
action = "block"
when = { language = "zh" }
""")
    decision = evaluate(several, facts(scores={"toxicity": 0.95, "insult": 0.91}))
    assert [(r.action, r.rule) for r in decision.reasons] == [
        (Action.BLOCK, "hard"), (Action.REVIEW, "mild"), (Action.REVIEW, "also-mild"),
    ]  # fmt: skip
    hard, mild, other = decision.reasons
    assert (hard.category, hard.score, hard.threshold) == (Category.TOXICITY, 0.95, 0.9)
    assert hard.message == "very sure"
    assert (mild.score, mild.threshold) == (0.95, 0.5)
    assert (other.category, other.score) == (Category.SPAM, None)


def test_evaluate_says_when_a_block_is_in_doubt() -> None:
    near = one_rule('{ score = "toxicity", at_least = 0.8, margin = 0.1 }')
    decision = evaluate(near, facts(scores={"toxicity": 0.75}))
    assert decision.action is Action.REVIEW
    assert decision.reasons[0].message == "in doubt, so review instead of block"


def test_evaluate_shadow_rules_are_recorded_and_change_nothing() -> None:
    trial = one_rule('{ lexicon = "any" }', mode="shadow")
    decision = evaluate(trial, facts(hits=[hit()]))
    assert decision.action is Action.ALLOW
    assert decision.reasons == decision.evidence == ()
    assert [(r.rule, r.action) for r in decision.shadow] == [("r", Action.BLOCK)]


def test_evaluate_shadow_rules_are_recorded_beside_live_ones() -> None:
    decision = evaluate(one_rule('{ language = "other" }', mode="shadow"), facts("other"))
    assert [r.rule for r in decision.reasons] == ["unsupported_language"]
    assert [r.rule for r in decision.shadow] == ["r"]


def test_evaluate_evidence_is_what_the_rules_found_in_text_order() -> None:
    rules = policy(
        """
id = "contact"
action = "review"
category = "spam"
when = { all = [{ pattern = "number" }, { lexicon = "spam" }] }

id = "again"
action = "block"
when = { rule = "contact" }
""",
        "[patterns]\nnumber = '[0-9]{5}'",
    )
    ad = hit(1, Category.SPAM, start=0, end=2, views=("separators",))
    other = hit(3, Category.THREAT, start=3, end=4)
    decision = evaluate(rules, facts("zh", "加我 微信 12345", hits=[other, ad]))
    assert decision.evidence == (
        Evidence(0, 2, "lexicon:zh/spam#1", Category.SPAM, ("separators",), 1),
        Evidence(6, 11, "pattern:number", Category.SPAM),
    ), "each once, and no hit that no rule asked about"
    assert decision.reasons[0].category is Category.SPAM


def test_evaluate_rules_that_name_rules_do_not_multiply_the_work() -> None:
    blocks = ['id = "r0"\naction = "review"\nwhen = { lexicon = "any" }']
    for i in range(1, 40):
        twice = f'{{ all = [{{ rule = "r{i - 1}" }}, {{ rule = "r{i - 1}" }}] }}'
        blocks.append(f'id = "r{i}"\naction = "review"\nwhen = {twice}')
    decision = evaluate(policy("\n\n".join(blocks)), facts(hits=[hit()]))
    assert len(decision.reasons) == 40
    assert len(decision.evidence) == 1


def test_evaluate_takes_a_megabyte_and_lone_surrogates() -> None:
    text = "加我微信 abc12345 \ud800" * 60_000
    assert evaluate(preset("strict-minors"), facts("mixed", text)).action is Action.REVIEW


# What holds for any policy ------------------------------------------------------------------------------------------

CATEGORIES = [Category.TOXICITY, Category.INSULT, Category.THREAT]
numbers = st.floats(0, 1, allow_nan=False).map(lambda x: round(x, 2))
sides = st.one_of(st.builds(Threshold, numbers, numbers), st.builds(Threshold, numbers, st.none()))
languages = st.sampled_from(["en", "zh", "mixed", "other", "none", "ja"])
given_by_caller = st.one_of(
    st.builds(LanguageCondition, st.frozensets(languages)),
    st.builds(ContextCondition, st.just("age"), below=numbers, missing=st.booleans()),
)
leaves = st.one_of(
    st.builds(
        ScoreCondition,
        st.lists(st.sampled_from(CATEGORIES), min_size=1, max_size=2).map(tuple),
        sides, numbers.map(lambda x: x / 2), st.booleans(),
    ),
    st.builds(
        LexiconCondition,
        st.frozensets(st.sampled_from(CATEGORIES)),
        st.integers(1, 3), st.booleans(), st.booleans(), st.integers(1, 2),
    ),
    given_by_caller,
    st.builds(Not, st.tuples(given_by_caller)),
)  # fmt: skip


def combined(inner: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    parts = st.lists(inner, min_size=1, max_size=3).map(tuple)
    counted = parts.flatmap(lambda of: st.builds(CountOf, st.integers(1, len(of)), st.just(of)))
    return st.one_of(st.builds(AllOf, parts), st.builds(AnyOf, parts), counted)


conditions = st.recursive(leaves, combined, max_leaves=5)


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    rules: list[Rule] = []
    for i in range(draw(st.integers(1, 4))):
        when: Condition = draw(conditions)
        if rules and draw(st.booleans()):
            when = AllOf((when, RuleCondition(draw(st.sampled_from(rules)).id)))
        shadow = draw(st.integers(0, 4)) == 0
        rules.append(Rule(f"r{i}", draw(st.sampled_from(list(Action))), when, shadow=shadow))
    use = OpinionUse(draw(st.booleans()), draw(numbers) / 2, draw(numbers), draw(numbers))
    return Policy("any", "0" * 16, "live", tuple(rules), use)


def a_score() -> st.SearchStrategy[float | None]:
    return st.one_of(st.none(), numbers)


hits = st.builds(
    hit, st.integers(1, 3), st.sampled_from(CATEGORIES),
    start=st.integers(0, 5), end=st.integers(6, 9),
    views=st.lists(st.sampled_from(["width", "leet"]), max_size=2).map(tuple),
)  # fmt: skip
score_maps = st.dictionaries(st.sampled_from(CATEGORIES), a_score())
any_facts = st.builds(
    Facts,
    st.just("good morning 早上好"),
    languages,
    score_maps,
    st.lists(hits, max_size=3).map(tuple),
    st.one_of(st.none(), score_maps),
    st.booleans(),
    st.dictionaries(st.just("age"), st.sampled_from(["0.1", "0.9", "nan", "old"])),
)


def milder(policy: Policy, before: Facts, after: Facts) -> bool:
    return evaluate(policy, after).action.severity < evaluate(policy, before).action.severity


@given(policies(), any_facts, st.data())
@settings(max_examples=150, deadline=None)
def test_evaluate_property_a_higher_score_is_never_milder(
    policy: Policy, known: Facts, data: st.DataObject
) -> None:
    raisable = [c for c, score in known.scores.items() if score is not None]
    if not raisable:
        return
    category = data.draw(st.sampled_from(raisable))
    before = known.scores[category] or 0.0
    raised = data.draw(st.floats(before, 1))
    assert not milder(policy, known, replace(known, scores={**known.scores, category: raised}))


@given(policies(), any_facts, st.data())
@settings(max_examples=80, deadline=None)
def test_evaluate_property_a_higher_score_of_the_translation_is_never_milder(
    policy: Policy, known: Facts, data: st.DataObject
) -> None:
    opinion = dict(known.opinion or {})
    raisable = [c for c, score in opinion.items() if score is not None]
    if not raisable:
        return
    category = data.draw(st.sampled_from(raisable))
    opinion[category] = data.draw(st.floats(opinion[category] or 0.0, 1))
    assert not milder(policy, known, replace(known, opinion=opinion))


@given(policies(), any_facts, hits, st.integers(0, 3))
@settings(max_examples=100, deadline=None)
def test_evaluate_property_one_more_hit_is_never_milder(
    policy: Policy, known: Facts, one: LexiconHit, at: int
) -> None:
    more = (*known.hits[:at], one, *known.hits[at:])
    assert not milder(policy, known, replace(known, hits=more))


@given(policies(), any_facts, conditions, st.sampled_from(list(Action)))
@settings(max_examples=80, deadline=None)
def test_evaluate_property_one_more_rule_is_never_milder(
    policy: Policy, known: Facts, when: Condition, action: Action
) -> None:
    more = replace(policy, rules=(*policy.rules, Rule("new", action, when)))
    before, after = evaluate(policy, known), evaluate(more, known)
    assert after.action.severity >= before.action.severity
    assert set(before.reasons) <= set(after.reasons)


@given(policies(), any_facts)
@settings(max_examples=80, deadline=None)
def test_evaluate_property_same_question_same_answer(policy: Policy, known: Facts) -> None:
    decision = evaluate(policy, known)
    assert evaluate(policy, known) == decision
    strictest = max((r.action for r in decision.reasons), key=lambda a: a.severity, default=None)
    assert decision.action is (strictest or Action.ALLOW)
    assert all(reason.action is not Action.ALLOW for reason in decision.reasons)


@given(policies(), any_facts)
@settings(max_examples=60, deadline=None)
def test_evaluate_property_the_unknown_is_never_allowed(policy: Policy, known: Facts) -> None:
    unknown = known.lang in ("other", "ja") or (not known.classifier_ok and known.lang != "none")
    if unknown:
        assert evaluate(policy, known).action is not Action.ALLOW
