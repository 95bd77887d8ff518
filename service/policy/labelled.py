"""Labelled examples for tuning thresholds: rows of CSV or JSONL with a language, labels, and scores or a text."""

import csv
import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from service.domain import Category
from service.policy.facts import language_of

__all__ = ["Example", "RowError", "Scorer", "read_csv", "read_jsonl", "score_texts"]

# Texts and their languages in, one mapping of scores for each out.
Scorer: TypeAlias = Callable[
    [Sequence[str], Sequence[str]], Sequence[Mapping[Category, float | None]]
]

_TRUE = frozenset({"1", "1.0", "true", "yes"})
_FALSE = frozenset({"0", "0.0", "false", "no"})
_NAMES = {category.value: category for category in Category}


class RowError(ValueError):
    """A row that cannot be used. Its text names columns, never what is in them."""


@dataclass(frozen=True, slots=True)
class Example:
    """One row. ``label`` holds for every category that has no label of its own; None: not labelled."""

    lang: str
    label: bool | None = None
    labels: Mapping[Category, bool] = field(default_factory=dict)
    scores: Mapping[Category, float] = field(default_factory=dict)
    text: str = ""

    def label_of(self, category: Category) -> bool | None:
        """Whether the text is of the category; None where nobody said so."""
        return self.labels.get(category, self.label)


def read_csv(lines: Iterable[str]) -> Iterator[Example | RowError]:
    """Examples of CSV with a header line; a row that cannot be used comes as its error."""
    for row in csv.DictReader(lines):
        yield _example(
            {key: value for key, value in row.items() if key and value not in ("", None)}
        )


def read_jsonl(lines: Iterable[str]) -> Iterator[Example | RowError]:
    """Examples of JSON objects, one a line; blank lines are skipped."""
    for line in lines:
        if line.strip():
            try:
                row = json.loads(line)
            except (ValueError, RecursionError):  # brackets without end
                yield RowError("not valid JSON")
                continue
            yield _example(row) if isinstance(row, dict) else RowError("not a JSON object")


def score_texts(examples: Sequence[Example], scorer: Scorer) -> list[Example]:
    """The examples with the scores that ``scorer`` gives for their texts."""
    answers = scorer([e.text for e in examples], [e.lang for e in examples])
    return [
        replace(example, scores={c: s for c, s in answer.items() if s is not None})
        for example, answer in zip(examples, answers, strict=True)
    ]


def _example(row: Mapping[str, Any]) -> Example | RowError:
    try:
        lang = row.get("language", row.get("lang"))
        if not isinstance(lang, str):
            raise RowError("no language")
        labels = _under(row, "labels", "label_")
        scores = {**_flat_scores(row), **_under(row, "scores", "score_")}
        text = row.get("text", "")
        return Example(
            language_of(lang),
            _truth(row["label"], "label") if "label" in row else None,
            {c: _truth(value, f"label of {c}") for c, value in labels.items()},
            {c: _score(value, c) for c, value in scores.items() if value is not None},
            text if isinstance(text, str) else "",
        )
    except RowError as error:
        return error


def _under(row: Mapping[str, Any], table: str, prefix: str) -> dict[Category, Any]:
    """Values by category, from an object of that name or from columns that begin with ``prefix``."""
    inner = row.get(table, {})
    if not isinstance(inner, Mapping):
        raise RowError(f"{table} is not an object")
    found = {_NAMES[key]: value for key, value in inner.items() if key in _NAMES}
    for name, category in _NAMES.items():
        if prefix + name in row:
            found[category] = row[prefix + name]
    return found


def _flat_scores(row: Mapping[str, Any]) -> dict[Category, Any]:
    """Columns named like a category; ``score`` alone is toxicity."""
    found = {category: row[name] for name, category in _NAMES.items() if name in row}
    return {Category.TOXICITY: row["score"], **found} if "score" in row else found


def _truth(value: Any, column: str) -> bool:
    word = str(value).strip().lower()
    if word in _TRUE or word in _FALSE:
        return word in _TRUE
    raise RowError(f"{column} is neither 1 nor 0")


def _score(value: Any, category: Category) -> float:
    try:
        score = float(value)
    except (TypeError, ValueError):
        score = math.nan
    if not 0.0 <= score <= 1.0:
        raise RowError(f"score of {category} is not a number from 0 to 1")
    return score
