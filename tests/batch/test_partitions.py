"""Parquet cut into partitions, and an output folder in which a partition is done or not."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.batch.chunks import ChunkStats
from service.batch.errors import BatchError, UsageProblem
from service.batch.partitions import (
    Input,
    Partition,
    Target,
    find_parquet,
    plan_partitions,
    read_batches,
)


def write(path: Path, rows: list[dict[str, Any]], group: int = 10) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(rows), path, row_group_size=group)
    return path


def posts(count: int) -> list[dict[str, Any]]:
    return [{"id": at, "text": f"帖子 {at}"} for at in range(count)]


@given(st.lists(st.lists(st.integers(0, 50), max_size=8), max_size=5), st.integers(1, 120))
def test_plan_covers_every_row_group_once_and_in_order(groups: list[list[int]], rows: int) -> None:
    inputs = [Input(f"f{at}", 1, tuple(one)) for at, one in enumerate(groups)]
    found = plan_partitions(inputs, rows)

    assert [one.number for one in found] == list(range(len(found)))
    for source, one in enumerate(inputs):
        own = [part for part in found if part.source == source]
        assert sum(part.rows for part in own) == one.rows
        line = 1
        for part in own:
            assert part.line == line
            assert sum(one.groups[part.first : part.last]) == part.rows > 0
            line += part.rows
        assert all(part.rows >= rows for part in own[:-1])


def test_partition_survives_json() -> None:
    one = Partition(3, 1, "s3://bucket/日本.parquet", 0, 4, 1, 40)
    assert Partition.from_json(one.to_json()) == one


def test_find_folder_glob_and_url_give_the_same(tmp_path: Path) -> None:
    write(tmp_path / "day=1" / "b.parquet", posts(25))
    write(tmp_path / "day=1" / "a.parquet", posts(5))
    write(tmp_path / "_errors" / "part.parquet", posts(5))
    (tmp_path / "notes.txt").write_text("no")

    folder, schema = find_parquet([str(tmp_path)])
    url, _ = find_parquet([f"file://{tmp_path}"])
    matched, _ = find_parquet([f"{tmp_path}/day=1/*.parquet"])

    assert folder == url == matched
    assert [one.groups for one in folder] == [(5,), (10, 10, 5)]
    assert schema.names == ["id", "text"]


@pytest.mark.parametrize(
    ("name", "message"),
    [("missing.parquet", "no such file"), ("text.parquet", "not a readable"), ("nothing/*.parquet", "no input"),
     ("nope://x/y", "nope")],
)  # fmt: skip
def test_find_says_what_is_wrong(tmp_path: Path, name: str, message: str) -> None:
    (tmp_path / "text.parquet").write_text("not Parquet")
    with pytest.raises(UsageProblem, match=message):
        find_parquet([name if "://" in name else str(tmp_path / name)])


def test_find_refuses_files_that_differ(tmp_path: Path) -> None:
    write(tmp_path / "a.parquet", posts(3))
    write(tmp_path / "b.parquet", [{"id": "x", "text": "t"}])
    with pytest.raises(UsageProblem, match="other columns"):
        find_parquet([str(tmp_path)])


def test_read_batches_counts_lines_and_reads_only_its_groups(tmp_path: Path) -> None:
    write(tmp_path / "a.parquet", posts(35))
    inputs, _ = find_parquet([str(tmp_path)])
    middle = plan_partitions(inputs, 15)[0]
    last = plan_partitions(inputs, 15)[1]

    assert (middle.rows, last.rows) == (20, 15)
    assert [(line, batch.num_rows) for line, batch in read_batches(last, 8)] == [(21, 8), (29, 7)]
    assert next(read_batches(last, 8))[1].to_pylist()[0]["id"] == 20


def test_read_batches_names_a_damaged_file(tmp_path: Path) -> None:
    path = write(tmp_path / "a.parquet", posts(500), group=500)
    inputs, _ = find_parquet([str(path)])
    body = bytearray(path.read_bytes())
    body[8:400] = bytes(392)
    path.write_bytes(bytes(body))
    with pytest.raises(BatchError, match=r"a\.parquet: damaged"):
        list(read_batches(plan_partitions(inputs)[0], 100))


def test_target_a_part_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    target = Target(str(tmp_path / "out"))

    def breaks() -> Any:
        yield pa.Table.from_pylist(posts(70_000))
        raise BatchError("gone")

    with pytest.raises(BatchError, match="gone"):
        target.write_part(0, breaks())
    assert [path.name for path in (tmp_path / "out").iterdir()] == []

    target.write_part(0, [pa.Table.from_pylist(posts(3)), pa.Table.from_pylist(posts(2))])
    assert pq.read_table(tmp_path / "out" / "part-00000.parquet").num_rows == 5


def test_target_keeps_what_is_done_and_clears_only_its_own(tmp_path: Path) -> None:
    target = Target(f"file://{tmp_path}/out")
    assert target.is_empty
    assert target.read_manifest() is None
    target.write_manifest({"inputs": []})
    target.write_done(ChunkStats(7, records=2, bad={"failed": 1}), b'{"line": 1}\n', b"{}")
    assert [target.note_try(7), target.note_try(7)] == [1, 2]
    target.forget_tries()
    assert target.note_try(7) == 1

    assert target.find_done() == {7}
    assert target.read_done(7) == (ChunkStats(7, records=2, bad={"failed": 1}), b"{}")
    assert json.loads((tmp_path / "out" / "_errors" / "part-00007.jsonl").read_text())["line"] == 1
    with pytest.raises(BatchError, match="partition 8"):
        target.read_done(8)

    (tmp_path / "out" / "mine.parquet").touch()
    target.clear()
    assert [path.name for path in (tmp_path / "out").rglob("*") if path.is_file()] == [
        "mine.parquet"
    ]
