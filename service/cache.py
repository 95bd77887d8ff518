"""What need not be translated twice: a bounded cache of answers, and one call for identical ones in flight.

Both belong to one event loop; nothing here is locked.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from enum import Enum
from hashlib import blake2b
from typing import Generic, TypeVar

__all__ = ["LruCache", "SharedCalls", "key"]

T = TypeVar("T")
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


class _Abandoned(Enum):
    """What the waiters get when the caller that led their call was cancelled."""

    ABANDONED = 0


class SharedCalls(Generic[V]):
    """Lets identical calls in flight share one. Nothing is kept after a call has ended.

    The first caller of a key leads: it runs the call itself, with no task of its own. Its result or error reaches
    everyone who came meanwhile. A cancelled waiter disturbs nobody; when the leader is cancelled, the one who has
    waited longest starts the call anew.
    """

    def __init__(self) -> None:
        self._waiting: dict[bytes, list[asyncio.Future[V | _Abandoned]]] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def __contains__(self, key: bytes) -> bool:
        return key in self._waiting

    async def run(self, key: bytes, call: Callable[[], Awaitable[V]]) -> V:
        """The result of the call in flight under ``key``, or of ``call`` when there is none."""
        while (waiting := self._waiting.get(key)) is not None:
            future = asyncio.get_running_loop().create_future()
            waiting.append(future)
            result: V | _Abandoned = await future
            if not isinstance(result, _Abandoned):
                return result
        return await self._lead(key, call)

    async def _lead(self, key: bytes, call: Callable[[], Awaitable[V]]) -> V:
        waiting = self._waiting[key] = []
        try:
            value = await call()
        except Exception as error:
            for future in _open(waiting):
                future.set_exception(error)
            raise
        except BaseException:
            for future in _open(waiting):
                future.set_result(_Abandoned.ABANDONED)
            raise
        else:
            for future in _open(waiting):
                future.set_result(value)
            return value
        finally:
            del self._waiting[key]


def _open(futures: list[asyncio.Future[T]]) -> list[asyncio.Future[T]]:
    """Those whose waiter is still there."""
    return [future for future in futures if not future.done()]
