"""A real `magpie serve` process for the tests that need one."""

import os
import re
import select
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

ROOT = Path(__file__).parents[1]
_READY = re.compile(r"^magpie ready on (http://\S+)$")


@dataclass
class Served:
    """A running service. ``errors`` is the file that holds what it wrote to stderr."""

    process: subprocess.Popen[str]
    url: str
    errors: Path

    def stop(self, *, timeout_s: float = 30) -> int:
        """SIGTERM, wait, exit code."""
        self.process.terminate()
        return self.process.wait(timeout_s)


def environment(**settings: object) -> dict[str, str]:
    """The shell's environment with these settings instead of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MAGPIE_")}
    return kept | {f"MAGPIE_{name.upper()}": str(value) for name, value in settings.items()}


@contextmanager
def serving(
    folder: Path,
    *flags: str,
    command: tuple[str, ...] = (sys.executable, "-m", "service.cli.main"),
    env: Mapping[str, str] | None = None,
    cwd: Path = ROOT,
    timeout_s: float = 30,
) -> Iterator[Served]:
    """Start a service (by default on the fake models and a free port), wait until it is ready, end it afterwards."""
    errors = folder / "serve.stderr"
    with errors.open("w") as stderr:
        process = subprocess.Popen(
            [*command, "serve", *flags],
            cwd=cwd, env=dict(env or environment(engine="fake", classifier="fake", port=0)),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=stderr, text=True,
        )  # fmt: skip
    try:
        assert process.stdout is not None
        line = _read_line(process.stdout, timeout_s)
        ready = _READY.match(line)
        assert ready, f"not ready: {line!r}\n{errors.read_text()[-2000:]}"
        yield Served(process, ready[1], errors)
    finally:
        process.kill()
        process.communicate()


def _read_line(stream: IO[str], timeout_s: float) -> str:
    """The first line; the service writes it in one piece, so that only its beginning has to be waited for."""
    readable, _, _ = select.select([stream], [], [], timeout_s)
    return stream.readline().rstrip("\n") if readable else "nothing printed in time"
