"""A verdict's scores for APIs that have nothing but numbers: the classifier's, raised where a listed word was found.

The native API shows scores and word list hits side by side. Clients of the other APIs compare one number with their own
threshold, so that a cloaked insult that only the word lists see would pass them by. Where a listed term was found, its
category's number is therefore at least ``FLOOR`` for the term's severity.
"""

from collections.abc import Mapping

from service.domain import Category, Verdict

__all__ = ["FLOOR", "classified", "raised"]

# By severity of a listed term. Of posts in the development sets in which the default policy found one, 72 % (en) and
# 85 % (zh) are toxic at severity 2, 78 % and 90 % at 3; at 1, which that policy leaves alone, 60 % and 74 %.
FLOOR: Mapping[int, float] = {1: 0.5, 2: 0.7, 3: 0.8}


def raised(verdict: Verdict) -> dict[Category, float | None]:
    """The score of every category, at least ``FLOOR`` where a listed term was found; None where nothing is known."""
    scores = {category: verdict.scores.get(category) for category in Category}
    for found in verdict.evidence:
        floor = FLOOR.get(found.severity)
        if found.category is not None and floor is not None:
            scores[found.category] = max(scores[found.category] or 0.0, floor)
    return scores


def classified(verdict: Verdict) -> bool:
    """Whether a classifier has scored anything at all."""
    return any(score is not None for score in verdict.scores.values())
