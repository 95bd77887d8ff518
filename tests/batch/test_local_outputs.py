"""Runs over files that would have lost something: rows, a file, or the readers of an output."""

import gzip
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from service.batch.errors import UsageProblem
from service.batch.local import run_batch
from service.batch.summary import Summary
from tests.batch.making import POSTS, errors_of, make_job, read_output, write_input


def run(source: Path | str, output: Path | str, **more: Any) -> Summary:
    summary = run_batch(make_job(source, output, **more))
    assert summary is not None
    return summary


def test_local_a_quote_that_is_never_closed_is_a_bad_row(tmp_path: Path) -> None:
    lines = [f"{number},x" for number in range(1000)]
    lines[5] = '5,"open quote'
    (tmp_path / "in.csv").write_text("\n".join(["id,text", *lines]))
    summary = run(tmp_path / "in.csv", tmp_path / "out.csv", chunk_rows=4)
    assert (summary.rows, dict(summary.bad), summary.failed) == (5, {"invalid_csv": 1}, 1)
    [error] = errors_of(tmp_path / "out.csv")
    assert (error["line"], error["last_line"], error["reason"]) == (7, 1001, "invalid_csv")


def test_local_errors_say_where_a_row_ends(tmp_path: Path) -> None:
    body = b'id,text\n1,"a\nb",c\n2,"\xff\n\xff"\n3,"explode\nthen"\n4,fine\n'
    (tmp_path / "in.csv").write_bytes(body)
    run(tmp_path / "in.csv", tmp_path / "out.csv", encoding="utf-8")
    found = [
        (one["line"], one["last_line"], one["reason"]) for one in errors_of(tmp_path / "out.csv")
    ]
    assert found == [
        (2, 3, "wrong_number_of_fields"), (4, 5, "invalid_encoding"), (6, 7, "failed"),
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["in.jsonl", "in.csv", "in.txt"])
def test_local_one_lone_surrogate_costs_one_row(tmp_path: Path, name: str) -> None:
    rows = {
        "in.jsonl": '{"text": "one"}\n{"text": "cut \ud83d"}\n{"text": "two 👍"}\n',
        "in.csv": "text\none\ncut \ud83d\ntwo 👍\n",
        "in.txt": "one\ncut \ud83d\ntwo 👍\n",
    }
    for encoding in ("utf-16", "utf-16-le"):
        mark = "" if encoding == "utf-16" else "\ufeff"
        (tmp_path / name).write_bytes((mark + rows[name]).encode(encoding, "surrogatepass"))
        output = tmp_path / f"{encoding}.jsonl"
        run(tmp_path / name, output, encoding=encoding)
        assert [row["text"] for row in read_output(output)] == ["one", "two 👍"]
        assert [one["reason"] for one in errors_of(output)] == ["invalid_text"]


@pytest.mark.parametrize("output", ["out.parquet", "out.csv"])
def test_local_a_reserved_column_that_comes_late_is_not_there_twice(
    tmp_path: Path, output: str
) -> None:
    rows = [{"text": str(number)} for number in range(150)]
    rows[120]["shout"] = "mine"
    summary = run(write_input(tmp_path, "in.jsonl", rows), tmp_path / output)
    assert dict(summary.bad) == {"column_exists": 1}
    found = read_output(tmp_path / output)
    assert len(found) == 149
    assert list(found[0]) == ["text", "shout", "length", "is_long", "share"]


@pytest.mark.parametrize("body", [b"", b"\n"])
@pytest.mark.parametrize("name", ["a.csv.gz", "a.jsonl.gz"])
def test_local_a_shard_of_nothing_is_passed_over(tmp_path: Path, name: str, body: bytes) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / name).write_bytes(gzip.compress(body))
    write_input(folder, name.replace("a.", "b."), POSTS)
    run(folder, tmp_path / "out.jsonl")
    assert len(read_output(tmp_path / "out.jsonl")) == len(POSTS)


def test_local_numbers_that_json_lacks_are_null(tmp_path: Path) -> None:
    table = pa.table({
        "text": ["a", "b"], "n": [1.5, float("nan")], "deep": [[{"x": float("inf")}], [{"x": 2.0}]],
    })  # fmt: skip
    pq.write_table(table, tmp_path / "in.parquet")
    run(tmp_path / "in.parquet", tmp_path / "out.jsonl")
    lines = (tmp_path / "out.jsonl").read_text().splitlines()
    found = [json.loads(line, parse_constant=pytest.fail) for line in lines]
    assert [row["n"] for row in found] == [1.5, None]
    assert [row["deep"] for row in found] == [[{"x": None}], [{"x": 2.0}]]


@pytest.mark.parametrize("output", ["out.jsonl", "-"])
def test_local_an_error_list_is_not_replaced_unasked(
    tmp_path: Path, output: str, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    source = write_input(tmp_path, "in.jsonl", [*POSTS, {"text": 3}])
    good = write_input(tmp_path, "good.jsonl", POSTS)
    mine = tmp_path / "mine.jsonl"
    target = output if output == "-" else tmp_path / output
    for one in (source, good):
        mine.write_text("notes")
        with pytest.raises(UsageProblem, match=r"mine\.jsonl is there already: give --overwrite"):
            run_batch(make_job(one, target, errors=str(mine)))
        assert mine.read_text() == "notes"
        assert not (tmp_path / "out.jsonl").exists()
    run(source, target, errors=str(mine), overwrite=True)
    assert json.loads(mine.read_text())["reason"] == "not_text"
    summary = run(good, target, errors=str(mine), overwrite=True)
    assert mine.read_text() == ""
    assert output == "-" or summary.errors == ""


def test_local_resume_and_overwrite_replace_what_is_complete(tmp_path: Path) -> None:
    first = write_input(tmp_path, "first.jsonl", POSTS)
    second = write_input(tmp_path, "second.jsonl", POSTS[:2])
    output = tmp_path / "out.jsonl"
    run(first, output)
    assert run_batch(make_job(second, output, resume=True)) is None
    run(second, output, resume=True, overwrite=True)
    assert len(read_output(output)) == 2
