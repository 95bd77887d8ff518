"""Placeholders in, protected text back: round trips, refusals, and the blanks around a slot."""

import pytest

from service.domain import Hashtags, Span, SpanKind
from service.text.marks import find_roles
from service.text.protect import Masked, Restored, Slot, find_spans, mask, restore

MARKS = tuple(f"⟦{i}⟧" for i in range(10))


def masked_text(text: str, hashtags: Hashtags = Hashtags.KEEP) -> Masked:
    masked = mask(text, find_spans(text, hashtags=hashtags), MARKS)
    assert masked is not None
    return masked


def said(source: str, output: str, hashtags: Hashtags = Hashtags.KEEP) -> str | None:
    """What becomes of a model's ``output`` for ``source``."""
    roles = find_roles(source, find_spans(source, hashtags=hashtags))
    restored = restore(output, masked_text(source, hashtags), source, roles)
    return restored.text if restored else None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("hello", "hello"),
        ("Hi @tom, see https://a.com now", "Hi ⟦0⟧, see ⟦1⟧ now"),
        ("看https://a.com吧", "看⟦0⟧吧"),
        ("好😂😂 😂的", "好⟦0⟧的"),
        ("lol😂, 好[doge]", "lol⟦0⟧, 好⟦1⟧"),
        ("", ""),
    ],
)
def test_masking_puts_one_placeholder_for_each_run(text: str, expected: str) -> None:
    assert masked_text(text).text == expected


def test_masking_slots_are_positions_of_the_original() -> None:
    assert masked_text("好😂 😂的 @a").slots == (Slot("⟦0⟧", 1, 4), Slot("⟦1⟧", 6, 8))


def test_masking_skips_placeholders_that_the_text_holds_unprotected() -> None:
    text = "⟦0⟧ is x"
    masked = mask(text, [Span(7, 8, SpanKind.CODE)], MARKS)
    assert masked == Masked("⟦0⟧ is ⟦1⟧", (Slot("⟦1⟧", 7, 8),))
    assert masked is not None
    assert restore("⟦1⟧ is ⟦0⟧", masked, text) == Restored("x is ⟦0⟧", ((0, 1, masked.slots[0]),))


def test_masking_copies_placeholders_typed_by_a_user() -> None:
    text = "回复⟦0⟧和⟦3⟧吗"
    masked = masked_text(text)
    assert masked.text == "回复⟦0⟧和⟦1⟧吗"
    assert said(text, masked.text) == text


def test_masking_gives_up_when_placeholders_run_out() -> None:
    text = "a😂" * 11
    assert mask(text, find_spans(text), MARKS) is None
    assert mask("a😂", find_spans("a😂"), ()) is None
    assert mask("a", [], ()) == Masked("a", ())


def test_masking_replaces_without_a_slot() -> None:
    text = "Tom &amp; @jerry&nbsp;x"
    amp, name = Span(4, 9, SpanKind.ENTITY), Span(10, 16, SpanKind.MENTION)
    blank = Span(16, 22, SpanKind.ENTITY)
    masked = mask(text, [amp, name, blank], MARKS, replace={amp: "&"})
    assert masked is not None
    assert masked.text == "Tom & ⟦0⟧x"
    assert restore(masked.text, masked, text) == Restored(
        "Tom & @jerry&nbsp;x", ((6, 18, masked.slots[0]),)
    )


def test_masking_keeps_what_was_decoded_between_two_slots() -> None:
    text = "看😂\n[doge]吧"
    newline = Span(2, 3, SpanKind.ENTITY)
    masked = mask(text, [*find_spans(text), newline], MARKS, replace={newline: " "})
    assert masked is not None
    assert masked.text == "看⟦0⟧ ⟦1⟧吧"
    assert restore(masked.text, masked, text) == Restored(
        "看😂 [doge]吧", ((1, 2, masked.slots[0]), (3, 9, masked.slots[1]))
    )


def test_masking_ignores_overlapping_and_empty_spans() -> None:
    kind = SpanKind.CODE
    masked = mask("abcd", [Span(1, 3, kind), Span(2, 4, kind), Span(3, 3, kind)], MARKS)
    assert masked == Masked("a⟦0⟧d", (Slot("⟦0⟧", 1, 3),))


@pytest.mark.parametrize(
    "output",
    ["你好", "⟦0⟧ ⟦0⟧", "⟦1⟧", "⟦0⟧ ⟦1⟧ ⟦2⟧", "⟦0⟧ ⟦1⟧ ⟦1⟧", "", "⟦0⟧ ⟦1⟧ ⟦12⟧", "⟦0⟧ [1]"],
)
def test_masking_refuses_lost_doubled_and_invented_placeholders(output: str) -> None:
    assert said("hi @tom and @ann ok", output) is None


def test_masking_accepts_another_order() -> None:
    assert said("@tom likes @ann", "⟦1⟧ 被 ⟦0⟧ 喜欢") == "@ann 被 @tom 喜欢"


def test_masking_refuses_tags_that_no_longer_nest() -> None:
    source = "a <b>x</b> c <i>y</i> d"
    assert said(source, "甲⟦2⟧乙⟦3⟧丙⟦0⟧丁⟦1⟧") is not None
    assert said(source, "甲⟦1⟧乙⟦0⟧丙⟦2⟧丁⟦3⟧") is None
    assert said(source, "甲⟦0⟧乙⟦2⟧丙⟦1⟧丁⟦3⟧") is None
    assert said("a <b>x<br/>y</b>", "甲⟦1⟧乙⟦0⟧丙⟦2⟧") == "甲<br/>乙<b>丙</b>"


def test_masking_says_where_protected_text_stands() -> None:
    source = "see https://a.com, @tom"
    restored = restore("⟦1⟧，请看 ⟦0⟧", masked_text(source), source)
    assert restored is not None
    assert [restored.text[start:end] for start, end, _ in restored.placed] == [
        "@tom",
        "https://a.com",
    ]
    assert [slot.placeholder for _, _, slot in restored.placed] == ["⟦1⟧", "⟦0⟧"]


@pytest.mark.parametrize(
    ("source", "output", "expected"),
    [
        # en -> zh: a link, a name, a tag need their blank; emoji do not; wide punctuation never
        ("Check https://a.com now", "现在查看⟦0⟧吧", "现在查看 https://a.com 吧"),
        ("Check https://a.com now", "现在查看 ⟦0⟧。", "现在查看 https://a.com。"),
        ("so good 😂 really", "太好了 ⟦0⟧ 真的", "太好了😂真的"),
        ("I love #旅行 so much", "我非常喜欢⟦0⟧这个", "我非常喜欢 #旅行 这个"),
        ("ask @小明 again", "再问⟦0⟧一次", "再问 @小明 一次"),
        ("Hi {name}, welcome", "你好 ⟦0⟧ ，欢迎", "你好{name}，欢迎"),
        # zh -> en: words need blanks that Chinese does not write
        ("看https://a.com吧", "Look at⟦0⟧please", "Look at https://a.com please"),
        ("问@小明，好吗", "Ask⟦0⟧ okay?", "Ask @小明 okay?"),
        ("去😂吧", "Let us⟦0⟧go", "Let us 😂 go"),
        ("好看[doge]。走", "Nice ⟦0⟧ . Go", "Nice [doge]. Go"),
        # glued in the source stays glued; mixed neighbours
        ("{0}px wide", "宽⟦0⟧px", "宽{0}px"),
        ("a {0}px box", "a box of ⟦0⟧ px", "a box of {0}px"),
        ("OK 😂 好的", "OK⟦0⟧ good", "OK 😂 good"),
        ("我@Tom 你", "I⟦0⟧you", "I @Tom you"),
    ],
)
def test_masking_blanks_follow_the_source(source: str, output: str, expected: str) -> None:
    assert said(source, output) == expected


@pytest.mark.parametrize(
    ("source", "output", "expected"),
    [
        ("我爱#旅行[话题]#真的", "I love ⟦0⟧ travel ⟦1⟧ really", "I love #travel[话题]# really"),
        ("I love #travel a lot", "我很喜欢⟦0⟧ 旅行", "我很喜欢 #旅行"),
        ("#话题#文字", "⟦0⟧ topic ⟦1⟧text", "#topic# text"),
    ],
)
def test_masking_hashtag_marks_hug_their_words(source: str, output: str, expected: str) -> None:
    assert said(source, output, Hashtags.TRANSLATE) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Hi @tom , see  https://a.com\t!",
        "我 😂 你😂 ok",
        "😂 start and end 😂 ",
        "#a#b#c ⟦0⟧⟦9⟧ [doge]x",
        "<b> x </b> 好 <b>y</b>",
        "\ud83d 好\0的",
    ],
)
@pytest.mark.parametrize("hashtags", list(Hashtags))
def test_masking_round_trip_is_exact(text: str, hashtags: Hashtags) -> None:
    assert said(text, masked_text(text, hashtags).text, hashtags) == text


def test_masking_collapses_five_thousand_emoji() -> None:
    text = "好" + "👨‍👩‍👧‍👦 " * 5_000 + "的"
    masked = masked_text(text)
    assert len(masked.slots) == 1
    assert said(text, masked.text) == text


@pytest.mark.parametrize(
    ("text", "segment", "output", "expected"),
    [
        # the partner stands at the edge and is not in the segment
        ("**注意**：明天", "注意**：明天", "Note ⟦0⟧: tomorrow", "Note**: tomorrow"),
        ("这很 **重要**", "这很 **重要", "This is ⟦0⟧ important", "This is **important"),
        ("a ~~ b", "a ~~ b", "c ⟦0⟧ d", "c ~~ d"),  # no mark of emphasis at all
        (
            "**注意**：今天**不**上班",  # in the segment alone, **：今天** looks like a pair
            "注意**：今天**不**上班",
            "Note ⟦0⟧: today ⟦1⟧ no ⟦2⟧ work",
            "Note**: today **no** work",
        ),
    ],
)
def test_masking_a_mark_whose_partner_is_cut_off_hugs_its_words(
    text: str, segment: str, output: str, expected: str
) -> None:
    start = text.index(segment)
    end = start + len(segment)
    marks = [m for m in find_roles(text, find_spans(text)) if start <= m.start < end]
    stars = [Span(m.start - start, m.end - start, SpanKind.TAG) for m in marks]
    masked = mask(segment, stars or [Span(2, 4, SpanKind.TAG)], MARKS)
    assert masked is not None
    moved = [m._replace(start=m.start - start, end=m.end - start) for m in marks]
    restored = restore(output, masked, segment, moved)
    assert restored is not None
    assert restored.text == expected


def test_masking_refuses_an_invented_placeholder_where_there_is_none() -> None:
    assert said("你好", "Hello ⟦2⟧") is None
    assert said("你好", "Hello") == "Hello"
    assert said("⟦2⟧你好", "⟦0⟧Hello") == "⟦2⟧ Hello"


@pytest.mark.parametrize(
    ("source", "output", "expected"),
    [
        ("他说“**快走**”", 'He said " ⟦0⟧go⟦1⟧ "', 'He said "**go**"'),
        ("他说“@tom”", 'He said " ⟦0⟧ "', 'He said "@tom"'),
        ("他说 @tom 好", 'He said "⟦0⟧" well', 'He said " @tom " well'),
    ],
)
def test_masking_straight_quotes_hug_what_they_hugged(
    source: str, output: str, expected: str
) -> None:
    assert said(source, output) == expected


def test_masking_gives_a_name_to_one_span_alone() -> None:
    text = "Hi @tom <b>you</b> <i>win</i>"
    spans = find_spans(text)
    named = {span: f"⟦{100 + n}⟧" for n, span in enumerate(spans[1:])}
    masked = mask(text, spans, MARKS[:1], named=named)
    assert masked is not None
    assert masked.text == "Hi ⟦0⟧ ⟦100⟧you⟦101⟧ ⟦102⟧win⟦103⟧"
    restored = restore("⟦0⟧，⟦100⟧你⟦101⟧⟦102⟧赢⟦103⟧了", masked, text, find_roles(text, spans))
    assert restored is not None
    assert restored.text == "@tom，<b>你</b><i>赢</i>了"


def test_masking_refuses_a_name_that_the_text_holds() -> None:
    text = "⟦100⟧ <b>you</b>"
    spans = [Span(6, 9, SpanKind.TAG), Span(12, 16, SpanKind.TAG)]
    assert mask(text, spans, MARKS, named={spans[0]: "⟦100⟧"}) is None
    assert mask(text, spans, MARKS, named={spans[0]: "⟦101⟧"}) is not None
