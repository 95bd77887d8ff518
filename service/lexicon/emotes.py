"""Names of ``[笑哭R]``-style emoji codes: what each face means, for readers who do not see it drawn."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from service.lexicon.entries import BadEntry
from service.lexicon.tables import bundled, rows

__all__ = ["COLUMNS", "Emote", "load_emotes", "parse_emotes"]

COLUMNS = ("code", "english", "note")
BUNDLED = "emotes.tsv"


@dataclass(frozen=True, slots=True)
class Emote:
    """A code with its brackets, its name in English, and where and how it is used."""

    code: str
    english: str
    note: str

    @property
    def id(self) -> str:
        return f"emote-{self.code[1:-1]}"

    @property
    def name(self) -> str:
        """The code without its brackets and without the R that RedNote puts behind a name."""
        inner = self.code[1:-1]
        return inner[:-1] if inner.endswith("R") and not inner.isascii() else inner


@cache
def load_emotes() -> Mapping[str, Emote]:
    """The bundled codes."""
    return parse_emotes(BUNDLED, bundled(BUNDLED))


def parse_emotes(name: str, content: str) -> Mapping[str, Emote]:
    """Emotes by code, of a tab-separated table with the columns ``COLUMNS``. Raises ``BadEntry``."""
    found: dict[str, Emote] = {}
    wanted = "code, English name and note wanted"
    for number, cells in rows(name, content, COLUMNS, wanted):
        if not cells[1]:
            raise BadEntry(name, number, wanted)
        emote = Emote(*cells)
        if not (emote.code.startswith("[") and emote.code.endswith("]") and len(emote.code) > 2):
            raise BadEntry(name, number, "code: a name in square brackets")
        if emote.code in found:
            raise BadEntry(name, number, "code: there already")
        found[emote.code] = emote
    return MappingProxyType(found)
