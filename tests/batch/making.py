"""A bench for runs over files: a task without models, inputs in every format, and a way to read any output."""

import csv
import gzip
import io
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from service.batch.columns import Column, Text
from service.batch.plans import BatchJob
from service.batch.tasks import Context, Outcome

POSTS = [
    {"id": "a1", "text": "Good morning, everyone!", "likes": 3},
    {"id": "a2", "text": "今天天气真好，我们出去走走吧。", "likes": 12},
    {"id": "a3", "text": "这个 feature 太好用了 👍", "likes": 0},
    {"id": "a4", "text": 'quotes " and, commas\tand tabs', "likes": 7},
    {"id": "a5", "text": "", "likes": -1},
]


@dataclass(frozen=True)
class ShoutTask:
    """Says every text in capitals. A text with ``explode`` fails, one with ``exit`` kills the process."""

    names: tuple[str, ...] = ("text",)
    version: str = "1"

    @property
    def columns(self) -> tuple[Column, ...]:
        return (
            Column("shout", "string", "The text in capitals."),
            Column("length", "int", "Code points."),
            Column("is_long", "bool", "More than ten."),
            Column("share", "float", "Of a hundred."),
        )

    @property
    def options(self) -> Mapping[str, Any]:
        return {"task": "shout", "text": list(self.names)}

    def load(self, *, threads: int = 0) -> "Shouter":
        if self.version == "broken":
            raise ValueError("the model is damaged")
        return Shouter(self)


class Shouter:
    def __init__(self, task: ShoutTask) -> None:
        self._task = task
        self.rows = 0

    @property
    def names(self) -> tuple[str, ...]:
        return self._task.names

    @property
    def columns(self) -> tuple[Column, ...]:
        return self._task.columns

    @property
    def identity(self) -> Mapping[str, str]:
        return {"version": self._task.version}

    def run(self, texts: Sequence[Text], contexts: Sequence[Context] | None = None) -> Outcome:
        self.rows += len(texts)
        joined = ["\n".join(text) for text in texts]
        if any("exit" in one for one in joined):
            os._exit(9)
        failures = {at: "failed: ValueError" for at, one in enumerate(joined) if "explode" in one}
        return Outcome(
            {
                "shout": [one.upper() for one in joined],
                "length": [len(one) for one in joined],
                "is_long": [len(one) > 10 for one in joined],
                "share": [len(one) / 100 for one in joined],
            },
            failures,
        )

    def close(self) -> None:
        pass


def make_job(source: Path | str, output: Path | str, **more: Any) -> BatchJob:
    """A shouting run in this process."""
    options: dict[str, Any] = {
        "task": ShoutTask(more.get("text", ("text",))),
        "processes": 1,
        **more,
    }
    return BatchJob(inputs=(str(source),), output=str(output), **options)


def jsonl(rows: Sequence[Mapping[str, Any]]) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def table(rows: Sequence[Mapping[str, Any]], delimiter: str = ",") -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\r\n")
    writer.writerow(rows[0])
    writer.writerows(row.values() for row in rows)
    return out.getvalue().encode()


def write_input(folder: Path, name: str, rows: Sequence[Mapping[str, Any]]) -> Path:
    """Rows in the format that ``name`` ends in."""
    path = folder / name
    plain = name.removesuffix(".gz").removesuffix(".zst")
    if plain.endswith(".parquet"):
        import pyarrow as pa
        import pyarrow.parquet as pq

        pq.write_table(pa.Table.from_pylist(list(rows)), path)
        return path
    if plain.endswith(".jsonl"):
        body = jsonl(rows)
    elif plain.endswith(".txt"):
        body = "".join(f"{row['text']}\n" for row in rows).encode()
    else:
        body = table(rows, "\t" if plain.endswith(".tsv") else ",")
    if name.endswith(".gz"):
        body = gzip.compress(body)
    elif name.endswith(".zst"):
        import zstandard

        body = zstandard.compress(body)
    path.write_bytes(body)
    return path


def read_output(path: Path) -> list[dict[str, Any]]:
    """Every row of an output; the cells of CSV and TSV are strings."""
    body = path.read_bytes()
    name = path.name
    if name.endswith(".parquet"):
        import pyarrow.parquet as pq

        found: list[dict[str, Any]] = pq.read_table(path).to_pylist()
        return found
    if name.endswith(".gz"):
        body, name = gzip.decompress(body), name.removesuffix(".gz")
    elif name.endswith(".zst"):
        import zstandard

        reader = zstandard.ZstdDecompressor().stream_reader(
            io.BytesIO(body), read_across_frames=True
        )
        body, name = reader.read(), name.removesuffix(".zst")
    text = body.decode()
    if name.endswith(".jsonl"):
        return [json.loads(line) for line in text.splitlines() if line]
    delimiter = "\t" if name.endswith(".tsv") else ","
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter))


def errors_of(output: Path) -> list[dict[str, Any]]:
    path = output.with_name(f"{output.name}.errors.jsonl")
    return (
        [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []
    )
