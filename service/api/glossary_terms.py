"""Glossaries of a request, given with it or stored, turned into the terms that each of its texts needs."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace

from starlette.requests import Request

from service.api.deps import services_of
from service.domain import TranslationRequest
from service.errors import InvalidRequest, InvalidText
from service.text.languages import resolve_language
from service.text.term_table import (
    MAX_REQUEST_TERMS,
    TableFormat,
    Terms,
    check_terms,
    occurring,
    parse_terms,
)

__all__ = ["direction_of", "parse_table", "with_glossary"]

_INLINE_WORK = 2_000_000  # code points times terms that are looked through on the event loop

_OTHER = {"en": "zh", "zh": "en"}


def direction_of(source_lang: object, target_lang: object) -> tuple[str, str] | None:
    """Engine codes of the direction that two codes of languages name, or None where they name none."""
    found = [
        resolve_language(code) if isinstance(code, str) else None
        for code in (source_lang, target_lang)
    ]
    source, target = found
    if source is None or target is None or source.base == target.base:
        return None
    return source.base, target.base


def parse_table(body: bytes, form: TableFormat, *, field: str = "entries") -> Terms:
    """The terms of an uploaded table. Raises as ``parse_terms`` and ``InvalidText`` for what is not UTF-8."""
    try:
        table = body.decode()
    except UnicodeDecodeError:
        raise InvalidText("The table is not valid UTF-8.", field=field) from None
    return parse_terms(table, form, field=field)


async def with_glossary(
    request: Request,
    wanted: Sequence[TranslationRequest],
    *,
    own: Mapping[str, str] | None = None,
    stored: Sequence[str] = (),
) -> list[TranslationRequest]:
    """``wanted``, all of one direction, with the terms of the request's ``own`` glossary and then of ``stored`` ones.

    Where several say something of a term, the first one counts. Raises ``NotFound`` for an id that is not stored, and
    ``InvalidRequest`` for one without terms of the direction.
    """
    if not wanted:
        return []
    terms: dict[str, str] = {}
    if own:
        terms.update(check_terms(own.items(), field="glossary", most=MAX_REQUEST_TERMS))
    for glossary_id in stored:
        for source, target in await _stored(request, glossary_id, wanted[0]):
            terms.setdefault(source, target)
    if not terms:
        return list(wanted)
    pairs = tuple(terms.items())

    def narrowed() -> list[TranslationRequest]:
        return [replace(each, glossary=occurring(pairs, each.text)) for each in wanted]

    if len(pairs) * sum(len(each.text) for each in wanted) <= _INLINE_WORK:
        return narrowed()
    return await asyncio.to_thread(narrowed)


async def _stored(request: Request, glossary_id: str, wanted: TranslationRequest) -> Terms:
    target = wanted.target_lang.base
    source = wanted.source_lang.base if wanted.source_lang else _OTHER[target]
    store = services_of(request).runtime.glossaries
    glossary = await asyncio.to_thread(store.get, glossary_id)
    terms = glossary.terms(source, target)
    if terms is None:
        raise InvalidRequest(
            "glossary_id: the glossary has no terms for these languages.", field="glossary_id"
        )
    return terms
