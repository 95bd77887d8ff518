"""The moderation tab in Chromium: live verdicts, evidence in place, scores, policies, second opinion, errors."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Request, Route, expect

from service.settings import Settings
from tests.browser.demo import Demo, serve, stop_clock
from tests.browser.judge import Judge

pytestmark = pytest.mark.browser

ADVERT = "💸👩‍👩‍👧‍👦 Work from home and earn $500 a week, WhatsApp: +1 212 555 0147"
HAN = re.compile(r"[\u4e00-\u9fff]")


@pytest.fixture
def judge(demo: Demo) -> Judge:
    tab = Judge(demo)
    tab.open()
    return tab


@pytest.mark.parametrize(
    ("text", "action", "word"),
    [
        ("What a lovely day 🌞", "allow", "Allow"),
        ("今天天气真好🌞", "allow", "Allow"),
        ("hello 你好 toxicity=1", "block", "Block"),
        ("Привет, как дела?", "review", "Review"),
        ("😂😂", "allow", "Allow"),
    ],
    ids=["en", "zh", "mixed", "other", "none"],
)
def test_moderation_shows_the_action_in_word_and_picture(
    judge: Judge, text: str, action: str, word: str
) -> None:
    verdict = judge.judge(text)
    assert verdict["action"] == action
    expect(judge.verdict.locator(".action")).to_have_text(word)
    picture = judge.verdict.locator(".action use").get_attribute("href")
    assert picture == f"icons.svg#action-{action}"
    assert (
        judge.page.request.get(f"{judge.demo.origin}/icons.svg")
        .text()
        .count(f'id="action-{action}"')
    )
    expect(judge.page.locator("#reasons .action")).to_have_count(len(verdict["reasons"]))
    expect(judge.page.get_by_role("status")).to_contain_text(word)


@pytest.mark.parametrize(
    "text",
    [
        f"😂👨‍👩‍👧 you badword 🇨🇳 badword2 {ADVERT}",
        "🧑🏽‍🍳🧑🏽‍🍳 加我薇信：abc_12345，领优惠券 😭 坏词",
        "😭 u1s1 私信领优惠 badword 🎉 微信：magpie_2025 🎉 坏词",
    ],
    ids=["en", "zh", "mixed"],
)
def test_moderation_marks_the_evidence_where_it_stands(judge: Judge, text: str) -> None:
    judge.page.get_by_label("Translate for me into").select_option(
        "en" if HAN.search(text) else "zh-Hans"
    )
    verdict = judge.judge(text)
    evidence, reading = verdict["evidence"], verdict["translation"]
    assert {one["rule"].split(":")[0] for one in evidence} >= {"classifier", "pattern"}
    # Python slices count code points, as the service does; the page must come to the same pieces in UTF-16.
    wanted = [text[slice(*one["span"])] for one in evidence]
    assert judge.pieces("#post-mirror", len(wanted)) == wanted
    quotes = [text.strip() for text in judge.page.locator(".evidence-quote").all_inner_texts()]
    assert quotes == [piece.strip() for piece in wanted]
    projected = [reading["text"][slice(*one["span"])] for one in reading["evidence"]]
    assert projected
    assert judge.pieces("#reading", len(projected)) == projected
    expect(judge.page.locator("#reading")).to_have_text(reading["text"])


def test_moderation_shows_how_a_hidden_term_was_read(judge: Judge) -> None:
    judge.page.get_by_label("Policy").select_option("strict-minors")
    verdict = judge.judge("😀 ｍ.ａ.ｋ.ｅ ｍｏｎｅｙ ｏｎｌｉｎｅ")
    chains = [one["views"] for one in verdict["evidence"] if one["views"]]
    assert ["width", "separators"] in chains
    shown = judge.page.locator("#evidence .evidence-chain").first
    expect(shown).to_have_text("Read through: full-width → separators")


def test_moderation_moves_marks_along_while_one_types(judge: Judge) -> None:
    judge.judge("so badword here")
    judge.page.route("**/v1/moderate", lambda route: None)
    judge.post.press("Home")
    judge.post.press_sequentially("😀 ")
    assert judge.pieces("#post-mirror", 1) == ["badword"]
    expect(judge.verdict).to_have_class(re.compile("stale"))


def test_moderation_lays_the_marks_exactly_behind_the_text(judge: Judge) -> None:
    judge.judge(f"{ADVERT}\n\n今天在台北喝了一杯珍珠奶茶🧋\t推薦 {'long ' * 80} 坏词\n" * 4)
    boxes = judge.page.evaluate(
        """() => ["post", "post-mirror"].map((id) => {
          const node = document.getElementById(id);
          return [node.scrollHeight, node.clientHeight, getComputedStyle(node).width];
        })"""
    )
    assert boxes[0] == boxes[1]


def test_moderation_lists_no_more_evidence_than_one_can_read(judge: Judge) -> None:
    verdict = judge.judge("微信：abc_12345 加我微信 " * 60)
    assert len(verdict["evidence"]) > 30
    expect(judge.page.locator(".evidence-quote")).to_have_count(30)
    expect(judge.page.locator("#evidence")).to_contain_text(
        f"and {len(verdict['evidence']) - 30} more"
    )


def test_moderation_never_takes_text_for_markup(judge: Judge) -> None:
    judge.judge(
        'badword<img src=x onerror="document.title=1"> <b>坏词</b> &amp; <script>1</script>'
    )
    assert judge.page.locator("main img, main b, main script").count() == 0
    expect(judge.page.locator(".evidence-quote").first).to_contain_text("<img")


# --- scores -----------------------------------------------------------------------------------


def test_moderation_says_which_scores_there_are_not(judge: Judge) -> None:
    verdict = judge.judge("你好，朋友们")
    missing = [name for name, one in verdict["categories"].items() if not one["supported"]]
    assert missing == ["threat"]
    for category, one in verdict["categories"].items():
        row, meter = judge.row(category), judge.row(category).get_by_role("meter")
        if one["supported"]:
            expect(meter).to_have_attribute("aria-valuenow", str(one["score"]))
        else:
            expect(row).to_contain_text("not supported for this language")
            expect(meter).to_have_count(0)
            expect(row).not_to_contain_text("0")


@pytest.mark.parametrize(
    ("text", "words"),
    [("Привет, как дела?", "not supported for this language"), ("😂😂", "no words to score")],
)
def test_moderation_says_why_there_are_no_scores_at_all(
    judge: Judge, text: str, words: str
) -> None:
    judge.judge(text)
    expect(judge.page.locator("#scores").get_by_text(words)).to_have_count(10)
    expect(judge.page.get_by_role("meter")).to_have_count(0)


def test_moderation_shows_the_limit_that_a_score_has_passed(judge: Judge) -> None:
    verdict = judge.judge("toxicity=1 insult=0.004")
    limit = min(one["threshold"] for one in verdict["reasons"] if one["category"] == "toxicity")
    expect(judge.row("toxicity").locator(".bar-limit")).to_have_count(1)
    expect(judge.row("toxicity").get_by_role("meter")).to_have_attribute(
        "aria-valuetext", f"1.00, limit {limit:.2f}"
    )
    expect(judge.row("insult").locator(".bar-limit")).to_have_count(0)
    expect(judge.row("insult")).to_contain_text("<0.01")


def test_moderation_leaves_the_second_opinion_to_the_server_until_it_is_chosen(
    judge: Judge,
) -> None:
    switch = judge.page.get_by_role("switch", name="Second opinion")
    verdict = judge.judge("今天天气真好")
    expect(switch).to_be_checked(checked=verdict["opinion"] is not None)
    with judge.page.expect_response("**/v1/moderate"):
        switch.click()
    verdict = judge.shown()
    assert [asked["second_opinion"] for asked in judge.asked] == [None, True]
    meter = judge.page.get_by_role("meter", name="Toxicity, translation", exact=True)
    expect(meter).to_have_attribute("aria-valuenow", str(verdict["opinion"]["toxicity"]))
    # The classifier has no English score for this one.
    expect(judge.row("sexual")).to_contain_text("not supported for this language")


# --- policies and translation -----------------------------------------------------------------


def test_moderation_offers_the_loaded_policies(judge: Judge) -> None:
    policies = judge.page.request.get(f"{judge.demo.origin}/v1/policies").json()["policies"]
    select = judge.page.get_by_label("Policy")
    assert select.locator("option").evaluate_all("all => all.map((one) => one.value)") == [
        policy["name"] for policy in policies
    ]
    expect(select).to_have_value("default")
    expect(judge.page.locator("#policy-about")).to_contain_text(
        f"{policies[0]['description']} {len(policies[0]['rules'])} rules."
    )


def test_moderation_another_policy_changes_the_action(judge: Judge) -> None:
    before = judge.judge(ADVERT)
    with judge.page.expect_response("**/v1/moderate"):
        judge.page.get_by_label("Policy").select_option("newcomer-surge")
    after = judge.shown()
    assert (before["action"], after["action"]) == ("review", "block")
    expect(judge.verdict).to_contain_text("Block")
    expect(judge.page.locator("#policy-about")).to_contain_text("Many new accounts")
    expect(judge.page.locator("#facts")).to_contain_text(
        f"newcomer-surge, version {after['policy_version']}"
    )
    expect(judge.page.locator("#facts")).to_contain_text("fake")
    expect(judge.page.locator("#facts")).to_contain_text(re.compile(r"\d ms"))


def test_moderation_translates_into_the_language_that_is_chosen(judge: Judge) -> None:
    reading = judge.page.locator("#reading")
    judge.judge("今天天气真好")
    assert judge.asked[-1]["translate_to"] == "en"
    expect(reading).to_have_attribute("lang", "en")
    with judge.page.expect_response("**/v1/moderate"):
        judge.page.get_by_label("Translate for me into").select_option("")
    assert judge.asked[-1]["translate_to"] is None
    expect(reading).to_be_hidden()


def test_moderation_judges_every_example(judge: Judge) -> None:
    buttons = judge.page.locator("#moderate-panel .example")
    actions = []
    for at in range(buttons.count()):
        with judge.page.expect_response("**/v1/moderate"):
            buttons.nth(at).click()
        actions.append(judge.shown()["action"])
    assert set(actions) == {"allow", "review"}


# --- asking -----------------------------------------------------------------------------------


def test_moderation_asks_while_one_types_but_not_every_letter(judge: Judge) -> None:
    stop_clock(judge.page)
    judge.post.press_sequentially("hello there")
    judge.page.clock.run_for(200)
    assert judge.asked == []
    with judge.page.expect_response("**/v1/moderate"):
        judge.page.clock.run_for(100)
    assert [asked["text"] for asked in judge.asked] == ["hello there"]
    assert judge.demo.asked == []


def test_moderation_waits_for_an_input_method_to_finish(judge: Judge) -> None:
    stop_clock(judge.page)
    judge.post.dispatch_event("compositionstart")
    judge.post.press_sequentially("nihao")
    judge.page.clock.run_for(1000)
    assert judge.asked == []
    judge.post.fill("你好")
    with judge.page.expect_response("**/v1/moderate"):
        judge.post.dispatch_event("compositionend")
        judge.page.clock.run_for(300)
    assert [asked["text"] for asked in judge.asked] == ["你好"]


def test_moderation_shows_the_newest_verdict_and_gives_up_older_requests(judge: Judge) -> None:
    given_up: list[str] = []

    def failed(request: Request) -> None:
        given_up.append((request.post_data_json or {})["text"])

    judge.page.on("requestfailed", failed)
    judge.page.route("**/v1/moderate", lambda route: None, times=1)  # never answered
    with judge.page.expect_request("**/v1/moderate"):
        judge.post.fill("the first toxicity=1")
    assert judge.judge("the second one is kind")["action"] == "allow"
    assert given_up == ["the first toxicity=1"]


def test_moderation_counts_code_points_and_stops_at_the_limit(judge: Judge) -> None:
    judge.judge("hi 👩‍👩‍👧‍👦")
    expect(judge.page.locator("#post-counter")).to_have_text("10 / 20,000")
    sent = len(judge.asked)
    judge.post.fill("字" * 20_001)
    expect(judge.verdict).to_contain_text("over the limit")
    expect(judge.post).to_have_attribute("aria-invalid", "true")
    judge.page.keyboard.press("Control+Enter")
    assert len(judge.asked) == sent
    judge.page.get_by_role("button", name="Clear").click()
    expect(judge.page.locator("#findings")).to_be_hidden()


# --- errors -----------------------------------------------------------------------------------


def test_moderation_shows_a_busy_server_and_tries_again(judge: Judge) -> None:
    judge.demo.faults_expected = True
    judge.judge("you badword")
    error = {"code": "overloaded", "message": "The queue is full.", "request_id": "r-1"}

    def refuse(route: Route) -> None:
        route.fulfill(status=503, headers={"Retry-After": "7"}, json={"error": error})

    judge.page.route("**/v1/moderate", refuse)
    judge.post.fill("you are kind")
    expect(judge.demo.toast).to_contain_text("The server is busy")
    expect(judge.demo.toast).to_contain_text("Wait about 7 s")
    expect(judge.page.locator("#findings")).to_be_hidden()  # the old verdict was on another text
    judge.page.unroute("**/v1/moderate")
    with judge.page.expect_response("**/v1/moderate"):
        judge.demo.toast.get_by_role("button", name="Try again").click()
    assert judge.shown()["action"] == "allow"
    expect(judge.demo.toast).to_be_hidden()


def test_moderation_shows_when_the_server_is_gone(judge: Judge) -> None:
    judge.demo.faults_expected = True
    judge.page.context.set_offline(True)
    judge.post.fill("toxicity=1")
    expect(judge.demo.toast).to_contain_text("The server cannot be reached")
    expect(judge.verdict).to_have_attribute("data-action", "none")
    judge.page.context.set_offline(False)
    with judge.page.expect_response("**/v1/moderate"):
        judge.demo.toast.get_by_role("button", name="Try again").click()
    assert judge.shown()["action"] == "block"


def test_moderation_asks_again_for_policies_that_did_not_come(demo: Demo) -> None:
    demo.faults_expected = True
    demo.page.route("**/v1/policies", lambda route: route.fulfill(status=502, body="<html>"))
    demo.page.get_by_role("tab", name="Moderation").click()
    expect(demo.toast).to_contain_text("could not be read (status 502)")
    demo.page.unroute("**/v1/policies")
    demo.toast.get_by_role("button", name="Try again").click()
    expect(demo.page.get_by_label("Policy")).to_have_value("default")
    expect(demo.page.locator("#policy option")).not_to_have_count(1)


def test_moderation_says_what_could_not_be_done(judge: Judge) -> None:
    verdict = judge.judge("some poison here")
    assert verdict["action"] == "review"
    expect(judge.page.locator("#failures")).to_contain_text("The classifier failed")
    expect(judge.row("insult")).to_contain_text("no score")


def test_moderation_has_no_tab_where_the_server_has_no_classifier(
    open_demo: Callable[..., Demo],
) -> None:
    with serve(Settings(engine="fake", moderation=False)) as origin:
        demo = open_demo(origin=origin)
        expect(demo.page.get_by_role("tab")).to_have_count(0)
        demo.translate("你好")
