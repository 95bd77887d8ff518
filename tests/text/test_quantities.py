"""Numbers with a word of scale: found, valued, and written in the other language."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.text.quantities import find_quantities, values_of, write_quantity


def written(text: str, target: str) -> list[str]:
    return [write_quantity(q, text[q.start : q.end], target) for q in find_quantities(text)]


@pytest.mark.parametrize(
    ("text", "english"),
    [
        ("粉丝450万", ["4.5 million"]), ("14亿人口", ["1.4 billion"]), ("1.2亿", ["120 million"]),
        ("1亿2000万", ["120 million"]), ("3万5千元", ["35,000"]), ("大约30-50万人", ["300,000–500,000"]),
        ("200～300万", ["2–3 million"]), ("3.5万亿", ["3.5 trillion"]), ("5千人", ["5,000"]),
        ("12,345万", ["123.45 million"]), ("1萬人", ["10,000"]), ("5百块", ["500"]),
        ("1000多万人", ["more than 10 million"]), ("30多亿", ["more than 3 billion"]),
        ("20余萬人", ["more than 200,000"]),
        ("30多千米", []), ("30多个", []), ("很多万", []),
        ("跑了5千米", []), ("3千克", []), ("没有数字", []), ("450", []), ("一万", []),
    ],
)  # fmt: skip
def test_quantities_in_english(text: str, english: list[str]) -> None:
    assert written(text, "en") == english


@pytest.mark.parametrize(
    ("text", "chinese"),
    [
        ("20 million people", ["2000万"]), ("1.2 billion users", ["12亿"]), ("$5M in funding", ["500万美元"]),
        ("€1.5bn", ["15亿欧元"]), ("2-3 million copies", ["200万到300万"]), ("35 thousand", ["3.5万"]),
        ("1,500 thousand", ["150万"]), ("3 trillion", ["3万亿"]), ("5 hundred", ["500"]),
        ("I ran 5k", ["5k"]), ("a 4K TV", ["4K"]), ("10M followers", ["10M"]),  # read the same in both
        ("50MB", []), ("5kg", []), ("5m away", []), ("iPhone 12", []), ("v1.2m", []), ("several million", []),
    ],
)  # fmt: skip
def test_quantities_in_chinese(text: str, chinese: list[str]) -> None:
    assert written(text, "zh") == chinese


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("两百五十万人", 2_500_000), ("一亿四千万", 140_000_000), ("十二", 12), ("1亿2000万", 120_000_000),
        ("一千多万", 10_000_000), ("1000多万", 10_000_000), ("三十余亿", 3_000_000_000), ("十多个", 10),
        ("two hundred and fifty thousand", 250_000), ("half a million", 500_000), ("a million", 1_000_000),
        ("twenty-five thousand", 25_000), ("1.4 billion", 1_400_000_000), ("4,500,000", 4_500_000),
        ("10M", 10_000_000), ("one hundred", 100), ("2 million 300 thousand", 2_300_000),
    ],
)  # fmt: skip
def test_quantities_values_in_digits_and_words(text: str, value: int) -> None:
    assert Decimal(value) in values_of(text)


def test_quantities_begin_at_their_first_sign() -> None:
    for text, found in (
        ("卖了 20 million", "20 million"),
        ("要 $ 5M", "$ 5M"),
        ("有 30万", "30万"),
    ):
        assert [text[q.start : q.end] for q in find_quantities(text)] == [found]


def test_quantities_values_are_not_made_of_parts_of_words() -> None:
    assert values_of("I have nothing and none of it") == set()


@given(st.integers(min_value=1, max_value=10**11))
def test_quantities_keep_their_value_in_both_languages(thousands: int) -> None:
    for target in ("en", "zh"):
        text = f"{Decimal(thousands * 1000) / 10**4:f}万"
        (said,) = written(text, target)
        assert Decimal(thousands * 1000) in values_of(said)


@given(st.text(alphabet="0123456789.,-万亿千百kKM $millionad 零两", max_size=60))
def test_quantities_are_total_and_in_order(text: str) -> None:
    end = 0
    for found in find_quantities(text):
        assert end <= found.start < found.end <= len(text)
        assert all(value > 0 for value in found.values)
        end = found.end
    values_of(text)
