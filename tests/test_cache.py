"""Cache keys, the bounded cache, and calls that are shared while they run."""

import asyncio
import contextvars
from collections.abc import Awaitable, Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from service.cache import LruCache, SharedCalls, key

ANY_TEXT = st.text(alphabet=st.characters(exclude_categories=()))  # lone surrogates too


# Keys


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (["a|b"], ["a", "b"]),  # LibreTranslate's mistake
        (["你好", ""], ["", "你好"]),
        (["你", "好"], ["你好"]),
        (["en", "zh", "hi 你"], ["en", "zhhi", " 你"]),
        ([], [""]),
        (["a\x00b"], ["a", "b"]),
        (["\ud83d"], ["?"]),
    ],
)
def test_cache_keys_of_different_parts_differ(one: list[str], other: list[str]) -> None:
    assert key(*one) != key(*other)


def test_cache_key_does_not_grow_with_the_text() -> None:
    assert len(key("en", "zh", "你好 hello" * 100_000)) == 32


@given(st.lists(ANY_TEXT), st.lists(ANY_TEXT))
@example(["\ud800", "a"], ["\ud800a", ""])
def test_cache_keys_are_equal_for_equal_parts_only(one: list[str], other: list[str]) -> None:
    assert (key(*one) == key(*other)) is (one == other)


# The cache


def test_cache_lru_forgets_what_was_unused_for_longest() -> None:
    cache: LruCache[str] = LruCache(2)
    cache.put(b"a", "hello")
    cache.put(b"b", "你好")
    assert cache.get(b"a") == "hello"
    cache.put(b"c", "你好 world")
    assert [cache.get(name) for name in (b"a", b"b", b"c")] == ["hello", None, "你好 world"]
    assert (len(cache), cache.hits, cache.misses) == (2, 3, 1)


def test_cache_lru_put_replaces_and_renews() -> None:
    cache: LruCache[int] = LruCache(2)
    cache.put(b"a", 1)
    cache.put(b"b", 2)
    cache.put(b"a", 3)
    cache.put(b"c", 4)
    assert [cache.get(name) for name in (b"a", b"b", b"c")] == [3, None, 4]


def test_cache_lru_keeps_values_that_are_false() -> None:
    cache: LruCache[str] = LruCache(2)
    cache.put(b"a", "")
    assert cache.get(b"a") == ""
    assert cache.hits == 1


def test_cache_lru_of_no_entries_keeps_nothing() -> None:
    cache: LruCache[int] = LruCache(0)
    cache.put(b"a", 1)
    assert cache.get(b"a") is None
    assert len(cache) == 0


@given(
    entries=st.integers(0, 5),
    steps=st.lists(st.tuples(st.booleans(), st.integers(0, 9)), max_size=60),
)
def test_cache_lru_behaves_like_its_model(entries: int, steps: list[tuple[bool, int]]) -> None:
    cache: LruCache[int] = LruCache(entries)
    model: dict[bytes, int] = {}  # in order of use
    for put, number in steps:
        name = b"%d" % number
        if put:
            cache.put(name, number)
            model.pop(name, None)
            model[name] = number
            while len(model) > entries:
                del model[next(iter(model))]
        else:
            assert cache.get(name) == model.get(name)
            if name in model:
                model[name] = model.pop(name)
        assert len(cache) == len(model)


# Shared calls


class Work:
    """A call that ends when the test says so."""

    def __init__(self) -> None:
        self.started = 0
        self.cancelled = 0
        self.result: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def __call__(self) -> str:
        self.started += 1
        try:
            return await asyncio.shield(self.result)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise


async def waiters(
    calls: SharedCalls[str], call: Callable[[], Awaitable[str]], *names: bytes
) -> list["asyncio.Task[str]"]:
    tasks = [asyncio.create_task(calls.run(name, call)) for name in names]
    for _ in range(3):  # until the call itself runs
        await asyncio.sleep(0)
    return tasks


@pytest.mark.anyio
async def test_cache_shared_calls_run_identical_calls_once() -> None:
    calls: SharedCalls[str] = SharedCalls()
    work = Work()
    tasks = await waiters(calls, work, b"a", b"a", b"a")
    assert len(calls) == 1
    work.result.set_result("你好")
    assert await asyncio.gather(*tasks) == ["你好"] * 3
    assert work.started == 1
    assert len(calls) == 0


@pytest.mark.anyio
async def test_cache_shared_calls_keep_different_keys_apart() -> None:
    calls: SharedCalls[str] = SharedCalls()
    work = Work()
    tasks = await waiters(calls, work, b"a", b"b")
    work.result.set_result("x")
    await asyncio.gather(*tasks)
    assert work.started == 2


@pytest.mark.anyio
async def test_cache_shared_calls_start_anew_after_the_end() -> None:
    calls: SharedCalls[str] = SharedCalls()
    work = Work()
    work.result.set_result("x")
    assert [await calls.run(b"a", work), await calls.run(b"a", work)] == ["x", "x"]
    assert work.started == 2


@pytest.mark.anyio
async def test_cache_shared_calls_outlive_a_cancelled_waiter() -> None:
    calls: SharedCalls[str] = SharedCalls()
    work = Work()
    leader, waiter = await waiters(calls, work, b"a", b"a")
    waiter.cancel()
    await asyncio.wait([waiter])
    work.result.set_result("x")
    assert await leader == "x"
    assert (work.started, work.cancelled) == (1, 0)


@pytest.mark.anyio
async def test_cache_shared_calls_start_anew_for_the_rest_when_the_leader_is_cancelled() -> None:
    calls: SharedCalls[str] = SharedCalls()
    work = Work()
    leader, *rest = await waiters(calls, work, b"a", b"a", b"a", b"a")
    leader.cancel()
    rest[1].cancel()
    await asyncio.wait([leader, rest[1]])
    for _ in range(3):
        await asyncio.sleep(0)
    assert (len(calls), work.started, work.cancelled) == (1, 2, 1)
    work.result.set_result("x")
    assert await asyncio.gather(rest[0], rest[2]) == ["x", "x"]
    assert (len(calls), work.started) == (0, 2)


@pytest.mark.anyio
async def test_cache_shared_calls_cancel_a_call_that_nobody_awaits() -> None:
    calls: SharedCalls[str] = SharedCalls()
    work = Work()
    tasks = await waiters(calls, work, b"a", b"a")
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    assert len(calls) == 0
    again = await waiters(calls, work, b"a")  # does not join the call that is being cancelled
    assert (work.started, work.cancelled) == (2, 1)
    work.result.set_result("x")
    assert await asyncio.gather(*again) == ["x"]


@pytest.mark.anyio
async def test_cache_shared_calls_give_an_error_to_every_waiter() -> None:
    calls: SharedCalls[str] = SharedCalls()
    work = Work()
    tasks = await waiters(calls, work, b"a", b"a")
    work.result.set_exception(ValueError("no"))
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [ValueError, ValueError]
    work = Work()
    work.result.set_result("x")
    assert await calls.run(b"a", work) == "x"


@pytest.mark.anyio
async def test_cache_shared_calls_let_an_error_after_the_last_waiter_go_quietly() -> None:
    complaints: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
    calls: SharedCalls[str] = SharedCalls()

    async def stubborn() -> str:
        try:
            await asyncio.get_running_loop().create_future()
        except asyncio.CancelledError:
            raise ValueError("while it ended") from None
        raise AssertionError

    tasks = await waiters(calls, stubborn, b"a")
    tasks[0].cancel()
    await asyncio.wait(tasks)
    for _ in range(3):
        await asyncio.sleep(0)
    assert complaints == []


@pytest.mark.anyio
async def test_cache_shared_calls_run_in_the_context_of_the_first_caller() -> None:
    name: contextvars.ContextVar[str] = contextvars.ContextVar("name")

    async def call() -> str:
        return name.get()

    name.set("first")
    assert await SharedCalls[str]().run(b"a", call) == "first"
