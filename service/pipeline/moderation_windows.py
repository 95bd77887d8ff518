"""Cuts a text into windows that a classifier can read, at the ends of sentences where there are any. Pure, linear."""

import regex

__all__ = ["cut"]

_SENTENCE_END = regex.compile(r"[。！？!?…\n]|\.(?=\s)")
_BLANK = regex.compile(r"[\s，,；;、：:]")


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


def _last(pattern: "regex.Pattern[str]", text: str, start: int, end: int) -> int:
    """Where the last match in ``text[start:end]`` ends; 0 for none."""
    last = 0
    for match in pattern.finditer(text, start, end):
        last = match.end()
    return last
