"""Notes as plain data: one shape for the HTTP API and the command line."""

import json
from dataclasses import fields

from service.domain import Note
from service.pipeline.note_record import note_record

NOTE = Note(
    3, 7, "en-goat", "GOAT", "en", "the best ever", "史上最佳", "greatest of all time", "", True
)


def test_a_record_says_all_of_a_note() -> None:
    record = note_record(NOTE)
    assert record["span"] == (3, 7)
    assert record["expanded"] is True
    said = {name: record[name] for name in ("id", "term", "lang", "expansion", "translation")}
    assert said == {name: getattr(NOTE, name) for name in said}
    assert (record["note_en"], record["note_zh"]) == ("greatest of all time", "")
    assert len(record) == len(fields(NOTE)) - 1  # start and end are one span


def test_a_record_is_json() -> None:
    assert json.loads(json.dumps(note_record(NOTE)))["span"] == [3, 7]
