"""The native API's JSON as pydantic models: what requests are read with, and what answers are documented as.

Requests are parsed straight from the body bytes. Answers are written from plain dicts (see ``native``), because
building models only to serialise them again costs more than everything else in this layer; a test holds every
answer to its model here.
"""

from typing import Literal

from pydantic import Field

from service.api.moderation_schemas import BothSidesOut
from service.api.schema_base import DetectionOut, In, Offsets, Out, Texts, WarningOut

__all__ = [
    "DetectIn", "DetectOut", "ErrorOut", "InfoOut", "LanguagesOut", "LiveOut", "ReadyOut", "TranslateIn",
    "TranslateOut",
]  # fmt: skip


class TranslateIn(In):
    """Texts to translate, and how."""

    text: Texts
    source_lang: str = Field(
        "auto",
        description="Language of the texts, or `auto` to detect it for each text. See `GET /v1/languages` for codes.",
        examples=["auto"],
    )
    target_lang: str = Field(description="Language to translate into.", examples=["zh"])
    format: Literal["text", "html"] = Field(
        "text", description="`html` keeps tags, attributes and character references as they are."
    )
    hashtags: Literal["keep", "translate", "both"] = Field(
        "keep",
        description="Whether a #hashtag is copied, its words are translated (which breaks its link), or it is copied "
        "with its translation in brackets behind it.",
    )
    spacing: Literal["keep", "space", "none"] = Field(
        "keep",
        description="Blanks between Chinese characters and Latin letters or digits in Chinese output.",
    )
    alternatives: int = Field(
        0, ge=0, description="How many further translations to return for each text."
    )
    slang: bool = Field(
        True, description="Explain slang in `notes`, and give the model plain words for it."
    )
    decode: bool = Field(
        False,
        description="Read number codes (520), pinyin initials, Morse, Braille, base64, hex and reversed text.",
    )
    round_trip: bool = Field(
        False,
        description="Translate the answer back and compare, for a better estimate of `quality`; costs as much again.",
    )
    glossary: dict[str, str] = Field(
        default_factory=dict,
        description="What terms of the texts are called in the target language; at most 200 of up to 200 code points.",
        examples=[{"宝子": "bestie"}],
    )
    glossary_id: str = Field(
        "",
        description="Id of a stored glossary (see `POST /v1/glossaries`); `glossary` goes before it.",
    )
    moderate: bool = Field(
        False,
        description="Judge source and translation too, and avoid a translation that is toxic where its source is not.",
    )
    policy: str = Field("", description="Policy to moderate by; empty means the default one.")


class DetectIn(In):
    """Texts whose language is asked for."""

    text: Texts


class NoteOut(Out):
    """What a slang term of the source means."""

    span: Offsets
    id: str = Field(description="Id of the lexicon's entry.", examples=["zh-0001"])
    term: str = Field(examples=["yyds"])
    lang: Literal["en", "zh"]
    expansion: str = Field(description="In plain words of the same language; may be empty.")
    translation: str = Field(description="In the other language; may be empty.")
    note_en: str
    note_zh: str = Field(description="May be empty.")
    expanded: bool = Field(
        description="The model was given the plain words; false where the term may be meant literally."
    )


class DecodedOut(Out):
    """A stretch of the source written in a code, and what it says."""

    span: Offsets
    kind: str = Field(examples=["number"])
    text: str = Field(examples=["我爱你"])
    english: str = Field(description="The meaning in English where the code has a fixed one.")


class SegmentOut(Out):
    """One sentence: where it stands in the source and in the translation."""

    source: Offsets
    target: Offsets
    score: float | None = Field(
        description="Mean log-probability of a token, at most 0; null where the source was copied."
    )
    quality: float | None = Field(
        description="Estimated quality from 0 to 1 (expected chrF); null where the source was copied."
    )


class ProtectedOut(Out):
    """A stretch that was copied, such as a link or an emoji."""

    kind: str = Field(examples=["url"])
    source: Offsets
    target: Offsets


class TranslationOut(Out):
    """The translation of one text."""

    text: str
    source_lang: Literal["en", "zh-Hans", "zh-Hant"] | None
    target_lang: Literal["en", "zh-Hans", "zh-Hant"]
    detection: DetectionOut | None = Field(description="Null when the request named the language.")
    segments: list[SegmentOut]
    protected: list[ProtectedOut]
    warnings: list[WarningOut]
    alternatives: list[str]
    notes: list[NoteOut] = Field(description="Slang of the source explained.")
    decoded: list[DecodedOut] = Field(description="Empty unless `decode` was asked for.")
    moderation: BothSidesOut | None = Field(description="Null unless `moderate` was asked for.")


class TranslateOut(Out):
    """One translation for each text, in order."""

    translations: list[TranslationOut]
    model: str = Field(description="Id of the model that translated.")


class DetectOut(Out):
    """One detection for each text, in order."""

    detections: list[DetectionOut]


class LanguageOut(Out):
    """A language, its codes, and what it can be translated into."""

    code: str = Field(examples=["zh-Hans"])
    name: str = Field(examples=["Chinese (Simplified)"])
    native_name: str
    aliases: list[str] = Field(description="Other codes that mean the same language.")
    targets: list[str]


class LanguagesOut(Out):
    languages: list[LanguageOut]


class LiveOut(Out):
    """The process answers requests."""

    status: Literal["ok"]


class ReadyOut(Out):
    """Whether texts can be translated and moderated now, check by check."""

    status: Literal["ready", "not_ready"]
    checks: dict[str, bool]


class DirectionOut(Out):
    source: str = Field(examples=["en"])
    target: str = Field(examples=["zh"])


class ModelOut(Out):
    """The loaded model."""

    id: str
    engine: str
    licence: str
    source: str
    sha256: str
    directions: list[DirectionOut]


class ClassifierOut(Out):
    """The loaded classifier."""

    id: str
    classifier: str
    licence: str
    source: str
    sha256: str
    supported: dict[str, list[str]] = Field(
        description="Categories that it was trained for, by language.",
        examples=[{"en": ["toxicity"], "zh": ["toxicity"]}],
    )
    policy: str = Field(description="Name of the default policy.")
    lexicon_version: str = Field(description="Hash of the listed terms.")


class LimitsOut(Out):
    """What one request may ask for."""

    max_text_chars: int
    max_items: int
    max_body_bytes: int
    max_alternatives: int
    request_timeout_s: float
    rate_limit: str = Field(description="Empty when there is none.", examples=["30 per 1 minute"])


class InfoOut(Out):
    """What this service is."""

    name: Literal["magpie"]
    version: str
    model: ModelOut
    classifier: ClassifierOut | None = Field(description="Null where moderation is switched off.")
    limits: LimitsOut
    keys_required: bool


class ErrorBody(Out):
    code: str = Field(description="Stable name of the error.", examples=["invalid_request"])
    message: str = Field(description="For people; holds no text of the request.")
    field: str | None = Field(description="The field at fault, such as `text[3]`.")
    limit: int | None
    actual: int | None
    retryable: bool = Field(description="Whether the same request may succeed later.")
    request_id: str


class ErrorOut(Out):
    """Every error of the native API has this shape."""

    error: ErrorBody
