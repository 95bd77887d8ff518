"""The JSON of browser plugins' custom translation services as pydantic models, for the OpenAPI description."""

from typing import Any, Literal

from pydantic import BaseModel, Field

from service.api.openapi import error_responses, schema_of

__all__ = [
    "DeeplxIn", "DeeplxOut", "HcfyIn", "HcfyOut", "ImmeIn", "ImmeOut", "KissIn", "KissOut", "PluginError", "documented",
]  # fmt: skip


class PluginError(BaseModel):
    """Every error of the plugins' dialects, in DeepLX's shape, as the others have none."""

    code: int
    message: str


class ImmeIn(BaseModel):
    """What Immersive Translate sends to a custom service."""

    source_lang: str = Field("auto", examples=["auto"])
    target_lang: str = Field(examples=["zh-CN"])
    text_list: list[str] = Field(examples=[["Hello {0}", "<b0>Bold</b0> words"]])


class ImmeTranslation(BaseModel):
    detected_source_lang: str
    text: str


class ImmeOut(BaseModel):
    translations: list[ImmeTranslation]


class KissIn(BaseModel):
    """What KISS Translator sends: `text` for one, or `texts` for several."""

    source: str = Field("auto", alias="from")
    target: str = Field(alias="to", examples=["zh-CN"])
    text: str | None = Field(None, examples=["Hello, world!"])
    texts: list[str] | None = None


class KissTranslation(BaseModel):
    text: str
    src: str


class KissOut(BaseModel):
    """`text` and `src` for one text, `translations` for several."""

    text: str = ""
    src: str = ""
    translations: list[KissTranslation] = Field(default_factory=list)


class HcfyIn(BaseModel):
    """What 划词翻译 sends: names of languages in Chinese, the wanted ones in order."""

    name: str | None = None
    text: str = Field(examples=["Hello, world!"])
    destination: list[str] = Field(min_length=1, examples=[["中文(简体)", "英语"]])
    source: str | None = None


class HcfyOut(BaseModel):
    text: str
    source: str = Field("", alias="from")
    target: str = Field("", alias="to")
    result: list[str] = Field(description="Paragraph by paragraph.")


class DeeplxIn(BaseModel):
    text: str = Field(examples=["Hello, world!"])
    source_lang: str = Field("auto", examples=["EN"])
    target_lang: str = Field(examples=["ZH"])


class DeeplxOut(BaseModel):
    code: Literal[200]
    id: int
    data: str
    alternatives: list[str]
    source_lang: str
    target_lang: str
    method: str


def documented(name: str, model: type[BaseModel], answer: Any) -> dict[str, Any]:
    """What a plugin's POST says of itself."""
    content = {"application/json": {"schema": schema_of(model)}}
    return {
        "summary": f"Translate ({name})",
        "response_model": answer,
        "responses": error_responses(400, 401, 413, 415, 429, 500, 503, 504, model=PluginError),
        "openapi_extra": {"requestBody": {"required": True, "content": content}},
    }
