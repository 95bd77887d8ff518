"""What service and local moderator share: texts for the classifier in portions, and answers back to their plans."""

from collections.abc import Callable, Iterator, Sequence

from models.interfaces import Classifier, Scores
from service.domain import ModerationRequest, Translation, Verdict
from service.pipeline.moderate import advance, finish, prepare
from service.pipeline.moderation_plan import Ask, ModerationPlan, ModerationSetup

__all__ = ["Row", "advance_all", "classify_each", "finish_all", "jobs_of", "prepare_all"]

# The classifier reads this much at a time: large enough to be fast, small enough to stay in a core's cache.
_BATCH_CHARS = 16_384

Row = Scores | None


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
    job: list[Ask] = []
    chars = 0
    for ask in asks:
        if job and chars + len(ask.text) > _BATCH_CHARS:
            yield tuple(job)
            job, chars = [], 0
        job.append(ask)
        chars += len(ask.text)
    if job:
        yield tuple(job)


def _never() -> None:
    """The check of a caller without a deadline."""


def prepare_all(
    requests: Sequence[ModerationRequest],
    setup: ModerationSetup,
    check: Callable[[], None] = _never,
) -> list[ModerationPlan]:
    """A plan for each request. ``check`` is called before each: it raises when nobody waits for the rest any more."""
    plans: list[ModerationPlan] = []
    for request in requests:
        check()
        plans.append(prepare(request, setup))
    return plans


def advance_all(
    plans: Sequence[ModerationPlan],
    setup: ModerationSetup,
    rows: Sequence[Row],
    translations: Sequence[Translation | None],
    check: Callable[[], None] = _never,
) -> list[ModerationPlan]:
    """Give each pending plan its share of the answers, which come in the order of the plans; ``check`` as above."""
    advanced: list[ModerationPlan] = []
    row = translation = 0
    for plan in plans:
        if not plan.pending:
            advanced.append(plan)
            continue
        check()
        next_row, next_translation = row + len(plan.asks), translation + len(plan.translations)
        advanced.append(
            advance(plan, setup, rows[row:next_row], translations[translation:next_translation])
        )
        row, translation = next_row, next_translation
    return advanced


def finish_all(plans: Sequence[ModerationPlan], setup: ModerationSetup) -> list[Verdict]:
    """The verdicts of plans with nothing pending."""
    return [finish(plan, setup) for plan in plans]
