"""Thresholds from labelled scores: the lowest one that reaches a precision, or stays under a false-positive rate.

Intervals are at 95 %: Wilson's for rates (E. B. Wilson, 1927), percentiles of a bootstrap for the threshold itself.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from service.domain import Category
from service.policy.labelled import Example

__all__ = ["Goal", "Rate", "Tuning", "render_toml", "tune", "tune_scores", "wilson"]

Floats: TypeAlias = npt.NDArray[np.float64]

_Z = 1.959964  # 97.5 % of a normal distribution lie below
_DECIMALS = 4
_MIN_FLAGGED = 5  # what a threshold does with fewer texts than this is chance


@dataclass(frozen=True, slots=True)
class Goal:
    """What a threshold has to reach; exactly one of the two. ``sure``: with the worse end of its interval."""

    precision: float | None = None
    false_positive_rate: float | None = None
    sure: bool = False


@dataclass(frozen=True, slots=True)
class Rate:
    """A share of ``total`` with its 95 % interval."""

    hits: int
    total: int
    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Tuning:
    """What was found for one language and category. ``refusal`` says why there is no threshold, if there is none."""

    lang: str
    category: Category
    positives: int
    negatives: int
    refusal: str = ""
    threshold: float | None = None
    threshold_low: float | None = None
    threshold_high: float | None = None
    precision: Rate | None = None
    recall: Rate | None = None
    false_positive_rate: Rate | None = None


def tune(
    examples: Iterable[Example], goal: Goal, *, min_examples: int = 30, resamples: int = 400
) -> list[Tuning]:
    """One answer for each language and category that has scores and labels; English and Chinese only.

    Refuses where there are fewer than ``min_examples`` positive or negative texts.
    """
    columns: dict[tuple[str, Category], tuple[list[float], list[bool]]] = {}
    for example in examples:
        if example.lang not in ("en", "zh"):
            continue  # a mixed text is judged by the stricter of the two thresholds and has none of its own
        for category, score in example.scores.items():
            label = example.label_of(category)
            if label is not None:
                scores, labels = columns.setdefault((example.lang, category), ([], []))
                scores.append(score)
                labels.append(label)
    order = list(Category)
    return [
        tune_scores(
            lang, category, *columns[lang, category], goal,
            min_examples=min_examples, resamples=resamples,
        )
        for lang, category in sorted(columns, key=lambda key: (key[0], order.index(key[1])))
    ]  # fmt: skip


def tune_scores(
    lang: str, category: Category, scores: Sequence[float], labels: Sequence[bool], goal: Goal,
    *, min_examples: int = 30, resamples: int = 400,
) -> Tuning:  # fmt: skip
    """The threshold for one column of scores. Deterministic: the bootstrap's seed is fixed."""
    positives = sum(labels)
    negatives = len(labels) - positives
    refused = Tuning(lang, category, positives, negatives)
    if min(positives, negatives) < min_examples:
        few = f"needs {min_examples} positive and {min_examples} negative texts"
        return replace(refused, refusal=few)
    curve = _Curve(scores, labels)
    cut = curve.find(goal, np.ones(len(scores)))
    if cut is None:
        return replace(refused, refusal="no threshold reaches the goal")
    reached = curve.resample(goal, resamples)
    if 2 * len(reached) < resamples:
        return replace(refused, refusal="reaches the goal by luck: half of the resamples do not")
    low, high = np.percentile(reached, (2.5, 97.5))
    flagged = cut + 1
    right = int(curve.positive[:flagged].sum())
    return Tuning(
        lang, category, positives, negatives,
        threshold=curve.threshold(cut),
        threshold_low=round(float(low), _DECIMALS),
        threshold_high=round(float(high), _DECIMALS),
        precision=wilson(right, flagged),
        recall=wilson(right, positives),
        false_positive_rate=wilson(flagged - right, negatives),
    )  # fmt: skip


def wilson(hits: int, total: int) -> Rate:
    """A share and its 95 % score interval. ``total`` is at least 1."""
    low, high = _wilson(np.array([float(hits)]), np.array([float(total)]))
    return Rate(hits, total, hits / total, float(low[0]), float(high[0]))


def render_toml(tunings: Iterable[Tuning], level: str) -> str:
    """The ``[thresholds.*]`` tables of a policy, with ``level`` as their key."""
    sides: dict[Category, list[str]] = {}
    for tuning in tunings:
        if tuning.threshold is not None:
            sides.setdefault(tuning.category, []).append(f"{tuning.lang} = {tuning.threshold}")
    return "\n".join(
        f"[thresholds.{category}]\n{level} = {{ {', '.join(found)} }}\n"
        for category, found in sides.items()
    )


class _Curve:
    """Scores from high to low; cut ``i`` flags the first ``i + 1`` of them."""

    def __init__(self, scores: Sequence[float], labels: Sequence[bool]) -> None:
        given = np.asarray(scores, dtype=np.float64)
        order = np.argsort(-given, kind="stable")
        self.scores: Floats = given[order]
        self.positive: Floats = np.asarray(labels, dtype=np.float64)[order]
        # Equal scores are flagged together or not at all.
        self._ends = np.flatnonzero(np.append(np.diff(self.scores) != 0, True))

    def find(self, goal: Goal, weights: Floats) -> int | None:
        """The cut that flags most while it reaches the goal; each row counts ``weights`` times."""
        right = np.cumsum(weights * self.positive)[self._ends]
        wrong = np.cumsum(weights * (1 - self.positive))[self._ends]
        if goal.precision is not None:
            low, _ = _wilson(right, right + wrong)
            found = low if goal.sure else _share(right, right + wrong)
            good = found >= goal.precision
        else:
            negatives = np.full_like(wrong, max(float((weights * (1 - self.positive)).sum()), 1.0))
            _, high = _wilson(wrong, negatives)
            found = high if goal.sure else wrong / negatives
            good = found <= (goal.false_positive_rate or 0.0)
        cuts = self._ends[good & (right + wrong >= _MIN_FLAGGED)]
        return int(cuts[-1]) if len(cuts) else None

    def resample(self, goal: Goal, resamples: int) -> list[float]:
        """Thresholds of the bootstrap's samples, less the ones that cannot reach the goal."""
        count = len(self.scores)
        generator, shares = np.random.default_rng(0), np.full(count, 1 / count)
        drawn = (generator.multinomial(count, shares).astype(np.float64) for _ in range(resamples))
        cuts = (self.find(goal, weights) for weights in drawn)
        return [self.threshold(cut) for cut in cuts if cut is not None]

    def threshold(self, cut: int) -> float:
        """Half-way to the next lower score, so that neither side depends on the last digit."""
        score = float(self.scores[cut])
        if cut + 1 == len(self.scores):
            return score
        scale = 10.0**_DECIMALS
        middle = math.ceil((score + float(self.scores[cut + 1])) / 2 * scale) / scale
        return middle if middle <= score else score


def _wilson(hits: Floats, totals: Floats) -> tuple[Floats, Floats]:
    n = np.maximum(totals, 1.0)
    share = hits / n
    centre = share + _Z**2 / (2 * n)
    spread = _Z * np.sqrt(share * (1 - share) / n + _Z**2 / (4 * n * n))
    scale = 1 + _Z**2 / n
    # The ends can miss 0, 1 and the share itself by a rounding error.
    low, high = (
        np.maximum((centre - spread) / scale, 0.0),
        np.minimum((centre + spread) / scale, 1.0),
    )
    return np.minimum(low, share), np.maximum(high, share)


def _share(hits: Floats, totals: Floats) -> Floats:
    return np.asarray(hits / np.maximum(totals, 1.0))
