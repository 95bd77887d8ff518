"""What is refused before any work, and what a run is known by."""

import gzip
from pathlib import Path
from typing import Any

import pytest

from service.batch.errors import UsageProblem
from service.batch.plans import Plan, make_plan, manifest_of
from service.batch.tasks import ModerationTask, TranslationTask
from service.domain import Lang
from service.settings import Settings
from tests.batch.making import POSTS, ShoutTask, make_job, write_input


def plan_of(folder: Path, name: str = "in.jsonl", output: str = "out.jsonl", **more: Any) -> Plan:
    path = folder / name
    if not path.exists():
        write_input(folder, name, POSTS)
    return make_plan(make_job(path, folder / output, **more))


@pytest.mark.parametrize("name", ["in.jsonl", "in.csv", "in.tsv", "in.parquet"])
@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"text": ("body",)}, "--text: there is no column body; there are: id, text, likes"),
        ({"prefix": "x_", "text": ("text", "title")}, "no column title"),
        ({"output": "out.xlsx"}, "--output-format"), ({"where": "likes >"}, "--where"),
        ({"encoding": "klingon"}, "--encoding"), ({"output": "in"}, "--output-format"),
        ({"output": "out.txt"}, "plain lines"),
    ],
)  # fmt: skip
def test_plans_refused(tmp_path: Path, name: str, more: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageProblem, match=message):
        plan_of(tmp_path, name, **more)


@pytest.mark.parametrize("name", ["in.csv", "in.parquet"])
@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"id": "key"}, "--id: there is no column key"), ({"where": "age > 3"}, "--where: there is no column age"),
        ({"context": (("account_age_days", "age"),)}, "--context-column: there is no column age"),
    ],
)  # fmt: skip
def test_plans_columns_of_tables_have_to_be_there(
    tmp_path: Path, name: str, more: dict[str, Any], message: str
) -> None:
    with pytest.raises(UsageProblem, match=message):
        plan_of(tmp_path, name, **more)


@pytest.mark.parametrize("name", ["in.jsonl", "in.csv", "in.parquet"])
def test_plans_a_column_that_would_be_added_twice(tmp_path: Path, name: str) -> None:
    rows = [{"text": "a", "shout": "x"}]
    write_input(tmp_path, name, rows)
    with pytest.raises(UsageProblem, match="shout already: give --prefix"):
        plan_of(tmp_path, name)
    assert plan_of(tmp_path, name, prefix="m_").recipe.spec.columns[0].name == "m_shout"


def test_plans_output_and_input_stay_apart(tmp_path: Path) -> None:
    plan_of(tmp_path)
    (tmp_path / "link.jsonl").symlink_to(tmp_path / "in.jsonl")
    (tmp_path / "hard.jsonl").hardlink_to(tmp_path / "in.jsonl")
    for output in ("in.jsonl", "link.jsonl", "hard.jsonl", "./in.jsonl"):
        with pytest.raises(UsageProblem, match="would be overwritten"):
            plan_of(tmp_path, output=output)
    for more in ({"errors": str(tmp_path / "in.jsonl")}, {"also": (str(tmp_path / "in.jsonl"),)}):
        for output in (str(tmp_path / "out.jsonl"), "-"):
            with pytest.raises(UsageProblem, match="would be overwritten"):
                make_plan(make_job(tmp_path / "in.jsonl", output, **more))
    with pytest.raises(UsageProblem, match="in the input folder"):
        make_plan(make_job(tmp_path, tmp_path / "new.jsonl"))
    (tmp_path / "folder").mkdir()
    with pytest.raises(UsageProblem, match="is a folder"):
        plan_of(tmp_path, output="folder")


def test_plans_no_file_is_written_twice(tmp_path: Path) -> None:
    same = str(tmp_path / "out.jsonl")
    for more in ({"errors": same}, {"also": (same,)}, {"also": ("x", "./x")}):
        with pytest.raises(UsageProblem, match="written twice"):
            plan_of(tmp_path, **more)
    plan_of(tmp_path, also=("/dev/null", "/dev/null"))
    for more in ({"errors": "/dev/null"}, {"output": "/dev/null", "output_format": "jsonl"}):
        with pytest.raises(UsageProblem, match="/dev/null is no file"):
            plan_of(tmp_path, **more)
    assert not Path("/dev/null").is_file()


@pytest.mark.parametrize("name", ["in.jsonl", "in.csv", "in.txt", "in.parquet"])
def test_plans_empty_files(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"")
    with pytest.raises(UsageProblem, match="is empty"):
        plan_of(tmp_path, name)
    with pytest.raises(UsageProblem, match="is empty"):
        make_plan(make_job(tmp_path / name, tmp_path / "new.jsonl"))


def test_plans_empty_files_among_others_are_passed_over(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.csv").write_bytes(b"")
    (folder / "b.csv").write_bytes(b"text\nx\n")
    [file] = make_plan(make_job(folder, tmp_path / "out.csv")).recipe.files
    assert file.name.endswith("b.csv")


def test_plans_tables_of_other_columns_are_refused(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.csv").write_bytes(b"id,text\n")
    (folder / "b.csv").write_bytes(b"text,id\n")
    with pytest.raises(UsageProblem, match="other columns"):
        make_plan(make_job(folder, tmp_path / "out.csv"))


def test_plans_parquet_goes_to_files_only(tmp_path: Path) -> None:
    for output in ("-", str(tmp_path / "out.parquet.gz")):
        write_input(tmp_path, "in.jsonl", POSTS)
        with pytest.raises(UsageProblem, match="Parquet goes to a file"):
            make_plan(make_job(tmp_path / "in.jsonl", output, output_format="parquet"))


@pytest.mark.parametrize(
    ("name", "more", "records"),
    [
        ("in.jsonl", {}, None), ("in.parquet", {}, 5), ("in.parquet", {"limit": 3}, 3), ("in.csv", {"sample": 2}, 2),
        ("in.jsonl", {"output": "out.csv"}, 5), ("in.jsonl", {"where": "likes > 2", "limit": 2}, 2),
    ],
)  # fmt: skip
def test_plans_how_much_there_is_to_do(
    tmp_path: Path, name: str, more: dict[str, Any], records: int | None
) -> None:
    assert plan_of(tmp_path, name, **more).records == records


def test_plans_condition_is_checked_once(tmp_path: Path) -> None:
    assert plan_of(tmp_path, where="likes > 2").recipe.condition is not None
    chosen = plan_of(tmp_path, where="likes > 2", sample=2)
    assert chosen.recipe.condition is None
    assert len(chosen.chosen or ()) == 2


@pytest.mark.parametrize(
    ("change", "part"),
    [
        ({"where": "likes > 1"}, "options"), ({"limit": 3}, "options"), ({"sample": 3}, "options"),
        ({"seed": 3}, "options"), ({"id": "id"}, "options"), ({"prefix": "x"}, "options"),
        ({"chunk_rows": 7}, "options"), ({"output": "out.csv"}, "output"), ({"output": "out.jsonl.gz"}, "output"),
        ({"task": ShoutTask(version="2")}, "identity"), ({"encoding": "utf-8"}, "options"), ({"processes": 3}, ""),
        ({"errors": "elsewhere"}, ""), ({"resume": True}, ""), ({"overwrite": True}, ""),
    ],
    ids=str,
)  # fmt: skip
def test_plans_what_makes_it_another_run(tmp_path: Path, change: dict[str, Any], part: str) -> None:
    def manifest(**more: Any) -> dict[str, Any]:
        write_input(tmp_path, "in.jsonl", POSTS)
        job = make_job(tmp_path / "in.jsonl", tmp_path / more.pop("output", "out.jsonl"), **more)
        return manifest_of(job, make_plan(job), job.task.load().identity)

    first, second = manifest(), manifest(**change)
    assert {name for name in first if first[name] != second[name]} == ({part} if part else set())


@pytest.mark.parametrize("name", ["a.csv.gz", "a.jsonl", "a.jsonl.gz", "a.csv"])
@pytest.mark.parametrize("body", [b"", b"\n"])
def test_plans_a_shard_of_nothing_is_passed_over(tmp_path: Path, name: str, body: bytes) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / name).write_bytes(gzip.compress(body) if name.endswith(".gz") else body or b"\r\n")
    with pytest.raises(UsageProblem, match="is empty"):
        make_plan(make_job(folder, tmp_path / "out.csv"))
    write_input(folder, name.replace("a.", "b."), POSTS)
    make_plan(make_job(folder, tmp_path / "out.csv"))


def test_plans_a_column_that_is_added_is_not_carried(tmp_path: Path) -> None:
    rows = [*POSTS] * 25 + [{"text": "a", "shout": "x", "more": 1}]
    write_input(tmp_path, "in.jsonl", rows)
    for output in ("out.parquet", "out.csv"):
        carried = plan_of(tmp_path, output=output).recipe.spec.carried
        assert [name for name, _ in carried] == ["id", "text", "likes", "more"]


def test_plans_no_quotes_and_what_needs_them(tmp_path: Path) -> None:
    task = TranslationTask(Settings(engine="fake"), Lang.ZH_HANS)
    both = ModerationTask(Settings(engine="fake"), translate_to=Lang.ZH_HANS)
    for one in (task, both):
        with pytest.raises(UsageProblem, match="--no-quotes: a translation"):
            plan_of(tmp_path, "in.csv", "out.csv", quotes=False, task=one, prefix="m_")
        plan_of(tmp_path, "in.csv", "out.csv", task=one)
        for output in ("out.jsonl", "out.tsv"):
            plan_of(tmp_path, "in.csv", output, quotes=False, task=one)
        plan_of(tmp_path, "in.tsv", "out.tsv", quotes=False, task=one)
    with pytest.raises(UsageProblem, match="--prefix"):
        plan_of(tmp_path, "in.csv", "out.csv", quotes=False, prefix="a,")
    plan_of(tmp_path, "in.csv", "out.csv", quotes=False)


def test_plans_a_condition_on_a_column_that_no_row_has(tmp_path: Path) -> None:
    write_input(tmp_path, "in.jsonl", [*POSTS] * 30 + [{"text": "a", "late": 1}])
    with pytest.raises(UsageProblem, match="no row has a column nosuch; there are: id, text"):
        plan_of(tmp_path, where="nosuch = 1")
    plan_of(tmp_path, where="late = 1")


@pytest.mark.parametrize("more", [{"also": "x/s.json"}, {"errors": "x/e.jsonl"}, {"also": "."}])
def test_plans_folders_of_what_is_written_have_to_be_there(
    tmp_path: Path, more: dict[str, str]
) -> None:
    [(name, value)] = more.items()
    path = str(tmp_path / value)
    with pytest.raises(UsageProblem, match="folder"):
        plan_of(tmp_path, **{name: (path,) if name == "also" else path})
