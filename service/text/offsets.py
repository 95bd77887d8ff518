"""Ways back: from a rewritten text to the characters it came from, and from code points to UTF-16 code units."""

from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate
from typing import NamedTuple

__all__ = ["Pieces", "Step", "utf16_offsets"]

# What a rewriting changed, in order: [start, end) of the text before, and the length of what stands there now.
Pieces = Callable[[], Iterable[tuple[int, int, int]]]


class _Edges(NamedTuple):
    starts: "array[int]"  # of the pieces, in the text before
    ends: "array[int]"
    new_starts: "array[int]"  # in the text after
    new_ends: "array[int]"


class Step:
    """One rewriting of a text. The map back is built on first use, because most texts have no hit.

    ``pieces`` None means one code point for one. A piece is a unit: what points inside it comes back as all of it.
    """

    __slots__ = ("_edges", "_pieces", "after", "before", "name")

    def __init__(self, name: str, before: str, after: str, pieces: Pieces | None = None) -> None:
        self.name = name
        self.before = before
        self.after = after
        self._pieces = pieces
        self._edges: _Edges | None = None

    def back(self, start: int, end: int) -> tuple[int, int]:
        """Where ``after[start:end]`` stands in ``before``. Not empty when the given stretch is not."""
        if self._pieces is None:
            return start, end
        first = self._locate(start)[0]
        return (first, self._locate(end - 1)[1]) if end > start else (first, first)

    def _locate(self, position: int) -> tuple[int, int]:
        """The code points of ``before`` that became the one at ``position``."""
        starts, ends, new_starts, new_ends = self._edges or self._build()
        index = bisect_right(new_starts, position) - 1
        if index < 0:
            return position, position + 1
        if position < new_ends[index]:
            return starts[index], ends[index]
        moved = position - new_ends[index] + ends[index]
        return moved, moved + 1

    def _build(self) -> "_Edges":
        starts, ends, new_starts, new_ends = edges = _Edges(*(array("q") for _ in range(4)))
        shift = 0
        for start, end, size in self._pieces() if self._pieces else ():
            starts.append(start)
            ends.append(end)
            new_starts.append(start + shift)
            shift += size - (end - start)
            new_ends.append(end + shift)
        self._edges = edges
        return edges


def utf16_offsets(text: str, spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The spans, given in code points of ``text``, in UTF-16 code units; end exclusive, order kept.

    A code point over U+FFFF takes two units. Raises ``ValueError`` for a span that is not inside the text.
    """
    size = len(text)
    if any(not 0 <= start <= end <= size for start, end in spans):
        raise ValueError("a span is outside the text")
    if not spans or text.isascii() or max(text) <= "\uffff":
        return list(spans)
    units = list(accumulate((1 + (char > "\uffff") for char in text), initial=0))
    return [(units[start], units[end]) for start, end in spans]
