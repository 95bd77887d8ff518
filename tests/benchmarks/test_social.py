"""The functional suites: their files are sound, and a verdict sees what it is there to see."""

import pytest
import regex

from benchmarks.social.__main__ import FILES, LIBRETRANSLATE
from benchmarks.social.suites import DATA, Case, glossary_cases, read_cases, verdict


@pytest.mark.parametrize("name", FILES)
def test_social_files_hold_cases_that_can_fail(name: str) -> None:
    cases = read_cases(FILES[name])
    assert len(cases) >= 30
    assert len({case.text for case in cases}) == len(cases)
    for case in cases:
        assert case.lang in ("en", "zh")
        assert case.keep or case.any_of or case.match or case.refuse or case.marked
        assert all(token in case.text for token in case.keep)
        for pattern in (case.match, case.refuse):
            regex.compile(pattern)
    assert name in LIBRETRANSLATE


def test_social_glossary_takes_sentences_that_hold_a_term() -> None:
    pairs = [("My friends are here.", "我的朋友来了。"), ("Nothing.", "没有。")]
    cases = glossary_cases(DATA / "glossary.tsv", pairs)
    assert {(case.lang, case.text) for case in cases} == {("en", pairs[0][0]), ("zh", pairs[0][1])}
    for case in cases:
        ((_, target),) = case.glossary
        assert target in case.any_of
        assert verdict(case, f"x {target} y") == ""
        assert verdict(case, "x") != ""


@pytest.mark.parametrize(
    ("case", "text", "problem"),
    [
        (Case("😀好#a", "zh", keep=("😀", "#a")), "😀 good #a", ""),
        (Case("😀好#a", "zh", keep=("😀", "#a")), "good #a 😀", "lost or moved: #a"),
        (Case("😀好", "zh", keep=("😀",)), "😀😀 good", "not as often: 😀"),
        (Case("好", "zh", any_of=("fine", "Good")), "so good", ""),
        (Case("好", "zh", any_of=("fine", "great")), "so good", "none of fine, great"),
        (Case("好！", "zh", match="!$"), "good", "does not match !$"),
        (Case("好！", "zh", refuse="！"), "good！", "matches ！"),
        (Case("a *b*", "en", marked=("乙", "丙")), "甲*乙*", ""),
        (Case("a *b*", "en", marked=("乙", "丙")), "*甲*乙", "not between the marks: 乙, 丙"),
        (Case("a *b*", "en", marked=("乙",)), "甲乙", "not between the marks: 乙"),
        (Case("a <b>b</b>", "en", marked=("乙",)), "甲<b>乙</b>", ""),
        (Case("a [b](x)", "en", marked=("乙",)), "甲[乙](x)", ""),
        (Case("a ***b***", "zh", marked=("b",)), "甲***B***", ""),
        (Case("好火锅", "zh", keep=("火锅",), script=True), "good 火锅", ""),
        (Case("好火锅", "zh", script=True), "good 火锅", "Chinese is left"),
        (Case("good", "en", script=True), "good 好", "English is left"),
    ],
)
def test_social_verdict(case: Case, text: str, problem: str) -> None:
    assert verdict(case, text) == problem
