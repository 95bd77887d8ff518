"""Lexicon, alignment and augmentation on a corpus whose words stand for each other."""

import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import regex

from models.training import __main__ as command
from models.training.augment import SHARES, Aligned, augment, code_switch, copy_through, mark
from models.training.lexicon import Lexicon, learn, links
from models.training.shards import BOTH, EN_TO_ZH, ZH_TO_EN, Pairs
from models.training.vocabulary import Vocabulary
from models.training.words import split_words
from tests.training.conftest import WORDS

PLACEHOLDER = regex.compile(r"⟦\d⟧")


@pytest.fixture(scope="module")
def lexicon(vocabulary: Vocabulary) -> Lexicon:
    """Tables that know the corpus' words, as learning would give them."""
    size = vocabulary.size
    en_zh, zh_en = np.zeros((size, size), np.float16), np.zeros((size, size), np.float16)
    for en, zh in WORDS.items():
        e, z = vocabulary.encode([f"see {en}"])[0][-1], vocabulary.encode([f"爱{zh}"])[0][-1]
        en_zh[e, z] = zh_en[z, e] = 0.8
    return Lexicon(en_zh, zh_en)


def aligned(vocabulary: Vocabulary, lexicon: Lexicon, en: str, zh: str) -> Aligned:
    e, z = vocabulary.encode([en, zh])
    return Aligned.of(e, z, vocabulary.pieces, lexicon)


def test_lexicon_links_words(vocabulary: Vocabulary, lexicon: Lexicon) -> None:
    e, z = vocabulary.encode(["I love coffee.", "我爱咖啡。"])
    en_words, en_spans = split_words(e, vocabulary.pieces)
    zh_words, zh_spans = split_words(z, vocabulary.pieces)
    found = {
        en_words[link.en].text: "".join(w.text for w in zh_words[link.zh_start : link.zh_end])
        for link in links(lexicon, e, z, en_spans, zh_spans)
    }
    assert found["coffee"] == "咖啡"
    assert "." not in found


def test_lexicon_saves_and_loads(lexicon: Lexicon, tmp_path: Path) -> None:
    assert not Lexicon.exists(tmp_path)
    lexicon.save(tmp_path)
    assert Lexicon.exists(tmp_path)
    size = len(lexicon.en_zh)
    assert (Lexicon.load(tmp_path, size).en_zh == lexicon.en_zh).all()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["lex_ez.npy", "lex_ze.npy"]
    with pytest.raises(ValueError, match="with another vocabulary"):
        Lexicon.load(tmp_path, size + 1)


def test_lexicon_learns_from_pairs(pairs: Pairs, vocabulary: Vocabulary) -> None:
    pytest.importorskip("numba")
    learnt = learn(pairs, vocabulary.size, same=vocabulary.same_text, rounds=6)
    coffee, word = (int(vocabulary.encode([t])[0][-1]) for t in ("see coffee", "爱咖啡"))
    assert learnt.en_zh[coffee].argmax() == word
    assert learnt.zh_en[word].argmax() == coffee
    mark_id = vocabulary.pieces.index("⟦2⟧")
    assert learnt.en_zh[mark_id].argmax() == mark_id
    assert learnt.zh_en[word, word] >= 0.5
    scores = learnt.literalness(pairs, np.arange(10))
    assert (scores < 0).all()


@pytest.mark.parametrize("source", ["en", "zh"])
def test_augment_marks_both_sides_alike(
    vocabulary: Vocabulary, lexicon: Lexicon, source: str
) -> None:
    pair = aligned(vocabulary, lexicon, "Tom want coffee and music.", "汤姆想要咖啡和音乐。")
    for seed in range(200):
        result = mark(pair, source, random.Random(seed))
        assert result is not None
        en, zh = (PLACEHOLDER.findall(side) for side in result)
        assert 1 <= len(en) <= 8
        assert sorted(en) == sorted(zh)
        assert len(set(en)) == len(en)
        assert "  " not in result[0]


def test_augment_replaces_aligned_words_only(vocabulary: Vocabulary, lexicon: Lexicon) -> None:
    pair = aligned(vocabulary, lexicon, "Tom want coffee.", "汤姆想要咖啡。")
    results = {mark(pair, "en", random.Random(seed)) for seed in range(300)}
    for result in results:
        assert result is not None
        for en, zh in (("Tom", "汤姆"), ("coffee", "咖啡")):
            assert (en in result[0]) == (zh in result[1])


@pytest.mark.parametrize(
    ("source", "kept", "side"), [("en", "汤姆想要咖啡。", 1), ("zh", "Tom want coffee.", 0)]
)
def test_augment_code_switches_the_source_only(
    vocabulary: Vocabulary, lexicon: Lexicon, source: str, kept: str, side: int
) -> None:
    pair = aligned(vocabulary, lexicon, "Tom want coffee.", "汤姆想要咖啡。")
    result = code_switch(pair, source, random.Random(1))
    assert result is not None
    assert result[side] == kept
    assert regex.search(r"\p{Han}", result[1 - side])
    assert regex.search(r"[A-Za-z]", result[1 - side])


def test_augment_code_switch_needs_a_sure_word(vocabulary: Vocabulary, lexicon: Lexicon) -> None:
    pair = aligned(vocabulary, lexicon, "I see you.", "我看见你。")
    assert code_switch(pair, "en", random.Random(1)) is None


def test_augment_copies_the_same_text(vocabulary: Vocabulary, lexicon: Lexicon) -> None:
    pair = aligned(vocabulary, lexicon, "Tom want coffee.", "汤姆想要咖啡。")
    for seed in range(50):
        result = copy_through(pair, random.Random(seed))
        assert result is not None
        added = set(regex.findall(r"\S+", result[0])) - {"Tom", "want", "coffee."}
        assert any(regex.sub(r"\W+$", "", word) in result[1] for word in added)


def test_augment_is_deterministic_and_covers_both_directions(
    pairs: Pairs, vocabulary: Vocabulary, lexicon: Lexicon
) -> None:
    rows = list(range(len(pairs)))
    first = augment(pairs, vocabulary, lexicon, rows, seed=3)
    again = augment(pairs, vocabulary, lexicon, rows, seed=3)
    other = augment(pairs, vocabulary, lexicon, rows, seed=4)
    assert (first.en == again.en).all()
    assert (first.use == again.use).all()
    assert len(first.en) != len(other.en) or (first.en != other.en).any()
    for bit in (EN_TO_ZH, ZH_TO_EN):
        assert int((first.use & bit > 0).sum()) == len(pairs)
    changed = int((first.use != BOTH).sum()) / len(first)
    assert 0.2 < changed < 0.8


def test_augment_respects_the_directions_of_a_pair(
    pairs: Pairs, vocabulary: Vocabulary, lexicon: Lexicon
) -> None:
    one_way = replace(pairs, use=np.full(len(pairs), ZH_TO_EN, np.uint8))
    made = augment(one_way, vocabulary, lexicon, list(range(len(pairs))), seed=1)
    assert set(made.use.tolist()) == {ZH_TO_EN}
    assert len(made) == len(pairs)


@pytest.mark.parametrize(
    ("kind", "english", "chinese"),
    [("upper", True, False), ("traditional", False, True), ("bare", True, True)],
)
def test_augment_shares_choose_the_noise(
    pairs: Pairs, vocabulary: Vocabulary, lexicon: Lexicon, kind: str, english: bool, chinese: bool
) -> None:
    rows = list(range(len(pairs)))
    made = augment(pairs, vocabulary, lexicon, rows, seed=1, shares={kind: 1.0})
    changed = {int(use) for use in made.use if use != BOTH}
    assert (EN_TO_ZH in changed) is english or chinese
    if kind == "upper":
        sources = [vocabulary.decode(made.pair(i)[0]) for i in np.flatnonzero(made.use == EN_TO_ZH)]
        assert sources
        assert all(text.isupper() for text in sources)


def test_augment_without_shares_changes_nothing(
    pairs: Pairs, vocabulary: Vocabulary, lexicon: Lexicon
) -> None:
    made = augment(pairs, vocabulary, lexicon, list(range(len(pairs))), seed=1, shares={})
    assert (made.en == pairs.en).all()
    assert set(made.use.tolist()) == {BOTH}


@pytest.mark.parametrize(
    ("shares", "message"),
    [
        ({"nonsense": 0.1}, "no augmentation 'nonsense'"),
        ({"mark": 0.8, "switch": 0.3}, "at most 1"),
        ({"mark": -0.1}, "positive"),
    ],
)
def test_augment_refuses_impossible_shares(
    pairs: Pairs, vocabulary: Vocabulary, lexicon: Lexicon, shares: dict[str, float], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        augment(pairs, vocabulary, lexicon, [0], seed=1, shares=shares)


def test_augment_help_states_the_defaults(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        command.main(["augment", "--help"])
    shown = "".join(capsys.readouterr().out.split())
    assert all(
        f"{kind}={share:g}" in shown.replace("0.10", "0.1") for kind, share in SHARES.items()
    )
