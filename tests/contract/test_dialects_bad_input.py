"""Input that breaks services, in the dialects of DeepL, Google and the plugins: a clean answer in each one's shape."""

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest

from service.api.errors import STATUS
from service.api.limits import KeyMissing
from service.errors import ServiceError
from service.settings import Settings
from tests.api.harness import StubTranslator, dumps, raw, serve, stubbed
from tests.api.test_errors import tree

pytestmark = pytest.mark.anyio

EN = "Good morning, world!"


@dataclass(frozen=True)
class Dialect:
    path: str
    body: Callable[[list[str], str], dict[str, Any]]
    texts: Callable[[Any], list[str]]
    message: Callable[[Any], str]
    unauthorized: int = 401
    key_missing: int = 401
    batch: bool = True
    field: str = "text"


def plugin_message(answer: Any) -> str:
    return str(answer["message"])


DIALECTS = {
    "deepl": Dialect(
        "/v2/translate",
        lambda texts, target: {"text": texts, "target_lang": target},
        lambda answer: [each["text"] for each in answer["translations"]],
        plugin_message,
        unauthorized=403,
        key_missing=403,
    ),
    "google": Dialect(
        "/language/translate/v2",
        lambda texts, target: {"q": texts, "target": target, "format": "text"},
        lambda answer: [each["translatedText"] for each in answer["data"]["translations"]],
        lambda answer: str(answer["error"]["message"]),
        unauthorized=400,
        key_missing=403,
        field="q",
    ),
    "imme": Dialect(
        "/imme",
        lambda texts, target: {"text_list": texts, "target_lang": target},
        lambda answer: [each["text"] for each in answer["translations"]],
        plugin_message,
        field="text_list",
    ),
    "kiss": Dialect(
        "/kiss",
        lambda texts, target: {"texts": texts, "to": target},
        lambda answer: [each["text"] for each in answer["translations"]],
        plugin_message,
        field="texts",
    ),
    "hcfy": Dialect(
        "/hcfy",
        lambda texts, target: {
            "text": texts[0],
            "destination": [{"zh": "中文(简体)", "en": "英语"}.get(target, target)],
        },
        lambda answer: ["\n".join(answer["result"])],
        plugin_message,
        batch=False,
    ),
    "deeplx": Dialect(
        "/deeplx",
        lambda texts, target: {"text": texts[0], "target_lang": target},
        lambda answer: [answer["data"]],
        plugin_message,
        batch=False,
    ),
    "gtx": Dialect(
        "/translate_a/single",
        lambda texts, target: {"q": texts[0], "tl": target},
        lambda answer: ["".join(row[0] for row in answer[0])],
        plugin_message,
        batch=False,
        field="q",
    ),
}


@pytest.fixture(scope="module")
async def roomy() -> AsyncIterator[httpx2.AsyncClient]:
    async with serve(Settings(engine="fake", classifier="fake", max_text_chars=300_000)) as client:
        yield client


@pytest.fixture(params=DIALECTS)
def dialect(request: pytest.FixtureRequest) -> Dialect:
    return DIALECTS[request.param]


async def post(
    client: httpx2.AsyncClient, dialect: Dialect, *texts: str, target: str = "zh"
) -> httpx2.Response:
    body = dialect.body(list(texts), target)
    return await client.post(dialect.path, **raw(dumps(body)))


async def text_of(client: httpx2.AsyncClient, dialect: Dialect, text: str) -> str:
    response = await post(client, dialect, text)
    assert response.status_code == 200, response.text
    [found] = dialect.texts(response.json())
    return found


@pytest.mark.parametrize(
    "text", ["", " ", "\n\t \r\n", "\u3000\u00a0", "\u200b", "😀👨‍👩‍👧", "Привет, как дела?"]
)
async def test_dialects_bad_input_what_is_not_translated_comes_back(
    roomy: httpx2.AsyncClient, dialect: Dialect, text: str
) -> None:
    assert await text_of(roomy, dialect, text) == text


async def test_dialects_bad_input_nul_and_control_tokens(
    roomy: httpx2.AsyncClient, dialect: Dialect
) -> None:
    assert (await text_of(roomy, dialect, "Good\0 morning, my friend")).count("\0") == 1
    for token in ("</s>", "<pad>", ">>cmn_Hans<<", "⟦0⟧"):
        found = await text_of(roomy, dialect, f"Please keep {token} in this sentence")
        assert found.count(token) == 1


async def test_dialects_bad_input_emoji_by_the_thousand(
    roomy: httpx2.AsyncClient, dialect: Dialect
) -> None:
    text = "😀👍🏽👨‍👩‍👧🇨🇳🎉" * 1000
    assert await text_of(roomy, dialect, text) == text


@pytest.mark.parametrize("half", ["\ud83d", "a\udc00b", "\ud83d\ud83d\ude00"])
async def test_dialects_bad_input_lone_surrogates(
    roomy: httpx2.AsyncClient, dialect: Dialect, half: str
) -> None:
    response = await post(roomy, dialect, half)
    assert response.status_code == 400
    assert dialect.field in dialect.message(response.json())


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"nul", b'{"text": "a"', b"\xff\xfe", b'{"text": "\xff", "q": "\xff"}', b"[]", b"null", b'"text"',
     b'{"text": "\xed\xa0\xbd"}', b"[" * 100_000, b'{"text": "a\nb"}', b"1"],
    ids=["empty", "open", "cut", "unclosed", "utf-16", "latin-1", "list", "null", "string", "cesu-8", "deep",
         "raw newline", "number"],
)  # fmt: skip
async def test_dialects_bad_input_unreadable_bodies(
    roomy: httpx2.AsyncClient, dialect: Dialect, body: bytes
) -> None:
    response = await roomy.post(dialect.path, **raw(body))
    assert response.status_code == 400
    assert dialect.message(response.json())


@pytest.mark.parametrize("media_type", ["text/plain", "application/octet-stream", "PRIVATE"])
async def test_dialects_bad_input_media_types(
    roomy: httpx2.AsyncClient, dialect: Dialect, media_type: str
) -> None:
    body = json.dumps(dialect.body([EN], "zh")).encode()
    response = await roomy.post(dialect.path, **raw(body, media_type))
    assert response.status_code == 415
    assert "PRIVATE" not in dialect.message(response.json())


@pytest.mark.parametrize("form", [b"text=%FF&q=%FF", b"&".join(b"a=1" for _ in range(1000))])
async def test_dialects_bad_input_forms(
    roomy: httpx2.AsyncClient, dialect: Dialect, form: bytes
) -> None:
    response = await roomy.post(dialect.path, **raw(form, "application/x-www-form-urlencoded"))
    assert response.status_code == 400
    query = form.decode()
    assert (await roomy.post(f"{dialect.path}?{query}")).status_code == 400


@pytest.mark.parametrize("target", ["fr", "xx-YY", "zh" * 50, "<b>PRIVATE</b>", "\u202e"])
async def test_dialects_bad_input_unknown_languages(
    roomy: httpx2.AsyncClient, dialect: Dialect, target: str
) -> None:
    response = await post(roomy, dialect, EN, target=target)
    assert response.status_code == 400
    assert dialect.message(response.json())
    assert "PRIVATE" not in response.text


async def test_dialects_bad_input_sizes(roomy: httpx2.AsyncClient, dialect: Dialect) -> None:
    for text in ("w" * 300_001, "w" * 3_000_000):
        response = await post(roomy, dialect, text)
        assert response.status_code == 413
        assert dialect.message(response.json())
    if dialect.batch:
        response = await post(roomy, dialect, *["hi"] * 257)
        assert response.status_code == 413
        assert dialect.message(response.json())


async def test_dialects_bad_input_wrong_methods(
    roomy: httpx2.AsyncClient, dialect: Dialect
) -> None:
    response = await roomy.delete(dialect.path)
    assert response.status_code == 405
    assert response.headers["allow"] in ("POST", "GET, POST")
    assert dialect.message(response.json())


@pytest.mark.parametrize("error", tree(), ids=lambda error: error.__name__)
async def test_dialects_bad_input_every_error_has_its_shape(
    fake_settings: Settings, dialect: Dialect, error: type[ServiceError]
) -> None:
    made = error("Something specific.", field="text", limit=5, actual=6, retry_after_s=2.5)
    runtime = stubbed(fake_settings, StubTranslator(made))
    async with serve(fake_settings, runtime) as client:
        response = await post(client, dialect, EN)
    status = STATUS[error.code]
    if error.code == "unauthorized":
        status = dialect.key_missing if issubclass(error, KeyMissing) else dialect.unauthorized
    assert response.status_code == status
    assert (response.headers.get("retry-after") == "3") == (status in (429, 503))
    assert dialect.message(response.json())
    assert EN not in response.text
    assert f'magpie_errors_total{{code="{error.code}"}} 1.0' in runtime.metrics.render().decode()
