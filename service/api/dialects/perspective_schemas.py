"""The Perspective API's JSON as pydantic models: bodies are read with them, answers only described. ``x_`` is ours."""

from typing import Any, Literal

from pydantic import AliasGenerator, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel
from pydantic.aliases import AliasChoices

from service.api.moderation_schemas import ActionName, CategoryName

__all__ = [
    "AnalyzeIn",
    "AnalyzeOut",
    "AttributeParameters",
    "FeedbackIn",
    "FeedbackOut",
    "PerspectiveError",
    "body_schema",
]  # fmt: skip

ScoreType = Literal["SCORE_TYPE_UNSPECIFIED", "PROBABILITY", "STD_DEV_SCORE", "PERCENTILE", "RAW"]
TextType = Literal["TEXT_TYPE_UNSPECIFIED", "PLAIN_TEXT", "HTML"]


def _names(field: str) -> AliasChoices:
    """Google's JSON takes a field's name in camel case and in snake case; null is the same as nothing."""
    return AliasChoices(to_camel(field), field)


class _Read(BaseModel):
    """A part of a request. Unknown fields are errors, as with Google."""

    model_config = ConfigDict(
        extra="forbid", strict=True, alias_generator=AliasGenerator(validation_alias=_names)
    )


class TextEntry(_Read):
    text: str | None = None
    type: TextType | None = None


class AttributeParameters(_Read):
    score_type: ScoreType | None = None
    score_threshold: float | None = None


class ArticleAndParentComment(_Read):
    article: TextEntry | None = None
    parent_comment: TextEntry | None = None


class Context(_Read):
    entries: list[TextEntry] | None = None
    article_and_parent_comment: ArticleAndParentComment | None = None


class ScoreIn(_Read):
    value: float | None = None
    type: ScoreType | None = None


class SpanScoreIn(_Read):
    begin: int | None = None
    end: int | None = None
    score: ScoreIn | None = None


class AttributeScoresIn(_Read):
    summary_score: ScoreIn | None = None
    span_scores: list[SpanScoreIn] | None = None


class _CommentIn(_Read):
    """What both methods take. `context`, `sessionId` and `communityId` are read and change nothing."""

    comment: TextEntry | None = None
    context: Context | None = None
    languages: list[str] | None = None
    client_token: str | None = None
    session_id: str | None = None
    community_id: str | None = None


class AnalyzeIn(_CommentIn):
    """A body of `POST /v1alpha1/comments:analyze`. Nothing is ever stored, whatever `doNotStore` says."""

    requested_attributes: dict[str, AttributeParameters | None] | None = None
    span_annotations: bool | None = None
    do_not_store: bool | None = None
    drop_unsupported_attributes: bool | None = None


class FeedbackIn(_CommentIn):
    """A body of `POST /v1alpha1/comments:suggestscore`."""

    attribute_scores: dict[str, AttributeScoresIn | None] | None = None


class Score(BaseModel):
    value: float = Field(ge=0, le=1)
    type: Literal["PROBABILITY"]


class SpanScore(BaseModel):
    begin: int = Field(description="UTF-16 code units.")
    end: int = Field(description="UTF-16 code units, exclusive.")
    score: Score


class AttributeScores(BaseModel):
    spanScores: list[SpanScore] | None = None
    summaryScore: Score | None = None
    x_supported: bool = Field(
        description="Whether the classifier was trained for this attribute in this language."
    )
    x_source: Literal["classifier", "bound", "lexicon", "none"] = Field(
        description="Where the summary comes from: the attribute's own score, the score of TOXICITY as an upper bound, "
        "a listed word, or nothing (a text without letters)."
    )


class PerspectiveEvidence(BaseModel):
    begin: int = Field(description="UTF-16 code units.")
    end: int = Field(description="UTF-16 code units, exclusive.")
    rule: str
    category: CategoryName | None


class AnalyzeOut(BaseModel):
    """As with Google, a field that would be empty is left out."""

    model_config = ConfigDict(extra="forbid")

    attributeScores: dict[str, AttributeScores] | None = None
    languages: list[str]
    detectedLanguages: list[str]
    clientToken: str | None = None
    x_action: ActionName
    x_evidence: list[PerspectiveEvidence]
    x_unsupported: list[str] = Field(
        description="Attributes that were asked for and are not served; no number is made up for them."
    )
    x_model: str
    x_policy_version: str


class FeedbackOut(BaseModel):
    model_config = ConfigDict(extra="forbid")

    clientToken: str | None = None
    detectedLanguages: list[str]
    requestedLanguages: list[str] | None = None


class PerspectiveFault(BaseModel):
    code: int
    message: str
    status: str
    details: list[dict[str, Any]] | None = None


class PerspectiveError(BaseModel):
    """Every error of the Perspective dialect."""

    error: PerspectiveFault


def body_schema(model: type[BaseModel]) -> dict[str, Any]:
    """The JSON schema of ``model`` without references, because a request body has to be complete in itself."""
    schema = model.model_json_schema()
    definitions = schema.pop("$defs", {})

    def inline(node: Any) -> Any:
        if isinstance(node, dict):
            if "$ref" in node:
                return inline(definitions[node["$ref"].rpartition("/")[2]])
            return {name: inline(inner) for name, inner in node.items()}
        return [inline(inner) for inner in node] if isinstance(node, list) else node

    complete: dict[str, Any] = inline(schema)
    return complete
