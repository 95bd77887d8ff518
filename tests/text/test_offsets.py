"""The way back through one rewriting, and offsets in UTF-16 code units."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.text.offsets import Step, utf16_offsets


def test_offsets_without_pieces_is_one_for_one() -> None:
    assert Step("case", "ABC", "abc").back(1, 3) == (1, 3)


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (0, 1, (0, 1)),  # a
        (0, 2, (0, 5)),  # what was removed between is behind it
        (1, 2, (4, 5)),  # b, after the removed "---"
        (2, 3, (5, 6)),  # the three that "x" became
        (3, 5, (5, 6)),
        (5, 6, (6, 8)),  # "yy" as one
        (0, 6, (0, 8)),
        (1, 1, (4, 4)),
        (6, 6, (8, 8)),
    ],
)
def test_offsets_of_pieces(start: int, end: int, expected: tuple[int, int]) -> None:
    pieces = [(1, 4, 0), (5, 6, 3), (6, 8, 1)]
    step = Step("mixed", "a---bxyy", "ab123Y", lambda: pieces)
    assert step.back(start, end) == expected


def test_offsets_of_what_is_removed_at_the_ends() -> None:
    step = Step("ends", "--ab--", "ab", lambda: [(0, 2, 0), (4, 6, 0)])
    assert step.back(0, 2) == (2, 4)


def test_offsets_builds_the_map_once_and_only_when_asked() -> None:
    calls: list[int] = []

    def pieces() -> list[tuple[int, int, int]]:
        calls.append(1)
        return [(0, 1, 0)]

    step = Step("lazy", "-a", "a", pieces)
    assert not calls
    assert [step.back(0, 1), step.back(0, 1)] == [(1, 2), (1, 2)]
    assert len(calls) == 1


@pytest.mark.parametrize(
    ("text", "span", "expected"),
    [
        ("hello", (1, 3), (1, 3)),
        ("你好", (0, 2), (0, 2)),
        ("😂好", (1, 2), (2, 3)),
        ("好😂a😂", (1, 4), (1, 6)),
        ("\U00020000", (0, 1), (0, 2)),
        ("\ud83d x", (0, 2), (0, 2)),
        ("", (0, 0), (0, 0)),
        ("😂", (1, 1), (2, 2)),
    ],
)
def test_offsets_in_utf16(text: str, span: tuple[int, int], expected: tuple[int, int]) -> None:
    assert utf16_offsets(text, [span]) == [expected]


@given(st.text(), st.data())
def test_offsets_in_utf16_cut_the_same_stretch(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    [(begin, stop)] = utf16_offsets(text, [(start, end)])
    units = text.encode("utf-16-le", "surrogatepass")
    assert units[2 * begin : 2 * stop].decode("utf-16-le", "surrogatepass") == text[start:end]


@pytest.mark.parametrize("span", [(-1, 1), (0, 4), (2, 1)])
def test_offsets_refuse_a_span_outside_the_text(span: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="outside"):
        utf16_offsets("abc", [span])
