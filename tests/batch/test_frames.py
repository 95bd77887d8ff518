"""Data frames in, data frames out."""

import base64
from collections.abc import Iterator
from typing import Any

import polars as pl
import pyarrow as pa
import pytest

from service.batch import moderate_frame
from service.batch.errors import UsageProblem
from service.batch.frames import run_table
from service.batch.rows import Fields
from service.batch.tasks import ModerationRunner, ModerationTask
from service.settings import Settings
from tests.batch.making import ShoutTask

FAKE = Settings(engine="fake", classifier="fake")
ROWS = {"id": [1, 2, 3, 4], "text": ["Good morning!", "badword", None, "今天天气真好"]}


@pytest.fixture(scope="module")
def runner() -> Iterator[ModerationRunner]:
    loaded = ModerationTask(FAKE).load()
    yield loaded
    loaded.close()


def frames() -> list[Any]:
    return [pl.DataFrame(ROWS), pa.table(ROWS)]


def column(frame: Any, name: str) -> list[Any]:
    found: list[Any] = (
        frame[name].to_pylist() if isinstance(frame, pa.Table) else frame[name].to_list()
    )
    return found


@pytest.mark.parametrize("frame", frames(), ids=["polars", "arrow"])
def test_frames_get_the_columns_of_a_file(frame: Any, runner: ModerationRunner) -> None:
    found = moderate_frame(frame, runner=runner)
    assert type(found) is type(frame)
    assert column(found, "id") == [1, 2, 3, 4]
    assert column(found, "action") == ["allow", "review", "allow", "allow"]
    assert column(found, "language") == ["en", "en", "none", "zh"]
    assert column(found, "score_toxicity")[1] == 0.9
    names = found.column_names if isinstance(found, pa.Table) else found.columns
    assert names == ["id", "text", *(one.name for one in runner.columns)]


@pytest.mark.parametrize("frame", frames(), ids=["polars", "arrow"])
def test_frames_without_rows_have_the_same_types(frame: Any, runner: ModerationRunner) -> None:
    empty = frame.slice(0, 0)
    full, none = moderate_frame(frame, runner=runner), moderate_frame(empty, runner=runner)
    assert none.schema == full.schema
    assert none.shape == (0, full.shape[1])


def test_frames_pandas(runner: ModerationRunner) -> None:
    pandas = pytest.importorskip(
        "pandas", reason="pandas is not installed, so its frames are NOT tested"
    )
    found = moderate_frame(pandas.DataFrame(ROWS, index=[10, 20, 30, 40]), runner=runner)
    assert list(found["action"]) == ["allow", "review", "allow", "allow"]
    assert list(found.index) == [10, 20, 30, 40]
    assert str(found["evidence_start"].dtype) == "Int64"


def test_frames_load_what_the_settings_say_and_translate() -> None:
    frame = pl.DataFrame({"title": ["Good"], "body": ["morning."]})
    found = moderate_frame(frame, ["title", "body"], translate_to="zh", prefix="m_", settings=FAKE)
    assert found["m_translation"].to_list() != [None]
    assert found["m_model"].to_list() == ["fake"]


@pytest.mark.parametrize(
    ("frame", "options", "message"),
    [
        (pl.DataFrame({"body": ["a"]}), {}, "no column text; there are: body"),
        (pl.DataFrame({"text": [1]}), {}, "no text"), ([{"text": "a"}], {}, "Polars or pandas"),
        (pl.Series(["a"]), {}, "Polars or pandas"),
        (pl.DataFrame({"text": ["a"], "action": ["x"]}), {}, "action already: give a prefix"),
        (pl.DataFrame({"text": ["a"]}), {"translate_to": "fr"}, "neither English nor Chinese"),
    ],
    ids=["missing", "numbers", "list", "series", "taken", "language"],
)  # fmt: skip
def test_frames_refused(frame: Any, options: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageProblem, match=message):
        moderate_frame(frame, settings=FAKE, **options)


def test_frames_a_row_that_fails_keeps_its_place(runner: ModerationRunner) -> None:
    class Failing(ModerationRunner):
        def _judge(self, keys: Any) -> Any:
            if any("morning" in key[0][0] for key in keys):
                raise ZeroDivisionError
            return super()._judge(keys)

    failing = Failing(ModerationTask(FAKE), runner._moderator)
    found = moderate_frame(pl.DataFrame(ROWS), runner=failing)
    assert found["action"].to_list() == [None, "review", "allow", "allow"]
    assert found["warnings"].to_list()[0] == "failed"


def test_frames_one_block_of_a_table() -> None:
    table = pa.table({"text": ["a", "explode", "b"], "n": [1, 2, 3]})
    done, bad = run_table(table, ShoutTask().load(), Fields(), prefix="x_")
    assert done["x_shout"].to_pylist() == ["A", "B"]
    assert done["n"].to_pylist() == [1, 3]
    assert [(one.line, one.reason) for one in bad] == [(2, "failed")]


def test_frames_decode_codes_when_asked() -> None:
    coded = base64.b64encode(b"this is a badword").decode()
    frame = pl.DataFrame({"text": [coded]})
    for decode, action in ((False, "allow"), (True, "review")):
        found = moderate_frame(frame, decode=decode, settings=FAKE)
        assert found["action"].to_list() == [action]
