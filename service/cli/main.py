"""The ``magpie`` command. A subcommand's module is imported only when it runs, so ``--help`` costs next to nothing."""

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from typing import Any

from service import __version__
from service.cli.exits import CommandError, ExitCode

__all__ = ["COMMANDS", "build_parser", "main"]

# Each name, with underscores, is a module of service.cli with `add_arguments(parser)` and `run(args) -> int`.
COMMANDS = {
    "serve": "Run the HTTP service and the demo page.",
    "translate": "Translate text given as arguments, in a file, or on standard input.",
    "translate-file": "Translate files: tables of any size, subtitles, JSON locale files.",
    "moderate": "Judge text given as arguments, on standard input, or in files of any size.",
    "detect": "Tell which language each line is in.",
    "models": "List, verify, pull and convert models.",
    "lexicon": "Check, extend, export and try the slang lexicon.",
    "policy": "Check, show, replay and tune moderation policies.",
}

_EPILOG = "Settings come from MAGPIE_* environment variables. `magpie COMMAND --help` tells more about a command."


def build_parser(command: str | None = None) -> argparse.ArgumentParser:
    """The parser with every command's name, and with the arguments of ``command`` only."""
    parser = argparse.ArgumentParser(
        prog="magpie",
        description="Self-hosted English-Chinese translation and moderation of social text.",
        epilog=_EPILOG,
    )
    parser.add_argument("--version", action="version", version=f"magpie {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, summary in COMMANDS.items():
        subparser = commands.add_parser(name, help=summary, description=summary)
        if name == command:
            _module(name).add_arguments(subparser)
    return parser


def _module(command: str) -> Any:
    return importlib.import_module(f"service.cli.{command.replace('-', '_')}")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code (see ``ExitCode``)."""
    arguments = sys.argv[1:] if argv is None else list(argv)
    # No option of the main parser takes a value, so the first word without a dash is the command.
    command = next((word for word in arguments if not word.startswith("-")), None)
    args = build_parser(command).parse_args(arguments)
    try:
        code = int(_module(args.command).run(args))
        sys.stdout.flush()
    except CommandError as error:
        print(f"magpie {args.command}: {error}", file=sys.stderr)
        return error.exit_code
    except BrokenPipeError:
        # Whoever read our output has gone (`| head`). What is still buffered has to go somewhere when Python exits.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.BROKEN_PIPE
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    return code


if __name__ == "__main__":
    sys.exit(main())
