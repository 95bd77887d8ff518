"""Tests of ``models.registry``: nothing heavy is imported before it is needed, nothing unverified is loaded."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from models.fakes import FakeEngine
from models.interfaces import DecodeOptions, Segment, TranslationEngine
from models.manifest import ManifestError, add_entry, manifest_path
from models.registry import ENGINES, load_engine, open_model

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


def test_registry_every_engine_is_there() -> None:
    for target in ENGINES.values():
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
