"""What a run is made of and how far it came, on the disk: a killed run continues, and only the same run does."""

import fcntl
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from service.batch.chunks import ChunkStats
from service.batch.errors import BatchError, UsageProblem
from service.batch.writing import OutputSpec, assemble, write_atomic

__all__ = ["WorkFolder", "open_folder"]

_MANIFEST, _JOURNAL, _LOCK = "manifest.json", "journal.jsonl", "lock"
_WHAT = {
    "inputs": "the input has changed",
    "identity": "the policy, a model or this program has changed",
    "options": "the options are others",
    "output": "the form of the output is another",
}


class WorkFolder:
    """The folder beside an unfinished output: its manifest, its journal and the parts that are done.

    A chunk counts as done once its line is in the journal, which is after its part was safely on the disk.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.done: list[ChunkStats] = []
        self._journal: IO[bytes] | None = None

    @property
    def begun(self) -> bool:
        return (self.path / _MANIFEST).exists()

    def begin(self, manifest: Mapping[str, Any], suffix: str = "") -> None:
        """Start the run that ``manifest`` describes, or continue it. Raises ``UsageProblem`` if it is another one.

        ``suffix`` of the parts: a chunk whose part is not there any more is done again, and all that follow it.
        """
        if self.begun:
            before = _read_json(self.path / _MANIFEST)
            _compare(before, json.loads(json.dumps(manifest)), self.path)
            self.done = self._read_journal(suffix)
        else:
            body = json.dumps(manifest, ensure_ascii=False, indent=1).encode(
                "utf-8", "surrogateescape"
            )
            write_atomic(self.path / _MANIFEST, lambda path: _write(path, body))
        lines = [_line(stats) for stats in self.done]  # without one that was cut off
        write_atomic(self.path / _JOURNAL, lambda path: _write(path, b"".join(lines)))
        self._journal = open(self.path / _JOURNAL, "ab", buffering=0)  # noqa: SIM115 - closed with the folder

    def add(self, stats: ChunkStats) -> None:
        """Note that a chunk is done."""
        if self._journal is None:
            raise ValueError("the run has not begun")
        self._journal.write(_line(stats))
        os.fsync(self._journal.fileno())
        self.done.append(stats)

    def finish(self, spec: OutputSpec, output: Path, errors: Path, *, named: bool = False) -> None:
        """Put the output together, give it its name last, and remove the folder.

        Where no row was left out, an error list of an earlier run goes; one that the user ``named`` is emptied instead.
        """
        bad = [path for stats in self.done if (path := self._file(stats, "errors")).exists()]
        if bad or (named and errors.exists()):
            write_atomic(errors, lambda path: _concatenate(bad, path), self.path)
        else:
            errors.unlink(missing_ok=True)
        parts = [self._file(stats, spec.suffix) for stats in self.done]
        assemble(parts, spec, output, self.path)
        self.remove()

    def tally_files(self) -> list[Path]:
        return [self._file(stats, "tally") for stats in self.done]

    def id_files(self) -> list[Path]:
        return [self._file(stats, "ids") for stats in self.done]

    def remove(self) -> None:
        """Delete the folder; the manifest first, because a folder without one holds nothing to continue."""
        self.close()
        (self.path / _MANIFEST).unlink(missing_ok=True)
        shutil.rmtree(self.path, ignore_errors=True)

    def close(self) -> None:
        if self._journal is not None:
            self._journal.close()
            self._journal = None

    def _file(self, stats: ChunkStats, suffix: str) -> Path:
        return self.path / f"{stats.number:08}.{suffix}"

    def _read_journal(self, suffix: str) -> list[ChunkStats]:
        """The chunks that are done: whole lines, in order."""
        found: list[ChunkStats] = []
        path = self.path / _JOURNAL
        there = set(os.listdir(self.path)) if suffix else None
        for line in path.read_bytes().split(b"\n") if path.exists() else ():
            try:
                stats = ChunkStats(**json.loads(line))
            except (ValueError, TypeError):
                break
            if stats.number != len(found):
                break
            if there is not None and self._file(stats, suffix).name not in there:
                break
            found.append(stats)
        return found


@contextmanager
def open_folder(path: Path) -> Iterator[WorkFolder]:
    """The work folder, made if need be, and this process the only one in it. Raises ``UsageProblem``."""
    try:
        path.mkdir(exist_ok=True)
        lock = open(path / _LOCK, "wb")  # noqa: SIM115 - held until the end
    except OSError as error:
        raise UsageProblem(f"cannot write to {path.parent}: {error.strerror}") from error
    folder = WorkFolder(path)
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise UsageProblem(f"another run is at work in {path}") from error
        try:
            yield folder
        finally:
            folder.close()
            if not folder.begun:
                shutil.rmtree(path, ignore_errors=True)


def _compare(before: Mapping[str, Any], now: Mapping[str, Any], path: Path) -> None:
    for part, what in _WHAT.items():
        if before.get(part) == now.get(part):
            continue
        raise UsageProblem(
            f"cannot continue: {what} since this run began ({_difference(before.get(part), now.get(part))}). "
            f"Go back to what it was, or start again with --restart, which deletes {path}"
        )


def _difference(before: Any, now: Any) -> str:
    """The names of what differs; never a value, which may be anything."""
    if isinstance(before, dict) and isinstance(now, dict):
        names = [name for name in {**before, **now} if before.get(name) != now.get(name)]
        return ", ".join(names)
    if isinstance(before, list) and isinstance(now, list):
        if len(before) != len(now):
            return f"{len(before)} files, now {len(now)}"
        names = [new["name"] for old, new in zip(before, now, strict=True) if old != new]
        return ", ".join(names[:3])
    return "manifest"


def _read_json(path: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise BatchError(f"{path} cannot be read: start again with --restart") from error
    return found


def _line(stats: ChunkStats) -> bytes:
    return json.dumps(stats.to_json(), ensure_ascii=False).encode() + b"\n"


def _write(path: Path, body: bytes) -> None:
    path.write_bytes(body)


def _concatenate(parts: list[Path], target: Path) -> None:
    with open(target, "wb") as out:
        for part in parts:
            out.write(part.read_bytes())
