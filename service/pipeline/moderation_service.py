"""Thin loops around prepare / advance / finish of moderation: async for the service, synchronous for all else."""

import asyncio
import logging
import math
import time
from collections.abc import Callable, Hashable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import islice
from typing import Protocol, TypeVar

from models.interfaces import Classifier, ClassifierInfo
from service.batcher import Batcher
from service.domain import (
    Action,
    ModerationRequest,
    ModerationWarning,
    Translation,
    TranslationRequest,
    Verdict,
)
from service.errors import (
    DeadlineExceeded,
    EngineFailed,
    NotReady,
    Overloaded,
    ServiceError,
    UnsupportedDirection,
)
from service.pipeline.drivers import LocalTranslator, Timings, TranslationService
from service.pipeline.moderation_plan import (
    Ask,
    ModerationPlan,
    ModerationSetup,
    Stage,
)
from service.pipeline.moderation_rounds import (
    Row,
    advance_all,
    classify_each,
    finish_all,
    jobs_of,
    prepare_all,
)
from service.policy.rules import Policy

__all__ = [
    "ClassifierBatcher", "LocalModerator", "ModerationObserver", "ModerationService", "batch_runner",
]  # fmt: skip

logger = logging.getLogger(__name__)

# Up to here judging takes less time than a change of thread; a longer request leaves the event loop.
_INLINE_CHARS = 1000
# Without these a verdict can still be given: by the word lists, and never as if all were well.
_UNABLE = (EngineFailed, NotReady, UnsupportedDirection)
# A plan in these stages has its verdict; what is missing is at most which characters explain it.
_JUDGED = (Stage.PROBES, Stage.DONE)

R = TypeVar("R")
ClassifierBatcher = Batcher[tuple[Ask, ...], list[Row]]


class ModerationObserver(Protocol):
    """What the service tells its metrics; satisfied by ``service.metrics.Metrics``."""

    def verdict(self, action: Action, lang: str) -> None: ...
    def evidence(self, rule: str) -> None: ...
    def moderation_warning(self, code: ModerationWarning) -> None: ...


def batch_runner(
    classifier: Classifier,
) -> Callable[[Hashable, list[tuple[Ask, ...]]], list[list[Row]]]:
    """What the batcher of a service runs: the texts of many requests in one call."""

    def failed(error: Exception) -> None:
        logger.error("classifier_failed", exc_info=error)

    def run(key: Hashable, jobs: list[tuple[Ask, ...]]) -> list[list[Row]]:
        rows = iter(classify_each(classifier, [ask for job in jobs for ask in job], failed))
        return [list(islice(rows, len(job))) for job in jobs]

    return run


class ModerationService:
    """Moderates for the HTTP service. The classifier runs in the batcher's threads, texts of many requests at once.

    Most of a call of the compact classifier is the same for one text and for ten. Calling it on the event loop takes
    0.26 ms for a post, the batcher 0.37 ms, but 64 clients at a time then get twice as many answers a second. A
    request's texts go to the batcher as one item: an item for each would cost more than the classifier needs for it.
    """

    def __init__(
        self,
        batcher: ClassifierBatcher,
        setup: ModerationSetup,
        translator: TranslationService,
        observer: ModerationObserver,
    ) -> None:
        self._batcher = batcher
        self._setup = setup
        self._translator = translator
        self._observer = observer
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="moderation")
        self._warm = False

    @property
    def info(self) -> ClassifierInfo:
        return self._setup.info

    @property
    def policies(self) -> Mapping[str, Policy]:
        return self._setup.policies

    @property
    def default_policy(self) -> str:
        return self._setup.default_policy

    @property
    def setup(self) -> ModerationSetup:
        return self._setup

    @property
    def ready(self) -> bool:
        """Whether the classifier runs and has scored one text of each language."""
        return self._warm and self._batcher.alive

    async def start(self, timeout_s: float) -> None:
        """Start the batcher and score two texts; ``ready`` stays False if that fails."""
        await self._batcher.start()
        asks = (Ask("Hello, how are you today?", "en"), Ask("你好，今天过得怎么样？", "zh"))
        try:
            rows = await self._batcher.submit(
                asks, cost=1, key=None, deadline=time.monotonic() + timeout_s
            )
        except ServiceError:
            return
        self._warm = None not in rows.value

    async def close(self, drain_s: float) -> bool:
        """Let calls in flight finish for up to ``drain_s``; False when one is running even then."""
        drained = await self._batcher.close(drain_s)
        self._pool.shutdown(wait=False, cancel_futures=True)
        return drained

    async def moderate(
        self,
        requests: Sequence[ModerationRequest],
        *,
        deadline: float,
        timings: Timings | None = None,
    ) -> list[Verdict]:
        """One verdict for each request, in order. ``deadline`` is on the batcher's clock (``time.monotonic``).

        What the classifier or the translator cannot do is no error: the verdict says so, and is ``review`` where
        there is no score. Raises ``InvalidRequest`` for an unknown policy, ``Overloaded`` and ``DeadlineExceeded``.
        """
        spent = timings or Timings()
        began = time.perf_counter()
        size = sum(len(request.text) for request in requests)
        check = partial(_require_time, deadline)
        plans = await self._pure(size, partial(prepare_all, requests, self._setup, check), deadline)
        spent.prepare_s += time.perf_counter() - began
        while any(plan.pending for plan in plans):
            judged = all(plan.stage in _JUDGED for plan in plans)
            try:
                rows, translations = await self._run_pending(plans, deadline, spent)
            except (DeadlineExceeded, Overloaded):
                if not judged:
                    raise
                # The search for characters takes far more than the scores: a verdict does without it.
                rows, translations = [None] * sum(len(plan.asks) for plan in plans), []
            began = time.perf_counter()
            # What is judged already is answered, however late: only the reading of the scores is left.
            check = partial(_require_time, math.inf if judged else deadline)
            advance = partial(advance_all, plans, self._setup, rows, translations, check)
            plans = await self._pure(size, advance, math.inf if judged else deadline)
            spent.finish_s += time.perf_counter() - began
        began = time.perf_counter()
        verdicts = await self._pure(size, partial(finish_all, plans, self._setup), math.inf)
        spent.finish_s += time.perf_counter() - began
        self._observe(plans, verdicts)
        return verdicts

    async def _pure(self, size: int, function: Callable[[], R], deadline: float) -> R:
        """Run pure work here when it is small, else in its own thread: nobody waits there longer than to the deadline.

        Work that has not begun by then never does, and what has begun stops before its next text.
        """
        if size <= _INLINE_CHARS:
            return function()
        loop = asyncio.get_running_loop()
        work = loop.run_in_executor(self._pool, function)
        if deadline == math.inf:
            return await work
        try:
            async with asyncio.timeout(deadline - time.monotonic()):
                return await work
        except TimeoutError:
            raise _late() from None

    async def _run_pending(
        self, plans: Sequence[ModerationPlan], deadline: float, spent: Timings
    ) -> tuple[list[Row], list[Translation | None]]:
        """Everything the plans wait for. Classifier and translator work at the same time."""
        jobs = list(jobs_of([ask for plan in plans for ask in plan.asks]))
        wanted = [request for plan in plans for request in plan.translations]
        if len(jobs) == 1 and not wanted:
            return await self._classify(jobs[0], deadline, spent), []
        try:
            async with asyncio.TaskGroup() as group:
                scored = [group.create_task(self._classify(j, deadline, spent)) for j in jobs]
                read = [group.create_task(self._translate(r, deadline)) for r in wanted]
        except BaseExceptionGroup as errors:
            raise errors.exceptions[0] from None
        rows = [row for task in scored for row in task.result()]
        return rows, [task.result() for task in read]

    async def _classify(self, job: tuple[Ask, ...], deadline: float, spent: Timings) -> list[Row]:
        cost = sum(len(ask.text) for ask in job)
        try:
            outcome = await self._batcher.submit(job, cost=cost, key=None, deadline=deadline)
        except _UNABLE:
            return [None] * len(job)
        spent.queue_s = max(spent.queue_s, outcome.queued_s)
        spent.inference_s += outcome.ran_s
        return outcome.value

    async def _translate(self, request: TranslationRequest, deadline: float) -> Translation | None:
        try:
            [translation] = await self._translator.translate([request], deadline=deadline)
        except _UNABLE:
            return None
        return translation

    def _observe(self, plans: Sequence[ModerationPlan], verdicts: Sequence[Verdict]) -> None:
        for plan, verdict in zip(plans, verdicts, strict=True):
            self._observer.verdict(verdict.action, plan.lang)
            for one in verdict.evidence:
                self._observer.evidence(one.rule)
            for code in plan.warnings:
                self._observer.moderation_warning(code)


class LocalModerator:
    """Moderates in this thread, without a service: for the command line, batch runs and benchmarks.

    ``translator`` is called once, when the first request needs a translation: a second opinion or ``translate_to``.
    """

    def __init__(
        self,
        classifier: Classifier,
        setup: ModerationSetup,
        translator: Callable[[], LocalTranslator],
    ) -> None:
        self._classifier = classifier
        self._setup = setup
        self._make_translator = translator
        self._translator: LocalTranslator | None = None

    @property
    def setup(self) -> ModerationSetup:
        return self._setup

    def close(self) -> None:
        self._classifier.close()
        if self._translator is not None:
            self._translator.close()

    def moderate(self, requests: Sequence[ModerationRequest]) -> list[Verdict]:
        """One verdict for each request, in order. What cannot be judged is ``review``.

        Raises ``InvalidRequest`` for an unknown policy, and whatever stops the translator from being loaded.
        """
        setup = self._setup
        plans = prepare_all(requests, setup)
        waiting = [at for at, plan in enumerate(plans) if plan.pending]
        while waiting:  # most plans are done after one round and are not looked at again
            current = [plans[at] for at in waiting]
            rows = [
                row
                for job in jobs_of([ask for plan in current for ask in plan.asks])
                for row in classify_each(self._classifier, job, _ignore)
            ]
            wanted = [request for plan in current for request in plan.translations]
            advanced = advance_all(current, setup, rows, self._translate(wanted))
            for at, plan in zip(waiting, advanced, strict=True):
                plans[at] = plan
            waiting = [at for at in waiting if plans[at].pending]
        return finish_all(plans, setup)

    def _translate(self, requests: Sequence[TranslationRequest]) -> list[Translation | None]:
        if not requests:
            return []
        if self._translator is None:
            self._translator = self._make_translator()
        try:
            return list(self._translator.translate(requests))
        except _UNABLE:  # one of them alone cannot be translated
            if len(requests) == 1:
                return [None]
            middle = len(requests) // 2
            return self._translate(requests[:middle]) + self._translate(requests[middle:])


def _require_time(deadline: float) -> None:
    """Raise ``DeadlineExceeded`` when the deadline has passed."""
    if time.monotonic() >= deadline:
        raise _late()


def _late() -> DeadlineExceeded:
    return DeadlineExceeded("The texts were not judged before the deadline.")


def _ignore(error: Exception) -> None:
    """The verdict carries the warning; there is no log here."""
