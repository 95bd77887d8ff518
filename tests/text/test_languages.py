"""Language codes: every alias the field uses, and everything else."""

import pytest

from service.domain import Lang
from service.text.languages import AUTO, LANGUAGES, is_auto, resolve_language

ENGLISH = ["en", "eng", "EN", "en-US", "EN-GB", "en_US", "en_gb", "en-Latn-US", " en "]
SIMPLIFIED = [
    "zh", "ZH", "zh-CN", "zh_CN", "zh-cn", "zh-Hans", "ZH-HANS", "zh_Hans", "zh-Hans-CN", "zh-SG", "zh-MY",
    "zh-Hans-HK", "cmn", "cmn-Hans", "cmn_Hans", "zho", "chi", "yue-Hans", "yue-CN",
]  # fmt: skip
TRADITIONAL = [
    "zt", "ZT", "zh-TW", "zh_TW", "zh-HK", "zh-MO", "zh-Hant", "ZH-HANT", "zh-Hant-TW", "zh-Hant-HK", "cmn-Hant",
    "cmn_Hant", "zho-Hant", "yue", "zh-YUE", "yue-HK",
]  # fmt: skip
UNKNOWN = [
    "", "auto", "fr", "ja", "english", "e", "en-", "-en", "zh--CN", "zh CN", "zh-CN;q=1", "中文", "en\n-US", "ｅｎ",
    "zh-" + "a" * 40, "x" * 1000, "\0", "\ud83d",
]  # fmt: skip


@pytest.mark.parametrize("code", ENGLISH)
def test_languages_resolves_english(code: str) -> None:
    assert resolve_language(code) is Lang.EN


@pytest.mark.parametrize("code", SIMPLIFIED)
def test_languages_resolves_simplified_chinese(code: str) -> None:
    assert resolve_language(code) is Lang.ZH_HANS


@pytest.mark.parametrize("code", TRADITIONAL)
def test_languages_resolves_traditional_chinese(code: str) -> None:
    assert resolve_language(code) is Lang.ZH_HANT


@pytest.mark.parametrize("code", UNKNOWN)
def test_languages_gives_none_for_what_is_not_served(code: str) -> None:
    assert resolve_language(code) is None


@pytest.mark.parametrize("code", ["", "  ", "auto", "AUTO", " Auto "])
def test_languages_auto_means_detection(code: str) -> None:
    assert is_auto(code)


@pytest.mark.parametrize("code", ["en", "zh", "automatic", "\0"])
def test_languages_auto_is_nothing_else(code: str) -> None:
    assert not is_auto(code)


def test_languages_lists_each_language_once_with_aliases_that_resolve() -> None:
    assert [info.lang for info in LANGUAGES] == list(Lang)
    for info in LANGUAGES:
        assert resolve_language(info.lang) is info.lang
        assert {resolve_language(alias) for alias in info.aliases} == {info.lang}


def test_languages_auto_is_no_language() -> None:
    assert resolve_language(AUTO) is None
