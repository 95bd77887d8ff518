"""Tests of ``models.manifest``: entries are written and read whole, and changed files are found."""

from pathlib import Path

import pytest

from models.manifest import (
    BUNDLED_MANIFEST,
    Manifest,
    ManifestError,
    Problem,
    add_entry,
    find,
    find_all,
    load_manifest,
    manifest_path,
    verify,
)


def make_model(folder: Path, content: bytes = b"weights") -> Path:
    (folder / "deep").mkdir(parents=True)
    (folder / "model.bin").write_bytes(content)
    (folder / "deep" / "a b.json").write_text("{}", encoding="utf-8")
    return folder


def add(root: Path, name: str, **options: object) -> Path:
    """Add a model to ``root/manifest.toml`` and return that path."""
    values = {
        "id": name,
        "directions": ["zh-en", "en-zh"],
        "licence": "MIT",
        "source": "here",
        **options,
    }
    add_entry(make_model(root / name), manifest=manifest_path(root), **values)  # type: ignore[arg-type]  # free options
    return manifest_path(root)


def test_manifest_entry_is_read_as_it_was_added(tmp_path: Path) -> None:
    folder = make_model(tmp_path / "bundled" / "模型")
    path = tmp_path / "manifest.toml"
    written = add_entry(
        folder,
        id="模型",
        directions=["zh-en", "en-zh"],
        licence="Apache-2.0",
        source='say "hi"\\n\tnow\x7f',
        card="cards/a.md",
        group="pair",
        bundled=True,
        manifest=path,
    )
    (read,) = load_manifest(path).entries
    assert read == written
    assert read.files == written.files
    assert set(read.files) == {"model.bin", "deep/a b.json"}
    assert read.files["model.bin"].size == 7
    assert read.directions == ("en-zh", "zh-en")
    assert 'path = "bundled/模型"' in path.read_text("utf-8")
    assert verify(read) == []


def test_manifest_moves_with_its_folder(tmp_path: Path) -> None:
    add(tmp_path / "before", "a")
    (tmp_path / "before").rename(tmp_path / "after")
    entry = find("a", tmp_path / "after")
    assert entry.path == tmp_path / "after" / "a"
    assert verify(entry) == []


def test_manifest_an_id_is_replaced_and_only_one_is_bundled(tmp_path: Path) -> None:
    add(tmp_path, "a", bundled=True)
    path = add(tmp_path, "b", bundled=True)
    (tmp_path / "a" / "model.bin").write_bytes(b"better")
    add_entry(tmp_path / "a", id="a", directions=["en-zh"], licence="", source="", manifest=path)
    manifest = load_manifest(path)
    assert sorted(entry.id for entry in manifest.entries) == ["a", "b"]
    found, bundled = manifest.get("a"), manifest.get("bundled")
    assert found is not None
    assert found.directions == ("en-zh",)
    assert bundled is not None
    assert bundled.id == "b"
    assert manifest.get("c") is None


def test_manifest_one_model_of_each_kind_is_bundled(tmp_path: Path) -> None:
    classifier = {"directions": [], "languages": ["zh", "en"]}
    add(tmp_path, "words", bundled=True)
    add(tmp_path, "old", bundled=True, **classifier)
    path = add(tmp_path, "tone", bundled=True, format="compact", **classifier)
    entries = load_manifest(path).entries
    assert [(e.id, e.kind, e.bundled) for e in entries] == [
        ("words", "translation", True),
        ("old", "classification", False),
        ("tone", "classification", True),
    ]
    assert (entries[2].languages, entries[2].directions) == (("en", "zh"), ())
    assert find("bundled", tmp_path).id == "words"
    assert find("bundled", tmp_path, "classification").id == "tone"
    assert [entry.id for entry in find_all("tone", tmp_path)] == ["tone"]
    with pytest.raises(ManifestError, match="model tone is for classification, not for transl"):
        find("tone", tmp_path, "translation")
    with pytest.raises(ManifestError, match="'nope' in the manifest; known: old, tone"):
        find("nope", tmp_path, "classification")


def test_manifest_the_models_of_one_group_may_be_bundled_together(tmp_path: Path) -> None:
    add(tmp_path, "old", bundled=True)
    add(tmp_path, "there", bundled=True, group="both", directions=["en-zh"])
    add(tmp_path, "tone", bundled=True, directions=[], languages=["en"])
    path = add(tmp_path, "back", bundled=True, group="both", directions=["zh-en"])
    assert [entry.id for entry in find_all("bundled", tmp_path)] == ["there", "back"]
    assert [entry.id for entry in load_manifest(path).entries if entry.bundled] == [
        "there",
        "tone",
        "back",
    ]
    add(tmp_path, "new", bundled=True)
    assert [entry.id for entry in find_all("bundled", tmp_path)] == ["new"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda p: p.unlink(), "missing"),
        (lambda p: p.write_bytes(b"short"), "5 bytes instead of 7"),
        (lambda p: p.write_bytes(b"weightz"), "its SHA-256 is not the manifest's"),
    ],
)
def test_manifest_verify_finds_changes(tmp_path: Path, change: object, message: str) -> None:
    add(tmp_path, "a")
    change(tmp_path / "a" / "model.bin")  # type: ignore[operator]  # a function, by parametrize
    assert verify(find("a", tmp_path)) == [Problem("model.bin", message)]


def test_manifest_verify_wants_files(tmp_path: Path) -> None:
    path = tmp_path / "manifest.toml"
    path.write_text('[[model]]\nid = "a"\npath = "a"\ndirections = ["en-zh"]\n', encoding="utf-8")
    (problem,) = verify(find("a", tmp_path))
    assert "no files" in problem.message


def test_manifest_find_names_what_is_known(tmp_path: Path) -> None:
    add(tmp_path, "first")
    with pytest.raises(ManifestError, match="'nope' in the manifest; known: first"):
        find("nope", tmp_path)


def test_manifest_the_users_folder_goes_first(tmp_path: Path) -> None:
    for entry in load_manifest().entries:
        add(tmp_path, entry.id)
        assert find(entry.id, tmp_path).path == tmp_path / entry.id


def test_manifest_group_is_found_whole(tmp_path: Path) -> None:
    add(tmp_path, "a", group="pair")
    add(tmp_path, "b", group="pair")
    add(tmp_path, "c")
    assert [entry.id for entry in find_all("pair", tmp_path)] == ["a", "b"]
    assert [entry.id for entry in find_all("c", tmp_path)] == ["c"]
    with pytest.raises(ManifestError):
        find_all("", tmp_path)


def test_manifest_missing_file_is_empty(tmp_path: Path) -> None:
    assert load_manifest(tmp_path / "none.toml") == Manifest(tmp_path / "none.toml")


@pytest.mark.parametrize(
    "content",
    [
        "[[model",
        '[[model]]\nid = "a"\n',
        "model = 3",
        'model = ["a"]',
        '[[model]]\nid="a"\npath="a"\ndirections=[]\n[model.files]\n"../x" = {size=1, sha256="a"}',
        '[[model]]\nid="a"\npath="a"\ndirections=[]\n[model.files]\n"/x" = {size=1, sha256="a"}',
        '[[model]]\nid="a"\npath="a"\ndirections=[]\n[model.files]\n"x" = {size=1}',
    ],
)
def test_manifest_malformed(tmp_path: Path, content: str) -> None:
    path = tmp_path / "manifest.toml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ManifestError, match="not a valid manifest"):
        load_manifest(path)


def test_manifest_of_the_project_is_valid_and_licensed() -> None:
    entries = load_manifest(BUNDLED_MANIFEST).entries
    for entry in entries:
        assert verify(entry) == []
        assert entry.licence
        assert entry.source
        assert (BUNDLED_MANIFEST.parent / entry.card).is_file()
    translating = [entry for entry in entries if entry.kind == "translation"]
    served = [name for entry in translating if entry.bundled for name in entry.directions]
    assert sorted(served) == ["en-zh", "zh-en"]
