"""Chinese rows from English ones, by our own translation model: Chinese sources hold little direct abuse."""

import json
import random
from collections.abc import Mapping, Sequence
from pathlib import Path

from models.interfaces import DecodeOptions, Segment, TranslationEngine
from models.training.progress import say
from models.training.toxicity.rows import Row, clean

__all__ = ["SHARES", "choose", "translate"]

# Rows wanted of each source, half of them positive where the source has both.
SHARES: Mapping[str, int] = {
    "dynahate": 6000,
    "kennedy20": 3000,
    "hatemojibuild": 2500,
    "hatexplain": 800,
    "edos": 1500,
    "mt_conan": 1500,
    "toxigen_demos": 500,
    "olid": 1500,
    "conda": 1000,
    "surge": 500,
    "goemotions_clean": 1500,
}
MAX_CHARS, MIN_CHARS, MAX_TOKENS = 140, 8, 40


def choose(rows: Sequence[Row], seed: int = 1) -> list[Row]:
    """English rows worth translating: short, of the sources in ``SHARES``, balanced."""
    rng = random.Random(seed)
    chosen: list[Row] = []
    for source, share in SHARES.items():
        mine = [r for r in rows if r.source == source and MIN_CHARS <= len(r.text) <= MAX_CHARS]
        for toxic in (0, 1):
            group = [r for r in mine if r.toxic == toxic]
            other = len(mine) - len(group)
            chosen += rng.sample(group, min(len(group), max(share // 2, share - other)))
    rng.shuffle(chosen)
    return chosen


def translate(
    rows: Sequence[Row], engine: TranslationEngine, output: Path, batch: int = 256
) -> int:
    """Write the rows in Chinese as weak rows of the same labels; returns how many. Source ``mt-<source>``."""
    written = 0
    options = DecodeOptions(beam_size=1, no_repeat_ngram=4)
    with output.open("w", encoding="utf-8") as lines:
        for start in range(0, len(rows), batch):
            pairs = [(row, clean(row.text)) for row in rows[start : start + batch]]
            kept = [(r, t) for r, t in pairs if t and engine.count_tokens(t, "en") <= MAX_TOKENS]
            answers = engine.translate([Segment(t, "en", "zh") for _, t in kept], options)
            for (row, _), hypotheses in zip(kept, answers, strict=True):
                written += _write(lines.write, row, hypotheses[0].text)
            say(f"{start + len(pairs)} of {len(rows)}")
    return written


def _write(write: object, row: Row, text: str) -> int:
    han = sum("\u4e00" <= c <= "\u9fff" for c in text)
    if han < 0.5 * len(text.replace(" ", "")) or not callable(write):
        return 0
    raw = {
        "text": text, "lang": "zh", "toxic": row.toxic, "labels": dict(row.labels),
        "source": f"mt-{row.source}", "conf": "weak",
    }  # fmt: skip
    write(json.dumps(raw, ensure_ascii=False) + "\n")
    return 1
