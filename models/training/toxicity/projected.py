"""Natural Chinese rows with the labels of their English side: our own English half reads parallel text."""

import json
import lzma
import random
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.classification.compact import CompactClassifier, Half
from models.training.progress import say
from models.training.toxicity.rows import Row

__all__ = ["SHARES", "project"]

# Informal sources of the translation corpus, and the share of their pairs that is read.
SHARES: Mapping[str, float] = {
    "research-tvsub": 1.0,
    "open-msctd": 1.0,
    "unclear-bmeld": 1.0,
    "research-aichallenger2017-valid": 1.0,
    "research-um-microblog": 1.0,
    "nc-xdailydialog": 1.0,
    "open-tatoeba": 1.0,
    "unclear-baicizhan": 1.0,
    "unclear-daily-quotes": 1.0,
    "unclear-bipar": 1.0,
    "nc-subtitle-works": 0.5,
    "unclear-kajweb-youdao": 0.5,
}
# Sources of plain prose: only what is clearly not toxic is taken from them, as the rows hold next to no such text.
PROSE: Mapping[str, float] = {
    "open-xquad": 1.0,
    "open-tico19": 1.0,
    "open-convlab-woz": 0.3,
    "open-lctt": 0.02,
    "open-3am": 0.1,
    "open-hf-course": 0.2,
    "unclear-idiomkb": 0.1,
    "unclear-3b1b": 0.1,
}
MIN_CHARS, MAX_CHARS, MAX_ENGLISH = 4, 200, 900
# A score above the first number says yes, below the second no; between them nothing is said. The head for insults
# takes many plain sentences about women for one, so it must be surer.
BOUNDS: Mapping[str, tuple[float, float]] = {
    "toxicity": (0.5, 0.2),
    "insult": (0.9, 0.2),
    "identity_attack": (0.7, 0.2),
}
_BATCH = 400
Scores = NDArray[np.float64]


def project(pairs: Path, model: Path, output: Path, negatives: int, seed: int = 1) -> int:
    """Write every toxic pair's Chinese, at most ``negatives`` plain ones and some prose as weak rows; returns how many.

    ``pairs`` is the folder of ``<tier>-<source>.tsv.xz``; the source of a row is ``proj-<source>``.
    """
    classifier = CompactClassifier(model)
    rng = random.Random(seed)
    toxic: list[Row] = []
    plain: list[Row] = []
    prose: list[Row] = []
    for name, share in SHARES.items():
        before = len(toxic)
        for row in _rows(classifier, name, _read(pairs / f"{name}.tsv.xz", share, rng)):
            (toxic if row.toxic else plain).append(row)
        say(f"{name}: {len(toxic) - before} toxic rows")
    for name, share in PROSE.items():
        found = _rows(classifier, name, _read(pairs / f"{name}.tsv.xz", share, rng))
        prose += [row for row in found if not row.toxic]
    chosen = toxic + rng.sample(plain, min(negatives, len(plain))) + prose
    with output.open("w", encoding="utf-8") as lines:
        for row in chosen:
            raw = {
                "text": row.text, "lang": "zh", "toxic": row.toxic, "labels": dict(row.labels),
                "source": row.source, "conf": "weak",
            }  # fmt: skip
            lines.write(json.dumps(raw, ensure_ascii=False) + "\n")
    return len(chosen)


def _read(path: Path, share: float, rng: random.Random) -> Iterator[tuple[str, str]]:
    if not path.exists():
        return
    with lzma.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            english, _, chinese = line.rstrip("\n").partition("\t")
            if MIN_CHARS <= len(chinese) <= MAX_CHARS and rng.random() < share:
                yield english[:MAX_ENGLISH], chinese


def _rows(
    classifier: CompactClassifier, source: str, pairs: Iterator[tuple[str, str]]
) -> Iterator[Row]:
    """Rows that are clearly toxic or clearly not, in the words of the Chinese side."""
    half = classifier.halves["en"]
    seen: set[str] = set()
    batch: list[tuple[str, str]] = []
    for pair in pairs:
        if pair[1] not in seen:
            seen.add(pair[1])
            batch.append(pair)
        if len(batch) == _BATCH:
            yield from _judged(classifier, half, source, batch)
            batch = []
    if batch:
        yield from _judged(classifier, half, source, batch)


def _judged(
    classifier: CompactClassifier, half: Half, source: str, pairs: Sequence[tuple[str, str]]
) -> Iterator[Row]:
    bags = half.features([english for english, _ in pairs], classifier.folding)
    names = [head.name for head in half.heads]
    scores = half.probabilities(half.logits(bags))
    for (_, chinese), row in zip(pairs, scores, strict=True):
        labels = {}
        for name, (yes, no) in BOUNDS.items():
            score = row[names.index(name)]
            if score > yes or score < no:
                labels[name] = int(score > yes)
        toxic = labels.get("toxicity")
        if toxic == 1 or (toxic == 0 and not any(labels.values())):
            yield Row(chinese, "zh", toxic, labels, f"proj-{source}", "weak")
