"""What all routes of the DeepL API share: the key's header, the trace id, error shape and language codes."""

from collections.abc import Collection
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from service.api.deps import admit
from service.api.errors import retry_after, status_of
from service.api.limits import KeyMissing
from service.api.parameters import admitted_parameters
from service.api.wire import JsonResponse
from service.domain import Lang
from service.errors import NotFound, ServiceError, Unauthorized, UnsupportedLanguage
from service.text.languages import is_auto, resolve_language

__all__ = [
    "TRACE_HEADER",
    "answer",
    "let_in",
    "optional_language",
    "read_fields",
    "render_error",
    "trace",
]

TRACE_HEADER = "X-Trace-ID"
_SCHEME, _KEY = "deepl-auth-key", "auth_key"


def let_in(request: Request) -> None:
    """``admit`` with the key of ``Authorization: DeepL-Auth-Key``, or of the older parameter ``auth_key``."""
    admit(request, _key(request))


async def read_fields(request: Request, repeated: Collection[str] = ()) -> dict[str, Any]:
    """The fields of a client that is let in, if need be by an ``auth_key`` in its body."""
    return await admitted_parameters(request, _key(request), _KEY, repeated)


def _key(request: Request) -> str:
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    return key.strip() if scheme.lower() == _SCHEME else request.query_params.get(_KEY, "").strip()


def trace(request: Request) -> dict[str, str]:
    return {TRACE_HEADER: request.scope["state"]["request_id"]}


def answer(request: Request, content: object, status: int = 200) -> Response:
    return JsonResponse(content, status, trace(request))


def optional_language(fields: dict[str, Any], name: str) -> Lang | None:
    """The language that a field names; None where it is absent or asks for detection."""
    code = fields.get(name)
    if code is None or (isinstance(code, str) and is_auto(code)):
        return None
    lang = resolve_language(code) if isinstance(code, str) else None
    if lang is None:
        raise UnsupportedLanguage(f"Value for '{name}' not supported.", field=name)
    return lang


def render_error(error: ServiceError, request_id: str) -> Response:
    """DeepL's shape. Its 456 is never sent, for there is no quota; 403 is a missing or wrong key."""
    status, body = status_of(error), {"message": error.message}
    match error:
        case KeyMissing() | Unauthorized():
            status, body = 403, {"message": "Forbidden", "detail": error.message}
        case NotFound(field="glossary_id"):
            body = {"message": "Glossary not found", "detail": error.message}
        case _ if error.limit is not None and error.actual is not None:
            body["detail"] = f"Limit {error.limit}, given {error.actual}."
    headers = retry_after(error, status)
    return JsonResponse(body, status, headers | {TRACE_HEADER: request_id})
