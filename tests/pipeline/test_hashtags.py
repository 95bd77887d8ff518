"""Hashtags kept, translated, or kept with their translation beside them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain import Hashtags, Lang, SpanKind, TextFormat, Translation, WarningCode
from service.pipeline.translate import finish, prepare
from tests.pipeline.script import by_text, request, run, traits

ZH, EN, HANT = Lang.ZH_HANS, Lang.EN, Lang.ZH_HANT


def both(text: str, target: Lang, table: dict[str, str], **options: object) -> Translation:
    asked = request(text, target, hashtags=Hashtags.BOTH, **options)
    return run(asked, by_text(dict(table)))[0]


def codes(done: Translation) -> list[WarningCode]:
    return [warning.code for warning in done.warnings]


@pytest.mark.parametrize(
    ("text", "target", "table", "expected"),
    [
        ("你好 #旅行日记", EN, {"你好": "Hello"}, "Hello #旅行日记 (travel diary)"),
        ("你好 #旅行[话题]#", EN, {"你好": "Hello"}, "Hello #旅行[话题]# (travel)"),
        ("你好 #世界杯#", EN, {"你好": "Hello", "世界杯": "World Cup."}, "Hello #世界杯# (World Cup)"),
        ("#大白菜", EN, {"大白菜": "cabbage"}, "#大白菜 (Cabbage)"),
        ("#旅行[话题]##美食[话题]#", EN, {}, "#旅行[话题]# (travel) #美食[话题]# (food)"),
        ("Good! #OOTD", ZH, {"Good!": "好！"}, "好！ #OOTD（今日穿搭）"),
        ("Good! #fit_check", HANT, {"Good!": "好！"}, "好！ #fit_check（今日穿搭）"),
        ("Good! #NYCFood", ZH, {"Good!": "好！", "NYC Food": "纽约美食"}, "好！ #NYCFood（纽约美食）"),
        ("Good! #happy_hour", ZH, {"Good!": "好！", "happy hour": "欢乐时光"}, "好！ #happy_hour（欢乐时光）"),
        ("hi #旅行", EN, {}, "hi #旅行 (travel)"),  # there already, but for the tag
        ("你好 #AI #a1b2", EN, {"你好": "Hello"}, "Hello #AI #a1b2"),  # nothing to say of these
    ],
)  # fmt: skip
def test_hashtags_have_their_translation_beside_them(
    text: str, target: Lang, table: dict[str, str], expected: str
) -> None:
    assert both(text, target, table).text == expected


def test_hashtags_both_inside_a_sentence_moves_what_is_behind() -> None:
    text = "今天去#北京[话题]#玩！明天见。"
    done = both(text, EN, {"今天去⟦0⟧玩！": "Went to ⟦0⟧ today!", "明天见。": "See you."})
    assert done.text == "Went to #北京[话题]# (Beijing) today! See you."
    assert [done.text[s.target_start : s.target_end] for s in done.segments] == [
        "Went to #北京[话题]# (Beijing) today!", "See you.",
    ]  # fmt: skip
    ((source, target),) = zip(done.protected, done.protected_target, strict=True)
    assert text[source.start : source.end] == done.text[target.start : target.end]


def test_hashtags_both_asks_once_for_equal_tags_and_leaves_the_notes_alone() -> None:
    done, asked = run(
        request("你好 #大白菜 #大白菜", EN, hashtags=Hashtags.BOTH),
        by_text({"你好": "Hello", "大白菜": "cabbage"}),
    )
    assert done.text == "Hello #大白菜 (Cabbage) #大白菜 (Cabbage)"
    assert [unit.segment.text for unit in asked] == ["你好", "大白菜"]


def test_hashtags_both_is_in_alternatives_and_in_html() -> None:
    asked = request("你好 #旅行", EN, hashtags=Hashtags.BOTH, alternatives=1)
    done, _ = run(asked, lambda unit: ["Hello", "Hi"])
    assert done.alternatives == ("Hi #旅行 (travel)",)
    table = {"你好": "Hello", "大白菜": "<cabbage> & co"}
    done = both("<p>你好 <b>#大白菜</b></p>", EN, table, format=TextFormat.HTML)
    assert done.text == "<p>Hello <b>#大白菜 (&lt;cabbage&gt; &amp; co)</b></p>"


def test_hashtags_both_a_tag_that_cannot_be_translated_is_told() -> None:
    done, _ = run(
        request("你好 #大白菜", EN, hashtags=Hashtags.BOTH),
        lambda unit: ["Hello"] if unit.segment.text == "你好" else None,
    )
    assert done.text == "Hello #大白菜"
    ((code, start, end),) = [(w.code, w.start, w.end) for w in done.warnings]
    assert (code, start, end) == (WarningCode.COPIED_SOURCE, 3, 7)


def test_hashtags_only_is_translatable_where_their_translation_is_wanted() -> None:
    assert codes(both("#旅行", EN, {})) == []
    kept, _ = run(request("#旅行", EN), by_text({}))
    assert codes(kept) == [WarningCode.NOT_TRANSLATABLE]
    assert codes(both("#AI", EN, {})) != []


@pytest.mark.parametrize(
    ("text", "target", "table", "expected"),
    [
        ("你好 #每日穿搭[话题]#", EN, {"你好 ⟦0⟧": "Hello ⟦0⟧"}, "Hello #OutfitOfTheDay[话题]#"),
        ("Good #ootd", ZH, {"Good ⟦0⟧": "好⟦0⟧"}, "好 #今日穿搭"),
        ("#旅行 #美食", EN, {}, "#travel #food"),
        ("#viral #ootd", HANT, {}, "#熱門 #今日穿搭"),
    ],
)
def test_hashtags_translated_are_tags_by_their_names(
    text: str, target: Lang, table: dict[str, str], expected: str
) -> None:
    done, _ = run(request(text, target, hashtags=Hashtags.TRANSLATE), by_text(dict(table)))
    assert done.text == expected


def test_hashtags_the_callers_glossary_goes_before_the_names() -> None:
    asked = request("#旅行", EN, hashtags=Hashtags.TRANSLATE, glossary=(("旅行", "journey"),))
    done, _ = run(asked, by_text({}))
    assert done.text == "#journey"


def test_hashtags_unfinished_tags_cannot_be_finished() -> None:
    plan = prepare(request("#大白菜", EN, hashtags=Hashtags.BOTH), traits(), beam_size=2)
    with pytest.raises(ValueError, match="pending"):
        finish(plan)


@given(
    st.lists(
        st.sampled_from(
            ["#旅行", "#大白菜[话题]#", "#ootd", "你好", "ok", " ", "，", "。", "@a_b", "😀", "<b>", "\n", "12"]
        ),
        max_size=10,
    ).map("".join),
    st.sampled_from([EN, ZH]),
    st.sampled_from(list(TextFormat)),
)  # fmt: skip
def test_hashtags_both_positions_hold_whatever_is_mixed(
    text: str, target: Lang, form: TextFormat
) -> None:
    asked = request(text, target, hashtags=Hashtags.BOTH, format=form)
    done, _ = run(asked, lambda unit: [unit.segment.text])
    for source, shown in zip(done.protected, done.protected_target, strict=True):
        if source.kind is not SpanKind.TERM:
            assert text[source.start : source.end] == done.text[shown.start : shown.end]
    for segment in done.segments:
        assert 0 <= segment.target_start <= segment.target_end <= len(done.text)
