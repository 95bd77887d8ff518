"""Which language a text is in, told from its scripts: English, Chinese (Hans or Hant), a mix, or neither."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise
from typing import Literal, NamedTuple

import regex

from service.domain import Detection, Hashtags, Lang, Span
from service.text import cantonese, protect
from service.text.foreign import is_other_language
from service.text.plain_letters import plain_letters

__all__ = [
    "ScriptName", "ScriptRun", "Shares", "detect", "foreign_runs", "han_variant", "has_traditional", "is_mash",
    "script_runs", "share", "target_runs",
]  # fmt: skip

ScriptName = Literal["latin", "han", "other", "common"]

# A Han character says about as much as one English word.
HAN_WEIGHT = 4
# A syllable of kana or hangul says about as much as two letters.
SYLLABLE_WEIGHT = 2
# Share of the minor language from which a text counts as mixed.
MIXED_SHARE = 0.15
_SHORT = 500  # code points

_HAN = regex.compile(r"\p{Han}++")
_OTHER = regex.compile(r"[\p{L}--[\p{Latin}\p{Han}]]++", regex.V1)
# の alone is a fashion in Chinese.
_KANA = regex.compile(r"[[\p{Hiragana}\p{Katakana}ー]--[の]]", regex.V1)
_KANA_BESIDE_HAN = regex.compile(
    r"(?:(?<=\p{Han})[\p{Hiragana}\p{Katakana}]|[\p{Hiragana}\p{Katakana}](?=\p{Han}))(?<!の)"
)
_CHINESE_ONLY = regex.compile(r"[吗嗎呢吧啊这這那们們你妳她很没沒么麼什哪谁誰]")
_LATIN_WORDS = regex.compile(
    r"(?<![\p{Latin}\p{N}])[\p{Latin}&&\p{L}][[\p{Latin}&&\p{L}]\p{M}\p{N}'’-]++"
    r"(?: [\p{Latin}&&\p{L}][[\p{Latin}&&\p{L}]\p{M}\p{N}'’-]++)*+",
    regex.V1,
)
_KIND = regex.compile(
    r"(?P<l>[A-Za-zＡ-Ｚａ-ｚ])|(?P<a>[\p{Latin}&&\p{L}])|(?P<h>\p{Han})"
    r"|(?P<k>[[\p{Hiragana}\p{Katakana}\p{Hangul}ー]&&\p{L}])|(?P<o>\p{L})",
    regex.V1,
)
_ACCENTED = regex.compile(r"[[\p{Latin}&&\p{L}]--[A-Za-zＡ-Ｚａ-ｚ]]", regex.V1)
_RUN = regex.compile(
    r"(?P<han>\p{Han}[\p{Han}\p{M}]*+)"
    r"|(?P<latin>[\p{Latin}&&\p{L}][[\p{Latin}&&\p{L}]\p{M}]*+)"
    r"|(?P<other>\p{L}[[\p{L}--[\p{Latin}\p{Han}]]\p{M}]*+)"
    r"|(?P<common>[^\p{L}\p{Han}]++)",
    regex.V1,
)
# Words of a script that neither language is written in. One letter alone (の, Д, β) is a fashion, a face or a formula.
_FOREIGN_LETTER = r"[\p{L}--[\p{Latin}\p{Han}\p{Greek}\p{Bopomofo}\p{Common}\p{Inherited}]]"
_FOREIGN_REST = r"[[\p{L}\p{M}]--[\p{Latin}\p{Han}\p{Greek}\p{Bopomofo}]]"
_FOREIGN = regex.compile(
    rf"{_FOREIGN_LETTER}{_FOREIGN_REST}++(?:[ \u00a0]{_FOREIGN_LETTER}{_FOREIGN_REST}*+)*+",
    regex.V1,
)
# Words that only the language of the whole sentence brings: they tell "I love 北京" from "我爱Beijing".
_ENGLISH_FUNCTION = regex.compile(
    r"(?<![A-Za-z])(?i:a|an|the|this|that|is|are|was|were|am|be|to|of|in|on|at|for|with|and|or|but|not|so|it|its"
    r"|i|you|he|she|we|they|me|him|her|my|your|his|our|their|do|does|did|have|has|had|will|can|just)(?![A-Za-z])"
)
_CHINESE_FUNCTION = regex.compile(
    r"[的了是我你他她它们們这這那在不有没沒吗嗎吧呢啊就都也很太和跟与與]"
)


@dataclass(frozen=True, slots=True)
class ScriptRun:
    """A stretch ``text[start:end]`` of one script; ``common`` is all that is no letter."""

    start: int
    end: int
    script: ScriptName


@dataclass(frozen=True, slots=True)
class Shares:
    """Letters of a text by script, in code points."""

    latin: int
    han: int
    other: int


def script_runs(text: str) -> list[ScriptRun]:
    """The runs of ``text`` by script, end to end. A combining mark belongs to the letter before it."""
    runs: list[ScriptRun] = []
    for match in _RUN.finditer(text):
        name = match.lastgroup
        script: ScriptName = (
            "han"
            if name == "han"
            else "latin"
            if name == "latin"
            else "other"
            if name == "other"
            else "common"
        )
        runs.append(ScriptRun(match.start(), match.end(), script))
    return runs


def foreign_runs(text: str) -> list[tuple[int, int]]:
    """Where ``text`` has words in scripts of neither English nor Chinese, as (start, end)."""
    if text.isascii():
        return []
    kinds = _kinds(text)
    if "o" not in kinds and "k" not in kinds:
        return []
    return [match.span() for match in _FOREIGN.finditer(text)]


def target_runs(text: str, target: str) -> list[tuple[int, int]]:
    """Where a text has words of the ``target`` language (``en`` | ``zh``) among those of the other, as (start, end).

    Single Latin letters are left out: most are part of a Chinese word (A股, T恤).
    """
    if text.isascii():
        return []
    kinds = _kinds(text)
    if target == "zh":
        return [match.span() for match in _HAN.finditer(text)]
    if "l" not in kinds and "a" not in kinds:
        return []
    return [match.span() for match in _LATIN_WORDS.finditer(text)]


def share(text: str) -> Shares:
    """Letters of ``text`` by script, protected spans included."""
    return _share(_kinds(text))


class _Kinds(dict[int, str]):
    """For ``str.translate``: what each character is, looked up in Unicode's properties once and then remembered.

    l, a: plain and other Latin letter; h, s, t: Han of both scripts, Simplified only, Traditional only; k: syllable
    of kana or hangul; o: letter of another script. All else is left out.
    """

    def __missing__(self, code: int) -> str:
        character = chr(code)
        match = _KIND.match(character)
        kind = (match.lastgroup or "") if match else ""
        if kind == "h":
            variants = _variant_only()
            if character in variants.simplified:
                kind = "s"
            elif character in variants.traditional:
                kind = "t"
        self[code] = kind
        return kind


_KINDS = _Kinds()


_NO_LETTERS = bytes(code for code in range(128) if not chr(code).isalpha())


def _kinds(text: str) -> str:
    """The letters of ``text``, each as its kind."""
    if text.isascii():
        return "l" * len(text.encode().translate(None, _NO_LETTERS))
    return text.translate(_KINDS) if len(text) > _SHORT else _short_kinds(text)


@lru_cache(maxsize=256)
def _short_kinds(text: str) -> str:
    """Remembered, because a text is asked about up to ten times on its way through the pipeline."""
    return text.translate(_KINDS)


def _share(kinds: str) -> Shares:
    latin = kinds.count("l") + kinds.count("a")
    if latin == len(kinds):
        return Shares(latin, 0, 0)
    han = kinds.count("h") + kinds.count("s") + kinds.count("t")
    return Shares(latin, han, len(kinds) - latin - han)


def detect(
    text: str, *, hashtags: Hashtags = Hashtags.KEEP, spans: Sequence[Span] | None = None
) -> Detection:
    """The language of ``text``; total over strings. ``spans`` are its protected spans, where the caller has them.

    Links, names, tags, codes and emoji say nothing about the language and are left out (with
    ``Hashtags.TRANSLATE`` the words of hashtags count). Latin letters mean English, as no other language
    in them is served; accents halve the confidence.
    """
    if not text.strip():
        return Detection(None, 0.0, reason="empty")
    if spans is None:
        spans = protect.find_spans(text, hashtags=hashtags)
    prose = plain_letters(_without(text, spans) if spans else text)
    kinds = _kinds(prose)
    shares = _share(kinds)
    if not shares.latin + shares.han + shares.other:
        return Detection(None, 0.0, reason="no_letters")
    latin, han, other = _weights(prose, shares, kinds.count("k"))
    total = latin + han + other
    if other > max(latin, han):
        return Detection(None, round(other / total, 3), reason="unknown_script")
    certainty = max(latin, han) / total * min(1.0, 0.4 + 0.2 * (latin + han))
    minor = min(shares.latin, shares.han * HAN_WEIGHT)
    mixed = minor >= MIXED_SHARE * (shares.latin + shares.han * HAN_WEIGHT)
    if latin > han:
        if not han and is_other_language(prose):
            return Detection(None, 1.0, reason="other_language")
        if kinds.count("a") * 20 > shares.latin:
            certainty /= 2
        return Detection(Lang.EN, round(certainty, 3), mixed)
    lang = Lang.ZH_HANT if kinds.count("t") > kinds.count("s") else Lang.ZH_HANS
    reason = "cantonese" if cantonese.is_cantonese(prose) else ""
    return Detection(lang, round(certainty, 3), mixed, reason)


def _without(text: str, spans: Sequence[Span]) -> str:
    """``text`` with a blank in the place of every span."""
    pieces: list[str] = []
    end = 0
    for span in spans:
        pieces.append(text[end : span.start])
        end = span.end
    pieces.append(text[end:])
    return " ".join(pieces)


def _weights(prose: str, shares: Shares, syllables: int) -> tuple[int, int, int]:
    """How much Latin, Han and other scripts say; function words double the language of the sentence."""
    latin, han = shares.latin, shares.han * HAN_WEIGHT
    other = shares.other + syllables * (SYLLABLE_WEIGHT - 1)
    if syllables and _is_japanese(prose, shares.han):
        return latin, 0, other + han
    if not other and not (latin and han) and latin + han > 2:
        return (
            latin,
            han,
            other,
        )  # one language, and enough of it: its function words change nothing
    english = bool(latin) and _ENGLISH_FUNCTION.search(prose) is not None
    chinese = bool(han) and _CHINESE_FUNCTION.search(prose) is not None
    if english and not chinese:
        latin *= 2
    elif chinese and not english:
        han *= 2
    return latin, han, other


def _is_japanese(prose: str, han: int) -> bool:
    """Whether the Han characters of ``prose`` are kanji: kana are among them, and nothing that only Chinese writes."""
    kana = len(_KANA.findall(prose))
    share_of_kana = kana / (kana + han) if kana else 0.0
    if _CHINESE_ONLY.search(prose) or not _variant_only().simplified_not_shinjitai.isdisjoint(
        prose
    ):
        return share_of_kana >= 0.6
    return share_of_kana >= 0.5 or (
        share_of_kana >= 0.2 and _KANA_BESIDE_HAN.search(prose) is not None
    )


def han_variant(text: str) -> Literal["Hans", "Hant"] | None:
    """Which characters ``text`` is written with; None when all of them belong to both, or when it is a draw."""
    if text.isascii():
        return None
    kinds = _kinds(text)
    hans, hant = kinds.count("s"), kinds.count("t")
    if hans == hant:
        return None
    return "Hans" if hans > hant else "Hant"


def has_traditional(text: str) -> bool:
    """Whether ``text`` holds a character that only Traditional Chinese uses."""
    return not text.isascii() and "t" in _kinds(text)


class _Variants(NamedTuple):
    simplified: frozenset[str]
    traditional: frozenset[str]
    simplified_not_shinjitai: frozenset[str]  # what Japan simplified in the same way is not in here


@cache
def _variant_only() -> _Variants:
    """Characters that only Simplified and only Traditional text uses.

    The character sets of the two worlds tell them: GB 2312 without Big5, and the common plane of Big5 without
    GB 2312. Taken out are those that both sides know all the same; put in, common ones of Big5's rare plane.
    """
    ideographs = [chr(code) for code in range(0x4E00, 0xA000)]
    gb2312 = {c for c in ideographs if _encoded(c, "gb2312")}
    big5 = {c for c in ideographs if _encoded(c, "big5")}
    common_big5 = {c for c in big5 if _encoded(c, "big5") < b"\xc9\x40"}
    shared = frozenset("着嘞丨丶塽瞭祇撚呎槃惇潟偭吋玥玨珪珮琍琯瑯璘璟晞昤昅暍湣姪砲睪祐徬濬煖鼇")
    rare = frozenset("爲説裏啓閲羣衆衞牀僞鈎峯緋唄竈嗰靚誒嫺癇噁嚐")
    simplified = frozenset(gb2312 - big5 - shared)
    return _Variants(
        simplified,
        frozenset((common_big5 - gb2312 - shared) | rare),
        frozenset(c for c in simplified if not _encoded(c, "shift_jis")),
    )


def _encoded(character: str, charset: str) -> bytes:
    return character.encode(charset, "ignore")


# Keyboard mash. Places on a QWERTY keyboard; neighbours in a row are one column apart.
_PLACE = {
    key: (row, column)
    for row, keys in enumerate(("qwertyuiop", "asdfghjkl", "zxcvbnm"))
    for column, key in enumerate(keys)
}
_HOME_ROW = frozenset("asdfghjkl")
_VOWELS = frozenset("aeiouy")
_WORD = regex.compile(r"[A-Za-z]++")
_CONSONANTS = regex.compile(r"[b-df-hj-np-tv-xz]++")
SHORTEST_MASH = 7
_LONG_WORD = regex.compile(rf"[A-Za-z]{{{SHORTEST_MASH}}}")


def is_mash(text: str, *, spans: Sequence[Span] | None = None) -> bool:
    """Whether ``text`` is keyboard mash (asdfghjkl, sdkfjhskdjfh) and no word besides. When in doubt, False.

    Words of up to six letters are never mash, so abbreviations (lmfao) and pinyin initials (yyds) are safe; nor are
    laughter and drawn-out sounds (hahaha, sksksk, hmmmm), acronyms and camelCase.
    """
    if not _LONG_WORD.search(text):
        return False
    prose = _without(text, protect.find_spans(text) if spans is None else spans)
    if _HAN.search(prose) or _OTHER.search(prose) or _ACCENTED.search(prose):
        return False
    words = [word for word in _WORD.findall(prose) if len(word) > 2]
    mashed = [_is_mashed_word(word) for word in words]
    return any(mashed) and all(
        mash or (len(word) > 3 and _walk_share(word.lower()) == 1)
        for word, mash in zip(words, mashed, strict=True)
    )


def _is_mashed_word(word: str) -> bool:
    if len(word) < SHORTEST_MASH or not (word[1:].islower() or (word.isupper() and len(word) >= 9)):
        return False
    word = word.lower()
    if len(set(word)) < 4:
        return False
    home = sum(letter in _HOME_ROW for letter in word) / len(word)
    if _walk_share(word) >= 0.8 or (_VOWELS.isdisjoint(word) and (len(word) >= 9 or home >= 0.9)):
        return True
    longest = max(_CONSONANTS.findall(word), key=len, default="")
    long_enough = (len(longest) >= 4 and home >= 0.9) or len(longest) >= 9
    return long_enough and len(set(longest)) >= 4


def _walk_share(word: str) -> float:
    """Share of steps that go from a key to its neighbour in the row."""
    places = [_PLACE[letter] for letter in word]
    near = sum(a[0] == b[0] and abs(a[1] - b[1]) == 1 for a, b in pairwise(places))
    return near / (len(word) - 1)
