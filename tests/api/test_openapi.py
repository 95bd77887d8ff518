"""The OpenAPI document: complete, committed, and kept by the service under fire."""

from pathlib import Path

import httpx2
import pytest

from service.api.openapi import dump, schema_of
from service.api.schemas import InfoOut
from service.app import create_app
from service.settings import Settings

SNAPSHOT = Path(__file__).parents[2] / "docs" / "openapi.json"
ROUTES = {
    "/v1/translate", "/v1/moderate", "/v1/policies", "/v1/detect", "/v1/languages",
    "/live", "/ready", "/info", "/metrics",
    "/v1/moderations", "/v1alpha1/comments:analyze", "/v1alpha1/comments:suggestscore", "/$discovery/rest",
    "/v1/glossaries", "/v1/glossaries/{glossary_id}",
    "/v2/translate", "/v2/languages", "/v2/usage", "/v2/glossary-language-pairs",
    "/v2/glossaries", "/v2/glossaries/{glossary_id}", "/v2/glossaries/{glossary_id}/entries",
    "/v3/glossaries", "/v3/glossaries/{glossary_id}", "/v3/glossaries/{glossary_id}/entries",
    "/v3/glossaries/{glossary_id}/dictionaries",
    "/language/translate/v2", "/language/translate/v2/detect", "/language/translate/v2/languages",
    "/imme", "/kiss", "/hcfy", "/deeplx", "/translate_a/single",
    "/translate", "/detect", "/languages", "/health", "/frontend/settings", "/suggest", "/translate_file",
}  # fmt: skip


def test_openapi_snapshot_is_up_to_date(fake_settings: Settings) -> None:
    assert SNAPSHOT.read_text("utf-8") == dump(create_app(fake_settings)), (
        "run: python -m service.app > docs/openapi.json"
    )


@pytest.mark.anyio
async def test_openapi_is_served_and_loads_nothing_from_a_cdn(client: httpx2.AsyncClient) -> None:
    response = await client.get("/openapi.json")
    assert response.status_code == 200
    document = response.json()
    assert set(document["paths"]) == ROUTES
    assert "HTTPValidationError" not in document["components"]["schemas"]
    assert "cdn" not in response.text.lower()


@pytest.mark.anyio
async def test_openapi_documents_every_failure(client: httpx2.AsyncClient) -> None:
    paths = (await client.get("/openapi.json")).json()["paths"]
    for path in ("/v1/translate", "/v1/moderate", "/translate"):
        operation = paths[path]["post"]
        refused = "401" if path.startswith("/v1") else "403"
        assert {"200", "400", refused, "413", "429", "500", "503", "504"} <= set(
            operation["responses"]
        )
        assert "422" not in operation["responses"]
        assert "application/json" in operation["requestBody"]["content"]
        for status in ("429", "503"):
            assert "Retry-After" in operation["responses"][status]["headers"]
    for path in paths.values():
        for operation in path.values():
            for response in operation["responses"].values():
                assert "X-Request-Id" in response["headers"]
            assert operation["summary"]


def test_openapi_request_bodies_are_complete_in_themselves() -> None:
    with pytest.raises(ValueError, match="components"):
        schema_of(InfoOut)


@pytest.mark.parametrize("path", sorted(ROUTES))
def test_openapi_api_guide_names_every_route(path: str) -> None:
    assert f"`{path}`" in (SNAPSHOT.parent / "api.md").read_text("utf-8").replace(
        "POST ", ""
    ).replace("GET ", "")
