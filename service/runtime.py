"""Composition root: the one place that turns settings into a loaded engine, a batcher and a translation service."""

import asyncio
import os
import time
from collections.abc import Hashable
from dataclasses import dataclass, field

from models.interfaces import DecodeOptions, Hypothesis, Segment, TranslationEngine
from models.registry import open_model
from service.batcher import Batcher
from service.domain import Lang, Translation, TranslationRequest, WarningCode
from service.errors import ServiceError
from service.metrics import Metrics
from service.pipeline.drivers import LocalTranslator, TranslationService
from service.settings import Settings

__all__ = ["Health", "Runtime", "build_engine", "build_local", "build_runtime"]

_QUEUE_WATERMARK = 0.9  # above this share of the queue /ready says no, before requests are refused
_WARM_UP = (
    ("Hello, how are you today?", Lang.EN, Lang.ZH_HANS),
    ("你好，今天过得怎么样？", Lang.ZH_HANS, Lang.EN),
)


@dataclass(frozen=True, slots=True)
class Health:
    """What ``/ready`` answers: every check by name, and whether all passed."""

    ready: bool
    checks: dict[str, bool]


@dataclass(slots=True)
class Runtime:
    """Everything one service process holds. Build it with ``build_runtime``; start and close it once."""

    settings: Settings
    engine: TranslationEngine
    batcher: Batcher[Segment, list[Hypothesis]]
    translator: TranslationService
    metrics: Metrics
    warmed_up: bool = field(default=False)
    drained: bool = field(default=True)  # False after a close that an engine call outlasted

    async def start(self) -> None:
        """Start the batcher and translate one sentence in each direction; ``/ready`` stays red if that fails."""
        await self.batcher.start()
        try:
            self.warmed_up = await self._warm_up()
        except ServiceError:
            self.warmed_up = False
        self.metrics.set_ready(self.health().ready)

    async def close(self) -> None:
        """Let answers in flight finish for up to ``drain_timeout_s``, then release the engine.

        ``drained`` tells afterwards whether that worked. Where an engine call is still running, its thread cannot be
        ended from outside: the engine stays loaded, and the process has to leave by ``os._exit``.
        """
        self.drained = await self.batcher.close(self.settings.drain_timeout_s)
        self.translator.close()
        self.metrics.set_ready(False)
        if self.drained:
            await asyncio.get_running_loop().run_in_executor(None, self.engine.close)

    def health(self) -> Health:
        watermark = _QUEUE_WATERMARK * self.settings.max_queued_tokens
        checks = {
            "engine": self.batcher.alive,
            "warm_up": self.warmed_up,
            "queue": self.batcher.queued_cost <= watermark,
        }
        return Health(all(checks.values()), checks)

    async def _warm_up(self) -> bool:
        requests = [
            TranslationRequest(text, target_lang=target, source_lang=source)
            for text, source, target in _WARM_UP
            if (source.base, target.base) in self.engine.info.directions
        ]
        deadline = time.monotonic() + self.settings.request_timeout_s
        done = await self.translator.translate(requests, deadline=deadline)
        return bool(done) and all(_sane(translation) for translation in done)


def _sane(translation: Translation) -> bool:
    refused = {WarningCode.COPIED_SOURCE, WarningCode.UNTRANSLATED}
    return bool(translation.text.strip()) and not any(
        warning.code in refused for warning in translation.warnings
    )


def build_runtime(settings: Settings) -> Runtime:
    """Load the engine that ``settings`` name and wire the service around it. Raises ``OSError`` or ``ValueError``."""
    engine = build_engine(settings)
    metrics = Metrics()

    def run(key: Hashable, segments: list[Segment]) -> list[list[Hypothesis]]:
        if not isinstance(key, DecodeOptions):
            raise TypeError("a batch key must be DecodeOptions")
        return engine.translate(segments, key)

    batcher: Batcher[Segment, list[Hypothesis]] = Batcher(
        run,
        max_batch_cost=settings.max_batch_tokens,
        max_queued_cost=settings.max_queued_tokens,
        workers=_workers(settings),
        observer=metrics,
    )
    translator = TranslationService(
        engine,
        batcher,
        metrics,
        beam_size=settings.beam_size,
        cache_entries=settings.cache_entries,
    )
    return Runtime(settings, engine, batcher, translator, metrics)


def build_local(settings: Settings) -> LocalTranslator:
    """A synchronous translator for the command line and batch runs."""
    return LocalTranslator(build_engine(settings), beam_size=settings.beam_size)


def build_engine(settings: Settings) -> TranslationEngine:
    """The engine and the model that ``settings`` name, its files verified."""
    return open_model(
        settings.engine,
        settings.model,
        models_dir=settings.models_folder,
        device=settings.device,
        compute_type=settings.compute_type,
        threads=settings.threads,
    )


def _workers(settings: Settings) -> int:
    """Batches that run at the same time: a small model gains more from two batches on two cores than from one on both.

    torch spreads one batch over all cores by itself.
    """
    if settings.engine != "ct2":
        return 1
    return settings.threads or len(os.sched_getaffinity(0))
