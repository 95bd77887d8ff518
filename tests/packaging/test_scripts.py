"""The scripts are plain sh, say what is missing, and lose no time on a machine that is set up."""

import os
import re
import shutil
import stat
import subprocess
import time
from pathlib import Path

import pytest

from tests.packaging.dockerfile import ROOT

SCRIPTS = sorted((ROOT / "scripts").iterdir())
ALL = [*SCRIPTS, ROOT / ".ci" / "run"]


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.name)
def test_scripts_are_plain_sh(path: Path) -> None:
    text = path.read_text("utf-8")
    assert text.startswith("#!/bin/sh\n# ")
    assert "set -eu" in text
    assert path.stat().st_mode & stat.S_IXUSR
    subprocess.run(["sh", "-n", str(path)], check=True)


@pytest.mark.skipif(not shutil.which("shellcheck"), reason="shellcheck is not installed")
@pytest.mark.parametrize("path", ALL, ids=lambda path: path.name)
def test_scripts_pass_shellcheck(path: Path) -> None:
    done = subprocess.run(["shellcheck", str(path)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.name)
def test_scripts_run_from_any_folder(path: Path) -> None:
    assert 'cd "$(dirname "$0")' in path.read_text("utf-8")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout that holds just what scripts/setup looks at."""
    made = tmp_path / "checkout"
    (made / "scripts").mkdir(parents=True)
    for name in ("pyproject.toml", "constraints.txt", "scripts/setup", "scripts/serve"):
        shutil.copy(ROOT / name, made / name)
    return made


def run(checkout: Path, script: str, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(checkout / "scripts" / script), *words],
        env={**os.environ, **env}, capture_output=True, text=True, timeout=60,
    )  # fmt: skip


def tools(folder: Path, *names: str) -> str:
    """A PATH with these commands only."""
    folder.mkdir()
    for name in names:
        found = shutil.which(name)
        assert found, name
        (folder / name).symlink_to(found)
    return str(folder)


def fake_venv(checkout: Path) -> None:
    """A virtual environment whose programs only say how they were called."""
    programs = checkout / ".venv" / "bin"
    programs.mkdir(parents=True)
    for name in ("python", "magpie"):
        (programs / name).write_text(f'#!/bin/sh\necho "{name} $*"\n')
        (programs / name).chmod(0o755)


def test_scripts_setup_says_which_python_is_missing(checkout: Path, tmp_path: Path) -> None:
    path = tools(tmp_path / "bin", "sh", "dirname", "cat", "cksum")
    done = run(checkout, "setup", "base", PATH=path)
    assert done.returncode == 1
    assert "Python 3.11 or newer" in done.stderr
    assert not (checkout / ".venv").exists()


def test_scripts_setup_refuses_an_old_python(checkout: Path, tmp_path: Path) -> None:
    path = tools(tmp_path / "bin", "sh", "dirname", "cat", "cksum")
    old = tmp_path / "bin" / "python3"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    assert run(checkout, "setup", "base", PATH=path).returncode == 1


def test_scripts_setup_knows_its_levels(checkout: Path) -> None:
    done = run(checkout, "setup", "everything")
    assert done.returncode == 2
    assert "base|dev" in done.stderr


def test_scripts_setup_installs_once_and_again_after_a_change(checkout: Path) -> None:
    fake_venv(checkout)
    assert "install" in run(checkout, "setup", "base").stdout
    assert run(checkout, "setup", "base").stdout == ""
    with (checkout / "constraints.txt").open("a") as constraints:
        constraints.write("# changed\n")
    assert "install" in run(checkout, "setup", "base").stdout


def test_scripts_setup_of_developers_holds_the_base(checkout: Path) -> None:
    fake_venv(checkout)
    assert "-e .[torch,batch,dev]" in run(checkout, "setup", "dev").stdout
    assert run(checkout, "setup", "base").stdout == ""
    assert run(checkout, "setup", "dev").stdout == ""


def test_scripts_setup_again_after_a_move(checkout: Path) -> None:
    fake_venv(checkout)
    run(checkout, "setup", "base")
    moved = checkout.rename(checkout.parent / "moved")
    assert "install" in run(moved, "setup", "base").stdout


def test_scripts_serve_passes_flags_on_and_loses_no_time(checkout: Path) -> None:
    fake_venv(checkout)
    run(checkout, "setup", "base")
    began = time.perf_counter()
    done = run(checkout, "serve", "--port", "8001")
    assert done.stdout == "magpie serve --port 8001\n"
    assert time.perf_counter() - began < 1


@pytest.fixture
def bare_path(checkout: Path, tmp_path: Path) -> str:
    """A machine that is set up but has no browser, and no apt-get to install one with."""
    shutil.copy(ROOT / "scripts" / "test", checkout / "scripts" / "test")
    (checkout / "scripts" / "check").write_text("#!/bin/sh\necho checked\n")
    (checkout / "scripts" / "check").chmod(0o755)
    fake_venv(checkout)
    return tools(tmp_path / "bin", "sh", "dirname", "cat", "cksum", "rm", "id")


def test_scripts_test_says_loudly_what_it_skips(checkout: Path, bare_path: str) -> None:
    done = run(checkout, "test", "-x", PATH=bare_path, CI="")
    assert done.returncode == 0
    assert "!!! SKIPPED: the browser tests" in done.stderr
    assert "checked" in done.stdout
    assert re.fullmatch(
        r"python -m pytest -n \d+ --dist loadfile -m not browser -x", done.stdout.splitlines()[-1]
    )


def test_scripts_test_skips_nothing_in_continuous_integration(
    checkout: Path, bare_path: str
) -> None:
    done = run(checkout, "test", PATH=bare_path, CI="true")
    assert done.returncode == 1
    assert "chromium" in done.stderr
    assert "pytest" not in done.stdout


def test_scripts_test_runs_everything_where_nothing_is_missing(
    checkout: Path, bare_path: str
) -> None:
    (Path(bare_path) / "chromium").symlink_to("/bin/true")
    done = run(checkout, "test", "tests/cli", PATH=bare_path, CI="true")
    assert done.returncode == 0
    assert "!!!" not in done.stderr
    assert re.fullmatch(
        r"python -m pytest -n \d+ --dist loadfile tests/cli", done.stdout.splitlines()[-1]
    )
