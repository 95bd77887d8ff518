"""HTML hides nothing: a text is judged as it is written and as it is shown."""

import pytest

from service.domain import Action, ModerationRequest, ModerationWarning
from service.pipeline.moderate import prepare
from tests.pipeline.judging import judge, setup


def references(text: str) -> str:
    return "".join(f"&#{ord(char)};" for char in text)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        (references("你这个咕噜怪"), references("咕噜怪")),
        ("😀 you <b>zor</b>gle!", "zor</b>gle"),
        ("<b>咕</b><b>噜</b><b>怪</b>来了", "咕</b><b>噜</b><b>怪"),
        ("what a z&#111;rgle", "z&#111;rgle"),
    ],
    ids=["zh-references", "en-tags", "zh-tags", "en-reference"],
)
def test_markup_does_not_hide_listed_words(text: str, word: str) -> None:
    verdict, _ = judge(text)
    assert verdict.action is Action.REVIEW
    hits = [one for one in verdict.evidence if one.rule.startswith("lexicon:")]
    assert [text[one.start : one.end] for one in hits] == [word]
    assert hits[0].views[0] == "html"


@pytest.mark.parametrize(
    "text",
    [references("你真是坏词啊"), references("you are a badword"), "you are a bad<i>word</i>"],
    ids=["zh", "en", "tags"],
)
def test_markup_does_not_hide_from_the_classifier(text: str) -> None:
    verdict, rounds = judge(text)
    assert verdict.action is Action.REVIEW
    assert {ask.lang for ask in rounds[0]} <= {"en", "zh"}
    assert verdict.evidence
    assert verdict.warnings == ()


def test_markup_around_a_listed_word_gives_one_hit() -> None:
    verdict, _ = judge("<p>what a zorgle you are</p>")
    [hit] = [one for one in verdict.evidence if one.rule.startswith("lexicon:")]
    assert hit.views == ()


@pytest.mark.parametrize("text", ["<p>今天天气真好</p>", "Tom &amp; Jerry", "1 < 2 &amp;&amp; 3"])
def test_markup_of_harmless_text_is_allowed(text: str) -> None:
    assert judge(text)[0].action is Action.ALLOW


def test_markup_windows_are_within_the_limit_of_the_classifier() -> None:
    bench = setup(max_input_chars=50)
    text = references("我们今天去公园。" * 30 + "坏词")
    plan = prepare(ModerationRequest(text), bench)
    assert all(len(ask.text) <= 50 for ask in plan.asks)
    verdict, rounds = judge(text, bench=bench)
    assert verdict.action is Action.REVIEW
    assert all(len(ask.text) <= 50 for asks in rounds for ask in asks)
    assert ModerationWarning.EXPLANATION_FAILED not in verdict.warnings
