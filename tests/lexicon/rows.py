"""Rows of slang tables for tests."""

from service.lexicon.entries import COLUMNS, Entry, SlangLexicon, parse_rows

HEADER = "\t".join(COLUMNS)


def row(**cells: str) -> str:
    """One row; what is not given has a valid value."""
    usual = {
        "id": "my-1", "term": "yyds", "variants": "", "language": "zh", "expansion": "永远的神",
        "translation": "the GOAT", "note_en": "Praise.", "note_zh": "", "guard": "word", "source": "ours",
    }  # fmt: skip
    return "\t".join((usual | cells)[name] for name in COLUMNS)


def table(*rows: str) -> bytes:
    return "\n".join([HEADER, *rows, ""]).encode()


def entries(*rows: str) -> list[Entry]:
    return [entry for _, entry in parse_rows("t.tsv", table(*rows))]


def lexicon(*rows: str) -> SlangLexicon:
    return SlangLexicon.of(entries(*rows))
