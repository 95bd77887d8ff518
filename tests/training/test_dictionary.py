"""The table of rarer words: which are taken, in which order their translations stand, what is read past."""

from pathlib import Path

import pytest

from models.training.__main__ import main
from models.training.dictionary import (
    COMMON,
    RARE,
    UNSEEN,
    Counts,
    build,
    read_cedict,
    read_known,
    rows,
)
from service.lexicon.names import NameFinder, parse_names

NONE: dict[str, frozenset[str]] = {"zh": frozenset(), "en": frozenset()}
CEDICT = """# CC-CEDICT
獨木舟 独木舟 [du2 mu4 zhou1] /dugout/canoe (boat)/kayak/CL:艘[sou1]/
溫泉 温泉 [wen1 quan2] /hot spring/spa/CL:個|个[ge4]/
划船 划船 [hua2 chuan2] /to row a boat/rowing boat/rowing (sport)/
國家 国家 [guo2 jia1] /country/nation/state/
中國家 中国家 [zhong1 guo2 jia1] /hypothetical house/
發展中 发展中 [fa1 zhan3 zhong1] /developing/
幫 帮 [bang1] /to assist/
某某 某某 [mou3 mou3] /so-and-so; such-and-such/
之一 之一 [zhi1 yi1] /one of (sth)/
歐陽 欧阳 [Ou1 yang2] /two-character surname Ouyang/
餡兒 馅儿 [xian4 r5] /erhua variant of 餡|馅[xian4]/
戈爾巴喬夫 戈尔巴乔夫 [Ge1 er3 ba1 qiao2 fu1] /Gorbachev/Mikhail Sergeyevich Gorbachev (1931-2022)/
"""


@pytest.fixture
def cedict(tmp_path: Path) -> Path:
    path = tmp_path / "cedict.u8"
    path.write_text(CEDICT, encoding="utf-8")
    return path


def test_cedict_gives_translations_that_can_stand_in_a_sentence(cedict: Path) -> None:
    senses = read_cedict(cedict)
    assert senses["独木舟"] == ["dugout", "canoe", "kayak"]
    assert senses["温泉"] == ["hot spring", "spa"]
    assert senses["划船"] == ["row a boat", "rowing boat", "rowing"]
    assert senses["戈尔巴乔夫"] == ["Gorbachev", "Mikhail Sergeyevich Gorbachev"]


@pytest.mark.parametrize("word", ["之一", "馅儿"])
def test_cedict_words_that_are_only_described_have_no_translation(cedict: Path, word: str) -> None:
    assert read_cedict(cedict)[word] == []


def test_cedict_leaves_single_characters_out(cedict: Path) -> None:
    assert "帮" not in read_cedict(cedict)


def counted(cedict: Path, *pairs: tuple[str, str]) -> Counts:
    counts = Counts(read_cedict(cedict))
    for english, chinese in pairs:
        counts.add(english, chinese)
    return counts


def zh(counts: Counts) -> dict[str, str]:
    return {word: said for word, said, way in rows(counts, NONE) if way == "zh"}


def en(counts: Counts) -> dict[str, str]:
    return {word: said for said, word, way in rows(counts, NONE) if way == "en"}


def test_unseen_words_are_said_as_the_dictionary_has_them(cedict: Path) -> None:
    assert zh(counted(cedict))["独木舟"] == "dugout|canoe|kayak"


def test_seen_words_are_said_as_they_mostly_are(cedict: Path) -> None:
    counts = counted(cedict, ("Two canoes!", "两条独木舟！"), ("My canoe.", "我的独木舟。"))
    assert zh(counts)["独木舟"] == "canoe|dugout|kayak"


def test_words_seen_often_are_left_to_the_model(cedict: Path) -> None:
    counts = counted(cedict, *[("A canoe.", "独木舟。")] * RARE)
    assert "独木舟" in zh(counts)
    counts.add("A canoe.", "独木舟。")
    assert "独木舟" not in zh(counts)


def test_words_that_are_mostly_said_otherwise_are_left_out(cedict: Path) -> None:
    counts = counted(cedict, *[("A boat.", "独木舟。")] * UNSEEN)
    assert "独木舟" in zh(counts)
    counts.add("A boat.", "独木舟。")
    assert "独木舟" not in zh(counts)
    counts.add("A canoe.", "独木舟。")  # one of five is not more than a fifth
    assert "独木舟" not in zh(counts)
    counts.add("A canoe.", "独木舟。")
    assert zh(counts)["独木舟"] == "canoe|dugout|kayak"


def test_english_words_in_any_form_agree(cedict: Path) -> None:
    counts = counted(cedict, ("We went rowing and the boat sank.", "我们去划船，船沉了。"))
    assert counts.agreed_zh["划船"]["rowing boat"] == 1


def test_english_words_are_looked_for_too(cedict: Path) -> None:
    pairs = [("Hot springs are nice.", "温泉真好。")] * 2
    counts = counted(cedict, *pairs, ("The spa", "水疗中心"))
    assert en(counts)["hot spring"] == "温泉"
    assert counts.en["hot spring"] == 2
    assert "spa" not in en(counts)  # too short to be told from parts of others


def test_english_words_unseen_beside_their_translation_need_to_be_its_first(cedict: Path) -> None:
    said = en(counted(cedict))
    assert said["dugout"] == "独木舟"
    assert "kayak" not in said
    assert "Gorbachev" not in said  # a name


def test_known_words_need_no_row(cedict: Path, tmp_path: Path) -> None:
    table = tmp_path / "names.tsv"
    table.write_text(
        "zh\ten\tfrom\n# a note\n独木舟\tdugout\tzh\n温泉\thot spring\ten\n", encoding="utf-8"
    )
    known = read_known([table])
    assert known == {"zh": {"独木舟"}, "en": {"hot spring"}}
    counts = counted(cedict, ("Hot springs", "温泉"), ("A hot spring", "一处温泉"))
    found = rows(counts, known)
    assert "独木舟" not in {zh for zh, _, way in found if way == "zh"}
    assert ("独木舟", "dugout", "en") in found  # looked for in the other language only
    assert ("温泉", "hot spring|spa", "zh") in found
    assert "hot spring" not in {en for _, en, way in found if way == "en"}
    assert ("温泉", "hot spring", "en") in rows(counts, NONE)


def test_two_characters_that_are_never_a_word_are_left_out(cedict: Path) -> None:
    assert "划船" not in zh(counted(cedict))
    assert zh(counted(cedict, ("She rows", "她划船")))["划船"]


def test_english_phrases_need_two_pairs(cedict: Path) -> None:
    assert "hot spring" not in en(counted(cedict, ("Hot springs", "温泉")))


def test_common_words_are_read_past(cedict: Path) -> None:
    pairs = [("It is a developing country", "它是发展中国家")] * (COMMON - 1)
    counts = counted(cedict, *pairs)
    assert ("发展中", "-", "past") not in rows(counts, NONE)
    for _ in range(RARE):
        counts.add("It is a developing country", "它是发展中国家")
    found = rows(counts, NONE)
    assert ("发展中", "-", "past") in found
    assert ("中国家", "hypothetical house", "zh") in found
    assert {"国家", "发展中"}.isdisjoint(zh(counts))


def test_words_with_a_known_one_inside_are_not_read_past(cedict: Path) -> None:
    counts = counted(cedict, *[("It is a developing country", "它是发展中国家")] * (RARE + 1))
    assert ("发展中", "-", "past") not in rows(counts, {"zh": {"发展"}, "en": ()})


def test_command_writes_a_table_that_the_pipeline_reads(cedict: Path, tmp_path: Path) -> None:
    folder = tmp_path / "pairs"
    folder.mkdir()
    lines = "It is a developing country\t它是发展中国家\n" * 120 + "A canoe\t独木舟\n"
    (folder / "open-test.tsv").write_text(lines, encoding="utf-8")
    (folder / "open-cedict.tsv").write_text("dugout\t独木舟\n" * 200, encoding="utf-8")
    (folder / "nc-other.tsv").write_text("dugout\t独木舟\n" * 200, encoding="utf-8")
    output = tmp_path / "dictionary.tsv"
    main(["dictionary", str(cedict), str(folder), str(output), "--tiers", "open"])
    content = output.read_text(encoding="utf-8")
    assert "CC BY-SA 4.0" in content
    finder = NameFinder({"zh": {}, "en": {}}, parse_names("dictionary.tsv", content))
    (boat,) = finder.find("发展中国家的独木舟", "zh")
    assert (boat.meant, boat.also, boat.exact) == ("canoe", ("dugout", "kayak"), False)


def test_same_input_gives_the_same_table(cedict: Path, tmp_path: Path) -> None:
    folder = tmp_path / "pairs"
    folder.mkdir()
    (folder / "open-test.tsv").write_text("A canoe\t独木舟\n", encoding="utf-8")
    once, again = (build(cedict, folder, NONE, tiers=("open",)) for _ in range(2))
    assert once == again
    assert once == sorted(once)


def test_no_pairs_is_an_error(cedict: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"<tier>-<source>\.tsv"):
        build(cedict, tmp_path, NONE, tiers=("open",))
