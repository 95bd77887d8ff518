"""``magpie serve``: the HTTP service in one process, which says when it is ready and ends gracefully."""

import argparse
import contextlib
import gc
import logging
import math
import os
import signal
import socket
from collections.abc import Awaitable
from threading import Thread
from typing import TYPE_CHECKING, Any, cast

from service.cli.exits import CommandError, ExitCode, ModelProblem, UsageError
from service.cli.options import add_setting_flags, read_settings

if TYPE_CHECKING:
    import uvicorn
    from starlette.types import ASGIApp, Receive, Scope, Send

    from service.runtime import Runtime
    from service.settings import Settings

__all__ = ["add_arguments", "run"]

_FORWARDED = frozenset({b"x-forwarded-for", b"x-forwarded-proto"})
_COLLECT_AFTER = 20_000  # objects made and not yet gone, before the young ones are looked at


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
                # Hundreds of objects live for each request in flight: Python's 700 would collect at every request.
                gc.set_threshold(_COLLECT_AFTER)
                state = "ready" if runtime.health().ready else "up, but NOT ready (see /ready),"
                print(f"magpie {state} on {_url(listener)}", flush=True)

    config = uvicorn.Config(
        cast(Any, _behind_proxies(app)),  # uvicorn has its own types of the same things
        interface="asgi3",
        proxy_headers=False,  # the line above does it, at less cost
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


def _behind_proxies(app: "ASGIApp") -> "ASGIApp":
    """uvicorn's reading of X-Forwarded-*, for those requests only that have such a header.

    ``FORWARDED_ALLOW_IPS`` (uvicorn's own variable, 127.0.0.1 when it is not set) says whose headers are believed.
    """
    from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

    proxied: Any = ProxyHeadersMiddleware(
        cast(Any, app), os.environ.get("FORWARDED_ALLOW_IPS", "127.0.0.1")
    )

    def choose(scope: "Scope", receive: "Receive", send: "Send") -> Awaitable[None]:
        forwarded = any(name in _FORWARDED for name, _ in scope.get("headers", ()))
        chosen: ASGIApp = proxied if forwarded else app
        return chosen(scope, receive, send)

    return choose


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return (
        f"http://[{host}]:{port}" if listener.family == socket.AF_INET6 else f"http://{host}:{port}"
    )
