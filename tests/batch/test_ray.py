"""Runs on a local Ray with two actors: what comes out, and what is left after an actor was killed."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from service.batch.columns import Text
from service.batch.errors import UsageProblem
from service.batch.local import run_batch
from service.batch.tasks import Context, Outcome
from tests.batch.making import Shouter, ShoutTask, make_job, read_output, write_input

ray = pytest.importorskip(
    "ray.data", reason='ray is not installed, so --ray is NOT tested (pip install ".[ray]")'
)

from service.batch.ray import RayOptions, run_ray  # noqa: E402 - needs Ray

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


def test_ray_output_is_that_of_the_local_run_and_a_killed_actor_loses_nothing(
    tmp_path: Path, cluster: None
) -> None:
    rows = make_rows(100, r13="explode", r55="exit now", r60="今天 explode")
    source = write_folder(tmp_path / "in", rows)
    whole = write_input(tmp_path, "whole.parquet", rows)
    out, grave = tmp_path / "out", tmp_path / "grave"
    task = MortalTask(grave=str(grave))
    grave.touch()  # nothing dies yet
    local = run_batch(make_job(whole, tmp_path / "local.parquet", task=task, where="likes < 4"))

    found = run_ray(make_job(f"file://{source}", out, task=task, where="likes < 4"), OPTIONS)

    assert local is not None
    assert read_parts(out) == read_output(tmp_path / "local.parquet")
    assert (found.records, found.rows, found.filtered) == (100, local.rows, local.filtered)
    assert found.bad == local.bad == {"failed": 2}
    assert (out / "_SUCCESS").exists()

    before = {path.name: path.read_bytes() for path in out.glob("part-*")}
    untouched = (out / "part-00000.parquet").stat().st_mtime_ns
    for name in ("part-00001", "part-00003", "part-00004"):  # as if they had not been done yet
        (out / "_magpie" / f"{name}.done").unlink()
        (out / f"{name}.parquet").unlink()
    grave.unlink()

    again = make_job(f"file://{source}", out, task=task, where="likes < 4", resume=True)
    found = run_ray(again, OPTIONS)

    assert grave.exists(), "no actor died"
    assert {path.name: path.read_bytes() for path in out.glob("part-*")} == before
    assert (out / "part-00000.parquet").stat().st_mtime_ns == untouched
    assert (found.rows, found.resumed) == (local.rows, len(before) - 3)


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
