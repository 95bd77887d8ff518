"""Lexicon tables: what ships is complete and clean, what is wrong is told with its line, the version is the content."""

from collections import Counter
from pathlib import Path

import pytest

from service.domain import Category
from service.policy.lexicon import (
    ALLOWED_COLUMNS,
    TERM_COLUMNS,
    Lexicon,
    LexiconError,
    Match,
    Term,
    load,
    load_bundled,
)

HEADER = "\t".join(TERM_COLUMNS)
ALLOWED_HEADER = "\t".join(ALLOWED_COLUMNS)
ROW = "en/fruit#1\tbanana\ten\tinsult\t2\tmade up\ta fruit\tword"
OTHER = "zh/fruit#1\t香蕉\tzh\tinsult\t1\tmade up\ta fruit\t"
WORD = "bananarama\ten\tmade up\ta band\t"


def table(*lines: str, header: str = HEADER) -> bytes:
    return "\n".join((header, *lines)).encode()


def own(*lines: str, header: str = HEADER) -> Lexicon:
    return load([table(*lines, header=header)], bundled=False)


def row(**cells: str) -> str:
    """The good row with some cells changed."""
    values = dict(zip(TERM_COLUMNS, ROW.split("\t"), strict=True)) | cells
    return "\t".join(values.values())


@pytest.fixture(scope="module")
def bundled() -> Lexicon:
    return load_bundled()


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_bundled_serves_every_category_a_lexicon_can(bundled: Lexicon, lang: str) -> None:
    """Toxicity and severe toxicity are sums of the others: no word is only that."""
    found = Counter(term.category for term in bundled.terms if term.lang == lang)
    assert set(found) == set(Category) - {Category.TOXICITY, Category.SEVERE_TOXICITY}
    assert min(found.values()) >= 30
    assert 300 <= sum(found.values()) <= 1000  # small: a list that a person can read


def test_bundled_rows_say_where_they_are_from(bundled: Lexicon) -> None:
    for term in bundled.terms:
        kind, _, number = term.id.partition("#")
        assert kind == f"{term.lang}/{term.category}"
        assert number.isdigit()
        assert term.source
        assert term.note


def test_bundled_grades_by_severity(bundled: Lexicon) -> None:
    assert {term.severity for term in bundled.terms} == {1, 2, 3}


@pytest.mark.parametrize(
    "word", ["assassin", "Scunthorpe", "cocktail", "操作", "干净", "草莓", "鸡肉", "日本"]
)
def test_bundled_allows_the_classic_traps(bundled: Lexicon, word: str) -> None:
    assert word in {allowed.text for allowed in bundled.allowed}


def test_bundled_has_no_term_that_is_also_allowed(bundled: Lexicon) -> None:
    allowed = {word.text.casefold() for word in bundled.allowed}
    assert not [term.id for term in bundled.terms if term.text.casefold() in allowed]


def test_load_reads_a_row() -> None:
    assert own(ROW).terms == (
        Term(
            id="en/fruit#1",
            text="banana",
            lang="en",
            category=Category.INSULT,
            severity=2,
            source="made up",
            note="a fruit",
            match=frozenset({Match.WORD}),
        ),
    )


def test_load_reads_allowed_words() -> None:
    lexicon = own(WORD, "蕉农\tzh\tmade up\ta farmer\tacross", header=ALLOWED_HEADER)
    assert [(word.text, word.across) for word in lexicon.allowed] == [
        ("bananarama", False),
        ("蕉农", True),
    ]


def test_load_skips_blank_lines_comments_and_a_byte_order_mark() -> None:
    content = b"\xef\xbb\xbf# made by hand\r\n" + table("", "# fruit", ROW, "").replace(
        b"\n", b"\r\n"
    )
    assert [term.text for term in load([content], bundled=False).terms] == ["banana"]


def test_load_reads_files_after_the_bundled_ones(tmp_path: Path, bundled: Lexicon) -> None:
    path = tmp_path / "fruit.tsv"
    path.write_bytes(table(ROW))
    lexicon = load([path])
    assert len(lexicon.terms) == len(bundled.terms) + 1
    assert lexicon.version != bundled.version


def test_load_lets_a_later_table_replace_a_term() -> None:
    lexicon = load(
        [table(ROW), table(row(id="mine#1", term="BANANA", severity="3"))], bundled=False
    )
    assert [(term.id, term.severity) for term in lexicon.terms] == [("mine#1", 3)]


@pytest.mark.parametrize(
    ("lines", "where", "problem"),
    [
        pytest.param([ROW, row(term="")], 3, "term: empty", id="empty term"),
        pytest.param(["", row(term="...")], 3, "term: holds no letter or digit", id="signs only"),
        pytest.param([row(term="ba\u200bnana")], 2, "term: holds a control", id="invisible"),
        pytest.param([row(term="b" * 65)], 2, "term: 65 code points, at most 64", id="long term"),
        pytest.param([row(id="no spaces")], 2, "id: letters, digits", id="id"),
        pytest.param([row(id="a" * 49)], 2, "id: letters, digits", id="long id"),
        pytest.param([row(language="fr")], 2, "language: must be one of en, zh", id="language"),
        pytest.param(
            [row(category="rude")], 2, "category: must be one of toxicity,", id="category"
        ),
        pytest.param([row(severity="0")], 2, "severity: must be one of 1, 2, 3", id="severity"),
        pytest.param([row(source="")], 2, "source: empty", id="no source"),
        pytest.param([row(note=" ")], 2, "note: empty", id="no note"),
        pytest.param(
            [row(note="n" * 401)], 2, "note: 401 code points, at most 400", id="long note"
        ),
        pytest.param(
            [row(match="word loud")], 2, "match: 1 unknown of 2 words; known: ", id="flag"
        ),
        pytest.param([row(match="across")], 2, "match: 1 unknown", id="flag of allowed words"),
        pytest.param([row(match="exact pinyin")], 2, "match: exact and pinyin exclude", id="clash"),
        pytest.param(
            [row(match="plural prefix")], 2, "match: plural and prefix exclude", id="ends"
        ),
        pytest.param([row(term="香蕉", match="chinese")], 2, "match: chinese is for", id="chinese"),
        pytest.param([row(term="ba")], 2, "match: a term of one or two Latin letters", id="short"),
        pytest.param(["en/fruit#1\tbanana"], 2, "2 cells, expected 8 (id term", id="cells"),
        pytest.param(
            [ROW, OTHER, row(id="en/fruit#2", term="Banana")], 4, "stand twice", id="twice"
        ),
        pytest.param(
            [ROW, row(term="apple")], 3, "the id en/fruit#1 stands for two", id="two terms"
        ),
    ],
)
def test_load_tells_what_is_wrong_and_where(lines: list[str], where: int, problem: str) -> None:
    with pytest.raises(LexiconError) as caught:
        own(*lines)
    assert str(caught.value).startswith(f"<lexicon 1>:{where}: ")
    assert problem in caught.value.problem
    assert caught.value.line == where
    assert "banana" not in str(caught.value).lower()


@pytest.mark.parametrize(
    ("content", "where", "problem"),
    [
        pytest.param(b"", 1, "no header row", id="empty"),
        pytest.param(b"\n# only a comment\n", 1, "no header row", id="no rows"),
        pytest.param(b"\nterm\tseverity\nbanana\t2", 2, "the columns must be id term", id="columns"),
        pytest.param(table(ROW) + b"\n\xff\xfe", 3, "not UTF-8", id="bytes"),
        pytest.param(table(" \ten\tx\ty\t", header=ALLOWED_HEADER), 2, "word: empty", id="no word"),
        pytest.param(table("a\ten\tx\ty\tword", header=ALLOWED_HEADER), 2, "match: 1 unknown", id="allowed flag"),
    ],
)  # fmt: skip
def test_load_refuses_what_is_no_table(content: bytes, where: int, problem: str) -> None:
    with pytest.raises(LexiconError, match=f"^<lexicon 1>:{where}: ") as caught:
        load([content], bundled=False)
    assert problem in str(caught.value)


def test_load_names_the_file_in_errors(tmp_path: Path) -> None:
    path = tmp_path / "fruit.tsv"
    path.write_bytes(table(row(severity="9")))
    with pytest.raises(LexiconError, match=r"^fruit\.tsv:2: severity"):
        load([path], bundled=False)


def test_version_is_the_same_for_the_same_rows() -> None:
    split = load([table(OTHER), table(ROW), table(WORD, header=ALLOWED_HEADER)], bundled=False)
    whole = load([table(WORD, header=ALLOWED_HEADER), table(ROW, OTHER)], bundled=False)
    assert split.version == whole.version
    assert len(whole.version) == 16
    assert int(whole.version, 16) >= 0


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param(row(term="apple"), id="term"),
        pytest.param(row(category="threat"), id="category"),
        pytest.param(row(severity="3"), id="severity"),
        pytest.param(row(note="a yellow fruit"), id="note"),
        pytest.param(row(match=""), id="match"),
        pytest.param(row(match="word plural"), id="another flag"),
    ],
)
def test_version_changes_with_every_cell(changed: str) -> None:
    assert own(changed).version != own(ROW).version


def test_version_changes_with_the_allowed_words() -> None:
    versions = {
        load([table(ROW), table(*words, header=ALLOWED_HEADER)], bundled=False).version
        for words in ((), (WORD,), (f"{WORD}across",))
    }
    assert len(versions) == 3
