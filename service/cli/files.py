"""What the commands on files have in common: their flags, the progress they show, and how they end."""

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from service.cli.exits import CommandError, ExitCode, ModelProblem, UsageError

if TYPE_CHECKING:
    from service.batch.local import Observer
    from service.batch.plans import BatchJob
    from service.batch.summary import Summary
    from service.batch.tasks import Task

    Run = Callable[[BatchJob, Observer], Summary | None]

__all__ = ["add_file_arguments", "make_job", "run_job"]


def add_file_arguments(parser: argparse.ArgumentParser) -> None:
    """Flags of a run over files; ``-o`` is left to the command."""
    group = parser.add_argument_group("files")
    add = group.add_argument
    add("--text", dest="text_columns", action="append", metavar="COLUMN",
        help="Column with the text, default text; several are one text, joined by line feeds.")  # fmt: skip
    add(
        "--id",
        dest="id_column",
        metavar="COLUMN",
        help="Column with ids: those that occur twice are counted.",
    )
    add("--format", dest="input_format", choices=["jsonl", "csv", "tsv", "lines", "parquet"],
        help="Format of the input, where its name does not say it.")  # fmt: skip
    add("--output-format", choices=["jsonl", "csv", "tsv", "lines", "parquet"],
        help="Format of the output, where its name does not say it.")  # fmt: skip
    add(
        "--encoding",
        default="auto",
        help="Encoding of the input; auto finds UTF-8, UTF-16 and GB18030.",
    )
    add(
        "--no-quotes",
        action="store_true",
        help="A quote in CSV or TSV is a character like any other.",
    )
    add(
        "--no-header",
        action="store_true",
        help="CSV or TSV begins with data; columns are column_1, column_2 ...",
    )
    add(
        "--where",
        default="",
        metavar="SQL",
        help="Only rows that meet this, such as \"lang = 'zh' AND likes > 10\".",
    )
    add("--sample", type=_positive, metavar="N", help="Only N rows, each with the same chance.")
    add(
        "--limit",
        type=_positive,
        metavar="N",
        help="Only the first N rows, of those that --where and --sample leave.",
    )
    add("--seed", type=int, default=0, metavar="N", help="Another seed gives another sample.")
    add(
        "--prefix",
        default="",
        metavar="NAME",
        help="Put this before the names of the added columns.",
    )
    add(
        "--errors",
        default="",
        metavar="FILE",
        help="Where rows that were left out are listed; OUTPUT.errors.jsonl.",
    )
    add("--processes", type=_positive, default=0, metavar="N", help="Default: one for each core.")
    add("--chunk-rows", type=_positive, default=16_384, metavar="N",
        help="Rows of a part of the output, default 16384: what a run that is killed has to do again.")  # fmt: skip
    add("--resume", action="store_true", help="Continue a run that was interrupted.")
    add("--restart", action="store_true", help="Throw away what an interrupted run has done.")
    add("--overwrite", action="store_true", help="Replace an output that is there.")
    add("--summary", metavar="FILE", help="Write the numbers of the run as JSON.")
    add("-q", "--quiet", action="store_true", help="No progress and no table on stderr.")


def make_job(args: argparse.Namespace, inputs: list[str], task: "Task") -> "BatchJob":
    """The run that the flags ask for. Raises ``UsageError``."""
    from service.batch.plans import BatchJob

    if args.resume and args.restart:
        raise UsageError("give either --resume or --restart, not both")
    return BatchJob(
        inputs=tuple(inputs),
        output=args.output,
        task=task,
        text=text_columns(args),
        id=args.id_column,
        context=context_columns(args),
        input_format=args.input_format,
        output_format=args.output_format,
        encoding=args.encoding,
        quotes=not args.no_quotes,
        header=not args.no_header,
        prefix=args.prefix,
        where=args.where,
        sample=args.sample,
        limit=args.limit,
        seed=args.seed,
        errors=args.errors,
        also=tuple(name for name in (args.summary, getattr(args, "report", None)) if name),
        processes=args.processes,
        chunk_rows=args.chunk_rows,
        resume=args.resume,
        restart=args.restart,
        overwrite=args.overwrite,
    )


def text_columns(args: argparse.Namespace) -> tuple[str, ...]:
    return tuple(args.text_columns or ["text"])


def context_columns(args: argparse.Namespace) -> tuple[tuple[str, str], ...]:
    """``KEY=COLUMN``, or a column that has the name of the key."""
    pairs = (pair.partition("=") for pair in getattr(args, "context_column", None) or ())
    return tuple((key, column or key) for key, _, column in pairs)


def run_job(
    job: "BatchJob", args: argparse.Namespace, run: "Run | None" = None
) -> "tuple[ExitCode, Summary | None]":
    """Run to the end, with progress and the table on stderr, and write ``--summary``. ``run``: where it runs."""
    from service.batch.errors import BatchError, LoadProblem, UsageProblem
    from service.batch.local import run_batch
    from service.cli.run_progress import RunProgress, print_summary

    try:
        with RunProgress(quiet=args.quiet) as progress:
            summary = (run or run_batch)(job, progress)
    except UsageProblem as error:
        raise UsageError(str(error)) from error
    except LoadProblem as error:
        raise ModelProblem(str(error)) from error
    except BatchError as error:
        raise CommandError(str(error)) from error
    except KeyboardInterrupt:
        if not job.to_stdout:
            print("magpie: interrupted; --resume goes on where it ended", file=sys.stderr)
        raise
    if summary is None:
        print(f"magpie: {job.output} is complete: there is nothing to continue", file=sys.stderr)
        return ExitCode.OK, None
    if args.summary:
        _write_summary(summary, args.summary)
    if not args.quiet:
        print_summary(summary)
    elif summary.bad:
        print(f"magpie: {sum(summary.bad.values())} rows were left out", file=sys.stderr)
    return (ExitCode.SOME_FAILED if summary.failed else ExitCode.OK), summary


def _write_summary(summary: "Summary", name: str) -> None:
    body = json.dumps(summary.to_json(), ensure_ascii=False, indent=1) + "\n"
    try:
        Path(name).write_text(body, "utf-8", errors="surrogateescape")
    except OSError as error:
        raise CommandError(
            f"the run is done, but {name} cannot be written: {error.strerror}"
        ) from error


def _positive(value: str) -> int:
    number = int(value)
    if number < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return number
