"""What a record means, and what is wrong with one that means nothing."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.batch import rows as rows_module
from service.batch.errors import BadRow
from service.batch.reading import Layout, Piece
from service.batch.rows import (
    Fields,
    JsonRows,
    Rows,
    TableRows,
    iter_contexts,
    parse,
    read_texts,
    value_at,
)


def parse_lines(*lines: bytes, format: Any = "jsonl", encoding: str = "utf-8") -> Rows:
    columns = ("line", "text") if format == "lines" else ()
    return parse(
        [Piece(0, range(1, len(lines) + 1), list(lines), encoding)], Layout(format, columns)
    )


def parse_cells(*cells: list[str], columns: tuple[str, ...] = ("id", "text")) -> Rows:
    return parse([Piece(0, range(2, len(cells) + 2), list(cells))], Layout("csv", columns))


@pytest.mark.parametrize(
    ("line", "reason", "message"),
    [
        (b"{", "invalid_json", "column 2"), (b'{"a": }', "invalid_json", "column 7"), (b"[1]", "not_an_object", ""),
        (b'"text"', "not_an_object", ""), ("{'a': '今天'}".encode("gb18030"), "invalid_encoding", "could be gb18030"),
        (b'{"text": "\xff\xff"}', "invalid_encoding", "not valid utf-8"),
        (b'{"text": "\\ud83d"}', "invalid_text", "surrogate"), (b'{"text": "\\uDC00 x"}', "invalid_text", "surrogate"),
        (b'{"n": ' + b"9" * 5000 + b"}", "invalid_json", "ValueError"),
        (b"[" * 100_000, "invalid_json", "RecursionError"),
    ],
)  # fmt: skip
def test_rows_bad_json(line: bytes, reason: str, message: str) -> None:
    found = parse_lines(line, b'{"text": "fine"}')
    assert len(found) == 1
    [bad] = found.bad
    assert (bad.line, bad.reason) == (1, reason)
    assert message in bad.message


@pytest.mark.parametrize(
    "line", [b'{"text": "\\ud83d\\udc4d"}', b'{"text": "\\\\ud83d"}', '{"text": "👍"}'.encode()]
)
def test_rows_good_escapes(line: bytes) -> None:
    assert len(parse_lines(line)) == 1


def test_rows_a_line_of_blanks_is_no_row() -> None:
    found = parse_lines(b" \t ", b'{"text": "fine"}')
    assert (len(found), found.bad) == (1, [])


def test_rows_no_message_holds_the_text() -> None:
    secret = "geheim"
    found = parse_lines(f'{{"text": "{secret}'.encode(), f'["{secret}"]'.encode(), secret.encode())
    assert len(found.bad) == 3
    assert secret not in repr(found.bad)


def test_rows_cells() -> None:
    found = parse_cells(["1", "x"], ["2"], ["3", "a", "b"], ["4", "\udcff\udcfe"], ["5", "今天"])
    assert found.payload.column("id") == ["1", "5"]
    assert [(bad.line, bad.reason) for bad in found.bad] == [
        (3, "wrong_number_of_fields"), (4, "wrong_number_of_fields"), (5, "invalid_encoding"),
    ]  # fmt: skip


def test_rows_plain_lines() -> None:
    found = parse_lines(b"one", b"\xff", "二".encode(), format="lines")
    assert list(found.payload.records()) == [{"line": 1, "text": "one"}, {"line": 3, "text": "二"}]
    assert [bad.line for bad in found.bad] == [2]


def test_rows_reading_errors_are_passed_on() -> None:
    piece = Piece(3, [7], [BadRow(3, 7, "line_too_long")])
    assert parse([piece], Layout("lines")).bad == [BadRow(3, 7, "line_too_long")]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"user": {"bio": "x"}}, "x"), ({"user.bio": "flat", "user": {"bio": "x"}}, "flat"),
        ({"user": "text"}, rows_module.ABSENT), ({}, rows_module.ABSENT), ({"user": {"bio": None}}, None),
    ],
)  # fmt: skip
def test_rows_nested_columns(row: dict[str, Any], expected: Any) -> None:
    assert value_at(row, "user.bio") is expected or value_at(row, "user.bio") == expected


def texts_of(*objects: dict[str, Any], fields: Fields | None = None) -> tuple[Rows, list[Any]]:
    found = parse_lines(*(json.dumps(one).encode() for one in objects))
    return read_texts(found, fields or Fields())


def test_rows_texts_and_rows_without_one() -> None:
    found, texts = texts_of(
        {"text": "a"}, {"text": None}, {"body": "x"}, {"text": 3}, {"text": ["a"]}, {"text": "b"}
    )
    assert texts == [("a",), ("",), ("b",)]
    assert [(bad.line, bad.reason) for bad in found.bad] == [
        (3, "missing_column"), (4, "not_text"), (5, "not_text"),
    ]  # fmt: skip
    assert len(found) == len(texts)


def test_rows_several_text_columns_are_one_row() -> None:
    found, texts = texts_of(
        {"title": "t", "body": "b"}, {"title": "t"}, fields=Fields(("title", "body"))
    )
    assert texts == [("t", "b")]
    assert found.bad[0].message == "no body"


def test_rows_a_text_without_end_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows_module, "MAX_TEXT_CHARS", 10)
    found, texts = texts_of({"text": "short"}, {"text": "x" * 11})
    assert texts == [("short",)]
    assert found.bad == [BadRow(0, 2, "text_too_long", "11 characters; at most 10")]


def test_rows_a_column_that_would_be_added_is_no_accident() -> None:
    found, texts = texts_of(
        {"text": "a"}, {"text": "b", "action": "delete"}, fields=Fields(added=frozenset({"action"}))
    )
    assert texts == [("a",)]
    assert found.bad[0].reason == "column_exists"


def test_rows_contexts() -> None:
    found, _ = texts_of({"text": "a", "age": 3}, {"text": "b"}, {"text": "c", "age": None})
    fields = Fields(context=(("account_age_days", "age"),))
    assert list(iter_contexts(found, fields)) == [(("account_age_days", "3"),), (), ()]


@given(
    st.lists(
        st.dictionaries(st.text(max_size=5), st.integers() | st.text(max_size=5), max_size=4),
        max_size=8,
    )
)
def test_rows_good_json_is_taken_as_it_is(objects: list[dict[str, Any]]) -> None:
    lines = [json.dumps(one, ensure_ascii=True) for one in objects]
    found = parse_lines(*(line.encode() for line in lines))
    assert isinstance(found.payload, JsonRows)
    kept = [at for at, one in enumerate(lines) if at + 1 not in {bad.line for bad in found.bad}]
    assert found.payload.raws == [lines[at] for at in kept]
    assert found.payload.objects == [objects[at] for at in kept]


def test_rows_take() -> None:
    table = TableRows(("id",), [["a"], ["b"], ["c"]])
    found = Rows(table, [(0, 1), (0, 2), (0, 3)])
    assert found.take([0, 1, 2]) is found
    part = found.take([2])
    assert (part.payload.column("id"), part.origins) == (["c"], [(0, 3)])


def test_rows_that_span_lines_say_where_they_end() -> None:
    cells = [["1", "a", "b"], ["2", "\udcff"], ["3", "x" * 1_000_001], ["4", "fine"]]
    piece = Piece(0, [2, 5, 8, 11], cells, spans={2: 4, 5: 7, 8: 10})
    found, texts = read_texts(parse([piece], Layout("csv", ("id", "text"))), Fields())
    assert texts == [("fine",)]
    assert [(bad.reason, bad.line, bad.last_line) for bad in found.bad] == [
        ("wrong_number_of_fields", 2, 4), ("invalid_encoding", 5, 7), ("text_too_long", 8, 10),
    ]  # fmt: skip


def test_rows_half_of_a_surrogate_pair_in_bytes_is_no_text() -> None:
    half = "cut \ud83d".encode("utf-8", "surrogatepass")
    found = parse_lines(b'{"text": "' + half + b'"}', b'{"text": "fine"}')
    assert (len(found), found.bad) == (
        1,
        [BadRow(0, 1, "invalid_text", "half of a surrogate pair")],
    )
    cells = parse_cells(["1", half.decode("utf-8", "surrogateescape")], ["2", "fine"])
    assert [(bad.line, bad.reason) for bad in cells.bad] == [(2, "invalid_text")]


def test_rows_contexts_say_true_and_false_as_json_does() -> None:
    found, _ = texts_of({"text": "a", "v": True}, {"text": "b", "v": False}, {"text": "c", "v": 1})
    contexts = iter_contexts(found, Fields(context=(("verified", "v"),)))
    assert [dict(one)["verified"] for one in contexts] == ["true", "false", "1"]
