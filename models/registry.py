"""Engines by name, imported only when one is loaded, and models by id, verified before they are loaded."""

import importlib
import os
from pathlib import Path
from typing import Any

from models.interfaces import TranslationEngine
from models.manifest import ManifestEntry, ManifestError, find_all, verify
from models.translation.profile import CHECKPOINT

__all__ = ["ENGINES", "load_engine", "open_model"]

ENGINES = {
    "ct2": "models.translation.ct2:Ct2Engine",
    "marian": "models.translation.marian:MarianEngine",
    "fake": "models.fakes:FakeEngine",
}


def load_engine(name: str, path: Path | None, **options: Any) -> TranslationEngine:
    """An engine on one model folder; ``options`` go to its class. Raises ``ValueError`` for an unknown name."""
    if name not in ENGINES:
        raise ValueError(f"no engine {name[:32]!r}; known: {', '.join(ENGINES)}")
    module, _, attribute = ENGINES[name].partition(":")
    engine_class = getattr(importlib.import_module(module), attribute)
    engine: TranslationEngine = (
        engine_class(**options) if path is None else engine_class(path, **options)
    )
    return engine


def open_model(
    engine: str,
    model: str,
    *,
    models_dir: Path | None = None,
    device: str = "cpu",
    compute_type: str = "int8",
    threads: int = 0,
) -> TranslationEngine:
    """What the settings name: a manifest id or group, ``bundled``, a folder, or several of these with commas.

    Files of a manifest model are verified first. ``threads`` 0 means every core that the process may run on.
    Raises ``ManifestError`` (a ``ValueError``) for a model that is unknown or whose files have changed.
    """
    if engine == "fake":
        return load_engine(engine, None)
    folders = [f for name in model.split(",") for f in _folders(engine, name.strip(), models_dir)]
    options: dict[str, Any] = {"device": device}
    cores = threads or len(os.sched_getaffinity(0))
    if engine == "ct2":
        from models.translation.ct2 import thread_split

        inter, intra = thread_split(cores)
        options |= {"inter_threads": inter, "intra_threads": intra, "compute_type": compute_type}
    else:
        options["threads"] = cores
    engines = [load_engine(engine, folder, **options) for folder in folders]
    if len(engines) == 1:
        return engines[0]
    from models.translation.routed import RoutedEngine

    return RoutedEngine(engines)


def _folders(engine: str, name: str, models_dir: Path | None) -> list[Path]:
    if not name:
        raise ManifestError("an empty model name")
    path = Path(name)
    if path.is_dir() and (os.sep in name or path.is_absolute()):
        return [path]
    return [_verified(engine, entry) for entry in find_all(name, models_dir)]


def _verified(engine: str, entry: ManifestEntry) -> Path:
    checkpoint = entry.path / CHECKPOINT
    if entry.format != engine and not (engine == "marian" and checkpoint.is_dir()):
        raise ManifestError(
            f"model {entry.id} is in the format {entry.format}, which the engine {engine} does not read; "
            "give that engine a folder"
        )
    problems = verify(entry)
    if problems:
        listed = "; ".join(f"{p.file}: {p.message}" for p in problems[:3])
        raise ManifestError(f"model {entry.id} is not what its manifest says ({listed})")
    return entry.path if entry.format == engine else checkpoint
