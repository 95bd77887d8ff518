"""Tests of ``models.classification.transformers``: its scores are the checkpoint's, and nothing unsafe is loaded."""

import json
import shutil
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from models.classification.categories import CATEGORIES
from models.classification.transformers import TransformersClassifier
from tests.models.tiny_classifiers import JIGSAW, MAX_TOKENS, TEXTS, classifier_folder

pytestmark = pytest.mark.torch

LAYOUTS = ("bert", "roberta", "xlmr")
TOXICITY = CATEGORIES.index("toxicity")
CONTROL = (
    "[CLS]", "[SEP]", "[MASK]", "[PAD]", "[UNK]", "<s>", "</s>", "<pad>", "<mask>", "＜/s＞", "a</s>b", "</s></s>",
)  # fmt: skip

Folder = Callable[[str], Path]


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    return lambda name: classifier_folder(tmp_path_factory, name)


@pytest.fixture
def copy(folder: Folder, tmp_path: Path) -> Folder:
    """A copy of one of the folders, for tests that break it."""
    return lambda name: Path(shutil.copytree(folder(name), tmp_path / f"tiny-{name}"))


@pytest.fixture(scope="module", params=LAYOUTS)
def classifier(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> TransformersClassifier:
    return TransformersClassifier(classifier_folder(tmp_path_factory, request.param), threads=1)


def reference(folder: Path, text: str) -> list[float]:
    """The logits that transformers itself gives for a text that fits into one window."""
    import torch
    import transformers

    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    model = transformers.AutoModelForSequenceClassification.from_pretrained(folder).eval()
    with torch.inference_mode():
        logits: list[float] = model(**tokenizer(text, return_tensors="pt")).logits[0].tolist()
    return logits


def toxicity(classifier: TransformersClassifier, text: str, lang: str) -> float:
    score = classifier.classify([text], [lang])[0][TOXICITY]
    assert score is not None
    return score


@pytest.mark.parametrize("text", ["", "hello world", "good friend!", "我爱你。", "hi 你好"])
def test_transformers_scores_are_those_of_the_checkpoint(folder: Folder, text: str) -> None:
    import torch

    for layout, lang in (("bert", "en"), ("roberta", "zh"), ("xlmr", "en")):
        logits = torch.tensor(reference(folder(layout), text))
        expected = torch.softmax(logits, 0)[1] if layout == "xlmr" else torch.sigmoid(logits)[0]
        found = toxicity(TransformersClassifier(folder(layout)), text, lang)
        assert found == pytest.approx(float(expected), abs=1e-5)


def test_transformers_columns_of_six_labels(folder: Folder) -> None:
    import torch

    logits = reference(folder("bert"), TEXTS[0])
    (scores,) = TransformersClassifier(folder("bert")).classify([TEXTS[0]], ["en"])
    expected = dict(zip(JIGSAW, torch.sigmoid(torch.tensor(logits)).tolist(), strict=True))
    named = {c: s for c, s in zip(CATEGORIES, scores, strict=True) if s is not None}
    assert named == pytest.approx(
        {
            "toxicity": expected["toxic"],
            "severe_toxicity": expected["severe_toxic"],
            "insult": expected["insult"],
            "threat": expected["threat"],
            "identity_attack": expected["identity_hate"],
            "profanity": expected["obscene"],
        },
        abs=1e-5,
    )


def test_transformers_info(folder: Folder) -> None:
    info = TransformersClassifier(folder("bert")).info
    assert (info.id, info.licence, info.classifier) == ("tiny-bert", "MIT", "transformers")
    assert ("en", "threat") in info.supported
    assert {lang for lang, _ in info.supported} == {"en"}
    assert len(info.sha256) == 64
    assert info.details["max_input_tokens"] == str(MAX_TOKENS)
    assert TransformersClassifier(folder("xlmr")).info.id == "tiny-xlmr"  # the folder's name


def test_transformers_position_limit_of_each_layout(classifier: TransformersClassifier) -> None:
    """RoBERTa and XLM-R lose positions to the padding: one token more would be an index error."""
    assert classifier.info.details["max_input_tokens"] == str(MAX_TOKENS)
    text = "a b c d e f g h i j k l m n o p q r s t u v w x y z " * 2
    langs = {lang for lang, _ in classifier.info.supported}
    for size in range(0, classifier.info.max_input_chars, 3):
        assert 0 <= toxicity(classifier, text[:size], min(langs)) <= 1


def test_transformers_calibration_is_by_language(folder: Folder) -> None:
    import math

    classifier = TransformersClassifier(folder("xlmr"))
    english, chinese = (toxicity(classifier, TEXTS[0], lang) for lang in ("en", "zh"))
    logit = 0.5 * math.log(english / (1 - english)) - 1.0
    assert chinese == pytest.approx(1 / (1 + math.exp(-logit)), abs=1e-5)
    assert toxicity(classifier, TEXTS[0], "mixed") == pytest.approx(max(english, chinese))


def test_transformers_label_map_argument(folder: Folder, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(
        'activation = "softmax"\nlanguages = ["zh"]\nmax_input_tokens = 12\n'
        "[labels]\nLABEL_0 = 'spam'\nLABEL_1 = []\n",
        encoding="utf-8",
    )
    theirs = TransformersClassifier(folder("xlmr"))
    mine = TransformersClassifier(folder("xlmr"), label_map=path)
    assert mine.info.supported == {("zh", "spam")}
    assert mine.info.details["max_input_tokens"] == "12"
    (scores,) = mine.classify(["你好"], ["zh"])
    spam = scores[CATEGORIES.index("spam")]
    assert spam == pytest.approx(1 - toxicity(theirs, "你好", "en"), abs=1e-5)
    assert mine.classify(["hello"], ["en"]) == [(None,) * len(CATEGORIES)]


def test_transformers_built_in_label_map_by_name(folder: Folder) -> None:
    built_in = TransformersClassifier(folder("bert"), label_map="unitary/toxic-bert")
    assert built_in.info.id == "unitary/toxic-bert"
    own = TransformersClassifier(folder("bert"))
    assert built_in.classify(TEXTS, ["en"] * len(TEXTS)) == own.classify(TEXTS, ["en"] * len(TEXTS))


@pytest.mark.parametrize("token", CONTROL)
def test_transformers_control_tokens_of_a_user_are_text(
    classifier: TransformersClassifier, token: str
) -> None:
    """Only those the tokenizer adds at the edges are control tokens to the model."""
    inside = classifier._special - {classifier._unknown}
    for text in (token, f"hello {token} world", f"{token}你好"):
        ((_, ids),) = classifier._windows(0, text)
        assert ids[0] in inside
        assert ids[-1] in inside
        assert not inside & set(ids[1:-1])


def test_transformers_long_text_becomes_overlapping_windows(
    classifier: TransformersClassifier,
) -> None:
    text = ("a b c d e f " * 9)[: classifier.info.max_input_chars]
    inner = [ids[1:-1] for _, ids in classifier._windows(0, text)]
    assert len(inner) > 1
    assert max(map(len, inner)) == MAX_TOKENS - 2
    for before, after in pairwise(inner):
        shared = min(MAX_TOKENS // 4, len(after))
        assert before[-shared:] == after[:shared]


def test_transformers_windows_give_the_highest_score(folder: Folder) -> None:
    classifier = TransformersClassifier(folder("bert"))
    text = "hello world " * 3 + "you are a good friend " * 2
    scores = []
    for _, ids in classifier._windows(0, text):
        (logits,) = classifier._logits(classifier._model, [(0, ids)])
        scores.append(classifier._head.probabilities(logits)[TOXICITY])
    assert len(scores) > 1
    assert len({round(score or 0, 4) for score in scores}) > 1
    assert toxicity(classifier, text, "en") == pytest.approx(max(s or 0 for s in scores), abs=1e-5)


def test_transformers_unserved_languages_do_not_reach_the_model(folder: Folder) -> None:
    classifier = TransformersClassifier(folder("roberta"))
    rows = []
    model = classifier._model

    def counting(**inputs: Any) -> Any:
        rows.append(len(inputs["input_ids"]))
        return model(**inputs)

    classifier._model = counting
    found = classifier.classify(["hello", "你好", "hi 你"], ["en", "zh", "mixed"])
    assert found[0] == (None,) * len(CATEGORIES)
    assert sum(rows) == 2


def test_transformers_many_texts_go_in_batches(folder: Folder) -> None:
    classifier = TransformersClassifier(folder("bert"))
    texts = [TEXTS[index % len(TEXTS)] * (1 + index % 3) for index in range(150)]
    together = classifier.classify(texts, ["en"] * len(texts))
    for text, scores in zip(texts[::13], together[::13], strict=True):
        assert scores[TOXICITY] == pytest.approx(toxicity(classifier, text, "en"), abs=1e-5)


def edit(path: Path, **changes: Any) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text("utf-8")), **changes}), "utf-8")


def test_transformers_wants_safetensors(copy: Folder) -> None:
    import torch

    broken = copy("bert")
    (broken / "model.safetensors").unlink()
    torch.save({}, broken / "pytorch_model.bin")
    with pytest.raises(ValueError, match=r"has no model\.safetensors; .* pull --classifier"):
        TransformersClassifier(broken)


def test_transformers_damaged_weights(copy: Folder) -> None:
    broken = copy("bert")
    (broken / "model.safetensors").write_bytes(b"nothing")
    with pytest.raises(ValueError, match="not a sequence-classification checkpoint"):
        TransformersClassifier(broken)


def test_transformers_a_model_without_a_trained_head(copy: Folder) -> None:
    """Loading it would make a head of random numbers."""
    from safetensors.torch import load_file, save_file

    broken = copy("bert")
    weights = load_file(broken / "model.safetensors")
    kept = {name: value for name, value in weights.items() if not name.startswith("classifier")}
    save_file(kept, broken / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ValueError, match=r"not a trained classifier.*classifier\.bias"):
        TransformersClassifier(broken)


def test_transformers_code_of_a_checkpoint_does_not_run(copy: Folder) -> None:
    broken = copy("bert")
    mark = broken / "ran"
    (broken / "evil.py").write_text(f"open({str(mark)!r}, 'w')\n", encoding="utf-8")
    names = {"AutoConfig": "evil.Config", "AutoModelForSequenceClassification": "evil.Model"}
    edit(broken / "config.json", auto_map=names, model_type="evil")
    with pytest.raises(ValueError):  # noqa: PT011 - the words are those of transformers
        TransformersClassifier(broken)
    assert not mark.exists()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda path: (path / "label_map.toml").unlink(), "name a built-in one"),
        (lambda path: (path / "config.json").unlink(), "not a sequence-classification checkpoint"),
        (lambda path: edit(path / "config.json", id2label={"0": "x"}), "checkpoint"),
        (lambda path: (path / "vocab.txt").unlink(), "tokenizer has 5 tokens"),
    ],
    ids=["no label map", "no config", "another head", "no vocabulary"],
)
def test_transformers_broken_folders(
    copy: Folder, change: Callable[[Path], None], message: str
) -> None:
    broken = copy("bert")
    change(broken)
    with pytest.raises(ValueError, match=message):
        TransformersClassifier(broken)


def test_transformers_label_map_of_another_checkpoint(folder: Folder) -> None:
    with pytest.raises(ValueError, match="says nothing about 'obscene'"):
        TransformersClassifier(folder("bert"), label_map="thu-coai/roberta-base-cold")


def test_transformers_window_too_short(copy: Folder) -> None:
    short = copy("bert")
    text = (short / "label_map.toml").read_text("utf-8")
    (short / "label_map.toml").write_text("max_input_tokens = 2\n" + text, encoding="utf-8")
    with pytest.raises(ValueError, match="2 tokens is too short"):
        TransformersClassifier(short)


def test_transformers_missing_cuda(folder: Folder) -> None:
    import torch

    if torch.cuda.is_available():
        pytest.skip("there is a CUDA device")
    with pytest.raises(ValueError, match="no CUDA device"):
        TransformersClassifier(folder("bert"), device="cuda")
    assert TransformersClassifier(folder("bert"), device="auto").info.details["device"] == "cpu"
