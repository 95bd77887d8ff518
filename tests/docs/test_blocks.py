"""The commands that README.md and the guides show are run, and answer in the shape that is shown.

A block is `sh` (commands only) or `console` (commands after `$ `, and what they print). Commands run in order in one
folder, against a service on the fake engine, so it is the shape of an answer that is compared and not its words.
"""

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.docs.project import ROOT, blocks, documents
from tests.serving import Served, environment, serving

# Tested elsewhere (scripts and images by tests/packaging, pulling by the tests of models) or not ours to test.
NOT_RUN = (
    "./scripts/", "git ", "cd ", "docker ", "python3 -m venv", ".venv/bin/pip ", "pip ", "sudo ", "apt-get ",
    "magpie serve", "magpie models pull", "magpie models convert", "export ", "python -m models.",
    ".venv/bin/python -m models.", "python benchmarks/", ".venv/bin/python benchmarks/",
    ".venv/bin/python -m benchmarks.",
)  # fmt: skip
RUN = ("curl ", "magpie ", "echo ", "printf ", "cat ")

SHELL = {"sh", "bash", "shell", "console"}
GUIDES = [
    path for path in documents() if path == ROOT / "README.md" or path.parent == ROOT / "docs"
]


def commands(path: Path) -> Iterator[tuple[str, str]]:
    """Each command of a document with the output that is shown under it (empty for `sh` blocks)."""
    for block in blocks(path):
        if block.language not in SHELL:
            continue
        text = block.text.replace("\\\n", " ")
        text = text.replace(".venv/bin/magpie ", "magpie ")
        if block.language == "console":
            for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
                command, _, output = part.partition("\n")
                yield command, output.strip()
        else:
            lines = [line.split("  #")[0].strip() for line in text.splitlines()]
            yield from ((line, "") for line in lines if line and not line.startswith("#"))


def program(command: str) -> str:
    """A command without the variables that are set in front of it."""
    return re.sub(r"^([A-Z_]+=\S* +)+", "", command)


def assert_within(shown: Any, answered: Any) -> None:
    """Every key that a document shows is answered; a document may leave keys out. Lists go by their first element."""
    if isinstance(shown, dict):
        assert isinstance(answered, dict)
        for key, inner in shown.items():
            assert key in answered, f"{key} is shown, but not answered"
            assert_within(inner, answered[key])
    elif isinstance(shown, list) and isinstance(answered, list) and shown and answered:
        assert_within(shown[0], answered[0])


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("blocks")) as running:
        yield running


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where commands run; `magpie` is this checkout's, and the files that examples read are there."""
    made = tmp_path_factory.mktemp("shell")
    (made / "posts.txt").write_text("Good morning!\n今天天气真好。\n", "utf-8")
    (made / "page.html").write_text("<p>Good <b>morning</b>!</p>\n", "utf-8")
    tool = made / "bin" / "magpie"
    tool.parent.mkdir()
    tool.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m service.cli.main "$@"\n')
    tool.chmod(0o755)
    return made


@pytest.mark.parametrize("path", GUIDES, ids=lambda path: path.name)
def test_blocks_are_commands_that_somebody_tests(path: Path) -> None:
    unknown = [line for line, _ in commands(path) if not program(line).startswith((*RUN, *NOT_RUN))]
    assert unknown == [], "neither run here nor listed as tested elsewhere"


@pytest.mark.parametrize("path", GUIDES, ids=lambda path: path.name)
def test_blocks_run_and_answer_as_shown(path: Path, served: Served, folder: Path) -> None:
    env = environment(engine="fake", classifier="fake")
    env["PATH"] = f"{folder / 'bin'}:{env['PATH']}"
    env["PYTHONPATH"] = str(ROOT)
    for command, shown in commands(path):
        if program(command).startswith(NOT_RUN):
            continue
        local = re.sub(r"http://(127\.0\.0\.1|localhost):8000", served.url, command)
        done = subprocess.run(
            ["sh", "-c", local], cwd=folder, env=env, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0, f"{command}\n{done.stderr[-1000:]}"
        if shown.startswith(("{", "[")):
            assert_within(json.loads(shown), json.loads(done.stdout))
