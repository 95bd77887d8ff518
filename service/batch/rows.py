"""Records with a meaning: columns, the texts of each row, and what is wrong with a row that has none.

A payload keeps the rows in the form they came in, so that carried columns are written as they were read.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, Self

from service.batch.columns import Text
from service.batch.errors import BadRow
from service.batch.reading import Layout, Piece

__all__ = [
    "MAX_TEXT_CHARS",
    "Fields",
    "JsonRows",
    "Payload",
    "Rows",
    "TableRows",
    "parse",
    "read_texts",
    "value_at",
]

MAX_TEXT_CHARS = (
    1_000_000  # a longer text takes minutes; nobody posts it, but a broken file holds it
)


class Payload(Protocol):
    """Rows in the form they came in."""

    def __len__(self) -> int: ...

    def take(self, places: Sequence[int]) -> Self:
        """Only the rows at ``places``, which are in order."""
        ...

    def column(self, name: str) -> list[Any]:
        """The values of one column; ``ABSENT`` where a row does not have it."""
        ...

    def records(self) -> Iterable[Mapping[str, Any]]:
        """Every row as column names and values."""
        ...


class _Absent:
    """What a row has where it lacks a column."""


ABSENT = _Absent()


@dataclass(slots=True)
class JsonRows:
    """Rows of JSONL: each line as it was, without blanks around it, and the object in it."""

    raws: list[str]
    objects: list[dict[str, Any]]

    def __len__(self) -> int:
        return len(self.objects)

    def take(self, places: Sequence[int]) -> "JsonRows":
        return JsonRows([self.raws[at] for at in places], [self.objects[at] for at in places])

    def column(self, name: str) -> list[Any]:
        return [value_at(one, name) for one in self.objects]

    def records(self) -> Iterable[Mapping[str, Any]]:
        return self.objects


@dataclass(slots=True)
class TableRows:
    """Rows of CSV, TSV or plain lines."""

    columns: tuple[str, ...]
    values: list[Sequence[Any]]

    def __len__(self) -> int:
        return len(self.values)

    def take(self, places: Sequence[int]) -> "TableRows":
        return TableRows(self.columns, [self.values[at] for at in places])

    def column(self, name: str) -> list[Any]:
        if name not in self.columns:
            return [ABSENT] * len(self.values)
        at = self.columns.index(name)
        return [row[at] for row in self.values]

    def records(self) -> Iterable[Mapping[str, Any]]:
        return [dict(zip(self.columns, row, strict=True)) for row in self.values]


@dataclass(frozen=True, slots=True)
class Fields:
    """Which columns mean what."""

    text: tuple[str, ...] = ("text",)
    id: str | None = None
    context: tuple[tuple[str, str], ...] = ()  # (key of the policy, column)
    added: frozenset[str] = frozenset()  # names that the run adds: no row may have them


@dataclass(slots=True)
class Rows:
    """The good rows of a chunk, and the bad ones beside them."""

    payload: Payload
    origins: list[tuple[int, int]]  # (index of the file, line) of each row
    bad: list[BadRow] = field(default_factory=list)
    # Origin -> last line, of the rows that have several.
    spans: Mapping[tuple[int, int], int] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.origins)

    def take(self, places: Sequence[int]) -> "Rows":
        if len(places) == len(self):
            return self
        origins = [self.origins[at] for at in places]
        return Rows(self.payload.take(places), origins, self.bad, self.spans)

    def refuse(self, at: int, reason: str, message: str) -> None:
        """Note that the row at ``at`` is left out; taking it out is the caller's part."""
        origin = self.origins[at]
        self.bad.append(BadRow(*origin, reason, message, self.spans.get(origin, 0)))


def value_at(row: Mapping[str, Any], name: str) -> Any:
    """A column of a JSON object; ``user.name`` is also the ``name`` in ``user``. ``ABSENT`` where there is none."""
    if name in row or "." not in name:
        return row.get(name, ABSENT)
    found: Any = row
    for part in name.split("."):
        found = found.get(part, ABSENT) if isinstance(found, Mapping) else ABSENT
    return found


def parse(pieces: Sequence[Piece], layout: Layout) -> Rows:
    """The rows of pieces that follow each other; what cannot be parsed is in ``bad``."""
    if layout.format == "parquet":
        from service.batch import parquet

        return parquet.parse(pieces)
    good: list[Any] = []
    origins: list[tuple[int, int]] = []
    bad: list[BadRow] = []
    spans: dict[tuple[int, int], int] = {}
    parse_one: _Parser = _PARSERS.get(layout.format, _parse_fields)
    for piece in pieces:
        spans.update(((piece.source, line), last) for line, last in piece.spans.items())
        for line, record in zip(piece.lines, piece.records, strict=True):
            if not isinstance(record, BadRow):
                try:
                    good.append(parse_one(record, line, piece.encoding, layout))
                    origins.append((piece.source, line))
                    continue
                except _Unusable as problem:
                    if not problem.reason:
                        continue
                    last = piece.spans.get(line, 0)
                    record = BadRow(piece.source, line, problem.reason, problem.message, last)
            bad.append(record)
    if layout.format == "jsonl":
        return Rows(JsonRows([raw for raw, _ in good], [one for _, one in good]), origins, bad)
    return Rows(TableRows(layout.columns, good), origins, bad, spans)


class _Unusable(Exception):
    """Why a record is no row; without a reason, because there is nothing in it."""

    def __init__(self, reason: str, message: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.message = message


def _decode(record: bytes, encoding: str) -> str:
    try:
        return record.decode(encoding)
    except UnicodeDecodeError as error:
        raise _not_decodable(record, encoding) from error


def _not_decodable(record: bytes, encoding: str) -> _Unusable:
    try:
        record.decode(encoding, "surrogatepass")
    except UnicodeDecodeError:
        return _Unusable("invalid_encoding", _other_encoding(record, encoding))
    return _Unusable("invalid_text", "half of a surrogate pair")


def _other_encoding(record: bytes, encoding: str) -> str:
    other = "gb18030" if encoding == "utf-8" else "utf-8"
    try:
        record.decode(other)
    except UnicodeDecodeError:
        return f"not valid {encoding}"
    return f"not valid {encoding}; it could be {other}"


def _parse_json(
    record: bytes, line: int, encoding: str, layout: Layout
) -> tuple[str, dict[str, Any]]:
    raw = _decode(record, encoding).strip(" \t\r\n")
    if not raw:
        raise _Unusable("")
    try:
        found = json.loads(raw)
    except json.JSONDecodeError as error:
        raise _Unusable("invalid_json", f"{error.msg}, column {error.colno}") from error
    except (ValueError, RecursionError) as error:  # a number of too many digits, too many brackets
        raise _Unusable("invalid_json", type(error).__name__) from error
    if not isinstance(found, dict):
        raise _Unusable("not_an_object", "a line of JSONL has to be one JSON object")
    if "\\u" in raw and not _encodes(raw, found):
        raise _Unusable("invalid_text", "half of a surrogate pair")
    return raw, found


def _encodes(raw: str, found: dict[str, Any]) -> bool:
    if "\\ud" not in raw.lower():
        return True
    try:
        json.dumps(found, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def _parse_line(record: bytes, line: int, encoding: str, layout: Layout) -> Sequence[Any]:
    return line, _decode(record, encoding)


def _parse_fields(record: list[str], line: int, encoding: str, layout: Layout) -> Sequence[Any]:
    if len(record) != len(layout.columns):
        wanted = len(layout.columns)
        raise _Unusable("wrong_number_of_fields", f"{len(record)} instead of {wanted}")
    joined = "".join(record)
    if not joined.isascii() and any("\udc80" <= c <= "\udcff" for c in joined):
        raw = joined.encode(encoding, "surrogateescape")
        raise _not_decodable(raw, encoding)
    return record


_Parser = Callable[[Any, int, str, Layout], Any]
_PARSERS: dict[str, _Parser] = {
    "jsonl": _parse_json,
    "lines": _parse_line,
}


def read_texts(rows: Rows, fields: Fields) -> tuple[Rows, list[Text]]:
    """The rows that can be judged, and their texts; the others join ``bad``. A null is an empty text."""
    columns = [rows.payload.column(name) for name in fields.text]
    if (
        columns
        and all(type(value) is str for column in columns for value in column)
        and not any(sum(map(len, column)) > MAX_TEXT_CHARS for column in columns)
    ):
        return _without_taken(rows, fields, list(zip(*columns, strict=True)))
    texts: list[Text] = []
    kept: list[int] = []
    for at, values in enumerate(zip(*columns, strict=True)):
        problem = _problem(values, fields.text)
        if problem is None:
            texts.append(tuple(value or "" for value in values))
            kept.append(at)
        else:
            rows.refuse(at, *problem)
    return _without_taken(rows.take(kept), fields, texts)


def _problem(values: Sequence[Any], names: Sequence[str]) -> tuple[str, str] | None:
    for name, value in zip(names, values, strict=True):
        if value is ABSENT:
            return "missing_column", f"no {name}"
        if value is not None and not isinstance(value, str):
            return "not_text", f"{name} is {type(value).__name__}"
    length = sum(len(value) for value in values if value)
    if length > MAX_TEXT_CHARS:
        return "text_too_long", f"{length} characters; at most {MAX_TEXT_CHARS}"
    return None


def _without_taken(rows: Rows, fields: Fields, texts: list[Text]) -> tuple[Rows, list[Text]]:
    """Leave out rows that have a column which the run would add."""
    if not isinstance(rows.payload, JsonRows):
        return rows, texts  # the columns of all other formats were checked at the start
    taken = [at for at, one in enumerate(rows.payload.objects) if not fields.added.isdisjoint(one)]
    if not taken:
        return rows, texts
    for at in taken:
        rows.refuse(at, "column_exists", "give --prefix")
    left = sorted(set(range(len(rows))) - set(taken))
    return rows.take(left), [texts[at] for at in left]


def iter_contexts(rows: Rows, fields: Fields) -> Iterator[tuple[tuple[str, str], ...]]:
    """What the policy may ask for about each row."""
    columns = [(key, rows.payload.column(name)) for key, name in fields.context]
    for at in range(len(rows)):
        yield tuple(
            (key, _word(value))
            for key, column in columns
            if (value := column[at]) is not None and value is not ABSENT
        )


def _word(value: Any) -> str:
    """A value as a policy compares it: true and false are written as in JSON, like in a cell of CSV."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
