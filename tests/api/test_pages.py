"""The demo page's files: types, policy, caching, and nothing that should not be served."""

from collections.abc import Callable
from pathlib import Path

import httpx2
import pytest

from service.api.pages import page_routes
from service.settings import Settings
from tests.api.harness import serve

pytestmark = pytest.mark.anyio

WEB = Path(__file__).parents[2] / "service" / "web"
FILES = sorted(path.name for path in WEB.iterdir() if path.is_file())


async def test_pages_index_is_at_the_root(client: httpx2.AsyncClient) -> None:
    response = await client.get("/")
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert response.content == (WEB / "index.html").read_bytes()


@pytest.mark.parametrize("name", FILES)
async def test_pages_load_nothing_from_elsewhere(client: httpx2.AsyncClient, name: str) -> None:
    response = await client.get(f"/{name}")
    assert response.status_code == 200
    policy = response.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["cache-control"] == "no-cache"
    if name.endswith(".js"):
        assert response.headers["content-type"].startswith("text/javascript")


async def test_pages_are_not_sent_twice(client: httpx2.AsyncClient) -> None:
    etag = (await client.get("/")).headers["etag"]
    for condition in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        response = await client.get("/", headers={"If-None-Match": condition})
        assert response.status_code == 304
        assert response.content == b""
        assert response.headers["etag"] == etag
    assert (await client.get("/", headers={"If-None-Match": '"other"'})).status_code == 200
    assert (await client.head("/")).status_code == 200


async def test_pages_can_be_turned_off(make_settings: Callable[..., Settings]) -> None:
    async with serve(make_settings(demo=False)) as client:
        for path in ("/", "/index.html", *(f"/{name}" for name in FILES)):
            assert (await client.get(path)).status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/../app.py",
        "/..%2fapp.py",
        "/%2e%2e/app.py",
        "//etc/passwd",
        "/web/index.html",
        "/docs",
        "/redoc",
    ],
)
async def test_pages_serve_nothing_else(client: httpx2.AsyncClient, path: str) -> None:
    response = await client.get(path)
    assert response.status_code == 404
    assert response.json()["error"]["code"] == "not_found"


async def test_pages_of_a_folder(tmp_path: Path) -> None:
    (tmp_path / "icons").mkdir()
    for name in ("index.html", "icons/a.svg", "data.unknown", ".hidden", "__pycache__"):
        (tmp_path / name).write_text("x")
    paths = [route.path for route in page_routes(tmp_path)]
    assert sorted(paths) == ["/", "/data.unknown", "/icons/a.svg", "/index.html"]
    assert list(page_routes(tmp_path / "missing")) == []
