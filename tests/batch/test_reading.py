"""Where records begin and end, and on which line."""

from pathlib import Path
from typing import Any

import pytest

from service.batch import reading, streams
from service.batch.errors import BadRow, EmptyFile, UsageProblem
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


@pytest.mark.parametrize("header", [b"id,text", b"id,text,note"])
def test_reading_a_quote_that_is_never_closed_is_said(tmp_path: Path, header: bytes) -> None:
    good = [b"%d%s" % (n, b",x" * header.count(b",")) for n in range(1000)]
    good[5] = b'5,"open quote' + b",x" * (header.count(b",") - 1)
    found = records(tmp_path / "a.csv", b"\n".join([header, *good]))
    assert [line for line, _ in found] == [2, 3, 4, 5, 6, 7]
    bad = found[-1][1]
    assert isinstance(bad, BadRow)
    assert (bad.line, bad.last_line, bad.reason) == (7, 1001, "invalid_csv")


def test_reading_a_last_line_without_an_end_is_a_row(tmp_path: Path) -> None:
    for ending in (b"", b"\n", b"\r\n", b"\n\n"):
        assert records(tmp_path / "a.csv", b'a,b\n1,"x"' + ending) == [(2, ["1", "x"])]


def test_reading_knows_the_last_lines_of_records(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b'id,text\n1,"a\nb\nc"\n2,x\n\n3,"d\ne"\n')
    [piece] = read_pieces(find_inputs([str(path)]), Layout("csv"))
    assert list(piece.lines) == [2, 5, 7]
    assert piece.spans == {2: 4, 7: 8}
    assert piece.slice(1, 3).spans == piece.take([0]).spans == piece.spans


def test_reading_an_empty_file_is_told_from_a_bad_one(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"\n")
    with pytest.raises(EmptyFile):
        read_head(find_inputs([str(tmp_path / "a.csv")])[0], ReadOptions())
