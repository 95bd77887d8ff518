"""A glossary's terms as tables: checked, read from TSV and CSV, and written as them. Errors name lines, never terms."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum

import regex

from service.errors import InvalidRequest, InvalidText, TooManyItems

__all__ = [
    "MAX_NAME_CHARS", "MAX_REQUEST_TERMS", "MAX_TERMS", "MAX_TERM_CHARS", "TableFormat", "Terms", "check_name",
    "check_terms", "occurring", "parse_terms", "write_terms",
]  # fmt: skip

MAX_TERMS = 5000  # of one direction of a stored glossary
MAX_REQUEST_TERMS = 200  # that a request brings along
MAX_TERM_CHARS = 200
MAX_NAME_CHARS = 200

Terms = tuple[tuple[str, str], ...]
"""Pairs of a source term and its target term, each source term once."""

# What would break a line of a table, or cannot be seen.
_FORBIDDEN = regex.compile(r"[\p{Cc}\p{Zl}\p{Zp}]")
_SURROGATE = regex.compile(r"\p{Cs}")
_CSV_COLUMNS = (2, 4)  # DeepL's tables may name the languages behind the terms


class TableFormat(StrEnum):
    TSV = "tsv"
    CSV = "csv"


def check_name(name: object, *, field: str = "name") -> str:
    """A glossary's name without blanks around it. Raises ``InvalidRequest`` or ``InvalidText``."""
    if not isinstance(name, str):
        raise InvalidRequest(f"{field}: must be a string.", field=field)
    return _visible(name, field, field, MAX_NAME_CHARS)


def check_terms(pairs: Iterable[tuple[str, str]], *, field: str, most: int = MAX_TERMS) -> Terms:
    """``pairs`` without blanks around the terms. Raises ``InvalidRequest``, ``InvalidText`` or ``TooManyItems``.

    A term has 1 to ``MAX_TERM_CHARS`` code points and no line breaks or control characters.
    """
    return _checked(((f"term {at}", pair) for at, pair in enumerate(pairs, 1)), field, most)


def _checked(numbered: Iterable[tuple[str, tuple[str, str]]], field: str, most: int) -> Terms:
    found: dict[str, str] = {}
    for place, pair in numbered:
        source, target = (
            _visible(term, f"{field}: {place}", field, MAX_TERM_CHARS) for term in pair
        )
        if source in found:
            raise InvalidRequest(f"{field}: {place} names a source term again.", field=field)
        found[source] = target
    if len(found) > most:
        raise TooManyItems(f"{field}: too many terms.", field=field, limit=most, actual=len(found))
    return tuple(found.items())


def _visible(text: str, place: str, field: str, most: int) -> str:
    """``text`` without blanks around it, if it is one line of 1 to ``most`` characters."""
    text = text.strip()
    if not text:
        raise InvalidRequest(f"{place} is empty.", field=field)
    if len(text) > most:
        raise InvalidRequest(
            f"{place} has more than {most} characters.", field=field, limit=most, actual=len(text)
        )
    if _SURROGATE.search(text):
        raise InvalidText(f"{place} holds half of a surrogate pair.", field=field)
    if _FORBIDDEN.search(text):
        raise InvalidRequest(f"{place} holds a line break or a control character.", field=field)
    return text


def parse_terms(table: str, form: TableFormat, *, field: str, most: int = MAX_TERMS) -> Terms:
    """The terms of a table without a header, one pair a line; blank lines do not count. Raises as ``check_terms``.

    TSV is split at its tabs as it is, without quotes; CSV is RFC 4180's.
    """
    table = table.removeprefix("\ufeff")
    rows = _tsv_rows(table) if form is TableFormat.TSV else _csv_rows(table, field)
    return _checked(_pairs(rows, form, field), field, most)


def _pairs(
    rows: Iterable[tuple[int, Sequence[str]]], form: TableFormat, field: str
) -> Iterator[tuple[str, tuple[str, str]]]:
    allowed = (2,) if form is TableFormat.TSV else _CSV_COLUMNS
    for line, row in rows:
        if not "".join(row).strip():
            continue
        if len(row) not in allowed:
            raise InvalidRequest(
                f"{field}: line {line} must hold a source term and a target term.", field=field
            )
        yield f"line {line}", (row[0], row[1])


def _tsv_rows(table: str) -> Iterator[tuple[int, Sequence[str]]]:
    for line, row in enumerate(table.replace("\r\n", "\n").split("\n"), 1):
        yield line, row.split("\t")


def _csv_rows(table: str, field: str) -> Iterator[tuple[int, Sequence[str]]]:
    reader = csv.reader(io.StringIO(table, newline=""), strict=True)
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error:
            raise InvalidRequest(
                f"{field}: line {reader.line_num} is not valid CSV.", field=field
            ) from None
        yield reader.line_num, row


def write_terms(terms: Terms, form: TableFormat) -> str:
    """A table that ``parse_terms`` reads back."""
    if form is TableFormat.TSV:
        return "".join(f"{source}\t{target}\n" for source, target in terms)
    table = io.StringIO(newline="")
    csv.writer(table, lineterminator="\n").writerows(terms)
    return table.getvalue()


def occurring(terms: Terms, text: str) -> Terms:
    """Those of ``terms`` that may occur in ``text``, in any case and number: a quick sieve in front of the search."""
    folded = text.casefold()
    return tuple(pair for pair in terms if _stem(pair[0]) in folded)


def _stem(term: str) -> str:
    """What every form of the term begins with: ``city`` is in ``cities`` but for its last letter."""
    stem = term.casefold()
    return stem[:-1] if stem.endswith("y") and len(stem) > 1 else stem
