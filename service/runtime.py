"""Composition root: the one place that turns settings into loaded models, batchers and services."""

import asyncio
import logging
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from models.interfaces import (
    Classifier,
    ClassifierInfo,
    Hypothesis,
    Segment,
    TranslationEngine,
)
from models.registry import open_classifier, open_model
from service.batcher import Batcher
from service.domain import Lang, Translation, TranslationRequest, WarningCode
from service.errors import NotFound, ServiceError
from service.lexicon import entries
from service.lexicon.finder import SlangFinder
from service.lexicon.names import NameFinder
from service.metrics import Metrics
from service.pipeline.added_toxicity import ModeratedTranslator
from service.pipeline.drivers import LocalTranslator, TranslationService, engine_runner
from service.pipeline.moderation_plan import ModerationSetup
from service.pipeline.moderation_service import (
    ClassifierBatcher,
    LocalModerator,
    ModerationService,
    batch_runner,
)
from service.policy import lexicon
from service.policy.matcher import Matcher
from service.policy.rules import Policy
from service.policy.schema import PRESETS, load_policy, preset
from service.settings import Settings
from service.store.glossaries import GlossaryStore, MemoryGlossaries, open_glossaries

__all__ = [
    "Health",
    "Runtime",
    "build_classifier",
    "build_engine",
    "build_local",
    "build_moderator",
    "build_names",
    "build_runtime",
    "build_slang",
    "load_policies",
]  # fmt: skip

_log = logging.getLogger("magpie")

_QUEUE_WATERMARK = 0.9  # above this share of the queue /ready says no, before requests are refused
# The classifier reads some 50 characters in the time that a change of thread takes: portions of this size, and a queue
# of seconds.
_CLASSIFIER_BATCH_CHARS = 32_768
_CLASSIFIER_QUEUED_CHARS = 4_000_000
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
    moderation: ModerationService | None = None  # None: switched off
    classifier: Classifier | None = None
    glossaries: GlossaryStore = field(default_factory=MemoryGlossaries)
    warmed_up: bool = field(default=False)
    drained: bool = field(default=True)  # False after a close that an engine call outlasted

    async def start(self) -> None:
        """Start the batcher and translate one sentence in each direction; ``/ready`` stays red if that fails."""
        await self.batcher.start()
        if self.moderation is not None:
            await self.moderation.start(self.settings.request_timeout_s)
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
        began = time.monotonic()
        self.drained = await self.batcher.close(self.settings.drain_timeout_s)
        if self.moderation is not None:
            left_s = began + self.settings.drain_timeout_s - time.monotonic()
            self.drained &= await self.moderation.close(max(left_s, 0.0))
        self.translator.close()
        self.glossaries.close()
        self.metrics.set_ready(False)
        if self.drained:
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(None, self.engine.close)
            if self.classifier is not None:
                await loop.run_in_executor(None, self.classifier.close)

    @property
    def moderator(self) -> ModerationService:
        """The moderation service. Raises ``NotFound`` where it is switched off."""
        if self.moderation is None:
            raise NotFound("Moderation is switched off on this server.")
        return self.moderation

    def reload_slang(self) -> None:
        """Read the slang files again. Where one of them is bad, the lexicon stays and the log names the line at fault.

        Takes a tenth of a second: call it in a thread of its own.
        """
        try:
            slang = build_slang(self.settings)
        except (OSError, entries.BadEntry) as error:  # neither quotes a term
            _log.error("slang not reloaded, the old lexicon stays: %s", error)
            return
        self.translator.use_slang(slang)
        _log.info("slang reloaded", extra={"version": slang.version if slang else None})

    def moderated_translator(self) -> ModeratedTranslator:
        """Translation with verdicts on both sides. Raises ``NotFound`` where moderation is switched off."""
        return ModeratedTranslator(self.translator, self.moderator, self.metrics)

    def health(self) -> Health:
        watermark = _QUEUE_WATERMARK * self.settings.max_queued_tokens
        checks = {
            "engine": self.batcher.alive,
            "warm_up": self.warmed_up,
            "queue": self.batcher.queued_cost <= watermark,
        }
        if self.moderation is not None:
            checks["classifier"] = self.moderation.ready
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
    glossaries = open_glossaries(settings.glossaries_path)
    engine = build_engine(settings)
    metrics = Metrics()

    batcher: Batcher[Segment, list[Hypothesis]] = Batcher(
        engine_runner(engine),
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
        slang=build_slang(settings),
        names=build_names(settings),
    )
    if not settings.moderation:
        return Runtime(settings, engine, batcher, translator, metrics, glossaries=glossaries)
    classifier = build_classifier(settings)
    queue: ClassifierBatcher = ClassifierBatcher(
        batch_runner(classifier),
        max_batch_cost=_CLASSIFIER_BATCH_CHARS,
        max_queued_cost=_CLASSIFIER_QUEUED_CHARS,
        observer=metrics.classifier,
    )
    setup = build_setup(settings, classifier.info)
    moderation = ModerationService(queue, setup, translator, metrics)
    return Runtime(
        settings, engine, batcher, translator, metrics, moderation, classifier, glossaries
    )


def build_local(settings: Settings) -> LocalTranslator:
    """A synchronous translator for the command line and batch runs."""
    engine = build_engine(repeatable(settings))
    return LocalTranslator(
        engine,
        beam_size=settings.beam_size,
        slang=build_slang(settings),
        names=build_names(settings),
    )


def repeatable(settings: Settings) -> Settings:
    """Settings under which a translation depends on its text alone, whatever else is in its batch."""
    return settings.model_copy(update={"shortlist": False})


def build_slang(settings: Settings) -> SlangFinder | None:
    """What finds the slang that ``settings`` name. Raises ``OSError`` or ``ValueError`` (``BadEntry``)."""
    if not settings.slang:
        return None
    extra = [Path(name) for name in _names(settings.slang_files)]
    return SlangFinder(entries.load(extra)) if extra else _bundled_slang()


def build_names(settings: Settings) -> NameFinder | None:
    """What finds names of places and people, where ``settings`` want it."""
    return _bundled_names() if settings.names else None


@cache
def _bundled_names() -> NameFinder:
    return NameFinder.bundled()


@cache
def _bundled_slang() -> SlangFinder:
    return SlangFinder(entries.load())


def build_moderator(settings: Settings) -> LocalModerator:
    """A synchronous moderator for the command line, batch runs and benchmarks. Raises ``OSError`` or ``ValueError``.

    The translation engine is loaded when the first text needs it.
    """
    classifier = build_classifier(settings)
    setup = build_setup(settings, classifier.info)
    return LocalModerator(classifier, setup, lambda: build_local(settings))


def build_setup(settings: Settings, info: ClassifierInfo) -> ModerationSetup:
    """The word lists and policies that ``settings`` name. Raises ``OSError`` or ``ValueError``."""
    extra = [Path(name) for name in _names(settings.lexicons)]
    matcher, version = _build_matcher(extra) if extra else _bundled_matcher()
    policies = load_policies(settings)
    default = next(iter(policies))
    return ModerationSetup(matcher, policies, default, info, settings.second_opinion, version)


def _build_matcher(extra: Sequence[Path]) -> tuple[Matcher, str]:
    """What finds the bundled terms and those of ``extra`` files, and the version of all of them."""
    terms = lexicon.load(extra)
    return Matcher(terms), terms.version


@cache
def _bundled_matcher() -> tuple[Matcher, str]:
    """The same for the bundled terms alone, built once: it takes most of a second and never changes."""
    return _build_matcher(())


def load_policies(settings: Settings) -> Mapping[str, Policy]:
    """Policies by name, the default first: the ones that ``settings`` name, then the presets.

    A file's policy has the name of the file without ``.toml``. Raises ``OSError`` or ``ValueError`` (``PolicyError``).
    """
    loaded: dict[str, Policy] = {}
    for name in _names(settings.policy) or ["default"]:
        if name in PRESETS:
            loaded[name] = preset(name)
            continue
        path = Path(name)
        try:
            text = path.read_text("utf-8")
        except UnicodeDecodeError as error:
            raise ValueError(f"{name}: not valid UTF-8") from error
        loaded[path.stem] = load_policy(text, path.stem)
    return loaded | {name: preset(name) for name in PRESETS if name not in loaded}


def build_classifier(settings: Settings) -> Classifier:
    """The classifier and the model that ``settings`` name, its files verified."""
    return open_classifier(
        settings.classifier,
        settings.classifier_model,
        models_dir=settings.models_folder,
        label_map=settings.classifier_labels or None,
        device=settings.device,
        threads=settings.threads,
    )


def build_engine(settings: Settings) -> TranslationEngine:
    """The engine and the model that ``settings`` name, its files verified."""
    return open_model(
        settings.engine,
        settings.model,
        models_dir=settings.models_folder,
        device=settings.device,
        compute_type=settings.compute_type,
        threads=settings.threads,
        shortlist=settings.shortlist,
    )


def _names(value: str) -> list[str]:
    return [name.strip() for name in value.split(",") if name.strip()]


def _workers(settings: Settings) -> int:
    """Batches that run at the same time: a small model gains more from two batches on two cores than from one on both.

    torch spreads one batch over all cores by itself.
    """
    if settings.engine != "ct2":
        return 1
    return settings.threads or len(os.sched_getaffinity(0))
