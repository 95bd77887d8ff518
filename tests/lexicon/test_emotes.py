"""The table of emoji codes."""

import pytest

from service.lexicon.emotes import load_emotes, parse_emotes
from service.lexicon.entries import BadEntry
from service.text.protect import find_spans

HEAD = "code\tenglish\tnote\n"


def test_emotes_are_named() -> None:
    emote = load_emotes()["[笑哭R]"]
    assert (emote.id, emote.english, emote.name) == ("emote-笑哭R", "crying laughing", "笑哭")
    assert load_emotes()["[doge]"].name == "doge"
    assert len(load_emotes()) > 200


@pytest.mark.parametrize("code", load_emotes())
def test_emotes_are_codes_that_a_text_keeps(code: str) -> None:
    ((start, end),) = [(s.start, s.end) for s in find_spans(f"好{code}的")]
    assert (start, end) == (1, 1 + len(code))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("code\n", "e.tsv:1: the first row must name code, english, note"),
        (HEAD + "[a]\tb\n", "e.tsv:2: code, English name and note wanted"),
        (HEAD + "[a]\t\tc\n", "e.tsv:2: code, English name and note wanted"),
        (HEAD + "a\tb\tc\n", "e.tsv:2: code: a name in square brackets"),
        (HEAD + "[a]\tb\tc\n\n[a]\td\te\n", "e.tsv:4: code: there already"),
    ],
)
def test_emotes_what_is_wrong_is_said(content: str, says: str) -> None:
    with pytest.raises(BadEntry) as refused:
        parse_emotes("e.tsv", content)
    assert str(refused.value) == says
