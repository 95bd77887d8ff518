"""From what was asked for to a run that can begin: which files, which columns, which rows, and what forbids it."""

import os
from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from service.batch.chunks import CHUNK_BYTES, CHUNK_ROWS, Recipe
from service.batch.columns import rename
from service.batch.errors import EmptyFile, UsageProblem
from service.batch.filters import Condition, parse_condition
from service.batch.inputs import STDIN, Format, InputFile, find_inputs, fingerprint, split_name
from service.batch.reading import Layout, ReadOptions, read_head
from service.batch.rows import Fields
from service.batch.streams import resolve_encoding
from service.batch.survey import (
    JsonKind,
    Survey,
    Wanted,
    find_missing,
    look_through,
    peek_columns,
)
from service.batch.tally import TallyPlan
from service.batch.tasks import Task
from service.batch.writing import OutputSpec, check_output

__all__ = [
    "BatchJob",
    "Plan",
    "check_columns",
    "check_kept",
    "check_places",
    "make_plan",
    "manifest_of",
]


@dataclass(frozen=True, slots=True)
class BatchJob:
    """What was asked for. ``output`` ``-`` is standard output: nothing is kept there to continue from."""

    inputs: tuple[str, ...]
    output: str
    task: Task
    text: tuple[str, ...] = ("text",)
    id: str | None = None
    context: tuple[tuple[str, str], ...] = ()  # (key of the policy, column)
    input_format: Format | None = None
    output_format: Format | None = None
    encoding: str = "auto"
    quotes: bool = True
    header: bool = True
    prefix: str = ""
    where: str = ""
    sample: int | None = None
    limit: int | None = None
    seed: int = 0
    errors: str = ""  # default: OUTPUT.errors.jsonl
    also: tuple[
        str, ...
    ] = ()  # files that the caller writes at the end: none may be one that is read
    tally: TallyPlan | None = None  # what to count for a report
    processes: int = 0  # 0: all cores
    chunk_rows: int = CHUNK_ROWS
    resume: bool = False
    restart: bool = False
    overwrite: bool = False

    @property
    def to_stdout(self) -> bool:
        return self.output == STDIN

    @property
    def output_path(self) -> Path:
        return Path(self.output)

    @property
    def errors_path(self) -> Path:
        return Path(self.errors or f"{self.output}.errors.jsonl")

    @property
    def folder(self) -> Path:
        return Path(f"{self.output}.parts")


@dataclass(frozen=True, slots=True)
class Plan:
    """A run that can begin."""

    recipe: Recipe
    chosen: "array[int] | None" = None
    limit: int | None = None  # of records, where no choice was made
    records: int | None = None  # how many there are to do, where that is known
    inputs: Sequence[Mapping[str, Any]] = field(default=())


def make_plan(job: BatchJob) -> Plan:
    """Look at the input and check everything that can be checked before the work. Raises ``UsageProblem``."""
    files = _files(job)
    options = ReadOptions(resolve_encoding(job.encoding), job.quotes, job.header)
    layout = _layout(files, options)
    condition = parse_condition(job.where) if job.where else None
    columns = rename(job.task.columns, job.prefix)
    names = layout.columns or peek_columns(files, layout)
    check_columns(job, names, [one.name for one in columns], condition, strict=bool(layout.columns))
    format, compression = _output_form(job, layout.format)
    check_output(format, compression)
    if condition is not None and layout.format == "jsonl" and not files[0].is_stdin:
        _check_where(files, layout, condition.columns, names)
    wanted = Wanted(condition, job.sample, job.limit, job.seed)
    tabular = format in ("csv", "tsv", "parquet")
    survey = _survey(files, layout, wanted, columns=tabular and layout.format == "jsonl")
    added = frozenset(one.name for one in columns)
    spec = OutputSpec(format, compression, columns, layout, _carried(layout, survey.kinds, added))
    spec.check(translates=_translates(job))
    chosen = survey.chosen
    fields = Fields(job.text, job.id, job.context, added)
    return Plan(
        Recipe(
            tuple(files),
            layout,
            fields,
            spec,
            condition if chosen is None else None,
            None if job.to_stdout else job.folder,
            job.tally,
        ),
        chosen,
        job.limit,
        _records(job, files, layout, chosen, survey.records),
        fingerprint(files),
    )


def manifest_of(job: BatchJob, plan: Plan, identity: Mapping[str, str]) -> dict[str, Any]:
    """What has to be the same for a run to be continued."""
    spec = plan.recipe.spec
    return {
        "inputs": plan.inputs,
        "identity": dict(identity),
        "options": {
            **job.task.options,
            "id": job.id,
            "context_columns": dict(job.context),
            "format": plan.recipe.layout.format,
            "encoding": job.encoding,
            "quotes": job.quotes,
            "header": job.header,
            "prefix": job.prefix,
            "where": job.where,
            "sample": job.sample,
            "seed": job.seed,
            "limit": job.limit,
            "report": None if job.tally is None else job.tally.options,
            "chunk": [job.chunk_rows, CHUNK_BYTES],
        },
        "output": {
            "format": spec.format,
            "compression": spec.compression,
            "pyarrow": version("pyarrow") if spec.format == "parquet" else "",
        },
    }


def _files(job: BatchJob) -> list[InputFile]:
    files = find_inputs(job.inputs, job.input_format)
    _check_apart(job, [file.name for file in files if not file.is_stdin])
    if not any(file.size or file.is_stdin for file in files):
        raise UsageProblem(
            f"{files[0].name} is empty" if len(files) == 1 else "all input files are empty"
        )
    return [file for file in files if file.size or file.is_stdin]


def check_kept(written: Iterable[Path], read: Sequence[str]) -> None:
    """Raises ``UsageProblem`` where a file that will be written is one that is read. Names of either may be URLs."""
    for path in written:
        if path.exists() and any(os.path.exists(name) and path.samefile(name) for name in read):
            raise UsageProblem(f"{path} is an input and would be overwritten")


def _check_apart(job: BatchJob, read: Sequence[str]) -> None:
    """No file that is written may be one that is read, another one that is written, or in no folder at all."""
    own = [Path(job.errors)] if job.errors else []
    if not job.to_stdout:
        own = [job.output_path, job.errors_path]
    written = [*own, *map(Path, job.also)]
    check_kept(written, read)
    places = [path.resolve() for path in written if path.is_file() or not path.exists()]
    for path in places:
        if places.count(path) > 1:
            raise UsageProblem(f"{path} would be written twice: give each file a name of its own")
    check_places(written)
    if job.to_stdout:
        return
    for name in job.inputs:
        if os.path.isdir(name) and job.output_path.resolve().is_relative_to(Path(name).resolve()):
            raise UsageProblem(f"the output would lie in the input folder {name}")
    for path in own:
        if path.exists() and not path.is_file():  # a device, which we would replace by a file
            raise UsageProblem(f"{path} is no file: - is standard output")


def check_places(written: Iterable[Path]) -> None:
    """Raises ``UsageProblem`` for what would be found out only after the work: no such folder, or no file."""
    for path in written:
        if not path.parent.is_dir():
            raise UsageProblem(f"{path}: there is no folder {path.parent}")
        if path.is_dir():
            raise UsageProblem(f"{path} is a folder; name a file")


def _layout(files: Sequence[InputFile], options: ReadOptions) -> Layout:
    found: list[tuple[InputFile, tuple[str, ...]]] = []
    empty: EmptyFile | None = None
    for file in files:
        try:
            found.append((file, read_head(file, options)))
        except EmptyFile as problem:  # such as a compressed shard of nothing
            empty = empty or problem
    if empty is not None and not found:
        raise empty
    first, columns = found[0]
    for file, head in found:
        if head != columns:
            raise UsageProblem(f"{file.name} has other columns than {first.name}: run them apart")
    if files[0].format == "parquet":
        from service.batch import parquet

        parquet.check_same(files)
    return Layout(files[0].format, columns, options)


def check_columns(
    job: BatchJob,
    names: Sequence[str],
    added: Sequence[str],
    condition: Condition | None,
    *,
    strict: bool,
) -> None:
    """``strict``: ``names`` are all there are; else those of the first rows, where only the texts have to be."""
    shown = ", ".join(names[:20])
    wanted = {"--text": job.text}
    if strict:
        wanted["--id"] = () if job.id is None else (job.id,)
        wanted["--context-column"] = tuple(column for _, column in job.context)
        label = None if job.tally is None else job.tally.label_column
        wanted["--label-column"] = () if label is None else (label,)
        wanted["--where"] = condition.columns if condition else ()
    for flag, columns in wanted.items():
        for column in columns:
            if column not in names and (strict or column.partition(".")[0] not in names):
                raise UsageProblem(f"{flag}: there is no column {column}; there are: {shown}")
    for column in added:
        if column in names:
            raise UsageProblem(
                f"the input has a column {column} already: give --prefix, such as --prefix magpie_"
            )


def _check_where(
    files: Sequence[InputFile], layout: Layout, columns: Sequence[str], names: Sequence[str]
) -> None:
    """JSONL: raises ``UsageProblem`` where no row at all has a column of the condition. ``names``: the first rows'."""
    missing = find_missing(files, layout, [one for one in columns if one not in names])
    if missing:
        shown = ", ".join(names[:20])
        raise UsageProblem(f"--where: no row has a column {missing[0]}; there are: {shown}")


def _survey(files: Sequence[InputFile], layout: Layout, wanted: Wanted, *, columns: bool) -> Survey:
    """A look through the input, or nothing where none is needed."""
    if not wanted.needs_survey and not columns:
        return Survey()
    if files[0].is_stdin:
        raise UsageProblem("standard input can be read only once: save it to a file first")
    return look_through(files, layout, wanted, columns=columns)


def _output_form(job: BatchJob, input_format: Format) -> "tuple[Format, Any]":
    named, compression = (None, "") if job.to_stdout else split_name(job.output)
    translates = job.task.columns[0].name == "translation"  # of lines, which are one column
    usual: Format = "jsonl" if input_format in ("lines", "parquet") else input_format
    if input_format == "lines" and translates:
        usual = "lines"
    format = job.output_format or named or (usual if job.to_stdout else None)
    if format is None:
        raise UsageProblem(
            f"{job.output}: end it in .jsonl, .csv, .tsv or .parquet, or give --output-format"
        )
    if format == "lines" and not (input_format == "lines" and translates):
        raise UsageProblem(
            "only translations of plain lines can be plain lines: take .jsonl, .csv or .parquet"
        )
    if format == "parquet" and (compression or job.to_stdout):
        raise UsageProblem("Parquet goes to a file, and is compressed inside")
    return format, compression


def _translates(job: BatchJob) -> bool:
    return any(one.name.startswith("translation") for one in job.task.columns)


def _carried(
    layout: Layout, kinds: Mapping[str, JsonKind], added: "frozenset[str]"
) -> tuple[tuple[str, JsonKind], ...]:
    if layout.format == "jsonl":  # rows that have an added column are left out
        return tuple((name, kind) for name, kind in kinds.items() if name not in added)
    if layout.format == "lines":
        return (("line", "int"), ("text", "string"))
    return tuple((name, "string") for name in layout.columns)


def _records(
    job: BatchJob,
    files: Sequence[InputFile],
    layout: Layout,
    chosen: "array[int] | None",
    surveyed: int,
) -> int | None:
    counted = surveyed or None
    if chosen is not None:
        return len(chosen)
    if layout.format == "parquet":
        from service.batch import parquet

        counted = sum(parquet.count_rows(file) for file in files)
    if counted is not None and job.limit is not None:
        return min(counted, job.limit)
    return counted
