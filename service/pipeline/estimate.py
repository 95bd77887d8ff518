"""How good a decoded segment probably is: a calibrated number from 0 to 1, from what the engine and the guards know."""

import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from service.pipeline.guards import lost_numbers, lost_terms, words_of

__all__ = [
    "FEATURES",
    "ROUND_TRIP",
    "Estimator",
    "features",
    "load_estimator",
    "round_trip_features",
]

FEATURES = ("bias", "score", "score_squared", "short", "ratio", "lost")
ROUND_TRIP = ("bias", "estimate", "agreement", "agreement_squared")
_MIN_SCORE = -6.0  # mean log-probabilities below this say nothing more


def features(source: str, output: str, target: str, score: float) -> tuple[float, ...]:
    """What the estimate is made of, in the order of ``FEATURES``, for one segment as the model saw and said it.

    ``score`` is the mean log-probability of a token; ``short`` falls from 1 with the source's length in words;
    ``ratio`` is how far the lengths of both sides are apart (absolute log); ``lost`` is 1 when a number or a word that
    needed no translation is missing.
    """
    told, said = words_of(source) + 0.5, words_of(output) + 0.5
    held = max(score, _MIN_SCORE)
    lost = lost_numbers(source, output) or lost_terms(source, output, target)
    ratio = abs(math.log(said / told))
    return (1.0, held, held * held, 1.0 / told, ratio, float(lost))


def round_trip_features(estimate: float, agreement: float) -> tuple[float, ...]:
    """What the second estimate is made of, in the order of ``ROUND_TRIP``."""
    return (1.0, estimate, agreement, agreement * agreement)


def _held(weights: Sequence[float], values: Sequence[float]) -> float:
    total = sum(w * v for w, v in zip(weights, values, strict=True))
    return round(min(max(total, 0.0), 1.0), 2)


@dataclass(frozen=True, slots=True)
class Estimator:
    """One linear model for each direction, fitted to sentence chrF on development sets by ``benchmarks.estimate``."""

    weights: Mapping[str, tuple[float, ...]]  # by target: "en" | "zh"
    round_trip: Mapping[str, tuple[float, ...]]  # the like, for an estimate and an agreement

    def estimate(self, source: str, output: str, target: str, score: float) -> float:
        """Expected chrF of the segment as a share of 1, rounded to two digits."""
        return _held(self.weights[target], features(source, output, target, score))

    def with_agreement(self, target: str, estimate: float, agreement: float) -> float:
        """The estimate, given how well the output translated back agrees with the source."""
        return _held(self.round_trip[target], round_trip_features(estimate, agreement))


@cache
def load_estimator() -> Estimator:
    """The fitted weights that ship with the service; they belong to the bundled model."""
    text = (files("service.pipeline") / "estimate.toml").read_text(encoding="utf-8")
    table = tomllib.loads(text)
    return Estimator(
        {target: tuple(table[target][name] for name in FEATURES) for target in ("en", "zh")},
        {
            target: tuple(table["round_trip"][target][n] for n in ROUND_TRIP)
            for target in ("en", "zh")
        },
    )
