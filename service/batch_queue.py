"""The waiting line of the batcher: who goes into the next batch. No threads, no clock, no event loop calls."""

import asyncio
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

__all__ = ["BatchQueue", "Entry"]

T = TypeVar("T")
R = TypeVar("R")

# Size classes are half octaves of cost. Items of one batch lie less than four classes from the
# oldest: a short text does not wait for one more than four times its size to decode.
_REACH = 4
# Padding may at most double the work of a batch.
_MAX_PADDING = 2


@dataclass(eq=False, slots=True)
class Entry(Generic[T, R]):
    """One submitted item. ``waiting`` while it stands in the queue."""

    item: T
    cost: int
    key: Hashable
    deadline: float  # infinite when the caller set none
    number: int  # order of arrival
    queued_at: float
    future: asyncio.Future[R]
    size: int = field(init=False)  # size class
    waiting: bool = False

    def __post_init__(self) -> None:
        self.size = (self.cost * self.cost).bit_length()

    def live(self, now: float) -> bool:
        """Neither expired nor resolved nor cancelled."""
        return self.deadline > now and not self.future.done()


class BatchQueue(Generic[T, R]):
    """Waiting entries by key and size class, each class in order of arrival. Not thread-safe."""

    def __init__(self) -> None:
        self.cost = 0
        self._lanes: dict[Hashable, dict[int, OrderedDict[int, Entry[T, R]]]] = {}

    def add(self, entry: Entry[T, R]) -> None:
        lanes = self._lanes.setdefault(entry.key, {})
        lane = lanes.get(entry.size)
        if lane is None:
            lane = lanes[entry.size] = OrderedDict()
        lane[entry.number] = entry
        entry.waiting = True
        self.cost += entry.cost

    def remove(self, entry: Entry[T, R]) -> None:
        """Take ``entry`` out, wherever it stands; nothing happens if it is not waiting."""
        if not entry.waiting:
            return
        entry.waiting = False
        self.cost -= entry.cost
        lanes = self._lanes[entry.key]
        lane = lanes[entry.size]
        del lane[entry.number]
        if not lane:  # keys may be many and each be used once
            del lanes[entry.size]
            if not lanes:
                del self._lanes[entry.key]

    def take(self, now: float, budget: int) -> tuple[list[Entry[T, R]], bool]:
        """The next batch: the oldest live entry and what fits to it in key and size.

        ``max(cost) * len(batch) <= budget`` unless the oldest entry alone is over it. Cancelled
        and expired entries met on the way are dropped; the flag says whether there were any.
        """
        first, dropped = self._first(now)
        if first is None:
            return [], dropped
        batch = [first]
        longest = total = first.cost
        lanes = self._lanes.get(first.key, {})
        for size in self._near(first):
            lane = lanes[size]
            while lane:
                entry = next(iter(lane.values()))
                if entry.live(now):
                    padded = max(longest, entry.cost) * (len(batch) + 1)
                    if padded > min(budget, _MAX_PADDING * (total + entry.cost)):
                        break
                    batch.append(entry)
                    longest = max(longest, entry.cost)
                    total += entry.cost
                else:
                    dropped = True
                self.remove(entry)
        return batch, dropped

    def _near(self, first: Entry[T, R]) -> list[int]:
        """Size classes that may join ``first``, nearest first; smaller ones cost no padding of it."""
        sizes = [x for x in self._lanes.get(first.key, {}) if abs(x - first.size) < _REACH]
        return sorted(sizes, key=lambda size: (abs(size - first.size), size))

    def _first(self, now: float) -> tuple[Entry[T, R] | None, bool]:
        """Take out the oldest live entry; the flag says whether dead ones were dropped before it."""
        dropped = False
        while self._lanes:
            lanes = (lane for sizes in self._lanes.values() for lane in sizes.values())
            heads = (next(iter(lane.values())) for lane in lanes)
            entry = min(heads, key=lambda head: head.number)
            self.remove(entry)
            if entry.live(now):
                return entry, dropped
            dropped = True
        return None, dropped
