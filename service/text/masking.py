"""Swap protected spans for a model's placeholders and put them back, verified: all of them, once each, tags nested."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import regex

from service.domain import Span
from service.text import spacing
from service.text.marks import Mark, Piece, nest_alike, says_as_much, within_kept
from service.text.spacing import Masked, Slot

__all__ = ["Masked", "Restored", "Slot", "mask", "restore"]

_NOTHING: Mapping[Span, str] = MappingProxyType({})
_LOOKS_LIKE_PLACEHOLDER = regex.compile(r"⟦\d++⟧")


@dataclass(frozen=True, slots=True)
class Restored:
    """A model's output with the protected text back in place; ``placed`` are (start, end, slot) in ``text``."""

    text: str
    placed: tuple[tuple[int, int, Slot], ...]


def mask(
    text: str,
    spans: Sequence[Span],
    placeholders: Sequence[str],
    *,
    replace: Mapping[Span, str] = _NOTHING,
    shown: Mapping[Span, str] = _NOTHING,
    named: Mapping[Span, str] = _NOTHING,
) -> Masked | None:
    """``text`` with every span behind a placeholder; spans with nothing but blanks between them share one.

    A span in ``replace`` becomes that string and takes no placeholder; one in ``shown`` has a placeholder of its own
    and comes back as that string; one in ``named`` has that placeholder for itself. None when there are more other runs
    than usable placeholders; one that the text itself holds outside the spans is not usable.
    """
    literals = [""]  # the text before each run, and after the last
    runs: list[tuple[int, int, str | None]] = []
    given: list[str | None] = []  # the name of each run, where it has one
    alone = shown.keys() | named.keys()
    end = 0
    for span in sorted(spans):
        if span.start < end or span.start >= span.end:
            continue
        between = text[end : span.start]
        end = span.end
        if span in replace:
            literals[-1] += between + replace[span]
        elif span not in alone and not literals[-1] and _joins(runs, given, between):
            runs[-1] = (runs[-1][0], span.end, None)
        else:
            literals[-1] += between
            runs.append((span.start, span.end, shown.get(span)))
            given.append(named.get(span))
            literals.append("")
    literals[-1] += text[end:]
    usable = [p for p in placeholders if p and not any(p in literal for literal in literals)]
    if given.count(None) > len(usable) or any(n in text for n in given if n):
        return None
    free = iter(usable)
    slots = tuple(
        Slot(n or next(free), *run, hugs=n is not None) for n, run in zip(given, runs, strict=True)
    )
    pieces = [literals[0]]
    for slot, literal in zip(slots, literals[1:], strict=True):
        pieces += (slot.placeholder, literal)
    return Masked("".join(pieces), slots)


def _joins(
    runs: Sequence[tuple[int, int, str | None]], given: Sequence[str | None], between: str
) -> bool:
    """Whether what comes after ``between`` can share the last run's placeholder."""
    return bool(runs) and runs[-1][2] is None and given[-1] is None and not between.strip()


def restore(
    output: str, masked: Masked, original: str, marks: Sequence[Mark] = ()
) -> Restored | None:
    """The model's ``output`` with the protected text of ``original`` back in place.

    None unless every placeholder occurs exactly once, no other was made up, and the ``marks`` (of ``original``, sorted)
    still nest as they did, each pair around words where it was. Blanks around a slot follow the source: copied where
    the neighbour is the same character, kept beside Latin letters, never put between Han and Han (but a #tag or @name
    keeps the blank that ends it).
    """
    if _invented(output, masked.text):
        return None
    if not masked.slots:
        return Restored(output, ())
    by_placeholder = {slot.placeholder: slot for slot in masked.slots}
    names = sorted(by_placeholder, key=len, reverse=True)
    pattern = regex.compile("|".join(regex.escape(name) for name in names))
    found = pattern.findall(output)
    if sorted(found) != sorted(by_placeholder):
        return None
    slots = [by_placeholder[name] for name in found]
    literals = pattern.split(output)
    if marks and not _nests(literals, slots, pattern.split(masked.text), masked, original, marks):
        return None
    return _assemble(literals, slots, spacing.Spacing(masked, pattern, original, marks))


def _nests(
    literals: Sequence[str],
    slots: Sequence[Slot],
    told: Sequence[str],
    masked: Masked,
    original: str,
    marks: Sequence[Mark],
) -> bool:
    """Whether the marks in ``slots`` hold among ``literals`` what they held among those that were ``told``."""
    if tuple(slots) == masked.slots and says_as_much(told, literals):
        return True  # the common case, told without a closer look
    kept = {slot: _kept(original, slot, marks) for slot in slots}
    source = _in_turn(told, [kept[slot] for slot in masked.slots])
    return nest_alike(source, _in_turn(literals, [kept[slot] for slot in slots]))


def _kept(original: str, slot: Slot, marks: Sequence[Mark]) -> list[Piece]:
    """The marks that a slot holds, and what is between them."""
    if slot.shown is not None:
        return [slot.shown]
    first = bisect_left(marks, slot.start, key=_start)
    inside = marks[first : bisect_left(marks, slot.end, key=_start)]
    return list(within_kept(original[slot.start : slot.end], slot.start, inside))


def _start(mark: Mark) -> int:
    return mark.start


def _in_turn(literals: Sequence[str], slots: Sequence[list[Piece]]) -> list[Piece]:
    pieces: list[Piece] = [literals[0]]
    for kept, literal in zip(slots, literals[1:], strict=True):
        pieces += kept
        pieces.append(literal)
    return pieces


def _assemble(literals: Sequence[str], slots: Sequence[Slot], around: spacing.Spacing) -> Restored:
    """Join literals and slots, with the blanks between them as ``around`` wants them."""
    pieces: list[str] = []
    placed: list[tuple[int, int, Slot]] = []
    length = 0
    for i, literal in enumerate(literals):
        left = slots[i - 1] if i else None
        right = slots[i] if i < len(slots) else None
        piece = around.respaced(literal, left, right)
        pieces.append(piece)
        length += len(piece)
        if right is not None:
            protected = around.text(right)
            pieces.append(protected)
            placed.append((length, length + len(protected), right))
            length += len(protected)
    return Restored("".join(pieces), tuple(placed))


def _invented(output: str, masked_text: str) -> bool:
    """Whether ``output`` shows something like a placeholder that the input did not."""
    return any(name not in masked_text for name in _LOOKS_LIKE_PLACEHOLDER.findall(output))
