"""The mean of checkpoints that went on from the same one: better than each of them, at no cost in serving."""

import shutil
from collections.abc import Sequence
from pathlib import Path

from safetensors.torch import load_file, save_file

__all__ = ["average"]

WEIGHTS = "model.safetensors"
OTHERS = ("config.json", "generation_config.json", "source.spm", "target.spm")


def average(checkpoints: Sequence[Path], output: Path, shares: Sequence[float] = ()) -> None:
    """Write a checkpoint of the weighted mean (a "soup", Wortsman et al. 2022); without ``shares`` all count alike.

    The optimizer's state is left out: a run that goes on from it starts its optimizer anew. Raises ``ValueError`` for
    another number of shares, and for checkpoints whose tensors or vocabularies differ.
    """
    shares = shares or [1.0] * len(checkpoints)
    if len(shares) != len(checkpoints) or sum(shares) <= 0:
        raise ValueError("one share for each checkpoint is needed, and a sum over 0")
    first = checkpoints[0]
    pieces = (first / "source.spm").read_bytes()
    weights = load_file(first / WEIGHTS)
    mean = {name: w * (shares[0] / sum(shares)) for name, w in weights.items()}
    for checkpoint, share in zip(checkpoints[1:], shares[1:], strict=True):
        if (checkpoint / "source.spm").read_bytes() != pieces:
            raise ValueError(f"{checkpoint.name} has another vocabulary than {first.name}")
        other = load_file(checkpoint / WEIGHTS)
        shapes = ({name: tuple(w.shape) for name, w in each.items()} for each in (mean, other))
        if next(shapes) != next(shapes):
            raise ValueError(f"{checkpoint.name} has another architecture than {first.name}")
        for name, tensor in other.items():
            mean[name] += tensor * (share / sum(shares))
    output.mkdir(parents=True, exist_ok=True)
    kept = {name: tensor.to(weights[name].dtype) for name, tensor in mean.items()}
    save_file(kept, output / WEIGHTS, metadata={"format": "pt"})
    for name in OTHERS:
        shutil.copyfile(first / name, output / name)
