"""Tests of ``models.tools.fetch``: from a hub on the loopback, from a local folder, and what is said offline."""

import shutil
from pathlib import Path

import pytest

from models.interfaces import DecodeOptions, Segment
from models.manifest import find_all, verify
from models.registry import open_model
from models.tools.fetch import FetchError, pull_opus
from tests.models.hub import REVISION, serve_hub

pytestmark = pytest.mark.torch


@pytest.fixture
def online(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests' environment tells the hub's client that it is offline; a hub on the loopback is not."""
    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_DISABLE_PROGRESS_BARS", True)


def assert_serves(models_dir: Path) -> None:
    entries = find_all("opus-mt", models_dir)
    assert [(entry.id, entry.directions) for entry in entries] == [
        ("opus-mt-en-zh", ("en-zh",)),
        ("opus-mt-zh-en", ("zh-en",)),
    ]
    assert [verify(entry) for entry in entries] == [[], []]
    engine = open_model("ct2", "opus-mt", models_dir=models_dir, threads=1)
    segments = [Segment("hello, my friend", "en", "zh"), Segment("你好，朋友", "zh", "en")]
    assert engine.info.directions == frozenset({("en", "zh"), ("zh", "en")})
    assert [len(found) for found in engine.translate(segments, DecodeOptions())] == [1, 1]


def test_fetch_from_a_hub(opus: Path, tmp_path: Path, online: None) -> None:
    asked: list[str] = []
    said: list[str] = []
    with serve_hub(opus, asked) as address:
        entries = pull_opus(tmp_path / "models", endpoint=address, say=said.append)
    assert_serves(tmp_path / "models")
    assert asked.count("pytorch_model.bin") == 2
    assert "tf_model.h5" not in asked
    assert (
        entries[0].source
        == f"https://huggingface.co/Helsinki-NLP/opus-mt-en-zh revision {REVISION}"
    )
    assert entries[0].licence == "cc-by-4.0"
    assert said[0] == "fetching Helsinki-NLP/opus-mt-en-zh"
    left = sorted(path.name for path in (tmp_path / "models").iterdir())
    assert left == ["manifest.toml", "opus-mt-en-zh", "opus-mt-zh-en"]


def test_fetch_prefers_safetensors(opus: Path, tmp_path: Path, online: None) -> None:
    from models.tools.convert import to_safetensors

    shutil.copytree(opus, tmp_path / "hub")
    for folder in (tmp_path / "hub").iterdir():
        to_safetensors(folder)
    asked: list[str] = []
    with serve_hub(tmp_path / "hub", asked) as address:
        pull_opus(tmp_path / "models", endpoint=address)
    assert asked.count("model.safetensors") == 2
    assert "pytorch_model.bin" not in asked


def test_fetch_from_a_local_folder(opus: Path, tmp_path: Path) -> None:
    before = sorted(path.name for path in (opus / "opus-mt-en-zh").iterdir())
    entries = pull_opus(tmp_path, source=opus)
    assert_serves(tmp_path)
    assert entries[1].source == "local copy of Helsinki-NLP/opus-mt-zh-en"
    assert sorted(path.name for path in (opus / "opus-mt-en-zh").iterdir()) == before


def test_fetch_again_replaces_the_entries(opus: Path, tmp_path: Path) -> None:
    pull_opus(tmp_path, source=opus)
    pull_opus(tmp_path, source=opus)
    assert_serves(tmp_path)


def test_fetch_licence_of_a_model_without_a_card(opus: Path, tmp_path: Path) -> None:
    shutil.copytree(opus, tmp_path / "from")
    for card in (tmp_path / "from").glob("*/README.md"):
        card.unlink()
    entries = pull_opus(tmp_path / "models", source=tmp_path / "from")
    assert [entry.licence for entry in entries] == ["Apache-2.0", "CC-BY-4.0"]


def test_fetch_offline_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(FetchError, match=r"could not be fetched .*--from DIR"):
        pull_opus(tmp_path)


def test_fetch_from_a_hub_that_does_not_answer(tmp_path: Path, online: None) -> None:
    with pytest.raises(FetchError, match="could not be fetched"):
        pull_opus(tmp_path, endpoint="http://127.0.0.1:9")


def test_fetch_from_a_hub_without_the_model(tmp_path: Path, online: None) -> None:
    (tmp_path / "hub").mkdir()
    with (
        serve_hub(tmp_path / "hub", []) as address,
        pytest.raises(FetchError, match="could not be fetched"),
    ):
        pull_opus(tmp_path / "models", endpoint=address)


def test_fetch_from_a_folder_without_the_model(tmp_path: Path) -> None:
    with pytest.raises(FetchError, match="has no folder opus-mt-en-zh"):
        pull_opus(tmp_path / "models", source=tmp_path)


def test_fetch_of_a_broken_model(opus: Path, tmp_path: Path) -> None:
    shutil.copytree(opus, tmp_path / "from")
    (tmp_path / "from" / "opus-mt-zh-en" / "vocab.json").unlink()
    with pytest.raises(FetchError, match="opus-mt-zh-en cannot be converted"):
        pull_opus(tmp_path / "models", source=tmp_path / "from")
