"""What ``magpie policy`` prints for people: tables of a replay's counts and of tuned thresholds."""

import sys
from collections.abc import Iterable, Sequence

from rich import box
from rich.console import Console
from rich.table import Table

from service.domain import Action
from service.policy.replay import Report
from service.policy.rules import Policy
from service.policy.tune import Rate, Tuning

__all__ = ["print_report", "print_tunings"]

_WIDE = 150  # where nobody watches, no line is folded

_GAPS = {
    "text": "patterns, as the text was not kept",
    "hits": "lexicon rules: only the hits that counted before were kept",
    "context": "context conditions, as the context was not kept",
}


def print_report(policy: Policy, report: Report) -> None:
    """Old actions against new ones, over all and by language, then the rules that apply."""
    console = _console()
    print(
        f"{policy.name} ({policy.policy_version}): {report.changed} of {report.total} decisions would change"
    )
    table = Table("language", "was", *(f"now {new}" for new in Action), box=box.SIMPLE)
    for old in Action:
        _add_counts(table, "all", old, [report.actions[old, new] for new in Action])
    for lang in sorted({lang for lang, _, _ in report.languages}):
        for old in Action:
            _add_counts(table, lang, old, [report.languages[lang, old, new] for new in Action])
    console.print(table)
    if report.rules or report.shadow:
        rules = Table("rule", "applies", "where the action changed", box=box.SIMPLE)
        for rule, count in report.rules.most_common():
            rules.add_row(rule, str(count), str(report.rules_changed[rule]))
        for rule, count in report.shadow.most_common():
            rules.add_row(f"{rule} (shadow)", str(count), "-")
        console.print(rules)
    for gap, count in sorted(report.gaps.items()):
        print(f"Not replayable in {count} decisions: {_GAPS[gap]}.")


def print_tunings(tunings: Iterable[Tuning]) -> None:
    """One line for each language and category; intervals are at 95 %."""
    columns = (
        "language",
        "category",
        "texts +/-",
        "threshold",
        "precision",
        "recall",
        "false positives",
    )
    table = Table(*columns, box=box.SIMPLE)
    for one in tunings:
        counts = f"{one.positives}/{one.negatives}"
        if one.threshold is None:
            table.add_row(one.lang, one.category, counts, f"refused: {one.refusal}")
            continue
        threshold = f"{one.threshold:.4f} [{one.threshold_low:.4f}, {one.threshold_high:.4f}]"
        rates = (one.precision, one.recall, one.false_positive_rate)
        table.add_row(one.lang, one.category, counts, threshold, *map(_percent, rates))
    _console().print(table)


def _add_counts(table: Table, lang: str, old: Action, counts: Sequence[int]) -> None:
    if any(counts):
        table.add_row(lang, old.value, *map(str, counts))


def _percent(rate: Rate | None) -> str:
    return "" if rate is None else f"{rate.value:.1%} [{rate.low:.1%}, {rate.high:.1%}]"


def _console() -> Console:
    return Console(width=None if sys.stdout.isatty() else _WIDE, highlight=False, markup=False)
