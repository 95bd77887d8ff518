"""Stored glossaries of the native API: ``/v1/glossaries``, as JSON, TSV or CSV."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from service.api.deps import LeanRoute, admit, services_of
from service.api.forms import parse_query
from service.api.glossary_schemas import (
    DIRECTIONS,
    GlossariesOut,
    GlossaryIn,
    GlossaryInfoOut,
    GlossaryOut,
)
from service.api.glossary_terms import parse_table
from service.api.limits import read_body
from service.api.openapi import error_responses, json_body
from service.api.wire import JsonResponse, is_json, parse_model
from service.errors import InvalidRequest, UnsupportedMediaType
from service.store.glossaries import Dictionary, Glossary, GlossaryStore
from service.text.term_table import TableFormat, check_name, check_terms, write_terms

__all__ = ["router"]

_MEDIA = {"text/tab-separated-values": TableFormat.TSV, "text/csv": TableFormat.CSV}
_TABLES: dict[str, Any] = {media: {} for media in _MEDIA}
_MEANING = {
    404: "There is no such glossary.",
    413: "The body is over a limit, or there are too many terms or glossaries.",
    415: "The body is not JSON, TSV or CSV.",
}
_ID = {"name": "glossary_id", "in": "path", "required": True, "schema": {"type": "string"}}
_DIRECTION = {
    "name": "direction",
    "in": "query",
    "required": False,
    "description": "Direction of a table; not used with JSON.",
    "schema": {"type": "string", "enum": list(DIRECTIONS)},
}
_NAME = {
    "name": "name",
    "in": "query",
    "required": False,
    "description": "Name of a new glossary that is sent as a table.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200},
}
_FORMAT = {
    "name": "format",
    "in": "query",
    "required": False,
    "schema": {"type": "string", "enum": ["json", *TableFormat], "default": "json"},
}

router = APIRouter(route_class=LeanRoute, tags=["glossaries"])


@dataclass(frozen=True, slots=True)
class _Sent:
    """What a body holds of a glossary: all of it, or one direction."""

    name: str | None
    dictionaries: tuple[Dictionary, ...]
    whole: bool


def _errors(*statuses: int) -> dict[int | str, dict[str, Any]]:
    return error_responses(*statuses, meaning=_MEANING)


def _body(*parameters: dict[str, Any]) -> dict[str, Any]:
    documented = json_body(GlossaryIn)
    documented["requestBody"]["content"] |= _TABLES
    return documented | {"parameters": list(parameters)}


def _secured(*parameters: dict[str, Any]) -> dict[str, Any]:
    return {"security": json_body(GlossaryIn)["security"], "parameters": list(parameters)}


@router.get(
    "/v1/glossaries",
    summary="List glossaries",
    response_model=GlossariesOut,
    responses=_errors(401, 429),
    openapi_extra=_secured(),
)
async def list_glossaries(request: Request) -> Response:
    """Every stored glossary, without its terms."""
    admit(request)
    found = await asyncio.to_thread(_store(request).all)
    return JsonResponse({"glossaries": [_info(glossary) for glossary in found]})


@router.post(
    "/v1/glossaries",
    summary="Store a glossary",
    response_model=GlossaryInfoOut,
    status_code=201,
    responses=_errors(400, 401, 413, 415, 429),
    openapi_extra=_body(_NAME, _DIRECTION),
)
async def create_glossary(request: Request) -> Response:
    """Store a glossary, sent as JSON, or as a table of one direction that the query names."""
    admit(request)
    sent = await _sent(request)
    if sent.name is None:
        raise InvalidRequest("Missing parameter: name.", field="name")
    made = await asyncio.to_thread(_store(request).add, sent.name, sent.dictionaries)
    return JsonResponse(_info(made), 201)


@router.get(
    "/v1/glossaries/{glossary_id}",
    summary="Show a glossary",
    response_model=GlossaryOut,
    responses=_errors(400, 401, 404, 429) | {200: {"content": _TABLES}},
    openapi_extra=_secured(_ID, _FORMAT, _DIRECTION),
)
async def show_glossary(request: Request) -> Response:
    """A glossary with its terms; a table holds one direction, and needs no name of it where there is but one."""
    admit(request)
    query = parse_query(request.scope["query_string"])
    form, direction = _known(query, "format", ("json", *TableFormat)), _direction(query)
    found = await asyncio.to_thread(_store(request).get, request.path_params["glossary_id"])
    if form in ("", "json"):
        terms = {_name(each): dict(each.terms) for each in found.dictionaries}
        return JsonResponse(_info(found) | {"terms": terms})
    chosen = [each for each in found.dictionaries if direction in ("", _name(each))]
    if len(chosen) != 1:
        raise InvalidRequest(
            "direction: the glossary has not one such direction.", field="direction"
        )
    media_type = next(media for media, each in _MEDIA.items() if each == form)
    return Response(write_terms(chosen[0].terms, TableFormat(form)), media_type=media_type)


@router.put(
    "/v1/glossaries/{glossary_id}",
    summary="Replace a glossary",
    response_model=GlossaryInfoOut,
    responses=_errors(400, 401, 404, 413, 415, 429),
    openapi_extra=_body(_ID, _NAME, _DIRECTION),
)
async def replace_glossary(request: Request) -> Response:
    """Replace a glossary by JSON as a whole, or the terms of one direction by a table."""
    admit(request)
    sent = await _sent(request)

    def change(old: Glossary) -> Glossary:
        new = {_name(each): each for each in sent.dictionaries}
        kept = {} if sent.whole else {_name(each): each for each in old.dictionaries}
        return replace(old, name=sent.name or old.name, dictionaries=tuple((kept | new).values()))

    changed = await asyncio.to_thread(
        _store(request).update, request.path_params["glossary_id"], change
    )
    return JsonResponse(_info(changed))


@router.delete(
    "/v1/glossaries/{glossary_id}",
    summary="Delete a glossary",
    status_code=204,
    responses=_errors(401, 404, 429),
    openapi_extra=_secured(_ID),
)
async def delete_glossary(request: Request) -> Response:
    """Forget a glossary."""
    admit(request)
    await asyncio.to_thread(_store(request).delete, request.path_params["glossary_id"])
    return Response(status_code=204)


def _store(request: Request) -> GlossaryStore:
    return services_of(request).runtime.glossaries


async def _sent(request: Request) -> _Sent:
    """The glossary of the body. Raises for what cannot be read and for terms over a limit."""
    query = parse_query(request.scope["query_string"])
    direction = _direction(query)
    name = check_name(query["name"]) if "name" in query else None
    body = await read_body(request, services_of(request).settings.max_body_bytes)
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if not media_type or is_json(media_type):
        return _from_json(parse_model(GlossaryIn, body))
    if media_type not in _MEDIA:
        raise UnsupportedMediaType(
            "Send the body as application/json, text/csv or text/tab-separated-values."
        )
    if not direction:
        raise InvalidRequest("Missing parameter: direction.", field="direction")
    source, target = direction.split("-")
    terms = parse_table(body, _MEDIA[media_type])
    return _Sent(name, (Dictionary(source, target, terms),), whole=False)


def _from_json(body: GlossaryIn) -> _Sent:
    dictionaries = []
    for direction, terms in body.terms.items():
        source, target = direction.split("-")
        checked = check_terms(terms.items(), field=f"terms.{direction}")
        dictionaries.append(Dictionary(source, target, checked))
    return _Sent(check_name(body.name), tuple(dictionaries), whole=True)


def _direction(query: Mapping[str, str]) -> str:
    return _known(query, "direction", DIRECTIONS)


def _known(query: Mapping[str, str], name: str, allowed: tuple[str, ...]) -> str:
    """A parameter that is one of ``allowed``; empty where it is absent."""
    value = query.get(name)
    if value is None:
        return ""
    if value not in allowed:
        raise InvalidRequest(f"{name}: must be one of {', '.join(allowed)}.", field=name)
    return value


def _name(dictionary: Dictionary) -> str:
    return f"{dictionary.source_lang}-{dictionary.target_lang}"


def _info(glossary: Glossary) -> dict[str, Any]:
    created = datetime.fromtimestamp(glossary.created_s, UTC).replace(microsecond=0)
    return {
        "id": glossary.id,
        "name": glossary.name,
        "created": created.isoformat().replace("+00:00", "Z"),
        "counts": {_name(each): len(each.terms) for each in glossary.dictionaries},
    }
