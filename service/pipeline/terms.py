"""Terms with a meaning of their own: a caller's glossary, slang, emoji codes; what to put there, and notes. Pure."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from service.domain import (
    Detection,
    Hashtags,
    Lang,
    Note,
    Span,
    SpanKind,
    TextFormat,
    TranslationRequest,
)
from service.lexicon.emotes import load_emotes
from service.lexicon.entries import Entry
from service.lexicon.finder import Found, SlangFinder
from service.lexicon.names import NameFinder
from service.pipeline.guards import says_something
from service.pipeline.hashtags import body_of, shown_name
from service.text import hanzi, protect, script
from service.text.glossary import find_glossary
from service.text.numerals import find_numerals

__all__ = ["Term", "Terms", "find_terms", "language_by_terms"]

_MARKUP = frozenset({SpanKind.TAG, SpanKind.ENTITY})


@dataclass(frozen=True, slots=True)
class Term:
    """Code points ``[start, end)`` of the text, and what goes in their place.

    ``shown`` (a glossary's target) stands behind a placeholder and appears in the answer as it is; ``inline`` (plain
    words for slang) is read by the model instead of the term. ``meant`` is what slang or a name is in the target
    language, for another try when that did not get across; one of ``also`` in its place is as good.
    """

    span: Span
    shown: str | None = None
    inline: str | None = None
    meant: str | None = None
    also: tuple[str, ...] = ()
    name: bool = False  # a name is there only as it is written
    number: bool = False  # ``inline`` is the same number in digits


@dataclass(frozen=True, slots=True)
class Terms:
    """All terms of one text, in order and not overlapping, and the notes on them."""

    terms: tuple[Term, ...] = ()
    notes: tuple[Note, ...] = ()
    chinese: bool = False  # Chinese slang in Latin letters is all that the text says


def find_terms(
    request: TranslationRequest,
    text: str,
    spans: Sequence[Span],
    slang: SlangFinder | None,
    names: NameFinder | None = None,
    *,
    walls: Sequence[tuple[int, int]] = (),
) -> Terms:
    """Terms of ``text`` outside its protected ``spans``; the glossary goes first, then slang, numbers, names.

    ``walls`` are further stretches that nobody reads, such as an HTML page's block tags.
    """
    use_slang = slang is not None and request.slang
    renames = request.hashtags is Hashtags.TRANSLATE
    seen = _readable(text, spans, walls) if request.format is TextFormat.HTML else text
    taken = [(span.start, span.end) for span in spans]
    terms: list[Term] = []
    if request.glossary:
        for hit in find_glossary(seen, request.glossary, taken):
            target = escape(hit.target) if request.format is TextFormat.HTML else hit.target
            terms.append(Term(Span(hit.start, hit.end, SpanKind.TERM), shown=target))
    if renames:
        terms += _tag_names(request, text, terms)
    seen = _simplified(seen)
    if slang is None or not use_slang:
        terms += _numbers(seen, request.target_lang, _with(taken, terms))
        terms += _names(names, seen, request.target_lang, _with(taken, terms))
        return Terms(tuple(sorted(terms, key=lambda term: term.span)))
    taken = _with(taken, terms)
    found = slang.find(seen, taken)
    notes = [*_emote_notes(text, spans), *_face_notes(text, spans, slang)]
    for word in found:
        inline = _inline(word, request.target_lang)
        meant = _meant(word.entry, request.target_lang) if word.sure else None
        if inline or meant:
            span = Span(word.start, word.end, SpanKind.TERM)
            terms.append(Term(span, inline=inline or None, meant=meant))
        notes.append(_note(word, expanded=bool(inline)))
    spoken_for = sorted([*taken, *((word.start, word.end) for word in found)])
    numbers = _numbers(seen, request.target_lang, spoken_for)
    terms += [*numbers, *_names(names, seen, request.target_lang, _with(spoken_for, numbers))]
    return Terms(
        tuple(sorted(terms, key=lambda term: term.span)),
        tuple(sorted(notes, key=lambda note: note.start)),
        _all_chinese(seen, spans, found),
    )


def _with(taken: list[tuple[int, int]], terms: Sequence[Term]) -> list[tuple[int, int]]:
    return (
        sorted([*taken, *((term.span.start, term.span.end) for term in terms)]) if terms else taken
    )


def _names(
    names: NameFinder | None, text: str, target: Lang, taken: Sequence[tuple[int, int]]
) -> list[Term]:
    """Names of the other language, to be said again where the model's own spelling of them is not theirs."""
    if names is None:
        return []
    found = names.find(text, "zh" if target is Lang.EN else "en", taken)
    return [
        Term(Span(n.start, n.end, SpanKind.TERM), meant=n.meant, also=n.also, name=n.exact)
        for n in found
    ]


def _numbers(text: str, target: Lang, taken: Sequence[tuple[int, int]]) -> list[Term]:
    """Numbers that the source writes in words, to be read in digits."""
    found = find_numerals(text, "zh" if target is Lang.EN else "en", taken)
    return [Term(Span(n.start, n.end, SpanKind.TERM), inline=n.digits, number=True) for n in found]


def _tag_names(request: TranslationRequest, text: str, taken: Sequence[Term]) -> list[Term]:
    """Hashtags that the table of names knows, with their marks, as tags of the target language."""
    found: list[Term] = []
    spoken_for = sorted(term.span for term in taken)  # they do not overlap
    for span in protect.find_spans(text):
        if span.kind is not SpanKind.HASHTAG:
            continue
        tag = text[span.start : span.end]
        body = body_of(tag)
        name = shown_name(body, request.target_lang)
        before = bisect_left(spoken_for, span.end, key=_start) - 1
        free = before < 0 or spoken_for[before].end <= span.start
        if name and free:
            whole = Span(span.start, span.end, SpanKind.TERM)
            found.append(Term(whole, shown=tag.replace(body, name, 1)))
    return found


def _start(span: Span) -> int:
    return span.start


def _readable(text: str, spans: Sequence[Span], walls: Sequence[tuple[int, int]]) -> str:
    """Text of an HTML page: blanks for its markup, so that every position stays."""
    hidden = [*walls, *((span.start, span.end) for span in spans if span.kind in _MARKUP)]
    return _blanked(text, sorted(hidden))


def _blanked(text: str, hidden: Sequence[tuple[int, int]]) -> str:
    """``text`` with blanks for the sorted ``hidden`` stretches."""
    out: list[str] = []
    at = 0
    for start, end in hidden:
        if end > at:
            out += (text[at:start], " " * (end - max(start, at)))
            at = end
    out.append(text[at:])
    return "".join(out)


def _simplified(text: str) -> str:
    """Traditional Chinese as the lexicon writes it, where that keeps every position."""
    if script.han_variant(text) != "Hant":
        return text
    simplified = hanzi.to_hans(text)
    return simplified if len(simplified) == len(text) else text


def _inline(hit: Found, target: Lang) -> str:
    """Plain words for a slang term, or nothing when it should stay."""
    entry = hit.entry
    if not hit.sure or entry.expansion in entry.spellings:
        return ""
    if entry.language == "en" and target is Lang.EN:  # said in the target language already
        return ""
    return entry.expansion


def _meant(entry: Entry, target: Lang) -> str | None:
    """An entry's translation, where it says more than grammar does: ``gonna`` is left to the model."""
    if entry.language == target.base or not says_something(entry.expansion):
        return None
    return entry.translation if says_something(entry.translation) else None


def _note(hit: Found, *, expanded: bool) -> Note:
    entry = hit.entry
    return Note(
        hit.start, hit.end, entry.id, entry.term, entry.language, entry.expansion, entry.translation,
        entry.note_en, entry.note_zh or _in_chinese(entry), expanded,
    )  # fmt: skip


def _in_chinese(entry: Entry) -> str:
    """A Chinese note for an entry without one of its own: its plain words, or a name's other name."""
    if entry.language == "zh" and entry.expansion in entry.spellings:
        return f"英文叫“{entry.translation}”。" if entry.translation else ""
    said = entry.expansion if entry.language == "zh" else entry.translation
    return f"意思是“{said}”。" if said else ""


def _emote_notes(text: str, spans: Sequence[Span]) -> list[Note]:
    """Notes on emoji codes, which are copied."""
    notes: list[Note] = []
    for span in spans:
        if span.kind is SpanKind.EMOTE:
            emote = load_emotes().get(text[span.start : span.end])
            if emote is not None:
                notes.append(
                    Note(
                        span.start, span.end, emote.id, emote.code, "zh", "", emote.english,
                        emote.note, f"表情“{emote.name}”。", False,
                    )
                )  # fmt: skip
    return notes


def _face_notes(text: str, spans: Sequence[Span], slang: SlangFinder) -> list[Note]:
    """Notes on kaomoji, which are copied."""
    notes: list[Note] = []
    for span in spans:
        if span.kind is SpanKind.EMOJI:
            entry = slang.whole(text[span.start : span.end])
            if entry is not None:
                notes.append(_note(Found(span.start, span.end, entry, False), expanded=False))
    return notes


def _all_chinese(text: str, spans: Sequence[Span], found: Sequence[Found]) -> bool:
    """Whether Chinese slang is all that a text without Chinese characters says, protected ``spans`` aside."""
    chinese = [(hit.start, hit.end) for hit in found if hit.sure and hit.entry.language == "zh"]
    if not chinese:
        return False
    hidden = sorted([*chinese, *((span.start, span.end) for span in spans)])
    rest = script.share(_blanked(text, hidden))
    return not (rest.latin or rest.han)


def language_by_terms(detection: Detection, terms: Terms, target: Lang) -> Detection:
    """Chinese for a text in Latin letters whose every word is Chinese slang (``yyds``); else what was detected.

    So is a number that alone means something (520), if it is for English readers.
    """
    latin = detection.lang is Lang.EN and not detection.mixed
    number = detection.reason == "no_letters" and target is Lang.EN
    if terms.chinese and (latin or number):
        return Detection(Lang.ZH_HANS, detection.confidence)
    return detection
