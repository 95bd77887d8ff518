"""Generated requests against the OpenAPI document: no 5xx, documented statuses only, answers as their schemas say."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks

from service.settings import Settings
from tests.api.harness import serve_live

# A schema cannot say which strings are codes of languages, so a request that keeps it may still be refused.
CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
    checks.response_headers_conformance,
    checks.unsupported_method,
    checks.allow_header_conformance,
]


schema = schemathesis.openapi.from_path(Path(__file__).parents[2] / "docs" / "openapi.json")


@pytest.fixture(scope="module")
def live() -> Iterator[str]:
    with serve_live(Settings(engine="fake", classifier="fake")) as (url, _):
        yield url


@pytest.mark.slow
@schema.parametrize()
@settings(
    max_examples=10,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
def test_schemathesis_the_service_keeps_its_document(
    case: schemathesis.Case[Any], live: str
) -> None:
    native = case.operation.path.startswith("/v1")  # LibreTranslate reads wrong types generously
    case.call_and_validate(
        live, checks=[*CHECKS, *([checks.negative_data_rejection] if native else [])]
    )
