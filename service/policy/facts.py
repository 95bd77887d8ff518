"""What a policy judges and what it says: ``Facts`` in, ``Decision`` out. Plain data, no I/O."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from service.domain import Action, Category, Evidence, LexiconHit, Reason
from service.text.normalize import ALL

__all__ = ["LANGUAGES", "Decision", "Facts", "language_of"]

# "mixed": English and Chinese in one text; "other": letters, but of neither; "none": no letters at all.
LANGUAGES = ("en", "zh", "mixed", "other", "none")


@dataclass(frozen=True, slots=True)
class Facts:
    """All that is known about one text.

    ``lang`` is one of ``LANGUAGES`` (a tag such as ``zh-Hans`` counts as its base); anything else is ``other``.
    ``scores`` are calibrated probabilities in [0, 1]; a category that is absent or None is not supported for the
    language. ``opinion`` holds the scores of the translation, or None where nobody asked. ``context`` is what the
    caller knows about author and place, such as ``account_age_days``; numbers are written as strings. ``complete`` is
    False where a part of the text was not looked at, because it has more matches or codes than anybody writes.
    ``disguises`` are the views that the text may be hidden by, where that is known; patterns look for no others.
    """

    text: str
    lang: str
    scores: Mapping[Category, float | None]
    hits: tuple[LexiconHit, ...] = ()
    opinion: Mapping[Category, float | None] | None = None
    classifier_ok: bool = True
    context: Mapping[str, str] = field(default_factory=dict)
    complete: bool = True
    disguises: frozenset[str] = ALL


@dataclass(frozen=True, slots=True)
class Decision:
    """What a policy says about one text.

    ``reasons`` are the live rules that asked for more than allow, strictest first, then in the policy's order.
    ``evidence`` holds the characters behind their lexicon and pattern conditions, in text order. ``shadow`` are the
    rules in shadow mode that would have applied: they never change ``action``.
    """

    action: Action
    reasons: tuple[Reason, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    shadow: tuple[Reason, ...] = ()


def language_of(tag: str) -> str:
    """One of ``LANGUAGES`` for any tag: ``zh-Hant`` is zh, an unknown or empty one is other."""
    base = tag.partition("-")[0]
    return base if base in LANGUAGES else "other"
