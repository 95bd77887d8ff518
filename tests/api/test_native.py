"""The native routes: shapes, languages, options and limits."""

from collections.abc import Callable

import httpx2
import pytest

from service.api.schemas import DetectOut, LanguagesOut, TranslateOut
from service.settings import Settings
from tests.api.harness import native, raw, serve

pytestmark = pytest.mark.anyio

EN, ZH, MIXED = "Good morning, world!", "今天天气真好。", "我今天去了 the new coffee shop。"


async def translated(
    client: httpx2.AsyncClient, text: object, *args: object, **fields: object
) -> TranslateOut:
    response = await client.post("/v1/translate", **native(text, *args, **fields))
    assert response.status_code == 200, response.text
    return TranslateOut.model_validate_json(response.content)


@pytest.mark.parametrize(
    ("text", "target", "source_lang", "target_lang"),
    [
        (EN, "zh", "en", "zh-Hans"),
        (ZH, "en", "zh-Hans", "en"),
        (MIXED, "en", "zh-Hans", "en"),
        (EN, "zh-TW", "en", "zh-Hant"),
    ],
)
async def test_native_translate_answers_its_schema(
    client: httpx2.AsyncClient, text: str, target: str, source_lang: str, target_lang: str
) -> None:
    answer = await translated(client, text, target)
    assert answer.model
    [translation] = answer.translations
    assert translation.text
    assert translation.text != text
    assert (translation.source_lang, translation.target_lang) == (source_lang, target_lang)
    assert translation.detection is not None
    for segment in translation.segments:
        assert 0 <= segment.source[0] < segment.source[1] <= len(text)
        assert 0 <= segment.target[0] <= segment.target[1] <= len(translation.text)


async def test_native_translate_a_list_keeps_its_order_and_detects_each(
    client: httpx2.AsyncClient,
) -> None:
    answer = await translated(client, [EN, ZH, "", EN], "zh")
    assert [t.source_lang for t in answer.translations] == ["en", "zh-Hans", None, "en"]
    assert answer.translations[0] == answer.translations[3]
    assert answer.translations[1].text == ZH
    assert [w.code for w in answer.translations[1].warnings] == ["already_in_target"]
    assert answer.translations[2].text == ""


async def test_native_translate_an_empty_list_is_an_empty_list(client: httpx2.AsyncClient) -> None:
    assert (await translated(client, [], "zh")).translations == []


async def test_native_translate_a_named_source_is_not_detected(client: httpx2.AsyncClient) -> None:
    [translation] = (await translated(client, EN, "zh", source_lang="en-US")).translations
    assert translation.detection is None
    assert translation.source_lang == "en"


async def test_native_translate_reports_protected_spans_in_code_points(
    client: httpx2.AsyncClient,
) -> None:
    text = "😀 See https://example.com/a?b=c today, my good friend"
    [translation] = (await translated(client, text, "zh")).translations
    spans = {p.kind: p for p in translation.protected}
    url = spans["url"]
    assert text[url.source[0] : url.source[1]] == "https://example.com/a?b=c"
    assert translation.text[url.target[0] : url.target[1]] == "https://example.com/a?b=c"
    emoji = spans["emoji"]
    assert text[slice(*emoji.source)] == translation.text[slice(*emoji.target)] == "😀"


async def test_native_translate_html_keeps_the_markup(client: httpx2.AsyncClient) -> None:
    html = '<p class="x">Good <b>morning</b>, world!</p>'
    [translation] = (await translated(client, html, "zh", format="html")).translations
    assert translation.text.startswith('<p class="x">')
    assert translation.text.endswith("</p>")


async def test_native_translate_hashtags_are_kept_unless_asked_for(
    client: httpx2.AsyncClient,
) -> None:
    text = "What a lovely day #sunshine"
    [kept] = (await translated(client, text, "zh")).translations
    [changed] = (await translated(client, text, "zh", hashtags="translate")).translations
    [glossed] = (await translated(client, text, "zh", hashtags="both")).translations
    assert "#sunshine" in kept.text
    assert "#sunshine" not in changed.text
    assert glossed.text.startswith(kept.text + "（")
    [tag] = glossed.protected
    assert glossed.text[slice(*tag.target)] == "#sunshine"


async def test_native_translate_round_trip_estimates_again(client: httpx2.AsyncClient) -> None:
    texts = [EN, "My cat sleeps all day.", "He spilled the beans again.", "The hem came undone."]
    plain = (await translated(client, texts, "zh")).translations
    checked = (await translated(client, texts, "zh", round_trip=True)).translations
    assert [t.text for t in checked] == [t.text for t in plain]
    scores, before, after = (
        [[getattr(s, what) for s in t.segments] for t in found]
        for what, found in (("score", checked), ("quality", plain), ("quality", checked))
    )
    assert scores == [[s.score for s in t.segments] for t in plain]
    assert after != before


async def test_native_translate_tells_of_cantonese(client: httpx2.AsyncClient) -> None:
    [found] = (await translated(client, "佢哋喺度做咩？", "en")).translations
    assert found.detection is not None
    assert found.detection.reason == "cantonese"
    [named] = (await translated(client, "佢哋喺度做咩？", "en", source_lang="yue")).translations
    assert named.source_lang == "zh-Hant"
    assert [w.code for w in (*found.warnings, *named.warnings)].count("cantonese") == 2


async def test_native_translate_alternatives(client: httpx2.AsyncClient) -> None:
    [plain] = (await translated(client, EN, "zh")).translations
    [rich] = (await translated(client, EN, "zh", alternatives=3)).translations
    assert plain.alternatives == []
    assert 1 <= len(rich.alternatives) <= 3
    assert rich.text not in rich.alternatives


async def test_native_translate_explains_slang_and_emoji_codes(client: httpx2.AsyncClient) -> None:
    text = "😀这家店真的yyds，我在吃瓜[笑哭R]"
    [translation] = (await translated(client, text, "en")).translations
    notes = {text[slice(*note.span)]: note for note in translation.notes}
    assert list(notes) == ["yyds", "吃瓜", "[笑哭R]"]
    goat, emote = notes["yyds"], notes["[笑哭R]"]
    assert (goat.id, goat.lang, goat.expansion, goat.expanded) == (
        "zh-0001",
        "zh",
        "永远的神",
        True,
    )
    assert goat.translation
    assert goat.note_en
    assert (emote.lang, emote.translation, emote.expanded) == ("zh", "crying laughing", False)
    assert translation.decoded == []


async def test_native_translate_slang_can_be_left_alone(client: httpx2.AsyncClient) -> None:
    text = "这家店真的yyds[笑哭R]"
    [translation] = (await translated(client, text, "en", slang=False)).translations
    assert translation.notes == []
    assert "yyds" in translation.text


async def test_native_translate_decodes_when_asked_to(client: httpx2.AsyncClient) -> None:
    text = "宝贝 520 呀"
    [plain] = (await translated(client, text, "en")).translations
    [read] = (await translated(client, text, "en", decode=True)).translations
    assert plain.decoded == []
    [code] = read.decoded
    assert (text[slice(*code.span)], code.kind, code.text) == ("520", "number", "我爱你")
    assert code.english


async def test_native_translate_counts_slang(client: httpx2.AsyncClient) -> None:
    await translated(client, ["这家店真的yyds", "ngl so good"], "en")
    counted = (await client.get("/metrics")).text
    assert 'magpie_slang_total{expanded="yes",language="zh"} 1.0' in counted
    assert 'magpie_slang_total{expanded="no",language="en"} 1.0' in counted


@pytest.mark.parametrize("code", ["zh", "zh-CN", "zh_CN", "ZH-HANS", "cmn_Hans", "zho"])
async def test_native_translate_takes_every_alias(client: httpx2.AsyncClient, code: str) -> None:
    [translation] = (await translated(client, EN, code)).translations
    assert translation.target_lang == "zh-Hans"


async def test_native_translate_between_chinese_scripts(client: httpx2.AsyncClient) -> None:
    [translation] = (await translated(client, "汉语", "zh-Hant", source_lang="zh")).translations
    assert translation.text == "漢語"


@pytest.mark.parametrize(
    "media_type",
    ["application/json", "Application/JSON; charset=utf-8", "application/vnd.api+json"],
)
async def test_native_translate_takes_json_media_types(
    client: httpx2.AsyncClient, media_type: str
) -> None:
    body = b'\xef\xbb\xbf{"text": "Hi there", "target_lang": "zh"}'  # with the mark some Windows clients send
    response = await client.post("/v1/translate", **raw(body, media_type))
    assert response.status_code == 200


@pytest.mark.parametrize("media_type", ["application/x-www-form-urlencoded", "text/plain", "x"])
@pytest.mark.parametrize("path", ["/v1/translate", "/v1/detect"])
async def test_native_refuses_other_media_types(
    client: httpx2.AsyncClient, path: str, media_type: str
) -> None:
    response = await client.post(path, **raw(b'{"text": "Hi", "target_lang": "zh"}', media_type))
    assert response.status_code == 415
    assert response.json()["error"]["code"] == "unsupported_media_type"


async def test_native_detect_answers_its_schema(client: httpx2.AsyncClient) -> None:
    response = await client.post(
        "/v1/detect", json={"text": [EN, ZH, MIXED, "こんにちは", "😀", ""]}
    )
    assert response.status_code == 200
    found = DetectOut.model_validate_json(response.content).detections
    assert [d.lang for d in found] == ["en", "zh-Hans", "zh-Hans", None, None, None]
    assert [d.mixed for d in found][:3] == [False, False, True]
    assert [d.reason for d in found][3:] == ["unknown_script", "no_letters", "empty"]


async def test_native_detect_takes_a_single_text_and_a_long_one(client: httpx2.AsyncClient) -> None:
    for text in (ZH, EN * 500):
        response = await client.post("/v1/detect", json={"text": text})
        assert len(response.json()["detections"]) == 1


async def test_native_languages_answers_its_schema(client: httpx2.AsyncClient) -> None:
    response = await client.get("/v1/languages")
    listed = LanguagesOut.model_validate_json(response.content).languages
    targets = {language.code: language.targets for language in listed}
    assert targets == {
        "en": ["zh-Hans", "zh-Hant"],
        "zh-Hans": ["en", "zh-Hant"],
        "zh-Hant": ["en", "zh-Hans"],
    }
    for language in listed:
        for alias in language.aliases:
            [translation] = (await translated(client, "ok", "en", source_lang=alias)).translations
            assert translation.source_lang == language.code


@pytest.mark.parametrize(
    ("body", "status", "code", "field", "limit", "actual"),
    [
        (native("x" * 21)["json"], 413, "text_too_long", "text", 20, 21),
        (native(["a", "字" * 21])["json"], 413, "text_too_long", "text[1]", 20, 21),
        (native(["a"] * 4)["json"], 413, "too_many_items", "text", 3, 4),
        (native("a", alternatives=2)["json"], 400, "invalid_request", "alternatives", 1, 2),
        (native("a" * 500)["json"], 413, "payload_too_large", None, 200, None),
    ],
)
async def test_native_limits_name_the_field_the_limit_and_the_size(
    make_settings: Callable[..., Settings],
    body: object, status: int, code: str, field: str | None, limit: int, actual: int | None,
) -> None:  # fmt: skip
    settings = make_settings(max_text_chars=20, max_items=3, max_alternatives=1, max_body_bytes=200)
    async with serve(settings) as client:
        response = await client.post("/v1/translate", json=body)
    error = response.json()["error"]
    assert response.status_code == status
    assert (error["code"], error["field"], error["limit"]) == (code, field, limit)
    assert error["actual"] == (actual or len(response.request.content))


async def test_native_limits_hold_for_detect(make_settings: Callable[..., Settings]) -> None:
    async with serve(make_settings(max_text_chars=5)) as client:
        response = await client.post("/v1/detect", json={"text": ["fine", "今天天气真好"]})
    assert response.status_code == 413
    assert response.json()["error"]["field"] == "text[1]"
