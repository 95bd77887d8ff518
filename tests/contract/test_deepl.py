"""The DeepL dialect as its clients see it: the ``deepl`` package on a live port, forms, and refused options."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import deepl
import httpx2
import pytest
from deepl.api_data import MultilingualGlossaryDictionaryEntries

from service.api.dialects.deepl_options import IgnoredTags
from service.settings import Settings
from tests.api.harness import serve_live

URL = "/v2/translate"
EN, ZH = "Good morning, world!", "今天天气真好。"


def settings(**changes: Any) -> Settings:
    return Settings.model_validate({"engine": "fake", "classifier": "fake", "port": 0} | changes)


@pytest.fixture(scope="module")
def live() -> Iterator[str]:
    with serve_live(settings()) as (url, _):
        yield url


@pytest.fixture(autouse=True)
def _no_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deepl.http_client, "max_network_retries", 0)


@pytest.fixture
def client(live: str) -> Iterator[deepl.DeepLClient]:
    with closing(deepl.DeepLClient("unused", server_url=live)) as made:
        yield made


@pytest.fixture
def http(live: str) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=live) as made:
        yield made


def text_of(result: Any) -> str:
    assert isinstance(result, deepl.TextResult)
    return str(result.text)


def test_deepl_client_one_text_and_many(client: deepl.DeepLClient) -> None:
    result = client.translate_text(EN, target_lang="ZH")
    assert isinstance(result, deepl.TextResult)
    assert result.text != EN
    assert (result.detected_source_lang, result.billed_characters) == ("EN", len(EN))
    assert result.model_type_used is None
    results = client.translate_text(
        [ZH, "😀", ""], target_lang="EN-US", model_type="prefer_quality_optimized"
    )
    assert isinstance(results, list)
    assert [each.detected_source_lang for each in results] == ["ZH", "EN", "EN"]
    assert [each.text for each in results[1:]] == ["😀", ""]
    assert {each.model_type_used for each in results} == {"latency_optimized"}


@pytest.mark.parametrize("target", ["ZH", "ZH-HANS", "ZH-HANT", "zh-hant", "EN-US", "EN-GB"])
def test_deepl_client_targets(client: deepl.DeepLClient, target: str) -> None:
    text = ZH if target.startswith("EN") else EN
    assert text_of(client.translate_text(text, target_lang=target)) != text


def test_deepl_client_languages(client: deepl.DeepLClient) -> None:
    assert [each.code for each in client.get_source_languages()] == ["EN", "ZH"]
    targets = client.get_target_languages()
    assert [each.code for each in targets] == ["EN-GB", "EN-US", "ZH", "ZH-HANS", "ZH-HANT"]
    assert [each.supports_formality for each in targets] == [False] * 5
    for each in targets:
        assert text_of(client.translate_text("好 ok", target_lang=each))


def test_deepl_client_usage_counts_and_has_no_limit(client: deepl.DeepLClient) -> None:
    before = client.get_usage()
    client.translate_text(EN, target_lang="ZH")
    after = client.get_usage()
    assert before.character.count is not None
    assert after.character.count == before.character.count + len(EN)
    assert not after.any_limit_reached


def test_deepl_client_html_and_xml(client: deepl.DeepLClient) -> None:
    html = '<p>Good <b id="x">morning</b> &amp; hello</p>'
    text = text_of(client.translate_text(html, target_lang="ZH", tag_handling="html"))
    assert text.startswith("<p>")
    assert '<b id="x">' in text
    assert "&amp;" in text
    xml = 'Press <x id="1"/> or <key>Enter</key> or <KEY a="1">Tab</KEY> to go on'
    text = text_of(
        client.translate_text(xml, target_lang="ZH", tag_handling="xml", ignore_tags=["key,y", "x"])
    )
    for kept in ('<x id="1"/>', "<key>Enter</key>", '<KEY a="1">Tab</KEY>'):
        assert kept in text
    assert "translate=" not in text
    assert "Press" not in text


def test_deepl_ignored_tags_are_linear_and_exact() -> None:
    ignored = IgnoredTags.of(["x", "a.b"])
    for text in ("<x" * 100_000, "<x " * 100_000, "<x y='>'>a</x>", "<xy>b</xy>", "<axb>", "<x/>"):
        assert ignored.unmarked(ignored.marked(text)) == text
    assert ignored.marked("<xy><axb><x/><x />") == "<xy><axb><x/><x />"
    assert ignored.marked("<x>") == f"<x{ignored.mark}>"


@pytest.mark.parametrize(
    "options",
    [
        {"split_sentences": "1"}, {"preserve_formatting": True}, {"preserve_formatting": False},
        {"formality": "default"}, {"formality": "prefer_more"}, {"formality": "prefer_less"},
        {"context": "a chat of friends"}, {"model_type": "quality_optimized"},
        {"tag_handling": "html", "tag_handling_version": "v2", "outline_detection": True},
    ],
    ids=str,
)  # fmt: skip
def test_deepl_client_options_that_are_taken(
    client: deepl.DeepLClient, options: dict[str, Any]
) -> None:
    assert text_of(client.translate_text(EN, target_lang="ZH", **options)) != EN


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"split_sentences": "0"}, "'split_sentences' is not supported"),
        ({"split_sentences": "nonewlines"}, "'split_sentences' is not supported"),
        ({"split_sentences": "x"}, "'split_sentences' not supported"),
        ({"formality": "more"}, "'formality' is not supported"),
        ({"formality": "less"}, "'formality' is not supported"),
        ({"formality": "PRIVATE"}, "'formality' not supported"),
        ({"tag_handling": "markdown"}, "'tag_handling' not supported"),
        ({"ignore_tags": ["x"]}, "'ignore_tags' needs 'tag_handling'"),
        ({"ignore_tags": ["<x>"], "tag_handling": "xml"}, "'ignore_tags' not supported"),
        ({"ignore_tags": ["x"] * 51, "tag_handling": "xml"}, "'ignore_tags' not supported"),
        ({"splitting_tags": ["p"], "tag_handling": "xml"}, "'splitting_tags' is not supported"),
        ({"non_splitting_tags": "p", "tag_handling": "xml"}, "'non_splitting_tags' is not"),
        ({"outline_detection": False, "tag_handling": "xml"}, "'outline_detection' cannot"),
        ({"style_rule": "PRIVATE"}, "'style_id' is not supported"),
        ({"custom_instructions": ["PRIVATE"]}, "'custom_instructions' is not supported"),
        ({"translation_memory": "PRIVATE"}, "'translation_memory_id' is not supported"),
        ({"source_lang": "DE"}, "'source_lang' not supported"),
    ],
    ids=str,
)
def test_deepl_client_options_that_are_refused(
    client: deepl.DeepLClient, options: dict[str, Any], says: str
) -> None:
    with pytest.raises(deepl.DeepLException, match=says) as refused:
        client.translate_text(EN, target_lang="ZH", **options)
    assert refused.value.http_status_code == 400
    assert "PRIVATE" not in str(refused.value)


@pytest.mark.parametrize("target", ["DE", "PRIVATE" * 20])
def test_deepl_client_unknown_target(client: deepl.DeepLClient, target: str) -> None:
    with pytest.raises(deepl.DeepLException, match="'target_lang' not supported") as refused:
        client.translate_text(EN, target_lang=target)
    assert "PRIVATE" not in str(refused.value)


def test_deepl_client_glossary_of_one_direction(client: deepl.DeepLClient) -> None:
    made = client.create_glossary("校园", "ZH", "EN", {"宝子": "bestie", "种草": "recommend"})
    assert (made.source_lang, made.target_lang, made.entry_count) == ("ZH", "EN", 2)
    assert made.ready
    assert client.get_glossary(made.glossary_id).creation_time == made.creation_time
    assert made.glossary_id in [each.glossary_id for each in client.list_glossaries()]
    assert client.get_glossary_entries(made) == {"宝子": "bestie", "种草": "recommend"}
    text = "我的宝子来了，大家好"
    result = client.translate_text(text, source_lang="ZH", target_lang="EN-GB", glossary=made)
    assert "bestie" in text_of(result)
    assert "bestie" in text_of(client.translate_text_with_glossary(text, made))
    client.delete_glossary(made)
    for use in (client.get_glossary, client.delete_glossary, client.get_glossary_entries):
        with pytest.raises(deepl.GlossaryNotFoundException):
            use(made.glossary_id)
    with pytest.raises(deepl.DeepLException) as missing:
        client.translate_text(text, source_lang="ZH", target_lang="EN-GB", glossary=made)
    assert missing.value.http_status_code == 404


def test_deepl_client_glossary_from_csv_and_pairs(client: deepl.DeepLClient) -> None:
    made = client.create_glossary_from_csv("csv", "EN", "ZH", '"hi, you",你好,en,zh\nbestie,宝子\n')
    assert client.get_glossary_entries(made) == {"hi, you": "你好", "bestie": "宝子"}
    client.delete_glossary(made)
    pairs = [(p.source_lang, p.target_lang) for p in client.get_glossary_languages()]
    assert pairs == [("en", "zh"), ("zh", "en")]


@pytest.mark.parametrize(
    ("source", "target", "entries", "says"),
    [
        ("EN", "DE", "a\tb", "Unsupported glossary"),
        ("EN", "EN", "a\tb", "Unsupported glossary"),
        ("EN", "ZH", "PRIVATE", "line 1"),
        ("EN", "ZH", "a\tb\na\tPRIVATE", "line 2"),
        ("EN", "ZH", "\n", "must not be empty"),
    ],
)
def test_deepl_client_bad_glossaries(
    client: deepl.DeepLClient, source: str, target: str, entries: str, says: str
) -> None:
    with pytest.raises(deepl.DeepLException, match=says) as refused:
        client._create_glossary("name", source, target, "tsv", entries)
    assert refused.value.http_status_code == 400
    assert "PRIVATE" not in str(refused.value)


def test_deepl_client_multilingual_glossary(client: deepl.DeepLClient) -> None:
    entries = MultilingualGlossaryDictionaryEntries
    zh_en, en_zh = entries("ZH", "EN", {"宝子": "bestie"}), entries("EN", "ZH", {"bestie": "宝子"})
    made = client.create_multilingual_glossary("两边", [zh_en, en_zh])
    try:
        assert [d.entry_count for d in made.dictionaries] == [1, 1]
        assert client.get_multilingual_glossary(made.glossary_id).name == "两边"
        for text, source, target, said in (
            ("我的宝子来了，大家好", "ZH", "EN-US", "bestie"), ("My bestie is here", "EN", "ZH", "宝子"),
        ):  # fmt: skip
            result = client.translate_text(
                text, source_lang=source, target_lang=target, glossary_ids=[made]
            )
            assert said in text_of(result)
        changed = client.update_multilingual_glossary_dictionary(
            made, entries("ZH", "EN", {"种草": "recommend", "宝子": "dear"})
        )
        assert sorted(d.entry_count for d in changed.dictionaries) == [1, 2]
        client.update_multilingual_glossary_name(made.glossary_id, "新名字")
        shown = client.get_multilingual_glossary_entries(made, "ZH", "EN").dictionaries[0]
        assert str(shown.entries) == "宝子\tdear\n种草\trecommend\n"
        replaced = client.replace_multilingual_glossary_dictionary(
            made, entries("ZH", "EN", {"新": "new"})
        )
        assert replaced.entry_count == 1
        client.delete_multilingual_glossary_dictionary(made, source_lang="ZH", target_lang="EN")
        with pytest.raises(deepl.GlossaryNotFoundException):
            client.get_multilingual_glossary_entries(made, "ZH", "EN")
        listed = {g.glossary_id: g for g in client.list_multilingual_glossaries()}
        assert listed[made.glossary_id].name == "新名字"
    finally:
        client.delete_multilingual_glossary(made)


def test_deepl_client_keys() -> None:
    with serve_live(settings(api_keys="good")) as (url, _):
        with closing(deepl.Translator("good", server_url=url)) as right:
            assert right.translate_text(EN, target_lang="ZH")
            assert right.get_usage().character.valid
            assert right.list_glossaries() == []
        with closing(deepl.Translator("bad", server_url=url)) as wrong:
            for use in (wrong.get_usage, wrong.list_glossaries, wrong.get_source_languages):
                with pytest.raises(deepl.AuthorizationException):
                    use()
            with pytest.raises(deepl.AuthorizationException):
                wrong.translate_text(EN, target_lang="ZH")
        body = {"text": [EN], "target_lang": "ZH"}
        missing = httpx2.post(f"{url}{URL}", json=body)
        assert (missing.status_code, missing.json()["message"]) == (403, "Forbidden")
        for way in ({"json": body | {"auth_key": "good"}}, {"json": body, "params": {"auth_key": "good"}},
                    {"json": body, "headers": {"Authorization": "Bearer good"}}):  # fmt: skip
            assert httpx2.post(f"{url}{URL}", **way).status_code == 200


def test_deepl_client_rate_limit_and_sizes() -> None:
    with (
        serve_live(settings(rate_limit="1/hour", max_text_chars=50)) as (url, _),
        closing(deepl.Translator("any", server_url=url)) as made,
    ):
        with pytest.raises(deepl.DeepLException) as long:
            made.translate_text("word " * 20, target_lang="ZH")
        assert long.value.http_status_code == 413
        with pytest.raises(deepl.TooManyRequestsException):
            made.translate_text(EN, target_lang="ZH")


def test_deepl_forms_repeat_text(http: httpx2.Client) -> None:
    fields = {"text": [EN, "a & b"], "target_lang": "ZH", "ignore_tags": "x", "tag_handling": "xml"}
    form = http.post(URL, data=fields)
    same = http.post(URL, json=fields | {"ignore_tags": ["x"]})
    assert form.status_code == 200, form.text
    assert form.json() == same.json()
    assert set(form.json()["translations"][0]) == {"detected_source_language", "text"}


def test_deepl_every_answer_has_a_trace_id(http: httpx2.Client) -> None:
    mine = {"X-Request-Id": "abc-1"}
    for response in (
        http.post(URL, json={"text": [EN], "target_lang": "ZH"}, headers=mine),
        http.post(URL, json={}, headers=mine),
        http.get(URL, headers=mine),
        http.get("/v2/usage", headers=mine),
        http.get("/v2/glossaries/none", headers=mine),
        http.get("/v3/glossaries", headers=mine),
    ):
        assert response.headers["x-trace-id"] == "abc-1"
        assert response.is_success or set(response.json()) <= {"message", "detail"}


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"text": None}, "Parameter 'text' not specified."),
        ({"text": []}, "Parameter 'text' not specified."),
        ({"text": 5}, "'text' must be a list of strings."),
        ({"text": [EN, None]}, "'text' must be a list of strings."),
        ({"target_lang": None}, "Value for 'target_lang' not supported."),
        ({"target_lang": ["ZH"]}, "Value for 'target_lang' not supported."),
        ({"source_lang": 5}, "Value for 'source_lang' not supported."),
        ({"preserve_formatting": "PRIVATE"}, "Value for 'preserve_formatting' not supported."),
        ({"preserve_formatting": 1}, "Value for 'preserve_formatting' not supported."),
        ({"context": 5}, "Value for 'context' not supported."),
        ({"glossary_id": "x"}, "'source_lang' is required where a glossary is used."),
        ({"glossary_id": 5, "source_lang": "EN"}, "Value for 'glossary_id' not supported."),
        ({"glossary_ids": {"a": 1}, "source_lang": "EN"}, "Value for 'glossary_ids' not supported."),
        ({"glossary_ids": ["x"] * 6, "source_lang": "EN"}, "Too many 'glossary_ids'."),
        ({"glossary_id": "x", "glossary_ids": ["y"]}, "'glossary_id' and 'glossary_ids' exclude each other."),
    ],
)  # fmt: skip
def test_deepl_wrong_fields(http: httpx2.Client, changes: dict[str, Any], says: str) -> None:
    response = http.post(URL, json={"text": [EN], "target_lang": "ZH"} | changes)
    assert (response.status_code, response.json()["message"]) == (400, says)


TERMS = {"source_lang": "en", "target_lang": "zh", "entries": "a\tb", "entries_format": "tsv"}


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/v3/glossaries", {"name": "a"}),
        ("POST", "/v3/glossaries", {"name": "a", "dictionaries": []}),
        ("POST", "/v3/glossaries", {"name": "a", "dictionaries": {}}),
        ("POST", "/v3/glossaries", {"name": "a", "dictionaries": [5]}),
        ("POST", "/v3/glossaries", {"name": 5, "dictionaries": []}),
        ("POST", "/v3/glossaries", {"name": "a", "dictionaries": [TERMS, TERMS]}),
        ("POST", "/v2/glossaries", {}),
        ("POST", "/v2/glossaries", TERMS),
        ("POST", "/v2/glossaries", TERMS | {"name": "a", "entries": 5}),
        ("POST", "/v2/glossaries", TERMS | {"name": "a", "entries_format": "xls"}),
        ("POST", "/v2/glossaries", TERMS | {"name": "a", "entries_format": ["tsv"]}),
        ("POST", "/v2/glossaries", TERMS | {"name": "a", "source_lang": 5}),
        ("POST", "/v2/glossaries", TERMS | {"name": "a", "target_lang": None}),
        ("PATCH", "/v3/glossaries/x", {"name": ""}),
        ("PUT", "/v3/glossaries/x/dictionaries", {}),
        ("DELETE", "/v3/glossaries/x/dictionaries", None),
    ],
)  # fmt: skip
def test_deepl_wrong_glossary_bodies(
    http: httpx2.Client, method: str, path: str, body: dict[str, Any] | None
) -> None:
    response = http.request(method, path, json=body)
    assert response.status_code == 400, response.text
    assert response.json()["message"]


def test_deepl_glossaries_of_two_directions_are_not_in_v2(
    http: httpx2.Client, client: deepl.DeepLClient
) -> None:
    terms = {"zh-en": {"宝子": "bestie"}, "en-zh": {"bestie": "宝子"}}
    made = http.post("/v1/glossaries", json={"name": "两边", "terms": terms}).json()["id"]
    assert made not in [each.glossary_id for each in client.list_glossaries()]
    with pytest.raises(deepl.GlossaryNotFoundException):
        client.get_glossary(made)
    assert client.get_multilingual_glossary(made).name == "两边"
    csv = http.get(f"/v2/glossaries/{made}/entries", headers={"Accept": "text/csv"})
    assert csv.status_code == 404
    client.delete_multilingual_glossary_dictionary(made, source_lang="en", target_lang="zh")
    csv = http.get(f"/v2/glossaries/{made}/entries", headers={"Accept": "text/csv"})
    assert (csv.text, csv.headers["content-type"]) == ("宝子,bestie\n", "text/csv; charset=utf-8")
    client.delete_multilingual_glossary(made)
