"""Terms in texts: golden rows by category and by disguise, allowed words, boundaries, offsets, any text at all."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.domain import Category
from service.policy import matcher as module
from service.policy.lexicon import ALLOWED_COLUMNS, TERM_COLUMNS, Lexicon, Match, load, load_bundled
from service.policy.matcher import MAX_MATCHES, Matcher
from service.text.normalize import ALL, ViewName, views

DATA = Path(__file__).parents[1] / "data" / "moderation"
GOLDEN = [json.loads(line) for line in (DATA / "golden.jsonl").read_text("utf-8").splitlines()]
HARMLESS = [
    line.split("\t") for line in (DATA / "harmless.tsv").read_text("utf-8").splitlines()[1:]
]

Found = list[tuple[str, tuple[str, ...]]]


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    return Matcher(load_bundled())


def lexicon(*rows: str, allowed: tuple[str, ...] = ()) -> Lexicon:
    """Of rows ``term match`` and ``word across``, all insults of severity 1."""
    terms = ["\t".join(TERM_COLUMNS)]
    for number, line in enumerate(rows, 1):
        term, _, match = line.partition(" | ")
        lang = "en" if term.isascii() else "zh"
        terms.append(f"made#{number}\t{term}\t{lang}\tinsult\t1\tmade up\ta test\t{match}")
    words = ["\t".join(ALLOWED_COLUMNS)]
    for line in allowed:
        word, _, match = line.partition(" | ")
        words.append(f"{word}\ten\tmade up\ta test\t{match}")
    return load(["\n".join(terms).encode(), "\n".join(words).encode()], bundled=False)


def finder(*rows: str, allowed: tuple[str, ...] = ()) -> Callable[[str], Found]:
    matcher = Matcher(lexicon(*rows, allowed=allowed))
    return lambda text: [(text[hit.start : hit.end], hit.views) for hit in matcher.find(text)]


@pytest.mark.parametrize("row", [pytest.param(row, id=row["id"]) for row in GOLDEN])
def test_matcher_finds_the_golden_rows(matcher: Matcher, row: dict[str, object]) -> None:
    text = str(row["text"])
    hits = [
        {
            "hit": text[hit.start : hit.end],
            "category": hit.category,
            "severity": hit.severity,
            "views": list(hit.views),
        }
        for hit in matcher.find(text)
    ]
    assert {key: row[key] for key in ("hit", "category", "severity", "views")} in hits


def test_matcher_golden_rows_cover_categories_and_disguises() -> None:
    """Every category a lexicon serves, in both languages, and every disguise the views know."""
    pairs = {(row["id"][:2], row["category"]) for row in GOLDEN}
    served = set(Category) - {Category.TOXICITY, Category.SEVERE_TOXICITY}
    assert {(lang, str(category)) for lang in ("en", "zh") for category in served} <= pairs
    assert {name for row in GOLDEN for name in row["views"]} == set(ViewName)


@pytest.mark.parametrize(("lang", "text"), HARMLESS)
def test_matcher_leaves_harmless_texts_alone(matcher: Matcher, lang: str, text: str) -> None:
    assert matcher.find(text) == ()


def test_matcher_finds_every_bundled_term_as_written(matcher: Matcher) -> None:
    missing = []
    for term in matcher.lexicon.terms:
        text = f"你{term.text}吧" if Match.CHINESE in term.match else term.text
        if not any(hit.category is term.category for hit in matcher.find(text)):
            missing.append(term.id)
    assert not missing


def test_matcher_finds_nothing_in_allowed_words(matcher: Matcher) -> None:
    assert not [word.text for word in matcher.lexicon.allowed if matcher.find(word.text)]


def test_matcher_takes_views_already_made(matcher: Matcher) -> None:
    for row in GOLDEN:
        text = row["text"]
        assert matcher.find(text, views(text)) == matcher.find(text)


@pytest.mark.parametrize("name", sorted({name for row in GOLDEN for name in row["views"]}))
def test_matcher_does_without_a_view_that_is_off(matcher: Matcher, name: str) -> None:
    off = Matcher(matcher.lexicon, ALL - {ViewName(name)})
    for row in GOLDEN:
        hits = [hit for hit in off.find(row["text"]) if name in hit.views]
        assert hits == []
    needing = [row for row in GOLDEN if row["views"] == [name]]
    assert any(row["hit"] not in _stretches(off, row["text"]) for row in needing)


def _stretches(matcher: Matcher, text: str) -> list[str]:
    return [text[hit.start : hit.end] for hit in matcher.find(text) if hit.severity > 1]


@pytest.mark.parametrize(
    ("row", "text", "expected"),
    [
        pytest.param("banana", "A banana, a bananas", ["banana"], id="word"),
        pytest.param("banana", "bananabread xbanana banana2", [], id="inside a word"),
        pytest.param("banana", "吃banana吧", ["banana"], id="Han is a boundary"),
        pytest.param("banana", "BANANA_split #banana", ["BANANA", "banana"], id="signs"),
        pytest.param("banana | plural", "banana bananas bananasx", ["banana", "bananas"], id="s"),
        pytest.param("peach | plural", "peaches peachs", ["peaches"], id="es"),
        pytest.param("banana | prefix", "bananabread, xbanana", ["bananabread"], id="prefix"),
        pytest.param("banana | anywhere", "xbananabread", ["banana"], id="anywhere"),
        pytest.param("green banana", "Green banana; greenbanana", ["Green banana"], id="phrase"),
        pytest.param("bn | chinese", "bn is bn", [], id="not in English"),
        pytest.param("bn | chinese", "这个 bn 很好", ["bn"], id="in Chinese"),
        pytest.param("bn | chinese", f"这{' ' * 9}bn", [], id="far from Chinese"),
        pytest.param("香蕉", "我吃香蕉皮", ["香蕉"], id="Han anywhere"),
        pytest.param("banana", "b-a-n-a-n-a", ["b-a-n-a-n-a"], id="separated"),
        pytest.param("banana | exact", "b-a-n-a-n-a b4nana b*nana", [], id="exact, disguised"),
        pytest.param("banana | exact", "ｂａｎａｎａ", ["ｂａｎａｎａ"], id="exact, other width"),
        pytest.param("banana", "b*nana, b****a", ["b*nana", "b****a"], id="masked"),
        pytest.param("banana", "**b*nana** ban***x", [], id="not the whole mask"),
        pytest.param("大香蕉", "大乡焦", [], id="no homophones unasked"),
        pytest.param("大香蕉 | homophone", "吃大乡焦", ["大乡焦"], id="homophones"),
        pytest.param("沙发 | homophone", "萨发", [], id="no accents"),
        pytest.param("香蕉", "xiangjiao 香jiao 香j", [], id="no pinyin unasked"),
        pytest.param("香蕉 | pinyin", "xiangjiao", ["xiangjiao"], id="pinyin"),
        pytest.param("香蕉 | pinyin", "香jiao, 香j", ["香jiao", "香j"], id="pinyin in part"),
        pytest.param("大香蕉 | pinyin", "dxj", [], id="initials are terms of their own"),
    ],
)
def test_matcher_keeps_to_the_flags(row: str, text: str, expected: list[str]) -> None:
    assert [stretch for stretch, _ in finder(row)(text)] == expected


def test_matcher_emoji_speaks_for_terms_without_homophones() -> None:
    find = finder("马路")
    assert find("码路") == []
    assert find("这条🐴鹿") == [("🐴鹿", ("emoji", "homophone"))]


@pytest.mark.parametrize(
    ("allowed", "text", "expected"),
    [
        pytest.param("pineapple pie", "a pineapple pie", [], id="inside"),
        pytest.param("pineapple pie", "pineapple pies", [], id="inside, longer word"),
        pytest.param("pineapple pie", "pineapple pie, apple", ["apple"], id="the other one stays"),
        pytest.param(
            "pineapple pie", "ｐｉｎｅａｐｐｌｅ ｐｉｅ", [], id="allowed in another view"
        ),
        pytest.param("apple pie", "apple-pie apple", ["apple", "apple"], id="not as written"),
        pytest.param("果树", "苹果树", ["苹果"], id="overlap is not inside"),
        pytest.param("果树 | across", "苹果树", [], id="across the end"),
        pytest.param("青苹 | across", "青苹果", [], id="across the start"),
        pytest.param("苹 | across", "苹果", ["苹果"], id="a part of the term"),
    ],
)
def test_matcher_allowed_words_clear_hits(allowed: str, text: str, expected: list[str]) -> None:
    find = finder("apple | anywhere", "苹果", allowed=(allowed,))
    assert [stretch for stretch, _ in find(text)] == expected


@pytest.mark.parametrize(
    ("rows", "text", "expected"),
    [
        pytest.param(("apple", "apple pie"), "an apple pie", [("apple pie", ())], id="long"),
        pytest.param(("red apple", "apple pie"), "red apple pie", [("red apple", ())], id="even"),
        pytest.param(("香蕉 | homophone", "乡焦"), "吃乡焦", [("乡焦", ())], id="plain"),
    ],
)
def test_matcher_prefers_long_then_plain_hits(
    rows: tuple[str, ...], text: str, expected: Found
) -> None:
    assert finder(*rows)(text) == expected


def test_matcher_reports_each_category_of_a_stretch() -> None:
    rows = ["\t".join(TERM_COLUMNS)]
    rows += [
        f"made#{number}\tbanana\ten\t{category}\t{severity}\tmade up\ta test\t"
        for number, category, severity in ((1, "insult", 1), (2, "threat", 3))
    ]
    hits = Matcher(load(["\n".join(rows).encode()], bundled=False)).find("a banana")
    assert [(hit.term_id, hit.category, hit.severity) for hit in hits] == [
        ("made#1", Category.INSULT, 1),
        ("made#2", Category.THREAT, 3),
    ]


def test_matcher_counts_a_lone_surrogate_as_one_code_point() -> None:
    assert finder("apple", "苹果")("\ud83d apple \ud83d苹果") == [("apple", ()), ("苹果", ())]


def test_matcher_works_without_terms() -> None:
    assert Matcher(Lexicon.of(())).find("any text 任何文字") == ()


PIECES = st.sampled_from(
    [row["text"] for row in GOLDEN] + [text for _, text in HARMLESS] + list("*.- \n0🐷\u200b\ud800")
)


@settings(max_examples=150, deadline=None)
@given(st.lists(PIECES | st.text(max_size=8), max_size=6).map("".join))
def test_matcher_finds_valid_hits_in_any_text(matcher: Matcher, text: str) -> None:
    hits = matcher.find(text)
    assert list(hits) == sorted(hits, key=lambda hit: (hit.start, hit.end, hit.term_id))
    ends: dict[Category, int] = {}
    for hit in hits:
        assert ends.get(hit.category, 0) <= hit.start < hit.end <= len(text)
        ends[hit.category] = hit.end
        assert set(hit.views) <= set(ViewName)


@pytest.mark.parametrize(
    "piece",
    [
        pytest.param("a", id="one letter"),
        pytest.param("今天天气很好，我们去公园。", id="clean"),
        pytest.param("操作干净草莓日本", id="allowed words"),
        pytest.param("a.", id="separators"),
        pytest.param("*", id="stars"),
        pytest.param("哈", id="one character"),
    ],
)
def test_matcher_passes_a_megabyte(matcher: Matcher, piece: str) -> None:
    text = piece * (1_000_000 // len(piece.encode()))
    assert matcher.find(text) == ()


def test_matcher_finds_every_hit_of_a_long_text(matcher: Matcher) -> None:
    row = next(row for row in GOLDEN if row["id"] == "en-homoglyph")
    hits = [hit for hit in matcher.find(f"{row['text']}. " * 2_000) if hit.severity > 1]
    assert len(hits) == 2_000
    assert len({hit.end - hit.start for hit in hits}) == 1


class Counted(module.Candidate):
    """Candidates, counted as they are made: each is a match that was looked at and located."""

    made = 0

    def __init__(self, *values: object) -> None:
        type(self).made += 1
        super().__init__(*values)  # type: ignore[arg-type]  # as the class itself takes them


DENSE = {
    "plain": lambda text: text + " ",
    "separated": lambda text: "-".join(text) + " 22 ",
    "full-width": lambda text: (
        "".join(chr(ord(c) + 0xFEE0) if c < "\x7f" else c for c in text) + " "
    ),
    "repeated": lambda text: text + text[-1] * 3 + " ",
}


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("disguise", DENSE)
def test_matcher_work_on_dense_hits_does_not_grow_with_the_text(
    matcher: Matcher, monkeypatch: pytest.MonkeyPatch, lang: str, disguise: str
) -> None:
    """A megabyte of nothing but listed terms is not looked at to its end, and says so."""
    monkeypatch.setattr(module, "Candidate", Counted)
    term = next(
        t.text for t in matcher.lexicon.terms
        if t.lang == lang and t.severity >= 2 and not t.match and len(t.text) in (2, 6)
    )  # fmt: skip
    piece = DENSE[disguise](term)
    made = []
    for size in (300_000, 1_000_000):
        Counted.made = 0
        text = piece * (size // len(piece))
        result = matcher.search(text)
        assert not result.complete
        assert len(result.hits) <= MAX_MATCHES + 1
        assert all(0 <= hit.start < hit.end <= len(text) for hit in result.hits)
        made.append(Counted.made)
    assert made[0] == made[1] <= 4 * MAX_MATCHES  # a match may stand for several terms


def test_matcher_looks_at_all_of_a_text_of_ordinary_length(matcher: Matcher) -> None:
    texts = [row["text"] for row in GOLDEN] + [text for _, text in HARMLESS]
    assert matcher.search("\n".join(texts * 3)[:20_000]).complete


def test_matcher_cut_off_among_allowed_words_invents_no_hit() -> None:
    found = Matcher(lexicon("ass | anywhere", allowed=("assassin",))).search("assassin " * 60_000)
    assert (found.hits, found.complete) == ((), False)


@pytest.mark.parametrize("shift", range(-9, 3))
def test_matcher_finds_a_term_over_the_edge_of_a_portion(shift: int) -> None:
    finds = finder("apple tree")
    text = "x " * 8192  # a portion
    text = text[: len(text) + shift] + " " if shift < 0 else text + " " * shift
    assert finds(text + "apple tree" + " x" * 9000) == [("apple tree", ())]


def test_matcher_says_which_disguises_a_text_has(matcher: Matcher) -> None:
    assert matcher.search("a plain post").disguises == frozenset()
    assert ViewName.WIDTH in matcher.search("ａ ｐｏｓｔ").disguises
    assert ViewName.SEPARATORS in matcher.search("a p.o.s.t here").disguises


@pytest.mark.parametrize("gap", ["  ", "\n", "\t", " \n "], ids=["two", "line", "tab", "both"])
def test_matcher_finds_a_phrase_over_wide_gaps(gap: str) -> None:
    lexicon = load_bundled()
    matcher = Matcher(lexicon)
    term = next(t for t in lexicon.terms if t.lang == "en" and " " in t.text and t.severity >= 2)
    text = f"well, {term.text.replace(' ', gap)}, ok"
    (hit,) = [one for one in matcher.find(text) if one.term_id == term.id]
    assert text[hit.start : hit.end] == term.text.replace(" ", gap)
    assert hit.views == ("separators",)
