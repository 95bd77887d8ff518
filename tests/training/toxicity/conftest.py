"""A small corpus of harmless words with labels, and halves trained or made from it."""

import random

import numpy as np
import pytest

from models.classification.features import Folding
from models.training.toxicity import folding
from models.training.toxicity.fit import HEADS, Weights
from models.training.toxicity.rows import Row

EN = (("rotten", "awful"), ("lovely", "kind"), ("tea", "bread", "music", "garden"))
ZH = (("糟糕", "讨厌"), ("可爱", "善良"), ("茶", "面包", "音乐", "花园"))


def rows(count: int = 300, seed: int = 0) -> list[Row]:
    """Rows that are toxic when they hold a bad word, half of them English."""
    rng, made = random.Random(seed), []
    for number in range(count):
        lang, (bad, good, things) = (("en", EN), ("zh", ZH))[number % 2]
        toxic = rng.randrange(2)
        words = [rng.choice(things), rng.choice(bad if toxic else good), rng.choice(things)]
        text = (" " if lang == "en" else "").join(words)
        labels = {"toxicity": toxic, "identity_attack": toxic}
        made.append(Row(text, lang, toxic, labels, "test"))
    return made


@pytest.fixture(scope="session")
def table() -> Folding:
    return folding.build()


def random_half(lang: str, keys: int = 50, deep: int = 4, hidden: int = 8) -> Weights:
    """A half of the right shapes with arbitrary numbers."""
    rng, heads = np.random.default_rng(3), len(HEADS[lang])
    slots = rng.permutation(1 << 20)[:keys].astype(np.uint32)
    return Weights(
        keys=slots << np.uint32(12),
        table=rng.normal(0, 1, (keys, heads + deep)).astype(np.float32),
        w1=rng.normal(0, 1, (deep, hidden)).astype(np.float32),
        b1=np.zeros(hidden, np.float32),
        w2=rng.normal(0, 1, (hidden, heads)).astype(np.float32),
        b2=np.zeros(heads, np.float32),
    )
