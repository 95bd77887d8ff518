"""Verdicts for people at a terminal: the action, the text with its evidence marked, scores as bars, and the reasons."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from service.domain import Action, Evidence, Verdict

if TYPE_CHECKING:
    from rich.text import Text

__all__ = ["verdict_lines"]

_STYLES = {Action.ALLOW: "bold green", Action.REVIEW: "bold yellow", Action.BLOCK: "bold red"}
_MARK = "reverse"
_BAR = 20
# Lower scores say nothing; they are shown only where a rule looked at them.
_LEAST_SHOWN = 0.1


def verdict_lines(text: str, verdict: Verdict) -> "list[Text]":
    """What to print for one text, line by line. The text's own control characters are made visible, not sent."""
    from rich.text import Text

    style = _STYLES[verdict.action]
    lang = verdict.detection.lang or verdict.detection.reason
    mixed = ", mixed" if verdict.detection.mixed else ""
    trial = " (shadow)" if verdict.mode == "shadow" else ""
    head = Text.assemble(
        (verdict.action.upper(), style),
        f"{trial}  {lang}{mixed}  policy {verdict.policy} {verdict.policy_version}  {verdict.model}",
    )
    lines = [head, _marked(text, verdict.evidence)]
    lines += _scores(verdict)
    for reason in verdict.reasons:
        score = "" if reason.score is None else f" {reason.score:.2f}"
        limit = "" if reason.threshold is None else f" >= {reason.threshold:.2f}"
        note = f"  {reason.message}" if reason.message else ""
        lines.append(Text(f"  {reason.action}: {reason.rule}{score}{limit}{note}"))
    lines += _evidence(text, verdict.evidence)
    if verdict.translation is not None:
        lines.append(Text(f"  in {verdict.translation.target_lang}:"))
        lines.append(_marked(verdict.translation.text, verdict.translation_evidence))
    lines += [Text(f"  warning: {code}", "yellow") for code in verdict.warnings]
    return lines


def _marked(text: str, evidence: Sequence[Evidence]) -> "Text":
    from rich.text import Text

    shown = Text("  " + _visible(text))
    for one in evidence:
        shown.stylize(_MARK, one.start + 2, one.end + 2)
    return shown


def _scores(verdict: Verdict) -> "list[Text]":
    from rich.text import Text

    asked = {reason.category for reason in verdict.reasons}
    shown = [
        (category, score)
        for category, score in verdict.scores.items()
        if score is not None and (score >= _LEAST_SHOWN or category in asked)
    ]
    return [
        Text(f"  {category:<16} {score:.2f} {'█' * round(score * _BAR)}")
        for category, score in sorted(shown, key=lambda pair: -pair[1])
    ]


def _evidence(text: str, evidence: Sequence[Evidence]) -> "list[Text]":
    from rich.text import Text

    lines = []
    for one in evidence:
        views = f", seen through {' '.join(one.views)}" if one.views else ""
        weight = "" if one.weight is None else f", weight {one.weight:.2f}"
        where = f"  [{one.start}:{one.end}] {_visible(text[one.start : one.end])}"
        lines.append(Text(f"{where}  {one.rule}{views}{weight}"))
    return lines


def _visible(text: str) -> str:
    """The text on one line, one character for one, without any that a terminal would obey or hide."""
    return "".join(
        c if c.isprintable() else "\N{OPEN BOX}" if c.isspace() else "\ufffd" for c in text
    )
