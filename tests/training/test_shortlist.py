"""Lists of the target pieces that a source piece can lead to."""

from pathlib import Path

import pytest

pytest.importorskip("numba")

from models.training import __main__ as command
from models.training import shortlist
from models.training.lexicon import Lexicon, learn
from models.training.shards import Pairs
from models.training.vocabulary import Vocabulary
from tests.training.conftest import WORDS, sentences, to_pairs

Lists = dict[str, list[str]]


@pytest.fixture(scope="module")
def many(vocabulary: Vocabulary) -> Pairs:
    return to_pairs(vocabulary, sentences(300))


@pytest.fixture(scope="module")
def lexicon(vocabulary: Vocabulary, many: Pairs) -> Lexicon:
    return learn(many, vocabulary.size, same=vocabulary.same_text)


@pytest.fixture(scope="module")
def lists(many: Pairs, vocabulary: Vocabulary, lexicon: Lexicon) -> Lists:
    return shortlist.learn(many, vocabulary, lexicon, frequent=2, likely=4)


def spelt(pieces: list[str]) -> set[str]:
    return {piece.removeprefix("▁") for piece in pieces}


def candidates(lists: Lists, sources: list[str]) -> set[str]:
    return {target for source in ["", *sources] for target in lists.get(source, ())}


@pytest.mark.parametrize(("en", "zh"), sorted(WORDS.items()))
def test_a_word_is_reached_from_its_translation(
    lists: Lists, vocabulary: Vocabulary, en: str, zh: str
) -> None:
    for text, target, tag in ((en, zh, ">>zho<<"), (zh, en, ">>eng<<")):
        sources = vocabulary.processor.encode(text, out_type=str)
        assert target in spelt(list(candidates(lists, [tag, *sources])))


def test_every_output_of_the_corpus_is_covered(
    lists: Lists, vocabulary: Vocabulary, many: Pairs
) -> None:
    for row in range(len(many)):
        en, zh = ([vocabulary.pieces[i] for i in side] for side in many.pair(row))
        assert set(zh) <= candidates(lists, [">>zho<<", *en])
        assert set(en) <= candidates(lists, [">>eng<<", *zh])


def test_lists_of_one_direction(
    many: Pairs, vocabulary: Vocabulary, lexicon: Lexicon, lists: Lists
) -> None:
    back = shortlist.learn(many, vocabulary, lexicon, frequent=2, likely=4, directions=["zh-en"])
    assert ">>zho<<" not in back
    assert back[">>eng<<"] == lists[">>eng<<"]
    assert sum(map(len, back.values())) < sum(map(len, lists.values()))
    for row in range(len(many)):
        en, zh = ([vocabulary.pieces[i] for i in side] for side in many.pair(row))
        assert set(en) <= candidates(back, [">>eng<<", *zh])


def test_lists_are_short(lists: Lists, vocabulary: Vocabulary) -> None:
    (coffee,) = (piece for piece in vocabulary.pieces if piece.removeprefix("▁") == "coffee")
    reached = candidates(lists, [">>zho<<", coffee]) - set(lists[""])
    assert "咖啡" in spelt(list(reached))
    assert len(reached) < len(WORDS)


def test_control_bytes_placeholders_and_signs_are_always_there(lists: Lists) -> None:
    assert {"</s>", "<0x00>", "<0xFF>", "⟦0⟧", "⟦9⟧", "▁"} <= set(lists[""])


def test_what_is_copied_stands_for_itself(lists: Lists, vocabulary: Vocabulary) -> None:
    for piece in ("咖啡", "coffee"):
        ids = [p for p in vocabulary.pieces if p.removeprefix("▁") == piece]
        for one in ids:
            assert piece in spelt(lists[one])


def test_the_frequent_pieces_stand_under_the_target_token(
    many: Pairs, vocabulary: Vocabulary, lexicon: Lexicon
) -> None:
    small = shortlist.learn(many, vocabulary, lexicon, frequent=4)
    larger = shortlist.learn(many, vocabulary, lexicon, frequent=20)
    assert set(small[">>zho<<"]) < set(larger[">>zho<<"])
    assert "我" in spelt(larger[">>zho<<"])
    assert "love" in spelt(larger[">>eng<<"])
    assert len(small[">>eng<<"]) <= 4


def test_lists_are_alike_each_time(
    many: Pairs, vocabulary: Vocabulary, lexicon: Lexicon, lists: Lists
) -> None:
    assert shortlist.learn(many, vocabulary, lexicon, frequent=2, likely=4) == lists


def test_main_shortlist_writes_what_ctranslate2_reads(
    vocabulary: Vocabulary,
    many: Pairs,
    lexicon: Lexicon,
    lists: Lists,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    many.save(tmp_path / "clean.npz")
    lexicon.save(tmp_path / "lex")
    arguments = ["shortlist", str(tmp_path / "clean.npz"), str(tmp_path / "vmap.txt")]
    arguments += ["--vocabulary", str(vocabulary.path), "--lexicon", str(tmp_path / "lex")]
    assert command.main([*arguments, "--frequent", "2", "--likely", "4"]) == 0
    rows = (tmp_path / "vmap.txt").read_text(encoding="utf-8").split("\n")
    assert rows.pop() == ""
    read = {source: targets.split(" ") for source, _, targets in (r.partition("\t") for r in rows)}
    assert read == lists
    assert f"{len(lists)} lists" in capsys.readouterr().out
