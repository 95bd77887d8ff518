"""What is counted for a report: sums that do not depend on how the rows were cut into chunks."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.batch.borderline import MARGIN, PER_GROUP, Limit, limits_of
from service.batch.quality import curves_of, quality_of
from service.batch.rows import Fields, Rows, TableRows
from service.batch.tally import (
    LABEL_BINS,
    SCORE_BINS,
    Tally,
    TallyPlan,
    merge_tallies,
    read_label,
    read_tallies,
    tally_rows,
)
from service.batch.throughput import ChunkTime, measure
from service.domain import Category
from service.policy.schema import preset

LIMITS = (Limit("toxicity", "en", 0.8, "review"), Limit("toxicity", "zh", 0.7, "review"))
PLAN = TallyPlan(LIMITS, "label")
FIELDS = Fields(("text",), "id")
TEXTS = {"en": "one two three", "zh": "一二三四", "mixed": "一 two", "none": "123"}

row_values = st.tuples(
    st.sampled_from(sorted(TEXTS)), st.one_of(st.none(), st.floats(0, 1)), st.sampled_from(["0", "1", "", "maybe"])
)  # fmt: skip


def count(rows: Sequence[tuple[str, float | None, str]], start: int = 0) -> Tally:
    """The tally of rows of (language, score, label); every third has a listed word as its evidence."""
    values = [
        (start + at, f"{TEXTS[lang]} {start + at}", label)
        for at, (lang, _, label) in enumerate(rows)
    ]
    payload = TableRows(("id", "text", "label"), values)
    found = [(start + at) % 3 == 0 for at in range(len(rows))]
    answers: dict[str, list[Any]] = {
        "action": ["review" if (score or 0) >= 0.8 else "allow" for _, score, _ in rows],
        "language": [lang for lang, _, _ in rows],
        "rules": ["toxicity word" if one else "" for one in found],
        "evidence_rule": ["lexicon:en/insult#1" if one else None for one in found],
        "evidence_column": ["text" if one else None for one in found],
        "evidence_start": [1 if one else None for one in found],
        "evidence_end": [3 if one else None for one in found],
        "evidence_text": [payload.values[at][1][1:3] if one else None for at, one in enumerate(found)],
        "evidence_views": ["leet" if one and at % 2 else "" for at, one in enumerate(found)],
        "score_toxicity": [score for _, score, _ in rows],
    }  # fmt: skip
    return tally_rows(
        PLAN, Rows(payload, [(0, at + 1) for at in range(len(rows))]), FIELDS, answers
    )


@given(st.lists(row_values, max_size=60), st.integers(0, 60))
def test_tally_of_parts_is_that_of_the_whole(rows: list[Any], cut: int) -> None:
    whole = merge_tallies([count(rows)])
    parts = [count(rows[:cut]), count(rows[cut:], len(rows[:cut]))]
    stored = [Tally.from_json(one.to_json()) for one in parts]
    assert as_counts(merge_tallies(stored)) == as_counts(whole)
    assert as_counts(merge_tallies(reversed(stored))) == as_counts(whole)


def as_counts(tally: Tally) -> dict[str, Any]:
    """A tally without what may differ: which examples are kept, and views by place in the chunk."""
    found: dict[str, Any] = json.loads(tally.to_json())
    found["terms"] = {name: one["rows"] for name, one in found["terms"].items()}
    del found["views"], found["samples"]
    return found


def test_tally_counts_actions_scores_and_words(tmp_path: Path) -> None:
    tally = count([("en", 0.85, "1"), ("zh", 0.1, "0"), ("en", None, ""), ("zh", 1.0, "maybe")])

    assert tally.actions == {"en": {"review": 1, "allow": 1}, "zh": {"allow": 1, "review": 1}}
    assert sum(tally.scores["toxicity"]["en"]) == 1
    assert tally.scores["toxicity"]["zh"][SCORE_BINS - 1] == 1
    assert tally.rules == {"toxicity": 2, "word": 2}
    assert tally.terms["lexicon:en/insult#1"].rows == 2
    assert tally.terms["lexicon:en/insult#1"].disguised == 1
    assert (tally.labels.unlabelled, tally.labels.unreadable) == (1, 1)
    assert tally.labels.confusion == {"en": [1, 0, 0, 0], "zh": [0, 0, 0, 1]}
    (tmp_path / "a").write_bytes(tally.to_json())
    assert read_tallies([tmp_path / "a", tmp_path / "a"]).rows == 8


def test_borderline_rows_are_close_to_a_limit_and_few() -> None:
    rows = [("en", at / 1000, "1") for at in range(1000)] + [("mixed", 0.8, "1")]
    samples = count(rows).samples

    assert sorted(samples) == ["en above", "en below"]
    for name, group in samples.items():
        assert len(group) == PER_GROUP
        for one in group:
            assert abs(one.score - one.limit) <= MARGIN + 1e-9
            assert (one.score >= one.limit) == name.endswith("above")
            assert one.before + one.evidence + one.after == f"one two three {one.row}"
            assert one.evidence == ("ne" if one.rule else "")


def test_borderline_shows_a_stretch_of_a_long_text_and_a_text_once() -> None:
    long = TEXTS | {"en": "x" * 5000}
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(TEXTS, "en", long["en"])
        [sample] = count([("en", 0.8, "")]).samples["en above"]
    assert len(sample.before + sample.evidence + sample.after) < 500
    assert sample.after.endswith("…")


def test_limits_are_those_that_alone_decide() -> None:
    limits = limits_of(preset("default"))
    assert {one.language for one in limits} == {"en", "zh", "mixed"}
    assert {one.action for one in limits} == {"review", "block"}
    assert all(0 < one.at_least <= 1 for one in limits)


@pytest.mark.parametrize(
    ("value", "label"),
    [(1, True), (0, False), (True, True), ("TRUE", True), (" no ", False), (0.7, True), ("0.2", False), ("block", True),
     ("allow", False), ("", None), (None, None), ("7", None), ("nan", None), ("多少", None)],
)  # fmt: skip
def test_label_is_read_from_many_words(value: object, label: bool | None) -> None:
    assert read_label(value) is label


def test_quality_has_wilson_intervals_and_no_rate_without_rows() -> None:
    tally = count([("en", 0.9, "1")] * 8 + [("en", 0.9, "0")] * 2 + [("zh", 0.1, "0")] * 5)
    found = quality_of(tally.labels)

    assert list(found) == ["en", "zh", "all"]
    precision = found["en"].precision
    assert precision is not None
    assert (precision.value, round(precision.low, 3), round(precision.high, 3)) == (
        0.8,
        0.49,
        0.943,
    )
    assert found["zh"].precision is None
    assert found["zh"].recall is None
    assert found["all"].true_negative == 5
    assert quality_of(Tally().labels) == {}


def test_curve_goes_from_the_highest_score_down() -> None:
    tally = count(
        [("en", 0.9, "1"), ("en", 0.8, "1"), ("en", 0.7, "0"), ("en", 0.6, "1"), ("zh", 0.5, "1")]
    )
    curves = curves_of(tally.labels)

    assert list(curves) == ["en"]  # there is no negative row in the other language
    steps = dict(zip(curves["en"].recall, curves["en"].precision, strict=True))
    assert steps[1.0] == 0.75 or steps[1.0] == pytest.approx(0.75)
    assert curves["en"].average_precision == pytest.approx(2 / 3 + 0.75 / 3)
    assert len(tally.labels.positive["en"]) == LABEL_BINS
    assert Category.TOXICITY is PLAN.label_category


@given(
    st.lists(
        st.tuples(st.integers(0, 9000), st.floats(0.01, 9), st.floats(0, 5)),
        min_size=1,
        max_size=200,
    )
)
def test_throughput_keeps_all_rows(chunks: list[tuple[int, float, float]]) -> None:
    now = 1e9
    times = []
    for rows, seconds, gap in chunks:
        now += gap
        times.append(ChunkTime(rows, seconds, now))
    found = measure(times)
    width = found.seconds / (len(found.points) - 1)
    assert sum(rate * width for _, rate in found.points[:-1]) == pytest.approx(found.rows, abs=0.01)
    assert found.rows == sum(rows for rows, _, _ in chunks)
    assert len(found.points) <= 61


def test_throughput_leaves_a_pause_out() -> None:
    times = [ChunkTime(100, 1.0, at + (10_000 if at > 5 else 0)) for at in range(1, 11)]
    found = measure(times)
    assert found.seconds == pytest.approx(10)
    assert found.mean == pytest.approx(100)
    assert measure([]).points == ()
