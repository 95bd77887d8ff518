"""Parquet in and out: types, nulls and nested columns as they were."""

import datetime
import decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from service.batch import parquet
from service.batch.columns import Column
from service.batch.errors import BatchError, UsageProblem
from service.batch.inputs import InputFile, find_inputs
from service.batch.local import run_batch
from service.batch.reading import Piece
from service.batch.rows import ABSENT, JsonRows, Rows, TableRows
from tests.batch.making import make_job, read_output

ODD = pa.table(
    {
        "text": pa.array(["a", None, "今天👍"]),
        "when": pa.array([datetime.datetime(2024, 1, 2, 3, 4, 5), None, None], pa.timestamp("us")),
        "price": pa.array(
            [decimal.Decimal("1.50"), None, decimal.Decimal("0.01")], pa.decimal128(9, 2)
        ),
        "tags": pa.array([["x", "y"], [], None]),
        "user": pa.array([{"name": "n", "age": 3}, None, {"name": None, "age": None}]),
        "raw": pa.array([b"\x00\xff", None, b""]),
        "kind": pa.array(["k", "k", "l"]).dictionary_encode(),
        "tiny": pa.array([1, None, 3], pa.int8()),
    }
)


def test_parquet_carried_columns_keep_their_types(tmp_path: Path) -> None:
    pq.write_table(ODD, tmp_path / "a.parquet")
    run_batch(make_job(tmp_path / "a.parquet", tmp_path / "out.parquet"))
    found = pq.read_table(tmp_path / "out.parquet")
    assert found.select(ODD.column_names).to_pylist() == ODD.to_pylist()
    assert [found.schema.field(name).type for name in ODD.column_names] == ODD.schema.types
    assert found["shout"].to_pylist() == ["A", "", "今天👍"]
    assert [str(found.schema.field(name).type) for name in ("shout", "length", "is_long", "share")] == [
        "string", "int64", "bool", "double",
    ]  # fmt: skip


def test_parquet_carried_columns_as_json_and_csv(tmp_path: Path) -> None:
    pq.write_table(ODD, tmp_path / "a.parquet")
    for name in ("out.jsonl", "out.csv"):
        run_batch(make_job(tmp_path / "a.parquet", tmp_path / name))
    first = read_output(tmp_path / "out.jsonl")[0]
    assert first["when"] == "2024-01-02 03:04:05"
    assert (first["price"], first["tags"], first["user"]) == (
        "1.50",
        ["x", "y"],
        {"name": "n", "age": 3},
    )
    assert read_output(tmp_path / "out.csv")[0]["tags"] == '["x", "y"]'


def test_parquet_a_file_of_many_groups_and_batches(tmp_path: Path) -> None:
    pq.write_table(
        pa.table({"text": [f"text {n}" for n in range(1000)]}),
        tmp_path / "a.parquet",
        row_group_size=70,
    )
    run_batch(make_job(tmp_path / "a.parquet", tmp_path / "out.parquet", chunk_rows=64))
    found = pq.read_table(tmp_path / "out.parquet")
    assert found["text"].to_pylist() == [f"text {n}" for n in range(1000)]
    assert found["shout"].to_pylist() == [f"TEXT {n}" for n in range(1000)]
    assert pq.ParquetFile(tmp_path / "out.parquet").metadata.num_row_groups == 1


def test_parquet_parts_become_row_groups_of_one_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet, "_GROUP_ROWS", 100)
    parts = []
    for number, rows in enumerate((30, 90, 250, 1)):
        parts.append(tmp_path / f"{number}.arrow")
        parquet.write_part(pa.table({"n": [number] * rows}), parts[-1])
    parquet.join_parts(parts, tmp_path / "out.parquet")
    metadata = pq.ParquetFile(tmp_path / "out.parquet").metadata
    assert [metadata.row_group(at).num_rows for at in range(metadata.num_row_groups)] == [
        100,
        100,
        100,
        71,
    ]
    assert pq.read_table(tmp_path / "out.parquet")["n"].to_pylist() == [0] * 30 + [1] * 90 + [
        2
    ] * 250 + [3]


def test_parquet_files_of_other_types_are_refused(tmp_path: Path) -> None:
    pq.write_table(pa.table({"text": ["a"], "n": [1]}), tmp_path / "1.parquet")
    pq.write_table(pa.table({"text": ["a"], "n": ["1"]}), tmp_path / "2.parquet")
    with pytest.raises(UsageProblem, match="other types"):
        parquet.check_same(find_inputs([str(tmp_path)]))


@pytest.mark.parametrize("body", [b"PAR1", b"PAR1" + b"\x00" * 50 + b"PAR1", b"no parquet"])
def test_parquet_damaged_files(tmp_path: Path, body: bytes) -> None:
    path = tmp_path / "a.parquet"
    path.write_bytes(body)
    with pytest.raises(UsageProblem, match="readable Parquet"):
        parquet.read_head(InputFile(str(path), "parquet"))


def test_parquet_a_file_damaged_in_the_middle(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(
        pa.table({"text": [f"text {n}" * 20 for n in range(5000)]}), path, compression="zstd"
    )
    body = bytearray(path.read_bytes())
    body[2000:3000] = b"\x00" * 1000
    path.write_bytes(body)
    with pytest.raises(BatchError, match="damaged"):
        list(parquet.read_pieces(InputFile(str(path), "parquet"), 0, 1000))


def test_parquet_columns_of_the_same_name_are_refused(tmp_path: Path) -> None:
    table = pa.Table.from_arrays([pa.array(["a"]), pa.array(["b"])], names=["text", "text"])
    pq.write_table(table, tmp_path / "a.parquet")
    with pytest.raises(UsageProblem, match="same name"):
        parquet.read_head(InputFile(str(tmp_path / "a.parquet"), "parquet"))


def test_parquet_rows() -> None:
    batch = pa.record_batch({"id": [1, 2, 3], "text": ["a", "b", None]})
    rows = parquet.parse([Piece(0, [5, 6, 7], batch)])
    assert rows.take([0, 2]).payload.column("text") == ["a", None]
    assert rows.payload.column("other") == [ABSENT] * 3
    assert rows.take([1]).origins == [(0, 6)]


@pytest.mark.parametrize(
    ("kind", "values", "expected"),
    [
        ("int", [1, None], [1, None]), ("float", [1, 2.5], [1.0, 2.5]), ("bool", [True, None], [True, None]),
        ("string", ["a", None], ["a", None]), ("null", [None, None], [None, None]),
        ("json", [1, "a", [1, "二"], None], ["1", "a", '[1, "二"]', None]),
    ],
)  # fmt: skip
def test_parquet_of_json(kind: str, values: list[Any], expected: list[Any]) -> None:
    rows = Rows(JsonRows([], [{"x": value} for value in values]), [(0, 1)] * len(values))
    table = parquet.make_table(rows, (("x", kind),))
    assert table["x"].to_pylist() == expected


def test_parquet_answers_of_any_kind_may_be_missing() -> None:
    columns = [Column(kind, kind, "") for kind in ("string", "bool", "int", "float")]  # type: ignore[arg-type]
    rows = Rows(TableRows(("id",), [["1"], ["2"]]), [(0, 1), (0, 2)])
    table = parquet.make_table(rows, (("id", "string"),))
    found = parquet.add_columns(table, {column.name: [None, None] for column in columns}, columns)
    assert found.column_names == ["id", "string", "bool", "int", "float"]
    assert found.to_pylist()[0] == {
        "id": "1",
        "string": None,
        "bool": None,
        "int": None,
        "float": None,
    }


def test_parquet_json_in_a_cell_is_json() -> None:
    rows = Rows(JsonRows(["{}"], [{"x": {"n": float("nan"), "m": [1, "好"]}}]), [(0, 1)])
    [cell] = parquet.make_table(rows, [("x", "json")]).column("x").to_pylist()
    assert cell == '{"n": null, "m": [1, "好"]}'
