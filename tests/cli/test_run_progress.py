"""Progress of a run on stderr, and the table at its end."""

import re

import pytest

from service.batch.chunks import ChunkStats
from service.batch.summary import summarise
from service.cli import run_progress
from service.cli.run_progress import RunProgress, print_summary

FIRST = ChunkStats(0, 1000, 1000, actions={"en": {"allow": 900, "review": 90}, "zh": {"block": 10}})
SECOND = ChunkStats(1, 1000, 1000, actions={"en": {"allow": 1000}})


@pytest.fixture
def always(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_progress, "_LINE_EVERY_S", 0.0)


@pytest.mark.usefixtures("always")
def test_run_progress_lines_where_nobody_watches(capsys: pytest.CaptureFixture[str]) -> None:
    with RunProgress(watched=False) as progress:
        progress.begin(4000)
        progress.chunk(FIRST, 0.25, fresh=True)
        progress.chunk(SECOND, 0.5, fresh=True)
    first, second = capsys.readouterr().err.splitlines()
    pattern = r"magpie: 1,000 rows \(25\.0 %\), [\d,]+/s, \d:\d\d:\d\d left  allow 900  block 10  review 90"
    assert re.fullmatch(pattern, first)
    assert second.startswith("magpie: 2,000 rows (50.0 %)")


@pytest.mark.usefixtures("always")
def test_run_progress_what_an_earlier_run_did_is_counted_and_not_timed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with RunProgress(watched=False) as progress:
        progress.begin(None)
        progress.chunk(FIRST, 0.5, fresh=False)
        assert capsys.readouterr().err == ""
        progress.chunk(SECOND, 0.0, fresh=True)
    assert "2,000 rows (at work)" in capsys.readouterr().err


def test_run_progress_is_silent_when_told_and_between_lines(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for quiet, watched in ((True, True), (True, False), (False, False)):
        with RunProgress(quiet=quiet, watched=watched) as progress:
            progress.begin(10)
            progress.chunk(FIRST, 0.5, fresh=True)
    assert capsys.readouterr().err == ""


def test_run_progress_bar_where_somebody_watches(capsys: pytest.CaptureFixture[str]) -> None:
    with RunProgress(watched=True) as progress:
        progress.begin(4000)
        progress.chunk(FIRST, 0.25, fresh=True)
    shown = capsys.readouterr().err
    assert "1,000 rows" in shown
    assert "25%" in shown


def test_run_progress_table(capsys: pytest.CaptureFixture[str]) -> None:
    stats = ChunkStats(
        0, 1005, 1000, 2, {"invalid_json": 3}, {"rules": {"threat": 40}, "warnings": {"classifier_failed": 1}},
        FIRST.actions,
    )  # fmt: skip
    print_summary(
        summarise(
            [stats], identity={}, seconds=2.0, duplicate_ids=4, output="o", errors="o.errors.jsonl"
        )
    )
    shown = re.sub(" +", " ", capsys.readouterr().err)
    for line in (
        "1,005 rows read, 502 a second", "2 did not meet --where", "900 allow (90.0%): en 900",
        "10 block (1.0%): zh 10",
        "40 rule threat", "1 warning classifier_failed", "3 left out: invalid_json", "4 rows have an id",
        "written: o; rows that were left out: o.errors.jsonl",
    ):  # fmt: skip
        assert line in shown
