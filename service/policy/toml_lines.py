"""On which line of a TOML text a key stands, for error messages; the standard parser does not say."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

__all__ = ["Path", "line_of"]

# Keys and list positions from the top, such as ("rules", 2, "when", "at_least").
Path: TypeAlias = tuple[str | int, ...]

_HEADER = re.compile(r"\s*(\[\[?)\s*([^\[\]]+?)\s*\]\]?\s*(?:#.*)?$")
_WORD = r"""(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')"""
_KEY = re.compile(rf"\s*({_WORD}(?:\s*\.\s*{_WORD})*)\s*=")
_PART = re.compile(_WORD)
_STRING_OR_COMMENT = re.compile(r""""(?:[^"\\]|\\.)*"|'[^']*'|#.*""")


def line_of(text: str, path: Path) -> int | None:
    """The line, from 1, of the value at ``path``, or of the nearest table around it; None where nothing is found.

    Reads headers, keys and brackets only, so that a string over several lines may mislead it.
    """
    lines = _read(text.splitlines())
    index = _index(lines)
    known = next((path[:size] for size in range(len(path), 0, -1) if path[:size] in index), None)
    if known is None:
        return None
    at = index[known]
    end = min((line for line in index.values() if line > at), default=len(lines) + 1)
    for part in path[len(known) :]:
        found = _find(part, lines, at, end)
        if found is None:
            break
        at = found
    return at


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    depth: int  # brackets open where it begins


def _read(texts: Sequence[str]) -> list[_Line]:
    lines, depth = [], 0
    for text in texts:
        lines.append(_Line(text, depth))
        if depth or not _HEADER.match(text):
            bare = _STRING_OR_COMMENT.sub("", text)
            depth += sum(bare.count(c) for c in "[{") - sum(bare.count(c) for c in "]}")
            depth = max(depth, 0)
    return lines


def _index(lines: Sequence[_Line]) -> dict[Path, int]:
    """Where each header, and each key that begins a line, stands."""
    index: dict[Path, int] = {}
    counts: dict[Path, int] = {}  # tables of an array of tables so far
    table: Path = ()
    for number, line in enumerate(lines, start=1):
        if line.depth:
            continue
        if header := _HEADER.match(line.text):
            table = _resolve(_parts(header[2]), counts)
            index.setdefault(table, number)
            if header[1] == "[[":
                counts[table] = counts.get(table, -1) + 1
                table = (*table, counts[table])
                index[table] = number
        elif key := _KEY.match(line.text):
            index.setdefault((*table, *_parts(key[1])), number)
    return index


def _find(part: str | int, lines: Sequence[_Line], at: int, end: int) -> int | None:
    """The line from ``at`` on that has a key, or the element of a list whose elements begin their lines."""
    if isinstance(part, str):
        key = re.compile(rf"(?<![\w-]){re.escape(part)}[\"']?\s*=")
        return next((n for n in range(at, end) if key.search(lines[n - 1].text)), None)
    starts = [n for n in range(at + 1, end) if lines[n - 1].text.lstrip().startswith("{")]
    level = lines[starts[0] - 1].depth if starts else 0
    elements = [n for n in starts if lines[n - 1].depth == level]
    return elements[part] if part < len(elements) else None


def _resolve(parts: Path, counts: dict[Path, int]) -> Path:
    """``[rules.when]`` belongs to the last of the ``[[rules]]`` so far."""
    path: Path = ()
    for i, part in enumerate(parts):
        path = (*path, part)
        if path in counts and i < len(parts) - 1:
            path = (*path, counts[path])
    return path


def _parts(dotted: str) -> Path:
    return tuple(part.strip("\"'") for part in _PART.findall(dotted))
