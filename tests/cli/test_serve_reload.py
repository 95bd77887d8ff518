"""SIGHUP gives a running service another slang lexicon, and a bad one is only logged."""

import json
import signal
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

from tests.lexicon.rows import row, table
from tests.serving import Served, environment, serving


def note_ids(running: Served, text: str) -> list[str]:
    body = json.dumps({"text": text, "target_lang": "en"}).encode()
    request = urllib.request.Request(  # noqa: S310 - our own server
        f"{running.url}/v1/translate", body, {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
        return [note["id"] for note in json.loads(answer.read())["translations"][0]["notes"]]


def hang_up(running: Served, until: Callable[[], bool]) -> None:
    running.process.send_signal(signal.SIGHUP)
    for _ in range(400):
        if until():
            return
        time.sleep(0.05)
    raise AssertionError(f"SIGHUP did nothing\n{running.errors.read_text()[-2000:]}")


def test_serve_reloads_slang_on_sighup(tmp_path: Path) -> None:
    own = tmp_path / "own.tsv"
    own.write_bytes(table(row(id="one", term="甲乙丙", guard="always")))
    env = environment(engine="fake", classifier="fake", port=0, slang_files=own, log_level="info")
    with serving(tmp_path, env=env) as running:
        text = "这个甲乙丙真好，yyds"
        assert note_ids(running, text) == ["one", "zh-0001"]

        own.write_bytes(table(row(id="two", term="甲乙丙", guard="always")))
        hang_up(running, lambda: note_ids(running, text) == ["two", "zh-0001"])

        own.write_bytes(table(row(id="two", term="秘密词", guard="秘密")))
        hang_up(running, lambda: "slang not reloaded" in running.errors.read_text("utf-8"))
        assert note_ids(running, text) == ["two", "zh-0001"]
        said = running.errors.read_text("utf-8")
        assert "own.tsv:2: guard: one of" in said
        assert "秘密" not in json.dumps(
            [json.loads(x) for x in said.splitlines()], ensure_ascii=False
        )

        own.unlink()
        hang_up(running, lambda: "No such file" in running.errors.read_text("utf-8"))
        assert note_ids(running, text) == ["two", "zh-0001"]
        assert running.stop() == 0
