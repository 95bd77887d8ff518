"""The Perspective API: ``comments:analyze`` and ``comments:suggestscore`` in its shapes, errors and offsets.

Perspective itself is switched off on 2026-12-31. Its clients often let a comment pass when they are told that its
language is not supported, so that error is kept for languages that really are not.
"""

import asyncio
import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from service.api.deps import (
    LeanRoute,
    admit,
    check_sizes,
    detect_all,
    moderate,
    services_of,
    while_connected,
)
from service.api.dialects.perspective_discovery import discovery_document
from service.api.dialects.perspective_schemas import (
    AnalyzeIn,
    AnalyzeOut,
    AttributeParameters,
    FeedbackIn,
    FeedbackOut,
    PerspectiveError,
    TextEntry,
    body_schema,
)
from service.api.dialects.perspective_scores import (
    ATTRIBUTES,
    UNSERVED,
    Scored,
    detected_languages,
    is_served,
    scored,
    sentences,
)
from service.api.dialects.scores import classified
from service.api.errors import retry_after, status_of
from service.api.limits import KeyMissing, read_body
from service.api.openapi import error_responses
from service.api.wire import JsonResponse, parse_model
from service.domain import Detection, ModerationRequest, Verdict
from service.errors import (
    InvalidRequest,
    NotReady,
    PayloadTooLarge,
    ServiceError,
    TextTooLong,
    Unauthorized,
)
from service.text.offsets import utf16_offsets

__all__ = ["PATHS", "CommentRefused", "render_error", "router"]

_ANALYZE, _SUGGEST = "/v1alpha1/comments:analyze", "/v1alpha1/comments:suggestscore"
_DISCOVERY = "/$discovery/rest"
PATHS = frozenset({_ANALYZE, _SUGGEST, _DISCOVERY})

_MOST_ATTRIBUTES = 64  # more than there are, and each costs a score for every sentence
_MOST_LANGUAGES, _LONGEST_CODE = 32, 35
_INLINE_CHARS = 4000  # cutting more than this into sentences leaves the event loop
_PROBABILITY = "PROBABILITY"
_DETAILS = "type.googleapis.com/google.commentanalyzer.v1alpha1.Error"
_VERSION = re.compile(r"[0-9]{1,3}")
_CODE = re.compile(r"[A-Za-z0-9-]{1,35}")
_NAME = re.compile(r"[A-Z][A-Z_]{0,63}")
_STATUS = {
    400: "INVALID_ARGUMENT",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    405: "UNIMPLEMENTED",
    413: "INVALID_ARGUMENT",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}
_KEY = {
    "name": "key",
    "in": "query",
    "required": False,
    "description": "API key, where keys are set; `X-Goog-Api-Key` and the native ways work too.",
    "schema": {"type": "string"},
}

router = APIRouter(route_class=LeanRoute, tags=["Perspective"])


class CommentRefused(InvalidRequest):
    """A request that Perspective would refuse too, with its own word for why."""

    error_type = "INVALID_REQUEST"
    facts: Mapping[str, Any] = {}


def _refused(error_type: str, message: str, **facts: Any) -> CommentRefused:
    error = CommentRefused(message)
    error.error_type, error.facts = error_type, facts
    return error


def _responses() -> dict[int | str, dict[str, Any]]:
    meaning = {
        400: "The comment, an attribute, a field or the API key is wrong; `errorType` says which.",
        403: "An API key is required.",
    }
    return error_responses(
        400, 403, 404, 413, 429, 500, 503, 504, model=PerspectiveError, meaning=meaning
    )


def _extra(model: type[BaseModel]) -> dict[str, Any]:
    content = {"application/json": {"schema": body_schema(model)}}
    return {"parameters": [_KEY], "requestBody": {"required": True, "content": content}}


@router.post(
    _ANALYZE,
    summary="Score a comment (Perspective)",
    response_model=AnalyzeOut,
    responses=_responses(),
    openapi_extra=_extra(AnalyzeIn),
)
async def analyze_comment(request: Request) -> Response:
    """Score a comment by attribute, as a whole and, with `spanAnnotations`, by sentence."""
    body = parse_model(AnalyzeIn, await _read(request))
    _check_counts(requested_attributes=body.requested_attributes, languages=body.languages)
    text = _text(request, body.comment, body)
    attributes, unserved = _attributes(body.requested_attributes)
    requested = [code for code in body.languages or [] if code.strip()]
    spans = await _spans(request, text) if body.span_annotations else []
    stretches = [text, *(text[start:end] for start, end in spans if (start, end) != (0, len(text)))]
    verdicts = await moderate(request, [ModerationRequest(t, explain=False) for t in stretches])
    whole = verdicts[0]
    _check_language(text, requested, whole.detection, attributes)
    parts = verdicts[1:] if len(verdicts) > 1 else [whole]
    units = utf16_offsets(text, spans if len(verdicts) > 1 else [(0, len(text))])
    scores, silent = _attribute_scores(attributes, whole, list(zip(units, parts, strict=True)))
    if silent and not classified(whole):
        _refuse_silence(whole, requested, silent, attributes)
    detected = detected_languages(whole.detection)
    answer: dict[str, Any] = {
        "languages": requested or detected[:1],
        "detectedLanguages": detected,
        "x_action": whole.action,
        "x_evidence": _evidence(text, whole),
        "x_unsupported": [*unserved, *silent],
        "x_model": whole.model,
        "x_policy_version": whole.policy_version,
    }
    if scores:  # as with Google, an empty field is left out
        answer["attributeScores"] = scores
    if body.client_token:
        answer["clientToken"] = body.client_token
    return JsonResponse(answer)


@router.post(
    _SUGGEST,
    summary="Suggest a score (Perspective)",
    response_model=FeedbackOut,
    responses=_responses(),
    openapi_extra=_extra(FeedbackIn),
)
async def suggest_score(request: Request) -> Response:
    """Tell what a comment's score should have been. It is counted by attribute; nothing of it is kept."""
    body = parse_model(FeedbackIn, await _read(request))
    _check_counts(attribute_scores=body.attribute_scores, languages=body.languages)
    text = _text(request, body.comment, body)
    given = body.attribute_scores or {}
    if not given or not all(s and (s.summary_score or s.span_scores) for s in given.values()):
        raise _refused("INVALID_REQUEST", "attribute_scores must not be empty")
    names = [_known(name) for name in given]
    [detection] = await detect_all(request, [text])
    for name in names:
        services_of(request).runtime.metrics.feedback(ATTRIBUTES.get(name))
    answer: dict[str, Any] = {"detectedLanguages": detected_languages(detection)}
    if body.languages:
        answer["requestedLanguages"] = body.languages
    if body.client_token:
        answer["clientToken"] = body.client_token
    return JsonResponse(answer)


@router.get(
    _DISCOVERY,
    summary="Describe the API to Google's clients (Perspective)",
    response_model=dict[str, Any],
)
async def discover(request: Request) -> Response:
    """The discovery document that Google's client libraries build themselves from."""
    return JsonResponse(discovery_document(str(request.base_url)))


async def _spans(request: Request, text: str) -> Sequence[tuple[int, int]]:
    """The sentences of ``text``; those of a long one are found in a thread."""
    if len(text) <= _INLINE_CHARS:
        return sentences(text)
    return await while_connected(request, asyncio.to_thread(sentences, text))


async def _read(request: Request) -> bytes:
    """The body of a client that may ask. Google reads JSON whatever the Content-Type says."""
    key = request.query_params.get("key") or request.headers.get("x-goog-api-key")
    admit(request, key)
    return await read_body(request, services_of(request).settings.max_body_bytes)


def _text(request: Request, comment: TextEntry | None, body: AnalyzeIn | FeedbackIn) -> str:
    """The comment's text. Raises for an empty, long or HTML one, and for both kinds of context at once."""
    text = (comment.text if comment else None) or ""
    if not text.strip():
        raise _refused("COMMENT_EMPTY", "Comment must be non-empty.")
    if comment and comment.type == "HTML":
        raise _refused("INVALID_REQUEST", "Currently, only 'PLAIN_TEXT' comments are supported")
    context = body.context
    if context and context.entries and context.article_and_parent_comment:
        raise _refused(
            "INVALID_REQUEST",
            "Context can have either entries or article_and_parent_comment, but both fields were populated.",
        )
    check_sizes(services_of(request).settings, "comment", [text], batch=False)
    return text


def _check_counts(**given: Collection[Any] | None) -> None:
    """Raise for more languages or attributes than there can be: each is answered, so each costs."""
    for name, items in given.items():
        most = _MOST_LANGUAGES if name == "languages" else _MOST_ATTRIBUTES
        if items is not None and len(items) > most:
            raise _refused("INVALID_REQUEST", f"{name} has {len(items)} entries, at most {most}")
        if name == "languages" and any(len(code) > _LONGEST_CODE for code in items or ()):
            raise _refused("INVALID_REQUEST", f"a code in languages is over {_LONGEST_CODE} long")


def _attributes(
    requested: Mapping[str, AttributeParameters | None] | None,
) -> tuple[dict[str, float], list[str]]:
    """The thresholds of the attributes that are served, and the names of those that only Perspective serves."""
    if not requested:
        raise _refused("NO_REQUESTED_ATTRIBUTES", "Missing requested_attributes")
    served: dict[str, float] = {}
    unserved: list[str] = []
    for name, parameters in requested.items():
        wanted = parameters or AttributeParameters()
        if wanted.score_type not in (None, "SCORE_TYPE_UNSPECIFIED", _PROBABILITY):
            raise _refused(
                "INVALID_REQUEST",
                f"Requested score type {wanted.score_type} is not supported by attribute {_known(name)}",
            )
        if _known(name) in ATTRIBUTES:
            served[name] = wanted.score_threshold or 0.0
        else:
            unserved.append(name)
    if not served:
        raise _refused("INVALID_REQUEST", f"Unknown requested attribute: {unserved[0]}")
    return served, unserved


def _known(name: str) -> str:
    """An attribute's name without its version (``TOXICITY@6``). Raises for one that Perspective never had."""
    plain, at, version = name.partition("@")
    if (plain in ATTRIBUTES or plain in UNSERVED) and (not at or _VERSION.fullmatch(version)):
        return plain
    shown = plain if _NAME.fullmatch(plain) else "(not a name)"
    raise _refused("INVALID_REQUEST", f"Unknown requested attribute: {shown}")


def _check_language(
    text: str, requested: Sequence[str], detection: Detection, attributes: Mapping[str, float]
) -> None:
    if not is_served(text, requested, detection):
        raise _unsupported_language(requested, detection, next(iter(attributes)))


def _refuse_silence(
    verdict: Verdict,
    requested: Sequence[str],
    silent: Sequence[str],
    attributes: Mapping[str, float],
) -> None:
    """Raise for a comment that no classifier has scored: it is in neither language, or there is no classifier now.

    Listed words give some attributes a number all the same. In an unknown language these are answered; where the
    classifier only failed, the client shall come back for all of them.
    """
    if verdict.detection.lang is not None:
        raise NotReady("The classifier gives no scores now. Hold the comment for review.")
    if len(silent) < len(attributes):
        return
    if requested:
        raise _unsupported_language(requested, verdict.detection, silent[0])
    raise _refused("LANGUAGE_DETECTION_FAILED", "Unable to detect language")


def _unsupported_language(
    requested: Sequence[str], detection: Detection, attribute: str
) -> CommentRefused:
    codes = [code if _CODE.fullmatch(code) else "und" for code in requested]
    return _refused(
        "LANGUAGE_NOT_SUPPORTED_BY_ATTRIBUTE",
        f"Attribute {attribute} does not support request languages: {', '.join(codes[:10])}",
        languageNotSupportedByAttributeError={
            "detectedLanguages": detected_languages(detection),
            "requestedLanguages": codes[:10],
            "attribute": attribute,
        },
    )


def _attribute_scores(
    attributes: Mapping[str, float],
    whole: Verdict,
    parts: Sequence[tuple[tuple[int, int], Verdict]],
) -> tuple[dict[str, Any], list[str]]:
    """``attributeScores``, and the attributes for which there is no number. What is under its threshold is left out."""
    scores: dict[str, Any] = {}
    silent: list[str] = []
    for name, threshold in attributes.items():
        attribute = name.partition("@")[0]
        summary = scored(attribute, whole)
        if summary is None:
            silent.append(name)
            continue
        spans = [
            {"begin": begin, "end": end, "score": _score(found)}
            for (begin, end), verdict in parts
            if (found := scored(attribute, verdict)) is not None and found.value >= threshold
        ]
        shown: dict[str, Any] = {"spanScores": spans} if spans else {}
        if summary.value >= threshold:
            shown |= {"summaryScore": _score(summary)}
        if shown:
            scores[name] = shown | {"x_supported": summary.supported, "x_source": summary.source}
    return scores, silent


def _score(found: Scored) -> dict[str, Any]:
    return {"value": found.value, "type": _PROBABILITY}


def _evidence(text: str, verdict: Verdict) -> list[dict[str, Any]]:
    units = utf16_offsets(text, [(e.start, e.end) for e in verdict.evidence])
    return [
        {"begin": begin, "end": end, "rule": each.rule, "category": each.category}
        for each, (begin, end) in zip(verdict.evidence, units, strict=True)
    ]


def render_error(error: ServiceError, request_id: str) -> Response:
    """Google's shape. A wrong key is 400 and a missing one 403 there, and a long comment is 400."""
    status, message = status_of(error), error.message
    details: dict[str, Any] | None = None
    match error:
        case CommentRefused():
            details = _details(error.error_type) | dict(error.facts)
        case KeyMissing():
            status = 403
        case Unauthorized():
            status, message = 400, "API key not valid. Please pass a valid API key."
            details = {
                "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                "reason": "API_KEY_INVALID",
                "domain": "googleapis.com",
            }
        case TextTooLong():
            status, message = 400, f"Comment text too long. ({error.actual} > {error.limit})"
            details = _details("COMMENT_TOO_LONG")
        case PayloadTooLarge():
            details = _details("COMMENT_TOO_LONG")
        case InvalidRequest():
            details = _details("INVALID_REQUEST")
    body: dict[str, Any] = {
        "code": status,
        "message": message,
        "status": _STATUS.get(status, "UNKNOWN"),
    }
    if details is not None:
        body["details"] = [details]
    return JsonResponse({"error": body}, status, retry_after(error, status))


def _details(error_type: str) -> dict[str, Any]:
    return {"@type": _DETAILS, "errorType": error_type}
