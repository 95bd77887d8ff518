"""Model folders for tests, built once a session. ``tests.models.tiny`` says what they are."""

from pathlib import Path

import pytest

from tests.models.tiny import session_folder


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Hugging Face folder whose model knows ten sentences in both directions."""
    return session_folder(tmp_path_factory, "tiny")


@pytest.fixture(scope="session")
def tiny_float32(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return session_folder(tmp_path_factory, "tiny-float32")


@pytest.fixture(scope="session")
def tiny_int8(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return session_folder(tmp_path_factory, "tiny-int8")


@pytest.fixture(scope="session")
def opus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ``opus-mt-en-zh`` and ``opus-mt-zh-en`` as the hub has them, with random weights."""
    return session_folder(tmp_path_factory, "opus")
