"""The real application around fakes: over ASGI in this process, or on a free port of this machine."""

import asyncio
import json
import threading
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import httpx2
import uvicorn
from starlette.types import ASGIApp, Message

from models.interfaces import DecodeOptions, EngineInfo, Hypothesis, Segment
from service.app import create_app
from service.domain import Detection, Lang, Translation, TranslationRequest
from service.pipeline.drivers import Timings
from service.runtime import Runtime, build_runtime
from service.settings import Settings

START_S = 20.0


@asynccontextmanager
async def serve(
    settings: Settings, runtime: Runtime | None = None, **options: Any
) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of the started application; ``options`` go to the transport."""
    app = create_app(settings, runtime)
    async with app.router.lifespan_context(app):
        transport = httpx2.ASGITransport(app=app, **options)
        async with httpx2.AsyncClient(transport=transport, base_url="http://test") as client:
            yield client


@contextmanager
def serve_live(
    settings: Settings, runtime: Runtime | None = None
) -> Iterator[tuple[str, uvicorn.Server]]:
    """The application on a free port, in a thread: its address, and its server to stop early."""
    config = uvicorn.Config(
        create_app(settings, runtime), host="127.0.0.1", port=0, log_config=None, access_log=False,
        timeout_graceful_shutdown=5,
    )  # fmt: skip
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    give_up = time.monotonic() + START_S
    while not server.started:
        assert thread.is_alive(), "the server stopped while starting"
        assert time.monotonic() < give_up, "the server did not start in time"
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}", server
    finally:
        server.should_exit = True
        thread.join(START_S)


class StubTranslator:
    """Stands where the translation service stands: raises ``error``, or waits for ``gate`` and then copies."""

    def __init__(
        self, error: BaseException | None = None, gate: asyncio.Event | None = None
    ) -> None:
        self.error = error
        self.gate = gate
        self.entered = asyncio.Event()
        self.cancelled = False

    async def translate(
        self,
        requests: Sequence[TranslationRequest],
        *,
        deadline: float,
        timings: Timings | None = None,
    ) -> list[Translation]:
        self.entered.set()
        if self.error is not None:
            raise self.error
        try:
            if self.gate is not None:
                await self.gate.wait()
        except asyncio.CancelledError:
            self.cancelled = True
            raise
        return [Translation(r.text, r.source_lang, r.target_lang, None) for r in requests]

    def detect(self, text: str) -> Detection:
        if self.error is not None:
            raise self.error
        return Detection(Lang.EN, 1.0)

    def close(self) -> None:
        pass


def stubbed(settings: Settings, translator: StubTranslator) -> Runtime:
    """A runtime on the fake engine, whose translator is the stub once it has warmed up."""
    runtime = build_runtime(settings)
    start = runtime.start

    class Stubbed(Runtime):
        async def start(self) -> None:
            await start()
            self.warmed_up = runtime.warmed_up
            self.translator = translator  # type: ignore[assignment]  # a stub

    return Stubbed(settings, runtime.engine, runtime.batcher, runtime.translator, runtime.metrics)


class SlowEngine:
    """An engine that takes its time: every call waits until ``release`` is set."""

    def __init__(
        self, directions: frozenset[tuple[str, str]] = frozenset({("en", "zh"), ("zh", "en")})
    ) -> None:
        self.info = EngineInfo("slow", "fake", directions, 512)
        self.release = threading.Event()
        self.entered = threading.Event()

    def count_tokens(self, text: str, source_lang: str) -> int:
        return len(text)

    def translate(
        self, segments: Sequence[Segment], options: DecodeOptions
    ) -> list[list[Hypothesis]]:
        self.entered.set()
        self.release.wait(START_S)
        return [[Hypothesis("你好世界。", -0.1, 4)] for _ in segments]

    def close(self) -> None:
        self.release.set()


async def exchange(
    app: ASGIApp, scope: dict[str, Any], messages: Sequence[Message]
) -> list[Message]:
    """Send raw ASGI messages to ``app`` and give what it sent back; then it hears nothing more for ever."""
    sent: list[Message] = []
    pending = list(messages)

    async def receive() -> Message:
        if pending:
            return pending.pop(0)
        await asyncio.Event().wait()
        raise AssertionError("unreachable")

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope, receive, send)
    return sent


def http_scope(path: str, method: str = "POST", **headers: str) -> dict[str, Any]:
    return {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http",
        "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "",
        "headers": [(k.replace("_", "-").encode(), v.encode()) for k, v in headers.items()],
        "client": ("127.0.0.1", 1), "server": ("test", 80), "state": {},
    }  # fmt: skip


def native(text: object, target: object = "zh", **fields: object) -> dict[str, Any]:
    return {"json": {"text": text, "target_lang": target, **fields}}


def libre(
    q: object, target: object = "zh", source: object = "auto", **fields: object
) -> dict[str, Any]:
    return {"json": {"q": q, "target": target, "source": source, **fields}}


def raw(body: bytes, media_type: str = "application/json") -> dict[str, Any]:
    return {"content": body, "headers": {"content-type": media_type}}


def dumps(value: object) -> bytes:
    """JSON with every non-ASCII character escaped, so that lone surrogates can be sent."""
    return json.dumps(value).encode()
