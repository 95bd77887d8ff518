"""The training corpus: rows of every source, capped, cleaned, with templates and evasions; one file to train from."""

import json
import lzma
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from models.training.toxicity import advertising, posts, templates, terms
from models.training.toxicity.evasion import Evasions, evade_en
from models.training.toxicity.folding import syllables
from models.training.toxicity.rows import Row, capped, clean, read_file, read_folder

__all__ = [
    "EVASION_SHARES",
    "MAX_CHARS",
    "build",
    "counts",
    "dedupe_key",
    "disguise",
    "read",
    "sample",
    "save",
]

MAX_CHARS = 1_000  # longer texts are cut into such windows at serving; training sees one of them
OURS = (templates.SOURCE, terms.SOURCE, advertising.SOURCE, posts.SOURCE)
ORDINARY = ("chnci_clean", "goemotions_clean")  # posts that a lexicon term is put beside
SUBSTITUTED = 5_000  # ordinary posts of a language with a term for a group put in
EVASION_SHARES = {"en": 0.12, "zh": 0.4}  # rows that are seen a second time, disguised


def build(
    folder: Path,
    extra: Sequence[Path],
    dev: Path | None,
    tiers: Sequence[str],
    seed: int,
    lexicon: Sequence[tuple[str, str, str]] = (),
    langs: Sequence[str] = ("en", "zh"),
) -> list[Row]:
    """Rows to train on. ``extra`` are files of further rows; texts of the sets in ``dev`` are left out.

    ``lexicon`` holds terms, their languages and categories, to make rows from.
    """
    held = set() if dev is None else {dedupe_key(text) for text in _texts(dev)}
    rows = [row for row in capped(read_folder(folder, tiers), seed) if row.lang in langs]
    rows = advertising.filled(rows, seed)
    rows += [row for path in extra for row in read_file(path) if row.lang in langs]
    rows += [row for lang in langs for row in templates.rows(lang, seed)]
    rows += [row for lang in langs for row in templates.substituted(rows, lang, SUBSTITUTED, seed)]
    ordinary = [row for row in rows if row.source in ORDINARY]
    known = [term for term in (*lexicon, *terms.slang()) if term[1] in langs]
    rows += terms.rows(known, ordinary, seed=seed)
    if "zh" in langs:
        rows += advertising.rows(seed) + posts.rows(ordinary, seed=seed)
    rng = random.Random(seed)
    kept = []
    for row in rows:
        text = _window(clean(row.text), rng)
        if text and dedupe_key(text) not in held:
            kept.append(replace(row, text=text))
    return kept


def disguise(rows: Sequence[Row], seed: int) -> list[Row]:
    """Disguised copies of a share of the rows, of both labels alike: an evasion alone must not be a sign."""
    rng = random.Random(seed)
    evasions = Evasions((row.text for row in rows if row.lang == "zh"), syllables())
    made = []
    for row in rows:
        if rng.random() >= EVASION_SHARES[row.lang] or not _may_hide(row):
            continue
        text = evade_en(row.text, rng) if row.lang == "en" else evasions.evade_zh(row.text, rng)
        if text != row.text:
            made.append(replace(row, text=text))
    return made


def _may_hide(row: Row) -> bool:
    """Whether people disguise such a text; rows about self-harm stay as they are."""
    return row.confidence != "aux" or row.source == advertising.SMS


def dedupe_key(text: str) -> str:
    """The text without case, blanks and marks, to find the same text again."""
    return "".join(c for c in text.casefold() if c.isalnum())


def save(rows: Sequence[Row], path: Path) -> None:
    with lzma.open(path, "wt", encoding="utf-8", preset=1) as lines:
        for row in rows:
            raw = {
                "text": row.text, "lang": row.lang, "toxic": row.toxic, "labels": dict(row.labels),
                "source": row.source, "conf": row.confidence,
            }  # fmt: skip
            lines.write(json.dumps(raw, ensure_ascii=False) + "\n")


def read(path: Path) -> list[Row]:
    return list(read_file(path))


def sample(rows: Sequence[Row], share: float, seed: int) -> list[Row]:
    """A share of the sources' rows; rows from templates and lexicons all stay."""
    rng = random.Random(seed)
    return [row for row in rows if row.source in OURS or rng.random() < share]


def counts(rows: Sequence[Row]) -> dict[str, int]:
    """Rows of each source."""
    return dict(sorted(Counter(row.source for row in rows).items()))


def _texts(dev: Path) -> Iterator[str]:
    for path in sorted(dev.glob("*.jsonl*")):
        for row in read_file(path):
            yield row.text


def _window(text: str, rng: random.Random) -> str:
    if len(text) <= MAX_CHARS:
        return text
    start = rng.randrange(len(text) - MAX_CHARS)
    return text[start : start + MAX_CHARS]
