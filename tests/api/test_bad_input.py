"""Input that breaks services, in both dialects: each gets a clean answer, and texts come back unharmed."""

import json
import signal
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest

from service.settings import Settings
from tests.api.harness import dumps, libre, native, raw, serve
from tests.serving import serving

pytestmark = pytest.mark.anyio

DIALECTS: dict[str, tuple[str, Callable[..., dict[str, Any]]]] = {
    "native": ("/v1/translate", native),
    "libretranslate": ("/translate", libre),
}


@pytest.fixture(scope="module")
async def roomy() -> AsyncIterator[httpx2.AsyncClient]:
    """A service that takes long texts, with the default limits on items and bodies."""
    async with serve(Settings(engine="fake", classifier="fake", max_text_chars=300_000)) as client:
        yield client


@pytest.fixture(params=DIALECTS)
def dialect(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


async def post(
    client: httpx2.AsyncClient, dialect: str, *args: Any, **fields: Any
) -> httpx2.Response:
    path, body = DIALECTS[dialect]
    return await client.post(path, **body(*args, **fields))


def text_of(response: httpx2.Response) -> str:
    assert response.status_code == 200, response.text
    answer = response.json()
    text: str = (
        answer["translations"][0]["text"] if "translations" in answer else answer["translatedText"]
    )
    return text


def error_of(response: httpx2.Response, dialect: str) -> str:
    """The native code, or the LibreTranslate string."""
    error = response.json()["error"]
    if dialect == "native":
        assert error["message"]
        code: str = error["code"]
        return code
    assert isinstance(error, str)
    return error


async def test_bad_input_empty_text(roomy: httpx2.AsyncClient, dialect: str) -> None:
    response = await post(roomy, dialect, "")
    if dialect == "native":
        assert text_of(response) == ""
        assert response.json()["translations"][0]["warnings"][0]["reason"] == "empty"
    else:  # LibreTranslate calls an empty text a missing one
        assert response.status_code == 400
        assert error_of(response, dialect) == "Invalid request: missing q parameter"


async def test_bad_input_empty_text_in_a_list(roomy: httpx2.AsyncClient, dialect: str) -> None:
    assert (await post(roomy, dialect, ["", "Good morning"])).status_code == 200


@pytest.mark.parametrize("text", [" ", "\n\t \r\n", "\u3000\u00a0", "\u200b"])
async def test_bad_input_blank_text_comes_back(
    roomy: httpx2.AsyncClient, dialect: str, text: str
) -> None:
    assert text_of(await post(roomy, dialect, text)) == text


async def test_bad_input_one_megabyte(roomy: httpx2.AsyncClient, dialect: str) -> None:
    response = await post(roomy, dialect, "word " * 200_000)
    if dialect == "native":
        assert response.status_code == 413
        error = response.json()["error"]
        assert (error["code"], error["limit"], error["actual"]) == (
            "text_too_long",
            300_000,
            1_000_000,
        )
    else:
        assert response.status_code == 400
        assert (
            error_of(response, dialect)
            == "Invalid request: request (1000000) exceeds text limit (300000)"
        )


async def test_bad_input_three_megabytes(roomy: httpx2.AsyncClient, dialect: str) -> None:
    response = await post(roomy, dialect, "w" * 3_000_000)
    assert response.status_code == 413
    assert error_of(response, dialect).startswith(
        "payload_too_large" if dialect == "native" else "Invalid request: body ("
    )


async def test_bad_input_ten_thousand_items(roomy: httpx2.AsyncClient, dialect: str) -> None:
    response = await post(roomy, dialect, ["hi"] * 10_000)
    if dialect == "native":
        assert response.status_code == 413
        error = response.json()["error"]
        assert (error["code"], error["limit"], error["actual"]) == ("too_many_items", 256, 10_000)
    else:
        assert response.status_code == 400
        assert (
            error_of(response, dialect)
            == "Invalid request: request (10000) exceeds text limit (256)"
        )


@pytest.mark.parametrize("half", ["\ud83d", "a\udc00b", "\ud83d\ud83d\ude00"])
@pytest.mark.parametrize("at", [None, 1])
async def test_bad_input_lone_surrogates_name_the_field(
    roomy: httpx2.AsyncClient, dialect: str, half: str, at: int | None
) -> None:
    path, make = DIALECTS[dialect]
    body = make(half if at is None else ["fine", half])["json"]
    response = await roomy.post(path, **raw(dumps(body)))
    assert response.status_code == 400
    suffix = "" if at is None else f"[{at}]"
    if dialect == "native":
        error = response.json()["error"]
        assert (error["code"], error["field"]) == ("invalid_text", f"text{suffix}")
    else:
        assert error_of(response, dialect) == (
            f"Invalid request: q{suffix} parameter holds half of a surrogate pair"
        )


async def test_bad_input_whole_surrogate_pairs_are_fine(
    roomy: httpx2.AsyncClient, dialect: str
) -> None:
    path, make = DIALECTS[dialect]
    response = await roomy.post(path, **raw(dumps(make("😀👨‍👩‍👧")["json"])))
    assert text_of(response) == "😀👨‍👩‍👧"


async def test_bad_input_nul_is_kept(roomy: httpx2.AsyncClient, dialect: str) -> None:
    assert text_of(await post(roomy, dialect, "Good\0 morning, my friend")).count("\0") == 1


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"nul", b'{"text": "a"', b"\xff\xfe", b'{"text": "\xff", "target_lang": "zh", "q": "\xff"}',
     b'{"q": "\xed\xa0\xbd", "text": "\xed\xa0\xbd"}', b"[" * 100_000, b'{"text": "a\nb"}', b"'text'"],
    ids=["empty", "open", "cut", "unclosed", "utf-16", "latin-1", "cesu-8", "deep", "raw newline", "quotes"],
)  # fmt: skip
async def test_bad_input_unreadable_bodies(
    roomy: httpx2.AsyncClient, dialect: str, body: bytes
) -> None:
    response = await roomy.post(DIALECTS[dialect][0], **raw(body))
    assert response.status_code == 400
    assert error_of(response, dialect) == (
        "invalid_request" if dialect == "native" else "Invalid JSON format"
    )


@pytest.mark.parametrize("body", [b"[]", b"[1]", b'"text"', b"null", b"1", b"true"])
async def test_bad_input_json_that_is_no_object(
    roomy: httpx2.AsyncClient, dialect: str, body: bytes
) -> None:
    response = await roomy.post(DIALECTS[dialect][0], **raw(body))
    assert response.status_code == 400
    assert error_of(response, dialect) == (
        "invalid_request" if dialect == "native" else "Invalid JSON format"
    )


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"text": 5}, "text"),
        ({"text": None}, "text"),
        ({"text": {"a": "b"}}, "text"),
        ({"text": ["a", 5]}, "text[1]"),
        ({"text": ["a", ["b"]]}, "text[1]"),
        ({"target_lang": 5}, "target_lang"),
        ({"target_lang": None}, "target_lang"),
        ({"source_lang": ["en"]}, "source_lang"),
        ({"format": "xml"}, "format"),
        ({"format": True}, "format"),
        ({"hashtags": "drop"}, "hashtags"),
        ({"alternatives": "3"}, "alternatives"),
        ({"alternatives": -1}, "alternatives"),
        ({"alternatives": 1.5}, "alternatives"),
        ({"alternatives": True}, "alternatives"),
        ({"colour": "red"}, "colour"),
        ({"x" * 500: "red"}, "x" * 64),
    ],
)
async def test_bad_input_native_wrong_types_name_the_field(
    roomy: httpx2.AsyncClient, fields: dict[str, object], field: str
) -> None:
    body = {"text": "Hello", "target_lang": "zh"} | fields
    response = await roomy.post("/v1/translate", json=body)
    assert response.status_code == 400
    error = response.json()["error"]
    assert (error["code"], error["field"]) == ("invalid_request", field)
    assert "Input should" not in error["message"] or field in error["message"]


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"q": 5}, "Invalid request: q parameter is not a string or an array of strings"),
        ({"q": None}, "Invalid request: missing q parameter"),
        ({"q": []}, "Invalid request: missing q parameter"),
        ({"q": {"a": "b"}}, "Invalid request: q parameter is not a string or an array of strings"),
        ({"q": ["a", ["b"]]}, "Invalid request: q parameter is not a string or an array of strings"),
        ({"q": ["a", None]}, "Invalid request: q parameter is not a string or an array of strings"),
        ({"source": 5}, "The given value is not supported"),
        ({"source": ["en"]}, "The given value is not supported"),
        ({"target": True}, "The given value is not supported"),
        ({"target": None}, "Invalid request: missing target parameter"),
        ({"format": "xml"}, "xml format is not supported"),
        ({"format": True}, "The given value format is not supported"),
        ({"format": ["html"]}, "The given value format is not supported"),
        ({"alternatives": "many"}, "Invalid request: alternatives parameter is not a number"),
        ({"alternatives": [1]}, "Invalid request: alternatives parameter is not a number"),
        ({"alternatives": {}}, "Invalid request: alternatives parameter is not a number"),
        ({"alternatives": "NaN"}, "Invalid request: alternatives parameter is not a number"),
    ],
)  # fmt: skip
async def test_bad_input_libretranslate_wrong_types(
    roomy: httpx2.AsyncClient, fields: dict[str, object], error: str
) -> None:
    body = {"q": "Hello", "source": "en", "target": "zh"} | fields
    response = await roomy.post("/translate", json=body)
    assert (response.status_code, response.json()) == (400, {"error": error})


@pytest.mark.parametrize("fields", [{"api_key": 5}, {"api_key": ["a"]}, {"colour": "red"}])
async def test_bad_input_libretranslate_ignores_what_it_does_not_use(
    roomy: httpx2.AsyncClient, fields: dict[str, object]
) -> None:
    body = {"q": "Hello", "source": "en", "target": "zh"} | fields
    assert (await roomy.post("/translate", json=body)).status_code == 200


@pytest.mark.parametrize("missing", ["text", "target_lang"])
async def test_bad_input_native_missing_fields(roomy: httpx2.AsyncClient, missing: str) -> None:
    body = {"text": "Hello", "target_lang": "zh"}
    del body[missing]
    error = (await roomy.post("/v1/translate", json=body)).json()["error"]
    assert (error["code"], error["field"]) == ("invalid_request", missing)
    assert error["message"] == f"Missing field: {missing}."


@pytest.mark.parametrize(
    ("side", "code"),
    [
        *(
            (side, code)
            for side in ("source", "target")
            for code in ("fr", "xx", "zhh", "中文", "en-" + "x" * 100)
        ),
        ("target", " "),  # a blank source means auto
    ],
)
async def test_bad_input_unknown_language(
    roomy: httpx2.AsyncClient, dialect: str, side: str, code: str
) -> None:
    name = f"{side}_lang" if dialect == "native" else side
    path, make = DIALECTS[dialect]
    body = make("Hello")["json"] | {name: code}
    response = await roomy.post(path, json=body)
    assert response.status_code == 400
    if dialect == "native":
        error = response.json()["error"]
        assert (error["code"], error["field"]) == ("unsupported_language", name)
        assert code.strip() == "" or code not in error["message"].split()
    else:
        shown = code if code.isascii() and len(code) < 10 and code.strip() else "The given value"
        assert error_of(response, dialect) == f"{shown} is not supported"


async def test_bad_input_auto_is_no_target(roomy: httpx2.AsyncClient, dialect: str) -> None:
    assert (await post(roomy, dialect, "Hello", "auto")).status_code == 400


@pytest.mark.parametrize(
    ("text", "lang"), [("Good morning, my friend.", "en"), ("今天天气真好。", "zh"), ("今天天氣真好。", "zh-TW")]
)  # fmt: skip
async def test_bad_input_same_source_and_target_is_unchanged(
    roomy: httpx2.AsyncClient, dialect: str, text: str, lang: str
) -> None:
    name = "source_lang" if dialect == "native" else "source"
    response = await post(roomy, dialect, text, lang, **{name: lang})
    assert text_of(response) == text
    if dialect == "native":
        warnings = response.json()["translations"][0]["warnings"]
        assert [w["code"] for w in warnings] == ["already_in_target"]


@pytest.mark.parametrize("token", ["</s>", "<pad>", "<unk>", ">>eng<<", ">>cmn_Hans<<", "⟦0⟧"])
async def test_bad_input_control_tokens_stay_text(
    roomy: httpx2.AsyncClient, dialect: str, token: str
) -> None:
    response = await post(roomy, dialect, f"Please keep {token} in this sentence")
    assert text_of(response).count(token) == 1


async def test_bad_input_five_thousand_emoji(roomy: httpx2.AsyncClient, dialect: str) -> None:
    text = "😀👍🏽👨‍👩‍👧🇨🇳🎉" * 1000
    assert text_of(await post(roomy, dialect, text)) == text


@pytest.mark.slow
@pytest.mark.parametrize("letter", ["a", "好"])
async def test_bad_input_200_kilobytes_without_a_space(
    roomy: httpx2.AsyncClient, dialect: str, letter: str
) -> None:
    target = "en" if letter == "好" else "zh"
    response = await post(roomy, dialect, letter * 200_000, target)
    assert text_of(response)


@pytest.mark.parametrize(
    "html", ["<div>" * 10_000, "<b>" * 10_000 + "hello" + "</b>" * 10_000, "<" * 10_000]
)
async def test_bad_input_deeply_nested_html(
    roomy: httpx2.AsyncClient, dialect: str, html: str
) -> None:
    response = await post(roomy, dialect, html, format="html")
    assert text_of(response).count("<") >= html.count("<")


async def test_bad_input_html_that_was_escaped_stays_escaped(
    roomy: httpx2.AsyncClient, dialect: str
) -> None:
    html = "<p>Never run &lt;script&gt;alert(1)&lt;/script&gt; here, my friend</p>"
    translated = text_of(await post(roomy, dialect, html, format="html"))
    assert "<script" not in translated
    assert "&lt;script" in translated or "&lt;" in translated


@pytest.mark.slow
def test_bad_input_sigterm_under_load_loses_no_answer(dialect: str, tmp_path: Path) -> None:
    """A real process, told to end while a dozen requests are on their way: each still gets its whole answer."""
    path, make = DIALECTS[dialect]
    bodies = [json.dumps(make(f"Good morning, number {at}")["json"]).encode() for at in range(12)]
    with serving(tmp_path) as running, ExitStack() as stack:
        address = (urlsplit(running.url).hostname, urlsplit(running.url).port or 0)
        clients = []
        for body in bodies:
            client = stack.enter_context(socket.create_connection(address, timeout=30))
            client.sendall(
                f"POST {path} HTTP/1.1\r\nHost: magpie\r\nContent-Type: application/json\r\n"
                f"Expect: 100-continue\r\nContent-Length: {len(body)}\r\n\r\n".encode()
            )
            assert client.recv(100).startswith(b"HTTP/1.1 100")  # the handler wants the body
            clients.append(client)
        running.process.send_signal(signal.SIGTERM)
        while not refused(address):
            pass
        for client, body in zip(clients, bodies, strict=True):
            client.sendall(body)
        for client in clients:
            answer = b"".join(iter(lambda client=client: client.recv(65536), b""))
            assert answer.startswith(b"HTTP/1.1 200")
            told = json.loads(answer.partition(b"\r\n\r\n")[2])
            assert told["translations" if dialect == "native" else "translatedText"]
        assert running.process.wait(30) == 0
        assert "Traceback" not in running.errors.read_text()


def refused(address: tuple[str | None, int]) -> bool:
    try:
        socket.create_connection(address, timeout=5).close()
    except ConnectionError:  # refused, or reset while it waited to be accepted
        return True
    return False
