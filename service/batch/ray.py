"""``--ray``: the same work on many machines. Ray Data hands partitions to actors that load the model once each.

An actor reads a partition, judges it with the code of the local run, and writes its part; only numbers come back. An
actor or a machine that dies loses at most the partitions it was at, which others do again.
"""

import logging
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from service.batch.chunks import Chunk, ChunkStats, ChunkWorker, Done, Recipe
from service.batch.columns import Answers, rename
from service.batch.errors import BatchError, UsageProblem
from service.batch.filters import parse_condition
from service.batch.inputs import InputFile
from service.batch.local import Observer, Quiet
from service.batch.partitions import (
    PARTITION_ROWS,
    Input,
    Partition,
    Target,
    find_parquet,
    plan_partitions,
    read_batches,
)
from service.batch.plans import BatchJob, check_columns, check_kept, check_places
from service.batch.reading import Layout, Piece
from service.batch.rows import Fields, Rows
from service.batch.summary import Summary, summarise
from service.batch.tally import Tally, merge_tallies, tally_rows
from service.batch.tasks import Runner, Task
from service.batch.writing import OutputSpec, error_lines

__all__ = ["PartitionWorker", "RayOptions", "run_ray"]

_TRIES = 5  # a partition that ends this many actors ends the run


@dataclass(frozen=True, slots=True)
class RayOptions:
    """``address``: of a cluster, ``auto`` or empty for one of this machine's own. ``actors``: 0 for all CPUs."""

    address: str = ""
    actors: int = 0
    partition_rows: int = PARTITION_ROWS


@dataclass(frozen=True, slots=True)
class _Work:
    """All that an actor needs."""

    recipe: Recipe
    task: Task
    identity: Mapping[str, str]
    target: str


def run_ray(job: BatchJob, options: RayOptions, observer: Observer | None = None) -> Summary:
    """Do what ``job`` asks for, from Parquet into a folder of Parquet files.

    With ``resume`` it goes on where an earlier run ended, and gives the summary of a run that is complete. Raises
    ``UsageProblem`` before anything is written, and ``BatchError`` for partitions that cannot be done.
    """
    began = time.monotonic()
    _import_ray()
    inputs, schema = find_parquet(job.inputs)
    check_places(map(Path, job.also))
    check_kept(map(Path, job.also), [one.url.removeprefix("file://") for one in inputs])
    recipe = _recipe(job, inputs, schema)
    partitions = plan_partitions(inputs, options.partition_rows)
    target = Target(job.output)
    runner = job.task.load(threads=1)  # fails here rather than on every machine
    identity = dict(runner.identity)
    runner.close()
    _begin(job, target, _manifest(job, options, inputs, identity))
    done = target.find_done() & {one.number for one in partitions}
    todo = [one for one in partitions if one.number not in done]
    progress = _Progress(observer or Quiet(), partitions)
    for number in sorted(done):
        progress.add(target.read_done(number)[0], fresh=False)
    if todo:
        with _cluster(options, len(todo)) as actors:
            _run(_Work(recipe, job.task, identity, job.output), todo, actors, progress)
    target.finish()
    order = sorted(done) + [one.number for one in todo]
    found = [target.read_done(number) for number in order]
    return summarise(
        [stats for stats, _ in found],
        identity=identity,
        seconds=time.monotonic() - began,
        resumed=len(done),
        inputs=[{"name": one.url, "size": one.size} for one in inputs],
        output=job.output,
        tally=None
        if job.tally is None
        else merge_tallies(Tally.from_json(tally) for _, tally in found if tally),
    )


class PartitionWorker:
    """Does partitions, one after the other, with one loaded task. Knows nothing of Ray."""

    def __init__(self, recipe: Recipe, runner: Runner, target: Target) -> None:
        self._worker = _TableWorker(recipe, runner)
        self._target = target
        self._recipe = recipe

    def run(self, partition: Partition) -> ChunkStats:
        """Write the part of a partition and its marker. Raises ``BatchError`` and ``OSError``."""
        began, cpu = time.perf_counter(), time.process_time()
        found: list[Done] = []

        def tables() -> Iterator[Any]:
            for line, batch in read_batches(partition, self._recipe.layout.options.rows):
                lines = range(line, line + batch.num_rows)
                piece = Piece(partition.source, lines, batch, size=batch.nbytes)
                found.append(self._worker.run(Chunk(partition.number, [piece])))
                yield self._worker.table

        self._target.write_part(partition.number, tables())
        total = summarise([one.stats for one in found], identity={}, seconds=0.0)
        stats = ChunkStats(
            partition.number,
            total.records,
            total.rows,
            total.filtered,
            dict(total.bad),
            {name: dict(values) for name, values in total.counts.items()},
            {language: dict(values) for language, values in total.actions_by_language.items()},
            time.perf_counter() - began,
            time.process_time() - cpu,
            time.time(),
        )
        tally = b""
        if self._recipe.tally is not None:
            tally = merge_tallies(Tally.from_json(one.tally) for one in found).to_json()
        self._target.write_done(stats, b"".join(one.errors for one in found), tally)
        return stats


class _TableWorker(ChunkWorker):
    """Keeps the rows of a chunk as a table instead of writing them."""

    table: Any = None

    def _write(self, number: int, rows: Rows, answers: Answers) -> Done:
        from service.batch import parquet

        recipe = self._recipe
        self.table = parquet.add_columns(parquet.make_table(rows, ()), answers, recipe.spec.columns)
        errors = error_lines(rows.bad, recipe.files) if rows.bad else b""
        tally = b""
        if recipe.tally is not None:
            tally = tally_rows(recipe.tally, rows, recipe.fields, answers).to_json()
        return Done(ChunkStats(number), errors=errors, tally=tally)


class _Actor:
    """A ``PartitionWorker`` in a process of Ray's pool."""

    def __init__(self, work: _Work) -> None:
        runner = work.task.load(threads=1)
        if dict(runner.identity) != dict(work.identity):
            raise BatchError(
                "this machine has another policy, model or version than the one that began the run"
            )
        self._target = Target(work.target)
        self._worker = PartitionWorker(work.recipe, runner, self._target)

    def __call__(self, batch: Mapping[str, Any]) -> Mapping[str, Any]:
        numbers, problems = [], []
        for text in batch["partition"]:
            partition = Partition.from_json(str(text))
            numbers.append(partition.number)
            try:
                if self._target.note_try(partition.number) > _TRIES:
                    raise BatchError(f"partition {partition.number} ended {_TRIES} processes")
                self._worker.run(partition)
                problems.append("")
            except (BatchError, OSError) as error:  # the others go on; the run ends with this
                problems.append(
                    str(error) if isinstance(error, BatchError) else type(error).__name__
                )
        return {"number": numbers, "problem": problems}


class _Progress:
    def __init__(self, observer: Observer, partitions: list[Partition]) -> None:
        self._observer = observer
        self._total = max(1, sum(one.rows for one in partitions))
        self._records = 0
        observer.begin(self._total)

    def add(self, stats: ChunkStats, *, fresh: bool) -> None:
        self._records += stats.records
        self._observer.chunk(stats, self._records / self._total, fresh=fresh)


def _run(work: _Work, todo: list[Partition], actors: int, progress: _Progress) -> None:
    """Raises ``BatchError`` at the end where some partitions could not be done."""
    import ray
    import ray.data

    target = Target(work.target)
    problems: dict[int, str] = {}
    items = [{"partition": one.to_json()} for one in todo]
    found = ray.data.from_items(items, override_num_blocks=len(items)).map_batches(
        _Actor,
        fn_constructor_args=(work,),
        batch_size=1,
        compute=ray.data.ActorPoolStrategy(size=actors, max_tasks_in_flight_per_actor=1),
        num_cpus=1,
    )
    try:
        for row in found.iter_rows():
            number, problem = int(row["number"]), str(row["problem"])
            if problem:
                problems[number] = problem
            else:
                progress.add(target.read_done(number)[0], fresh=True)
    except ray.exceptions.RayError as error:
        reason = type(error).__name__
        raise BatchError(
            f"Ray gave up ({reason}); what is done is kept: --resume goes on there"
        ) from error
    if problems:
        first = min(problems)
        raise BatchError(
            f"{len(problems)} partitions could not be done ({problems[first]}); all others are: "
            "--resume tries these again"
        )


@contextmanager
def _cluster(options: RayOptions, partitions: int) -> Iterator[int]:
    """A connection to Ray, and how many actors to start."""
    import ray
    import ray.data

    own = not ray.is_initialized()
    if own:
        address = options.address or os.environ.get("RAY_ADDRESS", "")
        quiet: dict[str, Any] = {"log_to_driver": False, "logging_level": "error"}
        if not address:
            wanted = options.actors or len(os.sched_getaffinity(0))
            quiet |= {
                "num_cpus": wanted,
                "include_dashboard": False,
                "object_store_memory": 128 << 20,
            }
        try:
            ray.init(address or None, **quiet)
        except (ConnectionError, RuntimeError, ValueError) as error:
            raise UsageProblem(
                f"--ray: cannot reach a cluster at {address or 'this machine'}"
            ) from error
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    context.print_on_execution_start = False
    logging.getLogger("ray.data").setLevel(logging.CRITICAL)  # what went wrong is in the exception
    try:
        cpus = int(ray.cluster_resources().get("CPU", 1))
        yield max(1, min(options.actors or cpus, partitions))
    finally:
        if own:
            ray.shutdown()


def _import_ray() -> None:
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing leaves the cluster
    os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")
    try:
        import ray.data  # noqa: F401
    except ImportError as error:
        raise UsageProblem('--ray needs Ray: pip install "magpie-translate[ray]"') from error


def _recipe(job: BatchJob, inputs: list[Input], schema: Any) -> Recipe:
    if job.sample is not None or job.limit is not None:
        raise UsageProblem("--sample and --limit are for runs without --ray")
    if job.to_stdout:
        raise UsageProblem("--ray writes a folder: -o is its path or URL")
    columns = rename(job.task.columns, job.prefix)
    condition = parse_condition(job.where) if job.where else None
    names = [one.name for one in columns]
    check_columns(job, schema.names, names, condition, strict=True)
    layout = Layout("parquet", tuple(schema.names))
    return Recipe(
        files=tuple(InputFile(one.url, "parquet", "", one.size) for one in inputs),
        layout=layout,
        fields=Fields(job.text, job.id, job.context, frozenset(names)),
        spec=OutputSpec("parquet", "", columns, layout),
        condition=condition,
        tally=job.tally,
    )


def _manifest(
    job: BatchJob, options: RayOptions, inputs: list[Input], identity: Mapping[str, str]
) -> dict[str, Any]:
    return {
        "inputs": [[one.url, one.size, list(one.groups)] for one in inputs],
        "identity": dict(identity),
        "options": {
            **job.task.options,
            "context_columns": dict(job.context),
            "prefix": job.prefix,
            "where": job.where,
            "partition_rows": options.partition_rows,
            "report": None if job.tally is None else job.tally.options,
        },
    }


_WHAT = {
    "inputs": "the input has changed",
    "identity": "the policy, a model or this program has changed",
    "options": "the options are others",
}


def _begin(job: BatchJob, target: Target, manifest: dict[str, Any]) -> None:
    """Start or continue the run in the output folder. Raises ``UsageProblem``."""
    before = target.read_manifest()
    if before is not None and (job.restart or job.overwrite):
        target.clear()
        before = None
    if before is None:
        if not target.is_empty:
            raise UsageProblem(f"{job.output} is not empty, and no run of ours began there")
        target.write_manifest(manifest)
        return
    if not job.resume:
        raise UsageProblem(
            f"a run began in {job.output}: --resume continues it, --restart starts again"
        )
    for part, what in _WHAT.items():
        if before.get(part) != _as_json(manifest[part]):
            raise UsageProblem(
                f"cannot continue: {what} since this run began; --restart starts again"
            )


def _as_json(value: Any) -> Any:
    import json

    return json.loads(json.dumps(value))
