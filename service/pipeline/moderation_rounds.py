"""What service and local moderator share: texts for the classifier in portions, and answers back to their plans."""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from models.interfaces import Classifier, Scores
from service.domain import ModerationRequest, Translation, Verdict
from service.pipeline.moderate import finish, judge, look_closer, prepare
from service.pipeline.moderation_language import find_language
from service.pipeline.moderation_plan import Ask, ModerationPlan, ModerationSetup, Stage

__all__ = ["Row", "advance_all", "classify_each", "finish_all", "jobs_of", "prepare_all"]

# The classifier reads this much at a time: large enough to be fast, small enough to stay in a core's cache.
_BATCH_CHARS = 32_768

Row = Scores | None
T = TypeVar("T")
_UNJUDGED = (Stage.SCORES, Stage.OPINION)


def classify_each(
    classifier: Classifier, asks: Sequence[Ask], failed: Callable[[Exception], None]
) -> list[Row]:
    """The scores of each text; None for those that the classifier fails on, found by halving what fails."""
    try:
        return list(classifier.classify([ask.text for ask in asks], [ask.lang for ask in asks]))
    except (RuntimeError, ValueError) as error:
        if len(asks) == 1:
            failed(error)
            return [None]
        middle = len(asks) // 2
        first = classify_each(classifier, asks[:middle], failed)
        return first + classify_each(classifier, asks[middle:], failed)


def jobs_of(asks: Sequence[Ask]) -> Iterator[tuple[Ask, ...]]:
    """The texts in portions for one call of the classifier."""
    first = chars = 0
    for at, ask in enumerate(asks):
        size = len(ask.text)
        if chars + size > _BATCH_CHARS and at > first:
            yield tuple(asks[first:at])
            first, chars = at, 0
        chars += size
    if first < len(asks):
        yield tuple(asks[first:])


def _never() -> None:
    """The check of a caller without a deadline."""


def prepare_all(
    requests: Sequence[ModerationRequest],
    setup: ModerationSetup,
    check: Callable[[], None] = _never,
) -> list[ModerationPlan]:
    """A plan for each request. ``check`` is called often: it raises when nobody waits for the rest any more.

    One step after the other for all of them: its tables and its code then stay in the processor's cache, which takes a
    quarter less time than all steps for each text.
    """
    for request in requests:
        setup.policy(request.policy)
    texts = [request.text for request in requests]
    detections = [find_language(text) for text in _each(texts, check)]
    found = [setup.matcher.search(text) for text in _each(texts, check)]
    return [
        prepare(request, setup, *known)
        for request, known in zip(
            _each(requests, check), zip(detections, found, strict=True), strict=True
        )
    ]


def _each(items: Sequence[T], check: Callable[[], None]) -> Iterator[T]:
    for item in items:
        check()
        yield item


def advance_all(
    plans: Sequence[ModerationPlan],
    setup: ModerationSetup,
    rows: Sequence[Row],
    translations: Sequence[Translation | None],
    check: Callable[[], None] = _never,
) -> list[ModerationPlan]:
    """Give each pending plan its share of the answers, which come in the order of the plans; ``check`` as above."""
    judged: list[ModerationPlan] = []
    row = translation = 0
    for plan in plans:
        if not plan.pending:
            judged.append(plan)
            continue
        check()
        next_row, next_translation = row + len(plan.asks), translation + len(plan.translations)
        judged.append(
            judge(plan, setup, rows[row:next_row], translations[translation:next_translation])
        )
        row, translation = next_row, next_translation
    return [
        look_closer(now, setup) if before.stage in _UNJUDGED else now
        for before, now in zip(plans, judged, strict=True)
    ]


def finish_all(plans: Sequence[ModerationPlan], setup: ModerationSetup) -> list[Verdict]:
    """The verdicts of plans with nothing pending."""
    return [finish(plan, setup) for plan in plans]
