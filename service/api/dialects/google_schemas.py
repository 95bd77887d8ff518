"""The Google Translation v2 API's JSON as pydantic models, for the OpenAPI description."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = [
    "GoogleDetectIn", "GoogleDetectOut", "GoogleError", "GoogleLanguagesOut", "GoogleTranslateIn", "GoogleTranslateOut",
]  # fmt: skip


class GoogleFault(BaseModel):
    code: int
    message: str
    errors: list[dict[str, Any]]
    status: str


class GoogleError(BaseModel):
    """Every error of the Google dialect."""

    error: GoogleFault


class GoogleTranslateIn(BaseModel):
    """Parameters of a translation, as JSON, as a form, or in the query; forms and queries repeat `q`."""

    q: str | list[str] = Field(examples=["Hello, world!"])
    target: str = Field(examples=["zh-CN"])
    source: str | None = Field(None, description="Detected for each text where it is absent.")
    format: Literal["html", "text"] = Field("html", description="`html` escapes the answer.")
    model: str | None = Field(None, description="Not used: there is one model.")


class GoogleDetectIn(BaseModel):
    q: str | list[str]


class GoogleTranslation(BaseModel):
    model_config = ConfigDict(extra="forbid")

    translatedText: str
    detectedSourceLanguage: str = Field("", description="Only where `source` is absent.")


class GoogleTranslations(BaseModel):
    translations: list[GoogleTranslation]


class GoogleTranslateOut(BaseModel):
    data: GoogleTranslations


class GoogleDetection(BaseModel):
    language: str = Field(description="`und` for a text in neither language.")
    isReliable: bool
    confidence: float


class GoogleDetections(BaseModel):
    detections: list[list[GoogleDetection]]


class GoogleDetectOut(BaseModel):
    data: GoogleDetections


class GoogleLanguage(BaseModel):
    language: str
    name: str = Field("", description="Only where `target` names a language to write it in.")


class GoogleLanguages(BaseModel):
    languages: list[GoogleLanguage]


class GoogleLanguagesOut(BaseModel):
    data: GoogleLanguages
