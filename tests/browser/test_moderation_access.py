"""The moderation tab for everybody: keyboard, screen readers, hover, dark mode, narrow screens, both page languages."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from service.settings import Settings
from tests.browser.demo import Demo, serve
from tests.browser.judge import Judge

pytestmark = pytest.mark.browser

WIDTHS = [320, 390, 768, 1280]
CORNERS = [
    "#tab-moderate",
    "#policy",
    "#reading-lang",
    "#second-opinion",
    "#check",
    "#scores",
    "#evidence",
]
ADVERT = "💸 earn $500 a week, badword, WhatsApp: +1 212 555 0147"


@pytest.fixture
def judge(demo: Demo) -> Judge:
    tab = Judge(demo)
    tab.open()
    return tab


def test_tabs_work_by_keyboard_and_are_in_the_address(demo: Demo) -> None:
    page = demo.page
    translation, moderation = page.get_by_role("tab").all()
    for _ in range(4):  # skip link, language, dark mode, tabs
        page.keyboard.press("Tab")
    expect(translation).to_be_focused()
    for key, tab in [
        ("ArrowRight", moderation),
        ("ArrowRight", translation),
        ("ArrowLeft", moderation),
        ("Home", translation),
        ("End", moderation),
    ]:
        page.keyboard.press(key)
        expect(tab).to_be_focused()
        expect(tab).to_have_attribute("aria-selected", "true")
        assert page.url.endswith("#moderate") == (tab == moderation)
    expect(page.get_by_role("tabpanel", name="Moderation")).to_be_visible()
    expect(page.locator("#translate-panel")).to_be_hidden()
    page.keyboard.press("Tab")
    expect(page.get_by_label("Policy")).to_be_focused()
    page.keyboard.press("Shift+Tab")  # back to the open tab, past the other one
    expect(moderation).to_be_focused()


@pytest.mark.parametrize(
    ("place", "panel"),
    [
        ("#moderate", "#moderate-panel"),
        ("#post", "#moderate-panel"),
        ("#source", "#translate-panel"),
        ("#x", "#translate-panel"),
    ],
)
def test_tabs_open_the_one_that_the_address_names(demo: Demo, place: str, panel: str) -> None:
    demo.page.goto("about:blank")
    demo.page.goto(f"{demo.origin}/{place}")
    expect(demo.page.locator(panel)).to_be_visible()
    expect(demo.page.locator("[role=tabpanel]:not([hidden])")).to_have_count(1)


def test_moderation_works_by_keyboard_alone(demo: Demo) -> None:
    page = demo.page
    judge = Judge(demo)
    judge.open()
    page.reload()
    expect(page.locator("#policy-about")).not_to_be_empty()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # the skip link
    expect(judge.post).to_be_focused()
    with judge.answer(
        ADVERT
    ):  # a slow machine may make pauses that are long enough to ask in between
        page.keyboard.type(ADVERT)
    assert judge.shown()["action"] == "review"
    with page.expect_response("**/v1/moderate"):
        page.keyboard.press("Control+Enter")
    judge.shown()

    page.keyboard.press("Shift+Tab")
    expect(page.get_by_role("switch")).to_be_focused()
    with page.expect_response("**/v1/moderate"):
        page.keyboard.press("Space")
    judge.shown()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    expect(page.get_by_label("Policy")).to_be_focused()
    with page.expect_response("**/v1/moderate"):
        page.keyboard.type("newcomer")
    verdict = judge.shown()
    assert (verdict["policy"], verdict["action"]) == ("newcomer-surge", "block")

    quote = page.locator(".evidence-quote").first
    for _ in range(30):
        page.keyboard.press("Tab")
        if quote.evaluate("node => node === document.activeElement"):
            break
    expect(quote).to_be_focused()
    page.keyboard.press("Enter")
    expect(judge.post).to_be_focused()
    selected = (
        "(({value, selectionStart, selectionEnd}) => value.slice(selectionStart, selectionEnd))"
    )
    start, end = verdict["evidence"][0]["span"]
    assert page.evaluate(f"{selected}(document.activeElement)") == ADVERT[start:end]


def test_moderation_explains_the_mark_at_the_caret(judge: Judge) -> None:
    judge.judge("😀 badword")
    judge.post.press("End")
    expect(judge.tip).to_be_hidden()
    judge.page.keyboard.press("ArrowLeft")
    expect(judge.tip).to_contain_text("classifier:")
    expect(judge.page.get_by_role("status")).to_contain_text("classifier:")
    judge.page.keyboard.press("Escape")
    expect(judge.tip).to_be_hidden()
    judge.page.keyboard.press("Home")
    expect(judge.tip).to_be_hidden()


def test_moderation_explains_the_mark_under_the_pointer(judge: Judge) -> None:
    judge.judge("😀 hello badword hello")
    for area in ("#post-mirror", "#reading"):
        box = judge.page.locator(f"{area} mark").first.bounding_box()
        assert box is not None
        judge.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        expect(judge.tip).to_contain_text("Toxicity")
        tip = judge.tip.bounding_box()
        assert tip is not None
        judge.page.mouse.move(
            tip["x"] + 20, tip["y"] + 10, steps=4
        )  # one may read it, and copy from it
        expect(judge.tip).to_be_visible()
        judge.page.mouse.move(5, 5)
        expect(judge.tip).to_be_hidden()


def test_moderation_explains_a_mark_in_the_translation_that_has_the_keyboard(judge: Judge) -> None:
    verdict = judge.judge("你好 坏词 朋友们")
    mark = judge.page.locator("#reading mark").first
    mark.focus()
    expect(judge.tip).to_contain_text("The place in the translation is a guess.")
    expect(mark).to_have_attribute("aria-describedby", "tip")
    rule = verdict["translation"]["evidence"][0]["rule"]
    expect(judge.tip).to_contain_text(rule)
    expect(judge.page.locator("#post-mirror mark.linked").first).to_have_text("坏词")
    mark.blur()
    expect(judge.tip).to_be_hidden()
    expect(judge.page.locator(".linked")).to_have_count(0)


@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
def test_moderation_names_every_control_for_screen_readers(
    open_demo: Callable[..., Demo], locale: str
) -> None:
    judge = Judge(open_demo(locale=locale))
    judge.open()
    judge.page.get_by_role("switch").check()
    judge.judge(f"你好 {ADVERT}")
    tree = judge.page.context.new_cdp_session(judge.page).send("Accessibility.getFullAXTree")
    found: list[tuple[str, str]] = [
        (node["role"]["value"].lower(), node.get("name", {}).get("value", "").strip())
        for node in tree["nodes"]
        if not node["ignored"]
    ]
    named = {"button", "textbox", "combobox", "switch", "tab", "tabpanel", "meter", "region"}
    assert named <= {role for role, _ in found}
    assert [role for role, name in found if role in named and not name] == []
    for role in ("textbox", "combobox", "meter", "tab"):
        names = [name for found_role, name in found if found_role == role]
        assert len(set(names)) == len(names)


def test_moderation_says_everything_in_chinese(open_demo: Callable[..., Demo]) -> None:
    judge = Judge(open_demo(locale="zh-CN"))
    judge.open()
    judge.judge(f"你好 {ADVERT}")
    expect(judge.verdict).to_contain_text("人工复核")
    expect(judge.page.locator("#reasons")).to_contain_text("广告用语与联系方式同时出现")
    expect(judge.page.locator("#policy-about")).to_contain_text("普通社交帖子。共")
    assert judge.asked[-1]["translate_to"] == "zh-Hans"
    judge.page.get_by_role("button", name="English").click()
    expect(judge.verdict).to_contain_text("Review")
    expect(judge.page.locator("#reasons")).to_contain_text("advertising words together")


@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
def test_moderation_fits_its_window(open_demo: Callable[..., Demo], locale: str) -> None:
    judge = Judge(open_demo(locale=locale))
    judge.open()
    judge.page.get_by_role("switch").check()
    judge.judge(f"{ADVERT} https://example.org/{'x' * 120} {'哈' * 60}坏词 {'badword' * 20}")
    for width in WIDTHS:
        judge.page.set_viewport_size({"width": width, "height": 640})
        assert judge.page.evaluate("document.documentElement.scrollWidth") <= width
        for control in CORNERS:
            box = judge.page.locator(control).bounding_box()
            assert box is not None
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= width, (control, width)


def test_moderation_keeps_the_pages_policy(judge: Judge) -> None:
    judge.judge(ADVERT)
    inline = judge.page.locator("[style], style, script:not([src]), [onclick], [onload]")
    assert inline.count() == 0


def test_moderation_asks_for_an_api_key_when_the_server_wants_one(
    open_demo: Callable[..., Demo],
) -> None:
    settings: dict[str, Any] = {"engine": "fake", "classifier": "fake", "api_keys": "s3cret"}
    with serve(Settings(**settings)) as origin:
        demo = open_demo(origin=origin)
        demo.faults_expected = True
        demo.page.get_by_role("tab", name="Moderation").click()
        demo.page.locator("#post").fill("toxicity=1")
        expect(demo.toast).to_contain_text("This server wants an API key")
        demo.page.get_by_label("API key").fill("s3cret")
        with demo.page.expect_response("**/v1/moderate"):
            demo.page.keyboard.press("Enter")
        expect(demo.page.locator("#verdict")).to_contain_text("Block")
        expect(demo.page.locator("#policy-about")).not_to_be_empty()
        expect(demo.toast).to_be_hidden()
