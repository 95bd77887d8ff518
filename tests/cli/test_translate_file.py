"""`magpie translate-file`: tables, subtitles and locale files."""

import json
from pathlib import Path

import pytest

from service.cli.main import main


def translate(source: Path, output: Path | str, *flags: str) -> int:
    return main(
        ["translate-file", str(source), "-o", str(output), "--engine", "fake", "--to", "zh", *flags]
    )


def test_translate_file_tables(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = tmp_path / "in.csv"
    source.write_text("id,title,body\n1,Good morning.,How are you?\n2,broken\n3,,Fine.\n")
    flags = ["--text", "title", "--text", "body", "--summary", str(tmp_path / "s")]
    assert translate(source, tmp_path / "out.jsonl", *flags) == 1
    found = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text("utf-8").splitlines()]
    assert [row["id"] for row in found] == ["1", "3"]
    assert found[0]["translation_title"] not in ("", "Good morning.")
    assert found[0]["translation_body"] not in ("", "How are you?")
    assert (found[1]["translation_title"], found[0]["source_lang"], found[0]["model"]) == (
        "",
        "en",
        "fake",
    )
    assert json.loads((tmp_path / "s").read_text())["source_lang"] == {"en": 2}
    assert "left out: wrong_number_of_fields" in capsys.readouterr().err


@pytest.mark.weights
def test_translate_file_uses_the_slang_lexicon_and_translates_hashtags_on_request(
    tmp_path: Path,
) -> None:
    source = tmp_path / "in.txt"
    source.write_text("yyds！ #旅行[话题]#\n", "utf-8")
    found = {}
    for mode in ("keep", "translate", "both"):
        output = tmp_path / f"{mode}.txt"
        command = ["translate-file", str(source), "-o", str(output), "--to", "en", "-q"]
        assert main([*command, "--hashtags", mode]) == 0
        found[mode] = output.read_text("utf-8")
    assert "#旅行[话题]#" in found["keep"]
    assert "travel" not in found["keep"].lower()
    assert "#旅行[话题]#" not in found["translate"]
    assert "travel" in found["translate"].lower()
    assert "#旅行[话题]# (travel)" in found["both"]
    assert all("yyds" not in text and "GOAT" in text for text in found.values())


def test_translate_file_lines_stay_lines(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    source = tmp_path / "in.txt"
    source.write_text("Good morning.\n\nHow are you?\n")
    assert translate(source, tmp_path / "out.txt", "-q") == 0
    lines = (tmp_path / "out.txt").read_text("utf-8").split("\n")
    assert len(lines) == 4
    assert lines[0]
    assert lines[1] == ""
    assert translate(source, "-", "-q") == 0
    assert capfd.readouterr().out == (tmp_path / "out.txt").read_text("utf-8")


def test_translate_file_resumes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = tmp_path / "in.txt"
    source.write_text("Good morning.\n")
    assert translate(source, tmp_path / "out.txt", "-q") == 0
    assert translate(source, tmp_path / "out.txt") == 2
    assert translate(source, tmp_path / "out.txt", "--resume") == 0
    assert "is complete: there is nothing to continue" in capsys.readouterr().err


def test_translate_file_subtitles(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = tmp_path / "film.srt"
    source.write_text("1\n00:00:01,000 --> 00:00:02,000\nGood morning.\n\n")
    assert translate(source, tmp_path / "film.zh.srt") == 0
    first, times, text, *rest = (tmp_path / "film.zh.srt").read_text("utf-8").split("\n")
    assert (first, times, rest) == ("1", "00:00:01,000 --> 00:00:02,000", ["", ""])
    assert text not in ("", "Good morning.")
    assert capsys.readouterr().err == "magpie: 1 of 1 texts done\n"


def test_translate_file_locale(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = tmp_path / "en.json"
    source.write_text('{"hello": "Hello {name}", "n": 1, "items": "{n, plural, other {items}}"}')
    assert translate(source, tmp_path / "zh.json") == 1
    found = json.loads((tmp_path / "zh.json").read_text("utf-8"))
    assert (found["n"], found["items"]) == (1, "{n, plural, other {items}}")
    assert "{name}" in found["hello"]
    said = capsys.readouterr().err
    assert "magpie: items: icu_message, left as it is" in said


@pytest.mark.parametrize(
    ("name", "flags", "message"),
    [
        ("in.txt", ["--to", "fr"], "--to: a language"), ("in.txt", ["--from", "fr"], "--from: a language"),
        ("missing.srt", [], "cannot read"), ("missing.csv", [], "no such file"), ("in.json", [], "not JSON"),
    ],
)  # fmt: skip
def test_translate_file_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, flags: list[str], message: str
) -> None:
    for made in ("in.txt", "in.json"):
        (tmp_path / made).write_text("text")
    assert translate(tmp_path / name, tmp_path / "out.jsonl", *flags) == 2
    assert message in capsys.readouterr().err


def test_translate_file_one_document_at_a_time(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (
        main(["translate-file", "a.srt", "b.srt", "-o", "c.srt", "--to", "zh", "--engine", "fake"])
        == 2
    )
    assert "one subtitle or locale file at a time" in capsys.readouterr().err


def test_translate_file_list_of_errors_of_a_document(tmp_path: Path) -> None:
    (tmp_path / "en.json").write_text('{"items": "{n, plural, other {items}}"}')
    listed = tmp_path / "left.jsonl"
    assert translate(tmp_path / "en.json", tmp_path / "zh.json", "--errors", str(listed), "-q") == 1
    assert json.loads(listed.read_text("utf-8"))["reason"] == "icu_message"


@pytest.mark.parametrize(
    "flags",
    [
        ["--text", "a"], ["--id", "a"], ["--format", "csv"], ["--output-format", "csv"], ["--no-quotes"],
        ["--no-header"], ["--where", "a = 1"], ["--sample", "2"], ["--limit", "2"], ["--seed", "2"], ["--prefix", "x"],
        ["--processes", "2"], ["--chunk-rows", "2"], ["--resume"], ["--restart"], ["--summary", "s.json"],
        ["--hashtags", "both"],
    ],
)  # fmt: skip
def test_translate_file_flags_of_tables_are_refused_for_a_document(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], flags: list[str]
) -> None:
    (tmp_path / "en.json").write_text('{"a": "b"}')
    assert translate(tmp_path / "en.json", tmp_path / "zh.json", *flags) == 2
    assert f"{flags[0]} is for tables" in capsys.readouterr().err
    assert not (tmp_path / "zh.json").exists()


def test_translate_file_document_needs_a_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "en.json").write_text('{"a": "b"}')
    assert translate(tmp_path / "en.json", "-") == 2
    assert "needs a name" in capsys.readouterr().err


def test_translate_file_problems_of_the_model(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("a.srt", "a.txt"):
        (tmp_path / name).write_text("text")
        code = main(["translate-file", str(tmp_path / name), "-o", str(tmp_path / "o.txt"), "--to", "zh",
                     "--model", str(tmp_path / "no")])  # fmt: skip
        assert code == 3
        assert "no" in capsys.readouterr().err
