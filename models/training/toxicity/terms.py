"""Rows made from the terms of a lexicon in everyday contexts, so that the classifier knows them in any sentence."""

import csv
import random
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

from models.training.toxicity import posts as sentences
from models.training.toxicity import templates
from models.training.toxicity.rows import LABELS, Row

__all__ = ["SOURCE", "read_terms", "rows", "slang"]

SOURCE = "lexicon"
_ABUSE = frozenset({"insult", "identity_attack", "threat", "profanity"})
_LEAST_SEVERITY = 2  # milder terms are not toxic by themselves


def read_terms(folder: Path) -> list[tuple[str, str, str]]:
    """Term, language and category of each row of ``<category>.<language>.tsv`` that is severe enough."""
    found = []
    for path in sorted(folder.glob("*.tsv")):
        with path.open(encoding="utf-8", newline="") as file:
            lines = (line for line in file if not line.startswith("#"))
            for raw in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
                category = raw.get("category") or ""
                if category in LABELS and int(raw["severity"]) >= _LEAST_SEVERITY:
                    found.append((raw["term"], raw["language"], category))
    return found


def slang() -> list[tuple[str, str, str]]:
    """Term, language and category of Chinese net slang that is too loose for a lexicon, from ``data/slang.tsv``."""
    text = files("models.training.toxicity").joinpath("data/slang.tsv").read_text("utf-8")
    lines = [line.split("\t") for line in text.splitlines() if not line.startswith("#")]
    return [(term, lang, category) for term, lang, category, *_ in lines[1:]]


def rows(
    terms: Sequence[tuple[str, str, str]], ordinary: Sequence[Row], each: int = 16, seed: int = 1
) -> list[Row]:
    """``each`` rows a term: half in frames, half at the edge of an ordinary post of the same language."""
    rng, made = random.Random(seed), []
    ordinary_posts = {
        lang: [r.text for r in ordinary if r.lang == lang and len(r.text) < 40] or [""]
        for lang in ("en", "zh")
    }
    frames = {lang: templates.load()[lang]["carriers"] for lang in ordinary_posts}
    offers = sentences.load()["offers"]
    for term, lang, category in terms:
        labels = {category: 1, **({"toxicity": 1} if category in _ABUSE else {})}
        offer = (lang, category) == ("zh", "sexual")
        if offer:
            labels = dict(sentences.LABELS["lewd"])
        for number in range(each):
            if number % 2:
                text = rng.choice(offers if offer else frames[lang]).format(term)
            else:
                blank = " " if lang == "en" else rng.choice(("，", " ", ""))
                text = blank.join(rng.sample([rng.choice(ordinary_posts[lang]), term], 2))
            made.append(Row(text, lang, int(category in _ABUSE), labels, SOURCE))
    return made
