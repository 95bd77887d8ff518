"""The DeepL API's JSON as pydantic models, for the OpenAPI description, and what its routes document alike."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from service.api.openapi import error_responses, schema_of

__all__ = [
    "DeeplDictionaryIn", "DeeplDictionaryInfo", "DeeplError", "DeeplGlossaries", "DeeplGlossary", "DeeplGlossaryIn",
    "DeeplLanguage", "DeeplMultiEntries", "DeeplMultiGlossaries", "DeeplMultiGlossary", "DeeplMultiIn", "DeeplPairs",
    "DeeplPatchIn", "DeeplTranslateIn", "DeeplTranslateOut", "DeeplUsage", "body_of", "errors", "parameters",
]  # fmt: skip

Code = Literal["en", "zh"]
_MEANING = {
    400: "A parameter is missing or wrong, or is one of DeepL's that is not supported.",
    403: "An API key is required, or the given one is wrong.",
    404: "There is no such glossary.",
    413: "The body, a text, the number of texts or of terms is over a limit.",
}


class DeeplError(BaseModel):
    """Every error of the DeepL dialect."""

    message: str
    detail: str | None = None


class DeeplTranslateIn(BaseModel):
    """A body of `POST /v2/translate`, as JSON or as a form that repeats `text`."""

    text: list[str] = Field(min_length=1, examples=[["Hello, world!"]])
    target_lang: str = Field(
        description="EN, EN-US and EN-GB are the same; ZH, ZH-HANS, ZH-HANT.", examples=["ZH"]
    )
    source_lang: str | None = Field(None, description="Detected for each text where it is absent.")
    context: str | None = Field(None, description="A hint; not used.")
    split_sentences: Literal["1"] = Field("1", description="Other values are refused.")
    preserve_formatting: bool = Field(False, description="Formatting is always preserved.")
    formality: Literal["default", "prefer_more", "prefer_less"] = "default"
    tag_handling: Literal["html", "xml"] | None = Field(
        None, description="`xml` is read as HTML: unknown tags are inline."
    )
    tag_handling_version: Literal["v1", "v2"] | None = None
    ignore_tags: list[str] | None = Field(
        None, description="Elements whose content is not translated; needs `tag_handling`."
    )
    model_type: (
        Literal["quality_optimized", "prefer_quality_optimized", "latency_optimized"] | None
    ) = Field(None, description="There is one model.")
    show_billed_characters: bool = False
    glossary_id: str | None = Field(None, description="Needs `source_lang`.")
    glossary_ids: list[str] | None = Field(None, max_length=5)


class DeeplTranslation(BaseModel):
    model_config = ConfigDict(extra="forbid")

    detected_source_language: Literal["EN", "ZH"]
    text: str
    billed_characters: int = Field(0, description="Only with `show_billed_characters`.")
    model_type_used: str = Field("", description="Only with `model_type`.")


class DeeplTranslateOut(BaseModel):
    translations: list[DeeplTranslation]


class DeeplLanguage(BaseModel):
    language: str
    name: str
    supports_formality: bool = Field(False, description="Of target languages only.")


class DeeplUsage(BaseModel):
    character_count: int
    character_limit: int


class DeeplGlossaryIn(BaseModel):
    """A glossary of one direction."""

    name: str
    source_lang: str
    target_lang: str
    entries: str = Field(
        description="A table, one pair of terms a line.", examples=["宝子\tbestie"]
    )
    entries_format: Literal["tsv", "csv"]


class DeeplGlossary(BaseModel):
    glossary_id: str
    name: str
    ready: bool
    source_lang: Code
    target_lang: Code
    creation_time: str
    entry_count: int


class DeeplGlossaries(BaseModel):
    glossaries: list[DeeplGlossary]


class DeeplPair(BaseModel):
    source_lang: Code
    target_lang: Code


class DeeplPairs(BaseModel):
    supported_languages: list[DeeplPair]


class DeeplDictionaryIn(BaseModel):
    """Terms of one direction."""

    source_lang: str
    target_lang: str
    entries: str
    entries_format: Literal["tsv", "csv"]


class DeeplMultiIn(BaseModel):
    """A glossary of several directions."""

    name: str
    dictionaries: list[dict[str, str]] = Field(
        min_length=1,
        description="Each as a body of `PUT /v3/glossaries/{glossary_id}/dictionaries`.",
    )


class DeeplPatchIn(BaseModel):
    """What to change: the name, or terms that are added to dictionaries or take the place of older ones."""

    name: str | None = None
    dictionaries: list[dict[str, str]] | None = None


class DeeplDictionaryInfo(BaseModel):
    source_lang: Code
    target_lang: Code
    entry_count: int


class DeeplMultiGlossary(BaseModel):
    glossary_id: str
    name: str
    dictionaries: list[DeeplDictionaryInfo]
    creation_time: str


class DeeplMultiGlossaries(BaseModel):
    glossaries: list[DeeplMultiGlossary]


class DeeplEntries(BaseModel):
    source_lang: Code
    target_lang: Code
    entries: str
    entries_format: Literal["tsv"]


class DeeplMultiEntries(BaseModel):
    dictionaries: list[DeeplEntries]


def errors(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return error_responses(*statuses, model=DeeplError, meaning=_MEANING)


def body_of(model: type[BaseModel], *, form: bool = False) -> dict[str, Any]:
    """The ``openapi_extra`` of a route that reads ``model`` as JSON, or as a form too."""
    schema = {"schema": schema_of(model)}
    content = {"application/json": schema}
    if form:
        content["application/x-www-form-urlencoded"] = schema
    return {"requestBody": {"required": True, "content": content}}


def parameters(*names: str, where: str = "query", required: bool = True) -> list[dict[str, Any]]:
    """Plain string parameters of a route."""
    return [
        {"name": name, "in": where, "required": required, "schema": {"type": "string"}}
        for name in names
    ]
