"""Split text into segments and the gaps between them. Joining the parts gives the text back, always."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import regex

from service.domain import Span, SpanKind
from service.text.sentences import ATOM, CLOSING_ATOM, sentence_ends

__all__ = ["Part", "clauses", "peel", "split", "wrap"]

_BLANKS = regex.compile(r"\s++")
_PLAIN_BLANKS = frozenset(" \u00a0\u3000\u2009\u202f")
# Also in circles and squares (ⓗⓘ), which Unicode calls symbols.
_LETTER = regex.compile(
    r"[\p{L}\u24B6-\u24E9\U0001F130-\U0001F149\U0001F150-\U0001F169\U0001F170-\U0001F189]"
)
_CLAUSE = regex.compile(
    r"(?:[，、；：､—]|[,;:–](?=\s|\p{Han}))++[\"'”’」』》）)\]]*+"
    r"|(?<=\s)(?=(?i:and|but|or|because|that|which|who|when|while|if|so|where|although|then)\s)"
)
_STRONG_CLAUSE = regex.compile(r"(?:[，；：—]|[,;:–](?=\s|\p{Han}))++[\"'”’」』》）)\]]*+")
_GRAPHEME = regex.compile(r"\X")
# A word of Latin letters or a number, not cut as long as it can be read whole.
_RUN = regex.compile(r"[\p{Latin}\p{Nd}]++(?:(?<=\p{Nd})[.,:/-](?=\p{Nd})[\p{Latin}\p{Nd}]++)*+")
# Atoms that take part in the grammar of the sentence stay in it even at its edge.
_GRAMMATICAL = frozenset({SpanKind.TEMPLATE, SpanKind.CODE, SpanKind.NUMBER})
_READ_AS_TEXT = frozenset({"&amp;", "&lt;", "&gt;", "&quot;", "&apos;", "&#39;", "&#x27;", "&#34;"})
_CLOSING_ENTITIES = frozenset({"&rdquo;", "&rsquo;", "&raquo;", "&rsaquo;"})


@dataclass(frozen=True, slots=True)
class Part:
    """``text[start:end]``: a segment to translate, or a gap to copy."""

    start: int
    end: int
    translate: bool


def split(
    text: str, *, atoms: Sequence[Span] = (), barriers: Sequence[tuple[int, int]] = ()
) -> list[Part]:
    """``text`` as parts, end to end. Newlines, tabs, two and more blanks, and barriers are gaps; so is the single
    blank between two sentences, and whatever has no letter outside atoms.

    Atoms are never cut; a barrier that touches one takes all of it. Time grows with the length of ``text``.
    """
    ordered = sorted(atom for atom in atoms if 0 <= atom.start < atom.end <= len(text))
    shadow = _shadow(text, 0, len(text), ordered)
    parts: list[Part] = []
    position = 0
    for start, end in _walls(barriers, ordered, len(text)):
        _split_region(shadow, position, start, parts)
        parts.append(Part(start, end, False))
        position = end
    _split_region(shadow, position, len(text), parts)
    return parts


def _shadow(text: str, start: int, end: int, atoms: Sequence[Span]) -> str:
    """``text[start:end]`` with every code point of an atom blanked out, so that no rule can look inside one."""
    pieces: list[str] = []
    for atom in atoms:
        low, high = max(atom.start, start), min(atom.end, end)
        if low >= high:
            continue
        pieces.append(text[start:low])
        pieces.append((CLOSING_ATOM if _closes(text, atom) else ATOM) * (high - low))
        start = high
    pieces.append(text[start:end])
    return "".join(pieces)


def _closes(text: str, atom: Span) -> bool:
    if atom.kind is SpanKind.TAG:
        return text.startswith("</", atom.start)
    return atom.kind is SpanKind.ENTITY and text[atom.start : atom.end] in _CLOSING_ENTITIES


def _walls(
    barriers: Sequence[tuple[int, int]], atoms: Sequence[Span], length: int
) -> list[tuple[int, int]]:
    """Barriers within the text, sorted, joined where they overlap, widened to the atoms that they touch."""
    walls: list[tuple[int, int]] = []
    touched: Iterator[Span] = iter(atoms)
    atom = next(touched, None)
    for low, high in sorted(barriers):
        start, end = max(low, 0), min(high, length)
        if start >= end:
            continue
        while atom is not None and atom.end <= start:
            atom = next(touched, None)
        while atom is not None and atom.start < end:
            start, end = min(start, atom.start), max(end, atom.end)
            atom = next(touched, None)
        if walls and start < walls[-1][1]:
            start, end = walls[-1][0], max(end, walls[-1][1])
            walls.pop()
        walls.append((start, end))
    return walls


def _split_region(shadow: str, start: int, end: int, parts: list[Part]) -> None:
    """Parts of ``shadow[start:end]``, which holds no barrier: lines, then sentences."""
    line = start
    for match in _BLANKS.finditer(shadow, start, end):
        low, high = match.span()
        inner = line < low and high < end
        if inner and high - low == 1 and match.group() in _PLAIN_BLANKS:
            continue
        _split_line(shadow, line, low, parts)
        parts.append(Part(low, high, False))
        line = high
    _split_line(shadow, line, end, parts)


def _split_line(shadow: str, start: int, end: int, parts: list[Part]) -> None:
    for cut in sentence_ends(shadow, start, end):
        _append(shadow, 0, start, cut, parts)
        start = cut
    _append(shadow, 0, start, end, parts)


def _append(shadow: str, offset: int, start: int, end: int, parts: list[Part]) -> None:
    """Add ``[start, end)``, its outer blanks as gaps of their own. ``shadow`` begins at ``offset`` of the text."""
    body = shadow[start - offset : end - offset]
    core = body.strip()
    low = start + len(body) - len(body.lstrip()) if core else end
    high = low + len(core)
    if start < low:
        parts.append(Part(start, low, False))
    if low < high:
        parts.append(Part(low, high, _LETTER.search(core) is not None))
    if high < end and core:
        parts.append(Part(high, end, False))


def _within(atoms: Sequence[Span], start: int, end: int) -> Sequence[Span]:
    """The atoms that overlap ``[start, end)``; ``atoms`` are sorted and do not overlap."""
    first = bisect_right(atoms, start, key=lambda atom: atom.end)
    return atoms[first : bisect_left(atoms, end, key=lambda atom: atom.start)]


_AFTER_ADDRESS = " \t\n\r\u3000,，:：、"
_ADDRESS_MARKS = frozenset(_AFTER_ADDRESS.strip())


def peel(text: str, part: Part, atoms: Sequence[Span]) -> list[Part]:
    """``part`` with the atoms at its edges, and the blanks beside them, as gaps: they need no placeholder.

    What the grammar needs stays: templates, code, numbers, references to plain characters (``&quot;``), and the marks
    of a hashtag whose words are translated. ``atoms`` are sorted and do not overlap.
    """
    start, end = part.start, part.end
    inside = [a for a in _within(atoms, start, end) if a.start >= start and a.end <= end]
    first, last = 0, len(inside)
    while first < last and not _belongs(text, inside[first]):
        if text[start : inside[first].start].strip():
            break
        start = inside[first].end
        first += 1
    if first:
        first = _after_addresses(text, inside, first)
        start = inside[first - 1].end
    while first < last and not _belongs(text, inside[last - 1]):
        if text[inside[last - 1].end : end].strip():
            break
        end = inside[last - 1].start
        last -= 1
    body = text[start:end]
    if not part.translate or not body.strip():
        return [Part(part.start, part.end, False)]
    if first or end < part.end:
        # "@tom, thanks": a model does not know what to do with a sentence that begins with the comma.
        start += len(body) - len(body.lstrip(_AFTER_ADDRESS if first else None))
        end -= len(body) - len(body.rstrip())
    if start >= end:
        return [Part(part.start, part.end, False)]
    parts = [Part(part.start, start, False), Part(start, end, True), Part(end, part.end, False)]
    return [p for p in parts if p.start < p.end]


def _after_addresses(text: str, inside: Sequence[Span], first: int) -> int:
    """How many of the atoms ``inside`` are addressed (@tom、@bob，): the first ones, with a mark behind the last."""
    addressed = first
    at = inside[first - 1].end
    for i in range(first, len(inside)):
        atom = inside[i]
        between = text[at : atom.start]
        if _belongs(text, atom) or not between or between.strip(_AFTER_ADDRESS):
            break
        at = atom.end
        if text[at : at + 2].lstrip()[:1] in _ADDRESS_MARKS:
            addressed = i + 1
    return addressed


def _belongs(text: str, atom: Span) -> bool:
    if atom.kind is SpanKind.ENTITY:
        return text[atom.start : atom.end].lower() in _READ_AS_TEXT
    if atom.kind is SpanKind.HASHTAG:
        return atom.end - atom.start == 1 or text[atom.start] == "["
    return atom.kind in _GRAMMATICAL


def clauses(text: str, part: Part, atoms: Sequence[Span]) -> list[Part]:
    """``part`` cut behind its clause marks (，；： and , ; : before a blank), for a second try in smaller pieces."""
    shadow = _shadow(text, part.start, part.end, _within(atoms, part.start, part.end))
    parts: list[Part] = []
    start = part.start
    for match in _STRONG_CLAUSE.finditer(shadow):
        cut = part.start + match.end()
        if _LETTER.search(shadow, start - part.start, match.start()) and cut < part.end:
            _append(shadow, part.start, start, cut, parts)
            start = cut
    _append(shadow, part.start, start, part.end, parts)
    return parts


def wrap(
    text: str, part: Part, limit: int, count: Callable[[str], int], atoms: Sequence[Span]
) -> list[Part]:
    """``part`` in pieces that ``count`` puts at ``limit`` or less, cut at clause marks, else at blanks, else anywhere.

    Never cut are atoms and graphemes; one that is over the limit becomes a gap.

    About one call of ``count`` for each piece, a few more where the text is denser in some places than in others.
    """
    if limit < 1:
        raise ValueError("limit must be at least 1")
    total = count(text[part.start : part.end])
    if total <= limit or not part.translate:
        return [part]
    cuts = _Cuts(text, part, _within(atoms, part.start, part.end))
    parts: list[Part] = []
    start = part.start
    left = total  # what the rest should cost
    while start < part.end:
        rest = part.end - start
        pieces = max(1, -(-left // limit))
        # Aim at pieces of even size, so that no short one is left over; reach as far as the limit should allow.
        cut = cuts.near(start, start - (-rest // pieces), start + rest * limit // max(1, left))
        cost = count(text[start:cut].strip())
        while cost > limit and cuts.first(start) < cut:
            target = start + max(1, int((cut - start) * limit / cost * 0.9))
            cut = cuts.near(start, target, target)
            cost = count(text[start:cut].strip())
        if cost > limit:
            parts.append(Part(start, cut, False))
        else:
            _append(cuts.shadow, part.start, start, cut, parts)
        start = cut
        left -= cost
    return parts


class _Cuts:
    """Where a part may be cut, best kind first: behind clause marks, at blanks, between graphemes outside of Latin
    words and numbers, between any graphemes; never in an atom."""

    def __init__(self, text: str, part: Part, atoms: Sequence[Span]) -> None:
        self.shadow = _shadow(text, part.start, part.end, atoms)
        self._end = part.end
        base = part.start
        inside: set[int] = set()
        for atom in atoms:
            inside.update(range(atom.start + 1, atom.end))
        graphemes = [base + match.end() for match in _GRAPHEME.finditer(text, base, part.end)]
        self._anywhere = [cut for cut in graphemes if cut not in inside]
        if not self._anywhere or self._anywhere[-1] != part.end:
            self._anywhere.append(part.end)
        allowed = set(self._anywhere)
        running: set[int] = set()
        for match in _RUN.finditer(self.shadow):
            running.update(range(base + match.start() + 1, base + match.end()))
        self._outside = [cut for cut in self._anywhere if cut not in running]
        marks = (base + match.end() for match in _CLAUSE.finditer(self.shadow))
        blanks = (base + match.end() for match in _BLANKS.finditer(self.shadow))
        self._marks = [cut for cut in marks if cut in allowed]
        self._blanks = [cut for cut in blanks if cut in allowed]

    def first(self, start: int) -> int:
        """The nearest cut behind ``start``."""
        return self._anywhere[bisect_right(self._anywhere, start)]

    def near(self, start: int, target: int, reach: int) -> int:
        """The best cut behind ``start``: the last in the half before ``target``, or the first up to ``reach``.

        With no mark and no blank there, the last place outside of words and numbers, or the first up to ``reach``; with
        none of these, the last place of all up to ``target``, or the first behind it.
        """
        if target >= self._end:
            return self._end
        half = start + (target - start) // 2
        for cuts in (self._marks, self._blanks):
            i = bisect_right(cuts, target)
            if i and cuts[i - 1] > half:
                return cuts[i - 1]
            if i < len(cuts) and cuts[i] <= reach:
                return cuts[i]
        i = bisect_right(self._outside, target)
        if i and self._outside[i - 1] > start:
            return self._outside[i - 1]
        if i < len(self._outside) and self._outside[i] <= reach:
            return self._outside[i]
        i = bisect_right(self._anywhere, target)
        if i and self._anywhere[i - 1] > start:
            return self._anywhere[i - 1]
        return self.first(start)
