"""prepare / advance / finish with a scripted engine: what is asked for, what is kept, how it is joined."""

import pytest

from models.interfaces import Hypothesis
from service.domain import Hashtags, Lang, SpanKind, TextFormat, WarningCode
from service.errors import UnsupportedDirection
from service.pipeline.plan import Rung, Traits, Unit
from service.pipeline.translate import advance, finish, prepare
from tests.pipeline.script import BOTH, PLACEHOLDERS, by_text, request, run, traits

ZH, EN, HANT = Lang.ZH_HANS, Lang.EN, Lang.ZH_HANT


def codes(translation: object) -> list[WarningCode]:
    return [w.code for w in translation.warnings]  # type: ignore[attr-defined]  # Translation


def test_translate_one_sentence() -> None:
    done, asked = run(request("Good morning!"), by_text({"Good morning!": "早上好！"}))
    assert done.text == "早上好！"
    assert (done.source_lang, done.target_lang) == (EN, ZH)
    assert [(u.segment.source_lang, u.segment.target_lang) for u in asked] == [("en", "zh")]
    (segment,) = done.segments
    assert (segment.source_start, segment.source_end) == (0, 13)
    assert (segment.target_start, segment.target_end) == (0, 4)
    assert segment.score == pytest.approx(-0.1)
    assert done.warnings == ()


def test_translate_english_to_chinese_drops_the_blank_between_sentences() -> None:
    done, _ = run(
        request("Hello there. Good night."),
        by_text({"Hello there.": "你好。", "Good night.": "晚安。"}),
    )
    assert done.text == "你好。晚安。"


def test_translate_chinese_to_english_inserts_a_blank_between_sentences() -> None:
    done, _ = run(
        request("你好。晚安。", EN), by_text({"你好。": "Hello.", "晚安。": "Good night."})
    )
    assert done.text == "Hello. Good night."


def test_translate_keeps_layout() -> None:
    text = "\n\nHello there.\n\n\t- Good night.  \r\nBye now.\n"
    table = {
        "Hello there.": "你好。",
        "Good night.": "晚安。",
        "- Good night.": "- 晚安。",
        "Bye now.": "再见。",
    }
    done, _ = run(request(text), by_text(table))
    assert (
        done.text.replace("你好。", "Hello there.")
        .replace("晚安。", "Good night.")
        .replace("再见。", "Bye now.")
        == text
    )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        (" \n\t ", "empty"),
        ("😀😀🎉", "no_letters"),
        ("12345 67", "no_letters"),
        ("!!! ??? ……", "no_letters"),
        ("Привет, как дела?", "unknown_script"),
        ("こんにちは、元気ですか", "unknown_script"),
        ("asdfghjkl", "keyboard_mash"),
    ],
)
def test_translate_not_translatable_is_returned_as_it_is(text: str, reason: str) -> None:
    done, asked = run(request(text), by_text({}))
    assert done.text == text
    assert asked == []
    assert codes(done) == [WarningCode.NOT_TRANSLATABLE]
    assert done.warnings[0].reason == reason


@pytest.mark.parametrize(
    ("text", "target", "source"),
    [
        ("你好，世界", ZH, None),
        ("Hello, world", EN, None),
        ("Hello, world", EN, EN),
        ("你好", ZH, EN),
    ],
)
def test_translate_already_in_target(text: str, target: Lang, source: Lang | None) -> None:
    done, asked = run(request(text, target, source_lang=source), by_text({}))
    assert (done.text, asked) == (text, [])
    assert codes(done) == [WarningCode.ALREADY_IN_TARGET]


def test_translate_edges_are_copied_and_cost_no_placeholder() -> None:
    text = "@anna Good morning! 😀🎉 https://example.com/a?b=1"
    done, asked = run(request(text), by_text({"Good morning!": "早上好！"}))
    assert [u.segment.text for u in asked] == ["Good morning!"]
    assert done.text == "@anna 早上好！ 😀🎉 https://example.com/a?b=1"
    kinds = [span.kind for span in done.protected]
    assert kinds[0] is SpanKind.MENTION
    assert kinds[-1] is SpanKind.URL
    for source, target in zip(done.protected, done.protected_target, strict=True):
        assert text[source.start : source.end] == done.text[target.start : target.end]


def test_translate_placeholder_in_the_middle() -> None:
    done, asked = run(
        request("I love 😀 you all"),
        lambda u: [u.segment.text.replace("I love", "我爱").replace("you all", "你们")],
    )
    assert "⟦" in asked[0].segment.text
    assert "😀" in done.text
    assert "⟦" not in done.text
    assert codes(done) == []
    (source,), (target,) = done.protected, done.protected_target
    assert (source.kind, done.text[target.start : target.end]) == (SpanKind.EMOJI, "😀")


def test_translate_lost_placeholder_translates_around_it() -> None:
    table = {"I love": "我爱", "you all": "你们"}
    done, _ = run(request("I love 😀 you all"), lambda u: [table.get(u.segment.text, "我爱你们")])
    assert done.text == "我爱 😀 你们"
    assert codes(done) == [WarningCode.PLACEHOLDER_FALLBACK]


def test_translate_doubled_placeholder_counts_as_lost() -> None:
    def answer(unit: Unit) -> list[str]:
        if unit.masked.slots:
            return ["我爱⟦0⟧⟦0⟧⟦1⟧⟦2⟧你们"]
        return ["我们"]

    done, _ = run(request("I love 😀 you all"), answer)
    assert done.text.count("😀") == 1


def test_translate_without_placeholders_splits_without_asking() -> None:
    table = {"I love": "我爱", "you all": "你们"}
    done, asked = run(request("I love 😀 you all"), by_text(table), traits(placeholders=()))
    assert [u.segment.text for u in asked] == ["I love", "you all"]
    assert done.text == "我爱 😀 你们"


def test_translate_typed_placeholder_is_text() -> None:
    text = "What is ⟦0⟧ for then?"
    done, _ = run(
        request(text),
        lambda u: [u.segment.text.replace("What is", "是什么").replace("for then?", "呢？")],
    )
    assert done.text.count("⟦0⟧") == 1


@pytest.mark.parametrize("typed", ["</s>", "<pad>", ">>eng<<", ">>zho<<", "<unk>"])
def test_translate_control_tokens_typed_by_a_user_are_kept(typed: str) -> None:
    done, asked = run(
        request(f"This {typed} is text"),
        lambda u: [u.segment.text.replace("This", "这").replace("is text", "是文字")],
    )
    assert typed in done.text
    assert all(typed not in u.segment.text for u in asked)


def test_translate_loop_climbs_to_no_repeat() -> None:
    seen: list[Rung] = []

    def answer(unit: Unit) -> list[str]:
        seen.append(unit.rung)
        return ["你好" * 30] if unit.options.no_repeat_ngram == 0 else ["你好"]

    done, _ = run(request("Hello"), answer)
    assert done.text == "你好"
    assert seen == [Rung.PLAIN, Rung.NO_REPEAT]
    assert codes(done) == [WarningCode.REPETITION_REPAIRED]


def test_translate_loop_tries_penalty_then_clauses_then_copies() -> None:
    rungs: list[Rung] = []

    def answer(unit: Unit) -> list[str]:
        rungs.append(unit.rung)
        return ["好的" * 40]

    text = "when the night has come, and the land is dark"
    done, _ = run(request(text), answer)
    assert done.text == text
    assert rungs[:3] == [Rung.PLAIN, Rung.NO_REPEAT, Rung.PENALTY]
    assert set(rungs[3:]) <= {Rung.SMALLER}
    assert set(codes(done)) == {WarningCode.COPIED_SOURCE}


def test_translate_clauses_can_save_a_looping_sentence() -> None:
    table = {"when the night has come,": "当夜幕降临，", "and the land is dark": "大地一片黑暗"}
    done, _ = run(
        request("when the night has come, and the land is dark"),
        lambda u: [table.get(u.segment.text, "夜" * 60)],
    )
    assert done.text == "当夜幕降临，大地一片黑暗"


def test_translate_untranslated_is_tried_again_then_told() -> None:
    text = "please help me now"
    done, asked = run(request(text), lambda u: ["please help me now"])
    assert done.text == text
    assert asked[-1].rung is Rung.PENALTY
    assert codes(done) == [WarningCode.UNTRANSLATED]


def test_translate_engine_failure_copies_the_segment() -> None:
    plan = prepare(request("Hello there. Good night."), traits(), beam_size=2)
    plan = advance(plan, [None, [Hypothesis("晚安。", -0.2)]])
    done = finish(plan)
    assert "Hello there." in done.text
    assert "晚安。" in done.text
    assert codes(done) == [WarningCode.COPIED_SOURCE]
    assert done.warnings[0].reason == "engine_failed"
    assert (done.warnings[0].start, done.warnings[0].end) == (0, 12)


def test_translate_each_segment_in_its_own_language() -> None:
    text = "I am so happy today.\n我今天太开心了。"
    done, asked = run(request(text, ZH), by_text({"I am so happy today.": "我今天很开心。"}))
    assert done.text == "我今天很开心。\n我今天太开心了。"
    assert len(asked) == 1


def test_translate_mixed_sentence_is_sent_whole() -> None:
    done, asked = run(
        request("今天去shopping了，太累啦", EN),
        lambda u: ["I went shopping today and I'm so tired"],
    )
    assert [u.segment.text for u in asked] == ["今天去shopping了，太累啦"]
    assert done.text.startswith("I went shopping")


def test_translate_alternatives() -> None:
    done, asked = run(
        request("Good morning!", alternatives=2), lambda u: ["早上好！", "早安！", "你早！"]
    )
    assert done.text == "早上好！"
    assert done.alternatives == ("早安！", "你早！")
    assert (asked[0].options.num_hypotheses, asked[0].options.beam_size) == (3, 3)


def test_translate_fewer_alternatives_than_asked_is_told() -> None:
    done, _ = run(request("Good morning!", alternatives=3), lambda u: ["早上好！", "早安！"])
    assert done.alternatives == ("早安！",)
    assert codes(done) == [WarningCode.ALTERNATIVES_FEWER]


def test_translate_traditional_input_reaches_the_model_simplified() -> None:
    _, asked = run(request("這個東西真的很貴", EN), lambda u: ["This thing is really expensive"])
    assert asked[0].segment.text == "这个东西真的很贵"


def test_translate_traditional_target() -> None:
    done, _ = run(request("My hair is long", HANT), lambda u: ["我的头发很长"])
    assert done.text == "我的頭髮很長"


def test_translate_script_conversion_needs_no_engine() -> None:
    done, asked = run(request("我的头发 😀 很长 @头发", HANT), by_text({}))
    assert asked == []
    assert done.text == "我的頭髮 😀 很長 @头发"


def test_translate_html_keeps_tags_and_escapes_the_model() -> None:
    html = "<p>Good <b>morning</b> &amp; good night</p>"
    done, asked = run(
        request(html, format=TextFormat.HTML),
        lambda u: [
            u.segment.text.replace("Good", "早")
            .replace("morning", "上好")
            .replace("good night", "晚安 <3")
        ],
    )
    assert "&" in asked[0].segment.text
    assert "amp" not in asked[0].segment.text
    assert done.text.startswith("<p>")
    assert done.text.endswith("</p>")
    assert "<b>" in done.text
    assert "</b>" in done.text
    assert "&lt;3" in done.text
    assert "&amp;" in done.text


def test_translate_html_mastodon_post() -> None:
    name = '<a href="https://m.example/@bo" class="u-url mention">@<span>bo</span></a>'
    html = f'<p><span class="h-card">{name}</span> Good morning!</p>'
    done, asked = run(request(html, format=TextFormat.HTML), by_text({"Good morning!": "早上好！"}))
    assert done.text == html.replace("Good morning!", "早上好！")
    assert len(asked) == 1


def test_translate_hashtags_keep_or_translate() -> None:
    kept, _ = run(request("Good morning! #sunnyday"), by_text({"Good morning!": "早上好！"}))
    assert kept.text.endswith("#sunnyday")
    said, asked = run(
        request("#sunnyday is here", hashtags=Hashtags.TRANSLATE),
        lambda u: [u.segment.text.replace("sunnyday", "晴天").replace("is here", "来了")],
    )
    assert any("sunnyday" in u.segment.text for u in asked)
    assert "#晴天" in said.text


def test_translate_long_sentence_is_wrapped_and_told() -> None:
    text = "and then we went " * 40
    done, asked = run(request(text.strip()), lambda u: ["然后我们走了"], traits(limit=120))
    assert len(asked) > 3
    assert all(u.tokens <= 122 for u in asked)
    assert WarningCode.SEGMENT_WRAPPED in codes(done)


def test_translate_direction_without_a_model() -> None:
    one_way = traits(directions=frozenset({("en", "zh")}))
    with pytest.raises(UnsupportedDirection) as error:
        prepare(request("你好世界", EN), one_way, beam_size=2)
    assert error.value.field == "target_lang"
    assert "你好" not in error.value.message


def test_translate_unfinished_plan_cannot_be_finished() -> None:
    with pytest.raises(ValueError, match="pending"):
        finish(prepare(request("Good morning!"), traits(), beam_size=2))


def test_translate_word_like_spans_get_a_blank_in_english() -> None:
    done, _ = run(
        request("快看https://a.example/b真好看", EN),
        lambda u: ["Look at" if "快看" in u.segment.text else "so pretty"],
        traits(placeholders=()),
    )
    assert done.text == "Look at https://a.example/b so pretty"


def test_translate_neighbouring_spans_are_reported_one_by_one() -> None:
    text = "I saw [doge] @mia today, hey"
    done, asked = run(
        request(text),
        lambda u: [u.segment.text.replace("I saw", "我看见").replace("today, hey", "今天")],
    )
    assert len(asked[0].masked.slots) == 1
    assert [span.kind for span in done.protected] == [SpanKind.EMOTE, SpanKind.MENTION]
    found = [done.text[s.start : s.end] for s in done.protected_target]
    assert found == ["[doge]", "@mia"]


def test_translate_protected_text_does_not_count_towards_the_limit() -> None:
    url = "https://example.com/" + "a" * 300
    counted = Traits(PLACEHOLDERS, 60, lambda text, lang: len(text.split()), BOTH)
    done, asked = run(
        request(f"Look at {url} and {url}x now"),
        lambda u: [
            u.segment.text.replace("Look at", "看").replace("and", "和").replace("now", "吧")
        ],
        counted,
    )
    assert len(asked) == 1
    assert url in done.text
    assert WarningCode.SEGMENT_WRAPPED not in codes(done)


def test_translate_html_url_with_a_reference_stays_whole() -> None:
    html = "<p>Look here https://a.example/?b=1&amp;c=2 now</p>"
    done, _ = run(
        request(html, format=TextFormat.HTML),
        lambda u: [u.segment.text.replace("Look here", "看这里").replace("now", "吧")],
    )
    assert "https://a.example/?b=1&amp;c=2" in done.text
    assert "看这里" in done.text
