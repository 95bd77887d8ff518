"""Tests of ``models.fakes``: the engine that tests and first tries run on."""

import re

import pytest

from models.fakes import FakeEngine
from models.interfaces import DecodeOptions, Segment

HAN = re.compile("[\u4e00-\u9fff]")


def to_zh(text: str) -> str:
    return FakeEngine().translate([Segment(text, "en", "zh")], DecodeOptions())[0][0].text


def to_en(text: str) -> str:
    return FakeEngine().translate([Segment(text, "zh", "en")], DecodeOptions())[0][0].text


def test_fakes_words_become_two_han_characters_each() -> None:
    assert len(HAN.findall(to_zh("good morning friend"))) == 6
    assert to_zh("Hello") == to_zh("hello")
    assert to_zh("hello") != to_zh("goodbye")


def test_fakes_han_characters_become_one_word_each() -> None:
    assert len(to_en("早上好").split()) == 3
    assert to_en("早上好").isascii()


@pytest.mark.parametrize(
    ("text", "ending"), [("Really?", "？"), ("Yes!", "！"), ("Fine.", "。"), ("Stop…", "…")]
)
def test_fakes_punctuation_takes_the_width_of_chinese(text: str, ending: str) -> None:
    assert to_zh(text).endswith(ending)


def test_fakes_punctuation_takes_the_width_of_english() -> None:
    found = to_en("你好，世界！（真的）")
    assert re.fullmatch(r"[a-z]+ [a-z]+, [a-z]+ [a-z]+! \([a-z]+ [a-z]+\)", found)


@pytest.mark.parametrize("kept", ["⟦0⟧", "⟦9⟧", "3.5", "1,000", "12:30", "42"])
def test_fakes_placeholders_and_numbers_stay(kept: str) -> None:
    assert kept in to_zh(f"take {kept} now")
    assert kept in to_en(f"拿{kept}来")


def test_fakes_mixed_text() -> None:
    assert "iPhone" in to_en("我的 iPhone 很好")
    assert "手机" in to_zh("my 手机 is good")


def test_fakes_hypotheses_differ_by_a_suffix() -> None:
    options = DecodeOptions(beam_size=3, num_hypotheses=3)
    for segment in (Segment("hello", "en", "zh"), Segment("你好", "zh", "en")):
        (found,) = FakeEngine().translate([segment], options)
        assert len({h.text for h in found}) == 3
        assert all(h.text.startswith(found[0].text) for h in found)


def test_fakes_poison_fails_the_whole_batch() -> None:
    segments = [Segment("hello", "en", "zh"), Segment("some poison here", "en", "zh")]
    with pytest.raises(RuntimeError, match="poisoned"):
        FakeEngine().translate(segments, DecodeOptions())


def test_fakes_limit_is_configurable() -> None:
    engine = FakeEngine(max_input_tokens=3)
    assert engine.translate([Segment("a b c", "en", "zh")], DecodeOptions())
    with pytest.raises(ValueError, match="4 tokens, over the limit of 3"):
        engine.translate([Segment("a b c d", "en", "zh")], DecodeOptions())


def test_fakes_long_text_is_counted_quickly() -> None:
    engine = FakeEngine()
    assert engine.count_tokens("a" * 200_000, "en") == 1
    assert engine.count_tokens("1." * 100_000, "en") > 0
    assert engine.count_tokens("你" * 200_000, "zh") == 200_000
