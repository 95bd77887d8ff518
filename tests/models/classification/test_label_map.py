"""Tests of ``models.classification.label_map``: what a label map may say, and the scores it makes of logits."""

import math
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.classification.categories import CATEGORIES
from models.classification.label_map import (
    BUILT_IN,
    LABEL_MAP_FILE,
    Calibration,
    LabelMap,
    find_label_map,
    parse_label_map,
)

SIGMOID = 'activation = "sigmoid"\nlanguages = ["en"]\n[labels]\n'
SOFTMAX = 'activation = "softmax"\nlanguages = ["en", "zh"]\n[labels]\n'
TOXICITY, INSULT = CATEGORIES.index("toxicity"), CATEGORIES.index("insult")

# The labels in the checkpoint's order, as its card gives them.
CHECKPOINTS = {
    "unitary/toxic-bert": ["toxic", "severe_toxic", "obscene", "threat", "insult", "identity_hate"],
    "thu-coai/roberta-base-cold": ["LABEL_0", "LABEL_1"],
    "textdetox/xlmr-large-toxicity-classifier-v2": ["LABEL_0", "LABEL_1"],
}


@pytest.mark.parametrize("name", BUILT_IN)
def test_label_map_built_in_fits_its_checkpoint(name: str, tmp_path: Path) -> None:
    found = find_label_map(tmp_path, name)
    head = found.bind(CHECKPOINTS[name])
    logits = [0.0] * len(CHECKPOINTS[name])
    logits[CHECKPOINTS[name].index("toxic") if "toxic" in CHECKPOINTS[name] else 1] = 5.0
    scores = head.probabilities(logits)
    assert scores[TOXICITY] == pytest.approx(0.9933, abs=1e-4)
    assert {c for _, c in found.supported()} == {
        c for c, s in zip(CATEGORIES, scores, strict=True) if s is not None
    }


def test_label_map_languages_of_the_built_in_ones(tmp_path: Path) -> None:
    languages = {name.split("/")[1]: find_label_map(tmp_path, name).languages for name in BUILT_IN}
    assert languages == {
        "toxic-bert": ("en",),
        "roberta-base-cold": ("zh",),
        "xlmr-large-toxicity-classifier-v2": ("en", "zh"),
    }


def test_label_map_sigmoid_takes_the_highest_of_several_labels() -> None:
    head = parse_label_map(SIGMOID + 'a = "toxicity"\nb = "toxicity"\nc = []\n', "x").bind("abc")
    scores = head.probabilities([-1.0, 2.0, 9.0])
    assert scores[TOXICITY] == pytest.approx(1 / (1 + math.exp(-2)))
    assert [s for s in scores if s is not None] == [scores[TOXICITY]]


def test_label_map_softmax_adds_labels_up() -> None:
    text = SOFTMAX + 'hate = ["toxicity", "insult"]\nrude = "toxicity"\nfine = []\n'
    head = parse_label_map(text, "x").bind(["fine", "rude", "hate"])
    scores = head.probabilities([0.0, 0.0, 0.0])
    assert scores[TOXICITY] == pytest.approx(2 / 3)
    assert scores[INSULT] == pytest.approx(1 / 3)


@given(st.lists(st.floats(-1e4, 1e4), min_size=3, max_size=3), st.booleans())
def test_label_map_probabilities_are_in_range(logits: list[float], softmax: bool) -> None:
    labels = 'a = "toxicity"\nb = ["toxicity", "insult"]\nc = []\n'
    head = parse_label_map((SOFTMAX if softmax else SIGMOID) + labels, "x").bind("abc")
    scores = head.probabilities(logits)
    assert all(s is None or 0.0 <= s <= 1.0 for s in scores)
    assert (scores[TOXICITY] or 0.0) >= (scores[INSULT] or 0.0)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_label_map_refuses_logits_that_are_not_numbers(bad: float) -> None:
    head = parse_label_map(SIGMOID + 'a = "toxicity"\n', "x").bind(["a"])
    with pytest.raises(RuntimeError, match="not a number"):
        head.probabilities([bad])


def test_label_map_calibrates_by_language_and_category() -> None:
    text = SOFTMAX + 'a = ["toxicity", "insult"]\nb = []\n'
    text += "[calibration.zh]\ntoxicity = { scale = 2.0, offset = -1.0 }\n"
    head = parse_label_map(text, "x").bind("ab")
    raw = head.probabilities([math.log(3.0), 0.0])  # 0.75
    english, chinese = head.calibrate(raw, "en"), head.calibrate(raw, "zh")
    assert english == raw
    assert chinese[INSULT] == raw[INSULT]
    assert chinese[TOXICITY] == pytest.approx(9 / (9 + math.e))
    assert set(head.calibrate(raw, "other")) == {None}


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0.01, 10), st.floats(-5, 5))
def test_label_map_calibration_keeps_the_order(
    a: float, b: float, scale: float, offset: float
) -> None:
    calibration = Calibration(scale, offset)
    low, high = (calibration.apply(p) for p in sorted((a, b)))
    assert 0.0 <= low <= high <= 1.0


def test_label_map_names_go_before_places() -> None:
    """A checkpoint whose second label is called 0."""
    head = parse_label_map(SIGMOID + '0 = "toxicity"\na = []\n', "x").bind(["a", "0"])
    assert head.columns[TOXICITY] == (1,)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (["a"], "the checkpoint has no label 'b'; it has a"),
        (["a", "b", "c"], r"says nothing about 'c' .*\[\], to leave it out"),
        (["a", "x"], "no label 'b'"),
    ],
)
def test_label_map_must_fit_the_checkpoint(labels: list[str], message: str) -> None:
    found = parse_label_map(SIGMOID + 'a = "toxicity"\nb = []\n', "x")
    with pytest.raises(ValueError, match=message):
        found.bind(labels)


def test_label_map_softmax_of_one_label() -> None:
    with pytest.raises(ValueError, match="must be sigmoid"):
        parse_label_map(SOFTMAX + 'a = "toxicity"\n', "x").bind(["a"])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("activation = ", "Invalid value"),
        (SIGMOID, "no label has a category"),
        (SIGMOID + "a = []\n", "no label has a category"),
        (SIGMOID + 'a = "rudeness"\n', "unknown category 'rudeness'; known: toxicity"),
        (SIGMOID + 'a = ["toxicity", "rudeness"]\n', "unknown category 'rudeness'"),
        (SIGMOID + "a = 3\n", "not iterable"),
        ('languages = ["en"]\n[labels]\na = "toxicity"\n', "'activation' is missing"),
        ('activation = "sigmoid"\n[labels]\na = "toxicity"\n', "'languages' is missing"),
        ('activation = "sigmoid"\nlanguages = ["en"]\n', "'labels' is missing"),
        ('activation = "max"\nlanguages = ["en"]\n[labels]\na = "toxicity"\n', "activation 'max'"),
        ('activation = "sigmoid"\nlanguages = ["fr"]\n[labels]\na = "toxicity"\n', "language 'fr'"),
        ('activation = "sigmoid"\nlanguages = []\n[labels]\na = "toxicity"\n', "empty"),
        ('treshold = 1\nactivation = "sigmoid"\n', "unknown key 'treshold'; known: activation"),
        (SIGMOID + 'a = "toxicity"\n[calibration.fr]\ntoxicity = 1\n', "language 'fr'"),
        (SIGMOID + 'a = "toxicity"\n[calibration.en]\nrude = 1\n', "category 'rude'"),
        (
            SIGMOID + 'a = "toxicity"\n[calibration.en]\ntoxicity = { scale = 0, offset = 0 }\n',
            "calibration.en.toxicity: scale must be over 0",
        ),
        (
            SIGMOID + 'a = "toxicity"\n[calibration.en]\ntoxicity = { scale = 1 }\n',
            "'offset' is missing",
        ),
    ],
)
def test_label_map_malformed(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=f"my.toml is not a label map: .*{message}"):
        parse_label_map(text, "my.toml")


def test_label_map_of_the_folder_and_given(tmp_path: Path) -> None:
    (tmp_path / LABEL_MAP_FILE).write_text(SIGMOID + 'a = "toxicity"\n', encoding="utf-8")
    other = tmp_path / "other.toml"
    other.write_text(SOFTMAX + 'a = "insult"\nb = []\n', encoding="utf-8")
    assert isinstance(find_label_map(tmp_path), LabelMap)
    assert find_label_map(tmp_path).activation == "sigmoid"
    assert find_label_map(tmp_path, other).activation == "softmax"
    assert find_label_map(tmp_path, str(other)).labels == {"a": ("insult",), "b": ()}


def test_label_map_that_is_not_there_names_the_built_in_ones(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"label_map\.toml.* built-in one: unitary/toxic-bert"):
        find_label_map(tmp_path)
    with pytest.raises(ValueError, match="cannot be read"):
        find_label_map(tmp_path, "unitary/nope")


def test_label_map_of_the_guide_is_one() -> None:
    guide = (Path(__file__).parents[3] / "docs" / "extending.md").read_text("utf-8")
    (block,) = re.findall(r"```toml\n(activation.*?)```", guide, re.DOTALL)
    found = parse_label_map(block, "extending.md")
    head = found.bind(["neutral", "toxic", "hate"])
    assert head.columns[TOXICITY] == (1, 2)
    assert found.calibration[("en", "toxicity")] == Calibration(0.8, -1.2)
