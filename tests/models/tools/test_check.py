"""Tests of ``models.tools.check``: differences between two engines are counted, not hidden."""

from collections.abc import Sequence

import pytest

from models.fakes import FakeEngine
from models.interfaces import DecodeOptions, Hypothesis, Segment
from models.tools.check import chrf, parity

SEGMENTS = [
    Segment("hello world", "en", "zh"),
    Segment("你好世界", "zh", "en"),
    Segment("", "en", "zh"),
]


class Shifted(FakeEngine):
    """The fake engine with lower scores, and one segment translated otherwise."""

    def translate(
        self, segments: Sequence[Segment], options: DecodeOptions
    ) -> list[list[Hypothesis]]:
        found = super().translate(segments, options)
        shifted = [
            [Hypothesis(h.text, h.score - 0.25, h.tokens) for h in hypotheses]
            for hypotheses in found
        ]
        return [
            [Hypothesis("other", -9.0, 1)] if s.source_lang == "zh" else h
            for s, h in zip(segments, shifted, strict=True)
        ]


def test_check_equal_engines() -> None:
    found = parity(FakeEngine(), FakeEngine(), SEGMENTS)
    assert found.exact
    assert found.segments == 3
    assert found.chrf == pytest.approx(100)
    assert found.score_gap == 0


def test_check_different_engines() -> None:
    found = parity(FakeEngine(), Shifted(), SEGMENTS)
    assert not found.exact
    assert found.different == (1,)
    assert found.chrf < 100
    assert found.score_gap == pytest.approx(0.25)


def test_check_nothing_to_compare() -> None:
    found = parity(FakeEngine(), Shifted(), [])
    assert found.exact
    assert found.chrf == 100


def test_check_chrf_is_of_the_whole_set() -> None:
    assert chrf(["你好世界"], ["你好世界"]) == pytest.approx(100)
    assert 0 < chrf(["你好世界", "hello"], ["你好世界", "bye"]) < 100
