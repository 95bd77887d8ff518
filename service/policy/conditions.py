"""The conditions that rules are made of, and how far each holds for one text.

Conditions answer with a ``Degree``. Nothing that a text contains makes a degree smaller: a higher score, one more
lexicon hit or one more match can only keep or raise it. So ``Not`` takes conditions about language and context only.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Protocol

from service.domain import Category, LexiconHit
from service.policy.facts import Facts, language_of
from service.policy.patterns import Pattern, PatternMatch, Searched

__all__ = [
    "HARMLESS_VIEWS", "AllOf", "AnyOf", "Case", "Condition", "ContextCondition", "CountOf", "Degree",
    "LanguageCondition", "LexiconCondition", "Not", "OpinionUse", "PatternCondition", "RuleCondition", "ScoreCondition",
    "Threshold", "walk",
]  # fmt: skip

# Views (service.text.normalize.ViewName) that only write a word another way: nobody hides one by typing full width or
# Traditional characters, or by stretching it.
HARMLESS_VIEWS = frozenset({"width", "simplified", "repeats"})


class Degree(IntEnum):
    """How far a condition holds. NEAR: within a margin, or in doubt; enough for review, never for block."""

    NO = 0
    NEAR = 1
    YES = 2


class Condition(Protocol):
    """What a rule asks of a text."""

    def judge(self, case: "Case") -> Degree: ...


@dataclass(frozen=True, slots=True)
class Threshold:
    """Where a score starts to count, for each language; None: not for that language."""

    en: float | None
    zh: float | None

    def at(self, lang: str) -> float | None:
        """For a mixed or an unknown text the stricter of the two, for one without letters None."""
        if lang == "en":
            return self.en
        if lang == "zh":
            return self.zh
        if lang == "none":
            return None
        return min((limit for limit in (self.en, self.zh) if limit is not None), default=None)


@dataclass(frozen=True, slots=True)
class OpinionUse:
    """What the scores of the translation change. All numbers are distances or scores in [0, 1].

    ``agreement``: a threshold that the translation reaches is lowered by this much. ``disagreement``: a translation
    this far below the threshold leaves only review of what asked for block. ``alone``: the translation alone asks for
    review from this score on, if it reaches the threshold too.
    """

    enabled: bool = False
    agreement: float = 0.05
    disagreement: float = 0.3
    alone: float = 0.95


@dataclass(frozen=True, slots=True)
class ScoreCondition:
    """A classifier's score of any of ``categories`` reaches the threshold; within ``margin`` below it, NEAR."""

    categories: tuple[Category, ...]
    at_least: Threshold
    margin: float = 0.0
    review_unsupported: bool = False

    def judge(self, case: "Case") -> Degree:
        limit = self.at_least.at(case.lang)
        if limit is None:
            return Degree.NO
        most = Degree.NO
        if case.opinions:
            for category in self.categories:
                most = max(most, self.judge_category(category, limit, case))
            return most
        for category in self.categories:
            score = case.scores.get(category)
            if score is None:
                if self.review_unsupported:
                    most = Degree.NEAR
            elif score >= limit:
                return Degree.YES
            elif score >= limit - self.margin:
                most = Degree.NEAR
        return most

    def judge_category(self, category: Category, limit: float, case: "Case") -> Degree:
        """How far one category's score, and the translation's if there is one, reach ``limit``."""
        score, opinion = case.scores.get(category), case.opinions.get(category)
        if opinion is not None:
            return self._judge_both(score, opinion, limit, case.use)
        if score is None:
            return Degree.NEAR if self.review_unsupported else Degree.NO
        if score >= limit:
            return Degree.YES
        return Degree.NEAR if score >= limit - self.margin else Degree.NO

    def _judge_both(
        self, score: float | None, opinion: float, limit: float, use: OpinionUse
    ) -> Degree:
        alone = opinion >= max(limit, use.alone)
        if score is None:
            return Degree.NEAR if alone else Degree.NO
        if score >= (limit - use.agreement if opinion >= limit else limit):
            return Degree.NEAR if opinion < limit - use.disagreement else Degree.YES
        return Degree.NEAR if alone or score >= limit - self.margin else Degree.NO


@dataclass(frozen=True, slots=True)
class LexiconCondition:
    """At least ``count`` lexicon hits of the categories (empty: any) and of ``min_severity`` or more.

    ``transformed``: whether hits that it took a view to see count too; with ``only`` no others do.
    """

    categories: frozenset[Category] = frozenset()
    min_severity: int = 1
    transformed: bool = True
    only_transformed: bool = False
    count: int = 1

    def judge(self, case: "Case") -> Degree:
        if not case.hits:
            return Degree.NO
        places = {(hit.start, hit.end) for hit in case.hits if self.counts(hit)}
        return Degree.YES if len(places) >= self.count else Degree.NO

    def counts(self, hit: LexiconHit) -> bool:
        if hit.severity < self.min_severity or (
            self.categories and hit.category not in self.categories
        ):
            return False
        hidden = not HARMLESS_VIEWS.issuperset(hit.views)
        return hidden if self.only_transformed else self.transformed or not hidden


@dataclass(frozen=True, slots=True)
class PatternCondition:
    """At least ``count`` matches of the patterns together."""

    patterns: tuple[Pattern, ...]
    count: int = 1

    def judge(self, case: "Case") -> Degree:
        if not case.searched:
            return Degree.NO
        found = 0
        for pattern in self.patterns:
            found += len(case.matches(pattern))
            if found >= self.count:
                return Degree.YES
        return Degree.NO


@dataclass(frozen=True, slots=True)
class LanguageCondition:
    """The text is in one of ``languages`` (see ``facts.LANGUAGES``)."""

    languages: frozenset[str]

    def judge(self, case: "Case") -> Degree:
        return Degree.YES if case.lang in self.languages else Degree.NO


@dataclass(frozen=True, slots=True)
class ContextCondition:
    """Something that the caller knows: a number within bounds, or one of some words.

    ``missing`` is the answer where the caller did not say, or did not give the number that is asked for.
    """

    key: str
    below: float | None = None
    at_least: float | None = None
    words: frozenset[str] = frozenset()
    missing: bool = False

    def judge(self, case: "Case") -> Degree:
        value = case.context.get(self.key)
        return Degree.YES if self._holds(value) else Degree.NO

    def _holds(self, value: str | None) -> bool:
        if value is None:
            return self.missing
        if self.words:
            return value in self.words
        try:
            number = float(value)
        except ValueError:
            return self.missing
        if math.isnan(number):
            return self.missing
        return (self.below is None or number < self.below) and (
            self.at_least is None or number >= self.at_least
        )


@dataclass(frozen=True, slots=True)
class RuleCondition:
    """Another rule's condition holds. That rule stands above this one: one without a degree was found not to apply."""

    rule: str

    def judge(self, case: "Case") -> Degree:
        return case.degrees.get(self.rule, Degree.NO)


@dataclass(frozen=True, slots=True)
class AllOf:
    of: tuple[Condition, ...]

    def judge(self, case: "Case") -> Degree:
        least = Degree.YES
        for condition in self.of:
            least = min(least, condition.judge(case))
            if not least:
                break
        return least


@dataclass(frozen=True, slots=True)
class AnyOf:
    of: tuple[Condition, ...]

    def judge(self, case: "Case") -> Degree:
        return max(condition.judge(case) for condition in self.of)


@dataclass(frozen=True, slots=True)
class CountOf:
    """``count`` or more of the conditions hold."""

    count: int
    of: tuple[Condition, ...]

    def judge(self, case: "Case") -> Degree:
        degrees = sorted((condition.judge(case) for condition in self.of), reverse=True)
        return degrees[self.count - 1]


@dataclass(frozen=True, slots=True)
class Not:
    """The condition does not hold. Only for language and context: no text can talk its way out of a rule."""

    of: tuple[Condition, ...]  # exactly one

    def judge(self, case: "Case") -> Degree:
        return Degree.NO if self.of[0].judge(case) else Degree.YES


_COMBINATIONS = (AllOf, AnyOf, CountOf, Not)


class Case:
    """One text while a policy is applied to it: facts made ready, and what has been found out so far."""

    __slots__ = (
        "_matches", "context", "degrees", "hits", "lang", "opinions", "scores", "searched", "use",
    )  # fmt: skip

    def __init__(
        self, use: OpinionUse, facts: Facts, searched: Searched | None, lang: str = ""
    ) -> None:
        """``searched``: the text made ready for the policy's patterns; None where none of them can match."""
        self.lang = lang or language_of(facts.lang)
        self.hits = facts.hits
        self.context = facts.context
        self.use = use
        self.degrees: dict[str, Degree] = {}
        # Only what is a number. ``opinions`` stays empty where the policy does not use them.
        self.scores = _numbers(facts.scores)
        self.opinions = _numbers(facts.opinion) if facts.opinion and use.enabled else {}
        self.searched = searched
        self._matches: dict[str, tuple[PatternMatch, ...]] = {}

    def matches(self, pattern: Pattern) -> tuple[PatternMatch, ...]:
        """Where a pattern matches; each pattern runs once."""
        found = self._matches.get(pattern.name)
        if found is None:
            found = self.searched.find(pattern) if self.searched else ()
            self._matches[pattern.name] = found
        return found


def walk(condition: Condition) -> Iterator[Condition]:
    """The condition and all that it is made of. Other rules that it names are not followed."""
    yield condition
    if isinstance(condition, _COMBINATIONS):
        for part in condition.of:
            yield from walk(part)


def _numbers(scores: Mapping[Category, float | None]) -> dict[Category, float]:
    return {
        category: score
        for category, score in scores.items()
        if score is not None and not math.isnan(score)
    }
