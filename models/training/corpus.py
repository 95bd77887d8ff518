"""Read parallel TSV files, keep the usable pairs, mix them by weight and turn them into ids."""

import lzma
import random
import unicodedata
from collections.abc import Collection, Iterator
from pathlib import Path

import numpy as np
import regex

from models.training import lexicon, mix
from models.training.progress import track
from models.training.shards import BOTH, Pairs, PairsBuilder
from models.training.vocabulary import Vocabulary

__all__ = [
    "build",
    "clean",
    "files",
    "held_out_keys",
    "keep_literal",
    "key",
    "normalise",
    "read_pairs",
    "texts",
    "usable",
    "widen",
]

TIERS = ("open", "nc", "research", "unclear")
MAX_TOKENS = 80
_HAN = regex.compile(r"\p{Han}")
_LATIN = regex.compile(r"[A-Za-z]")
_HALF = regex.compile(r"(?<=[\p{Han}⟧\"”」])(?:[,!?:;]|\.(?=\s*$|\p{Han}))")
_WIDE = {",": "，", "!": "！", "?": "？", ":": "：", ";": "；", ".": "。"}
_CONTROL = regex.compile(r"</?s>|<pad>|<unk>|>>\w{3}<<|⟦\d⟧")


def normalise(text: str) -> str:
    """NFC and single blanks. Full-width Chinese punctuation stays as it is."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def widen(text: str) -> str:
    """Full-width marks after Han characters, where another system wrote them half-width."""
    return _HALF.sub(lambda mark: _WIDE[mark[0]], text)


def usable(en: str, zh: str) -> bool:
    """Both sides in their script, of a sane length ratio, and free of control tokens."""
    if not en or not zh or en == zh or _CONTROL.search(en) or _CONTROL.search(zh):
        return False
    if not _LATIN.search(en) or not _HAN.search(zh):
        return False
    foreign = len(_HAN.findall(en))
    if foreign > len(en) // 4:
        return False
    words, characters = len(en.split()), len(zh)
    return characters <= 6 * words + 12 and words <= 2 * characters + 8


def clean(rows: Iterator[tuple[str, str]], held_out: Collection[str]) -> list[tuple[str, str]]:
    """Normalised usable pairs, without duplicates and without lines of the development sets."""
    seen: set[tuple[str, str]] = set()
    kept = []
    for raw_en, raw_zh in rows:
        en, zh = normalise(raw_en), normalise(raw_zh)
        if (en, zh) in seen or not usable(en, zh):
            continue
        if key(en) in held_out or key(zh) in held_out:
            continue
        seen.add((en, zh))
        kept.append((en, zh))
    return kept


def key(text: str) -> str:
    """Letters and digits only, case folded: equal for lines that differ in marks."""
    return "".join(c for c in text.casefold() if c.isalnum())


def read_pairs(path: Path) -> Iterator[tuple[str, str]]:
    """English and Chinese of each line of a ``.tsv`` or ``.tsv.xz`` file; other lines are skipped."""
    opener = lzma.open if path.suffix == ".xz" else open
    with opener(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            en, tab, zh = line.rstrip("\n").partition("\t")
            if tab:
                yield en, zh


def held_out_keys(dev: Path | None) -> frozenset[str]:
    """Both sides of every development pair that is long enough to be no coincidence."""
    if dev is None:
        return frozenset()
    keys = (
        key(normalise(side))
        for path in sorted(dev.glob("*.tsv"))
        for pair in read_pairs(path)
        for side in pair
    )
    return frozenset(k for k in keys if len(k) > 12)


def texts(folder: Path, *, tiers: Collection[str]) -> Iterator[str]:
    """Both sides of every pair, for the vocabulary."""
    for path in track(files(folder, tiers), "read"):
        for en, zh in read_pairs(path):
            yield normalise(en)
            yield normalise(zh)


def files(folder: Path, tiers: Collection[str]) -> list[Path]:
    """The ``<tier>-<source>.tsv[.xz]`` of a folder. Raises ``ValueError`` when there is none."""
    found = sorted(p for p in folder.glob("*.tsv*") if p.name.split("-")[0] in tiers)
    if not found:
        raise ValueError("no <tier>-<source>.tsv file in the folder")
    return found


def build(
    folder: Path, vocabulary: Vocabulary, *, tiers: Collection[str], dev: Path | None, seed: int
) -> Pairs:
    """All pairs of a folder of TSV files, mixed by ``mix.MIX``; repeats stand side by side."""
    sources = files(folder, tiers)
    names = [p.name.split(".tsv")[0] for p in sources]
    held_out = held_out_keys(dev)
    builder = PairsBuilder(names)
    for index, (path, name) in enumerate(zip(track(sources, "read"), names, strict=True)):
        share = mix.share_of(name)
        rows = clean(read_pairs(path), held_out)
        if share.cap is not None and len(rows) > share.cap:
            rows = random.Random(seed).sample(rows, share.cap)
        en = vocabulary.encode([r[0] for r in rows])
        zh = vocabulary.encode([r[1] for r in rows])
        for e, z in zip(en, zh, strict=True):
            if 0 < len(e) <= MAX_TOKENS and 0 < len(z) <= MAX_TOKENS:
                for _ in range(share.repeat):
                    builder.add(e, z, BOTH, index)
    return builder.build()


def keep_literal(pairs: Pairs, lex: lexicon.Lexicon) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Rows to keep: all but the least literal pairs of the sources whose share says so."""
    keep = np.ones(len(pairs), bool)
    for index, name in enumerate(pairs.names):
        wanted = mix.share_of(name).literal
        rows = np.flatnonzero(pairs.source == index)
        if wanted is None or len(rows) <= wanted:
            continue
        scores = lex.literalness(pairs, rows)
        keep[rows[np.argsort(scores)[: len(rows) - wanted]]] = False
    return np.flatnonzero(keep)
