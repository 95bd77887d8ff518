"""The data of a translation in progress: what is copied, what waits for the engine, what is done."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING

from models.interfaces import DecodeOptions, Segment
from service.domain import (
    Decoded,
    Detection,
    Lang,
    Note,
    Span,
    TranslationRequest,
    TranslationWarning,
)
from service.lexicon.finder import SlangFinder
from service.lexicon.names import NameFinder
from service.pipeline.guards import Problem
from service.pipeline.hashtags import Tag
from service.text.lifting import Lifted
from service.text.protect import Masked, Restored

if TYPE_CHECKING:
    from service.pipeline.context import Context

__all__ = ["Copied", "Done", "Piece", "Plan", "Rung", "Traits", "Unit"]


@dataclass(frozen=True, slots=True)
class Traits:
    """What planning must know: an engine's placeholders, its limit, how to count tokens; slang and names."""

    placeholders: tuple[str, ...]
    max_input_tokens: int
    count: Callable[[str, str], int]  # (text, "en" | "zh") -> tokens
    directions: frozenset[tuple[str, str]]
    slang: SlangFinder | None = None
    aligns: bool = False  # the engine says which words came from which
    names: NameFinder | None = None


class Rung(IntEnum):
    """How hard a segment has been tried. Each failure climbs; the last rung copies the source."""

    PLAIN = 0
    MEANT = 1  # slang that did not get across is said in the target language, for the model to copy
    MASKED = (
        2  # what the model lost: numbers, words that were in the target language, what slang means
    )
    NO_REPEAT = 3
    PENALTY = 4
    SMALLER = 5


@dataclass(frozen=True, slots=True)
class Copied:
    """Source code points ``[start, end)`` that go into the answer unchanged."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Unit:
    """Source code points ``[start, end)`` that wait for the engine."""

    start: int
    end: int
    masked: Masked
    segment: Segment
    options: DecodeOptions
    tokens: int
    rung: Rung = Rung.PLAIN
    problem: Problem | None = None  # why the first try was refused
    fallback: "Done | None" = None  # what to use when a try for something better fails
    lifted: Lifted | None = None  # marks that the model does not see, to be put back by alignment
    meant: tuple[Span, ...] = ()  # slang said in the target language, in positions of the text


@dataclass(frozen=True, slots=True)
class Done:
    """A translated stretch: its hypotheses with everything protected put back, best first."""

    start: int
    end: int
    hypotheses: tuple[Restored, ...]
    score: float | None = None  # None: not decoded
    quality: float | None = None  # estimated, 0 to 1


Piece = Copied | Unit | Done


@dataclass(frozen=True, slots=True)
class Plan:
    """One request on its way. ``pieces`` are in source order and cover the text exactly."""

    request: TranslationRequest
    source: Lang | None
    detection: Detection | None
    pieces: tuple[Piece, ...]
    warnings: tuple[TranslationWarning, ...] = ()
    notes: tuple[Note, ...] = ()
    decoded: tuple[Decoded, ...] = ()
    context: "Context | None" = field(default=None, repr=False)
    tags: tuple[Tag, ...] = ()  # hashtags that get their translation beside them

    @property
    def pending(self) -> list[Unit]:
        """What the engine is to run: the units of the text, then those of its tags."""
        units = [piece for piece in self.pieces if isinstance(piece, Unit)]
        for tag in self.tags:
            if tag.plan is not None:
                units += tag.plan.pending
        return units

    def require_context(self) -> "Context":
        if self.context is None:
            raise ValueError("a plan without units has nothing to advance")
        return self.context
