"""The Perspective dialect as Google's own client sees it, built from a discovery document, on a live port."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx2
import pytest
from googleapiclient import discovery
from googleapiclient.errors import HttpError
from httplib2 import Http

from service.settings import Settings
from tests.api.harness import serve_live

DOCUMENT = Path(__file__).parents[1] / "data" / "perspective-discovery.json"
EN, ZH, MIXED = "Good morning, world!", "今天天气真好。", "今天 shopping 真开心"
BAD = "you are a badword badword badword"
PRODUCTION = ["TOXICITY", "SEVERE_TOXICITY", "IDENTITY_ATTACK", "INSULT", "PROFANITY", "THREAT"]
ATTRIBUTES = [*PRODUCTION, "SEXUALLY_EXPLICIT", *(f"{name}_EXPERIMENTAL" for name in PRODUCTION)]


def settings(**changes: Any) -> Settings:
    return Settings.model_validate({"engine": "fake", "classifier": "fake", "port": 0} | changes)


def connect(url: str, key: str = "any-key", document: dict[str, Any] | None = None) -> Any:
    """Google's client; ``api_endpoint`` is the one line that a moving user changes."""
    return discovery.build_from_document(
        document or json.loads(DOCUMENT.read_text("utf-8")),
        developerKey=key,
        http=Http(timeout=20),
        client_options={"api_endpoint": url},
    )


@pytest.fixture(scope="module")
def live() -> Iterator[str]:
    with serve_live(settings()) as (url, _):
        yield url


@pytest.fixture(scope="module")
def comments(live: str) -> Iterator[Any]:
    with closing(connect(live)) as service:
        yield service.comments()


def analyze(comments: Any, text: str, *names: str, **fields: Any) -> dict[str, Any]:
    body = {
        "comment": {"text": text},
        "requestedAttributes": {name: {} for name in names or ("TOXICITY",)},
    }
    answer: dict[str, Any] = comments.analyze(body=body | fields).execute()
    return answer


def summary(answer: dict[str, Any], name: str = "TOXICITY") -> float:
    score = answer["attributeScores"][name]["summaryScore"]
    assert score["type"] == "PROBABILITY"
    return float(score["value"])


@pytest.mark.parametrize("text", [EN, ZH, MIXED])
@pytest.mark.parametrize("languages", [[], ["en"], ["zh"], ["en", "fr", "es"]], ids=str)
def test_perspective_client_never_loses_our_languages(
    comments: Any, text: str, languages: list[str]
) -> None:
    """A language error makes clients let a comment pass, so none is given for these texts, whatever is asked."""
    answer = analyze(comments, text, *ATTRIBUTES, languages=languages, doNotStore=True)
    assert set(answer["attributeScores"]) == set(ATTRIBUTES)
    for name, found in answer["attributeScores"].items():
        assert 0.0 <= summary(answer, name) <= 1.0
        [span] = found["spanScores"]
        assert (span["begin"], span["end"], span["score"]) == (0, len(text), found["summaryScore"])
    assert set(answer["detectedLanguages"]) <= {"en", "zh"}
    assert answer["languages"] == (languages or answer["detectedLanguages"][:1])
    assert "clientToken" not in answer


@pytest.mark.parametrize("text", [BAD, "你是坏词坏词坏词", "你是 badword 坏词 坏词"])
def test_perspective_client_scores_bad_texts(comments: Any, text: str) -> None:
    answer = analyze(comments, text, "TOXICITY", "INSULT", "THREAT", clientToken="token-1")
    assert summary(answer) > 0.9
    assert summary(answer, "INSULT") > 0.9
    assert answer["clientToken"] == "token-1"
    assert answer["x_action"] in ("review", "block")
    assert len(answer["x_policy_version"]) == 16
    assert answer["x_model"] == "fake"


def test_perspective_client_bounds_what_was_not_trained(comments: Any) -> None:
    """The fake classifier knows no threat in Chinese and nothing sexual in English."""
    chinese = analyze(comments, "坏词", "TOXICITY", "THREAT")["attributeScores"]
    assert chinese["THREAT"]["summaryScore"] == chinese["TOXICITY"]["summaryScore"]
    assert (chinese["THREAT"]["x_supported"], chinese["THREAT"]["x_source"]) == (False, "bound")
    assert (chinese["TOXICITY"]["x_supported"], chinese["TOXICITY"]["x_source"]) == (
        True, "classifier"
    )  # fmt: skip
    english = analyze(comments, "threat=0.85", "THREAT", "SEXUALLY_EXPLICIT")["attributeScores"]
    assert english["THREAT"]["summaryScore"]["value"] == pytest.approx(0.85)
    assert english["SEXUALLY_EXPLICIT"]["x_supported"] is False


def test_perspective_client_spans_are_sentences_in_utf16(comments: Any) -> None:
    text = f"😀 Good morning! You are a badword. 今天真好！坏词坏词。{EN}"
    answer = analyze(comments, text, "TOXICITY", spanAnnotations=True)
    units = text.encode("utf-16-le")
    found = {
        units[2 * s["begin"] : 2 * s["end"]].decode("utf-16-le"): s["score"]["value"]
        for s in answer["attributeScores"]["TOXICITY"]["spanScores"]
    }
    assert list(found) == ["😀 Good morning!", "You are a badword.", "今天真好！", "坏词坏词。", EN]
    assert [score > 0.5 for score in found.values()] == [False, True, False, True, False]
    assert set(answer["detectedLanguages"]) == {"en", "zh"}


def test_perspective_client_thresholds_leave_out_what_is_below(comments: Any) -> None:
    wanted = {"TOXICITY": {"scoreThreshold": 0.5}, "INSULT": {"scoreThreshold": 0.0}}
    text = f"{EN} {BAD}."
    answer = analyze(comments, text, requestedAttributes=wanted, spanAnnotations=True)
    spans = {name: found["spanScores"] for name, found in answer["attributeScores"].items()}
    assert (len(spans["TOXICITY"]), len(spans["INSULT"])) == (1, 2)
    assert spans["TOXICITY"][0]["begin"] == len(EN) + 1
    quiet = analyze(comments, EN, requestedAttributes={"TOXICITY": {"scoreThreshold": 0.5}})
    assert "attributeScores" not in quiet  # as Google leaves out an empty map
    assert quiet["languages"] == ["en"]


def test_perspective_client_versions_and_attributes_that_are_not_ours(comments: Any) -> None:
    answer = analyze(comments, EN, "TOXICITY@6", "FLIRTATION", "UNSUBSTANTIAL")
    assert list(answer["attributeScores"]) == ["TOXICITY@6"]
    assert answer["x_unsupported"] == ["FLIRTATION", "UNSUBSTANTIAL"]


@pytest.mark.parametrize("text", ["😀👍", "12345", "!!!", "https://example.com"])
def test_perspective_client_texts_without_words_are_no_error(comments: Any, text: str) -> None:
    answer = analyze(comments, text, *ATTRIBUTES)
    assert {summary(answer, name) for name in ATTRIBUTES} == {0.0}
    assert not any(found["x_supported"] for found in answer["attributeScores"].values())
    assert answer["detectedLanguages"] == ["und"]


def fault(caught: pytest.ExceptionInfo[HttpError]) -> dict[str, Any]:
    error: dict[str, Any] = json.loads(caught.value.content)["error"]
    assert error["code"] == caught.value.resp.status
    return error


@pytest.mark.parametrize(
    ("changes", "error_type", "message"),
    [
        ({"comment": {"text": ""}}, "COMMENT_EMPTY", "Comment must be non-empty."),
        ({"comment": {"text": " \n\u3000"}}, "COMMENT_EMPTY", "Comment must be non-empty."),
        ({"comment": {}}, "COMMENT_EMPTY", "Comment must be non-empty."),
        ({"comment": None}, "COMMENT_EMPTY", "Comment must be non-empty."),
        ({"comment": {"text": "w" * 20_001}}, "COMMENT_TOO_LONG", "Comment text too long."),
        ({"comment": {"text": "好" * 20_001}}, "COMMENT_TOO_LONG", "Comment text too long."),
        ({"comment": {"text": "w" * 3_000_000}}, "COMMENT_TOO_LONG", "too large"),
        ({"requestedAttributes": {}}, "NO_REQUESTED_ATTRIBUTES", "Missing requested_attributes"),
        ({"requestedAttributes": None}, "NO_REQUESTED_ATTRIBUTES", "Missing requested_attributes"),
        ({"requestedAttributes": {"NICE": {}}}, "INVALID_REQUEST", "Unknown requested attribute: NICE"),
        ({"requestedAttributes": {"TOXICITY": {}, "a b": {}}}, "INVALID_REQUEST", "Unknown requested"),
        ({"requestedAttributes": {"TOXICITY@x": {}}}, "INVALID_REQUEST", "Unknown requested"),
        ({"requestedAttributes": {"FLIRTATION": {}}}, "INVALID_REQUEST", "Unknown requested"),
        ({"requestedAttributes": {"TOXICITY": {"scoreType": "RAW"}}}, "INVALID_REQUEST", "score type RAW"),
        ({"comment": {"text": "<p>", "type": "HTML"}}, "INVALID_REQUEST", "'PLAIN_TEXT'"),
        (
            {"context": {"entries": [{"text": "a"}], "articleAndParentComment": {"article": {"text": "b"}}}},
            "INVALID_REQUEST",
            "both fields were populated",
        ),
        ({"languages": ["de"]}, "LANGUAGE_NOT_SUPPORTED_BY_ATTRIBUTE", "request languages: de"),
        ({"comment": {"text": "Привет"}}, "LANGUAGE_DETECTION_FAILED", "Unable to detect language"),
        (
            {"comment": {"text": "こんにちは"}, "languages": ["ja"]},
            "LANGUAGE_NOT_SUPPORTED_BY_ATTRIBUTE",
            "Attribute TOXICITY does not support request languages: ja",
        ),
        ({"spanAnnotations": "yes"}, "INVALID_REQUEST", "spanAnnotations"),
        ({"colour": "red"}, "INVALID_REQUEST", "colour"),
    ],
)  # fmt: skip
def test_perspective_client_error_types(
    comments: Any, changes: dict[str, Any], error_type: str, message: str
) -> None:
    body = {"comment": {"text": "Guten Tag"}, "requestedAttributes": {"TOXICITY": {}}} | changes
    with pytest.raises(HttpError) as caught:
        comments.analyze(body=body).execute()
    error = fault(caught)
    assert error["code"] == (413 if "large" in message else 400)
    assert error["status"] == "INVALID_ARGUMENT"
    [details] = error["details"]
    assert details["errorType"] == error_type
    assert details["@type"].startswith("type.googleapis.com/")
    assert message in error["message"]
    if error_type == "LANGUAGE_NOT_SUPPORTED_BY_ATTRIBUTE":
        facts = details["languageNotSupportedByAttributeError"]
        assert facts["attribute"] == "TOXICITY"
        assert facts["requestedLanguages"] == changes["languages"]


def test_perspective_client_keys_in_the_query_and_never_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO")
    with serve_live(settings(api_keys="the-secret")) as (url, _):
        with closing(connect(url, "the-secret")) as right:
            assert analyze(right.comments(), EN)["attributeScores"]
        with closing(connect(url, "wrong-secret")) as wrong, pytest.raises(HttpError) as caught:
            analyze(wrong.comments(), EN)
        error = fault(caught)
        assert (error["code"], error["status"]) == (400, "INVALID_ARGUMENT")
        assert error["details"][0]["reason"] == "API_KEY_INVALID"
        body = {"comment": {"text": EN}, "requestedAttributes": {"TOXICITY": {}}}
        path = f"{url}/v1alpha1/comments:analyze"
        missing = httpx2.post(path, json=body)
        assert (missing.status_code, missing.json()["error"]["status"]) == (
            403,
            "PERMISSION_DENIED",
        )
        in_header = httpx2.post(path, json=body, headers={"X-Goog-Api-Key": "the-secret"})
        assert in_header.status_code == 200
    logged = [record for record in caplog.records if record.name == "magpie.access"]
    assert any("key=redacted" in getattr(record, "query", "") for record in logged)
    ours = [r for r in caplog.records if r.name.startswith(("magpie", "service"))]
    assert "secret" not in "".join(str(vars(record)) for record in ours)


def test_perspective_client_rate_limit() -> None:
    with (
        serve_live(settings(rate_limit="1/hour")) as (url, _),
        closing(connect(url)) as service,
    ):
        analyze(service.comments(), EN)
        with pytest.raises(HttpError) as caught:
            analyze(service.comments(), EN)
    assert (caught.value.resp.status, fault(caught)["status"]) == (429, "RESOURCE_EXHAUSTED")
    assert int(caught.value.resp["retry-after"]) > 0


def test_perspective_client_takes_feedback_and_counts_it(live: str, comments: Any) -> None:
    def counted(category: str) -> float:
        text = httpx2.get(f"{live}/metrics").text
        name = f'magpie_feedback_total{{category="{category}"}} '
        return float(text.partition(name)[2].split("\n")[0])

    before = [counted(category) for category in ("toxicity", "insult", "other")]
    body = {
        "comment": {"text": ZH},
        "attributeScores": {
            "TOXICITY": {"summaryScore": {"value": 0}},
            "INSULT@2": {"spanScores": [{"begin": 0, "end": 2, "score": {"value": 1.0}}]},
            "FLIRTATION": {"summaryScore": {"value": 1, "type": "PROBABILITY"}},
        },
        "languages": ["zh"],
        "communityId": "/forum/movies",
        "clientToken": "comment-53922",
    }
    assert comments.suggestscore(body=body).execute() == {
        "clientToken": "comment-53922",
        "detectedLanguages": ["zh"],
        "requestedLanguages": ["zh"],
    }
    after = [counted(category) for category in ("toxicity", "insult", "other")]
    assert after == [count + 1 for count in before]


@pytest.mark.parametrize(
    ("changes", "error_type"),
    [
        ({"attributeScores": {}}, "INVALID_REQUEST"),
        ({"attributeScores": {"TOXICITY": {}}}, "INVALID_REQUEST"),
        ({"attributeScores": {"NICE": {"summaryScore": {"value": 1}}}}, "INVALID_REQUEST"),
        ({"comment": {"text": ""}}, "COMMENT_EMPTY"),
    ],
)
def test_perspective_client_refuses_broken_feedback(
    comments: Any, changes: dict[str, Any], error_type: str
) -> None:
    body = {
        "comment": {"text": EN},
        "attributeScores": {"TOXICITY": {"summaryScore": {"value": 1}}},
    }
    with pytest.raises(HttpError) as caught:
        comments.suggestscore(body=body | changes).execute()
    assert fault(caught)["details"][0]["errorType"] == error_type


def test_perspective_client_built_from_our_own_document(live: str) -> None:
    """The code of Perspective's own samples: only the address of the discovery document changes."""
    service = discovery.build(
        "commentanalyzer",
        "v1alpha1",
        developerKey="any-key",
        http=Http(timeout=20),
        discoveryServiceUrl=f"{live}/$discovery/rest?version=v1alpha1",
        static_discovery=False,
    )
    with closing(service):
        assert summary(analyze(service.comments(), BAD)) > 0.9


def test_perspective_documents_agree(live: str) -> None:
    """The document that we serve names every method, message and field of Perspective's public shape."""
    ours = httpx2.get(f"{live}/$discovery/rest").json()
    theirs = json.loads(DOCUMENT.read_text("utf-8"))
    assert ours["rootUrl"] == f"{live}/"
    assert ours["resources"] == theirs["resources"]
    for name, schema in theirs["schemas"].items():
        assert set(schema["properties"]) <= set(ours["schemas"][name]["properties"])


def test_perspective_client_concurrent_answers_belong_to_their_comments(live: str) -> None:
    scores = [at / 100 for at in range(0, 100, 4)]

    def ask(score: float) -> float:
        with closing(connect(live)) as service:
            return summary(analyze(service.comments(), f"well threat={score}", "THREAT"), "THREAT")

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(ask, scores)) == pytest.approx(scores)
