"""Whether text in Latin letters is in a language other than English, told by its function words. Cautious, linear."""

import csv
from collections.abc import Sequence, Set
from functools import cache
from importlib.resources import files
from typing import NamedTuple

import regex

__all__ = ["is_other_language"]

_WORD = regex.compile(r"[\p{Latin}][\p{Latin}\p{M}]*+(?:'[\p{Latin}][\p{Latin}\p{M}]*+)?+")
_LONGEST = 2000  # code points that are looked at: a language shows within them


class _Words(NamedTuple):
    """Function words of a language, by how often English texts hold them."""

    sure: frozenset[str]  # hardly ever: under 3 in a million words
    shared: frozenset[str]  # now and then: under 60
    both: frozenset[str]  # often; they say nothing


def is_other_language(text: str) -> bool:
    """Whether ``text`` is in another language in Latin letters; False for English, for pinyin, and in doubt.

    It takes two function words that English never has, or one and two that it shares, of one language; four times as
    many as of English ones; and a quarter of all words. So a name, a borrowed word or phrase (déjà vu) stays English.
    Only the beginning of a long text is looked at.
    """
    words = _WORD.findall(text[:_LONGEST].lower().replace("’", "'"))
    distinct = set(words)
    if distinct.isdisjoint(_sure()):
        return False
    return any(_fits(words, distinct, known) for known in _languages())


def _fits(words: Sequence[str], distinct: Set[str], known: _Words) -> bool:
    sure, shared = distinct & known.sure, distinct & known.shared
    if not sure or len(sure) * 2 + len(shared) < 4:
        return False
    hits = sum(word in sure or word in shared for word in words)
    english = _english() - known.shared - known.both
    return hits >= 4 * sum(word in english for word in words) and hits * 4 >= len(words)


@cache
def _table() -> dict[str, _Words]:
    """Written for this project; the columns are by how often 15 million words of English texts hold each word."""
    content = (files("service.text") / "data" / "latin_languages.tsv").read_text(encoding="utf-8")
    rows = csv.DictReader(content.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE)
    return {
        row["language"]: _Words(*(frozenset(row[name].split()) for name in _Words._fields))
        for row in rows
    }


@cache
def _languages() -> tuple[_Words, ...]:
    return tuple(words for language, words in _table().items() if language != "en")


def _english() -> frozenset[str]:
    return _table()["en"].both


@cache
def _sure() -> frozenset[str]:
    """Words that at least one language has and English has not: most English texts hold none."""
    return frozenset().union(*(known.sure for known in _languages()))
