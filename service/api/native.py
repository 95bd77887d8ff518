"""The native API: ``/v1/translate``, ``/v1/detect`` and ``/v1/languages``."""

from collections.abc import Iterator, Sequence
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from service.api.deps import (
    LeanRoute,
    admit,
    check_sizes,
    detect_all,
    require_language,
    services_of,
    targets_of,
    translate,
    translate_moderated,
)
from service.api.glossary_terms import with_glossary
from service.api.limits import read_body
from service.api.moderation import both_sides_json
from service.api.openapi import error_responses, json_body
from service.api.schemas import DetectIn, DetectOut, LanguagesOut, TranslateIn, TranslateOut
from service.api.wire import JsonResponse, parse_model, require_json
from service.domain import (
    HanSpacing,
    Hashtags,
    TextFormat,
    Translation,
    TranslationRequest,
)
from service.errors import InvalidRequest
from service.pipeline.moderation_record import detection_record, warning_record
from service.pipeline.note_record import note_record
from service.settings import Settings
from service.text.languages import LANGUAGES, is_auto

__all__ = ["router"]

router = APIRouter(route_class=LeanRoute, tags=["native"])


@router.post(
    "/v1/translate",
    summary="Translate texts",
    response_model=TranslateOut,
    responses=error_responses(400, 401, 404, 413, 415, 429, 500, 503, 504),
    openapi_extra=json_body(TranslateIn),
)
async def translate_texts(request: Request) -> Response:
    """Translate one text or a list of texts. The answer holds one translation for each text, in order."""
    services = services_of(request)
    admit(request)
    require_json(request)
    body = parse_model(TranslateIn, await read_body(request, services.settings.max_body_bytes))
    requests = _requests(body, services.settings)
    if body.glossary or body.glossary_id:
        stored = [body.glossary_id] if body.glossary_id else []
        requests = await with_glossary(request, requests, own=body.glossary, stored=stored)
    if body.moderate:
        translations = await _translate_moderated(request, requests, body.policy)
    else:
        translations = [_translation(t) for t in await translate(request, requests)]
    return JsonResponse({"translations": translations, "model": services.runtime.engine.info.id})


@router.post(
    "/v1/detect",
    summary="Detect languages",
    response_model=DetectOut,
    responses=error_responses(400, 401, 413, 415, 429, 500),
    openapi_extra=json_body(DetectIn),
)
async def detect_languages(request: Request) -> Response:
    """Tell which language each text is in."""
    services = services_of(request)
    admit(request)
    require_json(request)
    body = parse_model(DetectIn, await read_body(request, services.settings.max_body_bytes))
    texts = [body.text] if isinstance(body.text, str) else body.text
    check_sizes(services.settings, "text", texts, batch=texts is body.text)
    detections = await detect_all(request, texts)
    return JsonResponse({"detections": [detection_record(d) for d in detections]})


@router.get("/v1/languages", summary="List languages", response_model=LanguagesOut)
async def list_languages(request: Request) -> Response:
    """Every language with its aliases and what the loaded model translates it into."""
    info = services_of(request).runtime.engine.info
    return JsonResponse(
        {
            "languages": [
                {
                    "code": language.lang,
                    "name": language.name,
                    "native_name": language.native_name,
                    "aliases": list(language.aliases),
                    "targets": targets_of(language.lang, info),
                }
                for language in LANGUAGES
            ]
        }
    )


async def _translate_moderated(
    request: Request, requests: Sequence[TranslationRequest], policy: str
) -> list[dict[str, Any]]:
    """Translations as plain data, each with the verdicts on both sides."""
    answers = await translate_moderated(request, requests, policy)
    info = services_of(request).runtime.moderator.info
    return [
        _translation(answer.translation)
        | {"moderation": both_sides_json(asked.text, answer, asked.source_lang, info)}
        for asked, answer in zip(requests, answers, strict=True)
    ]


def _requests(body: TranslateIn, settings: Settings) -> list[TranslationRequest]:
    """The domain's requests. Raises for unknown languages and anything over a limit."""
    texts = [body.text] if isinstance(body.text, str) else body.text
    check_sizes(settings, "text", texts, batch=texts is body.text)
    if body.alternatives > settings.max_alternatives:
        raise InvalidRequest(
            f"alternatives: at most {settings.max_alternatives}.",
            field="alternatives",
            limit=settings.max_alternatives,
            actual=body.alternatives,
        )
    source = (
        None if is_auto(body.source_lang) else require_language("source_lang", body.source_lang)
    )
    target = require_language("target_lang", body.target_lang)
    shape = TextFormat(body.format)
    hashtags = Hashtags(body.hashtags)
    return [
        TranslationRequest(
            text,
            target,
            source,
            shape,
            hashtags,
            body.alternatives,
            slang=body.slang,
            decode=body.decode,
            spacing=HanSpacing(body.spacing),
            round_trip=body.round_trip,
        )
        for text in texts
    ]


def _translation(translation: Translation) -> dict[str, Any]:
    """``TranslationOut`` as plain data."""
    found = translation.detection
    return {
        "text": translation.text,
        "source_lang": translation.source_lang,
        "target_lang": translation.target_lang,
        "detection": None if found is None else detection_record(found),
        "segments": [
            {
                "source": (s.source_start, s.source_end),
                "target": (s.target_start, s.target_end),
                "score": s.score,
                "quality": s.quality,
            }
            for s in translation.segments
        ],
        "protected": list(_protected(translation)),
        "warnings": [warning_record(warning) for warning in translation.warnings],
        "alternatives": translation.alternatives,
        "notes": [note_record(note) for note in translation.notes],
        "decoded": [
            {"span": (d.start, d.end), "kind": d.kind, "text": d.text, "english": d.english}
            for d in translation.decoded
        ],
        "moderation": None,
    }


def _protected(translation: Translation) -> Iterator[dict[str, Any]]:
    for source, target in zip(translation.protected, translation.protected_target, strict=True):
        yield {
            "kind": source.kind,
            "source": (source.start, source.end),
            "target": (target.start, target.end),
        }
