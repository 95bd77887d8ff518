"""Where Markdown, as chats and forums take it, marks a text: what must be copied so that it still renders. Linear."""

from collections.abc import Iterator

import regex

from service.domain import Span, SpanKind

__all__ = ["find_marks", "find_pairs", "find_walls"]

# At the start of a line: quotes, headings, bullets, numbers, letters, one inside the other ("> - [ ] milk"), and the
# times of song texts. Some take no blank behind them, and Chinese often writes none.
_HAN_NUMBER = "[一二三四五六七八九十]"
_ONE_BLANK = (
    r"(?:>{1,6}+|#{1,6}+|[-*+–—»·○]|\d{1,3}+[.)]|[A-Za-z]\)|[IVX]{1,4}+[.)、．](?<!(?:^|\s)I.)"
    r"|(?!I[.、．])[A-Z][.、．]|I[.)、．](?=[^\n]{0,999}+\n[ \t]*+II[.)、．])|[a-hj-z]\.(?![ \t]*+[a-z]\.))"
    r"[ \t]++"
)
_NO_BLANK = (
    rf"(?:[•●□■▪▫◦※]|[（(](?:\d{{1,3}}+|{_HAN_NUMBER}{{1,3}}+|[A-Za-z]|[ivx]{{1,4}}+)[)）]|\d{{1,3}}+[、．](?!\d)"
    rf"|\d{{1,2}}+\.(?=\p{{Han}})|{_HAN_NUMBER}{{1,3}}+、(?!{_HAN_NUMBER})|[A-Z][.．](?=\p{{Han}})"
    r"|[A-Za-z]、(?=\p{Han}|[A-Za-z]{2}))[ \t]*+"
)
_BOX = r"\[[ xX]\][ \t]++"
_TIME = r"\[\d{2}:\d{2}(?:[.:]\d{1,3}+)?+\][ \t]*+"
_BEGINS = (  # a glance, for most lines
    r"(?=[>#\-*+–—»·○•●□■▪▫◦※(（\[0-9一二三四五六七八九十]|[A-Za-z][.)、．]|[IVX]{1,4}[.)、．])"
)
_LINE = regex.compile(
    rf"(?m)^[ \t]{{0,12}}+{_BEGINS}(?:(?:{_ONE_BLANK}|{_NO_BLANK}){{1,6}}+(?:{_BOX})?+|{_BOX}|(?:{_TIME}){{1,6}}+)"
)
# A row of a table begins with a wall; || is a spoiler.
_ROW = regex.compile(r"(?m)^[ \t]{0,12}+\|(?!\|).*+$")
_WALL = regex.compile(r"(?<!\\)\|")
_LINK = regex.compile(
    r"(?P<open>!?\[)(?P<text>[^\[\]\n]{1,300}+)\]\([^()\s]{1,1000}+"
    r"(?:\([^()\s]{0,200}+\)[^()\s]{0,1000}+)?+(?:[ \t]++\"[^\"\n]{0,200}+\")?+\)"
)
_AUTOLINK = regex.compile(r"<(?:https?|ftp|mailto):[^\s<>]{1,1000}+>")
# Marks lie against what they mark, on one line, and never inside a Latin word: no f**k, no 2 * 3 * 4, no snake_case.
_EMPHASIS = regex.compile(
    r"(?<![A-Za-z0-9\\])(?P<open>(?<!\*)\*{1,3}|(?<!_)__?|(?<!~)~~|(?<!\|)\|\|)(?![\s*_~|])"
    r"(?=[^\n*_~|]{0,99}?[\p{L}\p{N}])(?P<text>[^\n*_~|]{1,300}+)(?<!\s)(?P=open)(?![A-Za-z0-9]|\.[A-Za-z])"
    r"(?:(?<=\*)(?!\*)|(?<=_)(?!_)|(?<=~)(?!~)|(?<=\|)(?!\|))"
)
_SIGNS = regex.compile(r"[\[<*_~|]")


def find_marks(text: str) -> list[Span]:
    """The marks in ``text``, sorted and not overlapping; the words between them are free to be translated.

    A link gives two spans, ``[`` and ``](target)``, emphasis one for each side, and a line's marks go with the blank
    behind them. Code is not looked for: it is protected whole. A sign without its partner is left alone.
    """
    found = [Span(*match.span(), SpanKind.TAG) for match in _LINE.finditer(text)]
    if _SIGNS.search(text):
        found += [Span(*match.span(), SpanKind.TAG) for match in _AUTOLINK.finditer(text)]
        found += [mark for pair in find_pairs(text) for mark in pair]
    kept: list[Span] = []
    for span in sorted(found):
        if not kept or kept[-1].end <= span.start:
            kept.append(span)
    return kept


def find_pairs(text: str) -> Iterator[tuple[Span, Span]]:
    """The opening and the closing mark of every link and emphasis; they lie against the words between them."""
    if not _SIGNS.search(text):
        return
    for pattern in (_LINK, _EMPHASIS):
        for match in pattern.finditer(text):
            opening = Span(*match.span("open"), SpanKind.TAG)
            yield opening, Span(match.end("text"), match.end(), SpanKind.TAG)


def find_walls(text: str) -> list[tuple[int, int]]:
    """The walls between the cells of tables, as (start, end): each cell is a text of its own."""
    if "|" not in text:
        return []
    walls: list[tuple[int, int]] = []
    for row in _ROW.finditer(text):
        found = [match.span() for match in _WALL.finditer(text, *row.span())]
        if len(found) > 1 and "||" not in row.group():
            walls += found
    return walls
