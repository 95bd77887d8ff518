"""From a training checkpoint to the weights that ship: int8, manifest entry, fp16 checkpoint, card."""

import json
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from safetensors.torch import load_file, save_file

from models.manifest import ManifestEntry, add_entry
from models.tools.convert import convert
from models.training import card
from models.training.checkpoint import write_tokenizer
from models.training.evaluate import Report
from models.training.shards import BOTH_WAYS
from models.training.vocabulary import Vocabulary
from models.translation.ct2 import SHORTLIST

__all__ = ["LICENCE", "SOURCE", "export", "write_half_precision"]

LICENCE = "CC BY-NC-SA 4.0"
SOURCE = "trained by this project: models/training, see the model card"
CONFIGS = ("config.json", "generation_config.json")


def write_half_precision(
    checkpoint: Path, folder: Path, directions: Sequence[str] = BOTH_WAYS
) -> None:
    """A Hugging Face MarianMT folder in fp16 without optimizer: training can go on from it."""
    folder.mkdir(parents=True, exist_ok=True)
    weights = load_file(checkpoint / "model.safetensors")
    half = {k: v.half() if v.is_floating_point() else v for k, v in weights.items()}
    weights_path = folder / "model.safetensors"
    save_file(half, weights_path, metadata={"format": "pt"})
    weights_path.chmod(0o644)
    for name in CONFIGS:
        shutil.copyfile(checkpoint / name, folder / name)
    write_tokenizer(folder, Vocabulary(checkpoint / "source.spm"), directions)


def export(
    checkpoint: Path,
    output: Path,
    *,
    model_id: str,
    max_input_tokens: int,
    manifest: Path,
    card_path: Path,
    report: Report | None = None,
    facts: card.Facts | None = None,
    length_penalty: float = 1.0,
    aligned: bool = False,
    shortlist: Path | None = None,
    directions: Sequence[str] = BOTH_WAYS,
    group: str = "",
) -> ManifestEntry:
    """Replace ``output`` by the converted checkpoint and describe it in manifest and card.

    ``output/checkpoint`` is a MarianMT folder in fp16 that transformers loads. Without a
    ``report`` an existing card stays as it is; without ``facts`` those of the last export, which lie beside the
    card, go into it again. ``max_input_tokens`` is the longest source the model
    has seen in training; longer segments are the caller's to split. ``length_penalty`` (beam search) goes into the
    generation config of both. ``aligned`` says that ``train --guide`` taught the model which words belong together, so
    that engines report it. ``shortlist`` is what ``models.training.shortlist`` wrote for this vocabulary; without
    one, that of the last export stays. ``directions`` is what the model is served for. The bundled model is all that is
    exported under one ``group``: two models of one direction each, or a single one.
    """
    lists = shortlist if shortlist is not None else output / SHORTLIST
    kept = lists.read_bytes() if lists.is_file() else None
    with tempfile.TemporaryDirectory() as work:
        source = Path(work) / model_id
        source.mkdir()
        shutil.copyfile(checkpoint / "model.safetensors", source / "model.safetensors")
        for name in CONFIGS:
            shutil.copyfile(checkpoint / name, source / name)
        write_tokenizer(source, Vocabulary(checkpoint / "source.spm"), directions)
        _set_length_penalty(source, length_penalty)
        convert(
            source,
            output,
            model_id=model_id,
            licence=LICENCE,
            source=SOURCE,
            max_input_tokens=max_input_tokens,
            aligned=aligned,
        )
    if kept is not None:
        (output / SHORTLIST).write_bytes(kept)
    write_half_precision(checkpoint, output / "checkpoint", directions)
    _set_length_penalty(output / "checkpoint", length_penalty)
    card_path.parent.mkdir(parents=True, exist_ok=True)
    if report is not None:
        report.save(card_path.with_suffix(".json"))
        _write_card(checkpoint, model_id, report, facts, card_path)
    return add_entry(
        output,
        id=model_id,
        directions=directions,
        licence=LICENCE,
        source=SOURCE,
        card=card_path.resolve().relative_to(manifest.resolve().parent).as_posix(),
        group=group,
        bundled=True,
        manifest=manifest,
    )


def _set_length_penalty(folder: Path, length_penalty: float) -> None:
    path = folder / "generation_config.json"
    config = json.loads(path.read_text(encoding="utf-8"))
    config["length_penalty"] = length_penalty
    path.write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")


def _write_card(
    checkpoint: Path, model_id: str, report: Report, facts: card.Facts | None, path: Path
) -> None:
    kept = path.with_suffix(".facts.json")
    if facts is None:
        facts = card.Facts.load(kept) if kept.is_file() else card.Facts()
    facts.save(kept)
    text = card.render(model_id, report, facts, card.Shape.of(checkpoint))
    path.write_text(text, encoding="utf-8")
