"""Dynamic micro-batching: many awaiting callers share few engine calls. Knows no text, HTTP or model.

The first request runs at once; batches form while the engine is busy. A worker thread that gets
free takes its next batch straight from the queue, so the engine never idles for a turn of the event
loop, and a batch is formed as late (and so as large) as possible. What is shared with the workers
is guarded by one lock held for microseconds; futures are resolved on the event loop only.
"""

import asyncio
import heapq
import itertools
import logging
import math
import threading
import time
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from service.batch_queue import BatchQueue, Entry
from service.errors import DeadlineExceeded, EngineFailed, NotReady, Overloaded, ServiceError

__all__ = ["BatchObserver", "Batcher", "EngineDead", "Outcome"]

logger = logging.getLogger(__name__)

T = TypeVar("T")
R = TypeVar("R")

# Finished entries that may stay in the deadline heap beyond the live ones before it is rebuilt.
_HEAP_SLACK = 64
# Weight of the past when the drain rate is averaged over batches.
_DECAY = 0.8
_RETRY_AFTER_UNKNOWN_S = 1.0
_RETRY_AFTER_MIN_S, _RETRY_AFTER_MAX_S = 0.1, 60.0


class EngineDead(Exception):
    """Raised by ``run`` when no later call can succeed: everyone gets ``NotReady`` at once."""


class BatchObserver(Protocol):
    """Who wants to know about batches. Calls must be quick and must not call the batcher."""

    def batch(self, items: int, padded_cost: int, seconds: float) -> None:
        """One engine call succeeded. Called on the event loop."""
        ...

    def queued(self, cost: int) -> None:
        """The cost now waiting. Called from any thread."""
        ...


@dataclass(frozen=True, slots=True)
class Outcome(Generic[R]):
    """The row for one item, the seconds it waited, and the seconds until its batch had the answer.

    ``ran_s`` includes the repeats after a failure.
    """

    value: R
    queued_s: float
    ran_s: float


class Batcher(Generic[T, R]):
    """Groups items of one ``key`` into calls of ``run(key, items)``, which returns a row for each.

    ``run`` is called from ``workers`` dedicated threads. A batch costs its largest item's cost
    times the number of items (padding), at most ``max_batch_cost``; a larger item runs alone. At
    most ``max_queued_cost`` waits, summed over items; an item that finds the queue empty is always
    let in. ``clock`` gives seconds, as deadlines do.
    """

    def __init__(
        self,
        run: Callable[[Hashable, list[T]], list[R]],
        *,
        max_batch_cost: int,
        max_queued_cost: int,
        workers: int = 1,
        observer: BatchObserver | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._run = run
        self._max_batch_cost = max_batch_cost
        self._max_queued_cost = max_queued_cost
        self._workers = workers
        self._observer = observer
        self._clock = clock
        self._numbers = itertools.count()
        # Shared with the workers, under the lock.
        self._lock = threading.Lock()
        self._queue: BatchQueue[T, Outcome[R]] = BatchQueue()
        self._active = 0  # worker threads that are taking or running batches
        self._running = 0  # of these, the ones that have a batch
        self._dead: BaseException | None = None
        self._closing = False
        # Event loop only.
        self._started = False
        self._loop: asyncio.AbstractEventLoop  # from start() on
        self._executor = ThreadPoolExecutor(workers, thread_name_prefix="batcher")
        self._outstanding: set[Entry[T, Outcome[R]]] = set()  # unresolved: waiting or running
        self._deadlines: list[tuple[float, int, Entry[T, Outcome[R]]]] = []
        self._timer: asyncio.TimerHandle | None = None
        self._timer_due = math.inf
        self._drained_cost = 0.0
        self._drained_s = 0.0
        self._idle_event = asyncio.Event()

    @property
    def alive(self) -> bool:
        """Whether ``submit`` can be answered: started, not closing, engine not dead."""
        return self._started and self._dead is None and not self._closing

    @property
    def idle(self) -> bool:
        """Whether nothing waits and no worker is busy, be it with a call nobody awaits any more."""
        return not self._outstanding and not self._active

    @property
    def queued_cost(self) -> int:
        """Cost of the items that wait for a batch; those in the engine do not count."""
        return self._queue.cost

    async def start(self) -> None:
        """Bind to the running event loop. A batcher starts once."""
        if self._started:
            raise RuntimeError("a batcher starts once")
        self._started = True
        self._loop = asyncio.get_running_loop()

    async def close(self, drain_s: float) -> bool:
        """Admit nothing more, give what is in flight ``drain_s`` to finish, fail the rest.

        Returns False when an engine call is still running then: its thread cannot be ended from
        outside and the interpreter waits for it at exit, so a process has to leave by ``os._exit``.
        """
        with self._lock:
            self._closing = True
        try:
            if not self.idle:
                async with asyncio.timeout(drain_s):
                    await self._idle_event.wait()
        except TimeoutError:
            logger.warning("drain_timeout", extra={"unanswered": len(self._outstanding)})
        finally:
            self._fail_all("the service is shutting down")
            self._executor.shutdown(wait=False)
        return not self._active

    async def submit(
        self, item: T, *, cost: int, key: Hashable, deadline: float | None
    ) -> Outcome[R]:
        """Wait for the row of ``item``. A cost under 1 counts as 1; ``deadline`` is a clock reading.

        Raises ``Overloaded`` (the queue is full), ``DeadlineExceeded``, ``EngineFailed`` (for this
        very item; the engine's error is the cause) or ``NotReady`` (not started, closing, or the
        engine is dead). Cancelling the caller takes the item out of the queue.
        """
        entry = self._admit(item, max(cost, 1), key, math.inf if deadline is None else deadline)
        try:
            return await entry.future
        finally:
            if entry in self._outstanding:  # the caller was cancelled
                self._drop(entry)

    def sweep(self) -> None:
        """Fail every item whose deadline has passed, be it in the engine. One timer serves all."""
        now = self._clock()
        heap = self._deadlines
        while heap and heap[0][0] <= now:
            entry = heapq.heappop(heap)[2]
            if entry in self._outstanding:
                self._fail(entry, DeadlineExceeded("not finished before the deadline"), None)
        self._set_timer()

    # Admission, on the event loop

    def _admit(self, item: T, cost: int, key: Hashable, deadline: float) -> Entry[T, Outcome[R]]:
        if not self._started:
            raise NotReady("the batcher has not been started")
        now = self._clock()
        if deadline <= now:
            raise DeadlineExceeded("the deadline had passed on arrival")
        entry: Entry[T, Outcome[R]] = Entry(
            item, cost, key, deadline, next(self._numbers), now, self._loop.create_future()
        )
        with self._lock:
            if self._dead is not None:
                raise NotReady("the engine is dead") from self._dead
            if self._closing:
                raise NotReady("the service is shutting down")
            if self._queue.cost and self._queue.cost + cost > self._max_queued_cost:
                raise self._overloaded(cost)
            self._queue.add(entry)
            self._tell_queued()
            start_worker = self._active < self._workers
            self._active += start_worker
        self._outstanding.add(entry)
        if deadline != math.inf:
            self._watch(entry)
        if start_worker:
            self._start_worker()
        return entry

    def _start_worker(self) -> None:
        try:
            self._executor.submit(self._work)
        except RuntimeError as error:  # the system gives no thread, or the interpreter is ending
            self._die(error)

    def _overloaded(self, cost: int) -> Overloaded:
        """The refusal, with the time in which the queue will have drained at the present rate."""
        queued = self._queue.cost
        retry_after_s = _RETRY_AFTER_UNKNOWN_S
        if self._drained_s > 0:
            rate = self._workers * self._drained_cost / self._drained_s
            retry_after_s = min(max(queued / rate, _RETRY_AFTER_MIN_S), _RETRY_AFTER_MAX_S)
        return Overloaded(
            "the queue is full",
            limit=self._max_queued_cost,
            actual=queued + cost,
            retry_after_s=retry_after_s,
        )

    # Deadlines, on the event loop

    def _watch(self, entry: Entry[T, Outcome[R]]) -> None:
        heap = self._deadlines
        if len(heap) > 2 * len(self._outstanding) + _HEAP_SLACK:
            heap[:] = [due for due in heap if due[2] in self._outstanding]
            heapq.heapify(heap)
        heapq.heappush(heap, (entry.deadline, entry.number, entry))
        if entry.deadline < self._timer_due:
            self._set_timer()

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer, self._timer_due = None, math.inf
        if self._deadlines:
            self._timer_due = self._deadlines[0][0]
            delay_s = max(0.0, self._timer_due - self._clock())
            self._timer = self._loop.call_later(delay_s, self.sweep)

    # Answers, on the event loop

    def _settle(
        self,
        chunk: list[Entry[T, Outcome[R]]],
        rows: list[R],
        taken: float,
        started: float,
        ended: float,
    ) -> None:
        for entry, row in zip(chunk, rows, strict=True):
            self._outstanding.discard(entry)
            if not entry.future.done():
                entry.future.set_result(Outcome(row, taken - entry.queued_at, ended - taken))
        costs = [entry.cost for entry in chunk]
        self._drained_cost = _DECAY * self._drained_cost + sum(costs)
        self._drained_s = _DECAY * self._drained_s + (ended - started)
        self._check_idle()
        if self._observer is not None:
            self._observer.batch(len(chunk), max(costs) * len(chunk), ended - started)

    def _fail(
        self, entry: Entry[T, Outcome[R]], error: ServiceError, cause: BaseException | None
    ) -> None:
        self._drop(entry)
        if not entry.future.done():
            error.__cause__ = cause
            entry.future.set_exception(error)

    def _fail_all(self, message: str) -> None:
        for entry in list(self._outstanding):
            self._fail(entry, NotReady(message), self._dead)
        self._deadlines.clear()
        self._set_timer()

    def _drop(self, entry: Entry[T, Outcome[R]]) -> None:
        self._outstanding.discard(entry)
        with self._lock:
            self._queue.remove(entry)
            self._tell_queued()
        self._check_idle()

    def _check_idle(self) -> None:
        if self._closing and self.idle:
            self._idle_event.set()

    # In the worker threads

    def _work(self) -> None:
        """Run batches until none is left. One such call for each busy worker."""
        try:
            while batch := self._take():
                try:
                    self._run_batch(batch)
                finally:
                    with self._lock:
                        self._running -= 1
        # Nothing may end a worker silently: everyone would wait for ever.
        except BaseException as error:
            self._die(error)
        if self._closing:
            self._post(self._check_idle)

    def _take(self) -> list[Entry[T, Outcome[R]]]:
        """The next batch; when there is none, this worker no longer counts as active."""
        with self._lock:
            budget = self._max_batch_cost
            free = self._workers - self._running
            if free > 1:  # share out what waits, so that a burst does not end up in one worker
                budget = min(budget, -(-self._queue.cost // free))
            batch: list[Entry[T, Outcome[R]]] = []
            dropped = False
            if self._dead is None:
                batch, dropped = self._queue.take(self._clock(), budget)
            if batch:
                self._running += 1
            else:
                self._active -= 1
            self._tell_queued()
        if dropped:
            self._post(self.sweep)
        return batch

    def _run_batch(self, batch: list[Entry[T, Outcome[R]]]) -> None:
        """Answer every item, halving what fails until only the guilty items are left.

        Whatever this raises means that the engine is dead.
        """
        taken = self._clock()
        chunks = [batch]
        while chunks:
            chunk = chunks.pop()
            started = self._clock()
            if not all(entry.live(started) for entry in chunk):
                self._post(self.sweep)
                chunk = [entry for entry in chunk if entry.live(started)]
                if not chunk:
                    continue
            try:
                rows = self._run(chunk[0].key, [entry.item for entry in chunk])
                if len(rows) != len(chunk):
                    raise ValueError(
                        f"the engine answered {len(chunk)} items with {len(rows)} rows"
                    )
            except (EngineDead, MemoryError):
                raise
            except Exception as error:
                if len(chunk) == 1:
                    logger.exception("engine_failed", extra={"cost": chunk[0].cost})
                    failure = EngineFailed("the engine failed on this text")
                    self._post(self._fail, chunk[0], failure, error)
                else:
                    middle = len(chunk) // 2
                    chunks += [chunk[middle:], chunk[:middle]]
            else:
                self._post(self._settle, chunk, rows, taken, started, self._clock())

    def _die(self, error: BaseException) -> None:
        logger.critical("engine_dead", exc_info=error)
        with self._lock:
            self._dead = error
            self._active -= 1
        self._post(self._fail_all, "the engine is dead")

    def _post(self, call: Callable[..., object], *args: object) -> None:
        """Call on the event loop, soon."""
        with suppress(RuntimeError):  # the loop has closed: nobody is left to be told
            self._loop.call_soon_threadsafe(call, *args)

    def _tell_queued(self) -> None:
        if self._observer is not None:
            try:
                self._observer.queued(self._queue.cost)
            except Exception:  # a broken observer must not take a request or a worker with it
                logger.exception("observer_failed")
