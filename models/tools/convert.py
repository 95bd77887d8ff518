"""From a Hugging Face MarianMT folder to a CTranslate2 folder that the ``ct2`` engine loads. Needs the torch extra."""

import json
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import numpy as np

from models.translation.profile import Profile, load_profile, save_profile
from models.translation.tokenizer import END, PAD, UNKNOWN, Tokenizer

__all__ = ["convert", "to_safetensors"]

SAFE, PICKLE = "model.safetensors", "pytorch_model.bin"


def convert(
    folder: Path,
    output: Path,
    *,
    quantization: str = "int8",
    model_id: str = "",
    licence: str = "",
    source: str = "",
    max_input_tokens: int = 0,
    aligned: bool = False,
) -> Profile:
    """Convert ``folder`` into ``output``, which is replaced whole once the new one is complete.

    ``quantization`` is one of CTranslate2's: int8, float32, float16 ... ``max_input_tokens`` lowers the limit that
    the positions give, for a model that never saw such long sentences. ``aligned`` says that it was trained with guided
    alignment over all heads of the last decoder layer. Raises ``ValueError`` for a folder that is
    not a MarianMT model, whose weights are unsafe to read, or which CTranslate2 would decode differently.
    """
    profile = load_profile(folder)
    limit = profile.max_input_tokens
    profile = replace(
        profile,
        id=model_id or profile.id,
        licence=licence or profile.licence,
        source=source or profile.source,
        max_input_tokens=min(limit, max_input_tokens) if max_input_tokens else limit,
        aligned=aligned or profile.aligned,
    )
    tokenizer = Tokenizer(folder)
    tokenizer.check(profile)
    _check_vocabulary(folder, tokenizer)
    to_safetensors(folder)
    output.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=output.parent, prefix=".convert-") as work:
        made = Path(work) / "model"
        _run(folder, made, tokenizer, quantization, aligned=profile.aligned)
        for name in ("source.spm", "target.spm"):
            shutil.copyfile(folder / name, made / name)
        save_profile(profile, made)
        if output.exists():
            shutil.rmtree(output)
        made.rename(output)
    return profile


def to_safetensors(folder: Path) -> Path:
    """The safetensors weights of a folder, written beside its ``pytorch_model.bin`` where there are none yet.

    The pickle is read as plain tensors only; one that holds anything else is refused with ``ValueError``.
    """
    safe, pickle = folder / SAFE, folder / PICKLE
    if safe.is_file():
        return safe
    if not pickle.is_file():
        raise ValueError(f"{folder} has neither {SAFE} nor {PICKLE}")
    torch, _, _ = _import_torch()
    from safetensors.torch import save_file

    try:
        state = torch.load(pickle, map_location="cpu", weights_only=True)
    except (UnpicklingError, RuntimeError, EOFError) as error:
        raise ValueError(
            f"{pickle} holds more than tensors, or is damaged; it was not loaded"
        ) from error
    if not isinstance(state, dict) or not all(torch.is_tensor(v) for v in state.values()):
        raise ValueError(f"{pickle} is not a dictionary of tensors")
    # Tied weights are one tensor under several names, which the format does not allow.
    separate = {name: tensor.clone().contiguous() for name, tensor in state.items()}
    part = safe.with_name(safe.name + ".part")
    save_file(separate, part, metadata={"format": "pt"})
    part.replace(safe)
    return safe


class _Vocabulary:
    """The little that the Marian loader asks of a tokenizer; the real one would parse control tokens."""

    eos_token, unk_token, pad_token = END, UNKNOWN, PAD

    def __init__(self, ids: Mapping[str, int]) -> None:
        self._ids = ids

    def get_vocab(self) -> dict[str, int]:
        return dict(self._ids)


def _run(
    folder: Path, output: Path, tokenizer: Tokenizer, quantization: str, *, aligned: bool
) -> None:
    _, transformers, converters = _import_torch()

    def load_model(model_class: Any, path: str, **options: Any) -> Any:
        model = model_class.from_pretrained(
            path, use_safetensors=True, local_files_only=True, **options
        )
        _check_start(model)
        return model

    def load_tokenizer(tokenizer_class: Any, path: str, **options: Any) -> _Vocabulary:
        return _Vocabulary(tokenizer.ids)

    transformers.utils.logging.disable_progress_bar()
    converter = converters.TransformersConverter(str(folder))
    converter.load_model = load_model
    converter.load_tokenizer = load_tokenizer
    if aligned:
        converter._load = partial(_load_aligned, converter._load)
    converter.convert(str(output), quantization=quantization)


def _check_vocabulary(folder: Path, tokenizer: Tokenizer) -> None:
    """The layout of opus-mt, which CTranslate2's Marian loader insists on without saying so."""
    ids, last = tokenizer.ids, len(tokenizer.ids) - 1
    if ids.get(PAD) != last:
        raise ValueError(f"{folder}: {PAD} must be the last of the vocabulary, as in opus-mt")
    size = json.loads((folder / "config.json").read_text(encoding="utf-8")).get("vocab_size")
    if size != last + 1:
        raise ValueError(
            f"{folder}: vocab_size is {size}, but the vocabulary has {last + 1} tokens"
        )


def _check_start(model: Any) -> None:
    """CTranslate2 starts decoding from a zero embedding, transformers from that of the start token."""
    row = model.get_decoder().embed_tokens.weight[model.config.decoder_start_token_id]
    if float(row.abs().max()) > 1e-6:
        raise ValueError(
            "the embedding of the decoder's start token is not zero, so CTranslate2 would translate differently; "
            "keep that row at zero while training"
        )


def _load_aligned(load: Callable[[], Any]) -> Any:
    """CTranslate2 reports the attention of the first head; guided alignment taught the mean over all of them."""
    spec = load()
    spec.decoder.alignment_heads = np.int16(spec.decoder.num_heads)
    return spec


def _import_torch() -> tuple[Any, Any, Any]:
    try:
        import torch
        import transformers
        from ctranslate2 import converters
    except ImportError as error:
        raise ImportError('converting needs torch: pip install ".[torch]"') from error
    return torch, transformers, converters
