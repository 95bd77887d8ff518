"""HTML as it is shown: words come together again, every character knows where it came from, and nothing is slow."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.text.rendering import render


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("&#20170;&#x5929;&#27668 good", "今天气 good"),
        ("to<b>ma</b>to", "tomato"),
        ("今<i class='x'>天</i>", "今天"),
        ("one<br/>two", "one\ntwo"),
        ("<p>one</p><p>two</p>", "\none\n\ntwo\n"),
        ("a<!-- no -->b", "ab"),
        ("a<!-- without an end", "a"),
        ("fish &amp; chips", "fish & chips"),
        ("<b>😀</b>今天", "😀今天"),
    ],
    ids=["numbers", "inside-en", "inside-zh", "break", "blocks", "comment", "open", "amp", "emoji"],
)
def test_render_shows_what_a_browser_shows(text: str, shown: str) -> None:
    step = render(text)
    assert step is not None
    assert step.after == shown


@pytest.mark.parametrize(
    "text", ["", "plain", "1 < 2 && 3 > 2", "今天<3", "AT&T", "<>", "&;", "&#;"]
)
def test_render_leaves_text_without_markup(text: str) -> None:
    assert render(text) is None


def test_render_leads_back_to_the_characters_as_written() -> None:
    text = "😀 to<b>m</b>a&#116;o!"
    step = render(text)
    assert step is not None
    start = step.after.index("tomato")
    first, last = step.back(start, start + 6)
    assert text[first:last] == "to<b>m</b>a&#116;o"


@given(st.text(alphabet="<>/&#;!-bpx19 今😀\n\"'=", max_size=120))
def test_render_is_total_and_its_way_back_stays_inside(text: str) -> None:
    step = render(text)
    if step is not None and step.after:
        assert 0 <= step.back(0, 1)[0] < step.back(0, len(step.after))[1] <= len(text)


@pytest.mark.parametrize(
    "text",
    ["<" * 300_000, "<a " * 100_000, "&#" + "9" * 300_000 + ";", "&#" + "0" * 300_000 + "65;",
     "<!--" * 80_000, "&a" * 150_000],
    ids=["open", "tags", "digits", "zeros", "comments", "names"],
)  # fmt: skip
def test_render_takes_long_hostile_text(text: str) -> None:
    step = render(text)
    assert step is None or len(step.after) <= len(text)
