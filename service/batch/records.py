"""The rows of any file that a run can read, one dictionary each: for whoever looks at an output afterwards."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from service.batch.inputs import Format, find_inputs
from service.batch.reading import Layout, ReadOptions, read_head, read_pieces
from service.batch.rows import parse

__all__ = ["iter_records"]


def iter_records(path: str | Path, format: Format | None = None) -> Iterator[Mapping[str, Any]]:
    """The good rows of a file, folder or glob, in order and a few at a time. Cells of CSV and TSV are strings."""
    files = find_inputs([str(path)], format)
    options = ReadOptions()
    layout = Layout(files[0].format, read_head(files[0], options), options)
    for piece in read_pieces(files, layout):
        yield from parse([piece], layout).payload.records()
