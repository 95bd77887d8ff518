"""The language that a text is judged in: nothing that could be what it is about is left out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain import Lang
from service.pipeline.moderation_language import find_language, language_beside, name_language
from service.text import script


def named(text: str, lang: Lang | None = None) -> str:
    return name_language(find_language(text), lang)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Good morning, everyone!", "en"),
        ("今天天气真好", "zh"),
        ("今天天氣真好，我們去公園吧", "zh"),
        ("我今天去了 the new coffee shop，真不错", "mixed"),
        ("Привет, как дела?", "other"),
        ("오늘 날씨 좋다", "other"),
        ("😀👍 123 !!!", "none"),
        ("", "none"),
        ("https://example.com/a/b @somebody", "none"),
        ("今天好开心 https://example.com/some/english/words", "zh"),
        ("今天好开心[doge] :joy:", "zh"),
    ],
)
def test_language_of_a_text(text: str, expected: str) -> None:
    assert named(text) == expected


@pytest.mark.parametrize(
    "text",
    ["`I know where you live`", "{{I know where you live}}", "#iknowwhereyoulive", "<|iknowwhereyoulive|>"],
    ids=["code", "template", "hashtag", "control"],
)  # fmt: skip
def test_language_words_cannot_hide_in_what_translation_copies(text: str) -> None:
    assert named(text) == "en"


@pytest.mark.parametrize(
    ("text", "lang", "expected"),
    [
        ("今天天气真好", Lang.ZH_HANT, "zh"),
        ("今天天气真好", Lang.EN, "mixed"),
        ("Good morning, everyone!", Lang.ZH_HANS, "mixed"),
        ("Good morning, everyone!", Lang.EN, "en"),
        ("Привет, как дела?", Lang.EN, "other"),
        ("😀", Lang.EN, "none"),
    ],
)
def test_language_that_is_named_wrongly_helps_nobody(text: str, lang: Lang, expected: str) -> None:
    assert named(text, lang) == expected


@given(st.text(max_size=60))
def test_language_is_one_of_five_for_every_string(text: str) -> None:
    assert named(text) in {"en", "zh", "mixed", "other", "none"}


@given(st.text(alphabet="abc 今天很好，。!", max_size=40))
def test_language_of_plain_text_is_the_detected_one(text: str) -> None:
    assert find_language(text) == script.detect(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("@今天天气真好我们走", "zh"),
        ("https://t.cn/今天天气真好", "mixed"),
        ("https://t.cn/今天天气真好 good morning to everyone here", "mixed"),
        ("@小明 good morning to you", "en"),
        ("@somebody https://example.com/a", "none"),
    ],
    ids=["mention", "link", "beside-english", "short-name", "latin"],
)
def test_language_chinese_cannot_hide_in_a_name_or_a_link(text: str, expected: str) -> None:
    assert named(text) == expected


@pytest.mark.parametrize(
    ("raw", "shown", "expected"),
    [
        ("none", "zh", "zh"), ("other", "en", "en"), ("en", "zh", "mixed"), ("zh", "zh", "zh"), ("en", "none", "en"),
        ("zh", "other", "zh"), ("mixed", "zh", "mixed"), ("none", "none", "none"),
    ],
)  # fmt: skip
def test_language_of_markup_and_of_what_it_shows(raw: str, shown: str, expected: str) -> None:
    assert language_beside(raw, shown) == expected
