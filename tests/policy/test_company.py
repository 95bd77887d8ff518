"""Initials of abuse outside Chinese text: two together count, an English abbreviation does not."""

from itertools import pairwise

import pytest

from service.policy.lexicon import TERM_COLUMNS, load, load_bundled
from service.policy.matcher import Matcher
from service.text.normalize import ALL, ViewName

# Invented initials: clear, clear and long, mild. An invented term of Chinese characters beside them.
ROWS = ("zqx\tinsult\t2", "vkp\tinsult\t3", "wvqk\tinsult\t3", "jvx\tinsult\t1")


def terms() -> bytes:
    lines = ["\t".join(TERM_COLUMNS)]
    for number, row in enumerate(ROWS, 1):
        text, category, severity = row.split("\t")
        lines.append(f"made#{number}\t{text}\tzh\t{category}\t{severity}\ttests\tinvented\tchinese")
    lines.append("made#9\t咕噜怪\tzh\tinsult\t2\ttests\tinvented\t")
    return "\n".join(lines).encode()


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    return Matcher(load([terms()], bundled=False))


def found(matcher: Matcher, text: str) -> list[str]:
    return [text[hit.start : hit.end] for hit in matcher.find(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("zqx vkp", ["zqx", "vkp"]),
        ("so what, zqx!!vkp", ["zqx", "vkp"]),
        ("ZQX VKP", ["ZQX", "VKP"]),
        ("ｚｑｘ ｖｋｐ", ["ｚｑｘ", "ｖｋｐ"]),
        ("wvqk wvqk", ["wvqk", "wvqk"]),
        ("zqx vkp wvqk", ["zqx", "vkp", "wvqk"]),
        ("咕噜怪! you are really such a zqx", ["咕噜怪", "zqx"]),
        ("你zqx", ["zqx"]),
    ],
    ids=["two", "signs", "shouted", "width", "repeated", "three", "near-term", "near-han"],
)
def test_company_bears_initials_out(matcher: Matcher, text: str, expected: list[str]) -> None:
    assert found(matcher, text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "zqx",
        "tell zqx to call me",
        "zqx zqx",
        "zqx and vkp",
        "zqx jvx",
        "The ZQX, VKP and other values were low",
        "ZQX 123 VKP",
        "zqxvkp",
        "zqx\n\n\n\n\n\n\n\n\nvkp",
        "咕噜怪" + " and so on" * 6 + " zqx",
    ],
    ids=[
        "one", "in-a-sentence", "short-twice", "a-word-between", "mild", "abbreviations", "number",
        "one-word", "far-apart", "far-from-term",
    ],
)  # fmt: skip
def test_company_leaves_english_alone(matcher: Matcher, text: str) -> None:
    assert [one for one in found(matcher, text) if one != "咕噜怪"] == []


def test_company_is_named_among_the_views(matcher: Matcher) -> None:
    hits = matcher.find("zqx vkp")
    assert [hit.views for hit in hits] == [(ViewName.INITIALS,)] * 2
    [hit] = matcher.find("你zqx")
    assert hit.views == ()


def test_company_does_without_initials_where_they_are_off() -> None:
    quiet = Matcher(load([terms()], bundled=False), ALL - {ViewName.INITIALS})
    assert found(quiet, "zqx vkp") == []
    assert found(quiet, "你zqx") == ["zqx"]


def test_company_of_the_bundled_initials() -> None:
    """Any two of the clear initials of Chinese are evidence side by side, and none is alone in English."""
    bundled = Matcher(load_bundled())
    initials = [
        term.text
        for term in bundled.lexicon.terms
        if "chinese" in term.match and term.severity >= 2 and term.text.isascii()
    ]
    assert len(initials) > 4
    for first, second in pairwise(initials):
        assert {hit.term for hit in bundled.find(f"{first} {second}")} >= {first, second}
        assert bundled.find(f"ask {first} about the report") == ()


def test_company_of_a_megabyte_is_quick_to_refuse(matcher: Matcher) -> None:
    result = matcher.search("zqx and " * 125_000)
    assert (result.hits, result.complete) == ((), False)
