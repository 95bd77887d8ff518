"""The pictures of a report as SVG to be put into a page: drawn by matplotlib, coloured by the page's style sheet.

Texts in them are ASCII (languages, categories, numbers), so that no font has to be there; names that an operator
chose stand in tables.
"""

import io
import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np

from service.batch.errors import MissingExtra
from service.batch.quality import ALL, Curve, Quality
from service.batch.tally import LANGUAGES, SCORE_BINS
from service.domain import Action, Category

try:
    import matplotlib
    from matplotlib.figure import Figure
except ImportError as missing:
    raise MissingExtra("--report", "matplotlib") from missing

__all__ = [
    "draw_actions", "draw_curves", "draw_languages", "draw_quality", "draw_scores", "draw_throughput",
]  # fmt: skip

# Stand-ins in the drawing -> names of colours in the page, which has one set for the day and one for the night.
_INK, _MUTED, _LINE = "#010101", "#020202", "#030303"
_COLOURS = {
    _INK: "var(--ink)", _MUTED: "var(--muted)", _LINE: "var(--line)",
    "#040401": "var(--allow)", "#040402": "var(--review)", "#040403": "var(--block)",
    "#050501": "var(--en)", "#050502": "var(--zh)", "#050503": "var(--mixed)", "#050504": "var(--other)",
    "#050505": "var(--none)",
}  # fmt: skip
_ACTIONS = {Action.ALLOW: "#040401", Action.REVIEW: "#040402", Action.BLOCK: "#040403"}
_LANGUAGE_COLOURS = dict(zip(LANGUAGES, list(_COLOURS)[6:], strict=True))
_LANGUAGE_COLOURS[ALL] = _INK
# Told apart without their colours too.
_DASHES: dict[str, Any] = {
    "en": "-",
    "zh": (0, (5, 1.5)),
    "mixed": (0, (1, 1)),
    "other": "-.",
    "none": ":",
}
_MARKERS = {"en": "o", "zh": "s", "mixed": "D", "other": "^", "none": "v", ALL: "P"}
_STYLE = {
    "svg.fonttype": "none", "font.family": "sans-serif", "font.size": 10.5, "text.color": _INK,
    "axes.edgecolor": _LINE, "axes.labelcolor": _MUTED, "axes.titlecolor": _INK, "axes.titlesize": 11,
    "axes.titleweight": "bold", "axes.titlelocation": "left", "xtick.color": _MUTED, "ytick.color": _MUTED,
    "axes.spines.top": False, "axes.spines.right": False, "axes.grid": True, "grid.color": _LINE,
    "grid.linewidth": 0.6, "axes.axisbelow": True, "legend.frameon": False, "lines.linewidth": 1.7,
    "axes.facecolor": "none", "figure.facecolor": "none", "axes.unicode_minus": False,
}  # fmt: skip


def draw_actions(actions: Mapping[str, Mapping[str, int]]) -> str:
    """The share of review and block in each language, as stacked bars."""
    with matplotlib.rc_context(_STYLE):
        shown = [one for one in LANGUAGES if actions.get(one)]
        figure, axes = _figure(7.2, 0.9 + 0.46 * len(shown))
        highest = 0.0
        for place, language in enumerate(shown):
            total = sum(actions[language].values())
            left = 0.0
            for action in (Action.BLOCK, Action.REVIEW):
                share = 100 * actions[language].get(action, 0) / total
                axes.barh(place, share, 0.62, left, color=_ACTIONS[action], label=action)
                left += share
            highest = max(highest, left)
            axes.annotate(
                _percent(left / 100), (left, place), (5, 0), textcoords="offset points", va="center"
            )
        axes.set_xlim(0, min(100.0, max(1.0, highest * 1.2)))
        _list_languages(axes, shown)
        axes.set_xlabel("% of the rows of a language")
        handles, labels = axes.get_legend_handles_labels()
        axes.legend(handles[:2], labels[:2], ncols=2, loc="lower right", bbox_to_anchor=(1, 1.0))
        return _svg(figure, "actions")


def draw_languages(actions: Mapping[str, Mapping[str, int]]) -> str:
    """How many rows there are in each language."""
    with matplotlib.rc_context(_STYLE):
        shown = [one for one in LANGUAGES if actions.get(one)]
        figure, axes = _figure(7.2, 0.75 + 0.4 * len(shown))
        counts = [sum(actions[language].values()) for language in shown]
        total = max(1, sum(counts))
        for place, (language, count) in enumerate(zip(shown, counts, strict=True)):
            axes.barh(place, 100 * count / total, 0.62, color=_LANGUAGE_COLOURS[language])
            axes.annotate(
                f"{count:,}",
                (100 * count / total, place),
                (5, 0),
                textcoords="offset points",
                va="center",
            )
        axes.set_xlim(0, min(115.0, 118 * max(counts, default=1) / total))
        axes.set_xlabel("% of all rows")
        _list_languages(axes, shown)
        return _svg(figure, "languages")


def draw_scores(
    scores: Mapping[str, Mapping[str, Sequence[int]]], limits: Mapping[str, Sequence[float]]
) -> str:
    """For each category with scores: how many rows reach a score, by language, on a logarithmic scale.

    ``limits``: where rules of the policy begin, by category.
    """
    shown = [one.value for one in Category if scores.get(one.value)]
    with matplotlib.rc_context(_STYLE):
        columns = 2
        lines = max(1, -(-len(shown) // columns))
        figure = Figure((10.6, 2.05 * lines + 0.35), layout="constrained")
        grid: Any = figure.subplots(lines, columns, sharex=True, squeeze=False)
        edges = np.arange(SCORE_BINS) / SCORE_BINS
        for number, axes in enumerate(grid.flat):
            if number >= len(shown):
                axes.set_axis_off()
                continue
            for language in LANGUAGES:
                histogram = scores[shown[number]].get(language)
                if histogram is None:
                    continue
                reached = 100 * np.cumsum(histogram[::-1])[::-1] / max(1, sum(histogram))
                axes.step(
                    edges, np.where(reached > 0, reached, np.nan), where="post", label=language,
                    color=_LANGUAGE_COLOURS[language], linestyle=_DASHES[language],
                )  # fmt: skip
            for limit in limits.get(shown[number], ()):
                axes.axvline(limit, color=_MUTED, linewidth=0.9, linestyle=":")
            axes.set(title=shown[number].replace("_", " "), yscale="log", xlim=(0, 1))
            axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
            axes.minorticks_off()
        figure.supxlabel("score", fontsize=10.5, color=_MUTED)
        figure.supylabel("% of rows with this score or more", fontsize=10.5, color=_MUTED)
        found = {
            label: line
            for axes in grid.flat
            for line, label in zip(*axes.get_legend_handles_labels(), strict=True)
        }
        figure.legend(found.values(), found.keys(), loc="outside upper right", ncols=5)
        return _svg(figure, "scores")


def draw_throughput(points: Sequence[tuple[float, float]], mean: float) -> str:
    """Rows a second over the time of the run. ``points``: (seconds of work, rows a second from there on)."""
    with matplotlib.rc_context(_STYLE):
        figure, axes = _figure(7.2, 2.5)
        axes.step(
            [at for at, _ in points],
            [rate for _, rate in points],
            where="post",
            color=_LANGUAGE_COLOURS["en"],
        )
        axes.axhline(mean, color=_MUTED, linewidth=0.9, linestyle=":")
        axes.annotate(
            "mean",
            (points[-1][0], mean),
            (0, 3),
            textcoords="offset points",
            ha="right",
            color=_MUTED,
        )
        axes.set(
            xlabel="seconds of work",
            ylabel="rows a second",
            ylim=(0, 1.15 * max(rate for _, rate in points)),
            xlim=(0, points[-1][0]),
        )
        axes.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:,g}")
        return _svg(figure, "throughput")


def draw_curves(curves: Mapping[str, Curve], quality: Mapping[str, Quality]) -> str:
    """Precision over recall for every threshold of the score, and where the policy is, by language."""
    with matplotlib.rc_context(_STYLE):
        figure, axes = _figure(5.6, 4.3)
        for language, curve in curves.items():
            axes.plot(
                curve.recall, curve.precision, label=f"{language} (AP {curve.average_precision:.2f})",
                color=_LANGUAGE_COLOURS[language], linestyle=_DASHES[language],
            )  # fmt: skip
        for language, one in quality.items():
            if one.precision is None or one.recall is None:
                continue
            axes.errorbar(
                one.recall.value, one.precision.value, xerr=_error(one.recall), yerr=_error(one.precision),
                fmt=_MARKERS[language], color=_LANGUAGE_COLOURS[language], markersize=7, capsize=2.5, linewidth=1.1,
            )  # fmt: skip
        axes.set(xlabel="recall", ylabel="precision", xlim=(0, 1.01), ylim=(0, 1.02))
        axes.legend(loc="lower left")
        return _svg(figure, "curves")


def draw_quality(quality: Mapping[str, Quality]) -> str:
    """Precision, recall and false-positive rate of the policy with their intervals, a panel for each."""
    with matplotlib.rc_context(_STYLE):
        shown = list(quality)
        figure = Figure((10.6, 0.8 + 0.32 * len(shown)), layout="constrained")
        grid: Any = figure.subplots(1, 3, sharey=True)
        names = ("precision", "recall", "false_positive_rate")
        for axes, name in zip(grid, names, strict=True):
            for place, language in enumerate(shown):
                rate = getattr(quality[language], name)
                if rate is not None:
                    axes.errorbar(
                        rate.value, place, xerr=_error(rate), clip_on=False, fmt=_MARKERS[language], capsize=3,
                        color=_LANGUAGE_COLOURS[language],
                    )  # fmt: skip
            axes.set(title=name.replace("_", " "), xlim=(0, 1))
            axes.set_ylim(len(shown) - 0.5, -0.5)
        rates = [
            one.false_positive_rate.high for one in quality.values() if one.false_positive_rate
        ]
        grid[2].set_xlim(0, min(1.0, 1.15 * max(rates, default=1.0) or 1.0))
        _list_languages(grid[0], shown)
        return _svg(figure, "quality")


def _figure(width: float, height: float) -> tuple[Figure, Any]:
    figure = Figure((width, height), layout="constrained")
    return figure, figure.subplots()


def _list_languages(axes: Any, shown: Sequence[str]) -> None:
    axes.set_yticks(range(len(shown)), shown)
    axes.set_ylim(len(shown) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0, labelcolor=_INK)
    axes.grid(False, axis="y")


def _error(rate: Any) -> list[list[float]]:
    return [[rate.value - rate.low], [rate.high - rate.value]]


def _percent(share: float) -> str:
    if not share:
        return "0 %"
    if share < 0.00005:
        return "< 0.01 %"
    return f"{100 * share:.{0 if share >= 0.1 else 1 if share >= 0.01 else 2}f} %"


def _svg(
    figure: Figure,
    name: Literal["actions", "languages", "scores", "throughput", "curves", "quality"],
) -> str:
    """The drawing as an element of a page: no XML head, no metadata, no id that another drawing has too."""
    out = io.StringIO()
    with matplotlib.rc_context({"svg.hashsalt": name}):
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    body = out.getvalue()
    body = body[body.index("<svg") :]
    body = re.sub(r"<metadata>.*?</metadata>\s*", "", body, count=1, flags=re.DOTALL)
    linked = set(re.findall(r'#([\w.-]+)[")]', body))
    body = re.sub(r' id="([^"]*)"', lambda one: one[0] if one[1] in linked else "", body)
    for drawn, shown in _COLOURS.items():
        body = body.replace(drawn, shown)
    return re.sub(
        r'<svg[^>]*viewBox="([^"]*)"[^>]*>', r'<svg viewBox="\1" aria-hidden="true">', body, count=1
    )
