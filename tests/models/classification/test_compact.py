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
from models.training.toxicity.export import SUPPORTED, join, write
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


def _model(folder: Path, seed: float) -> Path:
    halves = {lang: random_half(lang) for lang in ("en", "zh")}
    for half in halves.values():
        half.table *= np.float32(seed)
    calibration = {lang: dict.fromkeys(HEADS[lang], (seed, -seed, 0.2)) for lang in halves}
    write(halves, calibration, folder, "small")
    return folder


def _logit(score: float | None) -> float:
    assert score is not None
    return float(np.log(score / (1 - score)))


def test_several_models_of_a_language_answer_with_the_mean_of_their_logits(tmp_path: Path) -> None:
    first, second = _model(tmp_path / "1", 1.0), _model(tmp_path / "2", -0.7)
    join(first, second, tmp_path / "both", lang="zh", alone=["self_harm"])
    texts = ["你们都是坏人", "今天天气真好", "加我微信"]
    one, two, both = (
        CompactClassifier(folder).classify(texts, ["zh"] * 3)
        for folder in (first, second, tmp_path / "both")
    )
    toxicity, harm = CATEGORIES.index("toxicity"), CATEGORIES.index("self_harm")
    for a, b, mean in zip(one, two, both, strict=True):
        wanted = (_logit(a[toxicity]) + _logit(b[toxicity])) / 2
        assert _logit(mean[toxicity]) == pytest.approx(wanted, abs=1e-3)
        assert mean[harm] == a[harm]
    english = ["you are nice"] * 2
    before, after = (
        CompactClassifier(folder).classify(english, ["en"] * 2)
        for folder in (first, tmp_path / "both")
    )
    assert before == after


def test_join_twice_makes_three_and_says_what_is_missing(tmp_path: Path) -> None:
    model = _model(tmp_path / "1", 1.0)
    join(model, model, tmp_path / "2", lang="zh")
    join(tmp_path / "2", model, tmp_path / "3", lang="zh")
    config = json.loads((tmp_path / "3" / CONFIG).read_text("utf-8"))
    assert list(config["languages"]) == ["en", "zh", "zh-2", "zh-3"]
    texts = ["你们都是坏人", "hello 你好"]
    langs = ["zh", "mixed"]
    assert CompactClassifier(tmp_path / "3").classify(texts, langs) == CompactClassifier(
        model
    ).classify(texts, langs)
    with pytest.raises(ValueError, match="no model for fr"):
        join(model, model, tmp_path / "4", lang="fr")


def test_models_of_one_language_must_have_the_same_heads(tmp_path: Path) -> None:
    model = _model(tmp_path / "1", 1.0)
    join(model, model, tmp_path / "2", lang="zh")
    config = json.loads((tmp_path / "2" / CONFIG).read_text("utf-8"))
    config["languages"]["zh-2"]["heads"].reverse()
    (tmp_path / "2" / CONFIG).write_text(json.dumps(config), "utf-8")
    with pytest.raises(ValueError, match="heads of zh"):
        CompactClassifier(tmp_path / "2")


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
    assert sum(record.size for record in entry.files.values()) < 18e6


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
