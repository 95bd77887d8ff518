"""The progress bar: there for long input that somebody watches, otherwise not at all."""

import subprocess
import sys

import pytest

from service.cli.progress import ProgressBar


def test_progress_is_silent_where_stderr_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with ProgressBar(1_000_000) as bar:
        bar.advance(500_000)
    assert capsys.readouterr().err == ""


def test_progress_is_silent_for_short_input(capsys: pytest.CaptureFixture[str]) -> None:
    for total in (None, 100):
        with ProgressBar(total, wanted=True) as bar:
            bar.advance(100)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("total", [None, 100_000])
def test_progress_appears_on_stderr_once_input_is_long(
    total: int | None, capsys: pytest.CaptureFixture[str]
) -> None:
    with ProgressBar(total, wanted=True) as bar:
        for _ in range(10):
            bar.advance(10_000)
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "kB" in shown.err


def test_progress_imports_rich_only_when_it_shows() -> None:
    code = (
        "import sys; from service.cli.progress import ProgressBar\n"
        "with ProgressBar(None) as bar: bar.advance(10**9)\n"
        "assert 'rich' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
