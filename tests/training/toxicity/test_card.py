"""The model card: every source of the data folder's scheme, and the results of the report."""

from models.training.toxicity.card import render
from models.training.toxicity.evaluate import Report, SetResult
from models.training.toxicity.rows import CAPS, CLEAN, SOURCE_WEIGHTS
from models.training.toxicity.sources import SOURCES


def test_holds_results_others_and_sources() -> None:
    result = SetResult("a.en", 10, 5, 0.91, 0.8, 0.7, 0.6, 0.01)
    text = render(Report("tiny", {"en": 0.5}, [result]), "## Others\n")
    for word in ("# tiny", "| a.en | 10 | 0.910 |", "## Others", "| cold | open | zh |"):
        assert word in text
    assert text.count("\n# ") == 0


def test_every_named_source_is_described() -> None:
    assert {*CAPS, *CLEAN, *SOURCE_WEIGHTS} <= set(SOURCES)
