"""Parquet and Arrow: reading in pieces, rows as a table, answers as columns of it, and parts put together."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from service.batch.columns import Answers, Column
from service.batch.errors import BatchError, MissingExtra, UsageProblem
from service.batch.inputs import InputFile
from service.batch.reading import Piece
from service.batch.rows import ABSENT, Rows
from service.batch.writing import dump_json

try:
    import pyarrow as pa
    import pyarrow.parquet as pq
except ImportError as missing:
    raise MissingExtra("Parquet", "pyarrow") from missing

__all__ = [
    "ArrowRows", "add_columns", "check_same", "count_rows", "give_memory_back", "join_parts", "make_table", "parse",
    "read_head", "read_pieces", "read_schema", "system_memory", "write_part",
]  # fmt: skip

_GROUP_ROWS = 65_536  # of a row group in the output
_TYPES = {"string": pa.string(), "bool": pa.bool_(), "int": pa.int64(), "float": pa.float64()}


@dataclass(slots=True)
class ArrowRows:
    """Rows as an Arrow table."""

    table: Any  # pyarrow.Table

    def __len__(self) -> int:
        return int(self.table.num_rows)

    def take(self, places: Sequence[int]) -> "ArrowRows":
        return ArrowRows(self.table.take(pa.array(places, pa.int64())))

    def column(self, name: str) -> list[Any]:
        if name not in self.table.column_names:
            return [ABSENT] * len(self)
        values: list[Any] = self.table.column(name).to_pylist()
        return values

    def records(self) -> Iterable[Mapping[str, Any]]:
        found: list[dict[str, Any]] = self.table.to_pylist()
        return found


def give_memory_back() -> None:
    """For a process of our own: its usual allocator keeps what a chunk took, some 30 MB."""
    pa.set_memory_pool(pa.system_memory_pool())


@contextmanager
def system_memory() -> Iterator[None]:
    """The same for a while. What was allocated before or meanwhile is freed where it came from."""
    before = pa.default_memory_pool()
    give_memory_back()
    try:
        yield
    finally:
        pa.set_memory_pool(before)


def read_head(file: InputFile) -> tuple[str, ...]:
    """The column names of a file. Raises ``UsageProblem`` for one that is not Parquet."""
    names: list[str] = _open(file).schema_arrow.names
    if len(set(names)) != len(names):
        raise UsageProblem(f"{file.name}: two columns have the same name")
    return tuple(names)


def read_schema(file: InputFile) -> Any:
    """The Arrow schema of a file."""
    return _open(file).schema_arrow


def check_same(files: Sequence[InputFile]) -> None:
    """Raises ``UsageProblem`` where the columns of two files hold different things."""
    first = read_schema(files[0])
    for file in files[1:]:
        if not read_schema(file).equals(first):
            raise UsageProblem(
                f"{file.name} has columns of other types than {files[0].name}: run them apart"
            )


def count_rows(file: InputFile) -> int:
    """How many rows a file says to have."""
    return int(_open(file).metadata.num_rows)


def read_pieces(file: InputFile, source: int, rows: int) -> Iterator[Piece]:
    """All rows of a file, ``rows`` at a time."""
    opened = _open(file)
    total = max(1, opened.metadata.num_rows)
    line = 1
    try:
        for batch in opened.iter_batches(batch_size=rows, use_threads=False):
            lines = range(line, line + batch.num_rows)
            line += batch.num_rows
            read = file.size * (line - 1) // total
            yield Piece(source, lines, batch, size=batch.nbytes, read=read)
    except (pa.ArrowException, OSError) as error:
        raise BatchError(f"{file.name}: damaged after row {line - 1}") from error
    finally:
        opened.close()


def parse(pieces: Sequence[Piece]) -> Rows:
    """The rows of pieces as one table."""
    table = pa.Table.from_batches([piece.records for piece in pieces])
    origins = [(piece.source, line) for piece in pieces for line in piece.lines]
    return Rows(ArrowRows(table), origins)


def make_table(rows: Rows, carried: Sequence[tuple[str, str]]) -> Any:
    """The rows as a table; ``carried``: columns and kinds of what is not Arrow. JSON that no type fits becomes text."""
    if isinstance(rows.payload, ArrowRows):
        return rows.payload.table
    records = list(rows.payload.records())
    schema = pa.schema([(name, _TYPES.get(kind, pa.string())) for name, kind in carried])
    arrays = [
        pa.array([_fit(record.get(one.name), one.type) for record in records], one.type)
        for one in schema
    ]
    return pa.Table.from_arrays(arrays, schema=schema)


def add_columns(table: Any, answers: Answers, columns: Sequence[Column]) -> Any:
    """The table with the answers as its last columns, under the names of ``columns``."""
    for column, values in zip(columns, answers.values(), strict=True):
        kind = pa.field(column.name, _TYPES[column.kind])
        table = table.append_column(kind, pa.array(values, kind.type))
    return table


def write_part(table: Any, path: Path) -> None:
    """One chunk of the output, in a form that is quick to read again."""
    options = pa.ipc.IpcWriteOptions(compression="lz4")
    with (
        pa.OSFile(str(path), "wb") as sink,
        pa.ipc.new_file(sink, table.schema, options=options) as out,
    ):
        out.write_table(table)


def join_parts(parts: Sequence[Path], target: Path) -> None:
    """Parts as one Parquet file with row groups of 65,536 rows. Raises ``BatchError`` for parts that differ."""
    writer = None
    held: list[Any] = []
    rows = 0
    try:
        for path in parts:
            with pa.memory_map(str(path)) as source:
                table = pa.ipc.open_file(source).read_all()
            writer = writer or pq.ParquetWriter(target, table.schema, compression="zstd")
            held.append(table)
            rows += table.num_rows
            if rows >= _GROUP_ROWS:
                held, rows = _write_groups(writer, pa.concat_tables(held))
        if writer is not None and rows:
            writer.write_table(pa.concat_tables(held).combine_chunks(), row_group_size=_GROUP_ROWS)
    finally:
        if writer is not None:
            writer.close()


def _write_groups(writer: Any, table: Any) -> tuple[list[Any], int]:
    """Write the full row groups; what is left over."""
    full = table.num_rows // _GROUP_ROWS * _GROUP_ROWS
    writer.write_table(table.slice(0, full), row_group_size=_GROUP_ROWS)
    rest = table.slice(full)
    return ([rest], rest.num_rows) if rest.num_rows else ([], 0)


def _fit(value: Any, kind: Any) -> Any:
    """A JSON value as its column holds it."""
    if value is None or not pa.types.is_string(kind) or isinstance(value, str):
        return value
    return dump_json(value)


def _open(file: InputFile) -> Any:
    if file.compression or file.is_stdin:
        raise UsageProblem("Parquet is read from a file, and is compressed inside")
    try:
        return pq.ParquetFile(file.name, pre_buffer=False, buffer_size=1 << 20)
    except (pa.ArrowException, OSError) as error:
        raise UsageProblem(f"{file.name} is not a readable Parquet file") from error
