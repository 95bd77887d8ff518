"""What needs no translation survives it: numbers, and words that were in the target language already."""

from service.domain import Lang, Translation, WarningCode
from service.pipeline.plan import Rung, Unit
from tests.pipeline.script import request, run

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
