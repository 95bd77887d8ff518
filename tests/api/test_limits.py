"""API keys, rate limits, and bodies that are read only up to a limit."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from starlette.requests import ClientDisconnect, Request
from starlette.types import Message

from service.api.limits import ApiKeys, RateLimiter, client_of, read_body
from service.errors import PayloadTooLarge, RateLimited
from service.settings import Settings
from tests.api.harness import http_scope, libre, native, serve

KEYS = "alpha, beta-键 ,,gamma"


def test_limits_no_keys_let_everybody_in() -> None:
    for keys in ("", " , ,"):
        assert not ApiKeys(keys).required


@pytest.mark.parametrize(
    ("given", "found"), [("alpha", "key-0"), ("beta-键", "key-1"), ("gamma", "key-2")]
)
def test_limits_keys_are_identified(given: str, found: str) -> None:
    assert ApiKeys(KEYS).identify(given) == found


def test_limits_a_key_in_a_header_may_be_utf8() -> None:
    header = "beta-键".encode().decode("latin-1")  # as a server gives it
    assert ApiKeys(KEYS).identify(header) == "key-1"


@pytest.mark.parametrize(
    "given", [None, "", "alph", "alphaa", "ALPHA", "alpha,beta", "\ud800", "键"]
)
def test_limits_wrong_keys_are_not(given: str | None) -> None:
    keys = ApiKeys(KEYS)
    assert keys.required
    assert keys.identify(given) is None


def test_limits_no_rule_limits_nothing() -> None:
    limiter = RateLimiter("")
    assert not limiter.active
    assert limiter.rule == ""
    for _ in range(1000):
        limiter.hit("anybody")


def test_limits_rule_counts_each_client_by_itself() -> None:
    limiter = RateLimiter("2/minute")
    assert limiter.rule == "2 per 1 minute"
    for client in ("a", "b", "a", "b"):
        limiter.hit(client)
    with pytest.raises(RateLimited) as caught:
        limiter.hit("a")
    error = caught.value
    assert error.message == "Slowdown: 2 per 1 minute"
    assert error.limit == 2
    assert error.retry_after_s is not None
    assert 50 < error.retry_after_s <= 60


@pytest.mark.parametrize("rule", ["many", "3 per fortnight", "per minute"])
def test_limits_unreadable_rule_is_refused_at_once(rule: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        RateLimiter(rule)


def test_limits_idle_clients_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.api.limits._MOST_CLIENTS", 10)
    limiter = RateLimiter("5/minute")
    for at in range(20):
        limiter.hit(f"client-{at}")
    events = limiter._storage.events
    for name in list(events)[:15]:
        events[name] = []  # what the library leaves of a client whose requests have expired
    limiter.hit("one more")
    assert len(events) == 6


@pytest.mark.parametrize(
    ("host", "client"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("not:an:address", "not:an:address"),
        ("testclient", "testclient"),
    ],
)
def test_limits_client_is_an_address_or_an_ipv6_network(host: str, client: str) -> None:
    assert client_of(Request({**http_scope("/"), "client": (host, 1)})) == client


def test_limits_client_without_an_address_is_empty() -> None:
    assert client_of(Request({**http_scope("/"), "client": None})) == ""


def request_of(messages: Sequence[Message], **headers: str) -> Request:
    pending = list(messages)

    async def receive() -> Message:
        return pending.pop(0)

    return Request(http_scope("/", **headers), receive)


def chunk(body: bytes, more: bool = False) -> Message:
    return {"type": "http.request", "body": body, "more_body": more}


@pytest.mark.anyio
@pytest.mark.parametrize(
    "messages",
    [
        [chunk(b"hello")],
        [chunk(b"he", True), chunk(b"", True), chunk(b"llo")],
        [chunk(b"hello", True), {"type": "http.request"}],
    ],
)
async def test_limits_body_is_put_together(messages: list[Message]) -> None:
    assert await read_body(request_of(messages), 5) == b"hello"


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("messages", "headers", "actual"),
    [
        ([], {"content_length": "6"}, 6),  # refused before a byte is read
        ([], {"content_length": "9" * 5000}, 10**18 - 1),
        ([chunk(b"hello!")], {}, 6),
        ([chunk(b"hell", True), chunk(b"o!!", True)], {}, 7),  # refused before the end
        ([chunk(b"hello!")], {"content_length": "-3"}, 6),
        ([chunk(b"hello!")], {"content_length": "5"}, 6),  # a header that lies
    ],
)
async def test_limits_body_over_the_limit(
    messages: list[Message], headers: dict[str, str], actual: int
) -> None:
    with pytest.raises(PayloadTooLarge) as caught:
        await read_body(request_of(messages, **headers), 5)
    assert (caught.value.limit, caught.value.actual) == (5, actual)


@pytest.mark.anyio
async def test_limits_body_of_a_client_that_left() -> None:
    with pytest.raises(ClientDisconnect):
        await read_body(request_of([chunk(b"he", True), {"type": "http.disconnect"}]), 5)


WAYS: list[dict[str, Any]] = [
    {"headers": {"Authorization": "Bearer alpha"}},
    {"headers": {"authorization": "bearer  alpha "}},
    {"headers": {"X-API-Key": "alpha"}},
    {"params": {"api_key": "alpha"}},
]


@pytest.mark.anyio
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/translate", native("Hi")), ("/v1/detect", {"json": {"text": "Hi"}}),
        ("/translate", libre("Hi")), ("/detect", {"json": {"q": "Hi"}}),
    ],
)  # fmt: skip
async def test_limits_every_way_to_give_a_key(
    make_settings: Callable[..., Settings], way: dict[str, Any], path: str, body: dict[str, Any]
) -> None:
    async with serve(make_settings(api_keys=KEYS)) as client:
        assert (await client.post(path, **body, **way)).status_code == 200
        refused = await client.post(path, **body)
    if path.startswith("/v1"):
        assert refused.status_code == 401
        assert refused.headers["www-authenticate"] == "Bearer"
        assert refused.json()["error"]["code"] == "unauthorized"
    else:
        assert refused.status_code == 400
        assert refused.json() == {"error": "Please contact the server operator to get an API key"}


@pytest.mark.anyio
@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "Bearer no"},
        {"Authorization": "Basic alpha"},
        {"Authorization": "alpha"},
        {"X-API-Key": "ALPHA"},
    ],
)
async def test_limits_wrong_key_is_refused(
    make_settings: Callable[..., Settings], headers: dict[str, str]
) -> None:
    async with serve(make_settings(api_keys=KEYS)) as client:
        response = await client.post("/v1/translate", **native("Hi"), headers=headers)
        assert response.status_code == 401
        assert "alpha" not in response.text


@pytest.mark.anyio
@pytest.mark.parametrize(
    "path",
    ["/live", "/ready", "/info", "/metrics", "/v1/languages", "/languages", "/frontend/settings"],
)
async def test_limits_keys_and_rates_do_not_hold_where_nothing_is_translated(
    make_settings: Callable[..., Settings], path: str
) -> None:
    async with serve(make_settings(api_keys=KEYS, rate_limit="1/hour")) as client:
        for _ in range(3):
            assert (await client.get(path)).status_code == 200


@pytest.mark.anyio
async def test_limits_rate_is_counted_by_key_and_answers_when_to_come_back(
    make_settings: Callable[..., Settings],
) -> None:
    async with serve(make_settings(api_keys=KEYS, rate_limit="2 per 1 minute")) as client:

        async def ask(key: str) -> Any:
            return await client.post("/v1/translate", **native("Hi"), headers={"X-API-Key": key})

        assert [(await ask("alpha")).status_code for _ in range(3)] == [200, 200, 429]
        assert (await ask("gamma")).status_code == 200
        limited = await ask("alpha")
        shown = await client.post("/translate", **libre("Hi", api_key="alpha"))
    assert 1 <= int(limited.headers["retry-after"]) <= 60
    error = limited.json()["error"]
    assert (error["code"], error["limit"], error["retryable"]) == ("rate_limited", 2, True)
    assert shown.status_code == 429
    assert 1 <= int(shown.headers["retry-after"]) <= 60
    assert shown.json() == {"error": "Slowdown: 2 per 1 minute"}


@pytest.mark.anyio
async def test_limits_guessing_keys_is_limited_too(make_settings: Callable[..., Settings]) -> None:
    async with serve(make_settings(api_keys=KEYS, rate_limit="2 per 1 minute")) as client:
        guesses = [
            await client.post("/v1/translate", **native("Hi"), headers={"X-API-Key": f"guess-{at}"})
            for at in range(3)
        ]
        right = await client.post("/v1/translate", **native("Hi"), headers={"X-API-Key": "alpha"})
    assert [guess.status_code for guess in guesses] == [401, 401, 429]
    assert right.status_code == 200
