"""What every benchmark needs: sentences, a live service, percentiles, and a table with the machine that made it."""

import os
import platform
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

RESULTS = Path(__file__).parent / "results"
ROOT = Path(__file__).parent.parent

# Development sets of one-sentence everyday and social text.
SPOKEN = ("tatoeba1k", "xdailydialog-test", "msctd-test", "bmeld-test")


def pairs(folder: Path, name: str) -> list[tuple[str, str]]:
    """English-Chinese pairs of one development set."""
    rows = (folder / f"{name}.tsv").read_text(encoding="utf-8").splitlines()
    return [(en, zh) for en, zh in (row.split("\t")[:2] for row in rows)]


def sentences(folder: Path, limit: int) -> list[str]:
    """Distinct sentences of the spoken sets, alternating English and Chinese."""
    found: dict[str, None] = {}
    for name in SPOKEN:
        if (folder / f"{name}.tsv").exists():
            for en, zh in pairs(folder, name):
                found[en] = found[zh] = None
    if len(found) < limit:
        raise SystemExit(f"only {len(found)} distinct sentences in {folder.name}, {limit} wanted")
    return list(found)[:limit]


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which ``share`` of ``values`` lie, nearest rank."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def machine() -> str:
    """Processor, cores and versions, for the head of a result."""
    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        found = re.search(r"model name\s*:\s*(.+)", info.read_text())
        model = found.group(1) if found else model
    names = ("ctranslate2", "fastapi", "uvicorn", "torch", "transformers")
    return (
        f"{model}, {len(os.sched_getaffinity(0))} cores, Python {platform.python_version()}, "
        + ", ".join(f"{name} {_version(name)}" for name in names)
    )


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "absent"


def table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A Markdown table."""
    lines = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines)


def write(name: str, title: str, body: str) -> Path:
    """Write one result page with the command and the machine that made it; print it too."""
    RESULTS.mkdir(exist_ok=True)
    command = "python -m " + " ".join([f"benchmarks.{name}", *sys.argv[1:]])
    when = datetime.now(UTC).strftime("%Y-%m-%d")
    page = f"# {title}\n\n{when}, {machine()}\n\n    {command}\n\n{body}\n"
    path = RESULTS / f"{name}.md"
    path.write_text(page, encoding="utf-8")
    print(page)
    return path


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


@contextmanager
def server(
    command: Sequence[str], port: int, ready: str, env: dict[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """A server process on a loopback port, up when ``ready`` answers 200; terminated at the end."""
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, **(env or {})},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _await_ready(process, f"http://127.0.0.1:{port}{ready}")
        yield process
    finally:
        process.terminate()
        process.wait(30)


def _await_ready(process: "subprocess.Popen[bytes]", url: str) -> None:
    until = time.monotonic() + 120
    while time.monotonic() < until:
        if process.poll() is not None:
            raise SystemExit(f"the server ended with {process.returncode} before it was ready")
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - loopback only
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.2)
    raise SystemExit("the server was not ready in 120 s")
