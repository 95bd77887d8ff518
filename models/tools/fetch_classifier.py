"""Pull a sequence-classification checkpoint from the hub, with its label map and hashes. Needs the torch extra."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from models.classification.label_map import BUILT_IN, LABEL_MAP_FILE, LabelMap, parse_label_map
from models.classification.transformers import TransformersClassifier
from models.manifest import ManifestEntry, add_entry, manifest_path
from models.tools.convert import PICKLE, SAFE, to_safetensors
from models.tools.hub import FetchError, download, download_weights, origin

__all__ = ["pull_classifier"]

_HUB_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*/[A-Za-z0-9][A-Za-z0-9._-]*")
_SMALL_FILES = ["*.json", "*.txt", "*.model", "README.md", LABEL_MAP_FILE]


def pull_classifier(
    hub_id: str,
    models_dir: Path,
    *,
    label_map: str | None = None,
    source: Path | None = None,
    endpoint: str | None = None,
    say: Callable[[str], None] = lambda message: None,
) -> ManifestEntry:
    """A folder in ``models_dir`` that the ``transformers`` classifier reads, recorded in its manifest as ``hub_id``.

    ``label_map`` is the name of a built-in label map or a TOML file; by default the one built in for ``hub_id``, else
    the repository's own. It is compared with the checkpoint's labels before the weights are fetched, and the whole is
    loaded once before it is recorded. ``source`` is a local copy of the checkpoint's folder, for a machine without
    network; ``endpoint`` is another hub. ``say`` is told of every step. Raises ``FetchError``.
    """
    if not _HUB_ID.fullmatch(hub_id):
        raise FetchError(f"{hub_id[:96]!r} is not a hub id, such as unitary/toxic-bert")
    models_dir.mkdir(parents=True, exist_ok=True)
    name = hub_id.replace("/", "--")
    work = models_dir / f".pull-{name}"
    say(f"fetching {hub_id}")
    if source is None:
        folder, text = _download(hub_id, label_map, work, endpoint)
        came_from = origin(hub_id, folder)
    else:
        folder, text = source, _checked_label_map(hub_id, label_map, source)
        came_from = f"local copy of {hub_id}"
    made = _copy(folder, work / "model")
    found = _write_label_map(text, made, hub_id, came_from)
    say(f"loading {hub_id} to check it")
    _check(hub_id, made)
    output = models_dir / name
    if output.exists():
        shutil.rmtree(output)
    made.rename(output)
    shutil.rmtree(work)
    entry = add_entry(
        output,
        id=hub_id,
        languages=found.languages,
        format="transformers",
        licence=found.licence,
        source=came_from,
        manifest=manifest_path(models_dir),
    )
    say(f"{hub_id} is ready")
    return entry


def _download(
    hub_id: str, label_map: str | None, cache: Path, endpoint: str | None
) -> tuple[Path, str]:
    """The folder with the weights, and the label map that fits it."""
    small = download(hub_id, cache, _SMALL_FILES, endpoint=endpoint)
    text = _checked_label_map(hub_id, label_map, small)
    folder = download_weights(hub_id, cache, _SMALL_FILES, endpoint=endpoint, revision=small.name)
    return folder, text


def _check(hub_id: str, folder: Path) -> None:
    """Load it once: what cannot be served must not be recorded."""
    try:
        to_safetensors(folder)
        (folder / PICKLE).unlink(missing_ok=True)
        TransformersClassifier(folder).close()
    except ValueError as error:
        raise FetchError(f"{hub_id} cannot be used: {error}") from error


def _checked_label_map(hub_id: str, given: str | None, folder: Path) -> str:
    """The label map's text, after comparing it with the labels in the checkpoint's configuration."""
    labels = _labels(hub_id, folder)
    wanted = given or (hub_id if hub_id in BUILT_IN else "")
    try:
        if wanted in BUILT_IN:
            text = BUILT_IN[wanted]
        else:
            text = (Path(wanted) if wanted else folder / LABEL_MAP_FILE).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise FetchError(
            f"no label map for {hub_id} ({type(error).__name__}): name a TOML file or a built-in one with --label-map; "
            f"its labels are {', '.join(labels)}"
        ) from error
    try:
        parse_label_map(text, wanted or LABEL_MAP_FILE).bind(labels)
    except ValueError as error:
        raise FetchError(f"the label map does not fit {hub_id}: {error}") from error
    return text


def _labels(hub_id: str, folder: Path) -> list[str]:
    """The checkpoint's labels, in the order of its outputs. Without names they are ``LABEL_0`` and ``LABEL_1``."""
    try:
        config = json.loads((folder / "config.json").read_text("utf-8"))
        named: dict[str, Any] = config.get("id2label") or {"0": "LABEL_0", "1": "LABEL_1"}
        return [str(named[str(place)]) for place in range(len(named))]
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
        raise FetchError(f"{hub_id} has no readable config.json with its labels") from error


def _copy(folder: Path, made: Path) -> Path:
    """A copy of the files that the classifier reads; those of the hub's client are links into its cache."""
    if made.exists():
        shutil.rmtree(made)
    made.mkdir(parents=True)
    weights = SAFE if (folder / SAFE).is_file() else PICKLE
    for pattern in (*_SMALL_FILES, weights):
        for path in folder.glob(pattern):
            shutil.copyfile(path, made / path.name)
    return made


def _write_label_map(text: str, made: Path, hub_id: str, came_from: str) -> LabelMap:
    """Write it with the id, licence and source that it does not name itself."""
    found = parse_label_map(text, LABEL_MAP_FILE)
    known = {"id": hub_id, "licence": _licence(made), "source": came_from}
    added = [
        f"{key} = {json.dumps(value, ensure_ascii=False)}\n"
        for key, value in known.items()
        if value and not getattr(found, key)
    ]
    whole = "".join([*added, text])
    (made / LABEL_MAP_FILE).write_text(whole, encoding="utf-8")
    return parse_label_map(whole, LABEL_MAP_FILE)


def _licence(folder: Path) -> str:
    """The licence that the model card's front matter names, or nothing."""
    from huggingface_hub.repocard import metadata_load

    card = folder / "README.md"
    licence = (metadata_load(card) or {}).get("license") if card.is_file() else ""
    return licence if isinstance(licence, str) else ""
