"""Texts in a code that people use for fun or to hide: number and pinyin codes, Morse, Braille, base64, hex, reversed.

Opt-in: a decoded text is a note beside the original, never a change of it. Every decoder is linear and refuses what
does not read as text, so that ordinary words and numbers stay what they are.
"""

import base64
import binascii
import csv
from collections.abc import Callable, Iterator
from functools import cache
from importlib.resources import files
from typing import NamedTuple

import regex

from service.domain import Decoded
from service.text import script

__all__ = ["MAX_CODES", "Codes", "decode", "find_codes"]

MAX_CODES = 64  # decoded stretches of one text

_MORSE_LETTERS = {
    ".-": "A", "-...": "B", "-.-.": "C", "-..": "D", ".": "E", "..-.": "F", "--.": "G", "....": "H", "..": "I",
    ".---": "J", "-.-": "K", ".-..": "L", "--": "M", "-.": "N", "---": "O", ".--.": "P", "--.-": "Q", ".-.": "R",
    "...": "S", "-": "T", "..-": "U", "...-": "V", ".--": "W", "-..-": "X", "-.--": "Y", "--..": "Z",
    "-----": "0", ".----": "1", "..---": "2", "...--": "3", "....-": "4", ".....": "5", "-....": "6", "--...": "7",
    "---..": "8", "----.": "9", ".-.-.-": ".", "--..--": ",", "..--..": "?", "-.-.--": "!", "-....-": "-",
}  # fmt: skip
# Grade 1 Braille, dots 1-6 as the bits of the code point.
_BRAILLE_LETTERS = {
    0x01: "a", 0x03: "b", 0x09: "c", 0x19: "d", 0x11: "e", 0x0B: "f", 0x1B: "g", 0x13: "h", 0x0A: "i", 0x1A: "j",
    0x05: "k", 0x07: "l", 0x0D: "m", 0x1D: "n", 0x15: "o", 0x0F: "p", 0x1F: "q", 0x17: "r", 0x0E: "s", 0x1E: "t",
    0x25: "u", 0x27: "v", 0x3A: "w", 0x2D: "x", 0x3D: "y", 0x35: "z", 0x00: " ", 0x02: ",", 0x32: ".", 0x16: "!",
    0x26: "?", 0x04: "'",
}  # fmt: skip

_NUMBER = regex.compile(
    r"(?<![\p{Latin}\p{N}.,:/%¥￥$+-])(?:\d{2,7}+|3q)(?![\p{N}.,:/%％$]*+[\p{N}A-Za-z%％$])"
)
_UNIT = regex.compile(
    r"\s*(?:[元块塊万亿億千百个個人年月日号號岁歲斤米件次分秒点點度級级层層路楼樓℃]|kg|cm|km|px)"
)
_LETTERS = regex.compile(r"(?<![\p{Latin}\p{N}@#])[a-z0-9]{3,6}+(?![\p{Latin}\p{N}])", regex.I)
_MORSE = regex.compile(
    r"(?<![\w.·–—_-])[.·\-–—_]{1,6}(?:[ /|\n]{1,3}[.·\-–—_]{1,6}){2,400}+(?![\w.·–—_-])"
)
_BRAILLE = regex.compile(r"[\u2801-\u283f][\u2800-\u283f]{2,}+")
_BASE64 = regex.compile(
    r"(?<![A-Za-z0-9+/=_-])(?:[A-Za-z0-9+/]{4}){3,2000}+(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?"
    r"(?![A-Za-z0-9+/=_-])"
)
_HEX = regex.compile(
    r"(?<![0-9A-Za-z])(?:0x)?(?:(?:[0-9a-f]{2}){5,2000}+|[0-9a-f]{2}(?:[ :,-][0-9a-f]{2}){3,2000}+)"
    r"(?![0-9A-Za-z])",
    regex.I,
)
_BINARY = regex.compile(r"(?<![0-9A-Za-z])[01]{8}(?: ?[01]{8}){2,2000}+(?![0-9A-Za-z])")
_WORD = regex.compile(r"[A-Za-z']++")


class Codes(NamedTuple):
    """What was read; ``complete`` is False where the text has more codes than ``MAX_CODES``."""

    found: tuple[Decoded, ...]
    complete: bool


def decode(text: str) -> tuple[Decoded, ...]:
    """The codes of ``find_codes``, for callers that say nothing of those left out."""
    return find_codes(text).found


def find_codes(text: str) -> Codes:
    """Everything in ``text`` that reads as a code, in order and not overlapping; at most ``MAX_CODES`` stretches."""
    found: list[Decoded] = []
    complete = True
    for decoder in _DECODERS:
        for one in decoder(text):
            if any(one.start < other.end and other.start < one.end for other in found):
                continue
            if len(found) == MAX_CODES:
                complete = False
                break
            found.append(one)
    return Codes(tuple(sorted(found, key=lambda d: d.start)), complete)


def _numbers(text: str) -> Iterator[Decoded]:
    """Number homophones, among Chinese or alone: 520 in an English sentence is a number."""
    table = _table("number_homophones.tsv")
    shares = script.share(text)
    if shares.latin > shares.han * script.HAN_WEIGHT + 12:
        return
    for match in _NUMBER.finditer(text):
        row = table.get(match.group())
        # Two digits are an amount unless they end what is said (明天见88).
        short = len(match.group()) == 2 and match.group().isdigit()
        if (
            row
            and not _UNIT.match(text, match.end())
            and not (short and not _ends(text, match.end()))
        ):
            yield Decoded(match.start(), match.end(), "number", *row)


def _ends(text: str, at: int) -> bool:
    return not any(character.isalnum() for character in text[at : at + 3])


def _initials(text: str) -> Iterator[Decoded]:
    table = _table("pinyin_initials.tsv")
    for match in _LETTERS.finditer(text):
        row = table.get(match.group().lower())
        if row:
            yield Decoded(match.start(), match.end(), "initials", *row)


def _morse(text: str) -> Iterator[Decoded]:
    for match in _MORSE.finditer(text):
        code = regex.sub(r"[·]", ".", regex.sub(r"[–—_]", "-", match.group()))
        words = [
            "".join(_MORSE_LETTERS.get(letter, "\ufffd") for letter in word.split())
            for word in regex.split(r"\s*[/|\n]\s*|\s{2,}", code)
        ]
        # Dots alone are an ellipsis, dashes alone a rule.
        if "." in code and "-" in code and "\ufffd" not in "".join(words):
            yield Decoded(match.start(), match.end(), "morse", " ".join(words))


def _braille(text: str) -> Iterator[Decoded]:
    for match in _BRAILLE.finditer(text):
        letters = [_BRAILLE_LETTERS.get(ord(c) - 0x2800) for c in match.group()]
        if None not in letters:
            yield Decoded(match.start(), match.end(), "braille", "".join(filter(None, letters)))


def _base64(text: str) -> Iterator[Decoded]:
    for match in _BASE64.finditer(text):
        code = match.group()
        # A long word in letters is a word; codes mix cases and mostly digits or padding too.
        mixed = any(c.islower() for c in code) and any(c.isupper() for c in code[1:])
        if mixed or code.endswith("="):
            plain = _readable(_from_base64, code)
            if plain:
                yield Decoded(match.start(), match.end(), "base64", plain)


def _hex(text: str) -> Iterator[Decoded]:
    for match in _HEX.finditer(text):
        digits = regex.sub(r"[^0-9a-f]", "", match.group().lower().removeprefix("0x"))
        plain = _readable(bytes.fromhex, digits)
        if plain and not digits.isdigit():
            yield Decoded(match.start(), match.end(), "hex", plain)


def _binary(text: str) -> Iterator[Decoded]:
    for match in _BINARY.finditer(text):
        bits = match.group().replace(" ", "")
        plain = _readable(_from_bits, bits)
        if plain:
            yield Decoded(match.start(), match.end(), "binary", plain)


def _from_base64(code: str) -> bytes:
    return base64.b64decode(code, validate=True)


def _from_bits(bits: str) -> bytes:
    return int(bits, 2).to_bytes(len(bits) // 8, "big")


def _readable(read: Callable[[str], bytes], code: str) -> str:
    """The code's bytes as text when they are mostly letters of our two scripts; else nothing."""
    try:
        plain = read(code).decode("utf-8").strip()
    except (ValueError, binascii.Error):
        return ""
    if len(plain) < 2 or not all(c.isprintable() or c in "\n\t" for c in plain):
        return ""
    shares = script.share(plain)
    blanks = plain.count(" ")
    return plain if (shares.latin + shares.han + blanks) * 10 >= len(plain) * 8 else ""


def _reversed(text: str) -> Iterator[Decoded]:
    """A whole text written backwards: its common words can only be read from the end."""
    stripped = text.strip()
    if not 6 <= len(stripped) <= 4000:
        return
    turned = stripped[::-1]
    forward, backward = _common(stripped), _common(turned)
    if backward >= 2 and backward > 3 * forward:
        start = len(text) - len(text.lstrip())
        yield Decoded(start, start + len(stripped), "reversed", turned)


def _common(text: str) -> int:
    """How many common words a text holds; one-letter words read the same from both ends."""
    known = _common_words()
    english = sum(len(word) > 1 and word.lower() in known for word in _WORD.findall(text))
    return english + sum(text.count(word) for word in known if not word.isascii())


@cache
def _common_words() -> frozenset[str]:
    """Frequent words of both languages: enough of them tell in which direction a text is to be read."""
    return frozenset(_data("common_words.txt").split())


@cache
def _table(name: str) -> dict[str, tuple[str, str]]:
    """A data file as code -> (Chinese, English)."""
    rows = csv.DictReader(_data(name).splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE)
    return {row["code"]: (row["zh"], row["en"]) for row in rows}


def _data(name: str) -> str:
    return (files("service.text") / "data" / name).read_text(encoding="utf-8")


_DECODERS = (_binary, _hex, _base64, _morse, _braille, _numbers, _initials, _reversed)
