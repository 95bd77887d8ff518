"""`magpie translate`: line for line, whatever the lines are."""

import io
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from service.cli.lines import Input
from service.cli.main import main
from service.cli.translate import Style, translate_input
from service.domain import (
    Hashtags,
    Lang,
    TextFormat,
    Translation,
    TranslationRequest,
    TranslationWarning,
    WarningCode,
)
from service.errors import UnsupportedDirection

FAKE = ["translate", "--engine", "fake"]


class Upper:
    """A translator that shouts; refuses texts with `refuse`, and copies those with `copy` as the pipeline does."""

    def __init__(self) -> None:
        self.calls: list[list[TranslationRequest]] = []
        self.closed = False

    def close(self) -> None:
        self.closed = True

    def translate(self, requests: Sequence[TranslationRequest]) -> list[Translation]:
        self.calls.append(list(requests))
        if any("refuse" in request.text for request in requests):
            raise UnsupportedDirection("No loaded model translates zh to en.")
        return [self._one(request) for request in requests]

    def _one(self, request: TranslationRequest) -> Translation:
        copied = "copy" in request.text
        warning = TranslationWarning(WarningCode.COPIED_SOURCE, "Copied.", 0, 4, "engine_failed")
        number = TranslationWarning(WarningCode.NUMBER_CHANGED, "A number is missing.", 0, 1)
        return Translation(
            request.text if copied else request.text.upper(),
            Lang.EN,
            request.target_lang,
            None,
            warnings=(warning,) if copied else (number,) if "1" in request.text else (),
            alternatives=("A", "B")[: request.alternatives],
        )


def translate(data: bytes, style: Style | None = None) -> tuple[int, Upper]:
    translator = Upper()
    code = translate_input(translator, Input(io.BytesIO(data)), style or Style(Lang.ZH_HANS))
    return code, translator


@pytest.fixture
def stdin(monkeypatch: pytest.MonkeyPatch) -> io.BytesIO:
    stream = io.BytesIO()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(stream))
    return stream


@pytest.mark.parametrize(
    ("data", "out"),
    [
        (b"", b""),
        (b"one", b"ONE"),
        (b"one\ntwo\n", b"ONE\nTWO\n"),
        (b"\n\n one\r\n  \n", b"\n\n ONE\r\n  \n"),
        ("你好 one\n".encode(), "你好 ONE\n".encode()),
    ],
)
def test_translate_keeps_lines_and_their_ends(
    data: bytes, out: bytes, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    code, _ = translate(data)
    captured = capfdbinary.readouterr()
    assert (code, captured.out, captured.err) == (0, out, b"")


def test_translate_asks_for_what_the_flags_say() -> None:
    style = Style(Lang.EN, Lang.ZH_HANT, TextFormat.HTML, Hashtags.TRANSLATE, 2)
    _, translator = translate(b"<p>one\ntwo</p>\n", style)
    assert translator.calls == [
        [
            TranslationRequest(
                "<p>one\ntwo</p>\n", Lang.EN, Lang.ZH_HANT, TextFormat.HTML, Hashtags.TRANSLATE, 2
            )
        ]
    ]


def test_translate_asks_for_a_round_trip() -> None:
    _, translator = translate(b"one\n", Style(Lang.ZH_HANS, round_trip=True))
    assert [call[0].round_trip for call in translator.calls] == [True]


def test_translate_sends_no_blank_lines_and_many_lines_together() -> None:
    _, translator = translate(b"one\n\n \ntwo\n" * 10)
    assert [len(call) for call in translator.calls] == [20]


def test_translate_goes_on_after_a_refused_line(capfd: pytest.CaptureFixture[str]) -> None:
    code, _ = translate(b"one\nrefuse me\ntwo\nthree\n")
    captured = capfd.readouterr()
    assert code == 1
    assert captured.out == "ONE\nrefuse me\nTWO\nTHREE\n"
    assert captured.err == (
        "magpie: line 2: unsupported_direction: No loaded model translates zh to en.\n"
        "magpie: 1 of 4 lines failed\n"
    )


def test_translate_counts_a_copied_segment_as_failed(capfd: pytest.CaptureFixture[str]) -> None:
    code, _ = translate(b"one\ncopy me\n")
    captured = capfd.readouterr()
    assert (code, captured.out) == (1, "ONE\ncopy me\n")
    assert "magpie: line 2: copied_source: Copied. (engine_failed)\n" in captured.err


def test_translate_reports_bytes_that_are_not_utf8_and_goes_on(
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    code, _ = translate(b"one\nol\xe9 \xff\r\ntwo\n")
    captured = capfdbinary.readouterr()
    assert (code, captured.out) == (1, b"ONE\nol\xe9 \xff\r\nTWO\n")
    assert b"magpie: line 2: invalid_text: not valid UTF-8\n" in captured.err


@pytest.mark.parametrize("verbose", [False, True])
def test_translate_warnings_are_for_the_verbose(
    verbose: bool, capfd: pytest.CaptureFixture[str]
) -> None:
    code, _ = translate(b"one\n1 two\n", Style(Lang.ZH_HANS, verbose=verbose))
    line = "magpie: line 2: number_changed: A number is missing.\n"
    assert (code, capfd.readouterr().err) == (0, line if verbose else "")


def test_translate_alternatives_stand_on_the_same_line(capfd: pytest.CaptureFixture[str]) -> None:
    translate(b"one\ntwo\n", Style(Lang.ZH_HANS, alternatives=2))
    assert capfd.readouterr().out == "ONE\tA\tB\nTWO\tA\tB\n"


def test_translate_json_is_one_object_a_line(capfd: pytest.CaptureFixture[str]) -> None:
    translate("1 好\n\nrefuse\n\xff".encode(), Style(Lang.ZH_HANS, as_json=True))
    first, blank, refused, last = map(json.loads, capfd.readouterr().out.splitlines())
    assert [first["line"], blank["line"], refused["line"], last["line"]] == [1, 2, 3, 4]
    assert first["text"] == "1 好"
    assert (first["source_lang"], first["target_lang"]) == ("en", "zh-Hans")
    assert first["warnings"] == [
        {"code": "number_changed", "message": "A number is missing.", "reason": "", "span": [0, 1]}
    ]
    assert blank["text"] == ""
    assert refused["error"]["code"] == "unsupported_direction"


def test_translate_json_has_the_fields_of_the_api(capfd: pytest.CaptureFixture[str]) -> None:
    from service.api import schemas

    assert main([*FAKE, "--to", "zh", "--json", "Look at https://example.com, 42 things"]) == 0
    answer = json.loads(capfd.readouterr().out)
    assert set(answer) - {"line"} == set(schemas.TranslationOut.model_fields)
    assert set(answer["segments"][0]) == set(schemas.SegmentOut.model_fields)
    assert set(answer["protected"][0]) == set(schemas.ProtectedOut.model_fields)


def test_translate_arguments_are_one_text(capfd: pytest.CaptureFixture[str]) -> None:
    assert main([*FAKE, "--to", "zh", "good", "morning"]) == 0
    assert len(capfd.readouterr().out.splitlines()) == 1


def test_translate_both_ways_from_standard_input(
    stdin: io.BytesIO, capfd: pytest.CaptureFixture[str]
) -> None:
    stdin.write("Good morning @lin 😀\n早上好\nこんにちは\n".encode())
    stdin.seek(0)
    assert main([*FAKE, "--to", "zh"]) == 0
    english, chinese, japanese = capfd.readouterr().out.splitlines()
    assert "@lin" in english
    assert not english.startswith("Good")
    assert chinese == "早上好"
    assert japanese == "こんにちは"


def test_translate_a_file(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "posts.txt"
    path.write_text("早上好。\n\n今天天气真好。\n", "utf-8")
    assert main([*FAKE, "-f", str(path), "--from", "zh-CN", "--to", "en"]) == 0
    first, blank, last = capfd.readouterr().out.splitlines()
    assert first.isascii()
    assert last.isascii()
    assert blank == ""


def test_translate_a_poisoned_line_leaves_the_others_alone(
    stdin: io.BytesIO, capfd: pytest.CaptureFixture[str]
) -> None:
    stdin.write(b"good morning\npoison here\ngood night\n")
    stdin.seek(0)
    assert main([*FAKE, "--to", "zh"]) == 1
    captured = capfd.readouterr()
    assert [line.isascii() for line in captured.out.splitlines()] == [False, True, False]
    assert "line 2: copied_source" in captured.err


@pytest.mark.parametrize(
    "words",
    [
        ["--to", "fr"],
        ["--to", "auto"],
        ["--to", "zh", "--from", "fr"],
        ["--to", "zh", "--alternatives", "99"],
        ["--to", "zh", "--alternatives", "-1"],
        ["--to", "zh", "--beam-size", "0"],
        ["--to", "zh", "-f", "no-such-file"],
    ],
)
def test_translate_wrong_usage_is_exit_code_2(
    words: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    text = [] if "-f" in words else ["hello"]
    assert main([*FAKE, *words, *text]) == 2
    captured = capfd.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("magpie translate: ")


@pytest.mark.parametrize("engine", ["ct2", "marian"])
def test_translate_without_a_model_is_exit_code_3(
    engine: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    words = ["translate", "--engine", engine, "--model", str(tmp_path / "none"), "--to", "zh", "hi"]
    assert main(words) == 3
    captured = capfd.readouterr()
    assert captured.err.startswith("magpie translate: ")
    assert captured.err.count("\n") == 1
