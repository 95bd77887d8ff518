"""Which rows a run takes: a condition in SQL (``--where``), and a sample or the first rows of what meets it."""

import json
import random
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from service.batch.errors import BatchError, MissingExtra, UsageProblem
from service.batch.rows import ABSENT, Payload, Rows

__all__ = ["Condition", "Sampler", "parse_condition"]

_NOT_BY_ROW = (
    "--where: a condition on each row by itself; MAX, COUNT, OVER and the like look at many"
)
# Nodes of polars' expressions that do. What is missing here and gives another number of rows is refused in ``keep``.
_MANY_ROWS = frozenset({
    "Agg", "Len", "Over", "Explode", "Filter", "Slice", "Sort", "SortBy", "Gather", "Rank", "Quantile", "Shift",
    "Correlation", "Rolling", "IntRange",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition on the columns of a row, in the SQL of polars. It can read nothing else, and calls no Python."""

    sql: str
    columns: tuple[str, ...]

    def keep(self, rows: Rows) -> list[int]:
        """The places of the rows that meet it; a null is no. Raises ``BatchError`` where it cannot be worked out."""
        import polars as pl

        problem: Exception | None = None
        for read in (_as_found, _as_text):
            try:
                frame = pl.DataFrame([read(name, rows.payload) for name in self.columns])
                mask = frame.select(pl.sql_expr(self.sql).cast(pl.Boolean).alias("keep"))["keep"]
                if len(mask) != len(rows):
                    raise BatchError(_NOT_BY_ROW)
                places: list[int] = mask.fill_null(False).arg_true().to_list()
            except pl.exceptions.PolarsError as error:  # its text may quote the rows
                problem = problem or error
            else:
                return places
        first, last = rows.origins[0][1], rows.origins[-1][1]
        raise BatchError(
            f"--where cannot be worked out on lines {first} to {last} ({type(problem).__name__}); "
            "columns of CSV and TSV are text: TRY_CAST(likes AS INT) > 10"
        )


def parse_condition(sql: str) -> Condition:
    """A condition such as ``lang = 'zh' AND likes > 10``. Raises ``UsageProblem``."""
    try:
        import polars as pl
    except ImportError as error:
        raise MissingExtra("--where", "polars") from error
    try:
        found = pl.sql_expr(sql)
    except (pl.exceptions.PolarsError, ValueError) as error:
        raise UsageProblem(
            f"--where is not a condition in SQL: {str(error).splitlines()[0][:200]}"
        ) from error
    if not _by_row(json.loads(found.meta.serialize(format="json"))):
        raise UsageProblem(_NOT_BY_ROW)
    columns = tuple(dict.fromkeys(found.meta.root_names()))
    if not columns:
        raise UsageProblem("--where: names no column, so it would take all rows or none")
    return Condition(sql, columns)


def _by_row(node: Any) -> bool:
    """Whether an expression, as polars serialises it, looks at nothing but the row itself."""
    nodes = [node]
    while nodes:
        one = nodes.pop()
        if isinstance(one, str) and one in _MANY_ROWS:
            return False
        if isinstance(one, dict):
            if not _MANY_ROWS.isdisjoint(one):
                return False
            nodes += [value for key, value in one.items() if key not in ("Literal", "Column")]
        elif isinstance(one, list):
            nodes += one
    return True


def _as_found(name: str, payload: Payload) -> Any:
    """A column with the type of what is in it; beside numbers in JSON, what is no number is null."""
    import polars as pl

    values = [None if one is ABSENT else one for one in payload.column(name)]
    numbers = [one for one in values if isinstance(one, int | float)]
    if numbers and not all(isinstance(one, bool) for one in numbers):
        values = [one if isinstance(one, int | float) else None for one in values]
        kind = pl.Float64 if any(isinstance(one, float) for one in numbers) else pl.Int64
        return pl.Series(name, values, kind, strict=False)
    return pl.Series(name, values, strict=False)


def _as_text(name: str, payload: Payload) -> Any:
    """A column as text: for one that holds numbers in some rows and is compared with words."""
    import polars as pl

    values = [None if one is ABSENT or one is None else str(one) for one in payload.column(name)]
    return pl.Series(name, values, pl.String)


class Sampler:
    """``size`` rows of all that are offered, each with the same chance (reservoir sampling). Deterministic by seed."""

    def __init__(self, size: int, seed: int) -> None:
        self._size = size
        self._random = random.Random(seed)  # noqa: S311 - not for secrets
        self._seen = 0
        self._kept = array("Q")

    def offer(self, ordinals: Sequence[int]) -> None:
        for ordinal in ordinals:
            self._seen += 1
            if len(self._kept) < self._size:
                self._kept.append(ordinal)
                continue
            place = self._random.randrange(self._seen)
            if place < self._size:
                self._kept[place] = ordinal

    def chosen(self) -> "array[int]":
        return array("Q", sorted(self._kept))
