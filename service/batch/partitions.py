"""Parquet in object storage or on a shared disk, cut into partitions that machines can do apart from each other.

A partition is some row groups of one input file, and one part of the output folder. What it becomes depends on it
alone. Paths are those of fsspec: ``/data/posts``, ``s3://bucket/posts/*.parquet``, ``gs://...``.

The output folder: ``part-00000.parquet`` ..., ``_errors/part-00000.jsonl`` for rows that were left out, ``_SUCCESS`` at
the end, and ``_magpie/`` with the manifest and one marker for each partition that is done. Readers of Parquet folders
skip names that begin with an underscore.
"""

import json
import os
import posixpath
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from typing import Any

from service.batch.chunks import ChunkStats
from service.batch.errors import BatchError, UsageProblem

try:
    import pyarrow as pa
    import pyarrow.parquet as pq
    from fsspec.core import url_to_fs
except ImportError as missing:
    raise UsageProblem(
        '--ray needs fsspec and pyarrow: pip install "magpie-translate[ray]"'
    ) from missing

__all__ = [
    "PARTITION_ROWS",
    "Input",
    "Partition",
    "Target",
    "find_parquet",
    "plan_partitions",
    "read_batches",
]

PARTITION_ROWS = (
    262_144  # about half a minute of one core; less to do again after a loss, more files
)
_LISTING_THREADS = 16
_GROUP_ROWS = 65_536  # of a row group in the output
_STATE, _ERRORS = "_magpie", "_errors"


@dataclass(frozen=True, slots=True)
class Input:
    """One Parquet file: as it was when the run began."""

    url: str
    size: int
    groups: tuple[int, ...]  # rows of each row group

    @property
    def rows(self) -> int:
        return sum(self.groups)


@dataclass(frozen=True, slots=True)
class Partition:
    """Row groups ``[first, last)`` of one input file; ``line``: the number of its first row in the file, from 1."""

    number: int
    source: int  # index of the file
    url: str
    first: int
    last: int
    line: int
    rows: int

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @staticmethod
    def from_json(text: str) -> "Partition":
        return Partition(**json.loads(text))


def find_parquet(names: Sequence[str]) -> tuple[list[Input], Any]:
    """The files that paths, folders and globs mean, in order, and their schema. Raises ``UsageProblem``."""
    urls = [url for name in names for url in _expand(name)]
    if not urls:
        raise UsageProblem("no input files: nothing matches what was given")
    with ThreadPoolExecutor(_LISTING_THREADS) as pool:
        found = list(pool.map(_look, urls))
    schema = found[0][1]
    for (one, other), url in zip(found, urls, strict=True):
        if not other.equals(schema):
            raise UsageProblem(f"{url} has other columns than {urls[0]}: run them apart")
        if not one.rows and len(found) == 1:
            raise UsageProblem(f"{url} has no rows")
    if len(set(schema.names)) != len(schema.names):
        raise UsageProblem(f"{urls[0]}: two columns have the same name")
    return [one for one, _ in found], schema


def plan_partitions(inputs: Sequence[Input], rows: int = PARTITION_ROWS) -> list[Partition]:
    """Row groups that follow each other, together until they have ``rows`` rows; never of two files."""
    found: list[Partition] = []
    for source, one in enumerate(inputs):
        first = held = 0
        line = 1
        for at, group in enumerate(one.groups):
            held += group
            if held >= rows or at + 1 == len(one.groups):
                if held:
                    found.append(Partition(len(found), source, one.url, first, at + 1, line, held))
                line, first, held = line + held, at + 1, 0
    return found


def read_batches(partition: Partition, rows: int) -> Iterator[tuple[int, Any]]:
    """Line numbers and record batches of up to ``rows`` rows. Raises ``BatchError`` for a damaged file."""
    line = partition.line
    try:
        fs, path = url_to_fs(partition.url)
        with fs.open(path, "rb") as source, pq.ParquetFile(source, pre_buffer=False) as opened:
            groups = list(range(partition.first, partition.last))
            for batch in opened.iter_batches(batch_size=rows, row_groups=groups, use_threads=False):
                yield line, batch
                line += batch.num_rows
    except (pa.ArrowException, OSError) as error:
        raise BatchError(f"{partition.url}: damaged or gone after row {line - 1}") from error


class Target:
    """The output folder. A partition counts as done once its marker is there, which is written last."""

    def __init__(self, url: str) -> None:
        self.url = url
        try:
            self._fs, self._root = url_to_fs(url)
        except (ImportError, ValueError) as error:  # fsspec names the package that is missing
            raise UsageProblem(f"{url}: {error}") from error
        self._local = "file" in (
            self._fs.protocol if isinstance(self._fs.protocol, tuple) else (self._fs.protocol,)
        )

    @property
    def is_empty(self) -> bool:
        return not self._fs.exists(self._root) or not self._fs.ls(self._root, detail=False)

    def read_manifest(self) -> dict[str, Any] | None:
        """What a run here is made of; None where none has begun."""
        body = self._read(f"{_STATE}/manifest.json")
        if body is None:
            return None
        try:
            found: dict[str, Any] = json.loads(body)
        except ValueError as error:
            raise BatchError(
                f"the manifest in {self.url} is damaged: --restart begins again"
            ) from error
        return found

    def write_manifest(self, manifest: Mapping[str, Any]) -> None:
        self._write(f"{_STATE}/manifest.json", json.dumps(manifest, indent=1).encode())

    def clear(self) -> None:
        """Delete what a run has written here, and nothing else."""
        for pattern in ("_SUCCESS", f"{_STATE}/*", f"{_ERRORS}/part-*.jsonl", "part-*.parquet"):
            for path in self._fs.glob(posixpath.join(self._root, pattern)):
                self._fs.rm(path)

    def find_done(self) -> set[int]:
        """The numbers of the partitions that have their markers."""
        names = self._fs.glob(posixpath.join(self._root, _STATE, "part-*.done"))
        return {int(posixpath.basename(name)[5:-5]) for name in names}

    def read_done(self, number: int) -> tuple[ChunkStats, bytes]:
        """What became of a partition, and its tally (empty without one). Raises ``BatchError``."""
        body = self._read(f"{_STATE}/part-{number:05}.done")
        if body is None:
            raise BatchError(f"partition {number} has no marker any more: --resume does it again")
        return ChunkStats(**json.loads(body)), self._read(f"{_STATE}/part-{number:05}.tally") or b""

    def write_part(self, number: int, tables: Iterable[Any]) -> None:
        """Tables (at least one) as one Parquet file, with the same row groups whoever writes it."""
        with self._create(f"part-{number:05}.parquet") as sink, ExitStack() as stack:
            writer = None
            for table in _in_groups(tables):
                if writer is None:
                    writer = pq.ParquetWriter(sink, table.schema, compression="zstd")
                    stack.enter_context(writer)
                writer.write_table(table)

    def write_done(self, stats: ChunkStats, errors: bytes, tally: bytes) -> None:
        """Errors and tally, and then the marker that says that a partition is done."""
        name = f"part-{stats.number:05}"
        if errors:
            self._write(f"{_ERRORS}/{name}.jsonl", errors)
        if tally:
            self._write(f"{_STATE}/{name}.tally", tally)
        self._write(f"{_STATE}/{name}.done", json.dumps(stats.to_json()).encode())

    def note_try(self, number: int) -> int:
        """Count one more beginning of a partition, over the deaths of those who do it."""
        name = f"{_STATE}/part-{number:05}.tries"
        tries = int(self._read(name) or 0) + 1
        self._write(name, str(tries).encode())
        return tries

    def forget_tries(self) -> None:
        for path in self._fs.glob(posixpath.join(self._root, _STATE, "part-*.tries")):
            self._fs.rm(path)

    def finish(self) -> None:
        self._write("_SUCCESS", b"")

    def _read(self, name: str) -> bytes | None:
        try:
            found: bytes = self._fs.cat_file(posixpath.join(self._root, name))
        except FileNotFoundError:
            return None
        return found

    def _write(self, name: str, body: bytes) -> None:
        with self._create(name) as out:
            out.write(body)

    def _create(self, name: str) -> "_Whole":
        return _Whole(self._fs, posixpath.join(self._root, name), local=self._local)


class _Whole:
    """A file that appears when it is whole. An object store does that by itself, a disk by a change of name."""

    def __init__(self, fs: Any, path: str, *, local: bool) -> None:
        self._fs, self._path = fs, path
        folder, name = posixpath.split(path)
        self._open_path = posixpath.join(folder, f".{name}.{os.getpid()}.tmp") if local else path
        if local:
            fs.makedirs(folder, exist_ok=True)

    def __enter__(self) -> Any:
        self._file = self._fs.open(self._open_path, "wb")
        return self._file

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        whole = kind is None
        if not whole and self._open_path == self._path:
            self._file.discard()  # an upload that must not become an object
            self._file.closed = True  # else the collector would finish it
            return
        self._file.close()
        if self._open_path == self._path:
            return
        if whole:
            os.replace(self._open_path, self._path)
        else:
            os.unlink(self._open_path)


def _in_groups(tables: Iterable[Any]) -> Iterator[Any]:
    """The same rows in tables of about a row group."""
    held: list[Any] = []
    for table in tables:
        held.append(table)
        if sum(one.num_rows for one in held) >= _GROUP_ROWS:
            yield pa.concat_tables(held).combine_chunks()
            held = []
    if held:
        yield pa.concat_tables(held).combine_chunks()


def _expand(name: str) -> list[str]:
    try:
        fs, path = url_to_fs(name)
        if fs.isdir(path):
            found = [one for one in fs.find(path) if _is_data(one, path)]
        elif any(sign in path for sign in "*?["):
            found = fs.glob(path)
        elif fs.exists(path):
            found = [path]
        else:
            raise UsageProblem(f"{name}: no such file or folder")
    except (ImportError, ValueError) as error:
        raise UsageProblem(f"{name}: {error}") from error
    except OSError as error:
        raise UsageProblem(
            f"cannot read {name}: {error.strerror or type(error).__name__}"
        ) from error
    return [fs.unstrip_protocol(one) for one in sorted(found)]


def _is_data(path: str, folder: str) -> bool:
    parts = posixpath.relpath(path, folder).split("/")
    return path.endswith((".parquet", ".pq")) and not any(
        one.startswith((".", "_")) for one in parts
    )


def _look(url: str) -> tuple[Input, Any]:
    fs, path = url_to_fs(url)
    try:
        size = fs.size(path)
        with fs.open(path, "rb") as source, pq.ParquetFile(source) as opened:
            footer = opened.metadata
            groups = tuple(footer.row_group(at).num_rows for at in range(footer.num_row_groups))
            return Input(url, size, groups), opened.schema_arrow
    except (pa.ArrowException, OSError) as error:
        raise UsageProblem(f"{url} is not a readable Parquet file") from error
