"""Promises of the readings for any text: few, bounded, the way back valid; folding twice changes nothing more."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.text.confusables import ViewName
from service.text.normalize import MAX_VIEWS, View, fold, views

# Characters that some reading changes, beside ordinary ones.
STRANGE = (
    "aeiou st1l0$@!|+*#.-_ ,，。'’\n\t"
    "\u200b\u200d\ufe0f\u20e3\u0336\u0301\u00adßẞİſŉǆΐᾳкопрстАВЕοΣςηµñøŁ①ⓐ🅰🇸🇧𝓯ﬁ㎯ﷺⅣ½㊛｡Ａ！"
    "你好妳蘋果弓虽女馬亻氵扌🐔👊🏽👨👩❤1️⃣ㄅㄚぁカㅋ한عที\U0002f804⼥\ud800\U0010ffff"
)
TEXTS = st.text(st.sampled_from(STRANGE) | st.characters(), max_size=40)
LONG = 1_000_000
SHORTER = 100_000
# A reading may be longer than the text by what one character stands for (㎯ is "rad/s2").
GROWTH = 6


def stretches(view: View) -> list[tuple[int, int]]:
    """Every short stretch of a reading, and all of it."""
    size = len(view.text)
    short = [(i, j) for i in range(size) for j in range(i + 1, min(size, i + 4) + 1)]
    return [*short, (0, size)] if size else []


@given(TEXTS)
def test_normalize_fold_is_idempotent(text: str) -> None:
    folded = fold(text)
    assert fold(folded) == folded
    assert len(folded) <= GROWTH * len(text)


@pytest.mark.slow
def test_normalize_fold_is_idempotent_for_every_character() -> None:
    for code_point in range(0x110000):
        folded = fold(chr(code_point))
        assert fold(folded) == folded, hex(code_point)


@given(TEXTS)
def test_normalize_spans_are_valid_and_never_empty(text: str) -> None:
    for view in views(text):
        for start, end in stretches(view):
            begin, stop = view.span(start, end)
            assert 0 <= begin < stop <= len(text)


@given(TEXTS)
def test_normalize_spans_keep_order(text: str) -> None:
    """What stands later in a reading stands later in the text, and a wider stretch comes from a wider one."""
    for view in views(text):
        singles = [view.span(i, i + 1) for i in range(len(view.text))]
        assert singles == sorted(singles)
        for start, end in stretches(view):
            assert view.span(start, end) == (singles[start][0], singles[end - 1][1])


@given(TEXTS)
def test_normalize_what_was_seen_is_in_the_characters_behind_it(text: str) -> None:
    """A stretch with nothing undone is in the text as it stands there; the names are of the reading's chain."""
    for view in views(text):
        for start, end in stretches(view):
            begin, stop = view.span(start, end)
            names = view.chain_of(start, end)
            assert set(names) <= set(view.chain)
            if not names:
                assert view.text[start:end] in text[begin:stop].casefold()


@given(TEXTS, st.frozensets(st.sampled_from(list(ViewName))))
def test_normalize_readings_are_few_and_different(text: str, enabled: frozenset[ViewName]) -> None:
    readings = views(text, enabled)
    assert 1 <= len(readings) <= MAX_VIEWS
    assert len({(view.kind, view.text) for view in readings}) == len(readings)
    assert readings[0].text == text.casefold()
    assert readings[0].chain == ()
    assert all(set(view.chain) <= enabled for view in readings)


@given(st.text(st.sampled_from("abcdefgh "), max_size=30))
def test_normalize_leaves_plain_letters_as_they_are(text: str) -> None:
    assert fold(text) == text


@given(st.text(st.characters(min_codepoint=0x400, max_codepoint=0x4FF), max_size=20))
def test_normalize_folds_real_words_to_themselves(text: str) -> None:
    """Cyrillic with a letter that no Latin one looks like stays Cyrillic, but for accents and case."""
    folded = fold("ж" + text + " дом")
    assert not any(char.isascii() and char.isalpha() for char in folded)


# What is repeated, and up to which length: a megabyte where a pattern could go back over what it has seen.
HOSTILE = {
    "one-letter": ("a", LONG),
    "one-han": ("好", LONG),
    "spelled": ("a ", LONG),
    "dotted": ("a.", LONG),
    "leet": ("a1", LONG),
    "ones": ("1", LONG),
    "han-separators": ("好-", LONG),
    "han-stops": ("好，", LONG),
    "joiners": ("\u200d", LONG),
    "zalgo": ("a" + "\u0336" * 99, LONG),
    "twins": ("а", LONG),
    "half-twins": ("аb", LONG),
    "fancy": ("𝓯", LONG),
    "no-pinyin": ("好" + "x" * 99, LONG),
    "masked": ("l#me", LONG),
    "selectors": ("\ufe0f", SHORTER),
    "broken-emoji": ("👨\u200d", SHORTER),
    "emoji": ("🐔", SHORTER),
    "keycaps": ("1\ufe0f\u20e3", SHORTER),
    "units": ("㎯", SHORTER),
    "ligatures": ("ﷺ", SHORTER),
    "sharp-s": ("ß", SHORTER),
    "traditional": ("媽", SHORTER),
    "split": ("弓虽", SHORTER),
    "pinyin": ("好ni", SHORTER),
    "bopomofo": ("ㄅ", SHORTER),
    "everything": (STRANGE, SHORTER),
}


@pytest.mark.parametrize(("unit", "size"), HOSTILE.values(), ids=HOSTILE.keys())
def test_normalize_is_bounded_for_a_long_text(unit: str, size: int) -> None:
    text = (unit * (size // len(unit) + 1))[:size]
    readings = views(text)
    assert len(readings) <= MAX_VIEWS
    assert sum(len(view.text) for view in readings) <= MAX_VIEWS * GROWTH * size
    assert sum(len(view.steps) for view in readings) <= MAX_VIEWS * len(ViewName)
    for view in readings:
        if length := len(view.text):
            begin, end = view.span(length // 2, length // 2 + 1)
            assert 0 <= begin < end <= size
