"""Text in the letters and the case that a model has learnt: fancy and full-width letters as plain ones, no shouting.

Only for what a model reads: nothing here keeps positions. All of it is linear, and almost free for plain text.
"""

import re
import unicodedata
from collections.abc import Callable
from functools import cache
from importlib.resources import files

from service.text.confusables import SMALL_CAPITALS

__all__ = ["in_plain_case", "is_shouting", "plain_letters"]

# Mathematical letters and digits, full-width ones, letters in circles and squares, small capitals.
_FANCY = re.compile(
    "[\uff10-\uff19\uff21-\uff3a\uff41-\uff5a\u24b6-\u24e9\u2102-\u2138\u213a-\u2149\U0001d400-\U0001d7ff"
    f"\U0001f130-\U0001f149\U0001f150-\U0001f169\U0001f170-\U0001f189{''.join(SMALL_CAPITALS)}]"
)
_TAGS = ("<font>", "<wide>", "<circle>", "<square>")
_BLOCKS = (
    (0x2102, 0x214A), (0x24B6, 0x24EA), (0xFF10, 0xFF5B), (0x1D400, 0x1D800), (0x1F130, 0x1F14A),
)  # fmt: skip
_WHITE_ON_BLACK = (0x1F150, 0x1F170)  # 🅐 and 🅰: alphabets that Unicode does not decompose
_INFORMATION = 0x2139  # ℹ is a sign
# Small letters above or below the line make a word; one alone is a footnote or an exponent (xⁿ), as digits are.
_RAISED = re.compile(
    "[\u2071\u207f\u02b0\u02b2\u02b3\u02b7\u02b8\u02e1-\u02e3\u1d2c-\u1d6a\u1d9c-\u1dbb\u2090-\u209c\u2c7c\u2c7d]{2,}"
)
# Of the punctuation only what stands inside a number: in Chinese the wide marks are the right ones.
_IN_NUMBER = re.compile("(?<=[０-９])(?:[．：／－](?=[０-９])|％)")
_NARROW = str.maketrans("．：／－％", ".:/-%")
# Training texts have one kind of blank.
_BLANK = re.compile("[\u00a0\u2009\u202f\u3000]")

# A letter with its marks. No more of them: putting marks in order takes time that grows with their square.
_MARKED = re.compile("[A-Za-zÀ-ỹ][\u0300-\u036f]{1,4}")

# Anything of all this: most texts have nothing.
_GLANCE = re.compile(
    "[\u00a0\u02b0-\u036f\u1d00-\u1dbb\u2009\u202f\u2071\u207f\u2090-\u209c\u2102-\u2149\u24b6-\u24e9\u2c7c\u2c7d\u3000"
    f"\uff10-\uff5a\U0001d400-\U0001d7ff\U0001f130-\U0001f189{''.join(SMALL_CAPITALS)}]"
)

# A word, with an apostrophe perhaps, that no letter, digit or currency sign goes on.
_UPPER = "A-ZÀ-ÖØ-Þ"
_WORD = re.compile(rf"(?<![\w$@#&'’])[{_UPPER}]++(?:['’][{_UPPER}]++)*+(?![\w&'’])")
_SHOUTED = re.compile(rf"[{_UPPER}][{_UPPER}'’]")
_LOWER_WORD = re.compile(r"[a-zß-öø-ÿ]{2,}")
_LETTER = re.compile(r"[^\W\d_]")
_SHOUT = 3  # capitalised words from which a text shouts; below, they are names or stressed
_ACRONYM = 4  # letters that an acronym has, mostly
_CONTRACTED = re.compile(r"I['’](?:M|LL|VE|D)")


def plain_letters(text: str) -> str:
    """``text`` in ASCII letters and digits where it is written in fancy ones (𝗕𝗶𝗴, ＳＡＬＥ, ⓗⓘ), with accents
    composed, and with plain blanks.

    Wide punctuation, signs (™, ℃, ①) and exponents stay.
    """
    if text.isascii() or not _GLANCE.search(text):
        return text
    if _FANCY.search(text):
        text = _IN_NUMBER.sub(lambda match: match.group().translate(_NARROW), text)
        text = text.translate(_plain())
    text = _BLANK.sub(" ", _RAISED.sub(_lowered, text))
    return _MARKED.sub(_composed, text)


def _lowered(match: re.Match[str]) -> str:
    return unicodedata.normalize("NFKC", match.group())


def _composed(match: re.Match[str]) -> str:
    return unicodedata.normalize("NFC", match.group())


@cache
def _plain() -> dict[int, str]:
    """Fancy letters and digits, and the plain one of each."""
    table = {ord(letter): plain for letter, plain in SMALL_CAPITALS.items()}
    for start, end in _BLOCKS:
        for code in range(start, end):
            decomposition = unicodedata.decomposition(chr(code))
            plain = unicodedata.normalize("NFKC", chr(code))
            if decomposition.startswith(_TAGS) and plain.isalnum() and code != _INFORMATION:
                table[code] = plain
    for start in _WHITE_ON_BLACK:
        table |= {start + i: chr(ord("A") + i) for i in range(26)}
    return table


def is_shouting(text: str) -> bool:
    """Whether English ``text`` is written in capitals: three words of it at least, and twice as many as others."""
    if not _SHOUTED.search(text):
        return False
    capitals = sum(len(word) > 1 for word in _WORD.findall(text))
    return capitals >= _SHOUT and capitals >= 2 * len(_LOWER_WORD.findall(text))


def in_plain_case(text: str, pieces: Callable[[str], int], *, shouting: bool = False) -> str:
    """English ``text`` with words in capitals as a model knows them; acronyms stay.

    ``pieces`` tells in how many pieces the model's tokenizer cuts a text: the writing with the fewest is the usual one
    (friday 3, FRIDAY 5, Friday 1). Where only some words are in capitals, those that are surely words lose them.
    ``shouting``: the text is known to shout, whatever has been put in for its slang.
    """
    if not _SHOUTED.search(text):
        return text
    shouting = shouting or is_shouting(text)
    bare = shouting or _LOWER_WORD.search(text) is None
    first = _LETTER.search(text)
    begin = first.start() if first else 0
    seen: dict[str, str] = {}

    def written(match: re.Match[str]) -> str:
        word = match.group()
        if len(word) == 1:
            article = shouting and word == "A" and text[match.end() : match.end() + 1] == " "
            return "a" if article and match.start() != begin else word
        if word not in seen:
            seen[word] = _written(word, shouting, bare, pieces)
        said = seen[word]
        return said[0].upper() + said[1:] if match.start() == begin else said

    return _WORD.sub(written, text)


def _written(word: str, shouting: bool, bare: bool, pieces: Callable[[str], int]) -> str:
    """One word in capitals as it is written in a text that does not shout."""
    lower = word.lower()
    if _CONTRACTED.fullmatch(word):
        return word[0] + lower[1:]
    if lower in _common() or (shouting and lower in ("it", "us", "who", "may", "am")):
        return lower
    if not bare and len(word) <= _ACRONYM:
        return word
    title = word[0] + lower[1:]
    in_lower, in_title, in_capitals = pieces(lower), pieces(title), pieces(word)
    best, fewest = (lower, in_lower) if in_lower <= in_title else (title, in_title)
    if fewest <= pieces("a") < in_capitals and len(word) > 2:
        return best  # the model has a piece for it
    if not shouting or len(word) < _ACRONYM:
        return word
    worth = fewest * 2 if len(word) == _ACRONYM else fewest
    return best if worth <= in_capitals else word


@cache
def _common() -> frozenset[str]:
    content = (files("service.text") / "data" / "english_words.txt").read_text(encoding="utf-8")
    lines = (line for line in content.splitlines() if not line.startswith("#"))
    return frozenset(word for line in lines for word in line.split())
