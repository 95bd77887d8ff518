"""The functional checks through the whole pipeline, on the deterministic engine."""

import json
from pathlib import Path

import pytest

from benchmarks import common, functional
from models.fakes import FakeEngine
from models.training.functional import Check, run_checks
from service.pipeline.drivers import LocalTranslator


def test_functional_pipeline_keeps_what_it_protects() -> None:
    answer = functional.through(LocalTranslator(FakeEngine(), beam_size=1))
    found = {check.name: check for check in run_checks(answer)}
    assert set(found) == set(functional.GOALS)
    for name in ("placeholders kept", "numbers kept", "emoji kept"):
        assert functional.met(found[name]), found[name].failures


def test_functional_page_shows_both_and_the_failures() -> None:
    name = "emoji kept"
    alone, whole = Check(name, 50, 100, ("a => b",)), Check(name, 99, 100, ("c => d",))
    text = functional.page([alone], [whole])
    assert "| emoji kept | 100 | 50 (50%) | 99 (99%) | 99% | yes |" in text
    assert "`a => b`" in text
    assert text.index("c => d") < text.index("a => b")
    assert not functional.met(alone)


def test_functional_writes_table_and_json(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(common, "RESULTS", tmp_path)
    monkeypatch.setenv("MAGPIE_ENGINE", "fake")
    out = tmp_path / "checks.json"
    assert functional.main(["--json", str(out)]) in (0, 1)
    assert "| check | texts | engine | pipeline |" in (tmp_path / "functional.md").read_text(
        "utf-8"
    )
    assert set(json.loads(out.read_text("utf-8"))) == {"engine", "pipeline"}
    assert "Functional checks" in capsys.readouterr().out
