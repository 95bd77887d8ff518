"""Less memory for a run: what libraries take for a speed, or for a use, that nothing here has."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from service.batch.chunks import Recipe

__all__ = ["lean_reader", "one_thread_each", "slim_down"]

# As many processes as cores are at work: more threads in each only stand in line, and each has buffers of its own.
_ONE_THREAD = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "1",
}


@contextmanager
def one_thread_each() -> Iterator[None]:
    """Processes that are started in here have one thread for arithmetic, unless the environment says otherwise."""
    missing = {name: value for name, value in _ONE_THREAD.items() if name not in os.environ}
    os.environ.update(missing)
    try:
        yield
    finally:
        for name in missing:
            os.environ.pop(name, None)


@contextmanager
def lean_reader(recipe: Recipe) -> Iterator[None]:
    """What Arrow frees goes back at once, in this process and while it reads; its own allocator keeps some 40 MB."""
    if not _uses_arrow(recipe):
        yield
        return
    from service.batch import parquet

    with parquet.system_memory():
        yield


def slim_down(recipe: Recipe) -> None:
    """For a process of our own, for good: give memory back, and no pandas, which Arrow would import to look for it."""
    if not _uses_arrow(recipe):
        return
    from service.batch import parquet

    parquet.give_memory_back()
    if "pandas" not in sys.modules:
        sys.meta_path.insert(0, _NoPandas())


class _NoPandas:
    """Says that pandas is not installed: 50 MB for each process, to find that a list is no data frame."""

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        if name == "pandas":
            raise ImportError("pandas is not used in a worker process", name=name)


def _uses_arrow(recipe: Recipe) -> bool:
    return "parquet" in (recipe.layout.format, recipe.spec.format)
