"""``--report``: one page about a run that needs nothing else, with pictures, a table beside each, and a sample of rows.

Texts are masked unless the reader asked for them. Figures need matplotlib; nothing else here does.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape

from service.batch import report_page as html
from service.batch.borderline import MARGIN, Limit, Sample
from service.batch.quality import Curve, Quality, curves_of, quality_of
from service.batch.tally import LANGUAGES, SCORE_BINS, Tally, TallyPlan
from service.batch.throughput import ChunkTime, Throughput, measure
from service.domain import Action, Category
from service.policy.tune import Rate

__all__ = ["ReportInput", "build_report"]

_TOP = 20
_TOP_TERMS = 12
_TERM_STARTS = {
    "lexicon:zh/": "Listed Chinese words",
    "lexicon:en/": "Listed English words",
    "pattern:": "Patterns",
}


@dataclass(frozen=True, slots=True)
class ReportInput:
    """What a page is made from. ``missing``: rows of chunks that an earlier run did without counting for a report."""

    tally: Tally
    plan: TallyPlan
    inputs: Sequence[str] = ()
    output: str = ""
    records: int = 0  # read
    filtered: int = 0
    bad: Mapping[str, int] = field(default_factory=dict)
    identity: Mapping[str, str] = field(default_factory=dict)
    times: Sequence[ChunkTime] = ()
    show_text: bool = False


def build_report(report: ReportInput) -> str:
    """The page as HTML. Raises ``MissingExtra`` without matplotlib."""
    speed = measure(report.times)
    parts = [
        _head(report, speed),
        *_actions(report),
        _scores(report),
        *_labels(report),
        _rules(report),
    ]
    parts += [_items(report), _speed(speed), _left_out(report), _made_with(report)]
    return html.page("Moderation report", [part for part in parts if part])


def _head(report: ReportInput, speed: Throughput) -> str:
    tally = report.tally
    totals = {
        action: sum(one.get(action, 0) for one in tally.actions.values()) for action in Action
    }
    names = ", ".join(report.inputs[:3]) + (
        f" and {len(report.inputs) - 3} more" if len(report.inputs) > 3 else ""
    )
    facts = [("rows", f"{tally.rows:,}")]
    facts += [(str(action), f"{totals[action]:,}") for action in Action]
    facts += [("flagged", html.share(tally.rows - totals[Action.ALLOW], tally.rows))]
    facts += [
        ("left out", f"{sum(report.bad.values()):,}"),
        ("rows a second", f"{speed.mean:,.0f}"),
    ]
    return f'<h1>Moderation report</h1>\n<p class="quiet"><code>{escape(names)}</code></p>\n{html.tiles(facts)}'


def _actions(report: ReportInput) -> list[str]:
    from service.batch import report_figures as figures

    actions = report.tally.actions
    if not actions:
        return [html.section("Actions", about="There is no row.")]
    shown = [one for one in LANGUAGES if one in actions]
    totals = {language: sum(actions[language].values()) for language in shown}
    rows = [
        [language, *(html.count(actions[language].get(action, 0)) for action in Action),
         html.share(totals[language] - actions[language].get(Action.ALLOW, 0), totals[language])]
        for language in shown
    ]  # fmt: skip
    mix = [
        [one, html.count(totals[one]), html.share(totals[one], report.tally.rows)] for one in shown
    ]
    return [
        html.section(
            "Actions by language",
            _beside(
                html.figure(
                    figures.draw_actions(actions), "actions", "Share of rows to block and to review, by language"
                ),
                html.table("Rows by action", ["language", *Action, "flagged"], rows),
            ),
        ),
        html.section(
            "Language mix",
            _beside(
                html.figure(figures.draw_languages(actions), "languages", "Share of all rows, by language"),
                html.table("Rows by language", ["language", "rows", "share"], mix),
            ),
            about="<code>mixed</code>: a good part of the letters is in the other language; <code>other</code>: "
            "neither English nor Chinese; <code>none</code>: no letters.",
        ),
    ]  # fmt: skip


def _scores(report: ReportInput) -> str:
    from service.batch import report_figures as figures

    scores = report.tally.scores
    if not scores:
        return ""
    limits = _limits_by_category(report.plan.limits)
    rows = []
    for category in (one.value for one in Category if one.value in scores):
        for language in LANGUAGES:
            histogram = scores[category].get(language)
            if histogram is not None:
                rows.append(_score_row(category, language, histogram, report.plan.limits))
    head = ["category", "language", "rows", "half are below", "99 % are below", "reach a limit"]
    return html.section(
        "Scores",
        html.figure(
            figures.draw_scores(scores, limits), "scores",
            "Share of rows that reach a score, by category and language; dotted lines are limits of the policy",
        ),
        f"<details><summary>The same as a table</summary>{html.table('Scores', head, rows)}</details>",
        about="How many rows would be flagged if a score alone decided: read the line at the score you think of. "
        "A category that the classifier does not support for a language has no line.",
    )  # fmt: skip


def _score_row(
    category: str, language: str, histogram: Sequence[int], limits: Sequence[Limit]
) -> list[html.Cell]:
    total = sum(histogram)
    own = [one.at_least for one in limits if one.category == category and one.language == language]
    reached: html.Cell = html.Number("–")
    if own:
        reached = html.share(sum(histogram[round(min(own) * SCORE_BINS) :]), total)
    return [
        escape(category), language, html.count(total), _quantile(histogram, 0.5), _quantile(histogram, 0.99), reached,
    ]  # fmt: skip


def _labels(report: ReportInput) -> list[str]:
    from service.batch import report_figures as figures

    labels = report.tally.labels
    column = report.plan.label_column
    if column is None:
        return []
    quality, curves = quality_of(labels), curves_of(labels)
    counted = f"{labels.unlabelled:,} rows have no label" + (
        f", {labels.unreadable:,} have one that is neither yes nor no."
        if labels.unreadable
        else "."
    )
    name = f"<code>{escape(column)}</code>"
    if not quality:
        return [
            html.section("Against the labels", about=f"No row has a label in {name}. {counted}")
        ]
    parts = [
        html.figure(
            figures.draw_quality(quality), "quality",
            "Precision, recall and false-positive rate of the policy, with 95 % intervals"
        ),
        _confusion(quality),
    ]  # fmt: skip
    if curves:
        drawn = figures.draw_curves(curves, {one: quality[one] for one in curves if one in quality})
        caption = (
            f"Precision over recall of the {report.plan.label_category.replace('_', ' ')} score; "
            "the points are what the policy does, with 95 % intervals"
        )
        parts.append(_beside(html.figure(drawn, "curves", caption), _curve_table(curves)))
    about = f"A row counts as flagged where the action is other than allow. Labels are in {name}; {counted}"
    return [html.section("Against the labels", *parts, about=about)]


def _confusion(quality: Mapping[str, Quality]) -> str:
    rows = [
        [language, html.count(one.true_positive), html.count(one.false_positive), html.count(one.false_negative),
         html.count(one.true_negative), _rate(one.precision), _rate(one.recall), _rate(one.false_positive_rate)]
        for language, one in quality.items()
    ]  # fmt: skip
    head = [
        "language",
        "hits",
        "false alarms",
        "misses",
        "rightly allowed",
        "precision",
        "recall",
        "false-positive rate",
    ]
    return html.table("Confusion by language; ranges are Wilson's 95 % intervals", head, rows)


def _curve_table(curves: Mapping[str, Curve]) -> str:
    rows = [
        [language, html.Number(f"{one.average_precision:.3f}"),
         *(html.Number(_recall_at(one, least)) for least in (0.5, 0.8, 0.9))]
        for language, one in curves.items()
    ]  # fmt: skip
    head = ["language", "average precision", "recall at precision 0.5", "at 0.8", "at 0.9"]
    return html.table("The score by itself", head, rows)


def _rules(report: ReportInput) -> str:
    tally = report.tally
    parts = []
    if tally.rules:
        parts.append(_ranking("Rules of the policy", ["rule", "rows", "of flagged", ""], [
            (f"<code>{escape(rule)}</code>", number) for rule, number in _top(tally.rules)
        ], tally))  # fmt: skip
    parts += [_terms(report, start) for start in _TERM_STARTS]
    if tally.views:
        parts.append(_ranking("How disguised words were seen through", ["view", "rows", "of flagged", ""], [
            (f"<code>{escape(view)}</code>", number) for view, number in _top(tally.views)
        ], tally))  # fmt: skip
    parts = [part for part in parts if part]
    return html.section("Rules and terms", *parts) if parts else ""


def _terms(report: ReportInput, start: str) -> str:
    """The most frequent entries whose ids start like this; none have any other start."""
    found = [pair for pair in report.tally.terms.items() if pair[0].startswith(start)]
    terms = sorted(found, key=lambda pair: (-pair[1].rows, pair[0]))[:_TOP_TERMS]
    if not terms:
        return ""
    most = terms[0][1].rows
    rows = [
        [f"<code>{escape(rule)}</code>", _shown(one.example, report), html.count(one.rows),
         html.count(one.disguised), html.bar(one.rows / most)]
        for rule, one in terms
    ]  # fmt: skip
    as_it_stood = "as it stood" if report.show_text else "as it stood, masked"
    head = ["entry", as_it_stood, "rows", "disguised", ""]
    return html.table(f"{_TERM_STARTS[start]} that were the top evidence", head, rows)


def _ranking(
    caption: str, head: Sequence[str], found: Sequence[tuple[str, int]], tally: Tally
) -> str:
    flagged = sum(
        sum(n for action, n in one.items() if action != Action.ALLOW)
        for one in tally.actions.values()
    )
    most = max(number for _, number in found)
    rows = [
        [name, html.count(number), html.share(number, flagged), html.bar(number / most)]
        for name, number in found
    ]
    return html.table(caption, head, rows)


def _items(report: ReportInput) -> str:
    samples = report.tally.samples
    if not samples:
        return ""
    parts = []
    for name in sorted(samples):
        language, _, side = name.partition(" ")
        words = "just reached a limit" if side == "above" else "just under a limit"
        items = "".join(_item(one, report) for one in samples[name])
        parts.append(f'<h3>{escape(language)}: {words}</h3>\n<ul class="items">{items}</ul>')
    hidden = "" if report.show_text else " Letters are masked; <code>--show-text</code> shows them."
    about = f"A few rows whose score is within {MARGIN} of a limit of the policy.{hidden}"
    return html.section("Borderline rows", *parts, about=about)


def _item(one: Sample, report: ReportInput) -> str:
    views = f", seen through {escape(one.views)}" if one.views else ""
    found = f" · evidence <code>{escape(one.rule)}</code>{views}" if one.rule else ""
    evidence = f"<mark>{_shown(one.evidence, report)}</mark>" if one.evidence else ""
    translation = (
        f'<p class="translation">{_shown(one.translation, report)}</p>'
        if one.translation and report.show_text
        else ""
    )
    lang = {"zh": ' lang="zh"', "en": ' lang="en"'}.get(one.language, "")
    return (
        f'<li><span class="action {escape(one.action)}">{escape(one.action)}</span> '
        f"{escape(one.category.replace('_', ' '))} {one.score:.3f}, limit {one.limit:g} for "
        f'{escape(one.limit_action)}{found} <span class="quiet">· row {escape(one.row)}</span>'
        f"<blockquote{lang}>{_shown(one.before, report)}{evidence}{_shown(one.after, report)}</blockquote>"
        f"{translation}</li>"
    )


def _speed(speed: Throughput) -> str:
    from service.batch import report_figures as figures

    if not speed.points:
        return ""
    rows = [
        ["rows", html.count(speed.rows)],
        ["seconds of work", html.Number(f"{speed.seconds:,.1f}")],
        ["rows a second, mean", html.Number(f"{speed.mean:,.0f}")],
        ["slowest stretch", html.Number(f"{min(rate for _, rate in speed.points):,.0f}")],
        ["fastest stretch", html.Number(f"{max(rate for _, rate in speed.points):,.0f}")],
    ]
    return html.section(
        "Throughput over time",
        _beside(
            html.figure(
                figures.draw_throughput(speed.points, speed.mean), "throughput", "Rows a second while the run went on"
            ),
            html.table("Speed", ["", "value"], rows),
        ),
        about="Time in which nothing ran, between a run that was stopped and its continuation, is left out.",
    )  # fmt: skip


def _left_out(report: ReportInput) -> str:
    if not report.bad and not report.filtered:
        return ""
    rows = [[f"<code>{escape(reason)}</code>", html.count(n)] for reason, n in _top(report.bad)]
    if report.filtered:
        rows.append(["did not meet the condition", html.count(report.filtered)])
    return html.section(
        "Rows left out", html.table(f"Of {report.records:,} rows read", ["reason", "rows"], rows)
    )


def _made_with(report: ReportInput) -> str:
    facts = {**report.identity, "output": report.output}
    rows = [
        [escape(name.replace("_", " ")), f"<code>{escape(value)}</code>"]
        for name, value in facts.items()
        if value
    ]
    return html.section(
        "Made with", html.table("Versions that the answers depend on", ["what", "value"], rows)
    )


def _beside(picture: str, numbers: str) -> str:
    return f'<div class="beside">{picture}{numbers}</div>'


def _shown(text: str, report: ReportInput) -> str:
    return escape(text if report.show_text else html.mask(text))


def _top(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:_TOP]


def _limits_by_category(limits: Sequence[Limit]) -> dict[str, list[float]]:
    found: dict[str, set[float]] = {}
    for one in limits:
        found.setdefault(one.category, set()).add(one.at_least)
    return {category: sorted(values) for category, values in found.items()}


def _quantile(histogram: Sequence[int], part: float) -> html.Number:
    wanted, seen = part * sum(histogram), 0
    for at, number in enumerate(histogram):
        seen += number
        if seen >= wanted:
            return html.Number(f"{(at + 1) / SCORE_BINS:.2f}")
    return html.Number("1.00")


def _rate(rate: Rate | None) -> html.Number:
    if rate is None:
        return html.Number("–")
    return html.Number(
        f'{rate.value:.3f} <span class="range">{rate.low:.3f} to {rate.high:.3f}</span>'
    )


def _recall_at(curve: Curve, precision: float) -> str:
    """The highest recall at which the precision is at least this."""
    found = [r for r, p in zip(curve.recall, curve.precision, strict=True) if p >= precision]
    return f"{max(found):.3f}" if found else "–"
