"""The report page: what is in it, what is not (texts, scripts, addresses), and that Chromium shows it in silence."""

import re
import shutil
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest

from service.batch.borderline import Sample
from service.batch.report import ReportInput, build_report
from service.batch.report_page import mask
from service.batch.tally import SCORE_BINS, Labels, Tally, TallyPlan, Term
from service.batch.throughput import ChunkTime
from tests.batch.test_tally import LIMITS
from tests.browser.conftest import CHROMIUM_ARGS
from tests.browser.demo import missing

FIGURES = {"actions", "languages", "scores", "quality", "curves", "throughput"}


class Page(HTMLParser):
    """Tags and ids of a document, and whether every tag is closed."""

    def __init__(self, body: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.figures: set[str] = set()
        self.feed(body)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        found = dict(attrs)
        self.ids += [one for one in (found.get("id"),) if one]
        self.figures |= {one for one in (found.get("data-figure"),) if one}
        if tag not in {"meta", "link", "br"}:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def make_input(*, show_text: bool = False, labels: bool = True) -> ReportInput:
    falling = [max(1, 4000 - 40 * at) for at in range(SCORE_BINS)]
    by_language = {"en": falling, "zh": falling[::-1]}
    tally = Tally(
        rows=30_000,
        actions={"en": {"allow": 19_000, "review": 900, "block": 100},
                 "zh": {"allow": 9_900, "review": 90, "block": 10}},
        scores={"toxicity": by_language, "insult": {"en": falling}},
        rules={"<b>规则</b>": 700, "toxicity": 300},
        terms={"lexicon:zh/insult#1": Term(40, 8, "秘密 word"), "lexicon:en/insult#2": Term(9, 0, "secret")},
        views={"leet": 8},
        samples={"zh above": [Sample("k", "r9", "zh", "review", "toxicity", 0.71, 0.7, "review", "lexicon:zh/insult#1",
                                     "leet", "前面<", "证据", ">后面", "secret meaning")]},
    )  # fmt: skip
    if labels:
        tally.labels = Labels(
            {"en": [70, 30, 20, 900], "zh": [7, 3, 2, 90]},
            {"en": [1] * 1000, "zh": [0] * 999 + [9]},
            {"en": [5] * 500 + [0] * 500, "zh": [9] + [0] * 999},
            unlabelled=4,
        )
    return ReportInput(
        tally,
        TallyPlan(LIMITS, "label" if labels else None),
        inputs=["帖子.jsonl", "b.jsonl", "c.jsonl", "d.jsonl"],
        output="out.parquet",
        records=30_007,
        bad={"invalid_json": 7},
        identity={"model": "magpie-toxicity-small", "policy_version": "0123456789abcdef"},
        times=[ChunkTime(1000, 1.0, 1e9 + at) for at in range(30)],
        show_text=show_text,
    )


def test_report_is_whole_and_needs_nothing_else() -> None:
    body = build_report(make_input())
    page = Page(body)

    assert page.open == []
    assert page.figures == FIGURES
    assert not {"script", "link", "img", "iframe", "object"} & set(page.tags)
    assert len(page.ids) == len(set(page.ids))
    addresses = set(re.findall(r"https?://[^\"'\s<)]+", body))
    assert addresses <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}
    assert re.findall(r"url\((?!#)|@import", body) == []
    assert page.tags.count("table") >= len(FIGURES)
    assert "#0" not in "".join(
        re.findall(r"fill: (#0[0-9a-f]{5})", body)
    )  # every colour is the page's


def test_report_masks_texts_unless_they_are_wanted() -> None:
    hidden, shown = build_report(make_input()), build_report(make_input(show_text=True))
    for text in ("秘密", "secret", "前面", "证据", "后面", "meaning"):
        assert text not in hidden
        assert text in shown
    assert "<mark>••</mark>" in hidden
    assert "前面&lt;<mark>证据</mark>&gt;后面" in shown
    assert mask("Hi 你好, 3x! 👍") == "•• ••, ••! •"


def test_report_escapes_names_that_others_chose() -> None:
    body = build_report(make_input())
    assert "<b>规则" not in body
    assert "&lt;b&gt;规则&lt;/b&gt;" in body


def test_report_is_the_same_each_time() -> None:
    assert build_report(make_input()) == build_report(make_input())


@pytest.mark.parametrize(
    "report", [make_input(labels=False), ReportInput(Tally(), TallyPlan(label_column="label"))]
)
def test_report_without_labels_or_rows_has_fewer_parts(report: ReportInput) -> None:
    page = Page(build_report(report))
    assert page.open == []
    assert not {"quality", "curves"} & page.figures


@pytest.fixture(scope="module")
def chromium() -> Iterator[object]:
    playwright_api = pytest.importorskip("playwright.sync_api")
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        missing("Chromium")
    with playwright_api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=CHROMIUM_ARGS)
        yield opened
        opened.close()


@pytest.mark.browser
@pytest.mark.parametrize(
    "reader",
    [{"viewport": {"width": 1100, "height": 900}}, {"viewport": {"width": 390, "height": 800}},
     {"viewport": {"width": 1100, "height": 900}, "color_scheme": "dark"}],
    ids=["desk", "phone", "night"],
)  # fmt: skip
def test_report_opens_in_chromium_in_silence(
    chromium: object, tmp_path: Path, reader: dict[str, object]
) -> None:
    path = tmp_path / "report.html"
    path.write_text(build_report(make_input(show_text=True)), "utf-8")
    page = chromium.new_page(**reader)  # type: ignore[attr-defined]
    said: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))

    page.goto(path.as_uri())

    assert said == []
    assert asked == [path.as_uri()]
    for name in sorted(FIGURES):
        box = page.locator(f'figure[data-figure="{name}"] svg').bounding_box()
        assert box["width"] > 250
        assert box["height"] > 60
    wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert wide <= 0, "the page is wider than the screen"
    ink = page.evaluate("getComputedStyle(document.querySelector('svg text')).fill")
    assert ink != "rgb(1, 1, 1)"
    page.screenshot(path=tmp_path / "report.png", full_page=True)
    page.close()
