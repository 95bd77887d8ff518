"""The folding table that ships with the weights, made from Unicode data, OpenCC and pypinyin."""

import unicodedata

import numpy as np
from numpy.typing import NDArray

from models.classification.features import CODE_POINTS, Folding
from models.training.toxicity.evasion import table

__all__ = ["build", "sparse", "syllables"]

_INVISIBLE = ("Mn", "Me", "Cf")
_BLANK = ("Zs", "Zl", "Zp", "Cc")
# Letters of other scripts that are used for Latin ones.
_LOOKALIKES = str.maketrans(
    "абвгдезикмнорстухіјѕԁԛԝαβγδεικνορτυχω",
    "a6brge3nkmhopctyxijsdqwabydeiknoptuxw",
)
Sparse = dict[str, NDArray[np.uint32] | NDArray[np.uint16]]


def _folded(code: int, simplify: dict[int, int]) -> int:
    character = chr(code)
    kind = unicodedata.category(character)
    if kind in _INVISIBLE:
        return 0
    if kind in _BLANK:
        return 32
    folded = unicodedata.normalize("NFKC", character).casefold()
    if code < 0x590 or 0x1E00 <= code < 0x2000:
        folded = unicodedata.normalize("NFKD", folded)
    folded = folded.translate(_LOOKALIKES).strip() or " "
    first = ord(folded[0])
    return simplify.get(first, first)


def _simplified() -> dict[int, int]:
    import opencc

    converter = opencc.OpenCC("t2s")
    pairs = {}
    for code in (*range(0x3400, 0xA000), *range(0xF900, 0xFB00)):
        simple = converter.convert(chr(code))
        if len(simple) == 1 and ord(simple) != code:
            pairs[code] = ord(simple)
    return pairs


def syllables() -> dict[str, str]:
    """The most usual toneless syllable of each Han character."""
    from pypinyin import Style, lazy_pinyin
    from pypinyin.constants import PINYIN_DICT

    return {
        chr(code): lazy_pinyin(chr(code), style=Style.NORMAL)[0].replace("ü", "v")
        for code in PINYIN_DICT
        if 0x3400 <= code < 0xA000
    }


def _spoken() -> dict[int, str]:
    """Syllables by code point, also of the word that an emoji stands for."""
    known = syllables()
    spoken = {ord(character): sound for character, sound in known.items()}
    spoken.update((ord(emoji[0]), known[word[0]]) for emoji, word in table("emoji.tsv"))
    return spoken


def sparse() -> Sparse:
    """The tables as arrays of pairs: only code points that change."""
    simplify = _simplified()
    codes, to = [], []
    for code in range(CODE_POINTS):
        if 0xD800 <= code < 0xE000 or 0xE000 <= code < 0xF900 or code >= 0xE1000:
            continue
        folded = _folded(code, simplify)
        if folded != code:
            codes.append(code)
            to.append(folded)
    spoken = _spoken()
    names = {name: number for number, name in enumerate(sorted(set(spoken.values())), 1)}
    return {
        "fold.codes": np.array(codes, dtype=np.uint32),
        "fold.to": np.array(to, dtype=np.uint32),
        "sound.codes": np.array(sorted(spoken), dtype=np.uint32),
        "sound.syllables": np.array([names[spoken[c]] for c in sorted(spoken)], dtype=np.uint16),
    }


def build(tables: Sparse | None = None) -> Folding:
    found = tables or sparse()
    return Folding.from_sparse(
        found["fold.codes"].astype(np.uint32),
        found["fold.to"].astype(np.uint32),
        found["sound.codes"].astype(np.uint32),
        found["sound.syllables"].astype(np.uint16),
    )
