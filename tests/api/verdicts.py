"""Verdicts made by hand, for what turns them into answers."""

from collections.abc import Mapping
from typing import Any

from service.domain import Action, Category, Detection, Evidence, Lang, Reason, Verdict

EN = Detection(Lang.EN, 1.0)
ZH = Detection(Lang.ZH_HANS, 1.0)
MIXED = Detection(Lang.ZH_HANS, 0.6, mixed=True)
EMOJI = Detection(None, 0.0, reason="no_letters")
FOREIGN = Detection(None, 1.0, reason="unknown_script")


def verdict(
    scores: Mapping[str, float] | None = None,
    *,
    action: Action = Action.ALLOW,
    because: tuple[str, ...] = (),
    listed: Mapping[str, int] | None = None,
    detection: Detection = EN,
    **fields: Any,
) -> Verdict:
    """A verdict with ``scores`` (all others None), a reason for each category of ``because``, and word list hits.

    ``listed`` maps categories to the severity of a term of three characters at the start of the text.
    """
    known = dict(scores or {})
    return Verdict(
        action,
        {category: known.get(category) for category in Category},
        tuple(
            Evidence(0, 3, f"lexicon:test#{at}", Category(name), ("leet",), severity)
            for at, (name, severity) in enumerate((listed or {}).items())
        ),
        tuple(Reason(action, f"rule-{name}", Category(name), 0.9, 0.8, "Why.") for name in because),
        detection,
        "default",
        "0123456789abcdef",
        "a-classifier",
        **fields,
    )
