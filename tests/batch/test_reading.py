"""Where records begin and end, and on which line."""

from pathlib import Path
from typing import Any

import pytest

from service.batch import reading, streams
from service.batch.errors import BadRow, UsageProblem
from service.batch.inputs import find_inputs
from service.batch.reading import Layout, Piece, ReadOptions, read_head, read_pieces
from tests.batch.making import POSTS, write_input


def records(path: Path, body: bytes | None = None, **options: Any) -> list[tuple[int, Any]]:
    if body is not None:
        path.write_bytes(body)
    files = find_inputs([str(path)])
    layout = Layout(files[0].format, options=ReadOptions(**options))
    return [
        pair
        for piece in read_pieces(files, layout)
        for pair in zip(piece.lines, piece.records, strict=True)
    ]


def test_reading_jsonl_numbers_lines_and_skips_blank_ones(tmp_path: Path) -> None:
    found = records(tmp_path / "a.jsonl", b'\xef\xbb\xbf{"a":1}\r\n\n  \n{"a":2}')
    assert found == [(1, b'{"a":1}'), (3, b"  "), (4, b'{"a":2}')]


def test_reading_plain_lines_keep_blank_ones(tmp_path: Path) -> None:
    assert records(tmp_path / "a.txt", b"one\r\n\ntwo\n") == [(1, b"one"), (2, b""), (3, b"two")]


def test_reading_csv_cells_hold_line_ends_quotes_and_chinese(tmp_path: Path) -> None:
    body = 'id,text\r\n1,"first\r\nsecond ""quoted"""\r\n\r\n2,你好，世界\r\n'.encode()
    assert records(tmp_path / "a.csv", body) == [
        (2, ["1", 'first\r\nsecond "quoted"']),
        (5, ["2", "你好，世界"]),
    ]


def test_reading_gb18030_csv(tmp_path: Path) -> None:
    found = records(tmp_path / "a.csv", "id,text\n1,今天天气真好\n".encode("gb18030"))
    assert found == [(2, ["1", "今天天气真好"])]


def test_reading_tsv_without_quotes(tmp_path: Path) -> None:
    body = b'id\ttext\n1\t"half a quote\n2\tfine\n'
    assert records(tmp_path / "a.tsv", body, quotes=False) == [
        (2, ["1", '"half a quote']),
        (3, ["2", "fine"]),
    ]


def test_reading_csv_goes_on_after_a_record_that_is_too_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (reading, streams):
        monkeypatch.setattr(module, "MAX_LINE_BYTES", 1000)
    monkeypatch.setattr(streams, "_READ_BYTES", 256)
    body = (
        b"id,text\n1,fine\n2,"
        + b"x" * 5000
        + b'\n3,fine\n4,"'
        + b"y" * 900
        + b"\n"
        + b"z" * 900
        + b'"\n5,fine\n'
    )
    found = records(tmp_path / "a.csv", body)
    good = [record for _, record in found if not isinstance(record, BadRow)]
    bad = [(record.line, record.reason) for _, record in found if isinstance(record, BadRow)]
    assert [record for record in good if record[-1] == "fine"] == [
        ["1", "fine"],
        ["3", "fine"],
        ["5", "fine"],
    ]
    assert bad == [(3, "line_too_long"), (5, "invalid_csv")]


def test_reading_parquet(tmp_path: Path) -> None:
    path = write_input(tmp_path, "a.parquet", POSTS)
    files = find_inputs([str(path)])
    pieces = list(read_pieces(files, Layout("parquet", options=ReadOptions(rows=2))))
    assert [list(piece.lines) for piece in pieces] == [[1, 2], [3, 4], [5]]
    assert pieces[1].records.column("id").to_pylist() == ["a3", "a4"]


@pytest.mark.parametrize("rows", [3, 2_000])
def test_reading_counts_what_was_read(tmp_path: Path, rows: int) -> None:
    path = write_input(tmp_path, "a.csv", POSTS * rows)
    files = find_inputs([str(path)])
    *_, last = read_pieces(files, Layout("csv"))
    assert last.read == files[0].size


@pytest.mark.parametrize(
    ("name", "body", "expected"),
    [
        ("a.csv", b"id,text\n1,x\n", ("id", "text")), ("a.tsv", b"id\t\xe6\x96\x87\n", ("id", "文")),
        ("a.jsonl", b"{}", ()), ("a.txt", b"x", ("line", "text")), ("b.csv", b'\xef\xbb\xbf"a b",c\n', ("a b", "c")),
    ],
)  # fmt: skip
def test_reading_heads(tmp_path: Path, name: str, body: bytes, expected: tuple[str, ...]) -> None:
    (tmp_path / name).write_bytes(body)
    [file] = find_inputs([str(tmp_path / name)])
    assert read_head(file, ReadOptions()) == expected


def test_reading_no_header(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"1,x\n2,y\n")
    [file] = find_inputs([str(tmp_path / "a.csv")])
    options = ReadOptions(header=False)
    assert read_head(file, options) == ("column_1", "column_2")
    assert [line for line, _ in records(tmp_path / "a.csv", header=False)] == [1, 2]


@pytest.mark.parametrize(
    ("body", "message"), [(b"a,b,a\n", "the same name"), (b"\n\n", "is empty"), (b"a,\xff\n", "")]
)
def test_reading_heads_that_are_refused(tmp_path: Path, body: bytes, message: str) -> None:
    (tmp_path / "a.csv").write_bytes(body)
    [file] = find_inputs([str(tmp_path / "a.csv")])
    if not message:
        assert read_head(file, ReadOptions()) == ("a", "\udcff")
        return
    with pytest.raises(UsageProblem, match=message):
        read_head(file, ReadOptions())


def test_reading_a_piece_in_parts() -> None:
    piece = Piece(0, range(1, 11), [b"%d" % n for n in range(10)], size=100)
    assert piece.take([0, 4, 9]).records == [b"0", b"4", b"9"]
    part = piece.slice(2, 5)
    assert (list(part.lines), part.records, part.size) == ([3, 4, 5], [b"2", b"3", b"4"], 30)
