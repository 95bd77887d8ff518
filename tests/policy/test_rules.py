"""Each kind of condition: when it holds, and how far."""

import pytest

from service.domain import Action
from service.policy.evaluate import evaluate
from service.policy.facts import LANGUAGES, language_of
from service.policy.patterns import Searched
from service.policy.rules import HARMLESS_VIEWS, Case, Degree, Rule, Threshold
from service.text.normalize import ViewName
from tests.policy.making import INSULT, THREAT, facts, hit, one_rule

NO, NEAR, YES = Degree


def degree(when: str, top: str = "", **known: object) -> Degree:
    policy = one_rule(when, top=top)
    about = facts(**known)  # type: ignore[arg-type] # options of the test
    searched = Searched(about.text, policy.screen, about.disguises) if policy.screen else None
    return policy.rules[0].when.judge(Case(policy.opinion, about, searched))


@pytest.mark.parametrize(
    ("lang", "limit"),
    [("en", 0.9), ("zh", 0.7), ("mixed", 0.7), ("other", 0.7), ("none", None)],
)
def test_rules_threshold_of_a_mixed_text_is_the_stricter(lang: str, limit: float | None) -> None:
    assert Threshold(0.9, 0.7).at(lang) == limit


def test_rules_threshold_for_one_language_says_nothing_about_the_other() -> None:
    only = Threshold(0.9, None)
    assert (only.at("zh"), only.at("mixed")) == (None, 0.9)


@pytest.mark.parametrize(
    ("tag", "lang"),
    [("zh-Hant", "zh"), ("zh-Hans", "zh"), ("en", "en"), ("fr", "other"), ("", "other"), ("none", "none")],
)  # fmt: skip
def test_rules_language_tags_count_as_their_base(tag: str, lang: str) -> None:
    assert language_of(tag) == lang


SCORE = '{ score = "toxicity", at_least = { en = 0.8, zh = 0.6 }, margin = 0.1 }'


@pytest.mark.parametrize(
    ("lang", "score", "expected"),
    [
        ("en", 0.69, NO), ("en", 0.71, NEAR), ("en", 0.8, YES),
        ("zh", 0.49, NO), ("zh", 0.51, NEAR), ("zh", 0.6, YES),
        ("mixed", 0.6, YES), ("none", 1.0, NO), ("en", None, NO), ("en", float("nan"), NO),
    ],
)  # fmt: skip
def test_rules_score_reaches_its_threshold_or_its_margin(
    lang: str, score: float | None, expected: Degree
) -> None:
    assert degree(SCORE, lang=lang, scores={"toxicity": score}) is expected


def test_rules_score_of_several_categories_is_the_strongest() -> None:
    when = '{ score = ["toxicity", "threat"], at_least = 0.8 }'
    assert degree(when, scores={"toxicity": 0.1, "threat": 0.8}) is YES


def test_rules_unsupported_score_is_near_where_the_rule_says_so() -> None:
    when = '{ score = "threat", at_least = 0.8, unsupported = "review" }'
    assert degree(when, scores={"toxicity": 0.1, "threat": None}) is NEAR
    assert degree(when, scores={"toxicity": 0.1, "threat": 0.1}) is NO
    assert degree(when.replace("review", "ignore"), scores={"threat": None}) is NO


OPINION = "[opinion]\nenabled = true\nagreement = 0.1\ndisagreement = 0.3\nalone = 0.9"


@pytest.mark.parametrize(
    ("score", "opinion", "expected"),
    [
        (0.75, 0.85, YES),  # agrees: the threshold is lowered
        (0.65, 0.85, NO),
        (0.85, 0.85, YES),
        (0.85, 0.4, NEAR),  # contradicts
        (0.85, 0.6, YES),  # below the threshold, but not far
        (0.1, 0.95, NEAR),  # strong enough alone
        (0.1, 0.85, NO),
        (None, 0.95, NEAR),  # covers what the classifier does not support
        (None, 0.85, NO),
        (0.85, None, YES),
    ],
)
def test_rules_opinion_confirms_doubts_and_stands_in(
    score: float | None, opinion: float | None, expected: Degree
) -> None:
    when = '{ score = "toxicity", at_least = 0.8 }'
    known = {"scores": {"toxicity": score}, "opinion": {"toxicity": opinion}}
    assert degree(when, OPINION, **known) is expected


def test_rules_opinion_is_not_looked_at_unless_enabled() -> None:
    when = '{ score = "toxicity", at_least = 0.8 }'
    known = {"scores": {"toxicity": 0.75}, "opinion": {"toxicity": 1.0}}
    assert degree(when, **known) is NO


def test_rules_opinion_near_zero_never_lowers_a_review() -> None:
    policy = one_rule('{ score = "toxicity", at_least = 0.8 }', "review", OPINION)
    known = facts(scores={"toxicity": 0.85}, opinion={"toxicity": 0.0})
    assert evaluate(policy, known).action is Action.REVIEW


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ('{ lexicon = "insult" }', YES),
        ('{ lexicon = "any" }', YES),
        ('{ lexicon = ["threat", "insult"] }', YES),
        ('{ lexicon = "threat" }', NO),
        ('{ lexicon = "insult", min_severity = 3 }', NO),
        ('{ lexicon = "insult", count = 2 }', NO),
    ],
)
def test_rules_lexicon_counts_hits_of_a_category_and_severity(when: str, expected: Degree) -> None:
    assert degree(when, lang="zh", hits=[hit(2)]) is expected


def test_rules_lexicon_counts_a_place_once() -> None:
    when = '{ lexicon = "any", count = 2 }'
    same_place = [hit(2, INSULT), hit(2, THREAT)]
    assert degree(when, hits=same_place) is NO
    assert degree(when, hits=[*same_place, hit(1, start=5, end=7)]) is YES


@pytest.mark.parametrize(
    ("transformed", "plain", "traditional", "hidden"),
    [("true", YES, YES, YES), ("false", YES, YES, NO), ('"only"', NO, NO, YES)],
)
def test_rules_lexicon_tells_hidden_terms_from_plain_ones(
    transformed: str, plain: Degree, traditional: Degree, hidden: Degree
) -> None:
    when = f'{{ lexicon = "insult", transformed = {transformed} }}'
    assert degree(when, hits=[hit()]) is plain
    assert degree(when, hits=[hit(views=("simplified", "width"))]) is traditional
    assert degree(when, hits=[hit(views=("width", "separators"))]) is hidden


def test_rules_harmless_views_are_views() -> None:
    assert set(HARMLESS_VIEWS) <= {view.value for view in ViewName}


PATTERNS = """[patterns]
number = '[0-9]{5}'
site = { regex = 'www\\.[a-z.]+', except = 'www\\.ours\\.org' }
"""


@pytest.mark.parametrize(
    ("text", "when", "expected"),
    [
        ("加我 12345", '{ pattern = "number" }', YES),
        ("nothing here", '{ pattern = "number" }', NO),
        ("12345 and 54321", '{ pattern = "number", count = 2 }', YES),
        ("12345 www.a.com", '{ pattern = ["number", "site"], count = 2 }', YES),
        ("12345", '{ pattern = ["number", "site"], count = 2 }', NO),
        ("see www.ours.org", '{ pattern = "site" }', NO),
        ("see www.ours.org.evil.com", '{ pattern = "site" }', YES),
        ("", '{ pattern = "number" }', NO),
    ],
)
def test_rules_pattern_counts_matches(text: str, when: str, expected: Degree) -> None:
    assert degree(when, PATTERNS, text=text) is expected


@pytest.mark.parametrize("lang", LANGUAGES)
def test_rules_language_is_one_of_those_named(lang: str) -> None:
    expected = YES if lang in ("mixed", "other") else NO
    assert degree('{ language = ["mixed", "other"] }', lang=lang) is expected


@pytest.mark.parametrize(
    ("when", "value", "expected"),
    [
        ("below = 2", "1.5", YES), ("below = 2", "2", NO), ("at_least = 2", "2", YES),
        ("at_least = 1, below = 3", "3", NO), ('is = "yes"', "yes", YES), ('is = ["a", "b"]', "c", NO),
        ("below = 2", None, NO), ("below = 2, missing = true", None, YES),
        ("below = 2, missing = true", "young", YES), ("below = 2", "nan", NO),
        ('is = "yes", missing = true', None, YES), ("below = 2", "-inf", YES),
    ],
)  # fmt: skip
def test_rules_context_is_a_number_or_a_word(
    when: str, value: str | None, expected: Degree
) -> None:
    context = {} if value is None else {"key": value}
    assert degree(f'{{ context = "key", {when} }}', context=context) is expected


NEAR_SCORE, YES_HIT = '{ score = "toxicity", at_least = 0.8, margin = 0.1 }', '{ lexicon = "any" }'
NEVER = '{ language = "zh" }'


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        (f"{{ all = [{NEAR_SCORE}, {YES_HIT}] }}", NEAR),
        (f"{{ all = [{NEVER}, {YES_HIT}] }}", NO),
        (f"{{ any = [{NEAR_SCORE}, {YES_HIT}] }}", YES),
        (f"{{ any = [{NEAR_SCORE}, {NEVER}] }}", NEAR),
        (f"{{ count = 2, of = [{NEAR_SCORE}, {YES_HIT}, {NEVER}] }}", NEAR),
        (f"{{ count = 3, of = [{NEAR_SCORE}, {YES_HIT}, {NEVER}] }}", NO),
        (f"{{ count = 1, of = [{NEAR_SCORE}, {YES_HIT}] }}", YES),
        (f"{{ not = {NEVER} }}", YES),
        ('{ not = { language = "en" } }', NO),
    ],
)
def test_rules_combinations(when: str, expected: Degree) -> None:
    assert degree(when, scores={"toxicity": 0.75}, hits=[hit()]) is expected


@pytest.mark.parametrize(
    ("action", "degree", "expected"),
    [
        (Action.BLOCK, YES, Action.BLOCK), (Action.BLOCK, NEAR, Action.REVIEW), (Action.BLOCK, NO, Action.ALLOW),
        (Action.REVIEW, NEAR, Action.REVIEW), (Action.ALLOW, YES, Action.ALLOW),
    ],
)  # fmt: skip
def test_rules_near_is_enough_for_review_and_never_for_block(
    action: Action, degree: Degree, expected: Action
) -> None:
    condition = one_rule('{ language = "en" }').rules[0].when
    assert Rule("r", action, condition).action_for(degree) is expected


def test_rules_policy_knows_in_which_languages_it_asks_for_scores() -> None:
    assert one_rule(SCORE).scored == {"en", "zh", "mixed", "other"}
    english = '{ all = [{ score = "threat", at_least = { en = 0.8 } }] }'
    assert one_rule(english).scored == {"en", "mixed", "other"}
    assert one_rule('{ lexicon = "any" }').scored == frozenset()
