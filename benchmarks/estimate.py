"""Fits and measures the quality estimate: its correlation with sentence chrF on the development sets.

usage: python -m benchmarks.estimate --data FOLDER [--limit 250] [--write]

The sentences of every set are halved: one half fits the weights, the other measures them. ``--write`` renews
service/pipeline/estimate.toml with weights fitted on both halves; do that after every change of the bundled weights.
"""

import argparse
import sys
from itertools import zip_longest
from pathlib import Path

import numpy as np
import sacrebleu

from benchmarks import common
from models.interfaces import DecodeOptions, Segment
from service.pipeline.estimate import FEATURES, features
from service.runtime import build_engine
from service.settings import Settings

SETS = ("tatoeba1k", "xdailydialog-test", "msctd-test", "um-microblog-test", "bmeld-test")
WEIGHTS = common.ROOT / "service" / "pipeline" / "estimate.toml"


def measure(data: Path, limit: int, target: str) -> tuple[np.ndarray, np.ndarray]:
    """Features and sentence chrF (0 to 1) of the bundled engine's answers, sets interleaved."""
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
    rows, scores = [], []
    for (text, reference), hypotheses in zip(sides, answers, strict=True):
        best = hypotheses[0]
        rows.append(features(text, best.text, target, best.score))
        scores.append(sacrebleu.sentence_chrf(best.text, [reference]).score / 100)
    engine.close()
    return np.array(rows), np.array(scores)


def fit(rows: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Ridge regression; the bias is free."""
    penalty = np.eye(rows.shape[1]) * 0.1
    penalty[0, 0] = 0
    return np.asarray(np.linalg.solve(rows.T @ rows + penalty, rows.T @ scores))


def ranks(values: np.ndarray) -> np.ndarray:
    return np.argsort(np.argsort(values)).astype(float)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--limit", type=int, default=250)
    parser.add_argument("--write", action="store_true")
    args = parser.parse_args()
    table, toml = (
        [],
        [
            "# Weights of service/pipeline/estimate.py, written by benchmarks.estimate. Do not edit.",
            "",
        ],
    )
    for target in ("zh", "en"):
        rows, scores = measure(args.data, args.limit, target)
        held, kept = rows[1::2], rows[::2]
        said = np.clip(held @ fit(kept, scores[::2]), 0, 1)
        truth = scores[1::2]
        alone = np.corrcoef(held[:, 1], truth)[0, 1]
        gap = abs(said.mean() - truth.mean())
        order = np.argsort(said)
        worst, best = (
            truth[order[: len(order) // 4]].mean(),
            truth[order[-len(order) // 4 :]].mean(),
        )
        table.append(
            [
                f"to {target}",
                len(truth),
                f"{np.corrcoef(said, truth)[0, 1]:.2f}",
                f"{np.corrcoef(ranks(said), ranks(truth))[0, 1]:.2f}",
                f"{alone:.2f}",
                f"{gap:.3f}",
                f"{worst:.2f} / {best:.2f}",
            ]
        )
        weights = fit(rows, scores)
        toml += [
            f"[{target}]",
            *(f"{n} = {w:.6f}" for n, w in zip(FEATURES, weights, strict=True)),
            "",
        ]
    header = [
        "direction",
        "sentences",
        "Pearson r with chrF",
        "Spearman",
        "r of the score alone",
        "bias",
        "chrF of worst / best quarter",
    ]
    common.write("estimate", "Quality estimate", common.table(header, table))
    if args.write:
        WEIGHTS.write_text("\n".join(toml), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
