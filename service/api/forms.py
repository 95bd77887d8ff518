"""Form bodies and queries to plain fields, for dialects whose clients send forms."""

from collections.abc import AsyncGenerator
from urllib.parse import parse_qsl

from starlette.datastructures import Headers
from starlette.formparsers import MultiPartException, MultiPartParser

from service.errors import InvalidRequest, InvalidText

__all__ = ["form_pairs", "parse_form", "parse_query", "query_pairs"]

_MAX_FIELDS = 100


def query_pairs(encoded: bytes, most: int = _MAX_FIELDS) -> list[tuple[str, str]]:
    """URL-encoded fields. Raises ``InvalidText`` for what is not UTF-8 and ``InvalidRequest`` for too many fields."""
    try:
        return parse_qsl(
            encoded.decode(), keep_blank_values=True, errors="strict", max_num_fields=most
        )
    except UnicodeDecodeError:
        raise InvalidText("The form is not valid UTF-8.") from None
    except ValueError:
        raise InvalidRequest("The form has too many fields.") from None


async def form_pairs(
    headers: Headers, body: bytes, most: int = _MAX_FIELDS
) -> list[tuple[str, str]]:
    """The fields of a URL-encoded or multipart body; none when the Content-Type names neither. Raises as above."""
    media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type == "application/x-www-form-urlencoded":
        return query_pairs(body, most)
    if media_type == "multipart/form-data":
        return await _parse_multipart(headers, body, most)
    return []


def parse_query(encoded: bytes) -> dict[str, str]:
    """``query_pairs`` by name; of a repeated field the first counts."""
    return dict(reversed(query_pairs(encoded)))


async def parse_form(headers: Headers, body: bytes) -> dict[str, str]:
    """``form_pairs`` by name; of a repeated field the first counts."""
    return dict(reversed(await form_pairs(headers, body)))


async def _parse_multipart(headers: Headers, body: bytes, most: int) -> list[tuple[str, str]]:
    try:
        body.decode()  # starlette reads undecodable bytes as Latin-1 instead of failing
    except UnicodeDecodeError:
        raise InvalidText("The form is not valid UTF-8.") from None

    async def stream() -> AsyncGenerator[bytes, None]:
        yield body

    parser = MultiPartParser(
        headers, stream(), max_files=0, max_fields=most, max_part_size=len(body)
    )
    try:
        form = await parser.parse()
    except (MultiPartException, KeyError) as error:
        raise InvalidRequest("The form cannot be read.") from error
    return [(name, value) for name, value in form.multi_items() if isinstance(value, str)]
