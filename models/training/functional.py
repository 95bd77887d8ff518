"""Functional checks of a translation model: what must survive, and what must not happen."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import regex

from models.training import functional_texts as texts
from models.training.spans import EMOJI

__all__ = ["Answer", "Check", "emoji_kept", "loops", "numbers_kept", "run_checks"]

# Translates texts of a source language, ``en`` or ``zh``, into the other one: an engine, or a whole service.
Answer = Callable[[Sequence[str], str], list[str]]

_PLACEHOLDER = regex.compile(r"⟦\d⟧")
_NUMBER = regex.compile(r"\d+(?:[.,]\d+)*")
# How a lone digit may be written out; Chinese has two words for two.
_SPELT = (
    ("zero", "零"),
    ("one", "first", "once", "一"),
    ("two", "second", "twice", "二", "两"),
    ("three", "third", "三"),
    ("four", "fourth", "四"),
    ("five", "fifth", "五"),
    ("six", "sixth", "六"),
    ("seven", "seventh", "七"),
    ("eight", "eighth", "八"),
    ("nine", "ninth", "九"),
)
_SHOWN_FAILURES = 5


@dataclass(frozen=True, slots=True)
class Check:
    """One kind of check; ``failures`` shows a few as ``source => answer``."""

    name: str
    passed: int
    total: int
    failures: tuple[str, ...]


def loops(text: str, source: str) -> bool:
    """A unit of 1-12 characters four times in a row, unless the source repeats as well; or far too long."""
    if len(text) > 6 * len(source) + 40:
        return True
    for size in range(1, 13):
        run = 1
        for at in range(size, len(text) - size + 1, size):
            unit = text[at : at + size]
            run = run + 1 if unit == text[at - size : at] and unit.strip() else 1
            if run >= 4 and not _repeats(source):
                return True
    return False


def _repeats(source: str) -> bool:
    characters = [c for c in source.casefold() if c.isalnum()]
    return len(characters) >= 3 and len(set(characters)) <= len(characters) // 2


def numbers_kept(source: str, text: str) -> bool:
    """Every number of the source is in the answer and no other; one digit may be written out as a word."""
    wanted, found = _numbers(source), _numbers(text)
    words = Counter(regex.findall(r"[a-z]+|\p{Han}", text.casefold()))
    for number, times in (wanted - found).items():
        if len(number) > 1 or sum(words[word] for word in _SPELT[int(number)]) < times:
            return False
    return not found - wanted


def _numbers(text: str) -> Counter[str]:
    return Counter(number.replace(",", "") for number in _NUMBER.findall(text))


def emoji_kept(source: str, text: str) -> bool:
    """The same emoji as often: whole flags, families and skin tones, in any order."""
    return Counter(EMOJI.findall(source)) == Counter(EMOJI.findall(text))


def run_checks(answer: Answer, sources: Sequence[str] = ("en", "zh")) -> Iterator[Check]:
    """All checks of texts in the ``sources``; ``answer`` translates texts of a source language into the other one."""

    def check(
        name: str, rows: Mapping[str, tuple[str, ...]], right: Callable[[str, str], bool]
    ) -> Check:
        return _check(name, answer, {lang: rows[lang] for lang in sources}, right)

    yield check("placeholders kept", texts.PLACEHOLDERS, _placeholders_kept)
    yield check("numbers kept", texts.NUMBERS, numbers_kept)
    yield check("emoji kept", texts.EMOJI, emoji_kept)
    rows = {lang: dict(_split(row) for row in lines) for lang, lines in texts.SWITCHED.items()}
    terms = {**rows["en"], **rows["zh"]}

    def copied(source: str, text: str) -> bool:
        return terms[source].casefold() in text.casefold()

    switched = {lang: tuple(row) for lang, row in rows.items()}
    yield check("inline target-language terms copied", switched, copied)
    yield check("no loop on short input", texts.SHORT, _sane)


def _split(row: str) -> tuple[str, str]:
    text, _, term = row.partition("|")
    return text, term


def _placeholders_kept(source: str, text: str) -> bool:
    return sorted(_PLACEHOLDER.findall(source)) == sorted(_PLACEHOLDER.findall(text))


def _sane(source: str, text: str) -> bool:
    return bool(text) and not loops(text, source)


def _check(
    name: str,
    answer: Answer,
    sources: Mapping[str, tuple[str, ...]],
    right: Callable[[str, str], bool],
) -> Check:
    passed, total = 0, 0
    failures: list[str] = []
    for lang, rows in sources.items():
        for source, text in zip(rows, answer(rows, lang), strict=True):
            total += 1
            if right(source, text):
                passed += 1
            else:
                failures.append(f"{source} => {text}")
    return Check(name, passed, total, tuple(failures[:_SHOWN_FAILURES]))
