"""Marks in pairs (inline tags, Markdown, hashtags): which one opens, which one closes, and whether they still nest."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from html import unescape
from typing import NamedTuple

import regex

from service.domain import Span, SpanKind
from service.text.markdown import find_pairs
from service.text.patterns import HASHTAG_CLOSE, TOKEN

__all__ = ["Mark", "Piece", "find_roles", "nest_alike", "says_as_much", "within_kept"]

_TAG = regex.compile(r"<(?P<slash>/?)(?P<name>[A-Za-z][A-Za-z0-9:-]*+)[^<>]*+>")
_VOID = frozenset({"br", "img", "input", "wbr", "hr"})
_SEEN = frozenset({"img", "input"})  # without an end tag, and something to see or to click on
_WORD = regex.compile(r"[\p{L}\p{N}]")
_NOTHING, _SIGNS, _WORDS = 0, 1, 2


class Mark(NamedTuple):
    """``text[start:end]`` opens or closes something. Both marks of a pair have the same number ``pair``.

    A mark without its partner has a number of its own; one that ends with its word, as ``#tag`` does, has None.
    """

    start: int
    end: int
    opens: bool
    pair: int | None


Piece = str | Mark


def find_roles(text: str, spans: Sequence[Span]) -> tuple[Mark, ...]:
    """The marks among the protected ``spans`` of ``text``, sorted. To be asked of a whole text: of a part of one,
    a closing mark could look like an opening one. Linear."""
    tags = [span for span in spans if span.kind is SpanKind.TAG]
    hashtags = [span for span in spans if span.kind is SpanKind.HASHTAG]
    if not (tags or hashtags):
        return ()
    marks = list(_roles_of_tags(text, tags))
    if any(text[tag.start] != "<" for tag in tags):
        marks += _roles_of_pairs(find_pairs(text), tags)
    if any(span.end - span.start == 1 for span in hashtags):  # else they are kept whole
        marks += _roles_of_hashtags(text, hashtags)
    return tuple(sorted(marks))


def _roles_of_tags(text: str, tags: Sequence[Span]) -> Iterator[Mark]:
    """HTML: an end tag closes the last open tag of its name; what was opened since then stays without a partner."""
    open_tags: list[tuple[str, Span]] = []
    names: Counter[str] = Counter()
    for span in tags:
        tag = _TAG.fullmatch(text, span.start, span.end)
        if tag is None:
            continue
        name = tag["name"].lower()
        if not tag["slash"]:
            if name not in _VOID and not tag.group().endswith("/>"):
                open_tags.append((name, span))
                names[name] += 1
        elif not names[name]:
            yield Mark(span.start, span.end, False, span.start)
        else:
            while True:
                opened, opening = open_tags.pop()
                names[opened] -= 1
                yield Mark(opening.start, opening.end, True, opening.start)
                if opened == name:
                    break
            yield Mark(span.start, span.end, False, opening.start)
    for _, span in open_tags:
        yield Mark(span.start, span.end, True, span.start)


def _roles_of_pairs(pairs: Iterable[tuple[Span, Span]], kept: Sequence[Span]) -> Iterator[Mark]:
    """The sides of ``pairs`` that are among the ``kept`` spans; code and emoji may have won over one."""
    known = {(span.start, span.end) for span in kept}
    for opening, closing in pairs:
        whole = (opening.start, opening.end) in known
        if whole:
            yield Mark(opening.start, opening.end, True, opening.start)
        if (closing.start, closing.end) in known:
            yield Mark(closing.start, closing.end, False, (opening if whole else closing).start)


def _roles_of_hashtags(text: str, kept: Sequence[Span]) -> Iterator[Mark]:
    known = {(span.start, span.end) for span in kept}
    for match in TOKEN.finditer(text):
        if match.lastgroup != SpanKind.HASHTAG:
            continue
        start, end = match.span()
        close = HASHTAG_CLOSE.search(text, start + 1, end)
        both = close is not None and (close.start(), end) in known
        if (start, start + 1) in known:
            yield Mark(start, start + 1, True, start if both else None)
            if close is not None and both:
                yield Mark(close.start(), end, False, start)


def within_kept(text: str, start: int, marks: Sequence[Mark]) -> Iterator[Piece]:
    """The protected ``text`` that begins at ``start``, as its ``marks`` (sorted) and what stands between them."""
    at = start
    for mark in marks:
        yield _shown(text[at - start : mark.start - start])
        yield mark
        at = mark.end
    yield _shown(text[at - start :])


def _shown(kept: str) -> str:
    """What a reader sees of protected text without its marks: a tag is nothing, unless it is a picture."""
    if "<" in kept:
        kept = _TAG.sub(lambda tag: "x" if tag["name"].lower() in _SEEN else "", kept)
    return "x" if unescape(kept).strip() else ""


def says_as_much(source: Sequence[str], output: Sequence[str]) -> bool:
    """Whether each text of ``output`` says something where that of ``source`` does."""
    return all(_level(said) >= _level(told) for told, said in zip(source, output, strict=True))


def nest_alike(source: Sequence[Piece], output: Sequence[Piece]) -> bool:
    """Whether the marks of ``output`` stand inside each other as those of ``source`` do, none of them emptied.

    Both hold the same marks. A mark whose partner is missing here reaches to the edge.
    """
    opened: set[int] = set()
    outside: list[int] = []  # closed here, opened before
    for piece in source:
        if isinstance(piece, Mark) and piece.pair is not None:
            if piece.opens:
                opened.add(piece.pair)
            elif piece.pair not in opened:
                outside.append(piece.pair)
    outside.reverse()
    parents, holds = _outline(source, outside)
    now, held = _outline(output, outside)
    return parents == now and all(held[pair] >= holds[pair] for pair in holds)


def _outline(
    pieces: Sequence[Piece], outside: Sequence[int]
) -> tuple[list[tuple[int, int]], dict[int, int]]:
    """What each pair stands in, with the marks that close another pair than the last one; and what each pair holds."""
    stack = [-1, *outside]
    parents: list[tuple[int, int]] = []
    began = dict.fromkeys(outside, (0, 0))
    holds: dict[int, int] = {}
    words = signs = 0

    def hold(pair: int) -> None:
        words_before, signs_before = began.pop(pair, (words, signs))
        if words > words_before:
            holds[pair] = _WORDS
        else:
            holds[pair] = _SIGNS if signs > signs_before else _NOTHING

    for piece in pieces:
        if isinstance(piece, str):
            level = _level(piece)
            words += level == _WORDS
            signs += level == _SIGNS
        elif piece.pair is None:
            continue
        elif piece.opens:
            parents.append((piece.pair, stack[-1]))
            stack.append(piece.pair)
            began[piece.pair] = (words, signs)
        else:
            hold(piece.pair)
            if stack[-1] == piece.pair:
                stack.pop()
            else:
                parents.append((-1, piece.pair))
    for pair in list(began):
        hold(pair)
    return sorted(parents), holds


def _level(text: str) -> int:
    if "&" in text:
        text = unescape(text)
    if _WORD.search(text):
        return _WORDS
    return _SIGNS if text.strip() else _NOTHING
