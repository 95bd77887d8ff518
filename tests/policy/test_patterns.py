"""Operators' patterns: linear, offsets in code points, and refused when they cannot work."""

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.policy.patterns import (
    MAX_MATCHES,
    Searched,
    compile_pattern,
    compile_screen,
    encode,
)


def find(text: str, *sources: str, **options: object) -> list[str]:
    pattern = compile_pattern("p", sources, **options)  # type: ignore[arg-type] # options of the test
    return [text[start:end] for start, end in pattern.find(encode(text))]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("call 555-0100 now", ["555-0100"]),
        ("打 555-0100 或者 555-0199。", ["555-0100", "555-0199"]),
        ("😀😀555-0100", ["555-0100"]),
        ("no number", []),
        ("", []),
    ],
    ids=["en", "zh", "emoji", "none", "empty"],
)
def test_patterns_spans_are_code_points(text: str, found: list[str]) -> None:
    assert find(text, "[0-9]{3}-[0-9]{4}") == found


def test_patterns_span_is_the_first_group_that_took_part() -> None:
    assert find("qq: 12345, vx: abcde", "qq: ([0-9]+)", "vx: ([a-z]+)") == ["12345", "abcde"]


def test_patterns_ignore_case_unless_told() -> None:
    assert find("LINK", "link") == ["LINK"]
    assert find("LINK", "link", ignore_case=False) == []


def test_patterns_exempt_what_an_exception_matches_as_a_whole() -> None:
    text = "our.example and our.example.evil"
    found = find(text, r"our\.[a-z.]+", exempt=[r"our\.example"])
    assert found == ["our.example.evil"]


def test_patterns_exempt_matches_do_not_crowd_out_the_one_that_counts() -> None:
    assert find("ok " * 500 + "bad", "ok|bad", exempt=["ok"]) == ["bad"]


def test_patterns_stop_after_the_most_matches() -> None:
    assert len(find("a" * 1000, "a")) == MAX_MATCHES


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("(", "missing )"),
        ("(?=x)y", "invalid perl operator"),
        (r"(a)\1", "invalid escape"),
        ("a*", "empty text"),
        (r"\C", "half a character"),
        (r"\\\C", "half a character"),
        (".{0,900}x", "too large"),
    ],
)
def test_patterns_refuse(source: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason.replace("(", r"\(").replace(")", r"\)")):
        compile_pattern("p", [source])


def test_patterns_take_an_escaped_backslash_before_c() -> None:
    assert find("a\\Cb", r"\\C") == ["\\C"]


def test_patterns_screen_passes_what_any_pattern_matches() -> None:
    upper = compile_pattern("upper", ["[A-Z]{3}"], ignore_case=False)
    word = compile_pattern("word", ["微信"])
    screen = compile_screen([upper, word])
    assert screen.passes(encode("ABC")), "case as written"
    assert screen.passes(encode("加微信"))
    assert not screen.passes(encode("abc"))


def test_patterns_screen_that_cannot_be_built_lets_everything_pass() -> None:
    large = [compile_pattern(f"p{i}", [f".{{0,500}}{i}"]) for i in range(12)]
    assert compile_screen(large).passes(encode("no digit"))


def test_patterns_survive_pickling() -> None:
    pattern = pickle.loads(pickle.dumps(compile_pattern("p", ["b+"], exempt=["bb"])))  # noqa: S301 - our own bytes
    assert pattern.find(encode("abb b")) == ((4, 5),)


@given(st.text(st.characters(), max_size=30))
def test_patterns_encode_keeps_the_number_of_code_points(text: str) -> None:
    assert len(encode(text).decode()) == len(text)


def test_patterns_encode_replaces_lone_surrogates() -> None:
    assert encode("a\ud800b") == "a\ufffdb".encode()


@pytest.mark.parametrize("unit", ["a", "1", "a.", "@a", "加微信", "１３", "http://", "（"])
def test_patterns_of_the_default_policy_take_a_megabyte(unit: str) -> None:
    from service.policy.rules import PatternCondition
    from service.policy.schema import preset

    policy = preset("strict-minors")
    encoded = encode(unit * (1_000_000 // len(unit.encode())))
    assert policy.screen is not None
    policy.screen.passes(encoded)
    for part in policy.parts():
        if isinstance(part, PatternCondition):
            for pattern in part.patterns:
                assert len(pattern.find(encoded)) <= MAX_MATCHES


def seen(text: str, *sources: str, **options: object) -> list[tuple[str, tuple[str, ...]]]:
    """What a pattern finds in all views of a text, and the views it took."""
    pattern = compile_pattern("p", sources, **options)  # type: ignore[arg-type] # options of the test
    matches = Searched(text, compile_screen([pattern])).find(pattern)
    return [(text[match.start : match.end], match.views) for match in matches]


def full_width(text: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


def circled(text: str) -> str:
    digits = "⓪①②③④⑤⑥⑦⑧⑨"
    return "".join(chr(0x24D0 + ord(c) - 97) if "a" <= c <= "z" else digits[int(c)] for c in text)


WECHAT = "(?:微信|wechat)[:：]?([a-z0-9]{6,20})"


@pytest.mark.parametrize(
    ("text", "found", "views"),
    [
        ("加微信：abc12345", "abc12345", ()),
        (f"加微信：{full_width('abc12345')}", full_width("abc12345"), ("width",)),
        (f"加微信：{circled('abc12345')}", circled("abc12345"), ("circled", "width")),
        ("加微信：a\u200bb\u200bc12345", "a\u200bb\u200bc12345", ("invisible", "width")),
        (f"add {full_width('wechat')}:abc12345", "abc12345", ("width",)),
        ("加微-信：abc12345", "abc12345", ("width", "separators")),
        ("add w.e.c.h.a.t:abc12345", "abc12345", ("separators",)),
        ("加微&#20449;：abc12345", "abc12345", ("html",)),
        ("加<b>微</b>信：abc12345", "abc12345", ("html",)),
        (f"加<b>微</b>信：{full_width('abc12345')}", full_width("abc12345"), ("html", "width")),
    ],
    ids=[
        "plain", "width", "circled", "invisible", "keyword", "han", "letters", "reference", "tag",
        "tag-and-width",
    ],
)  # fmt: skip
def test_patterns_see_through_disguises(text: str, found: str, views: tuple[str, ...]) -> None:
    assert seen(text, WECHAT) == [(found, views)]


@pytest.mark.parametrize(
    ("text", "views"),
    [
        ("13800138000", ()),
        ("１３８００１３８０００", ("width",)),
        ("1\ufe0f\u20e33\ufe0f\u20e38\ufe0f\u20e300138000", ("circled",)),
        ("1-3-8-0-0-1-3-8-0-0-0", ("separators",)),
        ("1 3 8 0 0 1 3 8 0 0 0", ("separators",)),
        ("一三八零零一三八零零零", ("digits",)),
        ("幺三八〇〇幺三八〇〇〇", ("digits",)),
        ("壹叁捌零零壹叁捌零零零", ("digits",)),
    ],
    ids=["plain", "width", "keycaps", "signs", "blanks", "numerals", "yao", "formal"],
)
def test_patterns_read_numbers_however_written(text: str, views: tuple[str, ...]) -> None:
    [(found, names)] = seen(f"call {text} now", "1[3-9][0-9]{9}")
    assert text.startswith(found)
    assert names == views


@pytest.mark.parametrize(
    "text",
    ["二零二四年一月一日", "1, 2, 3", "三四个人", "room 1-2-3", "a b"],
    ids=["date", "list", "some", "room", "letters"],
)
def test_patterns_leave_short_numbers_and_letters_alone(text: str) -> None:
    assert seen(text, "[0-9]{4,}", "[a-z]{3}$") == []


def test_patterns_find_a_match_of_two_views_once() -> None:
    assert seen("Ｎow: link link", "link") == [("link", ()), ("link", ())]


def test_patterns_case_counts_in_views_too() -> None:
    assert seen("\u200bLINK", "LINK", ignore_case=False) == [("LINK", ())]
    assert seen("\u200bLINK", "link", ignore_case=False) == []


@pytest.mark.parametrize("text", ["see café.example", "see cafe.example"], ids=["marks", "plain"])
def test_patterns_exempt_what_is_exempt_as_written_or_as_read(text: str) -> None:
    exempt = [r"caf[eé]\.example"]
    assert seen(text, r"[a-zé]+\.example", exempt=exempt) == []
    assert seen(full_width(text.replace("é", "e")), r"[a-zé]+\.example", exempt=exempt) == []


def test_patterns_of_views_are_bounded_on_a_megabyte() -> None:
    text = "１３８００１３８０００ " * 80_000
    assert len(seen(text, "1[3-9][0-9]{9}")) == MAX_MATCHES


@given(st.text(alphabet="a１ⓑ\u200b<b>&#1; 微-信13٣\ufe0f\u20e3一", max_size=60))
def test_patterns_spans_of_views_are_inside_the_text(text: str) -> None:
    pattern = compile_pattern("p", ["[a-z0-9]+", "微信"])
    last = 0
    for match in Searched(text, compile_screen([pattern])).find(pattern):
        assert last <= match.start < match.end <= len(text)
        last = match.end
