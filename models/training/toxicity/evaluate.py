"""What a classifier reaches on the development sets: per set, per category, calibration, cloaking, fairness."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.interfaces import Classifier
from models.training.toxicity import templates
from models.training.toxicity.baselines import BASELINES
from models.training.toxicity.calibrate import (
    Curve,
    expected_error,
    half_of,
    label_of,
    reliability,
)
from models.training.toxicity.rows import Row, read_file

__all__ = ["Report", "SetResult", "auc", "evaluate", "read_sets", "scores_of"]

CLEAN_SHARE = (
    0.01  # flags allowed on any set of ordinary posts, and on neutral sentences about groups
)
_BATCH = 1_024
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class SetResult:
    """One development set. ``flagged``: share of its negatives (or of all, where all are ordinary) that are flagged."""

    name: str
    rows: int
    positive: int
    auc: float | None
    auc_hate: float | None
    macro_f1: float | None
    recall: float | None
    flagged: float
    baseline: float | None = None
    baseline_hate: float | None = None


@dataclass(frozen=True)
class CategoryResult:
    lang: str
    category: str
    positive: int
    negative: int
    auc: float
    threshold: float  # the category's own operating point
    recall: float
    supported: bool


@dataclass
class Report:
    """Everything the tables are made of."""

    model: str
    thresholds: dict[str, float] = field(default_factory=dict)
    sets: list[SetResult] = field(default_factory=list)
    categories: list[CategoryResult] = field(default_factory=list)
    curves: dict[str, Curve] = field(default_factory=dict)
    errors: dict[str, float] = field(default_factory=dict)
    cloaked: dict[str, tuple[float, float]] = field(
        default_factory=dict
    )  # recall, share of uncloaked recall
    fairness: dict[str, dict[str, float]] = field(
        default_factory=dict
    )  # language -> term -> share flagged
    hatecheck: dict[str, tuple[int, float]] = field(
        default_factory=dict
    )  # functionality -> rows, right
    harm: dict[str, tuple[int, int, float, float]] = field(
        default_factory=dict
    )  # set -> harmful, harmless, AUC of all categories together, AUC of toxicity alone

    def save(self, path: Path) -> None:
        path.write_text(json.dumps(asdict(self), ensure_ascii=False, indent=1) + "\n", "utf-8")

    @classmethod
    def load(cls, path: Path) -> "Report":
        raw = json.loads(path.read_text("utf-8"))
        raw["sets"] = [SetResult(**item) for item in raw["sets"]]
        raw["categories"] = [CategoryResult(**item) for item in raw["categories"]]
        return cls(**raw)


def read_sets(folder: Path) -> dict[str, list[Row]]:
    """Development sets by name, such as ``cold_test.zh``."""
    paths = sorted(folder.glob("*.jsonl*"))
    return {path.name.split(".jsonl")[0]: list(read_file(path)) for path in paths}


def scores_of(classifier: Classifier, texts: Sequence[str], lang: str) -> Floats:
    """Scores ``[texts, categories]``, NaN where not supported; of several windows of a long text the highest."""
    size = classifier.info.max_input_chars
    windows, owners = [], []
    for number, text in enumerate(texts):
        for start in range(0, max(len(text), 1), size):
            windows.append(text[start : start + size])
            owners.append(number)
    result = np.full((len(texts), len(classifier.info.categories)), -1.0)
    for start in range(0, len(windows), _BATCH):
        part = windows[start : start + _BATCH]
        found = classifier.classify(part, [lang] * len(part))
        values = np.array([[np.nan if v is None else v for v in row] for row in found])
        np.maximum.at(result, owners[start : start + _BATCH], values)
    return result


def auc(labels: NDArray[np.int64], scores: Floats) -> float:
    """Area under the ROC curve; ties count half."""
    _, inverse, counts = np.unique(scores, return_inverse=True, return_counts=True)
    middle = np.cumsum(counts) - (counts - 1) / 2
    ranks = middle[inverse]
    positive = int(labels.sum())
    negative = len(labels) - positive
    return float((ranks[labels == 1].sum() - positive * (positive + 1) / 2) / (positive * negative))


def evaluate(classifier: Classifier, sets: Mapping[str, Sequence[Row]]) -> Report:
    """Score every set once, choose the operating point of each language, and fill the report."""
    report = Report(model=classifier.info.id)
    columns = list(classifier.info.categories)
    toxicity, hate = columns.index("toxicity"), columns.index("identity_attack")
    for lang in ("en", "zh"):
        mine = {name: rows for name, rows in sets.items() if name.endswith(f".{lang}")}
        scored = {
            n: scores_of(classifier, [r.text for r in rows], lang) for n, rows in mine.items()
        }
        neutral = {t: scores_of(classifier, s, lang) for t, s in templates.held_out(lang).items()}
        ordinary = [s for name, s in scored.items() if name.startswith("clean_")]
        ordinary.append(np.concatenate(list(neutral.values())))
        points = np.max([[_quantile(column) for column in s.T] for s in ordinary], axis=0)
        threshold = float(points[toxicity])
        report.thresholds[lang] = threshold
        report.fairness[lang] = {
            term: float((s[:, toxicity] >= threshold).mean()) for term, s in neutral.items()
        }
        for name, rows in mine.items():
            report.sets.append(_set(name, rows, scored[name], toxicity, hate, threshold))
        report.categories += _categories(classifier, lang, mine, scored, points)
        _calibration(report, lang, mine, scored, toxicity)
        for name, rows in mine.items():
            if name.startswith("toxicloakcn"):
                report.cloaked = _cloaked(rows, scored[name][:, toxicity] >= threshold)
            if any("harm" in (row.extra or {}) for row in rows):
                report.harm[name] = _harm(rows, scored[name], toxicity)
            if name.startswith("hatecheck"):
                report.hatecheck = _functions(rows, scored[name][:, toxicity] >= threshold)
    return report


def _quantile(scores: Floats) -> float:
    """The lowest threshold that flags at most ``CLEAN_SHARE`` of the scores."""
    allowed = int(CLEAN_SHARE * len(scores))
    return float(np.nextafter(np.sort(scores)[::-1][allowed], 2.0))


def _set(
    name: str, rows: Sequence[Row], scored: Floats, toxicity: int, hate: int, threshold: float
) -> SetResult:
    labels = np.array([row.toxic for row in rows])
    flags = scored[:, toxicity] >= threshold
    positive = int(labels.sum())
    if positive == 0:
        return SetResult(name, len(rows), 0, None, None, None, None, float(flags.mean()))
    base = BASELINES.get(name, (None, None))
    f1 = np.mean([_f1(flags == value, labels == value) for value in (0, 1)])
    return SetResult(
        name, len(rows), positive, auc(labels, scored[:, toxicity]), auc(labels, scored[:, hate]),
        float(f1), float(flags[labels == 1].mean()), float(flags[labels == 0].mean()), *base,
    )  # fmt: skip


def _f1(said: NDArray[np.bool_], true: NDArray[np.bool_]) -> float:
    return float(2 * (said & true).sum() / max(said.sum() + true.sum(), 1))


def _categories(
    classifier: Classifier,
    lang: str,
    sets: Mapping[str, Sequence[Row]],
    scored: Mapping[str, Floats],
    points: Floats,
) -> list[CategoryResult]:
    """Each category over all rows of the language whose label for it is known."""
    found = []
    for column, category in enumerate(classifier.info.categories):
        labels, scores = [], []
        for name, rows in sets.items():
            for row, score in zip(rows, scored[name][:, column], strict=True):
                label = label_of(row, category, name)
                if label is not None and not np.isnan(score):
                    labels.append(label)
                    scores.append(score)
        label_array, score_array = np.array(labels, dtype=int), np.array(scores)
        positive = int(label_array.sum())
        if positive < 20 or positive == len(labels):
            continue
        point = float(points[column])
        recall = float((score_array[label_array == 1] >= point).mean())
        found.append(
            CategoryResult(
                lang, category, positive, len(labels) - positive, auc(label_array, score_array), point, recall,
                (lang, category) in classifier.info.supported,
            )
        )  # fmt: skip
    return found


def _calibration(
    report: Report,
    lang: str,
    sets: Mapping[str, Sequence[Row]],
    scored: Mapping[str, Floats],
    column: int,
) -> None:
    """Reliability of toxicity on the half of the rows that calibration has not seen."""
    labels, scores = [], []
    for name, rows in sets.items():
        for row, score in zip(rows, scored[name][:, column], strict=True):
            label = label_of(row, "toxicity", name)
            if label is not None and half_of(row.text):
                labels.append(label)
                scores.append(float(score))
    if labels:
        report.curves[lang] = reliability(scores, labels)
        report.errors[lang] = expected_error(report.curves[lang])


def _cloaked(rows: Sequence[Row], flags: NDArray[np.bool_]) -> dict[str, tuple[float, float]]:
    kinds = sorted({(row.extra or {}).get("perturb", "base") for row in rows})
    recall = {}
    for kind in kinds:
        mine = [
            flag
            for row, flag in zip(rows, flags, strict=True)
            if row.toxic and (row.extra or {}).get("perturb") == kind
        ]
        recall[kind] = float(np.mean(mine)) if mine else 0.0
    base = max(recall.get("base", 0.0), 1e-9)
    return {kind: (value, value / base) for kind, value in recall.items()}


def _harm(rows: Sequence[Row], scored: Floats, toxicity: int) -> tuple[int, int, float, float]:
    """How well any kind of harm (advertising and fraud too) is told from none: all categories as one, and toxicity.

    All as one is the chance that at least one of them holds, as if they were independent.
    """
    labels = np.array([(row.extra or {}).get("harm") == "1" for row in rows], dtype=int)
    together = 1 - np.prod(1 - np.nan_to_num(scored), axis=1)
    harmful = int(labels.sum())
    return (
        harmful, len(labels) - harmful, auc(labels, together), auc(labels, scored[:, toxicity]),
    )  # fmt: skip


def _functions(rows: Sequence[Row], flags: NDArray[np.bool_]) -> dict[str, tuple[int, float]]:
    right: dict[str, list[bool]] = {}
    for row, flag in zip(rows, flags, strict=True):
        name = (row.extra or {}).get("functionality", "")
        right.setdefault(name, []).append(bool(flag) == bool(row.toxic))
    return {name: (len(hits), sum(hits) / len(hits)) for name, hits in sorted(right.items())}
