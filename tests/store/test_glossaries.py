"""The glossary stores: both keep the same promises, and the file keeps them for several processes."""

import sqlite3
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from service.errors import NotFound, TooManyItems
from service.store import glossaries
from service.store.glossaries import (
    Dictionary,
    Glossary,
    GlossaryStore,
    MemoryGlossaries,
    SqliteGlossaries,
    open_glossaries,
)

ZH_EN = Dictionary("zh", "en", (("宝子", "bestie"), ("种草", "recommend")))
EN_ZH = Dictionary("en", "zh", (("bestie", "宝子"),))


@pytest.fixture(params=["memory", "file"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[GlossaryStore]:
    opened = open_glossaries("" if request.param == "memory" else str(tmp_path / "terms.db"))
    yield opened
    opened.close()


def renamed(name: str) -> Callable[[Glossary], Glossary]:
    return lambda old: replace(old, name=name)


def test_glossaries_come_back_as_they_were(store: GlossaryStore) -> None:
    made = store.add("校园", [ZH_EN, EN_ZH])
    assert store.get(made.id) == made
    assert made.terms("zh", "en") == ZH_EN.terms
    assert made.terms("en", "zh") == EN_ZH.terms
    assert made.terms("en", "en") is None
    assert made.size == 3
    other = store.add("校园", [])
    assert [each.id for each in store.all()] == [made.id, other.id]


def test_glossaries_change_and_go(store: GlossaryStore) -> None:
    made = store.add("a", [ZH_EN])
    assert store.update(made.id, renamed("b")) == replace(made, name="b")
    assert store.get(made.id).name == "b"
    store.delete(made.id)
    assert store.all() == []
    for use in (store.get, store.delete, lambda gone: store.update(gone, renamed("c"))):
        with pytest.raises(NotFound) as missing:
            use(made.id)
        assert missing.value.field == "glossary_id"


@pytest.mark.parametrize("glossary_id", ["", "x", "' OR 1=1 --", "\0", "好" * 1000])
def test_glossaries_of_odd_ids_are_not_there(store: GlossaryStore, glossary_id: str) -> None:
    store.add("a", [ZH_EN])
    with pytest.raises(NotFound):
        store.get(glossary_id)


def test_glossaries_a_change_that_fails_changes_nothing(store: GlossaryStore) -> None:
    made = store.add("a", [ZH_EN])

    def fail(old: Glossary) -> Glossary:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        store.update(made.id, fail)
    assert store.get(made.id) == made
    assert store.update(made.id, renamed("still works")).name == "still works"


def test_glossaries_are_bounded(store: GlossaryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(glossaries, "MAX_GLOSSARIES", 2)
    monkeypatch.setattr(glossaries, "MAX_STORED_TERMS", 4)
    first = store.add("a", [ZH_EN])
    with pytest.raises(TooManyItems) as terms:
        store.add("b", [ZH_EN, EN_ZH])
    assert (terms.value.limit, terms.value.actual) == (4, 5)
    store.add("b", [EN_ZH])
    with pytest.raises(TooManyItems) as many:
        store.add("c", [])
    assert (many.value.limit, many.value.actual) == (2, 3)
    more = replace(ZH_EN, terms=(*ZH_EN.terms, ("x", "y"), ("z", "w")))
    with pytest.raises(TooManyItems):
        store.update(first.id, lambda old: replace(old, dictionaries=(more,)))
    assert store.get(first.id) == first
    assert store.update(first.id, renamed("same size")).size == 2


def test_glossaries_changed_by_many_threads_lose_nothing(store: GlossaryStore) -> None:
    made = store.add("a", [])

    def add(at: int) -> None:
        def change(old: Glossary) -> Glossary:
            terms = old.terms("zh", "en") or ()
            return replace(
                old, dictionaries=(Dictionary("zh", "en", (*terms, (f"词{at}", "word"))),)
            )

        store.update(made.id, change)

    threads = [threading.Thread(target=add, args=(at,)) for at in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.get(made.id).size == 16


def test_glossaries_of_a_file_outlive_the_process_and_are_shared(tmp_path: Path) -> None:
    path = str(tmp_path / "terms.db")
    one, two = SqliteGlossaries(path), SqliteGlossaries(path)
    made = one.add("校园", [ZH_EN])
    assert two.get(made.id) == made
    one.update(made.id, renamed("b"))
    assert two.get(made.id).name == "b"  # not what was parsed before
    two.delete(made.id)
    with pytest.raises(NotFound):
        one.get(made.id)
    kept = one.add("c", [EN_ZH])
    one.close()
    two.close()
    again = SqliteGlossaries(path)
    assert again.all() == [kept]
    again.close()


def test_glossaries_parsed_ones_are_bounded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(glossaries, "_KEPT", 3)
    store = SqliteGlossaries(str(tmp_path / "terms.db"))
    made = [store.add(str(at), [EN_ZH]) for at in range(8)]
    assert sorted(store.all(), key=lambda g: g.name) == made
    assert len(store._parsed) == 3
    store.close()


@pytest.mark.parametrize("broken", ["folder", "no such folder", "no database"])
def test_glossaries_a_file_that_cannot_be_opened_says_so(tmp_path: Path, broken: str) -> None:
    path = {"folder": tmp_path, "no such folder": tmp_path / "x" / "y"}.get(broken)
    if path is None:
        path = tmp_path / "file.db"
        path.write_bytes(b"this is not a database, and long enough to be seen as none" * 20)
    with pytest.raises(OSError, match="glossaries_path"):
        open_glossaries(str(path))


def test_glossaries_memory_is_the_default() -> None:
    assert isinstance(open_glossaries(""), MemoryGlossaries)


def test_glossaries_a_full_disk_leaves_the_old_state(tmp_path: Path) -> None:
    store = SqliteGlossaries(str(tmp_path / "terms.db"))
    made = store.add("a", [ZH_EN])
    pages = store._database.execute("PRAGMA page_count").fetchone()[0]
    store._database.execute(f"PRAGMA max_page_count = {pages}")
    long = Dictionary("zh", "en", tuple((f"词{at}" * 40, "w" * 150) for at in range(1000)))
    with pytest.raises(sqlite3.Error):
        store.add("b", [long])
    assert store.all() == [made]
    store.close()
