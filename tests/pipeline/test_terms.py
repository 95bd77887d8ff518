"""Slang, a caller's glossary and emoji codes on their way through prepare / advance / finish."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from service.domain import Lang, SpanKind, TextFormat, Translation, WarningCode
from service.lexicon.finder import SlangFinder
from service.pipeline.plan import Rung, Traits, Unit
from tests.lexicon.rows import lexicon, row
from tests.pipeline.script import by_text, request, run, traits

ZH, EN = Lang.ZH_HANS, Lang.EN

FINDER = SlangFinder(
    lexicon(
        row(id="goat", variants="永远滴神"),
        row(id="hooked", term="种草", expansion="心动", translation="tempted", guard="always"),
        row(
            id="drama", term="吃瓜", expansion="", guard="note-only", translation="watch the drama"
        ),
        row(id="same", term="打卡", expansion="打卡", translation="", guard="always"),
        row(id="name", term="小红书", expansion="小红书", translation="RedNote", guard="always"),
        row(id="ngl", term="ngl", language="en", expansion="to be honest", translation="说实话"),
    )
)


def slangy(**options: object) -> Traits:
    return replace(traits(**options), slang=FINDER)  # type: ignore[arg-type]  # test shorthand


def zh_to_en(
    text: str, table: Mapping[str, str | Sequence[str]], **options: object
) -> tuple[Translation, list[Unit]]:
    return run(request(text, EN, **options), by_text(dict(table)), slangy())


def texts(asked: Sequence[Unit]) -> list[str]:
    return [unit.segment.text for unit in asked]


# slang --------------------------------------------------------------------------------------------------------------


def test_terms_the_model_reads_plain_words_for_slang() -> None:
    text = "这家店yyds！"
    done, asked = zh_to_en(text, {"这家店永远的神！": "This shop is the GOAT!"})
    assert done.text == "This shop is the GOAT!"
    (note,) = done.notes
    assert text[note.start : note.end] == "yyds"
    assert (note.id, note.term, note.lang, note.sure) == ("goat", "yyds", "zh", True)
    assert (note.expansion, note.translation, note.note_en) == ("永远的神", "the GOAT", "Praise.")
    assert done.protected == ()
    assert done.segments[0].source_end == len(text)
    assert len(asked) == 1


def test_terms_a_variant_is_noted_under_its_term_where_it_stands() -> None:
    text = "😀永远滴神！真的种草"
    done, _ = zh_to_en(text, {"永远的神！": "The GOAT!", "真的心动": "So tempted"})
    assert [(text[n.start : n.end], n.term) for n in done.notes] == [
        ("永远滴神", "yyds"), ("种草", "种草"),
    ]  # fmt: skip


@pytest.mark.parametrize(("term", "sure"), [("吃瓜", False), ("打卡", False)])
def test_terms_what_is_only_noted_stays(term: str, sure: bool) -> None:
    done, asked = zh_to_en(f"我们{term}", {f"我们{term}": "We do that"})
    assert [(n.term, n.sure) for n in done.notes] == [(term, sure)]
    assert len(asked) == 1


def test_terms_slang_can_be_switched_off() -> None:
    done, _ = zh_to_en("这家店yyds！[笑哭R]", {"这家店yyds！": "This shop yyds!"}, slang=False)
    assert done.notes == ()


def test_terms_english_slang_is_expanded_for_chinese_and_stays_in_english() -> None:
    done, _ = run(request("ngl good"), by_text({"to be honest good": "说实话不错"}), slangy())
    assert (done.text, done.notes[0].sure) == ("说实话不错", True)
    done, _ = zh_to_en("ngl 真的好吃", {"ngl 真的好吃": "ngl really tasty"})
    assert (done.text, done.notes[0].sure) == ("ngl really tasty", False)


def test_terms_traditional_characters_are_looked_up_in_simplified_ones() -> None:
    text = "這雙鞋種草了"
    done, _ = zh_to_en(text, {"这双鞋心动了": "These shoes tempt me"})
    assert [text[n.start : n.end] for n in done.notes] == ["種草"]


def test_terms_an_expansion_that_does_not_fit_the_model_is_left_out() -> None:
    text = "种草" * 30
    engine = slangy(limit=70)
    far = row(term="种草", expansion="很想买很想买", translation="", guard="always")
    long = SlangFinder(lexicon(far))
    done, asked = run(request(text, EN), lambda unit: ["tempted " * 8], replace(engine, slang=long))
    assert texts(asked)[0] == text
    assert len(done.notes) == 30


def test_terms_a_note_is_given_for_text_that_needs_no_translation() -> None:
    done, asked = run(request("这家店yyds"), by_text({}), slangy())
    assert done.text == "这家店yyds"
    assert [n.id for n in done.notes] == ["goat"]
    assert asked == []


def test_terms_plain_words_are_not_missed_when_a_number_was_lost() -> None:
    table = {
        "1234个人说永远的神": "Many people say the best",
        "⟦0⟧个人说永远的神": "People say the best",  # the second try loses it, too
    }
    done, asked = zh_to_en("1234个人说yyds", table)
    assert [unit.rung for unit in asked] == [Rung.PLAIN, Rung.MASKED]
    assert [w.code for w in done.warnings] == [WarningCode.NUMBER_CHANGED]


# language -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("yyds", ZH), ("YYDS!!! 😀", ZH), ("yyds @bob_b https://a.example/x", ZH),
        ("yyds bro", EN), ("ngl", EN), ("so yyds", EN), ("yyds 真的", ZH),
    ],
)  # fmt: skip
def test_terms_tell_the_language_of_a_text_in_latin_letters(text: str, lang: Lang) -> None:
    done, _ = run(request(text, EN), lambda unit: ["The best"], slangy())
    assert done.source_lang is lang


def test_terms_tell_the_language_of_html() -> None:
    done, _ = run(
        request("<p class='big one'><b>yyds</b></p>", EN, format=TextFormat.HTML),
        by_text({}),  # its meaning is known
        slangy(),
    )
    assert done.text == "<p class='big one'><b>the GOAT</b></p>"
    assert done.source_lang is ZH


def test_terms_tell_the_language_of_one_sentence_among_others() -> None:
    table = {"真的很好吃！": "Really tasty!", "永远的神！": "The GOAT!"}
    done, _ = zh_to_en("真的很好吃！yyds！", table)
    assert done.text == "Really tasty! The GOAT!"


# glossary -----------------------------------------------------------------------------------------------------------


def test_terms_a_glossary_target_is_shown_for_its_source() -> None:
    text = "我的宝子来了，宝子们好"
    pairs = (("宝子", "bestie"),)
    done, _ = zh_to_en(text, {"我的⟦0⟧来了，⟦1⟧好": "My ⟦0⟧ came, hi ⟦1⟧"}, glossary=pairs)
    assert done.text == "My bestie came, hi besties"
    pairs_of = list(zip(done.protected, done.protected_target, strict=True))
    assert [(text[s.start : s.end], done.text[t.start : t.end]) for s, t in pairs_of] == [
        ("宝子", "bestie"), ("宝子们", "besties"),
    ]  # fmt: skip
    assert {span.kind for span in (*done.protected, *done.protected_target)} == {SpanKind.TERM}


def test_terms_an_english_plural_is_found() -> None:
    done, _ = run(
        request("Hi besties!", glossary=(("bestie", "宝子"),)), by_text({"Hi ⟦0⟧!": "嗨⟦0⟧！"})
    )
    assert done.text == "嗨宝子！"


def test_terms_the_glossary_goes_before_slang() -> None:
    done, _ = zh_to_en("他yyds", {"他⟦0⟧": "He is ⟦0⟧"}, glossary=(("yyds", "peerless"),))
    assert done.text == "He is peerless"
    assert done.notes == ()


def test_terms_a_target_is_escaped_in_html() -> None:
    done, _ = zh_to_en(
        "<p>宝子&amp;我</p>", {"⟦0⟧&我": "⟦0⟧ & I"},
        glossary=(("宝子", "<b>B&B</b>"),), format=TextFormat.HTML,
    )  # fmt: skip
    assert done.text == "<p>&lt;b&gt;B&amp;B&lt;/b&gt; &amp; I</p>"
    done, _ = zh_to_en("宝子好", {"⟦0⟧好": "hi ⟦0⟧"}, glossary=(("宝子", "<B>"),))
    assert done.text == "Hi <B>"


@pytest.mark.parametrize(
    ("text", "said", "shown"),
    [
        ("2宝子", "2 ⟦0⟧", "2 bestie"),
        ("2宝子", "2⟦0⟧", "2 bestie"),
        ("宝子在吗", "Is⟦0⟧there", "Is bestie there"),
        ("宝子宝子在吗", "⟦0⟧⟦1⟧ there", "bestie bestie there"),
        ("“宝子”在吗", "“⟦0⟧” there", "“bestie” there"),
    ],
)
def test_terms_a_target_stands_as_a_word(text: str, said: str, shown: str) -> None:
    done, _ = run(request(text, EN, glossary=(("宝子", "bestie"),)), lambda unit: [said], slangy())
    assert done.text == shown


def test_terms_a_lost_placeholder_is_translated_around() -> None:
    text = "我的宝子来了"
    table = {"我的⟦0⟧来了": "My friend came", "我的": "My", "来了": "came"}
    done, _ = zh_to_en(text, table, glossary=(("宝子", "bestie"),))
    assert done.text.split() == ["My", "bestie", "came"]
    assert [w.code for w in done.warnings] == [WarningCode.PLACEHOLDER_FALLBACK]
    ((source, target),) = zip(done.protected, done.protected_target, strict=True)
    assert (text[source.start : source.end], done.text[target.start : target.end]) == (
        "宝子", "bestie",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "shown"), [("宝子", "bestie"), ("宝子！", "bestie!"), (" 😀宝子 ", " 😀 bestie ")]
)
def test_terms_a_text_that_is_only_a_term_needs_no_engine(text: str, shown: str) -> None:
    done, asked = zh_to_en(text, {}, glossary=(("宝子", "bestie"),))
    assert done.text == shown
    assert asked == []
    assert WarningCode.NOT_TRANSLATABLE not in [w.code for w in done.warnings]


def test_terms_more_than_there_are_placeholders() -> None:
    text = "，".join(f"词{c}和我" for c in "甲乙丙丁")
    pairs = tuple((f"词{c}", f"T{i}") for i, c in enumerate("甲乙丙丁"))
    done, _ = run(
        request(text, EN, glossary=pairs),
        lambda unit: [unit.segment.text.replace("和我", "and I")],
        slangy(placeholders=("⟦0⟧", "⟦1⟧")),
    )
    for _, target in pairs:
        assert done.text.count(target) == 1
    for source, target in zip(done.protected, done.protected_target, strict=True):
        assert dict(pairs)[text[source.start : source.end]] == done.text[target.start : target.end]


def test_terms_protected_text_is_not_looked_into() -> None:
    text = "看 @yyds https://yyds.com/yyds [yyds] #yyds 啊"
    done, _ = run(
        request(text, EN, glossary=(("yyds", "x"),)),
        lambda unit: [unit.segment.text.replace("看", "Look").replace("啊", "!")],
        slangy(),
    )
    assert "@yyds https://yyds.com/yyds [yyds] #yyds" in done.text
    assert done.notes == ()


# HTML and emoji codes -----------------------------------------------------------------------------------------------


def test_terms_markup_is_not_looked_into() -> None:
    html = '<p title="yyds">这家<b class="yyds">yyds</b></p><script>yyds 的</script><!-- yyds -->'
    done, _ = run(
        request(html, EN, format=TextFormat.HTML),
        lambda unit: [unit.segment.text.replace("这家", "This ").replace("永远的神", "the GOAT")],
        slangy(),
    )
    assert [note.start for note in done.notes] == [html.index(">yyds<") + 1]
    assert html.replace("这家", "").replace("yyds<", "<") in done.text.replace("This ", "").replace(
        "the GOAT", ""
    )


def test_terms_emoji_codes_have_notes_and_stay() -> None:
    text = "好吃[笑哭R]种草[没有这个]"
    done, _ = run(
        request(text, EN), lambda unit: [unit.segment.text.replace("好吃", "tasty")], slangy()
    )
    assert "[笑哭R]" in done.text
    assert [(text[n.start : n.end], n.translation, n.sure) for n in done.notes] == [
        ("[笑哭R]", "crying laughing", False), ("种草", "tempted", True),
    ]  # fmt: skip
    assert (done.notes[0].term, done.notes[0].lang) == ("[笑哭R]", "zh")


# everything ---------------------------------------------------------------------------------------------------------


@example("宝子yydsyyds种草", EN, TextFormat.TEXT)
@given(
    st.lists(
        st.sampled_from(["yyds", "种草", "宝子", "好", "ngl", " ", "，", "。", "@a_b", "😀", "[doge]", "<b>", "1234"]),
        max_size=12,
    ).map("".join),
    st.sampled_from([EN, ZH]),
    st.sampled_from(list(TextFormat)),
)  # fmt: skip
def test_terms_positions_hold_whatever_is_mixed(text: str, target: Lang, form: TextFormat) -> None:
    pairs = (("宝子", "bestie"),)
    done, _ = run(
        request(text, target, glossary=pairs, format=form),
        lambda unit: [unit.segment.text],
        slangy(placeholders=("⟦0⟧", "⟦1⟧", "⟦2⟧")),
    )
    for note in done.notes:
        assert text[note.start : note.end] == note.term
    assert list(done.notes) == sorted(done.notes, key=lambda note: note.start)
    for source, shown in zip(done.protected, done.protected_target, strict=True):
        was, now = text[source.start : source.end], done.text[shown.start : shown.end]
        assert now == ("bestie" if source.kind is SpanKind.TERM else was)
