"""Conditions in SQL, and samples."""

from collections import Counter
from typing import Any

import pytest

from service.batch.errors import BatchError, UsageProblem
from service.batch.filters import Condition, Sampler, parse_condition
from service.batch.rows import JsonRows, Payload, Rows, TableRows


def keep(sql: str, payload: Payload) -> list[int]:
    return parse_condition(sql).keep(Rows(payload, [(0, at + 1) for at in range(len(payload))]))


def objects(*rows: dict[str, Any]) -> JsonRows:
    return JsonRows(["{}"] * len(rows), list(rows))


ROWS = objects(
    {"lang": "zh", "likes": 12, "text": "你好"}, {"lang": "en", "likes": 3}, {"lang": None, "likes": "many"},
    {"lang": "zh"}, {"lang": "en", "likes": 30.5, "user": {"age": 3}},
)  # fmt: skip


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("lang = 'zh'", [0, 3]), ("likes > 10", [0, 4]), ("lang = 'zh' AND likes > 10", [0]),
        ("lang IS NULL", [2]), ("lang IN ('en', 'fr') OR likes IS NULL", [1, 2, 3, 4]), ("text LIKE '%好'", [0]),
        ("NOT lang = 'zh'", [1, 4]), ("missing = 1", []), ("LENGTH(text) = 2", [0]), ('"user.age" = 3', [4]),
    ],
)  # fmt: skip
def test_filters_conditions(sql: str, expected: list[int]) -> None:
    assert keep(sql, ROWS) == expected


def test_filters_cells_of_csv_are_text() -> None:
    table = TableRows(("id", "likes"), [["007", "12"], ["8", "many"], ["9", "3"]])
    assert keep("id = '007'", table) == [0]
    assert keep("TRY_CAST(likes AS INT) > 10", table) == [0]


def test_filters_columns_are_known() -> None:
    assert set(parse_condition("lang = 'zh' AND likes > 10 AND lang != ''").columns) == {
        "lang",
        "likes",
    }


@pytest.mark.parametrize(
    "sql", ["lang = ", "SELECT 1", "", "__import__('os')", "lang == 'zh' ;; x"]
)
def test_filters_what_is_no_condition_is_refused(sql: str) -> None:
    with pytest.raises((UsageProblem, BatchError)):
        keep(sql, ROWS)


def test_filters_a_condition_cannot_read_files() -> None:
    with pytest.raises((UsageProblem, BatchError)):
        keep("EXISTS (SELECT * FROM read_csv('/etc/passwd'))", ROWS)


def test_filters_errors_hold_lines_and_no_text() -> None:
    with pytest.raises(BatchError, match="lines 1 to 2") as raised:
        keep("CAST(likes AS INT) > 10", TableRows(("likes",), [["geheim"], ["3"]]))
    assert "geheim" not in str(raised.value)


def test_filters_sample_is_a_sample() -> None:
    counts: Counter[int] = Counter()
    for seed in range(400):
        sampler = Sampler(5, seed)
        sampler.offer(range(10))
        sampler.offer(range(10, 20))
        chosen = list(sampler.chosen())
        assert chosen == sorted(set(chosen))
        assert len(chosen) == 5
        counts.update(chosen)
    assert len(counts) == 20
    assert min(counts.values()) > 60  # 100 are expected
    assert max(counts.values()) < 140


def test_filters_sample_of_fewer_is_all_and_a_seed_repeats() -> None:
    few = Sampler(5, 1)
    few.offer([3, 4])
    assert list(few.chosen()) == [3, 4]
    first, second = Sampler(3, 7), Sampler(3, 7)
    for sampler in (first, second):
        sampler.offer(range(1000))
    assert first.chosen() == second.chosen()


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("likes > 5 AND likes < 20", [0]), ("lang = 'zh' OR lang = 'en'", [0, 1, 3, 4]),
        ("likes BETWEEN 3 AND 12", [0, 1]), ("lang = 'zh' OR TRUE", [0, 1, 2, 3, 4]),
        ("text = 'MAX(likes)' OR lang = 'Agg' OR likes = 3", [1]),
    ],
)  # fmt: skip
def test_filters_a_column_may_be_named_twice(sql: str, expected: list[int]) -> None:
    assert keep(sql, ROWS) == expected


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("1 = 1", "no column"), ("TRUE", "no column"), ("COUNT(*) > 0", "by itself"),
        ("likes = MAX(likes)", "by itself"), ("COUNT(likes) > 1", "by itself"), ("SUM(likes) > 1", "by itself"),
        ("ROW_NUMBER() OVER (ORDER BY likes) < 3", "by itself"), ("likes > QUANTILE_CONT(likes, 0.5)", "by itself"),
        ("FIRST(likes) = 12", "by itself"), ("UNNEST(likes) = 1", "by itself"),
    ],
)  # fmt: skip
def test_filters_what_is_no_condition_on_a_row_is_refused(sql: str, message: str) -> None:
    with pytest.raises(UsageProblem, match=message):
        parse_condition(sql)


def test_filters_a_condition_that_gives_no_answer_for_each_row_keeps_none() -> None:
    rows = Rows(ROWS, [(0, at + 1) for at in range(len(ROWS))])
    with pytest.raises(BatchError, match="by itself"):
        Condition("MAX(likes) > 1", ("likes",)).keep(rows)
