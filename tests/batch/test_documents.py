"""Subtitles and locale files from disk to disk."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from service.batch.documents import DocumentJob, DocumentResult, translate_document
from service.batch.errors import BatchError, UsageProblem
from service.domain import (
    Lang,
    TextFormat,
    Translation,
    TranslationRequest,
    TranslationWarning,
    WarningCode,
)


class Upper:
    """Translates into capitals; loses `{lost}`, copies `copy` and breaks at `break`."""

    def __init__(self) -> None:
        self.requests: list[TranslationRequest] = []

    def translate(self, requests: Sequence[TranslationRequest]) -> list[Translation]:
        self.requests += requests
        if any("break" in request.text for request in requests):
            raise ZeroDivisionError
        copied = TranslationWarning(WarningCode.COPIED_SOURCE, "Copied.", 0, 4)
        return [
            Translation(
                one.text.upper().replace("{LOST}", "").replace("{NAME}", "{name}"), Lang.EN, one.target_lang, None,
                warnings=(copied,) if "copy" in one.text else (),
            )
            for one in requests
        ]  # fmt: skip


def translate(
    folder: Path, name: str, body: bytes | str, **more: Any
) -> tuple[bytes, DocumentResult, Upper]:
    source, output = folder / name, folder / f"out-{name}"
    source.write_bytes(body if isinstance(body, bytes) else body.encode())
    translator, seen = Upper(), []
    result = translate_document(
        DocumentJob(source, output, Lang.ZH_HANS, **more),
        translator,
        lambda done, of: seen.append((done, of)),
    )
    assert all(done <= of for done, of in seen)
    return output.read_bytes(), result, translator


def test_documents_subtitles(tmp_path: Path) -> None:
    body = "\ufeff1\r\n00:00:01,000 --> 00:00:02,000\r\nHello <i>there</i>\r\n"
    found, result, translator = translate(tmp_path, "a.srt", body)
    assert found.decode() == body.replace("Hello <i>there</i>", "HELLO <I>THERE</I>")
    assert (result.texts, result.left) == (1, {})
    assert translator.requests[0].format is TextFormat.HTML


def test_documents_locale_with_texts_that_stay(tmp_path: Path) -> None:
    body = json.dumps(
        {
            "a": "save {name}",
            "b": "{lost} it",
            "c": "copy me",
            "d": "break",
            "e": "{n, plural, other {x}}",
            "f": "123",
        }
    )
    found, result, _ = translate(tmp_path, "en.JSON", body)
    assert json.loads(found) == json.loads(body) | {"a": "SAVE {name}"}
    assert result.left == {
        "b": "template_lost", "c": "copied_source", "d": "failed: ZeroDivisionError", "e": "icu_message",
    }  # fmt: skip
    listed = [
        json.loads(line)
        for line in (tmp_path / "out-en.JSON.errors.jsonl").read_text().splitlines()
    ]
    assert [(row["where"], row["reason"]) for row in listed] == list(result.left.items())


def test_documents_equal_texts_are_translated_once(tmp_path: Path) -> None:
    _, result, translator = translate(
        tmp_path, "en.json", json.dumps({str(n): f"t {n % 3}x" for n in range(300)})
    )
    assert (result.texts, len(translator.requests)) == (300, 3)


@pytest.mark.parametrize("encoding", ["utf-16", "gb18030"])
def test_documents_other_encodings(tmp_path: Path, encoding: str) -> None:
    body = "1\n00:00:01,000 --> 00:00:02,000\n今天天气真好 a\n"
    found, _, _ = translate(tmp_path, "a.srt", body.encode(encoding))
    assert found.decode("utf-16" if encoding == "utf-16" else "utf-8") == body.replace("a\n", "A\n")


@pytest.mark.parametrize(
    ("name", "body", "more", "message"),
    [
        ("a.json", b"", {}, "is empty"), ("a.json", b"[1", {}, "not JSON"),
        ("a.srt", b"\xff\xfe\xff", {}, "--encoding"),
        ("a.srt", b"x", {"encoding": "klingon"}, "--encoding"),
    ],
)  # fmt: skip
def test_documents_refused(
    tmp_path: Path, name: str, body: bytes, more: dict[str, Any], message: str
) -> None:
    with pytest.raises(UsageProblem, match=message):
        translate(tmp_path, name, body, **more)
    assert not (tmp_path / f"out-{name}").exists()


def test_documents_nothing_is_overwritten_unasked(tmp_path: Path) -> None:
    source, output = tmp_path / "en.json", tmp_path / "zh.json"
    source.write_text('{"a": "b"}')
    output.write_text("precious")
    for job, message in (
        (DocumentJob(source, output, Lang.EN), "--overwrite"),
        (DocumentJob(source, source, Lang.EN, overwrite=True), "the output is the input"),
        (DocumentJob(tmp_path / "no.json", output, Lang.EN), "cannot read"),
    ):
        with pytest.raises(UsageProblem, match=message):
            translate_document(job, Upper(), lambda done, of: None)
    assert (source.read_text(), output.read_text()) == ('{"a": "b"}', "precious")
    translate_document(
        DocumentJob(source, output, Lang.EN, overwrite=True), Upper(), lambda done, of: None
    )
    assert output.read_text() == '{"a": "B"}'


def test_documents_list_of_errors_elsewhere(tmp_path: Path) -> None:
    listed = tmp_path / "left.jsonl"
    _, result, _ = translate(
        tmp_path, "a.json", '{"x": "please copy", "y": "b"}', errors_file=listed
    )
    assert result.left == {"x": "copied_source"}
    assert json.loads(listed.read_text())["where"] == "x"
    assert not (tmp_path / "out-a.json.errors.jsonl").exists()


@pytest.mark.parametrize("name", ["en.json", "zh.json", "no/left.jsonl", "folder"])
def test_documents_list_of_errors_that_cannot_be(tmp_path: Path, name: str) -> None:
    source = tmp_path / "en.json"
    source.write_text('{"a": "b"}')
    (tmp_path / "folder").mkdir()
    job = DocumentJob(source, tmp_path / "zh.json", Lang.EN, errors_file=tmp_path / name)
    with pytest.raises(UsageProblem, match=r"written over|there is no folder|is a folder"):
        translate_document(job, Upper(), lambda done, of: None)
    assert source.read_text() == '{"a": "b"}'
    assert not (tmp_path / "zh.json").exists()


def test_documents_folder_that_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "en.json").write_text('{"a": "b"}')
    with pytest.raises(BatchError, match="cannot write"):
        translate_document(
            DocumentJob(tmp_path / "en.json", tmp_path / "no" / "zh.json", Lang.EN),
            Upper(),
            lambda done, of: None,
        )
