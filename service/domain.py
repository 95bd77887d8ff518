"""The words of the service as frozen data: requests, plans' spans, translations, warnings. No I/O, no pydantic."""

from dataclasses import dataclass
from enum import StrEnum

__all__ = [
    "Detection", "Hashtags", "Lang", "Span", "SpanKind", "TextFormat", "TranslatedSegment", "Translation",
    "TranslationRequest", "TranslationWarning", "WarningCode",
]  # fmt: skip


class Lang(StrEnum):
    """A language the service serves, as a BCP-47 tag. ``ZH`` means Chinese of unstated script (served as Hans)."""

    EN = "en"
    ZH_HANS = "zh-Hans"
    ZH_HANT = "zh-Hant"

    @property
    def base(self) -> str:
        """The engine's code: ``en`` or ``zh``."""
        return "en" if self is Lang.EN else "zh"


class TextFormat(StrEnum):
    TEXT = "text"
    HTML = "html"


class Hashtags(StrEnum):
    """What happens to the body of a hashtag: copied (links keep working) or translated."""

    KEEP = "keep"
    TRANSLATE = "translate"


class SpanKind(StrEnum):
    """Why a stretch of text is copied instead of translated."""

    URL = "url"
    EMAIL = "email"
    MENTION = "mention"
    HASHTAG = "hashtag"
    EMOTE = "emote"  # [doge], [赞R]
    SHORTCODE = "shortcode"  # :joy:
    EMOJI = "emoji"
    TEMPLATE = "template"  # {0} {{name}} %1$s
    CODE = "code"
    NUMBER = "number"
    CONTROL = "control"  # control characters and a model's own control tokens, typed by a user
    TAG = "tag"  # inline HTML tag
    ENTITY = "entity"  # HTML character reference kept as it was written
    NOTRANSLATE = (
        "notranslate"  # translate="no" and the like, and words in neither language's script
    )


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A protected stretch ``text[start:end]``, in code points, end exclusive."""

    start: int
    end: int
    kind: SpanKind


@dataclass(frozen=True, slots=True)
class Detection:
    """Which language a text is in. ``lang`` is None where it is neither English nor Chinese (or has no letters)."""

    lang: Lang | None
    confidence: float  # 0..1
    mixed: bool = False  # a good part of the letters is in the other language
    reason: str = ""  # when lang is None: "empty" | "no_letters" | "unknown_script"


class WarningCode(StrEnum):
    """Stable codes for what could not be done, or was done differently from what was asked."""

    ALREADY_IN_TARGET = "already_in_target"
    NOT_TRANSLATABLE = "not_translatable"
    PLACEHOLDER_FALLBACK = "placeholder_fallback"
    NUMBER_CHANGED = "number_changed"
    REPETITION_REPAIRED = "repetition_repaired"
    COPIED_SOURCE = "copied_source"
    UNTRANSLATED = "untranslated"
    LENGTH_RATIO = "length_ratio"
    SEGMENT_WRAPPED = "segment_wrapped"
    ALTERNATIVES_FEWER = "alternatives_fewer"


@dataclass(frozen=True, slots=True)
class TranslationWarning:
    """One thing the caller should know, tied to source code points ``[start, end)``. Holds no user text."""

    code: WarningCode
    message: str
    start: int
    end: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class TranslationRequest:
    """One text to translate. ``source_lang`` None means detect."""

    text: str
    target_lang: Lang
    source_lang: Lang | None = None
    format: TextFormat = TextFormat.TEXT
    hashtags: Hashtags = Hashtags.KEEP
    alternatives: int = 0
    beam_size: int = 0  # 0: the service's default


@dataclass(frozen=True, slots=True)
class TranslatedSegment:
    """Where a segment stands in the source and in the answer (code points), and its mean token log-probability."""

    source_start: int
    source_end: int
    target_start: int
    target_end: int
    score: float | None  # None: copied, not decoded


@dataclass(frozen=True, slots=True)
class Translation:
    """The answer for one text."""

    text: str
    source_lang: Lang | None
    target_lang: Lang
    detection: Detection | None  # None when the caller named the source language
    segments: tuple[TranslatedSegment, ...] = ()
    protected: tuple[Span, ...] = ()  # spans of the source that were copied
    protected_target: tuple[Span, ...] = ()  # the same spans, where they stand in the answer
    warnings: tuple[TranslationWarning, ...] = ()
    alternatives: tuple[str, ...] = ()
