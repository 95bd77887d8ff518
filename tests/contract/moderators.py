"""A moderator that fails as it is told to, for the error shapes of the dialects."""

from collections.abc import Sequence
from typing import Any

from service.domain import ModerationRequest, Verdict
from service.runtime import Runtime, build_runtime
from service.settings import Settings


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
