"""The columns that a run adds to every row: names, kinds, and what they hold. docs/batch.md shows the same table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from service.domain import Category, Evidence, Lang, Verdict
from service.pipeline.moderation_language import name_language

__all__ = [
    "SEPARATOR", "Answers", "Column", "Kind", "Text", "constant", "fill", "join_text", "rename", "translation_columns",
    "verdict_columns", "verdict_values",
]  # fmt: skip

Kind = Literal["string", "bool", "int", "float"]
Text = tuple[str, ...]  # the text columns of one row
Answers = dict[str, list[Any]]  # one list for each added column, in the order of the rows

SEPARATOR = "\n"  # between the text columns of a row, which are judged as one text
_DECIMALS = 5  # what the classifiers give


@dataclass(frozen=True, slots=True)
class Column:
    """One added column. ``about`` is its line in the documentation."""

    name: str
    kind: Kind
    about: str


_HEAD = (
    Column("action", "string", "`allow`, `review` or `block`."),
    Column("flagged", "bool", "Whether the action is other than `allow`."),
    Column("mode", "string", "`live`, or `shadow`: record the action, do not act on it."),
    Column("language", "string", "`en`, `zh`, `mixed`, `other`, or `none` for a text without letters."),
)  # fmt: skip
_SCORES = tuple(
    Column(f"score_{one}", "float", "Calibrated score in 0..1, five decimals; empty: not supported.")
    for one in Category
)  # fmt: skip
_EVIDENCE = (
    Column("rules", "string", "Ids of the rules that asked for more than `allow`, strictest first, with blanks."),
    Column("evidence_rule", "string", "What found the top evidence: `lexicon:...`, `classifier:...`, `pattern:...`."),
    Column("evidence_column", "string", "The text column that it is in."),
    Column("evidence_start", "int", "Its first code point in that column, from 0."),
    Column("evidence_end", "int", "The code point after its last."),
    Column("evidence_text", "string", "The characters themselves."),
    Column("evidence_views", "string", "How a disguised word was seen through, with blanks."),
    Column("warnings", "string", "Codes of what could not be done, with blanks."),
)  # fmt: skip
_TRANSLATION = (
    Column("translation", "string", "The text in the language of `--translate-to`."),
    Column("translation_model", "string", "Id of the model that translated it."),
)
_TAIL = (
    Column("policy", "string", "Name of the policy."),
    Column("policy_version", "string", "Hash of the policy's content."),
    Column("model", "string", "Id of the classifier."),
)


def verdict_columns(*, translate: bool) -> tuple[Column, ...]:
    """What a moderation adds, in order; ``translate``: with the text in another language."""
    return _HEAD + _SCORES + _EVIDENCE + (_TRANSLATION if translate else ()) + _TAIL


def translation_columns(text_columns: Sequence[str]) -> tuple[Column, ...]:
    """What a translation adds, in order: a column for each text column, then the same three columns."""
    names = ["translation"]
    if len(text_columns) > 1:
        names = [f"translation_{name}" for name in text_columns]
    return (
        *(Column(name, "string", "The text in the language of `--to`.") for name in names),
        Column("source_lang", "string", "`en`, `zh-Hans` or `zh-Hant`; empty where it is neither."),
        Column("warnings", "string", "Codes of what could not be done, with blanks."),
        Column("model", "string", "Id of the model."),
    )


def rename(columns: Sequence[Column], prefix: str) -> tuple[Column, ...]:
    """The same columns with ``prefix`` before their names."""
    return tuple(Column(prefix + one.name, one.kind, one.about) for one in columns)


def join_text(text: Text) -> str:
    """What is judged of a row."""
    return text[0] if len(text) == 1 else SEPARATOR.join(text)


def verdict_values(
    text: Text, verdict: Verdict, named: Lang | None, names: Sequence[str]
) -> list[Any]:
    """The values of one row for the columns before the translation; ``names`` are those of the text columns."""
    scores = verdict.scores
    rules = verdict.reasons
    return [
        verdict.action.value,
        verdict.flagged,
        verdict.mode,
        name_language(verdict.detection, named),
        *[
            None if (score := scores[category]) is None else round(score, _DECIMALS)
            for category in _CATEGORIES
        ],
        " ".join(dict.fromkeys([reason.rule for reason in rules])) if rules else "",
        *_top_evidence(text, verdict.evidence, names),
        " ".join(verdict.warnings),
    ]


_CATEGORIES = tuple(Category)
_NO_EVIDENCE: tuple[Any, ...] = (None,) * 6


def _top_evidence(text: Text, found: Sequence[Evidence], names: Sequence[str]) -> Sequence[Any]:
    """The gravest: a severe term before a mild one, and a term before what only the classifier saw."""
    if not found:
        return _NO_EVIDENCE
    top = max(found, key=lambda one: (one.severity, one.weight or 0.0, -one.start))
    start, end = top.start, top.end
    column = 0
    while column + 1 < len(text) and start > len(text[column]):
        offset = len(text[column]) + len(SEPARATOR)
        start, end, column = max(0, start - offset), end - offset, column + 1
    part = text[column]
    end = min(end, len(part))
    return top.rule, names[column], start, end, part[start:end], " ".join(top.views)


def fill(columns: Sequence[Column], rows: Sequence[Sequence[Any]]) -> Answers:
    """Rows as columns."""
    if not rows:
        return {column.name: [] for column in columns}
    return {
        column.name: list(values)
        for column, values in zip(columns, zip(*rows, strict=True), strict=True)
    }


def constant(columns: Sequence[Column], values: Mapping[str, str], rows: int) -> Answers:
    """Columns that are the same in every row."""
    return {column.name: [values[column.name]] * rows for column in columns}
