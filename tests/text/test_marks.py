"""Marks in pairs: which open, which close, what a translation may do with them, and what it may not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain import Hashtags
from service.text import markup
from service.text.marks import Mark, find_roles, nest_alike
from service.text.protect import find_spans, mask, restore

MARKS = tuple(f"⟦{i}⟧" for i in range(10))


def roles(text: str, hashtags: Hashtags = Hashtags.KEEP) -> tuple[Mark, ...]:
    return find_roles(text, find_spans(text, hashtags=hashtags))


def seen(text: str, hashtags: Hashtags = Hashtags.KEEP) -> list[str]:
    """Every mark with its role and the place where its pair begins."""
    return [
        f"{text[m.start : m.end]} {'opens' if m.opens else 'closes'} {m.pair}"
        for m in roles(text, hashtags)
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I <b>love</b> it", ["<b> opens 2", "</b> closes 2"]),
        ("我<B>爱</b>你", ["<B> opens 1", "</b> closes 1"]),
        ("a<br>b<img src='x'/>c<span/>d<hr>", []),
        ("<b>x<i>y</i>z</b>", ["<b> opens 0", "<i> opens 4", "</i> closes 4", "</b> closes 0"]),
        # misnested: an end tag closes the last of its name, what is open inside stays alone
        ("<b>x<i>y</b>z</i>", ["<b> opens 0", "<i> opens 4", "</b> closes 0", "</i> closes 13"]),
        ("x</b>y<i>z", ["</b> closes 1", "<i> opens 6"]),
        ("<b>a<b>c</b>d</b>", ["<b> opens 0", "<b> opens 4", "</b> closes 4", "</b> closes 0"]),
        ("<b0>注意</b0>看", ["<b0> opens 0", "</b0> closes 0"]),
        # Markdown
        ("**注意**：今天**不**上", ["** opens 0", "** closes 0", "** opens 9", "** closes 9"]),
        (
            "[这**里**](/x)看",
            ["[ opens 0", "** opens 2", "** closes 2", "](/x) closes 0"],
        ),
        ("||剧透||和~~错~~", ["|| opens 0", "|| closes 0", "~~ opens 7", "~~ closes 7"]),
        ("- x\n> y\n# z", []),
        ("2 * 3 * 4 and ** alone", []),
        ("no marks, 没有", []),
    ],
)
def test_marks_have_roles(text: str, expected: list[str]) -> None:
    assert seen(text) == expected


def test_marks_of_hashtags_have_roles() -> None:
    keep, free = Hashtags.KEEP, Hashtags.TRANSLATE
    assert seen("爱#旅行[话题]#吗 #good", keep) == []
    assert seen("爱#旅行[话题]#吗 #good", free) == [
        "# opens 1",
        "[话题]# closes 1",
        "# opens None",
    ]
    assert seen("#a #b", free) == ["# opens None", "# opens None"]


def test_marks_inside_code_have_no_role() -> None:
    assert seen("`**a**` and <b>`</b>`") == ["<b> opens 12"]


def translated(source: str, output: str, *, html: bool = False) -> str | None:
    spans = find_spans(source)
    replace = {}
    if html:
        scanned = markup.scan(source)
        spans, replace = scanned.merge(spans), scanned.replace
    masked = mask(source, spans, MARKS, replace=replace)
    assert masked is not None
    restored = restore(output, masked, source, find_roles(source, spans))
    return restored.text if restored else None


@pytest.mark.parametrize(
    ("source", "output"),
    [
        # emptied
        ("我爱<b>你</b>，<b>真的</b>！", "I love ⟦0⟧you⟦1⟧, ⟦2⟧⟦3⟧!"),
        ("买<b>三</b>送<b>一</b>", "Buy ⟦0⟧3⟦1⟧ ⟦2⟧ ⟦3⟧"),
        ("我**加粗**文字", "⟦0⟧⟦1⟧ text"),
        ("他说**“快走”**，然后", "He said ⟦0⟧ ⟦1⟧, go"),
        # only a mark of punctuation is left of the words
        ("世界<b>你好</b>吧", "Hello, world ⟦0⟧.⟦1⟧"),
        ("我<b>&amp;你</b>好", "I ⟦0⟧&amp;⟦1⟧ you"),
        # one inside the other that was beside it
        (
            "我<a href='/1'>明天</a>要去<a href='/2'>学校</a>",
            "I ⟦0⟧'m going to ⟦2⟧school tomorrow⟦3⟧⟦1⟧",
        ),
        ("x <b>a</b> y <i>c</i> z", "甲⟦0⟧乙⟦2⟧丙⟦3⟧丁⟦1⟧"),
        # beside it that was inside, crossed, closed before it is opened, another one's mark
        ("x <b>a <i>c</i></b> z", "甲⟦0⟧乙⟦2⟧丙⟦1⟧丁"),
        ("x <b>a <i>c</i> e</b> z", "甲⟦0⟧乙⟦3⟧丙⟦1⟧丁⟦2⟧"),
        ("x <b>a</b> y <i>c</i> z", "甲⟦0⟧乙⟦2⟧丙⟦1⟧丁⟦3⟧"),
        ("x <b>a</b> y", "甲⟦1⟧乙⟦0⟧丙"),
        ("x <b>a</b> y <b>c</b> z", "甲⟦0⟧乙⟦3⟧丙⟦2⟧丁⟦1⟧"),
        ("看 [这**里**好](/x) 吧", "See ⟦0⟧this⟦3⟧ ⟦1⟧here⟦2⟧"),
        # the partner is somewhere else: the part from the edge to the mark keeps its words
        ("加粗</b>文字", "⟦0⟧ text"),
        ("世界<b>你好", "Hello world⟦0⟧."),
        ("x</b> y <i>c</i> z", "甲⟦1⟧乙⟦2⟧丙⟦0⟧"),
    ],
)
def test_marks_refuse_what_breaks_or_empties_a_pair(source: str, output: str) -> None:
    assert translated(source, output, html="&" in source) is None


@pytest.mark.parametrize(
    ("source", "output", "expected"),
    [
        ("x <b>a</b> y <i>c</i> z", "甲⟦2⟧乙⟦3⟧丙⟦0⟧丁⟦1⟧", "甲<i>乙</i>丙<b>丁</b>"),
        ("x <b>a</b> y", "⟦0⟧甲⟦1⟧", "<b>甲</b>"),
        ("看 [这**里**好](/x) 吧", "See ⟦0⟧it ⟦1⟧here⟦2⟧⟦3⟧", "See [it **here**](/x)"),
        # empty in the source, too
        ("我<b></b>爱你", "I ⟦0⟧ love you", "I <b></b> love you"),
        ("我<b> </b>爱你", "I ⟦0⟧ love you", "I <b> </b> love you"),
        # pictures, names and other protected text are something to show
        (
            "点<a href='/x'><img src='y'></a>吧",
            "Click⟦0⟧please",
            "Click <a href='/x'><img src='y'></a> please",
        ),
        ("爱<b>你😂</b>吧", "Love ⟦0⟧ ⟦1⟧ you", "Love <b>😂</b> you"),
        # signs alone stay signs
        ("好<b>！</b>吧", "Good ⟦0⟧!⟦1⟧ ok", "Good <b>!</b> ok"),
        ("x <b>a<br/>c</b> z", "甲⟦1⟧⟦0⟧乙⟦2⟧", "甲<br/> <b>乙</b>"),
        ("世界<b>你好", "Hello⟦0⟧ world", "Hello <b>world"),
    ],
)
def test_marks_may_move_with_their_words(source: str, output: str, expected: str) -> None:
    assert translated(source, output) == expected


def test_marks_a_tag_beside_its_own_is_no_content() -> None:
    assert translated("x <b>a<br/>c</b> z", "甲⟦0⟧⟦1⟧⟦2⟧乙") is None


def test_marks_escaped_quotes_are_no_words() -> None:
    assert translated("说<b>走</b>吧", "Say ⟦0⟧&quot;⟦1⟧ go") is None


texts = st.text(alphabet="<bi>/ a好*_~|[]()#.😂\n\x1c\u2800", max_size=60)
snippets = st.lists(
    st.sampled_from(
        ["<b>", "</b>", "<i>", "</i>", "<br/>", "**", "~~", "[", "](/x)", "#", "好", "a", " ", "😂", "`"]
    ),
    max_size=24,
).map("".join)  # fmt: skip


@given(texts | snippets, st.sampled_from([Hashtags.KEEP, Hashtags.TRANSLATE]))
def test_marks_round_trip_is_exact_and_every_mark_is_a_span(text: str, hashtags: Hashtags) -> None:
    spans = find_spans(text, hashtags=hashtags)
    found = find_roles(text, spans)
    assert {(m.start, m.end) for m in found} <= {(s.start, s.end) for s in spans}
    assert len({m.start for m in found}) == len(found)
    opens = [m.pair for m in found if m.opens and m.pair is not None]
    closes = [m.pair for m in found if not m.opens]
    assert len(set(opens)) == len(opens)
    assert len(set(closes)) == len(closes)
    masked = mask(text, spans, MARKS)
    if masked is not None:
        restored = restore(masked.text, masked, text, found)
        assert restored is not None
        assert restored.text == text


@given(st.lists(st.sampled_from("xy. "), max_size=12), st.data())
def test_marks_nest_alike_is_reflexive(words: list[str], data: st.DataObject) -> None:
    numbers = st.integers(0, 3)
    marks = [
        Mark(i, i + 1, data.draw(st.booleans()), data.draw(numbers)) for i in range(len(words))
    ]
    once = list({(m.opens, m.pair): m for m in marks}.values())  # a pair has one mark of each kind
    pieces = [piece for pair in zip(words, once, strict=False) for piece in pair]
    assert nest_alike(pieces, pieces)


@pytest.mark.parametrize(
    "unit", ["<b>", "</b>", "<b><i></b>", "**a** ", "[a](b)", "#a ", "<b>a</b>", "<a1>"]
)
@pytest.mark.timeout(20)
def test_marks_stay_quick_on_long_texts(unit: str) -> None:
    text = unit * (200_000 // len(unit))
    found = roles(text, Hashtags.TRANSLATE)
    pieces = [piece for m in found for piece in ("x", m)]
    assert nest_alike(pieces, pieces)
