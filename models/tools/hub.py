"""Fetching files from the Hugging Face hub, only when somebody asked for it. Needs the torch extra."""

from collections.abc import Sequence
from pathlib import Path

from models.tools.convert import PICKLE, SAFE

__all__ = ["FetchError", "download", "download_weights", "origin"]


class FetchError(RuntimeError):
    """A model could not be had: no network, no such model, or a local folder without it."""


def download(
    repository: str,
    cache: Path,
    patterns: Sequence[str],
    *,
    endpoint: str | None = None,
    revision: str | None = None,
) -> Path:
    """The folder below ``cache`` with the repository's files of these patterns; its name is the revision.

    ``endpoint`` is another hub. Raises ``FetchError`` where there is no network, no such model, or no client.
    """
    try:
        from huggingface_hub import snapshot_download
        from huggingface_hub.errors import HfHubHTTPError
    except ImportError as error:
        raise FetchError('pulling needs huggingface_hub: pip install ".[torch]"') from error
    transport = HfHubHTTPError.__mro__[1]  # its HTTP client's own base error
    try:
        return Path(
            snapshot_download(
                repository,
                cache_dir=cache,
                endpoint=endpoint,
                revision=revision,
                allow_patterns=list(patterns),
                token=False,  # the models are public
            )
        )
    except (OSError, transport) as error:
        raise FetchError(
            f"{repository} could not be fetched ({type(error).__name__}). Without network, copy the model's folder "
            "here and add `--from DIR`."
        ) from error


def download_weights(
    repository: str,
    cache: Path,
    patterns: Sequence[str],
    *,
    endpoint: str | None = None,
    revision: str | None = None,
) -> Path:
    """As ``download``, with the weights: safetensors where the repository has them, else the pickle."""
    folder = cache
    for weights in (SAFE, PICKLE):
        folder = download(
            repository, cache, [*patterns, weights], endpoint=endpoint, revision=revision
        )
        if (folder / weights).is_file():
            break
    return folder


def origin(repository: str, folder: Path) -> str:
    """Where a folder that ``download`` gave came from, for the manifest."""
    return f"https://huggingface.co/{repository} revision {folder.name}"
