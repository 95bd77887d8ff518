"""A look through the input before the run, where one is needed: which rows, how many, and the columns of JSONL."""

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from service.batch.errors import UsageProblem
from service.batch.filters import Condition, Sampler
from service.batch.inputs import InputFile
from service.batch.reading import Layout, Piece, read_pieces
from service.batch.rows import ABSENT, JsonRows, Rows, parse

__all__ = ["JsonKind", "Survey", "Wanted", "find_missing", "look_through", "peek_columns", "select"]

JsonKind = Literal["null", "bool", "int", "float", "string", "json"]
_INT64 = 1 << 63
_PEEK_ROWS = 100


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which rows to take: all that meet the condition, or the first or a sample of them."""

    condition: Condition | None = None
    sample: int | None = None
    limit: int | None = None
    seed: int = 0

    @property
    def needs_survey(self) -> bool:
        return self.sample is not None or (self.limit is not None and self.condition is not None)


@dataclass(slots=True)
class Survey:
    """What the look found. ``chosen``: the numbers of the records to take, from 0; None: no choice was made."""

    records: int = 0
    chosen: "array[int] | None" = None
    kinds: dict[str, JsonKind] = field(
        default_factory=dict
    )  # columns of JSONL, in order of appearance


def look_through(
    files: Sequence[InputFile], layout: Layout, wanted: Wanted, *, columns: bool
) -> Survey:
    """Read everything once. ``columns``: find those of JSONL and what they hold."""
    survey = Survey()
    sampler = None if wanted.sample is None else Sampler(wanted.sample, wanted.seed)
    first = array("Q")
    for piece in read_pieces(files, layout):
        rows = parse([piece], layout) if columns or wanted.condition is not None else None
        if columns and rows is not None:
            _note_kinds(rows, survey.kinds)
        if wanted.needs_survey:
            ordinals = _ordinals(piece, survey.records, rows, wanted.condition)
            if sampler is not None:
                sampler.offer(ordinals)
            else:
                first.extend(ordinals[: (wanted.limit or 0) - len(first)])
        survey.records += len(piece)
    if wanted.needs_survey:
        chosen = first if sampler is None else sampler.chosen()
        survey.chosen = chosen if wanted.limit is None else chosen[: wanted.limit]
    return survey


def select(
    pieces: Iterable[Piece], chosen: "array[int] | None", limit: int | None
) -> Iterator[Piece]:
    """The records to take: the chosen ones, or the first ``limit``, or all."""
    start = 0
    for piece in pieces:
        end = start + len(piece)
        if chosen is not None:
            low, high = bisect_left(chosen, start), bisect_left(chosen, end)
            if high > low:
                yield piece.take([ordinal - start for ordinal in chosen[low:high]])
            if high == len(chosen):
                return
        elif limit is not None and end >= limit:
            if limit > start:
                yield piece.slice(0, limit - start)
            return
        else:
            yield piece
        start = end


def peek_columns(files: Sequence[InputFile], layout: Layout) -> tuple[str, ...]:
    """The names in the first hundred rows of JSONL. Raises ``UsageProblem`` where none of them is a JSON object."""
    for piece in read_pieces(files, layout, peek=True):
        for start in range(0, len(piece), _PEEK_ROWS):
            rows = parse([piece.slice(start, start + _PEEK_ROWS)], layout)
            if isinstance(rows.payload, JsonRows) and len(rows):
                return tuple(dict.fromkeys(name for one in rows.payload.objects for name in one))
            if rows.bad:
                name, reason = files[piece.source].name, rows.bad[0].reason
                raise UsageProblem(f"{name}: the first rows cannot be read as JSONL ({reason})")
    raise UsageProblem("the input is empty: it has no rows")


def find_missing(
    files: Sequence[InputFile], layout: Layout, columns: Sequence[str]
) -> Sequence[str]:
    """Those of ``columns`` that no row of JSONL has; reads as far as it takes to find all."""
    missing = list(columns)
    pieces = iter(read_pieces(files, layout)) if missing else iter(())
    for piece in pieces:
        payload = parse([piece], layout).payload
        missing = [name for name in missing if all(one is ABSENT for one in payload.column(name))]
        if not missing:
            break
    return missing


def _ordinals(
    piece: Piece, start: int, rows: Rows | None, condition: Condition | None
) -> Sequence[int]:
    """The numbers of the records of a piece that meet the condition."""
    if condition is None or rows is None:
        return range(start, start + len(piece))
    if not len(rows):
        return ()
    places = {line: at for at, line in enumerate(piece.lines)}
    return [start + places[rows.origins[at][1]] for at in condition.keep(rows)]


def _note_kinds(rows: Rows, kinds: dict[str, JsonKind]) -> None:
    if not isinstance(rows.payload, JsonRows):
        return
    for one in rows.payload.objects:
        for name, value in one.items():
            kind = _kind(value)
            before = kinds.get(name)
            if kind == "null":
                kinds.setdefault(name, kind)
            elif before in (None, "null", kind):
                kinds[name] = kind
            else:
                kinds[name] = "float" if {before, kind} == {"int", "float"} else "json"


def _kind(value: object) -> JsonKind:
    if value is None:
        return "null"
    if isinstance(value, str):
        return "string"
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int):
        return "int" if -_INT64 <= value < _INT64 else "json"
    return "float" if isinstance(value, float) else "json"
