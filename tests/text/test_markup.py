"""HTML: what is a barrier, what an atom, what is decoded; on well-formed, sloppy and hostile input."""

import pytest

from service.domain import SpanKind
from service.text.markup import Markup, escape, scan
from service.text.protect import find_spans
from service.text.segment import peel, split


def atoms(html: str) -> list[tuple[str, str]]:
    return [(html[a.start : a.end], a.kind.value) for a in scan(html).atoms]


def barriers(html: str) -> list[str]:
    return [html[start:end] for start, end in scan(html).barriers]


def replaced(html: str) -> list[tuple[str, str]]:
    return [(html[span.start : span.end], text) for span, text in scan(html).replace.items()]


def segments(html: str) -> list[str]:
    markup = scan(html)
    merged = markup.merge(find_spans(html))
    parts = split(html, atoms=merged, barriers=markup.barriers)
    parts = [q for p in parts for q in peel(html, p, merged)]
    assert "".join(html[p.start : p.end] for p in parts) == html
    return [html[p.start : p.end] for p in parts if p.translate]


def test_markup_tells_blocks_from_inline_tags() -> None:
    html = '<p class="x">Hello <b>big</b> <a href="/a?b=1">world</a><br/>你好</p>'
    assert barriers(html) == ['<p class="x">', "<br/>", "</p>"]
    assert atoms(html) == [
        ("<b>", "tag"),
        ("</b>", "tag"),
        ('<a href="/a?b=1">', "tag"),
        ("</a>", "tag"),
    ]
    assert segments(html) == ['Hello <b>big</b> <a href="/a?b=1">world', "你好"]


def test_markup_passes_over_what_is_no_prose() -> None:
    html = (
        '<!doctype html><!-- 注释 <p> --><script>if (a < b) "<p>好</p>"</script>一<style>p{}</style>'
        "<pre>code\n<b>x</b></pre>two<textarea>t</textarea><svg><text>s</text></svg>三<?php x ?>"
    )
    assert segments(html) == ["一", "two", "三"]
    assert "<pre>code\n<b>x</b></pre>" in barriers(html)
    assert atoms(html) == []


@pytest.mark.parametrize(
    "element",
    [
        '<span translate="no">好 day</span>',
        "<span translate=no>好</span>",
        "<SPAN TRANSLATE='NO'>好</SPAN>",
        '<i class="a notranslate b">x <b>y</b></i>',
        "<code>pip install</code>",
        "<kbd>Ctrl</kbd>",
        '<span class="h-card" translate="no"><a href="https://m.s/@u" class="u-url mention">@<span>u</span></a></span>',
        '<a href="https://m.s/@u" class="mention">@<span>u</span></a>',
        '<a href="/tags/x" class="mention hashtag" rel="tag">#<span>旅行</span></a>',
        '<span class="invisible">https://</span>',
        '<span class=notranslate>a<span>b</span>c</span>',
    ],
)  # fmt: skip
def test_markup_keeps_elements_not_to_translate_as_one_atom(element: str) -> None:
    html = f"<p>你好 {element} friend</p>"
    assert atoms(html) == [(element, "notranslate")]


@pytest.mark.parametrize(
    "element",
    [
        '<div class="notranslate">a<div>b</div>c</div>',
        '<p translate="no">a</p>',
        "<ul translate=no><li>a</ul>",
    ],
)
def test_markup_makes_a_block_not_to_translate_one_barrier(element: str) -> None:
    html = f"你好{element}world"
    assert barriers(html) == [element]
    assert segments(html) == ["你好", "world"]


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p translate=no>甲<p>乙</p>", ["乙"]),
        ("<ul><li class=notranslate>甲<li>乙</ul>", ["乙"]),
        ("<div translate=no>甲<p>乙</p>", []),
        ("一<code>x<p>乙</p>", ["一", "乙"]),
        ("一<code>x", ["一"]),
        ("<script>甲", []),
        ("一<textarea>甲<p>乙</p>", ["一"]),
        ("<img translate=no src=x> 乙", ["乙"]),
        ('<a title="translate=no" data-class="notranslate">乙</a>', ["乙"]),
        ('<span translate="yes" class="translated">乙</span>', ["乙"]),
    ],
)
def test_markup_ends_an_unclosed_element_where_a_browser_would(
    html: str, expected: list[str]
) -> None:
    assert segments(html) == expected


def test_markup_decodes_plain_characters_and_keeps_the_rest() -> None:
    html = "Tom &amp; Jerry &lt;3 &gt; &quot;hi&quot; &#39;a&#x27; &apos; &copy; &nbsp; &#20320; &#x1F602; &eacute;"
    assert replaced(html) == [
        ("&amp;", "&"),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", '"'),
        ("&quot;", '"'),
        ("&#39;", "'"),
        ("&#x27;", "'"),
        ("&apos;", "'"),
    ]
    kept = [text for text, kind in atoms(html) if text not in dict(replaced(html))]
    assert kept == ["&copy;", "&nbsp;", "&#20320;", "&#x1F602;", "&eacute;"]
    assert {kind for _, kind in atoms(html)} == {"entity"}


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("a & b &foo; &; &# &#x; &a", []),
        ("&amp b &ampx &copy2", [("&amp", "entity"), ("&amp", "entity"), ("&copy", "entity")]),
        ("好&amp;好", [("&amp;", "entity")]),
    ],
)
def test_markup_reads_sloppy_references_as_browsers_do(
    html: str, expected: list[tuple[str, str]]
) -> None:
    assert atoms(html) == expected


@pytest.mark.parametrize(
    "html",
    ["a < b", "1 <2 and 3> 2", "<", "</", "<>", "<3 好", "<a", '<a href="x', "< p>", "a <我>"],
)
def test_markup_leaves_what_is_no_tag_to_the_text(html: str) -> None:
    assert scan(html) == Markup([], [], {})


def test_markup_reads_a_line_break_inside_a_sentence_as_a_blank() -> None:
    html = "<p>\n  Hello this is\n  a long sentence.\n  Next one\n</p>\n<p>你好\n世界</p>"
    assert replaced(html) == [("\n  ", " "), ("\n", "")]
    assert segments(html) == ["Hello this is\n  a long sentence.", "Next one", "你好\n世界"]


@pytest.mark.parametrize("text", ["one\ntwo", "一\n二 <b>三</b>", "<p>one\n\ntwo</p>"])
def test_markup_keeps_line_breaks_of_text_that_is_no_document(text: str) -> None:
    assert replaced(text) == []
    assert len(segments(text)) == 2


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("https://a.com/?a=1&amp;b=2 好", [("https://a.com/?a=1&amp;b=2", "url")]),
        ("https://a.com&nbsp;foo", [("https://a.com", "url"), ("&nbsp;", "entity")]),
        (
            "&quot;https://a.com&quot;",
            [("&quot;", "entity"), ("https://a.com", "url"), ("&quot;", "entity")],
        ),
        ('<a href="#x" title="@a">好</a>', [('<a href="#x" title="@a">', "tag"), ("</a>", "tag")]),
        (
            "看😂<b>#旅行</b>",
            [("😂", "emoji"), ("<b>", "tag"), ("#旅行", "hashtag"), ("</b>", "tag")],
        ),
        ("`a</p><p>b`", []),
        ("`a&nbsp;b`", [("&nbsp;", "entity")]),
        ("⟦0⟧ <s>x</s>", [("⟦0⟧", "control"), ("<s>", "tag"), ("</s>", "tag")]),
    ],
)
def test_markup_merges_with_protected_text(html: str, expected: list[tuple[str, str]]) -> None:
    merged = scan(html).merge(find_spans(html))
    assert [(html[s.start : s.end], s.kind.value) for s in merged] == expected


def test_markup_reads_a_mastodon_post() -> None:
    html = (
        '<p><span class="h-card" translate="no"><a href="https://m.s/@u" class="mention">@<span>u</span></a></span>'
        ' Look at <a href="https://x.com/abc"><span class="invisible">https://</span>'
        '<span class="ellipsis">x.com/a</span><span class="invisible">bc</span></a>. 真好!</p>'
        '<p><a href="/tags/a" class="mention hashtag" rel="tag">#<span>旅行</span></a> &amp; more</p>'
    )
    assert [s.split("<")[0] for s in segments(html)] == ["Look at ", "真好!", "&amp; more"]


@pytest.mark.parametrize(
    ("text", "original", "expected"),
    [
        ("a < b & c > d", "", "a &lt; b &amp; c &gt; d"),
        ("\"好\" 'x'", "plain", "\"好\" 'x'"),
        ("\"好\" 'x'", "&quot;hi&quot; &#39;", "&quot;好&quot; &#39;x&#39;"),
        ("it's", "&apos;", "it&apos;s"),
        ('it\'s "x"', "&#x27; &#34;", "it&#x27;s &#34;x&#34;"),
        ("&lt;script&gt;", "", "&amp;lt;script&amp;gt;"),
        ("⟦0⟧ 你好", "&amp;", "⟦0⟧ 你好"),
    ],
)
def test_markup_escape_makes_output_safe(text: str, original: str, expected: str) -> None:
    assert escape(text, original) == expected


HOSTILE = [
    "<div>", "<b>", "</b>", "<code>", "<p translate=no>", "<", "<a ", '<a "', "<a '\"", "\"'<a'\"", "<!", "<!--", "<?",
    "&", "&a", "&amp", "&#1", " ", "\n", "a\n", " \n", "<script>", "<script></script>", "<a a=b ", "<br>\n",
    "</script>", "<svg>",
]  # fmt: skip


@pytest.mark.parametrize("unit", HOSTILE)
def test_markup_stays_quick_on_hostile_html(unit: str) -> None:
    html = "<p>" + unit * (20_000 // len(unit))
    markup = scan(html)
    markup.merge([])
    split(html, atoms=markup.atoms, barriers=markup.barriers)


@pytest.mark.parametrize(
    ("tag", "expected"), [("div", ["你好"]), ("b", ["你好"]), ("span translate=no", [])]
)
def test_markup_takes_ten_thousand_nested_tags(tag: str, expected: list[str]) -> None:
    html = f"<{tag}>" * 10_000 + "你好" + f"</{tag.split()[0]}>" * 10_000
    assert segments(html) == expected


def test_markup_atoms_have_kinds_of_markup_only() -> None:
    html = "<p><b>a</b> &amp; <code>x</code></p>"
    assert {a.kind for a in scan(html).atoms} <= {
        SpanKind.TAG,
        SpanKind.ENTITY,
        SpanKind.NOTRANSLATE,
    }
