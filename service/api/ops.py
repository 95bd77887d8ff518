"""Routes for whoever runs the service: liveness, readiness, what is loaded, metrics."""

from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from service import __version__
from service.api.deps import LeanRoute, services_of
from service.api.schemas import InfoOut, LiveOut, ReadyOut
from service.api.wire import JsonResponse
from service.pipeline.moderation_service import ModerationService

__all__ = ["router"]

router = APIRouter(route_class=LeanRoute, tags=["operations"])

_METRICS_TEXT = {"description": "Metrics in the Prometheus text format.", "content": {"text/plain": {}}}  # fmt: skip


@router.get("/live", summary="Is the process alive?", response_model=LiveOut)
async def live(request: Request) -> Response:
    """Always `ok` while the process answers. Restart the process when it does not."""
    return JsonResponse({"status": "ok"})


@router.get(
    "/ready",
    summary="Can it translate and moderate now?",
    response_model=ReadyOut,
    responses={503: {"model": ReadyOut, "description": "Not now; see the checks."}},
)
async def ready(request: Request) -> Response:
    """Engine and classifier run, a translation in each direction passed, and the queue is not nearly full."""
    runtime = services_of(request).runtime
    health = runtime.health()
    runtime.metrics.set_ready(health.ready)
    status = "ready" if health.ready else "not_ready"
    return JsonResponse({"status": status, "checks": health.checks}, 200 if health.ready else 503)


@router.get("/info", summary="What is this?", response_model=InfoOut)
async def info(request: Request) -> Response:
    """Version, loaded models and limits."""
    services = services_of(request)
    settings, runtime = services.settings, services.runtime
    engine = runtime.engine.info
    return JsonResponse(
        {
            "name": "magpie",
            "version": __version__,
            "model": {
                "id": engine.id,
                "engine": engine.engine,
                "licence": engine.licence,
                "source": engine.source,
                "sha256": engine.sha256,
                "directions": [{"source": s, "target": t} for s, t in sorted(engine.directions)],
            },
            "classifier": _classifier(runtime.moderation),
            "limits": {
                "max_text_chars": settings.max_text_chars,
                "max_items": settings.max_items,
                "max_body_bytes": settings.max_body_bytes,
                "max_alternatives": settings.max_alternatives,
                "request_timeout_s": settings.request_timeout_s,
                "rate_limit": services.limiter.rule,
            },
            "keys_required": services.keys.required,
        }
    )


@router.get(
    "/metrics",
    summary="Prometheus metrics",
    response_class=Response,
    responses={200: _METRICS_TEXT},
)
async def metrics(request: Request) -> Response:
    """Counters and histograms; no label holds a client's data."""
    collected = services_of(request).runtime.metrics
    return Response(collected.render(), media_type=collected.content_type)


def _classifier(moderation: ModerationService | None) -> dict[str, Any] | None:
    """``ClassifierOut`` as plain data."""
    if moderation is None:
        return None
    info = moderation.info
    supported: dict[str, list[str]] = {}
    for lang, category in sorted(info.supported):
        supported.setdefault(lang, []).append(category)
    return {
        "id": info.id,
        "classifier": info.classifier,
        "licence": info.licence,
        "source": info.source,
        "sha256": info.sha256,
        "supported": supported,
        "policy": moderation.default_policy,
        "lexicon_version": moderation.setup.lexicon_version,
    }
