"""Pairs from packages that anyone can download: gettext catalogues, CC-CEDICT, names of cities."""

import gettext
import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import regex

__all__ = ["READERS", "catalogue", "cities", "dictionary", "split_alike", "write_pairs"]

Pair = tuple[str, str]

_HAN = regex.compile(r"\p{Han}")
_STYLE = regex.compile(r"</?(?:color\w*|b|i|em)\b[^<>]*>")
_CODE = regex.compile(r"[<>{}%\\|$^]|&\w+;|https?:|~")  # slots, markup, accelerators
_EN_END = regex.compile(r"(?<=[.!?…][\"”’')\]]*)\s+(?=[\"“‘'(\[]*[\p{Lu}\p{N}])")
_ZH_END = regex.compile(r"(?<=[。！？…][”’）」』\"]*)(?![。！？…”’）」』\"]|$)")
_LINE = regex.compile(r"\n+")
_ENTRY = regex.compile(r"\S+ (\S+) \[[^\]]*\] /(.+)/")
_ASIDE = regex.compile(r"\([^()]*\)|（[^（）]*）")
# Glosses that describe the entry instead of translating it.
_ABOUT = regex.compile(
    r"(?i)variant|surname|abbr|\bsee\b|used |also |CL:|classifier|particle|radical|prefix|suffix|\bsth\b|\bsb\b|"
    r"[\[\]|:;,]|euphemism|literary|\bpr\.|place name|person|loanword"
)
_GLOSS_WORDS = 4
_ENTRY_CHARACTERS = range(2, 8)
_KANJI_COUNTRIES = frozenset(
    {"JP", "KR", "KP", "TW", "HK", "MO"}
)  # other readings, other spellings
_CITY = 100_000


def catalogue(path: Path) -> Iterator[Pair]:
    """Sentences of a compiled gettext catalogue (.mo) whose keys are English.

    Texts with slots or markup other than plain style are left out; of plurals the first form counts. A text of
    several sentences is split where both sides have equally many.
    """
    with path.open("rb") as file:
        # The table itself has no public name; reading it one message at a time needs the keys.
        table: dict[object, str] = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]
    for key, value in table.items():
        english = key[0] if isinstance(key, tuple) else key
        if isinstance(english, str) and english and value:
            yield from split_alike(english.rpartition("\x04")[2], value)


def split_alike(english: str, chinese: str) -> Iterator[Pair]:
    """The lines, then the sentences of a text and its translation, as long as both have equally many."""
    english, chinese = _STYLE.sub("", english), _STYLE.sub("", chinese)
    if _CODE.search(english) or _CODE.search(chinese):
        return
    for lines in _alike(_LINE.split(english), _LINE.split(chinese)):
        yield from _alike(_EN_END.split(lines[0]), _ZH_END.split(lines[1]))


def _alike(left: Iterable[str], right: Iterable[str]) -> Iterator[Pair]:
    ours, theirs = ([" ".join(p.split()) for p in side if p.strip()] for side in (left, right))
    if len(ours) == len(theirs):
        yield from zip(ours, theirs, strict=True)
    elif ours and theirs:
        yield " ".join(ours), "".join(theirs)


def dictionary(path: Path) -> Iterator[Pair]:
    """First translation of each entry of a CC-CEDICT file (https://cc-cedict.org): words of two to seven characters.

    Entries that are described instead of translated are left out.
    """
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            entry = _ENTRY.match(line)
            if entry is None or len(entry[1]) not in _ENTRY_CHARACTERS:
                continue
            first = " ".join(_ASIDE.sub("", entry[2].split("/")[0]).split())
            gloss = first.removeprefix("to ")
            plain = not (_ABOUT.search(gloss) or _HAN.search(gloss))
            if gloss and plain and len(gloss.split()) <= _GLOSS_WORDS:
                yield gloss, entry[1]


def cities(path: Path) -> Iterator[Pair]:
    """Names of cities of at least 100,000 people in GeoNames' form (JSON objects by id), simplified characters only.

    Cities whose names are written with Han characters of another language are left out.
    """
    for city in json.loads(path.read_text(encoding="utf-8")).values():
        if city["population"] < _CITY or city["countrycode"] in _KANJI_COUNTRIES:
            continue
        for name in city["alternatenames"]:
            if regex.fullmatch(r"[\p{Han}·]{2,12}", name) and _simplified(name):
                yield city["name"], name


def _simplified(text: str) -> bool:
    try:
        text.replace("·", "").encode("gb2312")  # has no traditional forms
    except UnicodeEncodeError:
        return False
    return True


READERS: dict[str, Callable[[Path], Iterator[Pair]]] = {
    "catalogue": catalogue,
    "dictionary": dictionary,
    "cities": cities,
}


def write_pairs(pairs: Iterable[Pair], output: Path) -> int:
    """Write distinct pairs with Chinese in them, English TAB Chinese; gives how many."""
    distinct = {pair: None for pair in pairs if _HAN.search(pair[1]) and pair[0] != pair[1]}
    rows = (f"{english}\t{chinese}\n" for english, chinese in distinct)
    output.write_text("".join(rows), encoding="utf-8")
    return len(distinct)
