"""Written Cantonese put into Mandarin words, for models that were trained on Mandarin. Phrase by phrase, linear."""

import csv
from functools import cache
from importlib.resources import files

import regex
from ahocorasick_rs import AhoCorasick, MatchKind

from service.text import hanzi

__all__ = ["is_cantonese", "to_mandarin"]

# What Mandarin does not write; 唔 alone is a sigh there.
_MARK = regex.compile(
    r"[嘅咗喺佢啲嚟噉嗰𠮶哋嘢㗎冇咁瞓攰諗谂攞搵揾睇冧]|唔(?=\p{Han})|乜(?=[嘢野都]|$)"
    r"|[點点]解(?![锁鎖除说說释釋析决決密读讀题題散开開])|而家(?=[，。！？\s]|$|[我你佢])|邊[度個]|边度(?![假过量])"
)
_SURROGATE = regex.compile(r"\p{Cs}")


def is_cantonese(text: str) -> bool:
    """Whether ``text`` holds words that only written Cantonese has, in either script."""
    return not text.isascii() and _MARK.search(text) is not None


def to_mandarin(text: str) -> str:
    """``text`` in Simplified characters, with Cantonese words as Mandarin says them where the table knows them.

    For a model to read, not to show: particles lose their shade of meaning, and word order stays Cantonese.
    """
    text = _SURROGATE.sub("\ufffd", text)
    table, words = _phrases()
    out: list[str] = []
    at = 0
    for number, start, end in table.find_matches_as_indexes(text):
        out += (text[at:start], words[number])
        at = end
    out.append(text[at:])
    return hanzi.to_hans("".join(out))


@cache
def _phrases() -> tuple[AhoCorasick, tuple[str, ...]]:
    """Cantonese phrases in both scripts, and what each of them becomes; of several the longest counts."""
    content = (files("service.text") / "data" / "cantonese.tsv").read_text(encoding="utf-8")
    rows = csv.DictReader(content.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE)
    table: dict[str, str] = {}
    for row in rows:
        table[row["cantonese"]] = row["mandarin"]
        table.setdefault(hanzi.to_hans(row["cantonese"]), row["mandarin"])
    return AhoCorasick(table, matchkind=MatchKind.LeftmostLongest), tuple(table.values())
