"""Pairs of marks taken out of the model's text, and set around the words that came from between them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.interfaces import Alignment
from service.text import protect
from service.text.lifting import (
    Lifted,
    Range,
    find_liftable,
    lift,
    name_marks,
    put_back,
)
from service.text.marks import find_roles

PLACEHOLDERS = tuple(f"⟦{n}⟧" for n in range(10))


def lifted_of(text: str) -> tuple[Lifted | None, list[str]]:
    """What a model would read of ``text``, and the names of its other placeholders."""
    spans = protect.find_spans(text)
    pairs = find_liftable(text, spans, find_roles(text, spans))
    named = name_marks(pairs)
    masked = protect.mask(text, spans, PLACEHOLDERS, named=named)
    assert masked is not None
    others = [slot.placeholder for slot in masked.slots if slot.placeholder in PLACEHOLDERS]
    if not pairs:
        return None, others
    return lift(masked.text, [(named[a], named[b]) for a, b in pairs]), others


def words(source: str, target: str, links: dict[str, str]) -> Alignment:
    """Blank-separated words as tokens; each of ``target`` looks at the word of ``source`` that ``links`` names."""
    told, said = _ranges(source), _ranges(target)
    rows = []
    for start, end in said:
        wanted = links.get(target[start:end])
        rows.append(tuple(float(source[a:b] == wanted) for a, b in told))
    return Alignment(told, said, tuple(rows))


def _ranges(text: str) -> tuple[tuple[int, int], ...]:
    found, at = [], 0
    for word in text.split():
        start = text.index(word, at)
        at = start + len(word)
        found.append((start, at))
    return tuple(found)


@pytest.mark.parametrize(
    ("text", "read", "between"),
    [
        ("This is *so* good", "This is so good", ["so"]),
        ("I <b>really</b> mean it", "I really mean it", ["really"]),
        ("I <b>really <i>do</i></b> mean it", "I really do mean it", ["really do", "do"]),
        ("A **b** c __d__ e", "A b c d e", ["b", "d"]),
        ("<b><i>all</i></b> of it", "all of it", ["all", "all"]),
        ("<b>one</b> <i>two</i> three", "one two three", ["one", "two"]),
        ("Read [this page](https://example.org) now", "Read this page now", ["this page"]),
        ("Hi @mia *you* win", "Hi ⟦0⟧ you win", ["you"]),
        ("I *saw @mia* win", "I saw ⟦0⟧ win", ["saw ⟦0⟧"]),
        ("an <b>😀</b> *emoji*", "an ⟦0⟧ emoji", ["emoji"]),
    ],
)
def test_lifting_takes_pairs_out(text: str, read: str, between: list[str]) -> None:
    lifted, _ = lifted_of(text)
    assert lifted is not None
    assert lifted.text == read
    assert [lifted.text[r.start : r.end] for r in lifted.ranges] == between


@pytest.mark.parametrize(
    ("text", "others"),
    [
        ("no marks at all", 0),
        ("a lonely <b> here", 1),
        ("a lonely </b> here", 1),
        ("an <b>😀</b> emoji", 1),  # nothing for the model to read
        ("see <img src='a.png'> there", 1),
        ("my ~~boss~~ friend", 2),
        ("my <del>boss</del> friend", 2),
        ("@mia and #cats are here", 2),
        ("<b>https://example.org</b> it is", 1),
    ],
)
def test_lifting_leaves_what_it_cannot_place(text: str, others: int) -> None:
    lifted, seen = lifted_of(text)
    assert lifted is None
    assert len(seen) == others


def test_lifting_of_thousands_of_nested_pairs_is_left_to_placeholders() -> None:
    text = "see " + "<b>" * 3000 + "this" + "</b>" * 3000 + " now"
    spans = protect.find_spans(text)
    assert find_liftable(text, spans, find_roles(text, spans)) == []


def test_lifting_needs_every_name() -> None:
    assert lift("a ⟦100⟧b", [("⟦100⟧", "⟦101⟧")]) is None


ONE = Lifted("I really mean it", (Range(2, 8, "⟦0⟧", "⟦1⟧"),))


def test_lifting_puts_marks_around_the_words_that_came_from_between() -> None:
    output = "我 真的 是认真的"
    links = {"我": "I", "真的": "really", "是认真的": "mean"}
    aligned = words(ONE.text, output, links)
    assert put_back(output, ONE, aligned) == "我 ⟦0⟧真的⟦1⟧ 是认真的"


def test_lifting_finds_words_that_moved_to_an_edge() -> None:
    output = "mean it I really"
    aligned = words(ONE.text, output, {w: w for w in output.split()})
    assert put_back(output, ONE, aligned) == "mean it I ⟦0⟧really⟦1⟧"


def test_lifting_takes_the_better_of_two_places() -> None:
    lifted = Lifted("the big red car", (Range(4, 11, "⟦0⟧", "⟦1⟧"),))
    output = "red the car big red"
    aligned = words(lifted.text, output, {w: w for w in output.split()})
    assert put_back(output, lifted, aligned) == "red the car ⟦0⟧big red⟦1⟧"


def test_lifting_nests_as_the_source_does() -> None:
    lifted = Lifted(
        "a b c d", (Range(0, 5, "⟦0⟧", "⟦3⟧"), Range(2, 3, "⟦1⟧", "⟦2⟧"), Range(6, 7, "⟦4⟧", "⟦5⟧"))
    )
    output = "d a c b"
    aligned = words(lifted.text, output, {w: w for w in output.split()})
    assert put_back(output, lifted, aligned) == "⟦4⟧d⟦5⟧ ⟦0⟧a c ⟦1⟧b⟦2⟧⟦3⟧"


def test_lifting_sets_what_ends_before_what_begins() -> None:
    lifted = Lifted("ab", (Range(0, 1, "⟦0⟧", "⟦1⟧"), Range(1, 2, "⟦2⟧", "⟦3⟧")))
    aligned = Alignment(((0, 1), (1, 2)), ((0, 1), (1, 2)), ((1.0, 0.0), (0.0, 1.0)))
    assert put_back("甲乙", lifted, aligned) == "⟦0⟧甲⟦1⟧⟦2⟧乙⟦3⟧"


def test_lifting_never_cuts_a_latin_word() -> None:
    lifted = Lifted("我恶心", (Range(1, 3, "⟦0⟧", "⟦1⟧"),))
    aligned = Alignment(
        ((0, 1), (1, 3)),
        ((0, 1), (2, 5), (5, 8), (8, 11)),
        ((1.0, 0.0), (0.6, 0.4), (0.1, 0.9), (0.6, 0.4)),
    )
    assert put_back("I disgusted", lifted, aligned) == "I ⟦0⟧disgusted⟦1⟧"


def test_lifting_never_cuts_a_contraction() -> None:
    lifted = Lifted("我太累", (Range(1, 3, "⟦0⟧", "⟦1⟧"),))
    rows = ((1.0, 0.0), (0.2, 0.8), (0.1, 0.9))
    aligned = Alignment(((0, 1), (1, 3)), ((0, 1), (1, 3), (4, 9)), rows)
    assert put_back("I'm tired", lifted, aligned) == "⟦0⟧I'm tired⟦1⟧"


@pytest.mark.parametrize("share", [0.0, 0.29])
def test_lifting_gives_up_where_nothing_came_from_between(share: float) -> None:
    aligned = Alignment(((0, 1), (2, 8)), ((0, 2),), ((1 - share, share),))
    assert put_back("你好", ONE, aligned) is None
    assert put_back("你好", ONE, None) is None


def test_lifting_gives_up_where_a_parent_has_no_token_left() -> None:
    lifted = Lifted("a b", (Range(0, 3, "⟦0⟧", "⟦3⟧"), Range(2, 3, "⟦1⟧", "⟦2⟧")))
    aligned = Alignment(((0, 1), (2, 3)), ((0, 1), (1, 2)), ((1.0, 0.0), (0.0, 0.2)))
    assert put_back("甲乙", lifted, aligned) is None


@given(
    st.integers(1, 6),
    st.lists(st.lists(st.floats(0, 1), min_size=6, max_size=6), min_size=1, max_size=6),
    st.booleans(),
)
def test_lifting_loses_nothing_and_nests(end: int, weights: list[list[float]], inner: bool) -> None:
    source = tuple((n, n + 1) for n in range(6))
    target = tuple((n, n + 1) for n in range(len(weights)))
    ranges = [Range(0, end, "⟦0⟧", "⟦1⟧"), *([Range(0, 1, "⟦2⟧", "⟦3⟧")] if inner else [])]
    output = "一二三四五六"[: len(weights)]
    aligned = Alignment(source, target, tuple(tuple(row) for row in weights))
    said = put_back(output, Lifted("abcdef", tuple(ranges)), aligned)
    if said is None:
        return
    names = [name for r in ranges for name in (r.opening, r.closing)]
    bare = said
    for name in names:
        assert said.count(name) == 1
        bare = bare.replace(name, "")
    assert bare == output
    assert said.index("⟦0⟧") < said.index("⟦1⟧")
    if inner:
        assert said.index("⟦0⟧") < said.index("⟦2⟧") < said.index("⟦3⟧") < said.index("⟦1⟧")
