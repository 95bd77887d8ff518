"""Lexicon terms in a text: one Aho-Corasick pass over every reading of it, hits on the characters as written."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from ahocorasick_rs import AhoCorasick

from service.domain import Category, LexiconHit
from service.policy.company import Candidate, in_company
from service.policy.lexicon import Allowed, Lexicon, Match, Term
from service.text import normalize
from service.text.normalize import ALL, Form, View, ViewName

__all__ = ["MAX_MATCHES", "Found", "Matcher"]

# Places looked at in one text, over all its views: twenty times as many as in ordinary posts of the longest length that
# is allowed by default. Whoever writes more wants the service to be slow.
MAX_MATCHES = 10_000
_MAX_ALLOWED = 4 * MAX_MATCHES  # allowed words in one view: ordinary text is full of them
_NONE: frozenset[str] = frozenset()
# The automaton reads this much at a time, so that it need not list the matches of a megabyte to have that many.
_PORTION_CHARS = 16_384

_CONTEXT_CHARS = 6  # how near a Han character must be for a term that only counts in Chinese
_MAX_ENDING_CHARS = 32  # of a word that a prefix term begins
_FIRST_HAN = "\u2e80"  # below: scripts that write words between blanks
# The sounds of every term, for stretches with an emoji: an ordinary text has none in the middle of a word.
_PICTURED = "pictured"
# What never makes another word of a word. An exact term may be written so.
_HARMLESS = frozenset(
    (ViewName.WIDTH, ViewName.CIRCLED, ViewName.INVISIBLE, ViewName.MARKS, ViewName.HOMOGLYPH, ViewName.SIMPLIFIED)
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Needle:
    """A term in one of its forms, and what must be true around it."""

    term: Term
    folded: str  # the word that this form stands for, for ``View.confirms``
    name: str  # added to the hit's views
    needs: str  # a view that must have changed something in the hit; empty: none
    left: bool  # needs a word boundary before it
    right: bool
    whole: bool  # a prefix: the hit goes on to the end of the word


@dataclass(frozen=True, slots=True)
class _Search:
    """An automaton, and how long its longest pattern is."""

    automaton: AhoCorasick
    longest: int

    @classmethod
    def of(cls, patterns: Sequence[str]) -> "_Search":
        return cls(AhoCorasick(patterns), max(map(len, patterns), default=0))


@dataclass(frozen=True, slots=True)
class _Terms:
    search: _Search
    needles: tuple[tuple[_Needle, ...], ...]  # by pattern; several terms may share one


@dataclass(frozen=True, slots=True)
class Found:
    """The hits in a text. ``complete`` is False where it has more matches than are looked at: some hits are missing.

    ``disguises`` are the views that changed anything in the text, whether a hit was found in them or not.
    """

    hits: tuple[LexiconHit, ...]
    complete: bool = True
    disguises: frozenset[str] = frozenset()


class Matcher:
    """Finds the terms of a lexicon. Building takes about half a second; then immutable and safe to share by threads.

    ``enabled``: the views that may be used; the others are neither made by ``find`` nor have forms to look for.
    """

    def __init__(self, lexicon: Lexicon, enabled: frozenset[ViewName] = ALL) -> None:
        self.lexicon = lexicon
        self._enabled = enabled
        patterns: dict[str, dict[str, list[_Needle]]] = {}
        for term in lexicon.terms:
            for kind, text, needle in _needles(term, enabled):
                patterns.setdefault(kind, {}).setdefault(text, []).append(needle)
        self._automata = {
            kind: _Terms(_Search.of(list(found)), tuple(map(tuple, found.values())))
            for kind, found in patterns.items()
        }
        self._clearing = _Clearing(lexicon.allowed)

    def find(self, text: str, views: Sequence[View] | None = None) -> tuple[LexiconHit, ...]:
        """The hits of ``search``, for callers to whom a text with thousands of matches is no matter."""
        return self.search(text, views).hits

    def search(self, text: str, views: Sequence[View] | None = None) -> Found:
        """The hits in ``text``, in order; offsets in its code points. ``views``: those of ``text`` if already made.

        Hits of one category do not overlap: the longest wins, then the one that needed the fewest views, then the
        most severe. Hits inside an allowed word are left out. Linear in the length of the text, and for what depends
        on the number of matches bounded: ``MAX_MATCHES`` of them are looked at, in the least changed views first.
        """
        if views is None:
            views = normalize.views(text, self._enabled)
        found: list[Candidate] = []
        left = MAX_MATCHES
        for view in views:
            for kind in _kinds(view):
                terms = self._automata.get(kind)
                if terms is None or left < 0:
                    continue
                matches = _matches(terms.search, view.text, left + 1)
                left -= len(matches)
                if matches:
                    found += _candidates(view, matches, terms.needles)
        disguises = _NONE
        if len(views) > 1:
            disguises = frozenset(name for view in views for name in view.chain)
        if not found:
            return Found((), left >= 0, disguises)
        kept, cleared = self._clearing.kept(found, views)
        read_initials = ViewName.INITIALS in self._enabled
        kept = in_company(text, kept) if read_initials else [c for c in kept if not c.alone]
        return Found(_chosen(kept, len(text)), left >= 0 and cleared, disguises)


def _matches(search: _Search, text: str, most: int) -> list[tuple[int, int, int]]:
    """Pattern, start and end of the first matches, overlapping ones too; offsets in code points. At most ``most``."""
    found: list[tuple[int, int, int]] = []
    for begin in range(0, len(text), _PORTION_CHARS):
        end = begin + _PORTION_CHARS
        # A match that begins in this portion may end in the next one; what begins there is found with that one.
        portion = text if len(text) <= _PORTION_CHARS else text[begin : end + search.longest]
        matches = _overlapping(search.automaton, portion)
        if begin or len(text) > _PORTION_CHARS:
            matches = [
                (p, start + begin, stop + begin)
                for p, start, stop in matches
                if start + begin < end
            ]
        found += matches
        if len(found) >= most:
            return found[:most]
    return found


def _overlapping(automaton: AhoCorasick, text: str) -> list[tuple[int, int, int]]:
    found: list[tuple[int, int, int]]
    try:
        found = automaton.find_matches_as_indexes(text, overlapping=True)
    except (
        UnicodeEncodeError
    ):  # lone surrogates, which the library cannot take: one for one by another character
        valid = text.encode("utf-8", "replace").decode()
        found = automaton.find_matches_as_indexes(valid, overlapping=True)
    return found


def _kinds(view: View) -> tuple[str, ...]:
    """The automata that a view is searched with."""
    if view.kind == "pinyin" and ViewName.EMOJI in view.chain:
        return ("pinyin", _PICTURED)
    return (view.kind,)


def _needles(term: Term, enabled: frozenset[ViewName]) -> Iterator[tuple[str, str, _Needle]]:
    """Every form that the term's own flags let it take: automaton, pattern, and what it stands for."""
    prefix, anywhere = Match.PREFIX in term.match, Match.ANYWHERE in term.match
    for word in _inflections(term):
        folded = normalize.fold(word)
        for form in normalize.forms(word, term.lang, enabled):
            kind = _kind_of(form, term.match)
            if not kind:
                continue
            needs = ViewName.EMOJI if kind == _PICTURED else ""
            left = _is_word_char(form.text[0]) and not anywhere
            right = _is_word_char(form.text[-1]) and not anywhere and not prefix
            yield kind, form.text, _Needle(term, folded, form.name, needs, left, right, prefix)


def _kind_of(form: Form, flags: frozenset[Match]) -> str:
    """Which automaton looks for this form of a term with these flags; empty for none."""
    if Match.EXACT in flags:
        return form.kind if form.kind == "surface" and not form.name else ""
    if form.kind == "pinyin":
        if form.loose:  # sounds that accents swap: many ordinary words, hardly any disguise
            return ""
        return "pinyin" if Match.HOMOPHONE in flags else _PICTURED
    latin = form.name in (ViewName.PINYIN, ViewName.INITIALS)
    # Initials alone are too short to trust: where they are known, they are terms of their own.
    if latin and (Match.PINYIN not in flags or (form.loose and form.name == ViewName.INITIALS)):
        return ""
    return form.kind


def _inflections(term: Term) -> tuple[str, ...]:
    if Match.PLURAL not in term.match:
        return (term.text,)
    hissing = term.text.casefold().endswith(("s", "x", "z", "ch", "sh"))
    return (term.text, term.text + ("es" if hissing else "s"))


def _is_word_char(char: str) -> bool:
    """Letters and digits of scripts that write blanks; the star is a masked letter."""
    return char < _FIRST_HAN and (char.isalnum() or char == "*")


def _candidates(
    view: View, matches: Sequence[tuple[int, int, int]], needles: Sequence[Sequence[_Needle]]
) -> list[Candidate]:
    """What is left of the matches in one view, on the characters of the original text."""
    text = view.text
    found: list[Candidate] = []
    for pattern, start, end in matches:
        before = start > 0 and _is_word_char(text[start - 1])
        after = end < len(text) and _is_word_char(text[end])
        for needle in needles[pattern]:
            if (before and needle.left) or (after and needle.right):
                continue
            names = _names(view, start, end, needle)
            if names is not None:
                stop = _word_end(text, end) if needle.whole else end
                alone = Match.CHINESE in needle.term.match and not _is_near_han(text, start, end)
                found.append(Candidate(*view.span(start, stop), needle.term, names, alone))
    return found


def _names(view: View, start: int, end: int, needle: _Needle) -> tuple[str, ...] | None:
    """The views it took to see a needle at ``[start, end)`` of a view; None where it does not count there."""
    if not view.confirms(start, end, needle.folded):
        return None
    names = view.chain_of(start, end)
    if needle.needs and needle.needs not in names:
        return None
    if needle.name and needle.name not in names:
        names = (*names, needle.name)
    if not names and view.chain:
        return None  # the casefolded text, which comes first, has the same hit
    if Match.EXACT in needle.term.match and not _HARMLESS.issuperset(names):
        return None
    return names


def _is_near_han(text: str, start: int, end: int) -> bool:
    around = text[max(start - _CONTEXT_CHARS, 0) : start] + text[end : end + _CONTEXT_CHARS]
    return any("\u3400" <= char <= "\u9fff" for char in around)


def _word_end(text: str, end: int) -> int:
    limit = min(len(text), end + _MAX_ENDING_CHARS)
    while end < limit and _is_word_char(text[end]):
        end += 1
    return end


def _chosen(candidates: list[Candidate], size: int) -> tuple[LexiconHit, ...]:
    """The best of the overlapping candidates, category by category."""
    taken: dict[Category, bytearray] = {}
    hits: list[LexiconHit] = []
    for one in sorted(candidates, key=lambda candidate: candidate.order):
        term, start, end = one.term, one.start, one.end
        covered = taken.setdefault(term.category, bytearray(size))
        if covered.find(1, start, end) >= 0:
            continue
        covered[start:end] = b"\1" * (end - start)
        hit = LexiconHit(
            start, end, term.id, term.text, term.lang, term.category, term.severity, one.views
        )
        hits.append(hit)
    return tuple(sorted(hits, key=lambda hit: (hit.start, hit.end, hit.term_id)))


class _Clearing:
    """Takes away the candidates that are only a part of an allowed word. Searched only where there are candidates."""

    def __init__(self, allowed: Sequence[Allowed]) -> None:
        self._words = tuple(allowed)
        self._search = _Search.of([normalize.fold(word.text) for word in allowed])

    def kept(
        self, candidates: list[Candidate], views: Sequence[View]
    ) -> tuple[list[Candidate], bool]:
        """The candidates outside allowed words, and whether all of these words were looked at.

        Where they are too many, candidates behind the last one looked at are left out: they may be harmless.
        """
        every: set[tuple[int, int]] = set()
        across: set[tuple[int, int]] = set()
        reach: int | None = None  # of the text, as far as allowed words were looked at; None: all
        for view in views:
            if view.kind != "surface":
                continue
            matches = _matches(self._search, view.text, _MAX_ALLOWED + 1)
            if len(matches) > _MAX_ALLOWED:
                stop = view.span(*matches.pop()[1:])[0]
                reach = stop if reach is None else min(reach, stop)
            for word, start, end in matches:
                span = view.span(start, end)
                every.add(span)
                if self._words[word].across:
                    across.add(span)
        if not every:
            return candidates, True
        inside, crossing = _Spans(every), _Spans(across)
        return [
            one
            for one in candidates
            if (reach is None or one.end <= reach)
            and not inside.cover(one.start, one.end)
            and not crossing.cross(one.start, one.end)
        ], reach is None


class _Spans:
    """Spans sorted by start, with the furthest end up to each: questions cost a binary search."""

    def __init__(self, spans: Iterable[tuple[int, int]]) -> None:
        ordered = sorted(spans)
        self._starts = [start for start, _ in ordered]
        self._ends = [end for _, end in ordered]
        self._furthest = list(accumulate(self._ends, max))

    def cover(self, start: int, end: int) -> bool:
        """Whether one of the spans holds all of ``[start, end)``."""
        count = bisect_left(self._starts, start + 1)
        return count > 0 and self._furthest[count - 1] >= end

    def cross(self, start: int, end: int) -> bool:
        """Whether one of the spans begins before ``start`` and ends inside, or begins inside and ends after."""
        first = bisect_left(self._starts, start)
        if first and self._furthest[first - 1] > start:
            return True
        last = bisect_left(self._starts, end)
        return any(stop > end for stop in self._ends[bisect_left(self._starts, start + 1) : last])
