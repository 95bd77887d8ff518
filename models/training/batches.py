"""Length-bucketed batches of token ids for both directions, without end."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from models.training.shards import EN_TO_ZH, ZH_TO_EN, Pairs
from models.training.vocabulary import EOS_ID, Vocabulary

__all__ = ["Batch", "Planned", "fill", "padded", "plan"]


@dataclass(frozen=True, slots=True)
class Batch:
    """Sources and targets, [B, S] and [B, T]; ``direction`` indexes ``vocabulary.DIRECTIONS``."""

    direction: int
    source: torch.Tensor
    target: torch.Tensor


def padded(length: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Row length with the two control tokens, rounded up to a multiple of 4."""
    return (length + 2 + 3) // 4 * 4


Rows = npt.NDArray[np.int64]
Planned = tuple[int, Rows]  # direction and rows of one batch


def plan(pairs: Pairs, *, max_len: int, tokens: int, rng: np.random.Generator) -> Iterator[Planned]:
    """Batches of at most ``tokens`` padded tokens on the longer side, in random order, for ever.

    The same ``rng`` state gives the same batches, so that workers can share them by number.
    """
    le, lz = pairs.en_lengths, pairs.zh_lengths
    fits = (le <= max_len) & (lz <= max_len)
    key = padded(le) * 1000 + padded(lz)
    longest = np.maximum(padded(le), padded(lz))
    while True:
        todo: list[Planned] = []
        for direction, bit in enumerate((EN_TO_ZH, ZH_TO_EN)):
            rows = np.flatnonzero(fits & (pairs.use & bit > 0))
            order = rows[np.lexsort((rng.random(len(rows)), key[rows]))]
            todo.extend((direction, chunk) for chunk in _cut(order, longest, tokens))
        if not todo:
            raise ValueError(f"no pair has at most {max_len} tokens")
        for at in rng.permutation(len(todo)):
            yield todo[at]


def _cut(order: Rows, longest: Rows, tokens: int) -> Iterator[Rows]:
    """Runs of ``order`` whose size times longest row stays within ``tokens``, 8 rows at least."""
    i = 0
    while i < len(order):
        window = np.maximum.accumulate(longest[order[i : i + tokens // 4]])
        cost = window * np.arange(1, len(window) + 1)
        count = max(8, int(np.searchsorted(cost, tokens, side="right")))
        yield order[i : i + count]
        i += count


def fill(pairs: Pairs, vocabulary: Vocabulary, planned: Planned) -> Batch:
    """The tensors of one planned batch."""
    direction, rows = planned
    sides = [pairs.pair(int(i)) for i in rows]
    if direction:
        sides = [(zh, en) for en, zh in sides]
    shape = [int(padded(np.array([len(s[k]) for s in sides])).max()) for k in (0, 1)]
    source = np.full((len(rows), shape[0]), vocabulary.pad_id, np.int64)
    target = np.full((len(rows), shape[1]), vocabulary.pad_id, np.int64)
    source[:, 0] = vocabulary.target_ids[direction]
    for r, (s, t) in enumerate(sides):
        source[r, 1 : 1 + len(s)] = s
        source[r, 1 + len(s)] = EOS_ID
        target[r, : len(t)] = t
        target[r, len(t)] = EOS_ID
    return Batch(direction, torch.from_numpy(source), torch.from_numpy(target))
