"""The LibreTranslate API: its routes, shapes and error strings, for clients that speak it already, such as Mastodon."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from models.interfaces import EngineInfo
from service.api.deps import (
    LeanRoute,
    check_sizes,
    detect_all,
    services_of,
    targets_of,
    translate,
)
from service.api.dialects.libretranslate_schemas import (
    LibreDetectIn,
    LibreDetection,
    LibreError,
    LibreHealth,
    LibreLanguage,
    LibreSettings,
    LibreTranslateIn,
    LibreTranslateOut,
)
from service.api.errors import retry_after, status_of
from service.api.forms import parse_form, parse_query
from service.api.limits import KeyMissing, read_body
from service.api.openapi import error_responses, schema_of
from service.api.parameters import admitted_fields
from service.api.wire import JsonResponse, is_json, parse_object
from service.domain import Detection, Lang, TextFormat, Translation, TranslationRequest
from service.errors import (
    InvalidRequest,
    InvalidText,
    MethodNotAllowed,
    NotReady,
    PayloadTooLarge,
    ServiceError,
    TextTooLong,
    TooManyItems,
    Unauthorized,
    UnsupportedDirection,
    UnsupportedLanguage,
)
from service.text.languages import LANGUAGES, is_auto, resolve_language

__all__ = ["PATHS", "render_error", "router"]

PATHS = frozenset(
    {
        "/translate",
        "/detect",
        "/languages",
        "/health",
        "/frontend/settings",
        "/suggest",
        "/translate_file",
    }
)

# Codes listed beside the canonical ones. Mastodon shows its translate link only when the post's language is listed by
# exactly that code and the reader's bare language (`zh`, never `zh-CN`) is among its targets.
_ALIASES: dict[str, tuple[str, Lang]] = {
    "zh": ("Chinese", Lang.ZH_HANS),
    "zh-CN": ("Chinese (China)", Lang.ZH_HANS),
    "zh-TW": ("Chinese (Taiwan)", Lang.ZH_HANT),
    "zh-HK": ("Chinese (Hong Kong)", Lang.ZH_HANT),
    "zh-YUE": ("Cantonese", Lang.ZH_HANT),
}
_SOURCE_ONLY = frozenset({"zh-YUE"})  # read as Traditional Chinese, but not written
_NAMES: dict[Lang, str] = {language.lang: language.name for language in LANGUAGES}
_UNKNOWN = {"confidence": 0.0, "language": "en"}  # LibreTranslate's own answer for no language
_CODE = re.compile(r"[A-Za-z0-9_-]{1,35}")

router = APIRouter(route_class=LeanRoute, tags=["LibreTranslate"])


def _errors(*statuses: int) -> dict[int | str, dict[str, Any]]:
    meaning = {
        400: "A parameter is missing or wrong, a limit is passed, or a key is required.",
        403: "The API key is wrong, or the function is disabled.",
    }
    return error_responses(*statuses, model=LibreError, meaning=meaning)


def _body(model: type[BaseModel]) -> dict[str, Any]:
    schema = {"schema": schema_of(model)}
    content = {"application/json": schema, "application/x-www-form-urlencoded": schema}
    return {"requestBody": {"content": content}}


@router.post(
    "/translate",
    summary="Translate (LibreTranslate)",
    response_model=LibreTranslateOut,
    responses=_errors(400, 403, 413, 429, 500, 503, 504),
    openapi_extra=_body(LibreTranslateIn),
)
async def translate_texts(request: Request) -> Response:
    """Translate a text or a list of texts."""
    parameters = await admitted_fields(request, _parameters, key_field="api_key")
    texts, batch = _texts(parameters)
    source_code, target_code = _required(parameters, "source"), _required(parameters, "target")
    settings = services_of(request).settings
    alternatives = _alternatives(parameters.get("alternatives"), settings.max_alternatives)
    check_sizes(settings, "q", texts, batch=batch)
    source = None if is_auto(str(source_code)) else _language("source", source_code)
    target = _language("target", target_code)
    shape = _format(parameters.get("format"))
    info = services_of(request).runtime.engine.info
    if source is not None and source is not target and target not in targets_of(source, info):
        _refuse_direction(source, target)
    wanted = [
        TranslationRequest(text, target, source, shape, alternatives=alternatives) for text in texts
    ]
    try:
        done = await translate(request, wanted)
    except UnsupportedDirection:
        _refuse_direction(Lang.ZH_HANS if target is Lang.EN else Lang.EN, target)
    return JsonResponse(_answer(done, batch, auto=source is None, alternatives=alternatives > 0))


@router.post(
    "/detect",
    summary="Detect the language (LibreTranslate)",
    response_model=list[LibreDetection],
    responses=_errors(400, 403, 413, 429, 500),
    openapi_extra=_body(LibreDetectIn),
)
async def detect_language(request: Request) -> Response:
    """Candidates for the language of the text, best first; for a list, over all its texts."""
    parameters = await admitted_fields(request, _parameters, key_field="api_key")
    texts, batch = _texts(parameters)
    check_sizes(services_of(request).settings, "q", texts, batch=batch)
    found: dict[str, list[float]] = {}
    for detection in await detect_all(request, texts):
        shown = _shown(detection)
        found.setdefault(shown["language"], []).append(shown["confidence"])
    candidates = [
        {"confidence": sum(scores) / len(texts), "language": code} for code, scores in found.items()
    ]
    return JsonResponse(sorted(candidates, key=lambda c: -float(str(c["confidence"]))))


@router.get(
    "/languages", summary="List languages (LibreTranslate)", response_model=list[LibreLanguage]
)
async def list_languages(request: Request) -> Response:
    """The canonical codes, then the aliases that clients look for."""
    info = services_of(request).runtime.engine.info
    listed = [_entry(lang.value, _NAMES[lang], lang, info) for lang in Lang]
    listed += [_entry(code, name, lang, info) for code, (name, lang) in _ALIASES.items()]
    return JsonResponse(listed)


@router.get(
    "/health",
    summary="Health (LibreTranslate)",
    response_model=LibreHealth,
    responses=_errors(503),
)
async def health(request: Request) -> Response:
    """Whether translations can be served now."""
    if not services_of(request).runtime.health().ready:
        raise NotReady("The models are not ready")
    return JsonResponse({"status": "ok"})


@router.get("/frontend/settings", summary="Settings (LibreTranslate)", response_model=LibreSettings)
async def frontend_settings(request: Request) -> Response:
    """What a front end needs to know."""
    services = services_of(request)
    target = Lang.ZH_HANS
    return JsonResponse(
        {
            "charLimit": services.settings.max_text_chars,
            "frontendTimeout": 500,
            "apiKeys": services.keys.required,
            "keyRequired": services.keys.required,
            "suggestions": False,
            "filesTranslation": False,
            "supportedFilesFormat": [],
            "language": {
                "source": {"code": "auto", "name": "Auto Detect"},
                "target": {"code": target, "name": _NAMES[target]},
            },
        }
    )


@router.post(
    "/suggest", summary="Disabled (LibreTranslate)", responses=_errors(403), status_code=403
)
async def suggest(request: Request) -> Response:
    """Suggestions are not collected."""
    return JsonResponse({"error": "Suggestions are disabled on this server."}, 403)


@router.post(
    "/translate_file", summary="Disabled (LibreTranslate)", responses=_errors(403), status_code=403
)
async def translate_file(request: Request) -> Response:
    """Files are not translated."""
    return JsonResponse({"error": "Files translation are disabled on this server."}, 403)


def render_error(error: ServiceError, request_id: str) -> Response:
    """LibreTranslate's shape: one string. Where it has no such error, ours is worded in its manner."""
    status, message = status_of(error), error.message
    match error:
        case KeyMissing():
            status, message = 400, "Please contact the server operator to get an API key"
        case Unauthorized():
            status, message = 403, "Invalid API key"
        case TextTooLong() | TooManyItems():
            status = 400
            message = (
                f"Invalid request: request ({error.actual}) exceeds text limit ({error.limit})"
            )
        case PayloadTooLarge():
            message = f"Invalid request: body ({error.actual}) exceeds limit ({error.limit})"
        case MethodNotAllowed():
            message = "The method is not allowed for the requested URL."
        case _ if status == 500:
            message = f"Cannot translate text: {message}"
    return JsonResponse({"error": message}, status, retry_after(error, status))


async def _parameters(request: Request) -> dict[str, Any]:
    """The fields of a JSON body, or of the query and a form, where the query wins."""
    body = await read_body(request, services_of(request).settings.max_body_bytes)
    media_type = request.headers.get("content-type", "")
    if is_json(media_type):
        try:
            return parse_object(body)
        except InvalidText as error:
            raise _invalid("{} parameter holds half of a surrogate pair", error.field) from None
        except InvalidRequest:
            raise InvalidRequest("Invalid JSON format") from None
    try:
        fields = await parse_form(request.headers, body)
        fields |= parse_query(request.scope["query_string"])
    except InvalidText:
        raise InvalidRequest("Invalid request: request is not valid UTF-8") from None
    except InvalidRequest:
        raise InvalidRequest("Invalid request: form cannot be read") from None
    if "q" in fields:
        fields["q"] = fields["q"].replace("\r\n", "\n").replace("\r", "\n")
    return fields


def _invalid(template: str, field: str | None) -> InvalidRequest:
    return InvalidRequest("Invalid request: " + template.format(field), field=field)


def _required(parameters: Mapping[str, Any], name: str) -> Any:
    value = parameters.get(name)
    if not value:
        raise _invalid("missing {} parameter", name)
    return value


def _texts(parameters: Mapping[str, Any]) -> tuple[Sequence[str], bool]:
    """The texts of ``q``, and whether they were a list."""
    q = _required(parameters, "q")
    if isinstance(q, str):
        return [q], False
    if isinstance(q, list) and all(isinstance(text, str) for text in q):
        return q, True
    raise _invalid("{} parameter is not a string or an array of strings", "q")


def _alternatives(value: object, limit: int) -> int:
    if value is None:
        return 0
    try:
        wanted = max(0, int(value))  # type: ignore[call-overload]  # what it does not take, it refuses
    except (ValueError, TypeError, OverflowError):
        raise _invalid("{} parameter is not a number", "alternatives") from None
    if wanted > limit:
        raise _invalid("{} parameter must be <= " + str(limit), "alternatives")
    return int(wanted)


def _format(value: object) -> TextFormat:
    if not value:
        return TextFormat.TEXT
    if isinstance(value, str) and value in set(TextFormat):
        return TextFormat(value)
    raise InvalidRequest(f"{_echo(value)} format is not supported", field="format")


def _language(field: str, code: object) -> Lang:
    lang = resolve_language(code) if isinstance(code, str) else None
    if lang is None:
        raise UnsupportedLanguage(f"{_echo(code)} is not supported", field=field)
    return lang


def _echo(value: object) -> str:
    """A value that looks like a code, as LibreTranslate repeats it; nothing else of a request gets into a message."""
    return value if isinstance(value, str) and _CODE.fullmatch(value) else "The given value"


def _refuse_direction(source: Lang, target: Lang) -> NoReturn:
    raise UnsupportedDirection(
        f"{_NAMES[target]} ({target}) is not available as a target language "
        f"from {_NAMES[source]} ({source})",
        field="target",
    )


def _entry(code: str, name: str, lang: Lang, info: EngineInfo) -> dict[str, Any]:
    """One line of ``/languages``. A Chinese code never has another bare ``zh`` as its target: see ``_ALIASES``."""
    targets = [code, *(t.value for t in targets_of(lang, info))]
    if lang is Lang.EN and len(targets) > 1:
        targets += [alias for alias in _ALIASES if alias not in _SOURCE_ONLY]
    elif code != lang.value:
        targets.append(lang.value)
    return {"code": code, "name": name, "targets": targets}


def _shown(detection: Detection | None) -> dict[str, Any]:
    if detection is None or detection.lang is None:
        return _UNKNOWN
    return {"confidence": 100.0 * detection.confidence, "language": detection.lang}


def _answer(
    done: Sequence[Translation], batch: bool, *, auto: bool, alternatives: bool
) -> dict[str, Any]:
    columns: dict[str, list[Any]] = {"translatedText": [t.text for t in done]}
    if auto:
        columns["detectedLanguage"] = [_shown(t.detection) for t in done]
    if alternatives:
        columns["alternatives"] = [t.alternatives for t in done]
    return dict(columns) if batch else {name: column[0] for name, column in columns.items()}
