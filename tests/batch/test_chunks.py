"""Chunks hold what the input says, whatever pieces it comes in."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.batch import chunks as chunks_module
from service.batch.chunks import ChunkWorker, Recipe, hash_ids, make_chunks, run_rows
from service.batch.columns import rename
from service.batch.filters import parse_condition
from service.batch.inputs import InputFile
from service.batch.reading import Layout, Piece
from service.batch.rows import ABSENT, Fields, parse
from service.batch.writing import OutputSpec
from tests.batch.making import ShoutTask, jsonl


def pieces_of(*sizes: int, size: int = 1) -> list[Piece]:
    found, number = [], 0
    for count in sizes:
        records = [b"%d" % n for n in range(number, number + count)]
        found.append(Piece(0, range(number + 1, number + count + 1), records, size=size * count))
        number += count
    return found


@given(st.lists(st.integers(0, 25), max_size=12), st.integers(1, 12))
def test_chunks_are_full_and_in_order(sizes: list[int], rows: int) -> None:
    found = list(make_chunks(pieces_of(*sizes), rows))
    records = [record for chunk in found for piece in chunk.pieces for record in piece.records]
    assert records == [b"%d" % n for n in range(sum(sizes))]
    assert [chunk.number for chunk in found] == list(range(len(found)))
    assert all(chunk.records == rows for chunk in found[:-1])


@given(
    st.lists(st.integers(1, 25), min_size=1, max_size=8),
    st.lists(st.integers(1, 25), min_size=1, max_size=8),
)
def test_chunks_do_not_depend_on_how_the_input_was_read(
    first: list[int], second: list[int]
) -> None:
    total = min(sum(first), sum(second))

    def cut(sizes: list[int]) -> list[int]:
        done, kept = 0, []
        for one in sizes:
            kept.append(min(one, total - done))
            done += kept[-1]
        return kept

    def content(sizes: list[int]) -> list[list[bytes]]:
        return [
            [r for p in c.pieces for r in p.records] for c in make_chunks(pieces_of(*cut(sizes)), 7)
        ]

    assert content(first) == content(second)


def test_chunks_of_large_rows_are_smaller(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunks_module, "CHUNK_BYTES", 100)
    found = list(make_chunks(pieces_of(5, 5, 5, 5, size=10), 1000))
    assert [chunk.records for chunk in found] == [10, 10]


def recipe(**more: Any) -> Recipe:
    columns = rename(ShoutTask().columns, "")
    spec = OutputSpec("jsonl", "", columns, Layout("jsonl"))
    return Recipe((InputFile("a.jsonl", "jsonl"),), Layout("jsonl"), Fields(), spec, **more)


def chunk_of(body: bytes) -> Any:
    lines = body.splitlines()
    [chunk] = make_chunks([Piece(0, range(1, len(lines) + 1), lines)])
    return chunk


def test_chunks_count_what_became_of_them() -> None:
    body = (
        jsonl([{"text": "a", "n": 1}, {"text": "explode", "n": 1}, {"text": "b", "n": 2}])
        + b"broken\n"
    )
    worker = ChunkWorker(recipe(condition=parse_condition("n = 1")), ShoutTask().load())
    done = worker.run(chunk_of(body))
    assert (done.stats.records, done.stats.rows, done.stats.filtered) == (4, 1, 1)
    assert done.stats.bad == {"invalid_json": 1, "failed": 1}
    assert done.part.count(b"\n") == 1
    assert [line.split(b'"line": ')[1][:1] for line in done.errors.splitlines()] == [b"2", b"4"]


def test_chunks_parts_are_files(tmp_path: Path) -> None:
    worker = ChunkWorker(recipe(folder=tmp_path), ShoutTask().load())
    done = worker.run(chunk_of(jsonl([{"text": "a"}]) + b"broken\n"))
    assert (done.part, done.errors) == (b"", b"")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["00000000.errors", "00000000.jsonl"]


def test_chunks_a_failing_row_takes_no_other_with_it() -> None:
    rows = parse(
        chunk_of(jsonl([{"text": one} for one in ("a", "explode", "b")])).pieces, Layout("jsonl")
    )
    left, answers = run_rows(rows, Fields(), ShoutTask().load())
    assert answers["shout"] == ["A", "B"]
    assert [origin[1] for origin in left.origins] == [1, 3]
    assert [(bad.line, bad.reason, bad.message) for bad in left.bad] == [
        (2, "failed", "ValueError")
    ]


def test_chunks_ids() -> None:
    assert hash_ids(["a", "b", "a"])[0] == hash_ids(["a"])[0]
    assert len(hash_ids([None, ABSENT, 1, "1"])) == 2
    assert hash_ids([1]) == hash_ids(["1"])
