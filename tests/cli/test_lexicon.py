"""`magpie lexicon`: check, add, export, find."""

import json
import stat
from pathlib import Path

import pytest

from service.cli.main import main
from service.lexicon.entries import load
from tests.lexicon.rows import HEADER, row, table


@pytest.fixture
def own(tmp_path: Path) -> Path:
    path = tmp_path / "own.tsv"
    path.write_bytes(table(row(), row(id="my-2", term="dbq", expansion="对不起")))
    return path


# check --------------------------------------------------------------------------------------------------------------


def test_lexicon_check_the_bundled_tables(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lexicon", "check"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("bundled: ok, ")
    assert said.endswith(f"version {load().version}\n")


def test_lexicon_check_says_what_is_wrong_and_goes_on(
    own: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = own.with_name("bad.tsv")
    bad.write_bytes(table(row(guard="maybe")))
    assert main(["lexicon", "check", str(bad), str(own)]) == 1
    said = capsys.readouterr()
    assert said.err.startswith("bad.tsv:2: guard: one of always")
    assert "own.tsv: ok, 2 Chinese and 0 English entries, version " in said.out


def test_lexicon_check_a_file_that_is_not_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["lexicon", "check", str(tmp_path / "none.tsv")]) == 2
    assert "none.tsv: No such file" in capsys.readouterr().err


# add ----------------------------------------------------------------------------------------------------------------


def test_lexicon_add_makes_a_table_and_appends_to_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "own.tsv"
    usual = ["--language", "zh", "--note-en", "Praise."]
    words = ["--expansion", "最棒的", "--variant", "ydd", "--variant", "永棒", "--guard", "always"]
    assert main(["lexicon", "add", str(path), "yddx", *usual, *words]) == 0
    assert main(["lexicon", "add", str(path), "吃席", *usual]) == 0
    assert "own-0002 added, 2 entries" in capsys.readouterr().out
    first, second = load([path], bundled=False).entries
    assert (first.id, first.variants, first.guard) == ("own-0001", ("ydd", "永棒"), "always")
    assert (second.term, second.guard, second.source) == ("吃席", "note-only", "own")
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert [p.name for p in tmp_path.iterdir()] == ["own.tsv"]


def test_lexicon_add_leaves_the_rest_of_the_file_alone(own: Path) -> None:
    before = ("# ours\n" + HEADER + "\n" + row()).encode()
    own.write_bytes(before)
    own.chmod(0o600)
    assert main(["lexicon", "add", str(own), "x1", "--language", "en", "--note-en", "N."]) == 0
    assert own.read_bytes().startswith(before + b"\n")
    assert stat.S_IMODE(own.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["dbq", "--language", "zh", "--note-en", "N"], 1, "has this id or term already, as my-2"),
        (["x", "--id", "my-1", "--language", "zh", "--note-en", "N"], 1, "already, as my-1"),
        (["x", "--language", "zh", "--note-en", "N", "--guard", "word"], 1, "expansion: empty"),
        (["x", "--language", "zh", "--note-en", "a\tb"], 2, "note_en: no tabs"),
        (["x", "--id", "#1", "--language", "zh", "--note-en", "N"], 2, "id: 1 to 32"),
        ([" ", "--language", "zh", "--note-en", "N"], 1, "term: 1 to 64"),
    ],
)
def test_lexicon_add_refuses(
    words: list[str], code: int, message: str, own: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = own.read_bytes()
    assert main(["lexicon", "add", str(own), *words]) == code
    assert message in capsys.readouterr().err
    assert own.read_bytes() == before


def test_lexicon_add_to_a_folder_that_is_not_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "no" / "own.tsv"
    assert main(["lexicon", "add", str(path), "x", "--language", "en", "--note-en", "N"]) == 2
    assert "cannot write" in capsys.readouterr().err


# export and find ----------------------------------------------------------------------------------------------------


def test_lexicon_export_is_a_table_that_loads(
    own: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["lexicon", "export", "-f", str(own)]) == 0
    own.write_text(capsys.readouterr().out, "utf-8")
    exported = load([own], bundled=False)
    assert {"my-1", "my-2", "en-0001"} <= {entry.id for entry in exported.entries}
    assert "zh-0001" not in {entry.id for entry in exported.entries}, "yyds is the own one"


def test_lexicon_export_json(own: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lexicon", "export", "--format", "json", "--no-bundled", "-f", str(own)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["version"] == load([own], bundled=False).version
    assert [(e["id"], e["guard"]) for e in told["entries"]] == [("my-1", "word"), ("my-2", "word")]


def test_lexicon_find_prints_one_line_a_term(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lexicon", "find", "ngl", "这家店yyds"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].startswith("7-11 yyds = 永远的神 [zh-0001] the GOAT: Initials of")


def test_lexicon_find_json(own: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lexicon", "find", "--json", "--no-bundled", "-f", str(own), "说dbq，吃饭"]) == 0
    (hit,) = json.loads(capsys.readouterr().out)
    assert (hit["span"], hit["sure"], hit["term"]) == ([1, 4], True, "dbq")


@pytest.mark.parametrize(
    ("command", "code"), [(["export", "-f", "BAD"], 1), (["find", "-f", "none.tsv", "x"], 2)]
)
def test_lexicon_tables_that_cannot_be_used(
    command: list[str], code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("BAD").write_text("nothing", "utf-8")
    assert main(["lexicon", *command]) == code
