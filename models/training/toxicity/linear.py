"""Linear models on a half's own n-grams, added to its wide part: a mean of two kinds of model at the cost of one.

The half learns from all rows with the labels of their sources. A linear model, trained to the end on what people wrote
and labelled, with ordinary posts and advertising as plain negatives, errs elsewhere, and the sum is better than both.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from models.classification.features import Bags, Folding, Vocabulary
from models.training.progress import say
from models.training.toxicity import templates, terms
from models.training.toxicity.fit import HEADS, Weights, hashes_of
from models.training.toxicity.rows import CLEAN, LABELS, Row, targets

__all__ = ["GENERAL", "SEXISM", "Part", "fit_linear", "goal", "widen"]

Floats = NDArray[np.float32]
MADE = ("mt-", "proj-")  # rows that no person labelled: by what their source's name begins with
# How much a row of a source counts; others count 1.
COUNTS: Mapping[str, float] = {"swsr": 2.0, templates.SOURCE: 0.3, terms.SOURCE: 0.5}
_PASSES = 10
_BIAS = 1  # weights beside those of the n-grams


@dataclass(frozen=True)
class Part:
    """A linear model: its rows (of all sources but ``MADE`` where none are named) and how freely it fits them."""

    sources: tuple[str, ...] = ()
    cost: float = 0.8

    def holds(self, row: Row) -> bool:
        if self.sources:
            return row.source in self.sources
        return not row.source.startswith(MADE)


GENERAL = Part()
SEXISM = Part(
    sources=("swsr", "chnci_clean"), cost=1.0
)  # of its own: the debates on race outweigh it


def goal(row: Row, head: str) -> tuple[float, float]:
    """Target and weight of a row. Ordinary posts and rows about something else count as negatives here, unmasked."""
    values, weights = targets(row)
    column = LABELS.index(head)
    if weights[column] > 0.0:
        return values[column], COUNTS.get(row.source, 1.0)
    plain = not row.toxic and (row.source in CLEAN or row.confidence == "aux")
    return 0.0, float(plain and head in ("toxicity", "identity_attack"))


def fit_linear(
    bags: Bags, goals: Floats, weights: Floats, features: int, part: Part, seed: int = 0
) -> tuple[Floats, float]:
    """Weights of the known n-grams, for counts over the square root of their number in a text, and the bias."""
    from models.training.toxicity import kernels

    counts = bags.counts()
    owners = np.repeat(np.arange(len(counts)), counts)
    pairs = np.unique(owners * np.int64(features) + bags.items)
    found_in = np.bincount(pairs % features, minlength=features)
    scale = (np.log((1 + len(counts)) / (1 + found_in)) + 1).astype(np.float32)
    scale /= np.sqrt(np.mean(np.square(scale[bags.items]))) or 1.0
    found = np.zeros(features + _BIAS, dtype=np.float32)
    signs = np.where(goals > 0.5, 1.0, -1.0).astype(np.float32)
    kernels.linear(
        bags.items, bags.starts, scale, signs, weights * np.float32(part.cost), _PASSES, seed, found
    )
    return found[:-_BIAS] * scale, float(found[-1])


def widen(
    half: Weights,
    rows: Sequence[Row],
    lang: str,
    folding: Folding,
    shares: Mapping[str, Sequence[tuple[Part, float]]],
    insult: float = 0.0,
) -> Weights:
    """The half with ``share`` of each part's logit added to the head's; ``insult`` is that head's share in toxicity."""
    table, bias, dense = half.table.copy(), half.b2.copy(), half.w2.copy()
    heads = HEADS[lang]
    toxicity, other = heads.index("toxicity"), heads.index("insult")
    for values in (table, dense):
        values[:, toxicity] += np.float32(insult) * values[:, other]
    bias[toxicity] += np.float32(insult) * bias[other]
    wanted = [part for parts in shares.values() for part, share in parts if share]
    mine = [row for row in rows if row.lang == lang and any(p.holds(row) for p in wanted)]
    bags = Vocabulary(half.keys).look_up(hashes_of([row.text for row in mine], lang, folding))
    for head, parts in shares.items():
        for part, share in parts:
            if not share:
                continue
            pairs = [goal(row, head) if part.holds(row) else (0.0, 0.0) for row in mine]
            goals, weights = np.array(pairs, dtype=np.float32).T
            kept = weights > 0
            found, constant = fit_linear(
                _of(bags, kept), goals[kept], weights[kept], len(half.keys), part
            )
            table[:, heads.index(head)] += np.float32(share) * found
            bias[heads.index(head)] += np.float32(share * constant)
            say(f"{lang} {head}: {int(kept.sum())} rows, {int(goals[kept].sum())} of them positive")
    return replace(half, table=table, b2=bias, w2=dense)


def _of(bags: Bags, kept: NDArray[np.bool_]) -> Bags:
    """The bags of some of the texts."""
    counts = bags.counts()
    starts = np.concatenate([[0], np.cumsum(counts[kept])])
    return Bags(bags.items[np.repeat(kept, counts)], starts)
