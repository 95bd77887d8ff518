"""What the engine is given to read: plain letters, plain case, and what it costs; what is copied beside it."""

from collections.abc import Iterator

import pytest

from service.domain import Lang, Translation, TranslationRequest, WarningCode
from service.pipeline.drivers import LocalTranslator
from service.pipeline.plan import Unit
from service.pipeline.translate import prepare
from service.runtime import build_local
from service.settings import Settings
from tests.models.bundled import bundled_entry
from tests.pipeline.script import PLACEHOLDERS, by_text, request, run, traits

ZH, EN = Lang.ZH_HANS, Lang.EN


def read(text: str, target: Lang = ZH, **options: object) -> list[str]:
    """The texts that the engine is asked for."""
    plan = prepare(request(text, target, **options), traits(), beam_size=1)
    return [unit.segment.text for unit in plan.pending]


@pytest.mark.parametrize(
    ("text", "target", "given"),
    [
        ("𝗕𝗶𝗴 𝗻𝗲𝘄𝘀: we are open today", ZH, ["Big news: we are open today"]),
        ("𝘐 𝘭𝘰𝘷𝘦 𝘺𝘰𝘶", ZH, ["I love you"]),
        ("Ｈｅｌｌｏ　ｍｙ　ｆｒｉｅｎｄ", ZH, ["Hello my friend"]),
        ("🅷🅴🅻🅻🅾 ⓜⓨ friend", ZH, ["Hello my friend"]),
        ("ⓗⓔⓛⓛⓞ", ZH, ["hello"]),
        ("今天𝗕𝗶𝗴𝗡𝗲𝘄𝘀来了", EN, ["今天BigNews来了"]),
        ("限时ＳＡＬＥ，全场５折", EN, ["限时SALE，全场5折"]),
        ("我的電話是１３８", EN, ["我的电话是138"]),
        ("HAPPY BIRTHDAY MY FRIEND", ZH, ["Happy birthday my friend"]),
        ("STOP! DO NOT OPEN THE DOOR.", ZH, ["Stop!", "Do not open the door."]),
        ("i LOVE this SO MUCH", ZH, ["i love this so much"]),
        ("THE CEO IS ON TV, 我 LOVE 你", EN, ["THE CEO IS ON TV, 我 LOVE 你"]),
    ],
)
def test_units_give_the_engine_plain_letters(text: str, target: Lang, given: list[str]) -> None:
    source = {"source_lang": ZH} if "CEO" in text else {}
    assert read(text, target, **source) == given


def test_units_count_what_the_engine_reads() -> None:
    (unit,) = prepare(request("𝗕𝗶𝗴 𝗻𝗲𝘄𝘀: ①② x²"), traits(), beam_size=1).pending
    assert unit.tokens == len(unit.segment.text) + 2


def test_units_of_a_long_shout_are_cut_by_what_the_engine_reads() -> None:
    """A tokenizer may spend a token on every capital letter: a shout that is short when lowered stays whole."""

    def count(text: str, lang: str) -> int:
        return sum(1 + 4 * sum(map(str.isupper, word)) for word in text.split())

    engine = traits(limit=60)
    engine = type(engine)(PLACEHOLDERS, 60, count, engine.directions)
    text = "WE ARE SO HAPPY TO SEE YOU AGAIN AND AGAIN IN THIS HOUSE TODAY"
    units = prepare(request(text), engine, beam_size=1).pending
    assert [unit.segment.text for unit in units] == [text[0] + text[1:].lower()]


def test_units_keep_what_the_writer_wrote_in_the_answer() -> None:
    """Placeholders stand for the original letters, and what is copied is not folded."""
    text = "ＳＥＥ ＠ｔｏｍ or @tom ⟦9⟧ ＴＯＤＡＹ"

    def answer(unit: Unit) -> list[str]:
        assert unit.segment.text.isascii() or "⟦" in unit.segment.text
        return [unit.segment.text.replace("today", "今天")]

    done, _ = run(request(text), answer)
    for kept in ("@tom", "⟦9⟧"):
        assert kept in done.text


@pytest.mark.parametrize(
    ("text", "cells", "said"),
    [
        (
            "| Slow boat | free |\n| --- | --- |\n| Fast | here |",
            {"Slow boat": "慢船", "free": "免费", "Fast": "快", "here": "这里"},
            "| 慢船 | 免费 |\n| --- | --- |\n| 快 | 这里 |",
        ),
        ("• Buy milk\n• Call mom", {"Buy milk": "买牛奶", "Call mom": "给妈妈打电话"}, "• 买牛奶\n• 给妈妈打电话"),
        ("A. Yes\nB. No", {"Yes": "是", "No": "否"}, "A. 是\nB. 否"),
        ("[00:17.20]I am fine", {"I am fine": "我很好"}, "[00:17.20]我很好"),
        ("① Buy milk", {"Buy milk": "买牛奶"}, "① 买牛奶"),
    ],
)  # fmt: skip
def test_units_leave_the_marks_of_lists_and_tables(
    text: str, cells: dict[str, str], said: str
) -> None:
    done, asked = run(request(text), by_text(dict(cells)))
    assert [unit.segment.text for unit in asked] == list(cells)
    assert done.text == said
    assert done.warnings == ()


@pytest.fixture(scope="module")
def translator() -> Iterator[LocalTranslator]:
    bundled_entry()
    local = build_local(Settings())
    yield local
    local.close()


def say(translator: LocalTranslator, text: str, target: Lang) -> Translation:
    return translator.translate([TranslationRequest(text, target)])[0]


@pytest.mark.weights
@pytest.mark.parametrize(
    ("fancy", "plain", "target"),
    [
        ("HAPPY BIRTHDAY MY FRIEND", "Happy birthday my friend", ZH),
        ("DO NOT OPEN THE DOOR IN LONDON.", "Do not open the door in London.", ZH),
        ("i LOVE this SO MUCH", "i love this so much", ZH),
        ("𝗕𝗶𝗴 𝗻𝗲𝘄𝘀: we are open today", "Big news: we are open today", ZH),
        ("Ｈｅｌｌｏ　ｍｙ　ｆｒｉｅｎｄ", "Hello my friend", ZH),
        ("我的电话是１３８１２３４５６７８", "我的电话是13812345678", EN),
        ("今天𝗕𝗶𝗴𝗡𝗲𝘄𝘀来了", "今天BigNews来了", EN),
    ],
)
def test_units_translate_fancy_letters_as_plain_ones(
    translator: LocalTranslator, fancy: str, plain: str, target: Lang
) -> None:
    assert say(translator, fancy, target).text == say(translator, plain, target).text


@pytest.mark.weights
@pytest.mark.parametrize(
    ("text", "target", "kept"),
    [
        ("I miss you :'( see you tomorrow", ZH, ":'("),
        ("I am happy today :3", ZH, ":3"),
        ("我想你了ヾ(≧▽≦*)o明天见", EN, "ヾ(≧▽≦*)o"),
        ("好累_(:3」∠)_想睡觉", EN, "_(:3」∠)_"),
        ("看看他→_→真的吗", EN, "→_→"),
        ("请看→这里", EN, "→"),
        ("价格→100", EN, "→"),
        ("follow → me", ZH, "→"),
        ("（一）今天开会\n（二）明天放假", EN, "（二）"),
        ("①买牛奶②买面包", EN, "②"),
    ],
)
def test_units_keep_faces_arrows_and_numbers(
    translator: LocalTranslator, text: str, target: Lang, kept: str
) -> None:
    said = say(translator, text, target)
    assert said.text.count(kept) == 1
    assert "⟦" not in said.text
    assert WarningCode.COPIED_SOURCE not in [w.code for w in said.warnings]
