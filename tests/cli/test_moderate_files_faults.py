"""`magpie moderate INPUT -o OUTPUT` that is killed, runs out of disk, or meets a huge cell: nothing is lost."""

import gzip
import os
import random
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.docs.project import ROOT
from tests.moderate_files import FAKE, moderate, rows_of, write
from tests.serving import environment


def command(source: Path, output: Path, *flags: str) -> list[str]:
    return [
        sys.executable,
        "-m",
        "service.cli.main",
        "moderate",
        str(source),
        "-o",
        str(output),
        *FAKE,
        *flags,
    ]


def run(*args: Any, **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*args), cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=110, **options
    )  # fmt: skip


def posts(count: int) -> Iterator[dict[str, Any]]:
    words = ("morning", "badword", "今天天气真好", "spamword", "坏词", "weather", "好的")
    for number in range(count):
        yield {"id": number, "text": f"{words[number % 7]} {words[number % 5]} {number % 911}"}


def lines_in(journal: Path) -> int:
    return journal.read_bytes().count(b"\n") if journal.exists() else 0


@pytest.mark.slow
@pytest.mark.timeout(400)
@pytest.mark.parametrize(("name", "processes"), [("out.jsonl", 2), ("out.parquet", 1)])
def test_moderate_files_killed_at_random_moments_ends_in_the_same_bytes(
    tmp_path: Path, name: str, processes: int
) -> None:
    source = write(tmp_path / "in.jsonl", [*posts(3000)])
    whole, output = tmp_path / f"whole.{name}", tmp_path / name
    flags = ["--chunk-rows", "60", "--id", "id", "--quiet", "--resume"]
    assert moderate(source, whole, *flags) == 0
    chance = random.Random(7)
    journal = tmp_path / f"{name}.parts" / "journal.jsonl"
    kills = 0
    for _ in range(5):
        process = subprocess.Popen(
            command(source, output, *flags, "--processes", str(processes)),
            cwd=ROOT,
            env=environment(),
        )
        wanted = lines_in(journal) + chance.randrange(8)
        while process.poll() is None and lines_in(journal) < wanted:
            time.sleep(0.002)
        time.sleep(chance.random() * 0.05)
        if process.poll() is None:
            victims = [process, *psutil.Process(process.pid).children()]
            victim = chance.choice(victims) if processes > 1 and kills % 2 else process
            victim.send_signal(signal.SIGKILL)
            kills += 1
        process.wait(60)
    assert kills >= 3
    done = run(source, output, *flags, "--processes", str(processes))
    assert done.returncode == 0, done.stderr
    assert output.read_bytes() == whole.read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        ["in.jsonl", name, whole.name]
    )


@pytest.mark.slow
def test_moderate_files_interrupted_says_how_to_go_on(tmp_path: Path) -> None:
    source, output = write(tmp_path / "in.jsonl", [*posts(20_000)]), tmp_path / "out.jsonl"
    process = subprocess.Popen(
        command(source, output, "--chunk-rows", "100", "--quiet"),
        cwd=ROOT, env=environment(), stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    while process.poll() is None and not lines_in(tmp_path / "out.jsonl.parts" / "journal.jsonl"):
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert said == "magpie: interrupted; --resume goes on where it ended\n"
    assert moderate(source, output, "--chunk-rows", "100", "--quiet") == 2  # without --resume
    assert (
        moderate(source, output, "--chunk-rows", "100", "--quiet", "--restart", "--limit", "100")
        == 0
    )


@pytest.mark.slow
def test_moderate_files_no_file_may_grow_further(tmp_path: Path) -> None:
    """What a full disk looks like, without one: every write beyond a limit fails."""
    source, output = write(tmp_path / "in.jsonl", [*posts(1500)]), tmp_path / "out.jsonl"
    flags = ["--chunk-rows", "300", "--quiet"]

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))

    stopped = run(source, output, *flags, preexec_fn=limit)
    assert stopped.returncode == 1
    assert "File too large" in stopped.stderr
    assert "--resume goes on there" in stopped.stderr
    assert not output.exists()
    assert [path.name for path in tmp_path.rglob("*.tmp")] == []
    done = run(source, output, *flags, "--resume")
    assert done.returncode == 0, done.stderr
    assert len(rows_of(output)) == 1500


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip("file systems cannot be mounted here")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.slow
def test_moderate_files_full_disk(tmp_path: Path, small_disk: Path) -> None:
    source, output = write(tmp_path / "in.jsonl", [*posts(1500)]), small_disk / "out.jsonl"
    ballast = small_disk / "ballast"
    ballast.write_bytes(b"\0" * 500_000)
    flags = ["--chunk-rows", "200", "--quiet"]
    assert moderate(source, output, *flags) == 1
    assert not output.exists()
    ballast.unlink()
    (small_disk / "out.jsonl.parts" / "lock").touch()
    elsewhere = tmp_path / "whole.jsonl"
    assert moderate(source, elsewhere, *flags) == 0
    remains = run(source, output, *flags, "--resume")
    if remains.returncode == 0:
        assert output.read_bytes() == elsewhere.read_bytes()
    else:  # parts and output do not fit together: that is said as well, and nothing is lost
        assert "No space left on device" in remains.stderr
        assert (small_disk / "out.jsonl.parts" / "manifest.json").exists()


def test_moderate_files_standard_output_that_is_full(tmp_path: Path) -> None:
    source = write(tmp_path / "in.jsonl")
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            command(source, Path("-"), "--quiet"), cwd=ROOT, env=environment(), stdout=full,
            stderr=subprocess.PIPE, text=True, timeout=100,
        )  # fmt: skip
    assert done.returncode == 1
    assert "No space left on device" in done.stderr
    assert "Traceback" not in done.stderr


@contextmanager
def somebody_else() -> Iterator[None]:
    """Without the rights of root, where the tests have them."""
    before = os.geteuid()
    if before == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(before)


def test_moderate_files_folder_without_permission(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = write(tmp_path / "in.jsonl")
    assert moderate(source, tmp_path / "first.jsonl", "-q") == 0  # everything is imported now
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o555)
    for folder in (tmp_path, *tmp_path.parents[:3]):
        folder.chmod(0o755)
    with somebody_else():
        assert moderate(source, closed / "out.jsonl") == 2
    said = capsys.readouterr().err
    assert f"cannot write to {closed}: Permission denied" in said
    source.chmod(0o000)
    with somebody_else():
        code = moderate(source, Path("-"))
    assert code == 2
    assert "cannot read" in capsys.readouterr().err
    assert list(closed.iterdir()) == []


def test_moderate_files_one_cell_of_a_hundred_megabytes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source, output = tmp_path / "in.csv.gz", tmp_path / "out.csv"
    with gzip.open(source, "wb", 1) as out:
        out.write(b'id,text\n1,fine\n2,"')
        for _ in range(100):
            out.write(b"x" * 1_000_000)
        out.write(b'"\n3,"' + b"y" * 2_000_000 + b'"\n4,also fine\n')
    assert moderate(source, output, "-q") == 1
    assert [line.split(",")[1] for line in output.read_text().splitlines()] == [
        "text",
        "fine",
        "also fine",
    ]
    reasons = [(row["line"], row["reason"]) for row in rows_of(tmp_path / "out.csv.errors.jsonl")]
    assert reasons == [(3, "line_too_long"), (4, "text_too_long")]


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_moderate_files_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    """Five times the rows take no more memory, give or take what Python keeps: from Parquet to Parquet."""
    most: dict[int, int] = {}
    for count in (30_000, 150_000):
        source = tmp_path / f"{count}.parquet"
        pq.write_table(pa.Table.from_pylist([*posts(count)]), source, row_group_size=10_000)
        process = psutil.Popen(
            command(source, tmp_path / f"{count}.out.parquet", "--quiet", "--processes", "2",
                    "--no-explain", "--chunk-rows", "2048", "--id", "id"),
            cwd=ROOT, env=environment(),
        )  # fmt: skip
        most[count] = 0
        while process.poll() is None:
            most[count] = max(most[count], _memory(process))
            time.sleep(0.4)
        assert process.returncode == 0
    assert most[150_000] < 600e6
    assert most[150_000] < 1.1 * most[30_000]


def _memory(process: psutil.Process) -> int:
    """Bytes of a process and its children, what they share counted once."""
    total = 0
    for one in (process, *process.children(recursive=True)):
        try:
            total += one.memory_full_info().pss
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return total
