"""The demo page's files, read once, served with an ETag and a policy that lets them load nothing from elsewhere."""

import hashlib
import mimetypes
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

__all__ = ["page_routes"]

_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'; object-src 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-cache",  # may be kept, but is asked for again with its ETag
}
_TYPES = {".js": "text/javascript", ".mjs": "text/javascript", ".svg": "image/svg+xml"}


@dataclass(frozen=True, slots=True)
class _Page:
    """One file, as it is sent."""

    body: bytes
    media_type: str
    etag: str

    async def serve(self, request: Request) -> Response:
        headers = {**_HEADERS, "ETag": self.etag}
        if _matches(self.etag, request.headers.get("if-none-match", "")):
            return Response(status_code=304, headers=headers)
        return Response(self.body, headers=headers, media_type=self.media_type)


def page_routes(folder: Path) -> Iterator[Route]:
    """One route for each file below ``folder``, and ``/`` for its index.html; nothing when there is no folder.

    Routes for files, instead of a catch-all mount, leave a wrong method or path to the API's own errors.
    """
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        if not path.is_file() or any(part.startswith((".", "__")) for part in name.parts):
            continue
        page = _page(path)
        yield Route(f"/{name.as_posix()}", page.serve, include_in_schema=False)
        if name.as_posix() == "index.html":
            yield Route("/", page.serve, include_in_schema=False)


def _page(path: Path) -> _Page:
    body = path.read_bytes()
    guessed = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0]
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    return _Page(body, guessed or "application/octet-stream", etag)


def _matches(etag: str, if_none_match: str) -> bool:
    candidates = [c.strip().removeprefix("W/") for c in if_none_match.split(",")]
    return etag in candidates or "*" in candidates
