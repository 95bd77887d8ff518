"""The page's pure modules, run in Chromium against the service's own words and against Python's string slices."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.domain import Action, Category, ModerationWarning, SpanKind, WarningCode
from service.policy.schema import PRESETS, preset
from service.text.confusables import ViewName
from tests.browser.demo import Demo

pytestmark = pytest.mark.browser

CODES = ("number", "initials", "morse", "braille", "base64", "hex", "binary", "reversed")
TEXTS = st.text(alphabet="ab 你好😂👩\u200d🇨\ufe0f\n#", max_size=24)


def module(demo: Demo, name: str, expression: str, *values: Any) -> Any:
    """The value of ``expression`` with ``m`` as the module and ``v`` as the values."""
    return demo.page.evaluate(
        f"async (v) => {{ const m = await import('/{name}'); return {expression}; }}", list(values)
    )


@pytest.fixture(scope="module")
def shared(browser: Any, live_url: str) -> Any:
    """One page for all cases of this module; it is never typed into."""
    context = browser.new_context()
    demo = Demo(context.new_page(), live_url)
    demo.open()
    yield demo
    context.close()


@given(text=TEXTS, ends=st.tuples(st.integers(0, 30), st.integers(0, 30)))
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_spans_code_points_become_utf16(shared: Demo, text: str, ends: tuple[int, int]) -> None:
    start, end = sorted(ends)
    found = module(
        shared,
        "spans.js",
        "(() => { const s = m.toUtf16(m.codePointOffsets(v[0]), v[1]); return s && v[0].slice(...s); })()",
        text,
        [start, end],
    )
    assert (found or "") == text[start:end]


@given(text=TEXTS, cuts=st.lists(st.integers(0, 24), min_size=2, max_size=8))
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_spans_runs_cover_everything_once(shared: Demo, text: str, cuts: list[int]) -> None:
    length = len(text)
    spans = [sorted(pair) for pair in pairwise(cuts)]
    found = module(shared, "spans.js", "m.runs(v[0], v[1], [...v[1]].reverse())", length, spans)
    assert [run["start"] for run in found] == [0, *(run["end"] for run in found[:-1])][: len(found)]
    assert (found[-1]["end"] if found else 0) == length
    for run in found:
        if run["token"] >= 0:
            start, end = spans[run["token"]]
            assert start <= run["start"] < run["end"] <= end


@given(text=TEXTS, cuts=st.lists(st.integers(0, 30), min_size=2, max_size=8))
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_spans_layers_show_every_span_even_where_they_overlap(
    shared: Demo, text: str, cuts: list[int]
) -> None:
    length = len(text)
    spans = [sorted(pair) for pair in pairwise(cuts)]
    found = module(shared, "spans.js", "m.layers(v[0], [...v[1], null])", length, spans)
    assert [run["start"] for run in found] == [0, *(run["end"] for run in found[:-1])][: len(found)]
    assert (found[-1]["end"] if found else 0) == length
    for at, (start, end) in enumerate(spans):
        covered = [
            i for run in found if at in run["spans"] for i in range(run["start"], run["end"])
        ]
        assert covered == list(range(start, min(end, length)))


@pytest.mark.parametrize(
    ("before", "after", "span", "expected"),
    [
        (
            "see #tag now",
            "😂 see #tag now",
            [4, 8],
            [7, 11],
        ),  # typed in front: moves, in UTF-16 units
        ("see #tag now", "see #tag now, 好", [4, 8], [4, 8]),  # typed behind: stays
        ("see #tag now", "see #tiag now", [4, 8], None),  # typed inside: gone
        ("看 #话题# 吧", "吧", [2, 6], None),  # deleted
        ("aaa", "aaaa", [1, 2], [1, 2]),  # ambiguous: any reading is fine as long as it lies inside
    ],
)
def test_spans_follow_an_edit(
    shared: Demo, before: str, after: str, span: list[int], expected: list[int] | None
) -> None:
    assert (
        module(shared, "spans.js", "m.carry([v[2]], v[0], v[1])[0]", before, after, span)
        == expected
    )


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("prepare;dur=0.4, queue;dur=12", {"prepare": 0.4, "queue": 12}),
        ('cache;desc="hit", inference;desc="x";dur=3.5', {"inference": 3.5}),
        ("queue;dur=soon, ,;dur=1", {}),
        ("", {}),
        (None, {}),
    ],
)
def test_api_server_timing(shared: Demo, header: str | None, expected: dict[str, float]) -> None:
    assert module(shared, "api.js", "m.serverTiming(v[0])", header) == expected


def test_i18n_says_everything_in_both_languages(shared: Demo) -> None:
    messages = module(shared, "i18n.js", "m.MESSAGES")
    assert messages["en"].keys() == messages["zh"].keys()
    names = {
        key: sorted(part.split("}")[0] for part in text.split("{")[1:])
        for key, text in messages["en"].items()
    }
    for key, text in messages["zh"].items():
        assert sorted(part.split("}")[0] for part in text.split("{")[1:]) == names[key], key


def test_i18n_has_words_for_what_the_service_can_say(shared: Demo) -> None:
    keys = set(module(shared, "i18n.js", "Object.keys(m.MESSAGES.en)"))
    assert {f"warn_{code}" for code in WarningCode} <= keys
    assert {f"kind_{kind}" for kind in SpanKind} <= keys
    assert {f"action_{action}" for action in Action} <= keys
    assert {f"category_{category}" for category in Category} <= keys
    assert {f"view_{view}" for view in ViewName} <= keys
    assert {f"failed_{warning}" for warning in ModerationWarning} <= keys
    assert {f"code_{kind}" for kind in CODES} <= keys
    assert {f"judged_{language}" for language in ("en", "zh", "mixed", "other", "none")} <= keys


def test_i18n_has_words_for_what_the_bundled_policies_say(shared: Demo) -> None:
    policies = [preset(name) for name in PRESETS]
    sentences = {rule.message for policy in policies for rule in policy.rules}
    sentences |= {policy.description for policy in policies}
    sentences.discard("")
    said = module(
        shared,
        "i18n.js",
        "(m.setLanguage('zh'), v[0].map((one) => m.said(one)))",
        sorted(sentences),
    )
    module(shared, "i18n.js", "m.setLanguage('en')")
    untranslated = [one for one, words in zip(sorted(sentences), said, strict=True) if one == words]
    assert untranslated == []


def test_i18n_leaves_sentences_alone_that_it_does_not_know(shared: Demo) -> None:
    sentence = "our own rule; in doubt, so review instead of block"
    found = module(shared, "i18n.js", "(m.setLanguage('zh'), m.said(v[0]))", sentence)
    module(shared, "i18n.js", "m.setLanguage('en')")
    assert found == "our own rule；存疑，改为人工复核而不拦截"


@pytest.mark.parametrize(
    ("score", "text"), [(0, "0.00"), (0.0001, "<0.01"), (0.006, "0.01"), (0.9, "0.90"), (1, "1.00")]
)
def test_bars_never_show_a_score_as_zero_that_is_more(
    shared: Demo, score: float, text: str
) -> None:
    assert module(shared, "bars.js", "m.scoreText(v[0])", score) == text


def test_i18n_has_words_for_what_the_page_says(shared: Demo) -> None:
    keys = set(module(shared, "i18n.js", "Object.keys(m.MESSAGES.en)"))
    used = shared.page.evaluate(
        """() => ["i18n", "i18n-label", "i18n-title", "i18n-placeholder"].flatMap((name) =>
             [...document.querySelectorAll(`[data-${name}]`)].map((node) => node.getAttribute(`data-${name}`)))"""
    )
    assert set(used) <= keys
