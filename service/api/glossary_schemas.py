"""The native glossaries' JSON as pydantic models."""

from typing import Literal

from pydantic import Field

from service.api.schema_base import In, Out

__all__ = [
    "DIRECTIONS",
    "Direction",
    "GlossariesOut",
    "GlossaryIn",
    "GlossaryInfoOut",
    "GlossaryOut",
]

Direction = Literal["en-zh", "zh-en"]
DIRECTIONS: tuple[Direction, ...] = ("en-zh", "zh-en")


class GlossaryIn(In):
    """A glossary: what terms of one language are called in the other."""

    name: str = Field(min_length=1, max_length=200, examples=["Campus"])
    terms: dict[Direction, dict[str, str]] = Field(
        description="Terms by direction, at most 5000 of up to 200 code points in each.",
        examples=[{"zh-en": {"宝子": "bestie"}}],
    )


class GlossaryInfoOut(Out):
    """A glossary without its terms."""

    id: str
    name: str
    created: str = Field(examples=["2026-05-04T12:00:00Z"])
    counts: dict[Direction, int] = Field(description="Number of terms by direction.")


class GlossaryOut(GlossaryInfoOut):
    """A glossary with its terms."""

    terms: dict[Direction, dict[str, str]]


class GlossariesOut(Out):
    """Every stored glossary, the oldest first."""

    glossaries: list[GlossaryInfoOut]
