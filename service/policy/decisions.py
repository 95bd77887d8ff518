"""Decisions as JSON lines: what a policy was told and what it said, so that another policy can be asked later.

No text is needed and none is written unless asked for. Verdicts of ``POST /v1/moderate`` are read too; they hold the
lexicon hits that counted, not all.
"""

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from service.domain import Action, Category, LexiconHit, ModerationWarning
from service.policy.facts import Decision, Facts, language_of

__all__ = ["DecisionError", "Recorded", "read_decisions", "record"]

_NAMES = {category.value: category for category in Category}
_UNFINISHED = frozenset(
    {ModerationWarning.MATCHES_LIMITED.value, ModerationWarning.CODES_LIMITED.value}
)


class DecisionError(ValueError):
    """A line that is no decision. Its text names the line and keys, never what is in them."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(f"line {line}: {message}")
        self.line = line


@dataclass(frozen=True, slots=True)
class Recorded:
    """An earlier decision. ``missing`` names the facts that were not kept: ``text``, ``hits``, ``context``."""

    line: int
    id: str
    action: Action
    facts: Facts
    missing: frozenset[str] = frozenset()


def record(
    facts: Facts, decision: Decision, *, policy_version: str, id: str = "", with_text: bool = False
) -> dict[str, Any]:
    """A decision as plain data for one JSON line; ``read_decisions`` reads it back."""
    row: dict[str, Any] = {"id": id} if id else {}
    row |= {
        "action": decision.action.value,
        "language": facts.lang,
        "scores": {c.value: _plain(score) for c, score in facts.scores.items()},
        "hits": [_hit_row(hit) for hit in facts.hits],
        "policy_version": policy_version,
        "rules": [reason.rule for reason in decision.reasons],
    }
    if facts.opinion is not None:
        row["opinion"] = {c.value: _plain(score) for c, score in facts.opinion.items()}
    if not facts.classifier_ok:
        row["classifier_ok"] = False
    if not facts.complete:
        row["complete"] = False
    if facts.context:
        row["context"] = dict(facts.context)
    if with_text:
        row["text"] = facts.text
    return row


def read_decisions(lines: Iterable[str]) -> Iterator[Recorded | DecisionError]:
    """Earlier decisions, one a line; a line that is none comes as its error. Blank lines are skipped."""
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            yield DecisionError(number, "not valid JSON")
            continue
        try:
            yield _recorded(row, number)
        except DecisionError as error:
            yield error
        except (TypeError, ValueError, OverflowError):
            yield DecisionError(number, "a value is of the wrong kind")


def _recorded(row: Any, line: int) -> Recorded:
    if not isinstance(row, Mapping):
        raise DecisionError(line, "not a JSON object")
    action, lang, text = row.get("action"), row.get("language", row.get("lang")), row.get("text")
    if action not in tuple(Action):
        raise DecisionError(line, "action is not allow, review or block")
    if not isinstance(lang, str):
        raise DecisionError(line, "no language")
    context = row.get("context")
    known = {"text": isinstance(text, str), "hits": "hits" in row, "context": context is not None}
    warnings = row.get("warnings") or ()
    failed = "classifier_failed" in warnings
    finished = not any(one in _UNFINISHED for one in warnings)
    return Recorded(
        line,
        str(row.get("id", "")),
        Action(action),
        Facts(
            text if isinstance(text, str) else "",
            language_of(lang),
            _scores(row, line),
            tuple(_hits(row, line)),
            _score_map(row["opinion"], "opinion", line) if row.get("opinion") else None,
            row.get("classifier_ok", not failed) is True,
            {str(key): str(value) for key, value in _table(context or {}, "context", line).items()},
            row.get("complete", finished) is True,
        ),
        frozenset(name for name, there in known.items() if not there),
    )


def _scores(row: Mapping[str, Any], line: int) -> dict[Category, float | None]:
    if "scores" in row:
        return _score_map(row["scores"], "scores", line)
    answered = _table(row.get("categories", None), "scores", line)
    inner = {name: _table(one, "categories", line).get("score") for name, one in answered.items()}
    return _score_map(inner, "categories", line)


def _score_map(given: Any, key: str, line: int) -> dict[Category, float | None]:
    found: dict[Category, float | None] = {}
    for name, score in _table(given, key, line).items():
        if name in _NAMES:
            if isinstance(score, bool):
                raise DecisionError(line, f"a score in {key} is not a number")
            found[_NAMES[name]] = None if score is None else float(score)
    return found


def _hits(row: Mapping[str, Any], line: int) -> Iterator[LexiconHit]:
    """From ``hits``, or from the lexicon evidence of a verdict."""
    rows = row.get("hits", row.get("evidence", ()))
    if not isinstance(rows, Sequence) or isinstance(rows, str):
        raise DecisionError(line, "hits are not a list")
    for one in rows:
        hit = _table(one, "hits", line)
        rule = str(hit.get("rule", "lexicon:"))
        if not rule.startswith("lexicon:"):
            continue
        term_id = str(hit.get("term_id", rule.removeprefix("lexicon:")))
        start, end = hit.get("span") or (hit.get("start", 0), hit.get("end", 0))
        category = _NAMES.get(hit.get("category", ""))
        if category is None:
            raise DecisionError(line, "a hit has no category")
        lang, views = term_id.partition("/")[0], tuple(map(str, hit.get("views", ())))
        severity = int(hit.get("severity", 0))
        yield LexiconHit(int(start), int(end), term_id, "", lang, category, severity, views)


def _hit_row(hit: LexiconHit) -> dict[str, Any]:
    return {
        "term_id": hit.term_id,
        "category": hit.category.value,
        "severity": hit.severity,
        "views": list(hit.views),
        "start": hit.start,
        "end": hit.end,
    }


def _table(value: Any, key: str, line: int) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise DecisionError(line, f"{key} is missing or not an object")
    return value


def _plain(score: float | None) -> float | str | None:
    """JSON has no NaN and no infinity; they are kept as words, because a policy minds them."""
    return score if score is None or math.isfinite(score) else str(score)
