"""The HTTP application: ``create_app`` wires routes, middleware and error handlers around a runtime.

``python -m service.app > docs/openapi.json`` renews the committed OpenAPI snapshot.
"""

import sys
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import BaseRoute
from starlette.types import ASGIApp

from service import __version__
from service.api import glossaries, moderation, native, ops
from service.api.deps import Services
from service.api.dialects import (
    deepl,
    deepl_glossaries,
    google,
    immersive,
    libretranslate,
    openai,
    perspective,
)
from service.api.edge import Edge
from service.api.errors import ErrorBorder
from service.api.express import Express
from service.api.limits import ApiKeys, RateLimiter
from service.api.openapi import describe, dump
from service.api.pages import page_routes
from service.errors import ServiceError
from service.runtime import Runtime, build_runtime
from service.settings import Settings

__all__ = ["create_app"]

_DIALECTS = (libretranslate, openai, perspective, deepl, deepl_glossaries, google, immersive)
_ROUTERS = (
    native.router,
    glossaries.router,
    moderation.router,
    ops.router,
    *(api.router for api in _DIALECTS),
)
_WEB = Path(__file__).parent / "web"
_CORS_MAX_AGE_S = 86_400
# DeepL's key comes in Authorization, Google's and Perspective's in a header of their own.
_CORS_HEADERS = ["Authorization", "Content-Type", "X-API-Key", "X-Goog-Api-Key", "X-Request-Id"]


class _Application(FastAPI):
    """FastAPI with two of our layers outside all of its own.

    Middleware that is handed to FastAPI runs inside three layers of it, which a small request pays for and which have
    no say in its answer: ``Edge`` keeps what they are for, the last resort.
    """

    outermost: Callable[[ASGIApp], ASGIApp]

    def build_middleware_stack(self) -> ASGIApp:
        return self.outermost(super().build_middleware_stack())


def create_app(settings: Settings, runtime: Runtime | None = None) -> FastAPI:
    """The application. It builds its runtime at start-up unless it is given one, and closes it at the end.

    Raises ``ValueError`` for a rate limit that cannot be read.
    """
    keys = ApiKeys(settings.api_keys.get_secret_value())
    limiter = RateLimiter(settings.rate_limit)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        running = runtime or build_runtime(settings)
        await running.start()
        app.state.services = Services(settings, running, keys, limiter)
        try:
            yield
        finally:
            await running.close()

    routes = [route for router in _ROUTERS for route in router.routes]
    renderers = {path: api.render_error for api in _DIALECTS for path in api.PATHS}
    border = ErrorBorder(renderers, routes)
    app = _Application(
        title="Magpie",
        version=__version__,
        lifespan=lifespan,
        docs_url=None,  # FastAPI's pages load scripts from a CDN
        redoc_url=None,
        redirect_slashes=False,
        # Off: metrics and logs are ours, and nothing of a request may leave by a configured exporter.
        telemetry={"tracing": False, "metrics": False, "logs": False},
        middleware=_cors(settings.cors_origins, routes),
        exception_handlers={
            ServiceError: border.on_service_error,
            HTTPException: border.on_http_error,
        },
    )
    app.outermost = lambda stack: Edge(Express(stack, border=border, routes=routes), border=border)
    for router in _ROUTERS:
        app.include_router(router)
    if settings.demo:
        app.router.routes.extend(page_routes(_WEB))
    app.openapi = partial(describe, app)  # type: ignore[method-assign]  # FastAPI's documented way
    return app


def _cors(origins: str, routes: Iterable[BaseRoute]) -> list[Middleware]:
    """Cross-origin access without credentials: keys travel in headers or bodies, never in cookies."""
    allowed = [origin.strip() for origin in origins.split(",") if origin.strip()]
    if not allowed:
        return []
    methods = {m for route in routes if isinstance(route, APIRoute) for m in route.methods or ()}
    return [
        Middleware(
            CORSMiddleware,
            allow_origins=allowed,
            allow_methods=sorted(methods),
            allow_headers=_CORS_HEADERS,
            expose_headers=["Retry-After", "Server-Timing", "X-Request-Id", deepl.TRACE_HEADER],
            max_age=_CORS_MAX_AGE_S,
        )
    ]


if __name__ == "__main__":
    sys.stdout.write(dump(create_app(Settings(engine="fake"))))
