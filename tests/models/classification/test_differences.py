"""Texts that are nearly the same: only the differences are looked at, and every score is what it would be alone."""

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.classification.compact import CompactClassifier
from models.classification.differences import find_differences
from models.classification.features import REACH_ZH, hash_zh, stream_zh
from models.training.toxicity import folding
from models.training.toxicity.export import write
from models.training.toxicity.fit import HEADS
from tests.training.toxicity.conftest import random_half

TABLE = folding.build()
SENTENCE = "今天天气真好，下午三点我们一起去公园吧，晚上 OK 回来看电影，明天再说"
WITHOUT_ONE = [SENTENCE[:at] + SENTENCE[at + 1 :] for at in range(len(SENTENCE))]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> CompactClassifier:
    path = tmp_path_factory.mktemp("models") / "small"
    halves = {lang: random_half(lang) for lang in ("en", "zh")}
    calibration = {lang: dict.fromkeys(HEADS[lang], (1.0, 0.0)) for lang in halves}
    write(halves, calibration, path, "small")
    return CompactClassifier(path)


def test_little_is_looked_at_of_texts_that_are_nearly_the_same() -> None:
    stream = stream_zh(WITHOUT_ONE, TABLE)
    found = find_differences(stream, REACH_ZH)
    assert found is not None
    assert len(found.pieces.codes) < len(stream.codes) / 2
    some = hash_zh(found.pieces, TABLE, found.fresh)
    assert len(some.items) < len(hash_zh(stream, TABLE).items) / 4


def test_features_of_the_pieces_add_up_to_those_of_the_texts() -> None:
    stream = stream_zh(WITHOUT_ONE, TABLE)
    found = find_differences(stream, REACH_ZH)
    assert found is not None
    whole, some = hash_zh(stream, TABLE), hash_zh(found.pieces, TABLE, found.fresh)
    np.testing.assert_array_equal(found.counts(some), whole.counts())
    starts, signs = found.by_text(some)
    total: dict[int, float] = {}
    for text in range(stream.documents):
        if found.whole[text] == text:
            total = {}
        for at in range(starts[text], starts[text + 1]):
            total[int(some.items[at])] = total.get(int(some.items[at]), 0) + float(signs[at])
        counted = [item for item, number in total.items() for _ in range(int(number))]
        own = whole.items[whole.starts[text] : whole.starts[text + 1]]
        assert sorted(counted) == sorted(own.tolist())


@pytest.mark.parametrize(
    "texts", [[], ["你好"], ["", ""], ["今天天气真好", "你是哪里人呢", "吃饭了没有啊"]]
)
def test_strangers_have_no_differences(texts: list[str]) -> None:
    assert find_differences(stream_zh(texts, TABLE), REACH_ZH) is None


@settings(max_examples=150, deadline=None)
@given(
    text=st.text(st.sampled_from("你好吗我们不 a1!，\u200b@w.:/"), max_size=40),
    cuts=st.lists(
        st.tuples(st.integers(0, 40), st.integers(0, 5), st.sampled_from(["", "", "x", "好好", " "])),
        max_size=12,
    ),
    langs=st.sampled_from([["zh"], ["mixed"], ["zh", "en"]]),
)  # fmt: skip
def test_near_copies_score_as_they_do_alone(
    small: CompactClassifier, text: str, cuts: list[tuple[int, int, str]], langs: list[str]
) -> None:
    texts = [text, *(text[:at] + new + text[at + size :] for at, size, new in cuts)]
    named = [langs[at % len(langs)] for at in range(len(texts))]
    together = small.classify(texts, named)
    assert together == [
        small.classify([one], [lang])[0] for one, lang in zip(texts, named, strict=True)
    ]


def test_long_texts_are_done_in_portions(small: CompactClassifier) -> None:
    rng = random.Random(2)
    strangers = ["".join(rng.choices(SENTENCE, k=900)) for _ in range(60)]
    texts = [
        SENTENCE * 20,
        *(strangers[0][:at] + strangers[0][at + 1 :] for at in range(0, 900, 15)),
        *strangers,
    ]
    together = small.classify(texts, ["zh"] * len(texts))
    assert together == [small.classify([one], ["zh"])[0] for one in texts]
