"""JSON bytes to checked objects and back. Every way a body can be unreadable becomes an error of the tree here."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails, from_json, to_json
from starlette.requests import Request
from starlette.responses import Response

from service.errors import InvalidRequest, InvalidText, UnsupportedMediaType

__all__ = [
    "JsonResponse",
    "find_surrogate",
    "is_json",
    "parse_model",
    "parse_object",
    "require_json",
]

_BOM = b"\xef\xbb\xbf"
_MAX_NAME = 64  # code points of a field's name that an error repeats

Model = TypeVar("Model", bound=BaseModel)


class JsonResponse(Response):
    """An answer from plain data (dicts, lists, enums); a number that is not finite becomes null."""

    media_type = "application/json"

    def __init__(
        self, content: object, status: int = 200, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(to_json(content, inf_nan_mode="null"), status, headers)


def is_json(media_type: str) -> bool:
    """Whether a Content-Type names JSON: ``application/json``, with or without parameters, or ``…+json``."""
    kind = media_type.partition(";")[0].strip().lower()
    return kind == "application/json" or kind.endswith("+json")


def require_json(request: Request) -> None:
    """Raise ``UnsupportedMediaType`` when a Content-Type is given and is not JSON."""
    media_type = request.headers.get("content-type")
    if media_type and not is_json(media_type):
        raise UnsupportedMediaType("Send the body as application/json.")


def parse_model(model: type[Model], body: bytes) -> Model:
    """Read ``body`` as ``model``. Raises ``InvalidText`` for a lone surrogate, else ``InvalidRequest``."""
    try:
        return model.model_validate_json(body.removeprefix(_BOM))
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)
        raise _from_details(details, body) from None


def parse_object(body: bytes) -> dict[str, Any]:
    """Read ``body`` as a JSON object of any fields. Raises as ``parse_model`` does."""
    try:
        parsed = from_json(body.removeprefix(_BOM))
    except ValueError as error:
        raise _unreadable(str(error), body) from None
    if not isinstance(parsed, dict):
        raise InvalidRequest("The body must be a JSON object.")
    return parsed


def _from_details(details: list[ErrorDetails], body: bytes) -> InvalidRequest:
    first = details[0]
    if first["type"] == "json_invalid":
        return _unreadable(first["msg"], body)
    if not first["loc"]:
        return InvalidRequest("The body must be a JSON object.")
    # A value that fits no member of a union gives one error for each member: the one that points deepest tells most.
    name = first["loc"][0]
    worst = max((d for d in details if d["loc"][:1] == (name,)), key=_depth)
    field = _field_name(worst["loc"])
    if worst["type"] == "extra_forbidden":
        return InvalidRequest(f"Unknown field: {field}.", field=field)
    if worst["type"] == "missing":
        return InvalidRequest(f"Missing field: {field}.", field=field)
    if name == "text" and worst["type"] in ("string_type", "list_type"):
        return InvalidRequest(f"{field}: must be a string, or a list of strings.", field=field)
    return InvalidRequest(f"{field}: {worst['msg']}.", field=field)


def _depth(details: ErrorDetails) -> int:
    return sum(isinstance(step, int) for step in details["loc"])


def _field_name(location: tuple[int | str, ...]) -> str:
    """``text[3]`` for pydantic's ``("text", "list[str]", 3)``."""
    index = "".join(f"[{step}]" for step in location if isinstance(step, int))
    return f"{location[0]}"[:_MAX_NAME] + index


def _unreadable(message: str, body: bytes) -> InvalidRequest:
    # The parser reports a lone surrogate as a broken escape and does not say in which field.
    if "hex escape" in message:
        field = find_surrogate(body)
        if field is not None:
            return InvalidText(f"{field}: holds half of a surrogate pair.", field=field)
    if "unicode code point" in message:
        return InvalidRequest("The body is not valid UTF-8.")
    return InvalidRequest("The body is not valid JSON.")


def find_surrogate(body: bytes) -> str | None:
    """The first field of a JSON object that holds a lone surrogate; None when the body has another fault."""
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(parsed, dict):
        return None
    return next(_surrogates(parsed), None)


def _surrogates(parsed: dict[str, Any]) -> Iterator[str]:
    for name, value in parsed.items():
        if not _encodable(name):
            yield "(field name)"
        elif isinstance(value, list):
            for at, item in enumerate(value):
                if _holds_surrogate(item):
                    yield f"{name[:_MAX_NAME]}[{at}]"
        elif _holds_surrogate(value):  # without the keys inside: those of a glossary are text
            yield name[:_MAX_NAME]


def _holds_surrogate(value: Any) -> bool:
    """Whether a string in it, at any depth, is no text."""
    held = [value]
    while held:
        one = held.pop()
        if isinstance(one, str) and not _encodable(one):
            return True
        if isinstance(one, dict):
            held += [*one, *one.values()]
        elif isinstance(one, list):
            held += one
    return False


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
