"""The moderation tab of the open demo page as an object."""

from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Locator, Page, Request, Response, expect

from tests.browser.demo import Demo

__all__ = ["Judge"]


@dataclass
class Judge:
    """The tab, what it asked for, and what it was answered."""

    demo: Demo
    asked: list[dict[str, Any]] = field(default_factory=list)
    answered: list[Response] = field(default_factory=list)

    @property
    def page(self) -> Page:
        return self.demo.page

    @property
    def post(self) -> Locator:
        return self.page.locator("#post")

    @property
    def verdict(self) -> Locator:
        return self.page.locator("#verdict")

    @property
    def tip(self) -> Locator:
        return self.page.locator("#tip")

    def open(self) -> None:
        """Turn to the tab, and wait until the policies are there."""
        self.page.on("request", self._request)
        self.page.on("response", self._response)
        self.page.get_by_role("tab").nth(1).click()
        expect(self.page.locator("#policy-about")).not_to_be_empty()

    def answer(self, text: str) -> AbstractContextManager[Any]:
        """Wait until ``text`` has been judged."""

        def is_it(response: Response) -> bool:
            asked = response.request.post_data_json if response.url.endswith("/v1/moderate") else {}
            return (asked or {}).get("text") == text

        return self.page.expect_response(is_it)

    def judge(self, text: str) -> dict[str, Any]:
        """Put ``text`` into the box and give the verdict on it, once the page shows it."""
        with self.answer(text):
            self.post.fill(text)
        return self.shown()

    def shown(self) -> dict[str, Any]:
        """The verdict that was answered last, once the page shows it."""
        expect(self.verdict).to_have_attribute("aria-busy", "false")
        found: dict[str, Any] = self.answered[-1].json()["verdicts"][0]
        expect(self.verdict).to_have_attribute("data-action", found["action"])
        return found

    def pieces(self, area: str, count: int) -> list[str]:
        """What is marked in ``area`` for each of ``count`` pieces of evidence."""
        marks = self.page.locator(f"{area} mark").evaluate_all(
            "marks => marks.map((mark) => [mark.dataset.evidence.split(' ').map(Number), mark.textContent])"
        )
        return ["".join(text for indices, text in marks if at in indices) for at in range(count)]

    def row(self, category: str) -> Locator:
        return self.page.locator(f'#scores [data-category="{category}"]')

    def _request(self, request: Request) -> None:
        if request.url.endswith("/v1/moderate"):
            self.asked.append(request.post_data_json or {})

    def _response(self, response: Response) -> None:
        if response.url.endswith("/v1/moderate"):
            self.answered.append(response)
