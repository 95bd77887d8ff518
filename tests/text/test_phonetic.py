"""Sounds of Han characters, Latin letters as syllables, and sounds that are easily swapped."""

import pytest

from service.text.phonetic import (
    fuzzy_syllables,
    level_sounds,
    read_latin,
    sound_of,
    split_syllables,
    syllable_of,
)


@pytest.mark.parametrize(
    ("char", "syllable"),
    [
        ("苹", "ping"),
        ("蘋", "ping"),
        ("女", "nv"),
        ("略", "lve"),
        ("嗯", "en"),
        ("咯", "lo"),
        ("a", ""),
        ("😂", ""),
    ],
)
def test_phonetic_syllable_of(char: str, syllable: str) -> None:
    assert syllable_of(char) == syllable


def test_phonetic_a_sound_is_one_han_character_that_stays_itself() -> None:
    sound = sound_of("ping")
    assert len(sound) == 1
    assert syllable_of(sound) == "ping"
    assert level_sounds(sound) is None
    assert sound_of("pingg") == ""


@pytest.mark.parametrize(
    ("word", "syllables"),
    [
        ("pingguo", ("ping", "guo")),
        ("nihao", ("ni", "hao")),
        ("xian", ("xian",)),
        ("fangan", ("fang", "an")),
        ("danger", ("dang", "er")),
        ("nv", ("nv",)),
        ("apple", ()),
        ("x", ()),
        ("", ()),
        ("ni" * 5000, ("ni",) * 5000),
    ],
    ids=str,
)
def test_phonetic_split_syllables(word: str, syllables: tuple[str, ...]) -> None:
    assert split_syllables(word) == syllables


@pytest.mark.parametrize(
    ("syllable", "others"),
    [
        ("sha", ("sa",)),
        ("san", ("sang", "shan", "shang")),
        ("bing", ("bin",)),
        ("nan", ("lan", "lang", "nang")),
        ("fu", ("hu",)),
        ("zhi", ("zi",)),
        ("ma", ()),
    ],
)
def test_phonetic_fuzzy_syllables(syllable: str, others: tuple[str, ...]) -> None:
    assert fuzzy_syllables(syllable) == others
    for other in others:
        assert syllable in {*fuzzy_syllables(other), syllable}


@pytest.mark.parametrize(
    ("text", "syllables"),
    [
        ("吃pingguo", "chi ping guo"),
        ("ping果吃", "ping guo chi"),
        ("好8", "hao ba"),
        ("2个", "er ge"),
        ("好apple", None),
        ("好12", None),
        ("ping guo", None),
        ("好 ping", None),
        ("你a好", None),
    ],
)
def test_phonetic_reads_latin_that_touches_han(text: str, syllables: str | None) -> None:
    step = read_latin(text)
    if syllables is None:
        assert step is None
    else:
        assert step is not None
        levelled = level_sounds(step.after) or step
        assert levelled.after == "".join(sound_of(syllable) for syllable in syllables.split())


def test_phonetic_each_syllable_comes_back_alone() -> None:
    step = read_latin("吃pingguo了8")
    assert step is not None
    assert [step.back(i, i + 1) for i in range(5)] == [(0, 1), (1, 5), (5, 8), (8, 9), (9, 10)]


def test_phonetic_levels_one_for_one() -> None:
    text = "吃苹果 and 蘋菓, 😂"
    step = level_sounds(text)
    assert step is not None
    assert len(step.after) == len(text)
    assert step.after[1:3] == step.after[8:10]
    assert step.after[3:8] == " and "
