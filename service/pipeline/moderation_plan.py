"""The data of a moderation in progress: what waits for the classifier or the translator, and what is known already."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType
from typing import Protocol

from models.interfaces import ClassifierInfo, Scores
from service.domain import (
    Category,
    Detection,
    Lang,
    LexiconHit,
    ModerationRequest,
    ModerationWarning,
    Translation,
    TranslationRequest,
)
from service.errors import InvalidRequest
from service.policy.facts import Decision
from service.policy.matcher import Found
from service.policy.rules import Policy

__all__ = [
    "NO_SCORES", "Ask", "ModerationPlan", "ModerationSetup", "Probe", "Range", "ScoreMap",
    "Stage", "TermFinder",
]  # fmt: skip

Range = tuple[int, int]  # code points [start, end)
ScoreMap = Mapping[Category, float | None]

NO_SCORES: ScoreMap = MappingProxyType(dict.fromkeys(Category))


class TermFinder(Protocol):
    """What finds listed words; satisfied by ``service.policy.matcher.Matcher``."""

    def search(self, text: str) -> Found: ...


class Stage(Enum):
    """What a plan waits for: the scores of the text, those of its translation, those without a chunk, nothing."""

    SCORES = 1
    OPINION = 2
    PROBES = 3
    DONE = 4


@dataclass(frozen=True, slots=True)
class Ask:
    """One text for the classifier; ``lang`` is ``en``, ``zh`` or ``mixed``."""

    text: str
    lang: str


@dataclass(frozen=True, slots=True)
class Probe:
    """The search for the characters behind scores: a window of the text, without one of its chunks at a time."""

    window: Range
    chunks: tuple[Range, ...]
    full: Mapping[Category, float]  # the window's own scores, of the categories to explain
    pictured: bool = False  # the window was scored with its emoji as words


@dataclass(frozen=True, slots=True)
class ModerationSetup:
    """What judging needs besides the text: word lists, policies, and what the classifier can do."""

    matcher: TermFinder
    policies: Mapping[str, Policy]
    default_policy: str
    info: ClassifierInfo
    second_opinion: bool = False
    lexicon_version: str = ""
    columns: tuple[Category, ...] = field(init=False)  # the classifier's categories
    complete: bool = field(init=False)  # these are all there are, in their order

    def __post_init__(self) -> None:
        if self.default_policy not in self.policies:
            raise ValueError("the default policy is not among the policies")
        columns = tuple(Category(name) for name in self.info.categories)
        object.__setattr__(self, "columns", columns)
        object.__setattr__(self, "complete", columns == tuple(Category))

    def policy(self, name: str) -> Policy:
        """The policy of this name, or the default for an empty one. Raises ``InvalidRequest`` for an unknown one."""
        policy = self.policies.get(name or self.default_policy)
        if policy is None:
            raise InvalidRequest("policy: no policy of this name is loaded.", field="policy")
        return policy


@dataclass(frozen=True, slots=True)
class ModerationPlan:
    """One text on its way to a verdict. A driver runs ``asks`` and ``translations`` and hands the answers back."""

    request: ModerationRequest
    policy: Policy
    detection: Detection
    lang: str  # "en" | "zh" | "mixed" | "other" | "none"
    hits: tuple[LexiconHit, ...]
    stage: Stage
    asks: tuple[Ask, ...] = ()
    translations: tuple[TranslationRequest, ...] = ()
    opinion_lang: Lang | None = None  # the language of the translation that is scored too
    windows: tuple[Range, ...] = ()  # what the classifier reads in one piece
    rows: tuple[Scores | None, ...] = ()  # what it said of each window
    scores: ScoreMap = field(default_factory=lambda: NO_SCORES)  # the highest of all windows
    opinion: ScoreMap | None = None
    reading: Translation | None = None  # the text in the language that the request asked for
    decision: Decision | None = None
    probes: tuple[Probe, ...] = ()
    warnings: tuple[ModerationWarning, ...] = ()
    pictured: int = 0  # windows, the last ones, that are read with emoji as words
    alone: int = 0  # windows, the ones before these, of one sentence each: only a high score of theirs counts
    disguises: frozenset[str] = frozenset()  # views that changed something in the text

    @property
    def pending(self) -> bool:
        return self.stage is not Stage.DONE

    def settle(
        self,
        decision: Decision,
        rows: tuple[Scores | None, ...],
        scores: ScoreMap,
        *,
        asks: tuple[Ask, ...] = (),
        probes: tuple[Probe, ...] = (),
    ) -> "ModerationPlan":
        """The plan with its decision, and the questions about characters that are left; ``replace`` would be slow."""
        return ModerationPlan(
            self.request,
            self.policy,
            self.detection,
            self.lang,
            self.hits,
            Stage.PROBES if probes else Stage.DONE,
            asks,
            (),
            self.opinion_lang,
            self.windows,
            rows,
            scores,
            self.opinion,
            self.reading,
            decision,
            probes,
            self.warnings,
            self.pictured,
            self.alone,
            self.disguises,
        )
