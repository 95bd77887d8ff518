"""Posts in files, and the command that judges them with the fake classifier."""

import json
from pathlib import Path
from typing import Any

from service.cli.main import main

__all__ = ["FAKE", "POSTS", "moderate", "rows_of", "write"]

FAKE = ["--classifier", "fake", "--engine", "fake"]
POSTS = [
    {"id": 1, "text": "Good morning!", "likes": 3, "age": "900"},
    {"id": 2, "text": "what a badword day", "likes": 30, "age": "1"},
    {"id": 3, "text": "这是坏词，也是恨词", "likes": 0, "age": "5"},
    {"id": 3, "text": "今天天气真好", "likes": 12, "age": None},
]


def write(path: Path, rows: list[dict[str, Any]] = POSTS) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    return path


def rows_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def moderate(source: Path | str, output: Path | str, *flags: str) -> int:
    return main(["moderate", str(source), "-o", str(output), *FAKE, *flags])
