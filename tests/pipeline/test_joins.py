"""Where pieces of several kinds meet: blanks in English, the script of copied Chinese, foreign words, HTML."""

from collections.abc import Sequence

import pytest

from models.interfaces import Hypothesis
from service.domain import Lang, SpanKind, TextFormat, WarningCode
from service.pipeline.plan import Rung, Traits
from service.pipeline.translate import advance, finish, prepare
from tests.pipeline.script import BOTH, PLACEHOLDERS, by_text, request, run, traits

ZH, EN, HANT = Lang.ZH_HANS, Lang.EN, Lang.ZH_HANT
HTML = TextFormat.HTML
TABLE: dict[str, Sequence[str] | str] = {"你好。": "Hello.", "再见。": "Bye.", "我们走": "Let's go"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("你好。I'm so tired. 再见。", "Hello. I'm so tired. Bye."),
        ("你好。Thanks!再见。", "Hello. Thanks! Bye."),
        ("你好。😀再见。🎉", "Hello. 😀 Bye. 🎉"),
        ("你好。[doge]再见。", "Hello. [doge] Bye."),
        ("你好。😀 再见。", "Hello. 😀 Bye."),
    ],
)
def test_translate_to_english_sets_off_what_is_copied(text: str, expected: str) -> None:
    done, _ = run(request(text, EN), by_text(TABLE))
    assert done.text == expected
    for source, target in zip(done.protected, done.protected_target, strict=True):
        assert text[source.start : source.end] == done.text[target.start : target.end]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<p><b>你好。</b>再见。</p>", "<p><b>Hello.</b> Bye.</p>"),
        ("<p>你好。<b>再见。</b></p>", "<p>Hello. <b>Bye.</b></p>"),
        ("<p>你好。</p><p>再见。</p>", "<p>Hello.</p><p>Bye.</p>"),
        ("<b>你好。</b> <i>再见。</i>", "<b>Hello.</b> <i>Bye.</i>"),
    ],
)
def test_translate_to_english_puts_the_blank_outside_tags(text: str, expected: str) -> None:
    done, _ = run(request(text, EN, format=HTML), by_text(TABLE))
    assert done.text == expected


def test_translate_keeps_blanks_out_of_tags_inside_a_sentence() -> None:
    text = "<p>天气<b>很好</b>吧</p>"
    done, _ = run(
        request(text, EN, format=HTML),
        by_text({"天气⟦0⟧很好⟦1⟧吧": "The weather ⟦0⟧ is good ⟦1⟧ isn't it"}),
    )
    assert done.text == "<p>The weather <b>is good</b> isn't it</p>"


@pytest.mark.parametrize(
    ("text", "target", "source", "expected"),
    [
        ("I love it. 我喜欢软件。", HANT, None, "我愛它。我喜歡軟件。"),
        ("I love it. 我喜欢软件。", HANT, EN, "我愛它。我喜歡軟件。"),
        ("我喜欢这个软件。I love it.", HANT, None, "我喜歡這個軟件。我愛它。"),
        ("我喜歡這個軟件。I love it.", ZH, None, "我喜欢这个软件。我爱它。"),
    ],
)
def test_translate_mixed_text_to_one_script(
    text: str, target: Lang, source: Lang | None, expected: str
) -> None:
    done, _ = run(request(text, target, source_lang=source), by_text({"I love it.": "我爱它。"}))
    assert done.text == expected
    assert done.warnings == ()


def test_translate_copies_words_of_a_foreign_script() -> None:
    text = "I like 방탄소년단 a lot"
    done, _ = run(request(text), by_text({"I like ⟦0⟧ a lot": "我很喜欢 ⟦0⟧"}))
    assert done.text == "我很喜欢 방탄소년단"
    (warning,) = done.warnings
    assert (warning.code, warning.reason) == (WarningCode.NOT_TRANSLATABLE, "unknown_script")
    assert text[warning.start : warning.end] == "방탄소년단"
    assert [span.kind for span in done.protected] == [SpanKind.NOTRANSLATE]


def test_translate_around_words_of_a_foreign_script_ends() -> None:
    done, asked = run(
        request("I like 방탄소년단 a lot"),
        by_text({"I like ⟦0⟧ a lot": "我很喜欢", "I like": "我喜欢", "a lot": "非常"}),
    )
    assert done.text == "我喜欢 방탄소년단 非常"
    assert len(asked) == 3


def test_translate_around_keeps_references_that_read_as_characters() -> None:
    done, asked = run(
        request("<p>It&#39;s &copy; mine, isn&#39;t it</p>", format=HTML),
        by_text({"It's ⟦0⟧ mine, isn't it": "我的", "It's": "它是", "mine, isn't it": "我的"}),
    )
    assert done.text == "<p>它是 &copy; 我的</p>"
    assert [unit.segment.text for unit in asked][1:] == ["It's", "mine, isn't it"]


def test_translate_nothing_in_html_is_not_told_by_tag_names() -> None:
    text = "<table><tr><td>12</td></tr></table>"
    done, _ = run(request(text, EN, source_lang=ZH, format=HTML), by_text({}))
    assert done.text == text
    assert [(w.code, w.reason) for w in done.warnings] == [
        (WarningCode.NOT_TRANSLATABLE, "no_letters")
    ]


def test_prepare_counts_placeholders_as_the_model_does() -> None:
    words = "so <b>very</b> <i>very</i> happy to <s>see</s> you <em>all</em> today my friend"
    engine = Traits(PLACEHOLDERS, 30, lambda text, lang: len(text.replace(" ", "")), BOTH)
    plan = prepare(request(words, format=HTML), engine, beam_size=2)
    assert len(plan.pending) > 1
    assert all(unit.tokens <= 30 for unit in plan.pending)
    assert all(len(unit.segment.text.replace(" ", "")) <= 28 for unit in plan.pending)


def test_advance_keeps_the_first_try_when_the_engine_fails_on_masked_numbers() -> None:
    plan = prepare(request("I have 12 apples."), traits(), beam_size=2)
    plan = advance(plan, [[Hypothesis("我有苹果。", -0.1, 5)]])
    assert [unit.rung for unit in plan.pending] == [Rung.MASKED]
    done = finish(advance(plan, [None]))
    assert done.text == "我有苹果。"
    assert [w.code for w in done.warnings] == [WarningCode.NUMBER_CHANGED]


def test_translate_tells_of_chinese_that_got_lost() -> None:
    done, _ = run(request("早上好，hello", source_lang=EN), by_text({"早上好，hello": "morning"}))
    assert [w.code for w in done.warnings] == [WarningCode.UNTRANSLATED]


@pytest.mark.parametrize(
    ("text", "asked", "said", "expected"),
    [
        # The comma of an address is copied with the name; a mark that the model drops leaves a blank.
        ("@tom, thanks for it", "thanks for it", "谢谢你的书", "@tom, 谢谢你的书"),
        ("@tom; thanks for it", "; thanks for it", "谢谢", "@tom 谢谢"),
        ("@tom; thanks for it", "; thanks for it", "；谢谢", "@tom；谢谢"),
    ],
)
def test_translate_to_chinese_ends_a_name(text: str, asked: str, said: str, expected: str) -> None:
    done, _ = run(request(text), by_text({asked: said}))
    assert done.text == expected
