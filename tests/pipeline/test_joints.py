"""Marks between translated pieces: on which side the blank of English stands, and in which width copied marks are."""

import re
from collections import Counter
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.domain import Hashtags, Lang, TextFormat, WarningCode
from service.pipeline.plan import Rung, Traits, Unit
from service.pipeline.translate import advance, finish, prepare
from tests.pipeline.script import by_text, hypotheses, request, run, traits

ZH, EN = Lang.ZH_HANS, Lang.EN
HTML = TextFormat.HTML
WORDS = {
    "我爱": "I love", "你": "you", "真的": "really", "他": "He", "非常": "very", "喜欢": "likes", "苹果": "apples",
    "我": "I", "明天": "tomorrow", "要去": "will go to", "学校": "school", "买": "Buy", "三": "three", "送": "get",
    "一": "one", "加粗": "Bold", "文字": "text", "世界": "World", "你好": "hello", "他说": "He said",
    "“快走”": '"Go"', "，然后离开了": ", and left", "点": "Click", "这里": "here", "看看": "to look", "好": "good",
    "你，": "you,", "！真的": "! really",
}  # fmt: skip


def around(text: str, **options: object) -> str:
    """``text`` in English where the model keeps no placeholder, so that every stretch is translated alone."""

    def answer(unit: Unit) -> list[str]:
        return ["lost" if unit.masked.slots else WORDS[unit.segment.text]]

    done, _ = run(request(text, EN, source_lang=ZH, **options), answer)
    for source, target in zip(done.protected, done.protected_target, strict=True):
        assert text[source.start : source.end] == done.text[target.start : target.end]
    return done.text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("他**非常**喜欢**苹果**", "He **very** likes **apples**"),
        ("他__非常__喜欢||苹果||", "He __very__ likes ||apples||"),
        ("**加粗**文字", "**Bold** text"),
        ("他说**“快走”**，然后离开了", 'He said **"Go"**, and left'),
        ("点[这里](/x)看看", "Click [here](/x) to look"),
        ("点**[这里](/x)**看看", "Click **[here](/x)** to look"),
        ("点[**这里**看看](/x)好", "Click [**here** to look](/x) good"),
        ("世界<b0>你好</b0>", "World <b0>hello</b0>"),
    ],
)
def test_joints_blanks_stand_outside_marks_in_text(text: str, expected: str) -> None:
    assert around(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("我爱<b>你</b>，<b>真的</b>！", "I love <b>you</b>, <b>really</b>!"),
        ("买<b>三</b>送<b>一</b>", "Buy <b>three</b> get <b>one</b>"),
        (
            "我<a href='/1'>明天</a>要去<a href='/2'>学校</a>",
            "I <a href='/1'>tomorrow</a> will go to <a href='/2'>school</a>",
        ),
        (
            "点<a href='/x'><b>这里</b></a>看看",
            "Click <a href='/x'><b>here</b></a> to look",
        ),
        ("我<b>非常</b><i>喜欢</i>你", "I <b>very</b> <i>likes</i> you"),
        ("我<b><i>非常</i>喜欢</b>你", "I <b><i>very</i> likes</b> you"),
        ("我<b></b>喜欢<i>你</i>", "I <b></b>likes <i>you</i>"),
        ("他说<b>你，</b>真的", "He said <b>you,</b> really"),
        ("<b>你</b>：<i>真的</i>", "<b>you</b>: <i>really</i>"),
        ("<b>你</b>、<i>真的</i>", "<b>you</b>, <i>really</i>"),
        ("<b>你</b>！真的", "<b>you</b>! Really"),
    ],
)
def test_joints_blanks_stand_outside_tags_in_html(text: str, expected: str) -> None:
    assert around(text, format=HTML) == expected


def test_joints_many_tags_in_a_row_take_linear_time() -> None:
    text = "你好" + "<b></b>" * 20_000 + "世界"
    done, _ = run(request(text, EN, format=HTML), lambda unit: ["hello"])
    assert done.text.startswith("Hello <b></b><b></b>")
    assert done.text.count("<b></b>") == 20_000


@pytest.mark.parametrize(
    ("text", "asked", "said", "expected"),
    [
        ("@小明，你好吗？", "你好吗？", "How are you?", "@小明, How are you?"),
        ("@tom：你在哪里", "你在哪里", "where are you", "@tom: where are you"),
        ("@tom、@bob，你们好", "你们好", "hello", "@tom, @bob, hello"),
        ("@tom，@bob：你们好", "你们好", "hello", "@tom, @bob: hello"),
        ("https://a.cc/x，快来看", "快来看", "come and see", "https://a.cc/x, come and see"),
        ("😀，好的", "好的", "OK", "😀, OK"),
        ("😀： 好的", "好的", "OK", "😀: OK"),
        ("@小明 ，你好", "你好", "hello", "@小明 , hello"),
        ("@tom,你好", "你好", "hello", "@tom, hello"),
        ("[doge]，你好", "你好", "hello", "[doge], hello"),
    ],
)
def test_joints_marks_of_an_address_are_half_width_in_english(
    text: str, asked: str, said: str, expected: str
) -> None:
    done, units = run(request(text, EN, source_lang=ZH), by_text({asked: said}))
    assert done.text == expected
    assert [unit.segment.text for unit in units] == [asked]
    for source, target in zip(done.protected, done.protected_target, strict=True):
        assert text[source.start : source.end] == done.text[target.start : target.end]
    segment = done.segments[0]
    assert done.text[segment.target_start : segment.target_end] == said


@pytest.mark.parametrize(
    ("text", "asked", "expected"),
    [
        ("@小明, hello you", "hello you", "@小明，你好"),
        ("@小明: hello you", "hello you", "@小明：你好"),
        ("😀, hello you", "hello you", "😀，你好"),
        # behind Latin letters the mark and its blank end the name, the link
        ("@tom, hello you", "hello you", "@tom, 你好"),
        ("https://a.cc/x, hello you", "hello you", "https://a.cc/x, 你好"),
        ("@小明 , hello you", "hello you", "@小明 , 你好"),
        ("@tom， hello you", "hello you", "@tom，你好"),
        ("@小明，hello you", "hello you", "@小明，你好"),
    ],
)
def test_joints_marks_of_an_address_in_chinese(text: str, asked: str, expected: str) -> None:
    done, _ = run(request(text), by_text({asked: "你好"}))
    assert done.text == expected


@pytest.mark.parametrize(
    "text", ["@小明，hello there my friend", "😀，！", "@小明，@小红：", "（；；）"]
)
def test_joints_marks_stay_where_nothing_is_translated(text: str) -> None:
    done, _ = run(request(text, EN), by_text({}))
    assert done.text == text


def test_joints_marks_of_an_english_sentence_stay() -> None:
    text = "@tom，hello there my friend！你好。"
    done, _ = run(request(text, EN), by_text({"你好。": "Hello."}))
    assert done.text.endswith("hello there my friend！ Hello.") or done.text.endswith(
        "hello there my friend！Hello."
    )


def test_translate_mark_of_the_whole_text_is_no_pair_of_the_segment() -> None:
    done, _ = run(
        request("**注意**：今天**不**上班", EN),
        by_text({"注意⟦0⟧：今天⟦1⟧不⟦2⟧上班": "Note ⟦0⟧: ⟦1⟧ don't ⟦2⟧ work today"}),
    )
    assert done.text == "**Note**: **don't** work today"
    assert done.warnings == ()


@pytest.mark.parametrize(
    ("text", "format", "said"),
    [
        ("我爱<b>你</b>，<b>真的</b>！", HTML, "I love ⟦0⟧you⟦1⟧, ⟦2⟧⟦3⟧!"),
        (
            "我<a href='/1'>明天</a>要去<a href='/2'>学校</a>吧",
            HTML,
            "I ⟦0⟧'m going to ⟦2⟧school tomorrow⟦3⟧⟦1⟧",
        ),
        ("**加粗**文字", TextFormat.TEXT, "⟦0⟧ text"),
    ],
)
def test_translate_around_marks_that_were_emptied_or_nested(
    text: str, format: TextFormat, said: str
) -> None:
    def answer(unit: Unit) -> list[str]:
        return [said if unit.masked.slots else WORDS.get(unit.segment.text, "ok")]

    done, _ = run(request(text, EN, source_lang=ZH, format=format), answer)
    assert WarningCode.PLACEHOLDER_FALLBACK in [w.code for w in done.warnings]
    kept = [text[span.start : span.end] for span in done.protected]
    assert [done.text[span.start : span.end] for span in done.protected_target] == kept


def test_translate_takes_the_first_hypothesis_whose_marks_hold() -> None:
    plan = prepare(request("我爱**你**吧", EN, alternatives=1), traits(), beam_size=2)
    plan = advance(plan, [hypotheses(["I love ⟦0⟧⟦1⟧ you", "I love ⟦0⟧you⟦1⟧"])])
    done = finish(plan)
    assert done.text == "I love **you**"


def test_translate_never_shows_an_invented_placeholder() -> None:
    tried: list[str] = []

    def answer(unit: Unit) -> list[str]:
        tried.append(unit.rung.name)
        return ["the price ⟦2⟧ is"]

    done, _ = run(request("价格是一百", EN), answer)
    assert done.text == "价格是一百"
    assert tried == ["PLAIN", "NO_REPEAT", "PENALTY"]
    assert [w.code for w in done.warnings] == [WarningCode.COPIED_SOURCE]


def test_translate_tries_again_where_a_placeholder_was_invented() -> None:
    done, _ = run(
        request("价格是一百", EN), by_text({"价格是100": ["price ⟦2⟧ 100", "The price is 100"]})
    )
    assert done.text == "The price is one hundred"
    assert done.warnings == ()


def test_translate_hashtag_marks_hold_their_words() -> None:
    done, _ = run(
        request("我爱#旅行[话题]#吧", EN, hashtags=Hashtags.TRANSLATE),
        lambda unit: ["I love travel ⟦0⟧⟦1⟧" if unit.masked.slots else "travel"],
    )
    assert "#[话题]#" not in done.text
    assert "travel" in done.text


def test_translate_never_cuts_a_number_of_an_over_long_sentence() -> None:
    text = "订单20240501123456789已发货快递单号SF1234567890123联系电话13812345678收件地址"
    engine = Traits(traits().placeholders, 30, lambda said, lang: len(said), traits().directions)
    _, units = run(request(text, EN), lambda unit: ["a few words"], engine)
    parts = [unit.segment.text for unit in units if unit.rung is Rung.PLAIN]
    assert len(parts) > 2
    for number in ("20240501123456789", "SF1234567890123", "13812345678"):
        assert sum(number in part for part in parts) == 1


inline = st.recursive(
    st.sampled_from(["好的", "我们走", "，", "明天见", "😂", "、", "@小明", " "]),
    lambda inner: st.builds(
        lambda tag, parts: f"<{tag}>{''.join(parts)}</{tag}>",
        st.sampled_from(["b", "i", "u"]),
        st.lists(inner, min_size=1, max_size=3),
    ),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None)
@given(st.lists(inline, min_size=1, max_size=5).map("".join), st.randoms(use_true_random=False))
def test_joints_whatever_the_model_says_marks_nest_and_hold_words(
    text: str, chance: Random
) -> None:
    def answer(unit: Unit) -> list[str]:
        words = [slot.placeholder for slot in unit.masked.slots]
        words += ["word"] * len(re.findall(r"[^\W\d]+", unit.segment.text))
        chance.shuffle(words)
        return [" ".join(words[: len(words) if chance.random() < 0.9 else 1])]

    done, _ = run(request(text, EN, source_lang=ZH), answer, tries=40)
    for source, target in zip(done.protected, done.protected_target, strict=True):
        assert text[source.start : source.end] == done.text[target.start : target.end]
    told, said = _contents(text), _contents(done.text)
    assert sorted(tag for tag, _ in told) == sorted(tag for tag, _ in said)
    emptied = Counter(tag for tag, words in said if not words)
    assert emptied <= Counter(tag for tag, words in told if not words)


def _contents(text: str) -> list[tuple[str, bool]]:
    """Every element with whether words, a name or an emoji stand in it; fails unless all of them nest."""
    found: list[tuple[str, bool]] = []
    open_tags: list[tuple[str, int]] = []
    filled = 0
    for piece in re.findall(r"</?\w>|[^<]+", text):
        if not piece.startswith("<"):
            filled += bool(re.search(r"\w|😂", piece))
        elif piece.startswith("</"):
            tag, before = open_tags.pop()
            assert tag == piece[2:-1]
            found.append((tag, filled > before))
        else:
            open_tags.append((piece[1:-1], filled))
    assert open_tags == []
    return found
