"""How commands end: exit codes, and errors that are printed as one line instead of a traceback."""

from enum import IntEnum

__all__ = ["CommandError", "ExitCode", "ModelProblem", "UsageError"]


class ExitCode(IntEnum):
    OK = 0
    SOME_FAILED = 1
    USAGE = 2  # as argparse has it
    MODEL_PROBLEM = 3
    FLAGGED = 4
    INTERRUPTED = 130  # 128 + SIGINT, as a shell reports it
    BROKEN_PIPE = 141  # 128 + SIGPIPE


class CommandError(Exception):
    """The command cannot go on. Its text is all that the user sees."""

    exit_code = ExitCode.SOME_FAILED


class UsageError(CommandError):
    """What was asked for makes no sense: an unknown language, a setting out of range, a file that is not there."""

    exit_code = ExitCode.USAGE


class ModelProblem(CommandError):
    """No model, a damaged one, or the library that runs it is not installed; an unreadable policy or word list."""

    exit_code = ExitCode.MODEL_PROBLEM
