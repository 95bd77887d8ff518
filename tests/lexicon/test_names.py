"""The table of names, and the finder of names in a text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.lexicon.entries import BadEntry
from service.lexicon.names import NAMES, WORDS, NameFinder, parse_names
from service.lexicon.tables import bundled

TABLE = (
    "zh\ten\tfrom\n# a comment\n珠穆朗玛峰\tMount Everest\tboth\n大阪\tOsaka\tboth\n大阪城\tOsaka Castle\tzh\n"
    "约旦\tJordan\tzh\n唐宁街\tDowning Street\ten\n东京\tTokyo\tboth\n东京\tEdo\tboth\n"
)
FINDER = NameFinder(parse_names("names.tsv", TABLE))


def found(
    text: str, lang: str, taken: list[tuple[int, int]] | None = None
) -> list[tuple[str, str]]:
    return [(text[n.start : n.end], n.meant) for n in FINDER.find(text, lang, taken or ())]


@pytest.mark.parametrize(
    ("text", "lang", "names"),
    [
        ("他登上了珠穆朗玛峰", "zh", [("珠穆朗玛峰", "Mount Everest")]),
        ("大阪城在大阪", "zh", [("大阪城", "Osaka Castle"), ("大阪", "Osaka")]),
        (
            "I climbed Mount Everest in Osaka.",
            "en",
            [("Mount Everest", "珠穆朗玛峰"), ("Osaka", "大阪")],
        ),
        ("mount everest", "en", []),  # English names are written just so
        ("Osakan", "en", []),
        ("NewOsaka", "en", []),
        ("Osaka's best", "en", [("Osaka", "大阪")]),
        ("@Osaka #Osaka Osaka-san", "en", []),
        ("Jordan", "en", []),  # looked for in Chinese only
        ("约旦", "zh", [("约旦", "Jordan")]),
        ("唐宁街", "zh", []),
        ("Downing Street 10", "en", [("Downing Street", "唐宁街")]),
        ("东京", "zh", [("东京", "Tokyo")]),  # the first row of a name counts
        ("我爱大阪", "en", []),
        ("", "zh", []),
        ("\ud800大阪\ud800", "zh", [("大阪", "Osaka")]),
        ("nothing", "fr", []),
    ],
)
def test_names_are_found(text: str, lang: str, names: list[tuple[str, str]]) -> None:
    assert found(text, lang) == names


@pytest.mark.parametrize(
    ("taken", "names"),
    [
        ([(0, 2)], ["东京"]),
        ([(1, 3)], ["东京"]),
        ([(2, 3)], ["大阪", "东京"]),
        ([(0, 5)], []),
        ([(3, 4)], ["大阪"]),
    ],
)
def test_names_keep_off_what_is_taken(taken: list[tuple[int, int]], names: list[str]) -> None:
    assert [name for name, _ in found("大阪和东京", "zh", taken)] == names


@given(st.text(alphabet="大阪城东京约旦 OsakaTokyo-@'\ud800", max_size=40))
def test_names_are_in_order_and_do_not_overlap(text: str) -> None:
    for lang in ("zh", "en"):
        at = 0
        for name in FINDER.find(text, lang):
            assert at <= name.start < name.end <= len(text)
            at = name.end


@pytest.mark.parametrize(
    "row",
    ["大阪\tOsaka", "大阪\tOsaka\tfr", "\tOsaka\tboth", "大阪\t\tboth", "大阪\tOsaka\tboth\tx"],
)
def test_names_bad_rows_are_told(row: str) -> None:
    with pytest.raises(BadEntry, match=r"^t\.tsv:2: "):
        parse_names("t.tsv", f"zh\ten\tfrom\n{row}\n")


def test_names_bad_heading() -> None:
    with pytest.raises(BadEntry, match=r"^t\.tsv:1: "):
        parse_names("t.tsv", "en\tzh\tfrom\n")


def test_names_without_any() -> None:
    assert NameFinder({"zh": {}, "en": {}}).find("大阪", "zh") == []


def test_names_that_ship() -> None:
    content = bundled("names.tsv")
    assert "CC BY-SA 4.0" in content
    names = parse_names("names.tsv", content)
    assert len(names["zh"]) > 8_000
    assert len(names["en"]) > 6_000
    for zh, en in names["zh"].items():
        assert 2 <= len(zh) <= 10
        assert en.isascii()
        assert en[0].isupper()
    for en, zh in names["en"].items():
        assert len(en) >= 4
        assert not zh.isascii()
    assert names["zh"]["珠穆朗玛峰"] == "Mount Everest"
    assert names["en"]["Osaka"] == "大阪"


def test_words_that_ship() -> None:
    content = bundled("words.tsv")
    assert "CC BY-SA 4.0" in content
    words = parse_names("words.tsv", content)
    assert len(words["zh"]) > 3_000
    assert len(words["en"]) > 5_000
    assert all(len(zh) >= 3 for zh in words["zh"])
    assert all(en == en.lower() and len(en) >= 4 for en in words["en"])
    assert words["zh"]["过山车"] == "roller coaster"
    assert words["en"]["carp"] == "鲤鱼"
    assert len({*words["zh"], *parse_names("names.tsv", bundled("names.tsv"))["zh"]}) > 11_000


@pytest.mark.parametrize("file", [*NAMES, *WORDS])
def test_tables_that_ship_tell_their_source_and_licence(file: str) -> None:
    head = [line for line in bundled(file).splitlines() if line.startswith("#")]
    assert any("CC" in line for line in head)
    assert parse_names(file, bundled(file))["zh"]


def test_days_and_kin_that_ship() -> None:
    finder = NameFinder.bundled()
    said = [(n.meant, n.exact) for n in finder.find("下周三中秋节，外甥女后天来", "zh")]
    assert said == [
        ("next Wednesday", True),
        ("Mid-Autumn Festival", True),
        ("niece", False),
        ("the day after tomorrow", True),
    ]
    assert finder.find("一周三次，每周三天", "zh") == []
    (eve,) = finder.find("I met him the day before yesterday", "en")
    assert eve.meant == "前天"


def test_words_are_found_beside_names() -> None:
    words = parse_names("words.tsv", "zh\ten\tfrom\n鲤鱼\tcarp\ten\n过山车\troller coaster\tboth\n")
    finder = NameFinder(parse_names("names.tsv", TABLE), words)
    text = "A carp, two roller coasters and three carpets in Osaka"
    assert [(text[n.start : n.end], n.meant, n.exact) for n in finder.find(text, "en")] == [
        ("carp", "鲤鱼", False), ("roller coasters", "过山车", False), ("Osaka", "大阪", True),
    ]  # fmt: skip
    assert [(n.meant, n.exact) for n in finder.find("大阪的过山车和鲤鱼", "zh")] == [
        ("Osaka", True), ("roller coaster", False),
    ]  # fmt: skip


WORDS_TABLE = (
    "zh\ten\tfrom\n独木舟\tcanoe|dugout|kayak\tzh\n中国家\tstrange house\tzh\n发展中\t-\tpast\n"
    "独木舟|皮艇\tdugout\ten\n"
)


def test_words_with_several_translations() -> None:
    finder = NameFinder({"zh": {}, "en": {}}, parse_names("words.tsv", WORDS_TABLE))
    (boat,) = finder.find("我买了独木舟", "zh")
    assert (boat.meant, boat.also) == ("canoe", ("dugout", "kayak"))
    (dugout,) = finder.find("two dugouts", "en")
    assert (dugout.meant, dugout.also) == ("独木舟", ("皮艇",))


def test_words_are_not_found_across_one_that_is_read_past() -> None:
    finder = NameFinder({"zh": {}, "en": {}}, parse_names("words.tsv", WORDS_TABLE))
    assert [n.meant for n in finder.find("一种中国家", "zh")] == ["strange house"]
    assert finder.find("发展中国家", "zh") == []
    assert finder.find("发展中", "zh") == []


def test_words_read_past_are_none_to_look_for_in_english() -> None:
    assert parse_names("words.tsv", WORDS_TABLE)["en"] == {"dugout": "独木舟|皮艇"}


def test_dictionary_that_ships() -> None:
    content = bundled("dictionary.tsv")
    words = parse_names("dictionary.tsv", content)
    assert len(words["zh"]) > 20_000
    assert len(words["en"]) > 2_000
    assert all(2 <= len(zh) <= 8 for zh in words["zh"])
    assert all(not said or said.isascii() for said in words["zh"].values())
    assert all(en == en.lower() and len(en) >= 4 for en in words["en"])
    assert all(not said.isascii() for said in words["en"].values())
    tables = (*NAMES, "everyday.tsv", "words.tsv")
    known = {word for file in tables for word in parse_names(file, bundled(file))["zh"]}
    assert not known & set(words["zh"])
    finder = NameFinder.bundled()
    (boat,) = finder.find("我们划着独木舟", "zh")
    assert {"canoe", "dugout"} & {boat.meant, *boat.also}


@pytest.mark.parametrize(
    "row", ["独木舟|皮艇\tcanoe\tzh", "独木舟\tcanoe|kayak\tboth", "独木舟\tcanoe\tno"]
)
def test_names_to_look_for_are_one(row: str) -> None:
    with pytest.raises(BadEntry, match=r"^t\.tsv:2: "):
        parse_names("t.tsv", f"zh\ten\tfrom\n{row}\n")


def test_words_of_posts_that_ship() -> None:
    finder = NameFinder.bundled()
    said = [(n.meant, n.exact) for n in finder.find("吃完糖醋排骨敷个面膜，撸会儿布偶猫", "zh")]
    assert said == [("sweet and sour ribs", False), ("face mask", False), ("ragdoll cat", False)]
    (tattoo,) = finder.find("I got two tattoos", "en")
    assert (tattoo.meant, tattoo.also) == ("纹身", ("刺青",))
