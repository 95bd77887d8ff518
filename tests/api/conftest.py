"""A client of the whole application on the fake engine."""

from collections.abc import AsyncIterator

import httpx2
import pytest

from service.settings import Settings
from tests.api.harness import serve


@pytest.fixture
async def client(fake_settings: Settings) -> AsyncIterator[httpx2.AsyncClient]:
    async with serve(fake_settings) as started:
        yield started
