"""Sampled softmax: the pieces of the vocabulary that compete in a batch, and what each one counts for.

On CPU the products with the whole vocabulary are two fifths of a training step. Of 16,000 pieces a batch needs
its own targets, the likely translations of its sources, and a sample of the rest that stands for all of them
(after Jean et al. 2015, "On Using Very Large Target Vocabulary for Neural Machine Translation").
"""

import torch
from torch import Tensor

__all__ = ["Candidates"]

LIKELY = 8
LEAST = 0.01


class Candidates:
    """Chooses the candidates of a batch. ``tables`` are t(column | row), [V, V], one a direction."""

    def __init__(self, tables: list[Tensor], sample: int, seed: int) -> None:
        self._size, self._sample = tables[0].shape[0], sample
        self._likely = [_likely(table) for table in tables]
        self._random = torch.Generator().manual_seed(seed)

    def of(self, direction: int, source: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
        """Sorted ids, [n], and log-weights, [n]: 0, or for a piece of the sample the log of those it stands for."""
        chosen = torch.zeros(self._size, dtype=torch.bool)
        chosen[target.flatten().cpu()] = True
        likely = self._likely[direction][source.cpu().unique()].flatten()
        chosen[likely[likely >= 0]] = True
        rest = torch.nonzero(~chosen).flatten()
        weights = torch.zeros(self._size)
        if len(rest) > self._sample > 0:
            picked = rest[torch.randperm(len(rest), generator=self._random)[: self._sample]]
            weights[picked] = torch.tensor(len(rest) / self._sample).log()
        else:
            picked = rest
        chosen[picked] = True
        ids = torch.nonzero(chosen).flatten()
        return ids.to(source.device), weights[ids].to(source.device)


def _likely(table: Tensor) -> Tensor:
    """The likely translations of every piece, [V, LIKELY]; -1 where there are fewer."""
    values, ids = torch.topk(table.float(), min(LIKELY, table.shape[1]), 1)
    return ids.masked_fill(values < LEAST, -1)
