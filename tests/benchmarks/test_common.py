"""The parts of the benchmarks that a wrong number could hide in."""

from pathlib import Path

import pytest

from benchmarks import common
from benchmarks.service_load import GOALS, _verdict


def test_common_percentile_is_nearest_rank() -> None:
    values = [float(n) for n in range(100, 0, -1)]
    assert common.percentile(values, 0.5) == 51
    assert common.percentile(values, 0.95) == 96
    assert common.percentile([7.0], 0.95) == 7.0


def test_common_table_is_markdown() -> None:
    assert common.table(["a", "b"], [[1, "x"]]) == "| a | b |\n|---|---|\n| 1 | x |"


def test_common_sentences_are_distinct_and_of_both_languages(tmp_path: Path) -> None:
    rows = "Hello.\t你好。\nHello.\t您好。\nBye.\t再见。\n"
    (tmp_path / "tatoeba1k.tsv").write_text(rows, encoding="utf-8")
    assert common.sentences(tmp_path, 5) == ["Hello.", "你好。", "您好。", "Bye.", "再见。"]
    with pytest.raises(SystemExit, match="5 distinct"):
        common.sentences(tmp_path, 6)


@pytest.mark.parametrize(
    ("name", "value", "met"),
    [
        ("service / raw engine", 0.8, True),
        ("service / raw engine", 0.79, False),
        ("service / plain FastAPI", 25.0, True),
        ("p95 at half load / idle p50", 1.9, True),
        ("p95 at half load / idle p50", 2.1, False),
        ("resident memory MB", 401.0, False),
    ],
)
def test_service_load_verdict(name: str, value: float, met: bool) -> None:
    assert name in GOALS
    assert ("missed" not in str(_verdict(name, value)[2])) is met
