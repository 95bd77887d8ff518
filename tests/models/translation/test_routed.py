"""Tests of ``models.translation.routed``: two one-direction engines served as one."""

from collections.abc import Sequence

import pytest

from models.interfaces import DecodeOptions, EngineInfo, Hypothesis, Segment
from models.translation.routed import RoutedEngine


class OneWay:
    """Answers with its own name; a token is a character."""

    def __init__(self, source: str, target: str, limit: int = 50, placeholders: str = "ab") -> None:
        name = f"{source}-{target}"
        self.closed = 0
        self.calls: list[list[str]] = []
        self.info = EngineInfo(
            name,
            "ct2",
            frozenset({(source, target)}),
            limit,
            tuple(placeholders),
            "MIT",
            name,
            name * 2,
            {"k": name, "device": "cpu"},
        )

    def count_tokens(self, text: str, source_lang: str) -> int:
        return len(text) * (1 if source_lang == "en" else 2)

    def translate(
        self, segments: Sequence[Segment], options: DecodeOptions
    ) -> list[list[Hypothesis]]:
        for number, segment in enumerate(segments):
            if self.count_tokens(segment.text, segment.source_lang) > self.info.max_input_tokens:
                raise ValueError(
                    f"segment {number} is over the limit of {self.info.max_input_tokens}"
                )
        self.calls.append([segment.text for segment in segments])
        return [[Hypothesis(f"{self.info.id}:{s.text}", -1.0, 1)] for s in segments]

    def close(self) -> None:
        self.closed += 1


def test_routed_sends_each_segment_to_its_engine_in_one_call() -> None:
    there, back = OneWay("en", "zh"), OneWay("zh", "en")
    engine = RoutedEngine([there, back])
    segments = [Segment("a", "en", "zh"), Segment("你", "zh", "en"), Segment("b", "en", "zh")]
    found = engine.translate(segments, DecodeOptions())
    assert [hypotheses[0].text for hypotheses in found] == ["en-zh:a", "zh-en:你", "en-zh:b"]
    assert (there.calls, back.calls) == ([["a", "b"]], [["你"]])


def test_routed_info_is_what_all_allow() -> None:
    engine = RoutedEngine([OneWay("en", "zh", 50, "ab"), OneWay("zh", "en", 40, "bc")])
    info = engine.info
    assert info.id == "en-zh+zh-en"
    assert info.engine == "ct2"
    assert info.directions == frozenset({("en", "zh"), ("zh", "en")})
    assert info.max_input_tokens == 40
    assert info.placeholders == ("b",)
    assert not info.aligns
    assert not info.mixes
    assert info.licence == "MIT"
    assert info.details == {"en-zh.k": "en-zh", "zh-en.k": "zh-en", "device": "cpu"}


def test_routed_counts_with_the_engine_of_the_language() -> None:
    engine = RoutedEngine([OneWay("en", "zh"), OneWay("zh", "en")])
    assert engine.count_tokens("abc", "en") == 3
    assert engine.count_tokens("你好", "zh") == 4
    assert RoutedEngine([OneWay("en", "zh")]).count_tokens("你好", "zh") == 4


@pytest.mark.parametrize(
    "segment",
    [Segment("a" * 41, "en", "zh"), Segment("你" * 21, "zh", "en"), Segment("a", "en", "de")],
)
def test_routed_rejects_what_no_engine_may_get(segment: Segment) -> None:
    engines = [OneWay("en", "zh", 50), OneWay("zh", "en", 40)]
    with pytest.raises(ValueError, match=r"limit of 40|no engine serves"):
        RoutedEngine(engines).translate([segment], DecodeOptions())
    assert not any(engine.calls for engine in engines)


def test_routed_the_first_of_two_in_one_direction() -> None:
    first, second = OneWay("en", "zh"), OneWay("en", "zh")
    RoutedEngine([first, second]).translate([Segment("a", "en", "zh")], DecodeOptions())
    assert (len(first.calls), len(second.calls)) == (1, 0)


def test_routed_closes_all() -> None:
    engines = [OneWay("en", "zh"), OneWay("zh", "en")]
    RoutedEngine(engines).close()
    assert [engine.closed for engine in engines] == [1, 1]


def test_routed_of_nothing() -> None:
    with pytest.raises(ValueError, match="no engines"):
        RoutedEngine([])
