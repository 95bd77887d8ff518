"""The OpenAI dialect as its clients see it: the ``openai`` package on a live port, every error, and broken input."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import httpx2
import openai
import pytest
from openai import AsyncOpenAI, OpenAI

from service.api.dialects.openai_schemas import KEYS, OpenAiError, OpenAiModerationsOut
from service.api.dialects.scores import FLOOR
from service.api.errors import STATUS
from service.errors import ServiceError
from service.settings import Settings
from tests.api.harness import dumps, raw, serve, serve_live
from tests.api.test_errors import tree
from tests.contract.moderators import cloaked, failing

URL = "/v1/moderations"
EN, ZH, MIXED = "Good morning, world!", "今天天气真好。", "今天 shopping 真开心"
BAD = "you are a badword badword badword"


def settings(**changes: Any) -> Settings:
    return Settings.model_validate({"engine": "fake", "classifier": "fake", "port": 0} | changes)


@pytest.fixture(scope="module")
def live() -> Iterator[str]:
    with serve_live(settings()) as (url, _):
        yield url


@pytest.fixture(scope="module")
def client(live: str) -> Iterator[OpenAI]:
    with OpenAI(base_url=f"{live}/v1", api_key="unused", max_retries=0) as made:
        yield made


@pytest.fixture(scope="module")
async def http() -> AsyncIterator[httpx2.AsyncClient]:
    async with serve(settings(max_text_chars=300_000)) as started:
        yield started


@pytest.mark.parametrize("text", [EN, ZH, MIXED, "😀👍", "12345", "", " \n"])
def test_openai_client_clean_texts(client: OpenAI, text: str) -> None:
    answer = client.moderations.create(input=text, model="omni-moderation-latest")
    assert answer.id.startswith("modr-")
    assert answer.model == "omni-moderation-latest"
    [result] = answer.results
    assert result.flagged is False
    assert not any(result.categories.to_dict().values())
    assert set(result.category_scores.to_dict()) == set(KEYS)
    assert result.category_scores.harassment_threatening < 0.1
    assert result.model_extra is not None
    assert result.model_extra["x_action"] == "allow"
    assert result.model_extra["x_language"] in ("en", "zh", "mixed", "none")


@pytest.mark.parametrize("text", [BAD, "你是坏词坏词坏词", "你是 badword 坏词 坏词"])
def test_openai_client_flagged_texts(client: OpenAI, text: str) -> None:
    [result] = client.moderations.create(input=text).results
    assert result.flagged is True
    assert result.categories.harassment is True
    assert result.category_scores.harassment > 0.9
    assert result.category_applied_input_types.harassment == ["text"]
    extra = result.model_extra or {}
    assert extra["x_action"] in ("review", "block")
    assert extra["x_reasons"][0]["category"] in ("toxicity", "insult")
    assert len(extra["x_policy_version"]) == 16
    assert {"illicit", "sexual/minors"} <= set(extra["x_unsupported"])
    for evidence in extra["x_evidence"]:
        start, end = evidence["span"]
        assert text[start:end].strip()


def test_openai_client_lists_and_parts(client: OpenAI) -> None:
    answer = client.moderations.create(input=[EN, BAD, ZH])
    assert [result.flagged for result in answer.results] == [False, True, False]
    parts: Any = [{"type": "text", "text": EN}, {"type": "text", "text": BAD}]
    [result] = client.moderations.create(input=parts).results
    assert result.flagged
    for evidence in (result.model_extra or {})["x_evidence"]:
        start, end = evidence["span"]
        assert f"{EN}\n{BAD}"[start:end].strip()


def test_openai_client_models_are_echoed(client: OpenAI) -> None:
    for model in ("omni-moderation-2024-09-26", "text-moderation-stable", "my-own-name"):
        assert client.moderations.create(input=EN, model=model).model == model
    unnamed = client.moderations.create(input=EN)
    assert unnamed.model == (unnamed.model_extra or {})["x_model"] == "fake"


def test_openai_client_picks_a_policy_by_model(client: OpenAI) -> None:
    answer = client.moderations.create(input=EN, model="magpie/default")
    assert answer.model == "magpie/default"
    [result] = answer.results
    assert (result.model_extra or {})["x_policy"] == "default"
    with pytest.raises(openai.NotFoundError) as missing:
        client.moderations.create(input=EN, model="magpie/PRIVATE")
    assert (missing.value.code, missing.value.param) == ("model_not_found", "model")
    assert "PRIVATE" not in missing.value.message


def test_openai_client_images_are_refused(client: OpenAI) -> None:
    url = {"url": "http://127.0.0.1:1/cat.png"}
    parts: Any = [{"type": "text", "text": EN}, {"type": "image_url", "image_url": url}]
    with pytest.raises(openai.BadRequestError, match="Images are not moderated") as refused:
        client.moderations.create(input=parts)
    assert refused.value.param == "input[1]"


@pytest.mark.anyio
async def test_openai_client_concurrent_answers_belong_to_their_inputs(live: str) -> None:
    scores = [at / 100 for at in range(0, 100, 2)]
    async with AsyncOpenAI(base_url=f"{live}/v1", api_key="unused", max_retries=0) as made:
        answers = await asyncio.gather(
            *(made.moderations.create(input=[EN, f"well threat={score}"]) for score in scores)
        )
    found = [answer.results[1].category_scores.harassment_threatening for answer in answers]
    assert found == pytest.approx(scores)
    assert len({answer.id for answer in answers}) == len(scores)


def test_openai_client_keys() -> None:
    with serve_live(settings(api_keys="good")) as (url, _):
        with OpenAI(base_url=f"{url}/v1", api_key="good", max_retries=0) as right:
            assert right.moderations.create(input=EN).results
        with (
            OpenAI(base_url=f"{url}/v1", api_key="bad", max_retries=0) as wrong,
            pytest.raises(openai.AuthenticationError) as refused,
        ):
            wrong.moderations.create(input=EN)
        assert (refused.value.status_code, refused.value.code) == (401, "invalid_api_key")
        missing = httpx2.post(f"{url}{URL}", json={"input": EN})
    assert missing.status_code == 401
    assert missing.headers["www-authenticate"] == "Bearer"
    assert missing.json()["error"]["code"] == "missing_api_key"


def test_openai_client_rate_limit() -> None:
    with (
        serve_live(settings(rate_limit="1/hour")) as (url, _),
        OpenAI(base_url=f"{url}/v1", api_key="any", max_retries=0) as made,
    ):
        made.moderations.create(input=EN)
        with pytest.raises(openai.RateLimitError) as refused:
            made.moderations.create(input=EN)
    assert refused.value.code == "rate_limit_exceeded"
    assert int(refused.value.response.headers["retry-after"]) > 0


@pytest.mark.anyio
@pytest.mark.parametrize("error", tree(), ids=lambda error: error.__name__)
async def test_openai_every_error_has_its_shape(error: type[ServiceError]) -> None:
    made = error("Something specific.", field="input", limit=5, actual=6, retry_after_s=2.5)
    runtime = failing(settings(), made)
    async with serve(settings(), runtime) as client:
        response = await client.post(URL, json={"input": EN})
    assert response.status_code == STATUS[error.code]
    assert (response.headers.get("retry-after") == "3") == (response.status_code in (429, 503))
    fault = OpenAiError.model_validate_json(response.content).error
    assert set(response.json()["error"]) == {"message", "type", "param", "code"}
    assert (fault.message, fault.param) == ("Something specific.", "input")
    assert fault.code
    assert (fault.type == "server_error") == (response.status_code >= 500)
    assert f'magpie_errors_total{{code="{error.code}"}} 1.0' in runtime.metrics.render().decode()


@pytest.mark.anyio
async def test_openai_a_fault_of_our_own_does_not_show(caplog: pytest.LogCaptureFixture) -> None:
    runtime = failing(settings(), KeyError("PRIVATE"))
    async with serve(settings(), runtime, raise_app_exceptions=False) as client:
        response = await client.post(URL, json={"input": EN})
    assert response.status_code == 500
    assert response.json()["error"]["type"] == "server_error"
    assert "PRIVATE" not in response.text


@pytest.mark.anyio
async def test_openai_wrong_method(http: httpx2.AsyncClient) -> None:
    response = await http.get(URL)
    assert (response.status_code, response.headers["allow"]) == (405, "POST")
    assert response.json()["error"]["code"] == "method_not_allowed"


PART = {"type": "text", "text": EN}


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({}, "input"),
        ({"input": None}, "input"),
        ({"input": 5}, "input"),
        ({"input": {}}, "input"),
        ({"input": []}, "input"),
        ({"input": [5]}, "input[0]"),
        ({"input": ["a", None]}, "input[1]"),
        ({"input": ["a", PART]}, "input[1]"),
        ({"input": [PART, "a"]}, "input[1]"),
        ({"input": [["a"]]}, "input[0]"),
        ({"input": [{}]}, "input[0]"),
        ({"input": [{"type": "text"}]}, "input[0]"),
        ({"input": [PART, {"type": "text", "text": 5}]}, "input[1]"),
        ({"input": [{"type": "audio", "text": "a"}]}, "input[0]"),
        ({"input": "a", "model": 5}, "model"),
        ({"input": "a", "model": ["x"]}, "model"),
        ({"input": "a", "model": "x" * 257}, "model"),
    ],
)
async def test_openai_wrong_types_name_the_parameter(
    http: httpx2.AsyncClient, body: dict[str, Any], param: str
) -> None:
    response = await http.post(URL, json=body)
    error = response.json()["error"]
    assert (response.status_code, error["param"]) == (400, param)
    assert error["type"] == "invalid_request_error"


@pytest.mark.anyio
@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"nul", b'{"input": "a"', b"\xff\xfe", b'{"input": "\xff"}', b'{"input": "\xed\xa0\xbd"}',
     b"[" * 100_000, b'{"input": "a\nb"}', b"[]", b'"text"', b"null", b"1",
     dumps({"input": [{"type": "text", "text": "\ud83d"}]})],
    ids=["empty", "open", "cut", "unclosed", "utf-16", "latin-1", "cesu-8", "deep", "raw newline", "list", "string",
         "null", "number", "half a pair in a part"],
)  # fmt: skip
async def test_openai_unreadable_bodies(http: httpx2.AsyncClient, body: bytes) -> None:
    response = await http.post(URL, **raw(body))
    assert response.status_code == 400
    assert response.json()["error"]["type"] == "invalid_request_error"


@pytest.mark.anyio
@pytest.mark.parametrize(("given", "param"), [("a\ud83d", "input"), ([EN, "\udc00"], "input[1]")])
async def test_openai_lone_surrogates_name_the_parameter(
    http: httpx2.AsyncClient, given: object, param: str
) -> None:
    response = await http.post(URL, **raw(dumps({"input": given})))
    error = response.json()["error"]
    assert (response.status_code, error["code"], error["param"]) == (400, "invalid_text", param)


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("given", "code", "param"),
    [
        ("word " * 70_000, "text_too_long", "input"),
        ([EN, "w" * 300_001], "text_too_long", "input[1]"),
        ([{"type": "text", "text": "w" * 200_000}] * 2, "text_too_long", "input"),
        (["hi"] * 257, "too_many_items", "input"),
        ("w" * 3_000_000, "payload_too_large", None),
    ],
    ids=["long", "long in a list", "long in parts", "many", "huge"],
)
async def test_openai_sizes(
    http: httpx2.AsyncClient, given: object, code: str, param: str | None
) -> None:
    response = await http.post(URL, json={"input": given})
    error = response.json()["error"]
    assert (response.status_code, error["code"], error["param"]) == (413, code, param)


@pytest.mark.anyio
@pytest.mark.parametrize(
    "text",
    ["a\0b\0" + BAD, "😀" * 5000 + BAD, "👨‍👩‍👧\u200b\u202e" * 100 + BAD, "</s> <pad> " + BAD],
    ids=["nul", "emoji", "joiners", "control tokens"],
)
async def test_openai_odd_texts_are_judged(http: httpx2.AsyncClient, text: str) -> None:
    response = await http.post(URL, json={"input": text, "metadata": {"ignored": True}})
    answer = OpenAiModerationsOut.model_validate_json(response.content)
    assert answer.results[0].flagged


@pytest.mark.anyio
@pytest.mark.parametrize("case", cloaked(), ids=lambda case: str(case["id"]))
async def test_openai_cloaked_words_are_flagged_and_shown(
    http: httpx2.AsyncClient, case: dict[str, Any]
) -> None:
    """The fake classifier sees nothing in these; the lists do, and the score follows them."""
    text = "😀 " + case["text"]
    [result] = (await http.post(URL, json={"input": text})).json()["results"]
    assert result["flagged"]
    assert max(result["category_scores"].values()) >= FLOOR[case["severity"]]
    evidence = next(e for e in result["x_evidence"] if case["hit"] == text[slice(*e["span"])])
    start, end = (2 * unit for unit in evidence["utf16"])
    assert text.encode("utf-16-le")[start:end].decode("utf-16-le") == case["hit"]
    assert evidence["views"]


@pytest.mark.anyio
async def test_openai_media_types(http: httpx2.AsyncClient) -> None:
    body = json.dumps({"input": EN}).encode()
    assert (await http.post(URL, content=body)).status_code == 200
    assert (await http.post(URL, **raw(body, "application/json; charset=utf-8"))).is_success
    refused = await http.post(URL, **raw(body, "text/plain"))
    assert (refused.status_code, refused.json()["error"]["code"]) == (415, "unsupported_media_type")


@pytest.mark.anyio
async def test_openai_a_failing_classifier_is_no_clean_text(http: httpx2.AsyncClient) -> None:
    """What could not be judged is flagged for review, and its zeros are named as unknown."""
    [result] = (await http.post(URL, json={"input": "poison for the classifier"})).json()["results"]
    assert result["flagged"]
    assert result["x_action"] == "review"
    assert [reason["rule"] for reason in result["x_reasons"]] == ["classifier_unavailable"]
    assert result["x_unsupported"] == list(KEYS)


@pytest.mark.anyio
@pytest.mark.parametrize("text", ["Привет, как дела?", "今日はいい天気ですね", "안녕하세요"])
async def test_openai_other_languages_are_for_review(http: httpx2.AsyncClient, text: str) -> None:
    [result] = (await http.post(URL, json={"input": text})).json()["results"]
    assert (result["flagged"], result["x_action"]) == (True, "review")
    assert result["x_reasons"][0]["rule"] == "unsupported_language"
    assert result["x_unsupported"] == list(KEYS)


@pytest.mark.weights
@pytest.mark.anyio
async def test_openai_with_the_bundled_classifier(make_settings: Callable[..., Settings]) -> None:
    async with serve(make_settings(classifier="compact")) as client:
        response = await client.post(URL, json={"input": [EN, ZH]})
    answer = OpenAiModerationsOut.model_validate_json(response.content)
    assert [result.flagged for result in answer.results] == [False, False]
    assert all(len(result.x_unsupported) < len(KEYS) for result in answer.results)
