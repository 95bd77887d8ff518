"""Progress bars on stderr that stay quiet when nobody watches."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

from rich.console import Console
from rich.progress import track as rich_track

__all__ = ["say", "track"]

T = TypeVar("T")
_console = Console(stderr=True, highlight=False)


def track(items: Sequence[T] | Iterable[T], what: str, total: float | None = None) -> Iterator[T]:
    """``items`` behind a progress bar; plain when stderr is not a terminal."""
    if not sys.stderr.isatty():
        yield from items
        return
    yield from rich_track(items, what, total=total, console=_console)


def say(message: str) -> None:
    """One line of progress for a log or a terminal."""
    print(message, file=sys.stderr, flush=True)
