"""Hashed n-grams of many texts at once, in numpy: what the compact classifier sees of a text.

A text is folded code point by code point with a table that ships with the weights (compatibility forms, case,
accents, look-alike letters, traditional to simplified; invisible characters vanish), so that a model sees the same
features whatever the Unicode tables of the Python it runs on. Everything is linear in the characters.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "CODE_POINTS", "REACH_ZH", "SLOT_BITS", "Bags", "Codes", "Counts", "Folding", "Fresh", "Stream", "Vocabulary",
    "extract_en", "extract_zh", "fold_texts", "hash_zh", "stream_zh",
]  # fmt: skip

CODE_POINTS = 0x110000
SLOT_BITS = 20
_SLOT_SHIFT = np.uint32(32 - SLOT_BITS)
_REST_BITS = _SLOT_SHIFT  # of a hash, besides its slot
_REST = np.uint32((1 << (32 - SLOT_BITS)) - 1)
_ONE = np.uint32(1)
SPACE = 32
_MAX_WORD = 31  # characters of a word that count for its hash
_MIX = np.uint32(0x9E3779B1)
_STEP = np.uint32(0x01000193)
_POWERS = np.cumprod(np.full(_MAX_WORD + 1, 0x2C9277B5, np.uint64) | 1, dtype=np.uint64).astype(
    np.uint32
)
REACH_ZH = 3  # code points from the first to the last of the longest feature
_HAN_FIRST, _HAN_LAST = 0x3400, 0x9FFF
_HANDLE = re.compile(r"https?://[^\s\u3000-\uffff]*|www\.[^\s\u3000-\uffff]*|@[A-Za-z0-9_.\-]+")

Codes = NDArray[np.uint32]
Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Folding:
    """The table of code points: what each becomes (0: nothing), and the syllable of each Han character or emoji."""

    to: Codes  # [CODE_POINTS]
    syllable: Codes  # [CODE_POINTS], 0: none

    @classmethod
    def from_sparse(
        cls, codes: Codes, to: Codes, spoken: Codes, syllables: NDArray[np.uint16]
    ) -> "Folding":
        table = np.arange(CODE_POINTS, dtype=np.uint32)
        table[codes] = to
        syllable = np.zeros(CODE_POINTS, dtype=np.uint32)
        syllable[spoken] = syllables
        return cls(table, syllable)


@dataclass(frozen=True, slots=True)
class Bags:
    """Features of many texts: hashes, or rows of a table; those of text i in ``items[starts[i]:starts[i + 1]]``."""

    items: Codes
    starts: Counts  # [texts + 1]

    def counts(self) -> Counts:
        return np.diff(self.starts)


class Vocabulary:
    """The n-grams a model knows, by 32-bit hash; all others are left out. One table look-up a feature.

    The first ``SLOT_BITS`` bits of a hash pick a slot, which holds one known hash at most.
    """

    def __init__(self, keys: Codes) -> None:
        """``keys`` in the order of table rows. Raises ``ValueError`` when two of them share a slot."""
        self.keys = keys
        places = keys >> np.uint32(32 - SLOT_BITS)
        if len(np.unique(places)) != len(keys):
            raise ValueError("two n-grams share a slot")
        # A slot's row, from 1, and the rest of its hash in one number: one look for both. 0: an empty slot.
        if len(keys) >= 1 << SLOT_BITS:
            raise ValueError("too many n-grams")
        self._slots = np.zeros(1 << SLOT_BITS, dtype=np.uint32)
        self._slots[places] = (np.arange(1, len(keys) + 1, dtype=np.uint32) << _REST_BITS) | (
            keys & _REST
        )

    def look_up(self, hashed: Bags) -> Bags:
        """Table rows of the features that are known."""
        found = self._slots[hashed.items >> _SLOT_SHIFT]
        rows = found >> _REST_BITS
        known = ((found ^ hashed.items) & _REST) == 0
        known &= rows > 0
        before = np.zeros(len(known) + 1, dtype=np.int64)
        np.cumsum(known, out=before[1:])
        return Bags(rows[known] - _ONE, before[hashed.starts])


@dataclass(frozen=True, slots=True)
class Stream:
    """Folded code points of all texts in one line, each text between two spaces, and the text of each of them."""

    codes: Codes
    document: NDArray[np.int32]
    documents: int

    def halves(self) -> tuple["Stream", "Stream"]:
        """The first and the second half of the texts."""
        middle = self.documents // 2
        at = int(np.searchsorted(self.document, middle))
        rest = Stream(self.codes[at:], self.document[at:] - middle, self.documents - middle)
        return Stream(self.codes[:at], self.document[:at], middle), rest


@dataclass(frozen=True, slots=True)
class Fresh:
    """What of a stream to look at: features that hold a new code point, or a place between two that is new."""

    codes: NDArray[np.bool_]
    seams: NDArray[np.int32]  # new places up to the one before each code point


def fold_texts(texts: Sequence[str], folding: Folding) -> Stream:
    """Code points after folding: no links or handles, one blank for several, a repeated character at most twice."""
    joined = "  ".join(texts)
    if "@" in joined or "://" in joined or "www." in joined:
        texts = [_without_links(text) for text in texts]
        joined = "  ".join(texts)
    raw = np.frombuffer(f" {joined} ".encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    lengths = np.array(list(map(len, texts)), dtype=np.int64) + 2
    if not len(texts):
        raw = raw[:0]
    document = np.repeat(np.arange(len(texts), dtype=np.int32), lengths)
    codes = folding.to[raw]
    kept = codes != 0
    if not kept.all():
        codes, document = codes[kept], document[kept]
    same = np.empty(len(codes), dtype=bool)
    same[:1] = False
    same[1:] = (codes[1:] == codes[:-1]) & (document[1:] == document[:-1])
    drop = same & (codes == SPACE)
    drop[2:] |= same[2:] & same[1:-1]
    if drop.any():
        codes, document = codes[~drop], document[~drop]
    return Stream(codes, document, len(texts))


def extract_en(texts: Sequence[str], folding: Folding) -> Bags:
    """Hashes of character 2-5-grams inside words with their edges, words, pairs, triples, pairs with one between."""
    stream = fold_texts(texts, folding)
    codes, document = stream.codes, stream.document
    blank = codes == SPACE
    hashes, owners = [], []
    rolling = codes * _MIX
    inner = np.zeros(len(codes), dtype=bool)  # a blank strictly inside the window so far
    for order in range(2, 6):
        if len(codes) < order:
            break
        size = len(codes) - order + 1
        edges = blank[:size] & blank[1 : 1 + size]
        inner = edges if order == 2 else inner[:size] | blank[order - 2 : order - 2 + size]
        rolling = (rolling[:size] * _STEP) ^ (codes[order - 1 :] * _MIX)
        good = ~inner
        hashes.append(rolling[good] + np.uint32(order))
        owners.append(document[:size][good])
        if order == 2:
            inner = np.zeros(size, dtype=bool)
    word_hashes, word_owners = _words(codes, document)
    return _bags(hashes + word_hashes, owners + word_owners, stream.documents)


def extract_zh(texts: Sequence[str], folding: Folding) -> Bags:
    """Hashes of character 1-4-grams, pairs with one between, 2-4-grams of toneless syllables.

    Blanks beside a Han character do not count.
    """
    return hash_zh(stream_zh(texts, folding), folding)


def stream_zh(texts: Sequence[str], folding: Folding) -> Stream:
    """What ``extract_zh`` takes its n-grams from."""
    stream = fold_texts(texts, folding)
    codes, document = _without_blanks(stream.codes, stream.document)
    return Stream(codes, document, stream.documents)


def hash_zh(stream: Stream, folding: Folding, fresh: Fresh | None = None) -> Bags:
    """The hashes of ``extract_zh``, or of these only what is ``fresh``.

    Each depends on at most ``REACH_ZH + 1`` code points, which stand together.
    """
    codes, document = stream.codes, stream.document
    spoken = folding.syllable[codes]
    sounds = np.where(spoken > 0, spoken + np.uint32(CODE_POINTS), codes)
    hashes, owners = [], []
    first = codes * _MIX
    second = sounds * _MIX
    for order in range(1, 5):
        size = len(codes) - order + 1
        if size <= 0:
            break
        if order > 1:
            first = (first[:size] * _STEP) ^ (codes[order - 1 :] * _MIX)
            second = (second[:size] * _STEP) ^ (sounds[order - 1 :] * _MIX)
        good = document[:size] == document[order - 1 :]
        if fresh is not None:
            good &= fresh.seams[order - 1 :] > fresh.seams[:size] if order > 1 else fresh.codes
        mine = document[:size][good]
        hashes.append(first[good] + np.uint32(order))
        owners.append(mine)
        if order > 1:
            hashes.append(second[good] + np.uint32(order + 32))
            owners.append(mine)
        if order == REACH_ZH:
            skipped = (codes[:-2] * _STEP) ^ (codes[2:] * _POWERS[3])
            pairs, pair_owners = skipped[good], mine
    if len(codes) >= REACH_ZH:
        hashes.append(pairs)
        owners.append(pair_owners)
    return _bags(hashes, owners, stream.documents)


def _without_links(text: str) -> str:
    if "@" in text or "://" in text or "www." in text:
        return _HANDLE.sub(" ", text)
    return text


def _without_blanks(codes: Codes, document: NDArray[np.int32]) -> tuple[Codes, NDArray[np.int32]]:
    """Without the blanks that stand beside a Han character, but for the two at the edges of each text."""
    han = (codes >= _HAN_FIRST) & (codes <= _HAN_LAST)
    beside = np.zeros(len(codes), dtype=bool)
    beside[1:] |= han[:-1]
    beside[:-1] |= han[1:]
    edge = np.ones(len(codes), dtype=bool)
    edge[1:-1] = (document[1:-1] != document[:-2]) | (document[1:-1] != document[2:])
    kept = ~(beside & (codes == SPACE)) | edge
    return codes[kept], document[kept]


def _words(
    codes: Codes, document: NDArray[np.int32]
) -> tuple[list[Codes], list[NDArray[np.int32]]]:
    """Hashes of words (runs of letters, digits and apostrophes), of neighbours, and of pairs with one between."""
    lettered = _is_lettered(codes)
    starts = np.flatnonzero(lettered[1:] & ~lettered[:-1]) + 1  # a text begins with a blank
    if not len(starts):
        return [], []
    ends = np.flatnonzero(lettered[:-1] & ~lettered[1:]) + 1
    lengths = ends - starts
    inside = np.flatnonzero(lettered)
    offsets = np.cumsum(lengths) - lengths
    place = np.arange(len(inside)) - np.repeat(offsets, lengths)
    powers = _POWERS[np.minimum(place, _MAX_WORD)]
    words = np.add.reduceat(codes[inside] * powers, offsets, dtype=np.uint32)
    owner = document[starts]
    hashes, owners = [words ^ _MIX], [owner]
    for gap, salt in ((1, 5), (2, 7)):
        good = owner[:-gap] == owner[gap:]
        hashes.append(((words[:-gap] * _POWERS[salt]) ^ (words[gap:] * _MIX))[good])
        owners.append(owner[:-gap][good])
    good = owner[:-2] == owner[2:]
    triple = (words[:-2] * _POWERS[9]) ^ (words[1:-1] * _POWERS[11]) ^ (words[2:] * _MIX)
    return [*hashes, triple[good]], [*owners, owner[:-2][good]]


def _is_lettered(codes: Codes) -> NDArray[np.bool_]:
    lower = (codes >= 97) & (codes <= 122)
    digit = (codes >= 48) & (codes <= 57)
    result: NDArray[np.bool_] = lower | digit | (codes == 39) | (codes >= 0xC0)
    return result


def _bags(hashes: list[Codes], owners: list[NDArray[np.int32]], documents: int) -> Bags:
    """Hashes grouped by text; the order inside a text is that of the kinds of features."""
    if not hashes:
        return Bags(np.zeros(0, np.uint32), np.zeros(documents + 1, np.int64))
    mixed = np.concatenate(hashes)
    mixed ^= mixed >> np.uint32(15)
    mixed *= np.uint32(0x85EBCA6B)
    mixed ^= mixed >> np.uint32(13)
    mixed *= np.uint32(0xC2B2AE35)
    owner = np.concatenate(owners)
    order = np.argsort(owner, kind="stable")
    starts = np.zeros(documents + 1, dtype=np.int64)
    np.cumsum(np.bincount(owner, minlength=documents), out=starts[1:])
    return Bags(mixed[order], starts)
