"""Slang and platform terms: tables of entries, read and checked row by row, and known by a hash of what they say."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

__all__ = ["COLUMNS", "BadEntry", "Entry", "Guard", "SlangLexicon", "as_row", "load", "parse_rows"]

COLUMNS = (
    "id", "term", "variants", "language", "expansion", "translation", "note_en", "note_zh", "guard", "source",
)  # fmt: skip
BUNDLED = ("slang.zh.tsv", "slang.en.tsv")
MAX_TERM_CHARS = 64
MAX_CELL_CHARS = 400
_ID = re.compile(r"[A-Za-z0-9_-]{1,32}")


class Guard(StrEnum):
    """When a term means what its entry says, and so may be expanded before translation."""

    ALWAYS = "always"  # wherever it stands; Latin ends need a word boundary
    WORD = "word"  # a Latin word of its own, in any case
    EXACT_CASE = "exact-case"  # the same, and written just so
    ALONE = "alone"  # only when the post says nothing else
    NOT_BEFORE = "not-before"  # unless one of the given strings follows
    NOT_AFTER = "not-after"  # unless one of the given strings precedes
    HAN_CONTEXT = "han-context"  # only in a text that has Chinese characters
    NOTE_ONLY = "note-only"  # too ambiguous: worth a note, never an expansion


class BadEntry(ValueError):
    """A row that cannot be used. ``str(error)`` is ``name:line: what is wrong``."""

    def __init__(self, name: str, line: int, problem: str) -> None:
        super().__init__(f"{name}:{line}: {problem}")
        self.line = line


@dataclass(frozen=True, slots=True)
class Entry:
    """One row: a term, what it means, and when it means that."""

    id: str
    term: str
    variants: tuple[str, ...]
    language: str  # "zh" | "en"
    expansion: str  # plain words of the same language that fit where the term stands
    translation: str  # the like in the other language; may be empty
    note_en: str
    note_zh: str
    guard: Guard
    unless: tuple[str, ...]  # of not-before and not-after
    source: str

    @property
    def spellings(self) -> tuple[str, ...]:
        return (self.term, *self.variants)


@dataclass(frozen=True, slots=True)
class SlangLexicon:
    """Entries of one or several tables, later ones winning. ``version``: 16 hex digits of a hash over all of it."""

    entries: tuple[Entry, ...]
    version: str

    @classmethod
    def of(cls, entries: Iterable[Entry]) -> "SlangLexicon":
        ordered = tuple(sorted(entries, key=lambda entry: entry.id))
        names = [field.name for field in fields(Entry)]
        said = "\n".join(repr([getattr(entry, name) for name in names]) for entry in ordered)
        return cls(ordered, sha256(said.encode("utf-8", "replace")).hexdigest()[:16])


def load(extra: Sequence[Path] = (), *, bundled: bool = True) -> SlangLexicon:
    """The bundled tables and then ``extra`` ones; an entry replaces an earlier one of the same id or term.

    A table is UTF-8, tab-separated, its first row names ``COLUMNS``; empty lines and lines that begin with ``#`` are
    skipped. Raises ``BadEntry``; ``OSError`` for a path that cannot be read.
    """
    tables: list[tuple[str, bytes]] = []
    if bundled:
        folder = files("service.lexicon") / "data"
        tables = [(name, (folder / name).read_bytes()) for name in BUNDLED]
    tables += [(path.name, path.read_bytes()) for path in extra]
    by_id: dict[str, Entry] = {}
    by_term: dict[tuple[str, str], str] = {}
    for name, content in tables:
        seen: set[str] = set()
        for line, entry in parse_rows(name, content):
            if entry.id in seen:
                raise BadEntry(name, line, f"the id {entry.id} is there twice")
            seen.add(entry.id)
            place = (entry.language, entry.term)
            by_id.pop(by_term.get(place, ""), None)
            by_id[entry.id] = entry
            by_term[place] = entry.id
    return SlangLexicon.of(by_id.values())


def parse_rows(name: str, content: bytes) -> list[tuple[int, Entry]]:
    """The entries of one table with their line numbers. Raises ``BadEntry`` for the first row at fault."""
    try:
        lines = content.decode("utf-8-sig").split("\n")
    except UnicodeDecodeError as error:
        at = content.count(b"\n", 0, error.start) + 1
        raise BadEntry(name, at, "not valid UTF-8") from None
    rows: list[tuple[int, Entry]] = []
    header = False
    for number, line in enumerate(lines, 1):
        row = line.rstrip("\r")
        if not row.strip() or row.startswith("#"):
            continue
        cells = row.split("\t")
        if not header:
            if tuple(cells) != COLUMNS:
                raise BadEntry(name, number, "the first row must name " + ", ".join(COLUMNS))
            header = True
            continue
        rows.append((number, _entry(name, number, cells)))
    return rows


def as_row(entry: Entry) -> str:
    """The row that ``parse_rows`` reads back as ``entry``."""
    guard = f"{entry.guard}:{'|'.join(entry.unless)}" if entry.unless else str(entry.guard)
    return "\t".join(
        (
            entry.id, entry.term, "|".join(entry.variants), entry.language, entry.expansion, entry.translation,
            entry.note_en, entry.note_zh, guard, entry.source,
        )
    )  # fmt: skip


def _entry(name: str, line: int, cells: list[str]) -> Entry:
    if len(cells) != len(COLUMNS):
        raise BadEntry(name, line, f"{len(cells)} columns, {len(COLUMNS)} wanted")
    row = dict(zip(COLUMNS, (cell.strip() for cell in cells), strict=True))
    for column, value in row.items():
        if len(value) > MAX_CELL_CHARS:
            raise BadEntry(name, line, f"{column}: over {MAX_CELL_CHARS} characters")
    _check_form(name, line, row)
    variants = tuple(v for v in (part.strip() for part in row["variants"].split("|")) if v)
    for spelling in (row["term"], *variants):
        if not spelling or len(spelling) > MAX_TERM_CHARS:
            raise BadEntry(
                name, line, f"term: 1 to {MAX_TERM_CHARS} characters, and so each variant"
            )
    guard, unless = _guard(name, line, row["guard"])
    if guard is not Guard.NOTE_ONLY and not row["expansion"]:
        raise BadEntry(name, line, "expansion: empty, though the guard allows to use it")
    return Entry(
        row["id"], row["term"], variants, row["language"], row["expansion"], row["translation"],
        row["note_en"], row["note_zh"], guard, unless, row["source"],
    )  # fmt: skip


def _check_form(name: str, line: int, row: Mapping[str, str]) -> None:
    if not _ID.fullmatch(row["id"]):
        raise BadEntry(name, line, "id: 1 to 32 letters, digits, _ or -")
    if row["language"] not in ("en", "zh"):
        raise BadEntry(name, line, "language: en or zh")
    for column in ("note_en", "source"):
        if not row[column]:
            raise BadEntry(name, line, f"{column}: empty")


def _guard(name: str, line: int, text: str) -> tuple[Guard, tuple[str, ...]]:
    kind, _, rest = text.partition(":")
    try:
        guard = Guard(kind)
    except ValueError:
        known = ", ".join(Guard)
        raise BadEntry(name, line, f"guard: one of {known}") from None
    unless = tuple(part for part in rest.split("|") if part)
    if bool(unless) != (guard in (Guard.NOT_BEFORE, Guard.NOT_AFTER)):
        raise BadEntry(
            name, line, "guard: strings after a colon, with not-before and not-after only"
        )
    return guard, unless
