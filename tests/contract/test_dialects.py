"""The contract of every dialect: the same errors in its own shape, and what its real clients rely on."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.error import HTTPError

import httpx2
import pytest
from libretranslatepy import LibreTranslateAPI

from service.api.errors import STATUS
from service.api.limits import KeyMissing
from service.errors import ServiceError, UnsupportedDirection
from service.settings import Settings
from tests.api.harness import (
    SlowEngine,
    StubTranslator,
    libre,
    native,
    raw,
    serve,
    serve_live,
    stubbed,
)
from tests.api.test_errors import tree

EN, ZH = "Good morning, world!", "今天天气真好。"


@dataclass(frozen=True)
class Dialect:
    """A dialect as the contract sees it."""

    path: str
    body: Callable[..., dict[str, Any]]
    statuses: dict[str, int]  # where they differ from the native ones
    message: Callable[[dict[str, Any]], str]

    def status(self, error: type[ServiceError]) -> int:
        if issubclass(error, KeyMissing):
            return self.statuses.get("key_missing", STATUS[error.code])
        return self.statuses.get(error.code, STATUS[error.code])


DIALECTS = {
    "native": Dialect("/v1/translate", native, {}, lambda answer: str(answer["error"]["message"])),
    "libretranslate": Dialect(
        "/translate",
        libre,
        {"unauthorized": 403, "key_missing": 400, "text_too_long": 400, "too_many_items": 400},
        lambda answer: str(answer["error"]),
    ),
}


@pytest.fixture(params=DIALECTS)
def dialect(request: pytest.FixtureRequest) -> Dialect:
    return DIALECTS[request.param]


@pytest.mark.anyio
@pytest.mark.parametrize("error", tree(), ids=lambda error: error.__name__)
async def test_dialects_every_error_has_its_shape(
    fake_settings: Settings, dialect: Dialect, error: type[ServiceError]
) -> None:
    made = error("Something specific.", field="text", limit=5, actual=6, retry_after_s=2.5)
    runtime = stubbed(fake_settings, StubTranslator(made))
    async with serve(fake_settings, runtime) as client:
        response = await client.post(dialect.path, **dialect.body(EN))
    assert response.status_code == dialect.status(error)
    assert response.headers["content-type"] == "application/json"
    assert response.headers["x-request-id"]
    assert (response.headers.get("retry-after") == "3") == (response.status_code in (429, 503))
    assert dialect.message(response.json())
    assert EN not in response.text
    assert "Traceback" not in response.text
    assert f'magpie_errors_total{{code="{error.code}"}} 1.0' in runtime.metrics.render().decode()


@pytest.fixture(scope="module")
def live() -> Iterator[str]:
    with serve_live(Settings(engine="fake", classifier="fake")) as (url, _):
        yield url


@pytest.fixture
def lt(live: str) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=live) as client:
        yield client


def test_dialects_libretranslatepy(live: str) -> None:
    api = LibreTranslateAPI(live)
    translated = api.translate(EN, "en", "zh")
    assert isinstance(translated, str)
    assert translated != EN
    assert api.translate(ZH, "zh-Hans", "en") != ZH
    assert api.translate(EN, "auto", "zt")
    [candidate] = api.detect(ZH)
    assert candidate["language"] == "zh-Hans"
    assert 50 < candidate["confidence"] <= 100
    codes = [language["code"] for language in api.languages()]
    assert codes[:3] == ["en", "zh-Hans", "zh-Hant"]


def test_dialects_libretranslatepy_with_keys() -> None:
    with serve_live(Settings.model_validate({"engine": "fake", "api_keys": "good"})) as (url, _):
        assert LibreTranslateAPI(url, "good").translate(EN, "en", "zh")
        assert LibreTranslateAPI(url, "good").detect(EN)
        with pytest.raises(HTTPError) as wrong:
            LibreTranslateAPI(url, "bad").translate(EN, "en", "zh")
        assert (wrong.value.code, wrong.value.read()) == (403, b'{"error":"Invalid API key"}')
        with pytest.raises(HTTPError) as none:
            LibreTranslateAPI(url).translate(EN, "en", "zh")
        assert none.value.code == 400
        wrong.value.close()
        none.value.close()


WAYS: dict[str, Callable[[dict[str, str]], dict[str, Any]]] = {
    "json": lambda fields: {"json": fields},
    "form": lambda fields: {"data": fields},
    "multipart": lambda fields: {"files": {name: (None, value) for name, value in fields.items()}},
    "query": lambda fields: {"params": fields},
}


@pytest.mark.parametrize("way", WAYS)
def test_dialects_libretranslate_takes_json_forms_and_queries(lt: httpx2.Client, way: str) -> None:
    fields = {
        "q": "你好 & good <evening>\n+1",
        "source": "auto",
        "target": "en",
        "alternatives": "2",
    }
    answers = [lt.post("/translate", **WAYS[name](fields)) for name in (way, "json")]
    assert answers[0].status_code == 200, answers[0].text
    assert answers[0].json() == answers[1].json()
    assert lt.post("/detect", **WAYS[way]({"q": ZH})).json()[0]["language"] == "zh-Hans"


def test_dialects_libretranslate_forms_have_unix_newlines(lt: httpx2.Client) -> None:
    fields = {"q": "😀\r\n\r\n😀\r\n", "source": "en", "target": "zh"}
    assert lt.post("/translate", data=fields).json()["translatedText"] == "😀\n\n😀\n"


def test_dialects_libretranslate_query_wins_over_form(lt: httpx2.Client) -> None:
    answer = lt.post(
        "/translate", params={"q": "😀"}, data={"q": "no", "source": "en", "target": "zh"}
    )
    assert answer.json() == {"translatedText": "😀"}


def test_dialects_libretranslate_shape_of_one_text(lt: httpx2.Client) -> None:
    plain = lt.post("/translate", **libre(EN, source="en")).json()
    assert set(plain) == {"translatedText"}
    assert isinstance(plain["translatedText"], str)
    rich = lt.post("/translate", **libre(EN, alternatives=2)).json()
    assert set(rich) == {"translatedText", "detectedLanguage", "alternatives"}
    assert rich["detectedLanguage"]["language"] == "en"
    assert isinstance(rich["detectedLanguage"]["confidence"], float)
    assert 50 < rich["detectedLanguage"]["confidence"] <= 100
    assert all(isinstance(text, str) for text in rich["alternatives"])


def test_dialects_libretranslate_shape_of_a_list(lt: httpx2.Client) -> None:
    answer = lt.post("/translate", **libre([EN, ZH, "😀"], alternatives=1)).json()
    assert [len(answer[key]) for key in ("translatedText", "detectedLanguage", "alternatives")] == [
        3
    ] * 3
    assert answer["translatedText"][1:] == [ZH, "😀"]
    assert [d["language"] for d in answer["detectedLanguage"]] == ["en", "zh-Hans", "en"]
    assert (
        answer["detectedLanguage"][2]["confidence"] == 0.0
    )  # as LibreTranslate says for no language
    assert all(isinstance(inner, list) for inner in answer["alternatives"])
    one = lt.post("/translate", **libre([EN])).json()
    assert isinstance(one["translatedText"], list)
    assert isinstance(one["detectedLanguage"], list)
    # What LibreTranslate's cache mixes up: a list, and its texts joined.
    joined = lt.post("/translate", **libre("😀|😎")).json()
    assert joined["translatedText"] == "😀|😎"
    assert lt.post("/translate", **libre(["😀", "😎"])).json()["translatedText"] == ["😀", "😎"]


def test_dialects_libretranslate_detect_ranks_a_list(lt: httpx2.Client) -> None:
    found = lt.post("/detect", json={"q": [ZH, EN, ZH]}).json()
    assert [candidate["language"] for candidate in found] == ["zh-Hans", "en"]
    assert found[0]["confidence"] > found[1]["confidence"]
    assert lt.post("/detect", json={"q": "😀"}).json() == [{"confidence": 0.0, "language": "en"}]


FULL = {"q": EN, "source": "en", "target": "zh"}
NOT_TEXT = "Invalid request: q parameter is not a string or an array of strings"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"q": None}, "Invalid request: missing q parameter"),
        ({"q": ""}, "Invalid request: missing q parameter"),
        ({"q": []}, "Invalid request: missing q parameter"),
        ({"source": None}, "Invalid request: missing source parameter"),
        ({"source": ""}, "Invalid request: missing source parameter"),
        ({"target": None}, "Invalid request: missing target parameter"),
        ({"target": None, "source": None}, "Invalid request: missing source parameter"),
        ({"alternatives": "abc"}, "Invalid request: alternatives parameter is not a number"),
        ({"alternatives": [1]}, "Invalid request: alternatives parameter is not a number"),
        ({"alternatives": 6}, "Invalid request: alternatives parameter must be <= 5"),
        ({"target": "zz"}, "zz is not supported"),
        ({"source": "zz"}, "zz is not supported"),
        ({"source": 5}, "The given value is not supported"),
        ({"format": "xml"}, "xml format is not supported"),
        ({"format": "<b>x</b>"}, "The given value format is not supported"),
        ({"q": 5}, NOT_TEXT),
        ({"q": {"a": "b"}}, NOT_TEXT),
        ({"q": ["a", 5]}, NOT_TEXT),
        ({"q": "x" * 20_001}, "Invalid request: request (20001) exceeds text limit (20000)"),
        ({"q": ["x"] * 257}, "Invalid request: request (257) exceeds text limit (256)"),
    ],
)  # fmt: skip
def test_dialects_libretranslate_error_strings(
    lt: httpx2.Client, changes: dict[str, Any], error: str
) -> None:
    response = lt.post("/translate", json=FULL | changes)
    assert (response.status_code, response.json()) == (400, {"error": error})


@pytest.mark.parametrize("value", [None, 0, "0", -3, "2", 2.9, True])
def test_dialects_libretranslate_reads_alternatives_generously(
    lt: httpx2.Client, value: object
) -> None:
    assert lt.post("/translate", json=FULL | {"alternatives": value}).status_code == 200


def test_dialects_libretranslate_ignores_what_it_does_not_have(lt: httpx2.Client) -> None:
    ours = {"glossary": {"morning": "X"}, "glossary_id": "none", "hashtags": "both", "spacing": 5}
    plain = lt.post("/translate", json=FULL | {"q": "Good morning #travel"})
    more = lt.post("/translate", json=FULL | {"q": "Good morning #travel"} | ours)
    assert (more.status_code, more.json()) == (200, plain.json())


@pytest.mark.parametrize(
    ("request_", "error"),
    [
        (raw(b"[]"), "Invalid JSON format"),
        (raw(b"{"), "Invalid JSON format"),
        (raw(b'{"q": "a"}', "text/plain"), "Invalid request: missing q parameter"),
        (
            raw(b'{"q": "a"}', "application/x-www-form-urlencoded"),
            "Invalid request: missing q parameter",
        ),
        (
            raw(b"q=%FF", "application/x-www-form-urlencoded"),
            "Invalid request: request is not valid UTF-8",
        ),
        (raw(b"x", "multipart/form-data"), "Invalid request: form cannot be read"),
        ({}, "Invalid request: missing q parameter"),
    ],
)
@pytest.mark.parametrize("path", ["/translate", "/detect"])
def test_dialects_libretranslate_unreadable_bodies(
    lt: httpx2.Client, path: str, request_: dict[str, Any], error: str
) -> None:
    response = lt.post(path, **request_)
    assert (response.status_code, response.json()) == (400, {"error": error})


def test_dialects_libretranslate_lists_what_it_lists(lt: httpx2.Client) -> None:
    settings = lt.get("/frontend/settings").json()
    assert settings == {
        "charLimit": 20_000, "frontendTimeout": 500, "apiKeys": False, "keyRequired": False, "suggestions": False,
        "filesTranslation": False, "supportedFilesFormat": [],
        "language": {
            "source": {"code": "auto", "name": "Auto Detect"},
            "target": {"code": "zh-Hans", "name": "Chinese (Simplified)"},
        },
    }  # fmt: skip
    assert lt.get("/health").json() == {"status": "ok"}
    for path, name in (("/suggest", "Suggestions"), ("/translate_file", "Files translation")):
        response = lt.post(path, data={"q": "a"})
        assert response.status_code == 403
        assert response.json() == {"error": f"{name} are disabled on this server."}


def test_dialects_libretranslate_every_listed_code_works_both_ways(lt: httpx2.Client) -> None:
    for language in lt.get("/languages").json():
        assert set(language) == {"code", "name", "targets"}
        assert language["code"] in language["targets"]
        for target in language["targets"]:
            fields = {"q": "ok 好", "source": language["code"], "target": target}
            assert lt.post("/translate", json=fields).status_code == 200


@pytest.mark.anyio
async def test_dialects_libretranslate_with_a_model_of_one_direction(
    fake_settings: Settings,
) -> None:
    refused = UnsupportedDirection("No.", field="target_lang")
    runtime = stubbed(fake_settings, StubTranslator(refused))
    runtime.engine = SlowEngine(frozenset({("en", "zh")}))
    async with serve(fake_settings, runtime) as client:
        targets = {
            each["code"]: each["targets"] for each in (await client.get("/languages")).json()
        }
        named = await client.post("/translate", **libre(ZH, "en", "zh-TW"))
        detected = await client.post("/translate", **libre(ZH, "en", "auto"))
    assert {"zh", "zh-Hans", "zh-Hant"} <= set(targets["en"])
    assert not [code for code, listed in targets.items() if code != "en" and "en" in listed]
    not_available = "English (en) is not available as a target language from Chinese"
    assert (named.status_code, detected.status_code) == (400, 400)
    assert named.json() == {"error": f"{not_available} (Traditional) (zh-Hant)"}
    assert detected.json() == {"error": f"{not_available} (Simplified) (zh-Hans)"}
