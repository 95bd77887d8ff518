"""Numbers that the source writes in words: the model reads digits, and the answer has words where they are usual."""

import pytest

from service.domain import Lang, SpanKind, TextFormat, WarningCode
from service.pipeline.plan import Rung, Unit
from tests.pipeline.script import by_text, request, run

EN, HANT = Lang.EN, Lang.ZH_HANT


@pytest.mark.parametrize(
    ("text", "target", "read", "said", "expected"),
    [
        ("他八十三岁", EN, "他83岁", "He is 83", "He is eighty-three"),
        ("我有三百块", EN, "我有300块", "I have 300 yuan", "I have three hundred yuan"),
        ("三分之一的人", EN, "1/3的人", "1/3 of them", "One third of them"),
        ("卖二十万", EN, "卖20万", "Sold for 200,000", "Sold for 200,000"),
        ("百分之八十", EN, "80%", "80%", "80%"),
        ("He is seventeen", Lang.ZH_HANS, "He is 17", "他17岁", "他十七岁"),
        ("two thirds of us", Lang.ZH_HANS, "2/3 of us", "我们2/3", "我们三分之二"),
        ("He has five hundred thousand fans", Lang.ZH_HANS, "He has 500,000 fans", "他有50万粉丝", "他有50万粉丝"),
        ("I owe two million", HANT, "I owe 2 million", "我欠200万", "我欠200萬"),
    ],
)  # fmt: skip
def test_numbers_are_read_in_digits(
    text: str, target: Lang, read: str, said: str, expected: str
) -> None:
    done, seen = run(request(text, target), by_text({read: said}))
    assert done.text == expected
    assert len(seen) == 1
    assert (done.warnings, done.notes) == ((), ())


@pytest.mark.parametrize(
    ("text", "target", "first", "masked", "expected"),
    [
        ("他八十三岁", EN, "He is eighty", ("他", "He is "), "He is 83"),
        ("我还了一万多", EN, "I paid", ("我还了", "I paid "), "I paid more than 10,000"),
        ("来了两千多万人", EN, "People came", ("来了", "There came "), "There came more than 20 million人"),
        ("十月一日见", EN, "See you in July", ("见", " see you"), "October 1 see you"),
        ("It has twelve hundred rooms", Lang.ZH_HANS, "它有房间", ("It has ", "它有"), "它有1200 rooms"),
    ],
)  # fmt: skip
def test_numbers_that_got_lost_are_masked(
    text: str, target: Lang, first: str, masked: tuple[str, str], expected: str
) -> None:
    def answer(unit: Unit) -> list[str]:
        if unit.rung is Rung.PLAIN:
            return [first]
        assert unit.rung is Rung.MASKED
        return [unit.segment.text.replace(*masked).replace("岁", "")]

    done, seen = run(request(text, target, source_lang=_other(target)), answer)
    assert done.text == expected
    assert len(seen) == 2


def _other(target: Lang) -> Lang:
    return Lang.ZH_HANS if target is EN else EN


def test_numbers_that_stay_lost_are_told() -> None:
    done, _ = run(request("他八十三岁", EN), lambda unit: ["He is eighty"])
    assert done.text == "He is eighty"
    assert [warning.code for warning in done.warnings] == [WarningCode.NUMBER_CHANGED]


def test_numbers_with_a_unit_inside_are_no_placeholder() -> None:
    texts: list[str] = []

    def answer(unit: Unit) -> list[str]:
        texts.append(unit.segment.text)
        return ["He is tall"]

    done, _ = run(request("他一米八五", EN), answer)
    assert set(texts) == {"他1.85米"}
    assert [warning.code for warning in done.warnings] == [WarningCode.NUMBER_CHANGED]


def test_numbers_only_in_the_language_that_is_read() -> None:
    done, _ = run(request("I have twenty 三百块 coins", EN), lambda unit: [unit.segment.text])
    assert "twenty" in done.text


def test_numbers_in_html_and_protected_text_stay() -> None:
    asked = request(
        '<b title="三百块">他八十三岁</b> @三百块', EN, format=TextFormat.HTML, source_lang=Lang.ZH_HANS
    )  # fmt: skip
    done, seen = run(asked, lambda unit: [unit.segment.text.replace("他", "He is ")])
    assert "83" in seen[0].segment.text
    assert 'title="三百块"' in done.text
    assert done.text.endswith("@三百块")
    assert any(placed.kind is SpanKind.MENTION for placed in done.protected)


def test_numbers_alone_are_translated() -> None:
    done, _ = run(request("一百二十", EN), by_text({"120": "120"}))
    assert done.text == "120"
