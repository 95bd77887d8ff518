"""Ask a policy about earlier decisions: what would change?"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from service.domain import Action, Category, Reason
from service.policy.decisions import Recorded
from service.policy.evaluate import evaluate
from service.policy.rules import (
    ContextCondition,
    LexiconCondition,
    PatternCondition,
    Policy,
)

__all__ = ["Outcome", "Report", "change_row", "needs", "replay"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """One decision, as it was and as the new policy has it. ``gaps`` names facts that it asks for and were not kept."""

    recorded: Recorded
    action: Action
    reasons: tuple[Reason, ...]
    shadow: tuple[Reason, ...]
    gaps: frozenset[str]

    @property
    def changed(self) -> bool:
        return self.action is not self.recorded.action


@dataclass(slots=True)
class Report:
    """Counts over many outcomes."""

    total: int = 0
    changed: int = 0
    actions: Counter[tuple[Action, Action]] = field(default_factory=Counter)  # (old, new)
    languages: Counter[tuple[str, Action, Action]] = field(default_factory=Counter)
    rules: Counter[str] = field(default_factory=Counter)  # decisions in which a rule applies
    rules_changed: Counter[str] = field(default_factory=Counter)  # ... and the action is another
    shadow: Counter[str] = field(default_factory=Counter)  # shadow rules that would apply
    gaps: Counter[str] = field(default_factory=Counter)

    def add(self, outcome: Outcome) -> None:
        old, new = outcome.recorded.action, outcome.action
        self.total += 1
        self.changed += outcome.changed
        self.actions[old, new] += 1
        self.languages[outcome.recorded.facts.lang, old, new] += 1
        self.gaps.update(outcome.gaps)
        self.shadow.update({reason.rule for reason in outcome.shadow})
        rules = {reason.rule for reason in outcome.reasons}
        self.rules.update(rules)
        if outcome.changed:
            self.rules_changed.update(rules)

    def as_json(self) -> dict[str, Any]:
        """The counts as plain data."""
        languages: dict[str, dict[str, int]] = {}
        for (lang, old, new), count in sorted(self.languages.items()):
            languages.setdefault(lang, {})[f"{old} -> {new}"] = count
        return {
            "decisions": self.total,
            "changed": self.changed,
            "actions": {f"{old} -> {new}": n for (old, new), n in sorted(self.actions.items())},
            "languages": languages,
            "rules": {
                rule: {"applies": count, "changed": self.rules_changed[rule]}
                for rule, count in self.rules.most_common()
            },
            "shadow": dict(self.shadow.most_common()),
            "not_replayable": dict(sorted(self.gaps.items())),
        }


def replay(policy: Policy, decisions: Iterable[Recorded]) -> Iterator[Outcome]:
    """What ``policy`` says about each earlier decision, in order."""
    asked = needs(policy)
    for recorded in decisions:
        decision = evaluate(policy, recorded.facts)
        gaps = asked & recorded.missing
        yield Outcome(recorded, decision.action, decision.reasons, decision.shadow, gaps)


def needs(policy: Policy) -> frozenset[str]:
    """The facts beyond scores and language that the policy's rules look at: ``text``, ``hits``, ``context``."""
    kinds = {PatternCondition: "text", LexiconCondition: "hits", ContextCondition: "context"}
    return frozenset(kinds[type(part)] for part in policy.parts() if type(part) in kinds)


def change_row(outcome: Outcome) -> dict[str, Any]:
    """A changed decision as plain data for one JSON line. Holds no text."""
    return {
        "line": outcome.recorded.line,
        "id": outcome.recorded.id,
        "language": outcome.recorded.facts.lang,
        "old": outcome.recorded.action.value,
        "new": outcome.action.value,
        "reasons": [
            {
                "rule": reason.rule,
                "action": reason.action.value,
                "category": reason.category and Category(reason.category).value,
                "score": reason.score,
                "threshold": reason.threshold,
            }
            for reason in outcome.reasons
        ],
        "not_replayable": sorted(outcome.gaps),
    }
