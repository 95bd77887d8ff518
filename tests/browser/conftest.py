"""One Chromium and a live server with the fake engine, for the tests of the demo page."""

import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, expect, sync_playwright

from service.settings import Settings
from tests.browser.demo import Demo, missing, serve

CHROMIUM_ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE_MS = 20_000  # a busy machine is slow, not wrong


@pytest.fixture(scope="module")
def live_url() -> Iterator[str]:
    with serve(Settings(engine="fake", classifier="fake")) as origin:
        yield origin


# Not for the whole session: while the synchronous API is open its event loop runs, and async tests could not start
# theirs.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        missing("Chromium")
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=CHROMIUM_ARGS)
        yield chromium
        chromium.close()


@pytest.fixture
def open_demo(browser: Browser, live_url: str) -> Iterator[Callable[..., Demo]]:
    """Open the page in a fresh profile; keyword arguments describe the reader's browser.

    At the end of every test the page must have logged no error and asked no other host.
    """
    opened: list[tuple[Demo, BrowserContext]] = []

    def open_page(*, origin: str = live_url, **reader: Any) -> Demo:
        context = browser.new_context(**{"locale": "en-US", **reader})
        context.set_default_timeout(PATIENCE_MS)
        demo = Demo(context.new_page(), origin)
        demo.watch()
        demo.open()
        opened.append((demo, context))
        return demo

    yield open_page
    problems = [problem for demo, _ in opened for problem in demo.problems]
    for _, context in opened:
        context.close()
    assert problems == []


@pytest.fixture
def demo(open_demo: Callable[..., Demo]) -> Demo:
    return open_demo()
