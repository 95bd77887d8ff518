"""The quality estimate stays in its range and follows what it is made of."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain import Lang
from service.pipeline.estimate import FEATURES, features, load_estimator
from tests.pipeline.script import request, run

TARGETS = st.sampled_from(["en", "zh"])


def test_estimate_ships_weights_for_both_directions() -> None:
    weights = load_estimator().weights
    assert set(weights) == {"en", "zh"}
    assert all(len(row) == len(FEATURES) for row in weights.values())


@pytest.mark.parametrize("target", ["en", "zh"])
def test_estimate_trusts_a_sure_model_more(target: str) -> None:
    source, output = "I like tea very much", "我非常喜欢茶"
    if target == "en":
        source, output = output, source
    sure, unsure = (load_estimator().estimate(source, output, target, s) for s in (-0.2, -1.5))
    assert sure > unsure + 0.15


@given(st.text(), st.text(), TARGETS, st.floats(-50, 0))
def test_estimate_is_total_and_in_range(
    source: str, output: str, target: str, score: float
) -> None:
    assert 0 <= load_estimator().estimate(source, output, target, score) <= 1
    assert len(features(source, output, target, score)) == len(FEATURES)


def test_estimate_is_told_for_decoded_segments_only() -> None:
    done, _ = run(request("I like tea. 😀", Lang.ZH_HANS), lambda u: ["我喜欢茶。"])
    assert [s.quality is None for s in done.segments] == [s.score is None for s in done.segments]
    assert done.segments[0].quality is not None
    copied, _ = run(request("😀", Lang.ZH_HANS), lambda u: [""])
    assert copied.segments == ()


def test_estimate_of_a_lost_number_is_counted_as_lost() -> None:
    kept = features("room 408 please", "请到408房间", "zh", -0.5)
    lost = features("room 408 please", "请到房间", "zh", -0.5)
    assert (kept[-1], lost[-1]) == (0.0, 1.0)
