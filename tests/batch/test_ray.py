"""Runs on a local Ray with two actors: what comes out, and what is left after an actor was killed."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from service.batch.columns import Text
from service.batch.errors import BatchError, UsageProblem
from service.batch.local import run_batch
from service.batch.partitions import Partition, Target
from service.batch.tasks import Context, Outcome
from tests.batch.making import Shouter, ShoutTask, make_job, read_output, write_input

ray = pytest.importorskip(
    "ray.data", reason='ray is not installed, so --ray is NOT tested (pip install ".[ray]")'
)

from service.batch.ray import PartitionWorker, RayOptions, run_ray  # noqa: E402 - needs Ray

# Ray warns about itself, in its own words and in every version others.
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("default")]

OPTIONS = RayOptions(actors=2, partition_rows=20)


@dataclass(frozen=True)
class MortalTask(ShoutTask):
    """Kills its process at the first text with ``exit``, once; ``grave`` remembers it."""

    grave: str = ""

    def load(self, *, threads: int = 0) -> "Mortal":
        return Mortal(self)


class Mortal(Shouter):
    def run(self, texts: Sequence[Text], contexts: Sequence[Context] | None = None) -> Outcome:
        task = self._task
        assert isinstance(task, MortalTask)
        if any("exit" in text[0] for text in texts):
            if not os.path.exists(task.grave):
                Path(task.grave).touch()
                os._exit(9)
            texts = [(text[0].replace("exit", "EXIT"),) for text in texts]
        return super().run(texts, contexts)


@pytest.fixture(scope="module")
def cluster() -> Iterator[None]:
    import ray as core

    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    core.init(
        num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level="error",
        object_store_memory=80 << 20, _node_ip_address="127.0.0.1",
    )  # fmt: skip
    yield
    core.shutdown()


def make_rows(count: int, **odd: str) -> list[dict[str, Any]]:
    """``count`` posts; ``r7="..."`` is the text of number 7."""
    words = ("早上好", "good morning", "mixed 文字 here")
    return [
        {"id": at, "text": odd.get(f"r{at}", f"{words[at % 3]} {at}"), "likes": at % 5}
        for at in range(count)
    ]


def read_parts(folder: Path) -> list[Mapping[str, Any]]:
    rows = [row for part in sorted(folder.glob("part-*.parquet")) for row in read_output(part)]
    return sorted(rows, key=lambda row: row["id"])


def write_folder(folder: Path, rows: list[dict[str, Any]]) -> Path:
    """Two files with several row groups each."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    folder.mkdir()
    middle = len(rows) // 2
    for name, part in (("a", rows[:middle]), ("b", rows[middle:])):
        pq.write_table(pa.Table.from_pylist(part), folder / f"{name}.parquet", row_group_size=10)
    return folder


def stop_after_two(work: Any, todo: list[Partition], actors: int, progress: Any) -> None:
    worker = PartitionWorker(work.recipe, work.task.load(), Target(work.target))
    for partition in todo[:2]:
        worker.run(partition)
    raise BatchError("the machine was switched off")


def test_ray_goes_on_after_a_stop_loses_nothing_with_an_actor_and_gives_what_a_local_run_gives(
    tmp_path: Path, cluster: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = make_rows(100, r13="explode", r55="exit now", r60="今天 explode")
    source = write_folder(tmp_path / "in", rows)
    whole = write_input(tmp_path, "whole.parquet", rows)
    out, grave = tmp_path / "out", tmp_path / "grave"
    job = make_job(
        f"file://{source}", out, task=MortalTask(grave=str(grave)), where="likes < 4", resume=True
    )
    with monkeypatch.context() as patch:
        patch.setattr("service.batch.ray._run", stop_after_two)
        with pytest.raises(BatchError, match="switched off"):
            run_ray(job, OPTIONS)
    untouched = (out / "part-00001.parquet").stat().st_mtime_ns
    with pytest.raises(UsageProblem, match="--resume continues it"):
        run_ray(replace(job, resume=False), OPTIONS)
    with pytest.raises(UsageProblem, match="the options are others"):
        run_ray(replace(job, prefix="x_"), OPTIONS)

    found = run_ray(job, OPTIONS)
    assert grave.exists(), "no actor died"  # and from here on nobody dies
    local = run_batch(replace(job, inputs=(str(whole),), output=str(tmp_path / "l.parquet")))

    assert local is not None
    assert read_parts(out) == read_output(tmp_path / "l.parquet")
    assert (found.records, found.rows, found.filtered) == (100, local.rows, local.filtered)
    assert found.bad == local.bad == {"failed": 2}
    assert found.resumed == 2
    assert (out / "part-00001.parquet").stat().st_mtime_ns == untouched
    assert (out / "_SUCCESS").exists()


def test_ray_refuses_what_it_cannot_do(tmp_path: Path) -> None:
    source = write_folder(tmp_path / "in", make_rows(10))
    with pytest.raises(UsageProblem, match="--sample"):
        run_ray(make_job(source, tmp_path / "out", sample=3), OPTIONS)
    with pytest.raises(UsageProblem, match="no column body"):
        run_ray(make_job(source, tmp_path / "out", text=("body",)), OPTIONS)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("keep")
    with pytest.raises(UsageProblem, match="not empty"):
        run_ray(make_job(source, tmp_path / "full"), OPTIONS)
