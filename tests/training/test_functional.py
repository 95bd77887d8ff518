"""What the functional checks count, and that their texts are what they should be."""

from collections.abc import Sequence

import pytest
import regex

from models.training import functional
from models.training import functional_texts as texts
from models.training.spans import EMOJI

SETS = (texts.PLACEHOLDERS, texts.NUMBERS, texts.EMOJI, texts.SWITCHED, texts.SHORT)


@pytest.mark.parametrize(
    ("text", "source", "found"),
    [
        ("来吧来吧来吧来吧来吧", "Come on", True),
        ("'m 'm 'm 'm 'm 'm", "你好", True),
        ("哈哈哈哈哈哈", "hahahaha", False),
        ("你好，世界", "Hello world", False),
        ("ha " * 3, "哈", False),
        ("很" + "长" * 2 + "的话" * 60, "J", True),
    ],
)
def test_functional_finds_loops(text: str, source: str, found: bool) -> None:
    assert functional.loops(text, source) is found


@pytest.mark.parametrize(
    ("source", "text", "kept"),
    [
        ("Only 3 days left!", "只剩三天！", True),
        ("Only 3 days left!", "只剩3天！", True),
        ("Only 3 days left!", "只剩几天！", False),
        ("我有2只猫", "I have two cats", True),
        ("2 cats", "两只猫", True),
        ("12 cats", "十二只猫", False),
        ("1,000 people", "1000人", True),
        ("9:30", "9:30", True),
        ("9:30", "9:00", False),
        ("5 and 5", "5和五", True),
        ("5 and 5", "5", False),
        ("five", "5", False),
        ("37.5度", "37.5 degrees", True),
        ("3 tones", "tones", False),
    ],
)
def test_functional_numbers_kept(source: str, text: str, kept: bool) -> None:
    assert functional.numbers_kept(source, text) is kept


@pytest.mark.parametrize(
    ("source", "text", "kept"),
    [
        ("good 😂😂", "😂好😂", True),
        ("good 😂😂", "好😂", False),
        ("family 👨‍👩‍👧‍👦", "家人👨👩👧👦", False),
        ("go 🇨🇳!", "加油🇨🇳！", True),
        ("go 🇨🇳!", "加油🇯🇵！", False),
        ("ok 👍🏽", "好👍", False),
        ("ok", "好", True),
    ],
)
def test_functional_emoji_kept(source: str, text: str, kept: bool) -> None:
    assert functional.emoji_kept(source, text) is kept


def test_functional_checks_pass_for_an_echo_and_fail_for_silence() -> None:
    def echo(given: Sequence[str], source: str) -> list[str]:
        return list(given)

    def silence(given: Sequence[str], source: str) -> list[str]:
        return [""] * len(given)

    checks = list(functional.run_checks(echo))
    assert [c.passed for c in checks] == [c.total for c in checks]
    failed = list(functional.run_checks(silence))
    assert [c.passed for c in failed] == [0, 0, 0, 0, 0]
    assert all(1 <= len(c.failures) <= 5 for c in failed)


def test_functional_texts_are_distinct_and_in_their_language() -> None:
    for rows in SETS:
        assert {lang: len(set(lines)) for lang, lines in rows.items()} == {
            lang: len(lines) for lang, lines in rows.items()
        }
    # numerals, emoji and terms aside, a text is in the language it is listed under
    for rows in (texts.PLACEHOLDERS, texts.NUMBERS, texts.EMOJI):
        assert not any(regex.search(r"\p{Han}", line) for line in rows["en"])
        assert all(regex.search(r"\p{Han}", line) for line in rows["zh"])


def test_functional_texts_are_many_enough() -> None:
    assert sum(map(len, texts.EMOJI.values())) >= 50
    assert all(EMOJI.search(line) for lines in texts.EMOJI.values() for line in lines)
    everything = "".join(line for lines in texts.EMOJI.values() for line in lines)
    assert {"\u200d", "\U000e0067", "🇨"} <= set(everything)
    for lines in texts.SWITCHED.values():
        assert len(lines) >= 40
        assert all(term and term in text for text, _, term in (r.partition("|") for r in lines))
