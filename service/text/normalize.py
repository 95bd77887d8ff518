"""Readings ("views") of a post that undo evasion, each with its way back to the characters as they were written."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from itertools import groupby

from service.text.confusables import CLEANINGS, HAN, Undo, ViewName, casefold, fold, is_odd
from service.text.disguises import (
    DIGITS,
    HAN_JOININGS,
    LATIN_JOININGS,
    PICTURES,
    has_latin_signs,
    has_odd_numbers,
    has_pictures,
    join_digits,
    join_letters,
    read_keycaps,
    read_numerals,
    read_punctuation,
    single_blanks,
    squeeze,
)
from service.text.forms import Form, forms
from service.text.offsets import Step
from service.text.phonetic import SOUNDS
from service.text.rendering import render

__all__ = [
    "ALL", "DIGITS", "MAX_VIEWS", "MAX_WRITTEN_VIEWS", "Form", "View", "ViewName", "fold", "forms", "views",
    "written_views",
]  # fmt: skip

ALL: frozenset[ViewName] = frozenset(ViewName)
MAX_VIEWS = 7
MAX_WRITTEN_VIEWS = 6

# What patterns of addresses and numbers may see undone: nothing here turns a digit into a letter, or takes a dot away.
_WRITTEN: tuple[tuple[ViewName | None, Undo], ...] = (
    *((name, undo) for name, undo in CLEANINGS if name is not None),
    (ViewName.CIRCLED, read_keycaps),
    (ViewName.WIDTH, read_punctuation),
)
_CLEANED = frozenset(name for name, _ in CLEANINGS if name is not None)
_APART: tuple[tuple[ViewName | None, Undo], ...] = (
    (None, casefold),
    (ViewName.SEPARATORS, join_letters),
    (ViewName.SEPARATORS, join_digits),
    (None, read_numerals),
    *HAN_JOININGS,
)

_HAN = re.compile(f"[{HAN}]")


@dataclass(frozen=True, slots=True)
class View:
    """One reading of a text. ``kind`` says which forms of a term belong to it (see ``Form``).

    surface: the text itself, casefolded and more or less cleaned.
    squeezed: every run of one letter or Han character is one character; a hit must pass ``confirms``.
    pinyin: every Han character (and Latin syllable, and digit, that touches one) is the representative Han
    character of its syllable, tone left out, one character for one; everything else as in surface.
    """

    text: str
    chain: tuple[str, ...]  # names that changed something on the way; () for the casefolded text
    kind: str = "surface"  # "surface" | "squeezed" | "pinyin"
    steps: tuple[Step, ...] = field(default=(), repr=False, compare=False)

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Code points [start, end) of the original text behind ``text[start:end]``; not empty unless that is.

        Logarithmic in the number of changes, after a first use that is linear in the length of the text.
        """
        for step in reversed(self.steps):
            start, end = step.back(start, end)
        return start, end

    def chain_of(self, start: int, end: int) -> tuple[str, ...]:
        """The names that changed something inside ``text[start:end]``, in order. A part of ``chain``."""
        names: list[str] = []
        for step in reversed(self.steps):
            old_start, old_end = step.back(start, end)
            if step.name and step.before[old_start:old_end] != step.after[start:end]:
                names.append(step.name)
            start, end = old_start, old_end
        return tuple(dict.fromkeys(reversed(names)))

    def confirms(self, start: int, end: int, term: str) -> bool:
        """Whether ``text[start:end]`` stands for ``term`` (folded). Always true but in a squeezed view.

        There a letter of the term must be in the text as often as in the term, or three times and more: "as" with
        one s is not the word with two, "shoot" not the word with one o. Han characters may repeat freely.
        """
        if self.kind != "squeezed":
            return True
        squeezing = self.steps[-1]
        old_start, old_end = squeezing.back(start, end)
        seen = [
            (char, len(list(run))) for char, run in groupby(squeezing.before[old_start:old_end])
        ]
        wanted = [(char, len(list(run))) for char, run in groupby(term)]
        return len(seen) == len(wanted) and all(
            char == own and (count == size or (count >= size and (count > 2 or not char.isascii())))
            for (char, count), (own, size) in zip(seen, wanted, strict=True)
        )


def views(text: str, enabled: frozenset[ViewName] = ALL) -> tuple[View, ...]:
    """At most ``MAX_VIEWS`` readings of ``text``, the casefolded one first, the less changed before the more changed.

    1. casefolded; 2. cleaned, as ``fold`` does; 3. with split characters, emoji and bopomofo read; 4. with leet read
    and separators taken out; 5. the fourth squeezed; 6. and 7. the sounds of the third and fourth. Readings that
    change nothing are left out. Time and memory are linear in the length of the text.
    """
    step = casefold(text)
    plain = View(step.after, (), "surface", (step,)) if step else View(text, ())
    foreign = not text.isascii()
    cleaned = pictured = plain
    if is_odd(text):
        cleaned = pictured = _undo(View(text, ()), CLEANINGS, enabled)
    if foreign and has_pictures(cleaned.text):
        pictured = _undo(cleaned, PICTURES, enabled)
    joined = pictured
    if ViewName.SEPARATORS in enabled and (step := single_blanks(joined.text)):
        joined = _extend(joined, (*joined.steps, step), "surface")
    if has_latin_signs(joined.text):
        joined = _undo(joined, LATIN_JOININGS, enabled)
    if foreign:
        joined = _undo(joined, HAN_JOININGS, enabled)
    readings = [plain] if joined is plain else _unique((plain, cleaned, pictured, joined))
    if ViewName.REPEATS in enabled and (step := squeeze(joined.text)):
        readings.append(_extend(joined, (*joined.steps, step), "squeezed"))
    if foreign and ViewName.HOMOPHONE in enabled and _HAN.search(joined.text):
        bases = (joined,) if joined is pictured else (pictured, joined)
        readings += _unique(_undo(base, SOUNDS, enabled, "pinyin") for base in bases)
    return tuple(readings)


def written_views(text: str, seen: Collection[str] = ALL) -> tuple[View, ...]:
    """At most ``MAX_WRITTEN_VIEWS`` readings of ``text`` for patterns of links, addresses and numbers, itself first.

    The text; without widths, fancy letters, invisible characters, marks and look-alikes; then, in small letters, with
    letters and digits that stand alone and signs between Han characters joined, and Chinese numerals (a step of the
    name ``DIGITS``) as digits. The same three of what HTML in it shows. Readings that change nothing are left out;
    case is kept but in the joined ones. ``seen``: the names in the chains of ``views``, if these are made already; what
    is not among them is not looked for again. Linear.
    """
    plain = View(text, ())
    shown = render(text)
    if shown is None and not _may_differ(text, seen):
        return (plain,)
    bases = [plain]
    if shown:
        bases.append(_extend(plain, (shown,), "surface"))
    readings = list(bases)
    for base in bases:
        cleaned = base
        if not _CLEANED.isdisjoint(seen) or _has_rare_sign(base.text):
            cleaned = _undo(base, _WRITTEN, ALL)
            readings.append(cleaned)
        if ViewName.SEPARATORS in seen or has_odd_numbers(cleaned.text):
            joined = _undo(cleaned, _APART, ALL)
            if joined.text != cleaned.text.casefold():
                readings.append(joined)
    return tuple(_unique(readings)) if len(readings) > 1 else (plain,)


def _has_rare_sign(text: str) -> bool:
    """Whether it has signs that patterns may need read, and the lexicons do not."""
    return "：" in text or "\u20e3" in text


def _may_differ(text: str, seen: Collection[str]) -> bool:
    """Whether any of ``written_views`` may be another text, where nothing in it is markup."""
    return bool(
        (seen and (ViewName.SEPARATORS in seen or not _CLEANED.isdisjoint(seen)))
        or _has_rare_sign(text)
        or has_odd_numbers(text)
    )


def _unique(readings: Iterable[View]) -> list[View]:
    """Without equal texts; the first of them stays, as the least changed."""
    found: dict[str, View] = {}
    for view in readings:
        found.setdefault(view.text, view)
    return list(found.values())


def _undo(
    view: View,
    undoings: Iterable[tuple[ViewName | None, Undo]],
    enabled: frozenset[ViewName],
    kind: str = "surface",
) -> View:
    """The view after every enabled undoing; the view itself where none changed anything."""
    text, steps = view.text, view.steps
    for name, undo in undoings:
        if name is None or name in enabled:
            step = undo(text)
            if step is not None:
                text = step.after
                steps = (*steps, step)
    if len(steps) == len(view.steps):
        return view if kind == view.kind else View(text, view.chain, kind, steps)
    return _extend(view, steps, kind)


def _extend(view: View, steps: tuple[Step, ...], kind: str) -> View:
    chain = view.chain
    for step in steps[len(view.steps) :]:
        if step.name and step.name not in chain:
            chain = (*chain, step.name)
    return View(steps[-1].after, chain, kind, steps)
