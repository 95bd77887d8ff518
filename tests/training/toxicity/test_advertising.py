"""Advertising rows: filled placeholders, and posts from frames."""

import re

from models.training.toxicity import advertising
from models.training.toxicity.rows import Row, targets

MARKS = re.compile("DIGIT|NAME|PLACE|URL|PHONE|WECHAT|BANK|HOTLINE")
SMS = "恭喜 NAME 中奖 DIGIT 元请到 PLACE 领取详情 URLa 或致电 CELLPHONE 加 WECHAT 联系 BANK"


def test_placeholders_of_sms_are_filled_each_time_anew() -> None:
    rows = [Row(SMS, "zh", 0, {"spam": 1}, advertising.SMS, "aux") for _ in range(40)]
    texts = [row.text for row in advertising.filled(rows)]
    assert not any(MARKS.search(text) for text in texts)
    assert len(set(texts)) > 30
    assert all(text.startswith("恭喜") for text in texts)


def test_other_sources_keep_their_words() -> None:
    rows = [Row("the NAME of the PLACE", "en", 0, {}, "other")]
    assert advertising.filled(rows) == rows


def test_posts_from_frames_are_spam_and_not_toxic() -> None:
    rows = advertising.rows(each=3)
    assert len({row.text for row in rows}) > len(rows) // 2
    assert {(row.toxic, row.labels["spam"], row.labels["toxicity"]) for row in rows} == {(0, 1, 0)}
    assert not any("{" in row.text for row in rows)


def test_advertising_sms_count_in_full_as_not_toxic() -> None:
    _, weights = targets(Row("text", "zh", 0, {"spam": 1}, advertising.SMS, "aux"))
    assert weights[0] == 1.0
