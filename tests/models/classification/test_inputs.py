"""Tests of ``models.classification.inputs`` and ``categories``: what all classifiers share."""

import pytest

from models.classification.categories import CATEGORIES, LANGUAGES
from models.classification.inputs import check_texts, score_as
from models.interfaces import Scores
from service.domain import Category, Lang

SCORES: dict[str, Scores] = {"en": (0.1, None, 0.9), "zh": (0.2, 0.3, None), "other": (None,) * 3}


def test_categories_are_those_of_the_domain_in_their_order() -> None:
    assert tuple(Category) == CATEGORIES
    assert {lang.base for lang in Lang} == set(LANGUAGES)


@pytest.mark.parametrize(
    ("lang", "expected"),
    [
        ("en", (0.1, None, 0.9)),
        ("zh", (0.2, 0.3, None)),
        ("mixed", (0.2, 0.3, 0.9)),
        ("other", (None, None, None)),
    ],
)
def test_inputs_score_as(lang: str, expected: Scores) -> None:
    assert score_as(lang, SCORES.__getitem__) == expected


def test_inputs_mixed_without_any_language() -> None:
    assert score_as("mixed", lambda lang: (None, None)) == (None, None)


@pytest.mark.parametrize("text", ["abc", "你好吗", "😂😂😂", ""])
def test_inputs_up_to_the_limit(text: str) -> None:
    check_texts([text], ["en"], 3)


def test_inputs_over_the_limit_or_uneven() -> None:
    with pytest.raises(ValueError, match="text 1 has 4 code points, over the limit of 3") as caught:
        check_texts(["abc", "你好吗呢"], ["en", "zh"], 3)
    assert "你" not in str(caught.value)
    with pytest.raises(ValueError, match="2 texts, but 1 languages"):
        check_texts(["a", "b"], ["en"], 3)
