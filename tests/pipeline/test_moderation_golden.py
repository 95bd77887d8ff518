"""Golden cases of the whole moderation path: bundled classifier, bundled word lists, the presets as shipped."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from service.domain import Action, ModerationRequest, Verdict
from service.pipeline.moderation_service import LocalModerator
from service.policy.schema import PRESETS
from service.runtime import build_moderator
from service.settings import Settings
from tests.models.bundled import bundled_entry

pytestmark = pytest.mark.weights

DATA = Path(__file__).parents[1] / "data" / "moderation"
EXPECTED = ("allow", "review", "block", "flag")  # "flag": review and block are both right


def read(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (DATA / name).read_text("utf-8").splitlines()]


CASES = read("policy_cases.jsonl")
KNOWN_FAILURES = read(
    "known_failures.jsonl"
)  # docs/evaluation.md lists them by id, with their reason


@pytest.fixture(scope="module")
def moderator() -> Iterator[LocalModerator]:
    bundled_entry("classification")
    local = build_moderator(Settings())
    yield local
    local.close()


def judge(moderator: LocalModerator, case: dict[str, Any]) -> Verdict:
    request = ModerationRequest(
        case["text"], policy=case["policy"], context=case.get("context", {})
    )
    return moderator.moderate([request])[0]


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_policy_case(moderator: LocalModerator, case: dict[str, Any]) -> None:
    verdict = judge(moderator, case)
    if case["action"] == "flag":
        assert verdict.flagged, case["why"]
    else:
        assert verdict.action == case["action"], case["why"]


@pytest.mark.parametrize("case", CASES + KNOWN_FAILURES, ids=lambda case: case["id"])
def test_verdict_is_whole(moderator: LocalModerator, case: dict[str, Any]) -> None:
    """Whatever it says: it has a reason for it, offsets lie in the text, and nothing failed on the way."""
    verdict = judge(moderator, case)
    assert verdict.flagged is bool(verdict.reasons)
    assert verdict.action == max(
        [reason.action for reason in verdict.reasons] or [Action.ALLOW], key=lambda a: a.severity
    )
    assert all(0 <= one.start < one.end <= len(case["text"]) for one in verdict.evidence)
    assert verdict.warnings == ()
    assert verdict.policy == case["policy"]


CLOAKED = [case for case in CASES if case["kind"].startswith("cloaked-")]


@pytest.mark.parametrize("case", CLOAKED, ids=[case["id"] for case in CLOAKED])
def test_cloaked_case_has_evidence(moderator: LocalModerator, case: dict[str, Any]) -> None:
    assert judge(moderator, case).evidence


def test_batch_equals_single(moderator: LocalModerator) -> None:
    requests = [
        ModerationRequest(case["text"], policy=case["policy"], context=case.get("context", {}))
        for case in CASES
    ]
    together = [verdict.action for verdict in moderator.moderate(requests)]
    assert together == [moderator.moderate([request])[0].action for request in requests]


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_has_cases(preset: str) -> None:
    assert sum(case["policy"] == preset for case in CASES) >= 4


def test_case_files_are_sound() -> None:
    assert len(CASES) >= 120
    both = CASES + KNOWN_FAILURES
    assert [text for text, count in Counter(case["id"] for case in both).items() if count > 1] == []
    assert {case["action"] for case in both} <= set(EXPECTED)
    assert all(case["why"] and case["policy"] in PRESETS for case in both)
    assert all(case["reason"] for case in KNOWN_FAILURES)
    kinds = Counter(case["kind"].split("-")[0] for case in CASES)
    assert (
        min(kinds["cloaked"], kinds["look"], kinds["identity"], kinds["self"], kinds["advertising"])
        >= 10
    )
