"""Parameters of a request to a dialect that takes them in JSON, in a form and in the query alike."""

from collections.abc import Awaitable, Callable, Collection, Iterable
from functools import partial
from typing import Any

from starlette.requests import Request

from service.api.deps import admit, admit_first, services_of
from service.api.forms import form_pairs, query_pairs
from service.api.limits import read_body
from service.api.wire import is_json, parse_object
from service.errors import InvalidRequest, ServiceError, UnsupportedMediaType

__all__ = ["admitted_fields", "admitted_parameters", "is_true", "only_text", "texts_of"]

_FORMS = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})
_SPARE_FIELDS = 100  # of a form, beside one for each text
_YES = frozenset({"1", "true", "yes"})


async def admitted_parameters(
    request: Request, key: str = "", key_field: str = "", repeated: Collection[str] = ()
) -> dict[str, Any]:
    """The fields of a request that is let in, before its body is read where that can be decided then.

    ``key`` is what the dialect's own header or query says; without one, ``key_field`` of the body may hold it.
    Raises what ``admit`` raises, and for a client that is let in ``InvalidRequest`` and the like.
    """
    read = partial(_read_parameters, repeated=repeated)
    return await admitted_fields(request, read, key, key_field)


async def admitted_fields(
    request: Request,
    read: Callable[[Request], Awaitable[dict[str, Any]]],
    key: str = "",
    key_field: str = "",
) -> dict[str, Any]:
    """``admitted_parameters`` for a dialect that has its own way to ``read`` fields."""
    admitted = admit_first(request, key)
    try:
        fields = await read(request)
    except ServiceError:
        if not admitted:
            admit(request)  # a body that cannot be read holds no key
        raise
    if not admitted:
        admit(request, fields.get(key_field, "") if key_field else "")
    return fields


async def _read_parameters(request: Request, repeated: Collection[str] = ()) -> dict[str, Any]:
    """The fields of the body and of the query, where the query wins; ``repeated`` ones of a form are lists.

    Raises ``InvalidRequest``, ``InvalidText``, ``PayloadTooLarge``, or ``UnsupportedMediaType`` for another body.
    """
    settings = services_of(request).settings
    most = settings.max_items + _SPARE_FIELDS
    body = await read_body(request, settings.max_body_bytes)
    media_type = request.headers.get("content-type", "")
    fields: dict[str, Any] = {}
    if is_json(media_type):
        fields = parse_object(body)
    elif media_type.partition(";")[0].strip().lower() in _FORMS:
        fields = _gathered(await form_pairs(request.headers, body, most), repeated)
    elif body:
        raise UnsupportedMediaType("Send the body as application/json or as a form.")
    return fields | _gathered(query_pairs(request.scope["query_string"], most), repeated)


def _gathered(pairs: Iterable[tuple[str, str]], repeated: Collection[str]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for name, value in pairs:
        if name in repeated:
            fields.setdefault(name, []).append(value)
        else:
            fields.setdefault(name, value)
    return fields


def only_text(fields: dict[str, Any], name: str) -> str:
    """A field that must be a string where it is given; empty where it is not. Raises ``InvalidRequest``."""
    value = fields.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise InvalidRequest(f"{name}: must be a string.", field=name)
    return value


def texts_of(fields: dict[str, Any], name: str) -> list[str]:
    """A field that is a string or a list of strings, and not empty. Raises ``InvalidRequest``."""
    value = fields.get(name)
    if value is None or value == []:
        raise InvalidRequest(f"{name}: missing.", field=name)
    if isinstance(value, str):
        return [value]
    if not isinstance(value, list):
        raise InvalidRequest(f"{name}: must be a string, or a list of strings.", field=name)
    for at, text in enumerate(value):
        if not isinstance(text, str):
            raise InvalidRequest(f"{name}[{at}]: must be a string.", field=f"{name}[{at}]")
    return value


def is_true(value: object) -> bool:
    """Whether a switch is on, as JSON or as a form writes it."""
    return value is True or (isinstance(value, str) and value.lower() in _YES)
