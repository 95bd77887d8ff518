"""Small tables with a heading row, and who reads them."""

import pytest

from service.lexicon import emotes, tags
from service.lexicon.entries import BadEntry
from service.lexicon.tables import bundled, rows

COLUMNS = ("one", "two")


def read(content: str) -> list[tuple[int, tuple[str, ...]]]:
    return list(rows("mine.tsv", content, COLUMNS, "two cells wanted"))


def test_rows_are_stripped_and_keep_their_line_numbers() -> None:
    content = "one\ttwo\n# a comment\n a \t b\n\n\tc\n"
    assert read(content) == [(3, ("a", "b")), (5, ("", "c"))]


@pytest.mark.parametrize("heading", ["one", "two\tone", "one\ttwo\tthree", "a\tb"])
def test_rows_want_their_heading(heading: str) -> None:
    with pytest.raises(BadEntry, match=r"mine\.tsv.*one, two"):
        read(f"{heading}\na\tb\n")


@pytest.mark.parametrize("row", ["a", "a\tb\tc"])
def test_rows_of_another_length_are_refused_with_their_line(row: str) -> None:
    with pytest.raises(BadEntry, match=r"2.*two cells wanted"):
        read(f"one\ttwo\n{row}\n")


def test_rows_of_nothing_are_none() -> None:
    assert read("") == []
    assert read("one\ttwo\n") == []


@pytest.mark.parametrize(
    ("name", "columns"), [(tags.BUNDLED, tags.COLUMNS), (emotes.BUNDLED, emotes.COLUMNS)]
)
def test_the_bundled_tables_can_be_read(name: str, columns: tuple[str, ...]) -> None:
    assert len(list(rows(name, bundled(name), columns, "complete rows wanted"))) > 50
