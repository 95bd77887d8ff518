"""Windows: they cover the text, none is too long, and they end where a sentence or a word ends if they can."""

from itertools import pairwise

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from service.pipeline.moderation_windows import around, cut, sentences


def pieces(text: str, limit: int) -> list[str]:
    return [text[start:end] for start, end in cut(text, limit)]


@given(st.text(alphabet="ab 。.!\n，好🙂", max_size=200), st.integers(1, 30))
def test_windows_cover_the_text_without_gap_or_overlap(text: str, limit: int) -> None:
    windows = cut(text, limit)
    assert "".join(text[start:end] for start, end in windows) == text
    assert all(end - start <= limit for start, end in windows)
    assert windows[0][0] == 0
    assert all(a[1] == b[0] for a, b in pairwise(windows))


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        ("One two. Three four.", 12, ["One two.", " Three four."]),
        ("今天很好。明天也好。", 6, ["今天很好。", "明天也好。"]),
        ("one two three four", 10, ["one two ", "three four"]),
        ("吃了吗，一起走", 5, ["吃了吗，", "一起走"]),
        ("aaaaaaaaaa", 4, ["aaaa", "aaaa", "aa"]),
        ("3.14159 and more", 8, ["3.14159 ", "and more"]),
        ("short", 10, ["short"]),
        ("", 10, [""]),
    ],
    ids=["en", "zh", "blank", "comma", "hard", "number", "short", "empty"],
)
def test_windows_end_where_a_reader_would_stop(text: str, limit: int, expected: list[str]) -> None:
    assert pieces(text, limit) == expected


def test_windows_of_a_megabyte_without_a_blank() -> None:
    assert len(cut("好" * 1_000_000, 1000)) == 1000


def test_windows_hold_at_least_one_code_point() -> None:
    with pytest.raises(ValueError, match="at least one"):
        cut("text", 0)


@pytest.mark.parametrize(
    ("text", "word", "expected"),
    [
        ("一个晴天。" * 30 + "坏词来了！" + "一个晴天。" * 30, "坏词", ["坏词来了！"]),
        ("一个晴天" * 40 + "坏词", "坏词", ["晴天" + "一个晴天" * 7 + "坏词"]),
        (
            "a good day " * 20 + "badword here",
            "badword",
            ["day a good day a good day badword here"],
        ),
        ("a good day. " * 9 + "badword! " * 9, "badword", [" badword!"] * 9),
        ("short badword", "badword", []),
        ("", "badword", []),
    ],
    ids=["sentence", "reach", "words", "joined", "short", "empty"],
)
def test_windows_around_places_in_a_long_text(text: str, word: str, expected: list[str]) -> None:
    places = [(match.start(), match.end()) for match in regex.finditer(word, text)]
    windows = around(text, places, 1000)
    assert "".join(text[start:end] for start, end in windows) == "".join(expected)


@given(
    st.text(alphabet="ab 。.!\n，好🙂", max_size=300),
    st.lists(st.tuples(st.integers(0, 299), st.integers(1, 9)), max_size=9),
    st.integers(1, 100),
)
def test_windows_around_are_inside_the_text_and_the_limit(
    text: str, places: list[tuple[int, int]], limit: int
) -> None:
    spans = [(at, min(at + size, len(text))) for at, size in places if at < len(text)]
    for start, end in around(text, spans, limit):
        assert 0 <= start < end <= len(text)
        assert end - start <= limit


@pytest.mark.parametrize(
    ("text", "count"),
    [("A fine day. " * 10, 0), ("A fine day. " * 20, 21), ("今天很好。" * 60, 30), ("a" * 300, 0)],
    ids=["short", "en", "zh", "one"],
)
def test_windows_of_sentences_are_for_long_texts(text: str, count: int) -> None:
    windows = sentences(text, 1000)
    assert len(windows) == count
    assert "".join(text[start:end] for start, end in windows) == (text if count else "")


@given(st.text(alphabet="ab 。.!\n，好🙂", min_size=200, max_size=400), st.integers(5, 100))
def test_windows_of_sentences_cover_the_text(text: str, limit: int) -> None:
    windows = sentences(text, limit)
    assert all(0 < end - start <= limit for start, end in windows)
    assert not windows or "".join(text[start:end] for start, end in windows) == text


def test_windows_of_sentences_are_not_too_many() -> None:
    assert len(sentences("今天很好呀。" * 100_000, 1000)) <= 1000
