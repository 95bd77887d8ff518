"""Disguises that need context: split characters, emoji as words, leet, inserted separators, repeated letters."""

import re
from collections.abc import Callable, Iterator
from functools import cache

from service.text.confusables import HAN, Undo, ViewName, read_table
from service.text.offsets import Step

__all__ = [
    "DIGITS",
    "HAN_JOININGS",
    "LATIN_JOININGS",
    "PICTURES",
    "has_emoji_for_words",
    "has_latin_signs",
    "has_odd_numbers",
    "has_pictures",
    "join_digits",
    "join_letters",
    "read_emoji",
    "read_keycaps",
    "read_numerals",
    "read_punctuation",
    "single_blanks",
    "squeeze",
    "squeeze_runs",
]

_HAN = re.compile(f"[{HAN}]")

# Searches begin with one class of rare characters, so that they skip over the others at full speed.
_PICTURE_SIGN = "\u2190-\u21ff\u2300-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff"
_PICTURE = re.compile(rf"[{_PICTURE_SIGN}]|[0-9]\ufe0f?\u20e3")

_LEET_LETTERS = str.maketrans("013456789@$€£¢¥!|+", "oieasgtbgaselcyiit")
_LEET_SIGN = "0-9@$€£¢¥!|+"
# A word that holds a sign: letters first and possessive, so that a word of letters alone is passed over once.
_LEET_WORD = re.compile(rf"(?<![a-z{_LEET_SIGN}])[a-z]*+[{_LEET_SIGN}][a-z{_LEET_SIGN}]*+")
_WIDE_GAP = re.compile(r"\s{2,}|[\t-\r\x1c-\x1f\x85\xa0\u2000-\u200a\u2028\u2029\u202f\u205f]")
_LETTER = re.compile("[a-z]")
_NUMBER = re.compile("[0-9]{4}")
_ELL = re.compile("11|1(?=[aeiou])")  # s1ut, ki11; else an i: sh1t
_SIGN_AT_END = re.compile(r"[!|](?![a-z0-9@$])|(?<![a-z0-9@$])\+")
# A sign alone among letters that are alone: a.p.p.1.e
_SIGN_ALONE = re.compile(
    r"[0134579@$](?:(?<=[^a-z0-9][a-z][^a-z0-9].)|(?<=^[a-z][^a-z0-9].))(?=[^a-z0-9][a-z](?![a-z0-9]))"
)
# Signs between letters, a digit or $ beside one, or a blank before a letter alone that follows another one alone.
# One class comes first, so that the search skips over everything else.
_SIGN = rf"{_LEET_SIGN}.\-_~/\\^=·•:;,`´#%*×●○■□"
_LATIN_SIGN = re.compile(
    rf"[ {_SIGN}](?:(?<=[a-z][^ ])(?=[{_SIGN}]{{0,7}}[a-z])|(?<=[0-9@$€£¢¥+])(?:(?<=[a-z].)|(?=[a-z]))"
    r"|(?<= )(?=[a-z](?:[^a-z'’]|$))(?:(?<=[^a-z'’][a-z] )|(?<=[^a-z'’][a-z][^a-z] )"
    r"|(?<=[^a-z'’][a-z] [^a-z] )|(?<=^[a-z] )))"
)

_MASK = re.compile("(?<=[a-z])[#%^×●○■□]+(?=[a-z])")

# f u c k, f.u.c.k, f - u - c - k: three letters or more, each alone.
_GAP = r"(?:  ?|_| ?[^\w\s]{1,2} ?)"
_ALONE = "[a-z](?![a-z0-9'’])"
_SPELLED = re.compile(rf"(?<![a-z0-9'’]){_ALONE}{_GAP}{_ALONE}(?:{_GAP}{_ALONE})++")
_NO_LETTERS = re.compile("[^a-z]+")

# Numbers that no pattern for phone numbers would find. Seven digits or more: a shorter one is a date or a price.
DIGITS = "digits"
_KEYCAP = re.compile("(?<=[0-9#*])\ufe0f?\u20e3")
_PUNCTUATION = str.maketrans("，！？：；（）［］～＂＇", ",!?:;()[]~\"'")
_NUMERALS = str.maketrans("零〇一幺壹二贰两三叁四肆五伍六陆七柒八捌九玖", "0011122233445566778899")
_WRITTEN_NUMBER = re.compile("[0-9零〇一幺壹二贰两三叁四肆五伍六陆七柒八捌九玖]{7,}+")
_DIGITS_ALONE = re.compile(r"(?<![0-9])[0-9](?:(?: ?[^\w\s]{1,2} ?|  ?)[0-9](?![0-9])){6,}+")
_NO_DIGITS = re.compile("[^0-9]+")
_DIGIT = re.compile("[0-9]")
_INSIDE_WORD = re.compile(r"(?<=[a-z])[.\-_~|/\\^+=·•:,`´]{1,3}(?=[a-z])")
_BETWEEN_SIGN = rf" 0-9.\-_*~|/\\^+=#@&%$·•`×{_PICTURE_SIGN}\ufe0f"
# A mark that ends a phrase separates only where it stands on both sides of one character: 你。好。吗
_STOP = "，,。、!！?？;；…"
_BETWEEN_HAN = re.compile(
    rf"[{_BETWEEN_SIGN}{_STOP}](?<=[{HAN}].)(?:(?<=[^{_STOP}])[{_BETWEEN_SIGN}]{{0,3}}(?=[{HAN}])"
    rf"|(?<=[{_STOP}])(?:(?=[{HAN}][{_STOP}][{HAN}])|(?<=[{HAN}][{_STOP}][{HAN}].)(?=[{HAN}])))"
)

_RUN = re.compile(rf"([a-z{HAN}])\1+")
# One doubled letter is ordinary; three are not, nor are two doubled Han characters side by side.
_LONG_RUN = re.compile(rf"([a-z{HAN}])\1(?:\1|(?<=[{HAN}])([{HAN}])\2)")


def _rewrite(
    name: ViewName, pattern: re.Pattern[str], replace: Callable[[re.Match[str]], str], text: str
) -> Step | None:
    """Every match replaced. A match is one unit on the way back."""
    after = pattern.sub(replace, text)
    if after == text:
        return None

    def pieces() -> Iterator[tuple[int, int, int]]:
        for match in pattern.finditer(text):
            if (new := replace(match)) != match.group():
                yield *match.span(), len(new)

    return Step(name, text, after, pieces)


_BOPOMOFO = {
    "ㄅ": "b", "ㄆ": "p", "ㄇ": "m", "ㄈ": "f", "ㄉ": "d", "ㄊ": "t", "ㄋ": "n", "ㄌ": "l", "ㄍ": "g",
    "ㄎ": "k", "ㄏ": "h", "ㄐ": "j", "ㄑ": "q", "ㄒ": "x", "ㄓ": "zh", "ㄔ": "ch", "ㄕ": "sh", "ㄖ": "r",
    "ㄗ": "z", "ㄘ": "c", "ㄙ": "s", "ㄚ": "a", "ㄛ": "o", "ㄜ": "e", "ㄝ": "e", "ㄞ": "ai", "ㄟ": "ei",
    "ㄠ": "ao", "ㄡ": "ou", "ㄢ": "an", "ㄣ": "en", "ㄤ": "ang", "ㄥ": "eng", "ㄦ": "er", "ㄧ": "i",
    "ㄨ": "u", "ㄩ": "v",
}  # fmt: skip
# Finals of two letters that are not spelled like their parts; a tone mark belongs to what it follows.
_BOPOMOFO |= {
    "ㄧㄣ": "in", "ㄧㄥ": "ing", "ㄧㄡ": "iu", "ㄨㄟ": "ui", "ㄨㄣ": "un", "ㄨㄥ": "ong", "ㄩㄣ": "un", "ㄩㄥ": "iong",
}  # fmt: skip
_BOPOMOFO_LETTER = re.compile("(?:ㄧ[ㄣㄥㄡ]|ㄨ[ㄟㄣㄥ]|ㄩ[ㄣㄥ]|[ㄅ-ㄩ])[ˊˇˋ˙]?")


@cache
def _splits() -> tuple[re.Pattern[str], dict[str, str]]:
    whole = {parts: char for parts, char, _ in read_table("split.tsv")}
    first = "".join(sorted({parts[0] for parts in whole}))
    second = "".join(sorted({parts[1] for parts in whole}))
    return re.compile(f"[{first}][{second}]"), whole


@cache
def _parts_or_pictures() -> re.Pattern[str]:
    """Finds a pair that may be a split character, a picture or bopomofo; one class of characters comes first."""
    first = "".join(sorted({parts[0] for parts in _splits()[1]}))
    second = "".join(sorted({parts[1] for parts in _splits()[1]}))
    other = f"{_PICTURE_SIGN}\u20e3ㄅ-ㄩ"
    return re.compile(f"[{first}{other}](?:(?<=[{other}])|[{second}])")


@cache
def _emoji() -> tuple[re.Pattern[str], dict[str, str]]:
    words = {emoji: char for emoji, char, _ in read_table("emoji.tsv")}
    singles = "".join(sorted(emoji for emoji in words if len(emoji) == 1))
    modifiers = "[\ufe0f\U0001f3fb-\U0001f3ff]*+"
    # A part of a joined emoji (👨‍🌾) is not a word.
    return re.compile(f"(?<!\u200d)[{singles}]{modifiers}(?!\u200d)|[0-9]\ufe0f?\u20e3"), words


@cache
def _emoji_among_han() -> re.Pattern[str]:
    return re.compile(f"(?<=[{HAN}])(?:{_emoji()[0].pattern})(?=[{HAN}])")


def has_emoji_for_words(text: str) -> bool:
    """Whether an emoji stands inside Chinese, where it is read; most are set at the end of a sentence."""
    return _PICTURE.search(text) is not None and _emoji_among_han().search(text) is not None


def _undo_bopomofo(text: str) -> Step | None:
    if not _BOPOMOFO_LETTER.search(text):
        return None
    return _rewrite(
        ViewName.PINYIN, _BOPOMOFO_LETTER, lambda m: _BOPOMOFO[m.group().rstrip("ˊˇˋ˙")], text
    )


def _undo_split(text: str) -> Step | None:
    pattern, whole = _splits()
    if not pattern.search(text):
        return None
    return _rewrite(ViewName.SPLIT, pattern, lambda m: whole.get(m.group(), m.group()), text)


def read_emoji(text: str) -> Step | None:
    """Emoji as the Han characters they are written for: in Chinese, or where two or more make up a text."""
    if not _PICTURE.search(text):
        return None
    pattern, words = _emoji()
    if not _HAN.search(text) and len(pattern.findall(text)) < 2:
        return None

    def replace(match: re.Match[str]) -> str:
        emoji = match.group()
        return words[emoji[0] if emoji[-1] != "\u20e3" else emoji.replace("\ufe0f", "")]

    return _rewrite(ViewName.EMOJI, pattern, replace, text)


def _decode_leet(match: re.Match[str]) -> str:
    word = match.group()
    if not _LETTER.search(word) or _NUMBER.search(word):
        return word
    word = _ELL.sub(lambda ones: "l" * len(ones.group()), word)
    ends = {sign.start() for sign in _SIGN_AT_END.finditer(word)}
    letters = word.translate(_LEET_LETTERS)
    if not ends:
        return letters
    return "".join(word[i] if i in ends else letters[i] for i in range(len(word)))


def _undo_leet(text: str) -> Step | None:
    after = _LEET_WORD.sub(_decode_leet, text)
    return None if after == text else Step(ViewName.LEET, text, after)


def _undo_leet_alone(text: str) -> Step | None:
    def replace(match: re.Match[str]) -> str:
        sign = match.group()
        if sign == "1" and text[match.end() + 1] in "aeiou":
            return "l"
        return sign.translate(_LEET_LETTERS)

    after = _SIGN_ALONE.sub(replace, text)
    return None if after == text else Step(ViewName.LEET, text, after)


def _undo_mask(text: str) -> Step | None:
    """Every sign that stands for a letter as the usual one, *."""
    after = _MASK.sub(lambda match: "*" * len(match.group()), text)
    return None if after == text else Step(ViewName.MASK, text, after)


def _join_alone(name: str, alone: re.Pattern[str], gap: re.Pattern[str], text: str) -> Step | None:
    """Characters that stand alone, joined. Each separator is a piece, so that the way back is exact."""
    after = alone.sub(lambda match: gap.sub("", match.group()), text)
    if after == text:
        return None

    def pieces() -> Iterator[tuple[int, int, int]]:
        for match in alone.finditer(text):
            for found in gap.finditer(text, *match.span()):
                yield *found.span(), 0

    return Step(name, text, after, pieces)


def join_letters(text: str) -> Step | None:
    """Small letters that stand alone, joined: w.e.c.h.a.t."""
    return _join_alone(ViewName.SEPARATORS, _SPELLED, _NO_LETTERS, text)


def join_digits(text: str) -> Step | None:
    """Seven digits or more that stand alone, joined: 1-3-8-0-0-1-3."""
    return _join_alone(ViewName.SEPARATORS, _DIGITS_ALONE, _NO_DIGITS, text)


def has_odd_numbers(text: str) -> bool:
    """Whether ``join_digits`` or ``read_numerals`` may change the text."""
    if _DIGIT.search(text) and _DIGITS_ALONE.search(text):
        return True
    return not text.isascii() and _WRITTEN_NUMBER.search(text) is not None


def read_keycaps(text: str) -> Step | None:
    """The digit on a key as that digit."""
    if "\u20e3" not in text:
        return None
    after = _KEYCAP.sub("", text)
    if after == text:
        return None
    return Step(
        ViewName.CIRCLED, text, after, lambda: ((*m.span(), 0) for m in _KEYCAP.finditer(text))
    )


def read_punctuation(text: str) -> Step | None:
    """Punctuation of Chinese that stands in links and after names, as in English: https：//, 微信：."""
    after = text.translate(_PUNCTUATION)
    return None if after == text else Step(ViewName.WIDTH, text, after)


def read_numerals(text: str) -> Step | None:
    """Seven Chinese numerals or more in a row, each for one digit, as digits: 一三八零零."""
    after = _WRITTEN_NUMBER.sub(lambda match: match.group().translate(_NUMERALS), text)
    return None if after == text else Step(DIGITS, text, after)


def _undo_inside_word(text: str) -> Step | None:
    return _rewrite(ViewName.SEPARATORS, _INSIDE_WORD, lambda _: "", text)


def _undo_between_han(text: str) -> Step | None:
    return _rewrite(ViewName.SEPARATORS, _BETWEEN_HAN, lambda _: "", text)


def has_pictures(text: str) -> bool:
    """Whether ``PICTURES`` may change the text: one search for three."""
    return _parts_or_pictures().search(text) is not None


def has_latin_signs(text: str) -> bool:
    """Whether a sign stands beside a Latin letter, or a letter alone between blanks: what ``LATIN_JOININGS`` undo."""
    return _LATIN_SIGN.search(text) is not None


def squeeze_runs(text: str) -> str:
    """Every run of one letter or Han character as one of it."""
    return _RUN.sub(r"\1", text)


def squeeze(text: str) -> Step | None:
    """The text with its runs squeezed, where some letter is written so often that no word has it."""
    if not _LONG_RUN.search(text):
        return None
    return _rewrite(ViewName.REPEATS, _RUN, lambda match: match.group(1), text)


# What stands for one Han character or its sound.
PICTURES: tuple[tuple[ViewName, Undo], ...] = (
    (ViewName.SPLIT, _undo_split),
    (ViewName.EMOJI, read_emoji),
    (ViewName.PINYIN, _undo_bopomofo),
)
# Signs among Latin letters. Leet comes first: what it reads as a letter separates nothing.
LATIN_JOININGS: tuple[tuple[ViewName, Undo], ...] = (
    (ViewName.LEET, _undo_leet),
    (ViewName.LEET, _undo_leet_alone),
    (ViewName.MASK, _undo_mask),
    (ViewName.SEPARATORS, join_letters),
    (ViewName.SEPARATORS, _undo_inside_word),
)
HAN_JOININGS: tuple[tuple[ViewName, Undo], ...] = ((ViewName.SEPARATORS, _undo_between_han),)


def single_blanks(text: str) -> Step | None:
    """Line breaks, tabs and runs of blanks as one blank each: a listed phrase may stand on two lines."""
    if not _WIDE_GAP.search(text):
        return None
    after = _WIDE_GAP.sub(" ", text)
    return Step(
        ViewName.SEPARATORS, text, after, lambda: ((*m.span(), 1) for m in _WIDE_GAP.finditer(text))
    )
