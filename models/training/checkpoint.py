"""Checkpoints: a Hugging Face MarianMT folder (averaged weights) with the optimizer beside it."""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from transformers import MarianMTModel

from models.training.shards import BOTH_WAYS
from models.training.vocabulary import Vocabulary

__all__ = ["Progress", "load_average", "resume", "save", "write_tokenizer"]

_CODES = {"en": "eng", "zh": "zho"}

Weights = dict[str, Tensor]
Progress = dict[str, int]


def write_tokenizer(
    folder: Path, vocabulary: Vocabulary, directions: Sequence[str] = BOTH_WAYS
) -> None:
    """The files MarianTokenizer and the CTranslate2 converter expect beside the weights.

    ``directions`` are what the model is served for; its vocabulary is that of both.
    """
    ways = [name.split("-") for name in sorted(directions)]
    pieces = {piece: i for i, piece in enumerate(vocabulary.pieces)}
    (folder / "vocab.json").write_text(json.dumps(pieces, ensure_ascii=False), encoding="utf-8")
    for name in ("source.spm", "target.spm"):
        shutil.copy(vocabulary.path, folder / name)
    settings = {
        "tokenizer_class": "MarianTokenizer",
        "source_lang": "+".join(sorted(_CODES[source] for source, _ in ways)),
        "target_lang": "+".join(sorted(_CODES[target] for _, target in ways)),
        "model_max_length": 256,
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(settings), encoding="utf-8")


def save(
    folder: Path,
    model: Any,
    average: Weights,
    optimizers: list[torch.optim.Optimizer],
    progress: Progress,
    vocabulary: Vocabulary,
) -> None:
    """Write beside the old checkpoint, then swap: a kill at any moment leaves one that is whole."""
    tmp, old = folder.with_name(folder.name + ".tmp"), folder.with_name(folder.name + ".old")
    shutil.rmtree(tmp, ignore_errors=True)
    tmp.mkdir(parents=True)
    live = {k: v.clone() for k, v in model.state_dict().items()}
    states = [o.state_dict() for o in optimizers]
    torch.save({"live": live, "opts": states, **progress}, tmp / "resume.pt")
    model.load_state_dict(average)
    model.save_pretrained(tmp)
    model.load_state_dict(live)
    write_tokenizer(tmp, vocabulary)
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        folder.replace(old)
    tmp.replace(folder)


def load_average(folder: Path) -> Weights:
    """Averaged weights of a checkpoint, fp32."""
    weights: Weights = MarianMTModel.from_pretrained(folder, dtype=torch.float32).state_dict()
    return weights


def resume(
    folder: Path, model: nn.Module, optimizers: list[torch.optim.Optimizer], device: str
) -> tuple[Weights, Progress]:
    """Load what ``folder`` holds into model and optimizers; give the average and the counters.

    Without ``resume.pt`` (an exported or warm-start checkpoint) training goes on from the average.
    """
    if (folder / "model.safetensors").exists():
        model.load_state_dict(load_average(folder))
    average = {k: v.detach().clone() for k, v in model.state_dict().items()}
    progress = {"step": 0, "seen": 0}
    if (folder / "resume.pt").exists():
        kept = torch.load(folder / "resume.pt", map_location=device, weights_only=True)
        model.load_state_dict(kept["live"])
        for optimizer, state in zip(optimizers, kept["opts"], strict=True):
            optimizer.load_state_dict(state)
        progress = {"step": int(kept["step"]), "seen": int(kept["seen"])}
    return average, progress
