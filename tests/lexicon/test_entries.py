"""Tables of slang entries: what is read, what is refused and how that is said, and what the version covers."""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.lexicon.entries import BadEntry, Guard, SlangLexicon, as_row, load, parse_rows
from tests.lexicon.rows import HEADER, entries, lexicon, row, table


def test_entries_a_row_is_read() -> None:
    (entry,) = entries(row(variants=" 永远滴神 | yydsss |", guard="not-after:的|们"))
    assert (entry.id, entry.term, entry.language) == ("my-1", "yyds", "zh")
    assert entry.variants == ("永远滴神", "yydsss")
    assert entry.spellings == ("yyds", "永远滴神", "yydsss")
    assert (entry.guard, entry.unless) == (Guard.NOT_AFTER, ("的", "们"))


def test_entries_comments_blank_lines_a_mark_and_dos_line_ends_are_read_over() -> None:
    content = b"\xef\xbb\xbf# ours\r\n\r\n" + table(row(), "# more", " ").replace(b"\n", b"\r\n")
    ((line, entry),) = parse_rows("t.tsv", content)
    assert (line, entry.source) == (4, "ours")


@pytest.mark.parametrize(
    ("bad", "line", "says"),
    [
        (b"term\texpansion\n", 1, "the first row must name id, term"),
        (table("a\tb"), 2, "2 columns, 10 wanted"),
        (table("# first", row(id="")), 3, "id: 1 to 32"),
        (table(row(id="x" * 33)), 2, "id: 1 to 32"),
        (table(row(id="词")), 2, "id: 1 to 32"),
        (table(row(term=" ")), 2, "term: 1 to 64 characters"),
        (table(row(variants="ok|" + "x" * 65)), 2, "term: 1 to 64 characters"),
        (table(row(language="fr")), 2, "language: en or zh"),
        (table(row(note_en="")), 2, "note_en: empty"),
        (table(row(source="")), 2, "source: empty"),
        (table(row(expansion="")), 2, "expansion: empty"),
        (table(row(guard="sometimes")), 2, "guard: one of always, word"),
        (table(row(guard="not-before")), 2, "guard: strings after a colon"),
        (table(row(guard="word:的")), 2, "guard: strings after a colon"),
        (table(row(note_en="x" * 401)), 2, "note_en: over 400 characters"),
        (HEADER.encode() + b"\n\n\xff\n", 3, "not valid UTF-8"),
    ],
)
def test_entries_what_is_wrong_is_said_with_its_line(bad: bytes, line: int, says: str) -> None:
    with pytest.raises(BadEntry) as refused:
        parse_rows("t.tsv", bad)
    assert refused.value.line == line
    assert str(refused.value).startswith(f"t.tsv:{line}: {says}")


def test_entries_every_bundled_entry_survives_being_written() -> None:
    bundled = load().entries
    assert tuple(entries(*map(as_row, bundled))) == bundled


def test_entries_note_only_needs_no_expansion() -> None:
    (entry,) = entries(row(guard="note-only", expansion=""))
    assert entry.expansion == ""


@given(st.lists(st.text(max_size=30), max_size=12))
def test_entries_any_row_is_read_or_refused(cells: list[str]) -> None:
    content = HEADER + "\n" + "\t".join(cells) + "\n"
    with suppress(BadEntry):
        for line, entry in parse_rows("t.tsv", content.encode("utf-8", "surrogatepass")):
            assert line >= 2
            assert entries(as_row(entry)) == [entry]


# files --------------------------------------------------------------------------------------------------------------


def test_load_the_bundled_tables() -> None:
    bundled = load()
    languages = [entry.language for entry in bundled.entries]
    assert languages.count("zh") >= 700
    assert languages.count("en") >= 400
    assert len({(entry.language, entry.term) for entry in bundled.entries}) == len(languages)
    assert len(bundled.version) == 16


def test_load_a_file_replaces_by_id_and_by_term(tmp_path: Path) -> None:
    first, second = tmp_path / "a.tsv", tmp_path / "b.tsv"
    first.write_bytes(table(row(), row(id="my-2", term="dbq", expansion="对不起")))
    second.write_bytes(
        table(row(id="my-2", term="nbcs", expansion="没人在乎"), row(id="my-3", expansion="最棒的"))
    )
    loaded = load([first, second], bundled=False)
    assert {entry.id: entry.expansion for entry in loaded.entries} == {
        "my-2": "没人在乎", "my-3": "最棒的",
    }  # fmt: skip


def test_load_an_id_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.tsv"
    path.write_bytes(table(row(), row(term="dbq")))
    with pytest.raises(BadEntry, match=r"a\.tsv:3: the id my-1 is there twice"):
        load([path])


def test_load_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="none"):
        load([tmp_path / "none.tsv"])


def test_version_is_of_what_is_said_and_not_of_its_order() -> None:
    one, two = row(), row(id="my-2", term="dbq")
    assert lexicon(one, two).version == lexicon(two, one).version
    assert lexicon(one).version != lexicon(row(note_en="Other.")).version
    assert SlangLexicon.of([]).version != lexicon(one).version
