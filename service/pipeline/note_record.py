"""A note on slang as plain data, with the same fields in the HTTP API and on the command line."""

from typing import Any

from service.domain import Note

__all__ = ["note_record"]


def note_record(note: Note) -> dict[str, Any]:
    """``span`` in code points of the source; ``expanded`` says whether plain words stood in its place."""
    return {
        "span": (note.start, note.end),
        "id": note.id,
        "term": note.term,
        "lang": note.lang,
        "expansion": note.expansion,
        "translation": note.translation,
        "note_en": note.note_en,
        "note_zh": note.note_zh,
        "expanded": note.sure,
    }
