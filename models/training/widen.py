"""More room in a checkpoint: wider feed-forward parts in the encoder, the same function."""

import json
import shutil
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from models.training.checkpoint import Weights
from models.training.network import model_like
from models.training.optimizer import build_optimizers

__all__ = ["widen"]

WEIGHTS, CONFIG, STATE = "model.safetensors", "config.json", "resume.pt"


def widen(checkpoint: Path, output: Path, feed_forward: int, *, seed: int = 1) -> None:
    """Write ``checkpoint`` with ``feed_forward`` units in every encoder layer; ``train`` goes on from it.

    The new units read with random weights of the size of the old ones and have no say at first (Net2Net, Chen et al.
    2016, with zeros in place of copies), so that what the model says does not change. The optimizer's state, where
    there is one, goes on with zeros for them. In the encoder alone: the decoder runs once for each token of an
    answer, the encoder once. Raises ``ValueError`` for a width that is not above the present one.
    """
    config: dict[str, Any] = json.loads((checkpoint / CONFIG).read_text(encoding="utf-8"))
    old = int(config["encoder_ffn_dim"])
    if feed_forward <= old:
        raise ValueError(f"the encoder has {old} units already, {feed_forward} are not more")
    shutil.copytree(checkpoint, output)
    more = feed_forward - old
    weights = load_file(checkpoint / WEIGHTS)
    fresh = _fresh(weights, more, seed)
    save_file(_grown(weights, more, fresh), output / WEIGHTS, metadata={"format": "pt"})
    if (checkpoint / STATE).is_file():
        kept = torch.load(checkpoint / STATE, map_location="cpu", weights_only=True)
        kept["live"] = _grown(kept["live"], more, fresh)
        _grow_optimizers(checkpoint, kept["opts"], more)
        torch.save(kept, output / STATE)
    config["encoder_ffn_dim"] = feed_forward
    (output / CONFIG).write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")


def _fresh(weights: Weights, more: int, seed: int) -> Weights:
    """Reading weights of the new units, the same for the average and the live weights."""
    random = torch.Generator().manual_seed(seed)
    return {
        name: torch.randn(more, tensor.shape[1], generator=random) * tensor.float().std()
        for name, tensor in sorted(weights.items())
        if _axis(name) == 0 and tensor.ndim == 2
    }


def _grown(weights: Weights, more: int, fresh: Weights) -> Weights:
    found = {}
    for name, tensor in weights.items():
        axis = _axis(name)
        found[name] = tensor if axis is None else _extend(tensor, axis, more, fresh.get(name))
    return found


def _grow_optimizers(checkpoint: Path, states: list[dict[str, Any]], more: int) -> None:
    """Zeros for the new units in the moments, in place; parameters have the order of ``build_optimizers``."""
    model = model_like(checkpoint)
    names = {id(p): name for name, p in model.named_parameters()}
    for optimizer, state in zip(build_optimizers(model, 1e-3), states, strict=True):
        parameters = [p for group in optimizer.param_groups for p in group["params"]]
        for number, parameter in enumerate(parameters):
            axis = _axis(names[id(parameter)])
            moments = state["state"].get(number, {})
            for key, value in moments.items():
                if axis is not None and torch.is_tensor(value) and value.ndim:
                    moments[key] = _extend(value, axis, more)


def _axis(name: str) -> int | None:
    """The axis of a tensor that counts feed-forward units of the encoder; None for every other tensor."""
    if ".encoder.layers." not in name:
        return None
    if ".fc1." in name:
        return 0
    return 1 if name.endswith(".fc2.weight") else None


def _extend(tensor: Tensor, axis: int, more: int, new: Tensor | None = None) -> Tensor:
    if new is None:
        shape = list(tensor.shape)
        shape[axis] = more
        new = torch.zeros(shape)
    return torch.cat([tensor, new.to(tensor.dtype)], axis).contiguous()
