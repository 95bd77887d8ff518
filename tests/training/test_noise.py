"""Typing noise and fragments: light, repeatable, and on the right side."""

import random

import pytest

from models.training import noise
from models.training.fragments import fragment, phrase_span
from models.training.lexicon import Link
from models.training.words import Word

ENGLISH, CHINESE = (
    "I really love this coffee, thank you so much.",
    "我真的很喜欢这个 app 啊，谢谢你。",
)


def results(kind: str, lang: str, count: int = 60) -> set[str]:
    source, target = (ENGLISH, CHINESE) if lang == "en" else (CHINESE, ENGLISH)
    made = [noise.make_noise(kind, source, target, lang, random.Random(n)) for n in range(count)]
    assert made == [
        noise.make_noise(kind, source, target, lang, random.Random(n)) for n in range(count)
    ]
    return {pair[0] for pair in made if pair}


@pytest.mark.parametrize(
    ("kind", "lang"), [(kind, lang) for lang in ("en", "zh") for kind in sorted(noise.kinds(lang))]
)
def test_noise_changes_the_source_lightly(kind: str, lang: str) -> None:
    source = ENGLISH if lang == "en" else CHINESE
    changed = results(kind, lang)
    assert changed
    assert all(text and text != source and abs(len(text) - len(source)) <= 7 for text in changed)


def test_noise_has_a_share_for_every_kind() -> None:
    assert noise.kinds("en") | noise.kinds("zh") == set(noise.NOISE_SHARES)
    assert all(0 < share < 0.05 for share in noise.NOISE_SHARES.values())


@pytest.mark.parametrize(("kind", "marked"), [("bare", False), ("title", False), ("upper", True)])
def test_noise_takes_the_final_mark_from_both_sides_or_none(kind: str, marked: bool) -> None:
    made = noise.make_noise(kind, ENGLISH, CHINESE, "en", random.Random(1))
    assert made is not None
    assert made[1].endswith("。") is marked


@pytest.mark.parametrize(
    ("kind", "lang", "wanted"),
    [
        ("upper", "en", {"I REALLY LOVE THIS COFFEE, THANK YOU SO MUCH."}),
        ("title", "en", {"I Really Love This Coffee, Thank You So Much"}),
        ("unspaced", "en", {"I really love this coffee,thank you so much."}),
        ("unspaced", "zh", {"我真的很喜欢这个app啊，谢谢你。"}),
        ("traditional", "zh", {"我真的很喜歡這個 app 啊，謝謝你。"}),
    ],
)
def test_noise_looks_like_this(kind: str, lang: str, wanted: set[str]) -> None:
    assert results(kind, lang) == wanted


def test_noise_typos_are_slips_of_the_finger() -> None:
    made = {noise.typo("weather", random.Random(n)) for n in range(300)}
    assert {"wetaher", "wather", "weeather", "wrather"} <= made
    assert all(word[0] == "w" and word[-1] in "re" and 6 <= len(word) <= 8 for word in made)


@pytest.mark.parametrize("text", ["@weather", "#weather", "我 ok", "v2024", "a b c"])
def test_noise_typos_leave_names_and_short_words(text: str) -> None:
    assert {noise.typo(text, random.Random(n)) for n in range(20)} == {text}


def test_noise_neighbours_touch() -> None:
    keys = noise._neighbours()
    assert set(keys["g"]) == set("fhtyvb")
    assert set(keys["q"]) == set("wa")
    assert all(letter in keys[near] for letter, found in keys.items() for near in found)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("Hi there!!", "Hi there"), ("好的。", "好的"), ("?!", "?!"), ("ok", "ok")],
)
def test_noise_drops_final_marks_but_never_everything(text: str, expected: str) -> None:
    assert noise.drop_final_mark(text) == expected


EN = [Word(w, bool(i)) for i, w in enumerate(["Tom", "drank", "cold", "coffee"])] + [
    Word(".", False)
]
ZH = [Word(w, False) for w in ("汤姆", "喝", "了", "冷", "咖", "啡", "。")]
LINKS = [Link(0, 0, 1, 0.9), Link(1, 1, 2, 0.5), Link(2, 3, 4, 0.6), Link(3, 4, 6, 0.9)]


@pytest.mark.parametrize(
    ("words", "span"),
    [
        (range(1), range(1)),
        (range(2, 4), range(3, 6)),
        (range(1, 4), range(1, 6)),  # a particle between them belongs to the phrase
        (range(3, 5), None),  # the mark at the end is not linked
        (range(0), None),
    ],
)
def test_fragments_follow_the_links(words: range, span: range | None) -> None:
    assert phrase_span(words, ZH, LINKS) == span


def test_fragments_do_not_cut_what_crosses() -> None:
    crossing = [Link(0, 2, 3, 0.9), Link(1, 1, 2, 0.9), Link(2, 0, 1, 0.9), Link(3, 3, 4, 0.9)]
    assert phrase_span(range(2), ZH, crossing) == range(1, 3)
    assert phrase_span(range(2, 4), ZH, crossing) is None


def test_fragments_are_aligned_words_and_phrases() -> None:
    made = {fragment(EN, ZH, LINKS, random.Random(n)) for n in range(200)}
    assert {("coffee", "咖啡"), ("cold coffee", "冷咖啡"), ("Tom drank", "汤姆喝")} <= made
    assert all(pair is None or not pair[1].endswith("。") for pair in made)
    assert fragment(EN, ZH, [], random.Random(1)) is None
