"""What every answer gets: an id, headers, a log line without texts or keys; and clients that leave."""

import asyncio
import json
import logging
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import httpx2
import pytest
from starlette.types import Receive, Scope, Send

from service.api.edge import Edge, redact_query
from service.api.errors import ErrorBorder
from service.app import create_app
from service.settings import Settings
from service.telemetry import JsonFormatter
from tests.api.harness import StubTranslator, exchange, http_scope, libre, native, serve, stubbed

pytestmark = pytest.mark.anyio

PATHS = ["/live", "/v1/languages", "/", "/nothing/here", "/languages"]


@pytest.mark.parametrize("path", PATHS)
async def test_edge_every_answer_has_an_id_and_headers(
    client: httpx2.AsyncClient, path: str
) -> None:
    first, second = await client.get(path), await client.get(path)
    assert first.headers["x-request-id"] != second.headers["x-request-id"]
    assert first.headers["x-content-type-options"] == "nosniff"
    assert first.headers["referrer-policy"] == "no-referrer"
    assert first.headers.get_list("cache-control") in (["no-store"], ["no-cache"])


@pytest.mark.parametrize("given", ["a", "A-b_9", "x" * 64])
async def test_edge_a_decent_id_is_kept(client: httpx2.AsyncClient, given: str) -> None:
    response = await client.get("/nothing", headers={"X-Request-Id": given})
    assert response.headers["x-request-id"] == given
    assert response.json()["error"]["request_id"] == given


@pytest.mark.parametrize("given", ["", "x" * 65, "a b", "a\tb", "<script>", "é", "a/b"])
async def test_edge_an_odd_id_is_replaced(client: httpx2.AsyncClient, given: str) -> None:
    response = await client.get("/live", headers={b"X-Request-Id": given.encode()})
    assert response.headers["x-request-id"] != given
    assert len(response.headers["x-request-id"]) == 16


@pytest.mark.parametrize(("path", "body"), [("/v1/translate", native), ("/translate", libre)])
async def test_edge_server_timing_is_on_translations(
    client: httpx2.AsyncClient, path: str, body: Callable[..., Any]
) -> None:
    response = await client.post(path, **body("Good morning, world"))
    stages = [part.split(";dur=") for part in response.headers["server-timing"].split(", ")]
    assert [name for name, _ in stages] == ["prepare", "queue", "inference", "finish"]
    assert all(float(milliseconds) >= 0 for _, milliseconds in stages)
    assert "server-timing" not in (await client.get("/live")).headers


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        (b"api_key=secret", "api_key=redacted"),
        (b"key=secret&token=secret", "key=redacted&token=redacted"),
        (b"q=My+private+text&source=en&target=zh", "q=redacted&source=en&target=zh"),
        (b"%61pi_key=secret", "api_key=redacted"),
        (b"source=" + b"x" * 100, "source=" + "x" * 40),
        (b"\xff=secret", "%EF%BF%BD=redacted"),
        (b"&".join([b"a=secret"] * 50), "(too many parameters)"),
        (b"flag", "flag=redacted"),
    ],
)
def test_edge_redact_query(query: bytes, shown: str) -> None:
    assert redact_query(query) == shown


async def test_edge_access_log_has_no_text_and_no_key(
    client: httpx2.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "magpie.access")
    caplog.handler.setFormatter(JsonFormatter())
    await client.post(
        "/translate",
        params={"q": "private words", "source": "en", "target": "zh", "api_key": "hush"},
    )
    await client.post(
        "/v1/translate", **native("private words"), headers={"Authorization": "Bearer hush"}
    )
    await client.get("/private/path")
    lines = [json.loads(caplog.handler.format(record)) for record in caplog.records]
    shown = [{k: line[k] for k in ("method", "route", "status")} for line in lines]
    assert shown == [
        {"method": "POST", "route": "/translate", "status": 200},
        {"method": "POST", "route": "/v1/translate", "status": 200},
        {"method": "GET", "route": "other", "status": 404},
    ]
    assert lines[0]["query"] == "q=redacted&source=en&target=zh&api_key=redacted"
    assert all(line["duration_ms"] >= 0 for line in lines)
    assert "private" not in json.dumps(lines)
    assert "hush" not in json.dumps(lines)


async def test_edge_log_lines_of_a_request_carry_its_id(
    fake_settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    seen: list[str] = []

    class Remember(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            seen.append(json.loads(JsonFormatter().format(record))["request_id"])

    handler = Remember()
    logging.getLogger("magpie.access").addHandler(handler)
    caplog.set_level(logging.INFO, "magpie.access")
    try:
        async with serve(fake_settings) as client:
            await client.get("/live", headers={"X-Request-Id": "mine"})
    finally:
        logging.getLogger("magpie.access").removeHandler(handler)
    assert seen == ["mine"]


@pytest.mark.parametrize("path", ["/v1/translate", "/translate"])
async def test_edge_our_own_faults_do_not_show_through(
    fake_settings: Settings, caplog: pytest.LogCaptureFixture, path: str
) -> None:
    caplog.handler.setFormatter(JsonFormatter())
    fault = RuntimeError("it was about PRIVATE words")
    async with serve(fake_settings, stubbed(fake_settings, StubTranslator(fault))) as client:
        body = native("Hi") if path.startswith("/v1") else libre("Hi")
        response = await client.post(path, **body)
        assert (await client.get("/live")).status_code == 200
    assert response.status_code == 500
    assert response.headers["x-request-id"]
    assert "PRIVATE" not in response.text
    assert "Traceback" not in response.text
    if path.startswith("/v1"):
        assert response.json()["error"]["code"] == "internal"
    else:
        assert response.json() == {
            "error": "Cannot translate text: The service failed unexpectedly."
        }
    [record] = [r for r in caplog.records if r.name == "magpie.http"]
    line = caplog.handler.format(record)
    assert "RuntimeError" in line
    assert "PRIVATE" not in line


async def test_edge_half_an_answer_is_cut_off() -> None:
    """After the status line there is no honest answer left but a broken connection."""

    async def broken(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise RuntimeError("in the middle")

    scope = http_scope("/live") | {"app": SimpleNamespace(state=SimpleNamespace())}
    with pytest.raises(RuntimeError, match="in the middle"):
        await exchange(Edge(broken, border=ErrorBorder({})), scope, [])


async def test_edge_leaves_other_protocols_alone() -> None:
    seen: list[str] = []

    async def inner(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope["type"])

    await exchange(Edge(inner, border=ErrorBorder({})), {"type": "websocket"}, [])
    assert seen == ["websocket"]


@pytest.mark.parametrize(
    ("path", "body"),
    [("/v1/translate", native("Hi")), ("/translate", libre("Hi"))],
)
async def test_edge_a_client_that_leaves_cancels_its_work(
    fake_settings: Settings, path: str, body: dict[str, Any]
) -> None:
    translator = StubTranslator(gate=asyncio.Event())
    runtime = stubbed(fake_settings, translator)
    app = create_app(fake_settings, runtime)
    sent_body = {"type": "http.request", "body": json.dumps(body["json"]).encode()}
    async with app.router.lifespan_context(app):
        scope = http_scope(path, content_type="application/json")
        sent = await exchange(app, scope, [sent_body, {"type": "http.disconnect"}])
    assert sent == []
    assert translator.cancelled
    assert (
        f'magpie_requests_total{{route="{path}",status="499"}} 1.0'
        in runtime.metrics.render().decode()
    )


async def test_edge_a_cancelled_task_is_not_taken_for_a_client_that_left(
    fake_settings: Settings,
) -> None:
    translator = StubTranslator(gate=asyncio.Event())
    app = create_app(fake_settings, stubbed(fake_settings, translator))
    sent_body = {"type": "http.request", "body": json.dumps(native("Hi")["json"]).encode()}
    async with app.router.lifespan_context(app):
        task = asyncio.create_task(exchange(app, http_scope("/v1/translate"), [sent_body]))
        await translator.entered.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert translator.cancelled


async def test_edge_cors_is_without_credentials(client: httpx2.AsyncClient) -> None:
    for response in (
        await client.get("/v1/languages", headers={"Origin": "https://example.com"}),
        await client.post(
            "/v1/translate", **native("Hi", "xx"), headers={"Origin": "https://example.com"}
        ),
    ):
        assert response.headers["access-control-allow-origin"] == "*"
        assert "X-Request-Id" in response.headers["access-control-expose-headers"]
        assert "access-control-allow-credentials" not in response.headers


async def preflight(client: httpx2.AsyncClient, origin: str) -> httpx2.Response:
    return await client.options(
        "/v1/translate",
        headers={
            "Origin": origin, "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization,content-type",
        },
    )  # fmt: skip


async def test_edge_cors_preflight(client: httpx2.AsyncClient) -> None:
    response = await preflight(client, "https://example.com")
    assert response.status_code == 200
    assert response.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in response.headers


@pytest.mark.parametrize(
    ("path", "method", "headers"),
    [
        ("/v1/glossaries/x", "PUT", "x-api-key"),
        ("/v1/glossaries/x", "DELETE", "authorization"),
        ("/v3/glossaries/x", "PATCH", "authorization,content-type"),
        ("/language/translate/v2", "POST", "x-goog-api-key,content-type"),
        ("/v1alpha1/comments:analyze", "POST", "x-goog-api-key"),
    ],
)
async def test_edge_cors_lets_documented_methods_and_keys_through(
    client: httpx2.AsyncClient, path: str, method: str, headers: str
) -> None:
    response = await client.options(
        path,
        headers={
            "Origin": "https://example.com", "Access-Control-Request-Method": method,
            "Access-Control-Request-Headers": headers,
        },
    )  # fmt: skip
    assert response.status_code == 200
    assert method in response.headers["access-control-allow-methods"]
    allowed = response.headers["access-control-allow-headers"].lower()
    assert all(name in allowed for name in headers.split(","))


async def test_edge_cors_lets_no_other_method_through(client: httpx2.AsyncClient) -> None:
    response = await client.options(
        "/v1/translate",
        headers={"Origin": "https://example.com", "Access-Control-Request-Method": "TRACE"},
    )
    assert response.status_code == 400


async def test_edge_cors_of_named_origins(make_settings: Callable[..., Settings]) -> None:
    settings = make_settings(cors_origins="https://one.example, https://two.example")
    async with serve(settings) as client:
        allowed = await preflight(client, "https://two.example")
        refused = await preflight(client, "https://three.example")
        plain = await client.get("/live", headers={"Origin": "https://three.example"})
    assert allowed.headers["access-control-allow-origin"] == "https://two.example"
    assert refused.status_code == 400
    assert "access-control-allow-origin" not in plain.headers


async def test_edge_cors_can_be_turned_off(make_settings: Callable[..., Settings]) -> None:
    async with serve(make_settings(cors_origins="")) as client:
        response = await client.get("/live", headers={"Origin": "https://example.com"})
        refused = await preflight(client, "https://example.com")
    assert "access-control-allow-origin" not in response.headers
    assert refused.status_code == 405
