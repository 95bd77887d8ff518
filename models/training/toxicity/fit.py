"""Training of one language's half from rows, and the checkpoint it writes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.classification.features import (
    SLOT_BITS,
    Bags,
    Folding,
    Vocabulary,
    extract_en,
    extract_zh,
)
from models.training.progress import say
from models.training.toxicity.corpus import MAX_CHARS
from models.training.toxicity.rows import LABELS, Row, targets

__all__ = [
    "HEADS",
    "REFINING",
    "Recipe",
    "Weights",
    "choose",
    "fit",
    "hashes_of",
    "logits_of",
    "scorer",
]

# Heads of each half: labels that the language's rows hold enough of.
HEADS = {
    "en": ("toxicity", "insult", "threat", "identity_attack", "profanity", "self_harm", "spam"),
    "zh": ("toxicity", "insult", "threat", "identity_attack", "sexual", "self_harm", "spam"),
}
_BATCH = 4_000
Floats = NDArray[np.float32]
Extract = Callable[[Sequence[str], Folding], Bags]


@dataclass(frozen=True)
class Recipe:
    """Sizes and rates. ``keep`` and ``keep_hidden``: shares of features and hidden units that dropout leaves."""

    features: int = 160_000
    fewest: int = 4  # texts that must hold an n-gram
    deep: int = 25
    hidden: int = 64
    epochs: int = 3
    rate: float = 0.1
    dense_rate: float = 0.03
    damping: float = 0.3  # first sum of squared gradients: how little a rare feature may learn
    decay: float = 0.0
    keep: float = 0.6
    keep_hidden: float = 0.6
    smoothing: float = 0.02
    seed: int = 0


# A last pass from finished weights: small steps, and no n-gram that is new.
REFINING = Recipe(epochs=1, rate=0.05, dense_rate=0.02, damping=1.0, keep=0.7, keep_hidden=0.7)


@dataclass
class Weights:
    """Parameters of one half, in float32; shapes as in ``models.classification.compact.Half``."""

    keys: NDArray[np.uint32]
    table: Floats
    w1: Floats
    b1: Floats
    w2: Floats
    b2: Floats

    def save(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez(path, **{name: getattr(self, name) for name in self.__dataclass_fields__})

    @classmethod
    def load(cls, path: Path) -> "Weights":
        with np.load(path) as stored:
            return cls(**{name: stored[name] for name in cls.__dataclass_fields__})


def extractor(lang: str) -> Extract:
    return extract_zh if lang == "zh" else extract_en


def hashes_of(texts: Sequence[str], lang: str, folding: Folding) -> Bags:
    """Hashed n-grams of many texts, made in batches to bound memory."""
    extract = extractor(lang)
    parts = [extract(texts[i : i + _BATCH], folding) for i in range(0, len(texts), _BATCH)]
    starts, offset = [np.zeros(1, np.int64)], 0
    for part in parts:
        starts.append(part.starts[1:] + offset)
        offset += int(part.starts[-1])
    rows = [part.items for part in parts] or [np.zeros(0, np.uint32)]
    return Bags(np.concatenate(rows), np.concatenate(starts))


def fit(
    rows: Sequence[Row], lang: str, folding: Folding, recipe: Recipe, start: Weights | None = None
) -> Weights:
    """Train one half on the rows of that language; with ``start``, go on from there with its n-grams."""
    from models.training.toxicity import kernels

    mine = [row for row in rows if row.lang == lang]
    goals, weights = _goals(mine, lang, recipe.smoothing)
    hashed = hashes_of([row.text for row in mine], lang, folding)
    keys = start.keys if start else choose(hashed, goals, weights, recipe.features, recipe.fewest)
    bags = Vocabulary(keys).look_up(hashed)
    del hashed
    say(f"{lang}: {len(keys)} n-grams, {len(bags.items) / max(len(mine), 1):.0f} a text")
    found, sums = _initial(keys, goals, weights, recipe)
    found = start or found
    for number in range(recipe.epochs):
        left = 1 - number / recipe.epochs
        order = np.random.default_rng(recipe.seed * 100 + number).permutation(len(mine))
        loss = kernels.epoch(
            bags.items, bags.starts, order, goals, weights, found.table, sums["table"],
            found.w1, found.b1, found.w2, found.b2, sums["w1"], sums["b1"], sums["w2"], sums["b2"],
            recipe.rate * left, recipe.dense_rate * left, recipe.decay, recipe.keep, recipe.keep_hidden,
            recipe.seed * 1000 + number,
        )  # fmt: skip
        say(f"{lang} epoch {number + 1} of {recipe.epochs}: loss {loss:.4f}, {len(mine)} rows")
    return found


def scorer(
    weights: Weights, lang: str, folding: Folding
) -> Callable[[Sequence[str]], NDArray[np.float32]]:
    """Raw outputs of texts; of several windows of a long text the highest."""
    vocabulary = Vocabulary(weights.keys)

    def score(texts: Sequence[str]) -> Floats:
        windows, owners = [], []
        for number, text in enumerate(texts):
            for start in range(0, max(len(text), 1), MAX_CHARS):
                windows.append(text[start : start + MAX_CHARS])
                owners.append(number)
        found = logits_of(weights, vocabulary.look_up(hashes_of(windows, lang, folding)))
        result = np.full((len(texts), found.shape[1]), -np.inf, dtype=np.float32)
        np.maximum.at(result, owners, found)
        return result

    return score


def logits_of(weights: Weights, bags: Bags) -> Floats:
    """Raw outputs of the float32 weights, ``[texts, heads]``."""
    from models.training.toxicity import kernels

    out = np.zeros((len(bags.starts) - 1, weights.w2.shape[1]), dtype=np.float32)
    kernels.forward(
        bags.items, bags.starts, weights.table, weights.w1, weights.b1, weights.w2, weights.b2, out
    )
    return out


def _goals(rows: Sequence[Row], lang: str, smoothing: float) -> tuple[Floats, Floats]:
    columns = [LABELS.index(name) for name in HEADS[lang]]
    pairs = [targets(row) for row in rows]
    goals = np.array([values for values, _ in pairs], dtype=np.float32)[:, columns]
    weights = np.array([shares for _, shares in pairs], dtype=np.float32)[:, columns]
    return goals * np.float32(1 - 2 * smoothing) + np.float32(smoothing), weights


def choose(
    hashed: Bags, goals: Floats, weights: Floats, most: int, fewest: int
) -> NDArray[np.uint32]:
    """The n-grams that tell most about any head, by a z-score of their texts' labels; at most one a slot."""
    coarse = hashed.items >> np.uint32(8)
    frequent = np.bincount(coarse, minlength=1 << 24)[coarse] >= fewest
    owner = np.repeat(np.arange(len(goals)), hashed.counts())[frequent]
    keys, places, counts = np.unique(
        hashed.items[frequent], return_inverse=True, return_counts=True
    )
    strength = np.zeros(len(keys))
    for head in range(goals.shape[1]):
        share, weight = goals[:, head], weights[:, head]
        base = float((share * weight).sum() / max(weight.sum(), 1.0))
        surplus = np.bincount(places, ((share - base) * weight)[owner], minlength=len(keys))
        mass = np.bincount(places, weight[owner], minlength=len(keys))
        spread = np.sqrt(np.maximum(mass, fewest) * max(base * (1 - base), 1e-6))
        strength = np.maximum(strength, np.abs(surplus) / spread)
    strength[counts < fewest] = -1.0
    order = np.argsort(-strength, kind="stable")
    order = order[strength[order] >= 0]
    _, first = np.unique(keys[order] >> np.uint32(32 - SLOT_BITS), return_index=True)
    chosen: NDArray[np.uint32] = keys[order[np.sort(first)[:most]]]
    return chosen


def _initial(
    keys: NDArray[np.uint32], goals: Floats, weights: Floats, recipe: Recipe
) -> tuple[Weights, dict[str, Floats]]:
    """Weights to start from (biases at the base rates) and the sums of squared gradients."""
    rng = np.random.default_rng(recipe.seed)
    heads, f32 = goals.shape[1], np.float32
    table = np.zeros((len(keys), heads + recipe.deep), dtype=f32)
    table[:, heads:] = rng.normal(0, 0.05, (len(table), recipe.deep))
    positive = np.maximum((weights * goals).sum(0), 1.0)
    negative = np.maximum((weights * (1 - goals)).sum(0), 1.0)
    found = Weights(
        keys=keys,
        table=table,
        w1=rng.normal(0, (2 / recipe.deep) ** 0.5, (recipe.deep, recipe.hidden)).astype(f32),
        b1=np.zeros(recipe.hidden, f32),
        w2=rng.normal(0, (1 / recipe.hidden) ** 0.5, (recipe.hidden, heads)).astype(f32),
        b2=np.log(positive / negative).astype(f32),
    )
    sums = {name: np.full_like(getattr(found, name), 0.1) for name in ("w1", "b1", "w2", "b2")}
    sums["table"] = np.full((len(table), 2), recipe.damping, f32)
    return found, sums
