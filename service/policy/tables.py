"""What a policy file may hold, as pydantic models. References between its parts are checked when it is built."""

from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
)

from service.domain import Category

__all__ = [
    "KINDS", "AllWhen", "AnyWhen", "ContextWhen", "CountWhen", "FallbackTable", "LanguageWhen", "LexiconWhen",
    "NotWhen", "OpinionTable", "PatternTable", "PatternWhen", "PolicyTable", "RuleTable", "RuleWhen", "ScoreWhen",
    "ThresholdTable", "When",
]  # fmt: skip

# The key that says what kind a condition is. Order matters only for a table that wrongly holds two of them.
KINDS = ("score", "lexicon", "pattern", "language", "context", "all", "any", "not", "of", "rule")

_ID = r"^[a-z0-9][a-z0-9_-]{0,63}$"


def _listed(value: Any) -> Any:
    """One word may stand for a list of one."""
    return [value] if isinstance(value, str) else value


def _any(value: Any) -> Any:
    """``any`` stands for all categories."""
    return list(Category) if value in ("any", ["any"]) else value


def _sides(value: Any) -> Any:
    """One number may stand for both languages."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return {"en": value, "zh": value} if number else value


def _shape(value: Any) -> str | None:
    """A threshold is a name or a table."""
    if isinstance(value, str):
        return "<name>"
    return "<table>" if isinstance(value, dict | ThresholdTable) else None


def _kind(value: Any) -> str | None:
    """Which kind of condition a table is, by the keys it has."""
    if isinstance(value, dict):
        return next((f"<{kind}>" for kind in KINDS if kind in value), None)
    fields = type(value).model_fields if isinstance(value, BaseModel) else {}
    return next((f"<{kind}>" for kind in KINDS if kind in fields or f"{kind}_" in fields), None)


class _Table(BaseModel):
    """No key that is not known, no number where a word belongs, nothing changed afterwards."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, allow_inf_nan=False, populate_by_name=True
    )


Score = Annotated[float, Field(ge=0, le=1)]
Identifier = Annotated[str, Field(pattern=_ID)]
Word = Annotated[str, Field(min_length=1, max_length=200)]
Source = Annotated[str, Field(min_length=1, max_length=4000)]  # a regular expression
Words = Annotated[list[Word], BeforeValidator(_listed), Field(min_length=1)]
Loose = Field(strict=False)  # a word of an enumeration; strict mode would ask for the member itself
Categories = Annotated[
    list[Annotated[Category, Loose]], BeforeValidator(_listed), Field(min_length=1)
]
Language = Literal["en", "zh", "mixed", "other", "none"]


class ThresholdTable(_Table):
    """A threshold for each language; one that is left out has none."""

    en: Score | None = None
    zh: Score | None = None


# A number, a table by language, or the name of a threshold as "group.level".
Threshold = Annotated[
    Annotated[ThresholdTable, Tag("<table>")] | Annotated[str, Tag("<name>")],
    Discriminator(
        _shape,
        custom_error_type="threshold",
        custom_error_message="must be a number from 0 to 1, a table such as { en = 0.9, zh = 0.8 }, "
        'or a name such as "toxicity.review"',
    ),
    BeforeValidator(_sides),
]


class ScoreWhen(_Table):
    score: Categories
    at_least: Threshold
    margin: Annotated[float, Field(ge=0, le=0.5)] = 0.0
    unsupported: Literal["ignore", "review"] = "ignore"


class LexiconWhen(_Table):
    lexicon: Annotated[Categories, BeforeValidator(_any)]
    min_severity: Annotated[int, Field(ge=1, le=3)] = 1
    transformed: bool | Literal["only"] = True
    count: Annotated[int, Field(ge=1)] = 1


class PatternWhen(_Table):
    pattern: Words
    count: Annotated[int, Field(ge=1, le=100)] = 1


class LanguageWhen(_Table):
    language: Annotated[list[Language], BeforeValidator(_listed), Field(min_length=1)]


class ContextWhen(_Table):
    context: Word
    below: float | None = None
    at_least: float | None = None
    is_: Annotated[Words | None, Field(alias="is")] = None
    missing: bool = False


class RuleWhen(_Table):
    """Another rule of the same policy, above this one."""

    rule: Word


class AllWhen(_Table):
    all_: Annotated[list["When"], Field(alias="all", min_length=1)]


class AnyWhen(_Table):
    any_: Annotated[list["When"], Field(alias="any", min_length=1)]


class NotWhen(_Table):
    not_: Annotated["When", Field(alias="not")]


class CountWhen(_Table):
    of: Annotated[list["When"], Field(min_length=1)]
    count: Annotated[int, Field(ge=1)]


When = Annotated[
    Annotated[ScoreWhen, Tag("<score>")]
    | Annotated[LexiconWhen, Tag("<lexicon>")]
    | Annotated[PatternWhen, Tag("<pattern>")]
    | Annotated[LanguageWhen, Tag("<language>")]
    | Annotated[ContextWhen, Tag("<context>")]
    | Annotated[AllWhen, Tag("<all>")]
    | Annotated[AnyWhen, Tag("<any>")]
    | Annotated[NotWhen, Tag("<not>")]
    | Annotated[CountWhen, Tag("<of>")]
    | Annotated[RuleWhen, Tag("<rule>")],
    Discriminator(
        _kind,
        custom_error_type="condition",
        custom_error_message=f"must be a condition: a table with one of the keys {', '.join(KINDS)}",
    ),
]


class PatternTable(_Table):
    """One named pattern. Written as plain text, it is ``regex`` alone."""

    regex: Annotated[list[Source], BeforeValidator(_listed), Field(min_length=1)]
    except_: Annotated[list[Source], BeforeValidator(_listed), Field(alias="except")] = []
    ignore_case: bool = True


def _pattern(value: Any) -> Any:
    return {"regex": value} if isinstance(value, str | list) else value


class RuleTable(_Table):
    """One rule."""

    id: Identifier
    action: Literal["allow", "review", "block"]
    when: When
    category: Annotated[Category, Loose] | None = None
    mode: Literal["live", "shadow"] = "live"
    message: Annotated[str, Field(max_length=200)] = ""


def _distinct(rules: list[RuleTable]) -> list[RuleTable]:
    ids = [rule.id for rule in rules]
    twice = next((rule for i, rule in enumerate(ids) if rule in ids[:i]), None)
    if twice is not None:
        raise ValueError(f'there are two rules "{twice}"')
    return rules


class OpinionTable(_Table):
    enabled: bool = False
    agreement: Annotated[float, Field(ge=0, le=0.5)] = 0.05
    disagreement: Score = 0.3
    alone: Score = 0.95


class FallbackTable(_Table):
    """What is not understood is never allowed, so that is no choice here."""

    unsupported_language: Literal["review", "block"] = "review"
    classifier_unavailable: Literal["review", "block"] = "review"
    no_score: Literal["review", "block"] = "review"
    invalid_score: Literal["review", "block"] = "review"
    unfinished: Literal["review", "block"] = "review"


class PolicyTable(_Table):
    """A whole file."""

    description: str = ""
    extends: str = ""
    mode: Literal["live", "shadow"] = "live"
    without: Annotated[list[Word], BeforeValidator(_listed)] = []
    thresholds: dict[
        Identifier, dict[Identifier, Annotated[ThresholdTable, BeforeValidator(_sides)]]
    ] = {}
    patterns: dict[Identifier, Annotated[PatternTable, BeforeValidator(_pattern)]] = {}
    opinion: OpinionTable = OpinionTable()
    fallback: FallbackTable = FallbackTable()
    rules: Annotated[list[RuleTable], Field(max_length=500), AfterValidator(_distinct)] = []
