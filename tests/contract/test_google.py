"""The Google v2 dialect as its clients see it: Google's own API client on a live port, forms, queries and escaping."""

from collections.abc import Iterator
from html import unescape
from typing import Any

import httpx2
import pytest
from googleapiclient.discovery import build
from googleapiclient.errors import HttpError

from service.api.dialects.google import escaped
from service.settings import Settings
from tests.api.harness import serve_live

URL = "/language/translate/v2"
EN, ZH = "Good morning, world!", "今天天气真好。"


def settings(**changes: Any) -> Settings:
    return Settings.model_validate({"engine": "fake", "classifier": "fake", "port": 0} | changes)


def service(url: str, key: str | None = None) -> Any:
    return build(
        "translate", "v2", developerKey=key or "unused", static_discovery=True,
        client_options={"api_endpoint": f"{url}/language/translate/"},
    )  # fmt: skip


@pytest.fixture(scope="module")
def live() -> Iterator[str]:
    with serve_live(settings()) as (url, _):
        yield url


@pytest.fixture
def client(live: str) -> Iterator[Any]:
    with service(live) as made:
        yield made


@pytest.fixture
def http(live: str) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=live) as made:
        yield made


def test_google_client_translates_by_get_and_post(client: Any) -> None:
    by_get = client.translations().list(q=[EN, ZH], target="zh-CN").execute()
    body = {"q": [EN, ZH], "target": "zh-CN"}
    assert client.translations().translate(body=body).execute() == by_get
    first, second = by_get["translations"]  # the client takes what is in `data`
    assert first["translatedText"] != EN
    assert [first["detectedSourceLanguage"], second["detectedSourceLanguage"]] == ["en", "zh-CN"]
    assert second["translatedText"] == ZH
    named = client.translations().list(q=[EN], target="zh-TW", source="en", format="text")
    [only] = named.execute()["translations"]
    assert set(only) == {"translatedText"}


def test_google_client_detects_and_lists(client: Any) -> None:
    found = client.detections().list(q=[EN, ZH, "😀"]).execute()["detections"]
    assert [each[0]["language"] for each in found] == ["en", "zh-CN", "und"]
    assert [each[0]["isReliable"] for each in found] == [True, True, False]
    body = {"q": [ZH]}
    assert client.detections().detect(body=body).execute()["detections"] == found[1:2]
    plain = client.languages().list().execute()["languages"]
    assert plain == [{"language": code} for code in ("en", "zh-CN", "zh-TW")]
    named = client.languages().list(target="zh-CN").execute()["languages"]
    assert [each["name"] for each in named] == ["英语", "中文（简体）", "中文（繁体）"]
    for each in plain:
        done = client.translations().list(q=["ok 好"], target=each["language"]).execute()
        assert done["translations"][0]["translatedText"]


def test_google_client_keys_and_limits() -> None:
    with serve_live(settings(api_keys="good")) as (url, _):
        with service(url, "good") as right:
            assert right.translations().list(q=[EN], target="zh").execute()
        with service(url, "bad") as wrong, pytest.raises(HttpError, match="not valid") as refused:
            wrong.translations().list(q=[EN], target="zh").execute()
        assert refused.value.status_code == 400
        missing = httpx2.get(f"{url}{URL}", params={"q": EN, "target": "zh"})
        assert (missing.status_code, missing.json()["error"]["status"]) == (
            403,
            "PERMISSION_DENIED",
        )
        header = {"X-Goog-Api-Key": "good"}
        for path in (f"{URL}/languages", f"{URL}/detect?q=hello"):
            assert httpx2.get(f"{url}{path}", headers=header).status_code == 200
    with (
        serve_live(settings(rate_limit="1/hour")) as (url, _),
        service(url) as made,
    ):
        made.translations().list(q=[EN], target="zh").execute()
        with pytest.raises(HttpError, match="Slowdown") as refused:
            made.translations().list(q=[EN], target="zh").execute(num_retries=0)
        assert refused.value.status_code == 429


@pytest.mark.parametrize(
    ("html", "shown"),
    [
        ("It's \"Tom\" & Jerry", "It&#39;s &quot;Tom&quot; &amp; Jerry"),
        ('<b class="x > y">\'a\'</b>', '<b class="x > y">&#39;a&#39;</b>'),
        ("&amp; &#39; &#x27; &nope &x;", "&amp; &#39; &#x27; &amp;nope &amp;x;"),
        ("1 < 2 > 0 <3", "1 &lt; 2 &gt; 0 &lt;3"),
        ("<!-- it's --><br/>'", "<!-- it's --><br/>&#39;"),
        ("你好", "你好"),
        ("", ""),
    ],
)  # fmt: skip
def test_google_escapes_text_and_nothing_else(html: str, shown: str) -> None:
    assert escaped(html) == shown
    assert unescape(escaped(html)) == unescape(html)
    assert escaped(escaped(html)) == escaped(html)


@pytest.mark.parametrize("piece", ["<", "<a ", "<a '", "&", "&#", "<!--", "<a\"'"])
def test_google_escapes_broken_markup_in_linear_time(piece: str) -> None:
    assert escaped(piece * 100_000)


def test_google_html_is_the_default(http: httpx2.Client) -> None:
    text = "<p>It's a good <b>morning</b> & <i title='x'>more</i></p>"
    fields = {"q": text, "target": "zh"}
    ways: dict[str, dict[str, Any]] = {
        "json": {"json": fields}, "form": {"data": fields}, "query": {"params": fields},
        "html": {"json": fields | {"format": "html"}},
    }  # fmt: skip
    answers = {
        way: http.post(URL, **request).json()["data"]["translations"][0]["translatedText"]
        for way, request in ways.items()
    }
    assert len(set(answers.values())) == 1
    for kept in ("<p>", "<b>", "<i title='x'>", "&amp;"):
        assert kept in answers["json"]
    assert "'" not in answers["json"].replace("title='x'", "")
    plain = http.post(URL, json={"q": "A & 'B' 😀", "target": "zh", "format": "text"}).json()
    assert "&amp;" not in plain["data"]["translations"][0]["translatedText"]


def test_google_client_long_texts_become_a_form(client: Any) -> None:
    texts = [f"{EN} {at}" for at in range(120)]
    done = client.translations().list(q=texts, target="zh").execute()["translations"]
    assert len(done) == 120
    assert all(each["translatedText"].endswith(str(at)) for at, each in enumerate(done))


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"q": None}, "q: missing."),
        ({"q": []}, "q: missing."),
        ({"q": 5}, "q: must be a string, or a list of strings."),
        ({"q": [EN, None]}, "q[1]: must be a string."),
        ({"target": None}, "Missing field: target"),
        ({"target": "auto"}, "Missing field: target"),
        ({"target": "PRIVATE"}, "Invalid Value: target"),
        ({"target": ["zh"]}, "target: must be a string."),
        ({"source": "fr"}, "Invalid Value: source"),
        ({"format": "PRIVATE"}, "Invalid Value: format"),
        ({"model": 5}, "model: must be a string."),
    ],
)
def test_google_wrong_fields(http: httpx2.Client, changes: dict[str, Any], says: str) -> None:
    response = http.post(URL, json={"q": EN, "target": "zh"} | changes)
    error = response.json()["error"]
    assert (response.status_code, error["code"], error["message"]) == (400, 400, says)
    assert (error["status"], error["errors"][0]["message"]) == ("INVALID_ARGUMENT", says)
