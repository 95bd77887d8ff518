"""Find what must be copied rather than translated: links, names, tags, emoji, templates, code, control symbols."""

from collections.abc import Iterator, Sequence
from operator import attrgetter

import regex

from service.domain import Hashtags, Span, SpanKind
from service.text.markdown import find_marks
from service.text.masking import Masked, Restored, Slot, mask, restore
from service.text.patterns import GLANCE, HASHTAG_CLOSE, NUMBER, TOKEN

__all__ = [
    "Masked", "Restored", "Slot", "find_numbers", "find_spans", "mask", "merge_spans", "restore",
]  # fmt: skip

_order = attrgetter("start", "end")
# What may hold signs that look like Markdown.
_OVER_MARKS = frozenset(
    {SpanKind.CODE, SpanKind.CONTROL, SpanKind.EMOJI, SpanKind.EMOTE, SpanKind.SHORTCODE}
)


def find_spans(
    text: str, *, hashtags: Hashtags = Hashtags.KEEP, extra_tokens: Sequence[str] = ()
) -> list[Span]:
    """Protected spans of ``text``, sorted and not overlapping.

    With ``Hashtags.TRANSLATE`` only the marks of a hashtag are protected (``#``, ``[话题]#``) and its words are free.
    ``extra_tokens`` are further literal strings to keep, such as an engine's own placeholders and control tokens.
    """
    spans = list(_tokens(text, hashtags)) if GLANCE.search(text) else []
    if marks := find_marks(text):
        over = [span for span in spans if span.kind in _OVER_MARKS]
        spans = merge_spans(merge_spans(spans, marks), over)
    tokens = sorted({token for token in extra_tokens if token}, key=len, reverse=True)
    if not tokens:
        return spans
    literal = regex.compile("|".join(regex.escape(token) for token in tokens))
    extra = [Span(match.start(), match.end(), SpanKind.CONTROL) for match in literal.finditer(text)]
    return merge_spans(spans, extra)


def _tokens(text: str, hashtags: Hashtags) -> Iterator[Span]:
    for match in TOKEN.finditer(text):
        kind = SpanKind(match.lastgroup or "")
        start, end = match.span()
        if kind is SpanKind.HASHTAG and hashtags is Hashtags.TRANSLATE:
            yield Span(start, start + 1, kind)
            if close := HASHTAG_CLOSE.search(text, start + 1, end):
                yield Span(close.start(), end, kind)
        else:
            yield Span(start, end, kind)


def merge_spans(a: Sequence[Span], b: Sequence[Span]) -> list[Span]:
    """Both lists as one, sorted and not overlapping: ``b`` wins over ``a``, within a list the earlier span wins."""
    winners = _without_overlaps(sorted(b, key=_order))
    merged = list(winners)
    i = 0
    for span in _without_overlaps(sorted(a, key=_order)):
        while i < len(winners) and winners[i].end <= span.start:
            i += 1
        if i == len(winners) or winners[i].start >= span.end:
            merged.append(span)
    return sorted(merged, key=_order)


def _without_overlaps(spans: Sequence[Span]) -> list[Span]:
    kept: list[Span] = []
    for span in spans:
        if span.start < span.end and (not kept or kept[-1].end <= span.start):
            kept.append(span)
    return kept


def find_numbers(text: str) -> list[Span]:
    """Numbers that read the same in English and Chinese: with Latin units, dates, times, money, percentages, versions.

    Left out are those that a translation has to change: 3万, 5 million, 1st, 5月.
    """
    return [Span(match.start(), match.end(), SpanKind.NUMBER) for match in NUMBER.finditer(text)]
