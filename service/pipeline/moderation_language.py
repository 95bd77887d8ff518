"""Which language a text is judged in. Unlike translation, it leaves no words out: they may be what it is about."""

import regex

from service.domain import Detection, Lang, Span, SpanKind
from service.text import protect, script

__all__ = ["find_language", "language_beside", "name_language"]

# These say nothing about the language of a post. Code, templates and control tokens are text here: somebody could
# hide a threat in them.
_SILENT = frozenset(
    {
        SpanKind.URL, SpanKind.EMAIL, SpanKind.MENTION, SpanKind.HASHTAG, SpanKind.EMOTE,
        SpanKind.SHORTCODE, SpanKind.EMOJI,
    }
)  # fmt: skip
# Where nothing else is said, the words of a hashtag are what is said.
_NEVER_WORDS = frozenset({SpanKind.URL, SpanKind.EMAIL, SpanKind.MENTION, SpanKind.EMOJI})

_WRITTEN = frozenset({SpanKind.URL, SpanKind.EMAIL, SpanKind.MENTION})
_SENTENCE = regex.compile(
    r"\p{Han}{3}"
)  # with three characters on, what stands there can be an insult


def find_language(text: str) -> Detection:
    """The language of ``text``; total over strings."""
    spans = [span for span in protect.find_spans(text) if not _says(text, span)]
    if not spans:
        return script.detect(text, spans=())
    found = script.detect(text, spans=[span for span in spans if span.kind in _SILENT])
    if found.reason != "no_letters":
        return found
    return script.detect(text, spans=[span for span in spans if span.kind in _NEVER_WORDS])


def _says(text: str, span: Span) -> bool:
    """Whether a name or a link is long Chinese: nobody must escape by writing an @ before what they say."""
    return span.kind in _WRITTEN and _SENTENCE.search(text, span.start, span.end) is not None


def name_language(detection: Detection, named: Lang | None) -> str:
    """``en``, ``zh``, ``mixed``, ``other`` or ``none`` (no letters at all).

    A language that the caller names is believed only where the text can be in it: naming the wrong one must not
    help anybody, so a text in the one language that is said to be in the other is judged as both.
    """
    if detection.lang is None:
        return "other" if detection.reason in ("unknown_script", "other_language") else "none"
    base = detection.lang.base
    if detection.mixed or (named is not None and named.base != base):
        return "mixed"
    return base


def language_beside(raw: str, shown: str) -> str:
    """The language to judge a text in whose markup is in ``raw`` and whose shown words are in ``shown``."""
    if shown == raw or shown in ("none", "other"):
        return raw
    return shown if raw in ("none", "other") else "mixed"
