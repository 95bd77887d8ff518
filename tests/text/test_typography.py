"""Marks and blanks of the target language, and the writer's emphasis."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain import HanSpacing
from service.text.typography import (
    begins_sentence,
    carry_emphasis,
    go_on,
    keep_case,
    sentence_case,
    set_spacing,
    set_width,
    within_sentence,
)


@pytest.mark.parametrize(
    ("text", "target", "expected"),
    [
        ("你好,世界!", "zh", "你好，世界！"),
        ("好的.", "zh", "好的。"),
        ("等等...", "zh", "等等……"),
        ("真的吗? 是的", "zh", "真的吗？是的"),
        ("现在10:30了", "zh", "现在10:30了"),
        ("圆周率是3.14", "zh", "圆周率是3.14"),
        ("我爱iPhone, 真的", "zh", "我爱iPhone, 真的"),  # behind Latin: left alone
        ("网址是:example", "zh", "网址是:example"),
        ("他说--走吧", "zh", "他说——走吧"),
        ("OK, fine.", "zh", "OK, fine."),
        ("Hello，world！", "en", "Hello, world!"),
        ("Yes。No。", "en", "Yes. No."),
        ("Wait……what", "en", "Wait...what"),
        ("He（Tom）left", "en", "He (Tom) left"),
        ("It’s fine—really", "en", "It’s fine—really"),
        ("", "zh", ""),
        ("", "en", ""),
    ],
)
def test_typography_width(text: str, target: str, expected: str) -> None:
    assert set_width(text, target) == expected


@pytest.mark.parametrize(
    ("output", "source", "target", "expected"),
    [
        ("太好了！", "so good!!!", "zh", "太好了！！！"),
        ("太好了。", "so good!!", "zh", "太好了！！"),
        ("太好了！", "so good!!!!!!!!!", "zh", "太好了！！！"),
        ("什么？", "what?!", "zh", "什么？！"),
        ("So good!", "太好了！！！", "en", "So good!!!"),
        ("Really?", "真的吗？？", "en", "Really??"),
        ("Good.", "好呀~~", "en", "Good~~"),
        ("太好了！", "so good!", "zh", "太好了！"),
        ("太好了！！", "so good!!!", "zh", "太好了！！"),  # the model did it in its way
        ("太好了", "so good!!!", "zh", "太好了"),
        ("真的吗？", "so good!!!", "zh", "真的吗？"),  # another mood: not ours to change
        ("", "wow!!!", "zh", ""),
    ],
)
def test_typography_emphasis(output: str, source: str, target: str, expected: str) -> None:
    assert carry_emphasis(output, source, target) == expected


@pytest.mark.parametrize(
    ("spacing", "expected"),
    [
        (HanSpacing.KEEP, "我有2个iPhone 和 iPad"),
        (HanSpacing.SPACE, "我有 2 个 iPhone 和 iPad"),
        (HanSpacing.NONE, "我有2个iPhone和iPad"),
    ],
)
def test_typography_spacing(spacing: HanSpacing, expected: str) -> None:
    assert set_spacing("我有2个iPhone 和 iPad", spacing) == expected


@given(st.text(), st.sampled_from(["en", "zh"]))
def test_typography_changes_marks_only(text: str, target: str) -> None:
    letters = [c for c in text if c.isalnum()]
    assert [c for c in set_width(text, target) if c.isalnum()] == letters
    assert [c for c in carry_emphasis(text, text[::-1], target) if c.isalnum()] == letters


@given(st.text(), st.sampled_from(HanSpacing))
def test_typography_spacing_changes_blanks_only(text: str, spacing: HanSpacing) -> None:
    assert set_spacing(text, spacing).replace(" ", "") == text.replace(" ", "")


@given(st.text(), st.sampled_from(["en", "zh"]))
def test_typography_width_is_idempotent(text: str, target: str) -> None:
    once = set_width(text, target)
    assert set_width(once, target) == once


@pytest.mark.parametrize("unit", ["，", ".", "好,", "a ", "!?", "~"])
def test_typography_is_linear(unit: str) -> None:
    text = unit * 100_000
    set_width(text, "zh")
    set_width(text, "en")
    carry_emphasis(text, text, "zh")
    set_spacing(text, HanSpacing.SPACE)


@pytest.mark.parametrize(
    ("output", "source", "expected"),
    [
        ("the cat sleeps.", "猫在睡觉。", "The cat sleeps."),
        ("hello", "你好", "Hello"),
        ('"come in," he said.', "“进来，”他说。", '"Come in," he said.'),
        ("it's fine", "没事", "It's fine"),
        ("npm is broken", "npm坏了", "npm is broken"),  # as it was written
        ("iPhone again", "又是iPhone", "iPhone again"),
        ("⟦0⟧ is here", "⟦0⟧来了", "⟦0⟧ is here"),
        ("The cat", "猫", "The cat"),
        ("3 cats", "三只猫", "3 cats"),
        ("e-mail me", "给我发邮件", "e-mail me"),
        ("", "你好", ""),
    ],
)
def test_typography_sentence_case(output: str, source: str, expected: str) -> None:
    assert sentence_case(output, source) == expected


@pytest.mark.parametrize(
    ("text", "at", "begins"),
    [
        ("你好", 0, True),
        ("你好。再见", 3, True),
        ("“你好。”再见", 5, True),
        ("你好，再见", 3, False),
        ("你好\n再见", 3, True),
        ("😀 再见", 2, True),
        ("你好 😀 再见", 5, False),
        ("啊" * 100 + "再见", 100, False),
    ],
)
def test_typography_knows_where_sentences_begin(text: str, at: int, begins: bool) -> None:
    assert begins_sentence(text, at) is begins


@pytest.mark.parametrize(
    ("output", "source", "expected"),
    [
        ("V1.2.3 is out", "版本 v1.2.3 已经发布", "v1.2.3 is out"),
        ("the iphone15 is here", "iPhone15来了", "the iPhone15 is here"),
        ("B2B and b2b", "b2b很好", "B2B and b2b"),  # there already
        ("AB12 is not ab1", "ab1没了", "AB12 is not ab1"),
        ("nothing", "B站没了", "nothing"),
    ],
)
def test_typography_keeps_the_case_of_words_with_digits(
    output: str, source: str, expected: str
) -> None:
    assert keep_case(output, source) == expected


@pytest.mark.parametrize(
    ("output", "expected"),
    [("The hot pot", "the hot pot"), ("We're going", "we're going"), ("Beijing", "Beijing"), ("Thermal", "Thermal"),
     ("A", "a"), ("", "")],
)  # fmt: skip
def test_typography_within_sentence(output: str, expected: str) -> None:
    assert within_sentence(output) == expected


@pytest.mark.parametrize(
    ("output", "source", "rest", "over_blanks", "expected"),
    [
        ("hot pot.", "火锅", " is good", True, "hot pot"),
        ("hot pot.", "火锅", " is good", False, "hot pot."),  # two sentences with a blank between
        ("hot pot.", "火锅", "很好", False, "hot pot"),
        ("hot pot.", "火锅，", "很好", False, "hot pot,"),
        ("hot pot.", "火锅； ", "很好", False, "hot pot;"),
        ("hot pot.", "火锅。", "很好", True, "hot pot."),
        ("hot pot.", "火锅", ", they say", True, "hot pot"),
        ("hot pot.", "火锅，", "", False, "hot pot."),
        ("hot pot.", "火锅", "\nNext line", True, "hot pot."),
        ("hot pot!", "火锅，", "很好", True, "hot pot!"),
        ("hot pot", "火锅，", "很好", False, "hot pot,"),
        ("hot pot", "火锅", "很好", False, "hot pot"),
        ("", "", "b", True, ""),
    ],
)
def test_typography_go_on(
    output: str, source: str, rest: str, over_blanks: bool, expected: str
) -> None:
    text = source + rest
    assert go_on(output, text, len(source), over_blanks=over_blanks) == expected
