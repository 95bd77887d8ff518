"""Locale files: the values change, every other byte stays."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.batch.errors import UsageProblem
from service.batch.locales import is_icu, keeps_templates, parse_locale
from service.domain import Lang

RAW = """{
    "title":  "Welcome, {name}!",
\t"count": 1.50, "on": true,
  "menu": {"items": ["Open", "Close \\"it\\""], "title": "caf\\u00e9"},
  "empty": ""
}
"""

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=8,
)


def test_locales_keys_and_values() -> None:
    parsed = parse_locale(RAW)
    assert dict(zip(parsed.names, parsed.texts, strict=True)) == {
        "title": "Welcome, {name}!", "menu.items[0]": "Open", "menu.items[1]": 'Close "it"', "menu.title": "café",
        "empty": "",
    }  # fmt: skip


def test_locales_fill_touches_values_only() -> None:
    filled = parse_locale(RAW).fill(["你好", "打开", '关"', "café", ""], Lang.ZH_HANS)
    expected = RAW.replace('"Welcome, {name}!"', '"\\u4f60\\u597d"')
    expected = expected.replace('"Open"', '"\\u6253\\u5f00"')
    assert filled == expected.replace('"Close \\"it\\""', '"\\u5173\\""')


def test_locales_write_characters_where_the_file_does() -> None:
    assert parse_locale('{"a": "b"}').fill(["二"], Lang.ZH_HANS) == '{"a": "二"}'
    assert parse_locale('{"ä": "\\u0062"}').fill(["二"], Lang.ZH_HANS) == '{"ä": "二"}'


@given(values, st.sampled_from([None, 2]), st.booleans())
def test_locales_unchanged_texts_give_the_file_again(
    found: Any, indent: int | None, escape: bool
) -> None:
    raw = json.dumps(found, ensure_ascii=escape, indent=indent)
    parsed = parse_locale(raw)
    assert parsed.fill(parsed.texts, Lang.EN) == raw
    assert len(parsed.spans) == len(parsed.texts) == len(parsed.names)


@given(values)
def test_locales_changed_texts_change_values_only(found: Any) -> None:
    parsed = parse_locale(json.dumps(found))
    filled = json.loads(parsed.fill([f"<{one}>" for one in parsed.texts], Lang.EN))

    def shout(value: Any) -> Any:
        if isinstance(value, str):
            return f"<{value}>"
        if isinstance(value, dict):
            return {key: shout(inner) for key, inner in value.items()}
        return [shout(inner) for inner in value] if isinstance(value, list) else value

    assert filled == shout(found)


@pytest.mark.parametrize(
    ("raw", "message"),
    [("{", "line 1"), ('{"a": "b", "a": "c"}', "twice"), ("[" * 100_000, "too many levels"), ("", "not JSON")],
    ids=["cut", "twice", "deep", "empty"],
)  # fmt: skip
def test_locales_refused(raw: str, message: str) -> None:
    with pytest.raises(UsageProblem, match=message):
        parse_locale(raw)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{n, plural, one {# item} other {# items}}", True), ("{who,select, a {x} other {y}}", True),
        ("{n} items", False), ("a, b {c}", False), ("{date, date, short}", False),
    ],
)  # fmt: skip
def test_locales_icu(text: str, expected: bool) -> None:
    assert is_icu(text) is expected


@pytest.mark.parametrize(
    ("source", "translation", "expected"),
    [
        ("Hello {name}", "你好{name}", True), ("Hello {name}", "你好", False), ("%s of %s", "%s 的 %s", True),
        ("%s of %s", "%s", False), ("Hello", "你好{name}", False), ("{{a}} {b}", "{b} {{a}}", True),
        ("Please <0>log in</0>", "请<0>登录</0>", True), ("Please <0>log in</0>", "请</0>登录", False),
        ("welcome back to :site", "欢迎回到:site", True), ("welcome back to :site", "欢迎回来：site", False),
        ("__user__ is here", "__用户__在这里", False), ("at 10:30", "在10:30", True),
    ],
)  # fmt: skip
def test_locales_templates_have_to_stay(source: str, translation: str, expected: bool) -> None:
    assert keeps_templates(source, translation) is expected
