"""The forms in which a lexicon term is looked for, and that each of them is found in the posts it is for."""

import pytest

from service.text.confusables import ViewName
from service.text.forms import Form, forms
from service.text.normalize import ALL, views
from service.text.phonetic import sound_of


def texts(term: str, lang: str, **kept: object) -> set[str]:
    return {
        form.text
        for form in forms(term, lang)
        if all(getattr(form, name) == value for name, value in kept.items())
    }


@pytest.mark.parametrize(
    ("term", "lang", "plain"),
    [
        ("Apple Pie", "en", "apple pie"),
        ("蘋果", "zh", "苹果"),
        ("ＯＫ", "en", "ok"),
        ("🍎", "zh", "🍎"),
    ],
)
def test_forms_begin_with_the_folded_term(term: str, lang: str, plain: str) -> None:
    assert forms(term, lang)[0] == Form(plain)


@pytest.mark.parametrize("term", ["", " ", "\u200b"])
def test_forms_of_nothing_are_none(term: str) -> None:
    assert forms(term, "en") == ()


@pytest.mark.parametrize(
    ("term", "squeezed"),
    [("glass", "glas"), ("apple", "aple"), ("妈妈好", "妈好"), ("lime", "lime")],
)
def test_forms_squeezed(term: str, squeezed: str) -> None:
    assert texts(term, "en", kind="squeezed") == {squeezed}


def test_forms_masked_keep_two_letters_and_the_first() -> None:
    masked = texts("lime", "en", name=ViewName.MASK)
    assert masked == {"l*me", "li*e", "lim*", "l**e", "li**", "l*m*"}
    assert "b*n*n*" in texts("banana", "en", name=ViewName.MASK)


@pytest.mark.parametrize("term", ["pie", "apple pie", "l33t", "a" * 17, "naïf"[:3]])
def test_forms_masked_are_for_single_words_only(term: str) -> None:
    assert not texts(term, "en", name=ViewName.MASK)


def test_forms_of_two_han_characters() -> None:
    assert texts("苹果", "zh", kind="surface", name="pinyin", loose=False) == {"ping果", "苹guo"}
    assert texts("苹果", "zh", name="initials") == {"p果", "苹g"}
    assert texts("苹果", "zh", name="pinyin", loose=True) == {"pingguo", "ping guo"}
    assert texts("苹果", "zh", kind="pinyin", loose=False) == {sound_of("ping") + sound_of("guo")}
    assert texts("苹果", "zh", kind="pinyin", loose=True) == {sound_of("pin") + sound_of("guo")}
    assert not texts("苹果", "zh", name="mask")


def test_forms_of_three_han_characters() -> None:
    assert texts("大苹果", "zh", name="mask") == {"大*果", "大苹*"}
    assert {"da苹果", "d苹果", "dp果", "大p果", "大苹g"} <= texts("大苹果", "zh", loose=False)
    assert texts("大苹果", "zh", name="initials", loose=True) == {"dpg"}
    assert "dapingguo" in texts("大苹果", "zh", loose=True)


def test_forms_of_a_long_term_change_one_character() -> None:
    mixed = texts("红红的大苹果", "zh", kind="surface", loose=False) - {"红红的大苹果"}
    assert {"hong红的大苹果", "红红的大苹g"} <= mixed
    assert len([text for text in mixed if "*" not in text]) == 12


def test_forms_of_a_mixed_term_keep_its_latin_letters() -> None:
    assert "苹果app" in texts("苹果APP", "zh")
    assert "ping果app" in texts("苹果APP", "zh", name="pinyin")
    assert not texts("苹果APP", "zh", name="pinyin", loose=True)


@pytest.mark.parametrize(
    ("term", "lang"), [("苹果", "en"), ("好", "zh"), ("好a", "zh"), ("hao", "zh")]
)
def test_forms_without_sound(term: str, lang: str) -> None:
    assert not texts(term, lang, kind="pinyin")
    assert not texts(term, lang, name="pinyin")


def test_forms_of_a_view_that_is_switched_off_are_left_out() -> None:
    enabled = ALL - {ViewName.MASK, ViewName.HOMOPHONE, ViewName.INITIALS, ViewName.REPEATS}
    found = forms("大苹果", "zh", enabled)
    assert {form.name for form in found} == {"", "pinyin"}
    assert forms("lime", "en", frozenset()) == (Form("lime"),)


@pytest.mark.parametrize("term", ["大苹果", "apple", "北京大学的苹果树", "长长的苹果"])
def test_forms_are_few_and_none_comes_twice(term: str) -> None:
    found = forms(term, "zh")
    assert len({(form.kind, form.text) for form in found}) == len(found) < 100


@pytest.mark.parametrize(
    ("post", "term", "lang"),
    [
        ("APPLE", "apple", "en"),
        ("a*ple", "apple", "en"),
        ("a####s", "apples", "en"),
        ("applllle", "apple", "en"),
        ("吃ping果", "苹果", "zh"),
        ("吃苹g了", "苹果", "zh"),
        ("吃平郭", "苹果", "zh"),
        ("吃pin果", "苹果", "zh"),
        ("吃品果", "苹果", "zh"),
        ("pingguo", "苹果", "zh"),
        ("ㄆㄧㄥˊ果", "苹果", "zh"),
        ("ㄆㄧㄥㄍㄨㄛ", "苹果", "zh"),
    ],
)
def test_forms_meet_the_views_of_a_post(post: str, term: str, lang: str) -> None:
    readings = views(post)
    found = [
        form
        for form in forms(term, lang)
        for view in readings
        if view.kind == form.kind and form.text in view.text
    ]
    assert found
