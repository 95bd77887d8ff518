"""Input of the text commands: what is read goes out again, byte for byte, whatever it is."""

import io
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.cli.exits import UsageError
from service.cli.lines import Input, Line, open_input, read_lines


class Trickle:
    """A pipe whose writer is slow: each read gives the next piece only."""

    def __init__(self, *pieces: bytes) -> None:
        self._pieces = iter(pieces)

    def read1(self, size: int, /) -> bytes:
        return next(self._pieces, b"")

    def read(self) -> bytes:
        return b"".join(self._pieces)


def read(data: bytes) -> list[Line]:
    return [line for group in read_lines(io.BytesIO(data)) for line in group]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", []),
        (b"\n", [("", "\n")]),
        (b"one", [("one", "")]),
        (b"one\ntwo\n", [("one", "\n"), ("two", "\n")]),
        (b"one\r\ntwo\r", [("one", "\r\n"), ("two\r", "")]),
        ("你好\n\n再见\n".encode(), [("你好", "\n"), ("", "\n"), ("再见", "\n")]),
        ("你好 hello\u2028世界\x0b\x85\n".encode(), [("你好 hello\u2028世界\x0b\x85", "\n")]),
    ],
)
def test_lines_end_at_line_feeds_only(data: bytes, expected: list[tuple[str, str]]) -> None:
    lines = read(data)
    assert [(line.text, line.ending) for line in lines] == expected
    assert [line.number for line in lines] == list(range(1, len(lines) + 1))
    assert sum(line.size for line in lines) == len(data)


@given(st.text(st.characters(exclude_categories=["Cs"])), st.lists(st.integers(1, 9)))
def test_lines_join_back_however_the_pipe_cuts_them(text: str, cuts: list[int]) -> None:
    data = text.encode()
    pieces, at = [], 0
    for cut in cuts:
        pieces.append(data[at : at + cut])
        at += cut
    pieces.append(data[at:])
    lines = [line for group in read_lines(Trickle(*filter(None, pieces))) for line in group]
    joined = "".join(line.text + line.ending for line in lines)
    assert joined == text or "\ufeff" + joined == text
    assert all(line.valid for line in lines)


def test_lines_keep_going_after_bytes_that_are_not_utf8() -> None:
    lines = read(b"first\n" + b"\xe9t\xe9 \xff\n" + "第三\n".encode())
    assert [(line.number, line.valid) for line in lines] == [(1, True), (2, False), (3, True)]
    assert lines[1].text == "\ufffdt\ufffd \ufffd"
    assert lines[2].text == "第三"


def test_lines_drop_a_byte_order_mark() -> None:
    assert [line.text for line in read("\ufeff你好\n\ufeffok\n".encode())] == ["你好", "\ufeffok"]


def test_lines_come_as_soon_as_they_are_there() -> None:
    groups = read_lines(Trickle(b"one\ntw", b"o\n", b"three"))
    assert [[line.text for line in group] for group in groups] == [["one"], ["two"], ["three"]]


def test_lines_come_in_groups_of_bounded_size() -> None:
    sizes = [len(group) for group in read_lines(io.BytesIO(b"x\n" * 1000))]
    assert sum(sizes) == 1000
    assert max(sizes) == 128


def test_lines_without_an_end_are_read_in_linear_time() -> None:
    [line] = read(b"x" * 20_000_000)
    assert len(line.text) == 20_000_000


def gather(source: Input, *, whole: bool = False) -> Iterator[tuple[str, str]]:
    return ((line.text, line.ending) for group in source.groups(whole=whole) for line in group)


def test_lines_words_are_one_line() -> None:
    with open_input(["你好", "world"], None) as source:
        assert list(gather(source)) == [("你好 world", "\n")]


def test_lines_words_that_are_not_utf8_are_told() -> None:
    with open_input([os.fsdecode(b"\xe9t\xe9")], None) as source:
        [[line]] = source.groups()
    assert (line.valid, line.text) == (False, "\ufffdt\ufffd")


def test_lines_of_a_file_know_their_size(tmp_path: Path) -> None:
    path = tmp_path / "posts.txt"
    path.write_bytes("一\ntwo\n".encode())
    with open_input([], str(path)) as source:
        assert source.size == 8
        assert list(gather(source)) == [("一", "\n"), ("two", "\n")]


def test_lines_whole_input_is_one_text(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_bytes(b"<p>one\n</p>\r\n")
    with open_input([], str(path)) as source:
        assert list(gather(source, whole=True)) == [("<p>one\n</p>\r\n", "")]


def test_lines_come_from_one_place_only(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="not both"), open_input(["hello"], "file"):
        pass
    with pytest.raises(UsageError, match="cannot read"), open_input([], str(tmp_path / "none")):
        pass
    with pytest.raises(UsageError, match="cannot read"), open_input([], str(tmp_path)):
        pass
