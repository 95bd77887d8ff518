"""A small vocabulary and corpus for the tests of training, made in a second."""

import random
from importlib.util import find_spec
from pathlib import Path

import pytest

from models.training.shards import BOTH, Pairs, PairsBuilder
from models.training.vocabulary import Vocabulary, learn
from tests.models.tiny import session_folder

needs_torch = ["test_average.py", "test_shards.py", "test_train.py", "test_widen.py"]
collect_ignore = [] if find_spec("torch") and find_spec("transformers") else needs_torch

WORDS = {
    "I": "我", "you": "你", "we": "我们", "love": "爱", "see": "看见", "want": "想要",
    "cats": "猫", "dogs": "狗", "coffee": "咖啡", "music": "音乐", "Beijing": "北京", "Tom": "汤姆",
}  # fmt: skip


def sentences(count: int, seed: int = 0) -> list[tuple[str, str]]:
    """Word-for-word pairs such as ``I love cats.`` and ``我爱猫。``."""
    rng = random.Random(seed)
    subjects, verbs = ["I", "you", "we", "Tom"], ["love", "see", "want"]
    objects = ["cats", "dogs", "coffee", "music", "Beijing"]
    pairs = []
    for _ in range(count):
        words = [rng.choice(subjects), rng.choice(verbs), rng.choice(objects)]
        if rng.random() < 0.5:
            words += ["and", rng.choice(objects)]
        zh = "".join(WORDS.get(w, "和") for w in words)
        pairs.append((" ".join(words) + ".", zh + "。"))
    return pairs


@pytest.fixture(scope="session")
def vocabulary(tmp_path_factory: pytest.TempPathFactory) -> Vocabulary:
    folder = tmp_path_factory.mktemp("vocabulary")
    texts = [side for pair in sentences(400) for side in pair]
    return learn(
        texts, folder / "joint.model", size=370, symbols=[*WORDS, *WORDS.values(), ".", "。"]
    )


def to_pairs(vocabulary: Vocabulary, rows: list[tuple[str, str]]) -> Pairs:
    builder = PairsBuilder(["open-test"])
    en, zh = vocabulary.encode([r[0] for r in rows]), vocabulary.encode([r[1] for r in rows])
    for e, z in zip(en, zh, strict=True):
        builder.add(e, z, BOTH, 0)
    return builder.build()


@pytest.fixture(scope="session")
def pairs(vocabulary: Vocabulary) -> Pairs:
    return to_pairs(vocabulary, sentences(200, seed=1))


@pytest.fixture
def corpus_folder(tmp_path: Path) -> Path:
    """A training folder with two tiers and a development folder that shares one line with it."""
    train, dev = tmp_path / "train", tmp_path / "dev"
    train.mkdir()
    dev.mkdir()
    rows = [*sentences(30, seed=2), ("We will meet you at the station.", "我们在车站等你。")]
    text = "".join(f"{en}\t{zh}\n" for en, zh in rows)
    (train / "open-first.tsv").write_text(text, encoding="utf-8")
    (train / "nc-second.tsv").write_text("Good morning, Tom.\t早上好，汤姆。\n", encoding="utf-8")
    held = "We will meet you at the station!\t我们会在车站等你们的。\n"
    (dev / "held.tsv").write_text(held, encoding="utf-8")
    return tmp_path


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Hugging Face folder whose model knows ten sentences in both directions."""
    return session_folder(tmp_path_factory, "tiny")


@pytest.fixture(scope="session")
def tiny_int8(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return session_folder(tmp_path_factory, "tiny-int8")
