"""Lexicons: tables of terms and of allowed words, read, checked, merged, and known by a hash of what they say."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

from service.domain import Category

__all__ = [
    "ALLOWED_COLUMNS", "TERM_COLUMNS", "Allowed", "Lexicon", "LexiconError", "Match", "Term", "load", "load_bundled",
]  # fmt: skip

TERM_COLUMNS = ("id", "term", "language", "category", "severity", "source", "note", "match")
ALLOWED_COLUMNS = ("word", "language", "source", "note", "match")
LANGUAGES = ("en", "zh")
SEVERITIES = ("1", "2", "3")
MAX_TERM_CHARS = 64
MAX_TEXT_CHARS = 400  # of a source or a note
_ID = re.compile(r"[A-Za-z0-9_./-]{1,48}(#[0-9]{1,6})?")
_LATIN = re.compile(r"[A-Za-z0-9]")


class LexiconError(ValueError):
    """A lexicon file that cannot be used. ``str(error)`` is ``name:line: what is wrong``; it never quotes a term."""

    def __init__(self, name: str, line: int, problem: str) -> None:
        super().__init__(f"{name}:{line}: {problem}")
        self.name = name
        self.line = line
        self.problem = problem


class Match(StrEnum):
    """Where a term counts, beyond the rule that Latin ends need a word boundary and Han ends do not."""

    WORD = "word"  # a term: only as a word of its own (the rule for Latin, said aloud)
    PREFIX = "prefix"  # a term: also where a longer word begins with it
    ANYWHERE = "anywhere"  # a term: also inside a longer word
    PLURAL = "plural"  # a term: also with -s or -es
    EXACT = "exact"  # a term: only as written; no masks, separators, repeats, pinyin or homophones
    HOMOPHONE = "homophone"  # a term: also other Han characters of the same sound
    PINYIN = "pinyin"  # a term: also spelled in Latin letters, all of it or in part (initials are terms of their own)
    CHINESE = "chinese"  # a Latin term: only next to Han characters
    ACROSS = "across"  # an allowed word: also clears a hit that ends or begins in the middle of it


_TERM_FLAGS = frozenset(Match) - {Match.ACROSS}
_ALLOWED_FLAGS = frozenset({Match.ACROSS})
_CLASHES = (
    ({Match.EXACT}, {Match.HOMOPHONE, Match.PINYIN}),
    ({Match.WORD}, {Match.PREFIX, Match.ANYWHERE}),
    ({Match.PREFIX}, {Match.ANYWHERE, Match.PLURAL}),
    ({Match.ANYWHERE}, {Match.PLURAL}),
)


@dataclass(frozen=True, slots=True)
class Term:
    """One row of a lexicon.

    ``severity``: 1 mild, casual or ambiguous, to be ignored by a policy that wants no false alarms; 2 clear abuse;
    3 severe: slurs, threats, calls to violence, offers of illegal trade.
    """

    id: str  # "zh/insult#12": shown in evidence, never used again for another term
    text: str
    lang: str  # "en" | "zh": the language it is a word of; it is looked for in every text
    category: Category
    severity: int
    source: str
    note: str
    match: frozenset[Match] = frozenset()

    @property
    def cells(self) -> tuple[str, ...]:
        """The row as it stands in a table, in the order of ``TERM_COLUMNS``."""
        flags = " ".join(sorted(self.match))
        return (
            self.id,
            self.text,
            self.lang,
            self.category.value,
            str(self.severity),
            self.source,
            self.note,
            flags,
        )


@dataclass(frozen=True, slots=True)
class Allowed:
    """A harmless word that holds a term: hits that lie inside it do not count."""

    text: str
    lang: str
    source: str
    note: str
    across: bool = False

    @property
    def cells(self) -> tuple[str, ...]:
        """The row as it stands in a table, in the order of ``ALLOWED_COLUMNS``."""
        return (
            self.text,
            self.lang,
            self.source,
            self.note,
            Match.ACROSS.value if self.across else "",
        )


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Terms and allowed words of one or several files. ``version``: 16 hex digits of a hash over all of it."""

    terms: tuple[Term, ...]
    allowed: tuple[Allowed, ...] = ()
    version: str = ""

    @classmethod
    def of(cls, terms: Iterable[Term], allowed: Iterable[Allowed] = ()) -> "Lexicon":
        """The rows in a fixed order, so that neither their order nor the split into files changes the version."""
        ordered = tuple(sorted(terms, key=lambda term: term.id))
        spared = tuple(sorted(allowed, key=lambda word: (word.lang, word.text, word.across)))
        rows = [term.cells for term in ordered] + [word.cells for word in spared]
        said = "\n".join("\t".join(cells) for cells in rows)
        return cls(ordered, spared, sha256(said.encode("utf-8", "replace")).hexdigest()[:16])


def load_bundled() -> Lexicon:
    """The lexicons that ship with the service."""
    return load()


def load(extra: Sequence[Path | bytes] = (), *, bundled: bool = True) -> Lexicon:
    """The bundled tables and then ``extra`` ones: UTF-8, tab-separated, the first row names the columns.

    The columns are those of ``TERM_COLUMNS`` or, for allowed words, of ``ALLOWED_COLUMNS``; empty lines and lines
    that begin with ``#`` are skipped. A term of a later table replaces the same term of the same category in an
    earlier one. Raises ``LexiconError``; ``OSError`` for a path that cannot be read.
    """
    tables = _bundled_tables() if bundled else []
    for number, item in enumerate(extra, 1):
        if isinstance(item, bytes):
            tables.append((f"<lexicon {number}>", item))
        else:
            tables.append((item.name, item.read_bytes()))
    terms: dict[tuple[str, Category], Term] = {}
    allowed: dict[tuple[str, bool], Allowed] = {}
    places: dict[str, tuple[str, Category]] = {}
    for name, content in tables:
        seen: set[tuple[str, Category]] = set()
        for line, row in _rows(name, content):
            if isinstance(row, Allowed):
                allowed[row.text.casefold(), row.across] = row
                continue
            key = (row.text.casefold(), row.category)
            if key in seen:
                raise LexiconError(name, line, "the same term and category stand twice")
            if places.setdefault(row.id, key) != key:
                raise LexiconError(name, line, f"the id {row.id} stands for two terms")
            seen.add(key)
            terms[key] = row
    return Lexicon.of(terms.values(), allowed.values())


def _bundled_tables() -> list[tuple[str, bytes]]:
    folder = files("service.policy") / "lexicons"
    found = [(item.name, item) for item in folder.iterdir() if item.name.endswith(".tsv")]
    return [(name, item.read_bytes()) for name, item in sorted(found, key=lambda pair: pair[0])]


def _rows(name: str, content: bytes) -> list[tuple[int, Term | Allowed]]:
    """The rows of one table, each with its line number."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise LexiconError(name, content.count(b"\n", 0, error.start) + 1, "not UTF-8") from None
    lines = [(number, line.removesuffix("\r")) for number, line in enumerate(text.split("\n"), 1)]
    lines = [(number, line) for number, line in lines if line.strip() and line[0] != "#"]
    if not lines:
        raise LexiconError(name, 1, "no header row")
    header = tuple(lines[0][1].split("\t"))
    read: Callable[[list[str]], Term | Allowed]
    if header == TERM_COLUMNS:
        read = _read_term
    elif header == ALLOWED_COLUMNS:
        read = _read_allowed
    else:
        expected = (
            f"{' '.join(TERM_COLUMNS)} (terms) or {' '.join(ALLOWED_COLUMNS)} (allowed words)"
        )
        raise LexiconError(name, lines[0][0], f"the columns must be {expected}, between tabs")
    rows: list[tuple[int, Term | Allowed]] = []
    for number, line in lines[1:]:
        cells = [cell.strip() for cell in line.split("\t")]
        if len(cells) != len(header):
            problem = f"{len(cells)} cells, expected {len(header)} ({' '.join(header)})"
            raise LexiconError(name, number, problem)
        try:
            rows.append((number, read(cells)))
        except ValueError as error:
            raise LexiconError(name, number, str(error)) from None
    return rows


def _read_term(cells: list[str]) -> Term:
    ident, text, lang, category, severity, source, note, match = cells
    if not _ID.fullmatch(ident):
        raise ValueError('id: letters, digits, "_", ".", "/", "-", then perhaps "#" and a number')
    _check_text("term", text)
    _check_choice("language", lang, LANGUAGES)
    _check_choice("category", category, tuple(Category))
    _check_choice("severity", severity, SEVERITIES)
    _check_note(source, note)
    flags = _read_flags(match, _TERM_FLAGS)
    for one, others in _CLASHES:
        if one <= flags and others & flags:
            names = " and ".join(sorted(one | (others & flags)))
            raise ValueError(f"match: {names} exclude each other")
    if Match.CHINESE in flags and not _LATIN.search(text):
        raise ValueError("match: chinese is for a term with Latin letters")
    if len(text) <= 2 and text.isascii() and Match.CHINESE not in flags:
        raise ValueError("match: a term of one or two Latin letters needs chinese")
    return Term(ident, text, lang, Category(category), int(severity), source, note, flags)


def _read_allowed(cells: list[str]) -> Allowed:
    text, lang, source, note, match = cells
    _check_text("word", text)
    _check_choice("language", lang, LANGUAGES)
    _check_note(source, note)
    return Allowed(text, lang, source, note, Match.ACROSS in _read_flags(match, _ALLOWED_FLAGS))


def _check_text(column: str, text: str) -> None:
    if not text:
        raise ValueError(f"{column}: empty")
    if len(text) > MAX_TERM_CHARS:
        raise ValueError(f"{column}: {len(text)} code points, at most {MAX_TERM_CHARS}")
    if not text.isprintable():
        raise ValueError(f"{column}: holds a control or invisible character")
    if not any(char.isalnum() for char in text):
        raise ValueError(f"{column}: holds no letter or digit")


def _check_choice(column: str, value: str, choices: Sequence[str]) -> None:
    if value not in choices:
        raise ValueError(f"{column}: must be one of {', '.join(choices)}")


def _check_note(source: str, note: str) -> None:
    for column, value in (("source", source), ("note", note)):
        if not value:
            raise ValueError(f"{column}: empty")
        if len(value) > MAX_TEXT_CHARS:
            raise ValueError(f"{column}: {len(value)} code points, at most {MAX_TEXT_CHARS}")


def _read_flags(cell: str, known: frozenset[Match]) -> frozenset[Match]:
    words = cell.split()
    if unknown := set(words) - known:
        choices = ", ".join(sorted(known))
        raise ValueError(f"match: {len(unknown)} unknown of {len(words)} words; known: {choices}")
    return frozenset(Match(word) for word in words)
