"""The guides name every metric and every warning, and nothing that is not there."""

import re
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from service.domain import SpanKind, WarningCode
from service.metrics import Metrics

DOCS = Path(__file__).parents[2] / "docs"


def documented(guide: str, prefix: str) -> set[str]:
    """First cells of the table rows that start with ``prefix``."""
    text = (DOCS / guide).read_text("utf-8")
    return set(re.findall(rf"^\| `({prefix}[a-z_*]+)` \|", text, re.MULTILINE))


def test_documented_every_metric() -> None:
    served = set()
    for family in text_string_to_metric_families(Metrics().render().decode()):
        counter = family.type == "counter"
        served.add(f"{family.name}_total" if counter else family.name)
    assert documented("metrics.md", "magpie_") == {n for n in served if n.startswith("magpie_")}
    assert {n.partition("_")[0] for n in served} <= {"magpie", "process"}


@pytest.mark.parametrize("code", WarningCode)
def test_documented_every_warning(code: WarningCode) -> None:
    assert code.value in documented("api.md", "")


@pytest.mark.parametrize("kind", SpanKind)
def test_documented_every_kind_of_protected_span(kind: SpanKind) -> None:
    assert f"`{kind.value}`" in (DOCS / "api.md").read_text("utf-8")
