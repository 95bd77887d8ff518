"""Pairs from gettext catalogues, CC-CEDICT and lists of cities."""

import json
import struct
from pathlib import Path

import pytest

from models.training.__main__ import main
from models.training.collect import catalogue, cities, dictionary, split_alike, write_pairs
from models.training.corpus import read_pairs


def compile_catalogue(path: Path, messages: dict[str, str]) -> Path:
    """A .mo file as msgfmt writes it (gettext manual, "The Format of GNU MO Files")."""
    rows = sorted((k.encode(), v.encode()) for k, v in messages.items())
    start = 28 + 16 * len(rows)
    tables: list[bytes] = []
    body = b""
    for column in (0, 1):
        for row in rows:
            tables.append(struct.pack("<II", len(row[column]), start + len(body)))
            body += row[column] + b"\0"
    header = struct.pack("<7I", 0x950412DE, 0, len(rows), 28, 28 + 8 * len(rows), 0, 0)
    path.write_bytes(header + b"".join(tables) + body)
    return path


HEADER = {"": "Content-Type: text/plain; charset=UTF-8\nPlural-Forms: nplurals=1; plural=0;\n"}


@pytest.mark.parametrize(
    ("english", "chinese", "pairs"),
    [
        ("The door opens.", "门开了。", [("The door opens.", "门开了。")]),
        ("I see. Go on!", "我明白。继续！", [("I see.", "我明白。"), ("Go on!", "继续！")]),
        (
            'He said "Stop!" Then he ran.',
            "他说：“停下！”然后他跑了。",
            [('He said "Stop!"', "他说：“停下！”"), ("Then he ran.", "然后他跑了。")],
        ),
        ("Wait... What?", "等等……什么？", [("Wait...", "等等……"), ("What?", "什么？")]),
        ("One. Two.", "一和二。", [("One. Two.", "一和二。")]),
        ("First line\n\nSecond line", "第一行\n第二行", [("First line", "第一行"), ("Second line", "第二行")]),
        ("A line\nand more", "只有一行", [("A line and more", "只有一行")]),
        ("<color_red>Danger</color> ahead.", "<color_red>危险</color>在前。", [("Danger ahead.", "危险在前。")]),
        ("Hello %s", "你好 %s", []),
        ("feature^Console", "控制台", []),
        ("See https://example.org", "见网页", []),
        ("It is 3.5 km. Hurry!", "有3.5公里。快！", [("It is 3.5 km.", "有3.5公里。"), ("Hurry!", "快！")]),
        ("Mr. smith left.", "史密斯先生走了。", [("Mr. smith left.", "史密斯先生走了。")]),
        ("", "空", []),
    ],
)  # fmt: skip
def test_collect_splits_where_both_sides_have_as_many(
    english: str, chinese: str, pairs: list[tuple[str, str]]
) -> None:
    assert list(split_alike(english, chinese)) == pairs


def test_collect_reads_contexts_plurals_and_no_header(tmp_path: Path) -> None:
    messages = HEADER | {
        "menu\x04Open": "打开",
        "one cat\0%d cats": "一只猫",
        "Untranslated": "",
        "The rain stops.": "雨停了。",
    }
    found = list(catalogue(compile_catalogue(tmp_path / "game.mo", messages)))
    assert sorted(found) == [
        ("Open", "打开"),
        ("The rain stops.", "雨停了。"),
        ("one cat", "一只猫"),
    ]


CEDICT = """# CC-CEDICT
#! license=https://creativecommons.org/licenses/by-sa/4.0/
裝貨 装货 [zhuang1 huo4] /to load (onto a ship)/to stow/
實力 实力 [shi2 li4] /strength/
魯 鲁 [Lu3] /surname Lu/
乳腺炎 乳腺炎 [ru3 xian4 yan2] /mastitis/
曲折 曲折 [qu1 zhe2] /(idiom) (of a road etc) to wind/
舊體 旧体 [jiu4 ti3] /variant of 旧体/
漢語 汉语 [Han4 yu3] /Chinese language/CL:門|门[men2]/
準頭 准头 [zhun3 tou2] /the tip of the nose that is long/
not an entry
"""


def test_collect_takes_the_first_gloss_that_translates(tmp_path: Path) -> None:
    path = tmp_path / "cedict.txt"
    path.write_text(CEDICT, encoding="utf-8")
    assert list(dictionary(path)) == [
        ("load", "装货"),
        ("strength", "实力"),
        ("mastitis", "乳腺炎"),
        ("wind", "曲折"),
        ("Chinese language", "汉语"),
    ]


def test_collect_takes_simplified_names_of_large_cities(tmp_path: Path) -> None:
    def city(name: str, country: str, people: int, *others: str) -> dict[str, object]:
        return {
            "name": name,
            "countrycode": country,
            "population": people,
            "alternatenames": others,
        }

    path = tmp_path / "cities.json"
    places = [
        city("Adelaide", "AU", 1_300_000, "Adelajda", "阿德莱德", "アデレード"),
        city("Rome", "IT", 2_300_000, "羅馬", "罗马", "Roma"),
        city("Osaka", "JP", 2_600_000, "大阪"),
        city("Vila", "AD", 1_418, "维拉"),
    ]
    path.write_text(json.dumps(dict(enumerate(places))), encoding="utf-8")
    assert list(cities(path)) == [("Adelaide", "阿德莱德"), ("Rome", "罗马")]


def test_collect_writes_each_pair_once_and_only_with_chinese(tmp_path: Path) -> None:
    output = tmp_path / "open-game.tsv"
    pairs = [("Yes", "是"), ("Yes", "是"), ("OK", "OK"), ("Level 1", "Level 1")]
    assert write_pairs(pairs, output) == 1
    assert list(read_pairs(output)) == [("Yes", "是")]


def test_collect_is_a_step(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one = compile_catalogue(tmp_path / "1.mo", HEADER | {"Good night.": "晚安。"})
    two = compile_catalogue(tmp_path / "2.mo", HEADER | {"Good luck.": "祝你好运。"})
    output = tmp_path / "open-game.tsv"
    assert main(["collect", "catalogue", str(one), str(two), "--output", str(output)]) == 0
    assert dict(read_pairs(output)) == {"Good night.": "晚安。", "Good luck.": "祝你好运。"}
    assert main(["collect", "cities", str(tmp_path / "none.json"), "--output", str(output)]) == 1
    assert "none.json" in capsys.readouterr().err


def test_collect_says_what_is_no_catalogue(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = tmp_path / "broken.mo"
    broken.write_bytes(b"not a catalogue")
    assert main(["collect", "catalogue", str(broken), "--output", str(tmp_path / "o.tsv")]) == 1
    assert capsys.readouterr().err.startswith("error: ")
