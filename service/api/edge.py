"""The outermost layer, in plain ASGI: request ids, common headers, metrics, access log, and the last resort."""

import logging
import random
import re
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.api.errors import ErrorBorder
from service.pipeline.drivers import Timings
from service.telemetry import request_id as current_request_id
from service.telemetry import server_timing

__all__ = ["Edge", "redact_query"]

_ID = re.compile(rb"[A-Za-z0-9_-]{1,64}")
_CLIENT_GONE = (
    499  # nginx's status for a client that closed the connection; only in logs and metrics
)
_COMMON_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
)
_NO_STORE = (b"cache-control", b"no-store")
# What a log may repeat of a query; every other value may be a key or a user's text.
_PLAIN_PARAMETERS = frozenset(
    {"source", "target", "format", "alternatives", "source_lang", "target_lang"}
)
_MAX_QUERY = 2000  # code points of a query that are looked at for the log

_access = logging.getLogger("magpie.access")
_log = logging.getLogger("magpie.http")


@dataclass(slots=True)
class _Exchange:
    """One request and what has been answered so far."""

    scope: Scope
    request_id: str
    began: float = field(default_factory=time.perf_counter)
    status: int = 0  # 0 until the answer has started

    def headers(self, present: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        added = [*present, (b"x-request-id", self.request_id.encode()), *_COMMON_HEADERS]
        timings = self.scope["state"].get("timings")
        if timings is not None:
            added.append((b"server-timing", server_timing(_stages(timings)).encode()))
        if not any(name == b"cache-control" for name, _ in present):
            added.append(_NO_STORE)
        return added


class Edge:
    """Wraps the application; nothing a request can do escapes it as an exception, except a cancelled task."""

    def __init__(self, app: ASGIApp, *, border: ErrorBorder) -> None:
        self._app = app
        self._border = border

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        exchange = _Exchange(scope, _request_id(scope))
        current_request_id.set(
            exchange.request_id
        )  # for this task, and so for all log lines of the request
        # A copy: servers share one state mapping between all requests.
        scope["state"] = {**scope.get("state", {}), "request_id": exchange.request_id}

        async def send_marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                exchange.status = message["status"]
                message["headers"] = exchange.headers(message.get("headers", []))
            await send(message)

        try:
            await self._app(scope, receive, send_marked)
        except ClientDisconnect:
            exchange.status = _CLIENT_GONE
        except Exception:
            _log.exception("request failed")
            if exchange.status:
                raise  # half an answer has been sent: the server must cut the connection
            await self._border.unexpected(scope)(scope, receive, send_marked)
        finally:
            self._record(exchange)

    def _record(self, exchange: _Exchange) -> None:
        """Count and log one finished request."""
        scope = exchange.scope
        seconds = time.perf_counter() - exchange.began
        services = getattr(scope["app"].state, "services", None)
        if services is not None:
            services.runtime.metrics.request(_route(scope), exchange.status, seconds)
        if _access.isEnabledFor(logging.INFO):
            _access.info("request", extra=_access_fields(exchange, seconds))


def _request_id(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"x-request-id":
            if _ID.fullmatch(value):
                return str(value, "ascii")
            break
    return f"{random.getrandbits(64):016x}"  # finds log lines, guards nothing


def _route(scope: Scope) -> str:
    """The route's own path, so that a metric cannot get a label for whatever path someone asks for."""
    return getattr(scope.get("route"), "path", "other")


def _access_fields(exchange: _Exchange, seconds: float) -> dict[str, Any]:
    scope = exchange.scope
    fields: dict[str, Any] = {
        "method": scope["method"],
        "route": _route(scope),
        "status": exchange.status,
        "duration_ms": round(seconds * 1000, 2),
    }
    if scope["query_string"]:
        fields["query"] = redact_query(scope["query_string"])
    return fields


def redact_query(query: bytes) -> str:
    """A query fit for a log: names stay, and values only where they cannot be a key or a user's text."""
    try:
        pairs = parse_qsl(
            query[:_MAX_QUERY].decode("ascii", "replace"), keep_blank_values=True, max_num_fields=20
        )
    except ValueError:
        return "(too many parameters)"
    return urlencode(
        [
            (name[:40], value[:40] if name in _PLAIN_PARAMETERS else "redacted")
            for name, value in pairs
        ]
    )


def _stages(timings: Timings) -> dict[str, float]:
    return {
        "prepare": timings.prepare_s,
        "queue": timings.queue_s,
        "inference": timings.inference_s,
        "finish": timings.finish_s,
    }
