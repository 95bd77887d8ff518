"""Fits and measures the quality estimate: its correlation with sentence chrF on the development sets.

usage: python -m benchmarks.estimate --data FOLDER [--limit 250] [--write]

The sentences of every set are halved: one half fits the weights, the other measures them, without and with a round
trip. ``--write`` renews
service/pipeline/estimate.toml with weights fitted on both halves; do that after every change of the bundled weights.
"""

import argparse
import sys
from itertools import compress, zip_longest
from pathlib import Path

import numpy as np
import sacrebleu

from benchmarks import common
from models.interfaces import DecodeOptions, Segment
from service.pipeline.estimate import FEATURES, ROUND_TRIP, features, round_trip_features
from service.pipeline.round_trip import agreement
from service.runtime import build_engine
from service.settings import Settings

SETS = ("tatoeba1k", "xdailydialog-test", "msctd-test", "um-microblog-test", "bmeld-test")
WEIGHTS = common.ROOT / "service" / "pipeline" / "estimate.toml"


def measure(data: Path, limit: int, target: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Features, sentence chrF (0 to 1) and round-trip agreement of the bundled engine's answers, sets interleaved."""
    engine = build_engine(Settings())
    source = "zh" if target == "en" else "en"
    columns = zip_longest(*(common.pairs(data, name)[:limit] for name in SETS))
    pairs = [pair for row in columns for pair in row if pair is not None]
    sides = [(en, zh) if source == "en" else (zh, en) for en, zh in pairs]
    room = engine.info.max_input_tokens - 2
    sides = [(s, r) for s, r in sides if s.strip() and engine.count_tokens(s, source) <= room]
    answers = engine.translate(
        [Segment(s, source, target) for s, _ in sides], DecodeOptions(beam_size=2)
    )
    fits = [engine.count_tokens(h[0].text, target) <= room for h in answers]
    sides = list(compress(sides, fits))
    answers = list(compress(answers, fits))
    back = engine.translate(
        [Segment(hypotheses[0].text, target, source) for hypotheses in answers],
        DecodeOptions(beam_size=2),
    )
    rows, scores, agreements = [], [], []
    for (text, reference), hypotheses, returned in zip(sides, answers, back, strict=True):
        best = hypotheses[0]
        agreements.append(agreement(text, returned[0].text))
        rows.append(features(text, best.text, target, best.score))
        scores.append(sacrebleu.sentence_chrf(best.text, [reference]).score / 100)
    engine.close()
    return np.array(rows), np.array(scores), np.array(agreements)


def fit(rows: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Ridge regression; the bias is free."""
    penalty = np.eye(rows.shape[1]) * 0.1
    penalty[0, 0] = 0
    return np.asarray(np.linalg.solve(rows.T @ rows + penalty, rows.T @ scores))


def fit_features(rows: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """The same for ``FEATURES``: what speaks against a translation never counts for it, however few examples say so."""
    against = [FEATURES.index(name) for name in ("ratio", "lost")]
    weights = fit(rows, scores)
    wrong = [at for at in against if weights[at] > 0]
    if wrong:
        rows = rows.copy()
        rows[:, wrong] = 0
        weights = fit(rows, scores)
    return weights


def ranks(values: np.ndarray) -> np.ndarray:
    return np.argsort(np.argsort(values)).astype(float)


def seconds(said: np.ndarray, agreed: np.ndarray) -> np.ndarray:
    """Features of the estimate with a round trip."""
    pairs = zip(said, agreed, strict=True)
    return np.array([round_trip_features(float(s), float(a)) for s, a in pairs])


def quality(said: np.ndarray, truth: np.ndarray) -> list[object]:
    """How good estimates are, as cells of the table."""
    order = np.argsort(said)
    quarter = len(order) // 4
    worst, best = truth[order[:quarter]].mean(), truth[order[-quarter:]].mean()
    return [
        len(truth),
        f"{np.corrcoef(said, truth)[0, 1]:.2f}",
        f"{np.corrcoef(ranks(said), ranks(truth))[0, 1]:.2f}",
        f"{abs(said.mean() - truth.mean()):.3f}",
        f"{worst:.2f} / {best:.2f}",
    ]


def section(name: str, features: tuple[str, ...], weights: np.ndarray) -> list[str]:
    """One table of the TOML file."""
    cells = [f"{n} = {w:.6f}" for n, w in zip(features, weights, strict=True)]
    return [f"[{name}]", *cells, ""]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--limit", type=int, default=250)
    parser.add_argument("--write", action="store_true")
    args = parser.parse_args()
    table: list[list[object]] = []
    toml = [
        "# Weights of service/pipeline/estimate.py, written by benchmarks.estimate. Do not edit.",
        "",
    ]
    second: list[str] = []
    for target in ("zh", "en"):
        rows, scores, agreed = measure(args.data, args.limit, target)
        first_half = fit_features(rows[::2], scores[::2])
        said = np.clip(rows @ first_half, 0, 1)
        more = seconds(said, agreed)
        with_trip = np.clip(more @ fit(more[::2], scores[::2]), 0, 1)
        held = slice(1, None, 2)
        alone = np.corrcoef(rows[held, 1], scores[held])[0, 1]
        table.append([f"to {target}", "", *quality(said[held], scores[held]), f"{alone:.2f}"])
        alone = np.corrcoef(agreed[held], scores[held])[0, 1]
        table.append(
            [f"to {target}", "yes", *quality(with_trip[held], scores[held]), f"{alone:.2f}"]
        )
        weights = fit_features(rows, scores)
        toml += section(target, FEATURES, weights)
        more = seconds(np.clip(rows @ weights, 0, 1), agreed)
        second += section(f"round_trip.{target}", ROUND_TRIP, fit(more, scores))
    header = [
        "direction", "round trip", "sentences", "Pearson r with chrF", "Spearman", "bias",
        "chrF of worst / best quarter", "r of the score, or of the agreement, alone",
    ]  # fmt: skip
    common.write("estimate", "Quality estimate", common.table(header, table))
    if args.write:
        WEIGHTS.write_text("\n".join(toml + second), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
