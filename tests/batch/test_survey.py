"""The look through the input before a run."""

from array import array
from pathlib import Path
from typing import Any

import pytest

from service.batch.errors import UsageProblem
from service.batch.filters import parse_condition
from service.batch.inputs import InputFile, find_inputs
from service.batch.reading import Layout, Piece
from service.batch.survey import Wanted, find_missing, look_through, peek_columns, select
from tests.batch.making import jsonl


def files_of(folder: Path, *bodies: bytes) -> list[InputFile]:
    for number, body in enumerate(bodies):
        (folder / f"{number}.jsonl").write_bytes(body)
    return find_inputs([str(folder)])


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([1, 2, None], "int"), ([None, 1], "int"), ([1, 2.5], "float"), ([2.5, 1], "float"), ([True, False], "bool"),
        (["a", None], "string"), ([None], "null"), ([1, True], "json"), ([1, "a"], "json"), ([[1]], "json"),
        ([{"a": 1}, None], "json"), ([1 << 62], "int"), ([1 << 63], "json"),
    ],
)  # fmt: skip
def test_survey_kinds_of_json_columns(tmp_path: Path, values: list[Any], kind: str) -> None:
    files = files_of(tmp_path, jsonl([{"x": value} for value in values]))
    assert look_through(files, Layout("jsonl"), Wanted(), columns=True).kinds == {"x": kind}


def test_survey_columns_come_in_order_of_appearance(tmp_path: Path) -> None:
    files = files_of(tmp_path, jsonl([{"b": 1}, {"a": 1, "b": 2}]), jsonl([{"c": 1}]))
    survey = look_through(files, Layout("jsonl"), Wanted(), columns=True)
    assert list(survey.kinds) == ["b", "a", "c"]
    assert survey.records == 3


def test_survey_limit_counts_what_meets_the_condition(tmp_path: Path) -> None:
    body = jsonl([{"n": n} for n in range(10)]).replace(b'{"n": 4}', b"broken")
    files = files_of(tmp_path, body, jsonl([{"n": n} for n in range(20)]))
    wanted = Wanted(parse_condition("n % 2 = 0"), limit=6)
    assert list(look_through(files, Layout("jsonl"), wanted, columns=False).chosen or ()) == [
        0,
        2,
        6,
        8,
        10,
        12,
    ]


def test_survey_sample_comes_from_what_meets_the_condition(tmp_path: Path) -> None:
    files = files_of(tmp_path, jsonl([{"n": n} for n in range(100)]))
    wanted = Wanted(parse_condition("n >= 50"), sample=10, limit=7, seed=3)
    chosen = list(look_through(files, Layout("jsonl"), wanted, columns=False).chosen or ())
    assert len(chosen) == 7
    assert all(ordinal >= 50 for ordinal in chosen)


@pytest.mark.parametrize(
    ("wanted", "needed"),
    [
        (Wanted(), False), (Wanted(limit=3), False), (Wanted(sample=3), True),
        (Wanted(parse_condition("a = 1")), False), (Wanted(parse_condition("a = 1"), limit=3), True),
    ],
)  # fmt: skip
def test_survey_is_left_out_where_it_is_not_needed(wanted: Wanted, needed: bool) -> None:
    assert wanted.needs_survey is needed


def pieces() -> list[Piece]:
    return [
        Piece(0, range(1, 5), [b"a", b"b", b"c", b"d"]),
        Piece(0, range(5, 8), [b"e", b"f", b"g"]),
    ]


@pytest.mark.parametrize(
    ("chosen", "limit", "expected"),
    [
        (None, None, b"abcdefg"), (None, 2, b"ab"), (None, 4, b"abcd"), (None, 6, b"abcdef"), (None, 99, b"abcdefg"),
        ([], None, b""), ([1, 3, 4], None, b"bde"), ([6], 9, b"g"), (list(range(7)), None, b"abcdefg"),
    ],
)  # fmt: skip
def test_survey_select(chosen: list[int] | None, limit: int | None, expected: bytes) -> None:
    found = list(select(pieces(), None if chosen is None else array("Q", chosen), limit))
    assert b"".join(record for piece in found for record in piece.records) == expected
    lines = [line for piece in found for line in piece.lines]
    assert lines == ["abcdefg".index(chr(one)) + 1 for one in expected]


def test_survey_peek(tmp_path: Path) -> None:
    files = files_of(tmp_path, b"broken\n" + jsonl([{"a": 1}, {"b": 1}]))
    assert peek_columns(files, Layout("jsonl")) == ("a", "b")


@pytest.mark.parametrize(("body", "message"), [(b"\n\n", "empty"), (b"x\ny\n", "invalid_json")])
def test_survey_peek_at_what_is_no_jsonl(tmp_path: Path, body: bytes, message: str) -> None:
    with pytest.raises(UsageProblem, match=message):
        peek_columns(files_of(tmp_path, body), Layout("jsonl"))


def test_survey_peek_passes_over_files_and_pages_without_rows(tmp_path: Path) -> None:
    files = files_of(tmp_path, b"\n", b" \n" * 150 + jsonl([{"a": 1}]))
    assert peek_columns(files, Layout("jsonl")) == ("a",)


def test_survey_finds_columns_that_come_late(tmp_path: Path) -> None:
    rows = [{"a": 1, "user": {}}] * 3000 + [{"late": None, "user": {"age": 3}}]
    files = files_of(tmp_path, jsonl(rows))
    columns = ["late", "never", "user.age", "user.name"]
    assert find_missing(files, Layout("jsonl"), columns) == ["never", "user.name"]
