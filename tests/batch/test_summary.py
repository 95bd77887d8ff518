"""The numbers of a run."""

import json
from pathlib import Path

from service.batch.chunks import ChunkStats, hash_ids
from service.batch.summary import count_duplicates, summarise

CHUNKS = [
    ChunkStats(
        0, 10, 7, 2, {"invalid_json": 1}, {"rules": {"a": 1}, "warnings": {"classifier_failed": 2}},
        {"en": {"allow": 5, "block": 1}, "zh": {"allow": 1}}, 2.0, 1.5, 100.0,
    ),
    ChunkStats(
        1, 5, 4, 0, {"not_text": 1}, {"rules": {"b": 3, "a": 1}, "warnings": {}}, {"zh": {"review": 4}}, 1.0, 0.5, 101.0
    ),
]  # fmt: skip


def test_summary_adds_up() -> None:
    found = summarise(CHUNKS, identity={"model": "m"}, seconds=5.0, output="o")
    assert (found.records, found.rows, found.filtered, found.failed) == (15, 11, 2, 4)
    assert found.actions == {"allow": 6, "review": 4, "block": 1}
    assert found.actions_by_language == {
        "en": {"allow": 5, "block": 1},
        "zh": {"review": 4, "allow": 1},
    }
    assert list(found.counts["rules"].items()) == [("b", 3), ("a", 2)]
    assert found.rows_a_second == 3.0


def test_summary_rate_leaves_out_what_an_earlier_run_did() -> None:
    assert summarise(CHUNKS, identity={}, seconds=5.0, resumed=1).rows_a_second == 1.0
    assert summarise(CHUNKS, identity={}, seconds=0.0).rows_a_second == 0.0


def test_summary_is_json() -> None:
    found = summarise(CHUNKS, identity={"model": "m"}, seconds=5.0, inputs=[{"name": "a"}])
    written = json.loads(json.dumps(found.to_json()))
    assert written["actions_by_language"]["en"] == {"allow": 5, "block": 1}
    assert written["rules"] == {"b": 3, "a": 2}
    assert [chunk["rows"] for chunk in written["chunks"]] == [7, 4]


def test_summary_duplicates(tmp_path: Path) -> None:
    files = []
    for number, ids in enumerate((["a", "b", "c"], [], ["b", "d", "b"])):
        files.append(tmp_path / str(number))
        files[-1].write_bytes(hash_ids(ids).tobytes())
    assert count_duplicates(files) == 3
    assert count_duplicates([]) == 0
