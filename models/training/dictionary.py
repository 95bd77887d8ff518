"""Rarer words and what they are in the other language: CC-CEDICT, chosen and put in order by parallel text.

A small model has seen each of them too seldom to have learnt it. The table is read by ``service/lexicon/names.py``.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path

import regex
from ahocorasick_rs import AhoCorasick, MatchKind

from models.training import corpus
from models.training.progress import track

__all__ = [
    "RARE",
    "UNSEEN",
    "Counts",
    "build",
    "read_cedict",
    "read_known",
    "rows",
    "write",
]

UNSEEN = 3  # in at most so many pairs: the first translation of the dictionary is taken as it is
RARE = 100  # in at most so many pairs, and:
AGREED = 0.2  # the translation stands on the other side of more than this share of them
SENSES = 5
CANDIDATES = 2  # an unseen English word may be a translation of at most so many Chinese ones
COMMON = 10  # in at least so many pairs: a word without a row is read past
SHORTEST = 4  # letters of an English word
LINES = 400_000  # of one source
COUNTED = 400  # pairs of a word that its translations are looked for in
_NO_PROSE_SOURCES = """
nc-minecraft-mods open-bitod-dict open-cedict open-cities open-evolve open-hsk-vocab open-iso
open-petci-idioms open-python-docs open-tldr unclear-idiomkb unclear-kajweb-words
"""
_NO_PROSE = frozenset(_NO_PROSE_SOURCES.split())

_ENTRY = regex.compile(r"\S+ (\p{Han}{2,8}) \[[^\]]*\] /(.+)/")
_ASIDE = regex.compile(r"\([^()]*\)")
# Senses that describe the entry instead of translating it.
_ABOUT = regex.compile(
    r"(?i)\s*(?:CL:|variant of|old variant|see |also |abbr\.|used in|surname|erhua|Taiwan pr|lit\.|fig\.)"
)
_BEFORE = regex.compile(r"^(?:to be|to|an?|the|sth|sb) ")
_AFTER = regex.compile(r" (?:sb|sth|one's)$")
_PLAIN = regex.compile(r"[A-Za-z][A-Za-z '\-]*")
_SLOT = regex.compile(r"\b(?:sb|sth|etc|one's|or)\b")
_WORD = regex.compile(r"[a-z][a-z'\-]*")
_STEM = 5  # letters that most forms of an English word share
_GRAMMAR_WORDS = """
a an and are as at be been by can did do does for from had has have he her him his i in is it its
may me my no not of off on one or our out she so that the their them there they this to up us was we
were will with you your
"""
_GRAMMAR = frozenset(_GRAMMAR_WORDS.split())

Senses = dict[str, list[str]]
Row = tuple[str, str, str]
Known = Mapping[str, Collection[str]]


def read_cedict(path: Path) -> Senses:
    """The short translations (one to three words) of each word of two to eight characters, in the dictionary's order.

    Words that are only described have none. Source: a CC-CEDICT file (https://cc-cedict.org), simplified characters.
    """
    senses: Senses = defaultdict(list)
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            entry = _ENTRY.match(line)
            if entry is None:
                continue
            known = senses[entry[1]]
            known += [sense for sense in _short(entry[2]) if sense not in known]
    return dict(senses)


def read_known(tables: Iterable[Path]) -> Known:
    """By language, what tables with the columns Chinese, English and ``from`` (zh, en, both) look for."""
    known: dict[str, set[str]] = {"zh": set(), "en": set()}
    for path in tables:
        for line in path.read_text(encoding="utf-8").splitlines()[1:]:
            if line and line[0] != "#":
                zh, en, way = line.split("\t")
                known["zh"].update([zh] if way != "en" else [])
                known["en"].update([en] if way != "zh" else [])
    return known


def _short(definition: str) -> Iterator[str]:
    """Distinct translations of an entry that can stand in a sentence."""
    found: dict[str, None] = {}
    for part in definition.split("/"):
        bare = _ASIDE.sub("", part)
        if _ABOUT.match(bare):
            continue
        for piece in regex.split("[;,]", bare):
            sense = _AFTER.sub("", _BEFORE.sub("", " ".join(piece.split())))
            short = _PLAIN.fullmatch(sense) and len(sense.split()) <= 3
            if short and not _SLOT.search(sense) and _stems(sense):
                found[sense] = None
    yield from found


def _stems(english: str) -> list[str]:
    return [w[:_STEM] for w in _WORD.findall(english.casefold()) if w not in _GRAMMAR]


class Counts:
    """In how many pairs each word stands, and in how many of them each of its translations."""

    def __init__(self, senses: Senses) -> None:
        self.senses = senses
        self.reverse = _reversed(senses)
        self.zh: Counter[str] = Counter()
        self.en: Counter[str] = Counter()
        self.agreed_zh: dict[str, Counter[str]] = defaultdict(Counter)
        self.agreed_en: dict[str, Counter[str]] = defaultdict(Counter)
        self._stems = {zh: [(s, _stems(s)) for s in found] for zh, found in senses.items()}
        self._words = _automaton(senses)

    def add(self, english: str, chinese: str) -> None:
        """Count one pair. Chinese is cut into the longest words of the dictionary from the left."""
        said = english.casefold()
        for word in set(self._words.find_matches_as_strings(chinese)):
            self.zh[word] += 1
            if self.zh[word] <= COUNTED:
                self.agreed_zh[word].update(
                    sense
                    for sense, stems in self._stems[word]
                    if 3 * sum(stem in said for stem in stems) >= 2 * len(stems)
                )
        for word in self._english(said):
            self.en[word] += 1
            if self.en[word] <= COUNTED:
                self.agreed_en[word].update(zh for zh, _ in self.reverse[word] if zh in chinese)

    def _english(self, said: str) -> set[str]:
        """The longest keys, of up to three words, at each word of a text; a plural in -s is its singular."""
        words = _WORD.findall(said)
        found = set()
        for at in range(len(words)):
            for size in (3, 2, 1):
                key = " ".join(words[at : at + size])
                if key not in self.reverse and key.endswith("s"):
                    key = key[:-1]
                if key in self.reverse:
                    found.add(key)
                    break
        return found


def _reversed(senses: Senses) -> dict[str, list[tuple[str, int]]]:
    """The Chinese words of each English one, and which of their translations it is. No names."""
    found: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for zh, translations in senses.items():
        for rank, sense in enumerate(translations):
            if sense == sense.lower():
                found[sense].append((zh, rank))
    return dict(found)


def _automaton(words: Iterable[str]) -> AhoCorasick:
    return AhoCorasick(list(words), matchkind=MatchKind.LeftmostLongest)


def rows(counts: Counts, known: Known) -> list[Row]:
    """Chinese, English and the language that the word is looked for in; translations in order, with bars between.

    Common Chinese words that have no row of their own are to be read ``past``.
    """
    found: list[Row] = []
    for zh, senses in counts.senses.items():
        n, agreed = counts.zh[zh], counts.agreed_zh[zh]
        ordered = sorted(senses, key=lambda sense: -agreed[sense])[:SENSES]
        whole = n > 0 or len(zh) > 2  # two characters that are never a word are mostly parts of two
        if zh in known["zh"]:
            continue
        if ordered and whole and _usable(n, agreed[ordered[0]]):
            found.append((zh, "|".join(ordered), "zh"))
        elif n >= COMMON and not any(word in known["zh"] for word in _inside(zh)):
            found.append((zh, "-", "past"))
    for en, candidates in counts.reverse.items():
        n, agreed = counts.en[en], counts.agreed_en[en]
        best = sorted(candidates, key=lambda c: (-agreed[c[0]], c[1], -counts.zh[c[0]]))[:SENSES]
        first, rank = best[0]
        if agreed[first]:
            sure = agreed[first] > 1 or " " not in en
        else:
            sure = rank == 0 and len(candidates) <= CANDIDATES and " " not in en
        if en not in known["en"] and len(en) >= SHORTEST and sure and _usable(n, agreed[first]):
            found.append(("|".join(zh for zh, _ in best), en, "en"))
    return sorted(found)


def _usable(seen: int, agreed: int) -> bool:
    return seen <= UNSEEN or (seen <= RARE and agreed > AGREED * seen)


def _inside(word: str) -> Iterator[str]:
    """The shorter words of two characters or more that stand in a word."""
    for start in range(len(word) - 1):
        for end in range(start + 2, len(word) + 1):
            if end - start < len(word):
                yield word[start:end]


def build(cedict: Path, folder: Path, known: Known, *, tiers: Collection[str]) -> list[Row]:
    """The whole table: from a CC-CEDICT file and a folder of ``<tier>-<source>.tsv[.xz]``, English TAB Chinese."""
    counts = Counts(read_cedict(cedict))
    files = [
        path for path in corpus.files(folder, tiers) if path.name.split(".tsv")[0] not in _NO_PROSE
    ]
    for path in track(files, "count"):
        for english, chinese in islice(corpus.read_pairs(path), LINES):
            counts.add(english, chinese)
    return rows(counts, known)


def write(table: Iterable[Row], path: Path) -> None:
    """The table with its heading, tab-separated."""
    head = (
        "zh\ten\tfrom\n"
        "# Rarer words, of which a small model knows few, and what they are in the other language "
        "(service/lexicon/names.py).\n"
        "# From CC-CEDICT (CC BY-SA 4.0, https://cc-cedict.org); this file is therefore CC BY-SA 4.0. "
        f"Words in at most {UNSEEN} pairs of\n"
        f"# parallel text, or in at most {RARE} where a translation is on the other side of more than {AGREED:.0%} "
        "of them. Of several\n"
        "# translations the first is said; each counts as said. Written by `python -m models.training dictionary`.\n"
        "# from: in which language a word is looked for (zh, en), or past: a common word, read past, so that no part "
        "of it is found.\n"
    )
    part = path.with_name(path.name + ".part")
    part.write_text(head + "".join("\t".join(row) + "\n" for row in table), encoding="utf-8")
    part.replace(path)
