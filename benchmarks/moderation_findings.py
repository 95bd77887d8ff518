"""What was found about the default policy, before it becomes a document."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from service.domain import Action, Verdict

__all__ = ["Findings", "OpinionResult", "Outcome"]


@dataclass
class Outcome:
    """Actions on positives and on negatives of one set, and the rules that flagged negatives."""

    positive: Counter[Action] = field(default_factory=Counter)
    negative: Counter[Action] = field(default_factory=Counter)
    rules: Counter[str] = field(default_factory=Counter)

    def add(self, wanted: bool, verdict: Verdict) -> None:
        (self.positive if wanted else self.negative)[verdict.action] += 1
        if not wanted:
            self.rules.update({reason.rule for reason in verdict.reasons})

    def merge(self, other: "Outcome") -> None:
        self.positive += other.positive
        self.negative += other.negative
        self.rules += other.rules


@dataclass(frozen=True)
class OpinionResult:
    """One set with the second opinion off and on: (true positives, false positives) of each, and agreement."""

    rows: int
    positive: int
    off: tuple[int, int]
    on: tuple[int, int]
    same: int  # verdicts with the same action
    scored: int  # texts whose translation could be scored


@dataclass
class Findings:
    """Everything the document is made of."""

    model: str
    policy: str
    sets: dict[str, Outcome] = field(default_factory=dict)
    kinds: dict[str, Outcome] = field(default_factory=dict)  # ChineseHarm by kind of harm
    cloaks: dict[str, tuple[int, float, float]] = field(default_factory=dict)  # posts, recall, base
    fairness: dict[str, dict[str, Outcome]] = field(default_factory=dict)  # language -> term
    pairs: list[tuple[str, str]] = field(default_factory=list)
    functions: dict[str, tuple[int, int]] = field(default_factory=dict)  # HateCheck: rows, right
    opinions: dict[str, OpinionResult] = field(default_factory=dict)
    cases: int = 0
    failures: list[tuple[dict[str, Any], Verdict]] = field(default_factory=list)
