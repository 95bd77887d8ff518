"""What needs no translation survives it: numbers, and words that were in the target language already."""

import pytest

from service.domain import Lang, Translation, WarningCode
from service.pipeline.plan import Rung, Unit
from tests.pipeline.script import request, run, traits

EN = Lang.EN


def codes(translation: Translation) -> list[WarningCode]:
    return [w.code for w in translation.warnings]


def test_translate_lost_number_is_masked() -> None:
    def answer(unit: Unit) -> list[str]:
        if unit.rung is Rung.MASKED:
            return [unit.segment.text.replace("It costs", "它要").replace("in total", "总共")]
        return ["它总共要100元"]

    done, asked = run(request("It costs 199 in total"), answer)
    assert "199" in done.text
    assert "199" not in asked[1].segment.text
    assert codes(done) == []


def test_translate_number_that_stays_lost_is_told() -> None:
    done, _ = run(request("It costs 199 in total"), lambda u: ["它总共要100元"])
    assert done.text == "它总共要100元"
    assert codes(done) == [WarningCode.NUMBER_CHANGED]


def test_translate_lost_term_is_masked() -> None:
    def answer(unit: Unit) -> list[str]:
        if unit.rung is Rung.MASKED:
            return [unit.segment.text.replace("I really love", "我真的爱").replace(".", "。")]
        return ["我真的爱它。"]

    done, asked = run(request("I really love 火锅."), answer)
    assert done.text.replace(" ", "") == "我真的爱火锅。"
    assert "火锅" not in asked[1].segment.text
    assert codes(done) == []


def test_translate_lost_number_and_term_are_masked_in_one_try() -> None:
    def answer(unit: Unit) -> list[str]:
        if unit.rung is Rung.MASKED:
            return [
                unit.segment.text.replace("我的", "My ")
                .replace("要", " costs ")
                .replace("块", " yuan")
            ]
        return ["My computer costs a lot of yuan"]

    done, asked = run(request("我的laptop要1999块", EN), answer)
    assert done.text == "My laptop costs 1999 yuan"
    assert len(asked) == 2


def test_translate_term_that_stays_lost_is_told() -> None:
    done, _ = run(request("他是我的 best friend。", EN), lambda u: ["He is a good man."])
    assert codes(done) == [WarningCode.TERM_CHANGED]


@pytest.mark.parametrize(
    ("text", "target", "first", "masked", "expected"),
    [
        ("粉丝450万了", Lang.EN, "450 million fans", ("粉丝", " fans: "), "Fans: 4.5 million"),
        ("我们5月1日走", Lang.EN, "We leave on February 1", ("我们", "We leave on "), "We leave on May 1"),
        ("It has 20 million users", Lang.ZH_HANS, "它有20万用户", ("It has ", "它有"), "它有2000万用户"),
        ("They raised $5M", Lang.ZH_HANS, "他们筹了5美元", ("They raised ", "他们筹了"), "他们筹了500万美元"),
        ("See you on May 1st", Lang.ZH_HANS, "3月1日见", ("See you on ", "再见，"), "再见，5月1日"),
    ],
)  # fmt: skip
def test_translate_a_quantity_or_date_is_said_in_the_other_language(
    text: str, target: Lang, first: str, masked: tuple[str, str], expected: str
) -> None:
    def answer(unit: Unit) -> list[str]:
        if unit.rung is Rung.PLAIN:
            return [first]
        said = unit.segment.text.replace(*masked).replace(" users", "用户")
        return [said.removesuffix("走").removesuffix("了").strip()]

    done, asked = run(request(text, target), answer)
    assert done.text.replace(" ", "") == expected.replace(" ", "")
    assert asked[1].rung is Rung.MASKED
    assert codes(done) == []


def test_translate_the_right_quantity_is_asked_for_once() -> None:
    done, asked = run(request("粉丝450万", Lang.EN), lambda u: ["4.5 million fans"])
    assert (done.text, len(asked)) == ("4.5 million fans", 1)


def test_translate_made_up_emoji_are_decoded_again() -> None:
    answers = {Rung.PLAIN: "😄😄：我们开放", Rung.NO_REPEAT: "我们开放"}
    done, _ = run(request("news of the day: we are open"), lambda u: [answers[u.rung]])
    assert done.text == "我们开放"


def test_translate_the_later_part_of_a_long_sentence_begins_small() -> None:
    text = "我等了你两个小时，但是你没有来，所以我走了"
    parts = {
        "我等": "I waited for two hours",
        "但是": "But you did not come.",
        "所以": "So I left.",
    }
    done, asked = run(
        request(text, Lang.EN), lambda u: [parts[u.segment.text.strip("，")[:2]]], traits(limit=12)
    )
    assert len(asked) == 3
    assert done.text == "I waited for two hours, but you did not come, so I left."


def test_translate_marks_without_words_are_decoded_again() -> None:
    answers = {Rung.PLAIN: "…………", Rung.NO_REPEAT: "我们开放"}
    done, _ = run(request("we are open"), lambda u: [answers[u.rung]])
    assert done.text == "我们开放"


def test_translate_a_term_alone_is_an_answer() -> None:
    asked = request("More coffee?", glossary=(("coffee", "咖啡"),))
    done, units = run(asked, lambda u: [f"{u.masked.slots[0].placeholder}？"])
    assert (done.text, len(units)) == ("咖啡？", 1)
