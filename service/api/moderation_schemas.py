"""The moderation routes' JSON as pydantic models; see ``schemas`` for what they are used for."""

from typing import Annotated, Literal

from pydantic import Field

from service.api.schema_base import DetectionOut, In, Offsets, Out, Texts, WarningOut

__all__ = ["BothSidesOut", "ModerateIn", "ModerateOut", "PoliciesOut", "VerdictOut"]

_MAX_CONTEXT = 32

ActionName = Literal["allow", "review", "block"]
CategoryName = Literal[
    "toxicity", "severe_toxicity", "insult", "threat", "identity_attack", "profanity", "sexual", "self_harm",
    "violence", "spam",
]  # fmt: skip
Score = Annotated[float, Field(ge=0, le=1)]
ContextValue = Annotated[str, Field(max_length=200)]


class ModerateIn(In):
    """Texts to judge, and how."""

    text: Texts
    lang: str = Field(
        "auto",
        description="Language of the texts, or `auto`. It is detected all the same: a text that is not in the language "
        "named here is judged as one in both.",
        examples=["auto"],
    )
    policy: str = Field(
        "",
        description="Name of the policy to judge by (see `GET /v1/policies`); empty means the default one.",
        examples=["default"],
    )
    second_opinion: bool | None = Field(
        None, description="Score the translation too. Null means what the server is set to."
    )
    translate_to: str | None = Field(
        None,
        description="Also give each text in this language, with the evidence where it stands there.",
        examples=["en"],
    )
    explain: bool = Field(
        True, description="Find the characters behind a classifier's score, where a policy objects."
    )
    decode: bool = Field(
        False, description="Judge what number codes, Morse, base64 and the like say, too."
    )
    context: dict[str, ContextValue] = Field(
        default_factory=dict,
        max_length=_MAX_CONTEXT,
        description="What the policy may ask for about author and place; numbers are written as strings.",
        examples=[{"account_age_days": "3"}],
    )


class ScoreOut(Out):
    """How sure the classifier is of one category."""

    score: Score | None = Field(description="A calibrated probability; null where there is none.")
    supported: bool = Field(
        description="Whether the classifier was trained for this category in this language."
    )


class EvidenceOut(Out):
    """Which characters say so, and by which rule."""

    span: Offsets
    utf16: Offsets = Field(
        description="The same in UTF-16 code units, as JavaScript and Java count."
    )
    rule: str = Field(examples=["lexicon:en/insult#12", "classifier:threat", "pattern:links"])
    category: CategoryName | None
    views: list[str] = Field(
        description="How the text had to be read to see a listed term; empty for one that is written plainly.",
        examples=[["width", "leet"]],
    )
    severity: int = Field(ge=0, description="Of a listed term, 1 to 3; otherwise 0.")
    weight: float | None = Field(
        description="How far the classifier's score falls without these characters."
    )
    note: str = Field(description="`approximate` where the place in a translation is a guess.")


class ReasonOut(Out):
    """One rule that asked for more than `allow`."""

    action: ActionName
    rule: str = Field(examples=["threat", "unsupported_language"])
    category: CategoryName | None
    score: float | None
    threshold: float | None = Field(description="What the score was held against.")
    message: str


class ReadingOut(Out):
    """The text in the language that was asked for."""

    text: str
    target_lang: Literal["en", "zh-Hans", "zh-Hant"]
    evidence: list[EvidenceOut] = Field(
        description="The evidence, where it stands in this translation."
    )
    warnings: list[WarningOut]


class VerdictOut(Out):
    """What the policy says about one text, and why."""

    action: ActionName
    flagged: bool = Field(description="Whether the action is more than `allow`.")
    mode: Literal["live", "shadow"] = Field(
        description="`shadow`: the policy is on trial, so only record the action."
    )
    categories: dict[CategoryName, ScoreOut]
    evidence: list[EvidenceOut]
    reasons: list[ReasonOut] = Field(description="Strictest first.")
    language: Literal["en", "zh", "mixed", "other", "none"] = Field(
        description="What the text was judged as; `none` has no letters."
    )
    detection: DetectionOut
    policy: str
    policy_version: str = Field(description="Hash of the policy's content.")
    model: str = Field(description="Id of the classifier.")
    opinion: dict[CategoryName, Score | None] | None = Field(
        description="Scores of the translation; null without a second opinion."
    )
    translation: ReadingOut | None = Field(description="Null unless `translate_to` was given.")
    warnings: list[str] = Field(
        description="What could not be done.", examples=[["opinion_failed"]]
    )


class ModerateOut(Out):
    """One verdict for each text, in order."""

    verdicts: list[VerdictOut]
    model: str = Field(description="Id of the classifier.")
    lexicon_version: str = Field(description="Hash of the listed terms.")


class BothSidesOut(Out):
    """Verdicts on a text and on its translation."""

    source: VerdictOut
    target: VerdictOut
    added_toxicity: Literal["none", "avoided", "kept"] = Field(
        description="`avoided`: the best translation was toxic where the source is not, and another one was used. "
        "`kept`: there was no other one."
    )


class PolicyRuleOut(Out):
    """One rule of a policy."""

    id: str
    action: ActionName
    category: CategoryName | None
    shadow: bool = Field(description="The rule is on trial: it is evaluated and changes nothing.")
    message: str


class PolicyOut(Out):
    """A loaded policy."""

    name: str
    policy_version: str
    mode: Literal["live", "shadow"]
    default: bool = Field(description="Whether it is used where a request names none.")
    description: str
    rules: list[PolicyRuleOut]


class PoliciesOut(Out):
    policies: list[PolicyOut]
