"""Emoji in place of characters: the classifier is asked about what a reader reads, and the emoji are the evidence."""

import pytest

from models.classification.categories import CATEGORIES
from models.interfaces import Scores
from service.domain import Action
from service.pipeline.moderation_pictures import as_read, ask_pictured
from service.pipeline.moderation_plan import Ask
from tests.pipeline.judging import judge, setup


def classify(ask: Ask) -> Scores:
    """Calls a text toxic that has 狗 in it."""
    score = 0.9 if "狗" in ask.text else 0.02
    return tuple(score if name == "toxicity" else 0.0 for name in CATEGORIES)


@pytest.mark.parametrize(
    "text",
    ["他就是个🐶东西", "他就是个🐕\ufe0f东西", "他是1️⃣个🐶东西"],
    ids=["one", "selector", "key"],
)
def test_pictures_inside_chinese_are_read(text: str) -> None:
    verdict, rounds = judge(text, classify)
    assert verdict.action is Action.REVIEW
    assert [ask.text for ask in rounds[0]] == [text, as_read(text)]
    [one] = verdict.evidence
    assert one.rule == "classifier:toxicity"
    assert text[one.start : one.end][0] in "🐶🐕"


@pytest.mark.parametrize(
    "text",
    ["今天带狗狗去公园🐶", "🐶🐶 今天好开心", "good 🐶 boy", "我爱你👨‍🌾", "没有图片"],
    ids=["end", "start", "en", "joined", "none"],
)
def test_pictures_that_decorate_are_not_read(text: str) -> None:
    assert ask_pictured(text, "zh", setup()) == ((), ())


def test_pictures_of_a_long_text_are_asked_about_in_windows() -> None:
    bench = setup(max_input_chars=50)
    text = "他就是个🐶东西。" * 20
    windows, asks = ask_pictured(text, "zh", bench)
    assert "".join(ask.text for ask in asks) == as_read(text)
    assert all(len(ask.text) <= 50 for ask in asks)
    assert "".join(text[start:end] for start, end in windows) == text


def test_pictures_after_a_failed_call_are_reviewed() -> None:
    verdict, _ = judge("他就是个🐶东西", lambda ask: None if "狗" in ask.text else classify(ask))
    assert verdict.action is Action.REVIEW
