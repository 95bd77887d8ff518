"""Rows of any file, for whoever looks at an output."""

from pathlib import Path

import pytest

from service.batch.records import iter_records
from tests.batch.making import POSTS, write_input


@pytest.mark.parametrize("name", ["a.jsonl", "a.csv", "a.tsv.gz", "a.parquet", "a.jsonl.zst"])
def test_records_of_every_format(tmp_path: Path, name: str) -> None:
    path = write_input(tmp_path, name, POSTS)
    assert [(row["id"], row["text"]) for row in iter_records(path)] == [
        (row["id"], row["text"]) for row in POSTS
    ]


def test_records_leave_out_what_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(b'{"a": 1}\nbroken\n{"a": 2}\n')
    assert [row["a"] for row in iter_records(tmp_path / "a.jsonl")] == [1, 2]
