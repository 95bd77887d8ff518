"""`magpie detect`."""

import io
import json
import sys

import pytest

from service.cli.main import main


def feed(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("Good morning, everyone", "en"),
        ("今天天气真好", "zh-Hans"),
        ("這個節目真好看", "zh-Hant"),
        ("Доброе утро", "-"),
        ("😀 123", "-"),
    ],
)
def test_detect_says_which_language(
    text: str, lang: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["detect", text]) == 0
    assert capsys.readouterr().out.split("\t")[0] == lang


def test_detect_answers_line_for_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    feed(monkeypatch, "Good morning\n\n早上好\n这个 app 的 new feature 太 amazing 了".encode())
    assert main(["detect"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("\t")[0] for line in lines] == [
        "en",
        "-",
        "zh-Hans",
        lines[3].split("\t")[0],
    ]
    assert lines[1].endswith("\tempty")


def test_detect_json_has_the_fields_of_the_api(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["detect", "--json", "早上好，大家"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["line"] == 1
    assert answer["lang"] == "zh-Hans"
    assert set(answer) == {"line", "lang", "confidence", "mixed", "reason"}


def test_detect_reports_lines_that_are_not_utf8_and_goes_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    feed(monkeypatch, b"hello there\n\xff\xfe\n" + "你好\n".encode())
    assert main(["detect"]) == 1
    captured = capsys.readouterr()
    assert len(captured.out.splitlines()) == 3
    assert captured.err == "magpie: line 2: not valid UTF-8\n"
