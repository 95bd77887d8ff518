"""``--report`` of the commands on files: its flags, what a run counts for it, and the page at the end."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from service.cli.exits import CommandError, ModelProblem, UsageError
from service.domain import Category, Lang, TranslationRequest
from service.errors import ServiceError

if TYPE_CHECKING:
    from service.batch.summary import Summary
    from service.batch.tally import Tally, TallyPlan
    from service.settings import Settings

__all__ = ["add_report_arguments", "plan_tally", "write_report"]


def add_report_arguments(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("report")
    add = group.add_argument
    add("--report", metavar="FILE",
        help="Write a page with pictures, tables and borderline rows; it needs nothing but itself.")  # fmt: skip
    add(
        "--show-text",
        action="store_true",
        help="Show texts in the report; without this they are masked.",
    )
    add("--label-column", metavar="COLUMN",
        help="Column that says whether a row should be flagged: 1 or 0, true or false.")  # fmt: skip
    add("--label-category", choices=[one.value for one in Category], default=Category.TOXICITY.value,
        help="The score that the labels are about; default toxicity.")  # fmt: skip


def plan_tally(args: argparse.Namespace, settings: "Settings") -> "TallyPlan | None":
    """What to count, or None without ``--report``. Raises ``CommandError``: before the run, not after it."""
    if args.report is None:
        if args.label_column is not None or args.show_text:
            raise UsageError("--label-column and --show-text are for --report FILE")
        return None
    from service.batch.borderline import limits_of
    from service.batch.errors import MissingExtra
    from service.batch.tally import TallyPlan
    from service.runtime import load_policies

    try:
        from service.batch import report_figures  # noqa: F401 - raises where matplotlib is missing
    except MissingExtra as error:
        raise UsageError(str(error)) from error
    folder = Path(args.report).absolute().parent
    if not folder.is_dir():
        raise UsageError(f"--report: there is no folder {folder}")
    try:
        policy = next(iter(load_policies(settings).values()))
    except (OSError, ValueError) as error:
        raise ModelProblem(str(error)) from error
    return TallyPlan(limits_of(policy), args.label_column, Category(args.label_category))


def write_report(
    summary: "Summary", plan: "TallyPlan", args: argparse.Namespace, settings: "Settings"
) -> None:
    """The page about a finished run. Raises ``CommandError`` where it cannot be written."""
    from service.batch.report import ReportInput, build_report
    from service.batch.tally import Tally
    from service.batch.throughput import ChunkTime

    if args.show_text and args.to is None and summary.tally is not None:
        _translate_samples(summary.tally, settings)
    page = build_report(
        ReportInput(
            summary.tally or Tally(),
            plan,
            inputs=[str(one["name"]) for one in summary.inputs],
            output=summary.output,
            records=summary.records,
            filtered=summary.filtered,
            bad=summary.bad,
            identity=summary.identity,
            times=[ChunkTime(one.rows, one.seconds, one.finished_at) for one in summary.chunks],
            show_text=args.show_text,
        )
    )
    try:
        Path(args.report).write_text(page, "utf-8", errors="replace")
    except OSError as error:
        raise CommandError(
            f"the run is done, but {args.report} cannot be written: {error.strerror}"
        ) from error


def _translate_samples(tally: "Tally", settings: "Settings") -> None:
    """Give the borderline rows in the other language too: thirty short texts, once. Without a model there is none."""
    from service.runtime import build_local

    samples = [one for name in sorted(tally.samples) for one in tally.samples[name]]
    requests = [
        TranslationRequest(
            one.before + one.evidence + one.after, Lang.ZH_HANS if one.language == "en" else Lang.EN
        )
        for one in samples
    ]
    try:
        translator = build_local(settings)
        try:
            done = translator.translate(requests)
            for one, request, found in zip(samples, requests, done, strict=True):
                one.translation = found.text if found.text != request.text else ""
        finally:
            translator.close()
    except (ServiceError, OSError, ImportError, LookupError, ValueError, RuntimeError) as error:
        reason = type(error).__name__
        print(f"magpie: the report has no translations: {reason}", file=sys.stderr)
