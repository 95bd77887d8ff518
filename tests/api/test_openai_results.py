"""The mapping from our categories to OpenAI's keys: complete, monotone, and honest about what it does not know."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai.types.moderation import Moderation

from models.fake_classifier import FakeClassifier
from service.api.dialects import openai
from service.api.dialects.openai import FEEDS
from service.api.dialects.openai_schemas import KEYS, OpenAiResult
from service.api.dialects.scores import FLOOR, raised
from service.domain import Action, Category, Verdict
from tests.api.verdicts import EMOJI, MIXED, ZH, verdict

NEVER = {
    "illicit", "illicit/violent", "self-harm/intent", "self-harm/instructions", "sexual/minors", "violence/graphic",
}  # fmt: skip
ALL = dict.fromkeys(Category, 0.25)

INFO = FakeClassifier().info

some_scores = st.dictionaries(st.sampled_from(list(Category)), st.floats(0, 1))


def result(text: str, given: Verdict) -> dict[str, Any]:
    return openai.result(text, given, INFO)


def test_openai_results_have_every_key_of_the_client() -> None:
    fields = Moderation.model_fields["categories"].annotation.model_fields  # type: ignore[union-attr]
    assert {field.alias or name for name, field in fields.items()} == set(KEYS) == set(FEEDS)
    assert len(KEYS) == 13


@given(some_scores, st.sampled_from(list(Action)), st.sets(st.sampled_from(list(Category))))
def test_openai_results_are_always_complete(
    scores: dict[Category, float], action: Action, because: set[Category]
) -> None:
    answer = result("bad text", verdict(scores, action=action, because=tuple(because)))
    OpenAiResult.model_validate(answer)
    Moderation.model_validate(answer)
    for part in ("categories", "category_scores", "category_applied_input_types"):
        assert tuple(answer[part]) == KEYS
    assert all(0.0 <= score <= 1.0 for score in answer["category_scores"].values())
    assert set(answer["x_unsupported"]) >= NEVER
    assert all(answer["category_scores"][key] == 0.0 for key in NEVER)
    assert not any(answer["categories"][key] for key in NEVER)


@given(some_scores, st.sampled_from(list(Category)), st.floats(0, 1))
def test_openai_results_a_higher_score_lowers_nothing(
    scores: dict[Category, float], category: Category, more: float
) -> None:
    before = result("text", verdict(scores))["category_scores"]
    higher = scores | {category: max(more, scores.get(category, 0.0))}
    after = result("text", verdict(higher))["category_scores"]
    assert all(after[key] >= before[key] for key in KEYS)


@pytest.mark.parametrize(
    ("scores", "key", "value"),
    [
        ({"insult": 0.7, "toxicity": 0.6}, "harassment", 0.7),
        ({"toxicity": 0.6}, "harassment", 0.6),
        ({"severe_toxicity": 0.9}, "harassment", 0.9),
        ({"threat": 0.8}, "harassment/threatening", 0.8),
        ({"threat": 0.8}, "violence", 0.8),
        ({"violence": 0.4, "threat": 0.8}, "violence", 0.8),
        ({"identity_attack": 0.5}, "hate", 0.5),
        ({"identity_attack": 0.5, "threat": 0.8}, "hate/threatening", 0.5),
        ({"identity_attack": 0.5}, "hate/threatening", 0.0),
        ({"self_harm": 0.3}, "self-harm", 0.3),
        ({"sexual": 0.2}, "sexual", 0.2),
        ({"profanity": 0.9, "spam": 0.9}, "harassment", 0.0),
    ],
)
def test_openai_results_map_scores(scores: dict[str, float], key: str, value: float) -> None:
    assert result("text", verdict(scores))["category_scores"][key] == value


def test_openai_results_say_what_is_not_known() -> None:
    answer = result("text", verdict({"toxicity": 0.1, "threat": 0.2}, detection=ZH))
    assert set(answer["x_unsupported"]) == NEVER | {
        "hate", "hate/threatening", "self-harm", "sexual", "violence"
    }  # fmt: skip
    assert answer["x_categories"]["sexual"]["score"] is None
    # The threat raises violence all the same, so that key has seen the text.
    assert answer["category_applied_input_types"]["violence"] == ["text"]
    assert answer["category_applied_input_types"]["sexual"] == []
    assert answer["category_applied_input_types"]["harassment"] == ["text"]
    assert result("text", verdict(ALL))["x_unsupported"] == [key for key in KEYS if key in NEVER]


def test_openai_results_of_a_text_without_letters() -> None:
    answer = result("😀", verdict(detection=EMOJI))
    assert not answer["flagged"]
    assert answer["x_unsupported"] == list(KEYS)
    assert set(answer["category_scores"].values()) == {0.0}
    assert answer["x_language"] == "none"


def test_openai_results_follow_the_policy_and_no_threshold() -> None:
    calm = result("text", verdict(dict.fromkeys(Category, 0.99)))
    assert not calm["flagged"]
    assert not any(calm["categories"].values())
    strict = result("text", verdict(ALL, action=Action.REVIEW, because=("identity_attack",)))
    assert strict["flagged"]
    assert [key for key, true in strict["categories"].items() if true] == ["hate"]
    both = verdict(ALL, action=Action.BLOCK, because=("identity_attack", "threat"))
    assert [key for key, true in result("text", both)["categories"].items() if true] == [
        "harassment/threatening", "hate", "hate/threatening", "violence"
    ]  # fmt: skip


@pytest.mark.parametrize("category", ["spam", "profanity"])
def test_openai_results_flag_what_has_no_key(category: str) -> None:
    answer = result("text", verdict(ALL, action=Action.REVIEW, because=(category,)))
    assert answer["flagged"]
    assert not any(answer["categories"].values())
    [reason] = answer["x_reasons"]
    assert reason == {
        "action": "review", "rule": f"rule-{category}", "category": category, "score": 0.9, "threshold": 0.8,
        "message": "Why.",
    }  # fmt: skip


def test_openai_results_of_a_policy_in_shadow_mode_flag_nothing() -> None:
    answer = result("text", verdict(ALL, action=Action.BLOCK, because=("insult",), mode="shadow"))
    assert (answer["flagged"], any(answer["categories"].values())) == (False, False)
    assert (answer["x_action"], answer["x_mode"]) == ("block", "shadow")
    assert answer["x_reasons"]


@pytest.mark.parametrize("severity", FLOOR)
def test_openai_results_listed_words_raise_their_score(severity: int) -> None:
    found = verdict({"insult": 0.1}, listed={"insult": severity, "sexual": severity})
    answer = result("bad text", found)
    assert answer["category_scores"]["harassment"] == FLOOR[severity]
    assert answer["category_scores"]["sexual"] == FLOOR[severity]
    assert "sexual" in answer["x_unsupported"]  # no trained score is behind it
    assert answer["x_categories"]["insult"]["score"] == 0.1  # as it was
    certain = verdict({"insult": 0.99}, listed={"insult": severity})
    assert result("bad text", certain)["category_scores"]["harassment"] == 0.99


def test_scores_a_classifiers_evidence_raises_nothing() -> None:
    assert raised(verdict({"insult": 0.1}, listed={"insult": 0}))[Category.INSULT] == 0.1


def test_openai_results_evidence_in_both_ways_of_counting() -> None:
    found = verdict({"insult": 0.1}, listed={"insult": 2}, detection=MIXED)
    [evidence] = result("😀坏b text", found)["x_evidence"]
    assert evidence == {
        "span": (0, 3), "utf16": (0, 4), "rule": "lexicon:test#0", "category": "insult", "views": ("leet",),
        "severity": 2, "weight": None, "note": "",
    }  # fmt: skip
