"""`magpie moderate`: verdicts for people and for programs, line by line, and the exit codes."""

import io
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from models.fake_classifier import FakeClassifier
from service.cli.lines import Input
from service.cli.main import main
from service.cli.moderate import Wishes, moderate_input
from service.cli.verdicts import verdict_lines
from service.domain import Action, Lang, ModerationRequest, Verdict
from service.pipeline.moderation_plan import ModerationSetup
from service.pipeline.moderation_service import LocalModerator
from tests.pipeline.judging import TERMS, judge, setup

FAKE = ["moderate", "--engine", "fake", "--classifier", "fake"]
CLEAN, BAD_EN, BAD_ZH = "good morning", "you are a badword, my friend", "你真是坏词啊"


class Recorder:
    """A moderator on the fake classifier that writes down what it is asked."""

    def __init__(self) -> None:
        self.calls: list[list[ModerationRequest]] = []
        self._inner = LocalModerator(FakeClassifier(), setup(), lambda: pytest.fail("unwanted"))
        self.setup: ModerationSetup = self._inner.setup

    def moderate(self, requests: Sequence[ModerationRequest]) -> list[Verdict]:
        self.calls.append(list(requests))
        return self._inner.moderate(requests)

    def close(self) -> None:
        pass


def moderate(data: bytes, wishes: Wishes | None = None) -> tuple[int, Recorder]:
    moderator = Recorder()
    return moderate_input(moderator, Input(io.BytesIO(data)), wishes or Wishes()), moderator


def rows(output: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.splitlines()]


@pytest.mark.parametrize(
    ("text", "action", "shown"),
    [(CLEAN, "ALLOW", "en"), (BAD_EN, "REVIEW", "[10:17] badword"), (BAD_ZH, "REVIEW", "[3:5] 坏词")],
)  # fmt: skip
def test_moderate_shows_action_text_and_evidence(
    text: str, action: str, shown: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main([*FAKE, text]) == 0
    out = capfd.readouterr().out
    assert out.startswith(action)
    assert text in out
    assert shown in out
    assert "\x1b" not in out  # no colours in a pipe


def test_moderate_json_has_the_fields_of_the_api(capfd: pytest.CaptureFixture[str]) -> None:
    from service.api.moderation_schemas import VerdictOut

    assert main([*FAKE, "--json", "--to", "en", BAD_ZH]) == 0
    [row] = rows(capfd.readouterr().out)
    assert row.pop("line") == 1
    verdict = VerdictOut.model_validate_json(json.dumps(row))
    assert verdict.flagged
    assert verdict.translation is not None
    assert BAD_ZH[slice(*verdict.evidence[0].span)] == "坏词"


def test_moderate_reads_lines_from_standard_input(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    stream = io.BytesIO(f"{CLEAN}\n\n{BAD_EN}\n{BAD_ZH}".encode())
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(stream))
    assert main([*FAKE, "--json"]) == 0
    found = rows(capfd.readouterr().out)
    assert [(row["line"], row["action"]) for row in found] == [
        (1, "allow"), (2, "allow"), (3, "review"), (4, "review"),
    ]  # fmt: skip


def test_moderate_many_lines_are_judged_together() -> None:
    code, moderator = moderate(b"good morning\n" * 100, Wishes(as_json=True))
    assert code == 0
    assert [len(call) for call in moderator.calls] == [100]


def test_moderate_asks_for_what_the_flags_say() -> None:
    wishes = Wishes(Lang.ZH_HANS, explain=False, context={"account_age_days": "3"})
    _, moderator = moderate(b"one", wishes)
    assert moderator.calls == [
        [ModerationRequest("one", Lang.ZH_HANS, explain=False, context={"account_age_days": "3"})]
    ]


def test_moderate_reports_bytes_that_are_not_utf8_and_goes_on(
    capfd: pytest.CaptureFixture[str],
) -> None:
    code, _ = moderate(b"one\n\xff\ntwo\n", Wishes(as_json=True))
    captured = capfd.readouterr()
    assert code == 1
    assert [row.get("action", "error") for row in rows(captured.out)] == ["allow", "error", "allow"]
    assert "magpie: line 2: invalid_text: not valid UTF-8\n" in captured.err
    assert captured.err.endswith("magpie: 1 of 3 lines could not be judged\n")


def test_moderate_a_line_that_the_classifier_cannot_do_is_reported(
    capfd: pytest.CaptureFixture[str],
) -> None:
    code, _ = moderate(b"one\npoison\n")
    captured = capfd.readouterr()
    assert code == 1
    assert "line 2: classifier_failed: left for review\n" in captured.err
    assert "poison" not in captured.err


@pytest.mark.parametrize(
    ("text", "fail_on", "code"),
    [(CLEAN, "review", 0), (BAD_EN, "review", 4), (BAD_EN, "block", 0), (BAD_EN, None, 0)],
)
def test_moderate_fails_on_the_action_that_was_named(
    text: str, fail_on: str | None, code: int
) -> None:
    assert moderate(text.encode(), Wishes(fail_on=Action(fail_on) if fail_on else None))[0] == code


def test_moderate_by_a_policy_and_word_list_of_ones_own(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    policy, terms = tmp_path / "house.toml", tmp_path / "terms.tsv"
    policy.write_text(
        'mode = "shadow"\n[[rules]]\nid = "own"\naction = "block"\nwhen = { lexicon = "any" }\n'
    )
    terms.write_text(TERMS, "utf-8")
    words = ["--policy", str(policy), "--lexicons", str(terms), "--fail-on", "review"]
    assert main([*FAKE, *words, "what a zorgle"]) == 0  # a policy on trial fails nothing
    out = capfd.readouterr().out
    assert out.startswith("BLOCK (shadow)")
    assert "policy house" in out


@pytest.mark.parametrize(
    "words",
    [
        ["--lang", "fr"],
        ["--to", "auto"],
        ["--context", "age"],
        ["--context", "=3"],
        ["-f", "no-such-file"],
        ["--threads", "-1"],
    ],
)
def test_moderate_wrong_usage_is_exit_code_2(
    words: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    text = [] if "-f" in words else ["hello"]
    assert main([*FAKE, *words, *text]) == 2
    captured = capfd.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("magpie moderate: ")


@pytest.mark.parametrize(
    "words",
    [["--classifier", "compact", "--classifier-model", "./none"], ["--policy", "./none.toml"], ["--lexicons", "none"]],
)  # fmt: skip
def test_moderate_what_cannot_be_loaded_is_exit_code_3(
    words: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    assert main([*FAKE, *words, "hello"]) == 3
    assert capfd.readouterr().err.startswith("magpie moderate: ")


def test_moderate_a_policy_with_mistakes_says_where(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    policy = tmp_path / "house.toml"
    policy.write_text('[[rules]]\nid = "own"\naction = "ban"\n')
    assert main([*FAKE, "--policy", str(policy), "hello"]) == 3
    assert "line 3" in capfd.readouterr().err


# What is shown


def test_verdicts_show_control_characters_instead_of_sending_them() -> None:
    text = "bad\x1b[31mword\nnext\u202eline"
    verdict, _ = judge(text)
    shown = "".join(line.plain for line in verdict_lines(text, verdict))
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert "\n" not in shown


def test_verdicts_mark_the_evidence() -> None:
    verdict, _ = judge("what a zorgle you are")
    lines = verdict_lines("what a zorgle you are", verdict)
    [mark] = lines[1].spans
    assert lines[1].plain[mark.start : mark.end] == "zorgle"


def test_verdicts_show_reasons_scores_and_views() -> None:
    text = "ｚｏｒｇｌｅ and threat=0.9"
    verdict, _ = judge(text)
    shown = "\n".join(line.plain for line in verdict_lines(text, verdict))
    assert "threat" in shown
    assert "0.90 >= 0.70" in shown
    assert "seen through width" in shown


def test_verdicts_show_what_could_not_be_done() -> None:
    verdict, _ = judge("good morning", second_opinion=True)
    shown = "\n".join(line.plain for line in verdict_lines("good morning", verdict))
    assert "warning: opinion_failed" in shown
