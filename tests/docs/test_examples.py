"""The scripts in examples/ run."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.project import ROOT
from tests.serving import environment

EXAMPLES = sorted((ROOT / "examples").glob("*.py"))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_examples_run(path: Path) -> None:
    env = environment(classifier="fake", engine="fake") | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, str(path)], env=env, capture_output=True, text=True, timeout=100
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout
