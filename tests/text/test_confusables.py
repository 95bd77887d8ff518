"""The tables of disguises: rows that are well formed, and characters that must not be taken for something else."""

import unicodedata

import pytest

from service.text.confusables import casefold, fold, is_odd, read_table
from service.text.phonetic import syllable_of


def rows(name: str) -> list[tuple[str, ...]]:
    return list(read_table(name))


@pytest.mark.parametrize("name", ["split.tsv", "emoji.tsv", "lookalikes.tsv"])
def test_confusables_rows_have_a_reason_and_none_comes_twice(name: str) -> None:
    found = rows(name)
    assert all(len(row) == 3 and all(row) for row in found)
    assert len({row[0] for row in found}) == len(found)


def test_confusables_a_split_character_is_two_parts_and_another_one() -> None:
    for parts, whole, _ in rows("split.tsv"):
        assert len(parts) == 2
        assert len(whole) == 1
        assert whole not in parts
        assert fold(whole) == whole
        assert fold(parts) == parts


def test_confusables_an_emoji_is_one_simplified_character_with_a_sound() -> None:
    for emoji, char, _ in rows("emoji.tsv"):
        assert fold(emoji) == emoji
        assert fold(char) == char
        assert syllable_of(char)


def test_confusables_a_lookalike_is_one_letter_or_han_character() -> None:
    for char, plain, reason in rows("lookalikes.tsv"):
        assert reason in {"same", "near", "stroke", "variant"}
        assert len(char) == len(plain) == 1
        assert plain.isascii() == (reason != "variant")
        assert unicodedata.category(char).startswith(("L", "So")) or reason == "variant"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "plain",
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ 好",
        "今天天气真好，出去玩！",
        "“quoted” – and…",
        "a\tb\nc\r\n",
        "😂🎉",
        "日本のカレー",
        "ㅋㅋㅋ 한국어",
        "สวัสดี",
    ],
)
def test_confusables_ordinary_text_is_not_odd(text: str) -> None:
    assert not is_odd(text)
    assert fold(text) == text.casefold()


@pytest.mark.parametrize(
    "text", ["Ａ", "é", "蘋", "\u200b", "a\x00", "к", "ⓐ", "👨\u200d👩", "a\u0301"]
)
def test_confusables_odd_text_is_noticed(text: str) -> None:
    assert is_odd(text)


@pytest.mark.parametrize(
    ("text", "after", "first"),
    [("ABC", "abc", (0, 1)), ("ẞA", "ssa", (0, 1)), ("\u0390", "\u03b9\u0308\u0301", (0, 1))],
)
def test_confusables_casefold_knows_the_way_back(
    text: str, after: str, first: tuple[int, int]
) -> None:
    step = casefold(text)
    assert step is not None
    assert (step.after, step.name) == (after, "")
    assert step.back(0, 1) == first
    assert step.back(len(after) - 1, len(after)) == (len(text) - 1, len(text))
    assert casefold(after) is None
