"""Thin loops around prepare / advance / finish: async over the batcher for the service, synchronous over the engine."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Hashable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal, NamedTuple, Protocol, TypeVar

from models.interfaces import DecodeOptions, Hypothesis, Segment, TranslationEngine
from service import cache
from service.batcher import Batcher
from service.domain import Detection, Translation, TranslationRequest, WarningCode
from service.errors import DeadlineExceeded, EngineFailed
from service.lexicon.finder import SlangFinder
from service.lexicon.names import NameFinder
from service.pipeline.plan import Plan, Traits, Unit
from service.pipeline.round_trip import requests_back, with_agreement
from service.pipeline.translate import advance, finish, prepare
from service.text import script

__all__ = [
    "BatchKey", "LocalTranslator", "Observer", "Timings", "TranslationService", "engine_runner", "traits_of",
]  # fmt: skip

# A long request hands its segments over a window at a time, so that it neither fills the queue nor starves others.
_WINDOW = 256
# Splitting and masking text this long takes milliseconds: it leaves the event loop.
_INLINE_CHARS = 4000
# The batcher tells of a passed deadline itself; this only ends the wait for somebody else's call.
_GRACE_S = 0.05

R = TypeVar("R")
Answer = Sequence[Hypothesis] | None


class Observer(Protocol):
    """What the service tells its metrics; satisfied by ``service.metrics.Metrics``."""

    def segments(self, outcome: Literal["decoded", "cached", "copied"], n: int = 1) -> None: ...
    def warning(self, code: WarningCode) -> None: ...
    def note(self, language: Literal["en", "zh"], *, expanded: bool) -> None: ...
    def characters(self, source: str, target: str, n: int) -> None: ...
    def waited(self, seconds: float) -> None: ...


@dataclass(slots=True)
class Timings:
    """Where the time of one request went, in seconds; queue and inference are those of its slowest segment."""

    prepare_s: float = 0.0
    queue_s: float = 0.0
    inference_s: float = 0.0
    finish_s: float = 0.0


def traits_of(
    engine: TranslationEngine, slang: SlangFinder | None = None, names: NameFinder | None = None
) -> Traits:
    """What planning needs to know of a loaded engine."""
    info = engine.info
    return Traits(
        info.placeholders,
        info.max_input_tokens,
        engine.count_tokens,
        info.directions,
        slang,
        info.aligns,
        names,
    )


class BatchKey(NamedTuple):
    """What the segments of one batch share. Directions that have a model each are in lanes of their own."""

    options: DecodeOptions
    lane: str = ""


def engine_runner(
    engine: TranslationEngine,
) -> Callable[[Hashable, list[Segment]], list[list[Hypothesis]]]:
    """What a batcher of segments calls, with a ``BatchKey``."""

    def run(key: Hashable, segments: list[Segment]) -> list[list[Hypothesis]]:
        if not isinstance(key, BatchKey):
            raise TypeError("a batch of segments needs a BatchKey")
        return engine.translate(segments, key.options)

    return run


class TranslationService:
    """Translates for the HTTP service: every segment goes through the cache and the batcher."""

    def __init__(
        self,
        engine: TranslationEngine,
        batcher: Batcher[Segment, list[Hypothesis]],
        observer: Observer,
        *,
        beam_size: int,
        cache_entries: int,
        slang: SlangFinder | None = None,
        names: NameFinder | None = None,
    ) -> None:
        self._model = engine.info.id
        self._mixes = engine.info.mixes
        self._traits = traits_of(engine, slang, names)
        self._batcher = batcher
        self._observer = observer
        self._beam_size = beam_size
        self._cache: cache.LruCache[list[Hypothesis]] = cache.LruCache(cache_entries)
        self._shared: cache.SharedCalls[list[Hypothesis]] = cache.SharedCalls()
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="text")

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    def use_slang(self, slang: SlangFinder | None) -> None:
        """Explain slang by another lexicon from the next request on."""
        self._traits = replace(self._traits, slang=slang)

    def detect(self, text: str) -> Detection:
        return script.detect(text)

    async def translate(
        self,
        requests: Sequence[TranslationRequest],
        *,
        deadline: float,
        timings: Timings | None = None,
    ) -> list[Translation]:
        """One translation for each request, in order. ``deadline`` is on the batcher's clock (``time.monotonic``).

        Raises ``Overloaded``, ``DeadlineExceeded``, ``NotReady``, ``UnsupportedDirection``, and ``EngineFailed`` when
        the engine failed on every segment; where it failed on some, those are copied and say so.
        """
        spent = timings or Timings()
        plans = await self.decode(requests, deadline=deadline, timings=spent)
        began = time.perf_counter()
        size = sum(len(request.text) for request in requests)
        done = await self._pure(size, partial(_finish_all, plans))
        spent.finish_s += time.perf_counter() - began
        self._observe(requests, done)
        return await self.with_round_trip(requests, done, deadline=deadline, timings=spent)

    async def with_round_trip(
        self,
        requests: Sequence[TranslationRequest],
        translations: list[Translation],
        *,
        deadline: float,
        timings: Timings | None = None,
    ) -> list[Translation]:
        """``translations``, with better estimates of quality for the requests that want a round trip. Raises alike."""
        if not any(request.round_trip for request in requests):
            return translations
        asked = requests_back(requests, translations)
        if not asked:
            return translations
        back = await self.decode(asked, deadline=deadline, timings=timings)
        return with_agreement(requests, translations, _finish_all(back))

    async def decode(
        self,
        requests: Sequence[TranslationRequest],
        *,
        deadline: float,
        timings: Timings | None = None,
    ) -> list[Plan]:
        """The finished plans behind ``translate``, for callers that choose among the hypotheses themselves."""
        spent = timings or Timings()
        began = time.perf_counter()
        size = sum(len(request.text) for request in requests)
        plans = await self._pure(size, partial(self._prepare_all, requests))
        spent.prepare_s += time.perf_counter() - began
        decoded = failed = 0
        while waiting := [unit for plan in plans for unit in plan.pending]:
            answers = await self._answers(waiting, deadline, spent)
            decoded += len(answers)
            failed += answers.count(None)
            began = time.perf_counter()
            plans = await self._pure(size, partial(_advance_all, plans, answers))
            spent.finish_s += time.perf_counter() - began
        if decoded and failed == decoded:
            raise EngineFailed("The engine failed on every segment of this request.")
        return plans

    def _prepare_all(self, requests: Sequence[TranslationRequest]) -> list[Plan]:
        return [prepare(r, self._traits, beam_size=self._beam_size) for r in requests]

    async def _pure(self, size: int, function: Callable[[], R]) -> R:
        """Run pure work here when it is small, else in the text thread."""
        if size <= _INLINE_CHARS:
            return function()
        return await asyncio.get_running_loop().run_in_executor(self._pool, function)

    async def _answers(
        self, units: Sequence[Unit], deadline: float, spent: Timings
    ) -> list[Answer]:
        if len(units) == 1:
            return [await self._answer(units[0], deadline, spent)]
        answers: list[Answer] = []
        for at in range(0, len(units), _WINDOW):
            window = units[at : at + _WINDOW]
            try:
                async with asyncio.TaskGroup() as group:
                    tasks = [
                        group.create_task(self._answer(unit, deadline, spent)) for unit in window
                    ]
            except BaseExceptionGroup as errors:
                raise errors.exceptions[0] from None
            answers.extend(task.result() for task in tasks)
        return answers

    async def _answer(self, unit: Unit, deadline: float, spent: Timings) -> Answer:
        key = _key(self._model, unit)
        found = self._cache.get(key)
        if found is not None:
            self._observer.segments("cached")
            return found

        ran = False
        batch = BatchKey(unit.options, "" if self._mixes else unit.segment.target_lang)

        async def decode() -> list[Hypothesis]:
            nonlocal ran
            outcome = await self._batcher.submit(
                unit.segment, cost=unit.tokens, key=batch, deadline=deadline
            )
            ran = True
            spent.queue_s = max(spent.queue_s, outcome.queued_s)
            spent.inference_s = max(spent.inference_s, outcome.ran_s)
            self._observer.waited(outcome.queued_s)
            self._observer.segments("decoded")
            self._cache.put(key, outcome.value)
            return outcome.value

        began = time.perf_counter()
        try:
            answer = await self._join(key, decode, deadline)
        except EngineFailed:
            return None
        if not ran:  # somebody else's call: all that is known is how long it took from here
            spent.inference_s = max(spent.inference_s, time.perf_counter() - began)
        return answer

    async def _join(
        self, key: bytes, decode: Callable[[], Awaitable[list[Hypothesis]]], deadline: float
    ) -> list[Hypothesis]:
        """Run ``decode`` or share a call in flight, which has the deadline of whoever started it, not ours."""
        while True:
            if key not in self._shared:  # the batcher keeps our deadline
                return await self._shared.run(key, decode)
            left_s = deadline - time.monotonic()
            try:
                async with asyncio.timeout(max(left_s, 0.0) + _GRACE_S):
                    return await self._shared.run(key, decode)
            except TimeoutError:
                raise DeadlineExceeded("Not finished before the deadline.") from None
            except DeadlineExceeded:
                if time.monotonic() >= deadline:
                    raise

    def _observe(
        self, requests: Sequence[TranslationRequest], translations: Sequence[Translation]
    ) -> None:
        for request, translation in zip(requests, translations, strict=True):
            source = translation.source_lang.base if translation.source_lang else "other"
            self._observer.characters(source, translation.target_lang.base, len(request.text))
            for note in translation.notes:
                self._observer.note("en" if note.lang == "en" else "zh", expanded=note.sure)
            for warning in translation.warnings:
                self._observer.warning(warning.code)
                if warning.code is WarningCode.COPIED_SOURCE:
                    self._observer.segments("copied")


class LocalTranslator:
    """Translates in this thread, without a service: for the command line and batch runs. Same pure functions."""

    def __init__(
        self,
        engine: TranslationEngine,
        *,
        beam_size: int,
        slang: SlangFinder | None = None,
        names: NameFinder | None = None,
    ) -> None:
        self._engine = engine
        self._traits = traits_of(engine, slang, names)
        self._beam_size = beam_size

    @property
    def model_id(self) -> str:
        return self._engine.info.id

    def close(self) -> None:
        self._engine.close()

    def detect(self, text: str) -> Detection:
        return script.detect(text)

    def translate(self, requests: Sequence[TranslationRequest]) -> list[Translation]:
        """One translation for each request, in order. Segments the engine fails on are copied, with a warning."""
        plans = [prepare(r, self._traits, beam_size=self._beam_size) for r in requests]
        while waiting := [unit for plan in plans for unit in plan.pending]:
            plans = _advance_all(plans, self._answers(waiting))
        done = _finish_all(plans)
        if not any(request.round_trip for request in requests):
            return done
        return with_agreement(requests, done, self.translate(requests_back(requests, done)))

    def _answers(self, units: Sequence[Unit]) -> list[Answer]:
        groups: dict[DecodeOptions, dict[Segment, Answer]] = {}
        for unit in units:
            groups.setdefault(unit.options, {})[unit.segment] = None
        for options, segments in groups.items():
            self._decode(list(segments), options, segments)
        return [groups[unit.options][unit.segment] for unit in units]

    def _decode(
        self, segments: list[Segment], options: DecodeOptions, into: dict[Segment, Answer]
    ) -> None:
        """Fill ``into``; a failing batch is halved until only the guilty segment is left without an answer."""
        try:
            into.update(zip(segments, self._engine.translate(segments, options), strict=True))
        except (RuntimeError, ValueError):
            if len(segments) > 1:
                middle = len(segments) // 2
                self._decode(segments[:middle], options, into)
                self._decode(segments[middle:], options, into)


def _advance_all(plans: Sequence[Plan], answers: Sequence[Answer]) -> list[Plan]:
    advanced: list[Plan] = []
    at = 0
    for plan in plans:
        count = len(plan.pending)
        advanced.append(advance(plan, answers[at : at + count]) if count else plan)
        at += count
    return advanced


def _finish_all(plans: Sequence[Plan]) -> list[Translation]:
    return [finish(plan) for plan in plans]


def _key(model: str, unit: Unit) -> bytes:
    segment, options = unit.segment, unit.options
    return cache.key(
        model,
        segment.source_lang,
        segment.target_lang,
        f"{options.beam_size},{options.num_hypotheses},{options.no_repeat_ngram},"
        f"{options.repetition_penalty},{options.max_output_tokens},{options.align:d}",
        segment.text,
    )
