"""The table of hashtag names."""

import pytest

from service.lexicon.entries import BadEntry
from service.lexicon.tags import load_tags, parse_tags, tag_name
from service.text.protect import find_spans

HEAD = "zh\ten\n"


@pytest.mark.parametrize(
    ("body", "target", "name"),
    [
        ("每日穿搭", "en", "outfit of the day"),
        ("ootd", "zh", "今日穿搭"),
        ("OOTD", "zh", "今日穿搭"),
        ("TravelDiary", "zh", "旅行日记"),
        ("travel_diary", "zh", "旅行日记"),
        ("旅行日记", "en", "travel diary"),
        ("旅行日记", "zh", None),
        ("nothing of the kind", "zh", None),
        ("", "en", None),
    ],
)
def test_tags_are_named_in_both_directions(body: str, target: str, name: str | None) -> None:
    assert tag_name(body, target) == name


def test_tags_ship_enough_names_of_one_line() -> None:
    for names in load_tags().values():
        assert len(names) > 150
        assert all(name == name.strip() and name for name in names.values())


@pytest.mark.parametrize("body", load_tags()["en"])
def test_tags_are_hashtags_that_a_text_keeps(body: str) -> None:
    ((start, end),) = [(s.start, s.end) for s in find_spans(f"看 #{body}[话题]# 吧")]
    assert (start, end) == (2, 2 + len(f"#{body}[话题]#"))


def test_tags_the_first_row_of_a_name_counts() -> None:
    tags = parse_tags("t.tsv", HEAD + "猫\tcat\n\n# remark\n猫\tkitty\n小猫\tkitty\n")
    assert dict(tags["en"]) == {"猫": "cat", "小猫": "kitty"}
    assert dict(tags["zh"]) == {"cat": "猫", "kitty": "猫"}


@pytest.mark.parametrize(
    ("content", "line"), [("en\tzh\n", 1), (HEAD + "猫\n", 2), (HEAD + "猫\t\n", 2)]
)
def test_tags_a_bad_row_is_named(content: str, line: int) -> None:
    with pytest.raises(BadEntry) as error:
        parse_tags("t.tsv", content)
    assert str(error.value).startswith(f"t.tsv:{line}:")
