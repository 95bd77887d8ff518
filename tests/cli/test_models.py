"""Tests of ``magpie models``: what it prints, as a table and as JSON, and its exit status."""

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from models.manifest import add_entry, manifest_path
from models.translation.profile import load_profile
from service.cli import models
from tests.models.hub import serve_hub
from tests.models.tiny import session_folder
from tests.models.tiny_classifiers import classifier_folder
from tests.serving import ROOT, environment


@pytest.fixture
def models_dir(tmp_path: Path) -> Path:
    """A models folder with one model of one file."""
    folder = tmp_path / "home" / "small"
    folder.mkdir(parents=True)
    (folder / "model.bin").write_bytes(b"weights")
    path = manifest_path(tmp_path / "home")
    add_entry(folder, id="small", directions=["en-zh"], licence="MIT", source="here", manifest=path)
    return tmp_path / "home"


def run(*words: object) -> int:
    parser = argparse.ArgumentParser()
    models.add_arguments(parser)
    return models.run(parser.parse_args([str(word) for word in words]))


def printed(capsys: pytest.CaptureFixture[str]) -> Any:
    return json.loads(capsys.readouterr().out)


def test_models_list(models_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("list", "--models-dir", models_dir) == 0
    header, row = capsys.readouterr().out.splitlines()[:2]
    assert header.split() == ["ID", "KIND", "FORMAT", "LANGUAGES", "SIZE", "LICENCE", "PATH"]
    path = str(models_dir / "small")
    assert row.split() == ["small", "translation", "ct2", "en-zh", "0.0", "MB", "MIT", path]


def test_models_list_and_verify_show_classifiers(
    models_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = models_dir / "tone"
    folder.mkdir()
    (folder / "model.safetensors").write_bytes(b"weights")
    add_entry(
        folder,
        id="some/tone",
        languages=["zh", "en"],
        format="transformers",
        licence="MIT",
        source="here",
        manifest=manifest_path(models_dir),
    )
    assert run("list", "--models-dir", models_dir) == 0
    row = capsys.readouterr().out.splitlines()[2].split()
    assert row[:5] == ["some/tone", "classification", "transformers", "en", "zh"]
    assert run("list", "--models-dir", models_dir, "--json") == 0
    described = printed(capsys)["models"][1]
    assert (described["kind"], described["languages"]) == ("classification", ["en", "zh"])
    assert run("verify", "some/tone", "--models-dir", models_dir) == 0
    (folder / "model.safetensors").write_bytes(b"weightz")
    assert run("verify", "--models-dir", models_dir) == 1
    assert "some/tone: BAD\n  model.safetensors: its SHA-256" in capsys.readouterr().out


def test_models_list_says_what_is_missing(
    models_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (models_dir / "small").rename(models_dir / "moved")
    assert run("list", "--models-dir", models_dir) == 0
    assert "(missing)" in capsys.readouterr().out


def test_models_list_as_json(models_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("list", "--models-dir", models_dir, "--json") == 0
    row = printed(capsys)["models"][0]
    assert (row["id"], row["size_bytes"], row["present"]) == ("small", 7, True)


def test_models_list_of_the_settings_folder(
    models_dir: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MAGPIE_MODELS_DIR", str(models_dir))
    assert run("list") == 0
    assert "small" in capsys.readouterr().out


def test_models_verify(models_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("verify", "small", "--models-dir", models_dir) == 0
    assert capsys.readouterr().out == "small: ok\n"


def test_models_verify_finds_a_change(models_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (models_dir / "small" / "model.bin").write_bytes(b"weightz")
    assert run("verify", "--models-dir", models_dir) == 1
    assert "small: BAD\n  model.bin: its SHA-256 is not the manifest's" in capsys.readouterr().out
    assert run("verify", "small", "--models-dir", models_dir, "--json") == 1
    (row,) = printed(capsys)["models"]
    assert row["ok"] is False
    assert row["problems"][0]["file"] == "model.bin"


@pytest.mark.parametrize(
    "words",
    [
        ("verify", "nope"),
        ("convert", "/nowhere"),
        ("pull", "opus-mt", "--from", "/nowhere"),
        ("pull", "--classifier", "unitary/toxic-bert", "--from", "/nowhere"),
        ("pull", "--classifier", "toxic-bert"),
    ],
)
def test_models_problems_are_one_line(
    models_dir: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    assert run(*words, "--models-dir", models_dir) == 1
    error = capsys.readouterr().err.splitlines()
    assert error[-1].startswith("magpie models: ")
    assert not any("Traceback" in line for line in error)


def test_models_broken_manifest(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    manifest_path(tmp_path).write_text("[[", encoding="utf-8")
    assert run("list", "--models-dir", tmp_path) == 1
    assert "not a valid manifest" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("pull",),
        ("pull", "gpt"),
        ("pull", "unitary/toxic-bert"),
        ("pull", "opus-mt", "--label-map", "x.toml"),
        ("pull", "--classifier"),
        ("convert",),
        ("burn",),
        ("list", "--nope"),
    ],
)
def test_models_wrong_usage_exits_with_2(words: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit) as caught:
        run(*words)
    assert caught.value.code == 2


@pytest.mark.torch
def test_models_pull_without_network_says_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("pull", "opus-mt", "--models-dir", tmp_path) == 1  # the tests' hub client is offline
    *told, error = capsys.readouterr().err.splitlines()
    assert told == ["fetching Helsinki-NLP/opus-mt-en-zh"]
    assert error.startswith("magpie models: Helsinki-NLP/opus-mt-en-zh could not be fetched (")
    assert error.endswith("copy the model's folder here and add `--from DIR`.")
    assert not manifest_path(tmp_path).exists()


@pytest.mark.torch
@pytest.mark.slow
@pytest.mark.timeout(600)  # it loads torch twice
def test_models_pull_from_a_hub_as_a_user_does(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The whole command in its own process, against a hub on the loopback."""
    source, asked = session_folder(tmp_path_factory, "opus"), list[str]()
    kept = {name: value for name, value in environment().items() if not name.startswith("HF_HUB_")}
    with serve_hub(source, asked) as address:
        env = kept | {"HF_ENDPOINT": address, "HF_HOME": str(tmp_path / "cache")}
        pulled = magpie("models", "pull", "opus-mt", "--models-dir", tmp_path / "home", env=env)
    assert pulled.returncode == 0, pulled.stderr
    assert "MAGPIE_MODEL=opus-mt" in pulled.stdout
    assert asked.count("pytorch_model.bin") == 2
    checked = magpie("models", "verify", "opus-mt", "--models-dir", tmp_path / "home", env=kept)
    assert (checked.returncode, checked.stderr) == (0, "")
    assert checked.stdout == "opus-mt-en-zh: ok\nopus-mt-zh-en: ok\n"


def magpie(*words: object, env: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "service.cli.main", *map(str, words)],
        cwd=ROOT, env=env, capture_output=True, text=True, timeout=300,
    )  # fmt: skip


@pytest.mark.torch
def test_models_pull_from_a_folder(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    source = session_folder(tmp_path_factory, "opus")
    assert run("pull", "opus-mt", "--from", source, "--models-dir", tmp_path) == 0
    output = capsys.readouterr()
    assert "MAGPIE_MODEL=opus-mt" in output.out
    assert "converting opus-mt-zh-en to int8" in output.err
    assert run("verify", "opus-mt", "--models-dir", tmp_path) == 0
    assert capsys.readouterr().out == "opus-mt-en-zh: ok\nopus-mt-zh-en: ok\n"
    assert run("pull", "opus-mt", "--from", source, "--models-dir", tmp_path, "--json") == 0
    assert [row["id"] for row in printed(capsys)["models"]] == ["opus-mt-en-zh", "opus-mt-zh-en"]


@pytest.mark.torch
def test_models_pull_a_classifier_from_a_folder(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    source = classifier_folder(tmp_path_factory, "bert")
    words = ("pull", "--classifier", "unitary/toxic-bert", "--from", source)
    assert run(*words, "--models-dir", tmp_path) == 0
    output = capsys.readouterr()
    served = "MAGPIE_CLASSIFIER=transformers MAGPIE_CLASSIFIER_MODEL=unitary/toxic-bert"
    assert served in output.out
    assert "loading unitary/toxic-bert to check it" in output.err
    assert run("verify", "unitary/toxic-bert", "--models-dir", tmp_path) == 0
    assert capsys.readouterr().out == "unitary/toxic-bert: ok\n"
    assert run(*words, "--models-dir", tmp_path, "--label-map", "nope.toml") == 1
    assert "its labels are toxic, severe_toxic" in capsys.readouterr().err
    assert run(*words, "--models-dir", tmp_path, "--json") == 0
    assert [row["languages"] for row in printed(capsys)["models"]] == [["en"]]


@pytest.mark.torch
def test_models_convert(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    source = session_folder(tmp_path_factory, "tiny")
    assert run("convert", source, "--models-dir", tmp_path) == 0
    assert "Serve it with MAGPIE_MODEL=tiny" in capsys.readouterr().out
    assert run("verify", "tiny", "--models-dir", tmp_path) == 0


@pytest.mark.torch
def test_models_convert_elsewhere(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    source, output = session_folder(tmp_path_factory, "tiny"), tmp_path / "out"
    words = (
        "--output",
        output,
        "--quantization",
        "float32",
        "--models-dir",
        tmp_path / "home",
        "--aligned",
        "--json",
    )
    assert run("convert", source, *words) == 0
    assert printed(capsys) == {"id": "tiny", "path": str(output), "directions": ["en-zh", "zh-en"]}
    assert (output / "model.bin").is_file()
    assert load_profile(output).aligned
    assert not (tmp_path / "home").exists()
