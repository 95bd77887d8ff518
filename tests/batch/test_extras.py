"""Without the extra `batch`, text formats work, and everything else says what to install."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.project import ROOT
from tests.serving import environment

WITHOUT = """
import sys
sys.modules.update(dict.fromkeys(("polars", "pyarrow", "zstandard", "matplotlib", "ray", "pandas")))
from service.cli.main import main
sys.exit(main(sys.argv[1:]))
"""


def moderate(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", WITHOUT, "moderate", *arguments, "--classifier", "fake", "--quiet"],
        cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=100,
    )  # fmt: skip


def test_extras_are_not_needed_for_text(tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_text("id,text\n1,Good morning!\n2,badword\n")
    done = moderate(str(source), "-o", str(tmp_path / "out.jsonl"), "--id", "id", "--sample", "2")
    assert (done.returncode, done.stderr) == (0, "")
    found = [
        json.loads(line)["action"] for line in (tmp_path / "out.jsonl").read_text().splitlines()
    ]
    assert found == ["allow", "review"]
    done = moderate(
        str(tmp_path / "out.jsonl"), "-o", str(tmp_path / "again.csv.gz"), "--prefix", "m_"
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("name", "output", "flags", "needed"),
    [
        ("in.parquet", "out.jsonl", [], "pyarrow"), ("in.jsonl", "out.parquet", [], "pyarrow"),
        ("in.jsonl", "out.jsonl.zst", [], "zstandard"), ("in.jsonl.zst", "out.jsonl", [], "zstandard"),
        ("in.jsonl", "out.jsonl", ["--where", "a = 1"], "polars"),
    ],
)  # fmt: skip
def test_extras_that_are_needed_are_named(
    tmp_path: Path, name: str, output: str, flags: list[str], needed: str
) -> None:
    head = {"in.parquet": b"PAR1", "in.jsonl.zst": b"\x28\xb5\x2f\xfd"}.get(
        name, b'{"text": "a"}\n'
    )
    (tmp_path / name).write_bytes(head)
    done = moderate(str(tmp_path / name), "-o", str(tmp_path / output), *flags)
    assert done.returncode == 2
    assert f'needs {needed}: pip install "magpie-translate[batch]"' in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == [name]
