"""Chunks in other processes: in order, and no accident there goes unnoticed."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from service.batch.chunks import Chunk, make_chunks
from service.batch.errors import BatchError, LoadProblem
from service.batch.local import run_batch
from service.batch.plans import make_plan
from service.batch.reading import read_pieces
from service.batch.workers import start_workers
from tests.batch.making import ShoutTask, make_job, read_output, write_input

ROWS = [{"text": f"text {n}" if n % 10 else "explode"} for n in range(200)]


def chunks_of(source: Path, rows: int = 10) -> tuple[Any, Iterator[Chunk]]:
    plan = make_plan(make_job(source, "-"))
    recipe = plan.recipe
    return recipe, make_chunks(read_pieces(recipe.files, recipe.layout), rows)


@pytest.mark.slow
def test_workers_many_processes_give_the_same_bytes_as_one(tmp_path: Path) -> None:
    source = write_input(tmp_path, "in.jsonl", ROWS)
    for processes in (1, 3):
        run_batch(
            make_job(source, tmp_path / f"{processes}.jsonl", processes=processes, chunk_rows=7)
        )
    assert (tmp_path / "1.jsonl").read_bytes() == (tmp_path / "3.jsonl").read_bytes()
    assert (tmp_path / "1.jsonl.errors.jsonl").read_bytes() == (
        tmp_path / "3.jsonl.errors.jsonl"
    ).read_bytes()
    assert len(read_output(tmp_path / "3.jsonl")) == 180


@pytest.mark.slow
def test_workers_keep_the_order_and_only_a_few_chunks_at_once(tmp_path: Path) -> None:
    recipe, chunks = chunks_of(write_input(tmp_path, "in.jsonl", ROWS))
    taken = 0

    def counted() -> Iterator[Chunk]:
        nonlocal taken
        for chunk in chunks:
            taken += 1
            yield chunk

    with start_workers(ShoutTask(), recipe, 2) as workers:
        assert workers.identity == {"version": "1"}
        for number, done in enumerate(workers.map(counted())):
            assert done.stats.number == number
            assert taken <= number + 5


@pytest.mark.slow
def test_workers_a_process_that_dies_ends_the_run_and_it_can_go_on(tmp_path: Path) -> None:
    rows = [{"text": f"text {n}"} for n in range(60)] + [{"text": "exit"}] + [{"text": "more"}] * 20
    source = write_input(tmp_path, "in.jsonl", rows)
    output = tmp_path / "out.jsonl"
    with pytest.raises(BatchError, match="worker process died"):
        run_batch(make_job(source, output, processes=2, chunk_rows=10))
    assert not output.exists()
    assert (tmp_path / "out.jsonl.parts" / "manifest.json").exists()


@pytest.mark.slow
def test_workers_that_cannot_load(tmp_path: Path) -> None:
    recipe, _ = chunks_of(write_input(tmp_path, "in.jsonl", ROWS))
    with pytest.raises(LoadProblem, match="the model is damaged"):
        start_workers(ShoutTask(version="broken"), recipe, 2)


@pytest.mark.slow
def test_workers_leave_when_the_process_that_reads_is_killed(tmp_path: Path) -> None:
    recipe, chunks = chunks_of(write_input(tmp_path, "in.jsonl", ROWS))
    parent = os.fork()
    if parent == 0:  # pragma: no cover - its end is the test
        workers = start_workers(ShoutTask(), recipe, 2)
        next(workers.map(chunks))
        (tmp_path / "ready").write_text("")
        time.sleep(60)
        os._exit(0)
    deadline = time.monotonic() + 60
    while not (tmp_path / "ready").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    children = psutil.Process(parent).children(recursive=True)
    os.kill(parent, signal.SIGKILL)
    os.waitpid(parent, 0)
    gone, alive = psutil.wait_procs(children, timeout=20)
    assert len(gone) >= 2
    assert alive == []
