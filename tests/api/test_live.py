"""A real server on a free port: real disconnects, a stop under load, real clients' ways to post."""

import json
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest

from service.batcher import Batcher
from service.metrics import Metrics
from service.pipeline.drivers import TranslationService
from service.runtime import Runtime
from service.settings import Settings
from tests.api.harness import START_S, SlowEngine, serve_live

PATIENCE_S = 10.0


@pytest.fixture
def slow(fake_settings: Settings) -> Iterator[tuple[Runtime, SlowEngine]]:
    """A runtime whose engine answers only when it is told to; it skips the warm-up."""
    engine, metrics = SlowEngine(), Metrics()

    class Unwarmed(Runtime):
        async def start(self) -> None:
            await self.batcher.start()

    batcher: Batcher[Any, Any] = Batcher(
        lambda key, items: engine.translate(items, key),  # type: ignore[arg-type]  # keys are DecodeOptions
        max_batch_cost=4096, max_queued_cost=200_000, observer=metrics,
    )  # fmt: skip
    translator = TranslationService(engine, batcher, metrics, beam_size=1, cache_entries=0)
    yield Unwarmed(fake_settings, engine, batcher, translator, metrics), engine
    engine.release.set()


def until(condition: Callable[[], bool]) -> None:
    give_up = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < give_up, "nothing happened in time"
        time.sleep(0.01)


@pytest.fixture(scope="module")
def http() -> Iterator[httpx2.Client]:
    with httpx2.Client(timeout=PATIENCE_S) as client:
        yield client


def counted(metrics: Metrics, line: str) -> float:
    found = re.search(rf"^{re.escape(line)} (\S+)$", metrics.render().decode(), re.MULTILINE)
    return float(found[1]) if found else 0.0


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/translate", {"text": "Good morning, world", "target_lang": "zh"}),
        ("/translate", {"q": "Good morning, world", "source": "en", "target": "zh"}),
    ],
)
def test_live_a_closed_connection_frees_its_place_in_the_queue(
    slow: tuple[Runtime, SlowEngine], http: httpx2.Client, path: str, body: dict[str, Any]
) -> None:
    runtime, engine = slow
    encoded = json.dumps(body).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(encoded)}\r\n\r\n"
    )
    with serve_live(runtime.settings, runtime) as (url, _):
        address = urlsplit(url)
        clients = []
        for at in range(3):  # the first occupies the engine, the others wait
            connection = socket.create_connection((address.hostname, address.port), PATIENCE_S)
            connection.sendall(head.encode() + encoded.replace(b"world", b"wor%dd" % at))
            clients.append(connection)
        until(engine.entered.is_set)
        until(lambda: runtime.batcher.queued_cost > 0)
        for connection in clients:
            connection.close()
        until(
            lambda: (
                counted(runtime.metrics, f'magpie_requests_total{{route="{path}",status="499"}}')
                == 3
            )
        )
        until(lambda: runtime.batcher.queued_cost == 0)
        engine.release.set()
        assert http.post(url + path, json=body).status_code == 200


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/translate", {"text": "Good morning", "target_lang": "zh"}),
        ("/translate", {"q": "Good morning", "source": "en", "target": "zh"}),
    ],
)
def test_live_a_stop_under_load_lets_answers_in_flight_finish(
    slow: tuple[Runtime, SlowEngine], http: httpx2.Client, path: str, body: dict[str, Any]
) -> None:
    runtime, engine = slow
    with serve_live(runtime.settings, runtime) as (url, server), ThreadPoolExecutor(8) as pool:
        answers = [pool.submit(http.post, url + path, json=body) for _ in range(8)]
        until(engine.entered.is_set)
        until(lambda: len(server.server_state.tasks) == 8)
        server.should_exit = True  # what SIGTERM sets
        time.sleep(0.3)  # long enough for the server to notice
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((urlsplit(url).hostname, urlsplit(url).port), PATIENCE_S)
        engine.release.set()
        assert {answer.result(START_S).status_code for answer in answers} == {200}


def test_live_chunked_body_over_the_limit(make_settings: Callable[..., Settings]) -> None:
    with serve_live(make_settings(max_body_bytes=1000)) as (url, _):
        address = urlsplit(url)
        with socket.create_connection((address.hostname, address.port), PATIENCE_S) as connection:
            connection.sendall(
                b"POST /v1/translate HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n"
                + b"320\r\n" + b" " * 800 + b"\r\n" + b"320\r\n" + b" " * 800 + b"\r\n0\r\n\r\n"
            )  # fmt: skip
            answer = ""
            while '"payload_too_large"' not in answer and (part := connection.recv(65536)):
                answer += part.decode()
    assert answer.startswith("HTTP/1.1 413")
    assert '"payload_too_large"' in answer


def test_live_many_threads_at_once(fake_settings: Settings, http: httpx2.Client) -> None:
    texts = [f"Good morning number {at}" for at in range(40)] + ["今天天气真好"] * 10
    lock = threading.Lock()
    answers: dict[str, set[str]] = {}

    def ask(text: str) -> None:
        target = "en" if "天" in text else "zh"
        response = http.post(f"{url}/v1/translate", json={"text": text, "target_lang": target})
        assert response.status_code == 200
        with lock:
            answers.setdefault(text, set()).add(response.json()["translations"][0]["text"])

    with serve_live(fake_settings) as (url, _), ThreadPoolExecutor(16) as pool:
        list(pool.map(ask, texts * 3))
    assert all(len(found) == 1 for found in answers.values())
    assert len({next(iter(found)) for found in answers.values()}) == len(set(texts))
