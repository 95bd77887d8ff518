"""Cantonese words are seen in both scripts and put into Mandarin, and Mandarin is left alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.text.cantonese import is_cantonese, to_mandarin
from service.text.script import detect


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("我而家喺香港。", "我现在在香港。"),
        ("我唔鍾意食沙甸魚，因為我覺得佢太鹹。", "我不喜欢食沙甸鱼，因为我觉得他太咸。"),
        ("你今年買咗聖誕禮物俾幾多個人呀？", "你今年买了圣诞礼物给多少个人呀？"),
        ("你点解学法文嘅？", "你为什么学法文的？"),
        ("今晚去邊度食飯？", "今晚去哪里吃饭？"),
        ("佢哋聽日返嚟", "他们明天回来"),
        ("中国系亚洲最大嘅国家。", "中国是亚洲最大的国家。"),
        ("關係好似唔係好好咁。", "关系好像不是好好一样。"),
        ("你識唔識講英文？", "你会不会讲英文？"),
        ("冇問題，我一陣搵你 😀 see you", "没问题，我一会儿找你 😀 see you"),
        ("呢部戲真係好睇", "这部戏真的好看"),
        ("乜嘢事？噉樣得唔得", "什么事？这样行不行"),
        ("我⟦0⟧俾人偷咗", "我⟦0⟧被人偷了"),
    ],
)
def test_cantonese_in_mandarin_words(text: str, expected: str) -> None:
    assert is_cantonese(text)
    assert to_mandarin(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "这个系统的关系很好", "關係", "唔，我想想", "解决这个问题的要点解释了", "國家而家庭", "的士和巴士",
        "点解锁屏幕", "一边度假一边工作", "Hello, world!", "こんにちは", "",
    ],
)  # fmt: skip
def test_cantonese_is_not_seen_in_mandarin(text: str) -> None:
    assert not is_cantonese(text)


@pytest.mark.parametrize(
    "text", ["关系", "系统", "中文系", "联系", "系列", "要点解释", "仲裁", "英文系主任"]
)
def test_cantonese_words_inside_mandarin_ones_stay(text: str) -> None:
    assert to_mandarin(text) == text


@given(st.text())
def test_cantonese_is_total(text: str) -> None:
    to_mandarin(text)
    assert isinstance(is_cantonese(text), bool)


def test_cantonese_grows_with_the_length_of_the_text_only() -> None:
    assert to_mandarin("唔" * 100_000) == "不" * 100_000


@pytest.mark.parametrize(
    ("text", "reason"),
    [("佢喺度做咩", "cantonese"), ("他在这里做什么", ""), ("hello", ""), ("😀", "no_letters")],
)
def test_cantonese_is_named_by_detection(text: str, reason: str) -> None:
    assert detect(text).reason == reason
