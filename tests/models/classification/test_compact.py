"""The compact classifier on a small model made here, and on the bundled weights."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import load_file, save_file

from models.classification.categories import CATEGORIES
from models.classification.compact import CONFIG, WEIGHTS, CompactClassifier
from models.interfaces import Classifier
from models.manifest import load_manifest, verify
from models.training.toxicity.export import SUPPORTED, write
from models.training.toxicity.fit import HEADS
from service.domain import Category
from tests.training.toxicity.conftest import random_half

MODEL = "magpie-toxicity-small"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("models") / "small"
    halves = {lang: random_half(lang) for lang in ("en", "zh")}
    calibration = {lang: dict.fromkeys(HEADS[lang], (1.0, 0.0)) for lang in halves}
    write(halves, calibration, path, "small")
    return path


@pytest.fixture(scope="module")
def small(folder: Path) -> CompactClassifier:
    return CompactClassifier(folder)


@pytest.fixture(scope="module")
def bundled() -> CompactClassifier:
    entry = load_manifest().get(MODEL)
    assert entry is not None
    return CompactClassifier(entry.path)


def test_columns_are_the_categories_of_the_service() -> None:
    assert tuple(Category) == CATEGORIES


def test_is_a_classifier(small: CompactClassifier) -> None:
    assert isinstance(small, Classifier)
    assert small.info.id == "small"
    assert small.info.supported == frozenset(SUPPORTED)


@pytest.mark.parametrize("lang", ["en", "zh", "mixed", "other"])
def test_answers_what_it_supports(small: CompactClassifier, lang: str) -> None:
    (scores,) = small.classify(["hello 你好"], [lang])
    langs = {"en", "zh"} if lang == "mixed" else {lang}
    for category, score in zip(CATEGORIES, scores, strict=True):
        known = any((each, category) in small.info.supported for each in langs)
        assert (score is not None) == known
        assert score is None or 0.0 <= score <= 1.0


def test_mixed_is_the_higher_of_both(small: CompactClassifier) -> None:
    text = "good morning 早上好"
    en, zh, mixed = small.classify([text] * 3, ["en", "zh", "mixed"])
    for a, b, both in zip(en, zh, mixed, strict=True):
        assert both == max((x for x in (a, b) if x is not None), default=None)


@pytest.mark.weights
@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.text(max_size=60), st.sampled_from(["en", "zh", "mixed", "other"])), max_size=8
    )
)
def test_a_batch_changes_no_score(bundled: CompactClassifier, pairs: list[tuple[str, str]]) -> None:
    together = bundled.classify([t for t, _ in pairs], [lang for _, lang in pairs])
    for (text, lang), scores in zip(pairs, together, strict=True):
        (alone,) = bundled.classify([text], [lang])
        for a, b in zip(scores, alone, strict=True):
            assert a == b or (a is not None and b is not None and abs(a - b) < 1e-4)


def test_bad_calls(small: CompactClassifier) -> None:
    with pytest.raises(ValueError, match="languages"):
        small.classify(["a"], [])
    with pytest.raises(ValueError, match="characters"):
        small.classify(["a" * (small.info.max_input_chars + 1)], ["en"])


def test_closing_twice_is_allowed(small: CompactClassifier) -> None:
    small.close()
    small.close()


@pytest.mark.parametrize("broken", ["config", "weights", "shape", "missing"])
def test_refuses_a_broken_folder(folder: Path, tmp_path: Path, broken: str) -> None:
    tensors = load_file(folder / WEIGHTS)
    config = json.loads((folder / CONFIG).read_text("utf-8"))
    if broken == "shape":
        tensors["en.table"] = np.zeros((3, 3), np.int8)
    if broken == "missing":
        del tensors["zh.keys"]
    (tmp_path / CONFIG).write_text("{" if broken == "config" else json.dumps(config), "utf-8")
    if broken == "weights":
        (tmp_path / WEIGHTS).write_bytes(b"not weights")
    else:
        save_file(tensors, tmp_path / WEIGHTS)
    with pytest.raises(ValueError, match="not a compact classifier"):
        CompactClassifier(tmp_path)


@pytest.mark.weights
def test_bundled_files_are_what_the_manifest_says() -> None:
    entry = load_manifest().get(MODEL)
    assert entry is not None
    assert verify(entry) == []
    assert entry.format == "compact"
    assert sum(record.size for record in entry.files.values()) < 13e6


@pytest.mark.weights
def test_bundled_tells_plain_from_hostile(bundled: CompactClassifier) -> None:
    """Only the order counts here; development sets judge the rest."""
    hostile = ["I will hurt you, you worthless idiot", "滚出去，你这个垃圾"]
    plain = ["Thank you for the lovely dinner", "谢谢你的晚餐，很好吃"]
    for bad, good, lang in zip(hostile, plain, ("en", "zh"), strict=True):
        high, low = (scores[0] for scores in bundled.classify([bad, good], [lang] * 2))
        assert high is not None
        assert low is not None
        assert high > low + 0.2
