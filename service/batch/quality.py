"""How good a run was where there are labels: rates with their intervals, and precision over recall, by language.

Intervals are Wilson's at 95 % (E. B. Wilson, 1927); average precision is the area under the steps of the curve.
"""

from dataclasses import dataclass

import numpy as np

from service.batch.tally import LANGUAGES, Labels
from service.policy.tune import Rate, wilson

__all__ = ["ALL", "Curve", "Quality", "curves_of", "quality_of"]

ALL = "all"


@dataclass(frozen=True, slots=True)
class Quality:
    """The confusion of ``flagged`` with the label, and its rates; None where there is nothing to divide by."""

    true_positive: int
    false_positive: int
    false_negative: int
    true_negative: int
    precision: Rate | None
    recall: Rate | None
    false_positive_rate: Rate | None


@dataclass(frozen=True, slots=True)
class Curve:
    """Points from the highest threshold to the lowest."""

    recall: tuple[float, ...]
    precision: tuple[float, ...]
    average_precision: float


def quality_of(labels: Labels) -> dict[str, Quality]:
    """By language, and for all of them together."""
    found = {one: _quality(labels.confusion[one]) for one in LANGUAGES if one in labels.confusion}
    if found:
        found[ALL] = _quality(
            [sum(column) for column in zip(*labels.confusion.values(), strict=True)]
        )
    return found


def curves_of(labels: Labels) -> dict[str, Curve]:
    """By language, where there are both positive and negative rows with a score."""
    found = {}
    for language in LANGUAGES:
        positive = np.array(labels.positive.get(language, ()))[::-1].cumsum()
        negative = np.array(labels.negative.get(language, ()))[::-1].cumsum()
        if not positive.size or not positive[-1] or not negative[-1]:
            continue
        flagged = positive + negative
        some = flagged > 0
        precision = positive[some] / flagged[some]
        recall = positive[some] / positive[-1]
        steps = np.diff(recall, prepend=0.0)
        found[language] = Curve(
            tuple(recall.tolist()), tuple(precision.tolist()), float((steps * precision).sum())
        )
    return found


def _quality(confusion: "list[int]") -> Quality:
    tp, fp, fn, tn = confusion
    return Quality(tp, fp, fn, tn, _rate(tp, tp + fp), _rate(tp, tp + fn), _rate(fp, fp + tn))


def _rate(hits: int, total: int) -> Rate | None:
    return wilson(hits, total) if total else None
