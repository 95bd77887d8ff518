"""The findings about the default policy as one Markdown document."""

from collections import Counter
from collections.abc import Iterable, Sequence

from benchmarks import common
from benchmarks.moderation_findings import Findings, OpinionResult, Outcome
from models.training.toxicity.evaluate import Report
from models.training.toxicity.tables import to_markdown as classifier_tables
from service.domain import Action

__all__ = ["to_markdown"]

CLEAN_GOAL, CLOAK_GOAL = 0.01, 0.80
# The second opinion is worth its cost by default where it finds this much more, and flags hardly more ordinary posts.
OPINION_GAIN, OPINION_HARM = 0.02, 0.002
_CLASSIFIER_PARTS = ("Categories", "Calibration of toxicity")
_HEAD = """\
# Evaluation of moderation

Model `{model}`, policy `{policy}`. Made by one command; no number is written by hand:

    python -m benchmarks.moderation_quality --data FOLDER

A post is *flagged* when the default policy says review or block. *Recall* is the share of the posts that a set marks
(abuse, hate, self-harm, spam, sexual content, fraud) which are flagged; *false positives* are flagged posts among the
others. Sets differ in what they mark: in DynaHate, HateCheck, Kennedy, EDOS and SWSR it is hate or sexism alone, so
many of their other posts are rude and rightly flagged; in the two self-harm sets every post is about a crisis.
The thresholds were chosen on these same sets, so expect somewhat less elsewhere. Speed is in
[moderation.md](../benchmarks/results/moderation.md), the classifier alone in its
[card](../models/cards/magpie-toxicity-small.md).
"""


def to_markdown(found: Findings, report: Report) -> str:
    """The whole document. ``report`` is the classifier's own, from its card."""
    parts = [
        _HEAD.format(model=found.model, policy=found.policy),
        _clean(found),
        _labelled(found),
        _cloaked(found),
        _fairness(found),
        _functions(found),
        _opinions(found),
        _classifier(report),
        _failures(found),
    ]
    return "\n".join(part for part in parts if part)


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "-"


def _share(value: float) -> str:
    return f"{100 * value:.1f} %"


def _flagged(counts: Counter[Action]) -> int:
    return counts[Action.REVIEW] + counts[Action.BLOCK]


def _sum(outcomes: Iterable[Outcome]) -> Outcome:
    total = Outcome()
    for outcome in outcomes:
        total.merge(outcome)
    return total


def _of(found: Findings, lang: str, *, clean: bool) -> list[Outcome]:
    return [
        outcome
        for name, outcome in found.sets.items()
        if name.endswith(f".{lang}") and name.startswith("clean_") == clean
    ]


def _clean(found: Findings) -> str:
    rows, over = [], []
    for name, outcome in found.sets.items():
        if name.startswith("clean_"):
            rows.append(_clean_row(name, outcome))
            count = outcome.negative.total()
            if _flagged(outcome.negative) > CLEAN_GOAL * count:
                over.append(name)
    for lang in ("en", "zh"):
        rows.append(_clean_row(f"**all, {lang}**", _sum(_of(found, lang, clean=True))))
    table = common.table(("set", "posts", "flagged", "blocked", "rules that flag most"), rows)
    met = "met" if not over else f"missed on {', '.join(over)}"
    return f"## Ordinary posts\n\n{table}\n\nGoal: at most {_share(CLEAN_GOAL)} flagged on every set: {met}.\n"


def _clean_row(name: str, outcome: Outcome) -> list[object]:
    count = outcome.negative.total()
    rules = ", ".join(f"{rule} {n}" for rule, n in outcome.rules.most_common(3))
    flagged = _percent(_flagged(outcome.negative), count)
    return [name, f"{count:,}", flagged, _percent(outcome.negative[Action.BLOCK], count), rules]


def _labelled(found: Findings) -> str:
    rows = [
        _labelled_row(name, outcome)
        for name, outcome in found.sets.items()
        if not name.startswith("clean_")
    ]
    for lang in ("en", "zh"):
        rows.append(_labelled_row(f"**all, {lang}**", _sum(_of(found, lang, clean=False))))
    header = (
        "set", "marked", "recall", "blocked", "others", "false positives", "others blocked", "precision",
    )  # fmt: skip
    document = f"## Labelled sets\n\n{common.table(header, rows)}\n"
    if not found.kinds:
        return document
    harms = [_labelled_row(kind, outcome) for kind, outcome in found.kinds.items()]
    return f"{document}\nChineseHarm by kind of harm:\n\n{common.table(('kind', *header[1:]), harms)}\n"


def _labelled_row(name: str, outcome: Outcome) -> list[object]:
    marked, others = outcome.positive.total(), outcome.negative.total()
    right, wrong = _flagged(outcome.positive), _flagged(outcome.negative)
    return [
        name, f"{marked:,}", _percent(right, marked), _percent(outcome.positive[Action.BLOCK], marked), f"{others:,}",
        _percent(wrong, others), _percent(outcome.negative[Action.BLOCK], others), _percent(right, right + wrong),
    ]  # fmt: skip


def _cloaked(found: Findings) -> str:
    if not found.cloaks:
        return ""
    rows, missed, counts, hits, bases = [], [], 0, 0.0, 0.0
    for kind, (count, recall, base) in found.cloaks.items():
        if kind == "base":
            continue
        share = recall / base if base else 0.0
        rows.append([kind, count, _share(recall), _share(base), _share(share)])
        counts, hits, bases = counts + count, hits + recall * count, bases + base * count
        if share < CLOAK_GOAL:
            missed.append(kind)
    together = hits / bases if bases else 0.0
    rows.append(
        ["**all**", counts, _share(hits / counts), _share(bases / counts), _share(together)]
    )
    header = ("cloak", "toxic posts", "recall", "same posts uncloaked", "share kept")
    met = "met" if together >= CLOAK_GOAL else "missed"
    single = f"; under it alone: {', '.join(missed)}" if missed else "; also by every cloak alone"
    return (
        "## Cloaked Chinese (ToxiCloakCN)\n\n`homo`: homophones, `emoji`: emoji for words; `kw`: key words only, "
        f"`full`: the whole text.\n\n{common.table(header, rows)}\n\n"
        f"Goal: {_share(CLOAK_GOAL)} of the uncloaked recall: {met}{single}.\n"
    )


def _fairness(found: Findings) -> str:
    english, chinese = found.fairness["en"], found.fairness["zh"]
    rows: list[list[object]] = [
        [en, *_rates(english[en]), zh, *_rates(chinese[zh])] for en, zh in found.pairs
    ]
    paired = {term for pair in found.pairs for term in pair}
    single = [[term for term in side if term not in paired] for side in (english, chinese)]
    for place in range(max(map(len, single))):
        cells: list[object] = []
        for terms, side in zip(single, (english, chinese), strict=True):
            known = place < len(terms)
            cells += [terms[place], *_rates(side[terms[place]])] if known else ["", "", ""]
        rows.append(cells)
    totals = [_sum(side.values()) for side in (english, chinese)]
    rows.append(["**all**", *_rates(totals[0]), "**all**", *_rates(totals[1])])
    each = next(iter(english.values())).negative.total()
    over = [
        f"{lang} {_percent(_flagged(total.negative), total.negative.total())}"
        for lang, total in zip(("en", "zh"), totals, strict=True)
        if _flagged(total.negative) > CLEAN_GOAL * total.negative.total()
    ]
    header = ("English term", "flagged", "blocked", "Chinese term", "flagged", "blocked")
    met = "met" if not over else f"missed ({', '.join(over)})"
    return (
        f"## Neutral sentences about groups of people\n\nFalse positives by term: {each} neutral sentences a term, the "
        "same in both languages, in frames that no model was trained\non. The first rows are the same group in both "
        f"languages; below them are terms of one language alone.\n\n{common.table(header, rows)}\n\n"
        f"Goal: at most {_share(CLEAN_GOAL)} in both languages: {met}.\n"
    )


def _rates(outcome: Outcome) -> tuple[str, str]:
    count = outcome.negative.total()
    flagged = _percent(_flagged(outcome.negative), count)
    return flagged, _percent(outcome.negative[Action.BLOCK], count)


def _functions(found: Findings) -> str:
    if not found.functions:
        return ""
    rows = [
        [name, count, _percent(right, count)]
        for name, (count, right) in sorted(
            found.functions.items(), key=lambda item: item[1][1] / item[1][0]
        )
    ]
    return (
        "## HateCheck by functionality\n\nShare judged right, worst first; names that end in `_nh` hold no hate.\n\n"
        f"{common.table(('functionality', 'posts', 'right'), rows)}\n"
    )


def _opinions(found: Findings) -> str:
    if not found.opinions:
        return ""
    rows = []
    for name, result in found.opinions.items():
        rows.append(_opinion_row(name, result))
    clean = [r for name, r in found.opinions.items() if name.startswith("clean_")]
    labelled = [r for name, r in found.opinions.items() if not name.startswith("clean_")]
    gain, harm = _gain(labelled), _harm(clean)
    good = gain >= OPINION_GAIN and harm <= OPINION_HARM
    header = (
        "set", "posts", "translated", "same action", "recall off", "recall on", "precision off", "precision on",
        "false positives off", "false positives on",
    )  # fmt: skip
    verdict = "It is worth switching on by default." if good else "It stays off by default."
    return (
        "## Second opinion\n\nThe same posts, at most 200 characters long, with `second_opinion` off and on: the "
        f"translation is scored too.\n\n{common.table(header, rows)}\n\n"
        f"Recall over all labelled samples changes by {100 * gain:+.1f} points, flags on ordinary posts by "
        f"{100 * harm:+.2f} points.\nThe bar for switching it on by default is {100 * OPINION_GAIN:+.1f} points of "
        f"recall or more at {100 * OPINION_HARM:+.1f} points of ordinary posts or less.\n{verdict}\n"
    )


def _opinion_row(name: str, result: OpinionResult) -> list[object]:
    others = result.rows - result.positive
    off, on = result.off, result.on
    return [
        name, result.rows, _percent(result.scored, result.rows), _percent(result.same, result.rows),
        _percent(off[0], result.positive), _percent(on[0], result.positive),
        _percent(off[0], sum(off)) if result.positive else "-", _percent(on[0], sum(on)) if result.positive else "-",
        _percent(off[1], others), _percent(on[1], others),
    ]  # fmt: skip


def _gain(results: Sequence[OpinionResult]) -> float:
    positive = sum(result.positive for result in results)
    return sum(result.on[0] - result.off[0] for result in results) / max(positive, 1)


def _harm(results: Sequence[OpinionResult]) -> float:
    return sum(r.on[1] - r.off[1] for r in results) / max(sum(r.rows for r in results), 1)


def _classifier(report: Report) -> str:
    """The classifier's tables by category and its reliability, as they stand in its card."""
    parts = classifier_tables(report).split("\n## ")
    chosen = [part for part in parts if part.split("\n", 1)[0] in _CLASSIFIER_PARTS]
    return "\n".join(f"## Classifier: {part[0].lower()}{part[1:].rstrip()}\n" for part in chosen)


def _failures(found: Findings) -> str:
    rows = [
        [case["id"], case["policy"], case["action"], verdict.action.value, case.get("reason", "")]
        for case, verdict in found.failures
    ]
    header = ("case", "policy", "a moderator would say", "we say", "why")
    return (
        f"## Known failures\n\n{len(rows)} of {found.cases} cases that were written for the golden tests are judged "
        'wrong. Their texts are in\n`tests/data/moderation/known_failures.jsonl`. "flag" means that review and block '
        f"are both right.\n\n{common.table(header, rows)}\n"
    )
