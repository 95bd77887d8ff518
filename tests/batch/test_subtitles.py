"""Subtitles: what is said changes, nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.batch.subtitles import parse_subtitles
from service.domain import Lang

FILM = """\
1
00:00:01,000 --> 00:00:03,500
{\\an8}I think we should
go home before it gets dark.

2
00:00:04,000 --> 00:00:06,000 X1:1 X2:2
- Are you sure?
- <i>Yes, I am.</i>

3
00:00:07,000 --> 00:00:08,000

4
00:00:09,000 --> 00:00:10,000
1984
"""


def test_subtitles_texts_are_sentences_and_speakers() -> None:
    assert parse_subtitles(FILM).texts == [
        "I think we should go home before it gets dark.", "Are you sure?", "<i>Yes, I am.</i>", "1984",
    ]  # fmt: skip


def test_subtitles_lines_of_chinese_join_without_a_blank() -> None:
    cue = "1\n00:00:01,000 --> 00:00:02,000\n今天天气\n真好\n"
    assert parse_subtitles(cue).texts == ["今天天气真好"]
    mixed = "1\n00:00:01,000 --> 00:00:02,000\n用 Python\n写的\n"
    assert parse_subtitles(mixed).texts == ["用 Python 写的"]


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_subtitles_everything_else_stays(ending: str) -> None:
    film = FILM.replace("\n", ending)
    filled = parse_subtitles(film).fill(
        ["天黑前回家吧。", "确定吗？", "<i>确定。</i>", "1984"], Lang.ZH_HANS
    )
    assert filled == film.replace(
        f"I think we should{ending}go home before it gets dark.", "天黑前回家吧。"
    ).replace("Are you sure?", "确定吗？").replace("<i>Yes, I am.</i>", "<i>确定。</i>")


@given(
    st.text(max_size=200)
    | st.lists(st.sampled_from([*FILM.splitlines(keepends=True), "\n", "- \n", "x"])).map("".join)
)
def test_subtitles_of_one_line_are_the_input_again(text: str) -> None:
    parsed = parse_subtitles(text)
    filled = parsed.fill(parsed.texts, Lang.EN)
    if all(isinstance(part, str) or part.lines == 1 for part in parsed.parts):
        assert filled == text
    assert parse_subtitles(filled).texts == parsed.texts or any(
        not isinstance(part, str) and part.lines > 1 for part in parsed.parts
    )


@pytest.mark.parametrize(
    ("text", "target", "expected"),
    [
        ("short", Lang.EN, "short"),
        ("It was the best of times, it was the worst of times, wasn't it?", Lang.EN,
         "It was the best of times, it was\nthe worst of times, wasn't it?"),
        ("这是最好的时代，这是最坏的时代，这是智慧的时代。", Lang.ZH_HANS,
         "这是最好的时代，\n这是最坏的时代，这是智慧的时代。"),
        ("这是最好的时代" * 4, Lang.ZH_HANS, "这是最好的时代" * 2 + "\n" + "这是最好的时代" * 2),
        ("<i>It was the best of times, it was the worst of times</i>", Lang.EN,
         "<i>It was the best of times, it was the worst of times</i>"),
        ("x" * 100, Lang.EN, "x" * 100),
    ],
)  # fmt: skip
def test_subtitles_long_lines_are_cut_as_before(text: str, target: Lang, expected: str) -> None:
    cue = "1\n00:00:01,000 --> 00:00:02,000\none\ntwo\n\n"
    assert parse_subtitles(cue).fill([text], target) == cue.replace("one\ntwo", expected)


@pytest.mark.parametrize(
    ("lines", "words", "texts", "expected"),
    [
        (["<i>Hello, my friend,</i>", "<i>how have you been?</i>"], ["Hello, my friend, how have you been?"],
         ["你好朋友，最近怎么样？你好朋友，最近怎么样？"],
         ["<i>你好朋友，最近怎么样？</i>", "<i>你好朋友，最近怎么样？</i>"]),
        (["<i>- Who's there?</i>", "<i>- It's me.</i>"], ["Who's there?", "It's me."], ["谁？", "我。"],
         ["<i>- 谁？</i>", "<i>- 我。</i>"]),
        (["[door slams]", "Get out of here!"], ["[door slams]", "Get out of here!"], ["[摔门]", "滚！"],
         ["[摔门]", "滚！"]),
        (["(sighs)", "All right,", "let's go."], ["(sighs)", "All right, let's go."], ["（叹气）", "走吧。"],
         ["（叹气）", "走吧。"]),
        (["<i>Both</i> of us", "know <b>it</b>."], ["<i>Both</i> of us know <b>it</b>."],
         ["<i>我们俩</i>都<b>知道</b>。"], ["<i>我们俩</i>都<b>知道</b>。"]),
    ],
)  # fmt: skip
def test_subtitles_italics_dashes_and_sounds(
    lines: list[str], words: list[str], texts: list[str], expected: list[str]
) -> None:
    head = "1\n00:00:01,000 --> 00:00:02,000\n"
    parsed = parse_subtitles(head + "\n".join(lines) + "\n")
    assert parsed.texts == words
    assert parsed.fill(texts, Lang.ZH_HANS) == head + "\n".join(expected) + "\n"


def test_subtitles_a_cue_without_a_blank_line_after_it() -> None:
    film = "1\n00:00:01,000 --> 00:00:02,000\none\n2\n00:00:02,000 --> 00:00:03,000\ntwo"
    assert parse_subtitles(film).texts == ["one", "two"]
