"""A bench for the batcher: its engine stops in every call until the test lets it go on."""

import asyncio
import queue
import threading
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager
from typing import Any

from service.batcher import Batcher, Outcome

__all__ = ["KEY", "Bench", "Clock", "Engine", "Observer", "bench", "errors", "values"]

KEY = ("en", "zh")


class Engine:
    """Answers in upper case, one call for each permit; ``poison`` raises and ``short`` loses a row."""

    def __init__(self) -> None:
        self.calls: list[list[str]] = []
        self.keys: list[Hashable] = []
        self._entered: asyncio.Queue[list[str]] = asyncio.Queue()
        self._permits: queue.SimpleQueue[BaseException | None] = queue.SimpleQueue()
        self._loop = asyncio.get_running_loop()
        self._free = False

    def run(self, key: Hashable, items: list[str]) -> list[str]:
        self.calls.append(items)
        self.keys.append(key)
        if not self._free:
            self._loop.call_soon_threadsafe(self._entered.put_nowait, items)
            error = self._permits.get(timeout=20)
            if error is not None:
                raise error
        if "poison" in items:
            raise ValueError("bad item")
        return [item.upper() for item in items if item != "short"]

    async def entered(self) -> list[str]:
        """The items of the next call, once the engine is in it."""
        async with asyncio.timeout(10):
            return await self._entered.get()

    def step(self, error: BaseException | None = None) -> None:
        """Let the call that waits, or the next one, return or raise."""
        self._permits.put(error)

    def free(self) -> None:
        """Stop no more."""
        self._free = True
        for _ in range(50):
            self._permits.put(None)


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Observer:
    def __init__(self) -> None:
        self.batches: list[tuple[int, int, float]] = []
        self.costs: list[int] = []
        self.emptied = threading.Event()

    def batch(self, items: int, padded_cost: int, seconds: float) -> None:
        self.batches.append((items, padded_cost, seconds))

    def queued(self, cost: int) -> None:
        self.costs.append(cost)
        if not cost:
            self.emptied.set()


class Bench:
    """A started batcher, its engine, and the tasks that wait for it."""

    def __init__(self, engine: Engine, batcher: Batcher[str, str]) -> None:
        self.engine = engine
        self.batcher = batcher

    async def submit(
        self, *items: str, cost: int = 10, key: Hashable = KEY, deadline: float | None = None
    ) -> list["asyncio.Task[Outcome[str]]"]:
        """One waiting task for each item, already admitted or refused."""
        tasks = [
            asyncio.create_task(self.batcher.submit(item, cost=cost, key=key, deadline=deadline))
            for item in items
        ]
        await asyncio.sleep(0)
        return tasks

    async def occupy(self) -> "asyncio.Task[Outcome[str]]":
        """Put the engine to work, so that what follows has to wait."""
        (task,) = await self.submit("busy", cost=1)
        assert await self.engine.entered() == ["busy"]
        return task


@asynccontextmanager
async def bench(**options: Any) -> AsyncIterator[Bench]:
    engine = Engine()
    limits = {"max_batch_cost": 100, "max_queued_cost": 1000} | options
    batcher: Batcher[str, str] = Batcher(engine.run, **limits)
    await batcher.start()
    try:
        yield Bench(engine, batcher)
    finally:
        engine.free()
        await batcher.close(10)
        assert batcher.queued_cost == 0
        assert batcher.idle


async def values(tasks: list["asyncio.Task[Outcome[str]]"]) -> list[str]:
    async with asyncio.timeout(10):
        return [outcome.value for outcome in await asyncio.gather(*tasks)]


async def errors(tasks: list["asyncio.Task[Outcome[str]]"]) -> list[BaseException]:
    async with asyncio.timeout(10):
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(isinstance(outcome, BaseException) for outcome in outcomes)
    return [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
