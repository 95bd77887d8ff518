"""The load generator counts what a real service answers, failures too."""

from pathlib import Path

import pytest

from benchmarks.load import closed_loop, open_loop, translate_request
from tests.serving import serving

pytestmark = pytest.mark.anyio


async def test_load_closed_and_open_loop_count_every_answer(tmp_path: Path) -> None:
    with serving(tmp_path) as served:
        port = int(served.url.rsplit(":", 1)[1])
        texts = [f"Sentence number {n}." for n in range(30)] + ["你好，世界。"]
        requests = [translate_request(port, text) for text in texts]
        closed = await closed_loop(port, requests, 4)
        opened = await open_loop(port, requests, rate=500)
        wrong = await closed_loop(port, [translate_request(port, "x", path="/nowhere")] * 3, 1)
    assert (len(closed.latencies), closed.failed) == (31, 0)
    assert (len(opened.latencies), opened.failed) == (31, 0)
    assert closed.rate > 0
    assert min(closed.latencies) > 0
    assert wrong.failed == 3


def test_load_request_is_well_formed_http() -> None:
    head, body = translate_request(8000, "你好").split(b"\r\n\r\n")
    assert f"content-length: {len(body)}".encode() in head.lower()
    assert b'"target_lang": "en"' in body
    assert b'"target_lang": "zh"' in translate_request(8000, "hello")
