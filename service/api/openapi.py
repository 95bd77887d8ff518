"""The OpenAPI description: what the lean routes cannot tell FastAPI by themselves."""

import json
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel

from service.api.schemas import ErrorOut

__all__ = ["describe", "dump", "error_responses", "json_body", "schema_of"]

_DESCRIPTION = """\
Self-hosted English-Chinese translation and moderation of social text. The native API is under `/v1`; `/translate`,
`/detect`, `/languages` and their neighbours speak the LibreTranslate API. Those of DeepL, Google, OpenAI, Perspective
and browser plugins are there too. Offsets count Unicode code points."""

_MEANING = {
    400: "The request cannot be read, or a field has a wrong value.",
    401: "An API key is required, or the given one is wrong.",
    403: "Not allowed.",
    404: "There is no glossary of this id, or moderation is switched off on this server.",
    413: "The body, a text, or the number of texts is over a limit.",
    415: "The body is not JSON.",
    429: "The client is over its own rate limit; wait for `Retry-After` seconds.",
    500: "The engine failed on this text, or the service has a fault.",
    503: "The queue is full or the model is not ready; wait for `Retry-After` seconds.",
    504: "The request was not finished in time.",
}
_REF = "#/components/schemas/{model}"
_REQUEST_ID = {
    "X-Request-Id": {
        "description": "The request's own id when it is `[A-Za-z0-9_-]{1,64}`, else a new one.",
        "schema": {"type": "string"},
    }
}
_RETRY_AFTER = {
    "Retry-After": {
        "description": "Seconds to wait.",
        "required": True,
        "schema": {"type": "integer", "minimum": 1},
    }
}
_SECURITY_SCHEMES = {
    "bearer": {"type": "http", "scheme": "bearer"},
    "header": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
    "query": {"type": "apiKey", "in": "query", "name": "api_key"},
}


def error_responses(
    *statuses: int,
    model: type[BaseModel] = ErrorOut,
    meaning: Mapping[int, str] = _MEANING,
) -> dict[int | str, dict[str, Any]]:
    """The ``responses`` of a route that can fail in these ways."""
    return {
        status: {
            "model": model,
            "description": meaning.get(status, _MEANING[status]),
            **({"headers": _RETRY_AFTER} if status in (429, 503) else {}),
        }
        for status in statuses
    }


def schema_of(model: type[BaseModel]) -> dict[str, Any]:
    """The JSON schema of a body, complete in itself."""
    schema = model.model_json_schema(ref_template=_REF)
    if "$defs" in schema:
        raise ValueError(
            f"{model.__name__} needs components, which a request body here cannot have"
        )
    return schema


def json_body(model: type[BaseModel]) -> dict[str, Any]:
    """The ``openapi_extra`` of a route that reads ``model`` from the body by itself and may require a key."""
    content = {"application/json": {"schema": schema_of(model)}}
    return {
        "requestBody": {"required": True, "content": content},
        "security": [{}, *({name: []} for name in _SECURITY_SCHEMES)],
    }


def describe(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document of ``app``, made once and kept in ``app.openapi_schema``."""
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title, version=app.version, description=_DESCRIPTION, routes=app.routes
        )
        components = document.setdefault("components", {})
        components["securitySchemes"] = _SECURITY_SCHEMES
        for path in document["paths"].values():
            for operation in path.values():
                for response in operation["responses"].values():
                    response["headers"] = response.get("headers", {}) | _REQUEST_ID
        app.openapi_schema = document
    return app.openapi_schema


def dump(app: FastAPI) -> str:
    """The document as the snapshot file holds it."""
    return json.dumps(describe(app), indent=1, ensure_ascii=False, sort_keys=True) + "\n"
