"""What a run over files costs: CPU time of a post, stage by stage, from Parquet to Parquet, and the most memory.

usage: python -m benchmarks.batch --data FOLDER [--rows 100000] [--longest 80] [--profile]
       python -m benchmarks.batch --data FOLDER --rows 5000000 --memory

FOLDER holds posts as JSONL with a column `text`, each file perhaps compressed with xz, gzip or zstd (the toxicity
training texts will do). Times are CPU seconds and not by the clock, so that a busy machine does not change them much.
`--memory` runs the command alone and watches how much memory its processes take together as it goes on; its section of
the result stays when the rest is measured again, and the other way round.
"""

import argparse
import cProfile
import json
import lzma
import os
import pstats
import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks import common
from service.batch.chunks import Chunk, make_chunks, run_rows
from service.batch.memory import one_thread_each
from service.batch.plans import BatchJob, Plan, make_plan
from service.batch.reading import read_pieces
from service.batch.records import iter_records
from service.batch.rows import parse
from service.batch.tasks import ModerationTask
from service.batch.writing import assemble, write_part
from service.settings import Settings

GOAL = 10_000.0  # short posts a second on two cores
IO_GOAL = 0.2  # share of the time for reading and writing
MEMORY_GOAL = 600e6
MEMORY_TITLE = "## Memory"
STAGES = ("read", "parse", "judge", "write", "assemble")
IO = ("read", "parse", "write", "assemble")


def texts(folder: Path, longest: int) -> Iterator[str]:
    """Posts of at most ``longest`` characters, file by file."""
    for path in sorted(folder.iterdir()):
        if path.name.endswith(".jsonl.xz"):
            with lzma.open(path, "rt", encoding="utf-8") as lines:
                found = (str(json.loads(line)["text"]) for line in lines)
                yield from (text for text in found if len(text) <= longest)
        elif ".jsonl" in path.name:
            for record in iter_records(path):
                if len(str(record["text"])) <= longest:
                    yield str(record["text"])


def write_posts(found: list[str], path: Path, rows: int) -> None:
    """A platform's export: ids, texts, times, and two columns that nobody asked for."""
    with pq.ParquetWriter(path, pa.schema([("id", pa.string()), ("text", pa.string()), ("at", pa.int64()),
                                           ("author", pa.string()), ("likes", pa.int32())])) as out:  # fmt: skip
        for start in range(0, rows, 100_000):
            numbers = range(start, min(start + 100_000, rows))
            columns: list[Any] = [
                pa.array([f"post-{n:09}" for n in numbers]),
                # A text that comes a second time is another post: it would be judged once otherwise.
                pa.array([_again(found, n) for n in numbers]),
                pa.array([1_700_000_000 + n for n in numbers], pa.int64()),
                pa.array([f"author-{n * 7919 % 50_021}" for n in numbers]),
                pa.array([n % 97 for n in numbers], pa.int32()),
            ]
            out.write_table(pa.Table.from_arrays(columns, schema=out.schema))


def _again(found: list[str], number: int) -> str:
    turn, at = divmod(number, len(found))
    return found[at] if not turn else f"{found[at]} {turn}"


class Stages:
    """CPU seconds of each stage of a run, done in this process without the models' start."""

    def __init__(self, source: Path, folder: Path, task: ModerationTask) -> None:
        self.seconds = dict.fromkeys(STAGES, 0.0)
        self.rows = 0
        self._folder = folder
        job = BatchJob((str(source),), str(folder / "out.parquet"), task)
        self._plan: Plan = make_plan(job)
        self._runner = task.load(threads=1)
        self._runner.run([("Hello, how are you today?",), ("你好，今天过得怎么样？",)])

    def run(self) -> None:
        recipe = self._plan.recipe
        chunks = make_chunks(read_pieces(recipe.files, recipe.layout))
        parts = []
        while (chunk := self._timed("read", lambda: next(chunks, None))) is not None:
            parts.append(self._folder / f"{chunk.number}.arrow")
            self._one(chunk, parts[-1])
        self._timed(
            "assemble", lambda: assemble(parts, recipe.spec, self._folder / "staged.parquet")
        )

    def _one(self, chunk: Chunk, part: Path) -> None:
        recipe = self._plan.recipe
        rows = self._timed("parse", lambda: parse(chunk.pieces, recipe.layout))
        done, answers = self._timed("judge", lambda: run_rows(rows, recipe.fields, self._runner))
        self._timed("write", lambda: write_part(done, answers, recipe.spec, part))
        self.rows += chunk.records

    def _timed(self, stage: str, work: Callable[[], Any]) -> Any:
        began = time.process_time()
        found = work()
        self.seconds[stage] += time.process_time() - began
        return found


@dataclass(frozen=True, slots=True)
class WholeRun:
    """What one command cost, start included, all processes together."""

    cpu_s: float
    wall_s: float
    memory: list[tuple[float, float]]  # seconds since the start, bytes

    @property
    def most(self) -> float:
        return max(size for _, size in self.memory)

    def most_by_tenth(self) -> list[float]:
        """The most bytes in each tenth of the run."""
        tenths = [0.0] * 10
        for at, size in self.memory:
            place = min(9, int(10 * at / self.wall_s))
            tenths[place] = max(tenths[place], size)
        return tenths


def whole_run(source: Path, output: Path, *flags: str, every_s: float = 0.25) -> WholeRun:
    """One command from a Parquet file to another, its memory looked at every now and then."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.monotonic()
    process = psutil.Popen(
        [sys.executable, "-m", "service.cli.main", "moderate", str(source), "-o", str(output), "--quiet",
         "--overwrite", *flags],
        cwd=common.ROOT,
    )  # fmt: skip
    memory = []
    while process.poll() is None:
        memory.append((time.monotonic() - began, _memory(process)))
        time.sleep(every_s)
    if process.returncode:
        raise SystemExit(f"magpie moderate ended with {process.returncode}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return WholeRun(cpu_s, time.monotonic() - began, memory)


def _memory(process: psutil.Process) -> float:
    """Bytes of a process and its children, what they share counted once."""
    total = 0.0
    try:
        for one in (process, *process.children(recursive=True)):
            total += one.memory_full_info().pss
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return 0.0
    return total


def profile(stages: Stages) -> str:
    """Where the time of judging goes, the 25 functions that take most of it themselves."""
    profiler = cProfile.Profile()
    profiler.enable()
    stages.run()
    profiler.disable()
    statistics: Any = pstats.Stats(profiler)
    total = sum(entry[2] for entry in statistics.stats.values())
    top = sorted(statistics.stats.items(), key=lambda pair: -pair[1][2])[:25]
    rows = [
        [f"`{Path(file).name}:{line} {name}`", calls, f"{own / total:.1%}"]
        for (file, line, name), (_, calls, own, _, _) in top
    ]
    return common.table(["function", "calls", "share of the time"], rows)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--longest", type=int, default=80)
    parser.add_argument("--classifier", default="compact")
    parser.add_argument("--profile", action="store_true")
    parser.add_argument("--memory", action="store_true", help="only the memory of the command")
    args = parser.parse_args()
    found = list(dict.fromkeys(texts(args.data, args.longest)))
    random.Random(1).shuffle(found)
    flags = ("--classifier", args.classifier, "--processes", "2")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source = folder / "posts.parquet"
        write_posts(found, source, args.rows)
        if args.memory:
            run = whole_run(source, folder / "out.parquet", *flags, every_s=1.0)
            _write(_kept(memory=False), _report_memory(run, args.rows))
            return 0 if run.most < MEMORY_GOAL else 1
        settings = Settings(classifier=args.classifier)
        measured = {}
        for explain in (True, False):
            stages = Stages(source, folder, ModerationTask(settings, explain=explain))
            stages.run()
            measured[explain] = stages
        run = whole_run(source, folder / "out.parquet", *flags)
        parts = [_command(), _report(measured, found, args, run)]
        if args.profile:
            parts.append(
                "## Where the time goes\n\n"
                + profile(Stages(source, folder, ModerationTask(settings)))
            )
    _write("\n\n".join(parts), _kept(memory=True))
    total = sum(measured[True].seconds.values()) / measured[True].rows
    return 0 if 2 / total >= GOAL else 1


def _command() -> str:
    return "    " + " ".join(["python -m benchmarks.batch", *sys.argv[1:]])


def _write(speed: str, memory: str) -> None:
    common.write("batch", "Runs over files", "\n\n".join(part for part in (speed, memory) if part))


def _kept(*, memory: bool) -> str:
    """The section about memory of the result that is there, or all the others."""
    path = common.RESULTS / "batch.md"
    page = path.read_text("utf-8") if path.exists() else ""
    _, _, body = page.partition(
        "\n    python -m "
    )  # the head says the last command; each part has its own
    speed, title, about_memory = body.partition("\n")[2].strip().partition(MEMORY_TITLE)
    return (title + about_memory if memory else speed).strip()


def _report_memory(run: WholeRun, rows: int) -> str:
    tenths = " ".join(f"{size / 1e6:.0f}" for size in run.most_by_tenth())
    return (
        f"{MEMORY_TITLE}\n\n{_command()}\n\n{rows:,} posts, none twice, two processes that judge and one that reads: "
        f"**at most {run.most / 1e6:.0f} MB** together, start and end included "
        f"({'met' if run.most < MEMORY_GOAL else 'missed'}: {MEMORY_GOAL / 1e6:.0f} MB), in {run.cpu_s:,.0f} CPU "
        f"seconds. The most in each tenth of the run: {tenths} MB."
    )


def _report(
    measured: dict[bool, Stages],
    found: list[str],
    args: argparse.Namespace,
    run: WholeRun,
) -> str:
    rows = []
    for stage in (*STAGES, "all"):
        cells = [stage]
        for stages in measured.values():
            spent = sum(stages.seconds.values()) if stage == "all" else stages.seconds[stage]
            cells.append(f"{1e6 * spent / stages.rows:.1f}")
        rows.append(cells)
    stages = measured[True]
    total = sum(stages.seconds.values())
    io = sum(stages.seconds[stage] for stage in IO) / total
    rate = stages.rows / total
    length = sum(map(len, found)) / len(found)
    table = common.table(["stage", "microseconds a post", "with --no-explain"], rows)
    return (
        f"{stages.rows:,} posts of at most {args.longest} characters, {length:.0f} on average, none twice, Parquet to "
        f"Parquet, classifier {args.classifier}, policy default.\n\n{table}\n\n"
        f"- `rows_per_core_second`: **{rate:,.0f}**; on two cores {2 * rate:,.0f} posts a second "
        f"({'met' if 2 * rate >= GOAL else 'missed'}: {GOAL:,.0f})\n"
        f"- reading and writing: {io:.1%} of the time ({'met' if io < IO_GOAL else 'missed'}: under {IO_GOAL:.0%})\n"
        f"- the whole command, with two processes and their start: {run.cpu_s:.1f} CPU seconds, "
        f"{1e6 * run.cpu_s / stages.rows:.0f} microseconds a post; at most {run.most / 1e6:.0f} MB together"
    )


def _with_one_thread() -> None:
    """Start again with one thread for arithmetic, as the command's own processes have: numpy asks when it is loaded."""
    before = dict(os.environ)
    with one_thread_each():
        if dict(os.environ) != before:
            command = [sys.executable, "-m", "benchmarks.batch", *sys.argv[1:]]
            os.execv(sys.executable, command)  # noqa: S606 - the same program with the same words


if __name__ == "__main__":
    _with_one_thread()
    sys.exit(main())
