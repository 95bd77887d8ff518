"""From a text to a verdict, step by step: languages, word lists, windows, second opinions, evidence, failures."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.interfaces import Scores
from service.domain import (
    Action,
    Category,
    Lang,
    ModerationRequest,
    ModerationWarning,
    TranslationWarning,
    WarningCode,
)
from service.errors import InvalidRequest
from service.pipeline.moderate import advance, finish, prepare
from service.pipeline.moderation_plan import Ask, ModerationSetup
from tests.pipeline.judging import by_target, judge, scores, setup

CLEAN = [
    "Good morning, everyone!",
    "今天天气真好，我们去公园吧。",
    "我今天去了 the new coffee shop",
]


@pytest.mark.parametrize("text", CLEAN, ids=["en", "zh", "mixed"])
def test_moderate_a_clean_post_is_allowed_after_one_call(text: str) -> None:
    verdict, rounds = judge(text)
    assert (verdict.action, verdict.flagged) == (Action.ALLOW, False)
    assert verdict.evidence == verdict.reasons == verdict.warnings == ()
    assert [ask.text for asks in rounds for ask in asks] == [text]
    assert (verdict.policy, verdict.mode, verdict.model) == ("test", "live", "fake")
    assert len(verdict.policy_version) == 16


@pytest.mark.parametrize(
    ("text", "word", "lang"),
    [
        ("you are a badword, my friend", "badword", "en"),
        ("你真是坏词啊", "坏词", "zh"),
        ("你这个 badword 快走开吧", "badword", "mixed"),
    ],
)
def test_moderate_what_the_classifier_sees_is_traced_to_characters(
    text: str, word: str, lang: str
) -> None:
    verdict, rounds = judge(text)
    assert verdict.action is Action.REVIEW
    [one] = verdict.evidence
    assert (text[one.start : one.end], one.rule) == (word, "classifier:toxicity")
    assert one.weight is not None
    assert one.weight > 0.5
    assert verdict.reasons[0].rule == "toxic"
    assert {ask.lang for asks in rounds for ask in asks} == {lang}
    assert len(rounds) == 2


def test_moderate_without_explain_there_is_one_call_and_no_search() -> None:
    verdict, rounds = judge("you are a badword", explain=False)
    assert verdict.action is Action.REVIEW
    assert verdict.evidence == ()
    assert len(rounds) == 1


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("what a zorgle you are", "zorgle"),
        ("ｗｈａｔ a ZORGLE", "ZORGLE"),
        ("你这个咕噜怪", "咕噜怪"),
    ],
)
def test_moderate_a_listed_term_is_evidence_without_a_search(text: str, word: str) -> None:
    verdict, rounds = judge(text)
    assert verdict.action is Action.REVIEW
    assert [text[one.start : one.end] for one in verdict.evidence] == [word]
    assert verdict.evidence[0].rule.startswith("lexicon:")
    assert verdict.evidence[0].severity == 3
    assert len(rounds) == 1


def test_moderate_a_term_explains_general_toxicity_but_not_a_threat() -> None:
    text = "zorgle, threat=0.9 and badword"
    verdict, rounds = judge(text)
    assert len(rounds) == 2
    rules = {one.rule: text[one.start : one.end] for one in verdict.evidence}
    assert set(rules) == {"lexicon:test/en#1", "classifier:threat"}
    assert rules["classifier:threat"] == "threat=0.9"


def test_moderate_a_clear_term_is_shown_where_a_score_alone_decided() -> None:
    policy = """
[[rules]]
id = "toxic"
action = "block"
when = { score = "toxicity", at_least = 0.5 }
"""
    verdict, rounds = judge("badword zorgle blimp", bench=setup(policy=policy))
    assert [one.rule for one in verdict.evidence] == ["lexicon:test/en#1"]
    assert len(rounds) == 1


def test_moderate_a_mild_term_alone_is_no_matter() -> None:
    verdict, _ = judge("blimp over the city")
    assert (verdict.action, verdict.evidence) == (Action.ALLOW, ())


@pytest.mark.parametrize("text", ["", "😀👍", "12345", "https://example.com", "@somebody"])
def test_moderate_what_has_no_letters_is_judged_by_lists_alone(text: str) -> None:
    verdict, rounds = judge(text)
    assert verdict.action is Action.ALLOW
    assert rounds == []
    assert set(verdict.scores.values()) == {None}


@pytest.mark.parametrize("text", ["Привет, как дела?", "こんにちは、元気ですか"])
def test_moderate_what_nobody_here_reads_is_reviewed(text: str) -> None:
    verdict, rounds = judge(text)
    assert verdict.action is Action.REVIEW
    assert [reason.rule for reason in verdict.reasons] == ["unsupported_language"]
    assert rounds == []


def test_moderate_unsupported_scores_are_none_and_never_zero() -> None:
    english, _ = judge("Good morning")
    chinese, _ = judge("早上好")
    mixed, _ = judge("我今天去了 the new coffee shop")
    assert english.scores[Category.SEXUAL] is None
    assert chinese.scores[Category.THREAT] is None
    assert mixed.scores[Category.SEXUAL] is not None
    assert mixed.scores[Category.THREAT] is not None
    assert list(english.scores) == list(Category)


def test_moderate_a_classifier_with_few_categories_leaves_the_rest_unknown() -> None:
    bench = setup()
    info = bench.info
    few = ModerationSetup(
        bench.matcher,
        bench.policies,
        "test",
        type(info)("few", "fake", ("spam", "toxicity"), frozenset({("en", "toxicity")}), 100),
    )
    plan = advance(prepare(ModerationRequest("Good morning"), few), few, [(None, 0.3)])
    verdict = finish(plan, few)
    assert verdict.scores[Category.TOXICITY] == 0.3
    assert [c for c, s in verdict.scores.items() if s is not None] == [Category.TOXICITY]


# Windows


def test_moderate_a_long_text_is_as_bad_as_its_worst_window() -> None:
    text = "It was a nice day. " * 5 + "You badword there. " + "We all went home. " * 5
    verdict, rounds = judge(text, bench=setup(max_input_chars=60))
    assert verdict.action is Action.REVIEW
    assert len(rounds[0]) > 1
    assert all(len(ask.text) <= 60 for asks in rounds for ask in asks)
    [one] = verdict.evidence
    assert text[one.start : one.end] == "badword"


def test_moderate_each_category_is_searched_in_its_own_window() -> None:
    text = (
        "The badword came first. " + "Then nothing at all. " * 4 + "It ended with threat=0.9 there."
    )
    verdict, rounds = judge(text, bench=setup(max_input_chars=40))
    assert {one.rule: text[one.start : one.end] for one in verdict.evidence} == {
        "classifier:toxicity": "badword",
        "classifier:threat": "threat=0.9",
    }
    assert len(rounds) == 2


def test_moderate_a_window_that_fails_counts_as_not_read() -> None:
    text = "One nice sentence here. " * 4

    def classify(ask: Ask) -> Scores | None:
        return None if ask.text.startswith("One") else scores(toxicity=0.1)(ask)

    verdict, _ = judge(text, classify, bench=setup(max_input_chars=40))
    assert verdict.action is Action.REVIEW
    assert verdict.warnings == (ModerationWarning.CLASSIFIER_FAILED,)


# Failures


@pytest.mark.parametrize("text", CLEAN, ids=["en", "zh", "mixed"])
def test_moderate_without_the_classifier_nothing_is_allowed(text: str) -> None:
    verdict, _ = judge(text, lambda ask: None)
    assert verdict.action is Action.REVIEW
    assert [reason.rule for reason in verdict.reasons] == ["classifier_unavailable"]
    assert verdict.warnings == (ModerationWarning.CLASSIFIER_FAILED,)
    assert set(verdict.scores.values()) == {None}


def test_moderate_word_lists_work_without_the_classifier() -> None:
    verdict, _ = judge("what a zorgle", lambda ask: None)
    assert {reason.rule for reason in verdict.reasons} == {"classifier_unavailable", "severe-term"}
    assert len(verdict.evidence) == 1


def test_moderate_a_failed_search_changes_no_action() -> None:
    calls = 0

    def classify(ask: Ask) -> Scores | None:
        nonlocal calls
        calls += 1
        return scores(toxicity=0.9)(ask) if calls == 1 else None

    verdict, _ = judge("some rude words", classify)
    assert verdict.action is Action.REVIEW
    assert verdict.evidence == ()
    assert verdict.warnings == (ModerationWarning.EXPLANATION_FAILED,)


def test_moderate_a_plan_advances_only_while_something_is_pending() -> None:
    bench = setup()
    plan = prepare(ModerationRequest("Good morning"), bench)
    with pytest.raises(ValueError, match="pending"):
        finish(plan, bench)
    done = advance(plan, bench, [scores()(plan.asks[0])])
    with pytest.raises(ValueError, match="nothing pending"):
        advance(done, bench, [])


def test_moderate_an_unknown_policy_is_the_callers_mistake() -> None:
    with pytest.raises(InvalidRequest, match="policy") as raised:
        judge("Good morning", policy="no-such")
    assert raised.value.field == "policy"


def test_moderate_the_default_policy_must_be_loaded() -> None:
    bench = setup()
    with pytest.raises(ValueError, match="default policy"):
        ModerationSetup(bench.matcher, {}, "test", bench.info)


# Named language and context


def test_moderate_a_wrong_language_is_judged_as_both() -> None:
    verdict, rounds = judge("早上好，今天去公园", lang=Lang.EN)
    assert rounds[0][0].lang == "mixed"
    assert verdict.detection.lang is Lang.ZH_HANS


@pytest.mark.parametrize(("age", "action"), [("1", Action.REVIEW), ("30", Action.ALLOW)])
def test_moderate_policies_read_the_context(age: str, action: Action) -> None:
    verdict, _ = judge("see https://example.com today", context={"account_age_days": age})
    assert verdict.action is action
    if action is Action.REVIEW:
        assert [one.rule for one in verdict.evidence] == ["pattern:link"]


# Second opinion and reading


def test_moderate_a_second_opinion_scores_the_translation() -> None:
    translate = by_target({Lang.EN: "you badword"})
    verdict, rounds = judge("早上好", translate=translate, second_opinion=True)
    assert rounds[1] == [Ask("you badword", "en")]
    assert verdict.opinion is not None
    assert (verdict.opinion[Category.TOXICITY] or 0) > 0.8
    assert verdict.translation is None


@pytest.mark.parametrize(
    ("text", "opinion", "expected"),
    [("早上好", True, Lang.EN), ("Good morning", True, Lang.ZH_HANS), ("Good morning", None, Lang.ZH_HANS),
     ("Good morning", False, None), ("😀", True, None), ("Привет, как дела?", True, None)],
)  # fmt: skip
def test_moderate_a_second_opinion_is_asked_in_the_other_language(
    text: str, opinion: bool | None, expected: Lang | None
) -> None:
    plan = prepare(ModerationRequest(text, second_opinion=opinion), setup(second_opinion=True))
    assert [one.target_lang for one in plan.translations] == ([expected] if expected else [])


def test_moderate_one_translation_serves_opinion_and_reading() -> None:
    request = ModerationRequest("Good morning", second_opinion=True, translate_to=Lang.ZH_HANT)
    plan = prepare(request, setup())
    assert [one.target_lang for one in plan.translations] == [Lang.ZH_HANT]


def test_moderate_opinion_and_reading_may_be_in_two_languages() -> None:
    translate = by_target({Lang.EN: "good morning", Lang.ZH_HANT: "早上好呀"})
    verdict, _ = judge("早上好呀", translate=translate, second_opinion=True, translate_to=Lang.ZH_HANT)  # fmt: skip
    assert verdict.opinion is not None
    assert verdict.translation is not None
    assert verdict.translation.target_lang is Lang.ZH_HANT


def test_moderate_evidence_is_projected_onto_the_reading() -> None:
    translate = by_target({Lang.EN: "what a zorgle you are"})
    verdict, _ = judge("你是坏词和咕噜怪", translate=translate, translate_to=Lang.EN)
    assert verdict.translation is not None
    assert [one.rule for one in verdict.translation_evidence] == ["lexicon:test/en#1"]
    english = verdict.translation.text
    [one] = verdict.translation_evidence
    assert english[one.start : one.end] == "zorgle"


def test_moderate_a_clean_text_has_a_reading_without_evidence() -> None:
    translate = by_target({Lang.EN: "zorgle"})
    verdict, _ = judge("早上好", translate=translate, translate_to=Lang.EN)
    assert verdict.translation is not None
    assert verdict.translation_evidence == ()


def test_moderate_without_a_translator_the_verdict_says_so() -> None:
    verdict, _ = judge("早上好", second_opinion=True, translate_to=Lang.EN)
    assert verdict.action is Action.ALLOW
    assert set(verdict.warnings) == {
        ModerationWarning.OPINION_FAILED,
        ModerationWarning.TRANSLATION_FAILED,
    }


def test_moderate_a_copied_sentence_is_no_second_opinion() -> None:
    note = TranslationWarning(WarningCode.COPIED_SOURCE, "Copied.", 0, 3)
    translate = by_target({Lang.EN: "早上好"}, [note])
    verdict, rounds = judge("早上好", translate=translate, second_opinion=True)
    assert verdict.opinion is None
    assert verdict.warnings == (ModerationWarning.OPINION_FAILED,)
    assert len(rounds) == 1


def test_moderate_an_opinion_that_cannot_be_scored_is_left_out() -> None:
    translate = by_target({Lang.EN: "poison"})

    def classify(ask: Ask) -> Scores | None:
        return None if ask.text == "poison" else scores(toxicity=0.1)(ask)

    verdict, _ = judge("早上好", classify, translate, second_opinion=True)
    assert (verdict.action, verdict.opinion) == (Action.ALLOW, None)
    assert verdict.warnings == (ModerationWarning.OPINION_FAILED,)


# Properties


TEXTS = st.text(alphabet="abz 好坏词咕噜怪badwordzorgle,。😀0", max_size=60)


@given(TEXTS, st.booleans())
def test_moderate_evidence_is_always_inside_the_text(text: str, explain: bool) -> None:
    verdict, _ = judge(text, explain=explain)
    for one in verdict.evidence:
        assert 0 <= one.start < one.end <= len(text)
    assert list(verdict.evidence) == sorted(verdict.evidence, key=lambda e: (e.start, e.end))


@given(TEXTS, st.floats(0, 1), st.floats(0, 1))
def test_moderate_a_higher_score_is_never_milder(text: str, a: float, b: float) -> None:
    low, high = sorted((a, b))
    mild, _ = judge(text, scores(toxicity=low), explain=False)
    strict, _ = judge(text, scores(toxicity=high), explain=False)
    assert mild.action.severity <= strict.action.severity


@given(TEXTS)
def test_moderate_a_failure_is_never_milder(text: str) -> None:
    verdict, _ = judge(text)
    failed, _ = judge(text, lambda ask: None)
    if failed.action is Action.ALLOW:  # no letters: there was nothing to classify
        assert verdict.action is Action.ALLOW
    assert failed.action is not Action.ALLOW or not verdict.reasons


def test_moderate_a_megabyte_ends() -> None:
    verdict, rounds = judge("好" * 500_000 + "a " * 250_000, explain=False)
    assert verdict.action is Action.ALLOW
    assert len(rounds[0]) >= 1000


@pytest.mark.parametrize(
    ("frame", "word"),
    [
        ("今天天气很好，我们去公园散步，非常开心。", "咕噜怪"),
        ("We had a lovely day at the park. ", "zorgle"),
    ],
    ids=["zh", "en"],
)
def test_moderate_a_friendly_frame_does_not_hide_a_listed_word(frame: str, word: str) -> None:
    text = f"{frame * 10}{word}! {frame * 10}"
    _, rounds = judge(text)
    assert f"{word}!" in {ask.text.strip() for ask in rounds[0]}
