"""Token ids of sentence pairs in one compressed file: what `data` and `augment` write and `train` reads."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from models.training.vocabulary import Ids

__all__ = [
    "BOTH",
    "BOTH_WAYS",
    "EN_TO_ZH",
    "WAYS",
    "ZH_TO_EN",
    "Pairs",
    "PairsBuilder",
    "concatenate",
]

EN_TO_ZH, ZH_TO_EN, BOTH = 1, 2, 3
WAYS = {"en-zh": EN_TO_ZH, "zh-en": ZH_TO_EN}
BOTH_WAYS = tuple(WAYS)

Offsets = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Pairs:
    """Pairs as flat ids with offsets. ``use`` says in which directions a pair may train (bit mask)."""

    en: Ids
    zh: Ids
    en_offsets: Offsets
    zh_offsets: Offsets
    use: npt.NDArray[np.uint8]
    source: npt.NDArray[np.uint8]  # index into ``names``
    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.use)

    @property
    def en_lengths(self) -> Offsets:
        return np.diff(self.en_offsets)

    @property
    def zh_lengths(self) -> Offsets:
        return np.diff(self.zh_offsets)

    def pair(self, i: int) -> tuple[Ids, Ids]:
        """English and Chinese ids of pair ``i``."""
        en = self.en[self.en_offsets[i] : self.en_offsets[i + 1]]
        zh = self.zh[self.zh_offsets[i] : self.zh_offsets[i + 1]]
        return en, zh

    def take(self, rows: npt.NDArray[np.int64]) -> "Pairs":
        """The pairs of ``rows``, in that order; a row may come twice."""
        en, en_offsets = _gather(self.en, self.en_offsets, rows)
        zh, zh_offsets = _gather(self.zh, self.zh_offsets, rows)
        return Pairs(en, zh, en_offsets, zh_offsets, self.use[rows], self.source[rows], self.names)

    def only(self, directions: Iterable[str]) -> "Pairs":
        """The same pairs, each for no other than ``directions`` (names of ``WAYS``); one without any stays, unused."""
        allowed = np.uint8(sum(WAYS[name] for name in set(directions)))
        return replace(self, use=self.use & allowed)

    def save(self, path: Path) -> None:
        """Write through a temporary file, so that a kill leaves the old file whole."""
        tmp = path.with_name(path.name + ".tmp.npz")
        np.savez_compressed(
            tmp,
            E=self.en,
            Z=self.zh,
            le=self.en_lengths.astype(np.uint16),
            lz=self.zh_lengths.astype(np.uint16),
            use=self.use,
            source=self.source,
            names=np.array(self.names),
        )
        tmp.replace(path)

    @classmethod
    def load(cls, path: Path) -> "Pairs":
        with np.load(path) as file:
            en_offsets = np.concatenate([[0], np.cumsum(file["le"], dtype=np.int64)])
            zh_offsets = np.concatenate([[0], np.cumsum(file["lz"], dtype=np.int64)])
            names = tuple(str(n) for n in file["names"])
            return cls(
                file["E"], file["Z"], en_offsets, zh_offsets, file["use"], file["source"], names
            )


class PairsBuilder:
    """Collects pairs in memory, then gives ``Pairs``."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = tuple(names)
        self._en: list[Ids] = []
        self._zh: list[Ids] = []
        self._use: list[int] = []
        self._source: list[int] = []

    def add(self, en: Ids, zh: Ids, use: int, source: int) -> None:
        self._en.append(en)
        self._zh.append(zh)
        self._use.append(use)
        self._source.append(source)

    def build(self) -> Pairs:
        en, en_offsets = _flatten(self._en)
        zh, zh_offsets = _flatten(self._zh)
        use = np.array(self._use, np.uint8)
        source = np.array(self._source, np.uint8)
        return Pairs(en, zh, en_offsets, zh_offsets, use, source, self._names)


def concatenate(parts: Sequence[Pairs]) -> Pairs:
    """All pairs one after the other; sources of the same name become one."""
    names = list(dict.fromkeys(name for part in parts for name in part.names))
    if len(names) > 256:
        raise ValueError(f"{len(names)} sources, a shard can name 256")
    source = [np.array([names.index(n) for n in p.names], np.uint8)[p.source] for p in parts]
    none, start = np.empty(0, np.uint8), np.zeros(1, np.int64)
    return Pairs(
        np.concatenate([*(p.en for p in parts), np.empty(0, np.uint16)]).astype(np.uint16),
        np.concatenate([*(p.zh for p in parts), np.empty(0, np.uint16)]).astype(np.uint16),
        np.concatenate(
            [start, np.cumsum(np.concatenate([start[1:], *(p.en_lengths for p in parts)]))]
        ),
        np.concatenate(
            [start, np.cumsum(np.concatenate([start[1:], *(p.zh_lengths for p in parts)]))]
        ),
        np.concatenate([none, *(p.use for p in parts)]),
        np.concatenate([none, *source]),
        tuple(names),
    )


def _flatten(rows: Iterable[Ids]) -> tuple[Ids, Offsets]:
    rows = list(rows)
    lengths = np.fromiter((len(r) for r in rows), np.int64, len(rows))
    flat = np.concatenate([*rows, np.empty(0, np.uint16)]).astype(np.uint16)
    return flat, np.concatenate([[0], np.cumsum(lengths)])


def _gather(flat: Ids, offsets: Offsets, rows: npt.NDArray[np.int64]) -> tuple[Ids, Offsets]:
    lengths = np.diff(offsets)[rows]
    ends = np.concatenate([[0], np.cumsum(lengths)])
    shift = np.repeat(offsets[rows] - ends[:-1], lengths)
    return flat[np.arange(ends[-1]) + shift], ends
