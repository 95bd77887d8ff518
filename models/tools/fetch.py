"""Pull the opus-mt models from the Hugging Face hub, convert them, and record their hashes. Needs the torch extra."""

import shutil
from collections.abc import Callable
from pathlib import Path

from models.manifest import ManifestEntry, add_entry, manifest_path
from models.tools.convert import PICKLE, SAFE, convert
from models.tools.hub import FetchError, download_weights, origin
from models.translation.profile import direction_name, load_profile

__all__ = ["GROUP", "REPOSITORIES", "FetchError", "pull_opus"]

GROUP = "opus-mt"
REPOSITORIES = {
    "opus-mt-en-zh": ("Helsinki-NLP/opus-mt-en-zh", "Apache-2.0"),
    "opus-mt-zh-en": ("Helsinki-NLP/opus-mt-zh-en", "CC-BY-4.0"),
}
_SMALL_FILES = ["*.json", "*.spm", "README.md"]


def pull_opus(
    models_dir: Path,
    *,
    source: Path | None = None,
    endpoint: str | None = None,
    say: Callable[[str], None] = lambda message: None,
) -> list[ManifestEntry]:
    """Both directions as int8 folders in ``models_dir``, recorded in its manifest. Returns their entries.

    ``source`` is a folder that holds ``opus-mt-en-zh`` and ``opus-mt-zh-en`` as the hub has them, for a machine
    without network; ``endpoint`` is another hub. ``say`` is told of every step. Raises ``FetchError``.
    """
    models_dir.mkdir(parents=True, exist_ok=True)
    return [
        _pull(name, models_dir, source=source, endpoint=endpoint, say=say) for name in REPOSITORIES
    ]


def _pull(
    name: str,
    models_dir: Path,
    *,
    source: Path | None,
    endpoint: str | None,
    say: Callable[[str], None],
) -> ManifestEntry:
    repository, licence = REPOSITORIES[name]
    work = models_dir / f".pull-{name}"
    if source is None:
        say(f"fetching {repository}")
        folder = download_weights(repository, work, _SMALL_FILES, endpoint=endpoint)
        came_from = origin(repository, folder)
    else:
        folder, came_from = _copy(source, name, work), f"local copy of {repository}"
    output = models_dir / name
    say(f"converting {name} to int8")
    try:
        licence = load_profile(folder).licence or licence
        profile = convert(folder, output, model_id=name, licence=licence, source=came_from)
    except ValueError as error:
        raise FetchError(f"{name} cannot be converted: {error}") from error
    entry = add_entry(
        output,
        id=name,
        directions=[direction_name(d) for d in profile.directions],
        licence=licence,
        source=came_from,
        group=GROUP,
        manifest=manifest_path(models_dir),
    )
    shutil.rmtree(work)
    say(f"{name} is ready")
    return entry


def _copy(source: Path, name: str, work: Path) -> Path:
    """A copy of what the conversion reads, because it may write safetensors beside a pickle."""
    folder = source / name
    if not folder.is_dir():
        raise FetchError(f"{source} has no folder {name}")
    weights = SAFE if (folder / SAFE).is_file() else PICKLE
    work.mkdir(parents=True, exist_ok=True)
    for pattern in (*_SMALL_FILES, weights):
        for path in folder.glob(pattern):
            shutil.copyfile(path, work / path.name)
    return work
