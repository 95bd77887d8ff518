"""Data-parallel training on CPU: single-threaded worker processes around one model in shared memory.

Two processes with one thread each beat one process with two: nothing waits inside a layer, and when
another program takes a core that worker merely takes fewer batches.
"""

import multiprocessing
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

__all__ = ["Team", "bind_gradients", "form", "start_workers", "trainable"]

WAIT_S = 3600.0


def trainable(model: nn.Module) -> list[nn.Parameter]:
    """The parameters that learn, each once, in a fixed order."""
    return [p for p in model.parameters() if p.requires_grad]


@dataclass
class Team:
    """What the workers share: who does which batch of an update, gradients, sums, the way to meet."""

    size: int
    gradients: list[Tensor]  # a flat fp32 gradient for each worker
    ticket: Tensor  # [1]: batches of this update that are taken
    sums: Tensor  # [size, 3] float64: loss, guide, target tokens
    over: Tensor  # [1]: not zero when no update follows
    lock: Any
    barrier: Any

    def take(self, limit: int) -> int | None:
        """Number of the next batch of this update, or None when all ``limit`` are taken."""
        with self.lock:
            number = int(self.ticket[0])
            if number >= limit:
                return None
            self.ticket[0] = number + 1
            return number

    def meet(self) -> None:
        """Wait for every worker; raises BrokenBarrierError when one has failed."""
        self.barrier.wait(WAIT_S)

    def collect(self) -> tuple[float, float, int]:
        """Add all gradients into the first, divided by the tokens; give mean loss, guide and tokens.

        Afterwards the other gradients, the sums and the tickets are zero for the next update.
        """
        loss, guide, tokens = (float(x) for x in self.sums.sum(0))
        total = self.gradients[0]
        for other in self.gradients[1:]:
            total.add_(other)
            other.zero_()
        total.div_(tokens)
        self.sums.zero_()
        self.ticket.zero_()
        return loss / tokens, guide / tokens, int(tokens)


def form(model: nn.Module, size: int) -> Team:
    """Move the parameters to shared memory (for more than one worker) and make the rest."""
    count = sum(p.numel() for p in trainable(model))
    device = next(model.parameters()).device
    gradients = [torch.zeros(count, device=device) for _ in range(size)]
    ticket, over = torch.zeros(1, dtype=torch.int64), torch.zeros(1, dtype=torch.int64)
    sums = torch.zeros(size, 3, dtype=torch.float64)
    if size > 1:
        model.share_memory()
        for tensor in (*gradients, ticket, over, sums):
            tensor.share_memory_()
    context = multiprocessing.get_context("fork")
    return Team(size, gradients, ticket, sums, over, context.Lock(), context.Barrier(size))


def bind_gradients(model: nn.Module, flat: Tensor) -> None:
    """Make the gradients of all parameters views of one flat tensor."""
    at = 0
    for p in trainable(model):
        p.grad = flat[at : at + p.numel()].view_as(p)
        at += p.numel()


def start_workers(team: Team, work: Callable[[int], None]) -> None:
    """Fork workers 1 ... size - 1; each calls ``work(rank)``. They end with this process."""
    parent = os.getpid()

    def guarded(rank: int) -> None:
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
        try:
            work(rank)
        except BaseException:
            team.barrier.abort()
            raise

    context = multiprocessing.get_context("fork")
    for rank in range(1, team.size):
        context.Process(target=guarded, args=(rank,), daemon=True).start()


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(5)
    os._exit(1)
