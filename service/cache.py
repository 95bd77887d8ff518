"""What need not be translated twice: a bounded cache of answers, and one call for identical ones in flight.

Both belong to one event loop; nothing here is locked.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from hashlib import blake2b
from typing import Generic, TypeVar

__all__ = ["LruCache", "SharedCalls", "key"]

V = TypeVar("V")


def key(*parts: str) -> bytes:
    """A 32-byte digest of ``parts``, each with its length: no two lists of strings share a key.

    A digest, so that what waits in a cache does not hold the text a second time. Any string is
    allowed, lone surrogates too.
    """
    digest = blake2b(digest_size=32)
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        digest.update(len(data).to_bytes(8, "big") + data)
    return digest.digest()


class LruCache(Generic[V]):
    """Keeps the ``entries`` values used last; 0 keeps none. ``hits`` and ``misses`` count ``get``."""

    def __init__(self, entries: int) -> None:
        self.hits = 0
        self.misses = 0
        self._entries = entries
        self._values: OrderedDict[bytes, V] = OrderedDict()

    def __len__(self) -> int:
        return len(self._values)

    def get(self, key: bytes) -> V | None:
        """The value, or None when it is not there."""
        value = self._values.get(key)
        if value is None:
            self.misses += 1
            return None
        self.hits += 1
        self._values.move_to_end(key)
        return value

    def put(self, key: bytes, value: V) -> None:
        """Store ``value``, not None, as the one used last; the one unused for longest gives way."""
        self._values[key] = value
        self._values.move_to_end(key)
        if len(self._values) > self._entries:
            self._values.popitem(last=False)


@dataclass(slots=True)
class _Call(Generic[V]):
    task: asyncio.Task[V]
    waiters: int = 0


class SharedCalls(Generic[V]):
    """Lets identical calls in flight share one. Nothing is kept after a call has ended.

    A cancelled waiter does not disturb the others; the call is cancelled with its last waiter. Its
    error reaches every waiter.
    """

    def __init__(self) -> None:
        self._calls: dict[bytes, _Call[V]] = {}

    def __len__(self) -> int:
        return len(self._calls)

    async def run(self, key: bytes, call: Callable[[], Awaitable[V]]) -> V:
        """The result of the call in flight under ``key``, started with ``call`` when there is none."""
        shared = self._calls.get(key)
        if shared is None:
            shared = _Call(asyncio.create_task(_awaited(call)))
            self._calls[key] = shared
            shared.task.add_done_callback(lambda task: self._ended(key, shared, task))
        shared.waiters += 1
        try:
            return await asyncio.shield(shared.task)
        finally:
            shared.waiters -= 1
            if not shared.waiters and not shared.task.done():
                self._forget(key, shared)  # at once: a later caller must not join what is ending
                shared.task.cancel()

    def _ended(self, key: bytes, shared: _Call[V], task: asyncio.Task[V]) -> None:
        self._forget(key, shared)
        if not task.cancelled():
            task.exception()  # seen: an error after the last waiter has gone is nobody's news

    def _forget(self, key: bytes, shared: _Call[V]) -> None:
        if self._calls.get(key) is shared:
            del self._calls[key]


async def _awaited(call: Callable[[], Awaitable[V]]) -> V:
    return await call()
