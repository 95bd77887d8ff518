"""Cuts a text into windows that a classifier can read, at the ends of sentences where there are any. Pure, linear."""

from collections.abc import Sequence

import regex

__all__ = ["around", "cut", "sentences"]

_SENTENCE_END = regex.compile(r"[。！？!?…\n]|\.(?=\s)")
_BLANK = regex.compile(r"[\s，,；;、：:]")
# A shorter text is judged well as a whole. A classifier gives an insult among 100 kind characters half its score,
# among 200 a tenth.
_LONG = 60
_REACH = 30  # code points on either side of a place, unless a sentence ends before
# From here on a text is read sentence by sentence too: a friendly frame hides insults of no listed word as well.
_MANY_SENTENCES = 200
_SHORTEST = 6  # code points of a sentence; a shorter one goes with the next
_MOST = 1000  # sentences; of more, neighbours share a window


def cut(text: str, limit: int) -> list[tuple[int, int]]:
    """Windows ``(start, end)`` of at most ``limit`` code points that cover ``text`` without gap or overlap.

    A window ends behind the last end of a sentence in its second half, else behind the last blank or comma there,
    else where it is full.
    """
    if limit < 1:
        raise ValueError("a window holds at least one code point")
    windows: list[tuple[int, int]] = []
    start = 0
    while len(text) - start > limit:
        full = start + limit
        middle = start + limit // 2
        end = _last(_SENTENCE_END, text, middle, full) or _last(_BLANK, text, middle, full) or full
        windows.append((start, end))
        start = end
    windows.append((start, len(text)))
    return windows


def around(text: str, places: Sequence[tuple[int, int]], limit: int) -> list[tuple[int, int]]:
    """Windows of at most ``limit`` code points around places in a long text: a friendly frame must not hide an insult.

    Places near each other share one. None in a short text, nor one that would hold most of the text. Linear.
    """
    if len(text) <= _LONG:
        return []
    groups: list[tuple[int, int]] = []
    for start, end in sorted(places):
        if groups and start <= groups[-1][1] + _REACH and end - groups[-1][0] + 2 * _REACH <= limit:
            groups[-1] = groups[-1][0], max(groups[-1][1], end)
        else:
            groups.append((start, end))
    windows = (_sentence(text, start, end) for start, end in groups)
    return [
        (first, last)
        for first, last in windows
        if last - first <= limit and (last - first) * 4 <= len(text) * 3
    ]


def sentences(text: str, limit: int) -> list[tuple[int, int]]:
    """Windows of at most ``limit`` code points, one for each sentence of a long text; none for a short one. Linear."""
    if len(text) < _MANY_SENTENCES:
        return []
    found: list[tuple[int, int]] = []
    start = 0
    for match in _SENTENCE_END.finditer(text):
        if match.end() - start >= _SHORTEST:
            found.append((start, match.end()))
            start = match.end()
    if start < len(text):
        found.append((start, len(text)))
    each = -(-len(found) // _MOST)
    groups = [found[at : at + each] for at in range(0, len(found), each)]
    if len(groups) < 2:
        return []
    return [
        (first + start, first + stop)
        for first, last in ((group[0][0], group[-1][1]) for group in groups)
        for start, stop in cut(text[first:last], limit)
    ]


def _sentence(text: str, start: int, end: int) -> tuple[int, int]:
    """The sentence around ``[start, end)``, as far as it reaches."""
    least, most = max(start - _REACH, 0), min(end + _REACH, len(text))
    first = _last(_SENTENCE_END, text, least, start)
    if not first:
        blank = _BLANK.search(text, least, start) if least else None
        first = blank.end() if blank else least
    stop = _SENTENCE_END.search(text, end, most)
    if stop:
        return first, stop.end()
    return first, most if most == len(text) else _last(_BLANK, text, end, most) or most


def _last(pattern: "regex.Pattern[str]", text: str, start: int, end: int) -> int:
    """Where the last match in ``text[start:end]`` ends; 0 for none."""
    last = 0
    for match in pattern.finditer(text, start, end):
        last = match.end()
    return last
