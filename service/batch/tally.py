"""What a report needs to know of a run, counted chunk by chunk: the same small size for a thousand rows or a billion.

Tallies add up in any order. Those of chunks that an earlier run did are read from its work folder.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from service.batch.borderline import Limit, Sample, find_borderline, merge_samples
from service.batch.columns import Answers
from service.batch.rows import ABSENT, Fields, Rows
from service.domain import Action, Category

__all__ = [
    "LABEL_BINS", "LANGUAGES", "SCORE_BINS", "Labels", "Tally", "TallyPlan", "Term", "merge_tallies",
    "read_label", "read_tallies", "tally_rows",
]  # fmt: skip

Floats: TypeAlias = npt.NDArray[np.float64]

LANGUAGES = (
    "en",
    "zh",
    "mixed",
    "other",
    "none",
)  # values of the column ``language``, in the order of the report
SCORE_BINS = 100
LABEL_BINS = 1000
_YES = frozenset({"1", "true", "t", "yes", "y", "toxic", "flag", "flagged", "review", "block"})
_NO = frozenset({"0", "false", "f", "no", "n", "clean", "ok", "none", "allow"})
_MAX_TERMS = 20_000  # far more than any word list has hits; a bound all the same
_EXAMPLE_CHARS = 40


@dataclass(frozen=True, slots=True)
class TallyPlan:
    """What to count besides the actions. ``limits``: where scores begin to count, for the borderline sample."""

    limits: tuple[Limit, ...] = ()
    label_column: str | None = None
    label_category: Category = Category.TOXICITY

    @property
    def options(self) -> dict[str, Any]:
        """What has to be the same for the tallies of two runs to fit together."""
        return {"label_column": self.label_column, "label_category": str(self.label_category)}


@dataclass(slots=True)
class Term:
    """How often one listed word was the top evidence; ``example``: as it stood in one of the texts."""

    rows: int = 0
    disguised: int = 0  # seen only through a view
    example: str = ""


@dataclass(slots=True)
class Labels:
    """Rows with a label, by language. A histogram's last bin is a score of 1."""

    confusion: dict[str, list[int]] = field(default_factory=dict)  # [tp, fp, fn, tn] of ``flagged``
    positive: dict[str, list[int]] = field(default_factory=dict)  # histogram of the score
    negative: dict[str, list[int]] = field(default_factory=dict)
    unlabelled: int = 0
    unreadable: int = 0


@dataclass(slots=True)
class Tally:
    """The counts of some rows."""

    rows: int = 0
    actions: dict[str, dict[str, int]] = field(default_factory=dict)  # language -> action -> rows
    scores: dict[str, dict[str, list[int]]] = field(
        default_factory=dict
    )  # category -> language -> histogram
    rules: dict[str, int] = field(default_factory=dict)
    terms: dict[str, Term] = field(
        default_factory=dict
    )  # ``evidence_rule`` of a listed word or a pattern
    views: dict[str, int] = field(default_factory=dict)
    samples: dict[str, list[Sample]] = field(default_factory=dict)
    labels: Labels = field(default_factory=Labels)

    def to_json(self) -> bytes:
        return json.dumps(asdict(self), ensure_ascii=False).encode("utf-8", "surrogatepass")

    @staticmethod
    def from_json(body: bytes) -> "Tally":
        """What ``to_json`` gave. Raises ``ValueError`` or ``TypeError`` for anything else."""
        found = json.loads(body.decode("utf-8", "surrogatepass"))
        found["terms"] = {name: Term(**one) for name, one in found["terms"].items()}
        found["labels"] = Labels(**found["labels"])
        found["samples"] = {
            name: [Sample(**one) for one in group] for name, group in found["samples"].items()
        }
        return Tally(**found)


def tally_rows(plan: TallyPlan, rows: Rows, fields: Fields, answers: Answers) -> Tally:
    """The counts of rows that were moderated. ``answers``: under the task's own names, without a prefix."""
    tally = Tally(len(rows))
    if not len(rows):
        return tally
    languages = np.array(answers["language"])
    scores = read_scores(answers)
    pairs = Counter(zip(answers["language"], answers["action"], strict=True))
    for (language, action), number in pairs.items():
        tally.actions.setdefault(language, {})[action] = number
    for category, column in scores.items():
        for language in LANGUAGES:
            own = column[(languages == language) & ~np.isnan(column)]
            if own.size:
                tally.scores.setdefault(category, {})[language] = _histogram(own, SCORE_BINS)
    _count_rules(tally, answers)
    tally.samples = find_borderline(plan.limits, rows, fields, answers, scores)
    if plan.label_column is not None:
        _count_labels(tally.labels, plan, rows.payload.column(plan.label_column), answers, scores)
    return tally


def read_scores(answers: Answers) -> dict[str, Floats]:
    """The score columns by category; NaN where there is no score."""
    return {
        category.value: np.array(answers[f"score_{category}"], dtype=np.float64)
        for category in Category
        if f"score_{category}" in answers
    }


def read_label(value: Any) -> bool | None:
    """Whether a label says yes: 1, true, yes, block ..., or a number of at least 0.5; None for what is no label."""
    if value is None:
        return None
    word = str(value).strip().lower()
    if word in _YES or word in _NO:
        return word in _YES
    try:
        number = float(word)
    except ValueError:
        return None
    return number >= 0.5 if 0 <= number <= 1 else None


def merge_tallies(tallies: Iterable[Tally]) -> Tally:
    """Their sum."""
    total = Tally()
    for one in tallies:
        total.rows += one.rows
        for language, actions in one.actions.items():
            _add(total.actions.setdefault(language, {}), actions)
        for category, histograms in one.scores.items():
            _add_histograms(total.scores.setdefault(category, {}), histograms)
        _add(total.rules, one.rules)
        _add(total.views, one.views)
        _merge_terms(total.terms, one.terms)
        merge_samples(total.samples, one.samples)
        _merge_labels(total.labels, one.labels)
    return total


def _histogram(values: Floats, bins: int) -> list[int]:
    places = np.minimum((values * bins).astype(np.int64), bins - 1)
    found: list[int] = np.bincount(np.maximum(places, 0), minlength=bins).tolist()
    return found


def _count_rules(tally: Tally, answers: Answers) -> None:
    for listed, number in Counter(answers["rules"]).items():
        for rule in (listed or "").split():
            tally.rules[rule] = tally.rules.get(rule, 0) + number
    found = zip(
        answers["evidence_rule"], answers["evidence_views"], answers["evidence_text"], strict=True
    )
    for rule, views, text in found:
        if not rule or rule.startswith("classifier:"):
            continue
        term = tally.terms.setdefault(rule, Term())
        term.rows += 1
        if views:
            term.disguised += 1
            for view in views.split():
                tally.views[view] = tally.views.get(view, 0) + 1
        if not term.example or (term.disguised == term.rows - 1 and not views):
            term.example = text[:_EXAMPLE_CHARS]  # rather one that is not disguised


def _count_labels(
    labels: Labels,
    plan: TallyPlan,
    column: Sequence[Any],
    answers: Answers,
    scores: Mapping[str, Floats],
) -> None:
    """Where labels and answers agree. A row without a label is counted and left alone."""
    truths = [None if one is ABSENT else read_label(one) for one in column]
    empty = sum(one is ABSENT or one is None or one == "" for one in column)
    labels.unlabelled += empty
    labels.unreadable += sum(truth is None for truth in truths) - empty
    score = scores.get(plan.label_category.value)
    groups: dict[str, list[int]] = {}
    for at, (truth, language) in enumerate(zip(truths, answers["language"], strict=True)):
        if truth is not None:
            groups.setdefault(language, []).append(at)
    truth_of = np.array([bool(one) for one in truths])
    flagged = np.array(answers["action"]) != Action.ALLOW.value
    for language, places in groups.items():
        yes, said = truth_of[places], flagged[places]
        cells = [yes & said, ~yes & said, yes & ~said, ~yes & ~said]
        labels.confusion[language] = [int(one.sum()) for one in cells]
        if score is None:
            continue
        own = score[places]
        known = ~np.isnan(own)
        labels.positive[language] = _histogram(own[known & yes], LABEL_BINS)
        labels.negative[language] = _histogram(own[known & ~yes], LABEL_BINS)


def _add(total: dict[str, int], more: Mapping[str, int]) -> None:
    for name, number in more.items():
        total[name] = total.get(name, 0) + number


def _add_histograms(total: dict[str, list[int]], more: Mapping[str, list[int]]) -> None:
    for name, histogram in more.items():
        before = total.get(name)
        total[name] = (
            list(histogram)
            if before is None
            else [a + b for a, b in zip(before, histogram, strict=True)]
        )


def _merge_terms(total: dict[str, Term], more: Mapping[str, Term]) -> None:
    for rule, term in more.items():
        before = total.get(rule)
        if before is None:
            if len(total) >= _MAX_TERMS:
                continue
            before = total[rule] = Term()
        plain = before.rows > before.disguised
        if not before.example or (not plain and term.rows > term.disguised):
            before.example = term.example
        before.rows += term.rows
        before.disguised += term.disguised


def _merge_labels(total: Labels, more: Labels) -> None:
    _add_histograms(total.confusion, more.confusion)
    _add_histograms(total.positive, more.positive)
    _add_histograms(total.negative, more.negative)
    total.unlabelled += more.unlabelled
    total.unreadable += more.unreadable


def read_tallies(paths: Iterable[Path]) -> Tally:
    """The sum of tallies in files. Raises ``OSError``."""
    return merge_tallies(Tally.from_json(path.read_bytes()) for path in paths)
