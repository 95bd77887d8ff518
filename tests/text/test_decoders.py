"""Codes are read, and what is no code stays what it is."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.text.decoders import MAX_CODES, decode, find_codes


def read(text: str) -> list[tuple[str, str]]:
    return [(one.kind, one.text) for one in decode(text)]


@pytest.mark.parametrize(
    ("text", "kind", "plain"),
    [
        ("520", "number", "我爱你"),
        ("宝宝520", "number", "我爱你"),
        ("明天见88", "number", "拜拜"),
        ("祝你们1314！", "number", "一生一世"),
        ("笑死 2333", "number", "哈哈哈哈"),
        ("yyds", "initials", "永远的神"),
        ("这家店YYDS！", "initials", "永远的神"),
        ("u1s1这个不错", "initials", "有一说一"),
        (".... . .-.. .-.. ---", "morse", "HELLO"),
        (".. / .-.. --- ...- . / -.-- --- ..-", "morse", "I LOVE YOU"),
        ("··· −−− ···".replace("−", "—"), "morse", "SOS"),
        ("⠓⠑⠇⠇⠕", "braille", "hello"),
        (base64.b64encode(b"I love this song").decode(), "base64", "I love this song"),
        (base64.b64encode("我今天很开心啊".encode()).decode(), "base64", "我今天很开心啊"),
        ("48 65 6c 6c 6f", "hex", "Hello"),
        ("e4bda0e5a5bd", "hex", "你好"),
        ("01001000 01101001 00100001 01001000 01101001", "binary", "Hi!Hi"),
        ("uoy evol I dna uoy ssim I", "reversed", "I miss you and I love you"),
        ("？么什做在们你天今", "reversed", "今天你们在做什么？"),
    ],
)
def test_decoders_read(text: str, kind: str, plain: str) -> None:
    assert (kind, plain) in read(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Hello there, how are you?",
        "I paid 520 dollars for 88 books",
        "一共520元",
        "身高1.88米",
        "我买了88个苹果",
        "2024-05-20",
        "电话 13145200000",
        "价格：￥520",
        "... --- wait",
        "well - I mean - yes...",
        "------",
        "Internationalization",
        "supercalifragilisticexpialidocious",
        "deadbeef",
        "1234567890",
        "commit 3f786850e387550fdab836ed7e6dc881de23001b",
        "madam in eden, I'm adam",
        "https://example.com/aGVsbG8gd29ybGQ",
        "@yyds_fan 你好",
        "今天我们去公园了，大家都很开心",
    ],
)
def test_decoders_leave_alone(text: str) -> None:
    assert decode(text) == ()


def test_decoders_tell_where_and_in_both_languages() -> None:
    (one,) = decode("宝宝520呀")
    assert (one.start, one.end, one.english) == (2, 5, "I love you")


def test_decoders_find_several_in_order() -> None:
    assert [one.kind for one in decode("yyds 520 xswl")] == ["initials", "number", "initials"]


def test_decoders_find_no_more_than_their_limit() -> None:
    assert len(decode("yyds " * 500)) == 64


@pytest.mark.parametrize("unit", ["A", "4", ".-", "01", "= ", "e4bd ", "520 ", "a.", "⠓"])
def test_decoders_are_linear(unit: str) -> None:
    decode(unit * (200_000 // len(unit)))  # a blow-up would hit the timeout


@given(st.text())
def test_decoders_are_total_and_stay_inside(text: str) -> None:
    end = 0
    for one in decode(text):
        assert end <= one.start < one.end <= len(text)
        assert one.text
        end = one.end


@given(st.text(alphabet="abcdefghijklmnop rstuvwxyz", min_size=12).map(str.strip))
def test_decoders_base64_round_trip(text: str) -> None:
    code = base64.b64encode(text.encode()).decode()
    for one in decode(code):
        if one.kind == "base64":
            assert one.text == text.strip()


@pytest.mark.parametrize(
    ("count", "complete"), [(MAX_CODES - 1, True), (MAX_CODES, True), (MAX_CODES + 1, False)]
)
def test_decoders_say_where_there_are_more_codes_than_are_read(count: int, complete: bool) -> None:
    codes = find_codes("yyds " * count)
    assert len(codes.found) == min(count, MAX_CODES)
    assert codes.complete is complete
