"""Hashtags whose translation stands beside them: what is asked for each, and where it goes in the answer. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape
from typing import TYPE_CHECKING

import regex

from service.domain import (
    Hashtags,
    Lang,
    Span,
    SpanKind,
    TextFormat,
    TranslationRequest,
    TranslationWarning,
    WarningCode,
)
from service.lexicon.tags import tag_name
from service.text import hanzi
from service.text.patterns import HASHTAG_CLOSE

if TYPE_CHECKING:
    from service.pipeline.plan import Plan

__all__ = ["Tag", "beside", "body_of", "find_tags", "gloss_of", "shown_name"]

# Words of a tag that are told apart by their capitals: #TravelDiary, #NYCFood.
_HUMP = regex.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_CAMEL = regex.compile(r"[A-Z][A-Za-z0-9]*+")
_LAST_MARKS = "。.！!？?，,、；;：: "
_UNCHANGED = frozenset(
    {WarningCode.ALREADY_IN_TARGET, WarningCode.NOT_TRANSLATABLE, WarningCode.UNTRANSLATED}
)


@dataclass(frozen=True, slots=True)
class Tag:
    """Hashtags of a text with one and the same body: where they stand, and what they say in the target language."""

    spans: tuple[Span, ...]
    name: str = ""  # from the table of names
    plan: "Plan | None" = None  # or as the model says it


def find_tags(
    request: TranslationRequest, spans: Sequence[Span], plan: Callable[[TranslationRequest], "Plan"]
) -> tuple[Tag, ...]:
    """The tags of a request that wants ``both``; ``plan`` makes a plan for the words of one that no table names."""
    if request.hashtags is not Hashtags.BOTH:
        return ()
    found: dict[str, list[Span]] = {}
    for span in spans:
        if span.kind is SpanKind.HASHTAG:
            found.setdefault(body_of(request.text[span.start : span.end]), []).append(span)
    tags: list[Tag] = []
    for body, places in found.items():
        name = tag_name(body, request.target_lang.base)
        if name is not None:
            tags.append(Tag(tuple(places), _in_script(name, request.target_lang)))
        elif any(map(str.isalpha, body)):
            asked = replace(
                request,
                text=_words(body),
                format=TextFormat.TEXT,
                hashtags=Hashtags.KEEP,
                alternatives=0,
                decode=False,
            )
            tags.append(Tag(tuple(places), plan=plan(asked)))
    return tuple(tags)


def body_of(tag: str) -> str:
    """A hashtag without its marks: 旅行 of ``#旅行[话题]#``."""
    close = HASHTAG_CLOSE.search(tag, 1)
    return tag[1 : close.start() if close else len(tag)].strip()


def shown_name(body: str, target: Lang) -> str | None:
    """What the table calls a tag, written as the body of one: ``TravelDiary``."""
    name = tag_name(body, target.base)
    if name is None or target is not Lang.EN or " " not in name:
        return name if name is None else _in_script(name, target)
    return "".join(word[:1].upper() + word[1:] for word in name.split(" "))


def gloss_of(tag: Tag, text: str, warnings: Sequence[TranslationWarning]) -> str:
    """What stands beside a tag, given the finished translation of its words; empty where that would say nothing."""
    if tag.name:
        return tag.name
    if any(
        warning.code in _UNCHANGED or warning.code is WarningCode.COPIED_SOURCE
        for warning in warnings
    ):
        return ""
    return text.strip().rstrip(_LAST_MARKS)


def beside(
    protected: Sequence[tuple[Span, Span]], glosses: Mapping[Span, str], request: TranslationRequest
) -> list[tuple[int, str]]:
    """What to put where in the answer, in order: ``(gloss)`` in English, （gloss） in Chinese, right behind the tag."""
    found: list[tuple[int, str]] = []
    for source, target in protected:
        gloss = glosses.get(source, "")
        if gloss and target.kind is SpanKind.HASHTAG:
            said = escape(gloss) if request.format is TextFormat.HTML else gloss
            english = request.target_lang is Lang.EN
            found.append((target.end, f" ({said})" if english else f"（{said}）"))
    return sorted(found)


def _words(body: str) -> str:
    words = body.replace("_", " ")
    return _HUMP.sub(" ", words) if _CAMEL.fullmatch(words) else words


def _in_script(name: str, target: Lang) -> str:
    return hanzi.to_hant(name, "") if target is Lang.ZH_HANT else name
