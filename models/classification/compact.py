"""The bundled toxicity classifier: hashed n-grams, a wide and a deep part for each language, numpy only."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file

from models.classification.categories import CATEGORIES
from models.classification.features import Bags, Folding, Vocabulary, extract_en, extract_zh
from models.files import sha256_of
from models.interfaces import ClassifierInfo, Scores

__all__ = ["CONFIG", "WEIGHTS", "CompactClassifier", "Half", "LanguageHead"]

CONFIG, WEIGHTS = "config.json", "model.safetensors"
_CHUNK_CHARS = 8_192  # of one pass: the gathered rows then stay in the processor's cache
_DECIMALS = 5  # below this, a sum depends on how many texts share a pass

Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True)
class LanguageHead:
    """One output and its Platt calibration: ``sigmoid(slope * (logit + share * hate logit) + intercept)``.

    ``hate logit`` is that of the head ``identity_attack``; only toxicity has a share of it.
    """

    name: str
    slope: float
    intercept: float
    share: float = 0.0


@dataclass(frozen=True, slots=True)
class Half:
    """The model of one language. A row of ``table`` holds every head's own weight, then the embedding."""

    lang: str
    heads: tuple[LanguageHead, ...]
    vocabulary: Vocabulary
    table: Floats  # [n-grams, heads + deep]
    w1: Floats  # [deep, hidden]
    b1: Floats
    w2: Floats  # [hidden, heads]
    b2: Floats

    def features(self, texts: Sequence[str], folding: Folding) -> Bags:
        extract = extract_zh if self.lang == "zh" else extract_en
        return self.vocabulary.look_up(extract(texts, folding))

    def logits(self, bags: Bags) -> Floats:
        """Raw outputs, ``[texts, heads]``."""
        counts = bags.counts()
        gathered = np.take(self.table, bags.items, axis=0, mode="clip")
        ones = np.ones(int(counts.max(initial=0)), dtype=np.float32)
        sums = np.zeros((len(counts), self.table.shape[1]), dtype=np.float32)
        edges = bags.starts.tolist()
        for text, (start, end) in enumerate(pairwise(edges)):
            if end > start:
                np.dot(ones[: end - start], gathered[start:end], out=sums[text])
        sums /= np.sqrt(np.maximum(counts, 1)).astype(np.float32)[:, None]
        # In double precision, so that what a text scores does not hang on how many others are in its batch.
        exact = sums.astype(np.float64)
        wide, deep = exact[:, : len(self.heads)], exact[:, len(self.heads) :]
        hidden = np.maximum(deep @ self.w1 + self.b1, 0)
        result: Floats = wide + hidden @ self.w2 + self.b2
        return result

    def probabilities(self, logits: Floats) -> Floats:
        """Calibrated probabilities of the heads."""
        slopes, intercepts, shares = (
            np.array([getattr(head, name) for head in self.heads], dtype=np.float64)
            for name in ("slope", "intercept", "share")
        )
        hate = [head.name for head in self.heads].index("identity_attack")
        mixed = logits + shares * logits[:, hate : hate + 1]
        result: Floats = 1 / (1 + np.exp(-np.clip(mixed * slopes + intercepts, -30, 30)))
        return result


class CompactClassifier:
    """A model folder that ``python -m models.training toxicity export`` wrote.

    Stateless after loading: any number of threads may call ``classify``. About 25 microseconds a short post in a
    batch on one core.
    """

    def __init__(self, folder: Path) -> None:
        """Raises ``ValueError`` for a folder that is not such a model."""
        try:
            config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
            tensors = load_file(folder / WEIGHTS)
            self._folding = Folding.from_sparse(
                tensors["fold.codes"],
                tensors["fold.to"],
                tensors["sound.codes"],
                tensors["sound.syllables"],
            )
            self._halves = {
                lang: _half(lang, raw, tensors) for lang, raw in config["languages"].items()
            }
            self._info = _info(config, sha256_of(folder / WEIGHTS))
        except (OSError, KeyError, TypeError, ValueError, SafetensorError) as error:
            raise ValueError(f"{folder.name} is not a compact classifier: {error!r}") from error
        self._columns = {lang: self._supported(half) for lang, half in self._halves.items()}

    @property
    def info(self) -> ClassifierInfo:
        return self._info

    @property
    def halves(self) -> Mapping[str, Half]:
        """The two languages' models, for calibration and evaluation."""
        return self._halves

    @property
    def folding(self) -> Folding:
        return self._folding

    def classify(self, texts: Sequence[str], langs: Sequence[str]) -> list[Scores]:
        """See ``models.interfaces.Classifier``."""
        if len(texts) != len(langs):
            raise ValueError(f"{len(texts)} texts but {len(langs)} languages")
        if any(len(text) > self._info.max_input_chars for text in texts):
            raise ValueError(f"a text is over {self._info.max_input_chars} characters")
        scores: list[list[float | None]] = [[None] * len(CATEGORIES) for _ in texts]
        for lang, half in self._halves.items():
            mine = [i for i, name in enumerate(langs) if name in (lang, "mixed")]
            self._fill(scores, half, texts, mine)
        return [tuple(row) for row in scores]

    def close(self) -> None:
        """Nothing to release: the arrays go with the object."""

    def _fill(
        self,
        scores: list[list[float | None]],
        half: Half,
        texts: Sequence[str],
        mine: Sequence[int],
    ) -> None:
        """Write one language's scores; where another language wrote already (mixed), the higher stays."""
        columns = self._columns[half.lang]
        for chunk in _chunks(texts, mine):
            bags = half.features([texts[i] for i in chunk], self._folding)
            found = half.probabilities(half.logits(bags)).astype(float).round(_DECIMALS).tolist()
            for i, row in zip(chunk, found, strict=True):
                target = scores[i]
                for head, column in columns:
                    before = target[column]
                    target[column] = row[head] if before is None else max(before, row[head])

    def _supported(self, half: Half) -> list[tuple[int, int]]:
        """Pairs of head and column that this language answers."""
        return [
            (number, CATEGORIES.index(head.name))
            for number, head in enumerate(half.heads)
            if (half.lang, head.name) in self._info.supported
        ]


def _chunks(texts: Sequence[str], mine: Sequence[int]) -> list[list[int]]:
    """Indexes in runs of about ``_CHUNK_CHARS`` characters."""
    chunks: list[list[int]] = []
    room = 0
    for i in mine:
        if room <= 0:
            chunks.append([])
            room = _CHUNK_CHARS
        chunks[-1].append(i)
        room -= len(texts[i]) + 2
    return chunks


def _half(lang: str, raw: Mapping[str, Any], tensors: Mapping[str, NDArray[Any]]) -> Half:
    heads = tuple(
        LanguageHead(name, *(float(number) for number in raw["calibration"][name]))
        for name in raw["heads"]
    )
    packed = tensors[f"{lang}.table"]
    table = packed.astype(np.float32) * tensors[f"{lang}.scale"].astype(np.float32)
    dense = {
        name: tensors[f"{lang}.{name}"].astype(np.float64) for name in ("w1", "b1", "w2", "b2")
    }
    vocabulary = Vocabulary(tensors[f"{lang}.keys"])
    deep, hidden = dense["w1"].shape
    if table.shape != (len(vocabulary.keys), len(heads) + deep) or dense["w2"].shape != (
        hidden,
        len(heads),
    ):
        raise KeyError(f"shapes of {lang}")
    return Half(lang, heads, vocabulary, table, **dense)


def _info(config: Mapping[str, Any], sha256: str) -> ClassifierInfo:
    return ClassifierInfo(
        id=str(config["id"]),
        classifier="compact",
        categories=CATEGORIES,
        supported=frozenset((str(lang), str(name)) for lang, name in config["supported"]),
        max_input_chars=int(config["max_input_chars"]),
        licence=str(config.get("licence", "")),
        source=str(config.get("source", "")),
        sha256=sha256,
        details={str(k): str(v) for k, v in config.get("details", {}).items()},
    )
