"""Metric names and labels; labels must stay bounded whatever the callers pass."""

import pytest
from prometheus_client.parser import text_string_to_metric_families

from service.domain import Action, Category, Lang, ModerationWarning, WarningCode
from service.errors import NotReady, Overloaded
from service.metrics import Metrics

NAMES = {
    "magpie_requests_total": {"route", "status"},
    "magpie_request_seconds": {"route"},
    "magpie_errors_total": {"code"},
    "magpie_segments_total": {"outcome"},
    "magpie_characters_total": {"source", "target"},
    "magpie_warnings_total": {"code"},
    "magpie_feedback_total": {"category"},
    "magpie_slang_total": {"language", "expanded"},
    "magpie_verdicts_total": {"action", "language"},
    "magpie_evidence_total": {"kind"},
    "magpie_moderation_warnings_total": {"code"},
    "magpie_classifier_seconds": set(),
    "magpie_classifier_queued_chars": set(),
    "magpie_batches_total": set(),
    "magpie_batch_segments": set(),
    "magpie_batch_padded_tokens": set(),
    "magpie_batch_seconds": set(),
    "magpie_queue_wait_seconds": set(),
    "magpie_queued_tokens": set(),
    "magpie_ready": set(),
}

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


def samples(metrics: Metrics) -> Samples:
    families = text_string_to_metric_families(metrics.render().decode())
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in families
        for sample in family.samples
    }


def value(metrics: Metrics, name: str, **labels: str) -> float:
    return samples(metrics)[name, frozenset(labels.items())]


def use_all(metrics: Metrics) -> None:
    metrics.request("/v1/translate", 200, 0.02)
    metrics.error("overloaded")
    metrics.segments("decoded")
    metrics.characters("en", "zh-Hans", 5)
    metrics.warning(WarningCode.UNTRANSLATED)
    metrics.feedback(Category.INSULT)
    metrics.note("zh", expanded=True)
    metrics.verdict(Action.REVIEW, "zh")
    metrics.evidence("lexicon:en/insult#3")
    metrics.moderation_warning(ModerationWarning.OPINION_FAILED)
    metrics.classifier.batch(2, 80, 0.001)
    metrics.classifier.queued(40)
    metrics.batch(3, 120, 0.05)
    metrics.queued(7)
    metrics.waited(0.01)
    metrics.set_ready(True)


def test_metrics_names_and_labels_are_these() -> None:
    metrics = Metrics()
    use_all(metrics)
    found: dict[str, set[str]] = {}
    for name, labels in samples(metrics):
        base = name.removesuffix("_bucket").removesuffix("_count").removesuffix("_sum")
        found.setdefault(base, set()).update(label for label, _ in labels if label != "le")
    ours = {name: labels for name, labels in found.items() if name.startswith("magpie_")}
    assert ours == NAMES
    assert not [name for name in found if name.endswith("_created")]
    assert all(name.startswith(("magpie_", "process_")) for name in found)


def test_metrics_count_what_happened() -> None:
    metrics = Metrics()
    use_all(metrics)
    metrics.segments("cached", 4)
    metrics.request("/v1/translate", 503, 0.0)
    labels = {"route": "/v1/translate"}
    assert value(metrics, "magpie_requests_total", **labels, status="200") == 1
    assert value(metrics, "magpie_request_seconds_sum", **labels) == pytest.approx(0.02)
    assert value(metrics, "magpie_errors_total", code="overloaded") == 1
    assert value(metrics, "magpie_segments_total", outcome="cached") == 4
    assert value(metrics, "magpie_characters_total", source="en", target="zh-Hans") == 5
    assert value(metrics, "magpie_warnings_total", code="untranslated") == 1
    assert value(metrics, "magpie_slang_total", language="zh", expanded="yes") == 1
    assert value(metrics, "magpie_slang_total", language="zh", expanded="no") == 0
    assert value(metrics, "magpie_verdicts_total", action="review", language="zh") == 1
    assert value(metrics, "magpie_evidence_total", kind="lexicon") == 1
    assert value(metrics, "magpie_moderation_warnings_total", code="opinion_failed") == 1
    assert value(metrics, "magpie_classifier_seconds_sum") == pytest.approx(0.001)
    assert value(metrics, "magpie_classifier_queued_chars") == 40
    assert value(metrics, "magpie_batches_total") == 1
    assert value(metrics, "magpie_batch_segments_sum") == 3
    assert value(metrics, "magpie_batch_padded_tokens_sum") == 120
    assert value(metrics, "magpie_batch_seconds_count") == 1
    assert value(metrics, "magpie_queue_wait_seconds_sum") == pytest.approx(0.01)
    assert value(metrics, "magpie_queued_tokens") == 7
    assert value(metrics, "magpie_ready") == 1
    metrics.set_ready(False)
    assert value(metrics, "magpie_ready") == 0


def test_metrics_start_at_zero_for_every_known_label() -> None:
    found = samples(Metrics())
    for code in WarningCode:
        assert found["magpie_warnings_total", frozenset({("code", code.value)})] == 0
    for action in Action:
        labels = frozenset({("action", action.value), ("language", "none")})
        assert found["magpie_verdicts_total", labels] == 0
    for name in ("internal", NotReady.code, Overloaded.code):
        assert found["magpie_errors_total", frozenset({("code", name)})] == 0


def test_metrics_do_not_share_a_registry() -> None:
    one, other = Metrics(), Metrics()
    one.batch(1, 1, 0.1)
    assert value(other, "magpie_batches_total") == 0


def test_metrics_labels_are_bounded_whatever_is_passed() -> None:
    metrics = Metrics()
    for number in range(500):
        metrics.request(f"/secret/用户/{number}", number + 10_000, 0.1)
        metrics.error(f"错误 {number}")
        metrics.characters(f"语言 {number}", f"lang {number}", 1)
        metrics.verdict(Action.ALLOW, f"语言 {number}")
        metrics.evidence(f"用户 {number}:x")
    metrics.request("", 200, 0.1)
    found = samples(metrics)
    routes = {dict(labels)["route"] for name, labels in found if name == "magpie_requests_total"}
    assert len(routes) <= 65
    assert "" not in routes
    assert value(metrics, "magpie_errors_total", code="internal") == 500
    assert value(metrics, "magpie_characters_total", source="other", target="other") == 500
    assert value(metrics, "magpie_verdicts_total", action="allow", language="other") == 500
    assert value(metrics, "magpie_evidence_total", kind="other") == 500
    statuses = {dict(labels)["status"] for name, labels in found if name == "magpie_requests_total"}
    assert statuses == {"other", "200"}


@pytest.mark.parametrize("source", [*map(str, Lang), "zh"])
def test_metrics_take_every_language(source: str) -> None:
    metrics = Metrics()
    metrics.characters(source, "en", 3)
    assert value(metrics, "magpie_characters_total", source=source, target="en") == 3


def test_metrics_content_type_is_the_exposition_format() -> None:
    assert Metrics().content_type.startswith("text/plain; version=")
