"""The list of models with their hashes: what ships with the project, and what a user pulled into a models folder."""

import os
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any

from models.files import sha256_of

__all__ = [
    "BUNDLED_MANIFEST", "KINDS", "FileRecord", "Manifest", "ManifestEntry", "ManifestError", "Problem",
    "add_entry", "find", "find_all", "load_manifest", "manifest_path", "verify", "write_manifest",
]  # fmt: skip

BUNDLED_MANIFEST = Path(__file__).with_name("manifest.toml")
KINDS = ("translation", "classification")  # of models

_HEADER = (
    "# Models and the SHA-256 of every file. Written by the export and pull commands; "
    "check it with `magpie models verify`.\n"
)


class ManifestError(ValueError):
    """A manifest that cannot be read, a model that is in none, or files that are not what it says."""


@dataclass(frozen=True, slots=True)
class FileRecord:
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class ManifestEntry:
    """One model. ``path`` is its folder (in the file, relative to the manifest, and so is ``card``, the model card).

    Entries of one ``group`` belong together, such as two directions that are served as one. A classifier has
    ``languages`` and no ``directions``.
    """

    id: str
    path: Path
    directions: tuple[str, ...]
    format: str = "ct2"
    files: Mapping[str, FileRecord] = field(default_factory=dict, hash=False)
    licence: str = ""
    source: str = ""
    card: str = ""
    group: str = ""
    bundled: bool = False
    languages: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        """One of ``KINDS``."""
        return KINDS[0] if self.directions else KINDS[1]


@dataclass(frozen=True, slots=True)
class Manifest:
    """The entries of one manifest file, in its order. ``path`` need not exist yet."""

    path: Path
    entries: tuple[ManifestEntry, ...] = ()

    def get(self, model: str, kind: str = "") -> ManifestEntry | None:
        """The entry of that id, or the bundled one for ``bundled``: the translation model where no kind is given."""
        for entry in self.of_kind(kind or (KINDS[0] if model == "bundled" else "")):
            if entry.id == model or (model == "bundled" and entry.bundled):
                return entry
        return None

    def of_kind(self, kind: str) -> tuple[ManifestEntry, ...]:
        """The entries of a kind; all of them for an empty one."""
        return tuple(entry for entry in self.entries if kind in ("", entry.kind))


@dataclass(frozen=True, slots=True)
class Problem:
    """One file of an entry that is not what the manifest says."""

    file: str
    message: str


def manifest_path(models_dir: Path) -> Path:
    return models_dir / "manifest.toml"


def load_manifest(path: Path = BUNDLED_MANIFEST) -> Manifest:
    """Read one manifest file; a missing one is empty. Raises ``ManifestError`` when it is malformed."""
    if not path.is_file():
        return Manifest(path)
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        entries = tuple(_entry(raw, path.parent) for raw in content.get("model", []))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ManifestError(f"{path} is not a valid manifest: {error!r}") from error
    return Manifest(path, entries)


def write_manifest(manifest: Manifest) -> None:
    """Write the file in one step, so that a reader never sees half of it."""
    manifest.path.parent.mkdir(parents=True, exist_ok=True)
    root = manifest.path.parent
    text = "\n".join([_HEADER, *(_to_toml(entry, root) for entry in manifest.entries)])
    part = manifest.path.with_name(manifest.path.name + ".part")
    part.write_text(text, encoding="utf-8")
    part.replace(manifest.path)


def add_entry(
    folder: Path,
    *,
    id: str,
    directions: Iterable[str] = (),
    languages: Iterable[str] = (),
    licence: str,
    source: str,
    card: str = "",
    group: str = "",
    bundled: bool = False,
    format: str = "ct2",
    manifest: Path = BUNDLED_MANIFEST,
) -> ManifestEntry:
    """Hash every file of a model folder and write its entry, in place of an older one of that id.

    A translation model is given its ``directions``, a classifier its ``languages``. ``bundled`` makes it the default
    model of its kind in place of the ones before, but for those of its ``group``. Returns the entry as written.
    """
    entry = ManifestEntry(
        id=id,
        path=folder.resolve(),
        directions=tuple(sorted(directions)),
        languages=tuple(sorted(languages)),
        format=format,
        files={name: FileRecord(sha256_of(p), p.stat().st_size) for name, p in _files(folder)},
        licence=licence,
        source=source,
        card=card,
        group=group,
        bundled=bundled,
    )
    others = [e for e in load_manifest(manifest).entries if e.id != id]
    if bundled:
        others = [replace(e, bundled=e.bundled and _beside(e, entry)) for e in others]
    write_manifest(Manifest(manifest, (*others, entry)))
    return entry


def find(model: str, models_dir: Path | None = None, kind: str = "") -> ManifestEntry:
    """The one entry of an id, or of ``bundled``; the user's folder goes before the project's own list.

    ``kind`` looks among the models of that kind only. Raises ``ManifestError`` when there is none.
    """
    manifests = _manifests(models_dir)
    for manifest in manifests:
        entry = manifest.get(model, kind)
        if entry is not None:
            return entry
    for manifest in manifests:
        other = manifest.get(model)
        if other is not None and model != "bundled":
            raise ManifestError(f"model {other.id} is for {other.kind}, not for {kind}")
    known = ", ".join(e.id for m in manifests for e in m.of_kind(kind)) or "none"
    raise ManifestError(
        f"no model {model[:64]!r} in the manifest; known: {known} (`magpie models pull` fetches more)"
    )


def find_all(model: str, models_dir: Path | None = None, kind: str = "") -> list[ManifestEntry]:
    """The entries of a group, such as both directions of ``opus-mt`` or of ``bundled``, or the one entry of an id."""
    for manifest in _manifests(models_dir):
        group = [entry for entry in manifest.of_kind(kind) if entry.group == model]
        if model and group:
            return group
    first = find(model, models_dir, kind)
    if model == "bundled" and first.group:
        others = [e for m in _manifests(models_dir) for e in m.of_kind(first.kind) if e.bundled]
        return [entry for entry in others if entry.group == first.group]
    return [first]


def verify(entry: ManifestEntry) -> list[Problem]:
    """The listed files that are missing or changed; empty when all is well."""
    if not entry.files:
        return [Problem("", "the manifest lists no files")]
    problems = []
    for name, record in entry.files.items():
        path = entry.path / name
        if not path.is_file():
            problems.append(Problem(name, "missing"))
        elif path.stat().st_size != record.size:
            size = path.stat().st_size
            problems.append(Problem(name, f"{size} bytes instead of {record.size}"))
        elif sha256_of(path) != record.sha256:
            problems.append(Problem(name, "its SHA-256 is not the manifest's"))
    return problems


def _beside(old: ManifestEntry, new: ManifestEntry) -> bool:
    """Whether ``old`` may stay a default model when ``new`` becomes one."""
    return old.kind != new.kind or (new.group != "" and old.group == new.group)


def _manifests(models_dir: Path | None) -> list[Manifest]:
    mine = [load_manifest(manifest_path(models_dir))] if models_dir is not None else []
    return [*mine, load_manifest()]


def _files(folder: Path) -> list[tuple[str, Path]]:
    found = sorted(p for p in folder.rglob("*") if p.is_file())
    return [(p.relative_to(folder).as_posix(), p) for p in found]


def _entry(raw: Mapping[str, Any], root: Path) -> ManifestEntry:
    files = {
        _inside(name): FileRecord(str(record["sha256"]), int(record["size"]))
        for name, record in raw.get("files", {}).items()
    }
    return ManifestEntry(
        id=str(raw["id"]),
        path=(root / str(raw["path"])).resolve(),
        directions=tuple(str(direction) for direction in raw["directions"]),
        languages=tuple(str(lang) for lang in raw.get("languages", ())),
        format=str(raw.get("format", "ct2")),
        files=files,
        licence=str(raw.get("licence", "")),
        source=str(raw.get("source", "")),
        card=str(raw.get("card", "")),
        group=str(raw.get("group", "")),
        bundled=bool(raw.get("bundled", False)),
    )


def _inside(name: str) -> str:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts:
        raise ManifestError(f"a file outside its model's folder: {name!r}")
    return name


def _to_toml(entry: ManifestEntry, root: Path) -> str:
    lines = [
        "[[model]]",
        f"id = {_string(entry.id)}",
        f"path = {_string(Path(os.path.relpath(entry.path, root.resolve())).as_posix())}",
        f"format = {_string(entry.format)}",
        f"directions = {_strings(entry.directions)}",
    ]
    if entry.languages:
        lines.append(f"languages = {_strings(entry.languages)}")
    for key in ("licence", "source", "card", "group"):
        value = getattr(entry, key)
        if value:
            lines.append(f"{key} = {_string(value)}")
    if entry.bundled:
        lines.append("bundled = true")
    lines.append("[model.files]")
    for name, record in entry.files.items():
        lines.append(
            f"{_string(name)} = {{ size = {record.size}, sha256 = {_string(record.sha256)} }}"
        )
    return "\n".join(lines) + "\n"


def _strings(values: Iterable[str]) -> str:
    return f"[{', '.join(_string(value) for value in values)}]"


def _string(value: str) -> str:
    """A TOML basic string."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else f"\\U{ord(c):08X}" for c in escaped) + '"'
