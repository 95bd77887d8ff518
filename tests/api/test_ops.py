"""Liveness, readiness, information, metrics."""

from collections.abc import Callable

import httpx2
import pytest

from service import __version__
from service.api.schemas import InfoOut, LiveOut, ReadyOut
from service.runtime import build_runtime
from service.settings import Settings
from tests.api.harness import libre, native, serve

pytestmark = pytest.mark.anyio


async def test_ops_live(client: httpx2.AsyncClient) -> None:
    response = await client.get("/live")
    assert response.status_code == 200
    LiveOut.model_validate_json(response.content)


async def test_ops_ready(client: httpx2.AsyncClient) -> None:
    response = await client.get("/ready")
    assert response.status_code == 200
    answer = ReadyOut.model_validate_json(response.content)
    assert answer.status == "ready"
    assert answer.checks == {"engine": True, "warm_up": True, "queue": True, "classifier": True}


async def test_ops_ready_is_red_when_a_check_fails(fake_settings: Settings) -> None:
    runtime = build_runtime(fake_settings)
    async with serve(fake_settings, runtime) as client:
        runtime.warmed_up = False
        response = await client.get("/ready")
        health = await client.get("/health")
        assert (await client.get("/live")).status_code == 200
        assert "magpie_ready 0.0" in (await client.get("/metrics")).text
    assert response.status_code == 503
    answer = ReadyOut.model_validate_json(response.content)
    assert answer.status == "not_ready"
    assert answer.checks == {"engine": True, "warm_up": False, "queue": True, "classifier": True}
    assert health.status_code == 503
    assert health.json() == {"error": "The models are not ready"}


async def test_ops_info(make_settings: Callable[..., Settings]) -> None:
    settings = make_settings(api_keys="secret-key", rate_limit="30/minute")
    async with serve(settings) as client:
        response = await client.get("/info")
    answer = InfoOut.model_validate_json(response.content)
    assert answer.version == __version__
    assert answer.keys_required
    assert answer.limits.max_items == settings.max_items
    assert answer.limits.rate_limit == "30 per 1 minute"
    assert [(d.source, d.target) for d in answer.model.directions] == [("en", "zh"), ("zh", "en")]
    assert answer.classifier is not None
    assert (answer.classifier.id, answer.classifier.policy) == ("fake", "default")
    assert "toxicity" in answer.classifier.supported["zh"]
    assert "secret-key" not in response.text


async def test_ops_without_moderation(make_settings: Callable[..., Settings]) -> None:
    async with serve(make_settings(moderation=False, classifier_model="none")) as client:
        info = InfoOut.model_validate_json((await client.get("/info")).content)
        ready = await client.get("/ready")
    assert info.classifier is None
    assert ready.status_code == 200
    assert "classifier" not in ready.json()["checks"]


async def test_ops_metrics_count_what_was_asked(client: httpx2.AsyncClient) -> None:
    assert (await client.post("/v1/translate", **native("Good morning, world"))).status_code == 200
    assert (await client.post("/v1/translate", **native("Hi", "fr"))).status_code == 400
    assert (await client.post("/translate", **libre("Good evening"))).status_code == 200
    assert (await client.get("/no/such/private/path")).status_code == 404
    response = await client.get("/metrics")
    assert response.headers["content-type"].startswith("text/plain")
    for line in (
        'magpie_requests_total{route="/v1/translate",status="200"} 1.0',
        'magpie_requests_total{route="/v1/translate",status="400"} 1.0',
        'magpie_requests_total{route="/translate",status="200"} 1.0',
        'magpie_requests_total{route="other",status="404"} 1.0',
        'magpie_errors_total{code="unsupported_language"} 1.0',
        'magpie_errors_total{code="not_found"} 1.0',
        'magpie_request_seconds_count{route="/translate"} 1.0',
        "magpie_ready 1.0",
    ):
        assert line in response.text.splitlines()
    assert "private" not in response.text
    assert "morning" not in response.text
