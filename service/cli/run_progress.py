"""Progress of a run over files, on stderr: a bar where somebody is watching, else a line now and then; the table."""

import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from service.batch.chunks import ChunkStats
    from service.batch.summary import Summary

__all__ = ["RunProgress", "print_summary"]

_LINE_EVERY_S = 10.0
_SHOWN = 8


class RunProgress:
    """An observer of ``service.batch.local.run_batch``. ``watched`` None: a bar where stderr is a terminal."""

    def __init__(self, *, quiet: bool = False, watched: bool | None = None) -> None:
        self._quiet = quiet
        self._watched = sys.stderr.isatty() if watched is None else watched
        self._bar: Any = None
        self._records: int | None = None
        self._rows = self._fresh = 0
        self._actions: dict[str, int] = {}
        self._began = self._said = time.monotonic()
        self._first_share = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def begin(self, records: int | None) -> None:
        self._records = records
        self._began = self._said = time.monotonic()
        if self._watched and not self._quiet:
            self._bar = self._start()

    def chunk(self, stats: "ChunkStats", share: float, *, fresh: bool) -> None:
        self._rows += stats.records
        for actions in stats.actions.values():
            for action, number in actions.items():
                self._actions[action] = self._actions.get(action, 0) + number
        if not fresh:
            self._first_share = share
            return
        self._fresh += stats.records
        if self._bar is not None:
            self._bar.update(0, completed=share, **self._fields())
        elif not self._quiet and time.monotonic() - self._said >= _LINE_EVERY_S:
            self._said = time.monotonic()
            print(self._line(share), file=sys.stderr, flush=True)

    def _fields(self) -> dict[str, str]:
        rate = self._fresh / max(1e-9, time.monotonic() - self._began)
        actions = "  ".join(f"{name} {number:,}" for name, number in sorted(self._actions.items()))
        return {"rows": f"{self._rows:,}", "rate": f"{rate:,.0f}", "actions": actions}

    def _line(self, share: float) -> str:
        fields = self._fields()
        spent_s = time.monotonic() - self._began
        gained = share - self._first_share
        left = f", {_clock(spent_s * (1 - share) / gained)} left" if gained > 0 else ""
        done = f"{100 * share:.1f} %" if share else "at work"
        return f"magpie: {fields['rows']} rows ({done}), {fields['rate']}/s{left}  {fields['actions']}".rstrip()

    def _start(self) -> Any:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            Progress,
            TaskProgressColumn,
            TextColumn,
            TimeRemainingColumn,
        )

        bar = Progress(
            TextColumn("{task.fields[rows]} rows"), BarColumn(), TaskProgressColumn(),
            TextColumn("{task.fields[rate]}/s"), TimeRemainingColumn(), TextColumn("{task.fields[actions]}"),
            console=Console(stderr=True),
        )  # fmt: skip
        bar.add_task("", total=1.0, rows="0", rate="0", actions="")
        bar.start()
        return bar


def print_summary(summary: "Summary") -> None:
    """The table at the end of a run, on stderr."""
    from rich.console import Console
    from rich.table import Table

    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    table.add_column(justify="right")
    table.add_column()

    def add(number: int, what: str) -> None:
        table.add_row(f"{number:,}", what)

    add(summary.records, f"rows read, {summary.rows_a_second:,.0f} a second")
    if summary.filtered:
        add(summary.filtered, "did not meet --where")
    for action, number in summary.actions.items():
        share = number / max(1, summary.rows)
        languages = ", ".join(
            f"{language} {actions[action]:,}"
            for language, actions in summary.actions_by_language.items()
            if actions.get(action)
        )
        add(number, f"{action} ({share:.1%}): {languages}")
    for rule, number in list(summary.counts.get("rules", {}).items())[:_SHOWN]:
        add(number, f"rule {rule}")
    for code, number in summary.counts.get("warnings", {}).items():
        add(number, f"warning {code}")
    for reason, number in summary.bad.items():
        add(number, f"left out: {reason}")
    if summary.duplicate_ids:
        add(summary.duplicate_ids, "rows have an id that another row has too; all were kept")
    console = Console(stderr=True, highlight=False)
    console.print(table)
    if summary.output != "-":
        errors = f"; rows that were left out: {summary.errors}" if summary.errors else ""
        console.print(f"written: {summary.output}{errors}", markup=False, soft_wrap=True)


def _clock(seconds: float) -> str:
    minutes, second = divmod(round(seconds), 60)
    hour, minute = divmod(minutes, 60)
    return f"{hour}:{minute:02}:{second:02}"
