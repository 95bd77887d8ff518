"""What the command line and the core may not drag in."""

import json
import resource
import subprocess
import sys

import pytest

from service.cli.main import COMMANDS
from tests.docs.project import ROOT

HEAVY = {"torch", "transformers", "ctranslate2", "fastapi", "starlette", "uvicorn", "numpy", "rich"}


def loaded_by(statement: str) -> set[str]:
    """Top-level names of all modules that a statement imports, in a fresh interpreter."""
    code = f"{statement}\nimport json, sys\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True
    )
    return {name.split(".")[0] for name in json.loads(done.stdout)}


def test_imports_command_line_loads_nothing_heavy() -> None:
    assert not loaded_by("import service.cli.main") & (HEAVY | {"pydantic", "asyncio"})


@pytest.mark.parametrize("command", COMMANDS)
def test_imports_command_modules_load_nothing_heavy(command: str) -> None:
    assert not loaded_by(f"import service.cli.{command.replace('-', '_')}") & HEAVY


@pytest.mark.parametrize(
    "module", ["service.domain", "service.errors", "service.settings", "models.interfaces"]
)
def test_imports_seams_load_nothing_heavy(module: str) -> None:
    assert not loaded_by(f"import {module}") & HEAVY


def test_imports_service_needs_no_torch() -> None:
    assert not loaded_by("import service.app, service.runtime") & {"torch", "transformers"}


def test_imports_help_takes_under_300_ms() -> None:
    """Seconds of CPU, the best of five, with a third of the time left for the disk: on a busy machine the clock on the
    wall tells how busy it is."""
    best = 10.0
    for _ in range(5):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(
            [sys.executable, "-m", "service.cli.main", "--help"],
            cwd=ROOT, check=True, capture_output=True,
        )  # fmt: skip
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        best = min(best, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    assert best < 0.2
