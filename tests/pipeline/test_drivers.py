"""Drivers: cache, shared calls, failures, deadlines; and the service answers what the local driver answers."""

import time
from collections.abc import AsyncIterator, Callable, Hashable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

import anyio
import pytest

from models.fakes import FakeEngine
from models.interfaces import EngineInfo, Hypothesis, Segment
from models.registry import load_engine
from service.batcher import Batcher
from service.domain import Lang, TranslationRequest, WarningCode
from service.errors import DeadlineExceeded, EngineFailed, NotReady, Overloaded
from service.metrics import Metrics
from service.pipeline.drivers import (
    BatchKey,
    LocalTranslator,
    Timings,
    TranslationService,
    engine_runner,
)

pytestmark = pytest.mark.anyio

TEXTS = [
    "Good morning, everyone!",
    "今天天气真好，我们去公园吧。",
    "I love 😀 this #sunset@ place https://example.com/x",
    "Hello there. How are you? I am fine.\n\n谢谢大家",
    "",
    "12345",
    "我太爱iPhone了",
]

Run = Callable[[Hashable, list[Segment]], list[list[Hypothesis]]]


class Recorder:
    """The fake engine, with every batch written down."""

    def __init__(self) -> None:
        self.engine = load_engine("fake", None)
        self.batches: list[list[Segment]] = []
        self.keys: list[Hashable] = []

    def run(self, key: Hashable, segments: list[Segment]) -> list[list[Hypothesis]]:
        self.batches.append(segments)
        self.keys.append(key)
        return engine_runner(self.engine)(key, segments)

    @property
    def decoded(self) -> list[str]:
        return [segment.text for batch in self.batches for segment in batch]


@asynccontextmanager
async def serving(
    recorder: Recorder, run: Run | None = None, *, queue: int = 100_000, cache: int = 1000
) -> AsyncIterator[TranslationService]:
    batcher: Batcher[Segment, list[Hypothesis]] = Batcher(
        run or recorder.run, max_batch_cost=4096, max_queued_cost=queue
    )
    await batcher.start()
    service = TranslationService(
        recorder.engine, batcher, Metrics(), beam_size=2, cache_entries=cache
    )
    try:
        yield service
    finally:
        await batcher.close(1.0)
        service.close()


def requests(texts: Sequence[str], target: Lang = Lang.ZH_HANS) -> list[TranslationRequest]:
    return [TranslationRequest(text, target) for text in texts]


def soon(seconds: float = 20.0) -> float:
    return time.monotonic() + seconds


@pytest.mark.parametrize("target", [Lang.ZH_HANS, Lang.EN, Lang.ZH_HANT])
async def test_drivers_service_equals_local(target: Lang) -> None:
    local = LocalTranslator(load_engine("fake", None), beam_size=2)
    async with serving(Recorder()) as service:
        served = await service.translate(requests(TEXTS, target), deadline=soon())
    assert served == local.translate(requests(TEXTS, target))
    assert [t.target_lang for t in served] == [target] * len(TEXTS)


async def test_drivers_cache_answers_the_second_time() -> None:
    recorder = Recorder()
    async with serving(recorder) as service:
        first = await service.translate(requests(["Good morning!"]), deadline=soon())
        again = await service.translate(requests(["Good morning!"]), deadline=soon())
    assert first == again
    assert recorder.decoded == ["Good morning!"]


async def test_drivers_cache_key_holds_direction_and_options() -> None:
    recorder = Recorder()
    async with serving(recorder) as service:
        await service.translate(requests(["Good morning!"]), deadline=soon())
        other = [TranslationRequest("Good morning!", Lang.ZH_HANS, alternatives=2)]
        (done,) = await service.translate(other, deadline=soon())
    assert len(recorder.decoded) == 2
    assert len(done.alternatives) == 2


async def test_drivers_identical_segments_in_flight_are_decoded_once() -> None:
    recorder = Recorder()
    async with serving(recorder) as service:
        done = await service.translate(requests(["Good morning!"] * 50), deadline=soon())
    assert recorder.decoded == ["Good morning!"]
    assert len({t.text for t in done}) == 1


class Apart(FakeEngine):
    """An engine that says each direction has a model of its own."""

    @property
    def info(self) -> EngineInfo:
        return replace(super().info, mixes=False)


@pytest.mark.parametrize(("engine", "lanes"), [(FakeEngine, {""}), (Apart, {"zh", "en"})])
async def test_drivers_directions_with_a_model_each_are_batched_apart(
    engine: type[FakeEngine], lanes: set[str]
) -> None:
    recorder = Recorder()
    recorder.engine = engine()
    async with serving(recorder) as service:
        both = [*requests(["Hello."]), *requests(["你好。"], Lang.EN)]
        await service.translate(both * 3, deadline=soon())
    assert all(isinstance(key, BatchKey) for key in recorder.keys)
    assert {key.lane for key in recorder.keys if isinstance(key, BatchKey)} == lanes
    if len(lanes) == 2:
        assert all(len({s.target_lang for s in batch}) == 1 for batch in recorder.batches)


def test_drivers_a_batch_needs_its_key() -> None:
    with pytest.raises(TypeError, match="BatchKey"):
        engine_runner(FakeEngine())("options", [])


async def test_drivers_without_cache_decode_again() -> None:
    recorder = Recorder()
    async with serving(recorder, cache=0) as service:
        for _ in range(2):
            await service.translate(requests(["Good morning!"]), deadline=soon())
    assert len(recorder.decoded) == 2


async def test_drivers_one_poisoned_item_does_not_hurt_the_others() -> None:
    async with serving(Recorder()) as service:
        texts = ["Good morning!", "this is poison for you", "Good night!"]
        done = await service.translate(requests(texts), deadline=soon())
    assert done[1].text == texts[1]
    assert [w.code for w in done[1].warnings] == [WarningCode.COPIED_SOURCE]
    assert done[0].warnings == done[2].warnings == ()
    assert done[0].text != texts[0]


async def test_drivers_failure_of_every_segment_is_an_error() -> None:
    async with serving(Recorder()) as service:
        with pytest.raises(EngineFailed) as error:
            await service.translate(requests(["this is poison for you"]), deadline=soon())
    assert "poison" not in str(error.value)


async def test_drivers_local_poison_is_copied() -> None:
    local = LocalTranslator(load_engine("fake", None), beam_size=2)
    good, bad = local.translate(requests(["Good morning!", "this is poison for you"]))
    assert good.warnings == ()
    assert [w.code for w in bad.warnings] == [WarningCode.COPIED_SOURCE]


async def test_drivers_deadline_passed() -> None:
    async with serving(Recorder()) as service:
        with pytest.raises(DeadlineExceeded):
            await service.translate(requests(["Good morning!"]), deadline=time.monotonic() - 1)


async def test_drivers_full_queue_is_overloaded_with_the_siblings_cancelled() -> None:
    recorder = Recorder()
    async with serving(recorder, queue=8) as service:
        texts = [f"This is sentence number {i} of a long list." for i in range(40)]
        with pytest.raises(Overloaded) as error:
            await service.translate(requests(texts), deadline=soon())
    assert error.value.retry_after_s is not None


async def test_drivers_after_close_nothing_is_ready() -> None:
    recorder = Recorder()
    async with serving(recorder) as service:
        pass
    with pytest.raises(NotReady):
        await service.translate(requests(["Good morning!"]), deadline=soon())


async def test_drivers_cancelled_request_frees_the_queue() -> None:
    recorder = Recorder()
    async with serving(recorder) as service:
        with anyio.move_on_after(0) as scope:
            await service.translate(requests(["Good morning!"]), deadline=soon())
        assert scope.cancelled_caught
        (done,) = await service.translate(requests(["Good night!"]), deadline=soon())
    assert done.warnings == ()


async def test_drivers_timings_are_filled() -> None:
    timings = Timings()
    async with serving(Recorder()) as service:
        await service.translate(requests(TEXTS), deadline=soon(), timings=timings)
    assert timings.prepare_s > 0
    assert timings.finish_s > 0
    assert timings.inference_s > 0
    assert timings.queue_s >= 0


async def test_drivers_long_request_goes_through_in_windows() -> None:
    recorder = Recorder()
    texts = [f"This is sentence number {i} of a long list." for i in range(600)]
    async with serving(recorder, queue=20_000) as service:
        done = await service.translate(requests(texts), deadline=soon())
    assert len(done) == 600
    assert sorted(recorder.decoded) == sorted(texts)
    assert not any(t.warnings for t in done)


async def test_drivers_detect() -> None:
    async with serving(Recorder()) as service:
        assert service.detect("今天天气真好").lang is Lang.ZH_HANS
