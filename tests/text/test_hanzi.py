"""Conversion between Simplified and Traditional characters."""

import pytest

from service.text.hanzi import Region, to_hans, to_hant


@pytest.mark.parametrize(
    ("traditional", "simplified"),
    [
        ("今天天氣真好，後來下雨了", "今天天气真好，后来下雨了"),
        ("皇后頭髮", "皇后头发"),
        ("我愛 iPhone 😂", "我爱 iPhone 😂"),
        ("", ""),
        ("plain English", "plain English"),
    ],
)
def test_hanzi_to_hans(traditional: str, simplified: str) -> None:
    assert to_hans(traditional) == simplified


@pytest.mark.parametrize(
    ("region", "expected"),
    [("", "為什麼軟件裡"), ("tw", "為什麼軟體裡"), ("hk", "為什麼軟件裏")],
)
def test_hanzi_to_hant_by_region(region: Region, expected: str) -> None:
    assert to_hant("为什么软件里", region) == expected


def test_hanzi_reads_words_not_single_characters() -> None:
    assert to_hant("皇后以后理发") == "皇后以後理髮"


@pytest.mark.parametrize("strange", ["\0", "\ud83d", "\0\udfff\0", "😂", "⟦0⟧"])
def test_hanzi_keeps_what_it_cannot_convert(strange: str) -> None:
    text = f"发{strange}发{strange}"
    assert to_hant(text) == f"發{strange}發{strange}"
    assert to_hans(to_hant(text)) == text


def test_hanzi_converts_a_long_text() -> None:
    assert to_hant("发" * 200_000) == "發" * 200_000
