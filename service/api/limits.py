"""Who may ask and how often: API keys, the rate limit of one client, and the largest body that is read."""

import hashlib
import hmac
import ipaddress
import time
from collections.abc import Iterable
from contextlib import suppress

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.requests import ClientDisconnect, Request

from service.errors import PayloadTooLarge, RateLimited, Unauthorized

__all__ = ["ApiKeys", "KeyMissing", "RateLimiter", "client_of", "read_body"]

_MOST_CLIENTS = 10_000  # remembered by the rate limiter before idle ones are forgotten
_MOST_DIGITS = 18  # of a Content-Length; enough for an exabyte


class KeyMissing(Unauthorized):
    """No API key was given where one is required (a wrong key is plain ``Unauthorized``)."""


class ApiKeys:
    """The keys that are let in. Comparison takes the same time whichever key matches, or none."""

    def __init__(self, keys: str) -> None:
        """``keys`` is a comma-separated list; an empty one lets everybody in."""
        names = [key.strip() for key in keys.split(",")]
        self._digests = tuple(_digest(key) for key in names if key)

    @property
    def required(self) -> bool:
        return bool(self._digests)

    def identify(self, candidate: str | None) -> str | None:
        """A stable id of the key that matches, for rate limiting; None when no key does.

        Headers arrive as Latin-1, whatever bytes they hold: such a candidate is read as UTF-8, too.
        """
        given = [_digest(candidate or "")]
        with suppress(UnicodeError):
            given.append(_digest((candidate or "").encode("latin-1").decode()))
        found: str | None = None
        for at, digest in enumerate(self._digests):
            for one in given:
                if hmac.compare_digest(one, digest):
                    found = f"key-{at}"
        return found


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()


class RateLimiter:
    """At most ``rule`` requests of one client, such as ``30 per 1 minute``, over a moving window in memory."""

    def __init__(self, rule: str) -> None:
        """Raises ``ValueError`` for a rule that cannot be read; an empty one limits nothing."""
        self._item = parse(rule) if rule.strip() else None
        if self._item is not None:
            self._storage = MemoryStorage()
            self._window = MovingWindowRateLimiter(self._storage)

    @property
    def active(self) -> bool:
        return self._item is not None

    @property
    def rule(self) -> str:
        return "" if self._item is None else str(self._item)

    def hit(self, client: str) -> None:
        """Count one request of ``client``. Raises ``RateLimited`` when that is one too many."""
        if self._item is None:
            return
        if len(self._storage.events) > _MOST_CLIENTS:
            self._forget_idle()
        if not self._window.hit(self._item, client):
            raise self._slowdown(self._item, client)

    def check(self, client: str) -> None:
        """Raise ``RateLimited`` where a request of ``client`` would be one too many, without counting one."""
        if self._item is not None and not self._window.test(self._item, client):
            raise self._slowdown(self._item, client)

    def _slowdown(self, item: RateLimitItem, client: str) -> RateLimited:
        reset = self._window.get_window_stats(item, client).reset_time
        return RateLimited(
            f"Slowdown: {item}",
            limit=item.amount,
            retry_after_s=max(reset - time.time(), 0.0),
        )

    def _forget_idle(self) -> None:
        """The storage empties a client's list of requests but keeps the list; addresses would add up for ever."""
        for client, events in list(self._storage.events.items()):
            if not events:
                self._storage.events.pop(client, None)


def client_of(request: Request) -> str:
    """The address a client is counted by. One IPv6 network (/64) counts as one client, since its hosts are free."""
    host = request.client.host if request.client else ""
    if ":" not in host:
        return host
    try:
        return str(ipaddress.IPv6Network((host.partition("%")[0], 64), strict=False))
    except ValueError:
        return host


def declared_length(headers: Iterable[tuple[bytes, bytes]]) -> int | None:
    """The Content-Length of a request, or None when it is absent or not a number."""
    for name, value in headers:
        if name == b"content-length":
            return int(value[:_MOST_DIGITS]) if value.isdigit() else None
    return None


async def read_body(request: Request, limit: int) -> bytes:
    """The whole body. Raises ``PayloadTooLarge`` before reading, or while reading, more than ``limit`` bytes."""
    declared = declared_length(request.scope["headers"])
    if declared is not None and declared > limit:
        raise _too_large(limit, declared)
    receive = request.receive
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        chunk: bytes = message.get("body", b"")
        size += len(chunk)
        if size > limit:
            raise _too_large(limit, size)
        chunks.append(chunk)
        if not message.get("more_body", False):
            return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def _too_large(limit: int, actual: int) -> PayloadTooLarge:
    return PayloadTooLarge("The request body is too large.", limit=limit, actual=actual)
