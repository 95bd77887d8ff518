"""Operators' patterns: linear, offsets in code points, and refused when they cannot work."""

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.policy.patterns import MAX_MATCHES, compile_pattern, compile_screen, encode


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
