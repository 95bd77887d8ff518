"""Which files are meant, and in what format they are."""

import gzip
import io
import os
import sys
from pathlib import Path

import pytest

from service.batch.errors import UsageProblem
from service.batch.inputs import find_inputs, fingerprint, sniff, split_name


def make(folder: Path, *names: str, body: bytes = b"x\n") -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)


def names(found: list) -> list[str]:
    return [os.path.basename(one.name) for one in found]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("posts.jsonl", ("jsonl", "")), ("POSTS.NDJSON", ("jsonl", "")), ("a.b/posts.csv.gz", ("csv", "gzip")),
        ("posts.tab", ("tsv", "")), ("posts.txt.zst", ("lines", "zstd")), ("posts.pq", ("parquet", "")),
        ("posts", (None, "")), ("posts.gz", (None, "gzip")), ("帖子.tsv", ("tsv", "")),
    ],
)  # fmt: skip
def test_inputs_name_says_format_and_compression(name: str, expected: tuple) -> None:
    assert split_name(name) == expected


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"PAR1\x15\x04", ("parquet", "")), (b'\xef\xbb\xbf {"a": 1}', ("jsonl", "")),
        (gzip.compress(b"x", mtime=0), (None, "gzip")), (b"\x28\xb5\x2f\xfd\x00", (None, "zstd")), (b"a,b", (None, "")),
        (b"", (None, "")),
    ],
)  # fmt: skip
def test_inputs_sniff(head: bytes, expected: tuple) -> None:
    assert sniff(head) == expected


def test_inputs_content_wins_over_the_name(tmp_path: Path) -> None:
    make(tmp_path, "posts.jsonl", body=gzip.compress(b'{"text": "x"}'))
    make(tmp_path, "table.dat", body=b"PAR1....")
    [zipped] = find_inputs([str(tmp_path / "posts.jsonl")])
    [table] = find_inputs([str(tmp_path / "table.dat")])
    assert (zipped.format, zipped.compression, table.format) == ("jsonl", "gzip", "parquet")


def test_inputs_folder_is_walked_in_order(tmp_path: Path) -> None:
    make(tmp_path, "b.csv", "a/2.csv", "a/10.csv", "a.csv", "notes.md")
    assert names(find_inputs([str(tmp_path)])) == ["a.csv", "b.csv", "10.csv", "2.csv"]


def test_inputs_leave_out_hidden_names_and_what_runs_leave_behind(tmp_path: Path) -> None:
    make(
        tmp_path, "a.jsonl", ".hidden.jsonl", "_SUCCESS.jsonl", "_temporary/b.jsonl", "out.jsonl.errors.jsonl",
        "out.jsonl.parts/00000000.jsonl",
    )  # fmt: skip
    assert names(find_inputs([str(tmp_path)])) == ["a.jsonl"]


def test_inputs_glob(tmp_path: Path) -> None:
    make(tmp_path, "b1.txt", "b0.txt", "c.txt", "b2.csv")
    assert names(find_inputs([str(tmp_path / "b*.txt")])) == ["b0.txt", "b1.txt"]


def test_inputs_a_file_whose_name_is_a_glob(tmp_path: Path) -> None:
    make(tmp_path, "a[1].txt", "a1.txt")
    assert names(find_inputs([str(tmp_path / "a[1].txt")])) == ["a[1].txt"]


def test_inputs_standard_input_is_told_by_its_first_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    for body, expected in ((b'{"text": "x"}\n', "jsonl"), (b"x\n", "lines"), (b"", "lines")):
        stream = io.TextIOWrapper(io.BufferedReader(io.BytesIO(body)))  # type: ignore[arg-type]
        monkeypatch.setattr(sys, "stdin", stream)
        [found] = find_inputs(["-"])
        assert (found.format, found.is_stdin) == (expected, True)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["missing.csv"], "no such file"), (["*.nothing"], "no input files"), (["unknown"], "--format"),
        (["a.csv", "b.jsonl"], "run them apart"), (["empty"], "no input files"),
    ],
)  # fmt: skip
def test_inputs_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: list[str], message: str
) -> None:
    make(tmp_path, "a.csv", "b.jsonl", "unknown")
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageProblem, match=message):
        find_inputs(given)


def test_inputs_unreadable_and_irregular_files(tmp_path: Path) -> None:
    fifo = tmp_path / "pipe.txt"
    os.mkfifo(fifo)
    link = tmp_path / "dangling.txt"
    link.symlink_to(tmp_path / "nowhere")
    with pytest.raises(UsageProblem, match="cannot read"):
        find_inputs([str(link)])
    writer = os.open(fifo, os.O_RDWR)  # so that opening it to read does not wait
    try:
        with pytest.raises(UsageProblem, match="not a regular file"):
            find_inputs([str(fifo)])
    finally:
        os.close(writer)


def test_inputs_fingerprint_changes_with_the_content(tmp_path: Path) -> None:
    make(tmp_path, "a.txt", body=b"one\n")
    before = fingerprint(find_inputs([str(tmp_path / "a.txt")]))
    make(tmp_path, "a.txt", body=b"two\n")
    after = fingerprint(find_inputs([str(tmp_path / "a.txt")]))
    assert before[0]["size"] == after[0]["size"]
    assert before != after
