"""The evaluation report as Markdown tables."""

from models.training.toxicity.evaluate import Report, SetResult

__all__ = ["to_markdown"]


def to_markdown(report: Report) -> str:
    """The whole document; tables only, with a line on how to read each."""
    parts = [
        f"# Toxicity classifier: {report.model}\n",
        "Made by `python -m models.training toxicity evaluate`. Long texts are scored in windows; the highest\n"
        "counts.\n",
        _points(report),
        _sets(report),
        _harm(report),
        _clean(report),
        _categories(report),
        _cloaked(report),
        _calibration(report),
        _fairness(report),
        _hatecheck(report),
    ]
    return "\n".join(part for part in parts if part)


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.1f} %"


def _points(report: Report) -> str:
    points = ", ".join(f"{lang} {value:.3f}" for lang, value in report.thresholds.items())
    return (
        f"Operating point of `toxicity`: {points}. It is the lowest that flags at most 1 % of every set of ordinary\n"
        "posts and of neutral sentences about groups of people in that language.\n"
    )


def _sets(report: Report) -> str:
    lines = [
        "## Development sets\n",
        "AUC of `toxicity` and of `identity_attack` against the set's own label (in DynaHate, HateCheck, Kennedy, EDOS",
        "and SWSR that is hate or sexism, and a negative may be rude). Baselines: logistic regression on hashed",
        "n-grams, all labels and hate labels only, on the full sets of which these are halves. F1, recall and flags",
        "are at the operating point.\n",
        "| set | rows | AUC toxicity | AUC identity_attack | baseline | baseline, hate "
        "| macro F1 | recall | negatives flagged |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for item in report.sets:
        if item.auc is not None:
            lines.append(_set_line(item))
    return "\n".join(lines) + "\n"


def _harm(report: Report) -> str:
    """Sets that mark kinds of harm beside abuse; empty where there is none."""
    if not report.harm:
        return ""
    lines = [
        "In these sets the label above is abuse alone, and advertising, gambling, fraud and sexual offers count",
        "against it. Here any kind of harm is told from none: by all supported categories as one (the chance that at",
        "least one holds) and by `toxicity` alone.\n",
        "| set | harmful | harmless | AUC all categories | AUC toxicity |",
        "|---|---:|---:|---:|---:|",
    ]
    for name, (harmful, harmless, together, alone) in sorted(report.harm.items()):
        lines.append(
            f"| {name} | {harmful:,} | {harmless:,} | {_number(together)} | {_number(alone)} |"
        )
    return "\n".join(lines) + "\n"


def _set_line(item: SetResult) -> str:
    numbers = (
        item.auc, item.auc_hate, item.baseline, item.baseline_hate, item.macro_f1
    )  # fmt: skip
    cells = [item.name, f"{item.rows:,}", *(_number(n) for n in numbers)]
    return f"| {' | '.join([*cells, _percent(item.recall), _percent(item.flagged)])} |"


def _clean(report: Report) -> str:
    lines = ["## Posts without abuse\n", "| set | rows | flagged |", "|---|---:|---:|"]
    for item in report.sets:
        if item.auc is None:
            lines.append(f"| {item.name} | {item.rows:,} | {_percent(item.flagged)} |")
    return "\n".join(lines) + "\n"


def _categories(report: Report) -> str:
    lines = [
        "## Categories\n",
        "Over all rows whose label is known; ordinary posts count as negatives. Threshold: the category's own",
        "operating point, found like that of `toxicity`. What is not supported answers null and is not listed.\n",
        "| language | category | positive | negative | AUC | threshold | recall |",
        "|---|---|---:|---:|---:|---:|---:|",
    ]
    for item in report.categories:
        lines.append(
            f"| {item.lang} | {item.category} | {item.positive:,} | {item.negative:,} | {item.auc:.3f} "
            f"| {item.threshold:.3f} | {_percent(item.recall)} |"
        )
    return "\n".join(lines) + "\n"


def _cloaked(report: Report) -> str:
    if not report.cloaked:
        return ""
    lines = [
        "## Cloaked Chinese (ToxiCloakCN)\n",
        "| cloak | recall | of the uncloaked recall |",
        "|---|---:|---:|",
    ]
    for kind, (recall, share) in report.cloaked.items():
        lines.append(f"| {kind} | {_percent(recall)} | {_percent(share)} |")
    return "\n".join(lines) + "\n"


def _calibration(report: Report) -> str:
    lines = [
        "## Calibration of toxicity\n",
        "On the half of the development rows that calibration has not seen. ECE: "
        + ", ".join(f"{lang} {value:.3f}" for lang, value in report.errors.items())
        + ".\n",
        "| language | mean score | share toxic | rows |",
        "|---|---:|---:|---:|",
    ]
    for lang, curve in report.curves.items():
        lines += [f"| {lang} | {s:.2f} | {t:.2f} | {n:,} |" for s, t, n in curve]
    return "\n".join(lines) + "\n"


def _fairness(report: Report) -> str:
    """Terms side by side in the order of the data file; the lists are parallel in meaning only here and there."""
    sides = [list(report.fairness.get(lang, {}).items()) for lang in ("en", "zh")]
    lines = [
        "## Neutral sentences about groups of people\n",
        "Share flagged at the operating point, sixteen sentences a term in frames that were not trained on.\n",
        "| English term | flagged | Chinese term | flagged |",
        "|---|---:|---|---:|",
    ]
    for row in range(max(map(len, sides), default=0)):
        cells = []
        for side in sides:
            term, share = side[row] if row < len(side) else ("", None)
            cells += [term, _percent(share) if term else ""]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _hatecheck(report: Report) -> str:
    if not report.hatecheck:
        return ""
    lines = [
        "## HateCheck by functionality\n",
        "Share judged right at the operating point; names that end in `_nh` hold no hate.\n",
        "| functionality | rows | right |",
        "|---|---:|---:|",
    ]
    lines += [
        f"| {name} | {rows} | {_percent(right)} |"
        for name, (rows, right) in report.hatecheck.items()
    ]
    return "\n".join(lines) + "\n"
