"""The Google Cloud Translation API, version 2 (Basic): ``/language/translate/v2`` and what is below it."""

from typing import Any

import regex
from fastapi import APIRouter
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from service.api.deps import LeanRoute, check_sizes, detect_all, services_of, translate
from service.api.dialects.google_schemas import (
    GoogleDetectIn,
    GoogleDetectOut,
    GoogleError,
    GoogleLanguagesOut,
    GoogleTranslateIn,
    GoogleTranslateOut,
)
from service.api.errors import retry_after, status_of
from service.api.limits import KeyMissing
from service.api.openapi import error_responses, schema_of
from service.api.parameters import admitted_parameters, only_text, texts_of
from service.api.wire import JsonResponse
from service.domain import Lang, TextFormat, TranslationRequest
from service.errors import InvalidRequest, ServiceError, Unauthorized, UnsupportedLanguage
from service.text.languages import is_auto, resolve_language

__all__ = ["PATHS", "escaped", "render_error", "router"]

_TRANSLATE = "/language/translate/v2"
_DETECT, _LANGUAGES = f"{_TRANSLATE}/detect", f"{_TRANSLATE}/languages"
PATHS = frozenset({_TRANSLATE, _DETECT, _LANGUAGES})

_CODES = {Lang.EN: "en", Lang.ZH_HANS: "zh-CN", Lang.ZH_HANT: "zh-TW"}
_UNKNOWN = "und"
_NAMES = {
    Lang.EN: {"en": "English", "zh-CN": "Chinese (Simplified)", "zh-TW": "Chinese (Traditional)"},
    Lang.ZH_HANS: {"en": "英语", "zh-CN": "中文（简体）", "zh-TW": "中文（繁体）"},
    Lang.ZH_HANT: {"en": "英文", "zh-CN": "中文（簡體）", "zh-TW": "中文（繁體）"},
}
_RELIABLE = 0.9  # confidence from which a detection counts as reliable
_STATUS = {
    400: "INVALID_ARGUMENT", 403: "PERMISSION_DENIED", 404: "NOT_FOUND", 413: "INVALID_ARGUMENT",
    429: "RESOURCE_EXHAUSTED", 503: "UNAVAILABLE", 504: "DEADLINE_EXCEEDED",
}  # fmt: skip
_REASON = {403: "forbidden", 404: "notFound", 413: "uploadTooLarge", 429: "rateLimitExceeded"}
# Markup and character references, which stay, and what is escaped in between. Possessive: linear for any input.
_MARKUP = regex.compile(
    r"(?P<kept><!--[\s\S]*?(?:-->|\Z)|</?[A-Za-z!](?:[^<>\"']++|\"[^\"]*+\"|'[^']*+')*+>"
    r"|&(?:\#[0-9]{1,8}+|\#[xX][0-9A-Fa-f]{1,8}+|[A-Za-z][A-Za-z0-9]{1,31}+);)|[&<>\"']"
)
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"}

router = APIRouter(route_class=LeanRoute, tags=["Google"])


def _documented(
    model: type[BaseModel], answer: type[BaseModel], name: str, *, body: bool
) -> dict[str, Any]:
    """What the GET and the POST of one path say of themselves."""
    statuses = (400, 403, 413, 415, 429, 500, 503, 504)
    common = {"response_model": answer}
    schema = schema_of(model)
    if body:
        content = {"schema": schema}
        media = ("application/json", "application/x-www-form-urlencoded")
        extra: dict[str, Any] = {"requestBody": {"content": dict.fromkeys(media, content)}}
    else:
        required = schema.get("required", [])
        extra = {
            "parameters": [
                {"name": field, "in": "query", "required": field in required, "schema": each}
                for field, each in schema["properties"].items()
            ]
        }
    return common | {
        "summary": f"{name} (Google)",
        "responses": error_responses(*statuses, model=GoogleError),
        "openapi_extra": extra,
    }


@router.get(
    _TRANSLATE, **_documented(GoogleTranslateIn, GoogleTranslateOut, "Translate", body=False)
)
@router.post(
    _TRANSLATE, **_documented(GoogleTranslateIn, GoogleTranslateOut, "Translate", body=True)
)
async def translate_texts(request: Request) -> Response:
    """Translate texts, each by itself, in order."""
    fields = await _fields(request)
    texts = texts_of(fields, "q")
    check_sizes(services_of(request).settings, "q", texts, batch=isinstance(fields["q"], list))
    target = _language(fields, "target")
    if target is None:
        raise InvalidRequest("Missing field: target", field="target")
    source = _language(fields, "source")
    shape = only_text(fields, "format") or TextFormat.HTML
    if shape not in tuple(TextFormat):
        raise InvalidRequest("Invalid Value: format", field="format")
    only_text(fields, "model")
    wanted = [TranslationRequest(text, target, source, TextFormat(shape)) for text in texts]
    shown: list[dict[str, Any]] = []
    for translation in await translate(request, wanted):
        html = shape == TextFormat.HTML
        entry = {"translatedText": escaped(translation.text) if html else translation.text}
        if source is None:
            entry["detectedSourceLanguage"] = _code(translation.source_lang)
        shown.append(entry)
    return JsonResponse({"data": {"translations": shown}})


@router.get(_DETECT, **_documented(GoogleDetectIn, GoogleDetectOut, "Detect", body=False))
@router.post(_DETECT, **_documented(GoogleDetectIn, GoogleDetectOut, "Detect", body=True))
async def detect_languages(request: Request) -> Response:
    """Tell which language each text is in."""
    fields = await _fields(request)
    texts = texts_of(fields, "q")
    check_sizes(services_of(request).settings, "q", texts, batch=isinstance(fields["q"], list))
    shown = [
        [
            {
                "language": _code(found.lang),
                "isReliable": found.confidence >= _RELIABLE,
                "confidence": found.confidence,
            }
        ]
        for found in await detect_all(request, texts)
    ]
    return JsonResponse({"data": {"detections": shown}})


class _LanguagesIn(BaseModel):
    target: str | None = None


@router.get(
    _LANGUAGES, **_documented(_LanguagesIn, GoogleLanguagesOut, "List languages", body=False)
)
@router.post(
    _LANGUAGES, **_documented(_LanguagesIn, GoogleLanguagesOut, "List languages", body=True)
)
async def list_languages(request: Request) -> Response:
    """The three codes, with their names where `target` says in which language."""
    target = _language(await _fields(request), "target")
    shown = []
    for code in _CODES.values():
        shown.append({"language": code, **({"name": _NAMES[target][code]} if target else {})})
    return JsonResponse({"data": {"languages": shown}})


def escaped(html: str) -> str:
    """``html`` with quotes and stray ``&``, ``<``, ``>`` of its text as references, which Google's clients decode."""
    return _MARKUP.sub(lambda found: found["kept"] or _ESCAPES[found.group()], html)


async def _fields(request: Request) -> dict[str, Any]:
    key = request.query_params.get("key") or request.headers.get("x-goog-api-key", "")
    fields = await admitted_parameters(request, key, "key", ("q",))
    wrapped = fields.get("data")  # as Google's own client libraries send a body
    return wrapped if isinstance(wrapped, dict) else fields


def _language(fields: dict[str, Any], name: str) -> Lang | None:
    code = only_text(fields, name)
    if is_auto(code):
        return None
    lang = resolve_language(code)
    if lang is None:
        raise UnsupportedLanguage(f"Invalid Value: {name}", field=name)
    return lang


def _code(lang: Lang | None) -> str:
    return _UNKNOWN if lang is None else _CODES[lang]


def render_error(error: ServiceError, request_id: str) -> Response:
    """Google's shape. A wrong key is 400 there, and a missing one 403."""
    status, message = status_of(error), error.message
    reason = _REASON.get(status, "backendError" if status >= 500 else "invalid")
    match error:
        case KeyMissing():
            status, message = 403, "The request is missing a valid API key."
            reason = "forbidden"
        case Unauthorized():
            status, message = 400, "API key not valid. Please pass a valid API key."
            reason = "badRequest"
    body = {
        "code": status,
        "message": message,
        "errors": [{"message": message, "domain": "global", "reason": reason}],
        "status": _STATUS.get(status, "INTERNAL" if status >= 500 else "INVALID_ARGUMENT"),
    }
    return JsonResponse({"error": body}, status, retry_after(error, status))
