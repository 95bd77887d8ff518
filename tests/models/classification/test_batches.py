"""What a text scores does not hang on what else is in its batch."""

import random

import pytest

from models.registry import open_classifier
from tests.models.bundled import bundled_entry

pytestmark = pytest.mark.weights


def test_scores_are_the_same_in_every_batch() -> None:
    bundled_entry("classification")
    classifier = open_classifier("compact", "bundled")
    rng = random.Random(5)
    words = [*"abcdefgh", "you", "are", "kind", "bad", "idea", *"你真的很好看不要这样"]
    texts = [" ".join(rng.choices(words, k=rng.randint(1, 40))) for _ in range(300)]
    langs = [rng.choice(["en", "zh", "mixed"]) for _ in texts]
    together = classifier.classify(texts, langs)
    for size in (1, 7, 64):
        apart = [
            row
            for at in range(0, len(texts), size)
            for row in classifier.classify(texts[at : at + size], langs[at : at + size])
        ]
        assert apart == together
