"""Tests of ``models.training.average``: the mean of checkpoints, and what cannot be averaged."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from models.training.__main__ import main
from models.training.average import OTHERS, WEIGHTS, average

pytestmark = pytest.mark.torch


def checkpoint(folder: Path, value: float, pieces: bytes = b"pieces", width: int = 3) -> Path:
    folder.mkdir()
    weights = {
        "encoder.weight": torch.full((2, width), value),
        "decoder.half": torch.full((2,), value, dtype=torch.float16),
    }
    save_file(weights, folder / WEIGHTS)
    for name in OTHERS:
        (folder / name).write_bytes(pieces)
    (folder / "resume.pt").write_bytes(b"optimizer")
    return folder


@pytest.mark.parametrize(
    ("shares", "expected"), [([], 2.0), ([3.0, 1.0], 1.5), ([0.0, 2.0], 3.0), ([0.3, 0.1], 1.5)]
)
def test_average_is_the_weighted_mean(tmp_path: Path, shares: list[float], expected: float) -> None:
    one, two = checkpoint(tmp_path / "1", 1.0), checkpoint(tmp_path / "2", 3.0)
    average([one, two], tmp_path / "out", shares)
    found = load_file(tmp_path / "out" / WEIGHTS)
    assert found["encoder.weight"].tolist() == [[pytest.approx(expected)] * 3] * 2
    assert found["decoder.half"].dtype == torch.float16
    assert found["decoder.half"].tolist() == [pytest.approx(expected, abs=1e-3)] * 2
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted((*OTHERS, WEIGHTS))


def test_average_of_one_is_itself(tmp_path: Path) -> None:
    one = checkpoint(tmp_path / "1", 1.25)
    average([one], tmp_path / "out")
    found, made = load_file(one / WEIGHTS), load_file(tmp_path / "out" / WEIGHTS)
    assert all(torch.equal(found[name], made[name]) for name in found)


def test_average_refuses_what_does_not_go_together(tmp_path: Path) -> None:
    one = checkpoint(tmp_path / "1", 1.0)
    other_words = checkpoint(tmp_path / "2", 1.0, pieces=b"others")
    wider = checkpoint(tmp_path / "3", 1.0, width=4)
    with pytest.raises(ValueError, match="2 has another vocabulary than 1"):
        average([one, other_words], tmp_path / "out")
    with pytest.raises(ValueError, match="3 has another architecture than 1"):
        average([one, wider], tmp_path / "out")
    for shares in ([1.0], [1.0, 2.0, 3.0], [0.0, 0.0], [1.0, -1.0]):
        with pytest.raises(ValueError, match="one share"):
            average([one, one], tmp_path / "out", shares)
    assert not (tmp_path / "out").exists()


def test_average_on_the_command_line(tmp_path: Path) -> None:
    one, two = checkpoint(tmp_path / "1", 1.0), checkpoint(tmp_path / "2", 3.0)
    command = ["average", str(one), str(two), "--shares", "1", "3", "--output"]
    assert main([*command, str(tmp_path / "out")]) == 0
    found = load_file(tmp_path / "out" / WEIGHTS)
    assert found["encoder.weight"][0, 0] == pytest.approx(2.5)
