"""Cantonese and Traditional Chinese are read by the model as Mandarin in Simplified characters, and it is told."""

import pytest

from service.domain import Lang, WarningCode
from tests.pipeline.script import by_text, request, run

EN, HANS, HANT = Lang.EN, Lang.ZH_HANS, Lang.ZH_HANT


@pytest.mark.parametrize("source", [None, HANT, HANS])
def test_cantonese_is_read_as_mandarin_and_told(source: Lang | None) -> None:
    text = "佢哋喺度食緊飯。 😀 我唔知。"
    table = {"他们在这里正在吃饭。": "They eat here.", "我不知道。": "I don't know."}
    done, _ = run(request(text, EN, source_lang=source), by_text(table))
    assert done.text == "They eat here. 😀 I don't know."
    ((code, start, end),) = [(w.code, w.start, w.end) for w in done.warnings]
    assert (code, start, end) == (WarningCode.CANTONESE, 0, len(text))
    assert done.detection is None or done.detection.reason == "cantonese"


def test_cantonese_keeps_what_is_protected_and_its_place() -> None:
    text = "佢俾咗@阿明 一個 https://a.example/x 睇吓"
    done, _ = run(
        request(text, EN),
        by_text({"他给了⟦0⟧ 一个 ⟦1⟧ 看看": "He gave ⟦0⟧ a ⟦1⟧ to see"}),
    )
    assert done.text == "He gave @阿明 a https://a.example/x to see"
    for source, target in zip(done.protected, done.protected_target, strict=True):
        assert text[source.start : source.end] == done.text[target.start : target.end]


@pytest.mark.parametrize("target", [HANS, HANT])
def test_cantonese_stays_cantonese_in_chinese(target: Lang) -> None:
    done, asked = run(request("佢哋喺度", target), by_text({}))
    assert asked == []
    assert "喺" in done.text
    assert WarningCode.CANTONESE not in [w.code for w in done.warnings]


def test_mandarin_gets_no_such_warning() -> None:
    done, _ = run(request("這雙鞋很好看", EN), by_text({"这双鞋很好看": "These shoes look good"}))
    assert (done.text, done.source_lang, done.warnings) == ("These shoes look good", HANT, ())


@pytest.mark.parametrize(
    ("simplified", "traditional"),
    [
        ("他的头发很长", "他的頭髮很長"), ("我们出发吧", "我們出發吧"), ("皇后以后再说", "皇后以後再說"),
        ("面条很有面子", "麵條很有面子"), ("我只要一只猫", "我只要一隻貓"), ("干杯，吃饼干", "乾杯，吃餅乾"),
        ("他是干部", "他是幹部"), ("里面有三公里", "裡面有三公里"), ("理发店发票", "理髮店發票"),
    ],
)  # fmt: skip
def test_traditional_characters_with_several_origins(simplified: str, traditional: str) -> None:
    done, _ = run(request("Hello there", HANT), lambda unit: [simplified])
    assert done.text == traditional
    done, _ = run(request(simplified, HANT), by_text({}))
    assert done.text == traditional
    done, _ = run(request(traditional, EN), by_text({simplified: "Fine"}))
    assert done.text == "Fine"


def test_english_begins_sentences_with_a_capital_and_keeps_other_letters() -> None:
    table = {
        "我爱iPhone。": "i love iPhone.", "真的NBA。": "really NBA.", "npm坏了": "npm is broken",
        "好吗？": "good?", "是的": "yes",
    }  # fmt: skip
    done, _ = run(request("我爱iPhone。真的NBA。\nnpm坏了\n\n好吗？是的", EN), by_text(table))
    assert done.text == "I love iPhone. Really NBA.\nnpm is broken\n\nGood? Yes"
