"""Dates with a month: found, looked for in a translation, written in the other language."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.text.dates import find_dates, has_date, write_date


def written(text: str, target: str) -> list[str]:
    return [write_date(date, target) for date in find_dates(text)]


@pytest.mark.parametrize(
    ("text", "english"),
    [
        ("我们2024年5月1日出发", ["May 1, 2024"]), ("5月1号见", ["May 1"]), ("12月份", ["December"]),
        ("98年3月", ["March 1998"]), ("08年8月8日", ["August 8, 2008"]), ("2月和3月", ["February", "March"]),
        ("5个月", []), ("13月", []), ("每月", []), ("五月", []),
    ],
)  # fmt: skip
def test_dates_in_english(text: str, english: list[str]) -> None:
    assert written(text, "en") == english


@pytest.mark.parametrize(
    ("text", "chinese"),
    [
        ("See you on May 1st, 2024", ["2024年5月1日"]), ("the 3rd of March", ["3月3日"]),
        ("1 Sept. 2023", ["2023年9月1日"]),
        ("Dec 25!", ["12月25日"]), ("from June 1 to July 2", ["6月1日", "7月2日"]),
        ("I march 5 miles", []), ("June 10:30", []), ("March 5%", []), ("Marc 5", []), ("Mart 5", []),
        ("May 5k", []), ("in May", ["5月"]), ("next August", ["8月"]), ("in March 2020", ["2020年3月"]),
        ("in March 5", ["3月5日"]), ("by June", []), ("I met April", []), ("mid-July", ["7月"]), ("in Mayfair", []),
    ],
)  # fmt: skip
def test_dates_in_chinese(text: str, chinese: list[str]) -> None:
    assert written(text, "zh") == chinese


@pytest.mark.parametrize(
    ("source", "output", "kept"),
    [
        ("2024年5月1日", "May 1, 2024", True), ("2024年5月1日", "1st May 2024", True),
        ("2024年5月1日", "5/1/2024", True),
        ("2024年5月1日", "2024 February 1", False), ("2024年5月1日", "May 1", False),
        ("5月1日", "the first of May", True),
        ("5月1日", "May 2", False), ("10月份", "in October", True), ("10月份", "for ten months", True),
        ("Dec 25", "12月25日", True), ("Dec 25", "十二月二十五日", True), ("Dec 25", "10月25日", False),
        ("Dec 25", "12月", False),
    ],
)  # fmt: skip
def test_dates_in_a_translation(source: str, output: str, kept: bool) -> None:
    (date,) = find_dates(source)
    assert has_date(output, date) is kept


@given(st.dates())
def test_dates_are_the_same_there_and_back(day: datetime.date) -> None:
    text = f"{day.year:04}年{day.month}月{day.day}日"
    (found,) = find_dates(text)
    if day.year >= 1900 and day.year < 2100:
        (again,) = find_dates(write_date(found, "en"))
        assert (again.year, again.month, again.day) == (day.year, day.month, day.day)


@given(st.text(alphabet="0123456789年月日号份 MayJunDec,.thrdst五十", max_size=60))
def test_dates_are_total_and_in_order(text: str) -> None:
    end = 0
    for found in find_dates(text):
        assert end <= found.start < found.end <= len(text)
        end = found.end
        has_date(text, found)
