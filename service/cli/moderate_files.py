"""``magpie moderate INPUT -o OUTPUT``: every row of files of any size, judged."""

import argparse
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from service.cli.exits import ExitCode, UsageError
from service.cli.files import make_job, run_job, text_columns
from service.cli.ray import ray_run
from service.cli.report import plan_tally, write_report
from service.domain import Action, Lang

if TYPE_CHECKING:
    from service.batch.summary import Summary
    from service.settings import Settings

__all__ = ["moderate_files"]


class Wishes(Protocol):
    """How rows are judged, as far as the flags for single texts say it."""

    @property
    def lang(self) -> Lang | None: ...
    @property
    def translate_to(self) -> Lang | None: ...
    @property
    def explain(self) -> bool: ...
    @property
    def decode(self) -> bool: ...
    @property
    def context(self) -> Mapping[str, str]: ...


def moderate_files(args: argparse.Namespace, settings: "Settings", wishes: Wishes) -> ExitCode:
    """Run over the files that ``args.text`` names. Raises ``CommandError`` for what stops the run."""
    from service.batch.tasks import ModerationTask

    if args.json:
        raise UsageError("--json is for lines: with -o, name OUTPUT.jsonl or give --output-format")
    inputs = list(args.text)
    if args.file is not None:
        inputs.append(args.file)
    if not inputs:
        raise UsageError("-o: name the input, or - for standard input")
    task = ModerationTask(
        settings,
        text_columns(args),
        wishes.lang,
        wishes.translate_to,
        wishes.explain,
        tuple(sorted(wishes.context.items())),
        wishes.decode,
    )
    tally = plan_tally(args, settings)
    job = replace(make_job(args, inputs, task), tally=tally)
    code, summary = run_job(job, args, ray_run(args))
    if tally is not None and summary is not None:
        write_report(summary, tally, args, settings)
    if code is ExitCode.OK and summary is not None and _reaches(summary, args.fail_on):
        return ExitCode.FLAGGED
    return code


def _reaches(summary: "Summary", limit: Action | None) -> bool:
    if limit is None or "live" not in summary.counts.get("mode", {}):
        return False
    return any(
        number and Action(action).severity >= limit.severity
        for action, number in summary.actions.items()
    )
