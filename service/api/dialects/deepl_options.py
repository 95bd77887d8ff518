"""The options of a DeepL translation: what is done, what makes no difference here, and what is refused.

An option is accepted without an effect only where DeepL promises no effect either: hints (``context``,
``formality=prefer_more``), choices of its own models, and what is always done here (``preserve_formatting``). What a
caller would miss is refused.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import regex

from service.domain import TextFormat
from service.errors import InvalidRequest

__all__ = ["MODEL_TYPE", "IgnoredTags", "Options", "read_options"]

MODEL_TYPE = "latency_optimized"  # the one that DeepL calls its classic, fast models
_MAX_TAGS = 50
_MAX_GLOSSARIES = 5
_MODEL_TYPES = frozenset({"quality_optimized", "prefer_quality_optimized", MODEL_TYPE})
_FORMALITY = frozenset({"default", "prefer_more", "prefer_less"})
_TRUE, _FALSE = frozenset({"1", "true"}), frozenset({"0", "false"})
# Refused unless they are empty.
_UNSUPPORTED = (
    "splitting_tags", "non_splitting_tags", "style_id", "custom_instructions", "translation_memory_id",
)  # fmt: skip
_TAG_NAME = regex.compile(r"[A-Za-z_][A-Za-z0-9_:.-]{0,63}")


@dataclass(frozen=True, slots=True)
class IgnoredTags:
    """Elements that are not to be translated: marked as HTML's ``translate="no"``, and unmarked in the answer."""

    opening: regex.Pattern[str]
    mark: str

    @classmethod
    def of(cls, names: Sequence[str]) -> "IgnoredTags":
        pattern = "|".join(regex.escape(name) for name in names)
        # Possessive, and stopping at the next <: linear for any input. <x/> holds nothing to leave alone.
        opening = regex.compile(rf"(?i)<(?:{pattern})(?=[\s>])(?![^<>]*+(?<=/)>)")
        return cls(opening, f' translate="no" data-i="{secrets.token_hex(4)}"')

    def marked(self, text: str) -> str:
        return self.opening.sub(lambda found: found.group() + self.mark, text)

    def unmarked(self, text: str) -> str:
        return text.replace(self.mark, "")


@dataclass(frozen=True, slots=True)
class Options:
    """What is left of the options after the check."""

    format: TextFormat
    ignored: IgnoredTags | None
    glossary_ids: tuple[str, ...]
    model_type: bool  # asked for, so the answer says which was used
    billed: bool


def read_options(fields: Mapping[str, Any]) -> Options:
    """The options of a request's fields. Raises ``InvalidRequest`` for wrong values and what is not supported."""
    for name in _UNSUPPORTED:
        if fields.get(name):
            raise InvalidRequest(f"'{name}' is not supported.", field=name)
    _one_of(fields, "split_sentences", frozenset({"1"}), frozenset({"0", "nonewlines"}))
    _switch(fields, "preserve_formatting")
    if fields.get("formality") in ("more", "less"):
        raise InvalidRequest(
            "'formality' is not supported for given 'target_lang'.", field="formality"
        )
    _one_of(fields, "formality", _FORMALITY)
    _one_of(fields, "model_type", _MODEL_TYPES)
    _one_of(fields, "tag_handling_version", frozenset({"v1", "v2"}))
    if not _switch(fields, "outline_detection", default=True):
        raise InvalidRequest(
            "'outline_detection' cannot be switched off.", field="outline_detection"
        )
    if not isinstance(fields.get("context", ""), str | None):
        raise _wrong("context")
    tags = _one_of(fields, "tag_handling", frozenset({"html", "xml"}))
    return Options(
        format=TextFormat.HTML if tags else TextFormat.TEXT,
        ignored=_ignored(fields, tagged=bool(tags)),
        glossary_ids=_glossaries(fields),
        model_type=bool(fields.get("model_type")),
        billed=_switch(fields, "show_billed_characters"),
    )


def _wrong(name: str) -> InvalidRequest:
    return InvalidRequest(f"Value for '{name}' not supported.", field=name)


def _one_of(
    fields: Mapping[str, Any],
    name: str,
    allowed: frozenset[str],
    refused: frozenset[str] = frozenset(),
) -> str:
    """The value of a field, or nothing; ``refused`` are values of DeepL's that are not supported here."""
    value = fields.get(name)
    if value is None or value == "":
        return ""
    if isinstance(value, str) and value in allowed:
        return value
    if isinstance(value, str) and value in refused:
        raise InvalidRequest(f"This value of '{name}' is not supported.", field=name)
    raise _wrong(name)


def _switch(fields: Mapping[str, Any], name: str, *, default: bool = False) -> bool:
    value = fields.get(name)
    if value is None or value == "":
        return default
    if isinstance(value, bool):
        return value
    lowered = value.lower() if isinstance(value, str) else ""
    if lowered not in _TRUE | _FALSE:
        raise _wrong(name)
    return lowered in _TRUE


def _ignored(fields: Mapping[str, Any], *, tagged: bool) -> IgnoredTags | None:
    given = fields.get("ignore_tags")
    if not given:
        return None
    names = [given] if isinstance(given, str) else given
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise _wrong("ignore_tags")
    names = [part.strip() for name in names for part in name.split(",") if part.strip()]
    if len(names) > _MAX_TAGS or not all(_TAG_NAME.fullmatch(name) for name in names):
        raise _wrong("ignore_tags")
    if not tagged:
        raise InvalidRequest("'ignore_tags' needs 'tag_handling'.", field="ignore_tags")
    return IgnoredTags.of(names) if names else None


def _glossaries(fields: Mapping[str, Any]) -> tuple[str, ...]:
    one, several = fields.get("glossary_id"), fields.get("glossary_ids")
    if one and several:
        raise InvalidRequest(
            "'glossary_id' and 'glossary_ids' exclude each other.", field="glossary_ids"
        )
    if isinstance(several, str):
        several = [several]
    ids = several or ([one] if one else [])
    if not isinstance(ids, list) or not all(isinstance(each, str) for each in ids):
        raise _wrong("glossary_id" if one else "glossary_ids")
    if len(ids) > _MAX_GLOSSARIES:
        raise InvalidRequest(
            "Too many 'glossary_ids'.",
            field="glossary_ids", limit=_MAX_GLOSSARIES, actual=len(ids),
        )  # fmt: skip
    return tuple(ids)
