"""Linear models in the wide part: which rows teach them, that they learn, and that the sum is exact."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from models.classification.features import Folding, Vocabulary
from models.training.__main__ import main
from models.training.toxicity import corpus, linear
from models.training.toxicity.evaluate import auc
from models.training.toxicity.fit import HEADS, Weights, choose, hashes_of, logits_of
from models.training.toxicity.linear import GENERAL, SEXISM, goal, widen
from models.training.toxicity.rows import Row
from tests.training.toxicity.conftest import random_half, rows

needs_numba = pytest.mark.skipif(find_spec("numba") is None, reason="needs the torch extra")


@pytest.mark.parametrize(
    ("row", "head", "expected"),
    [
        (Row("t", "zh", 1, {"toxicity": 1}, "cold"), "toxicity", (1.0, 1.0)),
        (Row("t", "zh", 0, {}, "zh_reviews", "weak"), "toxicity", (0.0, 1.0)),
        (Row("t", "zh", 0, {"spam": 1}, "sos_suicide", "aux"), "toxicity", (0.0, 1.0)),
        (Row("t", "zh", 0, {"sexism": 0}, "swsr", "weak"), "identity_attack", (0.0, 2.0)),
        (Row("t", "zh", 1, {"toxicity": 1}, "cold"), "identity_attack", (0.0, 0.0)),
        (Row("t", "zh", 0, {}, "zh_reviews", "weak"), "spam", (0.0, 0.3)),
    ],
)
def test_ordinary_posts_are_plain_negatives(
    row: Row, head: str, expected: tuple[float, float]
) -> None:
    value, weight = goal(row, head)
    if head == "spam":
        assert weight > 0.0
    else:
        assert (value, weight) == expected


def test_rows_that_no_person_labelled_are_left_out() -> None:
    assert not GENERAL.holds(Row("t", "zh", 1, {"toxicity": 1}, "proj-open-msctd"))
    assert GENERAL.holds(Row("t", "zh", 1, {"toxicity": 1}, "cold"))
    assert not SEXISM.holds(Row("t", "zh", 1, {"toxicity": 1}, "cold"))


def _half(table: Folding) -> Weights:
    """A half that knows the words of the small corpus and says nothing yet."""
    mine = [row for row in rows() if row.lang == "zh"]
    bags = hashes_of([row.text for row in mine], "zh", table)
    goals = np.array([[row.toxic] for row in mine], dtype=np.float32)
    half = random_half("zh")
    keys = choose(bags, goals, np.ones_like(goals), 400, 4)
    columns = half.table.shape[1]
    return Weights(
        keys, np.zeros((len(keys), columns), np.float32), half.w1, half.b1,
        np.zeros_like(half.w2), half.b2,
    )  # fmt: skip


@needs_numba
def test_a_linear_model_learns(table: Folding) -> None:
    half = _half(table)
    wide = widen(half, rows(), "zh", table, {"toxicity": [(GENERAL, 1.0)]})
    test = [row for row in rows(seed=5) if row.lang == "zh"]
    bags = Vocabulary(half.keys).look_up(hashes_of([row.text for row in test], "zh", table))
    found = logits_of(wide, bags)
    labels = np.array([row.toxic for row in test])
    assert auc(labels, found[:, 0].astype(np.float64)) > 0.95
    other = HEADS["zh"].index("insult")
    assert np.array_equal(found[:, other], logits_of(half, bags)[:, other])


@needs_numba
def test_the_sum_is_exact(table: Folding) -> None:
    half = _half(table)
    half.table[:] = np.random.default_rng(1).normal(0, 1, half.table.shape)
    one = widen(half, rows(), "zh", table, {"toxicity": [(GENERAL, 1.0)]})
    two = widen(half, rows(), "zh", table, {"toxicity": [(GENERAL, 0.5), (GENERAL, 1.5)]}, 0.5)
    bags = Vocabulary(half.keys).look_up(hashes_of(["茶糟糕", "可爱的花园"], "zh", table))
    before, once, twice = (logits_of(each, bags) for each in (half, one, two))
    insult = HEADS["zh"].index("insult")
    expected = before[:, 0] + 0.5 * before[:, insult] + 2 * (once[:, 0] - before[:, 0])
    assert twice[:, 0] == pytest.approx(expected, rel=1e-4, abs=1e-4)


@needs_numba
def test_the_optimum_is_that_of_logistic_regression(table: Folding) -> None:
    """At the optimum the gradient of the penalised loss is zero."""
    half = _half(table)
    mine = [row for row in rows() if row.lang == "zh"]
    bags = Vocabulary(half.keys).look_up(hashes_of([r.text for r in mine], "zh", table))
    goals = np.array([row.toxic for row in mine], dtype=np.float32)
    weights = np.ones_like(goals)
    found, bias = linear.fit_linear(bags, goals, weights, len(half.keys), GENERAL)
    counts = bags.counts()
    owners = np.repeat(np.arange(len(counts)), counts)
    values = np.zeros((len(mine), len(half.keys)))
    np.add.at(values, (owners, bags.items), 1 / np.sqrt(counts)[owners])
    p = 1 / (1 + np.exp(-(values @ found + bias)))
    assert bias == pytest.approx(float(GENERAL.cost * (goals - p).sum()), abs=0.05)


@needs_numba
def test_command_line_widens(table: Folding, tmp_path: Path) -> None:
    half = _half(table)
    half.save(tmp_path / "one" / "zh.npz")
    corpus.save(rows(), tmp_path / "zh.jsonl.xz")
    command = ["toxicity", "widen", str(tmp_path / "zh.jsonl.xz"), str(tmp_path / "one")]
    options = ["--lang", "zh", "--output", str(tmp_path / "run"), "--general", "1.5"]
    assert main([*command, *options]) == 0
    wide = Weights.load(tmp_path / "run" / "zh.npz")
    expected = widen(half, rows(), "zh", table, {"toxicity": [(GENERAL, 1.5)]})
    assert wide.table == pytest.approx(expected.table)
    assert not np.array_equal(wide.table, half.table)
