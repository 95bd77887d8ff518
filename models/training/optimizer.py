"""Muon for the hidden matrices, AdamW for the rest."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn

__all__ = ["Muon", "build_optimizers", "orthogonalise"]

_A, _B, _C = 3.4445, -4.7750, 2.0315
_ROUNDS = 5


def orthogonalise(stack: Tensor) -> Tensor:
    """Newton-Schulz iteration of matrices [n, rows, columns], rows <= columns, in bf16."""
    x = stack.bfloat16()
    x = x / x.flatten(1).float().norm(dim=1).clamp(min=1e-7)[:, None, None].to(x.dtype)
    for _ in range(_ROUNDS):
        gram = x @ x.mT
        update = torch.baddbmm(gram, gram, gram, beta=_B, alpha=_C)
        x = torch.baddbmm(x, update, x, beta=_A)
    return x


class Muon(torch.optim.Optimizer):  # type: ignore[misc]  # mypy skips torch
    """Momentum, then orthogonal updates of the size that AdamW would take (Moonshot's scaling).

    Matrices of one shape are orthogonalised together: on two cores the many small products of the
    one-by-one form cost a third of a training step.
    """

    def __init__(self, params: Iterable[nn.Parameter], lr: float, momentum: float = 0.95) -> None:
        super().__init__(params, {"lr": lr, "momentum": momentum})

    def step(self, closure: Callable[[], float] | None = None) -> None:
        with torch.no_grad():
            for group in self.param_groups:
                self._step_group(group)

    def _step_group(self, group: dict[str, Any]) -> None:
        by_shape: dict[tuple[int, int], list[tuple[nn.Parameter, Tensor, bool]]] = defaultdict(list)
        for p in group["params"]:
            if p.grad is None:
                continue
            state = self.state[p]
            if "momentum_buffer" not in state:
                state["momentum_buffer"] = torch.zeros_like(p)
            buffer = state["momentum_buffer"]
            buffer.lerp_(p.grad, 1 - group["momentum"])
            update = p.grad.lerp(buffer, group["momentum"])
            tall = p.shape[0] > p.shape[1]
            wide = update.mT if tall else update
            by_shape[(wide.shape[0], wide.shape[1])].append((p, wide, tall))
        for (_, columns), entries in by_shape.items():
            updates = orthogonalise(torch.stack([wide for _, wide, _ in entries]))
            rate = group["lr"] * 0.2 * columns**0.5
            for (p, _, tall), update in zip(entries, updates, strict=True):
                p.sub_((update.mT if tall else update).float(), alpha=rate)


def build_optimizers(model: nn.Module, lr: float) -> list[torch.optim.Optimizer]:
    """Two optimizers over all trainable parameters; the order of parameters is the checkpoint's."""
    embeddings = ("shared", "embed", "lm_head")
    hidden: list[nn.Parameter] = []
    rest: list[nn.Parameter] = []
    for name, p in model.named_parameters():
        if p.requires_grad:
            matrix = p.ndim == 2 and not any(word in name for word in embeddings)
            (hidden if matrix else rest).append(p)
    return [
        Muon(hidden, lr),
        torch.optim.AdamW(rest, lr=lr, betas=(0.9, 0.98), eps=1e-9, weight_decay=0.0),
    ]
