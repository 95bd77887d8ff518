"""Language detection from scripts, the variants of Chinese, and keyboard mash."""

import pytest

from service.domain import Hashtags, Lang
from service.text.protect import find_spans
from service.text.script import (
    ScriptRun,
    Shares,
    detect,
    foreign_runs,
    han_variant,
    is_mash,
    script_runs,
    share,
)


@pytest.mark.parametrize(
    "text",
    [
        "hello",
        "lol",
        "yyds",
        "xswl",
        "a",
        "I love 北京",
        "he went to 北京",
        "lol that is so 内卷",
        "just bought a 茶颜悦色",
        "this 奶茶 is so good",
        "😂 so funny [doge] @小明 #旅行",
        "ok (´･ω･`)",
        "see https://zh.wikipedia.org/wiki/北京",
    ],
)
def test_script_detects_english(text: str) -> None:
    assert detect(text).lang is Lang.EN


@pytest.mark.parametrize(
    "text",
    [
        "好",
        "你好",
        "OK好的",
        "我爱iphone",
        "太 cool 了",
        "这个iPhone 15 Pro Max发布会 amazing",
        "@Tom 你好",
        "看 https://example.com/a/b/c/d/e/f",
        "我の猫",
        "这个叫おでん很好吃",
        "今天学了一个词:ありがとう",
        "今天去すき家吃饭了",
        "哈哈哈哈 so funny",
    ],
)
def test_script_detects_simplified_chinese(text: str) -> None:
    assert detect(text).lang is Lang.ZH_HANS


@pytest.mark.parametrize("text", ["今天天氣真好", "後來呢", "妳好", "這個 app 好用", "OK謝謝"])
def test_script_detects_traditional_chinese(text: str) -> None:
    assert detect(text).lang is Lang.ZH_HANT


@pytest.mark.parametrize("text", ["𝘐 𝘭𝘰𝘷𝘦 𝘺𝘰𝘶", "ⓗⓔⓛⓛⓞ", "ʜᴇʟʟᴏ ᴍʏ ꜰʀɪᴇɴᴅ", "Ｈｅｌｌｏ", "🅷🅴🅻🅻🅾"])
def test_script_reads_fancy_letters(text: str) -> None:
    detection = detect(text)
    assert (detection.lang, detection.confidence) == (Lang.EN, 1.0)


def test_script_reads_fancy_letters_in_chinese() -> None:
    assert detect("今天𝗕𝗶𝗴𝗡𝗲𝘄𝘀来了").mixed
    assert detect("𝗝𝗲 𝘀𝘂𝗶𝘀 𝘁𝗿𝗲̀𝘀 𝗰𝗼𝗻𝘁𝗲𝗻𝘁 𝗱𝗲 𝘁𝗲 𝘃𝗼𝗶𝗿").reason == "other_language"


@pytest.mark.parametrize(
    "text",
    [
        "こんにちは",
        "日本語を勉強しています",
        "東京に行きました",
        "今日は天気がいいですね",
        "ﾊﾛｰ",
        "안녕하세요",
        "Привет, мир",
        "مرحبا بالعالم",
        "สวัสดี",
        "ㄏㄏ",
        "hello Привет друзья",
    ],
)
def test_script_gives_no_language_for_other_scripts(text: str) -> None:
    detection = detect(text)
    assert detection.lang is None
    assert detection.reason == "unknown_script"


@pytest.mark.parametrize(
    "text",
    [
        "😂😂",
        "12:30",
        "！？",
        "@Tom #tag https://a.com",
        "[doge][赞R]",
        "{0}",
        "#旅行#",
        ":joy:",
        "Ⅳ",
        "​",
    ],
)
def test_script_knows_a_text_without_words(text: str) -> None:
    assert detect(text).reason == "no_letters"


@pytest.mark.parametrize("text", ["", " ", "\n\t", "　"])
def test_script_knows_an_empty_text(text: str) -> None:
    assert detect(text).reason == "empty"


def test_script_counts_the_words_of_hashtags_that_will_be_translated() -> None:
    assert detect("#旅行#", hashtags=Hashtags.TRANSLATE).lang is Lang.ZH_HANS
    assert detect("#travel", hashtags=Hashtags.TRANSLATE).lang is Lang.EN


def test_script_takes_spans_that_the_caller_has_found() -> None:
    text = "@tom 你好"
    assert detect(text, spans=[]).mixed
    assert not detect(text, spans=find_spans(text)).mixed
    assert is_mash("asdfghjkl", spans=[])
    assert not is_mash("@asdfghjkl", spans=find_spans("@asdfghjkl"))


@pytest.mark.parametrize(
    ("text", "mixed"),
    [
        ("OK好的", True),
        ("lol that is so 内卷", True),
        ("I love 北京", True),
        ("我爱iphone", True),
        ("hello", False),
        ("你好", False),
        ("今天在店里买了一个很好用的新手机OK", False),
        ("@小明 hello", False),
        ("你好 https://example.com", False),
    ],
)
def test_script_says_when_both_languages_are_there(text: str, mixed: bool) -> None:
    assert detect(text).mixed is mixed


def test_script_is_less_sure_of_short_mixed_and_accented_texts() -> None:
    sure = detect("this is a plain sentence").confidence
    assert sure == 1.0
    assert detect("a").confidence < sure
    assert detect("this is so 内卷").confidence < sure
    assert detect("Renée, Zoë, Chloé, café, naïveté").confidence <= 0.5


@pytest.mark.parametrize("text", ["Bonjour ça va très bien été", "ich weiß nicht was wir machen"])
def test_script_does_not_take_other_languages_for_english(text: str) -> None:
    found = detect(text)
    assert (found.lang, found.reason) == (None, "other_language")
    assert detect(f"{text} 今天天气真好我们去公园吧").lang is not None


@pytest.mark.parametrize(
    ("text", "variant"),
    [
        ("软件", "Hans"),
        ("軟體", "Hant"),
        ("国語国语這", "Hans"),
        ("說这", None),
        ("好", None),
        ("王玥", None),
        ("囧", None),
        ("看着", None),
        ("hello", None),
        ("", None),
    ],
)
def test_script_han_variant(text: str, variant: str | None) -> None:
    assert han_variant(text) == variant


def test_script_runs_cover_the_text() -> None:
    assert script_runs("OK好的é! の") == [
        ScriptRun(0, 2, "latin"),
        ScriptRun(2, 4, "han"),
        ScriptRun(4, 5, "latin"),
        ScriptRun(5, 7, "common"),
        ScriptRun(7, 8, "other"),
    ]


def test_script_runs_keep_a_combining_mark_with_its_letter() -> None:
    assert script_runs("e\u0301好\ufe00") == [ScriptRun(0, 2, "latin"), ScriptRun(2, 4, "han")]


@pytest.mark.parametrize(
    ("text", "shares"),
    [
        ("hello, 世界!", Shares(5, 2, 0)),
        ("ｈｉ", Shares(2, 0, 0)),
        ("かな 漢", Shares(0, 1, 2)),
        ("123 😂", Shares(0, 0, 0)),
    ],
)
def test_script_share_counts_letters(text: str, shares: Shares) -> None:
    assert share(text) == shares


@pytest.mark.parametrize(
    "text",
    [
        "asdfghjkl",
        "ASDFGHJKL;",
        "sdkfjhskdjfh",
        "SDKFJHSKDJFH",
        "qwertyuiop",
        "asdfasdf",
        "aslkdjalksjd",
        "zxcvbnm",
        "poiuytrewq",
        "asdfjkl;asdf",
        "asdfghjkl asdfghjkl 😂",
        "dfghjkl dfgh",
        "asdkjfh aksjdfh kasjdhf",
        "fjdksla",
    ],
)
def test_script_recognises_keyboard_mash(text: str) -> None:
    assert is_mash(text)


@pytest.mark.parametrize(
    "text",
    [
        *[
            "lmfao",
            "pls",
            "rhythms",
            "strengths",
            "yyds",
            "xswl",
            "nsdd",
            "zqsg",
            "awsl",
            "cpdd",
            "qwerty",
            "asdf",
            "latchstring",
            "Knightsbridge",
        ],
        *[
            "hahahaha",
            "lalalala",
            "sksksksk",
            "hmmmmmm",
            "zzzzzzzz",
            "XMLHttpRequest",
            "WYSIWYG",
            "flashlights",
            "alfalfa",
        ],
        *["Schwarzschild", "tsktsk", "brrrrrr", "property", "rewrite", "tweeter"],
        "lol sdkfjhskdjfh",
        "asdfghjkl 哈哈",
        "哈哈哈哈",
        "",
        "😂",
        "https://asdfghjkl.com/sdkfjhskdjfh",
        "@asdfghjkl",
        "Привет",
    ],
)
def test_script_never_takes_words_for_mash(text: str) -> None:
    assert not is_mash(text)


@pytest.mark.parametrize(
    "text",
    [
        "a" * 200_000,
        "好" * 200_000,
        "か" * 200_000,
        "asdf " * 10_000,
        "a好" * 100_000,
        "😂" * 5_000,
    ],
    ids=["latin", "han", "kana", "words", "mixed", "emoji"],
)
def test_script_stays_quick_on_long_texts(text: str) -> None:
    detect(text)
    is_mash(text)
    assert script_runs(text)[-1].end == len(text)


@pytest.mark.parametrize(
    ("text", "runs"),
    [
        ("I like 방탄소년단 a lot", ["방탄소년단"]),
        ("Hello مرحبا بالعالم friend", ["مرحبا بالعالم"]),
        ("去喝コーヒー吧", ["コーヒー"]),
        ("Привет, мир!", ["Привет", "мир"]),
        ("我超の爱 α β Д ㄅㄆ café", []),
        ("plain", []),
    ],
)
def test_script_finds_words_of_foreign_scripts(text: str, runs: list[str]) -> None:
    assert [text[start:end] for start, end in foreign_runs(text)] == runs
