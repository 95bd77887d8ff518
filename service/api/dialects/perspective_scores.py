"""From verdicts to Perspective's attributes: which category feeds which, bounds where a score is missing, sentences.

=================  ================  ====================================================================
attribute          our category      where the classifier was not trained for it in the language
=================  ================  ====================================================================
TOXICITY           toxicity          the highest of the categories that imply it
SEVERE_TOXICITY    severe_toxicity   the score of toxicity: it is never likelier than toxicity
IDENTITY_ATTACK    identity_attack   the same
INSULT             insult            the same
THREAT             threat            the same
PROFANITY          profanity         the same; friendly swearing may be over it
SEXUALLY_EXPLICIT  sexual            the same; friendly talk of sex may be over it
SPAM               spam              none: left out and named in ``x_unsupported``
=================  ================  ====================================================================

The first six exist as ``..._EXPERIMENTAL`` too. A listed word raises the number of its category, and of TOXICITY where
the category implies it (see ``service.api.dialects.scores``).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import regex

from service.api.dialects.scores import FLOOR
from service.domain import Category, Detection, Verdict
from service.text.languages import resolve_language
from service.text.segment import split

__all__ = [
    "ATTRIBUTES", "MOST_SPANS", "UNSERVED", "Scored", "detected_languages", "is_served", "scored", "sentences",
]  # fmt: skip

Source = Literal["classifier", "bound", "lexicon", "none"]

_PRODUCTION: Mapping[str, Category] = {
    "TOXICITY": Category.TOXICITY,
    "SEVERE_TOXICITY": Category.SEVERE_TOXICITY,
    "IDENTITY_ATTACK": Category.IDENTITY_ATTACK,
    "INSULT": Category.INSULT,
    "PROFANITY": Category.PROFANITY,
    "THREAT": Category.THREAT,
}
ATTRIBUTES: Mapping[str, Category] = {
    **_PRODUCTION,
    **{f"{name}_EXPERIMENTAL": category for name, category in _PRODUCTION.items()},
    "SEXUALLY_EXPLICIT": Category.SEXUAL,
    "SPAM": Category.SPAM,
}
# What Perspective knows besides. An error for one of these would lose the scores of the others with it.
UNSERVED = frozenset(
    {
        "FLIRTATION", "TOXICITY_FAST", "OBSCENE", "INFLAMMATORY", "INCOHERENT", "UNSUBSTANTIAL", "LIKELY_TO_REJECT",
        "ATTACK_ON_AUTHOR", "ATTACK_ON_COMMENTER", "AFFINITY_EXPERIMENTAL", "COMPASSION_EXPERIMENTAL",
        "CURIOSITY_EXPERIMENTAL", "NUANCE_EXPERIMENTAL", "PERSONAL_STORY_EXPERIMENTAL", "REASONING_EXPERIMENTAL",
        "RESPECT_EXPERIMENTAL", "ALIENATION_EXPERIMENTAL", "FEARMONGERING_EXPERIMENTAL",
        "GENERALIZATION_EXPERIMENTAL", "MORAL_OUTRAGE_EXPERIMENTAL", "SCAPEGOATING_EXPERIMENTAL",
    }
)  # fmt: skip
_IMPLY_TOXICITY = (
    Category.SEVERE_TOXICITY,
    Category.INSULT,
    Category.THREAT,
    Category.IDENTITY_ATTACK,
)
_UNBOUND = frozenset({Category.SPAM})  # not implied by toxicity, so its score bounds nothing

MOST_SPANS = 100  # each costs the classifier as much as a comment of its own
# Words that English sentences are full of and those of its neighbours are not.
_ENGLISH = regex.compile(
    r"(?<![\p{L}'’])(?i:the|and|you|your|you['’]re|this|that|with|have|they|what|would|should|don['’]t|i['’]m)(?!\p{L})"
)


@dataclass(frozen=True, slots=True)
class Scored:
    """An attribute's number and where it comes from; ``supported``: a trained score stands behind it."""

    value: float
    supported: bool
    source: Source


def scored(attribute: str, verdict: Verdict) -> Scored | None:
    """The number of one of ``ATTRIBUTES``; None where none can be given honestly."""
    category = ATTRIBUTES[attribute]
    known = _classified(category, verdict)
    listed = _listed(category, verdict)
    if listed and (known is None or listed > known.value):
        return Scored(listed, known is not None and known.supported, "lexicon")
    return known


def _classified(category: Category, verdict: Verdict) -> Scored | None:
    own = verdict.scores.get(category)
    if own is not None:
        return Scored(own, True, "classifier")
    implied = _IMPLY_TOXICITY if category is Category.TOXICITY else (Category.TOXICITY,)
    bounds = [b for each in implied if (b := verdict.scores.get(each)) is not None]
    if bounds and category not in _UNBOUND:
        return Scored(max(bounds), False, "bound")
    if verdict.detection.reason in ("empty", "no_letters"):
        return Scored(0.0, False, "none")  # emoji and numbers: the word lists have seen them
    return None


def _listed(category: Category, verdict: Verdict) -> float:
    """The floor that listed words set for a category; 0.0 without any."""
    counted = {category, *_IMPLY_TOXICITY} if category is Category.TOXICITY else {category}
    found = (FLOOR.get(e.severity, 0.0) for e in verdict.evidence if e.category in counted)
    return max(found, default=0.0)


def detected_languages(detection: Detection) -> list[str]:
    """Codes as Perspective writes them, likeliest first; ``und`` where there is none."""
    if detection.lang is None:
        return ["und"]
    codes = ["en", "zh"] if detection.lang.base == "en" else ["zh", "en"]
    return codes if detection.mixed else codes[:1]


def is_served(text: str, requested: Iterable[str], detection: Detection) -> bool:
    """Whether a comment can be scored although, or as, its caller has named languages.

    Detection goes by letters, so it takes German for English; a caller who says German is believed, unless the
    comment is in Chinese characters or has words that only English has. Clients let pass what gets a language error.
    """
    codes = list(requested)
    if not codes or any(resolve_language(code) for code in codes):
        return True
    if detection.lang is None:
        return detection.reason not in (
            "unknown_script",
            "other_language",
        )  # emoji and numbers are in every language
    return detection.mixed or detection.lang.base == "zh" or _ENGLISH.search(text) is not None


def sentences(text: str) -> Sequence[tuple[int, int]]:
    """The sentences of ``text`` in code points; of more than ``MOST_SPANS``, neighbours share one stretch."""
    found = [(p.start, p.end) for p in split(text) if p.translate or text[p.start : p.end].strip()]
    each = -(-len(found) // MOST_SPANS) or 1
    groups = [found[at : at + each] for at in range(0, len(found), each)]
    return [(group[0][0], group[-1][1]) for group in groups]
