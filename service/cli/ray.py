"""``--ray``: the flags for a run on a Ray cluster, and what runs it there."""

import argparse
from typing import TYPE_CHECKING

from service.cli.exits import UsageError

if TYPE_CHECKING:
    from service.batch.local import Observer
    from service.batch.plans import BatchJob
    from service.batch.summary import Summary
    from service.cli.files import Run

__all__ = ["add_ray_arguments", "ray_run"]


def add_ray_arguments(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("ray", "Parquet to Parquet on many machines; docs/scale.md")
    group.add_argument(
        "--ray", nargs="?", const="", metavar="ADDRESS",
        help="Run with Ray: auto or an address for a cluster that is there, nothing for one of this machine's own. "
        "OUTPUT is a folder; it and the input may be URLs of object storage.",
    )  # fmt: skip
    group.add_argument(
        "--actors",
        type=int,
        default=0,
        metavar="N",
        help="Processes that judge; default: one for each CPU.",
    )
    group.add_argument(
        "--partition-rows", type=int, default=0, metavar="N",
        help="Rows of a part of the output, about; default 262144.",
    )  # fmt: skip


def ray_run(args: argparse.Namespace) -> "Run | None":
    """What runs a job on Ray; None without ``--ray``. Raises ``UsageError``."""
    if args.ray is None:
        if args.actors or args.partition_rows:
            raise UsageError("--actors and --partition-rows are for --ray")
        return None
    if args.actors < 0 or args.partition_rows < 0:
        raise UsageError("--actors and --partition-rows: at least 1")

    def run(job: "BatchJob", observer: "Observer") -> "Summary":
        from service.batch.ray import RayOptions, run_ray

        options = RayOptions(args.ray, args.actors)
        if args.partition_rows:
            options = RayOptions(args.ray, args.actors, args.partition_rows)
        return run_ray(job, options, observer)

    return run
