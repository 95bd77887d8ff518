"""Language codes as clients write them, resolved to the three languages served. Total: unknown codes give None."""

import re
from dataclasses import dataclass

from service.domain import Lang

__all__ = ["AUTO", "LANGUAGES", "LanguageInfo", "is_auto", "resolve_language"]

AUTO = "auto"

_MAX_CODE = 35  # the length RFC 5646 asks every implementation to take
_WELL_FORMED = re.compile(r"[a-z]{2,8}(?:-[a-z0-9]{1,8})*")
_ENGLISH = frozenset({"en", "eng"})
_CHINESE = frozenset({"zh", "zho", "chi", "cmn"})
# Codes of products and languages that are written in Traditional Chinese unless they say otherwise.
_TRADITIONAL = frozenset({"zt", "yue"})
_TRADITIONAL_SUBTAGS = frozenset({"hant", "tw", "hk", "mo", "yue"})


@dataclass(frozen=True, slots=True)
class LanguageInfo:
    """A language as ``GET /v1/languages`` shows it. ``aliases`` are examples, not all that is accepted."""

    lang: Lang
    name: str
    native_name: str
    aliases: tuple[str, ...]


LANGUAGES: tuple[LanguageInfo, ...] = (
    LanguageInfo(Lang.EN, "English", "English", ("eng", "en-US", "en-GB", "en_US")),
    LanguageInfo(
        Lang.ZH_HANS,
        "Chinese (Simplified)",
        "简体中文",
        ("zh", "zh-CN", "zh_CN", "zh-Hans-CN", "zh-SG", "cmn", "cmn_Hans", "zho", "chi"),
    ),
    LanguageInfo(
        Lang.ZH_HANT,
        "Chinese (Traditional)",
        "繁體中文",
        ("zt", "zh-TW", "zh-HK", "zh-MO", "zh_TW", "zh-Hant-TW", "cmn-Hant", "yue"),
    ),
)


def is_auto(code: str) -> bool:
    """Whether ``code`` asks for detection: ``auto`` in any case, or nothing at all."""
    return code.strip().lower() in ("", AUTO)


def resolve_language(code: str) -> Lang | None:
    """The language that ``code`` means, or None for one that is not served.

    Case, ``_`` for ``-`` and surrounding blanks do not matter. ``auto`` is no language: ask ``is_auto`` first.
    A script subtag beats a region (``zh-Hans-HK`` is Simplified); Chinese without either is Simplified.
    """
    if len(code) > _MAX_CODE:
        return None
    tag = code.strip().lower().replace("_", "-")
    if not _WELL_FORMED.fullmatch(tag):
        return None
    primary, *subtags = tag.split("-")
    if primary in _ENGLISH:
        return Lang.EN
    if primary not in _CHINESE and primary not in _TRADITIONAL:
        return None
    if "hans" in subtags:
        return Lang.ZH_HANS
    traditional = primary in _TRADITIONAL or not _TRADITIONAL_SUBTAGS.isdisjoint(subtags)
    if primary == "yue" and "cn" in subtags:
        return Lang.ZH_HANS
    return Lang.ZH_HANT if traditional else Lang.ZH_HANS
