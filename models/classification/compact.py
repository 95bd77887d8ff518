"""The bundled toxicity classifier: hashed n-grams, wide and deep models for each language, numpy only."""

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

__all__ = ["CONFIG", "WEIGHTS", "Committee", "CompactClassifier", "Half", "LanguageHead"]

CONFIG, WEIGHTS = "config.json", "model.safetensors"
_CHUNK_CHARS = 8_192  # of one pass: the gathered rows then stay in the processor's cache
_DECIMALS = 5  # below this, a sum depends on how many texts share a pass

Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True)
class LanguageHead:
    """One output and its Platt calibration: ``sigmoid(slope * (logit + share * hate logit) + intercept)``.

    ``hate logit`` is that of the head ``identity_attack``; only toxicity has a share of it. ``vote`` is its weight
    among the heads of this name when a language has several models.
    """

    name: str
    slope: float
    intercept: float
    share: float = 0.0
    vote: float = 1.0


@dataclass(frozen=True, slots=True)
class Half:
    """One model of one language. A row of ``table`` holds every head's own weight, then the embedding."""

    lang: str
    heads: tuple[LanguageHead, ...]
    vocabulary: Vocabulary
    table: NDArray[np.int8]  # [n-grams, heads + deep]
    scale: Floats  # of each column
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
        # Small whole numbers: their sums are exact in float32, whatever the order.
        gathered = np.take(self.table, bags.items, axis=0, mode="clip").astype(np.float32)
        ones = np.ones(int(counts.max(initial=0)), dtype=np.float32)
        sums = np.zeros((len(counts), self.table.shape[1]), dtype=np.float32)
        edges = bags.starts.tolist()
        for text, (start, end) in enumerate(pairwise(edges)):
            if end > start:
                np.dot(ones[: end - start], gathered[start:end], out=sums[text])
        sums /= np.sqrt(np.maximum(counts, 1)).astype(np.float32)[:, None]
        # In double precision, so that what a text scores does not hang on how many others are in its batch.
        exact = sums.astype(np.float64) * self.scale
        wide, deep = exact[:, : len(self.heads)], exact[:, len(self.heads) :]
        hidden = np.maximum(deep @ self.w1 + self.b1, 0)
        result: Floats = wide + hidden @ self.w2 + self.b2
        return result

    def calibrated(self, logits: Floats) -> Floats:
        """Logits of the calibrated probabilities."""
        slopes, intercepts, shares = (
            np.array([getattr(head, name) for head in self.heads], dtype=np.float64)
            for name in ("slope", "intercept", "share")
        )
        hate = [head.name for head in self.heads].index("identity_attack")
        mixed = logits + shares * logits[:, hate : hate + 1]
        result: Floats = np.clip(mixed * slopes + intercepts, -30, 30)
        return result

    def probabilities(self, logits: Floats) -> Floats:
        """Calibrated probabilities of the heads."""
        return _sigmoid(self.calibrated(logits))


@dataclass(frozen=True, slots=True)
class Committee:
    """The models of one language, which have the same heads: the mean of their calibrated logits counts."""

    members: tuple[Half, ...]

    @property
    def lang(self) -> str:
        return self.members[0].lang

    @property
    def heads(self) -> tuple[LanguageHead, ...]:
        return self.members[0].heads

    def probabilities(self, texts: Sequence[str], folding: Folding) -> Floats:
        """``[texts, heads]``; the n-grams of the texts are taken once for all members."""
        extracted = extract_zh(texts, folding) if self.lang == "zh" else extract_en(texts, folding)
        total = np.zeros((len(texts), len(self.heads)))
        votes = np.zeros(len(self.heads))
        for member in self.members:
            weights = np.array([head.vote for head in member.heads])
            logits = member.logits(member.vocabulary.look_up(extracted))
            total += weights * member.calibrated(logits)
            votes += weights
        return _sigmoid(total / votes)


def _sigmoid(logits: Floats) -> Floats:
    result: Floats = 1 / (1 + np.exp(-logits))
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
            self._committees = _committees(config["languages"], tensors)
            self._info = _info(config, sha256_of(folder / WEIGHTS))
        except (OSError, KeyError, TypeError, ValueError, SafetensorError) as error:
            raise ValueError(f"{folder.name} is not a compact classifier: {error!r}") from error
        self._columns = {lang: self._supported(each) for lang, each in self._committees.items()}

    @property
    def info(self) -> ClassifierInfo:
        return self._info

    @property
    def halves(self) -> Mapping[str, Half]:
        """The first model of each language."""
        return {lang: each.members[0] for lang, each in self._committees.items()}

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
        for lang, committee in self._committees.items():
            mine = [i for i, name in enumerate(langs) if name in (lang, "mixed")]
            self._fill(scores, committee, texts, mine)
        return [tuple(row) for row in scores]

    def close(self) -> None:
        """Nothing to release: the arrays go with the object."""

    def _fill(
        self,
        scores: list[list[float | None]],
        committee: Committee,
        texts: Sequence[str],
        mine: Sequence[int],
    ) -> None:
        """Write one language's scores; where another language wrote already (mixed), the higher stays."""
        columns = self._columns[committee.lang]
        for chunk in _chunks(texts, mine):
            exact = committee.probabilities([texts[i] for i in chunk], self._folding)
            found = exact.round(_DECIMALS).tolist()
            for i, row in zip(chunk, found, strict=True):
                target = scores[i]
                for head, column in columns:
                    before = target[column]
                    target[column] = row[head] if before is None else max(before, row[head])

    def _supported(self, committee: Committee) -> list[tuple[int, int]]:
        """Pairs of head and column that this language answers."""
        return [
            (number, CATEGORIES.index(head.name))
            for number, head in enumerate(committee.heads)
            if (committee.lang, head.name) in self._info.supported
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


def _committees(
    models: Mapping[str, Mapping[str, Any]], tensors: Mapping[str, NDArray[Any]]
) -> dict[str, Committee]:
    """By language. A model is named after its language, or says which it is of (``zh-2``: ``"lang": "zh"``)."""
    members: dict[str, list[Half]] = {}
    for name, raw in models.items():
        lang = str(raw.get("lang", name))
        members.setdefault(lang, []).append(_half(lang, name, raw, tensors))
    for lang, halves in members.items():
        names = {tuple(head.name for head in half.heads) for half in halves}
        if len(names) > 1:
            raise KeyError(f"heads of {lang}")
    return {lang: Committee(tuple(halves)) for lang, halves in members.items()}


def _half(
    lang: str, prefix: str, raw: Mapping[str, Any], tensors: Mapping[str, NDArray[Any]]
) -> Half:
    votes = raw.get("votes", {})
    heads = tuple(
        _head(name, raw["calibration"][name], float(votes.get(name, 1.0))) for name in raw["heads"]
    )
    table, scale = tensors[f"{prefix}.table"], tensors[f"{prefix}.scale"].astype(np.float64)
    dense = {
        name: tensors[f"{prefix}.{name}"].astype(np.float64) for name in ("w1", "b1", "w2", "b2")
    }
    vocabulary = Vocabulary(tensors[f"{prefix}.keys"])
    deep, hidden = dense["w1"].shape
    if table.shape != (len(vocabulary.keys), len(heads) + deep) or dense["w2"].shape != (
        hidden,
        len(heads),
    ):
        raise KeyError(f"shapes of {prefix}")
    return Half(lang, heads, vocabulary, table, scale, **dense)


def _head(name: str, calibration: Sequence[float], vote: float) -> LanguageHead:
    slope, intercept, *share = (float(number) for number in calibration)
    return LanguageHead(name, slope, intercept, share[0] if share else 0.0, vote)


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
