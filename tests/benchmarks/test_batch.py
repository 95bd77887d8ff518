"""The page about runs over files: its two halves are measured apart, and neither loses the other."""

from pathlib import Path

import pytest

from benchmarks import batch, common
from benchmarks.batch import WholeRun


def test_batch_a_run_by_tenths() -> None:
    run = WholeRun(1.0, 20.0, [(0.0, 1.0), (1.9, 3.0), (2.0, 2.0), (19.9, 5.0), (20.0, 4.0)])
    assert run.most == 5.0
    assert run.most_by_tenth() == [3.0, 2.0, 0, 0, 0, 0, 0, 0, 0, 5.0]


def test_batch_the_other_half_of_the_page_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(common, "RESULTS", tmp_path)
    memory = batch._report_memory(WholeRun(9.0, 20.0, [(0.0, 5e8)]), 5_000_000)
    batch._write("speed one", "")
    batch._write(batch._kept(memory=False), memory)
    batch._write("speed two\n\n## Where\n\nlast", batch._kept(memory=True))
    page = (tmp_path / "batch.md").read_text("utf-8")
    assert "speed one" not in page
    assert page.count("## Memory") == page.count("5,000,000 posts") == 1
    assert page.index("speed two") < page.index("last") < page.index("## Memory")
    assert "at most 500 MB** together" in page
    batch._write(batch._kept(memory=False), memory)
    assert (tmp_path / "batch.md").read_text("utf-8") == page
