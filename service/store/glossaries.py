"""Stored glossaries: in memory, or in an SQLite file that several processes of one machine may share."""

import json
import secrets
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from service.errors import NotFound, TooManyItems
from service.text.term_table import Terms

__all__ = [
    "MAX_GLOSSARIES", "MAX_STORED_TERMS", "Dictionary", "Glossary", "GlossaryStore", "MemoryGlossaries",
    "SqliteGlossaries", "open_glossaries",
]  # fmt: skip

MAX_GLOSSARIES = 1000
MAX_STORED_TERMS = 100_000  # of all glossaries together
_BUSY_S = 5.0  # how long to wait for another process that is writing
_KEPT = 64  # parsed glossaries that are kept in memory beside the file

_SCHEMA = """
CREATE TABLE IF NOT EXISTS glossaries (
  id TEXT PRIMARY KEY, version TEXT NOT NULL, name TEXT NOT NULL, created_s REAL NOT NULL,
  terms INTEGER NOT NULL, dictionaries TEXT NOT NULL
) WITHOUT ROWID"""


@dataclass(frozen=True, slots=True)
class Dictionary:
    """Terms of one direction; languages are engine codes (``en``, ``zh``)."""

    source_lang: str
    target_lang: str
    terms: Terms


@dataclass(frozen=True, slots=True)
class Glossary:
    """A named set of dictionaries, at most one for each direction."""

    id: str
    name: str
    created_s: float  # since the epoch
    dictionaries: tuple[Dictionary, ...] = ()

    def terms(self, source_lang: str, target_lang: str) -> Terms | None:
        """The terms of one direction; None where the glossary does not have it."""
        for each in self.dictionaries:
            if (each.source_lang, each.target_lang) == (source_lang, target_lang):
                return each.terms
        return None

    @property
    def size(self) -> int:
        return sum(len(each.terms) for each in self.dictionaries)


Change = Callable[[Glossary], Glossary]
"""Makes the next state of a glossary, with the same id. It may raise; then nothing is changed."""


class GlossaryStore(Protocol):
    """Where glossaries are kept. Safe to use from any thread; every method may wait for a file."""

    def all(self) -> list[Glossary]:
        """Every glossary, the oldest first."""

    def get(self, glossary_id: str) -> Glossary:
        """One glossary. Raises ``NotFound``."""

    def add(self, name: str, dictionaries: Sequence[Dictionary]) -> Glossary:
        """Keep a new glossary. Raises ``TooManyItems`` when the store is full."""

    def update(self, glossary_id: str, change: Change) -> Glossary:
        """Change a glossary at once, or not at all. Raises ``NotFound``, ``TooManyItems`` and what ``change`` does."""

    def delete(self, glossary_id: str) -> None:
        """Forget a glossary. Raises ``NotFound``."""

    def close(self) -> None: ...


class MemoryGlossaries:
    """Glossaries that are gone when the process ends."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._glossaries: dict[str, Glossary] = {}

    def all(self) -> list[Glossary]:
        with self._lock:
            return list(self._glossaries.values())

    def get(self, glossary_id: str) -> Glossary:
        with self._lock:
            return self._found(glossary_id)

    def add(self, name: str, dictionaries: Sequence[Dictionary]) -> Glossary:
        made = _new(name, dictionaries)
        with self._lock:
            _check_room(len(self._glossaries), self._size(), made.size)
            self._glossaries[made.id] = made
        return made

    def update(self, glossary_id: str, change: Change) -> Glossary:
        with self._lock:
            old = self._found(glossary_id)
            new = change(old)
            _check_room(0, self._size() - old.size, new.size)
            self._glossaries[glossary_id] = new
        return new

    def delete(self, glossary_id: str) -> None:
        with self._lock:
            self._found(glossary_id)
            del self._glossaries[glossary_id]

    def close(self) -> None:
        pass

    def _size(self) -> int:
        return sum(glossary.size for glossary in self._glossaries.values())

    def _found(self, glossary_id: str) -> Glossary:
        found = self._glossaries.get(glossary_id)
        if found is None:
            raise _missing()
        return found


class SqliteGlossaries:
    """Glossaries in a file. What was parsed is kept as long as its row's version stays the same."""

    def __init__(self, path: str) -> None:
        """Open or make the file. Raises ``OSError`` where that cannot be done."""
        self._lock = threading.Lock()
        self._parsed: dict[str, tuple[str, Glossary]] = {}
        try:
            self._database = sqlite3.connect(
                path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False
            )
        except sqlite3.Error as error:
            raise OSError(f"glossaries_path: {error}") from None
        try:
            self._database.execute("PRAGMA journal_mode = WAL")
            self._database.execute(_SCHEMA)
        except sqlite3.Error as error:
            self._database.close()
            raise OSError(f"glossaries_path: {error}") from None

    def all(self) -> list[Glossary]:
        with self._lock:
            rows = self._database.execute(
                "SELECT id, version FROM glossaries ORDER BY created_s, id"
            ).fetchall()
            found = [self._read(glossary_id, version) for glossary_id, version in rows]
        return [glossary for glossary in found if glossary is not None]

    def get(self, glossary_id: str) -> Glossary:
        with self._lock:
            return self._found(glossary_id)

    def add(self, name: str, dictionaries: Sequence[Dictionary]) -> Glossary:
        made = _new(name, dictionaries)
        with self._lock, self._writing():
            _check_room(*self._room(), made.size)
            self._write(made)
        return made

    def update(self, glossary_id: str, change: Change) -> Glossary:
        with self._lock, self._writing():
            old = self._found(glossary_id)
            new = change(old)
            _check_room(0, self._room()[1] - old.size, new.size)
            self._write(new)
        return new

    def delete(self, glossary_id: str) -> None:
        with self._lock, self._writing():
            gone = self._database.execute("DELETE FROM glossaries WHERE id = ?", (glossary_id,))
            if not gone.rowcount:
                raise _missing()
            self._parsed.pop(glossary_id, None)

    def close(self) -> None:
        with self._lock:
            self._database.close()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """One transaction that no other process can come between."""
        self._database.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._database.execute("ROLLBACK")
            raise
        self._database.execute("COMMIT")

    def _room(self) -> tuple[int, int]:
        count, terms = self._database.execute(
            "SELECT count(*), coalesce(sum(terms), 0) FROM glossaries"
        ).fetchone()
        return int(count), int(terms)

    def _found(self, glossary_id: str) -> Glossary:
        row = self._database.execute(
            "SELECT version FROM glossaries WHERE id = ?", (glossary_id,)
        ).fetchone()
        found = None if row is None else self._read(glossary_id, str(row[0]))
        if found is None:
            raise _missing()
        return found

    def _read(self, glossary_id: str, version: str) -> Glossary | None:
        known = self._parsed.get(glossary_id)
        if known is not None and known[0] == version:
            return known[1]
        row = self._database.execute(
            "SELECT version, name, created_s, dictionaries FROM glossaries WHERE id = ?",
            (glossary_id,),
        ).fetchone()
        if row is None:
            return None
        dictionaries = tuple(
            Dictionary(source, target, tuple((s, t) for s, t in terms))
            for source, target, terms in json.loads(row[3])
        )
        found = Glossary(glossary_id, row[1], row[2], dictionaries)
        while len(self._parsed) >= _KEPT:
            del self._parsed[next(iter(self._parsed))]
        self._parsed[glossary_id] = (row[0], found)
        return found

    def _write(self, glossary: Glossary) -> None:
        packed = [(d.source_lang, d.target_lang, d.terms) for d in glossary.dictionaries]
        self._database.execute(
            "INSERT OR REPLACE INTO glossaries VALUES (?, ?, ?, ?, ?, ?)",
            (glossary.id, secrets.token_hex(8), glossary.name, glossary.created_s, glossary.size,
             json.dumps(packed, ensure_ascii=False)),
        )  # fmt: skip


def open_glossaries(path: str) -> GlossaryStore:
    """The store that a setting names: the file at ``path``, or memory where it is empty. Raises ``OSError``."""
    return SqliteGlossaries(path) if path else MemoryGlossaries()


def _new(name: str, dictionaries: Sequence[Dictionary]) -> Glossary:
    return Glossary(secrets.token_hex(8), name, time.time(), tuple(dictionaries))


def _missing() -> NotFound:
    return NotFound("There is no glossary of this id.", field="glossary_id")


def _check_room(glossaries: int, stored: int, added: int) -> None:
    if glossaries >= MAX_GLOSSARIES:
        raise TooManyItems(
            "The server holds as many glossaries as it may.",
            limit=MAX_GLOSSARIES, actual=glossaries + 1,
        )  # fmt: skip
    if stored + added > MAX_STORED_TERMS:
        raise TooManyItems(
            "The glossaries of the server have too many terms.",
            limit=MAX_STORED_TERMS, actual=stored + added,
        )  # fmt: skip
