"""The bundled toxicity classifier: hashed n-grams, wide and deep models for each language, numpy only."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from operator import itemgetter
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file

from models.classification.categories import CATEGORIES
from models.classification.differences import Differences, find_differences
from models.classification.features import (
    REACH_ZH,
    Bags,
    Codes,
    Counts,
    Folding,
    Stream,
    Vocabulary,
    extract_en,
    extract_zh,
    hash_zh,
    stream_zh,
)
from models.files import sha256_of
from models.interfaces import ClassifierInfo, Scores

__all__ = ["CONFIG", "WEIGHTS", "Committee", "CompactClassifier", "Half", "LanguageHead"]

CONFIG, WEIGHTS = "config.json", "model.safetensors"
_CHUNK_CHARS = 8_192  # of one pass: the gathered rows then stay in the processor's cache
_CHUNK_CHARS_ZH = 4 * _CHUNK_CHARS  # before it is known how much of them is looked at
_DECIMALS = 5  # below this, a sum depends on how many texts share a pass

_NONE: Scores = (None,) * len(CATEGORIES)

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
    calibration: Floats = field(init=False, repr=False)  # [3, heads]: slopes, intercepts, shares
    votes: Floats = field(init=False, repr=False)  # [heads]
    hate: int = field(init=False)  # the head of identity attacks

    def __post_init__(self) -> None:
        columns = [
            [getattr(head, name) for head in self.heads]
            for name in ("slope", "intercept", "share", "vote")
        ]
        *calibration, votes = np.array(columns, dtype=np.float64)
        object.__setattr__(self, "calibration", np.array(calibration))  # frozen, not finished yet
        object.__setattr__(self, "votes", votes)
        hate = [head.name for head in self.heads].index("identity_attack")
        object.__setattr__(self, "hate", hate)

    def features(self, texts: Sequence[str], folding: Folding) -> Bags:
        extract = extract_zh if self.lang == "zh" else extract_en
        return self.vocabulary.look_up(extract(texts, folding))

    def logits(self, bags: Bags) -> Floats:
        """Raw outputs, ``[texts, heads]``."""
        ones = np.ones(len(bags.items), dtype=np.float32)
        return self.weigh(self.sums(bags.items, bags.starts, ones), bags.counts())

    def logits_with(self, same: Differences, bags: Bags) -> Floats:
        """The same of texts of which ``bags`` hold only the pieces."""
        starts, signs = same.by_text(bags)
        sums = same.total(self.sums(bags.items, starts, signs)).astype(np.float32)
        return self.weigh(sums, same.counts(bags))

    def sums(self, rows: Codes, starts: Counts, signs: NDArray[np.float32]) -> NDArray[np.float32]:
        """The rows of each text's n-grams added up, without the scale; whole numbers. ``[texts, heads + deep]``.

        Those of text i are ``rows[starts[i]:starts[i + 1]]``; each counts with its sign.
        """
        # Small whole numbers: their sums are exact in float32, whatever the order.
        gathered = np.take(self.table, rows, axis=0, mode="clip").astype(np.float32)
        sums = np.zeros((len(starts) - 1, self.table.shape[1]), dtype=np.float32)
        for text, (start, end) in enumerate(pairwise(starts.tolist())):
            if end > start:
                np.dot(signs[start:end], gathered[start:end], out=sums[text])
        return sums

    def weigh(self, sums: NDArray[np.float32], counts: Counts) -> Floats:
        """Raw outputs of texts with so many known n-grams, ``[texts, heads]``."""
        sums = sums / np.sqrt(np.maximum(counts, 1)).astype(np.float32)[:, None]
        # In double precision, so that what a text scores does not hang on how many others are in its batch.
        exact = sums.astype(np.float64) * self.scale
        wide, deep = exact[:, : len(self.heads)], exact[:, len(self.heads) :]
        hidden = np.maximum(deep @ self.w1 + self.b1, 0)
        result: Floats = wide + hidden @ self.w2 + self.b2
        return result

    def calibrated(self, logits: Floats) -> Floats:
        """Logits of the calibrated probabilities."""
        slopes, intercepts, shares = self.calibration
        mixed = logits + shares * logits[:, self.hate : self.hate + 1]
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
        if self.lang == "zh":
            return self._judge_zh(stream_zh(texts, folding), folding)
        extracted = extract_en(texts, folding)
        return self._mean([one.logits(one.vocabulary.look_up(extracted)) for one in self.members])

    def _judge_zh(self, stream: Stream, folding: Folding) -> Floats:
        """Of texts that are nearly the same only the differences are looked at; the others in smaller portions."""
        same = find_differences(stream, REACH_ZH)
        looked_at = stream if same is None else same.pieces
        if len(looked_at.codes) > 2 * _CHUNK_CHARS and stream.documents > 1:
            return np.concatenate([self._judge_zh(part, folding) for part in stream.halves()])
        if same is None:
            hashed = hash_zh(stream, folding)
            bags = [one.vocabulary.look_up(hashed) for one in self.members]
            return self._mean(
                [one.logits(bag) for one, bag in zip(self.members, bags, strict=True)]
            )
        hashed = hash_zh(same.pieces, folding, same.fresh)
        bags = [one.vocabulary.look_up(hashed) for one in self.members]
        return self._mean(
            [one.logits_with(same, bag) for one, bag in zip(self.members, bags, strict=True)]
        )

    def _mean(self, logits: Sequence[Floats]) -> Floats:
        """The probabilities from the logits of each member."""
        total = np.zeros_like(logits[0])
        votes = np.zeros(len(self.heads))
        for member, found in zip(self.members, logits, strict=True):
            total += member.votes * member.calibrated(found)
            votes += member.votes
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
        self._orders = {lang: self._order(each) for lang, each in self._committees.items()}

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
        scores: list[Scores | None] = [None] * len(texts)
        for lang, committee in self._committees.items():
            mine = [i for i, name in enumerate(langs) if name == lang or name == "mixed"]
            if mine:
                self._fill(scores, committee, texts, mine)
        return [_NONE if row is None else row for row in scores]

    def close(self) -> None:
        """Nothing to release: the arrays go with the object."""

    def _fill(
        self,
        scores: list[Scores | None],
        committee: Committee,
        texts: Sequence[str],
        mine: Sequence[int],
    ) -> None:
        """Write one language's scores; where another language wrote already (mixed), the higher stays."""
        in_order = self._orders[committee.lang]
        size = _CHUNK_CHARS if committee.lang == "en" else _CHUNK_CHARS_ZH
        for chunk in _chunks(texts, mine, size):
            exact = committee.probabilities([texts[i] for i in chunk], self._folding)
            for i, row in zip(chunk, exact.round(_DECIMALS).tolist(), strict=True):
                row.append(None)
                before, found = scores[i], in_order(row)
                scores[i] = found if before is None else _higher(before, found)

    def _order(self, committee: Committee) -> Callable[[list[float | None]], Scores]:
        """Puts what the heads say, and None behind it, in the order of the categories."""
        heads = {head.name: at for at, head in enumerate(committee.heads)}
        places = [
            heads[name] if (committee.lang, name) in self._info.supported else len(heads)
            for name in CATEGORIES
        ]
        return itemgetter(*places)


def _higher(one: Scores, other: Scores) -> Scores:
    return tuple(
        a if b is None else b if a is None else max(a, b) for a, b in zip(one, other, strict=True)
    )


def _chunks(texts: Sequence[str], mine: Sequence[int], size: int) -> list[list[int]]:
    """Indexes in runs of about ``size`` characters."""
    chunks: list[list[int]] = []
    room = first = 0
    for at, i in enumerate(mine):
        if room <= 0:
            if at:
                chunks.append(list(mine[first:at]))
            first, room = at, size
        room -= len(texts[i]) + 2
    if mine:
        chunks.append(list(mine[first:]))
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
