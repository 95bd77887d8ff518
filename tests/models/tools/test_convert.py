"""Tests of ``models.tools.convert``: what is converted, and what is refused because it would go wrong silently."""

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from models.interfaces import DecodeOptions, Segment
from models.tools.check import parity
from models.tools.convert import convert, to_safetensors
from models.translation.ct2 import Ct2Engine
from models.translation.marian import MarianEngine
from models.translation.profile import load_profile

pytestmark = pytest.mark.torch


@pytest.fixture
def copy(tiny: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "checkpoint"
    shutil.copytree(tiny, folder)
    return folder


@pytest.fixture
def opus_copy(opus: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "hub"
    shutil.copytree(opus, folder)
    return folder


def test_convert_writes_a_profile(copy: Path, tmp_path: Path) -> None:
    output = tmp_path / "deep" / "out"
    profile = convert(
        copy, output, model_id="magpie", licence="Apache-2.0", source="here", max_input_tokens=40
    )
    assert profile == load_profile(output)
    assert (profile.id, profile.licence, profile.source) == ("magpie", "Apache-2.0", "here")
    assert profile.max_input_tokens == 40
    assert profile.target_tokens == {"en-zh": (">>zho<<",), "zh-en": (">>eng<<",)}
    assert sorted(path.name for path in output.iterdir()) == [
        "config.json", "magpie.json", "model.bin", "shared_vocabulary.json", "source.spm", "target.spm",
    ]  # fmt: skip
    assert [path.name for path in output.parent.iterdir()] == ["out"]


def test_convert_replaces_what_was_there(copy: Path, tmp_path: Path) -> None:
    output = tmp_path / "out"
    output.mkdir()
    (output / "stale.bin").write_bytes(b"old")
    convert(copy, output)
    assert not (output / "stale.bin").exists()


def test_convert_leaves_the_old_one_when_it_fails(copy: Path, tmp_path: Path) -> None:
    output = tmp_path / "out"
    output.mkdir()
    (output / "kept").write_bytes(b"old")
    (copy / "model.safetensors").unlink()
    with pytest.raises(ValueError, match="has neither"):
        convert(copy, output)
    assert (output / "kept").is_file()


def test_convert_quantization_decides_the_size(tiny_float32: Path, tiny_int8: Path) -> None:
    sizes = [(folder / "model.bin").stat().st_size for folder in (tiny_float32, tiny_int8)]
    assert sizes[0] > 2.5 * sizes[1]


@pytest.mark.parametrize(
    ("name", "segment", "prefix"),
    [
        ("opus-mt-en-zh", Segment("hello, my friend", "en", "zh"), (">>cmn_Hans<<",)),
        ("opus-mt-zh-en", Segment("你好，朋友", "zh", "en"), ()),
    ],
)
def test_convert_opus_folder(
    opus_copy: Path, tmp_path: Path, name: str, segment: Segment, prefix: tuple[str, ...]
) -> None:
    folder = opus_copy / name
    profile = convert(folder, tmp_path / "out", quantization="float32")
    assert profile.id == name
    assert profile.licence == "cc-by-4.0"
    assert profile.prefix(segment.source_lang, segment.target_lang) == prefix
    marian = MarianEngine(folder, threads=1)
    ct2 = Ct2Engine(tmp_path / "out", compute_type="float32")
    for options in (DecodeOptions(1), DecodeOptions(2), DecodeOptions(6)):
        assert parity(marian, ct2, [segment], options).exact
    assert marian.info.directions == ct2.info.directions == profile.directions


def test_convert_to_safetensors_keeps_every_number(opus_copy: Path) -> None:
    import torch
    from safetensors.torch import load_file

    folder = opus_copy / "opus-mt-en-zh"
    path = to_safetensors(folder)
    before, after = torch.load(folder / "pytorch_model.bin", weights_only=True), load_file(path)
    assert set(before) == set(after)
    assert all(torch.equal(before[name], after[name]) for name in before)
    assert to_safetensors(folder) == path


class Evil:
    """A pickle that would run a command when it is loaded."""

    def __init__(self, marker: Path) -> None:
        self._marker = marker

    def __reduce__(self) -> Any:
        return os.mkdir, (str(self._marker),)


def test_convert_refuses_a_pickle_that_runs_code(opus_copy: Path, tmp_path: Path) -> None:
    import torch

    folder, marker = opus_copy / "opus-mt-en-zh", tmp_path / "was-run"
    torch.save({"weight": Evil(marker)}, folder / "pytorch_model.bin")
    with pytest.raises(ValueError, match="it was not loaded"):
        convert(folder, tmp_path / "out")
    assert not marker.exists()
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("content", [b"", b"garbage", b"PK\x03\x04garbage"])
def test_convert_refuses_a_damaged_pickle(opus_copy: Path, content: bytes) -> None:
    folder = opus_copy / "opus-mt-en-zh"
    (folder / "pytorch_model.bin").write_bytes(content)
    with pytest.raises(ValueError, match="it was not loaded"):
        to_safetensors(folder)


def test_convert_refuses_a_pickle_of_something_else(opus_copy: Path) -> None:
    import torch

    folder = opus_copy / "opus-mt-en-zh"
    torch.save([1, 2], folder / "pytorch_model.bin")
    with pytest.raises(ValueError, match="not a dictionary of tensors"):
        to_safetensors(folder)


def test_convert_refuses_a_padding_row_that_is_not_zero(copy: Path, tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    state = load_file(copy / "model.safetensors")
    state["model.shared.weight"][-1] += 0.5
    save_file(state, copy / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ValueError, match="start token is not zero"):
        convert(copy, tmp_path / "out")


def test_convert_refuses_another_vocabulary_order(copy: Path, tmp_path: Path) -> None:
    ids = json.loads((copy / "vocab.json").read_text("utf-8"))
    ids["<pad>"], ids["</s>"] = ids["</s>"], ids["<pad>"]
    (copy / "vocab.json").write_text(json.dumps(ids), encoding="utf-8")
    with pytest.raises(ValueError, match="must be the last"):
        convert(copy, tmp_path / "out")


def test_convert_refuses_a_vocabulary_of_another_size(copy: Path, tmp_path: Path) -> None:
    config = json.loads((copy / "config.json").read_text("utf-8"))
    (copy / "config.json").write_text(json.dumps({**config, "vocab_size": 9}), encoding="utf-8")
    with pytest.raises(ValueError, match="vocab_size is 9"):
        convert(copy, tmp_path / "out")


def test_convert_says_that_a_model_aligns(copy: Path, tmp_path: Path) -> None:
    assert not convert(copy, tmp_path / "plain").aligned
    assert convert(copy, tmp_path / "aligned", aligned=True).aligned
    assert load_profile(tmp_path / "aligned").aligned
