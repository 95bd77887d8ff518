"""What stops a run, and what is wrong with one row. Neither ever holds a text."""

from dataclasses import dataclass

__all__ = ["BadRow", "BatchError", "EmptyFile", "LoadProblem", "MissingExtra", "UsageProblem"]


class BatchError(Exception):
    """The run cannot go on. What is done so far is kept, and ``--resume`` continues there."""


class UsageProblem(BatchError):
    """What was asked for cannot be done at all: no such column, an output that is an input, another policy."""


class EmptyFile(UsageProblem):
    """A file that holds no record, not even a header. Beside others it is passed over."""


class LoadProblem(BatchError):
    """A model, a policy or a word list cannot be loaded. Nothing was done yet."""


class MissingExtra(UsageProblem):
    """A library of the ``batch`` extra is needed and not installed."""

    def __init__(self, what: str, library: str) -> None:
        super().__init__(f'{what} needs {library}: pip install "magpie-translate[batch]"')


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that was left out, and why; ``last_line`` differs where it spans several lines."""

    source: int  # index of the input file
    line: int  # from 1; in Parquet the number of the row
    reason: str  # a stable code
    message: str = ""
    last_line: int = 0
