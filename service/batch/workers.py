"""Who does the chunks: this process, or others with their own models, one for each core."""

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager
from multiprocessing.connection import wait
from typing import Protocol

from service.batch.chunks import Chunk, ChunkWorker, Done, Recipe
from service.batch.errors import BatchError, LoadProblem
from service.batch.memory import one_thread_each, slim_down
from service.batch.tasks import Runner, Task
from service.errors import ServiceError

__all__ = ["Workers", "start_workers"]


class Workers(AbstractContextManager["Workers"], Protocol):
    """Whoever does chunks."""

    @property
    def identity(self) -> Mapping[str, str]:
        """What the answers depend on, the same for all of them."""
        ...

    def map(self, chunks: Iterable[Chunk]) -> Iterator[Done]:
        """Do the chunks and give them back in their order."""
        ...


class _Inline:
    """Does the chunks in this process."""

    def __init__(self, task: Task, recipe: Recipe) -> None:
        self._runner = _load_task(task, threads=0)
        self._worker = ChunkWorker(recipe, self._runner)
        self.identity = self._runner.identity

    def __enter__(self) -> "_Inline":
        return self

    def __exit__(self, *_: object) -> None:
        self._runner.close()

    def map(self, chunks: Iterable[Chunk]) -> Iterator[Done]:
        yield from map(self._worker.run, chunks)


class _Pool:
    """Does the chunks in other processes, a few in flight, and gives them back in order."""

    def __init__(self, task: Task, recipe: Recipe, processes: int) -> None:
        self._window = processes + 2
        self._pool = ProcessPoolExecutor(
            processes,
            mp_context=multiprocessing.get_context("spawn"),
            initializer=_load,
            initargs=(task, recipe),
        )
        try:
            with one_thread_each():  # the pool starts a process for each of these, at once
                asked = [self._pool.submit(_identify) for _ in range(processes)]
            answers = [future.result() for future in asked]
        except BrokenProcessPool as error:
            self._pool.shutdown(cancel_futures=True)
            raise BatchError("a worker process died while it loaded its models") from error
        for answer in answers:
            if isinstance(answer, LoadProblem):
                self._pool.shutdown(cancel_futures=True)
                raise answer
            self.identity: Mapping[str, str] = answer

    def __enter__(self) -> "_Pool":
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)

    def map(self, chunks: Iterable[Chunk]) -> Iterator[Done]:
        waiting: deque[Future[Done]] = deque()
        try:
            for chunk in chunks:
                waiting.append(self._pool.submit(_run, chunk))
                if len(waiting) >= self._window:
                    yield self._check(waiting.popleft().result())
            while waiting:
                yield self._check(waiting.popleft().result())
        except BrokenProcessPool as error:
            raise BatchError(
                "a worker process died, killed or out of memory; what is done is kept: --resume goes on there"
            ) from error

    def _check(self, done: Done) -> Done:
        if done.identity != self.identity:
            raise BatchError("a model or the policy was changed while the run was going on")
        return done


def start_workers(task: Task, recipe: Recipe, processes: int) -> Workers:
    """Load the task in each of them. Raises ``LoadProblem``, and ``BatchError`` where one dies."""
    return _Inline(task, recipe) if processes == 1 else _Pool(task, recipe, processes)


def _load_task(task: Task, threads: int) -> Runner:
    try:
        return task.load(threads=threads)
    except (ServiceError, OSError, ImportError, LookupError, ValueError, RuntimeError) as error:
        raise LoadProblem(str(error)) from None


# What follows runs in a worker process.

_worker: ChunkWorker | None = None
_identity: Mapping[str, str] | LoadProblem = {}


def _load(task: Task, recipe: Recipe) -> None:
    global _worker, _identity
    signal.signal(
        signal.SIGINT, signal.SIG_IGN
    )  # Ctrl-C is for the process that reads; it tells us
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    slim_down(recipe)
    try:
        runner = _load_task(task, threads=1)
    except LoadProblem as error:  # handed to the parent, which says it once
        _identity = error
        return
    _worker = ChunkWorker(recipe, runner)
    _identity = runner.identity


def _leave_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


def _identify() -> Mapping[str, str] | LoadProblem:
    return _identity


def _run(chunk: Chunk) -> Done:
    if _worker is None:
        raise BatchError("the models could not be loaded")
    return _worker.run(chunk)
