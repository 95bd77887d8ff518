"""Tests of ``models.registry``: nothing heavy is imported before it is needed, nothing unverified is loaded."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from models.fake_classifier import FakeClassifier
from models.fakes import FakeEngine
from models.interfaces import Classifier, DecodeOptions, Segment, TranslationEngine
from models.manifest import ManifestError, add_entry, manifest_path
from models.registry import (
    CLASSIFIERS,
    ENGINES,
    load_classifier,
    load_engine,
    open_classifier,
    open_model,
)
from tests.models.bundled import bundled_entry
from tests.models.tiny_classifiers import classifier_folder

HEAVY = (
    "ctranslate2",
    "torch",
    "transformers",
    "sentencepiece",
    "numpy",
    "huggingface_hub",
    "safetensors",
)


def imported_by(statement: str) -> set[str]:
    code = f"import sys; {statement}; print(' '.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return {name.partition(".")[0] for name in done.stdout.split()}


@pytest.mark.parametrize(
    "statement",
    [
        "import models.registry, models.manifest, models.fakes, models.tools.check, service.cli.models",
        "from models.registry import open_model; open_model('fake', '')",
        "from models.registry import open_classifier; open_classifier('fake', '')",
    ],
)
def test_registry_imports_are_free(statement: str) -> None:
    assert not imported_by(statement) & set(HEAVY)


def test_registry_serving_needs_no_torch(tiny_int8: Path) -> None:
    loaded = imported_by(
        f"from models.registry import open_model; open_model('ct2', {str(tiny_int8)!r})"
    )
    assert "ctranslate2" in loaded
    assert not loaded & {"torch", "transformers", "huggingface_hub", "safetensors"}


def test_registry_every_engine_and_classifier_is_there() -> None:
    for target in (*ENGINES.values(), *CLASSIFIERS.values()):
        module, _, name = target.partition(":")
        path = Path(__file__).parents[2] / (module.replace(".", "/") + ".py")
        assert f"class {name}" in path.read_text("utf-8")


def test_registry_load_engine() -> None:
    engine = load_engine("fake", None, max_input_tokens=7)
    assert isinstance(engine, FakeEngine)
    assert engine.info.max_input_tokens == 7
    with pytest.raises(ValueError, match="known: ct2, marian, fake"):
        load_engine("gpt", None)


def record(folder: Path, models_dir: Path) -> None:
    add_entry(
        folder,
        id=folder.name,
        directions=["en-zh", "zh-en"],
        licence="",
        source="",
        manifest=manifest_path(models_dir),
    )


def hello(engine: TranslationEngine) -> str:
    return engine.translate([Segment("hello", "en", "zh")], DecodeOptions())[0][0].text


def test_registry_open_model_by_id_and_by_folder(tiny_int8: Path, tmp_path: Path) -> None:
    record(tiny_int8, tmp_path)
    by_id = open_model("ct2", tiny_int8.name, models_dir=tmp_path, threads=1)
    by_folder = open_model("ct2", str(tiny_int8), models_dir=tmp_path)
    assert hello(by_id) == hello(by_folder) == "你好"


@pytest.mark.torch
def test_registry_open_model_marian(tiny: Path) -> None:
    assert hello(open_model("marian", str(tiny), threads=1)) == "你好"


def test_registry_open_model_several_become_one(tiny_int8: Path, tiny_float32: Path) -> None:
    engine = open_model("ct2", f"{tiny_int8}, {tiny_float32}", threads=1)
    assert engine.info.id == "tiny+tiny"
    assert hello(engine) == "你好"


def test_registry_open_model_verifies(tiny_int8: Path, tmp_path: Path) -> None:
    import shutil

    shutil.copytree(tiny_int8, tmp_path / "copy")
    record(tmp_path / "copy", tmp_path)
    profile = tmp_path / "copy" / "magpie.json"
    profile.write_text(profile.read_text("utf-8") + " ", encoding="utf-8")
    with pytest.raises(ManifestError, match=r"magpie\.json: \d+ bytes instead of"):
        open_model("ct2", "copy", models_dir=tmp_path)


@pytest.mark.parametrize("model", ["nope", "", "/nowhere/at/all", "fake,,fake"])
def test_registry_open_model_unknown(tmp_path: Path, model: str) -> None:
    with pytest.raises(ManifestError):
        open_model("ct2", model, models_dir=tmp_path)


def test_registry_open_model_of_another_format(tiny_int8: Path, tmp_path: Path) -> None:
    record(tiny_int8, tmp_path)
    with pytest.raises(ManifestError, match="format ct2, which the engine marian does not read"):
        open_model("marian", tiny_int8.name, models_dir=tmp_path)


@pytest.mark.torch
def test_registry_open_model_marian_reads_the_checkpoint_of_a_converted_model(
    tiny: Path, tiny_int8: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "model"
    shutil.copytree(tiny_int8, folder)
    shutil.copytree(tiny, folder / "checkpoint")
    profile = folder / "magpie.json"
    profile.write_text(profile.read_text("utf-8").replace('"tiny"', '"model"'), encoding="utf-8")
    record(folder, tmp_path)
    engine = open_model("marian", "model", models_dir=tmp_path, threads=1)
    assert (engine.info.id, engine.info.engine) == ("model", "marian")
    assert hello(engine) == "你好"


def record_classifier(folder: Path, models_dir: Path, **options: object) -> None:
    add_entry(
        folder,
        **{  # type: ignore[arg-type]  # free options
            "id": "mine/tiny-bert",
            "languages": ["en"],
            "format": "transformers",
            "licence": "",
            "source": "",
            "manifest": manifest_path(models_dir),
            **options,
        },
    )


@pytest.fixture
def tiny_bert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return classifier_folder(tmp_path_factory, "bert")


def toxicity_of_hello(classifier: Classifier) -> float | None:
    return classifier.classify(["hello"], ["en"])[0][0]


def test_registry_load_classifier() -> None:
    classifier = load_classifier("fake", None, max_input_chars=7)
    assert isinstance(classifier, FakeClassifier)
    assert classifier.info.max_input_chars == 7
    with pytest.raises(ValueError, match="no classifier 'gpt'; known: compact, transformers, fake"):
        load_classifier("gpt", None)


def test_registry_open_classifier_fake_needs_no_model() -> None:
    assert open_classifier("fake", "bundled").info.id == "fake"


@pytest.mark.torch
def test_registry_open_classifier_by_id_and_by_folder(tiny_bert: Path, tmp_path: Path) -> None:
    record_classifier(tiny_bert, tmp_path)
    options = {"models_dir": tmp_path, "threads": 1}
    by_id = open_classifier("transformers", "mine/tiny-bert", **options)  # type: ignore[arg-type]
    by_folder = open_classifier("transformers", str(tiny_bert))
    assert by_id.info == by_folder.info
    assert toxicity_of_hello(by_id) == toxicity_of_hello(by_folder)


@pytest.mark.torch
def test_registry_open_classifier_label_map(tiny_bert: Path) -> None:
    named = open_classifier("transformers", str(tiny_bert), label_map="unitary/toxic-bert")
    assert named.info.id == "unitary/toxic-bert"
    with pytest.raises(ValueError, match="'compact' takes no label map"):
        open_classifier("compact", str(tiny_bert), label_map="unitary/toxic-bert")


@pytest.mark.torch
@pytest.mark.parametrize("file", ["model.safetensors", "label_map.toml", "vocab.txt"])
def test_registry_open_classifier_verifies(tiny_bert: Path, tmp_path: Path, file: str) -> None:
    """A changed label map is as bad as changed weights: it turns one category into another."""
    folder = Path(shutil.copytree(tiny_bert, tmp_path / "copy"))
    record_classifier(folder, tmp_path)
    content = bytearray((folder / file).read_bytes())
    content[-1] ^= 1
    (folder / file).write_bytes(content)
    with pytest.raises(ManifestError, match="its SHA-256 is not the manifest's"):
        open_classifier("transformers", "mine/tiny-bert", models_dir=tmp_path)


@pytest.mark.parametrize("model", ["nope", "unitary/toxic-bert", "", "/nowhere/at/all", " "])
def test_registry_open_classifier_unknown(tmp_path: Path, model: str) -> None:
    with pytest.raises(ManifestError, match=r"no model .* models pull|is not a folder|empty"):
        open_classifier("transformers", model, models_dir=tmp_path)


def test_registry_kinds_do_not_mix(tmp_path: Path) -> None:
    """An id of the other kind says so, and so does one that another classifier reads."""
    for name, directions, reader in (("words", ["en-zh"], "ct2"), ("tone", [], "compact")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "config.json").write_text("{}", encoding="utf-8")
        record_classifier(
            tmp_path / name, tmp_path, id=name, directions=directions, format=reader, bundled=True
        )
    with pytest.raises(ManifestError, match="model words is for translation, not for classif"):
        open_classifier("compact", "words", models_dir=tmp_path)
    with pytest.raises(ManifestError, match="model tone is for classification, not for transl"):
        open_model("ct2", "tone", models_dir=tmp_path)
    with pytest.raises(ManifestError, match=r"tone .*which the classifier transformers does not"):
        open_classifier("transformers", "tone", models_dir=tmp_path)
    with pytest.raises(ValueError, match="not a compact classifier"):
        open_classifier("compact", "tone", models_dir=tmp_path)


def test_registry_open_classifier_bundled_is_an_id(tmp_path: Path) -> None:
    """Of a copy in the user's folder too, which goes first."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "config.json").write_text("{}", encoding="utf-8")
    record_classifier(tmp_path / "mine", tmp_path, id="magpie-toxicity-small", format="compact")
    with pytest.raises(ValueError, match="mine is not a compact classifier"):
        open_classifier("compact", "bundled", models_dir=tmp_path)


def test_registry_open_classifier_needs_one(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "x").write_text("x", encoding="utf-8")
        record_classifier(tmp_path / name, tmp_path, id=name, group="both")
    with pytest.raises(ManifestError, match="'both' names 2 models"):
        open_classifier("transformers", "both", models_dir=tmp_path)


@pytest.mark.weights
def test_registry_open_classifier_bundled_needs_no_torch() -> None:
    entry = bundled_entry("classification")
    loaded = imported_by(
        "from models.registry import open_classifier; c = open_classifier('compact', 'bundled'); "
        f"assert c.info.id == {entry.id!r}; assert c.classify(['hello'], ['en'])"
    )
    assert not loaded & {"torch", "transformers", "huggingface_hub", "ctranslate2"}
