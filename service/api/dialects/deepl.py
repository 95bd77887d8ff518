"""The DeepL API: ``/v2/translate``, ``/v2/languages`` and ``/v2/usage``. Its glossaries are in ``deepl_glossaries``."""

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from models.interfaces import EngineInfo
from service.api.deps import LeanRoute, check_sizes, services_of, targets_of, translate
from service.api.dialects.deepl_options import MODEL_TYPE, Options, read_options
from service.api.dialects.deepl_schemas import (
    DeeplLanguage,
    DeeplTranslateIn,
    DeeplTranslateOut,
    DeeplUsage,
    body_of,
    errors,
)
from service.api.dialects.deepl_wire import (
    TRACE_HEADER,
    answer,
    let_in,
    optional_language,
    read_fields,
    render_error,
)
from service.api.glossary_terms import with_glossary
from service.domain import Lang, Translation, TranslationRequest
from service.errors import InvalidRequest

__all__ = ["PATHS", "TRACE_HEADER", "render_error", "router"]

PATHS = frozenset({"/v2/translate", "/v2/languages", "/v2/usage"})

_REPEATED = frozenset({"text", "glossary_ids", "ignore_tags"})
_NO_LIMIT = 1_000_000_000_000  # what DeepL answers for accounts without one
_SOURCES: tuple[tuple[str, str, Lang], ...] = (
    ("EN", "English", Lang.EN),
    ("ZH", "Chinese", Lang.ZH_HANS),
)
_TARGETS: tuple[tuple[str, str, Lang], ...] = (
    ("EN-GB", "English (British)", Lang.EN),
    ("EN-US", "English (American)", Lang.EN),
    ("ZH", "Chinese (simplified)", Lang.ZH_HANS),
    ("ZH-HANS", "Chinese (simplified)", Lang.ZH_HANS),
    ("ZH-HANT", "Chinese (traditional)", Lang.ZH_HANT),
)

router = APIRouter(route_class=LeanRoute, tags=["DeepL"])


@router.post(
    "/v2/translate",
    summary="Translate (DeepL)",
    response_model=DeeplTranslateOut,
    responses=errors(400, 403, 404, 413, 415, 429, 500, 503, 504),
    openapi_extra=body_of(DeeplTranslateIn, form=True),
)
async def translate_texts(request: Request) -> Response:
    """Translate texts, each by itself, in order."""
    fields = await read_fields(request, _REPEATED)
    texts = _texts(fields)
    target = optional_language(fields, "target_lang")
    if target is None:
        raise InvalidRequest("Value for 'target_lang' not supported.", field="target_lang")
    source = optional_language(fields, "source_lang")
    options = read_options(fields)
    if options.glossary_ids and source is None:
        raise InvalidRequest(
            "'source_lang' is required where a glossary is used.", field="source_lang"
        )
    check_sizes(services_of(request).settings, "text", texts, batch=True)
    marked = [options.ignored.marked(text) for text in texts] if options.ignored else texts
    wanted = [TranslationRequest(text, target, source, options.format) for text in marked]
    wanted = await with_glossary(request, wanted, stored=options.glossary_ids)
    done = await translate(request, wanted)
    return answer(request, {"translations": _translations(texts, done, options)})


@router.get(
    "/v2/languages",
    summary="List languages (DeepL)",
    response_model=list[DeeplLanguage],
    responses=errors(400, 403, 413, 415, 429),
    openapi_extra={
        "parameters": [
            {
                "name": "type", "in": "query", "required": False,
                "schema": {"type": "string", "enum": ["source", "target"], "default": "source"},
            }
        ]
    },
)  # fmt: skip
async def list_languages(request: Request) -> Response:
    """Source or target languages. DeepL's own client sends `type` as the form body of a GET, so that is read too."""
    fields = await read_fields(request)
    kind = fields.get("type") or "source"
    if kind not in ("source", "target"):
        raise InvalidRequest("Value for 'type' not supported.", field="type")
    info = services_of(request).runtime.engine.info
    listed: list[dict[str, Any]]
    if kind == "source":
        listed = [
            {"language": code, "name": name} for code, name, lang in _SOURCES if _reads(lang, info)
        ]
    else:
        listed = [
            {"language": code, "name": name, "supports_formality": False}
            for code, name, lang in _TARGETS
            if _writes(lang, info)
        ]
    return answer(request, listed)


@router.get(
    "/v2/usage",
    summary="Usage (DeepL)",
    response_model=DeeplUsage,
    responses=errors(403, 429),
)
async def usage(request: Request) -> Response:
    """Characters of all clients since the service started; there is no quota."""
    let_in(request)
    count = services_of(request).runtime.metrics.characters_served()
    return answer(request, {"character_count": count, "character_limit": _NO_LIMIT})


def _texts(fields: dict[str, Any]) -> list[str]:
    given = fields.get("text")
    if given is None or given == []:
        raise InvalidRequest("Parameter 'text' not specified.", field="text")
    texts = [given] if isinstance(given, str) else given
    if not isinstance(texts, list):
        raise InvalidRequest("'text' must be a list of strings.", field="text")
    for at, text in enumerate(texts):
        if not isinstance(text, str):
            raise InvalidRequest("'text' must be a list of strings.", field=f"text[{at}]")
    return texts


def _reads(lang: Lang, info: EngineInfo) -> bool:
    return any(target.base != lang.base for target in targets_of(lang, info))


def _writes(lang: Lang, info: EngineInfo) -> bool:
    return any(source.base != lang.base and lang in targets_of(source, info) for source in Lang)


def _translations(
    texts: Sequence[str], done: Sequence[Translation], options: Options
) -> list[dict[str, Any]]:
    """``DeeplTranslation`` as plain data. A text in neither language counts as English, as it does elsewhere here."""
    shown: list[dict[str, Any]] = []
    for text, translation in zip(texts, done, strict=True):
        source = translation.source_lang or Lang.EN
        translated = translation.text
        if options.ignored:
            translated = options.ignored.unmarked(translated)
        entry: dict[str, Any] = {
            "detected_source_language": source.base.upper(), "text": translated,
        }  # fmt: skip
        if options.billed:
            entry["billed_characters"] = len(text)
        if options.model_type:
            entry["model_type_used"] = MODEL_TYPE
        shown.append(entry)
    return shown
