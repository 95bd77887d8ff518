"""The words of the service as frozen data: requests, plans' spans, translations, warnings. No I/O, no pydantic."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

__all__ = [
    "Action", "Category", "Decoded", "Detection", "Evidence", "HanSpacing", "Hashtags", "Lang", "LexiconHit",
    "ModerationRequest", "ModerationWarning", "Note", "Reason", "Span", "SpanKind", "TextFormat", "TranslatedSegment",
    "Translation", "TranslationRequest", "TranslationWarning", "Verdict", "WarningCode",
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
    """What happens to the body of a hashtag: copied (links keep working), translated, or copied and glossed."""

    KEEP = "keep"
    TRANSLATE = "translate"
    BOTH = "both"  # the tag as it was, its translation in brackets behind it


class HanSpacing(StrEnum):
    """Blanks between Han characters and Latin letters or digits in Chinese output."""

    KEEP = "keep"  # as the model writes them
    SPACE = "space"
    NONE = "none"


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
    TERM = "term"  # a term of the caller's glossary, shown in the target language
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
    # When lang is None: "empty" | "no_letters" | "unknown_script" | "other_language"; else "" | "cantonese".
    reason: str = ""


class WarningCode(StrEnum):
    """Stable codes for what could not be done, or was done differently from what was asked."""

    ALREADY_IN_TARGET = "already_in_target"
    NOT_TRANSLATABLE = "not_translatable"
    PLACEHOLDER_FALLBACK = "placeholder_fallback"
    NUMBER_CHANGED = "number_changed"
    TERM_CHANGED = "term_changed"
    REPETITION_REPAIRED = "repetition_repaired"
    COPIED_SOURCE = "copied_source"
    UNTRANSLATED = "untranslated"
    LENGTH_RATIO = "length_ratio"
    SEGMENT_WRAPPED = "segment_wrapped"
    CANTONESE = "cantonese"
    ALTERNATIVES_FEWER = "alternatives_fewer"
    ADDED_TOXICITY = "added_toxicity"
    TOXIC_ALTERNATIVE = "toxic_alternative"
    CODES_LIMITED = "codes_limited"


class ModerationWarning(StrEnum):
    """Stable codes of what could not be done for a verdict."""

    CLASSIFIER_FAILED = "classifier_failed"
    EXPLANATION_FAILED = "explanation_failed"
    OPINION_FAILED = "opinion_failed"
    TRANSLATION_FAILED = "translation_failed"
    MATCHES_LIMITED = "matches_limited"
    CODES_LIMITED = "codes_limited"


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
    glossary: tuple[tuple[str, str], ...] = ()  # (source term, target term)
    slang: bool = True  # note slang, and give the model plain words for it
    spacing: HanSpacing = HanSpacing.KEEP
    decode: bool = False  # read number codes, pinyin initials, Morse, base64 and the like
    round_trip: bool = False  # translate back too, for a better estimate of quality


@dataclass(frozen=True, slots=True)
class Note:
    """What a slang term at source code points ``[start, end)`` means, for readers of either language."""

    start: int
    end: int
    id: str  # of the lexicon's entry
    term: str
    lang: str  # "en" | "zh"
    expansion: str  # in plain words of the same language
    translation: str  # in the other language; may be empty
    note_en: str
    note_zh: str  # may be empty
    sure: bool  # the model was given the plain words; False where the word may be meant literally


@dataclass(frozen=True, slots=True)
class Decoded:
    """What source code points ``[start, end)``, written in a code, say in plain words."""

    start: int
    end: int
    kind: str  # "number" | "initials" | "morse" | "braille" | "base64" | "hex" | "binary" | "reversed"
    text: str
    english: str = ""  # the meaning in English, for codes that have a fixed one


@dataclass(frozen=True, slots=True)
class TranslatedSegment:
    """Where a segment stands in the source and in the answer (code points), and its mean token log-probability."""

    source_start: int
    source_end: int
    target_start: int
    target_end: int
    score: float | None  # None: copied, not decoded
    quality: float | None = None  # estimate from 0 to 1; None: copied


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
    notes: tuple[Note, ...] = ()  # slang of the source explained
    decoded: tuple[Decoded, ...] = ()


class Category(StrEnum):
    """Policy-neutral labels of what a text may hold. Their order is the order of columns everywhere."""

    TOXICITY = "toxicity"
    SEVERE_TOXICITY = "severe_toxicity"
    INSULT = "insult"
    THREAT = "threat"
    IDENTITY_ATTACK = "identity_attack"
    PROFANITY = "profanity"
    SEXUAL = "sexual"
    SELF_HARM = "self_harm"
    VIOLENCE = "violence"
    SPAM = "spam"


class Action(StrEnum):
    """What a policy says to do, from mild to strict; the strictest of several wins (``max(..., key=severity)``)."""

    ALLOW = "allow"
    REVIEW = "review"
    BLOCK = "block"

    @property
    def severity(self) -> int:
        """0 for allow, 1 for review, 2 for block."""
        return tuple(Action).index(self)


@dataclass(frozen=True, slots=True)
class LexiconHit:
    """A lexicon term found in a text: code points ``[start, end)`` of the original, and the views it took to see it."""

    start: int
    end: int
    term_id: str  # "zh/insult#12": lexicon file and the row's own number
    term: str
    lang: str  # "en" | "zh"
    category: Category
    severity: int  # 1 mild .. 3 severe
    views: tuple[str, ...] = ()  # empty: found in the text as it was written


@dataclass(frozen=True, slots=True)
class Evidence:
    """Which characters of the original text say so, and by which rule. Offsets are code points, end exclusive."""

    start: int
    end: int
    rule: str  # "lexicon:zh/insult#12" | "classifier:toxicity" | "pattern:contact"
    category: Category | None
    views: tuple[str, ...] = ()
    severity: int = 0  # of a lexicon term, else 0
    weight: float | None = None  # how far the classifier's score falls without these characters
    note: str = ""


@dataclass(frozen=True, slots=True)
class Reason:
    """One rule of the policy that applied, and the action it asked for."""

    action: Action
    rule: str  # the rule's id in the policy, or "unsupported_language" | "classifier_unavailable" | ...
    category: Category | None = None
    score: float | None = None
    threshold: float | None = None
    message: str = ""


@dataclass(frozen=True, slots=True)
class ModerationRequest:
    """One text to moderate. ``lang`` None means detect."""

    text: str
    lang: Lang | None = None
    policy: str = ""  # name of a loaded policy; empty: the service's default
    second_opinion: bool | None = None  # score the translation too; None: the service's default
    translate_to: Lang | None = None  # also give the text in this language
    explain: bool = True  # find the characters behind a classifier's score
    decode: bool = False  # judge what number codes, Morse, base64 and the like say, too
    context: Mapping[str, str] = field(default_factory=dict)  # for policies: account_age_days


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the machine answered for one text."""

    action: Action
    scores: Mapping[Category, float | None]  # every category; None: not supported for this language
    evidence: tuple[Evidence, ...]
    reasons: tuple[Reason, ...]  # every rule that asked for more than allow, strictest first
    detection: Detection
    policy: str
    policy_version: str
    model: str
    mode: str = "live"  # "live" | "shadow": in shadow mode the caller should only record the action
    opinion: Mapping[Category, float | None] | None = None  # scores of the translation
    translation: Translation | None = None
    translation_evidence: tuple[Evidence, ...] = ()  # evidence projected onto it
    warnings: tuple[ModerationWarning, ...] = ()  # what could not be done

    @property
    def flagged(self) -> bool:
        return self.action is not Action.ALLOW
