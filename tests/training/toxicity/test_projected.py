"""Rows from parallel text, judged by the English half of the bundled classifier."""

import json
import lzma
from pathlib import Path

import pytest

from models.manifest import load_manifest
from models.training.toxicity import projected
from models.training.toxicity.rows import read_file, targets

pytestmark = pytest.mark.weights
HOSTILE, OTHER_HOSTILE = "you worthless stupid idiot", "shut up you disgusting moron"
INFORMAL = [
    (HOSTILE, "茶糟糕面包"),
    (OTHER_HOSTILE, "音乐讨厌花园"),
    ("Thank you for the lovely dinner", "茶可爱面包"),
    ("See you at the station tomorrow", "音乐善良花园"),
    ("See you at the station on Monday", "音乐善良花园"),
    (HOSTILE, "短"),
]
PROSE = [
    ("The library opens at nine in the morning.", "图书馆早上九点开门"),
    (HOSTILE, "这句话不要"),
]


@pytest.fixture
def pairs(tmp_path: Path) -> Path:
    for name, lines in (("open-msctd", INFORMAL), ("open-xquad", PROSE)):
        with lzma.open(tmp_path / f"{name}.tsv.xz", "wt", encoding="utf-8") as file:
            file.writelines(f"{english}\t{chinese}\n" for english, chinese in lines)
    return tmp_path


@pytest.fixture(scope="module")
def model() -> Path:
    entry = load_manifest().get("magpie-toxicity-small")
    assert entry is not None
    return entry.path


def test_the_english_side_judges_the_chinese_one(pairs: Path, model: Path) -> None:
    output = pairs / "rows.jsonl"
    count = projected.project(pairs, model, output, negatives=10)
    found = list(read_file(output))
    assert count == len(found)
    assert {row.text: row.toxic for row in found} == {
        "茶糟糕面包": 1, "音乐讨厌花园": 1, "茶可爱面包": 0, "音乐善良花园": 0, "图书馆早上九点开门": 0,
    }  # fmt: skip
    assert {(row.lang, row.confidence) for row in found} == {("zh", "weak")}
    assert {row.source for row in found} == {"proj-open-msctd", "proj-open-xquad"}
    assert all(targets(row)[1][0] < 1.0 for row in found)


def test_at_most_so_many_negatives(pairs: Path, model: Path) -> None:
    projected.project(pairs, model, pairs / "rows.jsonl", negatives=1)
    raw = [json.loads(line) for line in (pairs / "rows.jsonl").read_text("utf-8").splitlines()]
    informal = [row["toxic"] for row in raw if row["source"] == "proj-open-msctd"]
    assert sorted(informal) == [0, 1, 1]
