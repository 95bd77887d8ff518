"""Numbers with a word of scale (450万, 1亿2000万, 20 million, $5M): their values, and how the other language says them.

Chinese counts in ten thousands (万, 亿), English in thousands, so such a number has to change its digits to keep
its value. Small models get it wrong by a factor of ten or more.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

import regex

__all__ = ["Quantity", "find_quantities", "han_value", "values_of", "write_quantity"]

_DIGITS = r"\d{1,3}+(?:,\d{3})++(?:\.\d++)?+|\d++(?:\.\d++)?+"
_HAN_SCALES = {"十": 10, "百": 100, "千": 1000, "万": 10**4, "萬": 10**4, "亿": 10**8, "億": 10**8}
_HAN_DIGITS = {c: n for n, c in enumerate("〇一二三四五六七八九")} | {"零": 0, "两": 2, "兩": 2}
_SCALES = {
    "hundred": 100, "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12,
    "k": 10**3, "m": 10**6, "mn": 10**6, "b": 10**9, "bn": 10**9, "tn": 10**12,
}  # fmt: skip
_ONES = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_WORDS = {word: n for n, word in enumerate(_ONES)} | {
    word: 10 * n for n, word in enumerate(_TENS, 2)
}
# Not 3千米, 5千克: those are units of measure.
_HAN_SCALE = (
    r"(?:[十百千]?[万萬]?[亿億]|[十百千]?[万萬]|千(?![米克瓦卡焦赫帕伏升字])|百(?![分合米日月年]))"
)
_OVER = r"[多余餘](?=[十百千万萬亿億])"  # 1000多万: between a number and its scale
_SCALE_WORD = r"(?:hundred|thousand|million|billion|trillion)s?"
_SHORT = r"(?:[kK]|M|mn|[bB]n|B|tn)"
_SIGN = r"(?:US|HK|NT|RMB|[ACS])?[$€£¥￥]"
_NAMES = {"$": "美元", "€": "欧元", "£": "英镑", "¥": "元", "￥": "元"}
_FROM = rf"(?:(?P<low>{_DIGITS})\s?[-–~～—到至]\s?)?"
_FOUND = regex.compile(
    rf"(?<![\p{{Latin}}\d.,:/-])(?:"
    rf"{_FROM}(?P<han>(?:{_DIGITS})\s?(?P<over>{_OVER})?{_HAN_SCALE}(?:[零〇]?\d{{1,4}}[千百万萬](?![米克瓦卡]))*+)"
    rf"|(?:(?P<sign>{_SIGN})\s?)?{_FROM}(?P<latin>(?:{_DIGITS})(?:\s?(?i:{_SCALE_WORD})(?!\p{{Latin}})|(?P<short>{_SHORT})(?![\p{{Latin}}\d])))"
    r")"
)
_HAN_NUMBER = regex.compile(
    rf"(?:{_DIGITS}|[〇零一二两兩三四五六七八九十百千万萬亿億])(?:[〇零一二两兩三四五六七八九十百千万萬亿億]|{_DIGITS})*+"
)
_MORE = regex.compile(rf"(?<=[\d〇一二两兩三四五六七八九十百千万萬]){_OVER}")
_HAN_TOKEN = regex.compile(
    rf"(?P<number>{_DIGITS})|(?P<digit>[〇零一二两兩三四五六七八九])|(?P<scale>.)"
)
_NUMBER_WORD = "|".join([*_WORDS, "an?", "half"])
_ENGLISH_NUMBER = regex.compile(
    rf"(?<![\p{{Latin}}\d])(?:(?:{_DIGITS})(?:{_SHORT}(?!\p{{Latin}}))?|(?:{_NUMBER_WORD})(?!\p{{Latin}}))"
    rf"(?:[\s-]+(?:and\s+)?(?:{_NUMBER_WORD}|(?:(?:{_DIGITS})\s)?{_SCALE_WORD})(?!\p{{Latin}}))*+",
    regex.IGNORECASE,
)
_ENGLISH_TOKEN = regex.compile(rf"{_DIGITS}|[a-z]++", regex.IGNORECASE)
_LARGEST = Decimal(10) ** 15


@dataclass(frozen=True, slots=True)
class Quantity:
    """Where it stands, its values (two for 30-50万), the currency sign before it, whether it is abbreviated (5k)."""

    start: int
    end: int
    values: tuple[Decimal, ...]
    sign: str = ""
    short: bool = False
    over: bool = False  # 1000多万: more than that


def find_quantities(text: str) -> list[Quantity]:
    """Digits with a word of scale, in order. Linear; spelt-out numbers are left to the model."""
    return list(_quantities(text))


def _quantities(text: str) -> Iterator[Quantity]:
    for match in _FOUND.finditer(text):
        han, latin, low = match["han"], match["latin"], match["low"]
        values = _han_values(han) if han else _english_values(latin)
        if len(values) != 1 or not 0 < values[0] < _LARGEST:
            continue
        digits = _HAN_TOKEN.match(han or latin)
        if low is not None and digits is not None and digits["number"]:
            scale = values[0] / (_decimal(digits["number"]) or 1)
            values = [_decimal(low) * scale, values[0]]
        short = match["short"] is not None
        sign, over = match["sign"] or "", match["over"] is not None
        yield Quantity(match.start(), match.end(), tuple(values), sign, short, over)


def values_of(text: str) -> set[Decimal]:
    """Every value that a text of either language states, in digits, words, or both."""
    return {*_han_values(text), *_english_values(text)}


def write_quantity(quantity: Quantity, raw: str, target: str) -> str:
    """The quantity in ``target`` (``en`` | ``zh``). An abbreviation without currency (5k, 4K, 10M) stays as it is."""
    if quantity.short and not quantity.sign:
        return raw
    said = [_chinese(v) if target == "zh" else _english(v) for v in quantity.values]
    numbers, _, scale = said[-1].partition(" ")
    if scale and said[0].endswith(f" {scale}"):  # 2–3 million
        said = [s.removesuffix(f" {scale}") for s in said[:-1]] + [f"{numbers} {scale}"]
    text = ("–" if target == "en" else "到").join(said)
    if quantity.over and target == "en":
        text = f"more than {text}"
    if not quantity.sign:
        return text
    return text + _NAMES[quantity.sign[-1]] if target == "zh" else quantity.sign + text


def _chinese(value: Decimal) -> str:
    for scale, word in ((10**12, "万亿"), (10**8, "亿"), (10**4, "万")):
        if value >= scale and _short(value / scale):
            return _plain(value / scale) + word
    return _plain(value)


def _english(value: Decimal) -> str:
    for scale, word in ((10**12, "trillion"), (10**9, "billion"), (10**6, "million")):
        if value >= scale and _short(value / scale):
            return f"{_plain(value / scale)} {word}"
    return f"{value:,.0f}" if value == value.to_integral_value() else _plain(value)


def _short(value: Decimal) -> bool:
    """Whether three decimals say it exactly."""
    return value * 1000 == (value * 1000).to_integral_value()


def _plain(value: Decimal) -> str:
    return f"{value.normalize():f}"


def _decimal(digits: str) -> Decimal:
    return Decimal(digits.replace(",", ""))


def han_value(number: str) -> Decimal:
    """The value of one Chinese number in words, digits, or both (一千八, 3万5千): 一千八 is 1,800, 一千零八 1,008."""
    total = section = Decimal(0)  # section: below the last 万 or 亿
    current: Decimal | None = None
    last = 1  # the scale just before, which a digit that ends the number goes down by one
    for token in _HAN_TOKEN.finditer(number):
        if token["number"]:
            current, last = _decimal(token["number"]), 1
        elif token["digit"]:
            value = _HAN_DIGITS[token["digit"]]
            current, last = Decimal(value), last if value and current is None else 1
        elif (scale := _HAN_SCALES.get(token["scale"], 0)) >= 10**4:
            section += current or 0
            total = (total + section if scale == 10**8 else section) * scale + (
                0 if scale == 10**8 else total
            )
            section, current, last = Decimal(0), None, scale
        elif scale:
            section += (1 if current is None else current) * scale
            current, last = None, scale
    shorthand = current is not None and last >= 100
    return total + section + (current or 0) * (last // 10 if shorthand else 1)


def _han_values(text: str) -> list[Decimal]:
    return [han_value(match.group()) for match in _HAN_NUMBER.finditer(_MORE.sub("", text))]


def _english_values(text: str) -> list[Decimal]:
    values = []
    for match in _ENGLISH_NUMBER.finditer(text):
        total = section = Decimal(0)  # section: below the last thousand, million ...
        half = False
        for token in _ENGLISH_TOKEN.findall(match.group()):
            word = token.lower()
            if token[0].isdigit():
                section += _decimal(token)
            elif word in ("a", "an"):
                section = section or Decimal(1)
            elif word == "half":
                half = True
            elif word in _WORDS:
                section += _WORDS[word]
            elif scale := _SCALES.get(word.removesuffix("s") if len(word) > 2 else word, 0):
                section = (section or Decimal(1)) * scale
                if half:
                    section, half = section / 2, False
                if scale > 100:
                    total, section = total + section, Decimal(0)
        values.append(total + section)
    return values
