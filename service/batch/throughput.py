"""How fast a run was over its time, from when each chunk was done; pauses between two runs are no time of work."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

__all__ = ["ChunkTime", "Throughput", "measure"]

_STRETCHES = 60  # points of the picture
_PAUSE = 20.0  # times the usual time between two chunks
_LEAST_PAUSE_S = 30.0


@dataclass(frozen=True, slots=True)
class ChunkTime:
    """One chunk: its rows, how long it took in its process, and when it was done (seconds since 1970)."""

    rows: int
    seconds: float
    finished_at: float


@dataclass(frozen=True, slots=True)
class Throughput:
    """``points``: (seconds of work, rows a second from there to the next); the last one closes the line."""

    rows: int = 0
    seconds: float = 0.0
    mean: float = 0.0
    points: tuple[tuple[float, float], ...] = ()


def measure(chunks: Sequence[ChunkTime]) -> Throughput:
    """Rows a second in about sixty equal stretches of the time in which there was work."""
    if not chunks:
        return Throughput()
    done = sorted(chunks, key=lambda one: one.finished_at)
    gaps = [b.finished_at - a.finished_at for a, b in pairwise(done)]
    pause = max(_LEAST_PAUSE_S, _PAUSE * median(gaps)) if gaps else 0.0
    spans = [max(done[0].seconds, 1e-6)]
    spans += [
        chunk.seconds if gap > pause else gap for gap, chunk in zip(gaps, done[1:], strict=True)
    ]
    total = sum(spans)
    rows = sum(one.rows for one in done)
    width = total / min(_STRETCHES, len(done))
    sums = [0.0] * min(_STRETCHES, len(done))
    start = 0.0
    for chunk, span in zip(done, spans, strict=True):
        _spread(sums, chunk.rows, start, span, width)
        start += span
    points = [(at * width, one / width) for at, one in enumerate(sums)]
    return Throughput(rows, total, rows / total, (*points, (total, points[-1][1])))


def _spread(sums: list[float], rows: int, start: float, span: float, width: float) -> None:
    """Give the rows of one chunk to the stretches that its time lies in."""
    last = len(sums) - 1
    first = min(int(start / width), last)
    end = min(int((start + span) / width), last)
    if span <= 0 or first == end:
        sums[end] += rows
        return
    for at in range(first, end + 1):
        inside = min(start + span, (at + 1) * width if at < last else start + span) - max(
            start, at * width
        )
        sums[at] += rows * max(0.0, inside) / span
