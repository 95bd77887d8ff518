"""The DeepL API's glossaries: ``/v2`` of one direction, ``/v3`` of several. Their store is that of the native API."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from service.api.deps import LeanRoute, services_of
from service.api.dialects import deepl_schemas as schemas
from service.api.dialects.deepl_schemas import body_of, errors, parameters
from service.api.dialects.deepl_wire import answer, let_in, read_fields, render_error, trace
from service.api.glossary_terms import direction_of
from service.errors import InvalidRequest, NotFound, UnsupportedLanguage
from service.store.glossaries import Change, Dictionary, Glossary, GlossaryStore
from service.text.term_table import TableFormat, check_name, check_terms, parse_terms, write_terms

__all__ = ["PATHS", "render_error", "router"]

_V2, _V2_ONE = "/v2/glossaries", "/v2/glossaries/{glossary_id}"
_V3, _V3_ONE = "/v3/glossaries", "/v3/glossaries/{glossary_id}"
_V2_ENTRIES, _V3_ENTRIES = f"{_V2_ONE}/entries", f"{_V3_ONE}/entries"
_DICTIONARIES = f"{_V3_ONE}/dictionaries"
_PAIRS = "/v2/glossary-language-pairs"

PATHS = frozenset({_V2, _V2_ONE, _V2_ENTRIES, _V3, _V3_ONE, _V3_ENTRIES, _DICTIONARIES, _PAIRS})

_MEDIA = {TableFormat.TSV: "text/tab-separated-values", TableFormat.CSV: "text/csv"}
_ID = {"parameters": parameters("glossary_id", where="path")}
_DIRECTION = {
    "parameters": [*_ID["parameters"], *parameters("source_lang", "target_lang")],
}
_TABLE = {media: {"schema": {"type": "string"}} for media in _MEDIA.values()}

router = APIRouter(route_class=LeanRoute, tags=["DeepL"])


@router.get(
    _PAIRS,
    summary="List directions of glossaries (DeepL)",
    response_model=schemas.DeeplPairs,
    responses=errors(403, 429),
)
async def list_pairs(request: Request) -> Response:
    """Both directions."""
    let_in(request)
    pairs = [{"source_lang": s, "target_lang": t} for s, t in (("en", "zh"), ("zh", "en"))]
    return answer(request, {"supported_languages": pairs})


@router.post(
    _V2,
    summary="Create a glossary (DeepL v2)",
    response_model=schemas.DeeplGlossary,
    status_code=201,
    responses=errors(400, 403, 413, 415, 429),
    openapi_extra=body_of(schemas.DeeplGlossaryIn, form=True),
)
async def create_glossary(request: Request) -> Response:
    """Keep a glossary of one direction."""
    fields = await read_fields(request)
    name = check_name(fields.get("name", ""))
    made = await asyncio.to_thread(_store(request).add, name, [_dictionary(fields)])
    return answer(request, _v2(made), 201)


@router.get(
    _V2,
    summary="List glossaries (DeepL v2)",
    response_model=schemas.DeeplGlossaries,
    responses=errors(403, 429),
)
async def list_glossaries(request: Request) -> Response:
    """Every glossary of one direction."""
    let_in(request)
    found = await asyncio.to_thread(_store(request).all)
    shown = [_v2(glossary) for glossary in found if len(glossary.dictionaries) == 1]
    return answer(request, {"glossaries": shown})


@router.get(
    _V2_ONE,
    summary="Show a glossary (DeepL v2)",
    response_model=schemas.DeeplGlossary,
    responses=errors(403, 404, 429),
    openapi_extra=_ID,
)
async def show_glossary(request: Request) -> Response:
    """What a glossary is, without its terms."""
    return answer(request, _v2(await _one(request)))


@router.get(
    _V2_ENTRIES,
    summary="Terms of a glossary (DeepL v2)",
    response_class=Response,
    responses=errors(403, 404, 429) | {200: {"description": "A table.", "content": _TABLE}},
    openapi_extra=_ID,
)
async def show_entries(request: Request) -> Response:
    """The terms as tab-separated values, or as CSV where `Accept` names it."""
    glossary = await _one(request)
    wants_csv = _MEDIA[TableFormat.CSV] in request.headers.get("accept", "")
    form = TableFormat.CSV if wants_csv else TableFormat.TSV
    table = write_terms(glossary.dictionaries[0].terms, form)
    return Response(table, media_type=_MEDIA[form], headers=trace(request))


@router.delete(
    _V2_ONE,
    summary="Delete a glossary (DeepL v2)",
    status_code=204,
    responses=errors(403, 404, 429),
    openapi_extra=_ID,
)
async def delete_glossary(request: Request) -> Response:
    """Forget a glossary."""
    await _one(request)
    await asyncio.to_thread(_store(request).delete, request.path_params["glossary_id"])
    return Response(status_code=204, headers=trace(request))


@router.post(
    _V3,
    summary="Create a glossary (DeepL v3)",
    response_model=schemas.DeeplMultiGlossary,
    status_code=201,
    responses=errors(400, 403, 413, 415, 429),
    openapi_extra=body_of(schemas.DeeplMultiIn),
)
async def create_multilingual(request: Request) -> Response:
    """Keep a glossary of one or both directions."""
    fields = await read_fields(request)
    name = check_name(fields.get("name", ""))
    dictionaries = _dictionaries(fields.get("dictionaries"))
    if not dictionaries:
        raise InvalidRequest("'dictionaries' must not be empty.", field="dictionaries")
    made = await asyncio.to_thread(_store(request).add, name, dictionaries)
    return answer(request, _v3(made), 201)


@router.get(
    _V3,
    summary="List glossaries (DeepL v3)",
    response_model=schemas.DeeplMultiGlossaries,
    responses=errors(403, 429),
)
async def list_multilingual(request: Request) -> Response:
    """Every glossary."""
    let_in(request)
    found = await asyncio.to_thread(_store(request).all)
    return answer(request, {"glossaries": [_v3(glossary) for glossary in found]})


@router.get(
    _V3_ONE,
    summary="Show a glossary (DeepL v3)",
    response_model=schemas.DeeplMultiGlossary,
    responses=errors(403, 404, 429),
    openapi_extra=_ID,
)
async def show_multilingual(request: Request) -> Response:
    """What a glossary is, without its terms."""
    return answer(request, _v3(await _any(request)))


@router.patch(
    _V3_ONE,
    summary="Change a glossary (DeepL v3)",
    response_model=schemas.DeeplMultiGlossary,
    responses=errors(400, 403, 404, 413, 415, 429),
    openapi_extra=body_of(schemas.DeeplPatchIn) | _ID,
)
async def change_multilingual(request: Request) -> Response:
    """Rename a glossary, or add terms to its dictionaries."""
    fields = await read_fields(request)
    name = None if fields.get("name") is None else check_name(fields["name"])
    added = _dictionaries(fields.get("dictionaries"))

    def change(old: Glossary) -> Glossary:
        merged = [_merged(old, dictionary) for dictionary in added]
        return replace(_with(old, merged), name=name or old.name)

    return answer(request, _v3(await _change(request, change)))


@router.put(
    _DICTIONARIES,
    summary="Replace a dictionary (DeepL v3)",
    response_model=schemas.DeeplDictionaryInfo,
    responses=errors(400, 403, 404, 413, 415, 429),
    openapi_extra=body_of(schemas.DeeplDictionaryIn) | _ID,
)
async def replace_dictionary(request: Request) -> Response:
    """Replace all terms of one direction, or add that direction."""
    dictionary = _dictionary(await read_fields(request))
    await _change(request, lambda old: _with(old, [dictionary]))
    return answer(request, _count(dictionary))


@router.delete(
    _DICTIONARIES,
    summary="Delete a dictionary (DeepL v3)",
    status_code=204,
    responses=errors(400, 403, 404, 429),
    openapi_extra=_DIRECTION,
)
async def delete_dictionary(request: Request) -> Response:
    """Forget the terms of one direction."""
    let_in(request)
    source, target = _direction(dict(request.query_params))

    def change(old: Glossary) -> Glossary:
        if old.terms(source, target) is None:
            raise NotFound("The glossary has no such dictionary.", field="glossary_id")
        kept = [d for d in old.dictionaries if (d.source_lang, d.target_lang) != (source, target)]
        return replace(old, dictionaries=tuple(kept))

    await _change(request, change)
    return Response(status_code=204, headers=trace(request))


@router.get(
    _V3_ENTRIES,
    summary="Terms of a glossary (DeepL v3)",
    response_model=schemas.DeeplMultiEntries,
    responses=errors(400, 403, 404, 429),
    openapi_extra=_DIRECTION,
)
async def show_multilingual_entries(request: Request) -> Response:
    """The terms of one direction."""
    glossary = await _any(request)
    source, target = _direction(dict(request.query_params))
    terms = glossary.terms(source, target)
    if terms is None:
        raise NotFound("The glossary has no such dictionary.", field="glossary_id")
    entries = {"source_lang": source, "target_lang": target, "entries_format": TableFormat.TSV}
    table = write_terms(terms, TableFormat.TSV)
    return answer(request, {"dictionaries": [entries | {"entries": table}]})


@router.delete(
    _V3_ONE,
    summary="Delete a glossary (DeepL v3)",
    status_code=204,
    responses=errors(403, 404, 429),
    openapi_extra=_ID,
)
async def delete_multilingual(request: Request) -> Response:
    """Forget a glossary with all its dictionaries."""
    let_in(request)
    await asyncio.to_thread(_store(request).delete, request.path_params["glossary_id"])
    return Response(status_code=204, headers=trace(request))


def _store(request: Request) -> GlossaryStore:
    return services_of(request).runtime.glossaries


async def _any(request: Request) -> Glossary:
    let_in(request)
    return await asyncio.to_thread(_store(request).get, request.path_params["glossary_id"])


async def _one(request: Request) -> Glossary:
    """The glossary of the path, if it has one direction, as all of ``/v2`` have."""
    found = await _any(request)
    if len(found.dictionaries) != 1:
        raise NotFound("The glossary is not of one direction; see /v3.", field="glossary_id")
    return found


async def _change(request: Request, change: Change) -> Glossary:
    glossary_id = request.path_params["glossary_id"]
    return await asyncio.to_thread(_store(request).update, glossary_id, change)


def _direction(fields: dict[str, Any]) -> tuple[str, str]:
    direction = direction_of(fields.get("source_lang"), fields.get("target_lang"))
    if direction is None:
        raise UnsupportedLanguage(
            "Unsupported glossary source and target language pair", field="source_lang"
        )
    return direction


def _dictionary(fields: object) -> Dictionary:
    """A dictionary from the fields that DeepL describes it by."""
    if not isinstance(fields, dict):
        raise InvalidRequest("'dictionaries' must be a list of objects.", field="dictionaries")
    source, target = _direction(fields)
    entries, form = fields.get("entries"), fields.get("entries_format", "")
    if not isinstance(entries, str):
        raise InvalidRequest("'entries' must be a string.", field="entries")
    if form not in tuple(TableFormat):
        raise InvalidRequest("Value for 'entries_format' not supported.", field="entries_format")
    terms = parse_terms(entries, TableFormat(form), field="entries")
    if not terms:
        raise InvalidRequest("'entries' must not be empty.", field="entries")
    return Dictionary(source, target, terms)


def _dictionaries(given: object) -> list[Dictionary]:
    if given is None:
        return []
    if not isinstance(given, list):
        raise InvalidRequest("'dictionaries' must be a list of objects.", field="dictionaries")
    found = [_dictionary(fields) for fields in given]
    if len({(each.source_lang, each.target_lang) for each in found}) < len(found):
        raise InvalidRequest("'dictionaries' name a direction twice.", field="dictionaries")
    return found


def _merged(old: Glossary, added: Dictionary) -> Dictionary:
    terms = dict(old.terms(added.source_lang, added.target_lang) or ()) | dict(added.terms)
    return replace(added, terms=check_terms(terms.items(), field="entries"))


def _with(old: Glossary, changed: Sequence[Dictionary]) -> Glossary:
    """``old`` with ``changed`` in the place of its dictionaries of the same directions."""
    directions = {(each.source_lang, each.target_lang) for each in changed}
    kept = [d for d in old.dictionaries if (d.source_lang, d.target_lang) not in directions]
    return replace(old, dictionaries=(*kept, *changed))


def _created(glossary: Glossary) -> str:
    made = datetime.fromtimestamp(glossary.created_s, UTC)
    return made.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _count(dictionary: Dictionary) -> dict[str, Any]:
    return {
        "source_lang": dictionary.source_lang,
        "target_lang": dictionary.target_lang,
        "entry_count": len(dictionary.terms),
    }


def _v2(glossary: Glossary) -> dict[str, Any]:
    return {
        "glossary_id": glossary.id,
        "name": glossary.name,
        "ready": True,
        "creation_time": _created(glossary),
        **_count(glossary.dictionaries[0]),
    }


def _v3(glossary: Glossary) -> dict[str, Any]:
    return {
        "glossary_id": glossary.id,
        "name": glossary.name,
        "dictionaries": [_count(each) for each in glossary.dictionaries],
        "creation_time": _created(glossary),
    }
