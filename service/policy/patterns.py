"""Patterns that operators write, run by RE2: time is linear in the text whatever the pattern."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import re2

__all__ = ["MAX_MATCHES", "Pattern", "Screen", "compile_pattern", "compile_screen", "encode"]

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
        spans: list[tuple[int, int]] = []
        byte = point = 0
        for start, end in islice(self._find_bytes(encoded), MAX_MATCHES):
            begins = point + len(encoded[byte:start].decode())
            byte, point = end, begins + len(encoded[start:end].decode())
            spans.append((begins, point))
        return tuple(spans)

    def _find_bytes(self, encoded: bytes) -> Iterator[tuple[int, int]]:
        looks = MAX_MATCHES if self._excused is None else _MAX_LOOKS
        for match in islice(self._found.finditer(encoded), looks):
            start, end = _span(match)
            piece = encoded[start:end]
            if piece and not (self._excused is not None and self._excused.fullmatch(piece)):
                yield start, end


@dataclass(frozen=True, slots=True)
class Screen:
    """One pass that says whether any of a policy's patterns can match: most posts need no second one."""

    _any: Any = field(compare=False, repr=False)

    def passes(self, encoded: bytes) -> bool:
        """False where no pattern of the policy matches."""
        return self._any is None or self._any.search(encoded) is not None


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
