"""The OpenAI moderation API: ``POST /v1/moderations`` in its shapes, for clients that speak it already.

What feeds which key. Of several categories the highest counts, of two joined by "and" the lowest, since a text cannot
be both more surely than it is either:

=========================  =======================================================================
key                        our categories
=========================  =======================================================================
harassment                 toxicity, severe_toxicity, insult
harassment/threatening     threat
hate                       identity_attack
hate/threatening           identity_attack and threat
self-harm                  self_harm
sexual                     sexual
violence                   violence; raised by threat
illicit, illicit/violent,  nothing: always 0.0, false and named in ``x_unsupported``
self-harm/intent,
self-harm/instructions,
sexual/minors,
violence/graphic
=========================  =======================================================================

Profanity and spam have no key; they count through ``flagged``, ``x_reasons`` and ``x_categories``.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from models.interfaces import ClassifierInfo
from service.api.deps import LeanRoute, admit, check_sizes, moderate, services_of
from service.api.dialects.openai_schemas import (
    KEYS,
    OpenAiError,
    OpenAiModerationsIn,
    OpenAiModerationsOut,
)
from service.api.dialects.scores import raised
from service.api.errors import retry_after, status_of
from service.api.limits import KeyMissing, read_body
from service.api.openapi import error_responses, json_body
from service.api.wire import JsonResponse, parse_object, require_json
from service.domain import Category, ModerationRequest, Verdict
from service.errors import InvalidRequest, NotFound, RateLimited, ServiceError, Unauthorized
from service.pipeline.moderation_record import verdict_record

__all__ = ["FEEDS", "PATHS", "Feed", "render_error", "result", "router"]

PATHS = frozenset({"/v1/moderations"})

_POLICY_PREFIX = "magpie/"
_MAX_MODEL = 256  # code points of a model's name, which is echoed
_NOT_INPUT = "'input' must be a string, a list of strings, or a list of typed parts."

router = APIRouter(route_class=LeanRoute, tags=["OpenAI"])


@dataclass(frozen=True, slots=True)
class Feed:
    """Where a key's score comes from."""

    categories: tuple[Category, ...] = ()  # one of them scored is enough to serve the key
    also: tuple[Category, ...] = ()  # raise the key, but do not serve it alone
    lowest: bool = False  # the key means all of its categories at once


FEEDS: Mapping[str, Feed] = {key: Feed() for key in KEYS} | {
    "harassment": Feed((Category.TOXICITY, Category.SEVERE_TOXICITY, Category.INSULT)),
    "harassment/threatening": Feed((Category.THREAT,)),
    "hate": Feed((Category.IDENTITY_ATTACK,)),
    "hate/threatening": Feed((Category.IDENTITY_ATTACK, Category.THREAT), lowest=True),
    "self-harm": Feed((Category.SELF_HARM,)),
    "sexual": Feed((Category.SEXUAL,)),
    "violence": Feed((Category.VIOLENCE,), also=(Category.THREAT,)),
}
# The same by the places of the categories: to look an enum up 26 times a text costs more than all the rest.
_PLACE = {category: at for at, category in enumerate(Category)}
_COLUMNS = tuple(
    (key, [_PLACE[each] for each in (*feed.categories, *feed.also)], min if feed.lowest else max)
    for key, feed in FEEDS.items()
)
_ALL_FALSE = dict.fromkeys(KEYS, False)
_TEXT_INPUT, _NO_INPUT = ["text"], list[str]()


@router.post(
    "/v1/moderations",
    summary="Moderate (OpenAI)",
    response_model=OpenAiModerationsOut,
    responses=error_responses(
        400, 401, 404, 413, 415, 429, 500, 503, 504,
        model=OpenAiError,
        meaning={404: "`model` asks for a policy that is not loaded, or moderation is switched off."},
    ),
    openapi_extra=json_body(OpenAiModerationsIn),
)  # fmt: skip
async def create_moderation(request: Request) -> Response:
    """Moderate a text, a list of texts, or a text in parts. `flagged` follows the policy, not a fixed threshold."""
    services = services_of(request)
    admit(request)
    require_json(request)
    body = parse_object(await read_body(request, services.settings.max_body_bytes))
    model = _model(body.get("model"))
    texts = _texts(body)
    check_sizes(services.settings, "input", texts, batch=texts is body["input"])
    policy = _policy(model, services.runtime.moderator.policies)
    verdicts = await moderate(request, [ModerationRequest(text, policy=policy) for text in texts])
    info = services.runtime.moderator.info
    return JsonResponse(
        {
            "id": f"modr-{secrets.token_hex(14)}",
            "model": model or info.id,
            "x_model": info.id,
            "results": [result(t, v, info) for t, v in zip(texts, verdicts, strict=True)],
        }
    )


def result(text: str, verdict: Verdict, info: ClassifierInfo) -> dict[str, Any]:
    """``OpenAiResult`` as plain data. A policy in shadow mode flags nothing, as its caller would act on it."""
    native = verdict_record(text, verdict, None, info)
    enforced = verdict.mode != "shadow"
    acted = {reason.category for reason in verdict.reasons} if enforced else set()
    scores = raised(verdict)
    values = _values([scores[category] or 0.0 for category in Category])
    unsupported = _unsupported(tuple(verdict.scores[category] is not None for category in Category))
    return {
        "flagged": verdict.flagged and enforced,
        "categories": {key: _is_true(FEEDS[key], acted) for key in KEYS} if acted else _ALL_FALSE,
        "category_scores": values,
        "category_applied_input_types": {
            key: _NO_INPUT if key in unsupported and not values[key] else _TEXT_INPUT
            for key in KEYS
        },
        "x_action": native["action"],
        "x_mode": native["mode"],
        "x_reasons": native["reasons"],
        "x_evidence": native["evidence"],
        "x_categories": native["categories"],
        "x_unsupported": list(unsupported),
        "x_language": native["language"],
        "x_policy": native["policy"],
        "x_policy_version": native["policy_version"],
    }


def _values(scores: Sequence[float]) -> dict[str, float]:
    """The score of every key from those of the categories, in their order; 0.0 where nothing is known."""
    return {
        key: pick([scores[at] for at in columns]) if columns else 0.0
        for key, columns, pick in _COLUMNS
    }


@cache
def _unsupported(known: tuple[bool, ...]) -> tuple[str, ...]:
    """The keys that no trained score stands behind; ``known`` tells for every category whether it has one."""
    scored = dict(zip(Category, known, strict=True))

    def serves(feed: Feed) -> bool:
        found = [scored[category] for category in feed.categories]
        return bool(found) and (all(found) if feed.lowest else any(found))

    return tuple(key for key, feed in FEEDS.items() if not serves(feed))


def _is_true(feed: Feed, acted: set[Category | None]) -> bool:
    """Whether the policy acted on what the key means."""
    hits = [category in acted for category in (*feed.categories, *feed.also)]
    return bool(hits) and (all(hits) if feed.lowest else any(hits))


def _model(name: object) -> str:
    if name is None:
        return ""
    if not isinstance(name, str):
        raise InvalidRequest("'model' must be a string.", field="model")
    if len(name) > _MAX_MODEL:
        raise InvalidRequest(f"'model' has more than {_MAX_MODEL} characters.", field="model")
    return name


def _policy(model: str, policies: Mapping[str, object]) -> str:
    """The policy that a model's name asks for; empty for the default. Raises ``NotFound`` for an unknown one."""
    if not model.startswith(_POLICY_PREFIX):
        return ""
    name = model.removeprefix(_POLICY_PREFIX)
    if name not in policies:
        raise NotFound("There is no policy of the name that 'model' asks for.", field="model")
    return name


def _texts(body: Mapping[str, Any]) -> list[str]:
    """The texts of ``input``; typed parts are one text, a line for each."""
    if "input" not in body:
        raise InvalidRequest("Missing required parameter: 'input'.", field="input")
    given = body["input"]
    if isinstance(given, str):
        return [given]
    if not isinstance(given, list) or not given:
        raise InvalidRequest(_NOT_INPUT, field="input")
    if isinstance(given[0], dict):
        return ["\n".join(_part(at, part) for at, part in enumerate(given))]
    for at, text in enumerate(given):
        if not isinstance(text, str):
            raise InvalidRequest(_NOT_INPUT, field=f"input[{at}]")
    return given


def _part(at: int, part: object) -> str:
    """The text of one typed part."""
    field = f"input[{at}]"
    if not isinstance(part, dict):
        raise InvalidRequest(_NOT_INPUT, field=field)
    if part.get("type") == "image_url":
        raise InvalidRequest(
            "Images are not moderated here; send text parts only. Nothing was judged.", field=field
        )
    text = part.get("text")
    if part.get("type") != "text" or not isinstance(text, str):
        raise InvalidRequest("A part must be {'type': 'text', 'text': '...'}.", field=field)
    return text


def render_error(error: ServiceError, request_id: str) -> Response:
    """OpenAI's shape: message, type, param, code."""
    status = status_of(error)
    kind, code = "invalid_request_error", error.code
    match error:
        case KeyMissing():
            kind, code = "invalid_request_error", "missing_api_key"
        case Unauthorized():
            kind, code = "invalid_request_error", "invalid_api_key"
        case RateLimited():
            kind, code = "requests", "rate_limit_exceeded"
        case NotFound(field="model"):
            code = "model_not_found"
        case _ if status >= 500:
            kind = "server_error"
    headers = retry_after(error, status)
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    body = {"message": error.message, "type": kind, "param": error.field, "code": code}
    return JsonResponse({"error": body}, status, headers)
