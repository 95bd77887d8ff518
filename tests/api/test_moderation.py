"""The moderation routes: shapes, languages, evidence in both offsets, options, policies, both sides of a text."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest

from service.api.moderation_schemas import ModerateOut, PoliciesOut, VerdictOut
from service.api.schemas import TranslateOut
from service.policy.schema import PRESETS
from service.settings import Settings
from tests.api.harness import dumps, native, raw, serve
from tests.pipeline.judging import TERMS

pytestmark = pytest.mark.anyio

EN, ZH, MIXED = "Good morning, world!", "今天天气真好。", "我今天去了 the new coffee shop。"
BAD_EN, BAD_ZH = "you are a badword, my friend", "你真是坏词啊"


@pytest.fixture
async def listed(
    make_settings: Callable[..., Settings], tmp_path: Path
) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of a service that knows the invented terms too."""
    file = tmp_path / "terms.tsv"
    file.write_text(TERMS, "utf-8")
    async with serve(make_settings(lexicons=str(file))) as started:
        yield started


async def moderated(client: httpx2.AsyncClient, text: object, **fields: object) -> ModerateOut:
    response = await client.post("/v1/moderate", json={"text": text, **fields})
    assert response.status_code == 200, response.text
    return ModerateOut.model_validate_json(response.content)


async def one(client: httpx2.AsyncClient, text: str, **fields: object) -> VerdictOut:
    [verdict] = (await moderated(client, text, **fields)).verdicts
    return verdict


@pytest.mark.parametrize(
    ("text", "language"), [(EN, "en"), (ZH, "zh"), (MIXED, "mixed"), ("😀", "none"), ("", "none")]
)
async def test_moderate_clean_texts(client: httpx2.AsyncClient, text: str, language: str) -> None:
    verdict = await one(client, text)
    assert (verdict.action, verdict.flagged, verdict.language) == ("allow", False, language)
    assert verdict.evidence == verdict.reasons == verdict.warnings == []
    assert (verdict.policy, verdict.mode, verdict.model) == ("default", "live", "fake")
    assert (verdict.opinion, verdict.translation) == (None, None)
    assert len(verdict.categories) == 10


@pytest.mark.parametrize(
    ("text", "word"), [(BAD_EN, "badword"), (BAD_ZH, "坏词"), ("😀😀 你是坏词 😀", "坏词")]
)
async def test_moderate_says_which_characters_and_why(
    client: httpx2.AsyncClient, text: str, word: str
) -> None:
    verdict = await one(client, text)
    assert verdict.flagged
    assert verdict.reasons
    evidence = verdict.evidence[0]
    assert text[slice(*evidence.span)] == word
    units = text.encode("utf-16-le")[2 * evidence.utf16[0] : 2 * evidence.utf16[1]]
    assert units.decode("utf-16-le") == word
    assert evidence.rule.startswith("classifier:")
    assert (evidence.weight or 0) > 0.5


async def test_moderate_listed_terms_name_the_way_they_were_read(
    listed: httpx2.AsyncClient,
) -> None:
    text = "😀 what a ｚｏｒｇｌｅ"
    verdict = await one(listed, text)
    [evidence] = verdict.evidence
    assert text[slice(*evidence.span)] == "ｚｏｒｇｌｅ"
    assert evidence.utf16 == (evidence.span[0] + 1, evidence.span[1] + 1)
    assert evidence.rule == "lexicon:test/en#1"
    assert (evidence.category, evidence.severity) == ("insult", 3)
    assert "width" in evidence.views


async def test_moderate_unsupported_categories_are_null(client: httpx2.AsyncClient) -> None:
    english, chinese = (await moderated(client, [EN, ZH])).verdicts
    assert (english.categories["sexual"].score, english.categories["sexual"].supported) == (None, False)  # fmt: skip
    assert chinese.categories["sexual"].supported
    assert (chinese.categories["threat"].score, chinese.categories["threat"].supported) == (None, False)  # fmt: skip


async def test_moderate_a_list_keeps_its_order_and_detects_each(
    client: httpx2.AsyncClient,
) -> None:
    answer = await moderated(client, [EN, BAD_ZH, "Привет, как дела?", "", MIXED])
    assert (answer.model, len(answer.lexicon_version)) == ("fake", 16)
    assert [v.language for v in answer.verdicts] == ["en", "zh", "other", "none", "mixed"]
    assert [v.action for v in answer.verdicts] == ["allow", "review", "review", "allow", "allow"]
    assert answer.verdicts[2].reasons[0].rule == "unsupported_language"


async def test_moderate_an_empty_list_is_an_empty_list(client: httpx2.AsyncClient) -> None:
    assert (await moderated(client, [])).verdicts == []


async def test_moderate_a_broken_classifier_is_a_review_and_no_error(
    client: httpx2.AsyncClient,
) -> None:
    fine, broken = (await moderated(client, [EN, "this is poison"])).verdicts
    assert fine.action == "allow"
    assert (broken.action, broken.warnings) == ("review", ["classifier_failed"])
    assert broken.categories["toxicity"].score is None
    assert broken.categories["toxicity"].supported


async def test_moderate_explain_can_be_left_out(client: httpx2.AsyncClient) -> None:
    verdict = await one(client, BAD_EN, explain=False)
    assert verdict.flagged
    assert verdict.evidence == []


async def test_moderate_a_named_language_is_checked(client: httpx2.AsyncClient) -> None:
    assert (await one(client, ZH, lang="zh-TW")).language == "zh"
    assert (await one(client, ZH, lang="en-US")).language == "mixed"


async def test_moderate_second_opinion_and_reading(client: httpx2.AsyncClient) -> None:
    verdict = await one(client, BAD_ZH, second_opinion=True, translate_to="en")
    assert verdict.opinion is not None
    assert verdict.opinion["toxicity"] is not None
    assert verdict.translation is not None
    assert verdict.translation.target_lang == "en"
    assert verdict.translation.text != BAD_ZH
    for evidence in verdict.translation.evidence:
        assert 0 <= evidence.span[0] < evidence.span[1] <= len(verdict.translation.text)
        assert evidence.note == "approximate"


@pytest.mark.parametrize("name", PRESETS)
async def test_moderate_by_a_policy_of_ones_choice(client: httpx2.AsyncClient, name: str) -> None:
    verdict = await one(client, EN, policy=name)
    assert verdict.policy == name


@pytest.mark.parametrize(("age", "action"), [("1", "review"), ("400", "allow")])
async def test_moderate_context_reaches_the_policy(
    client: httpx2.AsyncClient, age: str, action: str
) -> None:
    text = "Please have a look at https://example.com today"
    context = {"account_age_days": age}
    verdict = await one(client, text, policy="newcomer-surge", context=context)
    assert verdict.action == action


async def test_moderate_tells_where_the_time_went(client: httpx2.AsyncClient) -> None:
    response = await client.post("/v1/moderate", json={"text": EN})
    assert "inference" in response.headers["server-timing"]


async def test_policies_are_listed_with_their_rules(client: httpx2.AsyncClient) -> None:
    answer = PoliciesOut.model_validate_json((await client.get("/v1/policies")).content)
    assert {policy.name for policy in answer.policies} == set(PRESETS)
    assert [policy.name for policy in answer.policies if policy.default] == ["default"]
    assert all(policy.rules and len(policy.policy_version) == 16 for policy in answer.policies)


async def test_policies_of_files_come_first(
    make_settings: Callable[..., Settings], tmp_path: Path
) -> None:
    strict, second = tmp_path / "house-rules.toml", tmp_path / "second.toml"
    strict.write_text('extends = "default"\nmode = "shadow"\n', "utf-8")
    second.write_text('extends = "default"\n', "utf-8")
    async with serve(make_settings(policy=f"{strict}, {second}")) as client:
        answer = PoliciesOut.model_validate_json((await client.get("/v1/policies")).content)
        verdict = await one(client, BAD_EN)
    assert [policy.name for policy in answer.policies[:2]] == ["house-rules", "second"]
    assert answer.policies[0].default
    assert (verdict.policy, verdict.mode, verdict.flagged) == ("house-rules", "shadow", True)


async def test_moderation_switched_off_is_not_there(make_settings: Callable[..., Settings]) -> None:
    settings = make_settings(moderation=False)
    async with serve(settings) as client:
        answers = [
            await client.post("/v1/moderate", json={"text": EN}),
            await client.get("/v1/policies"),
            await client.post("/v1/translate", **native(EN, moderate=True)),
        ]
        translated = await client.post("/v1/translate", **native(EN))
    assert [answer.status_code for answer in answers] == [404] * 3
    assert {answer.json()["error"]["code"] for answer in answers} == {"not_found"}
    assert translated.status_code == 200


# Bad input


@pytest.mark.parametrize(
    ("fields", "code", "field"),
    [
        ({"text": 5}, "invalid_request", "text"),
        ({"text": None}, "invalid_request", "text"),
        ({"text": ["a", 5]}, "invalid_request", "text[1]"),
        ({"lang": "fr"}, "unsupported_language", "lang"),
        ({"lang": 5}, "invalid_request", "lang"),
        ({"lang": None}, "invalid_request", "lang"),
        ({"translate_to": "auto"}, "unsupported_language", "translate_to"),
        ({"translate_to": "xx"}, "unsupported_language", "translate_to"),
        ({"policy": "no such"}, "invalid_request", "policy"),
        ({"policy": None}, "invalid_request", "policy"),
        ({"second_opinion": "yes"}, "invalid_request", "second_opinion"),
        ({"explain": 1}, "invalid_request", "explain"),
        ({"context": {"account_age_days": 3}}, "invalid_request", "context"),
        ({"context": {"k": "v" * 201}}, "invalid_request", "context"),
        ({"context": {str(n): "v" for n in range(33)}}, "invalid_request", "context"),
        ({"colour": "red"}, "invalid_request", "colour"),
    ],
)
async def test_moderate_bad_input_names_the_field(
    client: httpx2.AsyncClient, fields: dict[str, Any], code: str, field: str
) -> None:
    response = await client.post("/v1/moderate", json={"text": "Hello"} | fields)
    assert response.status_code == 400, response.text
    error = response.json()["error"]
    assert (error["code"], error["field"]) == (code, field)


@pytest.mark.parametrize("half", ["\ud83d", "a\udc00b"])
@pytest.mark.parametrize("at", [None, 1])
async def test_moderate_bad_input_lone_surrogates(
    client: httpx2.AsyncClient, half: str, at: int | None
) -> None:
    text = half if at is None else ["fine", half]
    response = await client.post("/v1/moderate", **raw(dumps({"text": text})))
    error = response.json()["error"]
    assert (response.status_code, error["code"]) == (400, "invalid_text")
    assert error["field"] == ("text" if at is None else "text[1]")


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'"text"', b"\xff\xfe", b"[" * 100_000, b'{"text": "a\nb"}']
)
async def test_moderate_bad_input_unreadable_bodies(
    client: httpx2.AsyncClient, body: bytes
) -> None:
    response = await client.post("/v1/moderate", **raw(body))
    assert response.status_code == 400
    assert response.json()["error"]["code"] == "invalid_request"


async def test_moderate_bad_input_sizes(client: httpx2.AsyncClient) -> None:
    long = await client.post("/v1/moderate", json={"text": ["fine", "w" * 20_001]})
    many = await client.post("/v1/moderate", json={"text": ["hi"] * 257})
    large = await client.post("/v1/moderate", json={"text": "w" * 2_000_001})
    codes = [answer.json()["error"]["code"] for answer in (long, many, large)]
    assert codes == ["text_too_long", "too_many_items", "payload_too_large"]
    assert {answer.status_code for answer in (long, many, large)} == {413}
    assert long.json()["error"]["field"] == "text[1]"


async def test_moderate_bad_input_is_json_only(client: httpx2.AsyncClient) -> None:
    response = await client.post("/v1/moderate", data={"text": "hi"})
    assert response.status_code == 415


@pytest.mark.parametrize(
    "text",
    ["\0" * 1000, "😀👍🏽👨‍👩‍👧🇨🇳🎉" * 500, "\u200b\u202e" * 5000, "<div>" * 4000, "a\u0301" * 9000, "好" * 20_000,
     "word " * 4000, "⟦0⟧</s><pad>>>eng<<", "{{x}}" * 4000],
    ids=["nul", "emoji", "invisible", "html", "marks", "han", "words", "control", "templates"],
)  # fmt: skip
async def test_moderate_strange_texts_get_a_verdict(client: httpx2.AsyncClient, text: str) -> None:
    assert (await one(client, text)).action in ("allow", "review", "block")


@pytest.mark.parametrize("path", ["/v1/moderate", "/v1/translate"])
async def test_moderate_wants_a_key_where_there_are_keys(
    make_settings: Callable[..., Settings], path: str
) -> None:
    body = {"text": EN, "target_lang": "zh"} if path == "/v1/translate" else {"text": EN}
    async with serve(make_settings(api_keys="secret")) as client:
        refused = await client.post(path, json=body)
        admitted = await client.post(path, json=body, headers={"x-api-key": "secret"})
    assert (refused.status_code, admitted.status_code) == (401, 200)


# Both sides of a translation


async def test_translate_without_moderate_has_no_verdicts(client: httpx2.AsyncClient) -> None:
    response = await client.post("/v1/translate", **native(BAD_EN))
    [translation] = TranslateOut.model_validate_json(response.content).translations
    assert translation.moderation is None


async def test_translate_with_moderate_judges_both_sides(client: httpx2.AsyncClient) -> None:
    response = await client.post("/v1/translate", **native([EN, BAD_EN], moderate=True))
    clean, bad = TranslateOut.model_validate_json(response.content).translations
    assert clean.moderation is not None
    assert bad.moderation is not None
    assert clean.moderation.added_toxicity == "none"
    assert (clean.moderation.source.action, clean.moderation.target.action) == ("allow", "allow")
    assert (clean.moderation.source.language, clean.moderation.target.language) == ("en", "zh")
    assert bad.moderation.source.flagged
    assert not bad.moderation.target.flagged


@pytest.mark.parametrize(
    ("fields", "field"),
    [({"moderate": "yes"}, "moderate"), ({"moderate": True, "policy": "none"}, "policy")],
)
async def test_translate_with_moderate_bad_input(
    client: httpx2.AsyncClient, fields: dict[str, Any], field: str
) -> None:
    response = await client.post("/v1/translate", **native(EN, **fields))
    assert response.status_code == 400
    error = response.json()["error"]
    assert (error["code"], error["field"]) == ("invalid_request", field)
