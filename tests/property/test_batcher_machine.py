"""The batcher under every order of events: submit, cancel, poison, expire, fail, kill, close.

Each caller gets exactly one answer and the right one, no batch is over the budget or holds what was
already resolved, and the queue's cost is that of the items that wait.
"""

import asyncio
import queue
from collections.abc import Callable, Coroutine, Hashable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from service.batcher import Batcher, EngineDead, Outcome
from service.errors import DeadlineExceeded, EngineFailed, NotReady, Overloaded

MAX_BATCH_COST = 60
MAX_QUEUED_COST = 200

X = TypeVar("X")


@dataclass(eq=False)
class Item:
    number: int
    cost: int
    key: str
    poisoned: bool
    deadline: float | None
    cancelled: bool = False
    seen: bool = False  # by the engine
    task: "asyncio.Task[Outcome[str]]" = field(init=False)


class Engine:
    """Stops in each call until it is let go, and checks what it is given."""

    def __init__(self) -> None:
        self.inside = 0
        self.left = 0
        self.complaints: list[str] = []
        self._permits: queue.SimpleQueue[BaseException | None] = queue.SimpleQueue()

    def run(self, key: Hashable, items: list[Item]) -> list[str]:
        self._check(key, items)
        self.inside = 1
        error = self._permits.get(timeout=30)
        self.inside = 0
        self.left += 1
        if error is not None:
            raise error
        if any(item.poisoned for item in items):
            raise ValueError("poison")
        return [f"answer {item.number}" for item in items]

    def let_go(self, error: BaseException | None = None) -> None:
        self._permits.put(error)

    def _check(self, key: Hashable, items: list[Item]) -> None:
        for item in items:
            if item.task.done():
                self.complaints.append("a resolved item reached the engine")
            if item.key != key:
                self.complaints.append("keys are mixed")
            item.seen = True
        if len(items) > 1 and max(item.cost for item in items) * len(items) > MAX_BATCH_COST:
            self.complaints.append("over the budget")


class BatcherMachine(RuleBasedStateMachine):
    """One worker, so that after each step the engine either stands in a call or has nothing to do."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.loop = self.runner.get_loop()
        self.unhandled: list[dict[str, Any]] = []
        self.loop.set_exception_handler(lambda _, context: self.unhandled.append(context))
        self.engine = Engine()
        self.now = 0.0
        self.items: list[Item] = []
        self.killed = False
        self.closed = False
        self.batcher: Batcher[Item, str] = Batcher(
            self.engine.run,
            max_batch_cost=MAX_BATCH_COST,
            max_queued_cost=MAX_QUEUED_COST,
            clock=lambda: self.now,
        )
        self.do(self.batcher.start())

    def do(self, step: Coroutine[Any, Any, X]) -> X:
        """Run one step and what follows from it, until only the engine can go on."""

        async def whole() -> X:
            result = await step
            await self.until(lambda: self.batcher.idle or self.engine.inside == 1)
            for _ in range(5):  # callbacks and tasks that are due
                await asyncio.sleep(0)
            return result

        return self.runner.run(whole())

    async def until(self, reached: Callable[[], bool]) -> None:
        async with asyncio.timeout(20):
            while not reached():  # noqa: ASYNC110 - what a thread reaches has no event
                await asyncio.sleep(0)

    def waiting(self) -> list[Item]:
        return [item for item in self.items if not item.task.done()]

    @rule(
        cost=st.integers(1, 80),
        key=st.sampled_from(["en-zh", "zh-en"]),
        poisoned=st.sampled_from([False, False, False, True]),
        patience=st.sampled_from([None, None, 500.0, 1000.0]),
        count=st.integers(1, 6),
    )
    def submit(
        self, cost: int, key: str, poisoned: bool, patience: float | None, count: int
    ) -> None:
        async def step() -> None:
            deadline = None if patience is None else self.now + patience
            for _ in range(count):
                item = Item(len(self.items), cost, key, poisoned, deadline)
                self.items.append(item)
                item.task = asyncio.create_task(
                    self.batcher.submit(item, cost=cost, key=key, deadline=deadline)
                )
            await asyncio.sleep(0)

        self.do(step())

    @precondition(lambda self: self.waiting())
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        item = data.draw(st.sampled_from(self.waiting()))

        async def step() -> None:
            item.cancelled = True
            item.task.cancel()
            await asyncio.wait([item.task])

        self.do(step())

    @rule(seconds=st.sampled_from([100.0, 400.0, 600.0]), timer=st.booleans())
    def expire(self, seconds: float, timer: bool) -> None:
        """Time passes; the timer may be late, and then forming the next batch must notice."""

        async def step() -> None:
            self.now += seconds
            if timer:
                self.batcher.sweep()

        self.do(step())

    @precondition(lambda self: self.engine.inside)
    @rule()
    def answer(self) -> None:
        self.let_go(None)

    @precondition(lambda self: self.engine.inside)
    @rule()
    def fail(self) -> None:
        self.let_go(RuntimeError("a bad moment"))

    @precondition(lambda self: self.engine.inside and len(self.items) > 10)
    @rule(error=st.sampled_from([SystemExit(1), MemoryError(), EngineDead("gone")]))
    def kill(self, error: BaseException) -> None:
        self.killed = True
        self.let_go(error)

    @precondition(lambda self: len(self.items) > 20 and not self.closed)
    @rule()
    def close(self) -> None:
        self.closed = True
        idle = self.batcher.idle
        assert self.do(self.batcher.close(0)) is idle

    def let_go(self, error: BaseException | None) -> None:
        async def step() -> None:
            left = self.engine.left
            self.engine.let_go(error)
            await self.until(lambda: self.engine.left > left)

        self.do(step())

    @invariant()
    def queued_cost_is_that_of_the_waiting(self) -> None:
        waiting = [item for item in self.waiting() if not item.seen]
        assert self.batcher.queued_cost == sum(item.cost for item in waiting)

    @invariant()
    def nothing_went_wrong_unseen(self) -> None:
        assert self.engine.complaints == []
        assert self.unhandled == []

    @invariant()
    def alive_until_killed_or_closed(self) -> None:
        assert self.batcher.alive is not (self.killed or self.closed)

    def teardown(self) -> None:
        try:
            while self.engine.inside:
                self.let_go(None)
            assert self.do(self.batcher.close(20))
            assert self.batcher.queued_cost == 0
            assert self.batcher.idle
            for item in self.items:
                self.check(item)
            self.nothing_went_wrong_unseen()
        finally:
            self.engine.let_go()
            self.runner.close()

    def check(self, item: Item) -> None:
        assert item.task.done()
        if item.task.cancelled():
            assert item.cancelled
            return
        error = item.task.exception()
        if error is None:
            assert item.task.result().value == f"answer {item.number}"
            assert not item.poisoned
        elif isinstance(error, EngineFailed):
            assert item.seen
            assert type(error.__cause__) in (
                {ValueError, RuntimeError} if item.poisoned else {RuntimeError}
            )
        elif isinstance(error, DeadlineExceeded):
            assert item.deadline is not None
            assert item.deadline <= self.now
        elif isinstance(error, NotReady):
            assert self.killed or self.closed
        else:
            assert isinstance(error, Overloaded)
            assert not item.seen


BatcherMachine.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestBatcherMachine = BatcherMachine.TestCase


@pytest.mark.anyio
@settings(max_examples=40, deadline=None)
@given(
    workers=st.integers(1, 4),
    costs=st.lists(st.integers(1, 60), min_size=1, max_size=120),
    poisoned=st.sets(st.integers(0, 119)),
    cancelled=st.sets(st.integers(0, 119)),
)
async def test_batcher_answers_everyone_with_free_running_workers(
    workers: int, costs: list[int], poisoned: set[int], cancelled: set[int]
) -> None:
    """Several threads at full speed, in whatever order they come."""

    def run(key: Hashable, items: list[int]) -> list[int]:
        if poisoned.intersection(items):
            raise ValueError("poison")
        return [-item for item in items]

    batcher: Batcher[int, int] = Batcher(
        run, max_batch_cost=MAX_BATCH_COST, max_queued_cost=10_000, workers=workers
    )
    await batcher.start()
    tasks = []
    for number, cost in enumerate(costs):
        tasks.append(
            asyncio.create_task(batcher.submit(number, cost=cost, key=number % 2, deadline=None))
        )
        if number % 7 == 0:
            await asyncio.sleep(0)
        for gone in cancelled.intersection([number - 3]):
            tasks[gone].cancel()
    async with asyncio.timeout(20):
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert await batcher.close(20)
    assert batcher.queued_cost == 0
    for number, outcome in enumerate(outcomes):
        if isinstance(outcome, asyncio.CancelledError):
            assert number in cancelled
        elif isinstance(outcome, BaseException):
            assert isinstance(outcome, EngineFailed)
            assert number in poisoned
        else:
            assert outcome.value == -number
