"""Numbers and texts as the report shows them."""

import pytest

from service.batch.report_page import mask, share


@pytest.mark.parametrize(
    ("part", "total", "shown"),
    [(0, 9, "0.0 %"), (8, 210_000, "&lt; 0.01 %"), (11, 210_000, "0.01 %"), (1, 3, "33.3 %"), (3, 3, "100.0 %"),
     (0, 0, "–")],
)  # fmt: skip
def test_report_page_share(part: int, total: int, shown: str) -> None:
    assert share(part, total) == shown


def test_report_page_a_masked_text_keeps_its_shape_alone() -> None:
    assert mask("Hi, 世界!\t(ok)\x92 🏿 a1") == "••, ••!\t(••)• • ••"
