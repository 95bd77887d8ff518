"""A small HTTP/1.1 load generator on asyncio protocols; it shares the cores it measures, so it must cost little."""

import asyncio
import json
import random
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import cast

Parse = Callable[[bytes], bool]


@dataclass(slots=True)
class Load:
    """What came back: latencies in seconds, failures, and the wall time of the whole run."""

    latencies: list[float] = field(default_factory=list)
    failed: int = 0
    wall_s: float = 0.0

    @property
    def rate(self) -> float:
        return len(self.latencies) / self.wall_s


def translate_request(port: int, text: str, path: str = "/v1/translate") -> bytes:
    """A keep-alive POST that translates ``text`` into the other language."""
    target = "en" if any("\u4e00" <= c <= "\u9fff" for c in text) else "zh"
    body = json.dumps({"text": text, "target_lang": target}, ensure_ascii=False).encode()
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
    return head.encode() + b"Content-Length: %d\r\n\r\n" % len(body) + body


class _Connection(asyncio.Protocol):
    """One request at a time; ``result`` gets the status of each answer."""

    def __init__(self) -> None:
        self.buffer = b""
        self.result: asyncio.Future[int] | None = None
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's is no subclass

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        end = self.buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        head = self.buffer[:end].lower()
        at = head.find(b"content-length:")
        length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
        if len(self.buffer) >= end + 4 + length:
            status = int(head[9:12])
            self.buffer = self.buffer[end + 4 + length :]
            if self.result and not self.result.done():
                self.result.set_result(status)

    def connection_lost(self, exc: Exception | None) -> None:
        if self.result and not self.result.done():
            self.result.set_result(0)

    @property
    def open(self) -> bool:
        """A server closes connections that have been idle for some seconds."""
        return self.transport is not None and not self.transport.is_closing()

    async def send(self, request: bytes) -> int:
        assert self.transport is not None
        self.result = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        return await self.result


def _drain(idle: list[_Connection]) -> Iterator[_Connection]:
    while idle:
        yield idle.pop()


async def _connect(port: int) -> _Connection:
    loop = asyncio.get_running_loop()
    _, connection = await loop.create_connection(_Connection, "127.0.0.1", port)
    return connection


async def closed_loop(port: int, requests: Sequence[bytes], concurrency: int) -> Load:
    """``concurrency`` connections that each send the next request as soon as an answer is in."""
    load, queue = Load(), deque(requests)

    async def one() -> None:
        connection = await _connect(port)
        while queue:
            began = time.perf_counter()
            status = await connection.send(queue.popleft())
            load.failed += status != 200
            load.latencies.append(time.perf_counter() - began)
        assert connection.transport is not None
        connection.transport.close()

    began = time.perf_counter()
    await asyncio.gather(*(one() for _ in range(concurrency)))
    load.wall_s = time.perf_counter() - began
    return load


async def open_loop(port: int, requests: Sequence[bytes], rate: float, seed: int = 1) -> Load:
    """Poisson arrivals at ``rate`` a second, whatever the answers do; latency counts from the arrival."""
    load, rng = Load(), random.Random(seed)
    idle: list[_Connection] = [await _connect(port) for _ in range(32)]

    async def one(request: bytes, due: float) -> None:
        connection = next((c for c in _drain(idle) if c.open), None) or await _connect(port)
        status = await connection.send(request)
        load.failed += status != 200
        load.latencies.append(time.perf_counter() - due)
        idle.append(connection)

    began = due = time.perf_counter()
    tasks = []
    for request in requests:
        due += rng.expovariate(rate)
        delay = due - time.perf_counter()
        if delay > 0:
            await asyncio.sleep(delay)
        tasks.append(asyncio.create_task(one(request, due)))
    await asyncio.gather(*tasks)
    load.wall_s = time.perf_counter() - began
    return load
