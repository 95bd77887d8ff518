"""Rows made from sentence frames and terms for groups of people, so that a term alone does not decide."""

import random
import re
import tomllib
from collections.abc import Sequence
from importlib.resources import files
from typing import Any

from models.training.toxicity.rows import CLEAN, Row

__all__ = ["SOURCE", "held_out", "load", "rows", "substituted"]

SOURCE = "templates"
_PLAIN = ("wiki_context", "paradetox", "wiki_ak", "ruddit")


def load() -> dict[str, Any]:
    """The data file: for each language ``terms`` and frames."""
    text = files("models.training.toxicity").joinpath("data/templates.toml").read_text("utf-8")
    return tomllib.loads(text)


def held_out(lang: str) -> dict[str, list[str]]:
    """Neutral sentences for the fairness table, by term; no frame of them is trained on."""
    data = load()[lang]
    return {term: [frame.format(term) for frame in data["held_out"]] for term in data["terms"]}


def rows(lang: str, seed: int = 1, each: int = 40) -> list[Row]:
    """``each`` neutral and ``each`` hateful sentences a term, and the sentences about no group, repeated."""
    data, rng, made = load()[lang], random.Random(seed), []
    for term in data["terms"]:
        for frames, hateful in ((data["neutral"], 0), (data["hateful"], 1)):
            for frame in rng.sample(frames, min(each, len(frames))):
                made.append(_row(frame.format(term), lang, hateful))
    made += [_row(text, lang, 0) for text in data["other"] for _ in range(4)]
    return [_varied(row, rng) for row in made]


def substituted(ordinary: Sequence[Row], lang: str, count: int, seed: int = 1) -> list[Row]:
    """At most ``count`` ordinary posts with a term in the place of a word such as "they": neutral, in natural words."""
    data, rng = load()[lang], random.Random(seed)
    edge = r"\b" if lang == "en" else ""
    place = re.compile(f"{edge}(?:{'|'.join(data['places'])}){edge}", re.IGNORECASE)
    fitting = [
        row for row in ordinary if row.lang == lang and _is_ordinary(row) and place.search(row.text)
    ]
    rng.shuffle(fitting)
    made = []
    for number in range(min(count, 3 * len(fitting))):
        row, term = fitting[number % len(fitting)], rng.choice(data["terms"])
        made.append(_row(place.sub(term, row.text, count=1), lang, 0))
    return made


def _is_ordinary(row: Row) -> bool:
    """Posts of sources whose negatives are plain posts, not merely posts without hate."""
    return row.source in CLEAN or (row.source in _PLAIN and row.labels.get("toxicity") == 0)


def _row(text: str, lang: str, hateful: int) -> Row:
    # Frames of abuse that is no attack on a group say nothing about toxicity.
    labels = {"identity_attack": hateful, "toxicity": hateful}
    return Row(text, lang, hateful, labels, SOURCE)


def _varied(row: Row, rng: random.Random) -> Row:
    """Case and end marks as people type them."""
    text = row.text
    if row.lang == "en" and rng.random() < 0.5:
        text = text[0].upper() + text[1:]
    ends = (".", "!", "", "", " lol") if row.lang == "en" else ("。", "！", "", "", "～")
    return Row(text + rng.choice(ends), row.lang, row.toxic, row.labels, row.source)
