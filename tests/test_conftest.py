"""The guard that keeps the tests off the network."""

import os
import socket

import pytest


@pytest.mark.parametrize("address", ["192.0.2.1", "10.0.0.1"])
def test_conftest_refuses_to_connect_outside(address: str) -> None:
    with socket.socket() as outgoing, pytest.raises(PermissionError):
        outgoing.connect((address, 80))
    with socket.socket() as outgoing, pytest.raises(PermissionError):
        outgoing.connect_ex((address, 80))


@pytest.mark.parametrize("host", ["example.com", "huggingface.co"])
def test_conftest_refuses_to_look_up_hosts(host: str) -> None:
    with pytest.raises(socket.gaierror):
        socket.getaddrinfo(host, 443)
    with pytest.raises(socket.gaierror):
        socket.create_connection((host, 443))


def test_conftest_lets_loopback_through() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        with socket.create_connection(server.getsockname()[:2], timeout=5) as client:
            assert client.getpeername() == server.getsockname()
        with socket.create_connection(("localhost", server.getsockname()[1]), timeout=5):
            pass


def test_conftest_clears_the_developers_settings() -> None:
    assert not [name for name in os.environ if name.startswith("MAGPIE_")]


@pytest.mark.anyio
async def test_conftest_runs_async_tests_on_asyncio(anyio_backend: str) -> None:
    assert anyio_backend == "asyncio"
