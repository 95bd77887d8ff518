"""Thresholds from labelled scores, and the files that hold them."""

import random

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from service.domain import Category
from service.policy.labelled import Example, RowError, read_csv, read_jsonl, score_texts
from service.policy.schema import load_policy
from service.policy.tune import Goal, Tuning, render_toml, tune, tune_scores, wilson

TOXICITY, INSULT = Category.TOXICITY, Category.INSULT


def overlapping(count: int, seed: int = 1) -> tuple[list[float], list[bool]]:
    """Scores of ``count`` positives around 0.7 and twice as many negatives around 0.3."""
    dice = random.Random(seed)
    labels = [True] * count + [False] * 2 * count
    return [min(max(dice.gauss(0.7 if label else 0.3, 0.15), 0), 1) for label in labels], labels


def tuned(goal: Goal, count: int = 200, **options: int) -> Tuning:
    scores, labels = overlapping(count)
    return tune_scores("en", TOXICITY, scores, labels, goal, **options)


# (hits, total) -> interval, from the closed formula as published tables have it
@pytest.mark.parametrize(
    ("hits", "total", "low", "high"),
    [(0, 10, 0.0, 0.2775), (5, 10, 0.2366, 0.7634), (10, 10, 0.7225, 1.0), (81, 263, 0.2553, 0.3662)],
)  # fmt: skip
def test_tune_wilson_interval(hits: int, total: int, low: float, high: float) -> None:
    rate = wilson(hits, total)
    assert (round(rate.low, 4), round(rate.high, 4)) == (low, high)
    assert rate.low <= rate.value <= rate.high


def test_tune_precision_goal_is_met_by_the_lowest_threshold() -> None:
    scores, labels = overlapping(200)
    found = tune_scores("en", TOXICITY, scores, labels, Goal(precision=0.95))
    assert found.threshold is not None
    assert found.precision is not None
    assert found.precision.value >= 0.95
    for lower in sorted({s for s in scores if s < found.threshold}):
        flagged = [label for s, label in zip(scores, labels, strict=True) if s >= lower]
        assert sum(flagged) / len(flagged) < 0.95


def test_tune_false_positive_goal() -> None:
    found = tuned(Goal(false_positive_rate=0.01))
    assert found.false_positive_rate is not None
    assert found.false_positive_rate.hits == 4, "of 400 negatives, 1 % and no more"
    assert found.recall is not None
    assert found.recall.total == 200


def test_tune_sure_is_stricter() -> None:
    for goal, sure in [
        (Goal(precision=0.9), Goal(precision=0.9, sure=True)),
        (Goal(false_positive_rate=0.05), Goal(false_positive_rate=0.05, sure=True)),
    ]:
        plain, strict = tuned(goal), tuned(sure)
        assert plain.threshold is not None
        assert strict.threshold is not None
        assert strict.threshold > plain.threshold
    assert strict.false_positive_rate is not None
    assert strict.false_positive_rate.high <= 0.05


def test_tune_threshold_is_within_its_interval_and_is_the_same_every_time() -> None:
    found = tuned(Goal(precision=0.9))
    assert found.threshold is not None
    assert found.threshold_low is not None
    assert found.threshold_high is not None
    assert found.threshold_low <= found.threshold <= found.threshold_high
    assert found == tuned(Goal(precision=0.9))


def test_tune_more_texts_give_a_narrower_interval() -> None:
    few, many = tuned(Goal(precision=0.9), 60), tuned(Goal(precision=0.9), 2000)

    def width(one: Tuning) -> float:
        return (one.threshold_high or 1) - (one.threshold_low or 0)

    assert width(many) < width(few)


@pytest.mark.parametrize(
    ("scores", "labels", "reason"),
    [
        ([0.9] * 29 + [0.1] * 40, [True] * 29 + [False] * 40, "needs 30 positive and 30 negative"),
        ([0.9] * 40 + [0.1] * 29, [True] * 40 + [False] * 29, "needs 30 positive and 30 negative"),
        ([0.5] * 80, [True] * 40 + [False] * 40, "no threshold reaches the goal"),
        ([0.9] * 4 + [0.5] * 80, [True] * 44 + [False] * 40, "no threshold reaches the goal"),
        ([0.9] * 5 + [0.5] * 80, [False] + [True] * 44 + [False] * 40, "by luck"),
    ],
    ids=["few-positives", "few-negatives", "cannot", "four-texts-say-nothing", "luck"],
)
def test_tune_refuses(scores: list[float], labels: list[bool], reason: str) -> None:
    found = tune_scores("zh", INSULT, scores, labels, Goal(precision=0.8))
    assert found.threshold is None
    assert reason in found.refusal


def test_tune_equal_scores_are_flagged_together() -> None:
    scores = [0.9] * 20 + [0.6] * 20 + [0.6] * 5 + [0.1] * 35
    labels = [True] * 40 + [False] * 40
    found = tune_scores("en", TOXICITY, scores, labels, Goal(precision=0.95))
    assert found.threshold == 0.75, "half-way between 0.9 and 0.6"
    assert found.recall is not None
    assert found.recall.hits == 20


@given(
    st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=4, max_size=60),
    st.sampled_from([0.5, 0.8, 0.95]),
    st.booleans(),
)
@settings(max_examples=100, deadline=None)
def test_tune_property_what_is_reported_is_what_the_threshold_does(
    rows: list[tuple[float, bool]], share: float, precision: bool
) -> None:
    scores, labels = [s for s, _ in rows], [label for _, label in rows]
    assume(any(labels) and not all(labels))
    goal = Goal(precision=share) if precision else Goal(false_positive_rate=1 - share)
    found = tune_scores("en", TOXICITY, scores, labels, goal, min_examples=1, resamples=9)
    if found.threshold is None:
        return
    flagged = [label for s, label in rows if s >= found.threshold]
    assert found.precision is not None
    assert found.false_positive_rate is not None
    assert (found.precision.hits, found.precision.total) == (sum(flagged), len(flagged))
    reached = found.precision.value if precision else 1 - found.false_positive_rate.value
    assert reached >= share - 1e-12


def test_tune_answers_by_language_and_category() -> None:
    scores, labels = overlapping(50)
    examples = [
        Example(lang, label, {INSULT: not label}, {TOXICITY: score, INSULT: 1 - score})
        for lang in ("zh", "en", "mixed", "other")
        for score, label in zip(scores, labels, strict=True)
    ]
    found = tune(examples, Goal(precision=0.9), resamples=20)
    columns = [(one.lang, one.category) for one in found]
    assert columns == [("en", TOXICITY), ("en", INSULT), ("zh", TOXICITY), ("zh", INSULT)]
    assert found[1].positives == found[0].negatives == 100, "a label of its own wins"


def test_tune_leaves_out_what_is_not_labelled() -> None:
    examples = [Example("en", None, {}, {TOXICITY: 0.5})] * 100
    assert tune(examples, Goal(precision=0.9)) == []


def test_tune_toml_goes_into_a_policy() -> None:
    scores, labels = overlapping(50)
    examples = [
        Example(lang, label, {}, {TOXICITY: score})
        for lang in ("en", "zh")
        for score, label in zip(scores, labels, strict=True)
    ]
    tunings = tune(examples, Goal(precision=0.9), resamples=20)
    toml = render_toml(tunings, "review")
    assert toml.startswith("[thresholds.toxicity]\nreview = { en = 0.")
    rule = load_policy(f'extends = "default"\n{toml}', "mine").by_id["toxicity"]
    assert rule.when.at_least.zh == tunings[1].threshold  # type: ignore[attr-defined] # a score condition
    assert render_toml([Tuning("en", INSULT, 0, 0, "few")], "review") == ""


# Files --------------------------------------------------------------------------------------------------------------


def test_labelled_csv() -> None:
    rows = list(
        read_csv(
            [
                "language,label,label_insult,toxicity,insult,text\n",
                'en,1,,0.9,0.2,"a, b"\n',
                "zh-Hans,FALSE,yes,0.1,,\n",
                "mixed,0,0,0.5,0.5,混 mix\n",
            ]
        )
    )
    assert rows == [
        Example("en", True, {}, {TOXICITY: 0.9, INSULT: 0.2}, "a, b"),
        Example("zh", False, {INSULT: True}, {TOXICITY: 0.1}),
        Example("mixed", False, {INSULT: False}, {TOXICITY: 0.5, INSULT: 0.5}, "混 mix"),
    ]
    first, second = rows[:2]
    assert isinstance(first, Example)
    assert isinstance(second, Example)
    assert (first.label_of(INSULT), second.label_of(INSULT)) == (True, True)


def test_labelled_jsonl() -> None:
    rows = list(
        read_jsonl(
            [
                '{"lang": "zh", "labels": {"insult": 1, "sexism": 0}, "scores": {"insult": 0.7, "threat": null}}\n',
                "\n",
                '{"language": "en", "label": true, "score": 1}',
            ]
        )
    )
    assert rows == [
        Example("zh", None, {INSULT: True}, {INSULT: 0.7}),
        Example("en", True, {}, {TOXICITY: 1.0}),
    ]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("nothing", "not valid JSON"),
        ("[1]", "not a JSON object"),
        ('{"label": 1}', "no language"),
        ('{"lang": "en", "label": "rude"}', "label is neither 1 nor 0"),
        ('{"lang": "en", "label_threat": 2}', "label of threat is neither 1 nor 0"),
        ('{"lang": "en", "toxicity": "high"}', "score of toxicity is not a number from 0 to 1"),
        ('{"lang": "en", "toxicity": NaN}', "score of toxicity is not a number from 0 to 1"),
        ('{"lang": "en", "scores": [1]}', "scores is not an object"),
    ],
)
def test_labelled_rows_that_cannot_be_used(line: str, message: str) -> None:
    (row,) = read_jsonl([line])
    assert isinstance(row, RowError)
    assert str(row) == message


def test_labelled_texts_are_scored_in_order() -> None:
    def scorer(texts: list[str], langs: list[str]) -> list[dict[Category, float | None]]:
        return [{TOXICITY: len(text) / 10, INSULT: None} for text in texts]

    examples = [Example("en", True, text="abc"), Example("zh", False, text="你好")]
    scored = score_texts(examples, scorer)  # type: ignore[arg-type] # lists are sequences
    assert [one.scores for one in scored] == [{TOXICITY: 0.3}, {TOXICITY: 0.2}]
    assert [one.label for one in scored] == [True, False]


def test_tune_does_not_touch_the_global_generator() -> None:
    np.random.seed(5)
    before = np.random.get_state()[1].copy()  # type: ignore[index, union-attr] # the legacy tuple
    tuned(Goal(precision=0.9))
    assert (np.random.get_state()[1] == before).all()  # type: ignore[index] # the legacy tuple


def test_tune_brackets_without_end_are_one_bad_row() -> None:
    good = '{"language": "en", "label": 1, "score": 0.5}'
    found = list(read_jsonl(['{"a":' + "[" * 100_000, good]))
    assert isinstance(found[0], RowError)
    assert isinstance(found[1], Example)
