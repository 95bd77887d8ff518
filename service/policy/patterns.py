"""Patterns that operators write, run by RE2: time is linear in the text whatever the pattern."""

from bisect import bisect_left
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, NamedTuple

import re2

from service.text.normalize import ALL, View, written_views

__all__ = [
    "MAX_MATCHES", "Pattern", "PatternMatch", "Screen", "Searched", "compile_pattern", "compile_screen", "encode",
]  # fmt: skip

# More matches than this in one text say nothing new, and each may cost a look at the rest of the text.
MAX_MATCHES = 100
# With exemptions it takes more looks, or a hundred harmless links would hide the one that is not.
_MAX_LOOKS = 10_000

_SINGLE_BYTE = re2.compile(r"(?:^|[^\\])(?:\\\\)*\\C")
# RE2 may have to simulate all states at once; this many keep a text of 1 MB in seconds.
_MAX_STATES = 5000
# All patterns of a policy in one. Past this, each pattern is searched for by itself.
_MAX_SCREEN_STATES = 50_000
_SCREEN_MEMORY_BYTES = 64 << 20


class PatternMatch(NamedTuple):
    """Code points ``[start, end)`` of the text as it was written, and the views it took to see them."""

    start: int
    end: int
    views: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Pattern:
    """A named pattern: any of ``sources`` matches, unless one of ``exempt`` matches the whole of what was found."""

    name: str
    sources: tuple[str, ...]
    exempt: tuple[str, ...] = ()
    ignore_case: bool = True
    _found: Any = field(default=None, compare=False, repr=False)
    _excused: Any = field(default=None, compare=False, repr=False)

    def find(self, encoded: bytes) -> tuple[tuple[int, int], ...]:
        """At most ``MAX_MATCHES`` spans in a text that ``encode`` made, as code points ``[start, end)``.

        A span is the first capturing group that took part, else the whole match.
        """
        return tuple(span for span, _ in self._find_points(encoded))

    def find_in(self, view: View, encoded: bytes, text: str) -> Iterator[PatternMatch]:
        """The same in a view of ``text``, on the characters as written, where these are no exemption themselves."""
        for span, whole in self._find_points(encoded):
            start, end = view.span(*span)
            if view.steps and self._excuses(encode(text[start:end])):
                continue
            yield PatternMatch(start, end, view.chain_of(*whole))

    def _find_points(self, encoded: bytes) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
        """What was found and the whole match, in code points."""
        byte = point = 0
        for span, whole in islice(self._find_bytes(encoded), MAX_MATCHES):
            edges = []
            for at in (whole[0], span[0], span[1], whole[1]):
                point += len(encoded[byte:at].decode())
                byte = at
                edges.append(point)
            yield (edges[1], edges[2]), (edges[0], edges[3])

    def _find_bytes(self, encoded: bytes) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
        looks = MAX_MATCHES if self._excused is None else _MAX_LOOKS
        for match in islice(self._found.finditer(encoded), looks):
            start, end = _span(match)
            if start < end and not self._excuses(encoded[start:end]):
                yield (start, end), (int(match.start()), int(match.end()))

    def _excuses(self, piece: bytes) -> bool:
        return self._excused is not None and self._excused.fullmatch(piece) is not None


@dataclass(frozen=True, slots=True)
class Screen:
    """One pass that says whether any of a policy's patterns can match: most posts need no second one."""

    _any: Any = field(compare=False, repr=False)

    def passes(self, encoded: bytes) -> bool:
        """False where no pattern of the policy matches."""
        return self._any is None or self._any.search(encoded) is not None


class Searched:
    """A text made ready for the patterns of a policy: the views of it in which the screen lets any of them match."""

    __slots__ = ("_text", "_views")

    def __init__(self, text: str, screen: Screen, seen: Collection[str] = ALL) -> None:
        """``seen``: disguises that the text is known to have (see ``written_views``)."""
        self._text = text
        self._views: list[tuple[View, bytes]] = []
        for view in written_views(text, seen):
            encoded = encode(view.text)
            if screen.passes(encoded):
                self._views.append((view, encoded))

    def __bool__(self) -> bool:
        return bool(self._views)

    def find(self, pattern: Pattern) -> tuple[PatternMatch, ...]:
        """The matches of all views in order; of overlapping ones the one in the least changed view."""
        kept: list[
            PatternMatch
        ] = []  # sorted and without overlaps, so one binary search finds a neighbour
        for view, encoded in self._views:
            for match in pattern.find_in(view, encoded, self._text):
                at = bisect_left(kept, match)
                if (at and kept[at - 1].end > match.start) or (
                    at < len(kept) and kept[at].start < match.end
                ):
                    continue
                kept.insert(at, match)
        return tuple(kept)


def encode(text: str) -> bytes:
    """UTF-8 with as many code points as ``text``; lone surrogates become U+FFFD."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        return "".join("\ufffd" if "\ud800" <= c <= "\udfff" else c for c in text).encode()


def compile_pattern(
    name: str, sources: Sequence[str], *, exempt: Sequence[str] = (), ignore_case: bool = True
) -> Pattern:
    """A pattern ready to run. Raises ``ValueError`` if RE2 refuses it, it is too large, or matches the empty text."""
    found = _compile(sources, ignore_case=ignore_case)
    if found.search(b"") is not None:
        raise ValueError("the pattern matches the empty text, so it would match everywhere")
    excused = _compile(exempt, ignore_case=ignore_case) if exempt else None
    return Pattern(name, tuple(sources), tuple(exempt), ignore_case, found, excused)


def compile_screen(patterns: Sequence[Pattern]) -> Screen:
    """One pattern for all of them; a screen that lets everything pass when they are too large together."""
    try:
        flagged = [f"(?{'i' if p.ignore_case else '-i'}:{_join(p.sources)})" for p in patterns]
        return Screen(_compile(flagged, ignore_case=False, max_states=_MAX_SCREEN_STATES))
    except ValueError:
        return Screen(None)


def _compile(sources: Sequence[str], *, ignore_case: bool, max_states: int = _MAX_STATES) -> Any:
    for source in sources:
        if _SINGLE_BYTE.search(source):
            raise ValueError("\\C matches half a character")
    options = re2.Options()
    options.log_errors = False
    options.case_sensitive = not ignore_case
    if max_states > _MAX_STATES:
        options.max_mem = _SCREEN_MEMORY_BYTES
    try:
        compiled = re2.compile(_join(sources), options=options)
    except re2.error as error:
        reason = error.args[0] if error.args else error
        text = reason.decode(errors="replace") if isinstance(reason, bytes) else str(reason)
        raise ValueError(f"not a pattern that RE2 takes: {text}") from None
    if compiled.programsize > max_states:
        raise ValueError(f"too large: {compiled.programsize} states, at most {max_states}")
    return compiled


def _join(sources: Sequence[str]) -> str:
    return "|".join(f"(?:{source})" for source in sources)


def _span(match: Any) -> tuple[int, int]:
    """Of the first group that took part, else of the whole match, in bytes."""
    for group in range(1, match.re.groups + 1):
        if match.start(group) >= 0:
            return int(match.start(group)), int(match.end(group))
    return int(match.start()), int(match.end())
