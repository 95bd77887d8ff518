"""Earlier decisions: written, read back, and asked again under another policy."""

import json
import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.domain import Action, Category
from service.policy.decisions import DecisionError, Recorded, read_decisions, record
from service.policy.evaluate import evaluate
from service.policy.facts import Facts
from service.policy.replay import Outcome, Report, change_row, needs, replay
from service.policy.rules import Policy
from service.policy.schema import PRESETS, preset
from tests.policy.making import facts, hit, one_rule

ALLOW, REVIEW, BLOCK = Action


def line_of(known: Facts, policy: Policy, **options: Any) -> str:
    decision = evaluate(policy, known)
    row = record(known, decision, policy_version=policy.policy_version, **options)
    return json.dumps(row, allow_nan=False)


def read(*lines: str) -> list[Recorded]:
    rows = list(read_decisions(lines))
    assert all(isinstance(row, Recorded) for row in rows), rows
    return [row for row in rows if isinstance(row, Recorded)]


def outcomes(policy: Policy, *lines: str) -> list[Outcome]:
    return list(replay(policy, read(*lines)))


def test_decisions_hold_no_text_unless_asked() -> None:
    known = facts("zh", "一段话 secret", hits=[hit()])
    policy = preset("default")
    assert "secret" not in line_of(known, policy)
    assert "一" not in line_of(known, policy)
    assert json.loads(line_of(known, policy, with_text=True, id="7"))["text"] == known.text


some_facts = st.builds(
    Facts,
    st.sampled_from(["good morning", "加微信 abc12345，兼职日结", "138 0013 8000"]),
    st.sampled_from(["en", "zh", "mixed", "other", "none"]),
    st.dictionaries(
        st.sampled_from(list(Category)),
        st.one_of(st.none(), st.floats(0, 1), st.sampled_from([math.nan, math.inf])),
    ),
    st.lists(
        st.builds(hit, st.integers(1, 3), st.sampled_from(list(Category)), views=st.sampled_from([(), ("leet",)])),
        max_size=2,
    ).map(tuple),
    st.one_of(st.none(), st.dictionaries(st.sampled_from(list(Category)), st.floats(0, 1))),
    st.booleans(),
    st.sampled_from([{"account_age_days": "1"}, {"account_age_days": "100"}]),
)  # fmt: skip


@given(st.sampled_from(PRESETS), some_facts)
@settings(max_examples=150, deadline=None)
def test_replay_property_the_same_policy_says_the_same_again(name: str, known: Facts) -> None:
    policy = preset(name)
    (outcome,) = outcomes(policy, line_of(known, policy, with_text=True))
    assert not outcome.changed
    assert outcome.gaps == frozenset()
    assert outcome.reasons == evaluate(policy, known).reasons


def test_replay_counts_what_changes() -> None:
    old, new = preset("default"), preset("strict-minors")
    lines = [
        line_of(facts("en"), old),
        line_of(facts("zh", hits=[hit(1)]), old),
        line_of(facts("zh", hits=[hit(3)]), old),
        line_of(facts("other"), old),
    ]
    report = Report()
    for outcome in outcomes(new, *lines):
        report.add(outcome)
    assert (report.total, report.changed) == (4, 2)
    assert report.actions == {
        (ALLOW, ALLOW): 1, (ALLOW, REVIEW): 1, (REVIEW, BLOCK): 1, (REVIEW, REVIEW): 1,
    }  # fmt: skip
    assert report.rules["any-term"] == report.rules_changed["any-term"] == 2
    assert report.rules["unsupported_language"] == 1
    assert report.rules_changed["unsupported_language"] == 0
    rows = report.as_json()
    assert rows["languages"]["zh"] == {"allow -> review": 1, "review -> block": 1}
    assert rows["not_replayable"] == {"text": 4}
    assert json.loads(json.dumps(rows)) == rows


def test_replay_shows_shadow_rules() -> None:
    trial = one_rule('{ lexicon = "any" }', mode="shadow")
    report = Report()
    for outcome in outcomes(trial, line_of(facts(hits=[hit()]), trial)):
        report.add(outcome)
    assert (report.changed, dict(report.shadow)) == (0, {"r": 1})


def test_replay_change_rows_name_reasons_and_no_text() -> None:
    known = facts("zh", "一段话", scores={"toxicity": 0.9}, context={"hour": "3"})
    policy = one_rule('{ score = "toxicity", at_least = 0.8 }')
    line = line_of(known, one_rule('{ lexicon = "any" }'), with_text=True, id="42")
    (outcome,) = outcomes(policy, "", line)
    assert change_row(outcome) == {
        "line": 2, "id": "42", "language": "zh", "old": "allow", "new": "block",
        "reasons": [
            {"rule": "r", "action": "block", "category": "toxicity", "score": 0.9, "threshold": 0.8}
        ],
        "not_replayable": [],
    }  # fmt: skip


def test_replay_knows_which_facts_a_policy_looks_at() -> None:
    assert needs(preset("newcomer-surge")) == {"text", "hits", "context"}
    assert needs(one_rule('{ score = "toxicity", at_least = 0.8 }')) == frozenset()


def test_replay_reports_what_it_cannot_ask_again() -> None:
    line = '{"action": "allow", "language": "zh", "scores": {"toxicity": 0.01}}'
    (outcome,) = outcomes(preset("newcomer-surge"), line)
    assert outcome.gaps == {"text", "hits", "context"}


def test_decisions_are_read_from_answers_of_the_api() -> None:
    verdict = {
        "action": "review",
        "language": "zh",
        "categories": {
            "toxicity": {"score": 0.4, "supported": True},
            "threat": {"score": None, "supported": False},
        },
        "evidence": [
            {"span": [2, 4], "rule": "lexicon:zh/insult#12", "category": "insult", "severity": 3, "views": ["pinyin"]},
            {"span": [0, 9], "rule": "classifier:toxicity", "category": "toxicity", "severity": 0, "views": []},
        ],
        "opinion": {"toxicity": 0.2},
        "warnings": ["classifier_failed"],
    }  # fmt: skip
    (row,) = read(json.dumps(verdict))
    assert row.facts.scores == {Category.TOXICITY: 0.4, Category.THREAT: None}
    (one,) = row.facts.hits
    assert (one.start, one.end, one.term_id, one.lang) == (2, 4, "zh/insult#12", "zh")
    assert (one.category, one.severity, one.views) == (Category.INSULT, 3, ("pinyin",))
    assert row.facts.opinion == {Category.TOXICITY: 0.2}
    assert not row.facts.classifier_ok
    assert row.missing == {"text", "hits", "context"}, "only the hits that counted are there"


GOOD: dict[str, Any] = {"action": "allow", "language": "zh", "scores": {}, "hits": []}


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "not valid JSON"),
        ("[" * 100_000, "not valid JSON"),
        ("[1]", "not a JSON object"),
        ({**GOOD, "action": "delete"}, "action is not allow, review or block"),
        ({**GOOD, "action": ["allow"]}, "action is not allow, review or block"),
        ({**GOOD, "language": 3}, "no language"),
        ({"action": "allow", "language": "zh"}, "scores is missing or not an object"),
        ({**GOOD, "scores": {"toxicity": "secret"}}, "a value is of the wrong kind"),
        ({**GOOD, "scores": {"toxicity": True}}, "a score in scores is not a number"),
        ({**GOOD, "scores": {"toxicity": 10**400}}, "a value is of the wrong kind"),
        ({**GOOD, "hits": 3}, "hits are not a list"),
        ({**GOOD, "hits": [3]}, "hits is missing or not an object"),
        ({**GOOD, "hits": [{"severity": 1}]}, "a hit has no category"),
        ({**GOOD, "hits": [{"category": ["insult"]}]}, "a value is of the wrong kind"),
        ({**GOOD, "hits": [{"category": "insult", "span": 3}]}, "a value is of the wrong kind"),
        ({**GOOD, "hits": [{"category": "insult", "start": "x"}]}, "a value is of the wrong kind"),
        ({**GOOD, "hits": [{"category": "insult", "views": 1}]}, "a value is of the wrong kind"),
        ({**GOOD, "context": [1]}, "context is missing or not an object"),
        ({**GOOD, "opinion": [1]}, "opinion is missing or not an object"),
        ({**GOOD, "warnings": 1}, "a value is of the wrong kind"),
    ],
)  # fmt: skip
def test_decisions_that_cannot_be_read(line: str | dict[str, Any], message: str) -> None:
    text = line if isinstance(line, str) else json.dumps(line)
    (error,) = read_decisions([text])
    assert isinstance(error, DecisionError)
    assert str(error) == f"line 1: {message}"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)  # fmt: skip


@given(
    st.dictionaries(
        st.sampled_from(["scores", "hits", "evidence", "opinion", "context", "text", "warnings", "id"]),
        json_values,
    )
)  # fmt: skip
@settings(max_examples=150, deadline=None)
def test_decisions_property_any_json_is_a_decision_or_an_error(row: dict[str, Any]) -> None:
    (found,) = read_decisions([json.dumps({**GOOD, **row})])
    if isinstance(found, Recorded):
        evaluate(preset("newcomer-surge"), found.facts)


def test_replay_keeps_that_a_text_was_not_looked_through() -> None:
    policy = preset("default")
    known = replace(facts("en"), complete=False)
    assert evaluate(policy, known).action is REVIEW
    (outcome,) = outcomes(policy, line_of(known, policy))
    assert not outcome.changed
    for code in ("matches_limited", "codes_limited"):
        row = {
            "action": "review",
            "language": "en",
            "scores": {"toxicity": 0.0},
            "warnings": [code],
        }
        (outcome,) = outcomes(policy, json.dumps(row))
        assert outcome.action is REVIEW
        row["warnings"] = ["cantonese"]
        (outcome,) = outcomes(policy, json.dumps(row))
        assert outcome.action is ALLOW
