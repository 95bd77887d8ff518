"""The schema of the output, and the values of one verdict."""

from typing import Any

import pytest

from service.batch.columns import rename, translation_columns, verdict_columns, verdict_values
from service.domain import Action, Category, Detection, Evidence, Lang, Reason, Verdict
from tests.docs.project import ROOT

NAMES = [column.name for column in verdict_columns(translate=False)]


def verdict(*evidence: Evidence, **more: Any) -> Verdict:
    values: dict[str, Any] = {
        "action": Action.REVIEW, "scores": dict.fromkeys(Category), "evidence": evidence, "reasons": (),
        "detection": Detection(Lang.ZH_HANS, 0.9), "policy": "default", "policy_version": "0", "model": "fake",
    }  # fmt: skip
    return Verdict(**{**values, **more})


def values_of(text: tuple[str, ...], given: Verdict, *names: str) -> dict[str, Any]:
    return dict(zip(NAMES, verdict_values(text, given, None, names or ("text",)), strict=False))


def test_columns_of_a_verdict_are_stable() -> None:
    assert [
        "action", "flagged", "mode", "language",
        *(f"score_{category}" for category in Category),
        "rules", "evidence_rule", "evidence_column", "evidence_start", "evidence_end", "evidence_text",
        "evidence_views", "warnings", "policy", "policy_version", "model",
    ] == NAMES  # fmt: skip
    more = [column.name for column in verdict_columns(translate=True)]
    assert [name for name in more if name not in NAMES] == ["translation", "translation_model"]


@pytest.mark.parametrize(
    "column",
    [*verdict_columns(translate=True), *translation_columns(["text"])],
    ids=lambda column: column.name,
)
def test_columns_are_documented(column: Any) -> None:
    text = (ROOT / "docs" / "batch.md").read_text("utf-8")
    if column.name.startswith("score_"):
        assert "| `score_<category>` | float |" in text
    else:
        assert f"| `{column.name}` | {column.kind} | {column.about} |" in text


def test_columns_values() -> None:
    scores = dict.fromkeys(Category) | {Category.TOXICITY: 0.123456789, Category.SPAM: 0.0}
    reasons = (Reason(Action.REVIEW, "b"), Reason(Action.REVIEW, "a"), Reason(Action.REVIEW, "b"))
    found = values_of(("你好",), verdict(scores=scores, reasons=reasons))
    assert (found["action"], found["flagged"], found["language"]) == ("review", True, "zh")
    assert (found["score_toxicity"], found["score_spam"], found["score_threat"]) == (
        0.12346,
        0.0,
        None,
    )
    assert found["rules"] == "b a"
    assert found["evidence_rule"] is found["evidence_start"] is None


def test_columns_top_evidence_is_the_gravest() -> None:
    found = values_of(
        ("abcdef",),
        verdict(
            Evidence(0, 1, "classifier:toxicity", Category.TOXICITY, weight=0.9),
            Evidence(2, 4, "lexicon:x#1", Category.INSULT, ("leet", "width"), severity=3),
            Evidence(4, 5, "lexicon:x#2", Category.INSULT, severity=1),
        ),
    )
    assert (found["evidence_rule"], found["evidence_text"]) == ("lexicon:x#1", "cd")
    assert (found["evidence_start"], found["evidence_end"]) == (2, 4)
    assert found["evidence_views"] == "leet width"


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (0, 2, ("title", 0, 2, "标题")), (3, 5, ("body", 0, 2, "正文")), (6, 7, ("note", 0, 1, "n")),
        (1, 4, ("title", 1, 2, "题")), (2, 4, ("title", 2, 2, "")),
    ],
)  # fmt: skip
def test_columns_evidence_is_in_the_column_where_it_begins(
    start: int, end: int, expected: tuple[Any, ...]
) -> None:
    found = values_of(
        ("标题", "正文", "n"), verdict(Evidence(start, end, "r", None)), "title", "body", "note"
    )
    assert (
        tuple(found[f"evidence_{name}"] for name in ("column", "start", "end", "text")) == expected
    )


def test_columns_prefix_and_translations() -> None:
    assert [one.name for one in rename(translation_columns(["a"]), "magpie_")] == [
        "magpie_translation", "magpie_source_lang", "magpie_warnings", "magpie_model",
    ]  # fmt: skip
    assert [one.name for one in translation_columns(["a", "b"])][:2] == [
        "translation_a",
        "translation_b",
    ]
