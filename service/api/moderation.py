"""Moderation in the native API: ``/v1/moderate`` and ``/v1/policies``, and verdicts as plain data."""

from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from models.interfaces import ClassifierInfo
from service.api.deps import (
    LeanRoute,
    admit,
    check_sizes,
    moderate,
    require_language,
    services_of,
)
from service.api.limits import read_body
from service.api.moderation_schemas import ModerateIn, ModerateOut, PoliciesOut
from service.api.openapi import error_responses, json_body
from service.api.wire import JsonResponse, parse_model, require_json
from service.domain import Lang, ModerationRequest
from service.pipeline.added_toxicity import ModeratedTranslation
from service.pipeline.moderation_record import verdict_record
from service.policy.rules import Policy
from service.settings import Settings
from service.text.languages import is_auto

__all__ = ["both_sides_json", "router"]

router = APIRouter(route_class=LeanRoute, tags=["native"])


@router.post(
    "/v1/moderate",
    summary="Moderate texts",
    response_model=ModerateOut,
    responses=error_responses(400, 401, 404, 413, 415, 429, 500, 503, 504),
    openapi_extra=json_body(ModerateIn),
)
async def moderate_texts(request: Request) -> Response:
    """Judge one text or a list of texts. The answer holds one verdict for each text, in order."""
    services = services_of(request)
    admit(request)
    require_json(request)
    body = parse_model(ModerateIn, await read_body(request, services.settings.max_body_bytes))
    requests = _requests(body, services.settings)
    verdicts = await moderate(request, requests)
    setup = services.runtime.moderator.setup
    info = setup.info
    return JsonResponse(
        {
            "verdicts": [
                verdict_record(asked.text, verdict, asked.lang, info)
                for asked, verdict in zip(requests, verdicts, strict=True)
            ],
            "model": info.id,
            "lexicon_version": setup.lexicon_version,
        }
    )


@router.get(
    "/v1/policies",
    summary="List policies",
    response_model=PoliciesOut,
    responses=error_responses(401, 404, 429),
)
async def list_policies(request: Request) -> Response:
    """Every loaded policy with its rules; the default one first."""
    admit(request)
    moderator = services_of(request).runtime.moderator
    return JsonResponse(
        {
            "policies": [
                _policy(policy, default=name == moderator.default_policy)
                for name, policy in moderator.policies.items()
            ]
        }
    )


def _requests(body: ModerateIn, settings: Settings) -> list[ModerationRequest]:
    """The domain's requests. Raises for unknown languages and anything over a limit."""
    texts = [body.text] if isinstance(body.text, str) else body.text
    check_sizes(settings, "text", texts, batch=texts is body.text)
    lang = None if is_auto(body.lang) else require_language("lang", body.lang)
    to = None
    if body.translate_to is not None:
        to = require_language("translate_to", body.translate_to)
    return [
        ModerationRequest(
            text,
            lang,
            body.policy,
            body.second_opinion,
            to,
            body.explain,
            body.decode,
            body.context,
        )
        for text in texts
    ]


def both_sides_json(
    text: str, answer: ModeratedTranslation, named: Lang | None, info: ClassifierInfo
) -> dict[str, Any]:
    """``BothSidesOut`` as plain data."""
    translation = answer.translation
    return {
        "source": verdict_record(text, answer.source, named, info),
        "target": verdict_record(translation.text, answer.target, translation.target_lang, info),
        "added_toxicity": answer.added,
    }


def _policy(policy: Policy, *, default: bool) -> dict[str, Any]:
    return {
        "name": policy.name,
        "policy_version": policy.policy_version,
        "mode": policy.mode,
        "default": default,
        "description": policy.description,
        "rules": [
            {
                "id": rule.id,
                "action": rule.action,
                "category": rule.category,
                "shadow": rule.shadow,
                "message": rule.message,
            }
            for rule in policy.rules
        ],
    }
