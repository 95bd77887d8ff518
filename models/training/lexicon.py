"""A statistical dictionary of pieces (IBM Model 1) and the word alignments that follow from it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from models.training.shards import Pairs
from models.training.vocabulary import Ids

__all__ = ["Lexicon", "Link", "learn", "links"]

COPIED = 0.5
EN_ZH, ZH_EN = "lex_ez.npy", "lex_ze.npy"

Table = npt.NDArray[np.float16]  # [V, V]: t(column | row)


@dataclass(frozen=True)
class Lexicon:
    """Both conditional tables, dense: ``en_zh[e, z]`` is t(z | e), ``zh_en[z, e]`` is t(e | z)."""

    en_zh: Table
    zh_en: Table

    def save(self, folder: Path) -> None:
        """Write through temporary files, so that a kill leaves whole tables or none."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, table in ((EN_ZH, self.en_zh), (ZH_EN, self.zh_en)):
            tmp = folder / f"tmp.{name}"
            np.save(tmp, table)
            tmp.replace(folder / name)

    @staticmethod
    def exists(folder: Path) -> bool:
        return (folder / EN_ZH).is_file() and (folder / ZH_EN).is_file()

    @classmethod
    def load(cls, folder: Path, size: int) -> "Lexicon":
        """Tables of a vocabulary of ``size``; raises ``ValueError`` for those of another."""
        tables = cls(np.load(folder / EN_ZH), np.load(folder / ZH_EN))
        if {tables.en_zh.shape, tables.zh_en.shape} != {(size, size)}:
            raise ValueError(
                f"{folder} was learnt with another vocabulary: delete it, or name another folder"
            )
        return tables

    def link_strengths(self, en: Ids, zh: Ids) -> npt.NDArray[np.float32]:
        """Geometric mean of both tables, [len(en), len(zh)]: high only where both agree."""
        forward = self.en_zh[np.ix_(en, zh)].astype(np.float32)
        backward = self.zh_en[np.ix_(zh, en)].astype(np.float32).T
        strengths: npt.NDArray[np.float32] = np.sqrt(forward * backward)
        return strengths

    def literalness(self, pairs: Pairs, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
        """Mean log-probability a piece, both directions, of the best link: high for literal pairs."""
        from models.training.kernels import literalness

        scores: npt.NDArray[np.float32] = literalness(
            self.en_zh.astype(np.float32),  # numba has no float16
            self.zh_en.astype(np.float32),
            pairs.en,
            pairs.zh,
            pairs.en_offsets,
            pairs.zh_offsets,
            rows,
        )
        return scores


@dataclass(frozen=True, slots=True)
class Link:
    """English word ``en`` (index) stands for the Chinese words ``zh_start:zh_end``."""

    en: int
    zh_start: int
    zh_end: int
    strength: float


def learn(
    pairs: Pairs,
    size: int,
    *,
    same: Sequence[tuple[int, int]] = (),
    max_len: int = 20,
    limit: int = 500_000,
    rounds: int = 4,
) -> Lexicon:
    """Tables of a vocabulary of ``size`` from the short pairs; needs 12 bytes x size^2 of memory.

    The pairs of ids in ``same`` write the same text, so each stands for the other (0.5 at least):
    clean pairs never show that placeholders and words of the target language are to be copied.
    """
    from models.training.kernels import model1_round

    le, lz = pairs.en_lengths, pairs.zh_lengths
    rows = np.flatnonzero((le <= max_len) & (lz <= max_len) & (le * lz > 1))
    rows = np.random.default_rng(0).permutation(rows)[:limit]
    sides = (
        (pairs.en, pairs.zh, pairs.en_offsets, pairs.zh_offsets),
        (pairs.zh, pairs.en, pairs.zh_offsets, pairs.en_offsets),
    )
    tables: list[Table] = []
    for src, tgt, so, to in sides:
        t = np.full((size, size), 1 / size, np.float32)
        c = np.zeros((size, size), np.float32)
        for _ in range(rounds):
            model1_round(src, tgt, so, to, rows, t, c)
        for source, target in same:
            t[source, target] = max(t[source, target], COPIED)
        tables.append(t.astype(np.float16))
    return Lexicon(*tables)


def links(
    lexicon: Lexicon,
    en: Ids,
    zh: Ids,
    en_words: Sequence[range],
    zh_words: Sequence[range],
    *,
    floor: float = 0.15,
) -> list[Link]:
    """Word links that both tables are sure of. ``*_words`` give the piece indices of each word.

    A link joins one English word with the run of Chinese words whose best partner it is.
    """
    strengths = lexicon.link_strengths(en, zh)
    if not strengths.size:
        return []
    rows = np.maximum.reduceat(strengths, [e.start for e in en_words], axis=0)
    words = np.maximum.reduceat(rows, [z.start for z in zh_words], axis=1)
    best_en, best_zh = words.argmax(0), words.argmax(1)
    found = []
    for e, z in enumerate(best_zh):
        if words[e, z] < floor or best_en[z] != e:
            continue
        start, end = int(z), int(z) + 1
        while start > 0 and best_en[start - 1] == e and words[e, start - 1] > floor / 2:
            start -= 1
        while end < len(zh_words) and best_en[end] == e and words[e, end] > floor / 2:
            end += 1
        found.append(Link(e, start, end, float(words[e, z])))
    return found
