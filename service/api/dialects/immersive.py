"""Custom translation services as browser plugins ask them: Immersive Translate, KISS, 划词翻译, DeepLX, Google's gtx.

They differ in names and shapes only. Placeholders that plugins put in place of links and bold words, ``{0}`` and
``<b0></b0>``, come back as they were. A key is taken from the headers, or from ``token`` or ``key`` of the query.
"""

import random
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from service.api.deps import LeanRoute, check_sizes, detect_all, services_of, translate
from service.api.dialects.immersive_schemas import (
    DeeplxIn,
    DeeplxOut,
    HcfyIn,
    HcfyOut,
    ImmeIn,
    ImmeOut,
    KissIn,
    KissOut,
    PluginError,
    documented,
)
from service.api.errors import retry_after, status_of
from service.api.openapi import error_responses
from service.api.parameters import admitted_parameters, only_text, texts_of
from service.api.wire import JsonResponse
from service.domain import Lang, Translation, TranslationRequest
from service.errors import InvalidRequest, ServiceError, UnsupportedLanguage
from service.text.languages import is_auto, resolve_language

__all__ = ["PATHS", "render_error", "router"]

PATHS = frozenset({"/imme", "/kiss", "/hcfy", "/deeplx", "/translate_a/single"})

_WEB_CODES = {Lang.EN: "en", Lang.ZH_HANS: "zh-CN", Lang.ZH_HANT: "zh-TW"}
_DEEPL_CODES = {Lang.EN: "EN", Lang.ZH_HANS: "ZH", Lang.ZH_HANT: "ZH-HANT"}
_HCFY_NAMES = {Lang.EN: "英语", Lang.ZH_HANS: "中文(简体)", Lang.ZH_HANT: "中文(繁体)"}
_HCFY_LANGS = {name: lang for lang, name in _HCFY_NAMES.items()} | {
    "中文": Lang.ZH_HANS, "中文（简体）": Lang.ZH_HANS, "中文（繁体）": Lang.ZH_HANT,
    "中文(粤语)": Lang.ZH_HANT, "粤语": Lang.ZH_HANT,
}  # fmt: skip
_HCFY_AUTO = "自动检测"

router = APIRouter(route_class=LeanRoute, tags=["plugins"])


@router.post("/imme", **documented("Immersive Translate", ImmeIn, ImmeOut))
async def translate_imme(request: Request) -> Response:
    """A list of texts, each by itself."""
    fields = await _fields(request)
    if isinstance(fields.get("text_list"), str):
        raise InvalidRequest("text_list: must be a list of strings.", field="text_list")
    texts = [] if fields.get("text_list") == [] else texts_of(fields, "text_list")
    source, target = _languages(fields, "source_lang", "target_lang")
    check_sizes(services_of(request).settings, "text_list", texts, batch=True)
    done = await _translated(request, texts, source, target)
    shown = [
        {"detected_source_lang": _code(each, source, _WEB_CODES), "text": each.text}
        for each in done
    ]
    return JsonResponse({"translations": shown})


@router.post("/kiss", **documented("KISS Translator", KissIn, KissOut))
async def translate_kiss(request: Request) -> Response:
    """One text, or a list of texts."""
    fields = await _fields(request)
    batch = fields.get("texts") is not None
    name = "texts" if batch else "text"
    if isinstance(fields.get(name), list) is not batch:
        raise InvalidRequest("Send a string as text, or a list of strings as texts.", field=name)
    texts = [] if fields.get(name) == [] else texts_of(fields, name)
    source, target = _languages(fields, "from", "to")
    check_sizes(services_of(request).settings, name, texts, batch=batch)
    done = await _translated(request, texts, source, target)
    shown = [{"text": each.text, "src": _code(each, source, _WEB_CODES)} for each in done]
    return JsonResponse({"translations": shown} if batch else shown[0])


@router.post("/hcfy", **documented("划词翻译", HcfyIn, HcfyOut))
async def translate_hcfy(request: Request) -> Response:
    """A text, into the first of the wanted languages that it is not in already."""
    fields = await _fields(request)
    text = _one_text(request, fields, "text")
    source = _hcfy_source(only_text(fields, "source"))
    wanted = fields.get("destination")
    names = [wanted] if isinstance(wanted, str) else wanted
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise InvalidRequest("destination: must be a list of names.", field="destination")
    langs = [lang for name in names if (lang := _HCFY_LANGS.get(name.strip())) is not None]
    if not langs:
        raise UnsupportedLanguage("destination: no English and no Chinese.", field="destination")
    spoken = source or (await detect_all(request, [text]))[0].lang
    target = next((lang for lang in langs if lang is not spoken), langs[0])
    [done] = await _translated(request, [text], source, target)
    return JsonResponse(
        {
            "text": text,
            "from": _HCFY_NAMES.get(done.source_lang or spoken or Lang.EN),
            "to": _HCFY_NAMES[target],
            "result": done.text.split("\n"),
        }
    )


@router.post("/deeplx", **documented("DeepLX", DeeplxIn, DeeplxOut))
async def translate_deeplx(request: Request) -> Response:
    """One text."""
    fields = await _fields(request)
    text = _one_text(request, fields, "text")
    source, target = _languages(fields, "source_lang", "target_lang")
    [done] = await _translated(request, [text], source, target)
    return JsonResponse(
        {
            "code": 200,
            "id": random.getrandbits(33),
            "data": done.text,
            "alternatives": [],
            "source_lang": _code(done, source, _DEEPL_CODES),
            "target_lang": _DEEPL_CODES[target],
            "method": "Free",
        }
    )


_GTX: dict[str, Any] = {
    "response_model": list[Any],
    "responses": error_responses(400, 401, 413, 415, 429, 500, 503, 504, model=PluginError),
}
_GTX_QUERY = {
    "parameters": [
        {"name": name, "in": "query", "required": name in ("tl", "q"), "schema": {"type": "string"}}
        for name in ("client", "sl", "tl", "dt", "q")
    ]
}


@router.get(
    "/translate_a/single", summary="Translate (Google gtx)", openapi_extra=_GTX_QUERY, **_GTX
)
@router.post(
    "/translate_a/single",
    summary="Translate (Google gtx, form)",
    openapi_extra=_GTX_QUERY
    | {
        "requestBody": {
            "content": {
                "application/x-www-form-urlencoded": {
                    "schema": {"type": "object", "properties": {"q": {"type": "string"}}}
                }
            }
        }
    },
    **_GTX,
)
async def translate_gtx(request: Request) -> Response:
    """One text, in the nested lists of Google's web client: a row for each sentence, and the language."""
    fields = await _fields(request)
    text = _one_text(request, fields, "q")
    source, target = _languages(fields, "sl", "tl")
    [done] = await _translated(request, [text], source, target)
    rows = [[into, out_of, None, None, 1] for into, out_of in _sentences(text, done)]
    code = _code(done, source, _WEB_CODES)
    confidence = done.detection.confidence if done.detection else 1.0
    found = [[code], None, [confidence], [code]]
    return JsonResponse([rows, None, code, None, None, None, confidence, [], found])


async def _fields(request: Request) -> dict[str, Any]:
    query = request.query_params
    return await admitted_parameters(request, query.get("token") or query.get("key") or "")


def _one_text(request: Request, fields: dict[str, Any], name: str) -> str:
    if fields.get(name) is None:
        raise InvalidRequest(f"{name}: missing.", field=name)
    text = only_text(fields, name)
    check_sizes(services_of(request).settings, name, [text], batch=False)
    return text


def _languages(fields: dict[str, Any], source: str, target: str) -> tuple[Lang | None, Lang]:
    """Source, None where it is to be detected, and target. Raises ``UnsupportedLanguage``."""
    from_code, into_code = only_text(fields, source), only_text(fields, target)
    into = resolve_language(into_code)
    if into is None:
        raise UnsupportedLanguage(f"{target}: not a code of English or Chinese.", field=target)
    if is_auto(from_code):
        return None, into
    lang = resolve_language(from_code)
    if lang is None:
        raise UnsupportedLanguage(f"{source}: not a code of English or Chinese.", field=source)
    return lang, into


def _hcfy_source(name: str) -> Lang | None:
    if name.strip() in ("", _HCFY_AUTO) or is_auto(name):
        return None
    lang = _HCFY_LANGS.get(name.strip())
    if lang is None:
        raise UnsupportedLanguage("source: neither English nor Chinese.", field="source")
    return lang


async def _translated(
    request: Request, texts: Sequence[str], source: Lang | None, target: Lang
) -> list[Translation]:
    return await translate(request, [TranslationRequest(text, target, source) for text in texts])


def _code(done: Translation, source: Lang | None, codes: dict[Lang, str]) -> str:
    """The source language in a dialect's codes; a text in neither language counts as English."""
    return codes[done.source_lang or source or Lang.EN]


def _sentences(text: str, done: Translation) -> list[tuple[str, str]]:
    """Translation and source sentence by sentence; all rows joined give both texts exactly."""
    starts = [(each.target_start, each.source_start) for each in done.segments[1:]]
    starts = [(0, 0), *starts, (len(done.text), len(text))]
    if any(a[0] > b[0] or a[1] > b[1] for a, b in pairwise(starts)):
        return [(done.text, text)]
    return [(done.text[a[0] : b[0]], text[a[1] : b[1]]) for a, b in pairwise(starts)]


def render_error(error: ServiceError, request_id: str) -> Response:
    """DeepLX's shape."""
    status = status_of(error)
    headers = retry_after(error, status)
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return JsonResponse({"code": status, "message": error.message}, status, headers)
