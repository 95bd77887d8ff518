"""Other languages in Latin letters are told from English, and English is never taken for one."""

import csv
from importlib.resources import files
from pathlib import Path

import pytest

from service.text.foreign import is_other_language

ROWS = [
    line.split("\t")
    for line in (Path(__file__).parents[1] / "data" / "other_languages.tsv")
    .read_text("utf-8")
    .splitlines()[1:]
]


def texts(kind: str) -> list[str]:
    return [text for found, text in ROWS if found == kind]


@pytest.mark.parametrize("text", texts("other"))
def test_foreign_tells_other_languages(text: str) -> None:
    assert is_other_language(text)
    assert is_other_language(text.upper())


@pytest.mark.parametrize("text", ["", *texts("english")])
def test_foreign_leaves_english_names_phrases_and_pinyin(text: str) -> None:
    assert not is_other_language(text)
    assert not is_other_language(text.upper())


def test_foreign_follows_the_language_of_most_words() -> None:
    assert not is_other_language(
        "She wrote 'no puedo creer que esto' and then she left us all there"
    )
    assert is_other_language("no puedo creer que esto sea un iPhone de verdad, ok lol")


def test_foreign_leaves_a_text_that_is_half_english_to_its_sentences() -> None:
    [text] = texts("half")
    assert not is_other_language(text)
    assert is_other_language(text.split(".")[0].partition("! ")[2])


def test_foreign_looks_at_the_beginning_only() -> None:
    assert is_other_language("no sé por qué esto es así " * 100_000)
    assert not is_other_language("the end " * 1000 + "no sé por qué esto es así")


@pytest.mark.parametrize("unit", ["a", "é", "a'", "a ", "que ", "e\u0301", "\u0301", "'"])
def test_foreign_is_linear(unit: str) -> None:
    assert not is_other_language(unit * (1_000_000 // len(unit)))


def test_foreign_table_is_lower_case_and_names_no_word_twice() -> None:
    content = (files("service.text") / "data" / "latin_languages.tsv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(content.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE))
    assert next(row["language"] for row in rows) == "en"
    assert len(rows) == 13
    for row in rows:
        words = " ".join((row["sure"], row["shared"], row["both"])).split()
        assert words == [word.lower() for word in words]
        assert sorted(words) == sorted(set(words)), row["language"]
        assert row["language"] == "en" or len(row["sure"].split()) > 30
