"""The LibreTranslate API's JSON as pydantic models, for the OpenAPI description."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = [
    "LibreDetectIn", "LibreDetection", "LibreError", "LibreHealth", "LibreLanguage", "LibreSettings",
    "LibreTranslateIn", "LibreTranslateOut",
]  # fmt: skip


class LibreError(BaseModel):
    """Every error of the LibreTranslate dialect."""

    error: str


class LibreTranslateIn(BaseModel):
    """A body of `POST /translate`, as JSON or as a form; a form may also put its fields in the query."""

    q: str | list[str] = Field(description="A text, or in JSON a list of texts.", examples=["Hi!"])
    source: str = Field(description="Language code, or `auto`.", examples=["auto"])
    target: str = Field(description="Language code.", examples=["zh"])
    format: Literal["text", "html"] = "text"
    alternatives: int = Field(0, description="How many further translations to return.")
    api_key: str | None = None


class LibreDetectIn(BaseModel):
    """A body of `POST /detect`, as JSON or as a form."""

    q: str | list[str] = Field(examples=["Hello world!"])
    api_key: str | None = None


class LibreDetection(BaseModel):
    confidence: float = Field(ge=0, le=100)
    language: str


class LibreTranslateOut(BaseModel):
    """Strings for one text, lists for a list; `detectedLanguage` for `auto` and `alternatives` on request only."""

    model_config = ConfigDict(extra="forbid")

    translatedText: str | list[str]
    detectedLanguage: LibreDetection | list[LibreDetection] | None = None
    alternatives: list[str] | list[list[str]] | None = None


class LibreLanguage(BaseModel):
    code: str
    name: str
    targets: list[str]


class LibreHealth(BaseModel):
    status: Literal["ok"]


class LibreName(BaseModel):
    code: str
    name: str


class LibreSettings(BaseModel):
    charLimit: int
    frontendTimeout: int
    apiKeys: bool
    keyRequired: bool
    suggestions: bool
    filesTranslation: bool
    supportedFilesFormat: list[str]
    language: dict[Literal["source", "target"], LibreName]
