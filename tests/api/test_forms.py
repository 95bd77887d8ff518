"""Form bodies and queries: decoded strictly, bounded, first value first."""

import pytest
from starlette.datastructures import Headers

from service.api.forms import parse_form, parse_query
from service.errors import InvalidRequest, InvalidText

pytestmark = pytest.mark.anyio

FORM = "application/x-www-form-urlencoded"


def multipart(*parts: tuple[str, bytes]) -> tuple[str, bytes]:
    """The media type and the body of a multipart form."""
    body = b"".join(
        b'--xx\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % (name.encode(), value)
        for name, value in parts
    )
    return "multipart/form-data; boundary=xx", body + b"--xx--\r\n"


@pytest.mark.parametrize(
    ("encoded", "fields"),
    [
        (b"", {}),
        (b"q=Hello+world%21&source=en", {"q": "Hello world!", "source": "en"}),
        ("q=你好&target=en".encode(), {"q": "你好", "target": "en"}),
        (b"q=%E4%BD%A0%E5%A5%BD+ok%00", {"q": "你好 ok\0"}),
        (b"q=&a", {"q": "", "a": ""}),
        (b"q=first&q=second", {"q": "first"}),
        (b"q=a;b", {"q": "a;b"}),
    ],
)
async def test_forms_url_encoded(encoded: bytes, fields: dict[str, str]) -> None:
    assert parse_query(encoded) == fields
    assert await parse_form(Headers({"content-type": f"{FORM}; charset=UTF-8"}), encoded) == fields


@pytest.mark.parametrize("encoded", [b"q=%FF", b"q=\xff", b"q=%ED%A0%BD", b"%FF=q"])
async def test_forms_invalid_utf8_is_an_error(encoded: bytes) -> None:
    with pytest.raises(InvalidText):
        parse_query(encoded)
    media_type, body = multipart(("q", b"\xff"))
    with pytest.raises(InvalidText):
        await parse_form(Headers({"content-type": media_type}), body)


async def test_forms_field_count_is_bounded() -> None:
    with pytest.raises(InvalidRequest):
        parse_query(b"&".join(b"a=1" for _ in range(200)))
    media_type, body = multipart(*[("a", b"1")] * 200)
    with pytest.raises(InvalidRequest):
        await parse_form(Headers({"content-type": media_type}), body)


async def test_forms_multipart() -> None:
    media_type, body = multipart(
        ("q", "你好, world".encode()),
        ("q", b"second"),
        ("target", b"en"),
        ("big", b"x" * 1_500_000),
    )
    fields = await parse_form(Headers({"content-type": media_type}), body)
    assert fields == {"q": "你好, world", "target": "en", "big": "x" * 1_500_000}


@pytest.mark.parametrize(
    ("media_type", "body"),
    [
        ("multipart/form-data", b"--xx--"),
        ("multipart/form-data; boundary=xx", b"no boundary here"),
        (
            "multipart/form-data; boundary=xx",
            b'--xx\r\nContent-Disposition: form-data; name="f"; filename="a.txt"\r\n\r\nhi\r\n--xx--\r\n',
        ),
    ],
)
async def test_forms_multipart_that_cannot_be_read(media_type: str, body: bytes) -> None:
    with pytest.raises(InvalidRequest):
        await parse_form(Headers({"content-type": media_type}), body)


@pytest.mark.parametrize("media_type", ["", "text/plain", "application/json"])
async def test_forms_other_media_types_hold_no_fields(media_type: str) -> None:
    assert await parse_form(Headers({"content-type": media_type}), b"q=hello") == {}
