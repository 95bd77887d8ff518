"""Slang in texts: every example post is found, look-alikes are not, guards hold, and nothing overlaps."""

import csv
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.lexicon.entries import SlangLexicon, load
from service.lexicon.finder import SlangFinder
from tests.lexicon.rows import lexicon, row

EXAMPLES = Path(__file__).parents[1] / "data" / "social" / "slang_examples.tsv"


def examples() -> list[dict[str, str]]:
    with EXAMPLES.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))


@cache
def bundled() -> SlangFinder:
    return SlangFinder(load())


def words(text: str, finder: SlangFinder | None = None) -> list[tuple[str, bool]]:
    """What was found, as it is written, and whether it may be expanded."""
    found = (finder or bundled()).find(text)
    return [(text[hit.start : hit.end], hit.sure) for hit in found]


def one(guard: str, **cells: str) -> SlangFinder:
    return SlangFinder(lexicon(row(guard=guard, **cells)))


@pytest.mark.parametrize(
    "example", [e for e in examples() if e["term"] != "-"], ids=lambda e: e["term"]
)
def test_finder_finds_the_term_of_every_example(example: dict[str, str]) -> None:
    found = bundled().find(example["text"])
    spelled = {s.lower() for hit in found for s in hit.entry.spellings}
    assert example["term"].lower() in spelled


@pytest.mark.parametrize(
    "example", [e for e in examples() if e["term"] == "-"], ids=lambda e: e["lookalike"]
)
def test_finder_expands_no_lookalike(example: dict[str, str]) -> None:
    sure = [hit for hit in bundled().find(example["text"]) if hit.sure]
    spelled = {s.lower() for hit in sure for s in hit.entry.spellings}
    assert example["lookalike"].lower() not in spelled


@pytest.mark.parametrize(
    ("guard", "text", "found"),
    [
        ("always", "太yyds了", [("yyds", True)]),
        ("word", "YYDS!", [("YYDS", True)]),
        ("word", "byyds yydsx 5yyds yyds2", []),
        ("word", "éyyds yydsß", []),
        ("exact-case", "yyds YYDS", [("yyds", True)]),
        ("alone", " yyds！！😀", [("yyds", True)]),
        ("alone", "他 yyds", []),
        ("alone", "yyds 吧", []),
        ("not-before:的|吧", "yyds的人 yyds人", [("yyds", True)]),
        ("not-after:真|很", "真yyds 太yyds", [("yyds", True)]),
        ("han-context", "so yyds", []),
        ("han-context", "他 yyds", [("yyds", True)]),
        ("note-only", "他 yyds", [("yyds", False)]),
        ("note-only", "so yyds", []),
    ],
)
def test_finder_guards(guard: str, text: str, found: list[tuple[str, bool]]) -> None:
    assert words(text, one(guard)) == found


def test_finder_an_english_word_that_may_mean_much_is_not_looked_for_in_chinese() -> None:
    finder = one("note-only", term="period", language="en", expansion="")
    assert words("that's it, period", finder) == [("period", False)]
    assert words("他说 period", finder) == []


def test_finder_takes_curly_apostrophes() -> None:
    finder = one("word", term="y'all", language="en", expansion="you all")
    assert words("hi y’all and Y'ALL", finder) == [("y’all", True), ("Y'ALL", True)]


def test_finder_the_longest_spelling_wins_and_a_shorter_one_stands_in() -> None:
    finder = SlangFinder(
        lexicon(row(id="a", term="闭眼"), row(id="b", term="闭眼入", guard="not-before:口"))
    )
    assert words("闭眼入", finder) == [("闭眼入", True)]
    assert words("闭眼入口", finder) == [("闭眼", True)]


def test_finder_a_guard_that_holds_goes_before_a_note() -> None:
    finder = SlangFinder(
        lexicon(
            row(id="a", term="xd", guard="note-only"), row(id="b", term="xd", guard="exact-case")
        )
    )
    assert words("他xd 他XD", finder) == [("xd", True), ("XD", False)]


def test_finder_leaves_taken_stretches_alone() -> None:
    text = "yyds @yyds yyds"
    found = one("word").find(text, [(5, 10)])
    assert [(hit.start, hit.end) for hit in found] == [(0, 4), (11, 15)]
    assert one("word").find(text, [(0, 1), (6, 7), (14, 15)]) == ()


def test_finder_without_entries_finds_nothing() -> None:
    assert SlangFinder(SlangLexicon.of([])).find("yyds") == ()


def test_finder_takes_lone_surrogates_and_letters_that_grow() -> None:
    assert words("\ud83d yyds \ude00", one("word")) == [("yyds", True)]
    assert words("İİİ yyds", one("word")) == [("yyds", True)]


def test_finder_is_linear() -> None:
    for guard in ("always", "alone", "not-after:真"):
        assert len(one(guard).find("yyds，" * 20_000)) in (0, 20_000)


@given(
    st.lists(
        st.sampled_from(["yyds", "xswl", "破防", "ngl", "u", " ", "，", "的", "x", "é", "😀", "\ud800"]),
        max_size=15,
    ).map("".join)
)  # fmt: skip
def test_finder_hits_are_in_order_disjoint_and_spelled_as_in_the_lexicon(text: str) -> None:
    end = 0
    for hit in bundled().find(text):
        assert end <= hit.start < hit.end <= len(text)
        end = hit.end
        assert text[hit.start : hit.end].lower() in [s.lower() for s in hit.entry.spellings]
