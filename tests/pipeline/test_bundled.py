"""The pipeline on the bundled weights: what must hold whatever the model says."""

import re
from collections.abc import Iterator

import pytest

from service.domain import Lang, TextFormat, Translation, TranslationRequest
from service.pipeline.drivers import LocalTranslator
from service.pipeline.guards import longest_repeat
from service.runtime import build_local
from service.settings import Settings
from tests.models.bundled import bundled_entry

pytestmark = pytest.mark.weights

ZH, EN = Lang.ZH_HANS, Lang.EN
HAN = re.compile("[\u4e00-\u9fff]")


@pytest.fixture(scope="module")
def translator() -> Iterator[LocalTranslator]:
    bundled_entry()
    local = build_local(Settings())
    yield local
    local.close()


def say(translator: LocalTranslator, text: str, target: Lang, **options: object) -> Translation:
    request = TranslationRequest(text, target, **options)  # type: ignore[arg-type]  # test shorthand
    return translator.translate([request])[0]


@pytest.mark.parametrize(
    ("text", "target", "wanted"),
    [
        ("Good morning!", ZH, ["早"]),
        ("Thank you very much.", ZH, ["谢"]),
        ("I love you.", ZH, ["爱你"]),
        ("See you tomorrow!", ZH, ["明天"]),
        ("早上好！", EN, ["morning"]),
        ("谢谢你。", EN, ["hank"]),
        ("我爱你。", EN, ["love you"]),
        ("明天见！", EN, ["omorrow"]),
    ],
)
def test_bundled_makes_sense(
    translator: LocalTranslator, text: str, target: Lang, wanted: list[str]
) -> None:
    said = say(translator, text, target)
    assert all(word in said.text for word in wanted)
    assert said.warnings == ()


# Inputs that made models of this kind loop or invent whole sentences.
SHORT = [
    "Hello", "Test", "J", "sitt", "I'm sorry", "ok", "no", "lol",
    "缓缓走来", "否", "嗯", "哈", "在吗", "背景", "好的好的",
]  # fmt: skip


@pytest.mark.parametrize("text", SHORT)
def test_bundled_short_input_does_not_loop(translator: LocalTranslator, text: str) -> None:
    for target in (ZH, EN):
        said = say(translator, text, target).text
        assert longest_repeat(said).times <= 4
        assert len(said) <= 12 * len(text) + 40


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("I love 😀 this place 🎉 so much 👨‍👩‍👧‍👦", ZH),
        ("@lily look at https://example.com/a?b=1&c=2 please #foodie", ZH),
        ("Use {name} and %1$s with `x = 1` here", ZH),
        ("我太爱😀这个地方了🎉真的👨‍👩‍👧‍👦", EN),
        ("@小红 快看 https://example.com/a?b=1&c=2 吧 #美食[话题]#", EN),
        ("这家店[doge]真的很好吃[赞R]，推荐给 {name}", EN),
    ],
)
def test_bundled_protected_text_survives(
    translator: LocalTranslator, text: str, target: Lang
) -> None:
    said = say(translator, text, target)
    assert said.protected
    for source, placed in zip(said.protected, said.protected_target, strict=True):
        assert said.text[placed.start : placed.end] == text[source.start : source.end]


@pytest.mark.parametrize("typed", ["</s>", "<pad>", "<unk>", ">>eng<<", ">>zho<<", "⟦0⟧"])
@pytest.mark.parametrize("text", ["This {} is only text.", "这个 {} 只是文字。"])
def test_bundled_control_tokens_are_text(
    translator: LocalTranslator, typed: str, text: str
) -> None:
    target = ZH if text[0] == "T" else EN
    assert say(translator, text.format(typed), target).text.count(typed) == 1


def test_bundled_layout_survives(translator: LocalTranslator) -> None:
    text = "Hello there.\n\n\tHow are you?\n- fine\n- thanks\n"
    said = say(translator, text, ZH).text
    assert re.sub(r"[^\n\t]", "", said) == re.sub(r"[^\n\t]", "", text)
    assert HAN.search(said)


def test_bundled_html_keeps_every_tag(translator: LocalTranslator) -> None:
    html = '<p>Hello <b>my friend</b>, <a href="/x?a=1&amp;b=2">look here</a>!<br>See you.</p>'
    said = say(translator, html, ZH, format=TextFormat.HTML).text
    assert sorted(re.findall(r"<[^>]+>", said)) == sorted(re.findall(r"<[^>]+>", html))


@pytest.mark.slow
@pytest.mark.parametrize(
    "text",
    ["😀" * 5000, "a" * 20_000, "好" * 5_000, "ab,." * 5_000, "\x00" * 100 + "Hello.\x00 Bye."],
    ids=["emoji", "one-word", "one-character", "punctuation", "nul"],
)
def test_bundled_odd_and_huge_texts_come_back(translator: LocalTranslator, text: str) -> None:
    for target in (ZH, EN):
        said = say(translator, text, target)
        assert said.text
        assert said.text.count("\x00") == text.count("\x00")


def test_bundled_batch_is_the_same_as_alone(translator: LocalTranslator) -> None:
    texts = [
        "Good morning!",
        "I don't know what you mean.",
        "See you at 10:30.",
        "What a day! I am tired.",
    ]
    requests = [TranslationRequest(text, ZH) for text in texts]
    together = [t.text for t in translator.translate(requests)]
    assert together == [say(translator, text, ZH).text for text in texts]
