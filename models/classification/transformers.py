"""Any Hugging Face sequence-classification checkpoint as a classifier, on transformers and torch, CPU or CUDA."""

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from safetensors import SafetensorError

from models.classification.categories import CATEGORIES
from models.classification.inputs import check_texts, score_as
from models.classification.label_map import Head, find_label_map
from models.devices import import_torch, pick_device
from models.files import sha256_of
from models.interfaces import ClassifierInfo, Scores

__all__ = ["TransformersClassifier"]

WEIGHTS = "model.safetensors"
_MOST_TOKENS = 512  # of one window, where neither the checkpoint nor the label map says less
_CHARS_PER_TOKEN = 4  # as in English; a text that takes more tokens becomes several windows
_OVERLAP = 4  # windows share a quarter, so that a phrase at the end of one is whole in the next
_LIMITS = {"cpu": (32, 2048), "cuda": (256, 32_768)}  # windows and padded tokens of one batch

_Window = tuple[int, list[int]]  # index of the text, token ids


class TransformersClassifier:
    """Float32, from a local folder only: nothing is fetched, no pickle is read, no code of a checkpoint runs.

    ``label_map`` is the name of a built-in label map or a TOML file; by default it is the folder's ``label_map.toml``.
    A text of more tokens than the checkpoint takes is scored in overlapping windows, and the highest score counts, so
    nothing is cut off silently. Safe to call from several threads. ``threads`` sets torch's own for the whole process;
    0 leaves them. Raises ``ValueError`` for a folder that is not such a checkpoint or does not fit its label map, and
    ``ImportError`` where torch or transformers is missing.
    """

    def __init__(
        self,
        path: Path,
        *,
        label_map: str | Path | None = None,
        device: str = "cpu",
        threads: int = 0,
    ) -> None:
        if not (path / WEIGHTS).is_file():
            raise ValueError(
                f"{path} has no {WEIGHTS}; `magpie models pull --classifier` writes one beside a pytorch_model.bin"
            )
        found = find_label_map(path, label_map)
        self._torch, transformers = import_torch("the transformers classifier")
        if threads:
            self._torch.set_num_threads(threads)
        self._device = pick_device(self._torch, device)
        transformers.utils.logging.disable_progress_bar()
        model = _load_model(transformers, path)
        self._head: Head = found.bind([label for _, label in sorted(model.config.id2label.items())])
        tokenizer = _load_tokenizer(transformers, path, model)
        limit = min(
            found.max_input_tokens or _MOST_TOKENS, tokenizer.model_max_length, _positions(model)
        )
        self._tokenizer = _set_up(tokenizer, limit)
        self._pad, self._unknown = tokenizer.pad_token_id, tokenizer.unk_token_id
        self._special = frozenset(tokenizer.all_special_ids)
        self._model: Any = model.float().eval().to(self._device)
        self._info = ClassifierInfo(
            id=found.id or path.resolve().name,
            classifier="transformers",
            categories=CATEGORIES,
            supported=found.supported(),
            max_input_chars=_CHARS_PER_TOKEN * limit,
            licence=found.licence,
            source=found.source,
            sha256=sha256_of(path / WEIGHTS),
            details={
                "device": self._device,
                "compute_type": "float32",
                "activation": found.activation,
                "max_input_tokens": str(limit),
            },
        )

    @property
    def info(self) -> ClassifierInfo:
        return self._info

    def classify(self, texts: Sequence[str], langs: Sequence[str]) -> list[Scores]:
        model = self._model  # a close in another thread must not pull it away from under this call
        if model is None:
            raise RuntimeError("the classifier is closed")
        check_texts(texts, langs, self._info.max_input_chars)
        served = {"mixed", *self._head.label_map.languages}
        windows = [
            window
            for index, (text, lang) in enumerate(zip(texts, langs, strict=True))
            if lang in served
            for window in self._windows(index, text)
        ]
        found = self._probabilities(model, windows)
        nothing: Scores = (None,) * len(CATEGORIES)
        return [
            score_as(lang, partial(self._head.calibrate, found.get(index, nothing)))
            for index, lang in enumerate(langs)
        ]

    def close(self) -> None:
        self._model = None

    def _windows(self, index: int, text: str) -> Iterator[_Window]:
        encoding = self._tokenizer.encode(_well_formed(text))
        for part in (encoding, *encoding.overflowing):
            yield (
                index,
                [
                    self._unknown if number in self._special and not added else number
                    for number, added in zip(part.ids, part.special_tokens_mask, strict=True)
                ],
            )

    def _probabilities(self, model: Any, windows: Sequence[_Window]) -> dict[int, Scores]:
        """Of each text, the highest of its windows, before calibration."""
        found: dict[int, Scores] = {}
        for batch in _batches(windows, *_LIMITS[self._device.partition(":")[0]]):
            for (index, _), logits in zip(batch, self._logits(model, batch), strict=True):
                scores = self._head.probabilities(logits)
                found[index] = _higher(found[index], scores) if index in found else scores
        return found

    def _logits(self, model: Any, batch: Sequence[_Window]) -> list[list[float]]:
        torch = self._torch
        longest = max(len(ids) for _, ids in batch)
        ids = torch.tensor(
            [ids + [self._pad] * (longest - len(ids)) for _, ids in batch], device=self._device
        )
        lengths = torch.tensor([[len(ids)] for _, ids in batch], device=self._device)
        mask = (torch.arange(longest, device=self._device) < lengths).long()
        with torch.inference_mode():
            logits: list[list[float]] = model(input_ids=ids, attention_mask=mask).logits.tolist()
        return logits


def _load_model(transformers: Any, path: Path) -> Any:
    try:
        model, loading = transformers.AutoModelForSequenceClassification.from_pretrained(
            path,
            use_safetensors=True,
            local_files_only=True,
            trust_remote_code=False,
            output_loading_info=True,
        )
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
        raise ValueError(f"{path} is not a sequence-classification checkpoint: {error}") from error
    if loading["missing_keys"]:  # a head of random numbers would score without a word
        missing = ", ".join(sorted(loading["missing_keys"])[:3])
        raise ValueError(f"{path} is not a trained classifier: its weights lack {missing}")
    return model


def _load_tokenizer(transformers: Any, path: Path, model: Any) -> Any:
    try:
        tokenizer = transformers.AutoTokenizer.from_pretrained(
            path, local_files_only=True, trust_remote_code=False
        )
    except (OSError, ValueError, KeyError, RuntimeError, ImportError) as error:
        raise ValueError(f"{path} has no tokenizer that can be loaded: {error}") from error
    if not tokenizer.is_fast or None in (tokenizer.pad_token_id, tokenizer.unk_token_id):
        raise ValueError(
            f"{path}: the tokenizer must be a fast one, with padding and unknown tokens"
        )
    size, rows = len(tokenizer), model.get_input_embeddings().weight.shape[0]
    if (
        not rows // 2 <= size <= rows
    ):  # one without its files loads all the same, with control tokens only
        raise ValueError(f"{path}: the tokenizer has {size} tokens, but the checkpoint has {rows}")
    return tokenizer


def _set_up(tokenizer: Any, limit: int) -> Any:
    """The Rust tokenizer inside, set for windows of ``limit`` tokens, once: setting it is not thread-safe.

    A control token that a user typed is text, for it is encoded without looking for any. SentencePiece vocabularies
    hold them as ordinary pieces all the same; those that come out become the unknown token.
    """
    backend = tokenizer.backend_tokenizer
    overlap = limit // _OVERLAP
    if limit - backend.num_special_tokens_to_add(False) <= overlap:
        raise ValueError(f"a window of {limit} tokens is too short")
    backend.no_padding()
    backend.enable_truncation(limit, stride=overlap)
    backend.encode_special_tokens = True
    return backend


def _positions(model: Any) -> int:
    """Tokens that the position embeddings allow. Those of the RoBERTa family begin after the padding's number."""
    positions = int(getattr(model.config, "max_position_embeddings", 0) or _MOST_TOKENS)
    for name, module in model.named_modules():
        if (
            name.endswith("position_embeddings")
            and getattr(module, "padding_idx", None) is not None
        ):
            return positions - int(module.padding_idx) - 1
    return positions


def _batches(windows: Sequence[_Window], most: int, max_tokens: int) -> Iterator[list[_Window]]:
    """Windows of like length together, so that little is padding."""
    batch: list[_Window] = []
    for window in sorted(windows, key=lambda found: len(found[1])):
        if batch and (len(batch) == most or (len(batch) + 1) * len(window[1]) > max_tokens):
            yield batch
            batch = []
        batch.append(window)
    if batch:
        yield batch


def _higher(first: Scores, second: Scores) -> Scores:
    return tuple(
        a if a is None or b is None else max(a, b) for a, b in zip(first, second, strict=True)
    )


def _well_formed(text: str) -> str:
    """Half surrogate pairs, which no tokenizer takes, as U+FFFD."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text
