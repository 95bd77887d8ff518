"""Label masks, weights and cleaning of the training rows."""

import json
import lzma
from pathlib import Path

import pytest

from models.training.toxicity.rows import (
    LABELS,
    NOT_HATE_WEIGHT,
    Row,
    capped,
    clean,
    read_file,
    read_folder,
    targets,
)


def target(row: Row, name: str) -> tuple[float, float]:
    values, weights = targets(row)
    place = LABELS.index(name)
    return values[place], weights[place]


def test_what_a_source_did_not_annotate_is_masked() -> None:
    row = Row("text", "en", 1, {"toxicity": 1}, "cold")
    assert target(row, "toxicity") == (1.0, 1.0)
    assert target(row, "insult")[1] == 0.0


def test_an_auxiliary_row_says_nothing_about_toxicity() -> None:
    row = Row("text", "en", 0, {"spam": 1, "toxicity": 0}, "sms_spam", "aux")
    assert target(row, "spam") == (1.0, 1.0)
    assert target(row, "toxicity")[1] == 0.0


def test_an_attack_on_a_group_is_toxic() -> None:
    row = Row("text", "en", 1, {"identity_attack": 1}, "dynahate")
    assert target(row, "toxicity") == (1.0, 1.0)


def test_no_hate_is_weak_evidence_of_no_toxicity() -> None:
    row = Row("text", "en", 0, {"identity_attack": 0}, "dynahate", "weak")
    value, weight = target(row, "toxicity")
    assert value == 0.0
    assert weight == pytest.approx(target(row, "identity_attack")[1] * NOT_HATE_WEIGHT)


def test_sexism_teaches_the_attack_on_a_group() -> None:
    row = Row("text", "zh", 0, {"sexism": 0}, "swsr", "weak")
    value, weight = target(row, "identity_attack")
    assert value == 0.0
    assert weight > 0.0


@pytest.mark.parametrize("source", ["mt-dynahate", "proj-open-msctd", "ads"])
def test_what_no_person_labelled_counts_less(source: str) -> None:
    row = Row("text", "zh", 1, {"toxicity": 1}, source, "weak")
    assert 0.0 < target(row, "toxicity")[1] < 1.0


def test_parallel_text_sells_nothing() -> None:
    value, weight = target(Row("text", "zh", 0, {}, "proj-open-msctd", "weak"), "spam")
    assert value == 0.0
    assert weight > 0.0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("hello URL", "hello"),
        ("[URL] a   b", "a b"),
        ("fish &amp; chips", "fish & chips"),
        ("RT @someone: tea", "@someone: tea"),
        ("art and url-like", "art and url-like"),
    ],
)
def test_clean(text: str, expected: str) -> None:
    assert clean(text) == expected


def test_caps_are_kept_and_repeatable() -> None:
    rows = [Row(f"text {i}", "en", 0, {}, "madlibs") for i in range(3_000)]
    assert len(capped(rows, 1)) == 2_000
    assert capped(rows, 1) == capped(rows, 1)


def test_reads_only_the_tiers_asked_for(tmp_path: Path) -> None:
    raw = {"text": "茶", "lang": "zh", "toxic": 0, "labels": {}, "source": "a", "topic": "x"}
    for tier in ("open", "unclear"):
        with lzma.open(tmp_path / f"{tier}-a.jsonl.xz", "wt", encoding="utf-8") as file:
            file.write(json.dumps(raw) + "\n")
    (row,) = read_folder(tmp_path, ["open"])
    assert row == Row("茶", "zh", 0, {}, "a", "gold", {"topic": "x"})


def test_names_the_line_that_is_no_row(tmp_path: Path) -> None:
    path = tmp_path / "open-a.jsonl"
    path.write_text('{"text": "a"}\n', "utf-8")
    with pytest.raises(ValueError, match="line 1"):
        list(read_file(path))
