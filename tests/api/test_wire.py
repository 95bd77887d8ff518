"""JSON in and out: every unreadable body has its error, and errors repeat nothing of a text."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict

from service.api.wire import JsonResponse, find_surrogate, is_json, parse_model, parse_object
from service.domain import Lang
from service.errors import InvalidRequest, InvalidText
from tests.api.harness import dumps


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    text: str | list[str]
    n: int = 0


@pytest.mark.parametrize(
    ("media_type", "expected"),
    [
        ("application/json", True), ("APPLICATION/JSON", True), ("application/json;charset=utf-8", True),
        (" application/json ; x=y", True), ("application/problem+json", True), ("text/json", False),
        ("application/x-www-form-urlencoded", False), ("", False), ("json", False), ("application/jsonl", False),
    ],
)  # fmt: skip
def test_wire_is_json(media_type: str, expected: bool) -> None:
    assert is_json(media_type) is expected


@pytest.mark.parametrize("text", ["Hello", "你好，世界", "混合 mixed 😀", "\0", ["a", "你"]])
def test_wire_parse_model_reads_text_as_it_is(text: str | list[str]) -> None:
    for body in (dumps({"text": text}), json.dumps({"text": text}, ensure_ascii=False).encode()):
        assert parse_model(Body, body).text == text
        assert parse_object(body) == {"text": text}


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_wire_text_survives_the_round_trip(text: str) -> None:
    response = JsonResponse({"text": text})
    assert parse_model(Body, bytes(response.body)).text == text


@pytest.mark.parametrize(
    ("body", "field", "message"),
    [
        (b"", None, "The body is not valid JSON."),
        (b'{"text": "\xff"}', None, "The body is not valid UTF-8."),
        (b"[]", None, "The body must be a JSON object."),
        (b"{}", "text", "Missing field: text."),
        (b'{"text": 1}', "text", "text: must be a string, or a list of strings."),
        (b'{"text": ["a", null]}', "text[1]", "text[1]: must be a string, or a list of strings."),
        (b'{"text": "a", "more": "secret"}', "more", "Unknown field: more."),
        (b'{"text": "a", "n": "secret"}', "n", "n: Input should be a valid integer."),
        (b'{"text": "a", "n": ' + b"9" * 5000 + b"}", None, "The body is not valid JSON."),
    ],
)
def test_wire_parse_model_errors(body: bytes, field: str | None, message: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        parse_model(Body, body)
    assert (caught.value.field, caught.value.message) == (field, message)
    assert not isinstance(caught.value, InvalidText)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (rb'{"text": "\ud83d"}', "text"),
        (rb'{"text": ["a", "\ude00"]}', "text[1]"),
        (rb'{"\ud83d": 1}', "(field name)"),
        (rb'{"a": [1, ["\ud83d"]], "text": "\ud83dx"}', "a[1]"),
        (rb'{"text": "x", "context": {"hour": "\ud83d"}}', "context"),
        (rb'{"text": "x", "glossary": {"a": "b", "\ud83d": "c"}}', "glossary"),
        (
            rb'{"input": [{"type": "text", "text": "x"}, {"type": "text", "text": "\ud83d"}]}',
            "input[1]",
        ),
    ],
)
def test_wire_lone_surrogates_name_their_field(body: bytes, field: str) -> None:
    for parse in (parse_object, lambda b: parse_model(Body, b)):
        with pytest.raises(InvalidText) as caught:
            parse(body)
        assert caught.value.field == field
    assert find_surrogate(body) == field


@pytest.mark.parametrize("body", [rb'["\ud83d"]', rb'{"text": "\ud83d"', b"[" * 100_000, b"{}"])
def test_wire_find_surrogate_gives_up_on_other_faults(body: bytes) -> None:
    assert find_surrogate(body) is None


def test_wire_json_response_writes_plain_data() -> None:
    response = JsonResponse(
        {"lang": Lang.ZH_HANS, "none": None, "nan": float("nan"), "spans": ((0, 1),), "zh": "好"}, 201, {"X-A": "b"}
    )  # fmt: skip
    assert (
        response.body
        == '{"lang":"zh-Hans","none":null,"nan":null,"spans":[[0,1]],"zh":"好"}'.encode()
    )
    assert response.status_code == 201
    assert response.headers["content-type"] == "application/json"
    assert response.headers["x-a"] == "b"
