"""Tests of ``models.tools.fetch_classifier``: from a hub on the loopback and from a folder, and what is refused."""

import json
import shutil
from pathlib import Path

import pytest

from models.classification.categories import CATEGORIES
from models.manifest import find, load_manifest, manifest_path, verify
from models.registry import open_classifier
from models.tools.fetch_classifier import pull_classifier
from models.tools.hub import FetchError
from tests.models.hub import REVISION, serve_hub
from tests.models.tiny_classifiers import classifier_folder

pytestmark = pytest.mark.torch

TOXIC_BERT = "unitary/toxic-bert"
COLD = "thu-coai/roberta-base-cold"


@pytest.fixture
def online(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests' environment tells the hub's client that it is offline; a hub on the loopback is not."""
    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_DISABLE_PROGRESS_BARS", True)


@pytest.fixture
def hub(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Path:
    """Two checkpoints as the hub has them: without a label map, and one of them with a pickle only."""
    import torch
    from safetensors.torch import load_file

    for name, layout in ((TOXIC_BERT, "bert"), (COLD, "xlmr")):
        folder = tmp_path / "hub" / name.split("/")[1]
        shutil.copytree(classifier_folder(tmp_path_factory, layout), folder)
        (folder / "label_map.toml").unlink()
        (folder / "README.md").write_text("---\nlicense: mit\n---\n# A model\n", encoding="utf-8")
        (folder / "tf_model.h5").write_bytes(b"weights of another framework")
    weights = folder / "model.safetensors"
    torch.save(load_file(weights), folder / "pytorch_model.bin")
    weights.unlink()
    return tmp_path / "hub"


def toxicity(models_dir: Path, model: str, lang: str) -> float | None:
    classifier = open_classifier("transformers", model, models_dir=models_dir, threads=1)
    return classifier.classify(["你好 hello"], [lang])[0][CATEGORIES.index("toxicity")]


def test_fetch_classifier_from_a_hub(hub: Path, tmp_path: Path, online: None) -> None:
    asked: list[str] = []
    said: list[str] = []
    models_dir = tmp_path / "models"
    with serve_hub(hub, asked) as address:
        entry = pull_classifier(TOXIC_BERT, models_dir, endpoint=address, say=said.append)
    assert entry == find(TOXIC_BERT, models_dir, "classification")
    assert verify(entry) == []
    assert (entry.format, entry.languages) == ("transformers", ("en",))
    assert entry.source == f"https://huggingface.co/{TOXIC_BERT} revision {REVISION}"
    assert asked.count("model.safetensors") == 1
    assert "tf_model.h5" not in asked
    assert said == [
        f"fetching {TOXIC_BERT}",
        f"loading {TOXIC_BERT} to check it",
        f"{TOXIC_BERT} is ready",
    ]
    left = sorted(path.name for path in models_dir.iterdir())
    assert left == ["manifest.toml", "unitary--toxic-bert"]
    info = open_classifier("transformers", TOXIC_BERT, models_dir=models_dir).info
    assert (info.id, info.licence, info.source) == (TOXIC_BERT, "Apache-2.0", entry.source)
    assert toxicity(models_dir, TOXIC_BERT, "en") is not None
    assert toxicity(models_dir, TOXIC_BERT, "zh") is None


def test_fetch_classifier_pickle_becomes_safetensors(
    hub: Path, tmp_path: Path, online: None
) -> None:
    asked: list[str] = []
    with serve_hub(hub, asked) as address:
        entry = pull_classifier(COLD, tmp_path / "models", endpoint=address)
    assert asked.count("pytorch_model.bin") == 1
    assert "model.safetensors" in entry.files
    assert "pytorch_model.bin" not in entry.files
    assert entry.licence == "mit"  # of the card: the built-in label map names none
    assert toxicity(tmp_path / "models", COLD, "zh") is not None


def test_fetch_classifier_from_a_local_folder(hub: Path, tmp_path: Path) -> None:
    folder = hub / "roberta-base-cold"
    before = sorted(path.name for path in folder.iterdir())
    entry = pull_classifier(COLD, tmp_path / "models", source=folder)
    again = pull_classifier(COLD, tmp_path / "models", source=folder)
    assert entry == again
    assert entry.source == f"local copy of {COLD}"
    assert len(load_manifest(manifest_path(tmp_path / "models")).entries) == 1
    assert sorted(path.name for path in folder.iterdir()) == before


def test_fetch_classifier_label_map_given(hub: Path, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(
        'licence = "mine"\nactivation = "softmax"\nlanguages = ["zh"]\n[labels]\n0 = "spam"\n1 = []\n',
        encoding="utf-8",
    )
    folder = hub / "roberta-base-cold"
    entry = pull_classifier(
        "someone/unknown", tmp_path / "models", label_map=str(path), source=folder
    )
    assert (entry.id, entry.licence, entry.languages) == ("someone/unknown", "mine", ("zh",))
    info = open_classifier("transformers", "someone/unknown", models_dir=tmp_path / "models").info
    assert info.id == "someone/unknown"
    assert info.supported == {("zh", "spam")}
    named = pull_classifier("some/one", tmp_path / "models", label_map=COLD, source=folder)
    assert named.languages == ("zh",)


def test_fetch_classifier_label_map_of_the_repository(hub: Path, tmp_path: Path) -> None:
    folder = hub / "toxic-bert"
    (folder / "label_map.toml").write_text(
        'activation = "sigmoid"\nlanguages = ["en"]\n[labels]\ntoxic = "toxicity"\nsevere_toxic = []\n'
        'obscene = []\nthreat = []\ninsult = "insult"\nidentity_hate = []\n',
        encoding="utf-8",
    )
    pull_classifier("my/own", tmp_path / "models", source=folder)
    info = open_classifier("transformers", "my/own", models_dir=tmp_path / "models").info
    assert info.supported == {("en", "toxicity"), ("en", "insult")}


def test_fetch_classifier_without_a_label_map_fetches_no_weights(
    hub: Path, tmp_path: Path, online: None
) -> None:
    asked: list[str] = []
    with (
        serve_hub(hub, asked) as address,
        pytest.raises(FetchError, match=r"--label-map; its labels are toxic, severe_toxic, obsc"),
    ):
        pull_classifier("someone/toxic-bert", tmp_path / "models", endpoint=address)
    assert "config.json" in asked
    assert "model.safetensors" not in asked


def test_fetch_classifier_label_map_that_does_not_fit(hub: Path, tmp_path: Path) -> None:
    with pytest.raises(FetchError, match=r"does not fit .*: .* says nothing about 'obscene'"):
        pull_classifier("a/b", tmp_path / "models", label_map=COLD, source=hub / "toxic-bert")


@pytest.mark.parametrize(
    "hub_id", ["toxic-bert", "a/b/c", "../b", "a/..", "/a", "a/", "", "a b/c", "a/b\n"]
)
def test_fetch_classifier_not_a_hub_id(tmp_path: Path, hub_id: str) -> None:
    with pytest.raises(FetchError, match="is not a hub id"):
        pull_classifier(hub_id, tmp_path)
    assert not list(tmp_path.iterdir())


def test_fetch_classifier_offline_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(FetchError, match=r"could not be fetched .*--from DIR"):
        pull_classifier(TOXIC_BERT, tmp_path)


@pytest.mark.parametrize("removed", ["config.json", "pytorch_model.bin", "sentencepiece.bpe.model"])
def test_fetch_classifier_of_a_broken_model(hub: Path, tmp_path: Path, removed: str) -> None:
    folder = hub / "roberta-base-cold"
    (folder / removed).unlink()
    with pytest.raises(FetchError, match=r"roberta-base-cold (cannot be used|has no readable)"):
        pull_classifier(COLD, tmp_path / "models", source=folder)
    assert load_manifest(manifest_path(tmp_path / "models")).entries == ()


def test_fetch_classifier_pickle_with_code_is_refused(hub: Path, tmp_path: Path) -> None:
    import torch

    class Evil:
        def __reduce__(self) -> tuple[object, ...]:
            return (print, ("ran",))

    torch.save({"weight": Evil()}, hub / "roberta-base-cold" / "pytorch_model.bin")
    with pytest.raises(FetchError, match="it was not loaded"):
        pull_classifier(COLD, tmp_path / "models", source=hub / "roberta-base-cold")


def test_fetch_classifier_labels_without_names(hub: Path, tmp_path: Path) -> None:
    """thu-coai/roberta-base-cold names none in its configuration."""
    path = hub / "roberta-base-cold" / "config.json"
    config = json.loads(path.read_text("utf-8"))
    path.write_text(
        json.dumps({k: v for k, v in config.items() if k not in ("id2label", "label2id")}), "utf-8"
    )
    entry = pull_classifier(COLD, tmp_path / "models", source=hub / "roberta-base-cold")
    assert entry.languages == ("zh",)
