"""Names of common hashtags in both languages: a tag is too short, and too much of a name, for a model to go by."""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from service.lexicon.entries import BadEntry
from service.lexicon.tables import bundled, rows

__all__ = ["COLUMNS", "load_tags", "parse_tags", "tag_name"]

COLUMNS = ("zh", "en")
BUNDLED = "tags.tsv"
_SEPARATORS = str.maketrans("", "", " _-")


def tag_name(body: str, target: str) -> str | None:
    """What the hashtag with this ``body`` (no marks) is called in ``target`` (``en`` | ``zh``), if the table says.

    Case, blanks, hyphens and underscores do not matter.
    """
    return load_tags()[target].get(_key(body))


@cache
def load_tags() -> Mapping[str, Mapping[str, str]]:
    """The bundled names: by target language, then by the other language's name."""
    return parse_tags(BUNDLED, bundled(BUNDLED))


def parse_tags(name: str, content: str) -> Mapping[str, Mapping[str, str]]:
    """Names of a tab-separated table with the columns ``COLUMNS``; where one has several, the first row counts.

    Raises ``BadEntry``.
    """
    to_en: dict[str, str] = {}
    to_zh: dict[str, str] = {}
    wanted = "a Chinese and an English name wanted"
    for number, (zh, en) in rows(name, content, COLUMNS, wanted):
        if not (zh and en):
            raise BadEntry(name, number, wanted)
        to_en.setdefault(_key(zh), en)
        to_zh.setdefault(_key(en), zh)
    return MappingProxyType({"en": MappingProxyType(to_en), "zh": MappingProxyType(to_zh)})


def _key(name: str) -> str:
    return name.casefold().translate(_SEPARATORS)
