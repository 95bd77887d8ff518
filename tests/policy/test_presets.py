"""The presets: they load, differ as they say, never allow the unknown, and leave ordinary posts alone."""

import pytest

from service.domain import Action, Category
from service.policy.evaluate import evaluate
from service.policy.rules import PatternCondition, walk
from service.policy.schema import PRESETS, preset, preset_text
from tests.policy.making import facts, hit

CLEAN = {category.value: 0.01 for category in Category}
ORDINARY = [
    ("en", "What a lovely day, we walked along the river for 3 hours."),
    ("en", "I am a gay Muslim woman and proud of it"),
    ("zh", "今天天气真好，下午三点一起去公园吧！"),
    ("zh", "我们班有回族同学，也有聋哑人同学，大家都很友好。"),
    ("mixed", "这个 app 的 new feature 太 amazing 了"),
    ("none", "😀👍 2024.11.21 ＋１"),
]


@pytest.mark.parametrize("name", PRESETS)
def test_presets_load_and_say_what_they_are_for(name: str) -> None:
    policy = preset(name)
    assert policy.name == name
    assert policy.mode == "live"
    assert policy.description
    assert preset_text(name).startswith("# "), "a comment for whoever opens the file"


def test_presets_are_different() -> None:
    assert len({preset(name).policy_version for name in PRESETS}) == len(PRESETS)


def test_presets_unknown_name() -> None:
    with pytest.raises(KeyError):
        preset("../default")


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize(("lang", "text"), ORDINARY, ids=[text[:12] for _, text in ORDINARY])
def test_presets_allow_ordinary_posts(name: str, lang: str, text: str) -> None:
    known = facts(lang, text, scores=CLEAN, context={"account_age_days": "1"})
    assert evaluate(preset(name), known).action is Action.ALLOW


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize("lang", ["en", "zh", "mixed", "other"])
def test_presets_review_what_nobody_judged(name: str, lang: str) -> None:
    known = facts(lang, "text", scores={}, classifier_ok=False)
    assert evaluate(preset(name), known).action is Action.REVIEW


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize("lang", ["en", "zh", "mixed"])
def test_presets_are_no_milder_than_the_default(name: str, lang: str) -> None:
    scores = [{"toxicity": s / 10, "insult": s / 20, "threat": s / 15} for s in range(11)]
    for values in scores:
        for hits in ([], [hit(1)], [hit(3)], [hit(2, views=("leet",))]):
            known = facts(lang, "", scores=values, hits=hits)
            strictness = evaluate(preset(name), known).action.severity
            assert strictness >= evaluate(preset("default"), known).action.severity


def test_presets_thresholds_stand_in_one_table() -> None:
    for name in PRESETS:
        text = preset_text(name)
        if name != "default":
            assert "[thresholds" not in text
            assert "at_least = 0" not in text
            assert "at_least = {" not in text


def found(pattern: str, text: str) -> list[str]:
    from service.policy.patterns import encode

    parts = (part for rule in preset("strict-minors").rules for part in walk(rule.when))
    patterns = (p for part in parts if isinstance(part, PatternCondition) for p in part.patterns)
    one = next(p for p in patterns if p.name == pattern)
    return [text[start:end] for start, end in one.find(encode(text))]


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("link", "看 https://example.com/a，好文", ["https://example.com/a"]),
        ("link", "go to example.shop/x now", ["example.shop/x"]),
        ("link", "I like it.So do you. e.g. this", []),
        ("email", "write to a.b+c@example.co.uk!", ["a.b+c@example.co.uk"]),
        ("email", "a.b [at] example.com", ["a.b [at] example.com"]),
        ("email", "邮箱：abc＠163.com", ["abc＠163.com"]),
        ("email", "@someone look", []),
        ("phone", "打13800138000找我", ["13800138000"]),
        ("phone", "１３８００１３８０００", ["１３８００１３８０００"]),
        ("phone", "138 0013 8000 / +86 138-0013-8000", ["138 0013 8000", "+86 138-0013-8000"]),
        ("phone", "+44 20 7946 0958", ["+44 20 7946 0958"]),
        ("phone", "(555) 234-5678 or 1999-2005", ["(555) 234-5678"]),
        ("phone", "订单号 20241121138001380001", []),
        ("qq", "加我扣扣：１２３４５６", ["１２３４５６"]),
        ("qq", "QQ群 123 456 789", ["123 456 789"]),
        ("qq", "QQ 上聊", []),
        ("wechat", "薇信abc_12345", ["abc_12345"]),
        ("wechat", "加v：zhang1988", ["zhang1988"]),
        ("wechat", "+VX: someone", ["someone"]),
        ("wechat", "➕薇 zhengying520_5", ["zhengying520_5"]),
        ("wechat", "我的微信坏了", []),
        ("wechat", "微信 Programs 更新了", []),
        ("wechat", "a std::list + vector in C++ version 11", []),
        ("wechat", "微信支付很方便", []),
        ("messenger", "telegram: @some_body", ["some_body"]),
        ("messenger", "WhatsApp=+447700900123", ["+447700900123"]),
        ("messenger", "我的电报号：some_body", ["some_body"]),
        ("messenger", "I saw it on telegram yesterday", []),
        ("messenger", "first line: nothing", []),
        ("messenger", "坐飞机去北京", []),
    ],
)  # fmt: skip
def test_presets_patterns_find_contact_details(
    pattern: str, text: str, expected: list[str]
) -> None:
    assert found(pattern, text) == expected
