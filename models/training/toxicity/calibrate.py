"""Calibration of each head by Platt scaling, and the numbers that say how good it is."""

import zlib
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from models.training.toxicity.rows import Row

__all__ = ["Curve", "calibrate", "expected_error", "half_of", "label_of", "platt", "reliability"]

Floats = NDArray[np.float64]
Curve = list[tuple[float, float, int]]
Logits = Callable[[Sequence[str]], NDArray[np.float32]]  # texts -> [texts, heads]
_STEPS, _RIDGE, _FEWEST = 60, 1e-3, 20
HATE_SHARE = (
    0.2  # of the hate logit in toxicity: more helps sets of hate, and costs on sets of rudeness
)


def half_of(text: str) -> int:
    """0 or 1 by the text's checksum: calibration learns from rows of half 0 and is judged on half 1."""
    return zlib.crc32(text.encode("utf-8", "surrogatepass")) & 1


def label_of(row: Row, head: str, name: str) -> int | None:
    """A development row's label for a head; None where its set says nothing about it.

    Sets of ordinary posts (``clean_...``) are negatives of every head. Low-risk posts of the self-harm sets speak of
    self-harm as well, so they are neither.
    """
    if name.startswith("clean_"):
        return 0
    if head == "self_harm":
        return row.labels.get(head) or None
    if head == "toxicity":
        return row.toxic if row.confidence != "aux" or row.toxic else row.labels.get("toxicity")
    return row.labels.get(head)


def platt(logits: Floats, labels: Floats, weights: Floats) -> tuple[float, float]:
    """Slope and intercept of a weighted logistic regression on the logit (Platt 1999), by Newton steps.

    The slope is at least 0.05, so that a calibrated score keeps the order of the logits.
    """
    design = np.stack([logits, np.ones_like(logits)], axis=1)
    start = np.array([1.0, 0.0])
    theta, share = start.copy(), weights / weights.sum()
    for _ in range(_STEPS):
        p = 1 / (1 + np.exp(-np.clip(design @ theta, -30, 30)))
        gradient = design.T @ (share * (p - labels)) + _RIDGE * (theta - start)
        hessian = (design * (share * p * (1 - p))[:, None]).T @ design + _RIDGE * np.eye(2)
        step = np.linalg.solve(hessian, gradient)
        theta = theta - np.clip(step, -1, 1)
        if float(np.abs(step).max()) < 1e-6:
            break
    return max(float(theta[0]), 0.05), float(theta[1])


def calibrate(
    sets: Mapping[str, Sequence[Row]], heads: Sequence[str], logits: Logits
) -> dict[str, tuple[float, float, float]]:
    """Slope, intercept and share of the hate logit of every head, from half 0 of the sets; each set has the same mass.

    A head without positives or negatives there keeps its logit as it is.
    """
    chosen = [(name, row) for name, rows in sets.items() for row in rows if not half_of(row.text)]
    outputs = logits([row.text for _, row in chosen]).astype(np.float64)
    found = {}
    for column, head in enumerate(heads):
        share = HATE_SHARE if head == "toxicity" else 0.0
        labels = [label_of(row, head, name) for name, row in chosen]
        known = [i for i, label in enumerate(labels) if label is not None]
        values = np.array([labels[i] for i in known], dtype=np.float64)
        if min((values == 1).sum(), (values == 0).sum()) < _FEWEST:
            found[head] = (1.0, 0.0, share)
            continue
        names = [chosen[i][0] for i in known]
        sizes = {name: names.count(name) for name in set(names)}
        mass = np.array([1.0 / sizes[name] for name in names])
        mixed = outputs[:, column] + share * outputs[:, heads.index("identity_attack")]
        found[head] = (*platt(mixed[known], values, mass), share)
    return found


def reliability(scores: Sequence[float], labels: Sequence[int], bins: int = 10) -> Curve:
    """Mean score, share of positives and number of texts of each bin of equal width that holds any."""
    score, label = np.asarray(scores), np.asarray(labels)
    places = np.minimum((score * bins).astype(int), bins - 1)
    return [
        (float(score[at].mean()), float(label[at].mean()), int(at.sum()))
        for at in (places == b for b in range(bins))
        if at.any()
    ]


def expected_error(curve: Curve) -> float:
    """Expected calibration error: mean distance of score and share, weighted by the texts of a bin."""
    total = sum(count for _, _, count in curve)
    return sum(abs(score - share) * count for score, share, count in curve) / max(total, 1)
