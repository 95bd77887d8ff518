"""A caller's terms in a text: where they are, and what they become."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.text.glossary import find_glossary, inflected


def said(text: str, **pairs: str) -> list[tuple[str, str]]:
    return [(text[h.start : h.end], h.target) for h in find_glossary(text, tuple(pairs.items()))]


@pytest.mark.parametrize(
    ("text", "pairs", "found"),
    [
        ("宝子，早上好宝子", {"宝子": "bestie"}, [("宝子", "bestie")] * 2),
        ("宝子们好", {"宝子": "bestie"}, [("宝子们", "besties")]),
        ("宝子们好", {"宝子": "friends"}, [("宝子们", "friends")]),
        ("宝子们好", {"宝子": "bestie", "宝子们": "everyone"}, [("宝子们", "everyone")]),
        ("hi bestie", {"bestie": "宝子"}, [("bestie", "宝子")]),
        ("Besties and BESTIE's", {"bestie": "宝子"}, [("Besties", "宝子"), ("BESTIE", "宝子")]),
        ("besties2 xbestie bestier", {"bestie": "宝子"}, []),
        ("用Magpie翻译", {"magpie": "喜鹊"}, [("Magpie", "喜鹊")]),
        ("Red Notes", {"red note": "RedNote"}, [("Red Notes", "RedNotes")]),
        ("cities", {"city": "城"}, [("cities", "城")]),
        ("闭眼入口", {"闭眼": "a", "闭眼入": "b"}, [("闭眼入", "b")]),
        ("小红书里的小红", {"小红": "Xiaohong", "小红书": "RedNote"},
         [("小红书", "RedNote"), ("小红", "Xiaohong")]),
        ("C++ and C", {"c++": "C＋＋"}, [("C++", "C＋＋")]),
        ("İstanbul STRASSE", {"istanbul": "x"}, []),
        ("\ud83d 宝子", {"宝子": "bestie"}, [("宝子", "bestie")]),
        ("anything", {}, []),
        ("a b", {" ": "x", "a": " ", "b": " y "}, [("b", "y")]),
    ],
)  # fmt: skip
def test_glossary_finds(text: str, pairs: dict[str, str], found: list[tuple[str, str]]) -> None:
    assert said(text, **pairs) == found


def test_glossary_of_two_pairs_with_one_source_the_first_counts() -> None:
    (hit,) = find_glossary("Bestie", [("bestie", "一"), ("Bestie", "二")])
    assert hit.target == "一"


def test_glossary_leaves_taken_stretches_alone() -> None:
    hits = find_glossary("宝子 #宝子 宝子", [("宝子", "bestie")], [(3, 6)])
    assert [(hit.start, hit.end) for hit in hits] == [(0, 2), (7, 9)]


@pytest.mark.parametrize(
    ("word", "plural"),
    [
        ("bestie", "besties"), ("box", "boxes"), ("dish", "dishes"), ("city", "cities"),
        ("boy", "boys"), ("y", "ys"), ("class", "classes"), ("BFF", "BFFs"),
    ],
)  # fmt: skip
def test_glossary_plural(word: str, plural: str) -> None:
    assert inflected(word) == plural


def test_glossary_a_large_one_over_a_long_text() -> None:
    pairs = [(f"term{n}x", f"术语{n}") for n in range(5000)]
    assert len(find_glossary("term7x and term4999x, " * 2000, pairs)) == 4000


@given(
    st.text("abB宝子们 ,é😀", max_size=30),
    st.dictionaries(st.text("ab宝子 ", max_size=4), st.text("xy词 ", max_size=4), max_size=5),
)
def test_glossary_hits_are_in_order_disjoint_and_said_by_a_pair(
    text: str, pairs: dict[str, str]
) -> None:
    end = 0
    targets = {t for target in pairs.values() for t in (target.strip(), inflected(target.strip()))}
    for hit in find_glossary(text, tuple(pairs.items())):
        assert end <= hit.start < hit.end <= len(text)
        end = hit.end
        assert hit.target in targets
        assert hit.target
