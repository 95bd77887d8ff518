"""Small tab-separated tables with a heading row: what the readers of tag names and emoji codes share."""

import re
from collections.abc import Iterator
from importlib.resources import files

from service.lexicon.entries import BadEntry

__all__ = ["bundled", "rows"]

_UNTIDY = re.compile(r"[^\S\t\n](?:[\t\n]|\Z)|(?:[\t\n]|\A)[^\S\t\n]")


def bundled(name: str) -> str:
    """The text of a table that ships."""
    return (files("service.lexicon") / "data" / name).read_text("utf-8")


def rows(
    name: str, content: str, columns: tuple[str, ...], wanted: str
) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Line numbers and stripped cells, without the heading, comments and empty lines.

    Raises ``BadEntry`` for another heading, and with the message ``wanted`` for a row of another length.
    """
    tidy = not _UNTIDY.search(content)  # large tables are, and a service starts no slower for them
    for number, line in enumerate(content.split("\n"), 1):
        if line[:1] in ("", "#") or line.isspace():
            continue
        cells = tuple(line.split("\t") if tidy else map(str.strip, line.split("\t")))
        if number == 1:
            if cells != columns:
                raise BadEntry(name, 1, "the first row must name " + ", ".join(columns))
        elif len(cells) != len(columns):
            raise BadEntry(name, number, wanted)
        else:
            yield number, cells
