"""Simplified to Traditional Chinese and back, through OpenCC. Converters load on first use and are kept."""

from functools import cache
from typing import TYPE_CHECKING, Literal

import regex

if TYPE_CHECKING:
    from opencc import OpenCC

__all__ = ["Region", "to_hans", "to_hant"]

Region = Literal["", "tw", "hk"]

# Plain Traditional uses the glyphs Taiwan writes (為, 裡); OpenCC's own standard (爲, 裏) is in daily use nowhere.
_CONFIGS: dict[Region, str] = {"": "s2tw", "tw": "s2twp", "hk": "s2hk"}
# OpenCC takes UTF-8 C strings: it refuses lone surrogates and would stop at a NUL.
_UNCONVERTIBLE = regex.compile(r"[\x00\p{Cs}]++")


@cache
def _converter(config: str) -> "OpenCC":
    from opencc import OpenCC

    return OpenCC(config)


def _convert(text: str, config: str) -> str:
    if text.isascii():
        return text
    converter = _converter(config)
    parts: list[str] = []
    end = 0
    for match in _UNCONVERTIBLE.finditer(text):
        parts += (converter.convert(text[end : match.start()]), match.group())
        end = match.end()
    parts.append(converter.convert(text[end:]))
    return "".join(parts)


def to_hans(text: str) -> str:
    """``text`` in Simplified characters; everything that is not Chinese stays as it is."""
    return _convert(text, "t2s")


def to_hant(text: str, region: Region = "") -> str:
    """``text`` in Traditional characters; ``tw`` also swaps words (软件 to 軟體), ``hk`` uses Hong Kong glyphs."""
    return _convert(text, _CONFIGS[region])
