"""What is wrong with a decoded segment: loops, wrong length, left untranslated, numbers lost. Pure and linear."""

import re
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache

import regex

from service.text import hanzi, script
from service.text.dates import find_dates, has_date
from service.text.quantities import find_quantities, values_of

__all__ = [
    "Problem", "find_problem", "longest_repeat", "lost_meaning", "lost_numbers", "lost_terms", "says_nothing",
    "says_something", "words_of",
]  # fmt: skip

MAX_UNIT = 24  # longest repeated unit looked for, in code points
_REPEAT = re.compile(rf"(.{{1,{MAX_UNIT}}}?)\1{{2,}}", re.DOTALL)
_DIGIT = re.compile(r"\d")
_NUMBER = regex.compile(r"\d++(?:[.,]\d++)*+")
_PERCENT = regex.compile(r"(\d{3,}+)\s?[%％]")
_PRICE = regex.compile(r"[¥￥$€£](?=\s?[0-9])")
_YUAN = ("¥", "￥", "yuan", "rmb", "cny", "yen", "元", "块", "圆")
_CURRENCIES = {
    "¥": _YUAN,
    "￥": _YUAN,
    "$": ("$", "＄", "dollar", "usd", "buck", "美元", "美金", "美刀"),
    "€": ("€", "euro", "eur", "欧"),
    "£": ("£", "pound", "gbp", "镑"),
}
# Before these a number is a quantity, whose value counts, or a measure: its digits need not survive.
_SCALED = regex.compile(r"\s?(?:[万亿千百]|k\b|K\b|m\b|M\b|thousand|million|billion|hundred)")

# What a model says byte by byte when it does not know the letters of its source: emoji, controls, broken characters.
_STRANGE = regex.compile(
    r"[[\p{Extended_Pictographic}\p{Cc}\p{Cn}\p{Co}\p{Cs}\uFFFD]--[\t\r\n©®™]]", regex.V1
)

# Minutes of a clock have words of their own.
_CLOCK = {
    "30": ("半", "half"),
    "15": ("一刻", "quarter"),
    "45": ("三刻", "quarter"),
    "00": ("点", "o'clock"),
}

_WORD = re.compile(r"[a-z0-9]+(?:'[a-z]+)?")
_HAN = regex.compile(r"\p{Han}")
_STEM = 5
_GRAMMAR_WORDS = """
a am an and are as at be been but by can can't could did do does don't for from going got had
has have he her him his how i i'm if in is it it's its just kind many me much my no not of off
on or our out over she should so some sort that the their them there they this to too up us very
want was we were what when where which who why will with would you your
"""
_GRAMMAR = frozenset(_GRAMMAR_WORDS.split())
_GRAMMAR_HAN = frozenset("的了是我你他她它这那吗呢吧啊在有不也都很就要会着过得地")


class Problem(StrEnum):
    """Why a hypothesis is not good enough, in the order of looking."""

    EMPTY = "empty"
    LOOP = "loop"
    INVENTED = "invented"
    TOO_LONG = "too_long"
    UNTRANSLATED = "untranslated"
    TOO_SHORT = "too_short"


@dataclass(frozen=True, slots=True)
class Repeat:
    """The longest stretch made of one unit said again and again: unit length and times, in code points."""

    unit: int = 0
    times: int = 1

    @property
    def length(self) -> int:
        return self.unit * self.times


def longest_repeat(text: str) -> Repeat:
    """The repeat of three times or more that covers most of ``text``; each start tries ``MAX_UNIT`` units at most."""
    best = Repeat()
    for match in _REPEAT.finditer(text):
        unit = len(match.group(1))
        found = Repeat(unit, (match.end() - match.start()) // unit)
        if found.length > best.length:
            best = found
    return best


def _loops(source: str, output: str) -> bool:
    """Whether the output repeats itself more than the source does; 哈哈哈哈 may become hahahaha."""
    found = longest_repeat(output)
    if found.times < 3 or found.length < 8:
        return False
    told = longest_repeat(source)
    allowed = 2 * told.times + 1 if told.times > 2 else 3
    return found.times > allowed or (found.times >= 3 and found.unit >= 8)


def words_of(text: str) -> float:
    """Length in words of English, about: a Han character weighs 0.6, four Latin letters 1, a digit 0.5."""
    shares = script.share(text)
    digits = sum(map(str.isdigit, text))
    return shares.han * 0.6 + shares.latin / 4.5 + shares.other / 3 + digits * 0.5


def _untranslated(source: str, output: str, target: str) -> bool:
    """Whether the output is still in the source language. Names and codes may stay as they are."""
    out = script.share(output)
    if target == "en":
        return out.han > 0 and out.han * 3 > out.latin
    if out.han:
        return False
    if script.share(source).han:  # a mixed text that lost the Chinese it had
        return True
    # No Chinese at all: fine for a name ("Taylor Swift") or an abbreviation, not for running lower-case words.
    words = regex.findall(r"\b[a-z]{2,}+", source)
    return len(words) >= 2


def find_problem(
    source: str, output: str, target: str, *, truncated: bool = False
) -> Problem | None:
    """The first problem of ``output`` as a translation of ``source`` into ``target`` (``en`` | ``zh``), or None."""
    if not output.strip():
        return Problem.EMPTY
    if _loops(source, output):
        return Problem.LOOP
    if not output.isascii() and any(map(_is_strange, set(output).difference(source))):
        return Problem.INVENTED
    told, said = words_of(source), words_of(output)
    if truncated or said > 3 * told + 8:
        return Problem.TOO_LONG
    if _untranslated(source, output, target):
        return Problem.UNTRANSLATED
    if told >= 8 and said < 0.25 * told:
        return Problem.TOO_SHORT
    return None


def says_nothing(source: str, output: str) -> bool:
    """Whether the output is marks only and the source is not; a placeholder says something."""
    return not any(map(str.isalnum, output)) and any(map(str.isalnum, source))


@lru_cache(maxsize=4096)
def _is_strange(character: str) -> bool:
    return _STRANGE.match(character) is not None


def lost_numbers(source: str, output: str) -> bool:
    """Whether a number of two or more digits in ``source`` is missing from ``output``.

    One-digit numbers may be spelt out in either language, and longer ones are looked for in words too. Before 万,
    亿 or million the value counts: 3万 is 30,000, and its digits change, and of a date its month and day do. A price
    without its currency is lost, too.
    """
    if _DIGIT.search(source) is None:
        return False
    dates = find_dates(source)
    if any(not has_date(output, date) for date in dates):
        return True
    quantities = find_quantities(source)
    if quantities:
        said = values_of(output)
        if any(value not in said for quantity in quantities for value in quantity.values):
            return True
    spans = [(q.start, q.end) for q in quantities] + [(date.start, date.end) for date in dates]
    counted = {at for start, end in spans for at in range(start, end)}
    wanted = {
        match.group().replace(",", "")
        for match in _NUMBER.finditer(source)
        if not _SCALED.match(source, match.end()) and match.start() not in counted
    }
    have = {match.group().replace(",", "") for match in _NUMBER.finditer(output)}
    lost = [number for number in wanted - have if len(number) > 1]
    shares = {match[1] for match in _PERCENT.finditer(source)}  # 100% is more than 百分之百
    if any(number in shares or not _in_words(number, output) for number in lost):
        return True
    return _lost_currency(source, output)


def _lost_currency(source: str, output: str) -> bool:
    """Whether a price in ``source`` has lost its currency."""
    signs = _PRICE.findall(source)
    if not signs:
        return False
    said = output.casefold()
    return any(not any(name in said for name in _CURRENCIES[sign]) for sign in signs)


def lost_terms(source: str, output: str, target: str) -> bool:
    """Whether words of ``source`` that were in the target language already are missing from ``output``.

    Case, blanks and hyphens do not count (wifi, Wi-Fi), nor does the script of Chinese.
    """
    terms = script.target_runs(source, target)
    if not terms:
        return False
    said = _letters(output)
    return any(_letters(source[start:end]) not in said for start, end in terms)


def says_something(text: str) -> bool:
    """Whether ``text``, English or Chinese, holds more than words of grammar."""
    return bool(_content(text))


def lost_meaning(meaning: str, output: str) -> bool:
    """Whether less than two thirds of what ``meaning`` says is in ``output``, both of one language.

    English words count by their first five letters, which most inflected forms share, Chinese by the character.
    """
    wanted = _content(meaning)
    said = output.casefold()
    return sum(word in said for word in wanted) * 3 < len(wanted) * 2


def _content(text: str) -> list[str]:
    """The words of a text that are not grammar: stems of English ones, characters of Chinese ones."""
    words = _WORD.findall(text.casefold())
    stems = [word[:_STEM] for word in words if word not in _GRAMMAR]
    return stems + [c for c in _HAN.findall(text) if c not in _GRAMMAR_HAN]


def _letters(text: str) -> str:
    """The letters and digits of a text, folded: what two spellings of one term have in common."""
    folded = text.casefold()
    if script.han_variant(folded) == "Hant":
        folded = hanzi.to_hans(folded)
    return "".join(filter(str.isalnum, folded))


def _in_words(number: str, output: str) -> bool:
    """Whether a number is there in words, Chinese or English, or with 万 or thousand, or as those of a clock."""
    if not number.isdecimal() or (len(number) > 2 and number.startswith("0")):  # 07, but not 0755
        return False
    said = output.casefold()
    return Decimal(number) in values_of(said) or any(
        word in said for word in _CLOCK.get(number, ())
    )
