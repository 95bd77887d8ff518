"""Clients are let in before their bodies are looked at, in every dialect that reads JSON and forms."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx2
import pytest

from service.settings import Settings
from tests.api.harness import serve

pytestmark = pytest.mark.anyio

BROKEN = {"content": b"{broken", "headers": {"content-type": "application/json"}}


@dataclass(frozen=True)
class Route:
    path: str
    key_missing: int  # status of a request without a key
    key: Mapping[str, str] = field(default_factory=dict)  # headers with the key
    query: str = ""  # the key in the query
    in_body: Mapping[str, Any] = field(default_factory=dict)  # a good body that holds the key


ROUTES = {
    "libretranslate": Route(
        "/translate", 400, {"authorization": "Bearer alpha"}, "api_key=alpha",
        {"q": "Hi", "source": "en", "target": "zh", "api_key": "alpha"},
    ),
    "libretranslate-detect": Route(
        "/detect", 400, {"authorization": "Bearer alpha"}, "api_key=alpha", {"q": "Hi", "api_key": "alpha"},
    ),
    "deepl": Route(
        "/v2/translate", 403, {"authorization": "DeepL-Auth-Key alpha"}, "auth_key=alpha",
        {"text": ["Hi"], "target_lang": "ZH", "auth_key": "alpha"},
    ),
    "deepl-glossaries": Route(
        "/v3/glossaries", 403, {"authorization": "DeepL-Auth-Key alpha"}, "auth_key=alpha",
    ),
    "google": Route(
        "/language/translate/v2", 403, {"x-goog-api-key": "alpha"}, "key=alpha",
        {"q": "Hi", "target": "zh-CN", "key": "alpha"},
    ),
    "google-detect": Route(
        "/language/translate/v2/detect", 403, {"x-goog-api-key": "alpha"}, "key=alpha",
        {"q": "Hi", "key": "alpha"},
    ),
    "imme": Route("/imme", 401, {"authorization": "Bearer alpha"}, "token=alpha"),
    "kiss": Route("/kiss", 401, {"authorization": "Bearer alpha"}, "token=alpha"),
    "hcfy": Route("/hcfy", 401, {"authorization": "Bearer alpha"}, "token=alpha"),
    "deeplx": Route("/deeplx", 401, {"authorization": "Bearer alpha"}, "key=alpha"),
    "gtx": Route("/translate_a/single", 401, {"authorization": "Bearer alpha"}, "token=alpha"),
}  # fmt: skip
with_key_in_body = pytest.mark.parametrize(
    "route",
    [r for r in ROUTES.values() if r.in_body],
    ids=[n for n, r in ROUTES.items() if r.in_body],
)
every_route = pytest.mark.parametrize("route", ROUTES.values(), ids=ROUTES)


def settings(**changed: Any) -> Settings:
    return Settings(engine="fake", moderation=False, **changed)


async def post(client: httpx2.AsyncClient, route: Route, **sent: Any) -> httpx2.Response:
    return await client.post(route.path, **sent)


@every_route
async def test_admission_over_the_rate_limit_comes_before_the_body(route: Route) -> None:
    async with serve(settings(rate_limit="1/hour")) as client:
        first = await post(client, route, **BROKEN)
        second = await post(client, route, **BROKEN)
    assert first.status_code == 400
    assert second.status_code == 429
    assert "retry-after" in second.headers


@every_route
async def test_admission_a_missing_or_wrong_key_comes_before_a_broken_body(route: Route) -> None:
    async with serve(settings(api_keys="alpha")) as client:
        missing = await post(client, route, **BROKEN)
        wrong = {name: value.replace("alpha", "beta") for name, value in route.key.items()}
        refused = await post(
            client, route, content=b"{broken", headers={"content-type": "application/json"} | wrong
        )
        entered = await post(
            client, route, content=b"{broken",
            headers={"content-type": "application/json"} | dict(route.key),
        )  # fmt: skip
        by_query = await client.post(f"{route.path}?{route.query}", **BROKEN)
    assert missing.status_code == route.key_missing
    assert refused.status_code in (400, 401, 403)
    assert "API key" in refused.text
    assert entered.status_code == by_query.status_code == 400


@with_key_in_body
async def test_admission_takes_a_key_in_the_body(route: Route) -> None:
    async with serve(settings(api_keys="alpha")) as client:
        entered = await post(client, route, json=dict(route.in_body))
        wrong = {
            name: "beta" if value == "alpha" else value for name, value in route.in_body.items()
        }
        refused = await post(client, route, json=wrong)
    assert entered.status_code == 200
    assert refused.status_code in (400, 401, 403)


@every_route
async def test_admission_guessed_keys_are_limited_without_reading_more(route: Route) -> None:
    """Where the key may be in the body the address counts, and once it is over, bodies are read no more."""
    async with serve(settings(api_keys="alpha", rate_limit="2/hour")) as client:
        for _ in range(2):
            assert (await post(client, route, **BROKEN)).status_code == route.key_missing
        limited = await post(client, route, **BROKEN)
        good = await post(
            client, route, content=b"{broken",
            headers={"content-type": "application/json"} | dict(route.key),
        )  # fmt: skip
    assert limited.status_code == 429
    assert good.status_code == 400  # a good key has its own count
