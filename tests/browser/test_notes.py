"""Footnotes, glossary and quality on the translation tab, with the bundled engine: it knows how to copy a term."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from service.settings import Settings
from tests.browser.demo import Demo, serve

pytestmark = pytest.mark.browser

SLANG = "这家店的生煎真的绝绝子，yyds！排队也值得，yyds"
EMOJI_SLANG = "👩‍👩‍👧‍👦🇨🇳😭 姐妹们谁懂啊🧑🏽‍🍳真的绝绝子，xswl"
WIDTHS = [320, 390, 768, 1280]


@pytest.fixture(scope="module")
def live_url() -> Iterator[str]:
    with serve(Settings(classifier="fake")) as origin:
        yield origin


def references(demo: Demo) -> Locator:
    return demo.page.locator("#references .reference")


def notes(demo: Demo) -> Locator:
    return demo.page.locator(".note-list > li")


def add_term(demo: Demo, source: str, target: str) -> None:
    """Add a row and wait for the answer that it changes."""
    if not demo.page.locator("#glossary-rows").is_visible():
        demo.page.locator("#glossary").evaluate("(box) => (box.open = true)")
    demo.page.get_by_role("button", name="Add a term").click()
    number = demo.page.locator("#glossary-rows li").count()
    demo.page.get_by_label(f"Term {number}", exact=True).fill(source)
    demo.page.get_by_label(f"Translation of term {number}").fill(target)


def asked_with(demo: Demo, **wanted: Any) -> Any:
    """Wait for the answer to a request that has these fields."""

    def is_it(response: Any) -> bool:
        if not response.url.endswith("/v1/translate"):
            return False
        asked = response.request.post_data_json or {}
        return all(asked.get(name) == value for name, value in wanted.items())

    return demo.page.expect_response(is_it)


# --- footnotes --------------------------------------------------------------------------------


def test_notes_explain_slang_and_number_it_in_the_text(demo: Demo) -> None:
    demo.translate(SLANG)
    expect(references(demo)).to_have_text(["1", "2", "2"])  # equal terms share a note
    expect(notes(demo)).to_have_count(2)
    expect(notes(demo).nth(0)).to_contain_text("绝绝子")
    expect(notes(demo).nth(1)).to_contain_text("永远的神 · the GOAT")
    expect(notes(demo).nth(1)).to_contain_text("the highest praise")
    expect(notes(demo).nth(1)).to_contain_text("×2")


def test_notes_explain_english_slang_in_the_language_of_the_page(demo: Demo) -> None:
    demo.page.get_by_label("Translate to").select_option("zh-Hans")
    demo.translate("ngl everyone here is so kind 😭")
    expect(notes(demo)).to_contain_text("Opens an honest opinion")
    demo.page.get_by_role("button", name="中文").click()
    expect(demo.page.get_by_role("heading", name="文中的流行语与暗码")).to_be_visible()
    expect(notes(demo)).to_contain_text("用来引出真心话")
    expect(demo.page.get_by_role("link", name="注释 1：ngl")).to_be_visible()


def test_notes_are_reached_and_left_by_keyboard(demo: Demo) -> None:
    demo.translate(SLANG)
    page = demo.page
    address = page.url
    demo.source.focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Note 2: yyds").first).to_be_focused()
    page.keyboard.press("Enter")
    expect(notes(demo).nth(1)).to_be_focused()
    expect(notes(demo).nth(1)).to_be_in_viewport()
    page.keyboard.press("Tab")
    back = page.get_by_role("link", name="Note 2: back to yyds in the text")
    expect(back).to_be_focused()
    page.keyboard.press("Enter")
    expect(references(demo).nth(1)).to_be_focused()
    assert page.url == address  # it names the tab


def test_notes_lead_to_the_text_box_when_their_place_is_gone(demo: Demo) -> None:
    demo.translate(SLANG)
    demo.page.route("**/v1/translate", lambda route: None)
    demo.source.fill("这家店")
    expect(references(demo)).to_have_count(0)
    notes(demo).nth(0).get_by_role("link").click()
    expect(demo.source).to_be_focused()


@pytest.mark.parametrize(
    "text", [EMOJI_SLANG, f"{'好吃😭' * 60}{EMOJI_SLANG}\n{SLANG}"], ids=["line", "wrapped"]
)
def test_notes_stand_at_their_term_behind_emoji(demo: Demo, text: str) -> None:
    answer = demo.translate(text)
    wanted = [text[slice(*note["span"])] for note in answer["notes"]]
    assert len(wanted) >= 3
    assert demo.page.locator("#references .noted").all_text_contents() == wanted
    # Each number starts near where the text box itself ends the term: the mirror is laid out without any number.
    gaps = demo.page.evaluate(
        """(ends) => {
          const mirror = document.getElementById("mirror");
          const walker = document.createTreeWalker(mirror, NodeFilter.SHOW_TEXT);
          const edges = [];
          for (let at = 0, node = walker.nextNode(); node; node = walker.nextNode()) {
            for (const end of ends.filter((one) => at < one && one <= at + node.length)) {
              const range = document.createRange();
              range.setStart(node, end - at - 1);
              range.setEnd(node, end - at);
              edges.push([...range.getClientRects()].at(-1));
            }
            at += node.length;
          }
          return [...document.querySelectorAll("#references .reference")].map((link, index) => {
            const box = link.getBoundingClientRect();
            return [box.left - edges[index].right, box.top - edges[index].top];
          });
        }""",
        [len(text[: note["span"][1]].encode("utf-16-le")) // 2 for note in answer["notes"]],
    )
    assert len(gaps) == len(wanted)
    assert all(-9 <= across <= 1 and -13 <= down <= 0 for across, down in gaps), gaps


def test_notes_do_not_change_where_lines_break(demo: Demo) -> None:
    demo.translate(f"{SLANG}宝子们xswl绝绝子" * 12)
    for width in (320, 777, 1280):
        demo.page.set_viewport_size({"width": width, "height": 900})
        heights = demo.page.evaluate(
            """() => ["mirror", "references"].map((id) => {
              const range = document.createRange();
              const box = document.getElementById(id);
              const spans = [...box.querySelectorAll(":scope > span:not(.references), :scope > mark")];
              range.setStartBefore(spans[0]);
              range.setEndAfter(spans.at(-1));
              const rects = spans.flatMap((span) => [...span.getClientRects()]);
              return [...new Set(rects.map(({ top }) => Math.round(top)))].length;
            })"""
        )
        assert heights[0] == heights[1]
        assert heights[0] > 1


def test_notes_follow_the_typing(demo: Demo) -> None:
    demo.translate(SLANG)
    demo.page.route("**/v1/translate", lambda route: None)
    demo.source.press("Home")
    demo.source.press_sequentially("😀")
    assert demo.page.locator("#references .noted").all_text_contents() == ["绝绝子", "yyds", "yyds"]


def test_notes_never_take_text_for_markup(demo: Demo) -> None:
    add_term(demo, "宝子", "<i>bestie</i>")
    demo.translate('<img src=x onerror="document.title=1"> 宝子绝绝子 <b>yyds</b>')
    expect(notes(demo)).to_have_count(2)
    expect(demo.page.locator(".token-list")).to_contain_text("<i>bestie</i>")
    assert (
        demo.page.locator("main img, main i, #editor b, .note-list b b, main script").count() == 0
    )
    assert demo.page.locator("[style], style, [onclick]").count() == 0


def test_notes_are_cleared_with_the_text(demo: Demo) -> None:
    demo.translate(SLANG)
    demo.page.get_by_role("button", name="Clear").click()
    for part in ("#references", "#footnotes", "#quality"):
        expect(demo.page.locator(part)).to_be_hidden()


# --- codes ------------------------------------------------------------------------------------


def test_codes_are_read_where_the_switch_asks_for_it(demo: Demo) -> None:
    answer = demo.translate("宝子们 520，记得来，yyds")
    assert answer["decoded"] == []
    expect(notes(demo).filter(has_text="520")).to_have_count(0)
    switch = demo.page.get_by_role("switch", name="Decode codes")
    with asked_with(demo, decode=True):
        switch.check()
    code = notes(demo).filter(has_text="520")
    expect(code).to_contain_text("number code")
    expect(code).to_contain_text("我爱你 · I love you")
    expect(notes(demo).filter(has_text="yyds")).to_have_count(1)  # slang explains it already
    with asked_with(demo, decode=False):
        switch.uncheck()
    expect(code).to_have_count(0)


# --- glossary ---------------------------------------------------------------------------------


def test_glossary_is_respected_named_and_given_up(demo: Demo) -> None:
    demo.translate("我的宝子来了，大家好")
    with asked_with(demo, glossary={"宝子": "chickadee"}):
        add_term(demo, " 宝子 ", "chickadee")
    expect(demo.output).to_contain_text("chickadee")
    assert ("term", "宝子") in demo.marks("#mirror")
    assert ("term", "chickadee") in demo.marks("#output")
    expect(demo.page.locator(".token-list")).to_contain_text("宝子→chickadeeglossary")
    expect(demo.page.locator("#glossary-count")).to_have_text("1")
    with asked_with(demo, glossary={}):
        demo.page.get_by_role("button", name="Remove term 1").click()
    expect(demo.output).not_to_contain_text("chickadee")
    expect(demo.page.locator("#glossary-rows li")).to_have_count(0)
    expect(demo.page.get_by_role("button", name="Add a term")).to_be_focused()
    expect(demo.page.get_by_role("status")).to_have_text("Term 1 is removed.")


def test_glossary_sends_whole_rows_and_is_kept(demo: Demo) -> None:
    add_term(demo, "宝子", "bestie")
    demo.page.keyboard.press("Enter")  # a further row
    expect(demo.page.get_by_label("Term 2", exact=True)).to_be_focused()
    demo.page.keyboard.type("生煎")
    demo.translate("今天天气真好")
    assert demo.asked[-1]["glossary"] == {"宝子": "bestie"}
    demo.open()
    demo.page.locator("#glossary summary").click()
    rows = demo.page.locator("#glossary-rows input")
    assert [field.input_value() for field in rows.all()] == ["宝子", "bestie", "生煎", ""]
    demo.page.get_by_role("button", name="Remove term 1").click()
    expect(demo.page.get_by_role("button", name="Remove term 1")).to_be_focused()
    assert [field.input_value() for field in rows.all()] == ["生煎", ""]


@pytest.mark.parametrize("kept", ["{", "7", '[["a"], ["b", 1], "c"]'], ids=["broken", "number", "shapes"])  # fmt: skip
def test_glossary_starts_empty_where_the_browser_kept_something_else(demo: Demo, kept: str) -> None:
    demo.page.evaluate("(value) => localStorage.setItem('magpie.glossary', value)", kept)
    demo.open()
    expect(demo.page.locator("#glossary-count")).to_be_hidden()
    demo.translate("今天天气真好")
    assert demo.asked[-1]["glossary"] == {}


def test_glossary_works_where_storage_is_blocked(demo: Demo) -> None:
    demo.page.add_init_script(
        "Object.defineProperty(window, 'localStorage', {get() { throw new DOMException('blocked'); }})"
    )
    demo.open()
    add_term(demo, "宝子", "bestie")
    demo.translate("我的宝子来了，大家好")
    expect(demo.output).to_contain_text("bestie")


def test_glossary_shows_the_limits_of_the_service(demo: Demo) -> None:
    demo.faults_expected = True
    rows = [[f"词{number}", "word"] for number in range(201)]
    demo.page.evaluate(
        "(rows) => localStorage.setItem('magpie.glossary', JSON.stringify(rows))", rows
    )
    demo.open()
    demo.source.fill("今天天气真好")
    problem = demo.page.locator("#glossary-problem")
    expect(problem).to_contain_text("has 201 terms; this server takes 200")
    expect(demo.page.locator("#toast")).to_be_hidden()
    demo.page.get_by_role("button", name="Remove term 201").click()
    expect(demo.output).not_to_be_empty()
    expect(problem).to_be_hidden()
    demo.page.get_by_label("Translation of term 1", exact=True).fill("w" * 201)
    expect(problem).to_contain_text("has 201 characters; this server takes 200")


# --- quality ----------------------------------------------------------------------------------


def test_quality_is_a_word_a_number_and_a_bar(demo: Demo) -> None:
    answer = demo.translate("今天天气真好，我们去公园。你吃饭了吗？")
    rated = [segment for segment in answer["segments"] if segment["quality"] is not None]
    lengths = [segment["source"][1] - segment["source"][0] for segment in rated]
    parts = zip(rated, lengths, strict=True)
    mean = sum(segment["quality"] * length for segment, length in parts) / sum(lengths)
    shown = demo.page.locator("#quality")
    expect(shown).to_contain_text(re.compile(rf"(low|medium|high) · {mean:.2f}"))
    meter = shown.get_by_role("meter", name="Quality")
    expect(meter).to_have_attribute("aria-valuetext", re.compile(rf" · {mean:.2f}"))
    demo.page.get_by_role("button", name="中文").click()
    expect(shown).to_contain_text(re.compile(rf"[低中高] · {mean:.2f}"))


@pytest.mark.parametrize(
    ("quality", "level"), [(0, "low"), (0.24, "low"), (0.25, "medium"), (0.45, "high"), (1, "high")]
)
def test_quality_levels(demo: Demo, quality: float, level: str) -> None:
    found = demo.page.evaluate(
        "async (quality) => (await import('/quality.js')).qualityLevel(quality)", quality
    )
    assert found == level


def test_quality_is_not_shown_for_a_copy(demo: Demo) -> None:
    demo.translate("今天天气真好")
    expect(demo.page.locator("#quality")).to_be_visible()
    demo.translate("😂😂")
    expect(demo.page.locator("#quality")).to_be_hidden()


# --- for everybody ----------------------------------------------------------------------------


@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
def test_notes_fit_their_window_and_are_named(open_demo: Callable[..., Demo], locale: str) -> None:
    demo = open_demo(locale=locale, color_scheme="dark")
    demo.page.get_by_label("Translate to").or_(demo.page.get_by_label("目标语言")).select_option(
        "en"
    )
    demo.page.locator("#decode").check()
    demo.page.locator("#glossary summary").click()
    demo.page.locator("#glossary-add").click()
    demo.page.locator("#glossary-rows input").nth(0).fill("很长" * 60)
    demo.page.locator("#glossary-rows input").nth(1).fill("x" * 150)
    demo.translate(f"{EMOJI_SLANG} {SLANG} aGVsbG8gaGVsbG8gaGVsbG8gaGVsbG8gaGVsbG8gaGVsbG8=")
    for width in WIDTHS:
        demo.page.set_viewport_size({"width": width, "height": 700})
        assert demo.page.evaluate("document.documentElement.scrollWidth") <= width
    tree = demo.page.context.new_cdp_session(demo.page).send("Accessibility.getFullAXTree")
    found = [
        (node["role"]["value"].lower(), node.get("name", {}).get("value", "").strip())
        for node in tree["nodes"]
        if not node["ignored"]
    ]
    named = {"link", "button", "textbox", "switch", "meter", "list"}
    assert named <= {role for role, _ in found}
    assert [role for role, name in found if role in named - {"list"} and not name] == []
    boxes = [name for role, name in found if role == "textbox"]
    assert len(set(boxes)) == len(boxes)
