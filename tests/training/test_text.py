"""Words and corpus filters: what happens to text before it is ids."""

from pathlib import Path

import pytest

from models.training import corpus, mix
from models.training.vocabulary import Vocabulary
from models.training.words import Sentence, Word, split_words


@pytest.mark.parametrize(
    "text", ["I love cats.", "我爱北京。", "I love 北京 and Tom.", "⟦0⟧ Tom. see you", "看见⟦1⟧猫"]
)
def test_words_join_back(vocabulary: Vocabulary, text: str) -> None:
    words, spans = split_words(vocabulary.encode([text])[0], vocabulary.pieces)
    assert Sentence(words).text() == text
    assert len(words) == len(spans)


def test_words_keep_latin_pieces_together(vocabulary: Vocabulary) -> None:
    words, _ = split_words(vocabulary.encode(["Tom andand Tom."])[0], vocabulary.pieces)
    assert [w.text for w in words][:2] == ["Tom", "andand"]


def test_sentence_edits_keep_original_indices() -> None:
    sentence = Sentence(
        [Word("I", False), Word("love", True), Word("cats", True), Word(".", False)]
    )
    sentence.replaced[2] = Word("⟦0⟧", True)
    sentence.replaced[1] = None
    sentence.before[0] = [Word("⟦1⟧", False)]
    sentence.after[3] = [Word("⟦2⟧", True)]
    assert sentence.text() == "⟦1⟧I ⟦0⟧. ⟦2⟧"


@pytest.mark.parametrize(
    ("en", "zh", "good"),
    [
        ("I love cats.", "我爱猫。", True),
        ("I use an iPhone.", "我用iPhone。", True),
        ("I love 猫 very much.", "我很爱猫。", True),
        ("我爱猫。", "我爱猫。", False),
        ("12345", "一二三", False),
        ("Hello", "Hello", False),
        ("Yes.", "这一句的译文太长了，" * 5, False),
        ("Hello </s>", "你好", False),
        ("Hello ⟦0⟧", "你好⟦0⟧", False),
        ("", "空", False),
    ],
)
def test_corpus_usable(en: str, zh: str, good: bool) -> None:
    assert corpus.usable(en, zh) is good


def test_corpus_normalise_keeps_full_width_marks() -> None:
    assert corpus.normalise(" 你好，\t世界！ Cafe\u0301 ") == "你好， 世界！ Café"


def test_corpus_clean_drops_duplicates_and_held_out_lines() -> None:
    rows = [("I love cats.", "我爱猫。")] * 3 + [("See you at the station.", "车站见。")]
    held = {corpus.key("see you at the station!")}
    assert corpus.clean(iter(rows), held) == [("I love cats.", "我爱猫。")]


def test_corpus_build_reads_tiers_and_keeps_dev_out(
    corpus_folder: Path, vocabulary: Vocabulary
) -> None:
    def build(*tiers: str) -> list[str]:
        dev = corpus_folder / "dev"
        made = corpus.build(corpus_folder / "train", vocabulary, tiers=tiers, dev=dev, seed=1)
        return [vocabulary.decode(made.pair(i)[0]) for i in range(len(made))]

    everything = build("open", "nc")
    assert "Good morning, Tom." in everything
    assert "Good morning, Tom." not in build("open")
    assert not any("station" in line for line in everything)
    assert len(set(everything)) == len(everything)


def test_mix_caps_and_repeats(
    corpus_folder: Path, vocabulary: Vocabulary, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(mix.MIX, "open-first", mix.Share(cap=4, repeat=3))
    built = corpus.build(corpus_folder / "train", vocabulary, tiers=("open",), dev=None, seed=1)
    lines = [vocabulary.decode(built.pair(i)[0]) for i in range(len(built))]
    assert len(lines) == 12
    assert lines[0] == lines[1] == lines[2]


def test_vocabulary_has_marian_order(vocabulary: Vocabulary) -> None:
    assert vocabulary.pieces[:2] == ["</s>", "<unk>"]
    assert vocabulary.pieces[vocabulary.pad_id] == "<pad>"
    assert sorted(vocabulary.marian_ids) == list(range(vocabulary.size))
    assert [vocabulary.pieces[i] for i in vocabulary.target_ids] == [">>zho<<", ">>eng<<"]


def test_vocabulary_pairs_pieces_of_the_same_text(vocabulary: Vocabulary) -> None:
    same = {(vocabulary.pieces[a], vocabulary.pieces[b]) for a, b in vocabulary.same_text}
    assert ("⟦3⟧", "⟦3⟧") in same
    assert {("▁", "▁"), ("⟦3⟧", "⟦4⟧")}.isdisjoint(same)
    assert all(a.removeprefix("▁") == b.removeprefix("▁") for a, b in same)


@pytest.mark.parametrize("text", ["I love cats.", "我爱猫，真的！", "😂 Tom ⟦4⟧"])
def test_vocabulary_decodes_what_it_encodes(vocabulary: Vocabulary, text: str) -> None:
    assert vocabulary.decode(vocabulary.encode([text])[0]) == text
