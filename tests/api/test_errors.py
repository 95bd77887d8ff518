"""Errors on the wire: the status table is complete, and the framework's own errors have our shape."""

import json
import re
from pathlib import Path
from typing import Any

import httpx2
import pytest
from starlette.exceptions import HTTPException
from starlette.requests import Request

from service.api.errors import STATUS, ErrorBorder, render_native, retry_after
from service.api.schemas import ErrorOut
from service.errors import NotReady, Overloaded, RateLimited, ServiceError
from service.settings import Settings
from tests.api.harness import StubTranslator, http_scope, native, serve, stubbed

DOCS = Path(__file__).parents[2] / "docs"


def tree(error: type[ServiceError] = ServiceError) -> list[type[ServiceError]]:
    """The class and everything below it."""
    return [error, *(below for child in error.__subclasses__() for below in tree(child))]


def test_errors_every_code_has_a_status_and_every_status_a_code() -> None:
    assert {error.code for error in tree()} == set(STATUS)


@pytest.mark.parametrize("code", STATUS)
def test_errors_every_code_is_documented(code: str) -> None:
    text = (DOCS / "errors.md").read_text("utf-8")
    [row] = re.findall(rf"^\| `{code}` \| (\d+) \| (yes|no) \|", text, re.MULTILINE)
    error = next(e for e in tree() if e.code == code)
    assert row == (str(STATUS[code]), "yes" if error.retryable else "no")


@pytest.mark.parametrize(
    ("seconds", "header"),
    [(None, "1"), (0.0, "1"), (0.2, "1"), (1.0, "1"), (1.01, "2"), (59.5, "60")],
)
def test_errors_retry_after_is_in_whole_seconds_and_never_early(
    seconds: float | None, header: str
) -> None:
    assert retry_after(Overloaded("Full.", retry_after_s=seconds), 503) == {"Retry-After": header}
    assert retry_after(RateLimited("Slow.", retry_after_s=seconds), 429) == {"Retry-After": header}
    assert retry_after(ServiceError("x", retry_after_s=seconds), 500) == {}


@pytest.mark.parametrize("error", tree(), ids=lambda error: error.__name__)
def test_errors_native_shape(error: type[ServiceError]) -> None:
    made = error("What went wrong.", field="text[1]", limit=5, actual=6, retry_after_s=2.5)
    response = render_native(made, "an-id")
    assert response.status_code == STATUS[error.code]
    assert ("retry-after" in response.headers) == (response.status_code in (429, 503))
    body = ErrorOut.model_validate_json(bytes(response.body)).error
    assert body.model_dump() == {
        "code": error.code, "message": "What went wrong.", "field": "text[1]", "limit": 5, "actual": 6,
        "retryable": error.retryable, "request_id": "an-id",
    }  # fmt: skip


NOWHERE = [
    "/nothing",
    "/v1/translate/",
    "/v1",
    "/v1/translate/x",
    "/docs",
    "/translate/",
    "/v2/document",
]


@pytest.mark.anyio
@pytest.mark.parametrize("path", NOWHERE)
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_errors_unknown_paths(client: httpx2.AsyncClient, method: str, path: str) -> None:
    response = await client.request(method, path)
    assert response.status_code == 404
    assert ErrorOut.model_validate_json(response.content).error.code == "not_found"


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/v1/translate", "POST"), ("DELETE", "/v1/detect", "POST"), ("POST", "/v1/languages", "GET"),
        ("POST", "/live", "GET"), ("PUT", "/", "GET, HEAD"), ("OPTIONS", "/v1/translate", "POST"),
    ],
)  # fmt: skip
async def test_errors_wrong_methods(
    client: httpx2.AsyncClient, method: str, path: str, allowed: str
) -> None:
    response = await client.request(method, path)
    assert response.status_code == 405
    assert sorted(response.headers["allow"].split(", ")) == sorted(allowed.split(", "))
    assert ErrorOut.model_validate_json(response.content).error.code == "method_not_allowed"


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/translate"), ("GET", "/detect"), ("POST", "/languages"), ("POST", "/health")],
)
async def test_errors_wrong_methods_of_libretranslate(
    client: httpx2.AsyncClient, method: str, path: str
) -> None:
    response = await client.request(method, path)
    assert response.status_code == 405
    assert response.headers["allow"]
    assert response.json() == {"error": "The method is not allowed for the requested URL."}


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("raised", "status", "code"),
    [
        (HTTPException(418, "PRIVATE"), 400, "invalid_request"),
        (HTTPException(502, "PRIVATE"), 500, "internal"),
        (NotReady("Not yet."), 503, "not_ready"),
    ],
)
async def test_errors_of_the_framework_are_translated(
    fake_settings: Settings, raised: Exception, status: int, code: str
) -> None:
    runtime = stubbed(fake_settings, StubTranslator(raised))
    async with serve(fake_settings, runtime) as client:
        response = await client.post("/v1/translate", **native("Hi"))
    assert response.status_code == status
    assert ErrorOut.model_validate_json(response.content).error.code == code
    assert "PRIVATE" not in response.text


@pytest.mark.anyio
async def test_errors_border_does_not_swallow_what_is_not_its_own() -> None:
    border, request = ErrorBorder({}), Request(http_scope("/"))
    for handle in (border.on_service_error, border.on_http_error):
        with pytest.raises(KeyError):
            await handle(request, KeyError("x"))


@pytest.mark.anyio
async def test_errors_repeat_nothing_of_a_text(client: httpx2.AsyncClient) -> None:
    secret = "PRIVATE-words"
    bodies: list[dict[str, Any]] = [
        {"text": secret, "target_lang": secret},
        {"text": secret, "target_lang": "zh", "format": secret},
        {"text": [secret, 5], "target_lang": "zh"},
        {"text": secret, "target_lang": "zh", "alternatives": secret},
    ]
    for body in bodies:
        response = await client.post("/v1/translate", json=body)
        assert response.status_code == 400
        assert secret not in response.text
    cut = json.dumps(bodies[0])[:-4].encode()
    response = await client.post("/v1/translate", content=cut)
    assert response.status_code == 400
    assert secret not in response.text
