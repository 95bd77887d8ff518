"""What a run leaves out to take less memory, and that nobody else misses it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from service.batch.memory import lean_reader, one_thread_each
from service.batch.plans import make_plan
from tests.batch.making import POSTS, make_job, write_input
from tests.docs.project import ROOT

WORKER = """
import sys
from pathlib import Path
from service.batch.memory import slim_down
from service.batch.plans import make_plan
from tests.batch.making import make_job

slim_down(make_plan(make_job(sys.argv[1], sys.argv[2])).recipe)
import pyarrow as pa

print(pa.default_memory_pool().backend_name, pa.array(["a", None]).to_pylist(), "pandas" in sys.modules)
"""


def test_memory_other_processes_compute_with_one_thread_unless_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    before = dict(os.environ)
    with one_thread_each():
        assert (os.environ["OPENBLAS_NUM_THREADS"], os.environ["OMP_NUM_THREADS"]) == ("1", "3")
    assert dict(os.environ) == before


def test_memory_the_allocator_of_arrow_comes_back(tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow")
    before = pa.default_memory_pool().backend_name
    source = write_input(tmp_path, "in.parquet", POSTS)
    plan = make_plan(make_job(source, tmp_path / "out.jsonl"))
    with lean_reader(plan.recipe):
        assert pa.default_memory_pool().backend_name == "system"
    assert pa.default_memory_pool().backend_name == before
    source = write_input(tmp_path, "in.csv", POSTS)
    plan = make_plan(make_job(source, tmp_path / "out.jsonl"))
    with lean_reader(plan.recipe):
        assert pa.default_memory_pool().backend_name == before


@pytest.mark.slow
def test_memory_a_worker_does_without_pandas(tmp_path: Path) -> None:
    source = write_input(tmp_path, "in.parquet", POSTS)
    done = subprocess.run(
        [sys.executable, "-c", WORKER, str(source), str(tmp_path / "out.parquet")],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout == "system ['a', None] False\n"
