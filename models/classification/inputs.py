"""What every classifier does before and after it scores: check the lists, and settle which language counts."""

from collections.abc import Callable, Sequence

from models.classification.categories import LANGUAGES
from models.interfaces import Scores

__all__ = ["check_texts", "score_as"]


def check_texts(texts: Sequence[str], langs: Sequence[str], max_input_chars: int) -> None:
    """Raises ``ValueError`` for lists of different length or a text over the limit; the message holds no text."""
    if len(texts) != len(langs):
        raise ValueError(f"{len(texts)} texts, but {len(langs)} languages")
    for index, text in enumerate(texts):
        if len(text) > max_input_chars:
            raise ValueError(
                f"text {index} has {len(text)} code points, over the limit of {max_input_chars}"
            )


def score_as(lang: str, score: Callable[[str], Scores]) -> Scores:
    """``score(lang)``; for ``mixed`` the higher one of both languages, category by category, None only where both are.

    ``score`` answers for any language code, with None where it knows nothing.
    """
    if lang != "mixed":
        return score(lang)
    columns = zip(*(score(one) for one in LANGUAGES), strict=True)
    return tuple(
        max((value for value in column if value is not None), default=None) for column in columns
    )
