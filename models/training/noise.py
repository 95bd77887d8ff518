"""Light noise on the source side: how people really type."""

import random
from collections.abc import Callable

import regex

__all__ = ["add_noise", "drop_final_mark"]

_FINAL = regex.compile(r"[.。!！?？…~]+$")
_VOWEL = regex.compile(r"[aeiouy](?=[a-z]{0,2}\b)", regex.IGNORECASE)
_PARTICLE = regex.compile(r"[啊呀哈吧呢嘛哦了](?=[，。！？~…]|$)")
_HALF_WIDTH = str.maketrans("，。！？：；（）", ",.!?:;()")
_MARKS = "，。、；"


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


def misspell(text: str, rng: random.Random) -> str:
    """Swap or drop one letter inside a Latin word of five letters or more."""
    words = list(regex.finditer(r"[A-Za-z]{5,}", text))
    if not words:
        return text
    at = rng.choice(words).start() + rng.randint(1, 3)
    if rng.random() < 0.5:
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    return text[:at] + text[at + 1 :]


def _widths(text: str, rng: random.Random) -> str:
    if rng.random() < 0.5:
        return text.translate(_HALF_WIDTH)
    return drop_final_mark(text).translate({ord(c): " " for c in _MARKS})


def _lower(text: str, rng: random.Random) -> str:
    lowered = text.lower().replace("i'm", "im") if rng.random() < 0.2 else text.lower()
    return drop_final_mark(lowered) if rng.random() < 0.5 else lowered


_ENGLISH: list[tuple[Callable[[str, random.Random], str], float]] = [
    (_lower, 0.35),
    (lambda text, _: text.upper(), 0.15),
    (double_mark, 0.15),
    (elongate, 0.2),
    (misspell, 0.15),
]
_CHINESE: list[tuple[Callable[[str, random.Random], str], float]] = [
    (_widths, 0.5),
    (double_mark, 0.25),
    (elongate, 0.25),
]


def add_noise(text: str, lang: str, rng: random.Random) -> str:
    """``text`` with one kind of noise; ``lang`` is ``en`` or ``zh``."""
    table = _ENGLISH if lang == "en" else _CHINESE
    change = rng.choices([f for f, _ in table], [w for _, w in table])[0]
    return change(text, rng)
