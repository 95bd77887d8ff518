"""A progress bar on stderr for long input, where somebody is watching and nothing else moves on the screen."""

import sys
from types import TracebackType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress
    from rich.progress import TaskID

__all__ = ["ProgressBar"]

_LONG_BYTES = 20_000


class ProgressBar:
    """Counts bytes done; appears once the input has proved long. ``total`` None: the end is not known.

    Stays away unless stderr is a terminal, and where stdout is one too: there the answers themselves are the progress.
    """

    def __init__(self, total: int | None, *, wanted: bool | None = None) -> None:
        if wanted is None:
            wanted = sys.stderr.isatty() and not sys.stdout.isatty()
        self._wanted = wanted and (total is None or total >= _LONG_BYTES)
        self._total = total
        self._done = 0
        self._bar: tuple[RichProgress, TaskID] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar[0].stop()

    def advance(self, size: int) -> None:
        """Count ``size`` more bytes of input as done."""
        self._done += size
        if not self._wanted or (self._total is None and self._done < _LONG_BYTES):
            return
        if self._bar is None:
            self._bar = self._start()
        self._bar[0].update(self._bar[1], completed=self._done)

    def _start(self) -> "tuple[RichProgress, TaskID]":
        from rich.console import Console
        from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn

        bar = Progress(
            BarColumn(), DownloadColumn(), TimeRemainingColumn(), console=Console(stderr=True)
        )
        task = bar.add_task("", total=self._total)
        bar.start()
        return bar, task
