"""How Han characters sound: toneless pinyin syllables, and texts in which equal sounds are equal characters."""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec, module_from_spec, spec_from_file_location

from service.text.confusables import HAN, ViewName
from service.text.offsets import Step

__all__ = ["SOUNDS", "fuzzy_syllables", "read_latin", "sound_of", "split_syllables", "syllable_of"]

# First readings of pypinyin that are rare in today's posts.
_PREFERRED = {"佛": "fó", "嗯": "ēn", "咯": "lo"}
_DIGITS = dict(zip("0123456789", "零一二三四五六七八九", strict=True))
# Ordinary characters that are no Han: a translation is slow for what its table does not hold.
_ORDINARY = (
    *range(0x20, 0x180),
    *range(0x2000, 0x2070),
    *range(0x3001, 0x3040),
    *range(0xFF00, 0xFFF0),
)

# A Latin word or a digit that touches a Han character.
_BESIDE_HAN = re.compile(
    rf"(?<=[{HAN}])(?:[a-z]{{2,24}}+|[0-9])(?![a-z0-9])"
    rf"|(?<![a-z0-9])(?:[a-z]{{2,24}}+|[0-9])(?=[{HAN}])"
)
_TOUCH = re.compile(f"[a-z0-9](?:(?<=[{HAN}].)|(?=[{HAN}]))")
_LONGEST_SYLLABLE = 6  # zhuang
_LAST_LETTERS = ("a", "e", "i", "o", "u", "v", "n", "g", "r", "m")  # of a syllable

# Sounds that many speakers do not tell apart, and that are swapped on purpose.
_FUZZY_INITIALS = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("n", "l"), ("f", "h"))
_FUZZY_FINALS = (("ang", "an"), ("eng", "en"), ("ing", "in"))


def _toneless(reading: str) -> str:
    """``lǜ`` -> ``lv``."""
    decomposed = unicodedata.normalize("NFD", reading.replace("ê", "e"))
    kept = decomposed.replace("u\u0308", "v")
    return "".join(char for char in kept if "a" <= char <= "z")


def _dictionary() -> dict[int, str]:
    """pypinyin's readings of single characters. Importing the package would load its phrases too: 45 MB, unused."""
    package = find_spec("pypinyin")
    for folder in (package and package.submodule_search_locations) or ():
        spec = spec_from_file_location("pypinyin_readings", f"{folder}/pinyin_dict.py")
        if spec is not None and spec.loader is not None:
            module = module_from_spec(spec)
            spec.loader.exec_module(module)
            found: dict[int, str] = module.pinyin_dict
            return found
    raise ImportError("pypinyin is not installed")


@cache
def _readings() -> dict[int, str]:
    """Code point -> its most common toneless syllable."""
    readings: dict[int, str] = {}
    for code_point, listed in _dictionary().items():
        if (
            code_point <= 0x9FFF
        ):  # rare characters beyond: loading them takes as long as all the others
            readings[code_point] = _toneless(listed.partition(",")[0])
    readings |= {ord(char): _toneless(reading) for char, reading in _PREFERRED.items()}
    return {code_point: syllable for code_point, syllable in readings.items() if syllable}


@cache
def _representatives() -> dict[str, str]:
    """Syllable -> the Han character that stands for it in a pinyin view: the first in Unicode order that has it."""
    found: dict[str, str] = {}
    for code_point, syllable in sorted(_readings().items()):
        if code_point >= 0x4E00:
            found.setdefault(syllable, chr(code_point))
    return found


@cache
def _table() -> dict[int, int]:
    sounds = _representatives()
    table = {code_point: code_point for code_point in _ORDINARY}
    for code_point, syllable in _readings().items():
        if syllable in sounds:
            table[code_point] = ord(sounds[syllable])
    return table


def syllable_of(char: str) -> str:
    """The most common toneless reading of one Han character; empty where none is known."""
    return _readings().get(ord(char), "")


def sound_of(syllable: str) -> str:
    """The character that stands for a syllable in a pinyin view; empty for what is no syllable."""
    return _representatives().get(syllable, "")


def split_syllables(word: str) -> tuple[str, ...]:
    """A word of Latin letters as pinyin syllables, long ones first; empty where it is none. Linear in its length."""
    if not word.endswith(_LAST_LETTERS):
        return ()
    sounds = _representatives()
    size = len(word)
    # longest[i]: length of the syllable to take at i so that the rest is syllables too; -1 where there is no way.
    longest = [-1] * size + [0]
    for start in range(size - 1, -1, -1):
        for end in range(min(size, start + _LONGEST_SYLLABLE), start, -1):
            if longest[end] >= 0 and word[start:end] in sounds:
                longest[start] = end - start
                break
    if longest[0] < 0:
        return ()
    parts: list[str] = []
    start = 0
    while start < size:
        parts.append(word[start : start + longest[start]])
        start += longest[start]
    return tuple(parts)


def fuzzy_syllables(syllable: str) -> tuple[str, ...]:
    """Other syllables that many speakers do not tell from this one: sha - sa, nan - lan, bing - bin."""
    initials = {syllable}
    for pair in _FUZZY_INITIALS:
        for old, new in (pair, pair[::-1]):
            if syllable.startswith(old) and not (old in "zcs" and syllable[1:2] == "h"):
                initials.add(new + syllable[len(old) :])
    both = set(initials)
    for found in initials:
        for pair in _FUZZY_FINALS:
            for old, new in (pair, pair[::-1]):
                if found.endswith(old):
                    both.add(found[: -len(old)] + new)
    return tuple(sorted(other for other in both - {syllable} if sound_of(other)))


def _spelled(word: str) -> tuple[str, ...]:
    return (word,) if word.isdigit() else split_syllables(word)


def read_latin(text: str) -> Step | None:
    """Pinyin and digits that touch a Han character as the characters of their sounds; each is a piece."""
    if not _TOUCH.search(text):
        return None

    def replace(match: re.Match[str]) -> str:
        parts = _spelled(match.group())
        return "".join(_DIGITS.get(part) or sound_of(part) for part in parts) or match.group()

    after = _BESIDE_HAN.sub(replace, text)
    if after == text:
        return None

    def pieces() -> Iterator[tuple[int, int, int]]:
        for match in _BESIDE_HAN.finditer(text):
            start = match.start()
            for part in _spelled(match.group()):
                yield start, start + len(part), 1
                start += len(part)

    return Step(ViewName.PINYIN, text, after, pieces)


def level_sounds(text: str) -> Step | None:
    """Every Han character as the representative of its sound, one for one."""
    after = text.translate(_table())
    return None if after == text else Step(ViewName.HOMOPHONE, text, after)


SOUNDS = ((ViewName.PINYIN, read_latin), (ViewName.HOMOPHONE, level_sounds))
