"""What a model reads instead of fancy letters and of shouting, and what stays as it is."""

import time

import pytest

from service.text.plain_letters import in_plain_case, is_shouting, plain_letters

# What the tokenizer of these tests has pieces for; any other word costs a piece for each letter.
PIECES = {
    "London", "Friday", "TV", "FBI", "NASA", "US", "news", "News", "fire", "doctor", "watch", "rocket", "door",
    "plan", "a",
}  # fmt: skip


def pieces(text: str) -> int:
    return 1 if text in PIECES else len(text)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("𝗕𝗶𝗴 𝗻𝗲𝘄𝘀: we are open", "Big news: we are open"),
        ("今天𝗕𝗶𝗴𝗡𝗲𝘄𝘀来了", "今天BigNews来了"),
        ("𝘐 𝘭𝘰𝘷𝘦 𝘺𝘰𝘶", "I love you"),
        ("𝕿𝖍𝖎𝖘 ℂ𝕠𝕕𝕖 ℳ𝓎 𝟙𝟮𝟯", "This Code My 123"),
        ("Ｈｅｌｌｏ　ｍｙ　ｆｒｉｅｎｄ", "Hello my friend"),
        ("限时ＳＡＬＥ，全场５折！（好）：５", "限时SALE，全场5折！（好）：5"),
        ("３．５％，１０：３０，２０２４／５／１", "3.5%，10:30，2024/5/1"),
        ("ⓗⓔⓛⓛⓞ ⒽⒾ", "hello HI"),
        ("🄷🄸 🅷🅸 🅗🅘", "HI HI HI"),
        ("ᵗʰᵃⁿᵏ ʸᵒᵘ, 1ˢᵗ", "thank you, 1st"),
        ("ʜᴇʟʟᴏ ᴍʏ ꜰʀɪᴇɴᴅ", "hello my friend"),
        ("cafe\u0301 n\u0303", "café ñ"),
        ("10\u00a0km\u202f今天", "10 km 今天"),
    ],
)
def test_plain_letters_reads_fancy_ones(text: str, plain: str) -> None:
    assert plain_letters(text) == plain


@pytest.mark.parametrize(
    "text",
    [
        "", "Plain text, 3.5 %", "今天天气真好，我们去公园玩吧！（是的）", "xⁿ + m² = H₂O", "① ② ❸ ⑳", "™ ℃ № ℹ ㎏ Ⅳ",
        "，。！？：；（）％＋－", "café ñ ü", "Привет こんにちは ｶﾞ", "⟦0⟧ 😀 🇨🇳", "\ud83d", "x\u0335y\u0336",
    ],
)  # fmt: skip
def test_plain_letters_leaves_the_rest(text: str) -> None:
    assert plain_letters(text) == text


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("HAPPY BIRTHDAY MY FRIEND", "Happy birthday my friend"),
        ("DO NOT OPEN THE DOOR.", "Do not open the door."),
        ("WHY ARE YOU SO LATE???", "Why are you so late???"),
        ("I'M SURE I'LL DON’T GO", "I'm sure I'll don’t go"),
        ("THE NASA ROCKET IS ON TV IN THE USA", "The NASA rocket is on TV in the USA"),
        ("BREAKING NEWS: FIRE IN LONDON ON FRIDAY", "Breaking news: fire in London on Friday"),
        ("I AM A DOCTOR AND THIS IS PLAN A", "I am a doctor and this is plan A"),
        ("IT IS FOR US, WHO CARE", "It is for us, who care"),
        ("⟦0⟧ HELLO TO ⟦1⟧ MY FRIEND", "⟦0⟧ Hello to ⟦1⟧ my friend"),
        ("HELLO MY GOOD FRIEND lol", "Hello my good friend lol"),
        ("STOP!", "Stop!"),
        ("WATCH OUT", "Watch out"),
        ("FRIDAY", "Friday"),
        ("i LOVE this SO MUCH", "i love this so much"),
        ("I really do NOT want to go", "I really do not want to go"),
        ("NEVER do that", "Never do that"),
        ("I am in LONDON with a DOCTOR now", "I am in London with a doctor now"),
    ],
)
def test_plain_letters_lowers_what_shouts(text: str, plain: str) -> None:
    assert in_plain_case(text, pieces) == plain


@pytest.mark.parametrize(
    "text",
    [
        "", "Nothing to see here", "the UNESCO, the IEEE",
        "The CEO of IBM met the US president on TV", "I work in IT at WHO", "OK", "UNICEF",
        "FBI TV", "AT&T and R&B", "buy $AAPL or B2B or COVID19", "U.S.A.", "iPhone and eBay", "PlaySTATION",
        "Plan A or B", "⟦0⟧", "NASA, ESA", "今天很好",
    ],
)  # fmt: skip
def test_plain_letters_keeps_acronyms_and_names(text: str) -> None:
    assert in_plain_case(text, pieces) == text


def test_plain_letters_knows_shouting_behind_plain_words_for_slang() -> None:
    text = "NEW SHOES, send me a direct message"
    assert in_plain_case(text, len) == text.replace("NEW", "New")
    assert in_plain_case(text, len, shouting=True) == "New shoes, send me a direct message"


def test_plain_letters_lowers_shouting_whatever_the_tokenizer_says() -> None:
    assert in_plain_case("PERSIMMON AND UREASE ACTIVITY", len) == "Persimmon and urease activity"


@pytest.mark.parametrize(
    ("text", "shouts"),
    [
        ("HELP ME PLEASE", True),
        ("HELP ME PLEASE my friend!", False),
        ("HELP ME OUT PLEASE my friend!", True),
        ("HELP ME", False),
        ("The IMF, the WHO and the EU", False),
        ("救命啊救命啊", False),
    ],
)
def test_plain_letters_tells_shouting(text: str, shouts: bool) -> None:
    assert is_shouting(text) is shouts


@pytest.mark.parametrize(
    "unit",
    ["A", "A'", "A A ", "AB ", "AB c ", "𝗕", "ᵗ", "０．", "a\u0301\u0316", "\u0301\u0316", "　"],
)
def test_plain_letters_is_linear(unit: str) -> None:
    text = unit * (200_000 // len(unit))
    began = time.process_time()
    is_shouting(text)
    in_plain_case(plain_letters(text), len)
    in_plain_case(plain_letters("x" + text), len)
    assert time.process_time() - began < 5
