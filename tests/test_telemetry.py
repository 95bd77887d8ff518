"""Log lines are JSON, carry the request's id and never a user's text; Server-Timing is in milliseconds."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from service.telemetry import configure_logging, request_id, server_timing

LOGGERS = ("", "uvicorn", "uvicorn.error", "uvicorn.access")


@pytest.fixture(autouse=True)
def _restored_loggers() -> Iterator[None]:
    loggers = [logging.getLogger(name) for name in LOGGERS]
    before = [(x, list(x.handlers), x.level, x.propagate) for x in loggers]
    yield
    for logger, handlers, level, propagate in before:
        logger.handlers[:] = handlers
        logger.setLevel(level)
        logger.propagate = propagate


@pytest.fixture
def stream() -> io.StringIO:
    stream = io.StringIO()
    configure_logging("info", stream)
    return stream


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_telemetry_logs_one_json_object_a_line(stream: io.StringIO) -> None:
    logging.getLogger("service.x").info(
        "batch %s", "done\nor not", extra={"items": 3, "lang": "zh"}
    )
    (line,) = lines(stream)
    assert line.pop("ts").endswith("+00:00")
    assert line == {
        "level": "info",
        "logger": "service.x",
        "message": "batch done\nor not",
        "request_id": None,
        "items": 3,
        "lang": "zh",
    }


def test_telemetry_logs_the_request_id_of_the_context(stream: io.StringIO) -> None:
    token = request_id.set("req-1")
    logging.getLogger("a").warning("here")
    request_id.reset(token)
    logging.getLogger("a").warning("gone")
    assert [line["request_id"] for line in lines(stream)] == ["req-1", None]


def test_telemetry_extras_cannot_replace_our_fields(stream: io.StringIO) -> None:
    logging.getLogger("a").info("real", extra={"level": "fake", "ts": 0, "logger": "fake"})
    (line,) = lines(stream)
    assert (line["level"], line["logger"], line["message"]) == ("info", "a", "real")


@pytest.mark.parametrize(
    "secret", ["my secret text", "我的秘密", "秘密 secret \ud83d"], ids=["en", "zh", "surrogate"]
)
def test_telemetry_never_writes_what_an_exception_says(stream: io.StringIO, secret: str) -> None:
    def inner() -> None:
        raise KeyError(secret)

    try:
        try:
            inner()
        except KeyError as error:
            raise RuntimeError(secret) from error
    except RuntimeError:
        logging.getLogger("a").exception("failed")
    assert secret not in stream.getvalue()
    assert json.dumps(secret)[1:-1] not in stream.getvalue()
    (line,) = lines(stream)
    outer, cause = line["error"]
    assert (outer["type"], cause["type"]) == ("builtins.RuntimeError", "builtins.KeyError")
    assert cause["frames"][-1].startswith("test_telemetry.py:")
    assert cause["frames"][-1].endswith(" inner")


def test_telemetry_follows_the_chain_of_errors_as_python_does(stream: io.StringIO) -> None:
    try:
        try:
            raise KeyError
        except KeyError:
            raise ValueError from None
    except ValueError:
        logging.getLogger("a").exception("hidden context")
    try:
        try:
            raise KeyError
        except KeyError:
            raise ValueError  # noqa: B904 - the implicit context is what is tested
    except ValueError:
        logging.getLogger("a").exception("shown context")
    assert [len(line["error"]) for line in lines(stream)] == [1, 2]


def test_telemetry_bounds_a_deep_traceback(stream: io.StringIO) -> None:
    def deep(level: int) -> None:
        if not level:
            raise ValueError
        deep(level - 1)

    try:
        deep(200)
    except ValueError:
        logging.getLogger("a").exception("deep")
    assert len(lines(stream)[0]["error"][0]["frames"]) == 20


def test_telemetry_writes_unknown_values_as_their_type(stream: io.StringIO) -> None:
    logging.getLogger("a").info("x", extra={"value": object(), "items": ("你", 1)})
    (line,) = lines(stream)
    assert (line["value"], line["items"]) == ("object", ["你", 1])


def test_telemetry_exc_info_without_an_exception_is_no_error(stream: io.StringIO) -> None:
    logging.getLogger("a").error("x", exc_info=True)
    assert "error" not in lines(stream)[0]


def test_telemetry_level_is_the_least_severe_that_is_written(stream: io.StringIO) -> None:
    logging.getLogger("a").debug("no")
    configure_logging("error", stream)
    logging.getLogger("a").warning("no")
    logging.getLogger("a").error("yes")
    assert [line["message"] for line in lines(stream)] == ["yes"]  # and once, not twice


def test_telemetry_silences_the_servers_access_log_only(stream: io.StringIO) -> None:
    logging.getLogger("uvicorn.access").handlers.append(logging.StreamHandler(stream))
    configure_logging("info", stream)
    logging.getLogger("uvicorn.access").info("GET /translate?q=秘密&api_key=x")
    logging.getLogger("uvicorn.error").info("started", extra={"color_message": "\x1b[1mstarted"})
    (line,) = lines(stream)
    assert line["message"] == "started"
    assert "color_message" not in line


def test_telemetry_logs_to_standard_error_by_default(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("info")
    logging.getLogger("a").info("hello")
    captured = capsys.readouterr()
    assert json.loads(captured.err)["message"] == "hello"
    assert captured.out == ""


@pytest.mark.parametrize(
    ("timings", "header"),
    [
        ({}, ""),
        ({"prepare": 0.0012}, "prepare;dur=1.2"),
        ({"queue": 0.0, "inference": 1.25}, "queue;dur=0.0, inference;dur=1250.0"),
        ({"finish": -1e-9}, "finish;dur=0.0"),
    ],
)
def test_telemetry_server_timing_is_in_milliseconds(timings: dict[str, float], header: str) -> None:
    assert server_timing(timings) == header
