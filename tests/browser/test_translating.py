"""The demo page in Chromium: typing, swapping, highlights, options, examples, errors."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Request, expect

from tests.browser.demo import Demo, stop_clock

pytestmark = pytest.mark.browser

HAN = re.compile(r"[\u4e00-\u9fff]")
LATIN = re.compile(r"[a-z]")
EMOJI_POST = (
    "😂😂 my cat 🐈‍⬛ @Mia_猫 loves https://example.org/a?b=1#c [doge] 👩‍👩‍👧‍👦 today #cattax 🇨🇳!"
)


@pytest.mark.parametrize(
    ("text", "script", "badge"),
    [
        ("Good morning, my friends", HAN, "English"),
        ("今天天气真好，我们去公园", LATIN, "Simplified Chinese"),
        ("這個餐廳的氣氛真的很讚，推薦給大家", LATIN, "Traditional Chinese"),
        ("我今天 meeting 好多，晚上再 call 你吧", LATIN, "Chinese"),
    ],
    ids=["en", "zh", "zh_hant", "mixed"],
)
def test_page_translates_into_the_other_language(
    demo: Demo, text: str, script: re.Pattern[str], badge: str
) -> None:
    answer = demo.translate(text)
    assert script.search(answer["text"])
    expect(demo.page.locator("#detected")).to_contain_text(badge)
    expect(demo.page.locator("#detected")).to_contain_text("%")
    expect(demo.page.locator("#timing")).to_contain_text(
        re.compile(r"\d ms · queue \d.* · model \d")
    )


def test_page_translates_while_one_types_but_not_every_letter(demo: Demo) -> None:
    stop_clock(demo.page)
    demo.source.press_sequentially("今天天气真好")
    demo.page.clock.run_for(200)
    assert demo.asked == []
    with demo.expect_translation():
        demo.page.clock.run_for(100)
    assert [asked["text"] for asked in demo.asked] == ["今天天气真好"]


def test_page_waits_for_an_input_method_to_finish(demo: Demo) -> None:
    stop_clock(demo.page)
    demo.source.dispatch_event("compositionstart")
    demo.source.press_sequentially("nihao")
    demo.page.clock.run_for(1000)
    assert demo.asked == []
    demo.source.fill("你好")
    with demo.expect_translation():
        demo.source.dispatch_event("compositionend")
        demo.page.clock.run_for(300)
    assert [asked["text"] for asked in demo.asked] == ["你好"]


def test_page_shows_the_newest_answer_and_gives_up_older_requests(demo: Demo) -> None:
    given_up: list[str] = []

    def failed(request: Request) -> None:
        given_up.append((request.post_data_json or {})["text"])

    demo.page.on("requestfailed", failed)
    demo.page.route("**/v1/translate", lambda route: None, times=1)  # never answered
    with demo.page.expect_request("**/v1/translate"):
        demo.source.fill("the first text")
    answer = demo.translate("the second text is longer")
    assert given_up == ["the first text"]
    expect(demo.output).to_have_text(answer["text"])


def test_page_turns_the_target_when_the_text_is_in_it_already(demo: Demo) -> None:
    target = demo.page.get_by_label("Translate to")
    expect(target).to_have_value("en")
    demo.source.fill("This is written in English")
    expect(target).to_have_value("zh-Hans")
    expect(demo.output).to_have_text(HAN)
    expect(demo.page.get_by_role("status")).to_contain_text("Simplified Chinese")


def test_page_leaves_a_target_alone_that_the_reader_chose(demo: Demo) -> None:
    target = demo.page.get_by_label("Translate to")
    target.select_option("zh-Hans")
    target.select_option("en")
    demo.translate("This is written in English")
    expect(target).to_have_value("en")
    expect(
        demo.page.get_by_text("The text is already in the language you asked for")
    ).to_be_visible()
    with demo.answer():
        demo.page.get_by_role("button", name="Translate into Simplified Chinese instead").click()
    expect(demo.output).to_have_text(HAN)


def test_page_swaps_languages_and_texts(demo: Demo) -> None:
    answer = demo.translate("你好，朋友们")
    with demo.answer():
        demo.page.get_by_role("button", name="Swap languages").click()
    expect(demo.source).to_have_value(answer["text"])
    expect(demo.page.get_by_label("Translate to")).to_have_value("zh-Hans")
    expect(demo.output).to_have_text(HAN)


def test_page_swaps_a_source_language_that_was_named(demo: Demo) -> None:
    demo.page.get_by_label("Translate from").select_option("en")
    demo.page.get_by_label("Translate to").select_option("zh-Hant")
    demo.page.get_by_role("button", name="Swap languages").click()
    expect(demo.page.get_by_label("Translate from")).to_have_value("zh-Hant")
    expect(demo.page.get_by_label("Translate to")).to_have_value("en")


@pytest.mark.parametrize(
    "text",
    [
        EMOJI_POST,
        "🐱🐱 交一下猫税[赞R] 链接 https://example.org/路径 还有 #上海美食[话题]# 好吃🧑🏽‍🍳 谢谢 @Mia 😊",
        "😭 这个 app 真的 yyds 🎉 see https://example.org 🎉 #ootd",
    ],
    ids=["en", "zh", "mixed"],
)
def test_page_highlights_what_was_kept_in_both_panes(demo: Demo, text: str) -> None:
    answer = demo.translate(text)
    assert {"emoji", "url", "hashtag"} <= {token["kind"] for token in answer["protected"]}

    def slices(whole: str, side: str) -> list[tuple[str, str]]:
        tokens = sorted(answer["protected"], key=lambda token: token[side])
        return [(token["kind"], whole[slice(*token[side])]) for token in tokens]

    # Python slices count code points, as the service does; the page must come to the same pieces in UTF-16.
    assert demo.marks("#mirror") == slices(text, "source")
    assert demo.marks("#output") == slices(answer["text"], "target")
    assert dict.fromkeys(demo.marks(".token-list")) == dict.fromkeys(slices(text, "source"))


def test_page_moves_highlights_along_while_one_types(demo: Demo) -> None:
    demo.translate("see 🐈 and #cattax today")
    demo.page.route("**/v1/translate", lambda route: None)
    demo.source.press("Home")
    demo.source.press_sequentially("😀 ")
    assert demo.marks("#mirror") == [("emoji", "🐈"), ("hashtag", "#cattax")]


def test_page_lays_the_highlights_exactly_behind_the_text(demo: Demo) -> None:
    demo.translate(
        f"{EMOJI_POST}\n\n今天在台北喝了一杯珍珠奶茶🧋，真的超好喝！\t推薦 {'long ' * 80}\n" * 4
    )
    boxes = demo.page.evaluate(
        """() => ["source", "mirror"].map((id) => {
          const node = document.getElementById(id);
          const style = getComputedStyle(node);
          const names = ["fontFamily", "fontSize", "lineHeight", "letterSpacing", "padding", "whiteSpace",
            "overflowWrap", "wordBreak", "tabSize", "width"];
          return [node.scrollHeight, node.clientHeight, ...names.map((name) => style[name])];
        })"""
    )
    assert boxes[0] == boxes[1]


def test_page_never_takes_text_for_markup(demo: Demo) -> None:
    text = 'hello <img src=x onerror="document.title=1"> <b>friend</b> &amp; <script>1</script>'
    for html in (False, True):
        if html:
            demo.page.get_by_label("HTML", exact=True).check()
            demo.settled()
        demo.translate(text + " again" * html)
        assert demo.page.locator("main img, main b, main script").count() == 0
    assert "tag" in dict(demo.marks("#output"))


def test_page_sends_its_options(demo: Demo) -> None:
    demo.translate("loving this place #citywalk")
    options = [
        demo.page.get_by_label("HTML", exact=True),
        demo.page.get_by_label("Translate", exact=True),
        demo.page.get_by_role("button", name="Alternatives", exact=True),
    ]
    for option in options:
        with demo.answer():
            option.click()
    asked = demo.asked[-1]
    assert (asked["format"], asked["hashtags"]) == ("html", "translate")
    assert asked["alternatives"] > 0
    with demo.answer():
        demo.page.get_by_label("Both", exact=True).click()
    assert demo.asked[-1]["hashtags"] == "both"
    assert "#citywalk（" in demo.page.locator("#output").inner_text()


def test_page_shows_alternatives_and_copies(open_demo: Callable[..., Demo]) -> None:
    demo = open_demo(permissions=["clipboard-read", "clipboard-write"])
    demo.page.get_by_role("button", name="Alternatives", exact=True).click()
    answer = demo.translate("我们明天见")
    shown = demo.page.locator(".alternative")
    assert answer["alternatives"]
    expect(shown).to_have_text(answer["alternatives"])

    def clipboard() -> str:
        return str(demo.page.evaluate("navigator.clipboard.readText()"))

    demo.page.get_by_role("button", name="Copy alternative 1").click()
    expect(demo.page.get_by_role("status")).to_have_text("Copied")
    assert clipboard() == answer["alternatives"][0]
    demo.page.get_by_role("button", name="Copy", exact=True).click()
    expect(demo.page.locator("#copy")).to_contain_text("Copied")
    assert clipboard() == answer["text"]


def test_page_copies_without_the_clipboard_api(demo: Demo) -> None:
    demo.translate("我们明天见")
    demo.page.evaluate("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    copy = demo.page.locator("#copy")
    copy.focus()
    copy.click()
    expect(copy).to_contain_text("Copied")
    expect(copy).to_be_focused()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("😂😂😂", "there are no words to translate"),
        ("Привет, как дела?", "neither English nor Chinese"),
        ("12345", "there are no words to translate"),
    ],
)
def test_page_says_in_plain_words_why_a_text_is_unchanged(
    demo: Demo, text: str, words: str
) -> None:
    demo.translate(text)
    expect(demo.page.locator(".warning-list")).to_contain_text(words)
    expect(demo.output).to_have_text(text)


def test_page_translates_every_example(demo: Demo) -> None:
    buttons = demo.page.locator("#translate-panel .example")
    assert buttons.count() >= 10
    for at in range(buttons.count()):
        with demo.answer():
            buttons.nth(at).click()
        text = demo.source.input_value()
        lang = buttons.nth(at).locator(".example-text").get_attribute("lang") or ""
        target = demo.page.get_by_label("Translate to").input_value()
        assert text
        assert target.startswith("zh") == (lang == "en")
        expect(demo.output).to_have_text(HAN if lang == "en" else LATIN)
        assert demo.asked[-1]["format"] == ("html" if text.startswith("<") else "text")


def test_page_brings_the_answer_into_sight_of_a_phone(open_demo: Callable[..., Demo]) -> None:
    demo = open_demo(viewport={"width": 375, "height": 640}, reduced_motion="reduce")
    with demo.answer():
        demo.page.locator("#translate-panel .example").last.click()
    expect(demo.source).to_be_in_viewport()
    expect(demo.output).to_be_in_viewport()


def test_page_counts_code_points_and_stops_at_the_limit(demo: Demo) -> None:
    counter = demo.page.locator("#counter")
    demo.translate("hi 👩‍👩‍👧‍👦")
    expect(counter).to_have_text("10 / 20,000")
    sent = len(demo.asked)
    demo.source.fill("字" * 20_001)
    expect(counter).to_have_class(re.compile("over"))
    expect(demo.source).to_have_attribute("aria-invalid", "true")
    expect(demo.output).to_have_attribute("data-empty", re.compile("over the limit"))
    demo.page.keyboard.press("Control+Enter")
    assert len(demo.asked) == sent
    demo.page.get_by_role("button", name="Clear").click()
    expect(counter).to_have_text("0 / 20,000")
    expect(demo.source).to_be_focused()


def test_page_shows_an_error_with_its_code_and_tries_again(demo: Demo) -> None:
    demo.faults_expected = True
    demo.translate("你好，朋友")
    demo.source.fill("some poison here")
    expect(demo.toast).to_contain_text("The model failed on this text")
    expect(demo.toast).to_contain_text("engine_failed")
    expect(demo.toast).to_contain_text(re.compile(r"request [A-Za-z0-9_-]+"))
    expect(demo.output).to_be_empty()
    sent = len(demo.asked)
    with demo.expect_translation():
        demo.toast.get_by_role("button", name="Try again").click()
    assert len(demo.asked) == sent + 1
    demo.translate("a friend instead")
    expect(demo.toast).to_be_hidden()


def test_page_shows_when_the_server_is_gone(demo: Demo) -> None:
    demo.faults_expected = True
    demo.page.context.set_offline(True)
    demo.source.fill("你好，朋友")
    expect(demo.toast).to_contain_text("The server cannot be reached")
    demo.page.context.set_offline(False)
    with demo.answer():
        demo.toast.get_by_role("button", name="Try again").click()
    expect(demo.output).to_have_text(LATIN)
    expect(demo.toast).to_be_hidden()


def test_page_tells_how_long_a_busy_server_wants_to_be_left(demo: Demo) -> None:
    demo.faults_expected = True
    error = {"code": "overloaded", "message": "The queue is full.", "request_id": "r-1"}
    demo.page.route(
        "**/v1/translate",
        lambda route: route.fulfill(
            status=503, headers={"Retry-After": "7"}, json={"error": error}
        ),
    )
    demo.source.fill("你好")
    expect(demo.toast).to_contain_text("The server is busy")
    expect(demo.toast).to_contain_text("Wait about 7 s")


def test_page_shows_a_proxys_error_page_as_an_error(demo: Demo) -> None:
    demo.faults_expected = True
    demo.page.route(
        "**/v1/translate", lambda route: route.fulfill(status=502, body="<html>Bad gateway</html>")
    )
    demo.source.fill("你好")
    expect(demo.toast).to_contain_text("could not be read (status 502)")
    demo.toast.get_by_role("button", name="Dismiss").click()
    expect(demo.toast).to_be_hidden()
