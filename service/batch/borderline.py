"""A small sample of rows whose score is close to a limit of the policy: where a person's look teaches most.

Which rows are taken depends on their content alone, so that two runs over the same rows show the same ones.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from service.batch.columns import SEPARATOR, Answers
from service.batch.rows import Fields, Rows
from service.domain import Action
from service.policy.rules import AnyOf, Condition, Policy, ScoreCondition

__all__ = [
    "MARGIN",
    "PER_GROUP",
    "Limit",
    "Sample",
    "find_borderline",
    "limits_of",
    "merge_samples",
]

Floats: TypeAlias = npt.NDArray[np.float64]

MARGIN = 0.05  # of a score, on either side of a limit
PER_GROUP = 5  # rows of each language and side
_EVIDENCE_CHARS = 200
_CONTEXT_CHARS = 140  # on each side of the evidence
_LANGUAGES = ("en", "zh", "mixed")  # those that have scores


@dataclass(frozen=True, slots=True)
class Limit:
    """From which score of a category on a rule asks for ``action``, in texts of one language."""

    category: str
    language: str
    at_least: float
    action: str


@dataclass(slots=True)
class Sample:
    """One row. ``before + evidence + after`` is a stretch of the text; all of it is user text."""

    key: str  # a hash of the row; the lowest ones are kept
    row: str  # its id, or "file:line"
    language: str
    action: str
    category: str
    score: float
    limit: float
    limit_action: str
    rule: str  # what found the top evidence
    views: str
    before: str
    evidence: str
    after: str
    translation: str = ""


def limits_of(policy: Policy) -> tuple[Limit, ...]:
    """The limits that alone decide something: of rules that are not in shadow mode and ask for review or block."""
    found: dict[Limit, None] = {}
    for rule in policy.rules:
        if rule.shadow or rule.action is Action.ALLOW:
            continue
        for condition in _deciding(rule.when):
            for language in _LANGUAGES:
                at_least = condition.at_least.at(language)
                if at_least is None:
                    continue
                for category in condition.categories:
                    found[Limit(category.value, language, at_least, rule.action.value)] = None
    return tuple(found)


def find_borderline(
    limits: Sequence[Limit],
    rows: Rows,
    fields: Fields,
    answers: Answers,
    scores: Mapping[str, Floats],
) -> dict[str, list[Sample]]:
    """Up to ``PER_GROUP`` rows for each language and side (``en above``, ``en below``)."""
    if not limits:
        return {}
    distance, which = _nearest(limits, answers["language"], scores)
    close = np.flatnonzero(distance <= MARGIN)
    if not close.size:
        return {}
    columns = [rows.payload.column(name) for name in fields.text]
    groups: dict[str, list[tuple[str, int]]] = {}
    for at in close.tolist():
        limit = limits[which[at]]
        side = "above" if scores[limit.category][at] >= limit.at_least else "below"
        group = groups.setdefault(f"{limit.language} {side}", [])
        group.append((_key(column[at] for column in columns), at))
    ids = None if fields.id is None else rows.payload.column(fields.id)
    found: dict[str, list[Sample]] = {}
    for name, group in groups.items():
        for key, at in _lowest(group):
            limit = limits[which[at]]
            score = float(scores[limit.category][at])
            row = "{}:{}".format(*rows.origins[at]) if ids is None else str(ids[at])
            texts = [column[at] or "" for column in columns]
            found.setdefault(name, []).append(
                _sample(key, row, limit, score, texts, fields, answers, at)
            )
    return found


def merge_samples(total: dict[str, list[Sample]], more: Mapping[str, list[Sample]]) -> None:
    """Keep the ``PER_GROUP`` lowest keys of both, in ``total``."""
    for name, group in more.items():
        both = {one.key: one for one in [*total.get(name, ()), *group]}
        total[name] = [both[key] for key in sorted(both)[:PER_GROUP]]


def _deciding(condition: Condition) -> Iterator[ScoreCondition]:
    if isinstance(condition, ScoreCondition):
        yield condition
    elif isinstance(condition, AnyOf):
        for part in condition.of:
            yield from _deciding(part)


def _nearest(
    limits: Sequence[Limit], languages: Sequence[str], scores: Mapping[str, Floats]
) -> "tuple[Floats, npt.NDArray[np.int64]]":
    """How far each row is from its closest limit, and which that is."""
    spoken = np.array(languages)
    distance = np.full(len(spoken), np.inf)
    which = np.zeros(len(spoken), np.int64)
    for number, limit in enumerate(limits):
        score = scores.get(limit.category)
        if score is None:
            continue
        away = np.where(spoken == limit.language, np.abs(score - limit.at_least), np.inf)
        nearer = away < distance  # never for NaN
        distance[nearer] = away[nearer]
        which[nearer] = number
    return distance, which


def _lowest(group: Sequence[tuple[str, int]]) -> list[tuple[str, int]]:
    """The first of those with different texts, by key."""
    return sorted({key: (key, at) for key, at in reversed(group)}.values())[:PER_GROUP]


def _key(texts: Iterator[str | None]) -> str:
    joined = SEPARATOR.join(text or "" for text in texts)
    return hashlib.blake2b(joined.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def _sample(
    key: str,
    row: str,
    limit: Limit,
    score: float,
    texts: Sequence[str],
    fields: Fields,
    answers: Answers,
    at: int,
) -> Sample:
    start = end = 0
    if answers["evidence_rule"][at]:
        column = fields.text.index(answers["evidence_column"][at])
        offset = sum(len(text) + len(SEPARATOR) for text in texts[:column])
        start = offset + answers["evidence_start"][at]
        end = offset + answers["evidence_end"][at]
    end = min(end, start + _EVIDENCE_CHARS)
    text = SEPARATOR.join(texts)
    first, last = max(0, start - _CONTEXT_CHARS), end + _CONTEXT_CHARS
    return Sample(
        key=key,
        row=row,
        language=limit.language,
        action=answers["action"][at],
        category=limit.category,
        score=score,
        limit=limit.at_least,
        limit_action=limit.action,
        rule=answers["evidence_rule"][at] or "",
        views=answers["evidence_views"][at] or "",
        before=("…" if first else "") + text[first:start],
        evidence=text[start:end],
        after=text[end:last] + ("…" if last < len(text) else ""),
        translation=(answers["translation"][at] or "") if "translation" in answers else "",
    )
