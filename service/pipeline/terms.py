"""Terms with a meaning of their own: a caller's glossary, and slang; what to put in their place, and notes. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from service.domain import Detection, Lang, Note, Span, SpanKind, TextFormat, TranslationRequest
from service.lexicon.finder import Found, SlangFinder
from service.text import script
from service.text.glossary import find_glossary

__all__ = ["Term", "Terms", "find_terms", "language_by_terms"]


@dataclass(frozen=True, slots=True)
class Term:
    """Code points ``[start, end)`` of the text, and what goes in their place.

    ``shown`` (a glossary's target) stands behind a placeholder and appears in the answer as it is; ``inline`` (plain
    words for slang) is read by the model instead of the term. One of the two is set.
    """

    span: Span
    shown: str | None = None
    inline: str | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """All terms of one text, in order and not overlapping, and the notes on them."""

    terms: tuple[Term, ...] = ()
    notes: tuple[Note, ...] = ()
    found: tuple[Found, ...] = ()


def find_terms(
    request: TranslationRequest, text: str, spans: Sequence[Span], slang: SlangFinder | None
) -> Terms:
    """Terms of ``text`` outside its protected ``spans``; the glossary goes before slang."""
    taken = [(span.start, span.end) for span in spans]
    terms: list[Term] = []
    if request.glossary:
        for hit in find_glossary(text, request.glossary, taken):
            target = escape(hit.target) if request.format is TextFormat.HTML else hit.target
            terms.append(Term(Span(hit.start, hit.end, SpanKind.TERM), shown=target))
    if slang is None or not request.slang:
        return Terms(tuple(terms))
    taken = sorted([*taken, *((term.span.start, term.span.end) for term in terms)])
    found = slang.find(text, taken)
    for word in found:
        inline = _inline(word)
        if inline:
            terms.append(Term(Span(word.start, word.end, SpanKind.TERM), inline=inline))
    notes = tuple(_note(hit) for hit in found)
    return Terms(tuple(sorted(terms, key=lambda term: term.span)), notes, found)


def _inline(hit: Found) -> str:
    """Plain words for a slang term, or nothing when it should stay."""
    entry = hit.entry
    if not hit.sure or entry.expansion in entry.spellings:
        return ""
    return entry.expansion


def _note(hit: Found) -> Note:
    entry = hit.entry
    return Note(
        hit.start, hit.end, entry.id, entry.term, entry.language, entry.expansion, entry.translation,
        entry.note_en, entry.note_zh, hit.sure,
    )  # fmt: skip


def language_by_terms(detection: Detection, text: str, terms: Terms) -> Detection:
    """Chinese for a text in Latin letters whose every word is Chinese slang (``yyds``); else what was detected."""
    if detection.lang is not Lang.EN or detection.mixed:
        return detection
    chinese = [hit for hit in terms.found if hit.sure and hit.entry.language == "zh"]
    if not chinese:
        return detection
    covered = sum(script.share(text[hit.start : hit.end]).latin for hit in chinese)
    if covered < script.share(text).latin:
        return detection
    return Detection(Lang.ZH_HANS, detection.confidence)
