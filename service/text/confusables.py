"""What a character may stand for without changing the word: widths, fancy letters, marks, look-alikes, Traditional."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from service.text.hanzi import to_hans
from service.text.offsets import Step

__all__ = [
    "CLEANINGS", "HAN", "SMALL_CAPITALS", "Undo", "ViewName", "casefold", "fold", "is_odd", "read_table",
]  # fmt: skip


class ViewName(StrEnum):
    """One way of hiding a word. Each can be switched off, and is named in the evidence where it was undone."""

    WIDTH = "width"  # full-width, half-width and other compatibility characters
    CIRCLED = (
        "circled"  # circled, squared, mathematical and small-capital letters, flags as letters
    )
    INVISIBLE = "invisible"  # zero-width and bidi characters, soft hyphens, control characters
    MARKS = "marks"  # accents, strokes and stacked combining marks
    HOMOGLYPH = "homoglyph"  # look-alikes: Cyrillic and Greek letters, variant Han characters
    SIMPLIFIED = "simplified"  # Traditional to Simplified characters
    SPLIT = "split"  # 弓虽 for 强
    EMOJI = "emoji"  # an emoji for a Han character
    LEET = "leet"  # digits and signs for letters
    SEPARATORS = "separators"  # signs between letters, or between Han characters
    REPEATS = "repeats"  # letters written several times
    MASK = "mask"  # sh*t: a kind of ``Form``, no view
    PINYIN = "pinyin"  # Han characters spelled in Latin letters or sounded by digits
    INITIALS = "initials"  # first letters of the pinyin: a kind of ``Form``, no view
    HOMOPHONE = "homophone"  # another Han character of the same sound


# Inside a character class: Han characters that are not a compatibility copy of another one.
HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0002ebff\U00030000-\U000323af"

# Compatibility characters are looked for in these blocks; the rest is letters of scripts that are not ours.
_BLOCKS = (
    (0xA0, 0x600), (0x1D00, 0x2000), (0x2000, 0x3400), (0xA640, 0xA800), (0xAB30, 0xAB70),
    (0xF900, 0xFB50), (0xFE10, 0xFE70), (0xFF01, 0xFFF0), (0x1D400, 0x1D800), (0x1F100, 0x1F270),
    (0x2F800, 0x2FA20),
)  # fmt: skip
# Ordinary punctuation of Chinese posts, and signs that are no letters to a reader (™ is not "tm").
_KEPT = frozenset("，！？：；（）［］｛｝～…‥＂＇｀™℠℀℁℅℆℡№")
_HANGUL = re.compile("[\u1100-\u11ff\u3131-\u318e\u3200-\u321e\u3260-\u327e\uffa1-\uffdc]")
_MARK_CLASS = "\u0300-\u034e\u0350-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20e2\u20e4-\u20ff\ufe20-\ufe2f"
_MARKS = re.compile(f"[{_MARK_CLASS}]+")
_FANCY_TAGS = frozenset({"<font>", "<circle>", "<square>", "<super>", "<sub>"})
_FANCY_RANGES = (
    (0x1F150, "abcdefghijklmnopqrstuvwxyz"), (0x1F170, "abcdefghijklmnopqrstuvwxyz"),
    (0x1F1E6, "abcdefghijklmnopqrstuvwxyz"), (0x2776, "123456789"), (0x2780, "123456789"),
    (0x278A, "123456789"), (0x24F5, "123456789"),
)  # fmt: skip
SMALL_CAPITALS = dict(
    zip("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘꞯʀꜱᴛᴜᴠᴡʏᴢᴆᴌᴎꟺ", "abcdefghijklmnopqrstuvwyzdlnm", strict=True)
)

# Signs that no reader sees: controls, soft hyphen, fillers, zero-width, bidi, byte order mark, tags, empty braille.
_UNSEEN = (
    "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200c\u200e\u200f"
    "\u202a-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0d\ufeff\uffa0\ufff9-\ufffb\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
# Characters that a variation selector or a joiner may belong to (those that become letters here are not among them).
_PICTURE = (
    "[©®‼⁉ℹ\u2190-\u21ff\u2300-\u245f\u2500-\u2775\u2794-\u27bf\u2900-\u297f\u2b00-\u2bff〰〽"
    "\U0001f000-\U0001f0ff\U0001f18e\U0001f191-\U0001f19a\U0001f300-\U0001faff]"
)
# One class first, so that the search can skip ahead; then whether this one is there for an emoji.
_INVISIBLE = re.compile(
    rf"[{_UNSEEN}\ufe0e\ufe0f\u200d](?:(?<=[{_UNSEEN}])"
    rf"|(?<=[\ufe0e\ufe0f])(?<!{_PICTURE}.)(?:(?<![#*0-9].)|(?!\u20e3))"
    rf"|(?<=\u200d)(?:(?<!{_PICTURE}.)(?<!{_PICTURE}[\ufe0e\ufe0f].)|(?!{_PICTURE})))",
    re.DOTALL,
)
_UNSEEN_ASCII = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")

# Letters of the scripts that the look-alikes come from.
_FOREIGN_RANGES = (
    (0x370, 0x400), (0x400, 0x530), (0x531, 0x588), (0x13A0, 0x13FE), (0x1C80, 0x1C89), (0x1F00, 0x2000),
    (0xA4D0, 0xA500), (0xAB70, 0xABC0),
)  # fmt: skip
_FOREIGN_CODE_POINTS = tuple(
    code_point for bounds in _FOREIGN_RANGES for code_point in range(*bounds)
)
_FOREIGN = "".join(f"{chr(start)}-{chr(end - 1)}" for start, end in _FOREIGN_RANGES)
_FOREIGN_LETTER = re.compile(f"[{_FOREIGN}]")
_WORD_WITH_FOREIGN = re.compile(f"[A-Za-zßẞ{_FOREIGN}]+")
_LATIN = re.compile("[A-Za-zßẞ]")


# One way of undoing a disguise; None where the text has nothing of the kind.
Undo = Callable[[str], Step | None]


class _Tables(NamedTuple):
    """Characters and what each stands for, by the view that says so, and the search that finds one of them."""

    characters: dict[ViewName, dict[int, str]]
    searches: dict[ViewName, re.Pattern[str]]
    lookalikes: dict[int, str]  # letters of other scripts
    twins: frozenset[str]  # of them, those that look the same as the Latin letter
    odd: re.Pattern[str]  # anything that a cleaning may change


def read_table(name: str) -> Iterator[tuple[str, ...]]:
    """Rows of a tab-separated file under ``service/text/data``; lines that begin with # are comments."""
    content = files("service.text").joinpath("data", name).read_text("utf-8")
    for line in content.splitlines():
        if line and not line.startswith("#"):
            yield tuple(line.split("\t"))


def _plain(text: str) -> str:
    """Compatibility form without marks, casefolded, until nothing changes."""
    while True:
        decomposed = _MARKS.sub("", unicodedata.normalize("NFKD", text))
        plain = unicodedata.normalize("NFC", decomposed).casefold()
        if plain == text:
            return text
        text = plain


def _compatible(char: str) -> tuple[ViewName, str] | None:
    """What one character stands for by its Unicode decomposition, and under which name."""
    decomposition = unicodedata.decomposition(char)
    if not decomposition or char in _KEPT or _HANGUL.match(char):
        return None
    plain = _plain(char)
    if len(plain) == 3 and plain[0] == "(":  # ⒜
        return ViewName.CIRCLED, plain[1]
    if not plain.strip() and not unicodedata.category(char).startswith("Z"):
        return None  # a mark that stands alone, as ´
    if plain == char or len(plain) > 6:
        return None
    tag = decomposition.partition(" ")[0]
    if not tag.startswith("<"):
        han = 0xF900 <= ord(char) < 0xFB00 or ord(char) >= 0x2F800
        return (ViewName.WIDTH if han or not plain.isalpha() else ViewName.MARKS), plain
    return (ViewName.CIRCLED if tag in _FANCY_TAGS and plain.isalnum() else ViewName.WIDTH), plain


def _class_of(code_points: Iterable[int]) -> str:
    """The inside of a character class that finds all of them.

    Ranges over U+FFFF are tried one by one for every character, so there they are few and wide; that a search then
    finds a neighbour too costs a translation that changes nothing.
    """
    parts: list[str] = []
    start = end = -2
    for code_point in [*sorted(code_points), 0x200000]:
        if code_point > end + (1 if code_point <= 0xFFFF else 0x200):
            if start >= 0:
                parts.append(f"\\U{start:08x}-\\U{end:08x}")
            start = code_point
        end = code_point
    return "".join(parts)


def _traditional() -> dict[int, str]:
    """Every Han character whose Simplified form is another one."""
    chars = [chr(code_point) for code_point in (*range(0x3400, 0x4DC0), *range(0x4E00, 0xA000))]
    simplified = to_hans("\n".join(chars))  # one a line: no phrase applies
    while (again := to_hans(simplified)) != simplified:
        simplified = again
    pairs = zip(chars, simplified.split("\n"), strict=True)
    return {ord(old): new for old, new in pairs if old != new}


def _close(tables: dict[ViewName, dict[int, str]]) -> None:
    """Make one pass enough: capitals like their small letters, and no value that another table would change."""
    for table in tables.values():
        for code_point, plain in list(table.items()):
            capital = chr(code_point).upper()
            if len(capital) == 1 and not capital.isascii():  # ſ and ı have ordinary capitals
                table.setdefault(ord(capital), plain)
    merged = {key: plain for table in tables.values() for key, plain in table.items()}
    for table in tables.values():
        for code_point, plain in table.items():
            while (closed := plain.translate(merged)) != plain:
                plain = closed
            table[code_point] = plain


def _lookalikes(rows: Iterable[tuple[str, ...]]) -> tuple[dict[int, str], frozenset[str]]:
    """Letters of other scripts with the Latin letter, and the twins among them; both hold for either case."""
    letters = {ord(char): plain for char, plain, reason in rows if reason in ("same", "near")}
    twins = {char for char, _, reason in rows if reason == "same"}
    for code_point in _FOREIGN_CODE_POINTS:
        folded = chr(code_point).casefold()
        if len(folded) == 1 and ord(folded) in letters:
            letters.setdefault(code_point, letters[ord(folded)])
            twins |= {chr(code_point)} if folded in twins else set()
    return letters, frozenset(twins)


@cache
def _tables() -> _Tables:
    fancy: dict[ViewName, dict[int, str]] = {
        ViewName.CIRCLED: {ord(char): letter for char, letter in SMALL_CAPITALS.items()},
        ViewName.WIDTH: {},
        ViewName.MARKS: {},
    }
    for start, letters in _FANCY_RANGES:
        fancy[ViewName.CIRCLED] |= {start + index: letter for index, letter in enumerate(letters)}
    for start, end in _BLOCKS:
        for code_point in range(start, end):
            if found := _compatible(chr(code_point)):
                fancy[found[0]].setdefault(code_point, found[1])
    rows = list(read_table("lookalikes.tsv"))
    fancy[ViewName.MARKS] |= {
        ord(char): plain for char, plain, reason in rows if reason == "stroke"
    }
    _close(fancy)
    variants = {ord(char): plain for char, plain, reason in rows if reason == "variant"}
    tables = fancy | {ViewName.SIMPLIFIED: _traditional(), ViewName.HOMOGLYPH: variants}
    searches = {name: re.compile(f"[{_class_of(table)}]") for name, table in tables.items()}
    keys = [code_point for table in tables.values() for code_point in table]
    odd = re.compile(f"[{_class_of(keys)}{_MARK_CLASS}{_UNSEEN}\ufe0e\ufe0f\u200d{_FOREIGN}]")
    return _Tables(tables, searches, *_lookalikes(rows), odd)


def is_odd(text: str) -> bool:
    """Whether any cleaning may change the text. False for most posts, and quick."""
    if text.isascii():
        return _UNSEEN_ASCII.search(text) is not None
    return _tables().odd.search(text) is not None


def casefold(text: str) -> Step | None:
    """Casefolding as a step without a name, because it is no disguise. None where nothing changes."""
    folded = text.casefold()
    if folded == text:
        return None
    if len(folded) == len(text):  # nothing folds to less, so every character folded to one
        return Step("", text, folded)

    def pieces() -> Iterator[tuple[int, int, int]]:
        for index, char in enumerate(text):
            if len(size := char.casefold()) != 1:
                yield index, index + 1, len(size)

    return Step("", text, folded, pieces)


def _translate(name: ViewName, text: str) -> Step | None:
    tables = _tables()
    if not tables.searches[name].search(text):
        return None
    table = tables.characters[name]
    after = text.translate(table)
    if after == text:
        return None

    def pieces() -> Iterator[tuple[int, int, int]]:
        for index, char in enumerate(text):
            if (plain := table.get(ord(char))) is not None and len(plain) != 1:
                yield index, index + 1, len(plain)

    return Step(name, text, after, None if len(after) == len(text) else pieces)


def _remove(name: ViewName, pattern: re.Pattern[str], text: str) -> Step | None:
    after = pattern.sub("", text)
    if len(after) == len(text):
        return None
    return Step(name, text, after, lambda: ((*match.span(), 0) for match in pattern.finditer(text)))


def _replace_words(text: str) -> Step | None:
    """Look-alikes of other scripts in words with a Latin letter, and in words of nothing but twins.

    Real words of another script are left alone: the latter only happens while every word that is all of another
    script, in the whole text, is of twins.
    """
    if not _FOREIGN_LETTER.search(text):
        return None
    tables = _tables()
    whole = (word for word in _WORD_WITH_FOREIGN.findall(text) if not _LATIN.search(word))
    disguised = all(tables.twins.issuperset(word) for word in whole)

    def replace(match: re.Match[str]) -> str:
        word = match.group()
        return word.translate(tables.lookalikes) if disguised or _LATIN.search(word) else word

    after = _WORD_WITH_FOREIGN.sub(replace, text)
    return None if after == text else Step(ViewName.HOMOGLYPH, text, after)


def _cleaning(name: ViewName) -> Undo:
    return lambda text: _translate(name, text)


# Their order matters: a later one undoes what an earlier one brings to light, and after the last nothing is left to do.
# None: always done.
CLEANINGS: tuple[tuple[ViewName | None, Undo], ...] = (
    (ViewName.CIRCLED, _cleaning(ViewName.CIRCLED)),
    (ViewName.WIDTH, _cleaning(ViewName.WIDTH)),
    (ViewName.MARKS, _cleaning(ViewName.MARKS)),
    (ViewName.INVISIBLE, lambda text: _remove(ViewName.INVISIBLE, _INVISIBLE, text)),
    (ViewName.MARKS, lambda text: _remove(ViewName.MARKS, _MARKS, text)),
    (ViewName.HOMOGLYPH, _replace_words),
    (None, casefold),
    (ViewName.SIMPLIFIED, _cleaning(ViewName.SIMPLIFIED)),
    (ViewName.HOMOGLYPH, _cleaning(ViewName.HOMOGLYPH)),
)


def fold(text: str) -> str:
    """``text`` without the disguises that never change a word: width, fancy letters, invisible characters, marks,
    look-alikes, Traditional script; casefolded. For lexicon terms and for the classifier's input.

    Folding twice changes nothing more. Linear in the length; the result is at most six times as long.
    """
    if not is_odd(text):
        return text.casefold()
    for _, undo in CLEANINGS:
        step = undo(text)
        text = step.after if step else text
    return text
