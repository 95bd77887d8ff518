"""The output: carried columns as they were, answers beside them, and files that are whole or not there."""

import csv
import io
import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.batch.columns import Column
from service.batch.errors import BadRow
from service.batch.inputs import InputFile
from service.batch.reading import Layout, Piece, ReadOptions
from service.batch.rows import Rows, TableRows, parse
from service.batch.writing import (
    OutputSpec,
    assemble,
    compress,
    dump_json,
    error_lines,
    header,
    render,
    write_atomic,
)

COLUMNS = (
    Column("s", "string", ""), Column("b", "bool", ""), Column("i", "int", ""), Column("f", "float", ""),
)  # fmt: skip
ANSWER: dict[str, list[Any]] = {"s": ['x, "y"\n今天'], "b": [True], "i": [1], "f": [0.5]}
NOTHING: dict[str, list[Any]] = {"s": [None], "b": [None], "i": [None], "f": [None]}

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=6,
)


def jsonl_rows(*lines: str) -> Rows:
    return parse(
        [Piece(0, range(1, len(lines) + 1), [line.encode() for line in lines])], Layout("jsonl")
    )


def spec(
    format: Any, carried: Any = (), layout: Layout | None = None, compression: Any = ""
) -> OutputSpec:
    return OutputSpec(format, compression, COLUMNS, layout or Layout("jsonl"), carried)


@given(st.dictionaries(st.text(max_size=5), json_values, max_size=4), st.sampled_from([None, 1]))
def test_writing_jsonl_keeps_the_line_and_adds_to_it(
    row: dict[str, Any], indent: int | None
) -> None:
    row = {key: value for key, value in row.items() if key not in ANSWER}
    line = json.dumps(row, ensure_ascii=True, indent=indent).replace("\n", " ")
    rows = jsonl_rows(line)
    if not len(rows):  # half a surrogate pair
        return
    text = render(rows, ANSWER, spec("jsonl")).decode()
    assert text.startswith(line[:-1].rstrip())
    assert json.loads(text) == row | {name: values[0] for name, values in ANSWER.items()}


def test_writing_jsonl_keeps_numbers_as_they_were_written() -> None:
    text = render(
        jsonl_rows('{"n": 1.50, "big": 12345678901234567890, "e": 1E3, "u": "\\u4eca" }'),
        ANSWER,
        spec("jsonl"),
    )
    assert text.startswith(
        b'{"n": 1.50, "big": 12345678901234567890, "e": 1E3, "u": "\\u4eca", "s": '
    )


def test_writing_jsonl_of_an_empty_object_and_of_nulls() -> None:
    assert (
        render(jsonl_rows("{ }"), NOTHING, spec("jsonl"))
        == b'{"s": null, "b": null, "i": null, "f": null}\n'
    )


def test_writing_jsonl_tells_numbers_from_truth() -> None:
    rows = jsonl_rows(*["{}"] * 4)
    answers = {
        "s": ["", "a", "", "a"],
        "b": [True, False, None, True],
        "i": [0, 1, 1, 0],
        "f": [0.0, 1.0, 0.1, 1e-7],
    }
    found = [json.loads(line) for line in render(rows, answers, spec("jsonl")).splitlines()]
    assert [row["i"] for row in found] == [0, 1, 1, 0]
    assert [row["b"] for row in found] == [True, False, None, True]
    assert all(type(row["i"]) is int and type(row["f"]) is float for row in found)


CARRIED = (("id", "string"), ("text", "string"))


@given(st.lists(st.tuples(st.text(max_size=6), st.text(max_size=6)), min_size=1, max_size=5))
def test_writing_csv_reads_back_the_same(cells: list[tuple[str, str]]) -> None:
    rows = Rows(TableRows(("id", "text"), [list(row) for row in cells]), [(0, 1)] * len(cells))
    answers = {name: values * len(cells) for name, values in ANSWER.items()}
    form = spec("csv", CARRIED, Layout("csv", ("id", "text")))
    try:
        text = (header(form) + render(rows, answers, form)).decode()
    except UnicodeEncodeError:
        return  # lone surrogates never get this far
    found = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [(row["id"], row["text"]) for row in found] == cells
    assert [row["s"] for row in found] == ANSWER["s"] * len(cells)


def test_writing_csv_of_json() -> None:
    rows = jsonl_rows('{"id": 1, "tags": ["a", "二"], "ok": true}', '{"id": null}')
    form = spec("csv", (("id", "int"), ("tags", "json"), ("ok", "bool")))
    answers = {"s": ["x", None], "b": [True, False], "i": [3, None], "f": [0.25, None]}
    assert render(rows, answers, form).decode().splitlines() == [
        '1,"[""a"", ""二""]",true,x,true,3,0.25', ",,,,false,,",
    ]  # fmt: skip
    assert header(form) == b"id,tags,ok,s,b,i,f\n"


def test_writing_tsv_without_quotes_stays_one_line() -> None:
    layout = Layout("tsv", ("id", "text"), ReadOptions(quotes=False))
    rows = Rows(TableRows(("id", "text"), [["1", '"half']]), [(0, 2)])
    answers = ANSWER | {"s": ["a\tb\nc"]}
    assert render(rows, answers, spec("tsv", CARRIED, layout)) == b'1\t"half\ta b c\ttrue\t1\t0.5\n'


def test_writing_lines() -> None:
    rows = Rows(TableRows(("line", "text"), [[1, "a"], [2, "b"]]), [(0, 1), (0, 2)])
    assert (
        render(rows, {"translation": ["甲", "乙"], "model": ["m", "m"]}, spec("lines")).decode()
        == "甲\n乙\n"
    )


@pytest.mark.parametrize("compression", ["gzip", "zstd"])
def test_writing_compression_gives_the_same_bytes_each_time(compression: Any) -> None:
    assert compress(b"one" * 100, compression) == compress(b"one" * 100, compression)


def test_writing_assemble(tmp_path: Path) -> None:
    parts = [tmp_path / "0", tmp_path / "1"]
    for part in parts:
        part.write_bytes(b"part %s\n" % part.name.encode())
    target = tmp_path / "out.csv"
    assemble(parts, spec("csv", CARRIED), target)
    assert target.read_bytes() == b"id,text,s,b,i,f\npart 0\npart 1\n"


def test_writing_atomic_leaves_the_old_file_and_no_other(tmp_path: Path) -> None:
    target = tmp_path / "out"
    target.write_text("old")

    def fail(path: Path) -> None:
        path.write_text("half")
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        write_atomic(target, fail)
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_writing_errors_in_the_order_of_the_input() -> None:
    files = [InputFile("a.csv", "csv"), InputFile("二.csv", "csv")]
    bad = [BadRow(1, 2, "x"), BadRow(0, 9, "y", "m", 11), BadRow(0, 3, "z")]
    assert [json.loads(line) for line in error_lines(bad, files).splitlines()] == [
        {"file": "a.csv", "line": 3, "reason": "z", "message": ""},
        {"file": "a.csv", "line": 9, "last_line": 11, "reason": "y", "message": "m"},
        {"file": "二.csv", "line": 2, "reason": "x", "message": ""},
    ]


def test_writing_what_is_not_finite_is_null_in_json() -> None:
    values = [1, math.nan, {"x": [math.inf, 2.5], "y": (math.nan,)}]
    rows = Rows(TableRows(("one", "nan", "deep"), [values]), [(0, 1)])
    found = json.loads(render(rows, ANSWER, spec("jsonl")), parse_constant=pytest.fail)
    assert (found["one"], found["nan"]) == (1, None)
    assert found["deep"] == {"x": [None, 2.5], "y": [None]}
    assert dump_json({"x": [math.nan]}) == '{"x": [null]}'


@pytest.mark.parametrize(("format", "mark"), [("csv", ","), ("tsv", "\t")])
def test_writing_without_quotes_a_cell_stays_a_cell(format: Any, mark: str) -> None:
    layout = Layout(format, ("text",), ReadOptions(quotes=False))
    rows = Rows(TableRows(("text",), [['half a "quote']]), [(0, 2)])
    answers = ANSWER | {"s": [f"a{mark}b\r\nc"]}
    line = render(rows, answers, spec(format, layout=layout)).decode()
    assert line.rstrip("\n").split(mark) == ['half a "quote', "a b  c", "true", "1", "0.5"]
