"""From checkpoints and calibration to the weights that ship: int8 tables, manifest entry."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file

from models.classification.compact import CONFIG, WEIGHTS
from models.manifest import ManifestEntry, add_entry
from models.training.toxicity import folding
from models.training.toxicity.corpus import MAX_CHARS
from models.training.toxicity.fit import HEADS, Weights

__all__ = [
    "DETAILS",
    "LICENCE",
    "SOURCE",
    "SUPPORTED",
    "enter",
    "export",
    "join",
    "quantise",
    "write",
]

LICENCE = "CC BY-NC-SA 4.0"
SOURCE = "trained by this project: models/training/toxicity, see the model card"
# What the data can teach, judged on the development sets; other pairs answer None.
SUPPORTED = (
    ("en", "toxicity"), ("en", "insult"), ("en", "threat"), ("en", "identity_attack"), ("en", "profanity"),
    ("en", "self_harm"), ("en", "spam"), ("zh", "toxicity"), ("zh", "identity_attack"), ("zh", "self_harm"),
    ("zh", "spam"),
)  # fmt: skip
DETAILS = {"architecture": "hashed n-grams, wide and deep, models for each language"}
Calibration = Mapping[str, Mapping[str, Sequence[float]]]  # language, head: slope, intercept, share


def quantise(table: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """A table as int8 with one scale for each column; outliers beyond twenty deviations are clipped."""
    limit = np.minimum(np.abs(table).max(0), 20 * table.std(0)) + 1e-12
    scale = (limit / 127).astype(np.float32)
    return np.clip(np.rint(table / scale), -127, 127).astype(np.int8), scale


def write(
    halves: Mapping[str, Weights],
    calibration: Calibration,
    output: Path,
    model_id: str,
) -> None:
    """The model folder: ``config.json`` and ``model.safetensors``."""
    tensors: dict[str, NDArray[np.generic]] = dict(folding.sparse())
    languages = {}
    for lang, weights in halves.items():
        packed, scale = quantise(weights.table)
        tensors[f"{lang}.keys"] = weights.keys
        tensors[f"{lang}.table"], tensors[f"{lang}.scale"] = packed, scale
        for name in ("w1", "b1", "w2", "b2"):
            tensors[f"{lang}.{name}"] = getattr(weights, name).astype(np.float32)
        numbers = {name: list(calibration[lang][name]) for name in HEADS[lang]}
        languages[lang] = {"heads": list(HEADS[lang]), "calibration": numbers}
    config = {
        "format": 1,
        "id": model_id,
        "licence": LICENCE,
        "source": SOURCE,
        "max_input_chars": MAX_CHARS,
        "languages": languages,
        "supported": [pair for pair in SUPPORTED if pair[0] in halves],
        "details": DETAILS,
    }
    output.mkdir(parents=True, exist_ok=True)
    save_file(tensors, output / WEIGHTS)
    (output / WEIGHTS).chmod(0o644)
    text = json.dumps(config, ensure_ascii=False, indent=1)
    (output / CONFIG).write_text(text + "\n", encoding="utf-8")


def export(
    halves: Mapping[str, Weights],
    calibration: Calibration,
    output: Path,
    *,
    model_id: str,
    manifest: Path,
    card: str,
) -> ManifestEntry:
    """Write the folder and its manifest entry."""
    write(halves, calibration, output, model_id)
    return enter(output, model_id=model_id, manifest=manifest, card=card)


def join(folder: Path, other: Path, output: Path, *, lang: str, alone: Sequence[str] = ()) -> None:
    """The model in ``folder`` with the ``lang`` model of ``other`` as one more voice of that language.

    Heads in ``alone`` have no vote in the added model. Raises ``ValueError`` when ``other`` has no such model.
    """
    config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    added = json.loads((other / CONFIG).read_text(encoding="utf-8"))["languages"].get(lang)
    if added is None:
        raise ValueError(f"{other.name} has no model for {lang}")
    name = f"{lang}-{sum(key.partition('-')[0] == lang for key in config['languages']) + 1}"
    config["languages"][name] = added | {"lang": lang, "votes": dict.fromkeys(alone, 0.0)}
    tensors = load_file(folder / WEIGHTS)
    for key, value in load_file(other / WEIGHTS).items():
        if key.startswith(f"{lang}."):
            tensors[f"{name}.{key.partition('.')[2]}"] = value
    output.mkdir(parents=True, exist_ok=True)
    save_file(tensors, output / WEIGHTS)
    (output / WEIGHTS).chmod(0o644)
    text = json.dumps(config | {"details": DETAILS}, ensure_ascii=False, indent=1)
    (output / CONFIG).write_text(text + "\n", encoding="utf-8")


def enter(output: Path, *, model_id: str, manifest: Path, card: str) -> ManifestEntry:
    """The manifest entry of a written folder. It is not `bundled`: that word names the translation model."""
    return add_entry(
        output,
        id=model_id,
        directions=(),
        format="compact",
        licence=LICENCE,
        source=SOURCE,
        card=card,
        manifest=manifest,
    )
