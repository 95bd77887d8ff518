"""Progress bars on stderr that stay quiet when nobody watches."""

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

from rich.console import Console
from rich.progress import Progress
from rich.progress import track as rich_track

__all__ = ["bar", "say", "track"]

T = TypeVar("T")
_console = Console(stderr=True, highlight=False)


def track(items: Sequence[T] | Iterable[T], what: str, total: float | None = None) -> Iterator[T]:
    """``items`` behind a progress bar; plain when stderr is not a terminal."""
    if not sys.stderr.isatty():
        yield from items
        return
    yield from rich_track(items, what, total=total, console=_console)


@contextmanager
def bar(what: str) -> Iterator[Callable[[float], None]]:
    """A progress bar to set to a share between 0 and 1; does nothing when nobody watches."""
    if not sys.stderr.isatty():
        yield lambda share: None
        return
    with Progress(console=_console) as progress:
        task = progress.add_task(what, total=1.0)
        yield lambda share: progress.update(task, completed=share)


def say(message: str) -> None:
    """One line of progress for a log or a terminal."""
    _console.print(message, markup=False, soft_wrap=True)
