"""Folding and hashed n-grams: what is the same, what is kept apart, and that a batch changes nothing."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.classification.features import (
    Bags,
    Vocabulary,
    extract_en,
    extract_zh,
    fold_texts,
)
from models.training.toxicity import folding

TABLE = folding.build()
TEXTS = st.lists(st.text(max_size=40), min_size=1, max_size=5)
EXTRACTORS = {"en": extract_en, "zh": extract_zh}


def folded(text: str) -> str:
    return "".join(map(chr, fold_texts([text], TABLE).codes)).strip()


def items(bags: Bags, text: int) -> list[int]:
    return sorted(bags.items[bags.starts[text] : bags.starts[text + 1]].tolist())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ｈｅｌｌｏ　Ｗｏｒｌｄ", "hello world"),
        ("𝓱𝓮𝓵𝓵𝓸 ⓦⓞⓡⓛⓓ", "hello world"),
        ("he\u200bl\u00adlo", "hello"),
        ("раsswоrd", "password"),
        ("café", "cafe"),
        ("sooooo good", "soo good"),
        ("你\t\n 好", "你 好"),
        ("漢語", "汉语"),
        ("see https://example.org/a?b=c now", "see now"),
        ("@someone hi", "hi"),
        ("看https://example.org/吧", "看 吧"),
    ],
)
def test_folds(text: str, expected: str) -> None:
    assert folded(text) == expected


@pytest.mark.parametrize("lang", EXTRACTORS)
@settings(deadline=None)
@given(texts=TEXTS)
def test_a_batch_gives_each_text_its_own_features(lang: str, texts: list[str]) -> None:
    extract = EXTRACTORS[lang]
    together = extract(texts, TABLE)
    for number, text in enumerate(texts):
        assert items(together, number) == items(extract([text], TABLE), 0)


@pytest.mark.parametrize("lang", EXTRACTORS)
@settings(deadline=None)
@given(text=st.text(max_size=200))
def test_features_are_linear_in_the_text(lang: str, text: str) -> None:
    assert len(EXTRACTORS[lang]([text], TABLE).items) <= 12 * (len(text) + 2)


def test_blanks_between_han_do_not_count() -> None:
    assert items(extract_zh(["你 好 吗"], TABLE), 0) == items(extract_zh(["你好吗"], TABLE), 0)


def test_homophones_share_their_syllables() -> None:
    plain, alike, other = (
        set(items(extract_zh([t], TABLE), 0)) for t in ("十分美丽", "时分美里", "今天下雨")
    )
    assert len(plain & alike) > len(plain & other)


def test_an_emoji_sounds_like_its_word() -> None:
    plain, emoji = (set(items(extract_zh([t], TABLE), 0)) for t in ("狗子来了", "🐶子来了"))
    assert len(plain & emoji) > 6


def test_vocabulary_keeps_only_what_it_knows() -> None:
    hashed = extract_en(["good morning", "", "morning"], TABLE)
    known = np.unique(hashed.items)[::2].astype(np.uint32)
    bags = Vocabulary(known).look_up(hashed)
    assert set(known[bags.items].tolist()) == set(known.tolist())
    assert bags.counts().tolist()[1] == 0
    assert int(bags.starts[-1]) == len(bags.items)


def test_vocabulary_refuses_a_shared_slot() -> None:
    with pytest.raises(ValueError, match="slot"):
        Vocabulary(np.array([0x1000, 0x1001], dtype=np.uint32))


def test_lone_surrogates_and_empty_texts_pass() -> None:
    bags = extract_en(["\ud800", "", "\x00"], TABLE)
    assert len(bags.starts) == 4
