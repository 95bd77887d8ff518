"""The rules of forming a batch, without a batcher around them."""

import asyncio
from collections.abc import Hashable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.batch_queue import BatchQueue, Entry

NEVER = float("inf")


class Line:
    """A queue whose entries are named by their order of arrival."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.queue: BatchQueue[int, int] = BatchQueue()
        self.entries: list[Entry[int, int]] = []
        self._loop = loop

    def add(self, *costs: int, key: Hashable = "k", deadline: float = NEVER) -> None:
        for cost in costs:
            number = len(self.entries)
            future: asyncio.Future[int] = self._loop.create_future()
            entry = Entry(number, cost, key, deadline, number, 0.0, future)
            self.entries.append(entry)
            self.queue.add(entry)

    def take(self, budget: int = 1000, now: float = 0.0) -> list[int]:
        return [entry.number for entry in self.queue.take(now, budget)[0]]


@pytest.fixture
def line() -> Iterator[Line]:
    loop = asyncio.new_event_loop()
    yield Line(loop)
    loop.close()


def test_batch_queue_gives_arrivals_in_order(line: Line) -> None:
    line.add(10, 10, 10)
    assert line.queue.cost == 30
    assert line.take(20) == [0, 1]
    assert line.take(20) == [2]
    assert line.take() == []
    assert line.queue.cost == 0


def test_batch_queue_gives_an_entry_over_the_budget_alone(line: Line) -> None:
    line.add(100, 1, 90)
    assert line.take(50) == [0]
    assert line.take(50) == [1]
    assert line.take(50) == [2]


def test_batch_queue_starts_with_the_oldest_of_all_keys(line: Line) -> None:
    line.add(10, key="a")
    line.add(10, key="b")
    line.add(10, key="a")
    assert [line.take(), line.take()] == [[0, 2], [1]]


def test_batch_queue_joins_neighbouring_sizes_nearest_first(line: Line) -> None:
    line.add(20, 35, 10, 20)
    assert line.take() == [0, 3, 2, 1]


def test_batch_queue_leaves_out_sizes_four_times_off(line: Line) -> None:
    line.add(40, 10, 170, 12, 100)
    assert line.take() == [0, 3, 4]


def test_batch_queue_stops_where_padding_would_outweigh_the_work(line: Line) -> None:
    line.add(*[10] * 9, 35)
    assert line.take() == list(range(9))  # 10 x 35 would be more than twice 9 x 10 + 35
    assert line.take() == [9]


def test_batch_queue_drops_the_dead_wherever_they_stand(line: Line) -> None:
    line.add(10, deadline=5.0)
    line.add(10, 10, 10)
    line.add(10, deadline=5.0)
    line.entries[2].future.cancel()
    batch, dropped = line.queue.take(5.0, 1000)
    assert ([entry.number for entry in batch], dropped) == ([1, 3], True)
    assert line.queue.take(5.0, 1000) == ([], False)
    assert line.queue.cost == 0


def test_batch_queue_reports_that_all_were_dead(line: Line) -> None:
    line.add(10, 20, deadline=5.0)
    assert line.queue.take(6.0, 1000) == ([], True)
    assert line.queue.cost == 0


def test_batch_queue_removes_an_entry_once(line: Line) -> None:
    line.add(10, 10)
    line.queue.remove(line.entries[0])
    line.queue.remove(line.entries[0])
    assert line.queue.cost == 10
    assert line.take() == [1]
    line.queue.remove(line.entries[1])
    assert line.queue.cost == 0


@given(
    entries=st.lists(st.tuples(st.integers(1, 600), st.sampled_from("ab")), max_size=60),
    budget=st.integers(1, 1000),
)
def test_batch_queue_gives_every_entry_once_within_the_budget(
    entries: list[tuple[int, str]], budget: int
) -> None:
    loop = asyncio.new_event_loop()
    line = Line(loop)
    for cost, key in entries:
        line.add(cost, key=key)
    given_out: list[int] = []
    while batch := line.take(budget):
        waiting = set(range(len(entries))) - set(given_out)
        assert batch[0] == min(waiting)  # the oldest never starves
        costs = [entries[number][0] for number in batch]
        assert len(batch) == 1 or max(costs) * len(batch) <= min(budget, 2 * sum(costs))
        assert len({entries[number][1] for number in batch}) == 1
        given_out += batch
        assert line.queue.cost == sum(entries[number][0] for number in waiting - set(batch))
    assert sorted(given_out) == list(range(len(entries)))
    loop.close()
