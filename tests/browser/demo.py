"""The open demo page as an object, a live server for it, and what to do where Chromium is missing."""

import os
import re
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Any, NoReturn
from urllib.parse import urlsplit

import pytest
import uvicorn
from playwright.sync_api import ConsoleMessage, Locator, Page, Request, Response, expect

from service.app import create_app
from service.settings import Settings

__all__ = ["Demo", "missing", "serve", "stop_clock"]

START_S = 30.0
# Read here, because no test sees the shell's MAGPIE_* any more.
REQUIRED = os.environ.get("CI") == "true" or os.environ.get("MAGPIE_REQUIRE_BROWSER") == "1"


def missing(what: str) -> NoReturn:
    """Skip because ``what`` is not installed, or fail where the browser tests must run."""
    message = f"{what} is not installed, so the demo page is NOT tested (apt-get install chromium fonts-noto-cjk)"
    if REQUIRED:
        pytest.fail(message)
    pytest.skip(message)


@contextmanager
def serve(settings: Settings) -> Iterator[str]:
    """Run the service on a free port in a thread; gives its origin."""
    config = uvicorn.Config(
        create_app(settings), host="127.0.0.1", port=0, log_config=None, ws="none", lifespan="on"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    give_up = time.monotonic() + START_S
    while not server.started:
        assert thread.is_alive(), "the server stopped while starting"
        assert time.monotonic() < give_up, "the server did not start in time"
        time.sleep(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(timeout=START_S)


def stop_clock(page: Page) -> None:
    """From now on the page's timers run only in ``clock.run_for``, however slow the machine is."""
    page.clock.install(time=0)
    page.clock.pause_at(1)


@dataclass
class Demo:
    """The open page, what it asked for, and what went wrong on it."""

    page: Page
    origin: str
    faults_expected: bool = False  # the browser itself logs every failed request as an error
    problems: list[str] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)
    answered: list[Response] = field(default_factory=list)

    @property
    def source(self) -> Locator:
        return self.page.locator("#source")

    @property
    def output(self) -> Locator:
        return self.page.locator("#output")

    @property
    def toast(self) -> Locator:
        return self.page.get_by_role("alert")

    def watch(self) -> None:
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.problems.append(f"script error: {error}"))
        self.page.on("request", self._request)
        self.page.on("response", self._response)

    def open(self) -> Response:
        with self.page.expect_response("**/info"):
            response = self.page.goto(self.origin + "/")
        assert response is not None
        expect(self.page.locator("#about")).not_to_be_empty()
        return response

    @contextmanager
    def answer(self) -> Iterator[None]:
        """Wait until what is done inside has been answered and drawn."""
        with self.expect_translation():
            yield
        self.settled()

    def expect_translation(self) -> AbstractContextManager[Any]:
        return self.page.expect_response(lambda response: response.url.endswith("/v1/translate"))

    def settled(self) -> None:
        expect(self.output).to_have_attribute("aria-busy", "false")
        expect(self.output).not_to_have_class(re.compile("stale"))

    def translate(self, text: str) -> dict[str, Any]:
        """Put ``text`` into the box and give the service's answer for it, once the page shows it.

        The page may ask twice: a text that is in the target language already is translated the other way.
        """
        with self.answer():
            self.source.fill(text)
        answer: dict[str, Any] = self.answered[-1].json()["translations"][0]
        expect(self.output).to_have_text(answer["text"])
        return answer

    def marks(self, area: str) -> list[tuple[str, str]]:
        """Kind and text of the highlights in ``area``."""
        found = self.page.locator(f"{area} mark").evaluate_all(
            "marks => marks.map((mark) => [mark.dataset.kind, mark.textContent])"
        )
        return [(kind, text) for kind, text in found]

    def _console(self, message: ConsoleMessage) -> None:
        failed_request = message.text.startswith("Failed to load resource")
        if message.type in ("error", "warning") and not (self.faults_expected and failed_request):
            self.problems.append(f"console {message.type}: {message.text}")

    def _request(self, request: Request) -> None:
        if urlsplit(request.url).netloc != urlsplit(self.origin).netloc:
            self.problems.append(f"request to another host: {request.url}")
        if request.url.endswith("/v1/translate"):
            self.asked.append(request.post_data_json or {})

    def _response(self, response: Response) -> None:
        if response.url.endswith("/v1/translate"):
            self.answered.append(response)
