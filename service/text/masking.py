"""Swap protected spans for a model's placeholders and put them back, verified: all of them, once each, tags nested."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import regex

from service.domain import Span
from service.text import spacing
from service.text.spacing import Masked, Slot

__all__ = ["Masked", "Restored", "Slot", "mask", "restore"]

_NOTHING: Mapping[Span, str] = MappingProxyType({})
_LOOKS_LIKE_PLACEHOLDER = regex.compile(r"⟦\d++⟧")
_TAG = regex.compile(r"<(/?)([A-Za-z][A-Za-z0-9:-]*+)[^<>]*+>")
_VOID = frozenset({"br", "img", "input", "wbr", "hr"})


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
) -> Masked | None:
    """``text`` with every span behind a placeholder; spans with nothing but blanks between them share one.

    A span in ``replace`` becomes that string and takes no placeholder; one in ``shown`` has a placeholder of its own
    and comes back as that string. None when there are more runs than usable
    placeholders; one that the text itself holds outside the spans is not usable.
    """
    literals = [""]  # the text before each run, and after the last
    runs: list[tuple[int, int, str | None]] = []
    end = 0
    for span in sorted(spans):
        if span.start < end or span.start >= span.end:
            continue
        between = text[end : span.start]
        end = span.end
        if span in replace:
            literals[-1] += between + replace[span]
        elif not literals[-1] and _joins(runs, between) and span not in shown:
            runs[-1] = (runs[-1][0], span.end, None)
        else:
            literals[-1] += between
            runs.append((span.start, span.end, shown.get(span)))
            literals.append("")
    literals[-1] += text[end:]
    usable = [p for p in placeholders if p and not any(p in literal for literal in literals)]
    if len(runs) > len(usable):
        return None
    slots = tuple(Slot(p, *run) for p, run in zip(usable, runs, strict=False))
    pieces = [literals[0]]
    for slot, literal in zip(slots, literals[1:], strict=True):
        pieces += (slot.placeholder, literal)
    return Masked("".join(pieces), slots)


def _joins(runs: Sequence[tuple[int, int, str | None]], between: str) -> bool:
    """Whether what comes after ``between`` can share the last run's placeholder."""
    return bool(runs) and runs[-1][2] is None and not between.strip()


def restore(output: str, masked: Masked, original: str) -> Restored | None:
    """The model's ``output`` with the protected text of ``original`` back in place.

    None unless every placeholder occurs exactly once, no other was made up, and inline tags still nest as they did.
    Blanks around a slot follow the source: copied where the neighbour is the same character, kept beside Latin
    letters, never put between Han and Han (but a #tag or @name keeps the blank that ends it).
    """
    if not masked.slots:
        return Restored(output, ())
    by_placeholder = {slot.placeholder: slot for slot in masked.slots}
    names = sorted(by_placeholder, key=len, reverse=True)
    pattern = regex.compile("|".join(regex.escape(name) for name in names))
    found = pattern.findall(output)
    if sorted(found) != sorted(by_placeholder):
        return None
    if _invented(output, masked.text):
        return None
    slots = [by_placeholder[name] for name in found]
    around = spacing.Spacing(masked, pattern, original)
    texts = [around.text(slot) for slot in slots]
    ordered = [around.text(slot) for slot in masked.slots]
    if texts != ordered and _unmatched_tags(texts) != _unmatched_tags(ordered):
        return None
    return _assemble(pattern.split(output), slots, around)


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


def _unmatched_tags(texts: Sequence[str]) -> tuple[list[str], list[str]]:
    """Names of the closing and the opening tags that have no partner, in order: equal when nesting is unchanged."""
    closing: list[str] = []
    opening: list[str] = []
    for text in texts:
        for slash, name in _TAG.findall(text):
            if not slash:
                if name.lower() not in _VOID:
                    opening.append(name)
            elif opening and opening[-1] == name:
                opening.pop()
            else:
                closing.append(name)
    return closing, opening
