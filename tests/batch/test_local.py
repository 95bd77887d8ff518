"""Runs over files: every format, every accident, and the same bytes whatever happened on the way."""

import contextlib
import gzip
import io
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from service.batch import local
from service.batch.chunks import ChunkStats
from service.batch.errors import BatchError, LoadProblem, UsageProblem
from service.batch.local import run_batch
from service.batch.summary import Summary
from tests.batch.making import POSTS, ShoutTask, errors_of, make_job, read_output, write_input

INPUTS = ("in.jsonl", "in.csv", "in.tsv", "in.parquet", "in.jsonl.gz", "in.csv.zst")
OUTPUTS = ("out.jsonl", "out.csv", "out.tsv", "out.parquet", "out.jsonl.zst", "out.csv.gz")


def run(source: Path, output: Path, **more: Any) -> Summary:
    summary = run_batch(make_job(source, output, **more))
    assert summary is not None
    return summary


@pytest.mark.parametrize("output", OUTPUTS)
@pytest.mark.parametrize("name", INPUTS)
def test_local_every_format_to_every_other(tmp_path: Path, name: str, output: str) -> None:
    source = write_input(tmp_path, name, POSTS)
    summary = run(source, tmp_path / output, chunk_rows=2)
    found = read_output(tmp_path / output)
    assert [row["id"] for row in found] == [row["id"] for row in POSTS]
    assert [row["text"] or "" for row in found] == [row["text"] for row in POSTS]
    assert [str(row["likes"]) for row in found] == [str(row["likes"]) for row in POSTS]
    assert [row["shout"] or "" for row in found] == [str(row["text"]).upper() for row in POSTS]
    assert [int(row["length"]) for row in found] == [len(str(row["text"])) for row in POSTS]
    assert list(found[0]) == ["id", "text", "likes", "shout", "length", "is_long", "share"]
    assert (summary.records, summary.rows, len(summary.chunks)) == (5, 5, 3)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([name, output])


def test_local_plain_lines(tmp_path: Path) -> None:
    (tmp_path / "in.txt").write_bytes("first\r\n\n第二\n".encode())
    run(tmp_path / "in.txt", tmp_path / "out.jsonl")
    assert [(row["line"], row["text"], row["shout"]) for row in read_output(tmp_path / "out.jsonl")] == [
        (1, "first", "FIRST"), (2, "", ""), (3, "第二", "第二"),
    ]  # fmt: skip


def test_local_a_folder_is_one_output_in_order(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for number in range(3):
        write_input(folder, f"{number}.csv", [{"text": f"{number}-{row}"} for row in range(4)])
    (folder / "1.csv").write_bytes(b"text\nx\ny,z\n")
    summary = run(folder, tmp_path / "out.csv", chunk_rows=3)
    assert [row["text"] for row in read_output(tmp_path / "out.csv")] == [
        "0-0", "0-1", "0-2", "0-3", "x", "2-0", "2-1", "2-2", "2-3",
    ]  # fmt: skip
    assert errors_of(tmp_path / "out.csv") == [
        {
            "file": str(folder / "1.csv"),
            "line": 3,
            "reason": "wrong_number_of_fields",
            "message": "2 instead of 1",
        }
    ]
    assert summary.bad == {"wrong_number_of_fields": 1}


def test_local_bad_rows_stay_out_and_the_rest_goes_on(tmp_path: Path) -> None:
    body = b'{"text": "a"}\nbroken\n{"text": "\xff"}\n{"text": "explode"}\n{"title": "x"}\n{"text": "b"}\n'
    (tmp_path / "in.jsonl").write_bytes(body)
    summary = run(tmp_path / "in.jsonl", tmp_path / "out.jsonl", chunk_rows=2)
    assert [row["shout"] for row in read_output(tmp_path / "out.jsonl")] == ["A", "B"]
    assert [(row["line"], row["reason"]) for row in errors_of(tmp_path / "out.jsonl")] == [
        (2, "invalid_json"), (3, "invalid_encoding"), (4, "failed"), (5, "missing_column"),
    ]  # fmt: skip
    assert (summary.records, summary.rows, summary.failed) == (6, 2, 4)


def test_local_mixed_encodings_lose_nothing_silently(tmp_path: Path) -> None:
    lines = [f'{{"text": "第{n}条"}}' for n in range(6)]
    body = b"".join(
        line.encode("gb18030" if n == 4 else "utf-8") + b"\n" for n, line in enumerate(lines)
    )
    (tmp_path / "in.jsonl").write_bytes(body)
    run(tmp_path / "in.jsonl", tmp_path / "out.jsonl")
    assert len(read_output(tmp_path / "out.jsonl")) == 5
    [bad] = errors_of(tmp_path / "out.jsonl")
    assert (bad["line"], bad["message"]) == (5, "not valid utf-8; it could be gb18030")
    assert "条" not in json.dumps(bad, ensure_ascii=False)


def test_local_gb18030_and_several_text_columns(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_bytes("title,body\n标题,正文\n".encode("gb18030"))
    run(tmp_path / "in.csv", tmp_path / "out.jsonl", text=("title", "body"))
    [row] = read_output(tmp_path / "out.jsonl")
    assert row["shout"] == "标题\n正文"


@pytest.mark.parametrize("name", ["in.jsonl", "in.csv", "in.parquet"])
@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"limit": 7}, list(range(7))), ({"where": "TRY_CAST(n AS INT) % 3 = 0"}, list(range(0, 20, 3))),
        ({"where": "TRY_CAST(n AS INT) >= 10", "limit": 3}, [10, 11, 12]),
        ({"where": "TRY_CAST(n AS INT) > 99"}, []),
    ],
    ids=str,
)  # fmt: skip
def test_local_rows_that_are_wanted(
    tmp_path: Path, name: str, more: dict[str, Any], expected: list[int]
) -> None:
    source = write_input(tmp_path, name, [{"text": f"t{n}", "n": n} for n in range(20)])
    summary = run(source, tmp_path / "out.jsonl", chunk_rows=4, **more)
    assert [int(row["n"]) for row in read_output(tmp_path / "out.jsonl")] == expected
    assert summary.rows == len(expected)


@pytest.mark.parametrize("name", ["in.jsonl", "in.csv", "in.parquet"])
def test_local_sample_is_the_same_for_a_seed(tmp_path: Path, name: str) -> None:
    source = write_input(tmp_path, name, [{"text": f"t{n}", "n": n} for n in range(200)])
    found = []
    for number, seed in enumerate((1, 1, 2)):
        output = tmp_path / f"out{number}.jsonl"
        run(source, output, sample=20, seed=seed, chunk_rows=7)
        found.append([int(row["n"]) for row in read_output(output)])
    assert found[0] == found[1] == sorted(set(found[0]))
    assert found[0] != found[2]
    assert all(len(one) == 20 for one in found)


def test_local_ids_that_occur_twice_are_counted_and_kept(tmp_path: Path) -> None:
    rows = [{"id": name, "text": "x"} for name in "abcabd"]
    source = write_input(tmp_path, "in.jsonl", rows)
    summary = run(source, tmp_path / "out.jsonl", id="id", chunk_rows=2)
    assert (summary.rows, summary.duplicate_ids) == (6, 4)
    assert run(source, tmp_path / "other.jsonl").duplicate_ids is None


class Crash(BaseException):
    """The end of the process, as far as a test can have it and go on."""


def crashing(monkeypatch: pytest.MonkeyPatch, at: int) -> Callable[[], int]:
    """Make the ``at``-th call that changes the disk the last one; returns how many there were."""
    calls = 0
    for name in ("replace", "fsync"):
        original = getattr(os, name)

        def wrapped(*args: Any, original: Callable[..., Any] = original, **options: Any) -> Any:
            nonlocal calls
            calls += 1
            if calls == at:
                raise Crash
            return original(*args, **options)

        monkeypatch.setattr(os, name, wrapped)
    return lambda: calls


@pytest.mark.parametrize("output", ["out.jsonl", "out.csv.gz", "out.parquet"])
def test_local_a_run_that_died_at_any_write_ends_in_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, output: str
) -> None:
    rows = [{"id": n % 7, "text": f"text {n}" if n % 5 else "explode"} for n in range(23)]
    source = write_input(tmp_path, "in.jsonl", rows)
    job = {"chunk_rows": 6, "id": "id", "resume": True}
    run(source, tmp_path / f"whole.{output}", **job)
    whole = (tmp_path / f"whole.{output}").read_bytes()
    errors = errors_of(tmp_path / f"whole.{output}")
    at = 0
    while True:
        at += 1
        target = tmp_path / f"{at}.{output}"
        with monkeypatch.context() as patch:
            count = crashing(patch, at)
            with contextlib.suppress(Crash):
                run_batch(make_job(source, target, **job))
            if count() < at:
                break  # it was over before
        if not target.exists() or target.with_name(f"{target.name}.parts").exists():
            run(source, target, **job)
        assert target.read_bytes() == whole
        assert errors_of(target) == errors
        assert not target.with_name(f"{target.name}.parts").exists()
    assert at > 20


def test_local_resume_does_what_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = write_input(tmp_path, "in.jsonl", [{"text": f"text {n}"} for n in range(40)])
    output = tmp_path / "out.jsonl"
    with monkeypatch.context() as patch:
        crashing(patch, 15)
        with pytest.raises(Crash):
            run_batch(make_job(source, output, chunk_rows=10))
    with pytest.raises(UsageProblem, match="--resume continues it, --restart"):
        run_batch(make_job(source, output, chunk_rows=10))
    summary = run(source, output, chunk_rows=10, resume=True)
    assert 0 < summary.resumed < 4
    assert (summary.rows, len(summary.chunks)) == (40, 4)
    assert run_batch(make_job(source, output, chunk_rows=10, resume=True)) is None
    with pytest.raises(UsageProblem, match="is there already"):
        run_batch(make_job(source, output, chunk_rows=10))
    assert run(source, output, chunk_rows=10, overwrite=True).resumed == 0


def test_local_a_run_that_died_while_it_cleaned_up_is_complete(tmp_path: Path) -> None:
    source = write_input(tmp_path, "in.jsonl", POSTS)
    output = tmp_path / "out.jsonl"
    run(source, output)
    left = tmp_path / "out.jsonl.parts"
    left.mkdir()
    (left / "00000000.jsonl").write_text("x")
    assert run_batch(make_job(source, output, resume=True)) is None
    assert not left.exists()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"body": [{"text": "other"}] * 40}, "the input has changed"),
        ({"task": ShoutTask(version="2")}, "policy, a model or this program has changed"),
        ({"where": "text != ''"}, "the options are others"), ({"limit": 30}, "the options are others"),
    ],
    ids=["input", "model", "where", "limit"],
)  # fmt: skip
def test_local_another_run_does_not_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: dict[str, Any], message: str
) -> None:
    rows = [{"text": f"text {n}"} for n in range(40)]
    source = write_input(tmp_path, "in.jsonl", rows)
    output = tmp_path / "out.jsonl"
    with monkeypatch.context() as patch:
        crashing(patch, 20)
        with pytest.raises(Crash):
            run_batch(make_job(source, output, chunk_rows=10))
    write_input(tmp_path, "in.jsonl", change.pop("body", rows))
    with pytest.raises(UsageProblem, match=message):
        run_batch(make_job(source, output, chunk_rows=10, resume=True, **change))
    summary = run(source, output, chunk_rows=10, restart=True, **change)
    assert (summary.resumed, output.exists()) == (0, True)


@pytest.mark.parametrize("name", ["in.csv", "in.parquet"])
def test_local_no_rows_is_no_run(tmp_path: Path, name: str) -> None:
    if name == "in.csv":
        (tmp_path / name).write_bytes(b"id,text\n")
    else:
        import pyarrow as pa
        import pyarrow.parquet as pq

        pq.write_table(pa.table({"text": pa.array([], pa.string())}), tmp_path / name)
    with pytest.raises(UsageProblem, match="no rows"):
        run_batch(make_job(tmp_path / name, tmp_path / "out.csv"))
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_local_a_model_that_cannot_be_loaded(tmp_path: Path) -> None:
    source = write_input(tmp_path, "in.jsonl", POSTS)
    for processes in (1, 2):
        with pytest.raises(LoadProblem, match="the model is damaged"):
            run_batch(
                make_job(
                    source,
                    tmp_path / "out.jsonl",
                    task=ShoutTask(version="broken"),
                    processes=processes,
                )
            )
    assert [path.name for path in tmp_path.iterdir()] == ["in.jsonl"]


def test_local_a_full_disk_keeps_what_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = write_input(tmp_path, "in.jsonl", [{"text": f"text {n}"} for n in range(40)])
    output = tmp_path / "out.jsonl"
    calls = 0
    original = os.fsync

    def full(descriptor: int) -> None:
        nonlocal calls
        calls += 1
        if calls > 12:
            raise OSError(28, "No space left on device")
        original(descriptor)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(BatchError, match=r"No space left on device .* --resume goes on"):
            run_batch(make_job(source, output, chunk_rows=10))
    assert not output.exists()
    assert run(source, output, chunk_rows=10, resume=True).rows == 40


class Watching:
    def __init__(self) -> None:
        self.records: int | None = -1
        self.seen: list[tuple[int, float, bool]] = []

    def begin(self, records: int | None) -> None:
        self.records = records

    def chunk(self, stats: ChunkStats, share: float, *, fresh: bool) -> None:
        self.seen.append((stats.number, share, fresh))


@pytest.mark.parametrize("name", ["in.jsonl", "in.csv.gz", "in.parquet"])
def test_local_progress_ends_at_all(tmp_path: Path, name: str) -> None:
    source = write_input(tmp_path, name, [{"text": f"text {n}"} for n in range(40)])
    watching = Watching()
    run_batch(make_job(source, tmp_path / "out.jsonl", chunk_rows=7), watching)
    shares = [share for _, share, _ in watching.seen]
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1.0)
    assert all(fresh for _, _, fresh in watching.seen)


def test_local_standard_output_in_order_and_errors_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "in.csv"
    source.write_bytes(b"text\na\nb,c\nd\n")
    out, err = io.BytesIO(), io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(out))
    monkeypatch.setattr(sys, "stderr", io.TextIOWrapper(err))
    summary = run(source, Path("-"), chunk_rows=1)
    assert (
        out.getvalue().decode()
        == "text,shout,length,is_long,share\na,A,1,false,0.01\nd,D,1,false,0.01\n"
    )
    assert json.loads(err.getvalue())["line"] == 3
    assert (summary.output, summary.rows) == ("-", 2)


def feed(monkeypatch: pytest.MonkeyPatch, body: bytes) -> None:
    stream = io.TextIOWrapper(io.BufferedReader(io.BytesIO(body)))  # type: ignore[arg-type]
    monkeypatch.setattr(sys, "stdin", stream)


@pytest.mark.parametrize(
    ("body", "more"),
    [
        (b"one\ntwo\n", {}), (b'{"text": "one"}\n{"text": "two"}\n', {}),
        (b"id,text\n1,one\n2,two\n", {"input_format": "csv"}), (gzip.compress(b"one\ntwo\n"), {}),
        (gzip.compress(b'{"text": "one"}\n{"text": "two"}\n'), {"input_format": "jsonl"}),
        ("\ufeffone\ntwo\n".encode("utf-16-le"), {}),
    ],
    ids=["lines", "jsonl", "csv", "gzip", "jsonl-gzip", "utf-16"],
)  # fmt: skip
def test_local_standard_input_in_any_form(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: bytes, more: dict[str, Any]
) -> None:
    feed(monkeypatch, body)
    run(Path("-"), tmp_path / "out.jsonl", **more)
    assert [row["shout"] for row in read_output(tmp_path / "out.jsonl")] == ["ONE", "TWO"]


@pytest.mark.parametrize(
    ("body", "output", "more"),
    [
        (b'{"text": "one"}\n', "out.csv", {}), (b"one\n", "out.jsonl", {"sample": 3}),
        (b"one\n", "out.jsonl", {"limit": 1, "where": "text = 'a'"}),
    ],
)  # fmt: skip
def test_local_standard_input_is_read_only_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: bytes, output: str, more: dict[str, Any]
) -> None:
    feed(monkeypatch, body)
    with pytest.raises(UsageProblem, match="read only once"):
        run_batch(make_job("-", tmp_path / output, **more))


def test_local_standard_input_without_the_column(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed(monkeypatch, b'{"body": "one"}\n')
    with pytest.raises(UsageProblem, match="no column text; there are: body"):
        run_batch(make_job("-", tmp_path / "out.jsonl"))


def test_local_small_inputs_stay_in_this_process(tmp_path: Path) -> None:
    source = write_input(tmp_path, "in.jsonl", POSTS)
    job = make_job(source, tmp_path / "out.jsonl", processes=0)
    assert local._processes(job, local.make_plan(job)) == 1
