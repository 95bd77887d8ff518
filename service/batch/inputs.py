"""Which files a run reads: names, globs and folders, their formats and compressions, and a fingerprint of it all."""

import glob
import hashlib
import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from service.batch.errors import UsageProblem
from service.batch.stdin import StandardInput

__all__ = [
    "COMPRESSIONS", "FORMATS", "STDIN", "Compression", "Format", "InputFile", "find_inputs", "fingerprint",
    "sniff", "split_name",
]  # fmt: skip

Format = Literal["jsonl", "csv", "tsv", "lines", "parquet"]
Compression = Literal["", "gzip", "zstd"]
FORMATS: tuple[Format, ...] = get_args(Format)
COMPRESSIONS: dict[str, Compression] = {".gz": "gzip", ".zst": "zstd", ".zstd": "zstd"}
STDIN = "-"

_SUFFIXES: dict[str, Format] = {
    ".jsonl": "jsonl", ".ndjson": "jsonl", ".csv": "csv", ".tsv": "tsv", ".tab": "tsv", ".txt": "lines",
    ".parquet": "parquet", ".pq": "parquet",
}  # fmt: skip
_MAGIC: dict[bytes, Compression] = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd"}
_PARQUET = b"PAR1"
_HEAD_BYTES = 64
_HASH_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class InputFile:
    """One file to read. ``name`` is how it was given, and ``-`` for standard input."""

    name: str
    format: Format
    compression: Compression = ""
    size: int = 0  # bytes, as stored

    @property
    def is_stdin(self) -> bool:
        return self.name == STDIN


def find_inputs(names: Sequence[str], format: Format | None = None) -> list[InputFile]:
    """The files that ``names`` mean, in order: a folder's by path, a glob's by name. All have one format.

    Raises ``UsageProblem`` where there is nothing to read, or the format cannot be told.
    """
    found: list[InputFile] = []
    for name in names:
        found += [_input_file(path, format) for path in _expand(name)]
    if STDIN in names and len(found) > 1:
        raise UsageProblem("standard input is read alone, without other files")
    if not found:
        raise UsageProblem("no input files: nothing matches what was given")
    for other in found[1:]:
        if other.format != found[0].format:
            raise UsageProblem(
                f"{other.name} is {other.format}, {found[0].name} is {found[0].format}: run them apart"
            )
    return found


def split_name(name: str) -> tuple[Format | None, Compression]:
    """Format and compression as the end of a name says; None for a format that it does not say."""
    path = Path(name.lower())
    compression = COMPRESSIONS.get(path.suffix, "")
    if compression:
        path = path.with_suffix("")
    return _SUFFIXES.get(path.suffix), compression


def sniff(head: bytes) -> tuple[Format | None, Compression]:
    """What the first bytes say: a compression, Parquet, or JSON objects; else None."""
    for magic, compression in _MAGIC.items():
        if head.startswith(magic):
            return None, compression
    if head.startswith(_PARQUET):
        return "parquet", ""
    if head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"{":
        return "jsonl", ""
    return None, ""


def fingerprint(files: Sequence[InputFile]) -> list[dict[str, str | int]]:
    """Name, size and SHA-256 of each file; standard input has none and cannot be read again."""
    return [
        {
            "name": file.name,
            "size": file.size,
            "sha256": "" if file.is_stdin else _sha256(file.name),
        }
        for file in files
    ]


def _expand(name: str) -> Iterator[str]:
    if name == STDIN:
        yield name
    elif os.path.isdir(name):
        yield from _walk(name)
    elif os.path.lexists(name):
        yield name
    elif glob.has_magic(name):
        yield from sorted(path for path in glob.glob(name, recursive=True) if os.path.isfile(path))
    else:
        raise UsageProblem(f"{name}: no such file")


def _walk(folder: str) -> Iterator[str]:
    """The files of known formats in a folder and the folders in it."""

    def fail(error: OSError) -> None:
        raise UsageProblem(f"cannot read the folder {error.filename}: {error.strerror}")

    for parent, folders, names in os.walk(folder, onerror=fail):
        folders[:] = sorted(one for one in folders if not _ours(one))
        for name in sorted(names):
            if not _ours(name) and split_name(name)[0] is not None:
                yield os.path.join(parent, name)


def _ours(name: str) -> bool:
    """Names that are no data: hidden ones, ``_SUCCESS`` and the like, and what our own runs leave beside an output."""
    return name.startswith((".", "_")) or name.endswith((".parts", ".errors.jsonl"))


def _input_file(name: str, format: Format | None) -> InputFile:
    if name == STDIN:
        seen, compression = sniff(StandardInput.head(_HEAD_BYTES))
        return InputFile(STDIN, format or seen or "lines", compression)
    try:
        with open(name, "rb") as opened:
            status = os.fstat(opened.fileno())
            head = opened.read(_HEAD_BYTES) if stat.S_ISREG(status.st_mode) else b""
    except OSError as error:
        raise UsageProblem(f"cannot read {name}: {error.strerror}") from error
    if not stat.S_ISREG(status.st_mode):
        raise UsageProblem(f"{name} is not a regular file: use - and a pipe")
    named, _ = split_name(name)
    seen, compression = sniff(head)
    known = format or ("parquet" if seen == "parquet" else named or seen)
    if known is None:
        raise UsageProblem(f"{name}: cannot tell its format; give --format {'|'.join(FORMATS)}")
    return InputFile(name, known, compression, status.st_size)


def _sha256(name: str) -> str:
    digest = hashlib.sha256()
    try:
        with open(name, "rb") as opened:
            while piece := opened.read(_HASH_BYTES):
                digest.update(piece)
    except OSError as error:
        raise UsageProblem(f"cannot read {name}: {error.strerror}") from error
    return digest.hexdigest()
