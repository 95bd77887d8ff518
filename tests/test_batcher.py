"""The batcher in good times: forming batches, admission, start and close, and what it costs."""

import asyncio
import gc
import threading
import time
import weakref
from collections.abc import Hashable
from typing import cast

import pytest

from service.batcher import Batcher, Outcome
from service.errors import NotReady, Overloaded
from tests.batching import KEY, Clock, Engine, Observer, bench, errors, values

pytestmark = pytest.mark.anyio


# Forming batches


async def test_batcher_runs_the_first_request_at_once() -> None:
    async with bench() as b:
        tasks = await b.submit("hello")
        assert await b.engine.entered() == ["hello"]
        assert b.batcher.queued_cost == 0
        b.engine.step()
        assert await values(tasks) == ["HELLO"]


async def test_batcher_forms_a_batch_while_the_engine_is_busy() -> None:
    async with bench() as b:
        first = await b.occupy()
        tasks = await b.submit("hello", "你好", "你好 world")
        assert b.batcher.queued_cost == 30
        b.engine.step()
        assert await b.engine.entered() == ["hello", "你好", "你好 world"]
        assert b.batcher.queued_cost == 0
        b.engine.step()
        assert await values([first, *tasks]) == ["BUSY", "HELLO", "你好", "你好 WORLD"]


async def test_batcher_never_mixes_keys() -> None:
    async with bench() as b:
        first = await b.occupy()
        zh = await b.submit("a", key="to-zh")
        en = await b.submit("b", key="to-en")
        zh += await b.submit("c", key="to-zh")
        b.engine.free()
        assert await values([first, *zh, *en]) == ["BUSY", "A", "C", "B"]
        assert b.engine.calls == [["busy"], ["a", "c"], ["b"]]
        assert b.engine.keys == [KEY, "to-zh", "to-en"]


async def test_batcher_keeps_the_padded_budget() -> None:
    async with bench() as b:
        first = await b.occupy()
        tasks = await b.submit("a", "b", "c", "d", cost=30)
        b.engine.free()
        await values([first, *tasks])
        assert b.engine.calls[1:] == [["a", "b", "c"], ["d"]]  # 4 x 30 is over 100


async def test_batcher_runs_an_item_over_the_budget_alone() -> None:
    async with bench() as b:
        first = await b.occupy()
        small = await b.submit("a", cost=90)
        large = await b.submit("large", cost=101)
        small += await b.submit("b", cost=10)
        b.engine.free()
        assert await values([first, *small, *large]) == ["BUSY", "A", "B", "LARGE"]
        assert ["large"] in b.engine.calls


async def test_batcher_gathers_like_lengths_around_the_oldest() -> None:
    async with bench(max_batch_cost=1000) as b:
        first = await b.occupy()
        tasks = await b.submit("long 1", cost=200)
        for number in range(5):
            tasks += await b.submit(f"short {number}", cost=5)
        tasks += await b.submit("long 2", cost=220)
        b.engine.free()
        await values([first, *tasks])
        shorts = [f"short {number}" for number in range(5)]
        assert b.engine.calls[1:] == [["long 1", "long 2"], shorts]


async def test_batcher_counts_a_cost_under_one_as_one() -> None:
    async with bench() as b:
        first = await b.occupy()
        tasks = await b.submit("a", "b", cost=0)
        assert b.batcher.queued_cost == 2
        b.engine.free()
        assert await values([first, *tasks]) == ["BUSY", "A", "B"]


async def test_batcher_shares_a_burst_among_its_workers() -> None:
    async with bench(workers=2) as b:
        burst = threading.Event()
        for _ in range(2):
            b.batcher._executor.submit(burst.wait, 10)
        tasks = await b.submit("a", "b", "c", "d")
        burst.set()  # both threads start now
        calls = [await b.engine.entered(), await b.engine.entered()]
        assert sorted(calls) == [["a", "b"], ["c", "d"]]
        b.engine.free()
        assert await values(tasks) == ["A", "B", "C", "D"]


async def test_batcher_tells_how_long_an_item_waited_and_ran() -> None:
    clock = Clock()
    async with bench(clock=clock) as b:
        first = await b.occupy()
        tasks = await b.submit("a")
        clock.now += 2
        b.engine.step()
        assert await b.engine.entered() == ["a"]
        clock.now += 0.5
        b.engine.step()
        await values([first, *tasks])
        assert tasks[0].result() == Outcome("A", queued_s=2, ran_s=0.5)


async def test_batcher_tells_its_observer() -> None:
    observer = Observer()
    async with bench(observer=observer, clock=Clock()) as b:
        first = await b.occupy()
        tasks = await b.submit("a", "b", cost=30)
        tasks += await b.submit("c", cost=20)
        b.engine.free()
        await values([first, *tasks])
    assert observer.batches == [(1, 1, 0.0), (3, 90, 0.0)]
    assert max(observer.costs) == 80
    assert observer.costs[-1] == 0


async def test_batcher_outlives_a_broken_observer() -> None:
    class Broken(Observer):
        def queued(self, cost: int) -> None:
            raise RuntimeError("no metrics today")

    async with bench(observer=Broken()) as b:
        tasks = await b.submit("a")
        b.engine.free()
        assert await values(tasks) == ["A"]


# Admission


async def test_batcher_refuses_what_does_not_fit_the_queue() -> None:
    async with bench(max_queued_cost=50) as b:
        first = await b.occupy()
        tasks = await b.submit("a", "b", "c", cost=15)
        refused = await b.submit("d", cost=6)
        (error,) = await errors(refused)
        assert isinstance(error, Overloaded)
        assert (error.limit, error.actual) == (50, 51)
        assert error.retry_after_s == 1.0  # nothing is known about the rate yet
        tasks += await b.submit("e", cost=5)
        b.engine.free()
        assert await values([first, *tasks]) == ["BUSY", "A", "B", "C", "E"]


async def test_batcher_admits_an_item_over_the_limit_to_an_empty_queue_only() -> None:
    async with bench(max_queued_cost=50) as b:
        first = await b.occupy()
        large = await b.submit("large", cost=80)
        assert b.batcher.queued_cost == 80
        assert isinstance((await errors(await b.submit("a", cost=1)))[0], Overloaded)
        b.engine.free()
        assert await values([first, *large]) == ["BUSY", "LARGE"]


@pytest.mark.parametrize(
    ("seconds", "retry_after_s"), [(2.0, 8.0), (0.001, 0.1), (1000.0, 60.0), (0.0, 1.0)]
)
async def test_batcher_computes_retry_after_from_the_drain_rate(
    seconds: float, retry_after_s: float
) -> None:
    clock = Clock()
    async with bench(max_queued_cost=40, clock=clock) as b:
        tasks = await b.submit("a")  # a cost of 10 in `seconds`
        await b.engine.entered()
        clock.now += seconds
        b.engine.step()
        await values(tasks)
        tasks = [await b.occupy(), *await b.submit("b", "c", "d", "e")]
        (error,) = await errors(await b.submit("f"))
        assert isinstance(error, Overloaded)
        assert error.retry_after_s == pytest.approx(retry_after_s)
        b.engine.free()
        await values(tasks)


async def test_batcher_lets_go_of_a_key_that_cannot_be_one() -> None:
    async with bench() as b:
        (error,) = await errors(await b.submit("a", key=cast(Hashable, ["no", "key"])))
        assert isinstance(error, TypeError)


# Life


async def test_batcher_serves_only_after_start() -> None:
    batcher: Batcher[str, str] = Batcher(lambda _, x: x, max_batch_cost=1, max_queued_cost=1)
    alive = [batcher.alive]
    with pytest.raises(NotReady):
        await batcher.submit("a", cost=1, key=KEY, deadline=None)
    await batcher.start()
    alive.append(batcher.alive)
    with pytest.raises(RuntimeError):
        await batcher.start()
    assert await batcher.close(0)
    assert [*alive, batcher.alive] == [False, True, False]


async def test_batcher_close_drains_what_is_in_flight() -> None:
    async with bench() as b:
        first = await b.occupy()
        tasks = await b.submit("a", "b", key="other")
        closing = asyncio.create_task(b.batcher.close(10))
        await asyncio.sleep(0)
        assert not b.batcher.alive
        with pytest.raises(NotReady, match="shutting down"):
            await b.batcher.submit("c", cost=1, key=KEY, deadline=None)
        b.engine.free()
        assert await values([first, *tasks]) == ["BUSY", "A", "B"]
        assert await closing
        assert await b.batcher.close(10)  # again, at once


async def test_batcher_close_waits_for_a_call_that_nobody_awaits() -> None:
    async with bench() as b:
        first = await b.occupy()
        first.cancel()
        await asyncio.wait([first])
        closing = asyncio.create_task(b.batcher.close(10))
        await asyncio.sleep(0)
        assert not closing.done()
        b.engine.step()
        assert await closing


async def test_batcher_close_ends_with_the_answer_that_was_on_its_way() -> None:
    async with bench() as b:
        first = await b.occupy()
        b.engine.step()
        b.batcher._executor.shutdown(wait=True)  # the worker has gone, the loop has not heard yet
        async with asyncio.timeout(10):
            assert await b.batcher.close(100)
        assert await values([first]) == ["BUSY"]


async def test_batcher_close_fails_what_does_not_finish_in_time() -> None:
    async with bench() as b:
        running = [await b.occupy()]
        waiting = await b.submit("a", "b")
        assert not await b.batcher.close(0)
        assert {type(error) for error in await errors(running + waiting)} == {NotReady}
        assert b.batcher.queued_cost == 0
        b.engine.step()


async def test_batcher_close_fails_the_rest_when_it_is_cancelled() -> None:
    async with bench() as b:
        running = [await b.occupy()]
        closing = asyncio.create_task(b.batcher.close(100))
        await asyncio.sleep(0)
        closing.cancel()
        assert isinstance((await errors([*running]))[0], NotReady)
        b.engine.step()


def test_batcher_worker_survives_the_end_of_its_loop() -> None:
    async def leave() -> tuple[Engine, Batcher[str, str]]:
        engine = Engine()
        batcher: Batcher[str, str] = Batcher(engine.run, max_batch_cost=10, max_queued_cost=10)
        await batcher.start()
        task = asyncio.create_task(batcher.submit("a", cost=1, key=KEY, deadline=None))
        await engine.entered()
        task.cancel()
        await asyncio.wait([task])
        return engine, batcher

    engine, batcher = asyncio.run(leave())
    engine.step()
    batcher._executor.shutdown(wait=True)
    assert batcher.idle


# Cost


async def test_batcher_keeps_nothing_of_finished_requests() -> None:
    class Item:
        pass

    batcher: Batcher[Item, None] = Batcher(
        lambda _, items: [None] * len(items), max_batch_cost=100, max_queued_cost=100
    )
    await batcher.start()
    seen: weakref.WeakSet[Item] = weakref.WeakSet()
    for number in range(1000):
        item = Item()
        seen.add(item)
        await batcher.submit(item, cost=1, key=number, deadline=time.monotonic() + 3600)
    gc.collect()
    assert len(seen) < 100  # the deadline heap has its slack
    await batcher.close(10)


async def test_batcher_is_cheap_when_idle() -> None:
    """About 20 microseconds of the event loop's CPU time a request; the bound is for slow machines."""
    batcher: Batcher[str, str] = Batcher(lambda _, x: x, max_batch_cost=100, max_queued_cost=100)
    await batcher.start()
    rounds = []
    for _ in range(5):
        started = time.thread_time()
        for _ in range(200):
            await batcher.submit("a", cost=1, key=KEY, deadline=time.monotonic() + 30)
        rounds.append((time.thread_time() - started) / 200)
    await batcher.close(10)
    assert min(rounds) < 250e-6
