"""The command as a whole: dispatch, exit codes, and how it ends when something is wrong."""

import subprocess
import sys
from pathlib import Path

import pytest

from service import __version__
from service.cli.main import COMMANDS, main
from tests.serving import ROOT, environment

MAGPIE = [sys.executable, "-m", "service.cli.main"]


def magpie(
    *words: str, text: bytes = b"", **settings: object
) -> subprocess.CompletedProcess[bytes]:
    env = environment(**{"engine": "fake", **settings})
    return subprocess.run(
        [*MAGPIE, *words], cwd=ROOT, env=env, input=text, capture_output=True, timeout=60
    )


def ended(*words: str) -> int:
    with pytest.raises(SystemExit) as caught:
        main(words)
    assert isinstance(caught.value.code, int)
    return caught.value.code


def test_main_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert ended("--help") == 0
    out = capsys.readouterr().out
    assert all(f"\n    {name}" in out for name in COMMANDS)


def test_main_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert ended("--version") == 0
    assert capsys.readouterr().out == f"magpie {__version__}\n"


@pytest.mark.parametrize("words", [[], ["sing"], ["detect", "--loud"], ["translate", "hello"]])
def test_main_wrong_usage_is_exit_code_2(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert ended(*words) == 2
    assert "usage: magpie" in capsys.readouterr().err


def test_main_a_command_that_cannot_go_on_says_so_in_one_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["detect", "-f", "no-such-file"]) == 2
    captured = capsys.readouterr()
    assert captured.err.startswith("magpie detect: cannot read the file: ")
    assert captured.err.count("\n") == 1


def test_main_module_runs_as_a_command() -> None:
    done = magpie("detect", "你好")
    assert (done.returncode, done.stderr) == (0, b"")


def test_main_reader_that_goes_away_ends_it_quietly(tmp_path: Path) -> None:
    path = tmp_path / "long.txt"
    path.write_text("hello there, everyone\n" * 50_000)
    command = f"({' '.join(MAGPIE)} detect -f {path}; echo $? >&2) | head -n 1"
    done = subprocess.run(
        ["sh", "-c", command], cwd=ROOT, env=environment(), capture_output=True, timeout=60
    )
    out, err = done.stdout, done.stderr
    assert out.startswith(b"en\t")
    assert err == b"141\n"


def test_main_interrupt_ends_it_without_a_traceback() -> None:
    code = (
        "import sys, service.cli.detect as d\n"
        "def run(args): raise KeyboardInterrupt\n"
        "d.run = run\n"
        "from service.cli.main import main; sys.exit(main(['detect']))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True)
    assert (done.returncode, done.stderr) == (130, b"")
