"""A chunk is the unit of work: some thousand records in, one part of the output, one line about it in the journal.

What a chunk holds depends on the input alone, never on how many processes there are or what was done before.
"""

import hashlib
import time
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from service.batch.columns import Answers
from service.batch.filters import Condition
from service.batch.inputs import InputFile
from service.batch.reading import Layout, Piece
from service.batch.rows import ABSENT, Fields, Rows, iter_contexts, parse, read_texts
from service.batch.tally import TallyPlan, tally_rows
from service.batch.tasks import Outcome, Runner
from service.batch.writing import (
    OutputSpec,
    compress,
    error_lines,
    render,
    write_atomic,
    write_part,
)

__all__ = [
    "CHUNK_BYTES", "CHUNK_ROWS", "Chunk", "ChunkStats", "ChunkWorker", "Done", "Recipe", "make_chunks", "run_rows",
]  # fmt: skip

CHUNK_ROWS = 16_384
CHUNK_BYTES = 8 << 20
_COUNTED = ("language", "mode", "evidence_rule", "source_lang")
_COUNTED_WORDS = ("rules", "warnings")  # each of the words in a cell


@dataclass(slots=True)
class Chunk:
    """Records that follow each other. ``read``: stored bytes of each file that were read so far, for progress."""

    number: int
    pieces: list[Piece]

    @property
    def records(self) -> int:
        return sum(map(len, self.pieces))


@dataclass(frozen=True, slots=True)
class Recipe:
    """All that another process needs to do chunks, besides the task."""

    files: tuple[InputFile, ...]
    layout: Layout
    fields: Fields
    spec: OutputSpec
    condition: Condition | None = None
    folder: Path | None = None  # where parts go; None: they are handed back
    tally: TallyPlan | None = None  # what to count for a report


@dataclass(frozen=True, slots=True)
class ChunkStats:
    """What became of one chunk: a line of the journal."""

    number: int
    records: int = 0  # read
    rows: int = 0  # written
    filtered: int = 0  # did not meet the condition
    bad: dict[str, int] = field(default_factory=dict)  # reason -> rows left out
    counts: dict[str, dict[str, int]] = field(default_factory=dict)  # column -> value -> rows
    actions: dict[str, dict[str, int]] = field(default_factory=dict)  # language -> action -> rows
    seconds: float = 0.0
    cpu_s: float = 0.0
    finished_at: float = 0.0  # seconds since 1970

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(slots=True)
class Done:
    """A finished chunk. ``part`` and ``errors`` are there only where there is no folder for them."""

    stats: ChunkStats
    part: bytes = b""
    errors: bytes = b""
    tally: bytes = b""
    identity: Mapping[str, str] = field(default_factory=dict)


def make_chunks(pieces: Iterable[Piece], rows: int = CHUNK_ROWS) -> Iterator[Chunk]:
    """Pieces in chunks of ``rows`` records, or of fewer where these are more than ``CHUNK_BYTES``."""
    held: list[Piece] = []
    records = size = number = 0
    for piece in _cut(pieces, rows):
        if held and records + len(piece) > rows:
            missing = rows - records
            yield Chunk(number, [*held, piece.slice(0, missing)] if missing else held)
            piece = piece.slice(missing, len(piece))
            held, records, size, number = [], 0, 0, number + 1
        held.append(piece)
        records += len(piece)
        size += piece.size
        if records == rows or size >= CHUNK_BYTES:
            yield Chunk(number, held)
            held, records, size, number = [], 0, 0, number + 1
    if held:
        yield Chunk(number, held)


def _cut(pieces: Iterable[Piece], rows: int) -> Iterator[Piece]:
    """Pieces of at most ``rows`` records."""
    for piece in pieces:
        if 0 < len(piece) <= rows:
            yield piece
            continue
        for start in range(0, len(piece), rows):
            yield piece.slice(start, min(start + rows, len(piece)))


class ChunkWorker:
    """Does chunks, one after the other, with one loaded task."""

    def __init__(self, recipe: Recipe, runner: Runner) -> None:
        self._recipe = recipe
        self._runner = runner

    def run(self, chunk: Chunk) -> Done:
        """Parse, filter, judge and write one chunk. Raises ``OSError`` where it cannot be written."""
        began, cpu = time.perf_counter(), time.process_time()
        recipe = self._recipe
        rows = parse(chunk.pieces, recipe.layout)
        before = len(rows)
        if recipe.condition is not None and before:
            rows = rows.take(recipe.condition.keep(rows))
        filtered = before - len(rows)
        rows, answers = run_rows(rows, recipe.fields, self._runner)
        done = self._write(chunk.number, rows, answers)
        done.identity = self._runner.identity
        done.stats = ChunkStats(
            chunk.number,
            chunk.records,
            len(rows),
            filtered,
            dict(Counter(one.reason for one in rows.bad)),
            _count(answers),
            _count_actions(answers),
            time.perf_counter() - began,
            time.process_time() - cpu,
            time.time(),
        )
        return done

    def _write(self, number: int, rows: Rows, answers: Answers) -> Done:
        recipe = self._recipe
        errors = error_lines(rows.bad, recipe.files) if rows.bad else b""
        tally = b""
        if recipe.tally is not None:
            tally = tally_rows(recipe.tally, rows, recipe.fields, answers).to_json()
        stats = ChunkStats(number)
        if recipe.folder is None:
            body = compress(render(rows, answers, recipe.spec), recipe.spec.compression)
            return Done(stats, body, errors, tally)
        name = f"{number:08}"
        if tally:
            write_atomic(recipe.folder / f"{name}.tally", lambda path: _write(path, tally))
        if errors:
            write_atomic(recipe.folder / f"{name}.errors", lambda path: _write(path, errors))
        if recipe.fields.id is not None:
            ids = hash_ids(rows.payload.column(recipe.fields.id))
            write_atomic(recipe.folder / f"{name}.ids", lambda path: _write(path, ids.tobytes()))
        write_part(rows, answers, recipe.spec, recipe.folder / f"{name}.{recipe.spec.suffix}")
        return Done(stats)


def run_rows(rows: Rows, fields: Fields, runner: Runner) -> tuple[Rows, Answers]:
    """The rows that could be done, and their answers; the others join ``rows.bad``."""
    rows, texts = read_texts(rows, fields)
    contexts = list(iter_contexts(rows, fields)) if fields.context else None
    outcome: Outcome = runner.run(texts, contexts)
    if not outcome.failures:
        return rows, outcome.answers
    for at, reason in outcome.failures.items():
        code, _, message = reason.partition(": ")
        rows.refuse(at, code, message)
    left = [at for at in range(len(rows)) if at not in outcome.failures]
    answers = {name: [column[at] for at in left] for name, column in outcome.answers.items()}
    return rows.take(left), answers


def hash_ids(values: Iterable[Any]) -> "array[int]":
    """Eight bytes for each id, to find those that occur twice."""
    found = array("Q")
    for value in values:
        if value is not ABSENT and value is not None:
            digest = hashlib.blake2b(str(value).encode("utf-8", "replace"), digest_size=8).digest()
            found.append(int.from_bytes(digest, "little"))
    return found


def _count(answers: Answers) -> dict[str, dict[str, int]]:
    counts: dict[str, dict[str, int]] = {}
    for name in _COUNTED:
        if name in answers:
            counts[name] = dict(Counter(word for word in answers[name] if word))
    for name in _COUNTED_WORDS:
        words: Counter[str] = Counter()
        for listed, number in Counter(answers.get(name, ())).items():
            for word in listed.split():
                words[word] += number
        counts[name] = dict(words)
    return counts


def _count_actions(answers: Answers) -> dict[str, dict[str, int]]:
    if "action" not in answers:
        return {}
    found: dict[str, dict[str, int]] = {}
    pairs = Counter(zip(answers["language"], answers["action"], strict=True))
    for (language, action), number in sorted(pairs.items()):
        found.setdefault(language, {})[action] = number
    return found


def _write(path: Path, body: bytes) -> None:
    path.write_bytes(body)
