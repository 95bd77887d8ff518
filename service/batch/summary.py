"""What a run did, in numbers: for the table at its end, for a file, and for whoever draws pictures of it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from service.batch.chunks import ChunkStats
from service.batch.tally import Tally

__all__ = ["Summary", "count_duplicates", "summarise"]

_MAX_IDS = 20_000_000  # eight bytes each; beyond, nobody counts


@dataclass(frozen=True, slots=True)
class Summary:
    """The numbers of a run. Holds no text."""

    records: int  # read, good and bad
    rows: int  # written
    filtered: int  # did not meet the condition
    bad: Mapping[str, int]  # reason -> rows left out
    actions: Mapping[str, int]
    actions_by_language: Mapping[str, Mapping[str, int]]
    counts: Mapping[
        str, Mapping[str, int]
    ]  # language, rules, evidence_rule, warnings ... -> value -> rows
    identity: Mapping[str, str]  # versions and hashes of models, policy, word lists
    chunks: tuple[ChunkStats, ...]
    seconds: float  # of this run, without what earlier ones did
    resumed: int = 0  # chunks that an earlier run had done
    duplicate_ids: int | None = None  # rows whose id another row has too; None: not looked for
    inputs: Sequence[Mapping[str, Any]] = field(default=())
    output: str = ""
    errors: str = ""
    tally: Tally | None = None  # for a report; it holds a few texts

    @property
    def failed(self) -> int:
        """Rows that were left out, or whose verdict is a guess because the classifier failed."""
        return sum(self.bad.values()) + self.counts.get("warnings", {}).get("classifier_failed", 0)

    @property
    def rows_a_second(self) -> float:
        """Of this run."""
        done = sum(chunk.records for chunk in self.chunks[self.resumed :])
        return done / self.seconds if self.seconds > 0 else 0.0

    def to_json(self) -> dict[str, Any]:
        """The content of ``--summary``."""
        return {
            "records": self.records,
            "rows": self.rows,
            "filtered": self.filtered,
            "bad": dict(self.bad),
            "duplicate_ids": self.duplicate_ids,
            "actions": dict(self.actions),
            "actions_by_language": {
                language: dict(actions) for language, actions in self.actions_by_language.items()
            },
            **{name: dict(values) for name, values in self.counts.items()},
            "identity": dict(self.identity),
            "inputs": [dict(one) for one in self.inputs],
            "output": self.output,
            "errors": self.errors,
            "seconds": round(self.seconds, 3),
            "rows_a_second": round(self.rows_a_second, 1),
            "resumed_chunks": self.resumed,
            "cpu_seconds": round(sum(chunk.cpu_s for chunk in self.chunks), 3),
            "chunks": [
                {
                    "rows": chunk.rows,
                    "seconds": round(chunk.seconds, 3),
                    "finished_at": round(chunk.finished_at, 3),
                }
                for chunk in self.chunks
            ],
        }


def summarise(chunks: Sequence[ChunkStats], **more: Any) -> Summary:
    """The sums over all chunks; ``more``: the other fields of ``Summary``."""
    by_language: dict[str, Counter[str]] = {}
    counts: dict[str, Counter[str]] = {}
    bad: Counter[str] = Counter()
    for chunk in chunks:
        bad.update(chunk.bad)
        for language, actions in chunk.actions.items():
            by_language.setdefault(language, Counter()).update(actions)
        for name, values in chunk.counts.items():
            counts.setdefault(name, Counter()).update(values)
    return Summary(
        records=sum(chunk.records for chunk in chunks),
        rows=sum(chunk.rows for chunk in chunks),
        filtered=sum(chunk.filtered for chunk in chunks),
        bad=_sorted(bad),
        actions=_sorted(sum(by_language.values(), Counter[str]())),
        actions_by_language={name: _sorted(by_language[name]) for name in sorted(by_language)},
        counts={name: _sorted(values) for name, values in counts.items()},
        chunks=tuple(chunks),
        **more,
    )


def count_duplicates(files: Sequence[Path]) -> int | None:
    """Rows whose id another row has too, by the hashes in ``files``; None where there are too many to tell."""
    import numpy as np

    if sum(path.stat().st_size for path in files) > 8 * _MAX_IDS:
        return None
    hashes = [np.fromfile(path, np.uint64) for path in files]
    if not hashes:
        return 0
    _, times = np.unique(np.concatenate(hashes), return_counts=True)
    return int(times[times > 1].sum())


def _sorted(counter: Mapping[str, int]) -> dict[str, int]:
    """Most frequent first, then by name."""
    return dict(sorted(counter.items(), key=lambda pair: (-pair[1], pair[0])))
