"""The batcher in bad times: callers leave, deadlines pass, items poison a batch, the engine dies."""

import asyncio
import time
from collections.abc import Hashable
from typing import Any

import pytest

from service.batcher import Batcher, EngineDead
from service.errors import DeadlineExceeded, EngineFailed, NotReady
from tests.batching import KEY, Clock, Observer, bench, errors, values

pytestmark = pytest.mark.anyio


# Cancellation and deadlines


async def test_batcher_drops_a_cancelled_item_before_the_engine_sees_it() -> None:
    async with bench() as b:
        first = await b.occupy()
        kept, gone = await b.submit("kept", "gone")
        gone.cancel()
        await asyncio.wait([gone])
        assert b.batcher.queued_cost == 10
        b.engine.free()
        assert await values([first, kept]) == ["BUSY", "KEPT"]
        assert b.engine.calls == [["busy"], ["kept"]]


async def test_batcher_drops_an_item_whose_caller_has_not_woken_from_its_cancellation() -> None:
    observer = Observer()
    async with bench(observer=observer) as b:
        first = await b.occupy()
        (gone,) = await b.submit("gone")
        observer.emptied.clear()
        gone.cancel()
        b.engine.step()
        observer.emptied.wait(10)  # the loop stands still until the worker has looked at the queue
        await asyncio.wait([gone])
        assert await values([first]) == ["BUSY"]
        assert b.engine.calls == [["busy"]]


async def test_batcher_answers_the_others_when_one_caller_leaves_a_running_batch() -> None:
    async with bench() as b:
        first = await b.occupy()
        kept, gone = await b.submit("kept", "gone")
        b.engine.step()
        await b.engine.entered()
        gone.cancel()
        await asyncio.wait([gone])
        b.engine.step()
        assert await values([first, kept]) == ["BUSY", "KEPT"]
        assert gone.cancelled()


async def test_batcher_refuses_a_deadline_that_has_passed() -> None:
    clock = Clock()
    async with bench(clock=clock) as b:
        tasks = await b.submit("late", deadline=clock.now)
        assert isinstance((await errors(tasks))[0], DeadlineExceeded)
        assert b.engine.calls == []


async def test_batcher_drops_expired_items_when_it_forms_a_batch() -> None:
    clock = Clock()
    async with bench(clock=clock) as b:
        first = await b.occupy()
        late = await b.submit("late", "late too", deadline=clock.now + 500)
        kept = await b.submit("kept", deadline=clock.now + 900)
        late += await b.submit("late again", deadline=clock.now + 400)
        clock.now += 600
        b.engine.step()
        assert await b.engine.entered() == ["kept"]
        b.engine.step()
        assert await values([first, *kept]) == ["BUSY", "KEPT"]
        assert {type(error) for error in await errors(late)} == {DeadlineExceeded}


async def test_batcher_resolves_waiters_on_time_while_the_engine_hangs() -> None:
    async with bench() as b:
        started = time.monotonic()
        patient = await b.submit("patient", deadline=started + 3600)
        await b.engine.entered()
        tasks = await b.submit("later", deadline=started + 0.04)
        tasks += await b.submit("sooner", deadline=started + 0.02)
        assert {type(error) for error in await errors(tasks)} == {DeadlineExceeded}
        assert time.monotonic() - started < 2
        assert b.batcher.queued_cost == 0
        assert b.batcher.alive
        b.engine.step()
        assert await values(patient) == ["PATIENT"]


async def test_batcher_resolves_an_item_in_the_engine_on_time() -> None:
    async with bench() as b:
        tasks = await b.submit("hung", deadline=time.monotonic() + 0.05)
        await b.engine.entered()
        assert isinstance((await errors(tasks))[0], DeadlineExceeded)
        assert not b.batcher.idle  # the call is still there


async def test_batcher_skips_items_that_expired_or_left_while_their_batch_failed() -> None:
    clock = Clock()
    async with bench(clock=clock) as b:
        first = await b.occupy()
        late = await b.submit("late", deadline=clock.now + 10)
        kept = await b.submit("kept")
        gone = await b.submit("poison", "gone")
        b.engine.step()
        assert len(await b.engine.entered()) == 4
        clock.now += 20
        for task in gone:
            task.cancel()
        await asyncio.wait(gone)
        b.engine.free()
        assert await values([first, *kept]) == ["BUSY", "KEPT"]
        assert isinstance((await errors(late))[0], DeadlineExceeded)
        assert b.engine.calls[2:] == [["kept"]]


# Failures


@pytest.mark.parametrize("size", [1, 2, 3, 8])
@pytest.mark.parametrize("bad", ["poison", "short"])
async def test_batcher_fails_the_guilty_item_only(size: int, bad: str) -> None:
    async with bench() as b:
        first = await b.occupy()
        siblings = await b.submit(*[f"好 {number}" for number in range(size // 2)])
        guilty = await b.submit(bad)
        siblings += await b.submit(*[f"ok {number}" for number in range(size - size // 2 - 1)])
        b.engine.free()
        (error,) = await errors(guilty)
        assert isinstance(error, EngineFailed)
        assert isinstance(error.__cause__, ValueError)
        assert bad not in str(error)
        assert len(await values([first, *siblings])) == size
        assert b.batcher.alive
        assert max(len(call) for call in b.engine.calls) == size


async def test_batcher_isolates_several_guilty_items() -> None:
    async with bench() as b:
        first = await b.occupy()
        tasks = await b.submit("poison", "a", "poison", "b", "c", "poison")
        b.engine.free()
        assert len(await errors([tasks[0], tasks[2], tasks[5]])) == 3
        assert await values([first, tasks[1], tasks[3], tasks[4]]) == ["BUSY", "A", "B", "C"]


async def test_batcher_takes_an_answer_that_is_no_list_as_a_failure() -> None:
    def run(key: Hashable, items: list[str]) -> Any:
        return None

    batcher: Batcher[str, str] = Batcher(run, max_batch_cost=10, max_queued_cost=10)
    await batcher.start()
    with pytest.raises(EngineFailed) as caught:
        await batcher.submit("a", cost=1, key=KEY, deadline=None)
    assert isinstance(caught.value.__cause__, TypeError)
    await batcher.close(10)


@pytest.mark.parametrize(
    "error", [SystemExit(1), KeyboardInterrupt(), MemoryError(), EngineDead("lost the device")]
)
async def test_batcher_fails_everyone_when_the_engine_dies(error: BaseException) -> None:
    async with bench() as b:
        running = [await b.occupy()]
        waiting = await b.submit("a", "b", "你好", key="other")
        b.engine.step(error)
        failures = await errors(running + waiting)
        assert {type(failure) for failure in failures} == {NotReady}
        assert {failure.__cause__ for failure in failures} == {error}
        assert not b.batcher.alive
        assert b.batcher.queued_cost == 0
        assert b.engine.calls == [["busy"]]
        with pytest.raises(NotReady, match="dead"):
            await b.batcher.submit("c", cost=1, key=KEY, deadline=None)


async def test_batcher_fails_the_other_workers_items_when_the_engine_dies() -> None:
    async with bench(workers=2) as b:
        tasks = await b.submit("a", "b")
        await b.engine.entered()
        await b.engine.entered()
        b.engine.step(SystemExit(1))
        assert {type(error) for error in await errors(tasks)} == {NotReady}
        assert not b.batcher.idle
        b.engine.step()  # the other worker's late answer finds nobody


async def test_batcher_gives_a_dead_engine_nothing_more() -> None:
    async with bench(workers=2) as b:
        tasks = await b.submit("a", "b")
        await b.engine.entered()
        await b.engine.entered()
        tasks += await b.submit("c")
        b.engine.step(SystemExit(1))
        while b.batcher.alive:
            pass  # the loop stands still: it cannot empty the queue
        b.engine.free()
        b.batcher._executor.shutdown(wait=True)
        assert {type(error) for error in await errors(tasks[2:])} == {NotReady}
        assert len(b.engine.calls) == 2
        await asyncio.gather(*tasks, return_exceptions=True)


async def test_batcher_is_dead_when_no_thread_can_be_had() -> None:
    async with bench() as b:
        b.batcher._executor.shutdown()
        assert isinstance((await errors(await b.submit("a")))[0], NotReady)
        assert not b.batcher.alive
