"""Tests of ``models.training.widen``: a wider encoder says the same, and learns on."""

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from transformers import MarianMTModel

from models.training.__main__ import main
from models.training.shards import Pairs
from models.training.vocabulary import Vocabulary
from models.training.widen import widen
from tests.training.test_train import steps, trainer

pytestmark = pytest.mark.torch


@pytest.fixture
def run(pairs: Pairs, vocabulary: Vocabulary, tmp_path: Path) -> Path:
    """A checkpoint with its optimizer after a few updates; the encoder has 128 units a layer."""
    subject = trainer(tmp_path / "run", pairs, vocabulary)
    steps(subject, 30)
    subject.save()
    return tmp_path / "run"


def logits(folder: Path) -> torch.Tensor:
    model = MarianMTModel.from_pretrained(folder, attn_implementation="eager").eval()
    pad = model.config.pad_token_id
    with torch.no_grad():
        found: torch.Tensor = model(
            input_ids=torch.tensor([[1, 20, 30, 40, 0], [1, 50, 60, 0, pad]]),
            attention_mask=torch.tensor([[1, 1, 1, 1, 1], [1, 1, 1, 1, 0]]),
            decoder_input_ids=torch.tensor([[pad, 20, 30], [pad, 40, 50]]),
        ).logits
    return found


def test_widen_says_the_same(run: Path) -> None:
    wide = run.with_name("wide")
    widen(run, wide, 200)
    assert json.loads((wide / "config.json").read_text())["encoder_ffn_dim"] == 200
    assert torch.allclose(logits(run), logits(wide), atol=1e-5)
    old, new = load_file(run / "model.safetensors"), load_file(wide / "model.safetensors")
    first = "model.encoder.layers.0.fc1.weight"
    assert (old[first].shape[0], new[first].shape[0]) == (128, 200)
    assert new[first][128:].std() == pytest.approx(float(old[first].std()), rel=0.3)
    assert not new["model.encoder.layers.0.fc2.weight"][:, 128:].any()
    decoder = "model.decoder.layers.0.fc1.weight"
    assert torch.equal(old[decoder], new[decoder])


def test_widen_keeps_the_optimizer_and_learns_on(
    run: Path, pairs: Pairs, vocabulary: Vocabulary
) -> None:
    wide = run.with_name("wide")
    widen(run, wide, 200)
    before, after = trainer(run, pairs, vocabulary), trainer(wide, pairs, vocabulary)
    assert after.progress == before.progress
    assert after.model.config.encoder_ffn_dim == 200
    for old, new in zip(before.optimizers, after.optimizers, strict=True):
        kept, grown = old.state_dict()["state"], new.state_dict()["state"]
        assert kept.keys() == grown.keys()
        for number, moments in kept.items():
            for name, value in moments.items():
                cut = grown[number][name]
                if value.ndim:
                    cut = cut[tuple(slice(length) for length in value.shape)]
                assert torch.equal(cut, value), name
    losses = steps(after, 15)
    assert losses[0] == pytest.approx(steps(before, 1)[0], rel=1e-3)
    assert losses[-1] < losses[0]
    said = after.model.model.encoder.layers[0].fc2.weight[:, 128:]
    assert said.abs().max() > 0  # the new units have a say now


def test_widen_of_an_exported_checkpoint_needs_no_optimizer(run: Path) -> None:
    (run / "resume.pt").unlink()
    wide = run.with_name("wide")
    assert main(["widen", str(run), str(wide), "--feed-forward", "130"]) == 0
    assert torch.allclose(logits(run), logits(wide), atol=1e-5)
    assert not (wide / "resume.pt").exists()


@pytest.mark.parametrize("units", [128, 100, 0])
def test_widen_refuses_what_is_not_wider(
    run: Path, units: int, capsys: pytest.CaptureFixture[str]
) -> None:
    wide = run.with_name("wide")
    assert main(["widen", str(run), str(wide), "--feed-forward", str(units)]) == 1
    assert "128 units already" in capsys.readouterr().err
    assert not wide.exists()
