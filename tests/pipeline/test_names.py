"""Names that the model spells by ear are said again, as they are called in the target language."""

from dataclasses import replace

import pytest

from service.domain import Lang, TextFormat
from service.lexicon.finder import SlangFinder
from service.lexicon.names import NameFinder
from service.pipeline.plan import Rung
from tests.pipeline.script import by_text, request, run, traits

NAMES = NameFinder(
    {
        "zh": {"大阪": "Osaka", "珠穆朗玛峰": "Mount Everest"},
        "en": {"Osaka": "大阪", "Dublin": "都柏林"},
    }
)
ENGINE = replace(traits(), names=NAMES)


def test_names_that_the_model_knows_cost_nothing() -> None:
    done, seen = run(
        request("我住在大阪", Lang.EN), by_text({"我住在大阪": "I live in Osaka"}), ENGINE
    )
    assert done.text == "I live in Osaka"
    assert len(seen) == 1
    assert done.notes == ()


def test_names_that_got_lost_are_said_to_the_model() -> None:
    table = {"我住在大阪": "I live in a big hill", "我住在 Osaka ": "I live in Osaka"}
    done, seen = run(request("我住在大阪", Lang.EN), by_text(table), ENGINE)
    assert done.text == "I live in Osaka"
    assert [unit.rung for unit in seen] == [Rung.PLAIN, Rung.MEANT]
    assert done.warnings == ()


def test_names_into_chinese() -> None:
    table = {"She is in Dublin now.": "她现在在柏林。", "She is in 都柏林 now.": "她现在在都柏林。"}
    done, _ = run(request("She is in Dublin now."), by_text(table), ENGINE)
    assert done.text == "她现在在都柏林。"


def test_names_into_traditional_chinese() -> None:
    names = NameFinder({"zh": {}, "en": {"Iceland": "冰岛"}})
    table = {"I love Iceland a lot": "我很爱它", "I love 冰岛 a lot": "我很爱冰岛"}
    done, _ = run(
        request("I love Iceland a lot", Lang.ZH_HANT),
        by_text(table),
        replace(traits(), names=names),
    )
    assert done.text == "我很愛冰島"


def test_names_that_the_model_does_not_copy_get_a_placeholder() -> None:
    table = {
        "我登上了珠穆朗玛峰": "I climbed the pearl peak",
        "我登上了 Mount Everest ": "I climbed the mountain ever",
        "我登上了⟦0⟧": "I climbed ⟦0⟧",
    }
    done, seen = run(request("我登上了珠穆朗玛峰", Lang.EN), by_text(table), ENGINE)
    assert done.text == "I climbed Mount Everest"
    assert [unit.rung for unit in seen] == [Rung.PLAIN, Rung.MEANT, Rung.MASKED]


WORDS = NameFinder(
    {"zh": {}, "en": {}}, {"zh": {"过山车": "roller coaster"}, "en": {"hot spring": "温泉"}}
)


def test_words_that_the_model_takes_for_others_are_said_to_it() -> None:
    table = {"Japan has hot springs.": "日本有热的春天。", "Japan has 温泉.": "日本有温泉。"}
    done, _ = run(request("Japan has hot springs."), by_text(table), replace(traits(), names=WORDS))
    assert done.text == "日本有温泉。"


def test_words_count_in_any_form() -> None:
    asked = request("我爱坐过山车", Lang.EN)
    table = {"我爱坐过山车": "I love riding roller-coasters"}
    done, seen = run(asked, by_text(table), replace(traits(), names=WORDS))
    assert done.text == "I love riding roller-coasters"
    assert len(seen) == 1


def test_names_alone_need_no_model() -> None:
    done, seen = run(request("大阪", Lang.EN), by_text({}), ENGINE)
    assert done.text == "Osaka"
    assert seen == []


@pytest.mark.parametrize(
    "text",
    ["@大阪 你好", "看 https://example.org/大阪 吧", "#大阪# 真好玩"],
    ids=["name", "link", "tag"],
)
def test_names_inside_protected_text_are_left_alone(text: str) -> None:
    asked = request(text, Lang.EN)
    done, seen = run(asked, lambda unit: ["Hello there"], ENGINE)
    assert all(unit.rung is Rung.PLAIN for unit in seen)
    assert "大阪" in done.text


def test_names_of_a_glossary_are_the_glossarys() -> None:
    asked = request("我住在大阪", Lang.EN, glossary=(("大阪", "Ōsaka City"),))
    done, _ = run(asked, by_text({"我住在⟦0⟧": "I live in ⟦0⟧"}), ENGINE)
    assert done.text == "I live in Ōsaka City"


def test_names_in_html_are_seen_through_tags() -> None:
    table = {"我住在大阪": "I live in a hill", "我住在 Osaka ": "I live in Osaka"}
    asked = request("<p>我住在大阪</p>", Lang.EN, format=TextFormat.HTML)
    done, _ = run(asked, by_text(table), ENGINE)
    assert done.text == "<p>I live in Osaka</p>"


def test_names_stay_when_slang_is_switched_off(slang: SlangFinder) -> None:
    engine = replace(ENGINE, slang=slang)
    table = {"我住在大阪": "I live in a big hill", "我住在 Osaka ": "I live in Osaka"}
    for use in (True, False):
        done, _ = run(request("我住在大阪", Lang.EN, slang=use), by_text(table), engine)
        assert done.text == "I live in Osaka"


@pytest.fixture
def slang() -> SlangFinder:
    from service.lexicon.entries import SlangLexicon

    return SlangFinder(SlangLexicon.of(()))


SENSES = replace(
    traits(),
    names=NameFinder({"zh": {}, "en": {}}, {"zh": {"独木舟": "dugout|canoe|kayak"}, "en": {}}),
)


def test_words_with_several_translations_are_said_by_the_first() -> None:
    table = {"我买了独木舟": "I bought a wooden leg", "我买了 dugout ": "I bought a dugout"}
    done, seen = run(request("我买了独木舟", Lang.EN), by_text(table), SENSES)
    assert done.text == "I bought a dugout"
    assert [unit.rung for unit in seen] == [Rung.PLAIN, Rung.MEANT]


@pytest.mark.parametrize("said", ["I bought a kayak", "I bought two canoes"])
def test_words_may_be_said_by_any_of_their_translations(said: str) -> None:
    done, seen = run(request("我买了独木舟", Lang.EN), by_text({"我买了独木舟": said}), SENSES)
    assert done.text == said
    assert len(seen) == 1


def test_words_alone_are_said_by_the_first_translation() -> None:
    done, seen = run(request("独木舟", Lang.EN), by_text({}), SENSES)
    assert done.text == "dugout"
    assert seen == []


def test_words_that_stay_unsaid_leave_the_first_try() -> None:
    table = {
        "我买了独木舟": "I bought a wooden leg",
        "我买了 dugout ": "I bought it",
        "我买了⟦0⟧": "I bought it",
    }
    done, _ = run(request("我买了独木舟", Lang.EN), by_text(table), SENSES)
    assert done.text == "I bought a wooden leg"
    assert done.warnings == ()


def test_tries_that_say_some_words_are_better_than_none() -> None:
    names = NameFinder({"zh": {"大阪": "Osaka"}, "en": {}}, {"zh": {"独木舟": "canoe"}, "en": {}})
    table = {
        "我在大阪买了独木舟": "I bought a leg in a hill",
        "我在 Osaka 买了 canoe ": "I bought a boot in Osaka",
        "我在⟦0⟧买了⟦1⟧": "I bought it in ⟦0⟧",
    }
    done, seen = run(
        request("我在大阪买了独木舟", Lang.EN), by_text(table), replace(traits(), names=names)
    )
    assert done.text == "I bought a boot in Osaka"
    assert [unit.rung for unit in seen[:3]] == [Rung.PLAIN, Rung.MEANT, Rung.MASKED]
