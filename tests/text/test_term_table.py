"""Tables of terms: what is read, what is refused and how it says so, and that nothing gets lost on the way."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.errors import InvalidRequest, InvalidText, ServiceError, TooManyItems
from service.text.term_table import (
    MAX_NAME_CHARS,
    MAX_TERM_CHARS,
    TableFormat,
    check_name,
    check_terms,
    occurring,
    parse_terms,
    write_terms,
)

TSV, CSV = TableFormat.TSV, TableFormat.CSV


@pytest.mark.parametrize(
    ("form", "table", "terms"),
    [
        (TSV, "宝子\tbestie\n种草\trecommend", (("宝子", "bestie"), ("种草", "recommend"))),
        (TSV, "\ufeff宝子\tbestie\r\n\r\n  \n 种草 \t recommend \n", (("宝子", "bestie"), ("种草", "recommend"))),
        (TSV, '5" screen\t"屏', (('5" screen', '"屏'),)),
        (CSV, "宝子,bestie\r\n种草,recommend\r\n", (("宝子", "bestie"), ("种草", "recommend"))),
        (CSV, '"a, b","说""好"""\n\n', (("a, b", '说"好"'),)),
        (CSV, "宝子,bestie,zh,en\n", (("宝子", "bestie"),)),
        (TSV, "", ()),
        (CSV, "\n\n", ()),
    ],
)  # fmt: skip
def test_term_table_reads(
    form: TableFormat, table: str, terms: tuple[tuple[str, str], ...]
) -> None:
    assert parse_terms(table, form, field="entries") == terms


@pytest.mark.parametrize(
    ("form", "table", "says"),
    [
        (TSV, "a\tb\nPRIVATE", "line 2 must hold"),
        (TSV, "a\tb\tc", "line 1 must hold"),
        (TSV, "a\tb\n\na\tc", "line 3 names a source term again"),
        (TSV, "PRIVATE\t", "line 1 is empty"),
        (TSV, "\tPRIVATE", "line 1 is empty"),
        (TSV, "a\tb\0PRIVATE", "line 1 holds a line break or a control"),
        (TSV, "a\tb\u2028c", "line 1 holds a line break or a control"),
        (TSV, "a\tb\rc\td", "line 1 must hold"),
        (CSV, "a,b,PRIVATE", "line 1 must hold"),
        (CSV, 'a,"b\nc"', "line 2 holds a line break"),
        (CSV, 'a,"PRIVATE', "line 1 is not valid CSV"),
        (CSV, 'a,"b"PRIVATE', "line 1 is not valid CSV"),
        # Which of the two depends on csv's field limit, which is the whole process's.
        (CSV, "x" * 200_000, "line 1 (is not valid CSV|must hold)"),
        (TSV, "x" * 201 + "\ty", "line 1 has more than 200 characters"),
    ],
)
def test_term_table_refuses_with_the_line_and_without_the_term(
    form: TableFormat, table: str, says: str
) -> None:
    with pytest.raises(InvalidRequest, match=says) as refused:
        parse_terms(table, form, field="entries")
    assert refused.value.field == "entries"
    assert "PRIVATE" not in refused.value.message


@pytest.mark.parametrize(
    ("pair", "error"),
    [
        (("", "b"), InvalidRequest), (("a", "  "), InvalidRequest), (("a\nb", "c"), InvalidRequest),
        (("a", "\ud83d"), InvalidText), (("a" * (MAX_TERM_CHARS + 1), "b"), InvalidRequest),
    ],
)  # fmt: skip
def test_term_table_checks_terms(pair: tuple[str, str], error: type[ServiceError]) -> None:
    with pytest.raises(error, match="glossary: term 2"):
        check_terms([("x", "y"), pair], field="glossary")


def test_term_table_bounds() -> None:
    pairs = [(f"term {at}", "词") for at in range(4)]
    assert len(check_terms(pairs, field="glossary", most=4)) == 4
    with pytest.raises(TooManyItems) as refused:
        check_terms(pairs, field="glossary", most=3)
    assert (refused.value.limit, refused.value.actual) == (3, 4)
    longest = "好" * MAX_TERM_CHARS
    assert check_terms([(longest, longest)], field="glossary") == ((longest, longest),)


@pytest.mark.parametrize("name", ["", " ", "a\0", "x" * (MAX_NAME_CHARS + 1), 5, None, ["a"]])
def test_term_table_refuses_names(name: object) -> None:
    with pytest.raises(InvalidRequest) as refused:
        check_name(name)
    assert refused.value.field == "name"


def test_term_table_trims_names() -> None:
    assert check_name(" 校园 ") == "校园"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("My BESTIE came", {"bestie"}),
        ("two besties", {"bestie"}),
        ("big cities", {"city"}),
        ("我的宝子来了", {"宝子"}),
        ("nothing here", set()),
        ("", set()),
    ],
)
def test_term_table_sieve_keeps_what_may_occur(text: str, found: set[str]) -> None:
    terms = (("bestie", "宝子"), ("city", "城市"), ("宝子", "bestie"))
    assert {source for source, _ in occurring(terms, text)} == found


word = st.text(
    st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), min_size=1, max_size=20
).filter(lambda text: text.strip() and text == text.strip())


@given(st.dictionaries(word, word, max_size=8), st.sampled_from(TableFormat))
def test_term_table_round_trip(pairs: dict[str, str], form: TableFormat) -> None:
    terms = tuple(pairs.items())
    if terms and form is TSV and terms[0][0].startswith("\ufeff"):
        return  # read as a byte order mark
    assert parse_terms("\n" + write_terms(terms, form), form, field="entries") == terms
