"""The Perspective dialect below its client: every error of the service, broken bodies, odd texts, failing parts."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx2
import pytest

from service.api.dialects.perspective_schemas import AnalyzeOut, FeedbackOut, PerspectiveError
from service.api.dialects.scores import FLOOR
from service.api.errors import STATUS
from service.api.limits import KeyMissing
from service.errors import InvalidRequest, ServiceError
from service.settings import Settings
from tests.api.harness import dumps, raw, serve
from tests.api.test_errors import tree
from tests.contract.moderators import cloaked, failing
from tests.contract.test_perspective import ATTRIBUTES, BAD, EN, MIXED, ZH, settings

pytestmark = pytest.mark.anyio

ANALYZE, SUGGEST = "/v1alpha1/comments:analyze", "/v1alpha1/comments:suggestscore"
STATUSES = {"unauthorized": 400, "text_too_long": 400}


def body(text: object, *names: str, **fields: Any) -> dict[str, Any]:
    wanted = {name: {} for name in names or ("TOXICITY",)}
    return {"comment": {"text": text}, "requestedAttributes": wanted} | fields


@pytest.fixture(scope="module")
async def http() -> AsyncIterator[httpx2.AsyncClient]:
    async with serve(settings(max_text_chars=300_000)) as started:
        yield started


@pytest.mark.parametrize("error", tree(), ids=lambda error: error.__name__)
async def test_perspective_every_error_has_its_shape(error: type[ServiceError]) -> None:
    made = error("Something specific.", field="comment", limit=5, actual=6, retry_after_s=2.5)
    runtime = failing(settings(), made)
    async with serve(settings(), runtime) as client:
        response = await client.post(ANALYZE, json=body(EN))
    expected = (
        403 if issubclass(error, KeyMissing) else STATUSES.get(error.code, STATUS[error.code])
    )
    assert response.status_code == expected
    assert (response.headers.get("retry-after") == "3") == (expected in (429, 503))
    fault = PerspectiveError.model_validate_json(response.content).error
    assert fault.code == expected
    assert fault.message
    assert fault.status.isupper()
    assert (fault.details is not None) >= issubclass(error, InvalidRequest)
    assert f'magpie_errors_total{{code="{error.code}"}} 1.0' in runtime.metrics.render().decode()


async def test_perspective_a_fault_of_our_own_does_not_show() -> None:
    runtime = failing(settings(), KeyError("PRIVATE"))
    async with serve(settings(), runtime, raise_app_exceptions=False) as client:
        response = await client.post(ANALYZE, json=body(EN))
    assert (response.status_code, response.json()["error"]["status"]) == (500, "INTERNAL")
    assert "PRIVATE" not in response.text


@pytest.mark.parametrize("path", [ANALYZE, SUGGEST])
async def test_perspective_wrong_method(http: httpx2.AsyncClient, path: str) -> None:
    response = await http.get(path)
    assert (response.status_code, response.headers["allow"]) == (405, "POST")
    assert response.json()["error"]["code"] == 405


@pytest.mark.parametrize("path", [ANALYZE, SUGGEST])
@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"nul", b'{"comment": "a"', b"\xff\xfe", b'{"comment": {"text": "\xff"}}', b"[" * 100_000,
     b'{"comment": {"text": "a\nb"}}', b"[]", b'"text"', b"null", b"1", dumps(body("a\ud83d")), dumps(body("\udc00b"))],
    ids=["empty", "open", "cut", "unclosed", "utf-16", "latin-1", "deep", "raw newline", "list", "string", "null",
         "number", "first half", "second half"],
)  # fmt: skip
async def test_perspective_unreadable_bodies(
    http: httpx2.AsyncClient, path: str, content: bytes
) -> None:
    response = await http.post(path, **raw(content))
    error = response.json()["error"]
    assert (response.status_code, error["status"]) == (400, "INVALID_ARGUMENT")
    assert error["details"][0]["errorType"] == "INVALID_REQUEST"


@pytest.mark.parametrize(
    "changes",
    [
        {"comment": "text"}, {"comment": 5}, {"comment": {"text": 5}}, {"comment": {"text": ["a"]}},
        {"comment": {"text": "a", "type": "MARKDOWN"}}, {"comment": {"text": "a", "colour": 1}},
        {"requestedAttributes": ["TOXICITY"]}, {"requestedAttributes": "TOXICITY"},
        {"requestedAttributes": {"TOXICITY": 0.5}}, {"requestedAttributes": {"TOXICITY": {"scoreThreshold": "high"}}},
        {"languages": "en"}, {"languages": [5]}, {"spanAnnotations": 1}, {"doNotStore": "no"}, {"clientToken": 5},
        {"context": []}, {"context": {"entries": "a"}},
    ],
    ids=str,
)  # fmt: skip
async def test_perspective_wrong_types(http: httpx2.AsyncClient, changes: dict[str, Any]) -> None:
    response = await http.post(ANALYZE, json=body(EN) | changes)
    assert response.status_code == 400
    error = response.json()["error"]
    assert error["details"][0]["errorType"] == "INVALID_REQUEST"
    assert next(iter(changes)) in error["message"]


async def test_perspective_reads_google_json(http: httpx2.AsyncClient) -> None:
    """Field names in snake case, null for nothing, any Content-Type, context, ids and a percent sign in the path."""
    sent = {
        "comment": {"text": BAD, "type": "PLAIN_TEXT"},
        "requested_attributes": {"TOXICITY": {"score_type": "PROBABILITY", "score_threshold": None}},
        "context": {"article_and_parent_comment": {"parent_comment": {"text": "Before"}}},
        "span_annotations": True, "do_not_store": True, "client_token": "t", "session_id": "s", "community_id": "c",
        "languages": None, "drop_unsupported_attributes": True,
    }  # fmt: skip
    for media_type in ("application/json", "text/plain", "application/x-www-form-urlencoded"):
        response = await http.post(ANALYZE.replace(":", "%3A"), **raw(dumps(sent), media_type))
        answer = AnalyzeOut.model_validate_json(response.content)
        assert answer.attributeScores is not None
        assert answer.clientToken == "t"


@pytest.mark.parametrize(
    "text",
    ["a\0b\0" + BAD, "😀" * 5000 + BAD, "👨‍👩‍👧\u200b\u202e" * 100 + BAD, "</s> <pad> " + BAD, "\n\t" + BAD],
    ids=["nul", "emoji", "joiners", "control tokens", "blanks"],
)  # fmt: skip
@pytest.mark.parametrize("spans", [True, False])
async def test_perspective_odd_texts_are_scored(
    http: httpx2.AsyncClient, text: str, spans: bool
) -> None:
    response = await http.post(ANALYZE, json=body(text, *ATTRIBUTES, spanAnnotations=spans))
    answer = AnalyzeOut.model_validate_json(response.content)
    assert answer.attributeScores is not None
    toxicity = answer.attributeScores["TOXICITY"]
    assert toxicity.summaryScore is not None
    assert toxicity.summaryScore.value > 0.9
    size = len(text.encode("utf-16-le")) // 2
    assert toxicity.spanScores
    assert all(0 <= span.begin < span.end <= size for span in toxicity.spanScores)


@pytest.mark.parametrize("case", cloaked(), ids=lambda case: str(case["id"]))
async def test_perspective_cloaked_words_raise_the_scores(
    http: httpx2.AsyncClient, case: dict[str, Any]
) -> None:
    """The fake classifier sees nothing in these; a client with a threshold is told, sentence by sentence."""
    text = f"😀 Good morning.\n{case['text']}"
    response = await http.post(ANALYZE, json=body(text, spanAnnotations=True))
    answer = response.json()
    toxicity = answer["attributeScores"]["TOXICITY"]
    assert toxicity["summaryScore"]["value"] >= FLOOR[case["severity"]]
    assert (toxicity["x_source"], answer["x_action"]) == ("lexicon", "review")
    assert toxicity["spanScores"][0]["score"]["value"] < 0.5
    units = text.encode("utf-16-le")
    found = [units[2 * e["begin"] : 2 * e["end"]].decode("utf-16-le") for e in answer["x_evidence"]]
    assert case["hit"] in found


@pytest.mark.parametrize("text", ["No. " * 50_000, "w" * 300_000, "好" * 300_000])
async def test_perspective_long_comments_with_spans(http: httpx2.AsyncClient, text: str) -> None:
    response = await http.post(ANALYZE, json=body(text, spanAnnotations=True))
    answer = AnalyzeOut.model_validate_json(response.content)
    assert answer.attributeScores is not None
    assert 1 <= len(answer.attributeScores["TOXICITY"].spanScores or []) <= 100


async def test_perspective_a_failing_classifier_is_no_clean_comment(
    http: httpx2.AsyncClient,
) -> None:
    """503, which clients try again, and never a number or a language error."""
    response = await http.post(ANALYZE, json=body("poison for the classifier", *ATTRIBUTES))
    assert response.status_code == 503
    assert response.headers["retry-after"]
    assert response.json()["error"]["status"] == "UNAVAILABLE"


async def test_perspective_feedback_leaves_no_trace_of_the_text(
    http: httpx2.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    sent = {
        "comment": {"text": "PRIVATE words"},
        "attributeScores": {"TOXICITY": {"summaryScore": {"value": 1}}},
    }
    response = await http.post(SUGGEST, json=sent)
    assert FeedbackOut.model_validate_json(response.content).detectedLanguages == ["en"]
    assert "PRIVATE" not in response.text
    assert "PRIVATE" not in caplog.text
    assert "PRIVATE" not in (await http.get("/metrics")).text


async def test_perspective_errors_repeat_nothing_of_a_comment(http: httpx2.AsyncClient) -> None:
    for sent in (
        body("PRIVATE", "PRIVATE words"),
        body("PRIVATE", colour="x"),
        body("PRIVATE", languages=["PRIVATE words"]),
        body(["PRIVATE"]),
    ):
        response = await http.post(ANALYZE, json=sent)
        assert response.status_code == 400 or sent.get("languages")
        assert "PRIVATE words" not in response.json().get("error", {}).get("message", "")


@pytest.mark.weights
async def test_perspective_with_the_bundled_classifier(
    make_settings: Callable[..., Settings],
) -> None:
    async with serve(make_settings(classifier="compact")) as client:
        for text in (EN, ZH, MIXED):
            response = await client.post(ANALYZE, json=body(text, *ATTRIBUTES))
            scores = AnalyzeOut.model_validate_json(response.content).attributeScores or {}
            assert set(scores) == set(ATTRIBUTES)
            assert all(s.summaryScore and s.summaryScore.value < 0.5 for s in scores.values())


@pytest.mark.parametrize(
    ("path", "fields", "message"),
    [
        (
            ANALYZE,
            {"requestedAttributes": {f"TOXICITY@{n}": {} for n in range(65)}},
            "requested_attributes has 65 entries, at most 64",
        ),
        (ANALYZE, {"languages": ["en"] * 33}, "languages has 33 entries, at most 32"),
        (ANALYZE, {"languages": ["en" * 18]}, "a code in languages is over 35 long"),
        (SUGGEST, {"languages": ["en"] * 33}, "languages has 33 entries, at most 32"),
        (
            SUGGEST,
            {
                "attributeScores": {
                    f"TOXICITY@{n}": {"summaryScore": {"value": 1}} for n in range(65)
                }
            },
            "attribute_scores has 65 entries, at most 64",
        ),
    ],
    ids=["attributes", "languages", "code", "suggest-languages", "suggest-attributes"],
)
async def test_perspective_lists_have_a_limit(
    http: httpx2.AsyncClient, path: str, fields: dict[str, Any], message: str
) -> None:
    wanted = body(EN)
    if path == SUGGEST:
        wanted = {
            "comment": {"text": EN},
            "attributeScores": {"TOXICITY": {"summaryScore": {"value": 1}}},
        }
    response = await http.post(path, json=wanted | fields)
    fault = PerspectiveError.model_validate_json(response.content).error
    assert (response.status_code, fault.status, fault.message) == (400, "INVALID_ARGUMENT", message)
    assert fault.details is not None
    assert fault.details[0]["errorType"] == "INVALID_REQUEST"


async def test_perspective_lists_up_to_their_limit_are_served(http: httpx2.AsyncClient) -> None:
    names = [f"TOXICITY@{n}" for n in range(64)]
    response = await http.post(ANALYZE, json=body(EN, *names, languages=["en"] * 32))
    assert response.status_code == 200
    assert len(response.json()["attributeScores"]) == 64
