"""``magpie moderate INPUT -o OUTPUT``: every row of files of any size, judged."""

import argparse
from typing import TYPE_CHECKING

from service.cli.exits import ExitCode, UsageError
from service.cli.files import make_job, run_job, text_columns
from service.domain import Action, Lang

if TYPE_CHECKING:
    from service.batch.summary import Summary
    from service.settings import Settings

__all__ = ["moderate_files"]


def moderate_files(
    args: argparse.Namespace,
    settings: "Settings",
    *,
    lang: Lang | None,
    translate_to: Lang | None,
    context: dict[str, str],
) -> ExitCode:
    """Run over the files that ``args.text`` names. Raises ``CommandError`` for what stops the run."""
    from service.batch.tasks import ModerationTask

    inputs = list(args.text)
    if args.file is not None:
        inputs.append(args.file)
    if not inputs:
        raise UsageError("-o: name the input, or - for standard input")
    task = ModerationTask(
        settings,
        text_columns(args),
        lang,
        translate_to,
        args.explain,
        tuple(sorted(context.items())),
    )
    code, summary = run_job(make_job(args, inputs, task), args)
    if code is ExitCode.OK and summary is not None and _reaches(summary, args.fail_on):
        return ExitCode.FLAGGED
    return code


def _reaches(summary: "Summary", limit: Action | None) -> bool:
    return limit is not None and any(
        number and Action(action).severity >= limit.severity
        for action, number in summary.actions.items()
    )
