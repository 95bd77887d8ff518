"""Engines and classifiers by name, imported only when one is loaded; models by id, verified before they are loaded."""

import importlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from models.interfaces import Classifier, TranslationEngine
from models.manifest import ManifestEntry, ManifestError, find_all, verify
from models.translation.profile import CHECKPOINT

__all__ = [
    "BUNDLED_CLASSIFIER",
    "CLASSIFIERS",
    "ENGINES",
    "load_classifier",
    "load_engine",
    "open_classifier",
    "open_model",
]

ENGINES = {
    "ct2": "models.translation.ct2:Ct2Engine",
    "marian": "models.translation.marian:MarianEngine",
    "fake": "models.fakes:FakeEngine",
}
CLASSIFIERS = {
    "compact": "models.classification.compact:CompactClassifier",
    "transformers": "models.classification.transformers:TransformersClassifier",
    "fake": "models.fake_classifier:FakeClassifier",
}
BUNDLED_CLASSIFIER = "magpie-toxicity-small"  # what ``bundled`` means for a classifier


def load_engine(name: str, path: Path | None, **options: Any) -> TranslationEngine:
    """An engine on one model folder; ``options`` go to its class. Raises ``ValueError`` for an unknown name."""
    engine: TranslationEngine = _load("engine", ENGINES, name, path, options)
    return engine


def load_classifier(name: str, path: Path | None, **options: Any) -> Classifier:
    """A classifier on one model folder; ``options`` go to its class. Raises ``ValueError`` for an unknown name."""
    classifier: Classifier = _load("classifier", CLASSIFIERS, name, path, options)
    return classifier


def open_model(
    engine: str,
    model: str,
    *,
    models_dir: Path | None = None,
    device: str = "cpu",
    compute_type: str = "int8",
    threads: int = 0,
    shortlist: bool = True,
) -> TranslationEngine:
    """What the settings name: a manifest id or group, ``bundled``, a folder, or several of these with commas.

    Files of a manifest model are verified first. ``threads`` 0 means every core that the process may run on;
    ``shortlist`` is for ``ct2`` alone.
    Raises ``ManifestError`` (a ``ValueError``) for a model that is unknown or whose files have changed.
    """
    if engine == "fake":
        return load_engine(engine, None)
    folders = [
        folder
        for name in model.split(",")
        for folder in _folders("translation", engine, name.strip(), models_dir)
    ]
    options: dict[str, Any] = {"device": device}
    cores = _cores(threads)
    if engine == "ct2":
        from models.translation.ct2 import thread_split

        inter, intra = thread_split(cores)
        options |= {"inter_threads": inter, "intra_threads": intra, "compute_type": compute_type}
        options["shortlist"] = shortlist
    else:
        options["threads"] = cores
    engines = [load_engine(engine, folder, **options) for folder in folders]
    if len(engines) == 1:
        return engines[0]
    from models.translation.routed import RoutedEngine

    return RoutedEngine(engines)


def open_classifier(
    classifier: str,
    model: str,
    *,
    models_dir: Path | None = None,
    label_map: str | Path | None = None,
    device: str = "cpu",
    threads: int = 0,
) -> Classifier:
    """What the settings name: a manifest id, ``bundled``, or a folder. Nothing is ever fetched here.

    Files of a manifest model are verified first. ``label_map``, ``device`` and ``threads`` are for ``transformers``:
    the name of a built-in label map or a TOML file, and as in ``open_model``. Raises ``ManifestError`` (a
    ``ValueError``) for a model that is unknown or whose files have changed.
    """
    if classifier == "fake":
        return load_classifier(classifier, None)
    if label_map is not None and classifier != "transformers":
        raise ValueError(f"the classifier {classifier[:32]!r} takes no label map")
    name = BUNDLED_CLASSIFIER if model.strip() == "bundled" else model.strip()
    folders = _folders("classification", classifier, name, models_dir)
    if len(folders) != 1:
        raise ManifestError(f"{model[:64]!r} names {len(folders)} models, not one classifier")
    options: dict[str, Any] = {}
    if classifier == "transformers":
        options = {"label_map": label_map, "device": device, "threads": _cores(threads)}
    return load_classifier(classifier, folders[0], **options)


def _load(
    what: str, registered: Mapping[str, str], name: str, path: Path | None, options: dict[str, Any]
) -> Any:
    if name not in registered:
        raise ValueError(f"no {what} {name[:32]!r}; known: {', '.join(registered)}")
    module, _, attribute = registered[name].partition(":")
    found = getattr(importlib.import_module(module), attribute)
    return found(**options) if path is None else found(path, **options)


def _cores(threads: int) -> int:
    return threads or len(os.sched_getaffinity(0))


def _folders(kind: str, reader: str, name: str, models_dir: Path | None) -> list[Path]:
    """The folders of a model by id, group or path; ``reader`` is the engine or classifier that will read them."""
    if not name:
        raise ManifestError("an empty model name")
    path = Path(name)
    if path.is_absolute() or (os.sep in name and path.is_dir()):
        if path.is_dir():
            return [path]
        raise ManifestError(f"{name} is not a folder")
    return [_verified(reader, entry) for entry in find_all(name, models_dir, kind)]


def _verified(reader: str, entry: ManifestEntry) -> Path:
    checkpoint = entry.path / CHECKPOINT
    if entry.format != reader and not (reader == "marian" and checkpoint.is_dir()):
        what = "engine" if entry.kind == "translation" else "classifier"
        raise ManifestError(
            f"model {entry.id} is in the format {entry.format}, which the {what} {reader} does not read; "
            f"give that {what} a folder"
        )
    problems = verify(entry)
    if problems:
        listed = "; ".join(f"{p.file}: {p.message}" for p in problems[:3])
        raise ManifestError(f"model {entry.id} is not what its manifest says ({listed})")
    return entry.path if entry.format == reader else checkpoint
