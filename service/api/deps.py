"""What every route shares: the services of the process, who may enter, and work that stops when the client leaves."""

import asyncio
import time
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from fastapi.routing import APIRoute
from starlette.requests import ClientDisconnect, Request

from models.interfaces import EngineInfo
from service.api.limits import ApiKeys, KeyMissing, RateLimiter, client_of
from service.domain import (
    Detection,
    Lang,
    ModerationRequest,
    Translation,
    TranslationRequest,
    Verdict,
)
from service.errors import TextTooLong, TooManyItems, Unauthorized, UnsupportedLanguage
from service.pipeline.added_toxicity import ModeratedTranslation
from service.pipeline.drivers import Timings
from service.runtime import Runtime
from service.settings import Settings
from service.text.languages import resolve_language

__all__ = [
    "LeanRoute", "Services", "admit", "admit_first", "check_sizes", "detect_all", "moderate", "require_language",
    "services_of", "targets_of", "translate", "translate_moderated", "while_connected",
]  # fmt: skip

_WATCH_AFTER_S = 0.25
_INLINE_CHARS = 4000  # detecting the language of more than this leaves the event loop

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Services:
    """Everything the routes need, held in ``app.state.services`` while the application runs."""

    settings: Settings
    runtime: Runtime
    keys: ApiKeys
    limiter: RateLimiter

    @property
    def open(self) -> bool:
        """Whether everybody may ask as often as they like."""
        return not (self.keys.required or self.limiter.active)


class LeanRoute(APIRoute):
    """A documented route whose handler takes the bare request.

    FastAPI still writes the OpenAPI entry, but its dependency solving and body and response validation, which cost
    more than the rest of a small request, are left out: the handlers read and write JSON themselves.
    """

    def get_route_handler(
        self,
    ) -> Any:  # a starlette endpoint; FastAPI's own annotation differs between releases
        return self.endpoint


def services_of(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


def admit(request: Request, api_key: object = None) -> None:
    """Let the client in, or raise ``RateLimited``, ``KeyMissing`` or ``Unauthorized``.

    The key comes from ``Authorization: Bearer``, ``X-API-Key``, the query's ``api_key``, or the caller, which has
    read it from a body. Tries with a wrong key count against the address, so keys cannot be guessed at full speed.
    """
    services = services_of(request)
    if services.open:
        return
    given = _api_key(request) or (api_key if isinstance(api_key, str) else "")
    key = services.keys.identify(given)
    services.limiter.hit(key or client_of(request))
    if services.keys.required and key is None:
        if not given:
            raise KeyMissing("An API key is required.")
        raise Unauthorized("The API key is not valid.")


def admit_first(request: Request, api_key: str = "") -> bool:
    """``admit`` before the body is read; False where the key may still be in the body, and ``admit`` is to be called.

    Until then such a client is held to the limit of its address: nobody without a key can have bodies parsed for ever.
    """
    services = services_of(request)
    if services.keys.required and not (api_key or _api_key(request)):
        services.limiter.check(client_of(request))
        return False
    admit(request, api_key)
    return True


def _api_key(request: Request) -> str:
    scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and credentials.strip():
        return credentials.strip()
    return request.headers.get("x-api-key", "") or request.query_params.get("api_key", "")


def check_sizes(settings: Settings, field: str, texts: Sequence[str], *, batch: bool) -> None:
    """Raise ``TooManyItems`` or ``TextTooLong`` for texts over the limits; ``batch`` says whether a list was sent."""
    if len(texts) > settings.max_items:
        raise TooManyItems(
            "Too many texts in one request.",
            field=field,
            limit=settings.max_items,
            actual=len(texts),
        )
    for at, text in enumerate(texts):
        if len(text) > settings.max_text_chars:
            raise TextTooLong(
                "The text is too long.",
                field=f"{field}[{at}]" if batch else field,
                limit=settings.max_text_chars,
                actual=len(text),
            )


def require_language(field: str, code: str) -> Lang:
    """The language that a request's ``field`` names. Raises ``UnsupportedLanguage``."""
    lang = resolve_language(code)
    if lang is None:
        raise UnsupportedLanguage(
            f"{field}: not a code of English or Chinese (see /v1/languages).", field=field
        )
    return lang


async def translate(request: Request, requests: Sequence[TranslationRequest]) -> list[Translation]:
    """Translate for a client that is still there; the times it took end up in the Server-Timing header."""
    services = services_of(request)
    timings = request.scope["state"]["timings"] = Timings()
    deadline = time.monotonic() + services.settings.request_timeout_s
    work = services.runtime.translator.translate(requests, deadline=deadline, timings=timings)
    return await while_connected(request, work)


async def moderate(request: Request, requests: Sequence[ModerationRequest]) -> list[Verdict]:
    """Judge for a client that is still there; raises ``NotFound`` where moderation is switched off."""
    services = services_of(request)
    moderator = services.runtime.moderator
    timings = request.scope["state"]["timings"] = Timings()
    deadline = time.monotonic() + services.settings.request_timeout_s
    work = moderator.moderate(requests, deadline=deadline, timings=timings)
    return await while_connected(request, work)


async def translate_moderated(
    request: Request, requests: Sequence[TranslationRequest], policy: str
) -> list[ModeratedTranslation]:
    """Translate and judge both sides; raises ``NotFound`` where moderation is switched off."""
    services = services_of(request)
    translator = services.runtime.moderated_translator()
    timings = request.scope["state"]["timings"] = Timings()
    deadline = time.monotonic() + services.settings.request_timeout_s
    work = translator.translate(requests, policy=policy, deadline=deadline, timings=timings)
    return await while_connected(request, work)


async def detect_all(request: Request, texts: Sequence[str]) -> list[Detection]:
    """One detection for each text; a lot of text is looked at in a thread."""
    translator = services_of(request).runtime.translator

    def detect() -> list[Detection]:
        return [translator.detect(text) for text in texts]

    if sum(map(len, texts)) <= _INLINE_CHARS:
        return detect()
    return await while_connected(request, asyncio.to_thread(detect))


def targets_of(source: Lang, info: EngineInfo) -> list[Lang]:
    """What ``source`` can become: by the engine, or, between the two Chinese scripts, by conversion."""
    return [
        target
        for target in Lang
        if target is not source
        and (source.base == target.base or (source.base, target.base) in info.directions)
    ]


async def while_connected(request: Request, work: Coroutine[Any, Any, R]) -> R:
    """Await ``work``, but cancel it and raise ``ClientDisconnect`` when the client goes away first.

    Call it after the body has been read: from then on the only message to come is the disconnect. Most work is done
    before anybody starts to listen for that: a task for each request costs more than the rest of this layer.
    """
    task = asyncio.current_task()
    if task is None:  # pragma: no cover - ASGI servers run handlers in tasks
        return await work
    gone = False
    watcher: asyncio.Task[None] | None = None

    async def watch() -> None:
        nonlocal gone
        while (await request.receive())["type"] != "http.disconnect":
            pass
        gone = True
        task.cancel()

    def start_watching() -> None:
        nonlocal watcher
        watcher = loop.create_task(watch())

    loop = asyncio.get_running_loop()
    timer = loop.call_later(_WATCH_AFTER_S, start_watching)
    try:
        return await work
    except asyncio.CancelledError:
        if not gone:
            raise
        task.uncancel()
        raise ClientDisconnect from None
    finally:
        timer.cancel()
        if watcher is not None:
            watcher.cancel()
