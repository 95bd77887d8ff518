"""Errors on the wire: one table of status codes, the native shape, and which dialect answers for which path."""

import math
from collections.abc import Callable, Iterable, Mapping

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, compile_path
from starlette.types import Scope

from service.api.wire import JsonResponse
from service.errors import InvalidRequest, MethodNotAllowed, NotFound, ServiceError

__all__ = ["STATUS", "ErrorBorder", "Render", "render_native", "retry_after", "status_of"]

STATUS: dict[str, int] = {
    "invalid_request": 400,
    "invalid_text": 400,
    "unsupported_language": 400,
    "unsupported_direction": 400,
    "unauthorized": 401,
    "not_found": 404,
    "method_not_allowed": 405,
    "payload_too_large": 413,
    "text_too_long": 413,
    "too_many_items": 413,
    "unsupported_media_type": 415,
    "rate_limited": 429,
    "engine_failed": 500,
    "internal": 500,
    "overloaded": 503,
    "not_ready": 503,
    "deadline_exceeded": 504,
}

Render = Callable[[ServiceError, str], Response]
"""A dialect's renderer: the error and the request id to a complete answer."""


def status_of(error: ServiceError) -> int:
    return STATUS.get(error.code, 500)


def retry_after(error: ServiceError, status: int) -> dict[str, str]:
    """The Retry-After header of 429 and 503, in whole seconds, at least 1."""
    if status not in (429, 503):
        return {}
    return {"Retry-After": str(max(1, math.ceil(error.retry_after_s or 1)))}


def render_native(error: ServiceError, request_id: str) -> Response:
    status = status_of(error)
    headers = retry_after(error, status)
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    body = {
        "code": error.code,
        "message": error.message,
        "field": error.field,
        "limit": error.limit,
        "actual": error.actual,
        "retryable": error.retryable,
        "request_id": request_id,
    }
    return JsonResponse({"error": body}, status, headers)


class ErrorBorder:
    """Turns errors into answers, in the dialect of the path that was asked for."""

    def __init__(self, renderers: Mapping[str, Render], routes: Iterable[BaseRoute] = ()) -> None:
        """``renderers`` maps the paths of dialects, with ``{parameters}``; every other path is native.

        ``routes`` tell which methods a path answers when several routes share it.
        """
        self._renderers = {path: each for path, each in renderers.items() if "{" not in path}
        self._patterns = [
            (compile_path(path)[0], each) for path, each in renderers.items() if "{" in path
        ]
        self._routes = [route for route in routes if isinstance(route, Route)]

    def answer(self, scope: Scope, error: ServiceError) -> Response:
        scope["app"].state.services.runtime.metrics.error(error.code)
        return self._render(scope["path"])(error, scope["state"]["request_id"])

    def _render(self, path: str) -> Render:
        found = self._renderers.get(path)
        if found is None:
            found = next((each for regex, each in self._patterns if regex.match(path)), None)
        return found or render_native

    def unexpected(self, scope: Scope) -> Response:
        """The answer to a fault of our own, which must not show through."""
        return self.answer(scope, ServiceError("The service failed unexpectedly."))

    async def on_service_error(self, request: Request, error: Exception) -> Response:
        """The application's handler of ``ServiceError``."""
        if not isinstance(error, ServiceError):
            raise error
        return self.answer(request.scope, error)

    async def on_http_error(self, request: Request, error: Exception) -> Response:
        """The application's handler of the framework's own errors: no route, wrong method, unreadable form."""
        if not isinstance(error, HTTPException):
            raise error
        response = await self.on_service_error(request, _translated(error))
        response.headers.update(error.headers or {})
        if error.status_code == 405:
            self._name_methods(request.scope["path"], response)
        return response

    def _name_methods(self, path: str, response: Response) -> None:
        """The router names the methods of the first route it has at ``path``; there may be more."""
        methods = {
            method
            for route in self._routes
            if route.path_regex.match(path)
            for method in route.methods or ()
        }
        if methods:
            response.headers["Allow"] = ", ".join(sorted(methods))


def _translated(error: HTTPException) -> ServiceError:
    if error.status_code == 404:
        return NotFound("There is nothing at this path.")
    if error.status_code == 405:
        return MethodNotAllowed("This path does not answer this method.")
    if 400 <= error.status_code < 500:
        return InvalidRequest("The request cannot be read.")
    return ServiceError("The service failed unexpectedly.")
