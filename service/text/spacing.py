"""The blanks around a protected span in a model's output, decided from those around it in the source."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import regex

from service.text.marks import Mark

__all__ = ["Masked", "Slot", "Spacing"]

_HAN = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}]")
_ALNUM = regex.compile(r"[\p{L}\p{N}_]")
# An opening tag: no blank comes between it and its words.
_OPENS = regex.compile(r"<[A-Za-z][^<>]*+(?<!/)>$")
# Punctuation that takes no blank on the side that faces a protected span.
_NO_BLANK_BEFORE = frozenset("，。！？、；：…」』）》〉】”’｡､,.!?;:)]}%")
_NO_BLANK_AFTER = frozenset("，。！？、；：…「『（《〈【“‘｡､([{$")
# A straight quotation mark tells by its source on which side it stands.
_OPENING, _CLOSING, _QUOTES = frozenset("“‘「『《"), frozenset("”’」』》"), frozenset("\"'")


@dataclass(frozen=True, slots=True)
class Slot:
    """``original[start:end]`` stands in the masked text as ``placeholder``, and in the answer as ``shown``.

    ``shown`` None is the original text itself. ``hugs``: it was put around words of the output, whose blanks are right.
    """

    placeholder: str
    start: int
    end: int
    shown: str | None = None
    hugs: bool = False


@dataclass(frozen=True, slots=True)
class Masked:
    """A segment as the model sees it, and what its placeholders stand for."""

    text: str
    slots: tuple[Slot, ...]


class _Side(NamedTuple):
    """One side of a slot in the source: the blanks there, and the nearest thing beyond them."""

    blanks: str
    neighbour: str  # a character, another slot's placeholder, or "" at the edge


class _Beyond(NamedTuple):
    """What stands beyond the blanks in the output: its identity as in ``_Side``, and the character that is seen."""

    neighbour: str
    character: str


class Spacing:
    """Re-spaces the text between slots. Where a slot's neighbour is the one it had, the source's blanks are copied."""

    def __init__(
        self,
        masked: Masked,
        pattern: "regex.Pattern[str]",
        original: str,
        marks: Sequence[Mark] = (),
    ) -> None:
        self._original = original
        self._left: dict[Slot, _Side] = {}
        self._right: dict[Slot, _Side] = {}
        literals = pattern.split(masked.text)
        for i, slot in enumerate(masked.slots):
            before, after = literals[i], literals[i + 1]
            core = before.rstrip()
            previous = masked.slots[i - 1].placeholder if i else ""
            self._left[slot] = _Side(before[len(core) :], core[-1:] or previous)
            core = after.lstrip()
            following = masked.slots[i + 1].placeholder if i + 1 < len(masked.slots) else ""
            self._right[slot] = _Side(after[: len(after) - len(core)], core[:1] or following)
        # Where opening marks of hashtags and Markdown end and closing ones start: they hug their words.
        self._openings = frozenset(
            mark.end - 1
            for mark in marks
            if mark.opens
            and original[mark.start] != "<"
            and not original[mark.end : mark.end + 1].isspace()
        )
        self._closings = frozenset(
            mark.start
            for mark in marks
            if not mark.opens
            and original[mark.start] != "<"
            and not original[max(mark.start - 1, 0) : mark.start].isspace()
        )

    def text(self, slot: Slot) -> str:
        """The text that ``slot`` stands for."""
        return slot.shown if slot.shown is not None else self._original[slot.start : slot.end]

    def respaced(self, literal: str, left: Slot | None, right: Slot | None) -> str:
        """``literal`` of the output, which stands between two slots, with the right blanks at its ends."""
        core = literal.strip()
        if not core:
            return self._between(literal, left, right)
        start = literal.index(core)
        lead, trail = literal[:start], literal[start + len(core) :]
        if left is not None:
            lead = self._after(left, lead, _Beyond(core[0], core[0]))
        if right is not None:
            trail = self._before(right, trail, _Beyond(core[-1], core[-1]))
        return lead + core + trail

    def _between(self, blanks: str, left: Slot | None, right: Slot | None) -> str:
        if left is None or right is None:
            edge = _Beyond("", "")
            if left is not None:
                return self._after(left, blanks, edge)
            return self._before(right, blanks, edge) if right is not None else blanks
        own = left.shown is None and right.shown is None
        tags = self.text(left)[0] in "#＃"  # a blank ends one, also when it is shown as another
        if left.hugs and right.hugs:
            return blanks
        if (own or tags) and self._right[left].neighbour == right.placeholder:
            return self._right[left].blanks
        if self._opens(left) or self._closes(right):
            return ""
        after = self._after(left, blanks, _Beyond(right.placeholder, self.text(right)[0]))
        before = self._before(right, blanks, _Beyond(left.placeholder, self.text(left)[-1]))
        return max(after, before, key=len)

    def _opens(self, slot: Slot) -> bool:
        """Whether what follows ``slot`` lies against it: its last mark opens, and had no blank behind it."""
        if slot.end - 1 in self._openings:
            return True
        text = self.text(slot)
        return (
            not self._right[slot].blanks
            and not text.startswith("</")
            and _OPENS.search(text) is not None
        )

    def _closes(self, slot: Slot) -> bool:
        """The same for what stands in front of ``slot``."""
        if slot.start in self._closings:
            return True
        text = self.text(slot)
        return not self._left[slot].blanks and text.startswith("</") and _OPENS.search(text) is None

    def _after(self, slot: Slot, found: str, beyond: _Beyond) -> str:
        if slot.hugs:
            return found
        side = self._right[slot]
        if slot.end - 1 in self._openings:
            return ""
        if side.neighbour == beyond.neighbour and slot.shown is None:
            return side.blanks
        if beyond.character in _NO_BLANK_BEFORE:
            return ""
        if not side.blanks and side.neighbour in _CLOSING and beyond.character in _QUOTES:
            return ""
        if self._opens(slot):
            return ""
        text = self.text(slot)
        # A tag, a name or a link goes on until a blank ends it.
        runs_on = text[0] in "#＃@＠" and text[-1] not in "#＃"
        if runs_on and _ALNUM.match(beyond.character):
            return " "
        if slot.shown is not None:
            return _blanks_of_word(found, beyond.character, text[-1])
        return _blanks(side, found, beyond.character, text[-1])

    def _before(self, slot: Slot, found: str, beyond: _Beyond) -> str:
        if slot.hugs:
            return found
        side = self._left[slot]
        if slot.start in self._closings:
            return ""
        if side.neighbour == beyond.neighbour and slot.shown is None:
            return side.blanks
        if beyond.character in _NO_BLANK_AFTER:
            return ""
        if not side.blanks and side.neighbour in _OPENING and beyond.character in _QUOTES:
            return ""
        if self._closes(slot):
            return ""
        text = self.text(slot)
        edge = text[0]
        if slot.shown is not None and not (edge in "#＃" and side.blanks):
            return _blanks_of_word(found, beyond.character, edge)
        if edge in "#＃@＠" and beyond.character.isascii() and beyond.character.isalnum():
            return " "
        return _blanks(side, found, beyond.character, "a" if edge in "#＃@＠" else edge)


def _blanks(side: _Side, found: str, character: str, edge: str) -> str:
    """The blanks between a slot whose last character is ``edge`` and ``character`` of the output."""
    if not character:
        return found
    if _HAN.match(character):
        if _HAN.match(edge) or not (_ALNUM.match(edge) or edge in "/#＃"):
            return ""
        return " " if side.blanks or (found and not side.neighbour) else ""
    if side.blanks:
        return " "
    if not _ALNUM.match(character):
        return found
    if _HAN.match(side.neighbour):
        return " "  # Chinese writes no blank where English needs one
    if _ALNUM.match(side.neighbour):
        return ""  # glued to a word in the source: {0}px
    return " " if _ALNUM.match(edge) and not _HAN.match(edge) else found


def _blanks_of_word(found: str, character: str, edge: str) -> str:
    """The same for a slot that shows a word of the target language: the source's blanks say nothing about it."""
    if not character:
        return found
    if _HAN.match(character) or _HAN.match(edge):
        return ""
    return " " if _ALNUM.match(character) and _ALNUM.match(edge) else found
