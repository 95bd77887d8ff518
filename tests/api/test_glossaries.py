"""Glossaries of the native API: with a request, and stored as JSON, TSV or CSV."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from service.api.glossary_schemas import GlossariesOut, GlossaryInfoOut, GlossaryOut
from service.settings import Settings
from tests.api.harness import dumps, native, raw, serve

pytestmark = pytest.mark.anyio

URL = "/v1/glossaries"
CAMPUS = {
    "name": "校园",
    "terms": {"zh-en": {"宝子": "bestie", "种草": "recommend"}, "en-zh": {"bestie": "宝子"}},
}
TSV, CSV = "text/tab-separated-values", "text/csv"


@pytest.fixture(scope="module")
async def http() -> AsyncIterator[httpx2.AsyncClient]:
    async with serve(Settings(engine="fake", classifier="fake")) as started:
        yield started


async def stored(http: httpx2.AsyncClient, body: object = CAMPUS) -> str:
    response = await http.post(URL, json=body)
    assert response.status_code == 201, response.text
    return GlossaryInfoOut.model_validate_json(response.content).id


async def translated(http: httpx2.AsyncClient, text: object, target: str, **fields: Any) -> Any:
    response = await http.post("/v1/translate", **native(text, target, **fields))
    assert response.status_code == 200, response.text
    found = [each["text"] for each in response.json()["translations"]]
    return found if isinstance(text, list) else found[0]


def error_of(response: httpx2.Response, status: int = 400) -> tuple[str, str | None]:
    assert response.status_code == status, response.text
    error = response.json()["error"]
    return error["code"], error["field"]


@pytest.mark.parametrize(
    ("text", "target", "glossary", "said"),
    [
        ("我的同桌来了，大家好", "en", {"同桌": "deskmate"}, "deskmate"),
        ("All my deskmates are here today", "zh", {"deskmate": "同桌"}, "同桌"),
        ("我的同桌 DESKMATE 来了，大家好", "en", {"同桌": "Best & <dear>"}, "Best & <dear>"),
    ],
)
async def test_glossaries_terms_of_a_request(
    http: httpx2.AsyncClient, text: str, target: str, glossary: dict[str, str], said: str
) -> None:
    assert said not in await translated(http, text, target)
    assert said in await translated(http, text, target, glossary=glossary)
    [first, second] = await translated(http, [text, "123"], target, glossary=glossary)
    assert said in first
    assert second == "123"


async def test_glossaries_terms_in_html_are_escaped(http: httpx2.AsyncClient) -> None:
    html = "<p>我的宝子来了，大家好</p>"
    text = await translated(http, html, "en", format="html", glossary={"宝子": "<b>&"})
    assert "&lt;b&gt;&amp;" in text


async def test_glossaries_with_moderation(http: httpx2.AsyncClient) -> None:
    text = await translated(
        http, "我的宝子来了，大家好", "en", glossary={"宝子": "bestie"}, moderate=True
    )
    assert "bestie" in text


async def test_glossaries_stored_terms_and_own_ones_before_them(http: httpx2.AsyncClient) -> None:
    made = await stored(http)
    zh, en = "我的宝子来了，大家好", "My bestie is here today"
    assert "bestie" in await translated(http, zh, "en", glossary_id=made)
    assert "宝子" in await translated(http, en, "zh", glossary_id=made)
    assert "宝子" in await translated(http, en, "zh-TW", glossary_id=made, source_lang="en")
    own = await translated(http, zh, "en", glossary_id=made, glossary={"宝子": "dear"})
    assert "dear" in own
    assert "bestie" not in own


@pytest.mark.parametrize(
    ("fields", "status", "code", "field"),
    [
        ({"glossary": {f"词{at}": "word" for at in range(201)}}, 413, "too_many_items", "glossary"),
        ({"glossary": {"词" * 201: "word"}}, 400, "invalid_request", "glossary"),
        ({"glossary": {"词": "w" * 201}}, 400, "invalid_request", "glossary"),
        ({"glossary": {"词": ""}}, 400, "invalid_request", "glossary"),
        ({"glossary": {" ": "word"}}, 400, "invalid_request", "glossary"),
        ({"glossary": {"词": "a\nb"}}, 400, "invalid_request", "glossary"),
        ({"glossary": {"词": "a\0"}}, 400, "invalid_request", "glossary"),
        ({"glossary": {"词": 5}}, 400, "invalid_request", "glossary"),
        ({"glossary": [["词", "word"]]}, 400, "invalid_request", "glossary"),
        ({"glossary": "词"}, 400, "invalid_request", "glossary"),
        ({"glossary_id": 5}, 400, "invalid_request", "glossary_id"),
        ({"glossary_id": "PRIVATE"}, 404, "not_found", "glossary_id"),
        ({"glossary_id": "x" * 10_000}, 404, "not_found", "glossary_id"),
    ],
)  # fmt: skip
async def test_glossaries_bad_terms_of_a_request(
    http: httpx2.AsyncClient, fields: dict[str, Any], status: int, code: str, field: str
) -> None:
    response = await http.post("/v1/translate", **native("你好世界", "en", **fields))
    assert error_of(response, status) == (code, field)
    assert "PRIVATE" not in response.text
    assert "词" not in response.text


async def test_glossaries_without_the_direction_say_so(http: httpx2.AsyncClient) -> None:
    made = await stored(http, {"name": "a", "terms": {"zh-en": {"宝子": "bestie"}}})
    response = await http.post("/v1/translate", **native("Hello", "zh", glossary_id=made))
    assert error_of(response) == ("invalid_request", "glossary_id")


async def test_glossaries_a_large_one_on_a_long_text(http: httpx2.AsyncClient) -> None:
    terms = {f"word{at}x": f"词{at}" for at in range(5000)}
    made = await stored(http, {"name": "large", "terms": {"en-zh": terms}})
    text = "It is a nice day. " * 1000 + "We saw word4999x there."
    assert "词4999" in await translated(http, text, "zh", glossary_id=made)
    await http.delete(f"{URL}/{made}")


async def test_glossaries_create_read_update_delete(http: httpx2.AsyncClient) -> None:
    made = await stored(http)
    response = await http.get(f"{URL}/{made}")
    shown = GlossaryOut.model_validate_json(response.content)
    assert (shown.name, shown.terms, shown.counts) == (
        CAMPUS["name"], CAMPUS["terms"], {"zh-en": 2, "en-zh": 1},
    )  # fmt: skip
    listed = GlossariesOut.model_validate_json((await http.get(URL)).content).glossaries
    assert made in [each.id for each in listed]
    changed = await http.put(f"{URL}/{made}", json={"name": "b", "terms": {"zh-en": {"a": "b"}}})
    assert GlossaryInfoOut.model_validate_json(changed.content).counts == {"zh-en": 1}
    gone = await http.delete(f"{URL}/{made}")
    assert (gone.status_code, gone.content) == (204, b"")
    for method in ("GET", "PUT", "DELETE"):
        body = CAMPUS if method == "PUT" else None
        missing = await http.request(method, f"{URL}/{made}", json=body)
        assert error_of(missing, 404) == ("not_found", "glossary_id")


@pytest.mark.parametrize(
    ("media", "form", "table"),
    [(TSV, "tsv", "宝子\tbestie\n种草\trecommend\n"), (CSV, "csv", '宝子,bestie\n"a,b",c\n')],
)
async def test_glossaries_tables_go_in_and_out(
    http: httpx2.AsyncClient, media: str, form: str, table: str
) -> None:
    query = {"name": "表", "direction": "zh-en"}
    body = raw(table.encode(), f"{media}; charset=utf-8")
    made = (await http.post(URL, params=query, **body)).json()["id"]
    shown = await http.get(f"{URL}/{made}", params={"format": form})
    assert shown.text == table
    assert shown.headers["content-type"].startswith(media)
    put = await http.put(f"{URL}/{made}", params={"direction": "en-zh"}, **raw(b"hi\thello", TSV))
    assert put.json()["counts"] == {"zh-en": 2, "en-zh": 1}
    both = await http.get(f"{URL}/{made}", params={"format": form})
    assert error_of(both) == ("invalid_request", "direction")
    query = {"format": form, "direction": "zh-en"}
    assert (await http.get(f"{URL}/{made}", params=query)).text == table


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": "a"}, "terms"),
        ({"name": "", "terms": {}}, "name"),
        ({"name": " ", "terms": {}}, "name"),
        ({"name": "x" * 201, "terms": {}}, "name"),
        ({"name": "a\0b", "terms": {}}, "name"),
        ({"name": 5, "terms": {}}, "name"),
        ({"name": "a", "terms": []}, "terms"),
        ({"name": "a", "terms": {"zh-fr": {"a": "b"}}}, "terms"),
        ({"name": "a", "terms": {"zh-en": {"a": ""}}}, "terms.zh-en"),
        ({"name": "a", "terms": {"zh-en": {"a": "b", " a": "c"}}}, "terms.zh-en"),
        ({"name": "a", "terms": {"zh-en": {"a": None}}}, "terms"),
        ({"name": "a", "terms": {}, "colour": 1}, "colour"),
    ],
)
async def test_glossaries_bad_bodies(http: httpx2.AsyncClient, body: object, field: str) -> None:
    assert error_of(await http.post(URL, json=body)) == ("invalid_request", field)


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[]", b"null", b"[" * 50_000])
async def test_glossaries_unreadable_bodies(http: httpx2.AsyncClient, body: bytes) -> None:
    assert error_of(await http.post(URL, **raw(body)))[0] == "invalid_request"


@pytest.mark.parametrize(
    ("query", "media", "body", "status", "code", "field"),
    [
        ({"name": "a", "direction": "zh-en"}, TSV, b"a\tb\xff", 400, "invalid_text", "entries"),
        ({"name": "a", "direction": "zh-en"}, TSV, b"a", 400, "invalid_request", "entries"),
        ({"name": "a"}, TSV, b"a\tb", 400, "invalid_request", "direction"),
        ({"name": "a", "direction": "zh-fr"}, TSV, b"a\tb", 400, "invalid_request", "direction"),
        ({"direction": "zh-en"}, TSV, b"a\tb", 400, "invalid_request", "name"),
        ({"name": "", "direction": "zh-en"}, TSV, b"a\tb", 400, "invalid_request", "name"),
        ({"name": "a", "direction": "zh-en"}, "text/plain", b"a\tb", 415, "unsupported_media_type", None),
        ({"name": "a", "direction": "zh-en"}, TSV, b"a\tb" * 700_000, 413, "payload_too_large", None),
        ({"name": "a", "direction": "zh-en"}, TSV, b"".join(b"%d\tb\n" % n for n in range(5001)), 413,
         "too_many_items", "entries"),
    ],
)  # fmt: skip
async def test_glossaries_bad_tables(
    http: httpx2.AsyncClient, query: dict[str, str], media: str, body: bytes, status: int, code: str,
    field: str | None,
) -> None:  # fmt: skip
    response = await http.post(URL, params=query, **raw(body, media))
    assert error_of(response, status) == (code, field)


async def test_glossaries_half_of_a_surrogate_pair(http: httpx2.AsyncClient) -> None:
    body = {"name": "\ud83d", "terms": {}}
    assert error_of(await http.post(URL, **raw(dumps(body)))) == ("invalid_text", "name")
    body = {"name": "a", "terms": {"zh-en": {"a": "\ud83d"}}}
    assert error_of(await http.post(URL, **raw(dumps(body)))) == ("invalid_text", "terms")


async def test_glossaries_need_the_key_where_there_is_one() -> None:
    settings = Settings.model_validate({"engine": "fake", "classifier": "fake", "api_keys": "good"})
    one = f"{URL}/x"
    async with serve(settings) as http:
        for method, path in (("GET", URL), ("GET", one), ("DELETE", one)):
            assert error_of(await http.request(method, path), 401)[0] == "unauthorized"
        for method, path in (("POST", URL), ("PUT", one)):
            refused = await http.request(method, path, json=CAMPUS)
            assert error_of(refused, 401)[0] == "unauthorized"
        known = await http.post(URL, json=CAMPUS, headers={"Authorization": "Bearer good"})
        assert known.status_code == 201


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [("DELETE", URL, "GET, POST"), ("POST", f"{URL}/x", "DELETE, GET, PUT")],
)
async def test_glossaries_wrong_methods_name_all_right_ones(
    http: httpx2.AsyncClient, method: str, path: str, allowed: str
) -> None:
    response = await http.request(method, path)
    assert error_of(response, 405)[0] == "method_not_allowed"
    assert response.headers["allow"] == allowed


async def test_glossaries_in_a_file_are_there_after_a_restart(tmp_path: Path) -> None:
    settings = Settings(
        engine="fake", classifier="fake", glossaries_path=str(tmp_path / "terms.db")
    )
    async with serve(settings) as http:
        made = await stored(http)
    async with serve(settings) as http:
        assert (await http.get(f"{URL}/{made}")).json()["terms"] == CAMPUS["terms"]
