"""What the native API's schemas are made of: strict bodies in, closed objects out, and parts that answers share."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["DetectionOut", "In", "Offsets", "Out", "Texts", "WarningOut"]

Offsets = Annotated[
    tuple[int, int],
    Field(description="Start and end (exclusive) in code points.", examples=[[0, 5]]),
]
Texts = Annotated[
    str | list[str],
    Field(
        description="A text, or a list of texts that are handled independently and in order.",
        examples=["Good morning! ☀️ See you at 5 pm."],
    ),
]


class In(BaseModel):
    """A request body: unknown fields and wrong types are errors, never ignored or coerced."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Out(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DetectionOut(Out):
    """Which language a text is in."""

    lang: Literal["en", "zh-Hans", "zh-Hant"] | None = Field(
        description="Null where the text is neither English nor Chinese."
    )
    confidence: float = Field(ge=0, le=1)
    mixed: bool = Field(description="A good part of the letters is in the other language.")
    reason: str = Field(
        description="Why `lang` is null: `empty`, `no_letters`, `unknown_script` or `other_language`; `cantonese` for "
        "Chinese that is written as Cantonese; otherwise empty."
    )


class WarningOut(Out):
    """Something that could not be done, or was done differently from what was asked."""

    code: str = Field(examples=["already_in_target"])
    message: str
    reason: str
    span: Offsets = Field(description="The part of the source it concerns.")
