"""The mean of several checkpoints that went on from the same one: better than each of them, at no cost in serving."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from models.training.toxicity.fit import HEADS, Weights

__all__ = ["average"]

Floats = NDArray[np.float32]
_NAMES = ("table", "w1", "b1", "w2", "b2")


def average(
    parts: Sequence[Weights],
    lang: str,
    shares: Sequence[float],
    hate_shares: Sequence[float] | None = None,
) -> Weights:
    """Weighted mean (a "soup", Wortsman et al. 2022); ``hate_shares`` hold for the head ``identity_attack`` alone.

    Raises ``ValueError`` for checkpoints that do not know the same n-grams.
    """
    if any(not np.array_equal(part.keys, parts[0].keys) for part in parts):
        raise ValueError("the checkpoints know different n-grams")
    if {len(parts)} != {len(shares), len(hate_shares or shares)}:
        raise ValueError("one share for each checkpoint is needed")
    means = {name: _mean(parts, name, shares) for name in _NAMES}
    if hate_shares is not None:
        column = HEADS[lang].index("identity_attack")
        for name in ("table", "w2", "b2"):
            means[name][..., column] = _mean(parts, name, hate_shares)[..., column]
    return Weights(keys=parts[0].keys, **means)


def _mean(parts: Sequence[Weights], name: str, shares: Sequence[float]) -> Floats:
    total = sum(shares)
    result: Floats = np.zeros_like(getattr(parts[0], name))
    for part, share in zip(parts, shares, strict=True):
        result += getattr(part, name) * np.float32(share / total)
    return result
