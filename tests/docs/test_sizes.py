"""Files stay small, and say nothing about the machine they were written on."""

import re
from pathlib import Path

import pytest

from tests.docs.project import ROOT, files

MAX_LINES = 400

# Assembled, so that this file does not match itself.
_MACHINE_PATHS = re.compile(
    "|".join(f"/{name}/" for name in ("work", "root", r"home/[a-z]", "Users"))
)
_TEXT = {".py", ".md", ".toml", ".sh", ".yaml", ".yml", ".js", ".css", ".html", ".txt", ".json", ""}

PYTHON = [path for path in files() if path.suffix == ".py"]


@pytest.mark.parametrize("path", PYTHON, ids=lambda path: str(path.relative_to(ROOT)))
def test_sizes_no_python_file_is_over_400_lines(path: Path) -> None:
    lines = path.read_text("utf-8").count("\n")
    assert lines <= MAX_LINES


@pytest.mark.parametrize("path", PYTHON, ids=lambda path: str(path.relative_to(ROOT)))
def test_sizes_each_module_says_what_it_is_for(path: Path) -> None:
    text = path.read_text("utf-8")
    assert not text.strip() or text.startswith(('"""', 'r"""', "#!"))


def test_sizes_nothing_names_a_path_of_one_machine() -> None:
    found = {
        f"{path.relative_to(ROOT)}: {match.group()}"
        for path in files()
        if path.suffix in _TEXT and path.stat().st_size < 1_000_000
        for match in _MACHINE_PATHS.finditer(path.read_text("utf-8"))
    }
    assert not found
