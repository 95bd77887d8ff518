"""A policy as frozen data: rules with their conditions and actions, and what becomes of what cannot be judged."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from service.domain import Action, Category
from service.policy.conditions import (
    HARMLESS_VIEWS,
    AllOf,
    AnyOf,
    Case,
    Condition,
    ContextCondition,
    CountOf,
    Degree,
    LanguageCondition,
    LexiconCondition,
    Not,
    OpinionUse,
    PatternCondition,
    RuleCondition,
    ScoreCondition,
    Threshold,
    walk,
)
from service.policy.facts import LANGUAGES
from service.policy.needs import Signals, find_signals
from service.policy.patterns import Screen

__all__ = [
    "HARMLESS_VIEWS",
    "AllOf",
    "AnyOf",
    "Case",
    "Condition",
    "ContextCondition",
    "CountOf",
    "Degree",
    "Fallback",
    "LanguageCondition",
    "LexiconCondition",
    "Not",
    "OpinionUse",
    "PatternCondition",
    "Policy",
    "Rule",
    "RuleCondition",
    "ScoreCondition",
    "Threshold",
    "walk",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fallback:
    """What a text gets that cannot be judged. Never allow."""

    unsupported_language: Action = Action.REVIEW
    classifier_unavailable: Action = Action.REVIEW
    no_score: Action = Action.REVIEW
    invalid_score: Action = Action.REVIEW
    unfinished: Action = Action.REVIEW


@dataclass(frozen=True, slots=True)
class Rule:
    """A condition and the action it asks for. A ``shadow`` rule is only recorded."""

    id: str
    action: Action
    when: Condition
    category: Category | None = None
    shadow: bool = False
    message: str = ""

    def action_for(self, degree: Degree) -> Action:
        """The rule's own action, at most review for NEAR."""
        if degree is Degree.NO:
            return Action.ALLOW
        near_block = degree is Degree.NEAR and self.action is Action.BLOCK
        return Action.REVIEW if near_block else self.action


@dataclass(frozen=True, slots=True)
class Policy:
    """A set of rules, in an order in which each names only rules before it.

    ``policy_version`` is the hash of its content: 16 hexadecimal digits. ``scored`` are
    the languages in which rules look at scores; ``signals`` say for each language which rules may apply to a text.
    """

    name: str
    policy_version: str
    mode: str  # "live" | "shadow"
    rules: tuple[Rule, ...]
    opinion: OpinionUse = field(default_factory=OpinionUse)
    fallback: Fallback = field(default_factory=Fallback)
    screen: Screen | None = None  # None: the policy has no patterns
    description: str = ""
    scored: frozenset[str] = field(init=False, repr=False, compare=False)
    by_id: Mapping[str, Rule] = field(init=False, repr=False, compare=False)
    signals: Mapping[str, Signals] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        scores = [part for part in self.parts() if isinstance(part, ScoreCondition)]
        scored = {
            lang
            for lang in LANGUAGES
            if any(score.at_least.at(lang) is not None for score in scores)
        }
        object.__setattr__(self, "scored", frozenset(scored))  # frozen, but not finished yet
        object.__setattr__(self, "by_id", {rule.id: rule for rule in self.rules})
        signals = {lang: find_signals(self.rules, lang) for lang in LANGUAGES}
        object.__setattr__(self, "signals", signals)

    def parts(self) -> Iterator[Condition]:
        """Every condition of every rule, shadow rules included."""
        for rule in self.rules:
            yield from walk(rule.when)
