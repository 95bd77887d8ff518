"""The output: rows with their answers as JSONL, CSV or Parquet, in parts that are there whole or not at all."""

import csv
import gzip
import json
import math
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

from service.batch.columns import Answers, Column
from service.batch.errors import BadRow, MissingExtra, UsageProblem
from service.batch.inputs import Compression, Format, InputFile
from service.batch.reading import Layout
from service.batch.rows import JsonRows, Rows, TableRows
from service.batch.survey import JsonKind

__all__ = [
    "OutputSpec", "assemble", "check_output", "compress", "dump_json", "error_lines", "render", "write_atomic",
    "write_part",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class OutputSpec:
    """How rows are written. ``carried``: the input's columns and kinds, for the formats that need to know them."""

    format: Format
    compression: Compression
    columns: tuple[Column, ...]  # the added ones, as they are named in the output
    layout: Layout  # of the input
    carried: tuple[tuple[str, JsonKind], ...] = ()

    @property
    def dialect(self) -> dict[str, Any]:
        quotes = self.layout.options.quotes or self.layout.format != self.format
        own = Layout(self.format).dialect
        return own | ({} if quotes else {"quoting": csv.QUOTE_NONE, "quotechar": None})

    def check(self, *, translates: bool) -> None:
        """Raises ``UsageProblem`` where the form cannot hold what is added: without quotes, a comma ends a cell."""
        dialect = self.dialect
        if dialect["quoting"] != csv.QUOTE_NONE:
            return
        if self.format == "csv" and translates:
            raise UsageProblem(
                "--no-quotes: a translation has commas, and such a CSV cannot hold them: name OUTPUT.jsonl or .tsv"
            )
        if any(_plain(one.name, dialect) != one.name for one in self.columns):
            raise UsageProblem("--prefix: --no-quotes cannot hold this name")

    @property
    def suffix(self) -> str:
        return "arrow" if self.format == "parquet" else self.format


def check_output(format: Format, compression: Compression) -> None:
    """Fail before the work, not after it, where a library is missing. Raises ``MissingExtra``."""
    if format == "parquet":
        from service.batch import parquet  # noqa: F401 - raises where pyarrow is missing
    if compression == "zstd":
        compress(b"", compression)


def render(rows: Rows, answers: Answers, spec: OutputSpec) -> bytes:
    """Rows in a text format, without the header of CSV, not yet compressed."""
    if spec.format == "jsonl":
        return _render_jsonl(rows, answers, spec.columns).encode()
    if spec.format == "lines":
        return "".join(f"{one}\n" for one in next(iter(answers.values()))).encode()
    return _render_table(rows, answers, spec).encode()


def write_part(rows: Rows, answers: Answers, spec: OutputSpec, path: Path) -> None:
    """One chunk of the output as a file of its own."""
    if spec.format == "parquet":
        from service.batch import parquet

        table = parquet.make_table(rows, spec.carried)
        table = parquet.add_columns(table, answers, spec.columns)
        write_atomic(path, lambda temporary: parquet.write_part(table, temporary))
        return
    body = compress(render(rows, answers, spec), spec.compression)
    write_atomic(path, lambda temporary: _write_bytes(temporary, body))


def assemble(
    parts: Sequence[Path], spec: OutputSpec, target: Path, folder: Path | None = None
) -> None:
    """Put the parts together, in ``folder`` or beside ``target``, and give the result its name in one step."""

    def join(temporary: Path) -> None:
        if spec.format == "parquet":
            from service.batch import parquet

            parquet.join_parts(parts, temporary)
            return
        with open(temporary, "wb") as out:
            out.write(header(spec))
            for part in parts:
                with open(part, "rb") as source:
                    shutil.copyfileobj(source, cast(IO[bytes], out), 1 << 20)

    write_atomic(target, join, folder)


def header(spec: OutputSpec) -> bytes:
    """The line of column names that CSV and TSV begin with, compressed like all the rest."""
    if spec.format not in ("csv", "tsv"):
        return b""
    line = _Lines()
    names = [*(name for name, _ in spec.carried), *(column.name for column in spec.columns)]
    csv.writer(line, **spec.dialect).writerow(names)
    return compress("".join(line.lines).encode(), spec.compression)


def compress(body: bytes, compression: Compression) -> bytes:
    """A gzip member or a zstd frame; several in a row are one valid file. The same bytes each time."""
    if compression == "gzip":
        return gzip.compress(body, 6, mtime=0)
    if compression == "zstd":
        try:
            import zstandard
        except ImportError as error:
            raise MissingExtra("zstd output", "zstandard") from error
        return zstandard.ZstdCompressor(level=3).compress(body)
    return body


def dump_json(value: Any) -> str:
    """JSON in one line. What is not finite, which JSON cannot say and Parquet can, becomes null."""
    try:
        return json.dumps(value, ensure_ascii=False, default=str, allow_nan=False)
    except ValueError:
        return json.dumps(_finite(value), ensure_ascii=False, default=str)


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: _finite(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(one) for one in value]
    return value


def error_lines(bad: Sequence[BadRow], files: Sequence[InputFile]) -> bytes:
    """Rows that were left out, as JSONL, in the order of the input."""
    lines = []
    for one in sorted(bad, key=lambda one: (one.source, one.line)):
        found: dict[str, Any] = {"file": files[one.source].name, "line": one.line}
        if one.last_line > one.line:
            found["last_line"] = one.last_line
        found |= {"reason": one.reason, "message": one.message}
        lines.append(json.dumps(found, ensure_ascii=False) + "\n")
    return "".join(lines).encode("utf-8", "surrogateescape")


def write_atomic(path: Path, write: Callable[[Path], None], folder: Path | None = None) -> None:
    """Let ``write`` make a file, get it onto the disk, and only then give it its name.

    It is made beside ``path``, or in ``folder`` on the same file system, where it is cleaned up if we are killed.
    """
    temporary = (folder or path.parent) / f".{path.name}.{os.getpid()}.tmp"
    try:
        write(temporary)
        _sync(temporary)
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync(path.parent)


def _sync(path: Path) -> None:
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _write_bytes(path: Path, body: bytes) -> None:
    path.write_bytes(body)


def _render_jsonl(rows: Rows, answers: Answers, columns: Sequence[Column]) -> str:
    keys = [json.dumps(column.name, ensure_ascii=False) + ": " for column in columns]
    encoded = [_encode(key, values) for key, values in zip(keys, answers.values(), strict=True)]
    added = map(", ".join, zip(*encoded, strict=True))
    if isinstance(rows.payload, JsonRows):  # the line as it was, and more before its last brace
        lines = [
            f"{raw[:-1].rstrip()}{', ' if one else ''}{more}}}\n"
            for raw, one, more in zip(rows.payload.raws, rows.payload.objects, added, strict=True)
        ]
        return "".join(lines)
    carried = (dump_json(one)[:-1] for one in rows.payload.records())
    return "".join(f"{own}, {more}}}\n" for own, more in zip(carried, added, strict=True))


def _encode(key: str, values: Sequence[Any]) -> list[str]:
    """``"key": value`` for each value; most columns hold few different ones."""
    known: dict[Any, str] = {None: f"{key}null", True: f"{key}true", False: f"{key}false"}
    found = []
    for value in values:
        if type(value) is float or type(value) is int:  # 0 and 1 are the keys of False and True
            found.append(f"{key}{value!r}")
            continue
        text = known.get(value)
        if text is None:
            text = known[value] = key + json.dumps(value, ensure_ascii=False)
        found.append(text)
    return found


def _render_table(rows: Rows, answers: Answers, spec: OutputSpec) -> str:
    out = _Lines()
    writer = csv.writer(out, **spec.dialect)
    added = zip(*(_cells(values, spec) for values in answers.values()), strict=True)
    if isinstance(rows.payload, TableRows):
        carried: Any = rows.payload.values
    else:
        names = [name for name, _ in spec.carried]
        carried = ([_cell(one.get(name)) for name in names] for one in rows.payload.records())
    writer.writerows([*own, *more] for own, more in zip(carried, added, strict=True))
    return "".join(out.lines)


class _Lines:
    """Takes lines of ``csv.writer``. It quotes a carriage return only if its own line ends have one; ours have not."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def write(self, line: str) -> None:
        self.lines.append(line.removesuffix("\r\n") + "\n")


def _cells(values: Sequence[Any], spec: OutputSpec) -> list[Any]:
    cells = [_cell(value) for value in values]
    dialect = spec.dialect
    if dialect["quoting"] == csv.QUOTE_NONE:
        return [_plain(one, dialect) if isinstance(one, str) else one for one in cells]
    return cells


def _plain(cell: str, dialect: Mapping[str, Any]) -> str:
    """A cell that needs no quotes: what ends a cell or a line is a blank."""
    for mark in ("\t", "\r", "\n", dialect["delimiter"]):
        cell = cell.replace(mark, " ")
    return cell


def _cell(value: Any) -> Any:
    """A value as CSV has it: null is empty, true and false as in JSON, and what has parts is JSON."""
    if value is None:
        return ""
    if value is True or value is False:
        return "true" if value else "false"
    return dump_json(value) if isinstance(value, dict | list) else value
