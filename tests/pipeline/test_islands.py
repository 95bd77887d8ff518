"""Chinese words in an English text for readers of English: each is translated where it stands."""

import pytest

from service.domain import Lang, TextFormat, WarningCode
from service.pipeline.translate import prepare
from tests.pipeline.script import by_text, request, run, traits

EN, ZH = Lang.EN, Lang.ZH_HANS
TABLE = {
    "火锅": "hot pot",
    "妈妈": "mom",
    "饺子": "dumplings",
    "你好": "Hello.",
    "我们去": "We go.",
    "春节": "Spring Festival",
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I love 火锅 so much", "I love hot pot so much"),
        ("My 妈妈 makes the best 饺子!", "My mom makes the best dumplings!"),
        ("I love my 妈妈so much", "I love my mom so much"),
        ("I love my妈妈 so much", "I love my mom so much"),
        ("We ate 饺子, 火锅 and rice", "We ate dumplings, hot pot and rice"),
        ("Happy 春节 everyone @妈妈 #火锅", "Happy Spring Festival everyone @妈妈 #火锅"),
        ("She said 你好 and left", "She said Hello and left"),
        ("She quietly said 你好.", "She quietly said Hello."),
        ("But if 我们去 they will stay", "But if we go they will stay"),
    ],
)
def test_islands_are_translated_in_place(text: str, expected: str) -> None:
    done, asked = run(request(text, EN), by_text(TABLE))
    assert asked
    assert {u.segment.source_lang for u in asked} == {"zh"}
    assert done.text == expected
    assert done.warnings == ()
    assert done.source_lang is EN


@pytest.mark.parametrize(
    "text",
    [
        'The word "加油" is hard to translate',
        "The word “加油” is hard to translate",
        "Some call it hot pot (火锅) here",
        "The character 好 is made of two parts",
        "Please ask @火锅 about #妈妈 today",
    ],
)
def test_what_is_talked_about_stays(text: str) -> None:
    done, asked = run(request(text, EN), by_text(TABLE))
    assert asked == []
    assert done.text == text
    assert [w.code for w in done.warnings] == [WarningCode.ALREADY_IN_TARGET]


def test_english_words_in_chinese_stay() -> None:
    done, asked = run(request("今天大家一起去shopping了", ZH), by_text({}))
    assert asked == []
    assert done.text == "今天大家一起去shopping了"


def test_a_named_source_language_is_believed() -> None:
    text = "I love 火锅 so much"
    _, asked = run(request(text, EN, source_lang=ZH), by_text({text: "I love hot pot so much"}))
    assert [u.segment.text for u in asked] == [text]


def test_positions_of_islands_are_those_of_both_texts() -> None:
    text = "I love 火锅 so much, 妈妈"
    done, _ = run(request(text, EN), by_text(TABLE))
    pairs = [
        (text[s.source_start : s.source_end], done.text[s.target_start : s.target_end])
        for s in done.segments
    ]
    assert pairs == [("火锅", "hot pot"), ("妈妈", "mom")]


def test_islands_in_html_keep_tags_and_what_is_not_to_be_translated() -> None:
    text = '<p>I love <b>火锅</b> and <i translate="no">饺子</i> so much</p>'
    done, _ = run(request(text, EN, format=TextFormat.HTML), by_text(TABLE))
    assert done.text == '<p>I love <b>hot pot</b> and <i translate="no">饺子</i> so much</p>'


def test_an_island_that_the_engine_fails_on_is_copied_with_a_warning() -> None:
    text = "I love 火锅 so much"
    done, _ = run(request(text, EN), lambda unit: None)
    assert done.text == text
    assert [(w.code, text[w.start : w.end]) for w in done.warnings] == [
        (WarningCode.COPIED_SOURCE, "火锅")
    ]


def test_islands_are_found_in_linear_time() -> None:
    text = "we love @tom and 火锅 here " * 4000
    plan = prepare(request(text, EN), traits(limit=10**6), beam_size=2)
    assert len(plan.pending) == 4000


def test_words_behind_a_long_link_are_no_island() -> None:
    text = f"看 https://a.example/{'x' * 200} 我们去"
    table = {"看": "Look", "我们去": "We go."}
    done, asked = run(request(text, EN), by_text(table), traits(placeholders=()))
    assert [u.segment.text for u in asked] == ["看", "我们去"]
    assert done.text.endswith("x We go.")
