"""Runs a job on this machine, on all its cores, and keeps what is done as it is done."""

import os
import shutil
import sys
import time
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol

from service.batch.chunks import Chunk, ChunkStats, make_chunks
from service.batch.errors import BatchError, UsageProblem
from service.batch.manifest import WorkFolder, open_folder
from service.batch.memory import lean_reader
from service.batch.plans import BatchJob, Plan, make_plan, manifest_of
from service.batch.reading import Piece, read_pieces
from service.batch.summary import Summary, count_duplicates, summarise
from service.batch.survey import select
from service.batch.tally import Tally, merge_tallies, read_tallies
from service.batch.workers import start_workers
from service.batch.writing import header

__all__ = ["Observer", "Quiet", "run_batch"]

_SMALL_BYTES = 1 << 20  # below, other processes would load models for longer than they work


class Observer(Protocol):
    """Whoever watches a run."""

    def begin(self, records: int | None) -> None:
        """The work starts; ``records`` are to do, None: nobody knows."""
        ...

    def chunk(self, stats: ChunkStats, share: float, *, fresh: bool) -> None:
        """A chunk is done, and with it this share of the input; ``fresh``: by this run, not by an earlier one."""
        ...


class Quiet:
    """An observer that looks away."""

    def begin(self, records: int | None) -> None:
        pass

    def chunk(self, stats: ChunkStats, share: float, *, fresh: bool) -> None:
        pass


def run_batch(job: BatchJob, observer: Observer | None = None) -> Summary | None:
    """Do what ``job`` asks for; None where it is finished already and ``resume`` was asked for.

    Raises ``UsageProblem`` before anything is written, and ``BatchError`` for what stops a run half way: what is done
    is kept then, and the same job with ``resume`` goes on there. Rows that cannot be done are left out and counted.
    """
    began = time.monotonic()
    observer = observer or Quiet()
    if job.to_stdout:
        _check_free(job)
        try:
            return _run_to_stdout(job, observer, began)
        except BrokenPipeError:
            raise
        except OSError as error:
            raise BatchError(f"cannot write the output: {error.strerror}") from error
    output = job.output_path
    begun = (job.folder / "manifest.json").exists()
    if job.resume and not job.overwrite and output.exists() and not begun:
        shutil.rmtree(
            job.folder, ignore_errors=True
        )  # what a run left that died while it cleaned up
        return None
    _check_free(job, output)
    try:
        with open_folder(job.folder) as folder:
            _check_begun(job, folder)
            plan = make_plan(job)
            return _run_in_folder(job, plan, folder, observer, began)
    except OSError as error:
        raise BatchError(
            f"{error.strerror or type(error).__name__} ({error.filename or output}); what is done is kept in "
            f"{job.folder}: --resume goes on there"
        ) from error


def _check_free(job: BatchJob, *outputs: Path) -> None:
    """What the user named as an output is not there, or may be replaced. Raises ``UsageProblem``."""
    for path in (*outputs, *([job.errors_path] if job.errors else [])):
        if path.exists() and not (job.overwrite or job.resume):
            raise UsageProblem(f"{path} is there already: give --overwrite, or another name")


def _check_begun(job: BatchJob, folder: WorkFolder) -> None:
    if folder.begun and job.restart:
        (folder.path / "manifest.json").unlink()
        for path in folder.path.glob("[0-9]*.*"):
            path.unlink()
    elif folder.begun and not job.resume:
        raise UsageProblem(
            f"an unfinished run is in {folder.path}: --resume continues it, --restart starts again"
        )


def _run_in_folder(
    job: BatchJob, plan: Plan, folder: WorkFolder, observer: Observer, began: float
) -> Summary:
    recipe = plan.recipe
    with lean_reader(recipe), start_workers(job.task, recipe, _processes(job, plan)) as workers:
        folder.begin(manifest_of(job, plan, workers.identity), recipe.spec.suffix)
        resumed = len(folder.done)
        progress = _Progress(plan, observer)
        progress.begin(folder.done)
        chunks = (chunk for chunk in progress.watch(_chunks(job, plan)) if chunk.number >= resumed)
        for done in workers.map(chunks):
            folder.add(done.stats)
            progress.chunk(done.stats)
        identity = workers.identity
    if not folder.done:
        folder.remove()
        raise UsageProblem("there are no rows to do, and nothing was written")
    duplicates = count_duplicates(folder.id_files()) if job.id is not None else None
    tally = None if job.tally is None else read_tallies(folder.tally_files())
    chunks_done = list(folder.done)
    folder.finish(recipe.spec, job.output_path, job.errors_path, named=bool(job.errors))
    return summarise(
        chunks_done,
        identity=identity,
        seconds=time.monotonic() - began,
        resumed=resumed,
        duplicate_ids=duplicates,
        inputs=plan.inputs,
        output=job.output,
        errors=str(job.errors_path) if any(one.bad for one in chunks_done) else "",
        tally=tally,
    )


def _run_to_stdout(job: BatchJob, observer: Observer, began: float) -> Summary:
    plan = make_plan(job)
    out = sys.stdout.buffer
    stats: list[ChunkStats] = []
    tally = None if job.tally is None else Tally()
    with ExitStack() as stack:
        workers = stack.enter_context(start_workers(job.task, plan.recipe, _processes(job, plan)))
        errors = stack.enter_context(open(job.errors, "wb")) if job.errors else sys.stderr.buffer
        progress = _Progress(plan, observer)
        progress.begin([])
        out.write(header(plan.recipe.spec))
        for done in workers.map(progress.watch(_chunks(job, plan))):
            out.write(done.part)
            out.flush()
            errors.write(done.errors)
            errors.flush()
            stats.append(done.stats)
            if tally is not None:
                tally = merge_tallies((tally, Tally.from_json(done.tally)))
            progress.chunk(done.stats)
        identity = workers.identity
    if not stats:
        raise UsageProblem("there are no rows to do")
    seconds = time.monotonic() - began
    return summarise(
        stats,
        identity=identity,
        seconds=seconds,
        inputs=plan.inputs,
        output="-",
        errors=job.errors,
        tally=tally,
    )


def _chunks(job: BatchJob, plan: Plan) -> Iterator[Chunk]:
    recipe = plan.recipe
    pieces = select(read_pieces(recipe.files, recipe.layout), plan.chosen, plan.limit)
    return make_chunks(pieces, job.chunk_rows)


def _processes(job: BatchJob, plan: Plan) -> int:
    cores = job.processes or len(os.sched_getaffinity(0))
    files = plan.recipe.files
    small = sum(file.size for file in files) < _SMALL_BYTES and not files[0].is_stdin
    return 1 if small and not job.processes else cores


class _Progress:
    """Tells the observer which share of the input is done, by records where their number is known, else by bytes."""

    def __init__(self, plan: Plan, observer: Observer) -> None:
        self._plan = plan
        self._observer = observer
        self._sizes = [file.size for file in plan.recipe.files]
        self._shares: deque[tuple[int, float]] = deque()
        self._records = 0

    def begin(self, done: list[ChunkStats]) -> None:
        self._observer.begin(self._plan.records)
        for stats in done:
            self._records += stats.records
            self._observer.chunk(stats, self._share_of_records(), fresh=False)

    def watch(self, chunks: Iterable[Chunk]) -> Iterator[Chunk]:
        total = max(1, sum(self._sizes))
        for chunk in chunks:
            last: Piece = chunk.pieces[-1]
            read = sum(self._sizes[: last.source]) + last.read
            self._shares.append((chunk.number, min(1.0, read / total)))
            yield chunk

    def chunk(self, stats: ChunkStats) -> None:
        self._records += stats.records
        share = self._share_of_records()
        while self._shares and self._shares[0][0] <= stats.number:
            _, by_bytes = self._shares.popleft()
            share = share if self._plan.records else by_bytes
        self._observer.chunk(stats, share, fresh=True)

    def _share_of_records(self) -> float:
        return min(1.0, self._records / self._plan.records) if self._plan.records else 0.0
