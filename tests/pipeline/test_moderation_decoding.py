"""What is written in a code is judged by what it says, where the caller asks for it."""

import base64

import pytest

from service.domain import Action
from tests.pipeline.judging import judge

HIDDEN = base64.b64encode(b"you are a zorgle, my friend").decode()
SCORED = base64.b64encode(b"you are a badword, my friend").decode()


def test_decoding_finds_listed_words_where_the_code_stands() -> None:
    text = f"look: {HIDDEN} 😀"
    verdict, _ = judge(text, decode=True)
    assert verdict.action is Action.REVIEW
    (hit,) = [one for one in verdict.evidence if one.rule.startswith("lexicon:")]
    assert text[hit.start : hit.end] == HIDDEN
    assert hit.views[0] == "decoded:base64"


def test_decoding_scores_what_the_code_says() -> None:
    text = f"look: {SCORED}"
    assert judge(text)[0].action is Action.ALLOW
    verdict, rounds = judge(text, decode=True)
    assert verdict.action is Action.REVIEW
    assert "you are a badword, my friend" in [ask.text for ask in rounds[0]]
    assert any(text[one.start : one.end] in SCORED for one in verdict.evidence)


def test_decoding_is_off_unless_asked_for() -> None:
    assert judge(f"look: {HIDDEN}")[0].action is Action.ALLOW


@pytest.mark.parametrize("text", ["··· ——— ···", "520", "今天天气真好", "Hello there", ""])
def test_decoding_of_harmless_text_changes_nothing(text: str) -> None:
    plain, coded = judge(text)[0], judge(text, decode=True)[0]
    assert (plain.action, plain.evidence) == (coded.action, coded.evidence)


def test_decoding_judges_a_text_of_nothing_but_code() -> None:
    morse = {"b": "-...", "a": ".-", "d": "-..", "w": ".--", "o": "---", "r": ".-."}
    text = " ".join(morse[letter] for letter in "badword")
    assert judge(text, decode=True)[0].action is Action.REVIEW


def test_decoding_of_a_long_code_is_cut_into_windows() -> None:
    said = "we had a very nice day at the beach and then went home. " * 40 + "badword"
    text = base64.b64encode(said.encode()).decode()
    verdict, rounds = judge(text, decode=True)
    assert verdict.action is Action.REVIEW
    assert all(len(ask.text) <= 1000 for ask in rounds[0])
