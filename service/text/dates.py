"""Dates with a month (2024年5月1日, May 1st, in August): found, looked for in a translation, written in its language.

The month changes from a number to a name and back, which a small model gets wrong without any digit being lost.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import regex

from service.text.quantities import values_of

__all__ = ["Date", "find_dates", "has_date", "write_date"]

_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_NUMBERS = {name[:3].lower(): number for number, name in enumerate(_MONTHS, 1)}
_NAME = "|".join([*(f"{m[:3]}(?:{m[3:]}|\\.)?" if m[3:] else m for m in _MONTHS), r"Sept\.?"])
_CHINESE = regex.compile(
    r"(?<![\d.])(?:(?P<year>\d{4}|\d{2})年)?(?P<month>1[0-2]|0?[1-9])月(?:份|(?P<day>3[01]|[12]\d|0?[1-9])[日号號])?"
)
_DAY = r"(?P<day>3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)?+"
_YEAR = r"(?:,?\s(?P<year>(?:19|20)\d\d))?+"
_ENGLISH = (
    regex.compile(rf"(?<!\p{{Latin}})(?P<month>{_NAME})\s{_DAY}(?![\d:%.,]\d|[\d\p{{Latin}}%]){_YEAR}(?!\d)"),
    regex.compile(rf"(?<![\d.:])(?:the\s)?{_DAY}\s(?:of\s)?(?P<month>{_NAME})(?!\p{{Latin}}){_YEAR}(?!\d)"),
    regex.compile(rf"(?<=\b(?i:in|last|next|this|since|until|mid|late|early)[\s-])(?P<month>{'|'.join(_MONTHS)})(?!\p{{Latin}}|\s\d{{1,2}}(?!\d)){_YEAR}(?P<day>(?!))?"),
)  # fmt: skip
_LATIN = regex.compile(r"\p{Latin}")
_NAMED = regex.compile(rf"(?<!\p{{Latin}})(?:{_NAME})(?!\p{{Latin}})")
_ORDINAL = regex.compile(r"(?<!\d)0?(\d{1,2})(?:st|nd|rd|th)\b|\p{Latin}++")
_DAYS = (
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh",
    "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth", "eighteenth", "nineteenth",
    "twentieth",
)  # fmt: skip
_ORDINALS = {word: n for n, word in enumerate(_DAYS, 1)}
_MONTH_SAID = regex.compile(r"([\d〇一二三四五六七八九十]++)月")


@dataclass(frozen=True, slots=True)
class Date:
    """Where it stands, and its parts; ``year`` and ``day`` 0 where they are not said."""

    start: int
    end: int
    year: int
    month: int
    day: int


def find_dates(text: str) -> list[Date]:
    """Dates that name a month, of either language, in order and not overlapping. Linear."""
    found: list[Date] = []
    for date in sorted(_dates(text), key=lambda date: date.start):
        if not found or date.start >= found[-1].end:
            found.append(date)
    return found


def _dates(text: str) -> Iterator[Date]:
    if "月" in text:
        for match in _CHINESE.finditer(text):
            yield _date(match, int(match["month"]))
    if not text.isascii() and not _LATIN.search(text):
        return
    for pattern in _ENGLISH:
        for match in pattern.finditer(text):
            yield _date(match, _NUMBERS[match["month"][:3].lower()])


def _date(match: "regex.Match[str]", month: int) -> Date:
    return Date(*match.span(), int(match["year"] or 0), month, int(match["day"] or 0))


def has_date(text: str, date: Date) -> bool:
    """Whether ``text`` says ``date``: its month by name or number, its day, and a year of four digits."""
    months = {_NUMBERS[name[:3].lower()] for name in _NAMED.findall(text)}
    months |= {int(value) for said in _MONTH_SAID.findall(text) for value in values_of(said)}
    values = values_of(text)
    if date.month not in months and (months or date.month not in values):  # 5/1/2024 has no name
        return False
    if date.year > 99 and date.year not in values:
        return False
    return not date.day or date.day in values or date.day in _ordinals(text)


def _ordinals(text: str) -> set[int]:
    """Days as 1st or first; after twentieth they have a blank or a hyphen and a digit's name."""
    return {
        int(match[1]) if match[1] else _ORDINALS.get(match[0].lower(), 0)
        for match in _ORDINAL.finditer(text)
    }


def write_date(date: Date, target: str) -> str:
    """The date in ``target`` (``en`` | ``zh``)."""
    if target == "zh":
        year = f"{date.year}年" if date.year else ""
        return f"{year}{date.month}月" + (f"{date.day}日" if date.day else "")
    day = f" {date.day}" if date.day else ""
    year = ""
    if date.year:
        full = (
            date.year
            if date.year > 99
            else 2000 + date.year
            if date.year < 50
            else 1900 + date.year
        )
        year = f", {full}" if day else f" {full}"
    return f"{_MONTHS[date.month - 1]}{day}{year}"
