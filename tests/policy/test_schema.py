"""Policy files: what is valid, what each error says and where, what goes into the version."""

import dataclasses
import json
import random
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.domain import Action
from service.policy.rules import ScoreCondition, Threshold
from service.policy.schema import PRESETS, PolicyError, load_policy, preset
from service.policy.toml_lines import line_of
from tests.docs.project import ROOT, blocks

MINIMAL = """
[[rules]]
id = "toxic"
action = "review"
when = { score = "toxicity", at_least = 0.8 }
"""


def problem(text: str) -> str:
    with pytest.raises(PolicyError) as raised:
        load_policy(text, "house")
    return str(raised.value)


def rule(when: str, keys: str = 'id = "r"\naction = "review"') -> str:
    return f"[[rules]]\n{keys}\nwhen = {when}"


def test_schema_minimal_policy() -> None:
    policy = load_policy(MINIMAL, "house")
    assert (policy.name, policy.mode, len(policy.policy_version)) == ("house", "live", 16)
    (only,) = policy.rules
    assert (only.id, only.action, only.shadow) == ("toxic", Action.REVIEW, False)
    assert isinstance(only.when, ScoreCondition)
    assert only.when.at_least == Threshold(0.8, 0.8)


def test_schema_policies_are_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        load_policy(MINIMAL, "house").mode = "shadow"  # type: ignore[misc] # what must not work


SCORED = '{ score = "toxicity", at_least = 0.8 }'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = ", "house: not valid TOML: Invalid value (at end of document)"),
        ("a = [" + "[" * 5000, "house: not valid TOML: nested too deep"),
        ("", "house: rules: there are no rules, so that everything would be allowed"),
        ('mode = "trial"\n' + MINIMAL, "house: line 1: mode: must be 'live' or 'shadow'"),
        ("rule = 1\n" + MINIMAL, "line 1: rule: this key does not belong here"),
        ('modes = "live"\n' + MINIMAL, 'this key does not belong here; did you mean "mode"?'),
        ("rules = 3", "line 1: rules: must be a valid list"),
        (
            rule('{ score = "toxicity", at_lest = 0.8 }'),
            'line 4: rules[0].when.at_lest: this key does not belong here; did you mean "at_least"?',
        ),
        (rule('{ score = "toxicity" }'), "line 4: rules[0].when.at_least: is missing"),
        (
            rule('{ score = "toxicty", at_least = 0.8 }'),
            "line 4: rules[0].when.score[0]: must be 'toxicity', 'severe_toxicity'",
        ),
        (
            rule('{ score = "toxicity", at_least = 1.1 }'),
            "line 4: rules[0].when.at_least.en: must be less than or equal to 1",
        ),
        (
            rule('{ score = "toxicity", at_least = true }'),
            "at_least: must be a number from 0 to 1, a table such as { en = 0.9, zh = 0.8 }, or a name",
        ),
        (rule('{ score = "toxicity", at_least = nan }'), "at_least.en: must be a finite number"),
        (rule('{ score = "toxicity", at_least = {} }'), "gives no threshold: needs en, zh, or both"),
        (
            rule('{ score = "toxicity", at_least = "toxicity.revue" }', 'id = "r"\naction = "review"')
            + "\n[thresholds.toxicity]\nreview = 0.8",
            'line 4: rules.r.when.at_least: there is no threshold "toxicity.revue"; did you mean "toxicity.review"?',
        ),
        (
            rule("{ all = [\n  { language = 'en' },\n  { foo = 1 },\n] }"),
            "line 6: rules[0].when.all[1]: must be a condition: a table with one of the keys score, lexicon",
        ),
        (
            rule('{ score = "toxicity", at_least = 0.8, lexicon = "any" }'),
            "a condition is of one kind, put several into all = [...] or any = [...]",
        ),
        (rule('{ lexicon = "any", min_severity = 4 }'), "min_severity: must be less than or equal to 3"),
        (rule('{ lexicon = "any", min_severity = "2" }'), "min_severity: must be a valid integer"),
        (rule('{ lexicon = "rude" }'), "when.lexicon[0]: must be 'toxicity'"),
        (rule('{ language = "fr" }'), "when.language[0]: must be 'en', 'zh', 'mixed', 'other' or 'none'"),
        (rule("{ all = [] }"), "when.all: needs at least 1"),
        (
            rule('{ pattern = "links" }') + "\n[patterns]\nlink = 'x'",
            'there is no pattern "links"; did you mean "link"?',
        ),
        (rule('{ count = 2, of = [{ language = "en" }] }'), "when.count: only 1 conditions to count"),
        (rule('{ context = "age" }'), "a context needs either a number (below, at_least) or words (is)"),
        (rule('{ context = "age", below = 1, is = "x" }'), "a context needs either a number"),
        (
            rule('{ not = { lexicon = "any" } }'),
            "line 4: rules.r.when.not: only conditions about language and context can be turned round",
        ),
        (rule('{ not = { any = [{ rule = "r" }] } }'), '"r" must stand above the rule that names it'),
        (rule('{ rule = "s" }'), 'there is no rule "s"'),
        (
            rule('{ rule = "later" }') + "\n" + rule(SCORED, 'id = "later"\naction = "block"'),
            'line 4: rules.r.when.rule: "later" must stand above the rule that names it',
        ),
        (MINIMAL + MINIMAL, 'line 2: rules: there are two rules "toxic"'),
        (rule(SCORED, 'id = "no_score"\naction = "review"'), '"no_score" is a name of the service itself'),
        (rule(SCORED, 'id = "Big"\naction = "review"'), "id: must be at most 64 lower-case letters, digits, - and _"),
        (rule(SCORED, 'id = "r"\naction = "delete"'), "line 3: rules[0].action: must be 'allow', 'review' or 'block'"),
        (MINIMAL + "[fallback]\nno_score = 'allow'", "line 7: fallback.no_score: must be 'review' or 'block'"),
        (MINIMAL + "[patterns]\np = '('", "line 7: patterns.p: not a pattern that RE2 takes: missing )"),
        (MINIMAL + "[patterns]\np = 'a*'", "line 7: patterns.p: the pattern matches the empty text"),
        (MINIMAL + "[opinion]\nenabled = 1", "line 7: opinion.enabled: must be a valid boolean"),
        ('extends = "mine"', "line 1: extends: must be one of default, strict-minors"),
        ('extends = "default"\nwithout = ["spam", "x"]', 'line 2: without: there is no rule "x"'),
        ('without = ["spam"]\n' + rule("{ lexicon = \"any\" }"), "line 1: without: takes rules from a preset"),
        (
            'extends = "default"\nwithout = "advertising"\n' + rule('{ rule = "advertising" }'),
            'there is no rule "advertising"',
        ),
        ("#" * 1_000_001, "house: longer than 1000000 characters"),
    ],
)  # fmt: skip
def test_schema_errors_name_the_key_the_line_and_the_remedy(text: str, message: str) -> None:
    assert message in problem(text)


def test_schema_reports_every_problem_of_the_shape() -> None:
    with pytest.raises(PolicyError) as raised:
        load_policy('mode = "x"\n' + rule(SCORED, 'id = "r"\naction = "y"'), "house")
    assert [(p.key, p.line) for p in raised.value.problems] == [("mode", 1), ("rules[0].action", 4)]


def test_schema_refuses_conditions_that_are_nested_too_deep() -> None:
    def nested(depth: int) -> str:
        return rule("{ any = [" * depth + '{ language = "en" }' + "] }" * depth)

    assert load_policy(nested(7), "house").rules
    assert "nested more than 8 deep" in problem(nested(9))
    assert "house" in problem(nested(400))


def test_schema_line_of_finds_keys_in_every_notation() -> None:
    text = (
        '[thresholds.toxicity]\nreview = 0.8 # [x]\n\n[[rules]]\nid = "a"\n[rules.when]\n'
        'all = [\n  { score = "insult",\n    at_least = 2 },\n  { score = "x" } ]\n'
        '[[ rules ]]\nwhen.language = "en"\n"id" = "b"\n'
    )
    found = {
        ("thresholds", "toxicity", "review"): 2,
        ("rules", 0): 4,
        ("rules", 0, "when"): 6,
        ("rules", 0, "when", "all", 0, "at_least", "en"): 9,
        ("rules", 0, "when", "all", 0, "score"): 8,
        ("rules", 0, "when", "all", 1, "score", 0): 10,
        ("rules", 0, "when", "all", 2, "score"): 7,
        ("rules", 1, "when", "language"): 12,
        ("rules", 1, "id"): 13,
        ("nothing",): None,
    }
    assert {path: line_of(text, path) for path in found} == found


# Layers -------------------------------------------------------------------------------------------------------------


def test_schema_extends_replaces_adds_and_leaves_out() -> None:
    child = load_policy(
        """
extends = "default"
without = "spam"
[thresholds.toxicity]
review = { en = 0.7 }
[fallback]
no_score = "block"
[[rules]]
id = "insult"
action = "block"
when = { score = "insult", at_least = 0.99 }
[[rules]]
id = "mine"
action = "review"
when = { all = [{ rule = "insult" }, { pattern = "link" }] }
""",
        "mine",
    )
    base = preset("default")
    ids = [one.id for one in base.rules if one.id != "spam"]
    assert [one.id for one in child.rules] == [*ids, "mine"]
    assert child.by_id["insult"].action is Action.BLOCK
    toxicity, before = child.by_id["toxicity"].when, base.by_id["toxicity-clear"].when
    assert isinstance(toxicity, ScoreCondition)
    assert toxicity.at_least == Threshold(0.7, None), "a threshold is replaced as a whole"
    assert child.by_id["toxicity-clear"].when == before, "and the other levels stay"
    assert child.fallback.no_score is Action.BLOCK
    assert child.fallback.unsupported_language is Action.REVIEW


def test_schema_extends_a_preset_that_extends_another() -> None:
    assert load_policy('extends = "strict-minors"', "mine").rules == preset("strict-minors").rules


@pytest.mark.parametrize("name", PRESETS)
def test_schema_a_policy_that_adds_nothing_is_the_one_below(name: str) -> None:
    same = load_policy(f'description = "ours"\nextends = "{name}"', "mine")
    assert same.policy_version == preset(name).policy_version


# Version ------------------------------------------------------------------------------------------------------------


def write_value(value: Any) -> str:
    """TOML of plain data, on one line."""
    if isinstance(value, dict):
        return (
            "{ " + ", ".join(f"{json.dumps(k)} = {write_value(v)}" for k, v in value.items()) + " }"
        )
    if isinstance(value, list):
        return "[" + ", ".join(write_value(v) for v in value) + "]"
    return json.dumps(value, ensure_ascii=False)


def rewrite(value: Any, random_: random.Random) -> Any:
    """The same data with tables in another order and lists of one word as that word."""
    if isinstance(value, dict):
        keys = random_.sample(list(value), len(value))
        return {key: rewrite(value[key], random_) for key in keys}
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], str):
        return value[0]
    return [rewrite(one, random_) for one in value] if isinstance(value, list) else value


@given(st.sampled_from(PRESETS), st.randoms(use_true_random=False))
@settings(max_examples=20, deadline=None)
def test_schema_version_does_not_depend_on_layout(name: str, random_: random.Random) -> None:
    from service.policy.schema import preset_text

    lines = [
        f"{' ' * random_.randrange(3)}{json.dumps(key)}={write_value(value)}  # {random_.random()}"
        for key, value in rewrite(tomllib.loads(preset_text(name)), random_).items()
    ]
    policy = load_policy("\n\n".join(lines), "other-name")
    assert policy.policy_version == preset(name).policy_version


def test_schema_version_stays_the_same_from_release_to_release() -> None:
    """Stored decisions name it. A key that is added later must have a default, so that this does not change."""
    assert load_policy(MINIMAL, "house").policy_version == "c6e62e1a0eda33e6"


@pytest.mark.parametrize(
    "same",
    [
        'mode = "live"\n' + MINIMAL,
        'description = "mine"\n' + MINIMAL,
        MINIMAL.replace("0.8", "{ zh = 0.80, en = 0.8 }"),
        MINIMAL.replace('"toxicity"', '["toxicity"]'),
        MINIMAL.replace("at_least", "margin = 0, at_least"),
        MINIMAL + "[opinion]\nenabled = false",
    ],
)
def test_schema_version_is_of_the_meaning(same: str) -> None:
    assert load_policy(same, "a").policy_version == load_policy(MINIMAL, "b").policy_version


@pytest.mark.parametrize(
    "other",
    [
        'mode = "shadow"\n' + MINIMAL,
        MINIMAL.replace("0.8", "0.81"),
        MINIMAL.replace('"toxic"', '"toxic2"'),
        MINIMAL.replace('"review"', '"block"'),
        MINIMAL + "[fallback]\nno_score = 'block'",
        MINIMAL + "[patterns]\nlink = 'x'",
    ],
)
def test_schema_version_changes_with_the_content(other: str) -> None:
    assert load_policy(other, "a").policy_version != load_policy(MINIMAL, "a").policy_version


# Documentation ------------------------------------------------------------------------------------------------------


def documented() -> list[str]:
    return [block.text for block in blocks(ROOT / "docs" / "policy.md") if block.language == "toml"]


@pytest.mark.parametrize("text", documented(), ids=lambda text: text.split("\n", 1)[0][:40])
def test_schema_documented_policies_load(text: str) -> None:
    """A block without rules of its own is a part of a policy, and is tried on top of the default one."""
    whole = text if "extends" in text else f'extends = "default"\n{text}'
    assert load_policy(whole, "documented").rules


def test_schema_every_key_is_documented() -> None:
    from service.policy import tables

    text = Path(ROOT / "docs" / "policy.md").read_text("utf-8")
    keys = {
        field.alias or name
        for table in vars(tables).values()
        if hasattr(table, "model_fields")
        for name, field in table.model_fields.items()
    }
    assert len(keys) > 30
    assert sorted(key for key in keys if f"`{key}`" not in text) == []
