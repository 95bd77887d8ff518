"""Every Prometheus name of the service. Label values come from fixed sets; no text, no address, no key.

===========================================  =========  =======================================
name                                         labels     counts
===========================================  =========  =======================================
magpie_requests_total                        route,     answers
                                             status
magpie_request_seconds                       route      time from request to answer
magpie_errors_total                          code       errors by their stable code
magpie_segments_total                        outcome    segments decoded, cached or copied
magpie_characters_total                      source,    code points translated
                                             target
magpie_warnings_total                        code       warnings in translations
magpie_feedback_total                        category   scores that clients have called wrong
magpie_verdicts_total                        action,    verdicts
                                             language
magpie_evidence_total                        kind       pieces of evidence
magpie_moderation_warnings_total             code       warnings in verdicts
magpie_classifier_seconds                               time of a classifier call
magpie_classifier_queued_chars                          code points waiting for the classifier now
magpie_slang_total                           language,  slang terms met, and whether their plain
                                             expanded   words went to the model
magpie_batches_total                                    engine calls
magpie_batch_segments                                   segments in an engine call
magpie_batch_padded_tokens                              padded source tokens in an engine call
magpie_batch_seconds                                    time of an engine call
magpie_queue_wait_seconds                               time a segment waited for its batch
magpie_queued_tokens                                    source tokens waiting now
magpie_ready                                            1 while /ready answers 200
process_*                                               memory, CPU, descriptors (Linux)
===========================================  =========  =======================================
"""

from collections.abc import Iterator
from typing import Literal

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.metrics_core import Metric

from service.domain import Action, Category, Lang, ModerationWarning, WarningCode
from service.errors import ServiceError

__all__ = ["ClassifierMetrics", "Metrics", "SegmentOutcome"]

SegmentOutcome = Literal["decoded", "cached", "copied"]

_OTHER = "other"
_MAX_ROUTES = 64
_LANGUAGES = frozenset(Lang) | {lang.base for lang in Lang}
_VERDICT_LANGUAGES = ("en", "zh", "mixed", "other", "none")
_EVIDENCE = ("lexicon", "classifier", "pattern")
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_WAIT_SECONDS = (0.001, *_SECONDS)
_CLASSIFIER_SECONDS = (0.0005, 0.001, 0.0025, *_SECONDS)
_SEGMENTS = tuple(2.0**power for power in range(10))
_TOKENS = tuple(2.0**power for power in range(4, 15))


class Metrics:
    """Counts what the service does, in a registry of its own. May be called from any thread."""

    content_type = CONTENT_TYPE_LATEST

    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry()
        self._requests = Counter(
            "magpie_requests_total", "Answers.", ["route", "status"], registry=registry
        )
        self._request_seconds = Histogram(
            "magpie_request_seconds",
            "Time from request to answer.",
            ["route"],
            buckets=_SECONDS,
            registry=registry,
        )
        self._routes: set[str] = set()
        self._answers: dict[tuple[str, str], tuple[Counter, Histogram]] = {}
        errors = Counter(
            "magpie_errors_total", "Errors by their stable code.", ["code"], registry=registry
        )
        self._errors = {code: errors.labels(code) for code in sorted(_codes(ServiceError))}
        segments = Counter(
            "magpie_segments_total", "Segments by what was done.", ["outcome"], registry=registry
        )
        outcomes: tuple[SegmentOutcome, ...] = ("decoded", "cached", "copied")
        self._pairs: dict[tuple[str, str], Counter] = {}
        self._segments = {outcome: segments.labels(outcome) for outcome in outcomes}
        self._characters = Counter(
            "magpie_characters_total",
            "Code points translated.",
            ["source", "target"],
            registry=registry,
        )
        warnings = Counter(
            "magpie_warnings_total", "Warnings in translations.", ["code"], registry=registry
        )
        self._warnings = {code: warnings.labels(code.value) for code in WarningCode}
        self._init_moderation(registry)
        slang = Counter(
            "magpie_slang_total", "Slang terms met.", ["language", "expanded"], registry=registry
        )
        self._slang = {
            (language, expanded): slang.labels(language, "yes" if expanded else "no")
            for language in ("en", "zh")
            for expanded in (True, False)
        }
        self._init_batches(registry)
        self._ready = Gauge("magpie_ready", "1 while /ready answers 200.", registry=registry)
        ProcessCollector(registry=registry)

    def _init_moderation(self, registry: CollectorRegistry) -> None:
        verdicts = Counter(
            "magpie_verdicts_total", "Verdicts.", ["action", "language"], registry=registry
        )
        self._verdicts = {
            (action, lang): verdicts.labels(action.value, lang)
            for action in Action
            for lang in _VERDICT_LANGUAGES
        }
        evidence = Counter(
            "magpie_evidence_total", "Pieces of evidence.", ["kind"], registry=registry
        )
        self._evidence = {kind: evidence.labels(kind) for kind in (*_EVIDENCE, _OTHER)}
        moderation = Counter(
            "magpie_moderation_warnings_total", "Warnings in verdicts.", ["code"], registry=registry
        )
        self._moderation = {code: moderation.labels(code.value) for code in ModerationWarning}
        feedback = Counter(
            "magpie_feedback_total",
            "Scores that clients have called wrong.",
            ["category"],
            registry=registry,
        )
        self._feedback = {each: feedback.labels(each or _OTHER) for each in (*Category, None)}
        self.classifier = ClassifierMetrics(registry)

    def _init_batches(self, registry: CollectorRegistry) -> None:
        self._batches = Counter("magpie_batches_total", "Engine calls.", registry=registry)
        self._batch_segments = Histogram(
            "magpie_batch_segments",
            "Segments in an engine call.",
            buckets=_SEGMENTS,
            registry=registry,
        )
        self._batch_tokens = Histogram(
            "magpie_batch_padded_tokens",
            "Padded source tokens in an engine call.",
            buckets=_TOKENS,
            registry=registry,
        )
        self._batch_seconds = Histogram(
            "magpie_batch_seconds", "Time of an engine call.", buckets=_SECONDS, registry=registry
        )
        self._wait_seconds = Histogram(
            "magpie_queue_wait_seconds",
            "Time a segment waited for its batch.",
            buckets=_WAIT_SECONDS,
            registry=registry,
        )
        self._queued = Gauge("magpie_queued_tokens", "Source tokens waiting.", registry=registry)

    def request(self, route: str, status: int, seconds: float) -> None:
        """One answer. ``route`` is the route's template, never the path that was asked for.

        Beyond 64 routes, and for one that is empty, the label is ``other``.
        """
        if route not in self._routes:
            if not route or len(self._routes) >= _MAX_ROUTES:
                route = _OTHER
            self._routes.add(route)
        code = str(status) if 100 <= status <= 599 else _OTHER
        counted = self._answers.get((route, code))
        if counted is None:  # looking a child up by its labels costs ten times its increment
            counted = (self._requests.labels(route, code), self._request_seconds.labels(route))
            self._answers[route, code] = counted
        counted[0].inc()
        counted[1].observe(seconds)

    def error(self, code: str) -> None:
        """One error; a code that no ``ServiceError`` has counts as ``internal``."""
        self._errors.get(code, self._errors[ServiceError.code]).inc()

    def segments(self, outcome: SegmentOutcome, n: int = 1) -> None:
        self._segments[outcome].inc(n)

    def characters(self, source: str, target: str, n: int) -> None:
        """``n`` source code points between two languages, each a ``Lang`` or the base of one, else ``other``."""
        counter = self._pairs.get((source, target))
        if counter is None:
            known = [code if code in _LANGUAGES else _OTHER for code in (source, target)]
            counter = self._characters.labels(*known)
            if _OTHER not in known:  # a bounded set
                self._pairs[source, target] = counter
        counter.inc(n)

    def characters_served(self) -> int:
        """All source code points since the process started."""
        [family] = self._characters.collect()
        return int(sum(s.value for s in family.samples if s.name.endswith("_total")))

    def note(self, language: Literal["en", "zh"], *, expanded: bool) -> None:
        """One slang term in a text; ``expanded`` when the model got plain words for it."""
        self._slang[language, expanded].inc()

    def warning(self, code: WarningCode) -> None:
        self._warnings[code].inc()

    def verdict(self, action: Action, lang: str) -> None:
        """One verdict; ``lang`` is ``en``, ``zh``, ``mixed``, ``other`` or ``none``, and anything else ``other``."""
        self._verdicts[action, lang if lang in _VERDICT_LANGUAGES else _OTHER].inc()

    def evidence(self, rule: str) -> None:
        """One piece of evidence, counted by the kind that its rule begins with (``lexicon:en/insult#3``)."""
        kind = rule.partition(":")[0]
        self._evidence[kind if kind in _EVIDENCE else _OTHER].inc()

    def moderation_warning(self, code: ModerationWarning) -> None:
        self._moderation[code].inc()

    def feedback(self, category: Category | None) -> None:
        """One score that a client has called wrong; None for a category that is not ours."""
        self._feedback[category].inc()

    def batch(self, items: int, padded_cost: int, seconds: float) -> None:
        """One engine call; with ``queued`` this makes a ``BatchObserver``."""
        self._batches.inc()
        self._batch_segments.observe(items)
        self._batch_tokens.observe(padded_cost)
        self._batch_seconds.observe(seconds)

    def queued(self, cost: int) -> None:
        self._queued.set(cost)

    def waited(self, seconds: float) -> None:
        self._wait_seconds.observe(seconds)

    def set_ready(self, ready: bool) -> None:
        self._ready.set(ready)

    def render(self) -> bytes:
        """The exposition for a scrape, of type ``content_type``."""
        return generate_latest(self)

    def collect(self) -> Iterator[Metric]:
        """The families without their ``_created`` twins, which would double the series."""
        for family in self._registry.collect():
            kept = [sample for sample in family.samples if not sample.name.endswith("_created")]
            family.samples = kept
            yield family


class ClassifierMetrics:
    """Counts what the classifier's batcher does: a ``BatchObserver``."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._seconds = Histogram(
            "magpie_classifier_seconds",
            "Time of a classifier call.",
            buckets=_CLASSIFIER_SECONDS,
            registry=registry,
        )
        self._queued = Gauge(
            "magpie_classifier_queued_chars",
            "Code points waiting for the classifier.",
            registry=registry,
        )

    def batch(self, items: int, padded_cost: int, seconds: float) -> None:
        self._seconds.observe(seconds)

    def queued(self, cost: int) -> None:
        self._queued.set(cost)


def _codes(error: type[ServiceError]) -> set[str]:
    return {error.code}.union(*(_codes(child) for child in error.__subclasses__()))
