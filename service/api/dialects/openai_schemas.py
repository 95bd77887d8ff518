"""The OpenAI moderation API's JSON as pydantic models, for the OpenAPI description. ``x_`` fields are ours."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from service.api.moderation_schemas import (
    ActionName,
    CategoryName,
    EvidenceOut,
    ReasonOut,
    ScoreOut,
)

__all__ = ["KEYS", "OpenAiError", "OpenAiModerationsIn", "OpenAiModerationsOut"]

KEYS = (
    "harassment", "harassment/threatening", "hate", "hate/threatening", "illicit", "illicit/violent", "self-harm",
    "self-harm/intent", "self-harm/instructions", "sexual", "sexual/minors", "violence", "violence/graphic",
)  # fmt: skip

# One schema without references, because a request body has to be complete in itself.
_INPUT = {
    "anyOf": [
        {"type": "string"},
        {"type": "array", "minItems": 1, "items": {"type": "string"}},
        {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["type", "text"],
                "properties": {
                    "type": {"type": "string", "const": "text"},
                    "text": {"type": "string"},
                },
            },
        },
    ]
}


def _each(item: dict[str, Any]) -> dict[str, Any]:
    """The schema of an object that has every key of ``KEYS`` and no other."""
    return {
        "type": "object",
        "required": list(KEYS),
        "properties": dict.fromkeys(KEYS, item),
        "additionalProperties": False,
    }


class OpenAiModerationsIn(BaseModel):
    """A body of `POST /v1/moderations`. Fields that are not named here are ignored."""

    input: Annotated[object, WithJsonSchema(_INPUT)] = Field(
        description="A text, a list of texts, or a list of typed parts that make up one text. Images are refused.",
        examples=["Good morning!"],
    )
    model: str | None = Field(
        None,
        max_length=256,
        description="Any name; it is echoed. `magpie/POLICY` judges by that policy instead of the default one.",
        examples=["omni-moderation-latest"],
    )


class OpenAiFault(BaseModel):
    message: str
    type: str
    param: str | None
    code: str | None


class OpenAiError(BaseModel):
    """Every error of the OpenAI dialect."""

    error: OpenAiFault


class OpenAiResult(BaseModel):
    """The result for one input."""

    model_config = ConfigDict(extra="forbid")

    flagged: bool
    categories: Annotated[dict[str, bool], WithJsonSchema(_each({"type": "boolean"}))]
    category_scores: Annotated[
        dict[str, float],
        WithJsonSchema(_each({"type": "number", "minimum": 0, "maximum": 1})),
    ]
    category_applied_input_types: Annotated[
        dict[str, list[str]],
        WithJsonSchema(_each({"type": "array", "items": {"type": "string", "const": "text"}})),
    ]
    x_action: ActionName
    x_mode: Literal["live", "shadow"]
    x_reasons: list[ReasonOut]
    x_evidence: list[EvidenceOut]
    x_categories: dict[CategoryName, ScoreOut] = Field(
        description="The native categories with the classifier's own scores."
    )
    x_unsupported: list[str] = Field(
        description="Keys that no trained score stands behind in this language: their 0.0 means unknown, not clean."
    )
    x_language: Literal["en", "zh", "mixed", "other", "none"] = Field(
        description="What the text was judged as; `none` has no letters."
    )
    x_policy: str
    x_policy_version: str


class OpenAiModerationsOut(BaseModel):
    """One result for each text, or one for all parts."""

    model_config = ConfigDict(extra="forbid")

    id: str = Field(examples=["modr-0f3a5c9be1d24768a0b3c5d7e9f1"])
    model: str = Field(description="The name that was asked for, else the classifier's.")
    x_model: str = Field(description="The classifier that gave the scores.")
    results: list[OpenAiResult]
