"""``magpie serve``: the HTTP service in one process, which says when it is ready and ends gracefully."""

import argparse
import contextlib
import gc
import logging
import math
import os
import signal
import socket
from threading import Thread
from typing import TYPE_CHECKING

from service.cli.exits import CommandError, ExitCode, ModelProblem, UsageError
from service.cli.options import add_setting_flags, read_settings

if TYPE_CHECKING:
    import uvicorn

    from service.runtime import Runtime
    from service.settings import Settings

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_setting_flags(parser)
    parser.epilog = (
        "Prints one line with its address when it is ready. SIGTERM and Ctrl-C stop it after the answers in flight; "
        "SIGHUP reads the slang files again. "
        "Exit codes: 0 stopped, 1 cannot listen, or the engine hung, 2 usage, 3 a problem with the model."
    )


def run(args: argparse.Namespace) -> int:
    from service.telemetry import configure_logging

    settings = read_settings(args)
    # Bound before the model loads: a port that is taken should be told at once. Nobody can connect yet.
    with _bind(settings.host, settings.port) as listener:
        configure_logging(settings.log_level)
        runtime = _load(settings)
        server = _build_server(settings, runtime, listener)
        # uvicorn stops gracefully on these, then raises the signal again for whoever handled it before: nobody.
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: None)
        signal.signal(signal.SIGHUP, lambda *_: Thread(target=runtime.reload_slang).start())
        server.run(sockets=[listener])
    if (
        not runtime.drained
    ):  # the interpreter would wait for the engine's thread, for ever if it hangs
        logging.getLogger("magpie").critical("the engine did not stop in time; leaving without it")
        logging.shutdown()
        os._exit(ExitCode.SOME_FAILED)
    return ExitCode.OK


def _bind(host: str, port: int) -> socket.socket:
    try:
        family, _, _, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, socket.SOCK_STREAM)
        with contextlib.ExitStack() as undo:
            undo.callback(listener.close)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            undo.pop_all()
    except OSError as error:
        raise CommandError(f"cannot listen on {host} port {port}: {error.strerror}") from error
    return listener


def _load(settings: "Settings") -> "Runtime":
    """The runtime, or ``ModelProblem``: from here, whatever goes wrong is about the model or its libraries."""
    from service.errors import ServiceError
    from service.runtime import build_runtime

    try:
        return build_runtime(settings)
    except (ServiceError, OSError, ImportError, LookupError, ValueError, RuntimeError) as error:
        raise ModelProblem(str(error)) from error


def _build_server(
    settings: "Settings", runtime: "Runtime", listener: socket.socket
) -> "uvicorn.Server":
    import uvicorn

    from service.app import create_app

    try:
        app = create_app(settings, runtime)
    except ValueError as error:
        raise UsageError(f"bad setting rate_limit (MAGPIE_RATE_LIMIT): {error}") from error

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets=sockets)
            if self.started:
                # What is loaded now stays: full collections need not walk it again while answers wait.
                gc.collect()
                gc.freeze()
                state = "ready" if runtime.health().ready else "up, but NOT ready (see /ready),"
                print(f"magpie {state} on {_url(listener)}", flush=True)

    config = uvicorn.Config(
        app,
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="on",
        log_config=None,  # logging is configured already
        access_log=False,  # its lines would hold query strings
        server_header=False,
        timeout_graceful_shutdown=math.ceil(settings.drain_timeout_s),
    )
    return Server(config)


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return (
        f"http://[{host}]:{port}" if listener.family == socket.AF_INET6 else f"http://{host}:{port}"
    )
