"""Form bodies and queries to plain fields, for dialects whose clients send forms. A repeated field counts once."""

from collections.abc import AsyncGenerator
from urllib.parse import parse_qsl

from starlette.datastructures import Headers
from starlette.formparsers import MultiPartException, MultiPartParser

from service.errors import InvalidRequest, InvalidText

__all__ = ["parse_form", "parse_query"]

_MAX_FIELDS = 100


def parse_query(encoded: bytes) -> dict[str, str]:
    """URL-encoded fields. Raises ``InvalidText`` for what is not UTF-8 and ``InvalidRequest`` for too many fields."""
    try:
        pairs = parse_qsl(
            encoded.decode(), keep_blank_values=True, errors="strict", max_num_fields=_MAX_FIELDS
        )
    except UnicodeDecodeError:
        raise InvalidText("The form is not valid UTF-8.") from None
    except ValueError:
        raise InvalidRequest("The form has too many fields.") from None
    return dict(reversed(pairs))


async def parse_form(headers: Headers, body: bytes) -> dict[str, str]:
    """The fields of a URL-encoded or multipart body; none when the Content-Type names neither. Raises as above."""
    media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type == "application/x-www-form-urlencoded":
        return parse_query(body)
    if media_type == "multipart/form-data":
        return await _parse_multipart(headers, body)
    return {}


async def _parse_multipart(headers: Headers, body: bytes) -> dict[str, str]:
    try:
        body.decode()  # starlette reads undecodable bytes as Latin-1 instead of failing
    except UnicodeDecodeError:
        raise InvalidText("The form is not valid UTF-8.") from None

    async def stream() -> AsyncGenerator[bytes, None]:
        yield body

    parser = MultiPartParser(
        headers, stream(), max_files=0, max_fields=_MAX_FIELDS, max_part_size=len(body)
    )
    try:
        form = await parser.parse()
    except (MultiPartException, KeyError) as error:
        raise InvalidRequest("The form cannot be read.") from error
    return {name: value for name, value in reversed(form.multi_items()) if isinstance(value, str)}
