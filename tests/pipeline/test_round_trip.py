"""Estimates of quality with a round trip: what is asked, and what the answers change."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.fakes import FakeEngine
from service.domain import Lang, TranslatedSegment, Translation
from service.pipeline.drivers import LocalTranslator
from service.pipeline.estimate import load_estimator
from service.pipeline.round_trip import agreement, requests_back, with_agreement
from tests.pipeline.script import request

ZH, EN = Lang.ZH_HANS, Lang.EN


def translation(text: str, *segments: TranslatedSegment) -> Translation:
    return Translation(text, EN, ZH, None, segments)


DONE = translation(
    "你好。 😀 谢谢。",
    TranslatedSegment(0, 6, 0, 3, -0.5, 0.4),
    TranslatedSegment(9, 16, 6, 9, -0.5, 0.4),
    TranslatedSegment(16, 17, 9, 9, None, None),
)
ASKED = request("Hello. 😀 Thanks.", ZH, round_trip=True)


def test_round_trip_asks_for_every_translated_segment() -> None:
    back = requests_back([replace(ASKED, round_trip=False), ASKED], [DONE, DONE])
    assert [(r.text, r.source_lang, r.target_lang, r.slang) for r in back] == [
        ("你好。", ZH, EN, False), ("谢谢。", ZH, EN, False),
    ]  # fmt: skip
    assert not any(r.round_trip for r in back)


def test_round_trip_changes_the_estimates_of_who_asked() -> None:
    plain = replace(ASKED, round_trip=False)
    back = [Translation(t, ZH, EN, None) for t in ("Hello.", "Nothing of the kind")]
    untouched, done = with_agreement([plain, ASKED], [DONE, DONE], back)
    assert untouched == DONE
    expected = [load_estimator().with_agreement("zh", 0.4, agreement("Hello.", "Hello."))]
    assert [s.quality for s in done.segments][:1] == expected
    assert done.segments[2] == DONE.segments[2]
    assert done.text == DONE.text


@pytest.mark.parametrize(
    ("source", "back", "low", "high"),
    [
        ("I like tea.", "i like tea", 1, 1),
        ("我喜欢茶。", "我喜欢茶", 1, 1),
        ("我喜欢茶", "我喜欢喝茶", 0.6, 0.99),
        ("I like tea", "zzz", 0, 0),
        ("你好", "", 0, 0),
        ("", "", 0, 0),
        ("！", "？", 0, 0),
    ],
)
def test_round_trip_agreement(source: str, back: str, low: float, high: float) -> None:
    assert low <= agreement(source, back) <= high


@given(st.text(), st.text())
def test_round_trip_agreement_is_total_and_the_same_both_ways(a: str, b: str) -> None:
    assert 0 <= agreement(a, b) <= 1
    assert agreement(a, b) == pytest.approx(agreement(b, a))


@pytest.mark.parametrize("target", ["en", "zh"])
@given(estimate=st.floats(0, 1), agreed=st.floats(0, 1))
def test_round_trip_estimates_stay_in_range(target: str, estimate: float, agreed: float) -> None:
    assert 0 <= load_estimator().with_agreement(target, estimate, agreed) <= 1


def test_round_trip_through_an_engine_changes_nothing_but_the_estimates() -> None:
    translator = LocalTranslator(FakeEngine(), beam_size=1)
    texts = ["Good morning, everyone! See you at 5.", "😀", "谢谢大家"]
    plain = translator.translate([request(text, ZH if text.isascii() else EN) for text in texts])
    trips = translator.translate(
        [request(t, ZH if t.isascii() else EN, round_trip=True) for t in texts]
    )
    for one, other in zip(plain, trips, strict=True):
        assert one.text == other.text
        assert [s.quality is None for s in one.segments] == [
            s.quality is None for s in other.segments
        ]
