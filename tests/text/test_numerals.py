"""Tests of ``service.text.numerals``: numbers in words as digits, and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.text.numerals import back_in_words, find_numerals


def read(text: str, lang: str) -> str:
    """The text with every number in digits, each in brackets."""
    for one in reversed(find_numerals(text, lang)):
        text = f"{text[: one.start]}[{one.digits}]{text[one.end :]}"
    return text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("我爷爷今年八十三岁了", "我爷爷今年[83]岁了"),
        ("一共来了二十五个人", "一共来了[25]个人"),
        ("一个月三千块", "一个月[3000]块"),
        ("五百多块", "[500多]块"),
        ("还一万多的贷款", "还[1万多]的贷款"),
        ("超过三十亿元", "超过[30亿]元"),
        ("两千多万人", "[2000多万]人"),
        ("四十七万人口", "[47万]人口"),
        ("一卖三万五千杯", "一卖[3.5万]杯"),
        ("一亿两千万", "[1.2亿]"),
        ("十九歲", "[19]歲"),
        ("兩萬塊", "[2万]塊"),
        ("演唱会门票要一千八", "演唱会门票要[1800]"),
        ("两万五", "[2.5万]"),
        ("三千零八", "[3008]"),
        ("四十来岁", "[40来]岁"),
        ("一万两千三百四十五块", "[12345]块"),
        ("一百二十年", "[120]年"),
        ("十个", "[10]个"),
        ("三月去北京，十月底回来", "[3月]去北京，[10月]底回来"),
        ("四五十块钱", "[40到50]块钱"),
        ("三四百块", "[300到400]块"),
        ("两三天", "[2到3]天"),
        ("七八个人", "[7到8]个人"),
        ("零下十五度", "[-15]度"),
        ("零下5度", "[-5]度"),
        ("九十八分", "[98]分"),
        ("五百强", "[500]强"),
        ("三分之一的人", "[1/3]的人"),
        ("四分之三", "[3/4]"),
        ("百分之八十的学生", "[80%]的学生"),
        ("百分之百", "[100%]"),
        ("百分之三点五", "[3.5%]"),
        ("百分之30", "[30%]"),
        ("千分之三", "[0.3%]"),
        ("三点五亿", "[3.5]亿"),
        ("一九九八年", "[1998]年"),
        ("二〇〇八年", "[2008]年"),
        ("八十年代", "[80]年代"),
        ("十月一日", "[10月1日]"),
        ("十二月三十一号", "[12月31日]"),
        ("十二点半", "[12:30]"),
        ("五点二十", "[5:20]"),
        ("三点零五分", "[3:05]"),
        ("三点一刻", "[3:15]"),
        ("他一米八五，", "他[1.85米]，"),
        ("一米八", "[1.8米]"),
        ("两块五", "[2.5块]"),
        ("晚了两个半小时", "晚了[2.5个]小时"),
        ("一年半了", "[1.5年]了"),
    ],
)
def test_numerals_of_chinese(text: str, expected: str) -> None:
    assert read(text, "zh") == expected


@pytest.mark.parametrize(
    "text",
    [
        "十分感谢",
        "你这个二百五",
        "第二十三个",
        "几十万",
        "几百人",
        "十几个",
        "十全十美",
        "十万火急",
        "万一",
        "千万别去",
        "双十一",
        "打八折",
        "三个人",
        "一起",
        "一年半载",
        "一千零一夜",
        "十字路口",
        "上百人",
        "一心一意",
        "三点五分钟",
        "五四三二一",
        "二零二五年级",
        "三三两两",
        "九九八十一难",
        "一一",
        "三个月",
        "八月亮",
        "一二三四",
        "三五成群",
        "十",
        "一半",
        "",
        "十八",
    ],
)
def test_numerals_leaves_chinese_words_that_do_not_count(text: str) -> None:
    assert find_numerals(text, "zh") == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("about three thousand dollars", "about [3000] dollars"),
        ("twenty-five people", "[25] people"),
        ("turned eighty three", "turned [83]"),
        ("more than two million", "more than [2 million]"),
        ("a hundred and twenty years", "[120] years"),
        ("five hundred thousand fans", "[500,000] fans"),
        ("twelve hundred miles", "[1200] miles"),
        ("two hundred and fifty thousand", "[250,000]"),
        ("one million two hundred thousand", "[1.2 million]"),
        ("eleven more", "[11] more"),
        ("Two thirds of it", "[2/3] of it"),
        ("three-quarters", "[3/4]"),
        ("sixty percent", "[60%]"),
        ("five per cent", "[5%]"),
        ("half past three", "[3:30]"),
        ("a quarter to five", "[4:45]"),
        ("quarter past nine", "[9:15]"),
        ("minus ten", "[-10]"),
        ("two thousand, three hundred people", "[2300] people"),
        ("fifty million, two hundred thousand", "[50.2 million]"),
        ("two third\u017f", "[2/3]"),  # a long s, which matches where case does not count
        ("two sixths", "[2/6]"),
        ("two thousand, three are broken", "[2000], three are broken"),
        ("two point five percent", "[2.5%]"),
        ("three point five million", "[3.5] million"),
        ("a hundred percent sure", "[100%] sure"),
        ("an hour and a half", "[1.5 hours]"),
        ("two and a half years", "[2.5] years"),
        ("in nineteen ninety-eight", "in [1998]"),
        ("twenty fifteen", "[2015]"),
        ("nineteen oh five", "[1905]"),
        ("a twenty-year-old", "a [20]-year-old"),
        ("a century and a half", "[1.5 centuries]"),
        ("He left. Twenty people came.", "He left. [20] people came."),
        ("“Forty-five seconds”", "“[45] seconds”"),
        ("one thousand two hundred and thirty-four", "[1234]"),
        ("twelve thousand three hundred", "[12,300]"),
    ],
)
def test_numerals_of_english(text: str, expected: str) -> None:
    assert read(text, "en") == expected


@pytest.mark.parametrize(
    "text",
    [
        "thanks a million",
        "Twenty One Pilots",
        "Fifty Shades of Grey",
        "watch Ocean's Eleven",
        "a hundred things",
        "the twenty-first",
        "in her twenties",
        "hundreds of people",
        "a couple hundred",
        "nine eleven",
        "ten people",
        "one of them",
        "fifty-fifty",
        "twenty something",
        "One hundred and one Dalmatians",
        "ONE HUNDRED",
        "often",
        "seventeenth",
        "a thousand",
        "two of us",
        "",
        "someone",
        "several thousand people",
        "four thirds",
    ],
)
def test_numerals_leaves_english_words_that_do_not_count(text: str) -> None:
    assert find_numerals(text, "en") == []


def test_numerals_keep_off_what_is_taken() -> None:
    text = "三百人和五百人"
    assert [one.start for one in find_numerals(text, "zh", [(0, 1)])] == [4]
    assert [one.start for one in find_numerals(text, "zh", [(2, 4), (6, 7)])] == [0, 4]
    assert find_numerals(text, "zh", [(0, 7)]) == []


@pytest.mark.parametrize(
    ("text", "digits", "target", "expected"),
    [
        ("He is 25 years old.", ["25"], "en", "He is twenty-five years old."),
        (
            "1/3 of them and 300 more",
            ["1/3", "300"],
            "en",
            "one third of them and three hundred more",
        ),
        (
            "3/4 of it, 40 and 13",
            ["3/4", "40", "13"],
            "en",
            "three quarters of it, forty and thirteen",
        ),
        ("我17岁，400元", ["17", "400"], "zh", "我十七岁，四百元"),
        ("1800元", ["1800"], "zh", "一千八百元"),
        ("2/3的人，1/100", ["2/3", "1/100"], "zh", "三分之二的人，百分之一"),
        ("110个", ["110"], "zh", "一百一十个"),
        # as it is: a price, a time, a measure, a part of another number, twice, missing, not round
        ("It costs $25", ["25"], "en", "It costs $25"),
        ("at 25:10", ["25"], "en", "at 25:10"),
        ("10 km and 25%", ["10", "25"], "en", "10 km and 25%"),
        ("25.5 and 1,300", ["25", "300"], "en", "25.5 and 1,300"),
        ("12 or 12", ["12"], "en", "12 or 12"),
        ("none", ["12"], "en", "none"),
        ("1500 and 360", ["1500", "360"], "en", "1500 and 360"),
        ("105个", ["105"], "zh", "105个"),
        ("我生于1998年", ["1998"], "zh", "我生于1998年"),
        ("3.5万，80%", ["3.5万", "80%"], "zh", "3.5万，80%"),
    ],
)
def test_numerals_back_in_words(text: str, digits: list[str], target: str, expected: str) -> None:
    assert back_in_words(text, digits, target) == expected


_WORDS = st.lists(
    st.sampled_from(
        [
            *"一二两三四五六七八九十百千万亿〇零第几点半多个块米年月日分之来",
            "twenty",
            "-",
            " ",
            "five",
            "hundred",
            "and",
            "a",
            "half",
            ",",
            "thousand",
            "point",
            "million",
            "percent",
            "thirds",
            "nineteen",
            "oh",
            "hour",
            "\ud800",
            "3",
            ".",
            "T",
        ]
    ),
    max_size=14,
)


@given(_WORDS, st.sampled_from(["en", "zh"]))
def test_numerals_are_in_order_and_hold_a_digit(words: list[str], lang: str) -> None:
    text = "".join(words)
    at = 0
    for one in find_numerals(text, lang):
        assert at <= one.start < one.end <= len(text)
        assert any(c.isdigit() for c in one.digits)
        at = one.end


@given(st.integers(11, 9999))
def test_numerals_back_and_forth(value: int) -> None:
    for lang, count in (("en", "{} people"), ("zh", "{}个人")):
        said = back_in_words(count.format(value), [str(value)], lang)
        if str(value) not in said:
            assert read(said, lang) == count.format(f"[{value}]")


@pytest.mark.parametrize(
    "unit",
    [
        "一",
        "十",
        "一百",
        "二十",
        "分之",
        "百分之",
        "twenty ",
        "hundred ",
        "a hundred and ",
        "one thousand, ",
    ],
)
def test_numerals_of_long_texts_come_to_an_end(unit: str) -> None:
    text = unit * (200_000 // len(unit))
    for lang in ("en", "zh"):
        assert all(one.end <= len(text) for one in find_numerals(text, lang))
