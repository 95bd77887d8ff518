"""Drivers of moderation: the service answers what the local one answers, and what fails costs only its own verdict."""

import threading
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

import anyio
import pytest

from models.fake_classifier import FakeClassifier
from models.fakes import FakeEngine
from models.interfaces import Hypothesis, Scores, Segment
from service.batcher import Batcher
from service.domain import Action, Lang, ModerationRequest, ModerationWarning
from service.errors import DeadlineExceeded, InvalidRequest, Overloaded
from service.metrics import Metrics
from service.pipeline.drivers import LocalTranslator, Timings, TranslationService, engine_runner
from service.pipeline.moderation_service import (
    ClassifierBatcher,
    LocalModerator,
    ModerationService,
    batch_runner,
)
from service.policy.matcher import Found
from tests.pipeline.judging import setup

pytestmark = pytest.mark.anyio

TEXTS = [
    "Good morning, everyone!",
    "you are a badword, my friend",
    "你真是坏词啊",
    "今天遇到咕噜怪",
    "我今天去了 the new coffee shop",
    "😀",
    "",
    "Привет, как дела?",
    "This one is poison.",
    "see https://example.com",
]


class Recorder(FakeClassifier):
    """The fake classifier, with the size of every call written down; waits for ``gate`` when there is one."""

    def __init__(self, gate: threading.Event | None = None) -> None:
        super().__init__()
        self.calls: list[int] = []
        self.gate = gate
        self.entered = threading.Event()

    def classify(self, texts: Sequence[str], langs: Sequence[str]) -> list[Scores]:
        self.calls.append(len(texts))
        self.entered.set()
        if self.gate is not None:
            assert self.gate.wait(20)
        return super().classify(texts, langs)


@asynccontextmanager
async def serving(
    classifier: FakeClassifier, *, metrics: Metrics | None = None, queue: int = 100_000
) -> AsyncIterator[ModerationService]:
    metrics = metrics or Metrics()
    translations: Batcher[Segment, list[Hypothesis]] = Batcher(
        engine_runner(FakeEngine()), max_batch_cost=4096, max_queued_cost=100_000
    )
    await translations.start()
    translator = TranslationService(
        FakeEngine(), translations, metrics, beam_size=2, cache_entries=0
    )
    batcher: ClassifierBatcher = ClassifierBatcher(
        batch_runner(classifier), max_batch_cost=10_000, max_queued_cost=queue
    )
    service = ModerationService(batcher, setup(), translator, metrics)
    try:
        yield service
    finally:
        await service.close(5.0)
        await translations.close(5.0)
        translator.close()


@pytest.fixture
def local() -> Iterator[LocalModerator]:
    moderator = LocalModerator(
        FakeClassifier(), setup(), lambda: LocalTranslator(FakeEngine(), beam_size=2)
    )
    yield moderator
    moderator.close()


def requests(texts: Sequence[str], **options: object) -> list[ModerationRequest]:
    return [ModerationRequest(text, **options) for text in texts]  # type: ignore[arg-type]  # shorthand


def soon(seconds: float = 20.0) -> float:
    return time.monotonic() + seconds


@pytest.mark.parametrize(
    "options",
    [{}, {"second_opinion": True}, {"translate_to": Lang.EN}, {"explain": False}],
    ids=["plain", "opinion", "reading", "unexplained"],
)
async def test_service_equals_local(local: LocalModerator, options: dict[str, object]) -> None:
    async with serving(FakeClassifier()) as service:
        await service.start(20.0)
        served = await service.moderate(requests(TEXTS, **options), deadline=soon())
    assert served == local.moderate(requests(TEXTS, **options))


async def test_service_is_ready_after_both_languages_were_scored() -> None:
    async with serving(FakeClassifier()) as service:
        assert not service.ready
        await service.start(20.0)
        assert service.ready
    assert not service.ready


async def test_service_with_a_broken_classifier_is_not_ready_and_allows_nothing() -> None:
    classifier = FakeClassifier()
    classifier.close()
    async with serving(classifier) as service:
        await service.start(20.0)
        assert not service.ready
        [verdict] = await service.moderate(requests(TEXTS[:1]), deadline=soon())
    assert verdict.action is Action.REVIEW
    assert verdict.warnings == (ModerationWarning.CLASSIFIER_FAILED,)


async def test_service_that_shuts_down_allows_nothing() -> None:
    async with serving(FakeClassifier()) as service:
        await service.start(20.0)
        await service.close(1.0)
        [verdict] = await service.moderate(requests(TEXTS[:1]), deadline=soon())
    assert verdict.action is Action.REVIEW


async def test_service_one_poisoned_text_costs_only_its_own_verdict() -> None:
    async with serving(FakeClassifier()) as service:
        await service.start(20.0)
        verdicts = await service.moderate(
            requests(["Good morning", "poison", "早上好"]), deadline=soon()
        )
    assert [v.action for v in verdicts] == [Action.ALLOW, Action.REVIEW, Action.ALLOW]


async def test_service_texts_of_waiting_requests_go_together() -> None:
    gate = threading.Event()
    classifier = Recorder(gate)
    async with serving(classifier) as service, anyio.create_task_group() as tasks:
        await service._batcher.start()

        async def ask() -> None:
            await service.moderate(requests(["Good morning", "早上好"]), deadline=soon())

        tasks.start_soon(ask)
        await anyio.to_thread.run_sync(classifier.entered.wait, 20)
        for _ in range(5):
            tasks.start_soon(ask)
        await anyio.sleep(0.05)
        gate.set()
    assert classifier.calls == [2, 10]


async def test_service_a_full_queue_and_a_passed_deadline_are_errors() -> None:
    gate = threading.Event()
    classifier = Recorder(gate)
    async with serving(classifier, queue=20) as service, anyio.create_task_group() as tasks:
        await service._batcher.start()

        async def ask(text: str) -> None:
            await service.moderate(requests([text]), deadline=soon())

        tasks.start_soon(ask, "first text")
        await anyio.to_thread.run_sync(classifier.entered.wait, 20)
        tasks.start_soon(ask, "second text")
        await anyio.sleep(0.05)
        with pytest.raises(Overloaded):
            await service.moderate(requests(["a third, longer text"]), deadline=soon())
        with pytest.raises(DeadlineExceeded):
            await service.moderate(requests(["late"]), deadline=soon(0.05))
        gate.set()


async def test_service_an_unknown_policy_reaches_the_caller() -> None:
    async with serving(FakeClassifier()) as service:
        with pytest.raises(InvalidRequest):
            await service.moderate(requests(["hi"], policy="none"), deadline=soon())


async def test_service_long_requests_leave_the_event_loop_and_answer_alike(
    local: LocalModerator,
) -> None:
    texts = [f"{text} {number}" for number in range(150) for text in TEXTS]
    async with serving(FakeClassifier()) as service:
        await service.start(20.0)
        timings = Timings()
        served = await service.moderate(requests(texts), deadline=soon(), timings=timings)
    assert served == local.moderate(requests(texts))
    assert min(timings.prepare_s, timings.inference_s, timings.finish_s) > 0


async def test_service_counts_verdicts_evidence_and_warnings() -> None:
    metrics = Metrics()
    async with serving(FakeClassifier(), metrics=metrics) as service:
        await service.start(20.0)
        await service.moderate(requests(TEXTS), deadline=soon())
    page = metrics.render().decode()
    assert 'magpie_verdicts_total{action="allow",language="en"} 2.0' in page
    assert 'magpie_verdicts_total{action="review",language="zh"} 2.0' in page
    assert 'magpie_verdicts_total{action="review",language="other"} 1.0' in page
    assert 'magpie_evidence_total{kind="lexicon"} 1.0' in page
    assert 'magpie_evidence_total{kind="classifier"} 2.0' in page
    assert 'magpie_moderation_warnings_total{code="classifier_failed"} 1.0' in page


def test_local_loads_the_translator_only_when_it_is_needed() -> None:
    loads: list[int] = []

    def load() -> LocalTranslator:
        loads.append(1)
        return LocalTranslator(FakeEngine(), beam_size=2)

    moderator = LocalModerator(FakeClassifier(), setup(), load)
    moderator.moderate(requests(TEXTS))
    assert loads == []
    moderator.moderate(requests(TEXTS, second_opinion=True))
    moderator.moderate(requests(TEXTS, translate_to=Lang.EN))
    moderator.close()
    assert loads == [1]


def test_local_asks_the_classifier_for_many_texts_at_once() -> None:
    classifier = Recorder()
    moderator = LocalModerator(classifier, setup(), lambda: pytest.fail("no translator here"))
    moderator.moderate(requests(["Good morning, everyone!"] * 200))
    assert len(classifier.calls) == 1


def test_local_an_engine_without_a_direction_costs_only_what_needs_it() -> None:
    from tests.api.harness import SlowEngine

    engine = SlowEngine(frozenset({("en", "zh")}))
    engine.release.set()
    moderator = LocalModerator(
        FakeClassifier(), setup(), lambda: LocalTranslator(engine, beam_size=2)
    )
    done = moderator.moderate(requests(["Good morning!", "早上好，朋友们"], second_opinion=True))
    assert done[0].opinion is not None
    assert done[1].opinion is None
    assert done[1].warnings == (ModerationWarning.OPINION_FAILED,)


async def test_service_a_full_queue_costs_a_verdict_its_explanation_only() -> None:
    text = "we met a badword on the way to the park, and it was fun. " * 10
    async with serving(FakeClassifier(), queue=2000) as service:
        await service.start(20)
        verdicts = await service.moderate(requests([text] * 10), deadline=soon())
    for verdict in verdicts:
        assert verdict.action is not Action.ALLOW
        assert verdict.warnings == (ModerationWarning.EXPLANATION_FAILED,)


async def test_service_judges_nothing_more_after_the_deadline() -> None:
    """Long requests are worked on text by text: one that nobody waits for any more stops before its next text."""
    prepared = 0

    class Slow:
        def search(self, text: str) -> Found:
            nonlocal prepared
            prepared += 1
            time.sleep(0.05)
            return Found(())

    async with serving(FakeClassifier()) as service:
        await service.start(20)
        service._setup = replace(service.setup, matcher=Slow())
        with pytest.raises(DeadlineExceeded):
            await service.moderate(requests(["a" * 900] * 200), deadline=soon(0.2))
        seen = prepared
        assert seen < 50
        # The next request has the thread to itself at once.
        await service.moderate(requests(["b" * 1100]), deadline=soon())
        assert prepared <= seen + 2


async def test_service_a_request_that_waits_for_the_thread_is_late_and_costs_nothing() -> None:
    entered, gate = threading.Event(), threading.Event()

    class Stuck:
        calls = 0

        def search(self, text: str) -> Found:
            Stuck.calls += 1
            entered.set()
            assert gate.wait(20)
            return Found(())

    async with serving(FakeClassifier()) as service:
        await service.start(20)
        service._setup = replace(service.setup, matcher=Stuck())
        async with anyio.create_task_group() as group:

            async def first() -> None:
                await service.moderate(requests(["a" * 1100]), deadline=soon())

            group.start_soon(first)
            await anyio.to_thread.run_sync(entered.wait, 20)
            with pytest.raises(DeadlineExceeded):
                await service.moderate(requests(["b" * 1100]), deadline=soon(0.1))
            gate.set()
    assert Stuck.calls == 1


async def test_service_counts_what_was_cut_off() -> None:
    metrics = Metrics()
    async with serving(FakeClassifier(), metrics=metrics) as service:
        await service.start(20)
        [verdict] = await service.moderate(requests(["blimp " * 15_000]), deadline=soon())
    assert verdict.action is Action.REVIEW
    assert ModerationWarning.MATCHES_LIMITED in verdict.warnings
    told = 'magpie_moderation_warnings_total{code="matches_limited"} 1.0'
    assert told in metrics.render().decode()
