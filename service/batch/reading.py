"""Input files as pieces of raw records, in order and with their line numbers; what they mean is told later.

The process that reads does as little as it can: it finds where records begin and end. Parsing is the workers' part.
"""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, BinaryIO

from service.batch.errors import BadRow, EmptyFile, UsageProblem
from service.batch.inputs import Format, InputFile
from service.batch.streams import MAX_LINE_BYTES, open_bytes, read_lines

__all__ = ["Layout", "Piece", "ReadOptions", "read_head", "read_pieces"]

_PIECE_RECORDS = 1024
_DELIMITERS: dict[Format, str] = {"csv": ",", "tsv": "\t"}


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How files are read, besides their format."""

    encoding: str = "auto"
    quotes: bool = True  # False: a quote in CSV or TSV is a character like any other
    header: bool = True  # False: the first record of a CSV or TSV is data
    rows: int = 16_384  # of a Parquet piece


@dataclass(frozen=True, slots=True)
class Layout:
    """What all files of a run have in common. ``columns`` of JSONL are not known before all of it has been read."""

    format: Format
    columns: tuple[str, ...] = ()
    options: ReadOptions = field(default_factory=ReadOptions)

    @property
    def dialect(self) -> dict[str, Any]:
        """Keyword arguments of ``csv.reader`` and ``csv.writer``."""
        quoting = csv.QUOTE_MINIMAL if self.options.quotes else csv.QUOTE_NONE
        return {"delimiter": _DELIMITERS.get(self.format, ","), "quoting": quoting}


@dataclass(slots=True)
class Piece:
    """Some records of one file. A record is bytes, a list of fields, or what is wrong with it."""

    source: int
    lines: Sequence[int]
    records: Any  # list[bytes | list[str] | BadRow], or a pyarrow.RecordBatch
    encoding: str = "utf-8"
    size: int = 0  # about how many bytes
    read: int = 0  # stored bytes of this file that have been read so far
    # First line -> last, of the records that have several.
    spans: Mapping[int, int] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.lines)

    def take(self, places: Sequence[int]) -> "Piece":
        """Only the records at ``places``, which are in order."""
        if isinstance(self.records, list):
            records: Any = [self.records[at] for at in places]
        else:
            records = self.records.take(list(places))
        return self._with([self.lines[at] for at in places], records)

    def slice(self, start: int, end: int) -> "Piece":
        """Only the records from ``start`` up to ``end``."""
        if isinstance(self.records, list):
            return self._with(self.lines[start:end], self.records[start:end])
        return self._with(self.lines[start:end], self.records.slice(start, end - start))

    def _with(self, lines: Sequence[int], records: Any) -> "Piece":
        size = self.size * len(lines) // max(1, len(self))
        return Piece(self.source, lines, records, self.encoding, size, self.read, self.spans)


def read_pieces(
    files: Sequence[InputFile], layout: Layout, *, peek: bool = False
) -> Iterator[Piece]:
    """All records of all files, in order. Blank lines of JSONL and CSV are no records. ``peek``: only for a look."""
    for source, file in enumerate(files):
        if layout.format == "parquet":
            from service.batch import parquet

            yield from parquet.read_pieces(file, source, layout.options.rows)
            continue
        with open_bytes(file, peek=peek) as (stream, counted):
            for piece in _read_text(stream, source, layout):
                piece.read = counted.count
                yield piece


def read_head(file: InputFile, options: ReadOptions) -> tuple[str, ...]:
    """The column names of one file, () for JSONL.

    Raises ``EmptyFile`` for a table without a record, and ``UsageProblem`` for two names alike.
    """
    if file.format == "jsonl":
        return ()
    if file.format == "lines":
        return ("line", "text")
    if file.format == "parquet":
        from service.batch import parquet

        return parquet.read_head(file)
    layout = Layout(
        file.format, options=ReadOptions(options.encoding, options.quotes, header=False)
    )
    for piece in read_pieces([file], layout, peek=True):
        for record in piece.records:
            if isinstance(record, BadRow):
                raise UsageProblem(f"{file.name}: the first line cannot be read ({record.reason})")
            return _header(record, options, file)
    raise EmptyFile(f"{file.name} is empty")


def _header(record: Sequence[str], options: ReadOptions, file: InputFile) -> tuple[str, ...]:
    if not options.header:
        return tuple(f"column_{number}" for number in range(1, len(record) + 1))
    if len(set(record)) != len(record):
        raise UsageProblem(f"{file.name}: two columns have the same name")
    return tuple(record)


def _read_text(stream: BinaryIO, source: int, layout: Layout) -> Iterator[Piece]:
    if layout.format in _DELIMITERS:
        yield from _read_tables(stream, source, layout)
        return
    keep_blank = layout.format == "lines"
    number = 1
    for encoding, lines in read_lines(stream, layout.options.encoding):
        numbers: Sequence[int] = range(number, number + len(lines))
        number += len(lines)
        records: list[Any] = [line and line.removesuffix(b"\r") for line in lines]
        if not keep_blank and (b"" in records):
            numbers = [at for at, line in zip(numbers, records, strict=True) if line != b""]
            records = [line for line in records if line != b""]
        if None in records:
            records = [
                _too_long(source, at) if line is None else line
                for at, line in zip(numbers, records, strict=True)
            ]
        size = sum(len(line) for line in lines if line is not None)
        yield Piece(source, numbers, records, encoding, size)


def _too_long(source: int, line: int, last: int = 0) -> BadRow:
    return BadRow(source, line, "line_too_long", f"over {MAX_LINE_BYTES} bytes", last)


_END = object()


class _LongLine(Exception):
    pass


class _TextLines:
    """Decoded lines for ``csv.reader``; undecodable bytes become lone surrogates. Goes on after a line too long."""

    def __init__(self, stream: BinaryIO, encoding: str) -> None:
        self._groups = read_lines(stream, encoding)
        self._lines: Any = iter(())
        self.encoding = encoding
        self.ended = False
        self.number = 0  # of the last line given
        self.size = 0
        self.spans: dict[int, int] = {}  # of the records since the last piece, as a piece has them

    def __iter__(self) -> "_TextLines":
        return self

    def __next__(self) -> str:
        line: Any = next(self._lines, _END)
        if line is _END:
            try:
                self.encoding, group = next(self._groups)
            except StopIteration:
                self.ended = True
                raise
            self._lines = iter(group)
            line = next(self._lines)
        self.number += 1
        if line is None:
            raise _LongLine
        self.size += len(line)
        text: str = line.decode(self.encoding, "surrogateescape")
        return text + "\n"


def _read_tables(stream: BinaryIO, source: int, layout: Layout) -> Iterator[Piece]:
    csv.field_size_limit(MAX_LINE_BYTES)
    lines = _TextLines(stream, layout.options.encoding)
    found = _records(csv.reader(lines, **layout.dialect), lines, source)
    if layout.options.header:
        next(found, None)
    while group := list(islice(found, _PIECE_RECORDS)):
        numbers, records = zip(*group, strict=True)
        yield Piece(source, numbers, list(records), lines.encoding, lines.size, spans=lines.spans)
        lines.size, lines.spans = 0, {}


def _records(reader: Any, lines: _TextLines, source: int) -> Iterator[tuple[int, Any]]:
    while True:
        first = lines.number + 1
        try:
            record = next(reader)
        except StopIteration:
            return
        except _LongLine:
            yield first, _too_long(source, first, lines.number)
        except csv.Error as error:
            yield first, BadRow(source, first, "invalid_csv", str(error)[:80], lines.number)
        else:
            # A line feed ends every line, so a whole record comes before the end is asked for.
            if lines.ended:
                message = "a quote is open to the end of the file"
                yield first, BadRow(source, first, "invalid_csv", message, lines.number)
                continue
            if lines.number > first:
                lines.spans[first] = lines.number
            if record:
                yield first, record
