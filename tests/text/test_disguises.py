"""Numbers and letters that are written apart, and emoji for words: what is undone, and the way back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.text import disguises
from service.text.offsets import Step

UNDOINGS = {
    "letters": disguises.join_letters,
    "digits": disguises.join_digits,
    "keycaps": disguises.read_keycaps,
    "numerals": disguises.read_numerals,
    "punctuation": disguises.read_punctuation,
    "emoji": disguises.read_emoji,
}


def after(kind: str, text: str) -> str:
    step = UNDOINGS[kind](text)
    return text if step is None else step.after


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        ("letters", "w.e.c.h.a.t now", "wechat now"),
        ("letters", "我的 q q h a o", "我的 qqhao"),
        ("letters", "a b", "a b"),
        ("digits", "1-3-8-0-0-1-3", "1380013"),
        ("digits", "打 1 3 8 0 0 1 3 8 吧", "打 13800138 吧"),
        ("digits", "1-2-3", "1-2-3"),
        ("keycaps", "1\ufe0f\u20e32\u20e3", "12"),
        ("keycaps", "\u20e3", "\u20e3"),
        ("numerals", "电话一三八零零一三", "电话1380013"),
        ("numerals", "二零二四年", "二零二四年"),
        ("numerals", "138零零壹叁", "1380013"),
        ("punctuation", "微信：（甲）", "微信:(甲)"),
        ("emoji", "舔🐶的人", "舔狗的人"),
        ("emoji", "good 🐶", "good 🐶"),
    ],
)
def test_disguises_are_undone(kind: str, text: str, expected: str) -> None:
    assert after(kind, text) == expected


@pytest.mark.parametrize("kind", UNDOINGS)
@given(text=st.text(alphabet="ab1２三八0-. ：\ufe0f\u20e3🐶好", max_size=60))
def test_disguises_have_a_way_back(kind: str, text: str) -> None:
    step: Step | None = UNDOINGS[kind](text)
    if step is None:
        return
    assert step.before == text != step.after
    last = 0
    for at in range(len(step.after)):
        start, end = step.back(at, at + 1)
        assert last <= start < end <= len(text)
        last = start


@pytest.mark.parametrize("piece", ["1 ", "1.", "a.", "一", "1\u20e3", "：", "🐶好"])
def test_disguises_pass_a_megabyte(piece: str) -> None:
    text = piece * (1_000_000 // len(piece.encode()))
    for undo in UNDOINGS.values():
        step = undo(text)
        assert step is None or len(step.after) <= len(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("他是🐶东西", True),
        ("他是🐶\ufe0f东西", True),
        ("真开心🐶", False),
        ("🐶真开心", False),
        ("a🐶b", False),
        ("你👨‍🌾好", False),
        ("", False),
    ],
)
def test_disguises_of_emoji_stand_inside_chinese(text: str, expected: bool) -> None:
    assert disguises.has_emoji_for_words(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 3 8 0 0 1 3 8", True),
        ("一三八零零一三八", True),
        ("13800138000", False),
        ("2024年", False),
        ("no number", False),
    ],
)
def test_disguises_of_numbers_are_looked_for_first(text: str, expected: bool) -> None:
    assert disguises.has_odd_numbers(text) is expected
