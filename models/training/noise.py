"""Noise on the source side: how people really type. Each kind has a rate of its own."""

import random
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import regex

__all__ = ["NOISE_SHARES", "drop_final_mark", "kinds", "make_noise", "typo"]

# Shares of all pairs of a direction that get this noise; a kind that is not for the source's language does nothing.
NOISE_SHARES: Mapping[str, float] = {
    "bare": 0.015,  # no mark at the end, on both sides
    "marks": 0.01,  # the last mark two to four times
    "elongate": 0.01,  # soooo, 啊啊啊
    "unspaced": 0.005,  # a missing blank
    "lower": 0.02,  # English: lower case
    "upper": 0.01,  # English: ALL CAPS
    "title": 0.005,  # English: A Title Without a Mark, on both sides
    "typo": 0.015,  # English: neighbouring keys, swapped, dropped and doubled letters
    "widths": 0.02,  # Chinese: half-width marks, or blanks instead of marks
    "traditional": 0.015,  # Chinese: traditional characters
}

_FINAL = regex.compile(r"[.。!！?？…~]+$")
_VOWEL = regex.compile(r"[aeiouy](?=[a-z]{0,2}\b)", regex.IGNORECASE)
_PARTICLE = regex.compile(r"[啊呀哈吧呢嘛哦了](?=[，。！？~…]|$)")
_WORD = regex.compile(r"(?<![@#\w])[A-Za-z]{4,}(?!\w)")
_HALF_WIDTH = str.maketrans("，。！？：；（）", ",.!?:;()")
_MARKS = "，。、；"
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_SMALL = frozenset(
    ("a", "an", "the", "of", "to", "in", "on", "at", "for", "and", "or", "with", "as")
)
_TRADITIONAL = ("s2t", "s2tw", "s2hk")

Change = Callable[[str, random.Random], str]


def drop_final_mark(text: str) -> str:
    """Without the marks at the end, unless nothing would be left."""
    return _FINAL.sub("", text) or text


def double_mark(text: str, rng: random.Random) -> str:
    """``!`` becomes ``!!!``, ``。`` becomes ``。。。``."""
    mark = _FINAL.search(text)
    return text + mark[0][-1] * rng.randint(1, 3) if mark else text


def elongate(text: str, rng: random.Random) -> str:
    """``so good`` becomes ``sooooo good``, ``好啊`` becomes ``好啊啊啊``."""
    vowels = list(_VOWEL.finditer(text))
    if vowels:
        at = rng.choice(vowels).end()
        return text[:at] + text[at - 1] * rng.randint(2, 5) + text[at:]
    particle = _PARTICLE.search(text)
    if not particle:
        return text
    return text[: particle.start()] + particle[0] * rng.randint(2, 5) + text[particle.end() :]


def typo(text: str, rng: random.Random) -> str:
    """One slip in a Latin word of four letters or more, and one more for every fifty characters."""
    for _ in range(1 + len(text) // 50):
        words = list(_WORD.finditer(text))
        if not words:
            return text
        word = rng.choice(words)
        at = rng.randint(word.start() + 1, word.end() - 2)
        text = text[:at] + _slip(text[at], text[at + 1], rng) + text[at + 2 :]
    return text


def _slip(letter: str, following: str, rng: random.Random) -> str:
    """What is typed instead of two letters: swapped, the first one missing, twice, or a key beside it."""
    kind = rng.choices(("swap", "drop", "double", "near"), (0.3, 0.25, 0.2, 0.25))[0]
    if kind == "near":
        near = rng.choice(_neighbours()[letter.lower()])
        return (near.upper() if letter.isupper() else near) + following
    return {"swap": following + letter, "drop": following, "double": letter * 2 + following}[kind]


@cache
def _neighbours() -> Mapping[str, str]:
    """Keys that touch each letter of a QWERTY keyboard; every row is half a key to the right of the one above."""
    found = {letter: "" for row in _ROWS for letter in row}
    for y, row in enumerate(_ROWS):
        for x, letter in enumerate(row):
            places = (
                (y, x - 1),
                (y, x + 1),
                (y - 1, x),
                (y - 1, x + 1),
                (y + 1, x - 1),
                (y + 1, x),
            )
            found[letter] = "".join(
                _ROWS[j][i] for j, i in places if 0 <= j < len(_ROWS) and 0 <= i < len(_ROWS[j])
            )
    return found


def unspaced(text: str, rng: random.Random) -> str:
    """One blank lost, one behind a mark first; in Chinese all blanks beside Latin words."""
    if regex.search(r"\p{Han}", text):
        return regex.sub(r"(?<=\p{Han}) (?=[A-Za-z0-9])|(?<=[A-Za-z0-9]) (?=\p{Han})", "", text)
    blanks = [m.start() for m in regex.finditer(r"(?<=[,.!?]) ", text)]
    blanks = blanks or [m.start() for m in regex.finditer(r"(?<=[a-z]) (?=[a-z])", text)]
    if not blanks:
        return text
    at = rng.choice(blanks)
    return text[:at] + text[at + 1 :]


def title(text: str, rng: random.Random) -> str:
    """``A Day in the Life`` style, as headlines are."""
    words = drop_final_mark(text).split(" ")
    return " ".join(
        w if i and w.lower() in _SMALL else w[:1].upper() + w[1:] for i, w in enumerate(words)
    )


def traditional(text: str, rng: random.Random) -> str:
    """Traditional characters: general, of Taiwan or of Hong Kong (OpenCC)."""
    return str(_converter(rng.choice(_TRADITIONAL)).convert(text))


@cache
def _converter(name: str) -> Any:
    import opencc

    return opencc.OpenCC(name)


def _widths(text: str, rng: random.Random) -> str:
    if rng.random() < 0.5:
        return text.translate(_HALF_WIDTH)
    return drop_final_mark(text).translate({ord(c): " " for c in _MARKS}).strip()


def _lower(text: str, rng: random.Random) -> str:
    lowered = text.lower().replace("i'm", "im") if rng.random() < 0.2 else text.lower()
    return drop_final_mark(lowered) if rng.random() < 0.5 else lowered


def _bare(text: str, rng: random.Random) -> str:
    return drop_final_mark(text)


def _upper(text: str, rng: random.Random) -> str:
    return text.upper()


_BOTH: Mapping[str, Change] = {
    "bare": _bare, "marks": double_mark, "elongate": elongate, "unspaced": unspaced,
}  # fmt: skip
_CHANGES: Mapping[str, Mapping[str, Change]] = {
    "en": {**_BOTH, "lower": _lower, "upper": _upper, "title": title, "typo": typo},
    "zh": {**_BOTH, "widths": _widths, "traditional": traditional},
}
_UNMARKED = frozenset(("bare", "title"))  # the target loses its final mark too


def kinds(lang: str) -> frozenset[str]:
    """The kinds of noise for a source in ``en`` or ``zh``."""
    return frozenset(_CHANGES[lang])


def make_noise(
    kind: str, source: str, target: str, lang: str, rng: random.Random
) -> tuple[str, str] | None:
    """Source and target with one kind of noise; None where the source offers nothing to change."""
    changed = _CHANGES[lang][kind](source, rng)
    if changed == source:
        return None
    return changed, drop_final_mark(target) if kind in _UNMARKED else target
