"""`magpie policy`: check, show, replay, tune."""

import io
import json
import random
import subprocess
import sys
from pathlib import Path

import pytest

from service.cli.main import main
from service.policy.schema import PRESETS, load_policy, preset

RULE = '[[rules]]\nid = "r"\naction = "review"\nwhen = { score = "toxicity", at_least = 0.5 }\n'


@pytest.fixture
def house(tmp_path: Path) -> Path:
    path = tmp_path / "house.toml"
    path.write_text(RULE, "utf-8")
    return path


def decisions(path: Path) -> Path:
    path.write_text(
        '{"action": "allow", "language": "zh", "scores": {"toxicity": 0.6}, "hits": [], "text": "一段话"}\n'
        '{"action": "review", "language": "en", "scores": {"toxicity": 0.9}, "hits": [], "id": "b"}\n',
        "utf-8",
    )
    return path


# check and show -----------------------------------------------------------------------------------------------------


def test_policy_check_gives_the_version(house: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["policy", "check", str(house)]) == 0
    version = load_policy(RULE, "house").policy_version
    assert f"house.toml: ok, live, 1 rules, policy_version {version}" in capsys.readouterr().out


@pytest.mark.parametrize("name", PRESETS)
def test_policy_check_takes_presets(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["policy", "check", name]) == 0
    assert preset(name).policy_version in capsys.readouterr().out


def test_policy_check_says_what_is_wrong_and_goes_on(
    house: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = house.with_name("bad.toml")
    bad.write_text(RULE.replace("at_least", "at_lest"), "utf-8")
    assert main(["policy", "check", str(bad), str(house)]) == 1
    said = capsys.readouterr()
    assert (
        'bad.toml: line 4: rules[0].when.at_lest: this key does not belong here; did you mean "at_least"?'
        in said.err
    )
    assert "house.toml: ok" in said.out


@pytest.mark.parametrize(
    ("content", "message"), [(None, "No such file"), (b"\xff\xfe\x00", "is not UTF-8")]
)
def test_policy_check_a_file_that_cannot_be_read(
    tmp_path: Path, content: bytes | None, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "x.toml"
    if content is not None:
        path.write_bytes(content)
    assert main(["policy", "check", str(path)]) == 2
    assert message in capsys.readouterr().err


def test_policy_check_counts_shadow_rules(house: Path, capsys: pytest.CaptureFixture[str]) -> None:
    house.write_text('mode = "shadow"\n' + RULE + 'mode = "shadow"\n', "utf-8")
    assert main(["policy", "check", str(house)]) == 0
    assert "ok, shadow, 1 rules, 1 in shadow mode" in capsys.readouterr().out


def test_policy_show_prints_a_file_that_loads(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["policy", "show", "default"]) == 0
    shown = capsys.readouterr().out
    assert load_policy(shown, "mine").policy_version == preset("default").policy_version


def test_policy_show_json_lists_the_rules_of_all_layers(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["policy", "show", "newcomer-surge", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["policy_version"] == preset("newcomer-surge").policy_version
    assert {"toxicity", "newcomer"} <= {rule["id"] for rule in shown["rules"]}
    assert shown["rules"][0] == {
        "id": "toxicity-clear", "action": "block", "category": None, "mode": "live", "message": "",
    }  # fmt: skip


def test_policy_show_unknown_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["policy", "show", "nothing"]) == 2
    assert "cannot read nothing" in capsys.readouterr().err


# replay -------------------------------------------------------------------------------------------------------------


def test_policy_replay_prints_transitions(
    house: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = decisions(tmp_path / "d.jsonl")
    assert main(["policy", "replay", "--policy", str(house), str(path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].endswith(": 1 of 2 decisions would change")
    cells = [line.split() for line in lines]
    assert ["all", "allow", "0", "1", "0"] in cells
    assert ["zh", "allow", "0", "1", "0"] in cells
    assert ["en", "review", "0", "1", "0"] in cells
    assert ["r", "2", "1"] in cells


def test_policy_replay_writes_changes_without_text(
    house: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    changes = tmp_path / "changes.jsonl"
    path = decisions(tmp_path / "d.jsonl")
    arguments = ["policy", "replay", "--policy", str(house), str(path), "--changes", str(changes)]
    assert main([*arguments, "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["decisions"], answer["changed"], answer["unreadable"]) == (2, 1, 0)
    assert answer["actions"] == {"allow -> review": 1, "review -> review": 1}
    written = changes.read_text("utf-8")
    assert "一段话" not in written
    assert [json.loads(line)["line"] for line in written.splitlines()] == [1]


def test_policy_replay_says_what_it_could_not_ask(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = decisions(tmp_path / "d.jsonl")
    assert main(["policy", "replay", "--policy", "newcomer-surge", str(path)]) == 0
    said = capsys.readouterr().out
    assert "Not replayable in 1 decisions: patterns, as the text was not kept." in said
    assert "Not replayable in 2 decisions: context conditions" in said


def test_policy_replay_reports_lines_it_cannot_read_and_goes_on(
    house: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    data = b'\xef\xbb\xbf{"action": "allow", "language": "en", "scores": {}}\n{"text": "secret"}\n'
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
    assert main(["policy", "replay", "--policy", str(house), "-", "--json"]) == 1
    said = capsys.readouterr()
    assert json.loads(said.out)["unreadable"] == 1
    assert "line 2: action is not allow, review or block" in said.err
    assert "secret" not in said.err + said.out


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--policy", "BAD", "D"], 1, "the policy is not valid"),
        (["--policy", "none.toml", "D"], 2, "cannot read none.toml"),
        (["--policy", "default", "none.jsonl"], 2, "cannot read none.jsonl"),
        (["--policy", "default", "D", "--changes", "no/such/folder"], 2, "cannot write no/such/folder"),
    ],
)  # fmt: skip
def test_policy_replay_usage(
    arguments: list[str], code: int, message: str, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    decisions(Path("D"))
    Path("BAD").write_text("mode = 3", "utf-8")
    assert main(["policy", "replay", *arguments]) == code
    assert message in capsys.readouterr().err


# tune ---------------------------------------------------------------------------------------------------------------


@pytest.fixture
def labelled(tmp_path: Path) -> Path:
    """Scores of two languages that a threshold around 0.5 tells apart, and a mixed row."""
    dice = random.Random(1)
    lines = ["language,label,toxicity,threat,text"]
    for lang, text in (("en", "good morning"), ("zh", "早上好")):
        for i in range(120):
            toxic = i % 2
            score = min(max(dice.gauss(0.3 + 0.4 * toxic, 0.12), 0), 1)
            lines.append(f"{lang},{toxic},{score:.3f},,{text}")
    path = tmp_path / "labelled.csv"
    path.write_text("\n".join([*lines, "mixed,1,0.9,,混 mix"]), "utf-8")
    return path


def test_policy_tune_prints_a_table_and_toml(
    labelled: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["policy", "tune", str(labelled), "--precision", "0.95", "--level", "block"]) == 0
    said = capsys.readouterr().out
    assert "60/60" in said
    toml = said[said.index("[thresholds.toxicity]") :]
    policy = load_policy(f'extends = "default"\n{toml}', "mine")
    limit = policy.by_id["toxicity-clear"].when.at_least  # type: ignore[attr-defined] # a score condition
    assert 0.3 < limit.en < 0.9
    assert 0.3 < limit.zh < 0.9


def test_policy_tune_json(labelled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["policy", "tune", str(labelled), "--fpr", "0.05", "--sure", "--json"]) == 1
    answer = json.loads(capsys.readouterr().out)
    assert {(one["lang"], one["category"]) for one in answer["tunings"]} == {
        ("en", "toxicity"), ("zh", "toxicity"),
    }  # fmt: skip
    assert answer["tunings"][0]["refusal"] == "no threshold reaches the goal", "60 negatives"


def test_policy_tune_refuses_few_texts(labelled: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["policy", "tune", str(labelled), "--precision", "0.9", "--min-examples", "61"]
    assert main(arguments) == 1
    assert "refused: needs 61 positive and 61 negative texts" in capsys.readouterr().out


def test_policy_tune_without_scores(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"lang": "en", "label": 1, "text": "secret"}\n{"label": 1}\n', "utf-8")
    assert main(["policy", "tune", str(path), "--precision", "0.9"]) == 1
    said = capsys.readouterr().err
    assert "row 2: no language" in said
    assert "nothing to tune" in said
    assert "secret" not in said


@pytest.mark.parametrize(
    "arguments", [[], ["--precision", "1.5"], ["--precision", "0.9", "--fpr", "0.1"]]
)
def test_policy_tune_usage(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["policy", "tune", "x.csv", *arguments])
    assert ended.value.code == 2


def test_policy_tune_scores_texts_with_the_classifier(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MAGPIE_CLASSIFIER", "fake")
    monkeypatch.setenv("MAGPIE_ENGINE", "fake")
    rows = [("en", 1, "badword1 again"), ("en", 0, "good morning")] * 40
    path = tmp_path / "texts.csv"
    lines = ["lang,label_toxicity,text", *(f"{lang},{label},{text}" for lang, label, text in rows)]
    path.write_text("\n".join(lines), "utf-8")
    assert main(["policy", "tune", str(path), "--precision", "0.95", "--classifier", "--json"]) == 0
    (toxicity,) = json.loads(capsys.readouterr().out)["tunings"]
    assert (toxicity["positives"], toxicity["recall"]["value"]) == (40, 1.0)


def test_policy_tune_without_a_model(
    labelled: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MAGPIE_CLASSIFIER_MODEL", "no-such-model")
    assert main(["policy", "tune", str(labelled), "--precision", "0.9", "--classifier"]) == 3
    assert "magpie policy:" in capsys.readouterr().err


def test_policy_survives_a_reader_that_goes_away() -> None:
    command = f"{sys.executable} -m service.cli.main policy show default | head -c 1"
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, timeout=60)
    assert done.stdout == "#"
    assert "Traceback" not in done.stderr
