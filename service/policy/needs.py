"""What each rule of a policy cannot apply without, found once for each language: most posts then need no rule at all.

A rule that is left out here would have been judged ``NO``; one that is not left out is judged as ever. So the answer is
the same, and a post without listed words and with low scores costs one look at its scores.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Protocol

from service.domain import Category
from service.policy.conditions import (
    HARMLESS_VIEWS,
    AllOf,
    AnyOf,
    Condition,
    CountOf,
    LexiconCondition,
    PatternCondition,
    RuleCondition,
    ScoreCondition,
    walk,
)
from service.policy.facts import Facts

__all__ = ["Signals", "find_signals"]

_MOST_SEVERE = 3
_MOST_WAYS = 16  # of one condition that are told apart
_BEYOND = 2.0  # over every score


class _Named(Protocol):
    """A rule, as far as this module looks at it."""

    @property
    def id(self) -> str: ...
    @property
    def when(self) -> Condition: ...


@dataclass(frozen=True, slots=True)
class _Way:
    """What must be there together for a condition to hold in one way. The empty one asks for nothing."""

    severity: int = 0  # a listed word of this severity or more; 0: none
    hidden: bool = False  # a listed word that was written so as not to be found
    pattern: bool = False  # a match
    floors: Mapping[Category, float] | None = None  # one of these scores; None: none


class Signals:
    """In which ways the rules of a policy may apply to a text in one language. Sets of ways are bits.

    ``of_rule``: the ways of each rule; ``looking``: those of rules with a pattern somewhere in them; ``matching``:
    those that only hold where a pattern matches.
    """

    __slots__ = (
        "_floors",
        "_free",
        "_severe",
        "_unhidden",
        "every",
        "looking",
        "matching",
        "of_rule",
    )

    def __init__(self, rules: Sequence[Sequence[_Way]], patterned: Sequence[bool]) -> None:
        """The ways of each rule, none for one that never applies in this language, and whether it has a pattern."""
        ways: list[tuple[int, _Way]] = []
        masks: list[int] = []
        for found in rules:
            bits = [(1 << (len(ways) + at), way) for at, way in enumerate(found)]
            masks.append(sum(bit for bit, _ in bits))
            ways += bits
        self.of_rule = tuple(masks)
        self.every = sum(masks)
        self.looking = sum(mask for mask, has in zip(masks, patterned, strict=True) if has)
        self.matching = sum(bit for bit, way in ways if way.pattern)
        self._free = sum(bit for bit, way in ways if way.floors is None)
        self._unhidden = sum(bit for bit, way in ways if not way.hidden)
        self._severe = tuple(  # by the most severe word of a text
            sum(bit for bit, way in ways if way.severity <= most)
            for most in range(_MOST_SEVERE + 1)
        )
        # For each category its lowest floor, then every floor with its way.
        floors: dict[Category, list[tuple[float, int]]] = {category: [] for category in Category}
        for bit, way in ways:
            for category, floor in (way.floors or {}).items():
                floors[category].append((floor, bit))
        self._floors = {
            category: (min(found)[0] if found else _BEYOND, found)
            for category, found in floors.items()
        }

    def look(self, facts: Facts) -> tuple[int, bool]:
        """The ways that may hold, and whether there are scores and all of them are numbers from 0 to 1.

        Every way may where one is not. The translation's scores are not looked at.
        """
        mask, known = self._free, False
        floors = self._floors
        for category, score in facts.scores.items():
            if score is None:
                continue
            if not 0.0 <= score <= 1.0:  # NaN compares false
                return self.every, False
            known = True
            lowest, found = floors[category]
            if score >= lowest:
                for floor, bit in found:
                    if score >= floor:
                        mask |= bit
        if not facts.hits:
            return mask & self._severe[0], known
        mask &= self._severe[min(max([hit.severity for hit in facts.hits]), _MOST_SEVERE)]
        if all(HARMLESS_VIEWS.issuperset(hit.views) for hit in facts.hits):
            mask &= self._unhidden
        return mask, known


def find_signals(rules: Sequence[_Named], lang: str) -> Signals:
    """What the rules, each of which names only rules before it, need for a text in ``lang``."""
    named: dict[str, list[_Way]] = {}
    for rule in rules:
        named[rule.id] = _ways(rule.when, lang, named)
    patterned = [
        any(isinstance(one, PatternCondition) for one in walk(rule.when)) for rule in rules
    ]
    return Signals([named[rule.id] for rule in rules], patterned)


def _ways(condition: Condition, lang: str, named: Mapping[str, list[_Way]]) -> list[_Way]:
    """The ways in which a condition may hold; it never does where there are none."""
    match condition:
        case ScoreCondition():
            return _ways_of_scores(condition, lang)
        case LexiconCondition():
            severity = min(max(condition.min_severity, 1), _MOST_SEVERE)
            return [_Way(severity, hidden=condition.only_transformed)]
        case PatternCondition():
            return [_Way(pattern=True)]
        case RuleCondition():
            return named[condition.rule]
        case AllOf():
            found = [_Way()]
            for part in condition.of:
                ways = _ways(part, lang, named)
                # Too many: what is asked for without this part is asked for with it too.
                if len(ways) * len(found) <= _MOST_WAYS:
                    found = [_together(one, other) for one, other in product(found, ways)]
            return found
        case AnyOf() | CountOf():  # of several, at least one
            found = [way for part in condition.of for way in _ways(part, lang, named)]
            return found if len(found) <= _MOST_WAYS else [_Way()]
    return [_Way()]


def _ways_of_scores(condition: ScoreCondition, lang: str) -> list[_Way]:
    limit = condition.at_least.at(lang)
    if limit is None:
        return []
    if condition.review_unsupported:  # a missing score is enough for it
        return [_Way()]
    return [_Way(floors=dict.fromkeys(condition.categories, limit - condition.margin))]


def _together(one: _Way, other: _Way) -> _Way:
    """What both ask for; of the scores, of which one is enough for each, those with the higher floors."""
    floors = max(
        (way.floors for way in (one, other) if way.floors is not None),
        key=lambda found: min(found.values()),
        default=None,
    )
    return replace(
        one,
        severity=max(one.severity, other.severity),
        hidden=one.hidden or other.hidden,
        pattern=one.pattern or other.pattern,
        floors=floors,
    )
