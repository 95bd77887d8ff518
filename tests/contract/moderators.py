"""What the tests of the moderation dialects share: a moderator that fails as it is told to, and cloaked texts."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from service.domain import ModerationRequest, Verdict
from service.policy.rules import HARMLESS_VIEWS
from service.runtime import Runtime, build_runtime
from service.settings import Settings

GOLDEN = Path(__file__).parents[1] / "data" / "moderation" / "golden.jsonl"
INSULTING = frozenset({"toxicity", "insult", "threat", "identity_attack"})


def cloaked() -> list[dict[str, Any]]:
    """Texts with an insulting term that no plain search finds: id, text, hit, category, severity, views."""
    lines = GOLDEN.read_text("utf-8").splitlines()
    cases: list[dict[str, Any]] = [json.loads(line) for line in lines]
    return [
        case
        for case in cases
        if case.get("hit")
        and case["category"] in INSULTING
        and case["severity"] >= 2
        and not HARMLESS_VIEWS.issuperset(case["views"])
    ]


class FailingModerator:
    """Stands where the moderation service stands, and is it but for ``moderate``."""

    def __init__(self, real: Any, error: BaseException) -> None:
        self._real = real
        self._error = error

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    async def moderate(
        self, requests: Sequence[ModerationRequest], **options: Any
    ) -> list[Verdict]:
        raise self._error


def failing(settings: Settings, error: BaseException) -> Runtime:
    """A runtime whose moderator raises ``error`` for everything."""
    runtime = build_runtime(settings)
    runtime.moderation = FailingModerator(runtime.moderator, error)  # type: ignore[assignment]
    return runtime
