"""JSON log lines with the request's id, and the Server-Timing header. No text of a user gets into either."""

import json
import logging
import sys
from collections.abc import Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import PurePath
from traceback import StackSummary, walk_tb
from types import TracebackType
from typing import TextIO

__all__ = ["JsonFormatter", "configure_logging", "request_id", "server_timing"]

request_id: ContextVar[str] = ContextVar("request_id", default="")

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_DROPPED = _STANDARD | {"color_message"}  # uvicorn's copy of the message for terminals
_ENCODER = json.JSONEncoder(default=lambda value: type(value).__name__)
_MAX_CAUSES = 8
_MAX_FRAMES = 20


class JsonFormatter(logging.Formatter):
    """One JSON object a line: ts, level, logger, message, request_id, then the record's extras.

    An exception is written as its type, where it happened and what caused it, never as its message,
    which may quote the text that failed. A value that JSON does not know is written as its type.
    """

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "ts": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            "request_id": request_id.get() or None,
        }
        extras = {name: value for name, value in vars(record).items() if name not in _DROPPED}
        line = extras | line  # an extra cannot pass itself off as one of ours
        if record.exc_info and record.exc_info[1] is not None:
            line["error"] = _describe(record.exc_info[1])
        return _ENCODER.encode(line)


def configure_logging(level: str, stream: TextIO | None = None) -> None:
    """Send all logs of the process to ``stream`` (standard error) as JSON. Calling again replaces it.

    The web server's own access log is switched off: its lines hold query strings, and so text and
    API keys. Start uvicorn with ``log_config=None``, or it brings its handlers back.
    """
    # What our lines do not show need not be found out for each of them (Python's "Optimization" of logging).
    logging._srcfile = None
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    logging.logAsyncioTasks = False  # type: ignore[attr-defined,unused-ignore]  # Python 3.12 and later
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        server = logging.getLogger(name)
        server.handlers.clear()
        server.propagate = name != "uvicorn.access"


def server_timing(timings: Mapping[str, float]) -> str:
    """A Server-Timing value from stage names (HTTP tokens) and seconds; the header has milliseconds.

    >>> server_timing({"queue": 0.0021, "inference": 0.25})
    'queue;dur=2.1, inference;dur=250.0'
    """
    return ", ".join(f"{name};dur={max(s, 0.0) * 1000:.1f}" for name, s in timings.items())


def _describe(error: BaseException) -> list[dict[str, object]]:
    """The error and its causes, outermost first, at most eight of them."""
    chain: list[dict[str, object]] = []
    current: BaseException | None = error
    while current is not None and len(chain) < _MAX_CAUSES:
        kind = type(current)
        name = f"{kind.__module__}.{kind.__qualname__}"
        chain.append({"type": name, "frames": _frames(current.__traceback__)})
        hidden = current.__suppress_context__
        current = current.__cause__ or (None if hidden else current.__context__)
    return chain


def _frames(traceback: TracebackType | None) -> list[str]:
    """Where it was raised, innermost last: the twenty innermost calls."""
    stack = StackSummary.extract(walk_tb(traceback), limit=-_MAX_FRAMES, lookup_lines=False)
    return [f"{PurePath(frame.filename).name}:{frame.lineno} {frame.name}" for frame in stack]
