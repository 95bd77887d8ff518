"""`magpie moderate INPUT -o OUTPUT`: files of any size, and what is wrong with them."""

import base64
import json
import subprocess
import sys
from pathlib import Path

import pytest

from service.cli.main import main
from tests.docs.project import ROOT
from tests.moderate_files import FAKE, POSTS, moderate, rows_of, write
from tests.serving import environment


def test_moderate_files_end_to_end(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, output = write(tmp_path / "in.jsonl"), tmp_path / "out.jsonl"
    summary = tmp_path / "summary.json"
    assert moderate(source, output, "--id", "id", "--summary", str(summary)) == 0
    found = rows_of(output)
    assert [row["action"] for row in found] == ["allow", "review", "block", "allow"]
    assert [row["language"] for row in found] == ["en", "en", "zh", "zh"]
    assert (found[1]["evidence_text"], found[1]["evidence_rule"]) == (
        "badword",
        "classifier:toxicity",
    )
    assert [{name: row[name] for name in POSTS[0]} for row in found] == POSTS
    numbers = json.loads(summary.read_text())
    assert (numbers["rows"], numbers["duplicate_ids"], numbers["identity"]["model"]) == (
        4,
        2,
        "fake",
    )
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "4  rows read" in shown.err
    assert "have an id that another row has too" in shown.err
    assert "badword" not in shown.err


def test_moderate_files_quiet_says_only_what_is_wrong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = write(tmp_path / "in.jsonl")
    assert moderate(source, tmp_path / "1.jsonl", "--quiet") == 0
    assert capsys.readouterr().err == ""
    source.write_text(source.read_text() + "geheim\n")
    assert moderate(source, tmp_path / "2.jsonl", "--quiet") == 1
    assert capsys.readouterr().err == "magpie: 1 rows were left out\n"
    [bad] = rows_of(tmp_path / "2.jsonl.errors.jsonl")
    assert (bad["line"], bad["reason"]) == (5, "invalid_json")


def test_moderate_files_classifier_that_fails_is_review_and_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = write(tmp_path / "in.jsonl", [{"text": "poison"}, {"text": "fine"}])
    assert moderate(source, tmp_path / "out.jsonl") == 1
    assert [row["action"] for row in rows_of(tmp_path / "out.jsonl")] == ["review", "allow"]
    assert "warning classifier_failed" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("flags", "code"), [(["--fail-on", "block"], 4), (["--fail-on", "review"], 4), ([], 0)]
)
def test_moderate_files_fail_on(tmp_path: Path, flags: list[str], code: int) -> None:
    assert moderate(write(tmp_path / "in.jsonl"), tmp_path / "out.csv", "-q", *flags) == code


def test_moderate_files_fail_on_counts_live_policies_only(tmp_path: Path) -> None:
    policy = tmp_path / "trial.toml"
    policy.write_text(
        'mode = "shadow"\n[[rules]]\nid = "all"\naction = "block"\n'
        'when = { score = "toxicity", at_least = { en = 0.5, zh = 0.5 } }\n'
    )
    flags = ["-q", "--fail-on", "block", "--policy", str(policy)]
    assert moderate(write(tmp_path / "in.jsonl"), tmp_path / "out.jsonl", *flags) == 0
    assert {row["mode"] for row in rows_of(tmp_path / "out.jsonl")} == {"shadow"}


def test_moderate_files_context_of_each_row(tmp_path: Path) -> None:
    policy = tmp_path / "new.toml"
    policy.write_text(
        '[[rules]]\nid = "newcomer"\naction = "review"\nwhen = { context = "account_age_days", below = 7 }\n'
    )
    flags = ["-q", "--policy", str(policy), "--context-column", "account_age_days=age"]
    assert moderate(write(tmp_path / "in.jsonl"), tmp_path / "out.jsonl", *flags) == 0
    assert [row["rules"] for row in rows_of(tmp_path / "out.jsonl")] == [
        "",
        "newcomer",
        "newcomer",
        "",
    ]


def test_moderate_files_translation_beside_the_verdict(tmp_path: Path) -> None:
    source, output = write(tmp_path / "in.jsonl"), tmp_path / "out.jsonl"
    assert moderate(source, output, "-q", "--translate-to", "en", "--prefix", "m_") == 0
    found = rows_of(output)
    assert found[2]["m_translation"]
    assert found[0]["m_translation_model"] == "fake"


def test_moderate_files_from_pipe_to_pipe() -> None:
    body = "".join(json.dumps(row) + "\n" for row in POSTS).encode()
    done = subprocess.run(
        [sys.executable, "-m", "service.cli.main", "moderate", "-", "-o", "-", *FAKE, "--limit", "3"],
        input=body, cwd=ROOT, env=environment(), capture_output=True, timeout=100,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert [json.loads(line)["action"] for line in done.stdout.splitlines()] == [
        "allow",
        "review",
        "block",
    ]
    assert b"3  rows read" in done.stderr


@pytest.mark.parametrize(
    ("body", "flags", "message"),
    [
        (b'{"body": "x"}\n', [], "--text: there is no column text; there are: body"),
        (b"", [], "in.jsonl is empty"), (b"\xff\xfe\x00garbage", [], "cannot be read"),
        (b'{"text": "x"}\n', ["--where", "likes >"], "--where is not a condition in SQL"),
        (b'{"text": "x"}\n', ["--resume", "--restart"], "not both"),
        (b'{"text": "x", "action": 1}\n', [], "a column action already: give --prefix"),
        (b'{"text": "x"}\n', ["--file", "missing"], "missing: no such file"),
    ],
)  # fmt: skip
def test_moderate_files_bad_input_is_said_and_changes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], body: bytes, flags: list[str], message: str
) -> None:
    source = tmp_path / "in.jsonl"
    source.write_bytes(body)
    assert moderate(source, tmp_path / "out.jsonl", *flags) in (1, 2)
    assert message in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["in.jsonl"]


def test_moderate_files_output_that_is_there_is_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source, output = write(tmp_path / "in.jsonl"), tmp_path / "out.jsonl"
    output.write_text("precious")
    assert moderate(source, output) == 2
    assert "give --overwrite" in capsys.readouterr().err
    assert output.read_text() == "precious"
    assert moderate(source, source, "--overwrite") == 2
    assert "would be overwritten" in capsys.readouterr().err
    assert rows_of(source) == POSTS
    assert moderate(source, output, "--overwrite", "-q") == 0


def test_moderate_files_problems_of_the_model(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = write(tmp_path / "in.jsonl")
    assert moderate(source, tmp_path / "out.jsonl", "--policy", str(tmp_path / "no.toml")) == 3
    assert "no.toml" in capsys.readouterr().err
    assert not (tmp_path / "out.jsonl.parts").exists()


def test_moderate_files_needs_an_input(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["moderate", "-o", "out.jsonl", *FAKE]) == 2
    assert "name the input" in capsys.readouterr().err


def test_moderate_files_decodes_when_asked(tmp_path: Path) -> None:
    coded = base64.b64encode(b"this is a badword").decode()
    source = write(tmp_path / "in.jsonl", [{"text": coded}])
    for flags, action in (((), "allow"), (("--decode",), "review")):
        assert moderate(source, tmp_path / "out.jsonl", "-q", "--overwrite", *flags) == 0
        assert [row["action"] for row in rows_of(tmp_path / "out.jsonl")] == [action]


def test_moderate_files_true_and_false_reach_the_policy(tmp_path: Path) -> None:
    policy = tmp_path / "mine.toml"
    policy.write_text(
        '[[rules]]\nid = "new"\naction = "block"\nwhen = { context = "verified", is = ["false"] }\n'
    )
    rows = [{"text": "a", "verified": False}, {"text": "b", "verified": True}]
    source, output = write(tmp_path / "in.jsonl", rows), tmp_path / "out.jsonl"
    flags = ["--policy", str(policy), "--context-column", "verified"]
    assert moderate(source, output, "-q", *flags) == 0
    assert [row["action"] for row in rows_of(output)] == ["block", "allow"]


@pytest.mark.parametrize(
    ("flags", "code", "message"),
    [
        (["--json"], 2, "--json is for lines"), (["--summary", "nowhere/s.json"], 2, "there is no folder nowhere"),
        (["--where", "1 = 1"], 2, "names no column"), (["--where", "nosuch = 1"], 2, "no row has a column nosuch"),
        (["--encoding", "zlib"], 2, "rows in zlib cannot be read"),
        (["--policy", "bad.toml"], 3, "bad.toml: not valid UTF-8"),
    ],
)  # fmt: skip
def test_moderate_files_says_it_before_the_work(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    flags: list[str],
    code: int,
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bad.toml").write_bytes("description = '中文'\n".encode("gb18030"))
    assert moderate(write(tmp_path / "in.jsonl"), "out.jsonl", *flags) == code
    assert message in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.toml", "in.jsonl"]


def test_moderate_files_a_condition_may_name_a_column_twice(tmp_path: Path) -> None:
    source, output = write(tmp_path / "in.jsonl"), tmp_path / "out.jsonl"
    assert moderate(source, output, "-q", "--where", "likes > 2 AND likes < 20") == 0
    assert [row["likes"] for row in rows_of(output)] == [3, 12]
