"""How far a run came, as it stands on the disk."""

from pathlib import Path
from typing import Any

import pytest

from service.batch.chunks import ChunkStats
from service.batch.errors import BatchError, UsageProblem
from service.batch.manifest import WorkFolder, open_folder
from service.batch.reading import Layout
from service.batch.writing import OutputSpec

MANIFEST: dict[str, Any] = {
    "inputs": [{"name": "a", "sha256": "1"}, {"name": "b", "sha256": "2"}],
    "identity": {"policy_version": "p", "model": "m"},
    "options": {"text": ["text"], "where": ""},
    "output": {"format": "jsonl"},
}
SPEC = OutputSpec("jsonl", "", (), Layout("jsonl"))


def begun(path: Path, chunks: int) -> None:
    with open_folder(path) as folder:
        folder.begin(MANIFEST)
        for number in range(len(folder.done), chunks):
            (path / f"{number:08}.jsonl").write_text(f"{number}\n")
            folder.add(ChunkStats(number, rows=1))


def test_manifest_a_run_goes_on_where_it_ended(tmp_path: Path) -> None:
    begun(tmp_path / "x.parts", 3)
    with open_folder(tmp_path / "x.parts") as folder:
        folder.begin(MANIFEST)
        assert [stats.number for stats in folder.done] == [0, 1, 2]


@pytest.mark.parametrize(
    "tail", [b'{"number": 3', b"\x00\x00", b'{"number": 7}\n', b"null\n", b"[]\n", b"{}\n"]
)
def test_manifest_a_journal_line_that_was_cut_off_counts_for_nothing(
    tmp_path: Path, tail: bytes
) -> None:
    path = tmp_path / "x.parts"
    begun(path, 3)
    journal = path / "journal.jsonl"
    journal.write_bytes(journal.read_bytes() + tail)
    begun(path, 5)
    with open_folder(path) as folder:
        folder.begin(MANIFEST)
        assert [stats.number for stats in folder.done] == [0, 1, 2, 3, 4]


def test_manifest_a_part_that_is_gone_is_made_again(tmp_path: Path) -> None:
    path = tmp_path / "x.parts"
    begun(path, 4)
    (path / "00000002.jsonl").unlink()
    with open_folder(path) as folder:
        folder.begin(MANIFEST, "jsonl")
        assert [stats.number for stats in folder.done] == [0, 1]


@pytest.mark.parametrize(
    ("part", "value", "message"),
    [
        ("inputs", [{"name": "a", "sha256": "1"}, {"name": "b", "sha256": "9"}], r"input has changed .*\(b\)"),
        ("inputs", [{"name": "a", "sha256": "1"}], "2 files, now 1"),
        ("identity", {"policy_version": "q", "model": "m"}, r"policy, a model .*\(policy_version\)"),
        ("options", {"text": ["body"], "where": "x", "more": 1}, r"options .*\(text, where, more\)"),
        ("output", {"format": "csv"}, r"form of the output .*\(format\)"),
    ],
)  # fmt: skip
def test_manifest_another_run_is_refused(
    tmp_path: Path, part: str, value: Any, message: str
) -> None:
    begun(tmp_path / "x.parts", 1)
    with open_folder(tmp_path / "x.parts") as folder, pytest.raises(UsageProblem, match=message):
        folder.begin(MANIFEST | {part: value})
    begun(tmp_path / "x.parts", 2)  # and the right one still goes on


def test_manifest_a_damaged_manifest_is_said(tmp_path: Path) -> None:
    begun(tmp_path / "x.parts", 1)
    (tmp_path / "x.parts" / "manifest.json").write_text("{")
    with open_folder(tmp_path / "x.parts") as folder, pytest.raises(BatchError, match="--restart"):
        folder.begin(MANIFEST)


def test_manifest_one_run_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "x.parts"
    with open_folder(path), pytest.raises(UsageProblem, match="another run"):
        begun(path, 1)


def test_manifest_a_folder_without_a_run_is_removed(tmp_path: Path) -> None:
    with open_folder(tmp_path / "x.parts"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_manifest_finish(tmp_path: Path) -> None:
    path, output, errors = tmp_path / "x.parts", tmp_path / "x", tmp_path / "x.errors.jsonl"
    errors.write_text("of an earlier run")
    begun(path, 2)
    with open_folder(path) as folder:
        folder.begin(MANIFEST)
        folder.finish(SPEC, output, errors)
    assert output.read_text() == "0\n1\n"
    assert sorted(one.name for one in tmp_path.iterdir()) == ["x"]


def test_manifest_finish_lists_errors_in_order(tmp_path: Path) -> None:
    path = tmp_path / "x.parts"
    begun(path, 3)
    (path / "00000002.errors").write_text("late\n")
    (path / "00000000.errors").write_text("early\n")
    (path / "00000009.errors").write_text("of no chunk\n")
    with open_folder(path) as folder:
        folder.begin(MANIFEST)
        folder.finish(SPEC, tmp_path / "x", tmp_path / "e")
    assert (tmp_path / "e").read_text() == "early\nlate\n"


def test_manifest_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "missing" / "x.parts", tmp_path / "file" / "x.parts"):
        with pytest.raises(UsageProblem, match="cannot write to"), open_folder(path):
            pass


def test_manifest_nothing_is_noted_before_the_run_begins(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not begun"):
        WorkFolder(tmp_path).add(ChunkStats(0))


@pytest.mark.parametrize(("named", "left"), [(False, None), (True, b"")])
def test_manifest_an_error_list_of_an_earlier_run_does_not_stay(
    tmp_path: Path, named: bool, left: bytes | None
) -> None:
    errors = tmp_path / "errors"
    for there in (True, False):
        begun(tmp_path / "x.parts", 1)
        errors.unlink(missing_ok=True)
        if there:
            errors.write_bytes(b"an earlier run")
        with open_folder(tmp_path / "x.parts") as folder:
            folder.begin(MANIFEST)
            folder.finish(SPEC, tmp_path / "out", errors, named=named)
        found = errors.read_bytes() if errors.exists() else None
        assert found == (left if there else None)
