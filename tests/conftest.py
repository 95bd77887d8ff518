"""What every test gets: no network but loopback, none of the shell's ``MAGPIE_*``, asyncio for async tests."""

import ipaddress
import os
import socket
from collections.abc import Callable, Generator, Iterator
from typing import Any

import hypothesis
import pytest

from service.settings import Settings

# A deadline would time the machine, not the code.
hypothesis.settings.register_profile("magpie", deadline=None)
hypothesis.settings.load_profile("magpie")

_LOCAL_NAMES = frozenset({None, "", "localhost", b"localhost"})
_INTERNET = (socket.AF_INET, socket.AF_INET6)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """What a test logged goes from one process to another, which a lone surrogate cannot."""
    report = yield
    report.sections = [
        (name, text.encode("utf-8", "backslashreplace").decode()) for name, text in report.sections
    ]
    return report


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


def _is_loopback(host: object) -> bool:
    if host in _LOCAL_NAMES:
        return True
    try:
        text = host.decode() if isinstance(host, bytes) else str(host)
        return ipaddress.ip_address(text.split("%")[0]).is_loopback
    except ValueError:
        return False


def _guarded_connect(original: Callable[..., Any]) -> Callable[..., Any]:
    def connect(self: socket.socket, address: Any, /) -> Any:
        if self.family in _INTERNET and not _is_loopback(address[0]):
            raise PermissionError("tests reach nothing but loopback")
        return original(self, address)

    return connect


def _guarded_getaddrinfo(original: Callable[..., Any]) -> Callable[..., Any]:
    def getaddrinfo(host: Any, *args: Any, **options: Any) -> Any:
        # Addresses resolve without the network, and servers bind to 0.0.0.0; connecting is guarded by itself.
        if not _is_loopback(host) and host not in ("0.0.0.0", "::"):  # noqa: S104 - compared, not bound
            raise socket.gaierror("tests look up no host but localhost")
        return original(host, *args, **options)

    return getaddrinfo


@pytest.fixture(scope="session", autouse=True)
def _sealed_environment() -> Iterator[None]:
    """Refuse every connection that leaves the machine, and start from default settings."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("MAGPIE_")]:
            patch.delenv(name)
        patch.setenv("HF_HUB_OFFLINE", "1")
        for name in ("connect", "connect_ex"):
            patch.setattr(socket.socket, name, _guarded_connect(getattr(socket.socket, name)))
        patch.setattr(socket, "getaddrinfo", _guarded_getaddrinfo(socket.getaddrinfo))
        yield


@pytest.fixture
def make_settings() -> Callable[..., Settings]:
    """Settings of a service on the fake models and a free port; keyword arguments override."""

    def make(**overrides: Any) -> Settings:
        values: dict[str, Any] = {"engine": "fake", "classifier": "fake", "port": 0, **overrides}
        return Settings(**values)

    return make


@pytest.fixture
def fake_settings(make_settings: Callable[..., Settings]) -> Settings:
    return make_settings()
