"""The native API's JSON as pydantic models: what requests are read with, and what answers are documented as.

Requests are parsed straight from the body bytes. Answers are written from plain dicts (see ``native``), because
building models only to serialise them again costs more than everything else in this layer; a test holds every
answer to its model here.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = [
    "DetectIn", "DetectOut", "ErrorOut", "InfoOut", "LanguagesOut", "LiveOut", "ReadyOut", "TranslateIn",
    "TranslateOut",
]  # fmt: skip

Offsets = Annotated[
    tuple[int, int],
    Field(description="Start and end (exclusive) in code points.", examples=[[0, 5]]),
]
Texts = Annotated[
    str | list[str],
    Field(
        description="A text, or a list of texts that are translated independently and in order.",
        examples=["Good morning! ☀️ See you at 5 pm."],
    ),
]


class _In(BaseModel):
    """A request body: unknown fields and wrong types are errors, never ignored or coerced."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class _Out(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class TranslateIn(_In):
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
    hashtags: Literal["keep", "translate"] = Field(
        "keep", description="Whether the words of a #hashtag are copied or translated."
    )
    alternatives: int = Field(
        0, ge=0, description="How many further translations to return for each text."
    )


class DetectIn(_In):
    """Texts whose language is asked for."""

    text: Texts


class DetectionOut(_Out):
    """Which language a text is in."""

    lang: Literal["en", "zh-Hans", "zh-Hant"] | None = Field(
        description="Null where the text is neither English nor Chinese."
    )
    confidence: float = Field(ge=0, le=1)
    mixed: bool = Field(description="A good part of the letters is in the other language.")
    reason: str = Field(
        description="Why `lang` is null: `empty`, `no_letters` or `unknown_script`; otherwise empty."
    )


class SegmentOut(_Out):
    """One sentence: where it stands in the source and in the translation."""

    source: Offsets
    target: Offsets
    score: float | None = Field(
        description="Mean log-probability of a token, at most 0; null where the source was copied."
    )


class ProtectedOut(_Out):
    """A stretch that was copied, such as a link or an emoji."""

    kind: str = Field(examples=["url"])
    source: Offsets
    target: Offsets


class WarningOut(_Out):
    """Something that could not be done, or was done differently from what was asked."""

    code: str = Field(examples=["already_in_target"])
    message: str
    reason: str
    span: Offsets = Field(description="The part of the source it concerns.")


class TranslationOut(_Out):
    """The translation of one text."""

    text: str
    source_lang: Literal["en", "zh-Hans", "zh-Hant"] | None
    target_lang: Literal["en", "zh-Hans", "zh-Hant"]
    detection: DetectionOut | None = Field(description="Null when the request named the language.")
    segments: list[SegmentOut]
    protected: list[ProtectedOut]
    warnings: list[WarningOut]
    alternatives: list[str]


class TranslateOut(_Out):
    """One translation for each text, in order."""

    translations: list[TranslationOut]
    model: str = Field(description="Id of the model that translated.")


class DetectOut(_Out):
    """One detection for each text, in order."""

    detections: list[DetectionOut]


class LanguageOut(_Out):
    """A language, its codes, and what it can be translated into."""

    code: str = Field(examples=["zh-Hans"])
    name: str = Field(examples=["Chinese (Simplified)"])
    native_name: str
    aliases: list[str] = Field(description="Other codes that mean the same language.")
    targets: list[str]


class LanguagesOut(_Out):
    languages: list[LanguageOut]


class LiveOut(_Out):
    """The process answers requests."""

    status: Literal["ok"]


class ReadyOut(_Out):
    """Whether translations can be served now, check by check."""

    status: Literal["ready", "not_ready"]
    checks: dict[str, bool]


class DirectionOut(_Out):
    source: str = Field(examples=["en"])
    target: str = Field(examples=["zh"])


class ModelOut(_Out):
    """The loaded model."""

    id: str
    engine: str
    licence: str
    source: str
    sha256: str
    directions: list[DirectionOut]


class LimitsOut(_Out):
    """What one request may ask for."""

    max_text_chars: int
    max_items: int
    max_body_bytes: int
    max_alternatives: int
    request_timeout_s: float
    rate_limit: str = Field(description="Empty when there is none.", examples=["30 per 1 minute"])


class InfoOut(_Out):
    """What this service is."""

    name: Literal["magpie"]
    version: str
    model: ModelOut
    limits: LimitsOut
    keys_required: bool


class ErrorBody(_Out):
    code: str = Field(description="Stable name of the error.", examples=["invalid_request"])
    message: str = Field(description="For people; holds no text of the request.")
    field: str | None = Field(description="The field at fault, such as `text[3]`.")
    limit: int | None
    actual: int | None
    retryable: bool = Field(description="Whether the same request may succeed later.")
    request_id: str


class ErrorOut(_Out):
    """Every error of the native API has this shape."""

    error: ErrorBody
