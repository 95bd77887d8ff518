"""The demo page for everybody: keyboard, screen readers, dark mode, narrow screens, both page languages, its policy."""

import re
import shutil
import subprocess
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from service.settings import Settings
from tests.browser.demo import Demo, missing, serve

pytestmark = pytest.mark.browser

CONTROLS = {"button", "textbox", "combobox", "radio", "checkbox", "link", "region", "group", "list"}
WIDTHS = [320, 375, 768, 1280]
CORNERS = [
    "#source-lang",
    "#swap",
    "#target-lang",
    "#translate",
    "#copy",
    "#ui-language",
    "#theme-toggle",
]


def focused(page: Page) -> str:
    """Id, name or text of the element that has the keyboard."""
    return str(
        page.evaluate(
            "(({id, name, value, className}) => id || `${name ?? ''}${value ?? ''}` || className)"
            "(document.activeElement)"
        )
    )


def contrast(page: Page, front: str, back: str) -> float:
    """WCAG contrast of two of the page's colours, by the names of their variables."""

    def luminance(name: str) -> float:
        value = page.evaluate(
            "(name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim()",
            name,
        )
        channels = [int(value[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    light, dark = sorted((luminance(front), luminance(back)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_page_works_by_keyboard_alone(demo: Demo) -> None:
    page = demo.page
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    expect(page.locator(".skip")).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(demo.source).to_be_focused()
    with demo.answer():
        page.keyboard.type("你好，朋友们")
    first = demo.output.inner_text()
    with demo.answer():
        page.keyboard.press("Control+Enter")
    with demo.answer():
        page.keyboard.press("Alt+s")
    expect(demo.source).to_have_value(first)
    expect(page.get_by_label("Translate to")).to_have_value("zh-Hans")

    reached = []
    for _ in range(40):
        page.keyboard.press("Tab")
        reached.append(focused(page))
        if reached[-1] == "example":
            break
    wanted = [
        "clear",
        "translate",
        "output",
        "show-alternatives",
        "copy",
        "formattext",
        "hashtagskeep",
    ]
    assert [name for name in reached if name in wanted] == wanted
    with demo.answer():
        page.keyboard.press("Enter")
    assert demo.source.input_value() != first


def test_page_shows_where_the_keyboard_is(demo: Demo) -> None:
    demo.translate("你好")
    for _ in range(12):
        demo.page.keyboard.press("Tab")
        visible = demo.page.evaluate(
            """() => {
              const node = document.activeElement;
              const ring = (element) => getComputedStyle(element).outlineStyle !== "none";
              return ring(node) || (node.nextElementSibling && ring(node.nextElementSibling))
                || getComputedStyle(node.closest(".pane") ?? node).boxShadow !== "none";
            }"""
        )
        assert visible, focused(demo.page)


@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
def test_page_names_every_control_for_screen_readers(
    open_demo: Callable[..., Demo], locale: str
) -> None:
    demo = open_demo(locale=locale)
    demo.page.locator("#show-alternatives").click()
    demo.translate("Hello @Mia 😂 friends" if locale == "zh-CN" else "你好 @Mia 😂 朋友")
    tree = demo.page.context.new_cdp_session(demo.page).send("Accessibility.getFullAXTree")
    found: list[tuple[str, str]] = [
        (node["role"]["value"].lower(), node.get("name", {}).get("value", "").strip())
        for node in tree["nodes"]
        if not node["ignored"]
    ]
    assert {"button", "textbox", "combobox", "radio"} <= {role for role, _ in found}
    nameless = CONTROLS - {"list"}
    assert [role for role, name in found if role in nameless and not name] == []
    names = [name for role, name in found if role in {"textbox", "combobox"}]
    assert len(set(names)) == len(names)


def test_page_announces_answers_politely(demo: Demo) -> None:
    expect(demo.output).to_have_attribute("aria-live", "polite")
    answer = demo.translate("你好")
    expect(demo.output).to_have_attribute("lang", answer["target_lang"])
    expect(demo.page.locator("#editor")).to_have_attribute("lang", "zh-Hans")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_page_follows_the_system_theme_and_remembers_a_choice(
    open_demo: Callable[..., Demo], scheme: str
) -> None:
    demo = open_demo(color_scheme=scheme)
    other = {"light": "dark", "dark": "light"}[scheme]
    root = demo.page.locator("html")
    toggle = demo.page.get_by_role("button", name="Dark mode")

    def background() -> int:
        shade = demo.page.evaluate("getComputedStyle(document.body).backgroundColor")
        return sum(int(channel) for channel in re.findall(r"\d+", shade))

    before = background()
    assert (before < 384) == (scheme == "dark")
    expect(toggle).to_have_attribute("aria-pressed", str(scheme == "dark").lower())
    toggle.click()
    expect(root).to_have_attribute("data-theme", other)
    assert (background() < 384) == (other == "dark")
    demo.open()
    expect(root).to_have_attribute("data-theme", other)
    expect(toggle).to_have_attribute("aria-pressed", str(other == "dark").lower())


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_page_has_readable_contrast(open_demo: Callable[..., Demo], scheme: str) -> None:
    page = open_demo(color_scheme=scheme).page
    pairs = [
        *[(front, back) for front in ("--ink", "--muted") for back in ("--paper", "--card", "--answer", "--wash")],
        *[("--ink", f"--mark-{kind}") for kind in ("link", "social", "emoji", "code")],
        ("--on-wing", "--wing"), ("--on-wing", "--wing-deep"), ("--wing", "--card"), ("--wing-deep", "--wash"),
        ("--tail", "--card"), ("--tail", "--paper"), ("--alarm", "--alarm-wash"), ("--alarm", "--card"),
        *[("--ink", f"--mark-{source}") for source in ("term", "pattern", "score")],
        *[(sign, f"{sign}-wash") for sign in ("--good", "--caution", "--alarm")], ("--ink", "--good-wash"),
        ("--muted", "--caution-wash"), ("--muted", "--alarm-wash"), ("--ink", "--linked"), ("--ink", "--segment"),
    ]  # fmt: skip
    assert {pair: ratio for pair in pairs if (ratio := contrast(page, *pair)) < 4.5} == {}


@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
def test_page_fits_its_window(open_demo: Callable[..., Demo], locale: str) -> None:
    demo = open_demo(locale=locale)
    demo.faults_expected = True
    demo.page.locator("#show-alternatives").click()
    long = f"你好 https://example.org/{'x' * 120} 朋友 #{'很长的话题' * 12}# {'哈' * 60}"
    for text, shown in ((long, "#notes"), ("poison", "#toast")):
        demo.source.fill(text)
        expect(demo.page.locator(shown)).to_be_visible()
        for width in WIDTHS:
            demo.page.set_viewport_size({"width": width, "height": 640})
            inner = demo.page.evaluate("document.documentElement.scrollWidth")
            assert inner <= width
            for control in CORNERS:
                box = demo.page.locator(control).bounding_box()
                assert box is not None
                assert box["x"] >= 0
                assert box["x"] + box["width"] <= width


def test_page_keeps_still_for_readers_who_want_less_motion(open_demo: Callable[..., Demo]) -> None:
    demo = open_demo(reduced_motion="reduce")
    animation = demo.page.evaluate(
        "getComputedStyle(document.getElementById('progress'), '::before').animationName"
    )
    assert animation == "none"


@pytest.mark.parametrize(
    ("locale", "lang"), [("en-GB", "en"), ("zh-TW", "zh-Hans"), ("zh-CN", "zh-Hans")]
)
def test_page_speaks_the_readers_language(
    open_demo: Callable[..., Demo], locale: str, lang: str
) -> None:
    demo = open_demo(locale=locale)
    expect(demo.page.locator("html")).to_have_attribute("lang", lang)
    heading = {"en": "Try a post", "zh-Hans": "试试这些帖子"}[lang]
    expect(demo.page.get_by_role("heading", name=heading)).to_be_visible()


def test_page_switches_its_language_and_remembers(demo: Demo) -> None:
    demo.translate("😂😂")
    demo.page.get_by_role("button", name="中文").click()
    expect(demo.page.locator(".warning-list")).to_contain_text("没有可翻译的文字")
    expect(demo.source).to_have_attribute("placeholder", re.compile("输入或粘贴"))
    demo.open()
    expect(demo.page.get_by_role("heading", name="试试这些帖子")).to_be_visible()
    demo.page.get_by_role("button", name="English").click()
    expect(demo.page.get_by_role("heading", name="Try a post")).to_be_visible()


def test_page_works_where_storage_is_blocked(demo: Demo) -> None:
    demo.page.add_init_script(
        "Object.defineProperty(window, 'localStorage', {get() { throw new DOMException('blocked'); }})"
    )
    demo.open()
    demo.page.get_by_role("button", name="Dark mode").click()
    expect(demo.page.locator("html")).to_have_attribute("data-theme", "dark")
    demo.page.get_by_role("button", name="中文").click()
    demo.translate("你好")


def test_page_has_a_strict_policy_and_keeps_it(demo: Demo) -> None:
    response = demo.open()
    policy = response.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    demo.translate("你好 😂 @Mia")
    inline = demo.page.locator("[style], style, script:not([src]), [onclick], [onload]")
    assert inline.count() == 0
    foreign = demo.page.evaluate(
        "[...document.querySelectorAll('[src], [href]')].map((node) => new URL(node.getAttribute('src')"
        " ?? node.getAttribute('href'), location).origin).filter((origin) => origin !== location.origin)"
    )
    assert foreign == []


def test_page_asks_for_an_api_key_when_the_server_wants_one(open_demo: Callable[..., Demo]) -> None:
    settings: dict[str, Any] = {"engine": "fake", "classifier": "fake", "api_keys": "s3cret"}
    with serve(Settings(**settings)) as origin:
        demo = open_demo(origin=origin)
        demo.faults_expected = True
        demo.source.fill("你好")
        expect(demo.toast).to_contain_text("This server wants an API key")
        demo.page.get_by_label("API key").fill("s3cret")
        with demo.answer():
            demo.page.keyboard.press("Enter")
        expect(demo.toast).to_be_hidden()
        expect(demo.output).to_have_text(re.compile("[a-z]"))


def test_page_has_a_font_for_chinese() -> None:
    if shutil.which("fc-list") is None:
        missing("fontconfig")
    fonts = subprocess.run(
        ["fc-list", ":lang=zh-cn", "family"], capture_output=True, text=True, check=True, timeout=30
    )
    if not fonts.stdout.strip():
        missing("a Chinese font")


def test_page_draws_different_characters_differently(demo: Demo) -> None:
    """Without a font every character is the same box, so two characters would have the same picture."""
    if not subprocess.run(
        ["fc-list", ":lang=zh-cn"], capture_output=True, check=True, timeout=30
    ).stdout:
        missing("a Chinese font")
    pictures = []
    for character in "鹊桥你":
        demo.source.fill(character * 3)
        demo.source.blur()
        pictures.append(demo.page.locator("#editor").screenshot())
    assert len(set(pictures)) == 3
