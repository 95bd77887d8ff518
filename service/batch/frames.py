"""Data frames in memory: Polars, pandas or Arrow in, the same kind out, with the columns that a file would get."""

import importlib
from collections.abc import Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Any, TypeVar

from service.batch.chunks import run_rows
from service.batch.columns import Answers, Column, rename
from service.batch.errors import BadRow, UsageProblem
from service.batch.rows import Fields, Rows
from service.batch.tasks import ModerationTask, Runner
from service.domain import Lang
from service.text.languages import resolve_language

if TYPE_CHECKING:
    from service.settings import Settings

__all__ = ["moderate_frame", "run_table"]

Frame = TypeVar("Frame")

_GROUP_ROWS = 16_384


def moderate_frame(
    frame: Frame,
    text: str | Sequence[str] = "text",
    *,
    translate_to: str | None = None,
    explain: bool = True,
    decode: bool = False,
    prefix: str = "",
    settings: "Settings | None" = None,
    runner: Runner | None = None,
) -> Frame:
    """Judge every row of a Polars or pandas ``DataFrame`` or an Arrow ``Table``; docs/batch.md lists what is added.

    ``text``: the column with the text, or several, which are one text together. A null is an empty text. A row that
    cannot be judged keeps its place, with ``failed`` in ``warnings`` and nothing in the other columns. ``runner``: a
    loaded ``ModerationTask``, for frame after frame; it brings its own text columns and options.

    Raises ``UsageProblem`` for a column that is not there or is no text, and ``OSError`` or ``ValueError`` for a model
    that cannot be loaded.
    """
    if runner is not None:
        return _with_answers(frame, runner, prefix)
    names = (text,) if isinstance(text, str) else tuple(text)
    for name in names:
        _texts(frame, name)  # says what is wrong with a frame before a model is loaded
    to = _lang(translate_to)
    task = ModerationTask(settings or _settings(), names, None, to, explain, decode=decode)
    with closing(task.load()) as loaded:
        return _with_answers(frame, loaded, prefix)


def run_table(
    table: Any, runner: Runner, fields: Fields, prefix: str = ""
) -> tuple[Any, list[BadRow]]:
    """One block of an Arrow table on its way through any driver: good rows with their answers, and the bad ones.

    The ``line`` of a bad row is its number in this table, from 1.
    """
    from service.batch import parquet

    origins = [(0, line) for line in range(1, table.num_rows + 1)]
    rows, answers = run_rows(Rows(parquet.ArrowRows(table), origins), fields, runner)
    done = parquet.add_columns(
        parquet.make_table(rows, ()), answers, rename(runner.columns, prefix)
    )
    return done, rows.bad


def _with_answers(frame: Frame, runner: Runner, prefix: str) -> Frame:
    columns = [_texts(frame, name) for name in runner.names]
    texts = list(zip(*columns, strict=True))
    answers: Answers = {}
    for start in range(0, max(1, len(texts)), _GROUP_ROWS):
        outcome = runner.run(texts[start : start + _GROUP_ROWS])
        for at in outcome.failures:
            outcome.answers["warnings"][at] = "failed"
        for name, values in outcome.answers.items():
            answers.setdefault(prefix + name, []).extend(values)
    found: Frame = _add(frame, answers, rename(runner.columns, prefix))
    return found


def _settings() -> "Settings":
    from service.settings import Settings

    return Settings()


def _lang(code: str | None) -> Lang | None:
    lang = None if code is None else resolve_language(code)
    if code is not None and lang is None:
        raise UsageProblem("translate_to: a language that is neither English nor Chinese")
    return lang


def _texts(frame: Any, name: str) -> list[str]:
    names = frame.column_names if _library(frame) == "pyarrow" else list(frame.columns)
    if name not in names:
        raise UsageProblem(
            f"there is no column {name}; there are: {', '.join(map(str, names[:20]))}"
        )
    values = frame[name].to_pylist() if _library(frame) == "pyarrow" else frame[name].to_list()
    texts = ["" if _is_null(value) else value for value in values]
    if not all(isinstance(one, str) for one in texts):
        raise UsageProblem(f"the column {name} holds something that is no text")
    return texts


def _is_null(value: Any) -> bool:
    return value is None or value != value  # pandas writes NaN


def _library(frame: Any) -> str:
    library = type(frame).__module__.partition(".")[0]
    if library not in ("polars", "pandas", "pyarrow") or len(getattr(frame, "shape", ())) != 2:
        raise UsageProblem("a Polars or pandas DataFrame or an Arrow Table is needed")
    return library


def _add(frame: Any, answers: Answers, columns: Sequence[Column]) -> Any:
    library = _library(frame)
    taken = set(answers) & set(frame.column_names if library == "pyarrow" else frame.columns)
    if taken:
        raise UsageProblem(f"the frame has a column {min(taken)} already: give a prefix")
    if library == "pyarrow":
        from service.batch import parquet

        return parquet.add_columns(frame, answers, columns)
    if library == "polars":
        import polars as pl

        kinds = {"string": pl.String, "bool": pl.Boolean, "int": pl.Int64, "float": pl.Float64}
        return frame.with_columns(
            pl.Series(one.name, answers[one.name], kinds[one.kind]) for one in columns
        )
    pandas = importlib.import_module("pandas")
    dtypes = {"string": "object", "bool": "boolean", "int": "Int64", "float": "float64"}
    return frame.assign(
        **{
            one.name: pandas.Series(answers[one.name], frame.index, dtypes[one.kind])
            for one in columns
        }
    )
