"""The short way and the long way through the application give the same answers."""

import json
from typing import Any

import httpx2
import pytest

pytestmark = pytest.mark.anyio

ORIGIN = {"origin": "https://forum.example"}
BODIES: list[tuple[str, bytes]] = [
    ("/v1/translate", b'{"text": "Good morning!", "target_lang": "zh"}'),
    ("/v1/translate", '{"text": ["早上好", "Hi"], "target_lang": "en"}'.encode()),
    ("/v1/translate", b'{"text": "Hello", "target_lang": "xx"}'),
    ("/v1/translate", b'{"text": 5, "target_lang": "zh"}'),
    ("/v1/translate", b"{"),
    ("/v1/detect", b'{"text": "Good morning!"}'),
    ("/translate", b'{"q": "Good morning!", "source": "auto", "target": "zh"}'),
    ("/translate", b'{"source": "auto", "target": "zh"}'),
]
VARYING = {"x-request-id", "server-timing", "date"}
ACROSS = {"access-control-allow-origin", "access-control-expose-headers", "vary"}


def comparable(response: Any) -> tuple[int, Any, dict[str, str]]:
    body = json.loads(response.content)
    if isinstance(body, dict) and isinstance(body.get("error"), dict):
        body["error"].pop("request_id", None)
    headers = {k: v for k, v in response.headers.items() if k not in VARYING | ACROSS}
    return response.status_code, body, headers


@pytest.mark.parametrize(("path", "body"), BODIES, ids=range(len(BODIES)))
async def test_both_ways_answer_alike(client: httpx2.AsyncClient, path: str, body: bytes) -> None:
    json_type = {"content-type": "application/json"}
    short = await client.post(path, content=body, headers=json_type)
    long = await client.post(path, content=body, headers=json_type | ORIGIN)
    assert comparable(short) == comparable(long)
    assert "x-request-id" in short.headers


async def test_only_the_long_way_answers_other_origins(client: httpx2.AsyncClient) -> None:
    body = {"text": "Hello", "target_lang": "zh"}
    near = await client.post("/v1/translate", json=body)
    assert "access-control-allow-origin" not in near.headers
    crossing = await client.post("/v1/translate", json=body, headers=ORIGIN)
    assert crossing.headers["access-control-allow-origin"] == "*"


async def test_another_method_takes_the_long_way(client: httpx2.AsyncClient) -> None:
    response = await client.get("/v1/translate")
    assert response.status_code == 405
    assert response.json()["error"]["code"] == "method_not_allowed"


async def test_the_route_is_counted_by_its_template(client: httpx2.AsyncClient) -> None:
    await client.post("/v1/detect", json={"text": "Hello"})
    counted = (await client.get("/metrics")).text
    assert 'magpie_requests_total{route="/v1/detect",status="200"} 1.0' in counted
