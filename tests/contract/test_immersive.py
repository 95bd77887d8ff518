"""The plugins' dialects on a live port: each one's shape, and placeholders that come back as they were."""

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from service.settings import Settings
from tests.api.harness import serve_live

EN, ZH = "Good morning, world!", "今天天气真好。"
PLACEHOLDERS = "Hello {0}, see <b0>this page</b0> and <b1></b1> for {1} more [doge] {{name}}"


def settings(**changes: Any) -> Settings:
    return Settings.model_validate({"engine": "fake", "classifier": "fake", "port": 0} | changes)


@pytest.fixture(scope="module")
def live() -> Iterator[str]:
    with serve_live(settings()) as (url, _):
        yield url


@pytest.fixture
def http(live: str) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=live) as made:
        yield made


def answered(response: httpx2.Response) -> Any:
    assert response.status_code == 200, response.text
    return response.json()


def test_immersive_imme(http: httpx2.Client) -> None:
    body = {"source_lang": "auto", "target_lang": "zh-CN", "text_list": [EN, ZH, "😀", ""]}
    shown = answered(http.post("/imme", json=body))["translations"]
    assert [set(each) for each in shown] == [{"detected_source_lang", "text"}] * 4
    assert [each["detected_source_lang"] for each in shown] == ["en", "zh-CN", "en", "en"]
    assert [each["text"] for each in shown[1:]] == [ZH, "😀", ""]
    assert shown[0]["text"] != EN
    assert answered(http.post("/imme", json=body | {"text_list": []})) == {"translations": []}
    named = answered(http.post("/imme", json=body | {"source_lang": "en", "target_lang": "zh-TW"}))
    assert named["translations"][0]["detected_source_lang"] == "en"


def test_immersive_kiss(http: httpx2.Client) -> None:
    one = answered(http.post("/kiss", json={"from": "auto", "to": "zh-CN", "text": EN}))
    assert set(one) == {"text", "src"}
    assert one["src"] == "en"
    many = answered(http.post("/kiss", json={"from": "", "to": "zh-CN", "texts": [EN, ZH]}))
    assert many["translations"] == [one, {"text": ZH, "src": "zh-CN"}]
    assert answered(http.post("/kiss", json={"to": "en", "texts": []})) == {"translations": []}


@pytest.mark.parametrize(
    ("text", "destination", "source", "spoken", "target"),
    [
        (EN, ["中文(简体)", "英语"], None, "英语", "中文(简体)"),
        (ZH, ["中文(简体)", "英语"], None, "中文(简体)", "英语"),
        (EN, ["英语", "中文(繁体)"], "英语", "英语", "中文(繁体)"),
        (EN, ["日语", "中文（简体）"], "自动检测", "英语", "中文(简体)"),
        (EN, "中文", "", "英语", "中文(简体)"),
        (ZH, ["中文(简体)"], None, "中文(简体)", "中文(简体)"),
    ],
)
def test_immersive_hcfy(
    http: httpx2.Client, text: str, destination: object, source: str | None, spoken: str,
    target: str,
) -> None:  # fmt: skip
    body = {"name": "magpie", "text": text, "destination": destination, "source": source}
    answer = answered(http.post("/hcfy", json=body))
    assert set(answer) == {"text", "from", "to", "result"}
    assert (answer["text"], answer["from"], answer["to"]) == (text, spoken, target)
    assert (answer["result"] == [text]) is (spoken == target)


def test_immersive_hcfy_paragraphs(http: httpx2.Client) -> None:
    body = {"text": f"{EN}\n\n{EN}", "destination": ["中文(简体)"]}
    first, between, last = answered(http.post("/hcfy", json=body))["result"]
    assert between == ""
    assert first == last


def test_immersive_deeplx(http: httpx2.Client) -> None:
    body = {"text": EN, "source_lang": "auto", "target_lang": "ZH"}
    answer = answered(http.post("/deeplx", json=body))
    assert isinstance(answer.pop("id"), int)
    assert answer.pop("data") != EN
    assert answer == {
        "code": 200, "alternatives": [], "source_lang": "EN", "target_lang": "ZH", "method": "Free",
    }  # fmt: skip
    hant = answered(http.post("/deeplx", json={"text": EN, "target_lang": "zh-hant"}))
    assert hant["target_lang"] == "ZH-HANT"


@pytest.mark.parametrize("way", ["get", "post"])
def test_immersive_gtx(http: httpx2.Client, way: str) -> None:
    text = "Good morning, world! How are you today?\n\nSee you later."
    query = {"client": "gtx", "sl": "auto", "tl": "zh-CN", "dt": "t"}
    url = "/translate_a/single"
    response = (
        http.get(url, params=query | {"q": text})
        if way == "get"
        else http.post(url, params=query, data={"q": text})
    )
    answer = answered(response)
    rows, code, confidence = answer[0], answer[2], answer[6]
    assert len(rows) == 3
    assert "".join(row[1] for row in rows) == text
    whole = answered(http.post("/kiss", json={"to": "zh-CN", "text": text}))["text"]
    assert "".join(row[0] for row in rows) == whole
    assert all(row[2:] == [None, None, 1] for row in rows)
    assert (code, answer[8][0]) == ("en", ["en"])
    assert 0.5 < confidence <= 1


def test_immersive_gtx_without_sentences(http: httpx2.Client) -> None:
    for text in ("", "😀", ZH):
        answer = answered(http.get("/translate_a/single", params={"tl": "zh", "q": text}))
        assert answer[0] == [[text, text, None, None, 1]]


SHAPES: dict[str, tuple[str, dict[str, Any], Any]] = {
    "imme": ("/imme", {"target_lang": "zh", "text_list": [PLACEHOLDERS]}, lambda a: a["translations"][0]["text"]),
    "kiss": ("/kiss", {"to": "zh", "text": PLACEHOLDERS}, lambda a: a["text"]),
    "kiss list": ("/kiss", {"to": "zh", "texts": [PLACEHOLDERS]}, lambda a: a["translations"][0]["text"]),
    "hcfy": ("/hcfy", {"text": PLACEHOLDERS, "destination": ["中文(简体)"]}, lambda a: a["result"][0]),
    "deeplx": ("/deeplx", {"text": PLACEHOLDERS, "target_lang": "ZH"}, lambda a: a["data"]),
}  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES)
def test_immersive_placeholders_survive(http: httpx2.Client, shape: str) -> None:
    path, body, text_of = SHAPES[shape]
    text = text_of(answered(http.post(path, json=body)))
    for kept in ("{0}", "{1}", "{{name}}", "<b0>", "</b0>", "<b1></b1>", "[doge]"):
        assert text.count(kept) == 1
    assert text.index("<b0>") < text.index("</b0>") < text.index("<b1></b1>")
    assert "Hello" not in text


@pytest.mark.parametrize("shape", SHAPES)
def test_immersive_keys(shape: str) -> None:
    path, body, _ = SHAPES[shape]
    with serve_live(settings(api_keys="good")) as (url, _):
        for way in (
            {"params": {"token": "good"}}, {"params": {"key": "good"}},
            {"headers": {"Authorization": "Bearer good"}},
        ):  # fmt: skip
            assert httpx2.post(f"{url}{path}", json=body, **way).status_code == 200  # type: ignore[arg-type]
        for query in ({}, {"token": "bad"}):
            refused = httpx2.post(f"{url}{path}", json=body, params=query)
            assert (refused.status_code, refused.json()["code"]) == (401, 401)
            assert refused.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/imme", {"target_lang": "zh"}),
        ("/imme", {"target_lang": "zh", "text_list": EN}),
        ("/imme", {"target_lang": "zh", "text_list": [5]}),
        ("/imme", {"text_list": [EN]}),
        ("/imme", {"target_lang": 5, "text_list": [EN]}),
        ("/imme", {"target_lang": "zh", "source_lang": "fr", "text_list": [EN]}),
        ("/kiss", {"to": "zh"}),
        ("/kiss", {"to": "zh", "text": [EN]}),
        ("/kiss", {"to": "zh", "texts": EN}),
        ("/kiss", {"to": "zh", "texts": {"a": EN}}),
        ("/kiss", {"text": EN}),
        ("/hcfy", {"text": EN}),
        ("/hcfy", {"text": EN, "destination": []}),
        ("/hcfy", {"text": EN, "destination": ["日语"]}),
        ("/hcfy", {"text": EN, "destination": [5]}),
        ("/hcfy", {"text": EN, "destination": 5}),
        ("/hcfy", {"destination": ["英语"]}),
        ("/hcfy", {"text": EN, "destination": ["英语"], "source": "日语"}),
        ("/deeplx", {"target_lang": "ZH"}),
        ("/deeplx", {"text": [EN], "target_lang": "ZH"}),
        ("/deeplx", {"text": EN, "target_lang": "DE"}),
        ("/deeplx", {"text": EN}),
        ("/translate_a/single", {"tl": "zh"}),
        ("/translate_a/single", {"q": EN}),
        ("/translate_a/single", {"q": EN, "tl": "xx"}),
    ],
)
def test_immersive_wrong_fields(http: httpx2.Client, path: str, body: dict[str, Any]) -> None:
    response = http.post(path, json=body)
    assert response.status_code == 400, response.text
    assert set(response.json()) == {"code", "message"}
    assert EN not in response.text
