"""From the tables of a policy file to the frozen policy: references are resolved and patterns compiled."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TypeVar, cast

from service.domain import Action, Category
from service.policy.evaluate import UNKNOWN
from service.policy.patterns import Pattern, compile_pattern, compile_screen
from service.policy.rules import (
    AllOf,
    AnyOf,
    Condition,
    ContextCondition,
    CountOf,
    Fallback,
    LanguageCondition,
    LexiconCondition,
    Not,
    OpinionUse,
    PatternCondition,
    Policy,
    Rule,
    RuleCondition,
    ScoreCondition,
    Threshold,
    walk,
)
from service.policy.tables import (
    AllWhen,
    AnyWhen,
    ContextWhen,
    CountWhen,
    LanguageWhen,
    LexiconWhen,
    NotWhen,
    PatternWhen,
    PolicyTable,
    RuleTable,
    RuleWhen,
    ScoreWhen,
    ThresholdTable,
    When,
)
from service.policy.toml_lines import Path

__all__ = ["BuildError", "build_policy"]

_MAX_DEPTH = 8
T = TypeVar("T")
_EVERY_CATEGORY = frozenset(Category)


class BuildError(ValueError):
    """Parts of a policy do not fit together. ``path`` says where; ``rule`` is the rule's id, if it is in a rule."""

    def __init__(self, path: Path, message: str, rule: str = "") -> None:
        super().__init__(message)
        self.path = path
        self.rule = rule


def build_policy(table: PolicyTable, name: str, policy_version: str) -> Policy:
    """The policy that ``table`` describes. Raises ``BuildError`` for the first thing that does not fit."""
    if not table.rules:
        raise BuildError(("rules",), "there are no rules, so that everything would be allowed")
    parts = _Parts(_thresholds(table), _patterns(table), [rule.id for rule in table.rules])
    rules = tuple(parts.rule(rule, i) for i, rule in enumerate(table.rules))
    used = {
        pattern.name: pattern
        for rule in rules
        for part in walk(rule.when)
        if isinstance(part, PatternCondition)
        for pattern in part.patterns
    }
    return Policy(
        name=name,
        policy_version=policy_version,
        mode=table.mode,
        rules=rules,
        opinion=OpinionUse(**table.opinion.model_dump()),
        fallback=Fallback(**{key: Action(word) for key, word in table.fallback}),
        screen=compile_screen(list(used.values())) if used else None,
        description=table.description,
    )


def _thresholds(table: PolicyTable) -> dict[str, Threshold]:
    found = {}
    for group, levels in table.thresholds.items():
        for level, sides in levels.items():
            found[f"{group}.{level}"] = _threshold(sides, ("thresholds", group, level))
    return found


def _threshold(sides: ThresholdTable, path: Path) -> Threshold:
    if sides.en is None and sides.zh is None:
        raise BuildError(path, "gives no threshold: needs en, zh, or both")
    return Threshold(sides.en, sides.zh)


def _patterns(table: PolicyTable) -> dict[str, Pattern]:
    found = {}
    for name, pattern in table.patterns.items():
        try:
            found[name] = compile_pattern(
                name, pattern.regex, exempt=pattern.except_, ignore_case=pattern.ignore_case
            )
        except ValueError as error:
            raise BuildError(("patterns", name), str(error)) from None
    return found


@dataclass(slots=True)
class _Parts:
    """What conditions may name: thresholds, patterns, and the rules so far."""

    thresholds: dict[str, Threshold]
    patterns: dict[str, Pattern]
    ids: list[str]
    above: set[str] = field(default_factory=set)

    def rule(self, table: RuleTable, index: int) -> Rule:
        path: Path = ("rules", index)
        try:
            if table.id in UNKNOWN:
                raise BuildError((*path, "id"), f'"{table.id}" is a name of the service itself')
            when = self.condition(table.when, (*path, "when"), 1)
        except BuildError as error:
            error.rule = table.id
            raise
        self.above.add(table.id)
        shadow = table.mode == "shadow"
        action = Action(table.action)
        return Rule(table.id, action, when, table.category, shadow, table.message)

    def condition(self, table: When, path: Path, depth: int) -> Condition:
        if depth > _MAX_DEPTH:
            raise BuildError(path, f"conditions are nested more than {_MAX_DEPTH} deep")
        match table:
            case AllWhen(all_=inner):
                return AllOf(self.conditions(inner, (*path, "all"), depth))
            case AnyWhen(any_=inner):
                return AnyOf(self.conditions(inner, (*path, "any"), depth))
            case CountWhen(of=inner, count=count):
                if count > len(inner):
                    raise BuildError((*path, "count"), f"only {len(inner)} conditions to count")
                return CountOf(count, self.conditions(inner, (*path, "of"), depth))
            case NotWhen(not_=only):
                return _negate(self.condition(only, (*path, "not"), depth + 1), path)
            case _:
                return self.leaf(table, path)

    def conditions(self, tables: Iterable[When], path: Path, depth: int) -> tuple[Condition, ...]:
        return tuple(self.condition(t, (*path, i), depth + 1) for i, t in enumerate(tables))

    def leaf(self, table: When, path: Path) -> Condition:
        match table:
            case ScoreWhen():
                limit = self.threshold(table.at_least, (*path, "at_least"))
                review = table.unsupported == "review"
                return ScoreCondition(tuple(table.score), limit, table.margin, review)
            case LexiconWhen():
                return _lexicon(table)
            case PatternWhen():
                where = (*path, "pattern")
                found = (
                    self.known(name, self.patterns, "pattern", where) for name in table.pattern
                )
                return PatternCondition(tuple(dict.fromkeys(found)), table.count)
            case LanguageWhen():
                return LanguageCondition(frozenset(table.language))
            case ContextWhen():
                return _context(table, path)
            case _:
                return self.reference(cast(RuleWhen, table).rule, (*path, "rule"))

    def threshold(self, given: ThresholdTable | str, path: Path) -> Threshold:
        if isinstance(given, str):
            return self.known(given, self.thresholds, "threshold", path)
        return _threshold(given, path)

    def reference(self, rule: str, path: Path) -> RuleCondition:
        if rule in self.ids and rule not in self.above:
            raise BuildError(path, f'"{rule}" must stand above the rule that names it')
        self.known(rule, dict.fromkeys(self.ids, ""), "rule", path)
        return RuleCondition(rule)

    def known(self, name: str, among: dict[str, T], kind: str, path: Path) -> T:
        if name in among:
            return among[name]
        close = get_close_matches(name, among, n=1)
        hint = f'; did you mean "{close[0]}"?' if close else ""
        raise BuildError(path, f'there is no {kind} "{name}"{hint}')


def _lexicon(table: LexiconWhen) -> LexiconCondition:
    asked = frozenset(table.lexicon)
    return LexiconCondition(
        categories=frozenset() if asked == _EVERY_CATEGORY else asked,
        min_severity=table.min_severity,
        transformed=table.transformed is not False,
        only_transformed=table.transformed == "only",
        count=table.count,
    )


def _context(table: ContextWhen, path: Path) -> ContextCondition:
    numbers = table.below is not None or table.at_least is not None
    if numbers == (table.is_ is not None):
        raise BuildError(path, "a context needs either a number (below, at_least) or words (is)")
    words = frozenset(table.is_ or ())
    return ContextCondition(table.context, table.below, table.at_least, words, table.missing)


def _negate(condition: Condition, path: Path) -> Not:
    """Raises for anything that the author of a text controls: more evidence must never make the action milder."""
    allowed = (LanguageCondition, ContextCondition, AllOf, AnyOf, CountOf, Not)
    if not all(isinstance(part, allowed) for part in walk(condition)):
        raise BuildError(
            (*path, "not"), "only conditions about language and context can be turned round"
        )
    return Not((condition,))
