"""Marks that the model does not see: put back by alignment, or seen after all where they have no place."""

import random
from collections.abc import Mapping, Sequence

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from models.interfaces import Alignment, Hypothesis
from service.domain import Lang, TextFormat, WarningCode
from service.pipeline.plan import Rung, Unit
from tests.pipeline.script import Answer, request, run, traits

ALIGNS = traits(aligns=True)


def by_words(table: Mapping[str, tuple[str, Mapping[str, str]] | str]) -> Answer:
    """Answers by model text, with the source word that each character of the answer came from.

    ``{"so good": ("很好", {"很": "so", "好": "good"})}``; words are looked for from the left.
    """

    def answer(unit: Unit) -> list[str | Hypothesis]:
        said = table[unit.segment.text]
        if isinstance(said, str):
            return [said]
        text, links = said
        told = unit.segment.text
        source = tuple((n, n + 1) for n in range(len(told)))
        rows = []
        for character in text:
            start = told.find(links.get(character, "\0"))
            word = range(start, start + len(links[character])) if start >= 0 else range(0)
            rows.append(tuple(1 / len(word) if n in word else 0.0 for n in range(len(told))))
        target = tuple((n, n + 1) for n in range(len(text)))
        return [Hypothesis(text, -0.1, len(text), alignment=Alignment(source, target, tuple(rows)))]

    return answer


# What the model says where it sees the marks after all.
_SEEN = {
    "⟦0⟧This⟦1⟧ is so good": "⟦0⟧这⟦1⟧很好",
    "This is so ⟦0⟧good⟦1⟧": "这很⟦0⟧好⟦1⟧",
    "⟦0⟧This⟦1⟧ is so ⟦2⟧good⟦3⟧": "⟦0⟧这⟦1⟧很⟦2⟧好⟦3⟧",
}
SO_GOOD = {"This is so good": ("这很好", {"这": "This", "很": "so", "好": "good"})}


@pytest.mark.parametrize(
    ("text", "translation"),
    [
        ("This is *so* good", "这*很*好"),
        ("This is **so** good", "这**很**好"),
        ("This is <b>so</b> good", "这<b>很</b>好"),
        ("This is *so good*", "这*很好*"),
        ("This is <b>so <i>good</i></b>", "这<b>很<i>好</i></b>"),
        ("<b>This</b> is [so](https://example.org) good", "<b>这</b>[很](https://example.org)好"),
    ],
)
def test_lifted_marks_come_back_around_their_words(text: str, translation: str) -> None:
    done, seen = run(request(text), by_words(SO_GOOD), ALIGNS)
    assert done.text == translation
    assert done.warnings == ()
    assert [(unit.segment.text, unit.options.align) for unit in seen] == [("This is so good", True)]


def test_lifted_marks_in_html() -> None:
    text = '<p>This is <a href="/x?a=1&amp;b=2">so</a> good</p>'
    done, _ = run(request(text, format=TextFormat.HTML), by_words(SO_GOOD), ALIGNS)
    assert done.text == '<p>这<a href="/x?a=1&amp;b=2">很</a>好</p>'


def test_lifted_marks_into_english_keep_words_and_blanks() -> None:
    table = {"这很好": ("It is TOO good", {"I": "这", "t": "这", "T": "很", "O": "很"})}
    done, _ = run(request("这*很*好", Lang.EN), by_words(table), ALIGNS)
    assert done.text == "It is *TOO* good"


def test_lifted_marks_other_placeholders_stay_among_the_words() -> None:
    table = {
        "Hi ⟦0⟧, so good": ("嗨⟦0⟧，很好", {"很": "so", "好": "good", "0": "⟦0⟧"}),
    }
    done, seen = run(request("Hi @mia, *so* good"), by_words(table), ALIGNS)
    assert done.text == "嗨 @mia，*很*好"
    assert len(seen) == 1


def test_lifted_marks_more_than_a_model_has_placeholders() -> None:
    text = " ".join(f"*{letter}*" for letter in "abcdefghijkl")
    read = " ".join("abcdefghijkl")
    said = "".join(chr(0x4E00 + n) for n in range(12))
    links = dict(zip(said, "abcdefghijkl", strict=True))
    done, seen = run(request(text, source_lang=Lang.EN), by_words({read: (said, links)}), ALIGNS)
    assert len(seen) == 1
    assert done.text.replace(" ", "") == "".join(f"*{character}*" for character in said)


def test_lifted_marks_without_a_place_are_seen_by_the_model() -> None:
    table: dict[str, tuple[str, Mapping[str, str]] | str] = {
        "This is so good": ("这很好", {"这": "This", "好": "good"}),
        "This is ⟦0⟧so⟦1⟧ good": "这⟦0⟧真⟦1⟧好",
    }
    done, seen = run(request("This is *so* good"), by_words(table), ALIGNS)
    assert done.text == "这*真*好"
    assert done.warnings == ()
    assert [unit.options.align for unit in seen] == [True, False]
    assert [unit.rung for unit in seen] == [Rung.PLAIN, Rung.PLAIN]


def test_lifted_marks_that_the_model_loses_too_are_copied_around() -> None:
    table = {"This is so good": "这很好", "This is ⟦0⟧so⟦1⟧ good": "这很好"}
    table |= {"This is": "这是", "so": "很", "good": "好"}
    done, _ = run(request("This is *so* good"), by_words(table), ALIGNS)
    assert "*很*" in done.text
    assert [w.code for w in done.warnings] == [WarningCode.PLACEHOLDER_FALLBACK]


def test_lifted_marks_of_an_alternative_without_a_place_drop_out() -> None:
    aligned = by_words(SO_GOOD)

    def answer(unit: Unit) -> list[str | Hypothesis]:
        return [*(aligned(unit) or ()), "这真好"]

    done, _ = run(request("This is *so* good", alternatives=1), answer, ALIGNS)
    assert done.text == "这*很*好"
    assert done.alternatives == ()


def test_lifted_marks_retries_align_too() -> None:
    good = by_words(SO_GOOD)
    tried: list[tuple[Rung, bool]] = []

    def answer(unit: Unit) -> Sequence[str | Hypothesis] | None:
        tried.append((unit.rung, unit.options.align))
        if unit.rung is Rung.PENALTY:
            return good(unit)
        text = "很" * 40
        ranges = tuple((n, n + 1) for n in range(40))
        row = tuple(float(8 <= n < 10) / 2 for n in range(40))
        return [Hypothesis(text, -0.1, 40, alignment=Alignment(ranges, ranges, (row,) * 40))]

    done, _ = run(request("This is *so* good"), answer, ALIGNS)
    assert done.text == "这*很*好"
    assert tried == [(Rung.PLAIN, True), (Rung.NO_REPEAT, True), (Rung.PENALTY, True)]


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("*This* is so good", "This is so good"),
        ("This is so *good*", "This is so good"),
        ("**This** is so <b>good</b> @mia", "This is so good"),
        ("<i><b>This</b></i> is so good", "This is so good"),
    ],
)
def test_lifted_marks_at_an_edge_stay_with_their_partner(text: str, read: str) -> None:
    _, seen = run(request(text), by_words({read: "这很好"} | _SEEN), ALIGNS)
    assert seen[0].segment.text == read
    assert seen[0].options.align


def test_lifted_marks_around_the_whole_are_no_part_of_it() -> None:
    done, seen = run(request("**This is so good**"), by_words(SO_GOOD), ALIGNS)
    assert done.text == "**这很好**"
    assert not seen[0].options.align


def test_lifted_marks_are_placeholders_for_an_engine_that_does_not_align() -> None:
    done, seen = run(
        request("This is *so* good"), by_words({"This is ⟦0⟧so⟦1⟧ good": "这⟦0⟧很⟦1⟧好"}), traits()
    )
    assert done.text == "这*很*好"
    assert not seen[0].options.align


def test_lifted_marks_number_that_is_lost_is_masked_and_marks_are_lifted_still() -> None:
    table: dict[str, tuple[str, Mapping[str, str]] | str] = {
        "I have so many 25 cats": ("我有很多猫", {"很": "so", "多": "many", "猫": "cats"}),
        "I have so many ⟦0⟧ cats": ("我有很多⟦0⟧猫", {"很": "so", "多": "many", "0": "⟦0⟧"}),
    }
    done, seen = run(request("I have *so* many 25 cats"), by_words(table), ALIGNS)
    assert done.text == "我有*很*多 25 猫"
    assert [unit.rung for unit in seen] == [Rung.PLAIN, Rung.MASKED]
    assert all(unit.options.align for unit in seen)


_TAG = regex.compile(r"</?(\w+)[^>]*>")
_PARTS = st.sampled_from(
    ["<b>", "</b>", "<i>", "</i>", '<a href="/x">', "</a>", "good", "cats", "sleep", "well", "now", ", ", " ", " ",
     " @mia ", "😀", "<br>", "25", ". "]
)  # fmt: skip


@given(st.lists(_PARTS, max_size=24).map("".join), st.randoms(use_true_random=False))
def test_lifted_marks_are_all_there_and_nest_whatever_the_alignment(
    text: str, rng: random.Random
) -> None:
    """An engine that says its words in any order, each from anywhere."""

    def answer(unit: Unit) -> list[str | Hypothesis]:
        told = unit.segment.text
        tokens = regex.findall(r"⟦\d⟧|\w+", told)
        rng.shuffle(tokens)
        said = "".join(
            t if t.startswith("⟦") or t.isdigit() else "好猫睡吧"[len(t) % 4] for t in tokens
        )
        ranges = [m.span() for m in regex.finditer(r"⟦\d⟧|\w+", told)]
        target = [m.span() for m in regex.finditer(r"⟦\d⟧|\d+|.", said)]
        rows = [tuple(rng.random() for _ in ranges) for _ in target]
        return [
            Hypothesis(
                said, -0.1, 1, alignment=Alignment(tuple(ranges), tuple(target), tuple(rows))
            )
        ]

    done, _ = run(request(text, source_lang=Lang.EN, format=TextFormat.HTML), answer, ALIGNS)
    assert "⟦" not in done.text
    assert sorted(_TAG.findall(done.text)) == sorted(_TAG.findall(text))
    for kept in ("@mia", "😀"):
        assert done.text.count(kept) == text.count(kept)
    if _nests(text):
        assert _nests(done.text)


def _nests(text: str) -> bool:
    open_tags: list[str] = []
    for tag in _TAG.finditer(text):
        if tag[1] == "br":
            continue
        if not tag.group().startswith("</"):
            open_tags.append(tag[1])
        elif not open_tags or open_tags.pop() != tag[1]:
            return False
    return not open_tags
