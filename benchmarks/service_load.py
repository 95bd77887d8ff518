"""Service against the raw engine and a plain FastAPI endpoint: throughput, latency at half load, memory.

usage: python -m benchmarks.service_load --data FOLDER [--sentences 4000] [--requests 20000] [--peer MARIAN_FOLDER]

FOLDER holds development sets (``NAME.tsv``, English TAB Chinese). The cache is off, every sentence is asked for once a
pass, and the load generator runs on the same cores as the service. The engine and the service take turns, three
passes each, and the median counts: one pass on a shared machine is off by up to a tenth. Exits with 1 when a ratio
misses its goal.
"""

import argparse
import statistics
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import psutil
import uvloop

from benchmarks import common
from benchmarks.load import Load, closed_loop, open_loop, translate_request
from models.interfaces import DecodeOptions, Segment
from service.runtime import build_engine
from service.settings import Settings
from service.text.segment import split

CONCURRENCY = 64
_PASSES = 3
_BATCHES = (16, 32, 64, 128, 256)
GOALS = {
    "service / raw engine": 0.8,
    "service / plain FastAPI": 20.0,
    "p95 at half load / idle p50": 2.0,
    "resident memory MB": 400.0,
}


def fitting(texts: list[str]) -> list[str]:
    """The texts that are one sentence and that the model takes whole: the raw engine and the service do the same."""
    engine = build_engine(Settings())
    limit = engine.info.max_input_tokens - 2
    kept = [
        text
        for text in texts
        if sum(part.translate for part in split(text)) == 1
        and engine.count_tokens(text, segment_of(text).source_lang) <= limit
    ]
    engine.close()
    return kept


class RawEngine:
    """The engine alone, offline: sentences sorted by length, in batches of the size that is fastest."""

    def __init__(self, texts: list[str], settings: Settings | None = None) -> None:
        self._engine = build_engine(settings or Settings())
        self._options = DecodeOptions(beam_size=Settings().beam_size)
        self._segments = sorted((segment_of(text) for text in texts), key=lambda s: len(s.text))
        self._engine.translate(self._segments[:64], self._options)
        self.batch = max(_BATCHES, key=self.rate)

    def rate(self, batch: int = 0) -> float:
        """Sentences a second."""
        batch = batch or self.batch
        began = time.perf_counter()
        for at in range(0, len(self._segments), batch):
            self._engine.translate(self._segments[at : at + batch], self._options)
        return len(self._segments) / (time.perf_counter() - began)

    def close(self) -> None:
        self._engine.close()


def segment_of(text: str) -> Segment:
    chinese = any("\u4e00" <= c <= "\u9fff" for c in text)
    return Segment(text, "zh", "en") if chinese else Segment(text, "en", "zh")


@dataclass(frozen=True, slots=True)
class Measured:
    """Rates of the raw engine and loads of the service; of several passes, the median one."""

    raw: float
    batch: int
    whole: float  # the raw engine over its whole vocabulary, as CTranslate2 comes
    full: Load  # 64 connections
    idle: Load  # one connection
    half: Load  # at half the full rate
    memory: list[tuple[int, float]]  # resident MB after so many requests


def measure(texts: list[str], total: int) -> Measured:
    """Raw engine and service in turns; then the service idle, half loaded, and its memory up to ``total`` requests."""
    port = common.free_port()
    command = [sys.executable, "-m", "service.cli.main", "serve", "--port", str(port)]
    plain = RawEngine(texts, Settings(shortlist=False))
    whole = statistics.median(plain.rate() for _ in range(_PASSES))
    plain.close()
    raw = RawEngine(texts)
    run = uvloop.run
    with common.server(command, port, "/ready", {"MAGPIE_CACHE_ENTRIES": "0"}) as process:
        requests = [translate_request(port, text) for text in texts]
        run(closed_loop(port, requests[:200], 8))  # warm
        rates, loads = [], []
        for _ in range(_PASSES):
            rates.append(raw.rate())
            loads.append(run(closed_loop(port, requests, CONCURRENCY)))
        raw.close()
        full = sorted(loads, key=lambda load: load.rate)[_PASSES // 2]
        idle = run(closed_loop(port, requests[:400], 1))
        half = run(open_loop(port, requests[:3000], full.rate / 2))
        memory = [(_PASSES * len(texts) + 3600, _resident_mb(process.pid))]
        while memory[-1][0] < total:
            run(closed_loop(port, requests, CONCURRENCY))
            memory.append((memory[-1][0] + len(requests), _resident_mb(process.pid)))
    return Measured(statistics.median(rates), raw.batch, whole, full, idle, half, memory)


def _resident_mb(pid: int) -> float:
    return float(psutil.Process(pid).memory_info().rss) / 2**20


def measure_peer(folder: str, texts: list[str]) -> Load:
    port = common.free_port()
    command = [sys.executable, "-m", "benchmarks.peers.plain_fastapi", folder, str(port)]
    with common.server(command, port, "/live"):
        requests = [translate_request(port, text) for text in texts]
        uvloop.run(closed_loop(port, requests[:4], 2))
        return uvloop.run(closed_loop(port, requests, CONCURRENCY))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--sentences", type=int, default=4000)
    parser.add_argument("--requests", type=int, default=20_000)
    parser.add_argument("--peer", help="Hugging Face MarianMT folder of the same weights")
    args = parser.parse_args()
    texts = fitting(common.sentences(args.data, args.sentences))
    found = measure(texts, args.requests)
    peer = measure_peer(args.peer, texts[:300]) if args.peer else None
    idle_ms = common.percentile(found.idle.latencies, 0.5) * 1000
    idle_p95_ms = common.percentile(found.idle.latencies, 0.95) * 1000
    half_ms = common.percentile(found.half.latencies, 0.95) * 1000
    ratios = {
        "service / raw engine": found.full.rate / found.raw,
        "service / raw engine without shortlist": found.full.rate / found.whole,
        "p95 at half load / idle p50": half_ms / idle_ms,
        "p95 at half load / idle p95": half_ms / idle_p95_ms,
        "resident memory MB": max(mb for _, mb in found.memory),
    }
    if peer:
        ratios["service / plain FastAPI"] = found.full.rate / peer.rate
    rows: list[list[object]] = [
        ["raw engine, offline", f"{found.raw:.0f}", "", "", f"best batch {found.batch}"],
        ["the same without shortlist", f"{found.whole:.0f}", "", "", ""],
        _row("service, 64 connections", found.full),
        _row("service, idle (1 connection)", found.idle),
        _row("service, half load (Poisson)", found.half),
    ]
    if peer:
        rows.append(_row("plain FastAPI + MarianMTModel.generate(num_beams=4)", peer))
    body = common.table(["what", "sentences/s", "p50 ms", "p95 ms", "note"], rows)
    body += "\n\n" + common.table(
        ["ratio", "measured", "goal"], [_verdict(*r) for r in ratios.items()]
    )
    body += "\n\nResident memory of the service:\n\n"
    body += common.table(["requests", "MB"], [[n, f"{mb:.0f}"] for n, mb in found.memory])
    common.write("service_load", "Service load", body)
    return 0 if all("missed" not in str(_verdict(*r)[2]) for r in ratios.items()) else 1


def _row(name: str, load: Load) -> list[object]:
    p50, p95 = (common.percentile(load.latencies, share) * 1000 for share in (0.5, 0.95))
    return [name, f"{load.rate:.1f}", f"{p50:.1f}", f"{p95:.1f}", f"{load.failed} failed"]


def _verdict(name: str, value: float) -> list[object]:
    if name not in GOALS:
        return [name, f"{value:.2f}", ""]
    goal = GOALS[name]
    at_least = name.startswith("service")
    met = value >= goal if at_least else value <= goal
    return [
        name,
        f"{value:.2f}",
        f"{'≥' if at_least else '≤'} {goal:g}: {'met' if met else 'missed'}",
    ]


if __name__ == "__main__":
    sys.exit(main())
