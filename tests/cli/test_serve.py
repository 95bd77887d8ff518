"""`magpie serve` as a process: ready line, exit codes, and an end that loses no answer."""

import asyncio
import json
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from service.cli import serve
from tests.serving import ROOT, Served, environment, serving

MAGPIE = [sys.executable, "-m", "service.cli.main", "serve"]
BODY = json.dumps({"text": "Good morning", "target_lang": "zh"}).encode()
HEAD = (
    b"POST /v1/translate HTTP/1.1\r\nHost: magpie\r\nContent-Type: application/json\r\n"
    b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % len(BODY)
)


def get(url: str) -> tuple[int, dict[str, object]]:
    with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 - our own server
        return answer.status, json.loads(answer.read())


def fails(*words: str, **settings: object) -> tuple[int, str]:
    """Exit code and stderr of a service that cannot start."""
    env = environment(**{"engine": "fake", "port": 0, **settings})
    done = subprocess.run(
        [*MAGPIE, *words], cwd=ROOT, env=env, capture_output=True, text=True, timeout=30
    )
    assert done.stdout == ""
    return done.returncode, done.stderr


@contextmanager
def half_sent(running: Served) -> Iterator[socket.socket]:
    """A request that the service is working on: it has said that it wants the body, which has not been sent."""
    address = urlsplit(running.url)
    with socket.create_connection((address.hostname, address.port or 0), timeout=20) as client:
        client.sendall(HEAD)
        assert client.recv(100).startswith(b"HTTP/1.1 100")
        yield client


def refuses_connections(running: Served) -> bool:
    address = urlsplit(running.url)
    try:
        socket.create_connection((address.hostname, address.port or 0), timeout=5).close()
    except ConnectionError:  # refused, or reset while it waited to be accepted
        return True
    return False


def read_all(client: socket.socket) -> bytes:
    return b"".join(iter(lambda: client.recv(65536), b""))


def test_serve_says_when_it_is_ready_and_is(tmp_path: Path) -> None:
    with serving(tmp_path) as running:
        assert running.url.startswith("http://127.0.0.1:")
        assert get(f"{running.url}/ready")[1]["status"] == "ready"
        assert running.stop() == 0
        assert running.process.stdout is not None
        assert running.process.stdout.read() == ""  # nothing but the one line


def test_serve_flags_override_the_environment(tmp_path: Path) -> None:
    env = environment(engine="fake", classifier="fake", port=1, max_items=3)
    with serving(
        tmp_path, "--port", "0", "--max-text-chars", "77", "--no-demo", env=env
    ) as running:
        limits = get(f"{running.url}/info")[1]["limits"]
        assert isinstance(limits, dict)
        assert limits["max_items"] == 3
        assert limits["max_text_chars"] == 77
        with pytest.raises(urllib.error.HTTPError, match="404"):
            get(f"{running.url}/")


def test_serve_listens_on_ipv6_too(tmp_path: Path) -> None:
    with serving(tmp_path, "--host", "::1") as running:
        assert running.url.startswith("http://[::1]:")
        assert get(f"{running.url}/live")[0] == 200


def test_serve_port_that_is_taken_is_exit_code_1() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        code, error = fails("--port", str(taken.getsockname()[1]))
    assert code == 1
    assert error.startswith("magpie serve: cannot listen on 127.0.0.1 port ")
    assert error.count("\n") == 1


@pytest.mark.parametrize(
    "settings", [{"max_items": "many"}, {"port": 70000}, {"rate_limit": "often"}], ids=str
)
def test_serve_bad_setting_is_exit_code_2(settings: dict[str, object]) -> None:
    code, error = fails(**settings)
    assert code == 2
    assert f"MAGPIE_{next(iter(settings)).upper()}" in error
    assert "Traceback" not in error


def test_serve_without_a_model_is_exit_code_3(tmp_path: Path) -> None:
    code, error = fails("--engine", "ct2", "--model", str(tmp_path / "none"))
    assert code == 3
    assert error.startswith("magpie serve: ")
    assert "Traceback" not in error


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_serve_finishes_an_answer_in_flight_before_it_ends(
    number: signal.Signals, tmp_path: Path
) -> None:
    with serving(tmp_path) as running:
        with half_sent(running) as client:
            running.process.send_signal(number)
            while not refuses_connections(running):
                pass
            client.sendall(BODY)
            answer = read_all(client)
        assert answer.startswith(b"HTTP/1.1 200")
        assert json.loads(answer.partition(b"\r\n\r\n")[2])["translations"]
        assert running.process.wait(20) == 0
        assert "Traceback" not in running.errors.read_text()


def test_serve_waits_no_longer_than_it_is_told_to(tmp_path: Path) -> None:
    with serving(tmp_path, "--drain-timeout-s", "0.5") as running, half_sent(running):
        began = time.monotonic()
        assert running.stop(timeout_s=20) == 0
        assert time.monotonic() - began < 8


def test_serve_idle_connections_do_not_hold_it(tmp_path: Path) -> None:
    with serving(tmp_path) as running:
        address = urlsplit(running.url)
        with socket.create_connection((address.hostname, address.port or 0)) as client:
            client.sendall(b"GET /live HTTP/1.1\r\nHost: magpie\r\n\r\n")
            assert client.recv(100).startswith(b"HTTP/1.1 200")
            began = time.monotonic()
            assert running.stop() == 0
            assert time.monotonic() - began < 5


_HANGING = """
import sys, threading
from models import fakes
from service.cli.main import main
translate = fakes.FakeEngine.translate
def hang(self, segments, options):
    if any("hang" in segment.text for segment in segments):
        print("the engine hangs", file=sys.stderr, flush=True)
        threading.Event().wait()
    return translate(self, segments, options)
fakes.FakeEngine.translate = hang
sys.exit(main(sys.argv[1:]))
"""


def test_serve_leaves_without_an_engine_that_hangs(tmp_path: Path) -> None:
    command = (sys.executable, "-c", _HANGING)
    with serving(tmp_path, "--drain-timeout-s", "0.5", command=command) as running:
        address = urlsplit(running.url)
        with socket.create_connection((address.hostname, address.port or 0)) as client:
            body = b'{"text": "please hang now", "target_lang": "zh"}'
            head = (
                b"POST /v1/translate HTTP/1.1\r\nHost: magpie\r\nContent-Type: application/json\r\n"
            )
            client.sendall(head + b"Content-Length: %d\r\n\r\n" % len(body) + body)
            _wait_for(running, "the engine hangs")
            assert running.stop(timeout_s=20) == 1
    assert "did not stop in time" in running.errors.read_text()


def _wait_for(running: Served, words: str) -> None:
    until = time.monotonic() + 10
    while words not in running.errors.read_text():
        assert time.monotonic() < until, "the engine was never reached"
        time.sleep(0.05)


@pytest.mark.parametrize(
    ("peer", "headers", "expected"),
    [
        ("127.0.0.1", [], ("127.0.0.1", "http")),
        ("127.0.0.1", [(b"x-forwarded-for", b"203.0.113.7")], ("203.0.113.7", "http")),
        ("127.0.0.1", [(b"x-forwarded-proto", b"https")], ("127.0.0.1", "https")),
        # Whoever is not a trusted proxy cannot choose the address that the rate limit counts.
        ("198.51.100.1", [(b"x-forwarded-for", b"203.0.113.7")], ("198.51.100.1", "http")),
        ("127.0.0.1", [(b"x-forwarded-for", b"1.2.3.4, 203.0.113.7")], ("203.0.113.7", "http")),
    ],
)
def test_serve_believes_forwarded_headers_of_trusted_proxies_only(
    peer: str,
    headers: list[tuple[bytes, bytes]],
    expected: tuple[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("FORWARDED_ALLOW_IPS", raising=False)
    seen: list[tuple[str, str]] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append((scope["client"][0], scope["scheme"]))

    scope = {"type": "http", "scheme": "http", "client": (peer, 5000), "headers": headers}
    asyncio.run(_call(serve._behind_proxies(app), scope))
    assert seen == [expected]


def test_serve_trusts_the_proxies_that_the_environment_names(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "198.51.100.0/24")
    seen: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope["client"][0])

    for peer in ("198.51.100.9", "127.0.0.1"):
        headers = [(b"x-forwarded-for", b"203.0.113.7")]
        scope = {"type": "http", "scheme": "http", "client": (peer, 5000), "headers": headers}
        asyncio.run(_call(serve._behind_proxies(app), scope))
    assert seen == ["203.0.113.7", "127.0.0.1"]


async def _call(app: Any, scope: dict[str, Any]) -> None:
    """Neither side sends anything."""

    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        raise AssertionError(message)

    await app(scope, receive, send)
