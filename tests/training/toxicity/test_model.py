"""Choosing n-grams, training, calibration, export and evaluation, on a corpus of harmless words."""

import json
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from models.classification.compact import CompactClassifier
from models.classification.features import Folding, extract_en
from models.manifest import load_manifest
from models.training.__main__ import main
from models.training.toxicity.average import average
from models.training.toxicity.calibrate import calibrate, expected_error, platt, reliability
from models.training.toxicity.evaluate import Report, auc, evaluate
from models.training.toxicity.export import quantise, write
from models.training.toxicity.fit import HEADS, Recipe, Weights, choose, fit
from models.training.toxicity.rows import Row
from models.training.toxicity.tables import to_markdown
from tests.training.toxicity.conftest import random_half, rows

needs_numba = pytest.mark.skipif(find_spec("numba") is None, reason="needs the torch extra")


def test_chooses_the_words_that_tell(table: Folding) -> None:
    texts = ["rotten tea", "lovely tea", "rotten bread", "lovely bread"] * 5
    goals = np.array([[1.0], [0.0], [1.0], [0.0]] * 5, dtype=np.float32)
    keys = choose(extract_en(texts, table), goals, np.ones_like(goals), 30, 4)
    rotten = set(extract_en(["rotten"], table).items.tolist())
    tea = set(extract_en(["tea"], table).items.tolist())
    assert rotten & set(keys.tolist())
    assert not tea & set(keys.tolist())


@needs_numba
@pytest.mark.slow
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_learns(table: Folding, lang: str, tmp_path: Path) -> None:
    recipe = Recipe(features=2_000, deep=4, hidden=8, epochs=6)
    weights = fit(rows(), lang, table, recipe)
    weights.save(tmp_path / "half.npz")
    again = Weights.load(tmp_path / "half.npz")
    calibration = {lang: dict.fromkeys(HEADS[lang], (1.0, 0.0))}
    write({lang: again}, calibration, tmp_path / "model", "tiny")
    classifier = CompactClassifier(tmp_path / "model")
    test = [row for row in rows(seed=5) if row.lang == lang]
    scores = classifier.classify([row.text for row in test], [lang] * len(test))
    labels = np.array([row.toxic for row in test])
    assert auc(labels, np.array([score[0] or 0.0 for score in scores])) > 0.95


def test_quantised_columns_are_close() -> None:
    values = np.random.default_rng(1).normal(0, [1.0, 0.01], (500, 2)).astype(np.float32)
    packed, scale = quantise(values)
    assert packed.dtype == np.int8
    assert np.abs(packed * scale - values).max(0) == pytest.approx(scale / 2, rel=0.1)


def test_platt_finds_the_curve() -> None:
    rng = np.random.default_rng(2)
    logits = rng.normal(0, 2, 20_000)
    labels = (rng.random(20_000) < 1 / (1 + np.exp(-(0.5 * logits - 1)))).astype(float)
    slope, intercept = platt(logits, labels, np.ones(20_000))
    assert slope == pytest.approx(0.5, abs=0.05)
    assert intercept == pytest.approx(-1, abs=0.1)


def test_calibration_leaves_a_head_without_labels() -> None:
    sets = {"some.en": [row for row in rows(600) if row.lang == "en"]}

    def logits(texts: Sequence[str]) -> np.ndarray:
        return np.array([[("rotten" in t or "awful" in t) * 4.0 - 2, 0.5, 0.0] for t in texts])

    found = calibrate(sets, ["toxicity", "insult", "identity_attack"], logits)
    assert found["insult"] == (1.0, 0.0, 0.0)
    assert found["toxicity"][0] > 1.0


def test_reliability() -> None:
    curve = reliability([0.05, 0.05, 0.95, 1.0], [0, 1, 1, 1])
    assert [count for _, _, count in curve] == [2, 2]
    assert expected_error(curve) == pytest.approx((0.45 * 2 + 0.025 * 2) / 4)
    assert expected_error([]) == 0.0


def test_auc_counts_ties_half() -> None:
    assert auc(np.array([0, 1, 0, 1]), np.array([0.1, 0.9, 0.5, 0.5])) == pytest.approx(0.875)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    halves = {lang: random_half(lang) for lang in ("en", "zh")}
    calibration = {lang: dict.fromkeys(HEADS[lang], (1.0, 0.0)) for lang in halves}
    write(halves, calibration, tmp_path / "model", "tiny")
    return tmp_path / "model"


def test_report_holds_every_table(model: Path, tmp_path: Path) -> None:
    en = [row for row in rows(200) if row.lang == "en"]
    zh = [
        Row(r.text, "zh", r.toxic, r.labels, "t", "gold", {"perturb": ("base", "homo")[i % 2]})
        for i, r in enumerate(r for r in rows(200) if r.lang == "zh")
    ]
    clean = [Row(f"tea {i}", "en", 0, {}, "clean", "weak") for i in range(100)]
    hatecheck = [
        Row(r.text, "en", r.toxic, r.labels, "t", "gold", {"functionality": "plain_nh"}) for r in en
    ]
    harm = [
        Row(r.text, "zh", r.toxic, {"spam": 1 - r.toxic}, "t", "gold", {"harm": str(i % 2)})
        for i, r in enumerate(zh)
    ]
    sets = {"a.en": en, "clean_b.en": clean, "toxicloakcn.zh": zh, "hatecheck.en": hatecheck}
    sets["harm.zh"] = harm
    report = evaluate(CompactClassifier(model), sets)
    assert next(s for s in report.sets if s.name == "clean_b.en").flagged <= 0.01
    assert set(report.cloaked) == {"base", "homo"}
    assert report.harm["harm.zh"][:2] == (len(harm) // 2, len(harm) - len(harm) // 2)
    assert all(0.0 < number < 1.0 for number in report.harm["harm.zh"][2:])
    report.save(tmp_path / "report.json")
    assert Report.load(tmp_path / "report.json").sets == report.sets
    text = to_markdown(report)
    for word in ("hatecheck.en", "## Calibration", "plain_nh", "gay people", "同性恋"):
        assert word in text


def test_command_line_evaluates(model: Path, tmp_path: Path) -> None:
    dev = tmp_path / "dev"
    dev.mkdir()
    raw = [
        {"text": r.text, "lang": "en", "toxic": r.toxic, "labels": dict(r.labels), "source": "a"}
        for r in rows(100)
        if r.lang == "en"
    ]
    (dev / "set.en.jsonl").write_text("\n".join(map(json.dumps, raw)) + "\n", "utf-8")
    output = tmp_path / "evaluation.md"
    assert main(["toxicity", "evaluate", str(model), str(dev), "--output", str(output)]) == 0
    assert "set.en" in output.read_text("utf-8")


def test_command_line_joins_models(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    manifest = tmp_path / "manifest.toml"
    manifest.write_text("", "utf-8")
    monkeypatch.setattr("models.training.toxicity.steps.BUNDLED_MANIFEST", manifest)
    output = tmp_path / "joined"
    command = ["toxicity", "join", str(model), str(model), "--lang", "zh", "--alone", "spam"]
    assert main([*command, "--id", "joined", "--output", str(output)]) == 0
    assert "joined" in capsys.readouterr().out
    assert load_manifest(manifest).get("joined") is not None
    assert CompactClassifier(output).info.id == "tiny"


def test_command_line_says_what_is_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["toxicity", "calibrate", str(tmp_path), str(tmp_path)]) == 1
    assert "no weights" in capsys.readouterr().err


def test_average_is_the_mean_but_for_one_head() -> None:
    one, two = random_half("en"), random_half("en")
    two.table = one.table + 2
    mean = average([one, two], "en", [1, 1], [1, 0])
    hate = HEADS["en"].index("identity_attack")
    assert mean.table[:, 0] == pytest.approx(one.table[:, 0] + 1, abs=1e-5)
    assert mean.table[:, hate] == pytest.approx(one.table[:, hate], abs=1e-5)
    with pytest.raises(ValueError, match="share"):
        average([one, two], "en", [1])
    two.keys = two.keys + np.uint32(1)
    with pytest.raises(ValueError, match="n-grams"):
        average([one, two], "en", [1, 1])
