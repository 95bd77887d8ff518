"""What slang, names, numbers and kaomoji mean, said in the target language where plain words did not get across."""

from dataclasses import replace

import pytest

from models.interfaces import Hypothesis
from service.domain import Lang
from service.lexicon.finder import SlangFinder
from service.pipeline.plan import Rung
from service.pipeline.translate import advance, finish, prepare
from tests.lexicon.rows import lexicon, row
from tests.pipeline.script import by_text, request, run, traits
from tests.pipeline.test_terms import slangy, zh_to_en

ZH, EN, HANT = Lang.ZH_HANS, Lang.EN, Lang.ZH_HANT


def test_meanings_slang_that_did_not_get_across_is_said_in_the_target_language() -> None:
    table = {"这家店永远的神": "This shop", "这家店 the GOAT ": "This shop is the GOAT"}
    done, asked = run(request("这家店yyds", EN), by_text(table), slangy())
    assert [unit.rung for unit in asked] == [Rung.PLAIN, Rung.MEANT]
    assert done.text == "This shop is the GOAT"
    assert done.protected == ()
    assert done.warnings == ()


def test_meanings_slang_that_is_lost_again_stands_behind_a_placeholder() -> None:
    table = {
        "永远的神这家店": "This shop",
        " the GOAT 这家店": "This shop",
        "⟦0⟧这家店": "⟦0⟧ is this shop",
    }
    done, asked = run(request("yyds这家店", EN), by_text(table), slangy())
    assert [unit.rung for unit in asked] == [Rung.PLAIN, Rung.MEANT, Rung.MASKED]
    assert done.text == "The GOAT is this shop"
    assert done.protected == ()  # a translation, though not the model's


@pytest.mark.parametrize(
    "worse",
    ["This is the GOAT 1,000 1,000 1,000 1,000", "Nothing of the kind", ""],
    ids=["loop", "lost", "empty"],
)
def test_meanings_the_first_try_stays_where_no_other_is_better(worse: str) -> None:
    done, asked = run(
        request("这家店yyds", EN),
        lambda unit: ["This shop"] if unit.rung is Rung.PLAIN else [worse],
        slangy(),
    )
    assert done.text == "This shop"
    assert len(asked) <= 3


def test_meanings_a_less_likely_try_is_not_used() -> None:
    plan = prepare(request("这家店yyds", EN), slangy(), beam_size=2)
    for said, score in (("This shop", -0.5), ("This is the GOAT", -0.6), ("A ⟦0⟧", -0.7)):
        plan = advance(plan, [[Hypothesis(said, score, 3)]])
    assert plan.pending == []
    assert finish(plan).text == "This shop"


def test_meanings_slang_alone_needs_no_engine() -> None:
    done, asked = run(request(" yyds 😀", EN), by_text({}), slangy())
    assert (done.text, asked) == (" the GOAT 😀", [])
    done, asked = run(request("ngl"), by_text({"to be honest": "说实话"}), slangy())
    assert done.text == "说实话"


def test_meanings_slang_for_traditional_readers() -> None:
    done, _ = run(
        request("I say ngl", HANT),
        lambda unit: [unit.segment.text.replace("I say", "我说").replace("to be honest", "")],
        slangy(),
    )
    assert "說實話" in done.text


def test_meanings_a_name_is_put_right_where_the_model_does_not_know_it() -> None:
    table = {"我爱小红书": "I love the red book", "我爱 RedNote ": "I love RedNote"}
    done, asked = zh_to_en("我爱小红书", table)
    assert (done.text, len(asked)) == ("I love RedNote", 2)
    assert [(n.id, n.sure) for n in done.notes] == [("name", False)]
    done, asked = zh_to_en("我爱小红书", {"我爱小红书": "I love RedNote"})
    assert (done.text, len(asked)) == ("I love RedNote", 1)


@pytest.mark.parametrize(("target", "lang", "said"), [(EN, ZH, "i love you"), (ZH, None, "520")])
def test_meanings_a_number_alone_is_slang_for_english_readers(
    target: Lang, lang: Lang | None, said: str
) -> None:
    alone = row(term="520", expansion="我爱你", translation="I love you", guard="alone")
    engine = replace(traits(), slang=SlangFinder(lexicon(alone)))
    done, _ = run(request("520", target), by_text({}), engine)
    assert (done.text.casefold(), done.source_lang) == (said, lang)
    assert [note.term for note in done.notes] == ["520"]
    done, _ = run(request("521", target), by_text({}), engine)
    assert [w.reason for w in done.warnings] == ["no_letters"]


def test_meanings_notes_are_in_both_languages() -> None:
    done, _ = zh_to_en("这家店yyds！[笑哭R]", {"这家店永远的神！": "The GOAT!"})
    assert [note.note_zh for note in done.notes] == ["意思是“永远的神”。", "表情“笑哭”。"]
    assert all(note.note_en for note in done.notes)
    done, _ = zh_to_en("我爱小红书", {"我爱小红书": "I love RedNote"})
    assert [note.note_zh for note in done.notes] == ["英文叫“RedNote”。"]


def test_meanings_faces_drawn_with_characters_have_notes_and_stay() -> None:
    face = row(
        id="shrug", term="¯\\_(ツ)_/¯", expansion="耸肩", translation="shrug", guard="note-only"
    )
    engine = replace(traits(), slang=SlangFinder(lexicon(face)))
    text = "好吧¯\\_(ツ)_/¯ 😀"
    done, _ = run(request(text, EN), by_text({"好吧": "Fine"}), engine)
    assert done.text == "Fine ¯\\_(ツ)_/¯ 😀"
    assert [(text[n.start : n.end], n.translation, n.sure) for n in done.notes] == [
        ("¯\\_(ツ)_/¯", "shrug", False)
    ]
    assert done.notes[0].note_zh == "意思是“耸肩”。"
