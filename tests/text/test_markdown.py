"""Markdown's marks are found, and what only looks like them is left alone."""

from itertools import pairwise

import pytest

from service.text.markdown import find_marks, find_walls


def marks(text: str) -> list[str]:
    return [text[span.start : span.end] for span in find_marks(text)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("# Getting started", ["# "]),
        ("### 开始", ["### "]),
        ("- Install it first\n- Then run it", ["- ", "- "]),
        ("* one\n  * two", ["* ", "  * "]),
        ("1. Open it\n12) Close it", ["1. ", "12) "]),
        ("> He said it was fine", ["> "]),
        (">> > - [ ] buy some milk", [">> > - [ ] "]),
        ("- [x] 买牛奶", ["- [x] "]),
        ("Check the [docs](https://example.com/a) first", ["[", "](https://example.com/a)"]),
        ("看[文档](/a_(b)#c \"标题\")吧", ["[", "](/a_(b)#c \"标题\")"]),
        ("![a cat](cat.png) sleeping", ["![", "](cat.png)"]),
        ("see <https://example.com/?a=b_c> now", ["<https://example.com/?a=b_c>"]),
        ("Open the **settings** page", ["**", "**"]),
        ("这是**重点**内容", ["**", "**"]),
        ("This is *really* __important__", ["*", "*", "__", "__"]),
        ("***very*** and ~~not~~ and _so_", ["***", "***", "~~", "~~", "_", "_"]),
        ("||he dies|| lol", ["||", "||"]),
        ("*sigh*, again", ["*", "*"]),
        ("> *read* [this](b) ||now||", ["> ", "*", "*", "[", "](b)", "||", "||"]),
        ("Only **3** left", ["**", "**"]),
        ("买*2*个", ["*", "*"]),
        ("*1* and **2**", ["*", "*", "**", "**"]),
        ("• Buy milk\n• Call mom", ["• ", "• "]),
        ("•买牛奶\n※请注意安全\n■ 地点", ["•", "※", "■ "]),
        ("· 买牛奶\n– one\n— 鲁迅\n» two\n○ 三", ["· ", "– ", "— ", "» ", "○ "]),
        ("[ ] Buy milk\n[x] 买牛奶", ["[ ] ", "[x] "]),
        ("（1）今天开会\n（2）明天放假", ["（1）", "（2）"]),
        ("(1) Open it\n(b) close it\n(iv) then go", ["(1) ", "(b) ", "(iv) "]),
        ("（一）今天开会\n（十二） 明天", ["（一）", "（十二） "]),
        ("1、今天开会\n2．明天放假\n3.后天", ["1、", "2．", "3."]),
        ("一、今天开会\n十二、明天放假", ["一、", "十二、"]),
        ("A. Paris\nB) Rome\nc) Berlin\nd. Oslo", ["A. ", "B) ", "c) ", "d. "]),
        ("A、北京\nB、Shanghai\nC.广州", ["A、", "B、", "C."]),
        ("I. Introduction\nII. Methods\nIV. Results", ["I. ", "II. ", "IV. "]),
        ("[00:17.20]我很好\n[01:02][01:05:30] fine", ["[00:17.20]", "[01:02][01:05:30] "]),
        ("> 1、（a）好", ["> 1、（a）"]),
    ],
)  # fmt: skip
def test_markdown_finds_marks(text: str, found: list[str]) -> None:
    assert marks(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no marks here, 没有",
        "#topic and #话题# and C# is fun",
        "f**k you, b**ch",
        "2 * 3 * 4 = 24",
        "2*3*4 = 24, 5**3**2",
        "(*^▽^*)",
        "snake_case_name and __init__.py",
        "-5 degrees, 3.5 stars, 2024. What a year",
        "*** and **** and __ and ~~",
        "*one star and **two stars",
        "(*^_^*) T_T >_< ~_~ *_*",
        "a|b|c || d",
        "[doge] and [x] (really)",
        "[a]( b) and [](c)",
        "I <3 you <b>much</b>",
        r"\*not marked\*",
        "*a\nb*",
        "1、2、3都可以，A、B两地",
        "一、二班和三、四月",
        "So did\nI. Then we left.",
        "I am here, A cat is a cat",
        "e. g. this, p. m. now",
        "3.5 stars [ ] [x] here [00:17] now",
        "(1, 2) (ok) （好）",
        "○月○日，·和•都行",
        "-no blank, –none",
    ],
)
def test_markdown_leaves_what_is_not_markdown(text: str) -> None:
    assert marks(text) == []


@pytest.mark.parametrize(
    "unit",
    [
        "I. ", "I. \n", "a. ", "（1）", "[00:00]", "A. I. ", "| ", "|\n", "| |\n",
        "*", "**a", " _a", "||a", "[a", "![a](", "[a](b(", "<http:", "> ", "- ", "1. ", "\n> - ", "*a ", " **a b", " ",
    ],
)  # fmt: skip
def test_markdown_is_linear(unit: str) -> None:
    find_marks(unit * (500_000 // len(unit)))
    find_marks(f"*{unit * (500_000 // len(unit))}")
    find_walls(f"| {unit * (500_000 // len(unit))}")


def test_markdown_spans_are_sorted_and_disjoint() -> None:
    found = find_marks("- **a** [b](c) *d*\n> ~~e~~ <http://f>\n" * 50)
    assert len(found) == 550
    assert all(a.end <= b.start for a, b in pairwise(found))


@pytest.mark.parametrize(
    ("text", "cells"),
    [
        ("| Slow | free |", ["", " Slow ", " free ", ""]),
        ("价格表\n| 慢 | 免费", ["价格表\n", " 慢 ", " 免费"]),
        ("| a \\| b | c |\n| --- | --- |", ["", " a \\| b ", " c ", "\n", " --- ", " --- ", ""]),
        ("  | x | y", ["  ", " x ", " y"]),
        ("||he dies|| lol", ["||he dies|| lol"]),
        ("| ||he|| | lol", ["| ||he|| | lol"]),
        ("| one wall", ["| one wall"]),
        ("a | b | c", ["a | b | c"]),
    ],
)
def test_markdown_finds_the_walls_of_tables(text: str, cells: list[str]) -> None:
    found: list[str] = []
    at = 0
    for start, end in find_walls(text):
        assert text[start:end] == "|"
        found.append(text[at:start])
        at = end
    assert [*found, text[at:]] == cells


def test_markdown_marks_of_two_kinds_may_touch() -> None:
    text = "~~旧的~~**新的**"
    assert [text[span.start : span.end] for span in find_marks(text)] == ["~~", "~~", "**", "**"]
