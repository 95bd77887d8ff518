"""Evasions, templates and the corpus that they end up in."""

import json
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.training.toxicity import corpus, templates, terms
from models.training.toxicity.evasion import Evasions, evade_en
from models.training.toxicity.folding import syllables
from models.training.toxicity.rows import LABELS, Row

SENTENCE = "今天的天气真好我们一起去公园散步吧"


@pytest.fixture(scope="module")
def evasions() -> Evasions:
    return Evasions([SENTENCE * 30], syllables())


def test_english_evasions_change_a_few_words() -> None:
    text = "the quick brown fox jumps over the lazy dog"
    seen = {evade_en(text, random.Random(seed)) for seed in range(50)}
    assert len(seen) > 20
    assert any("." in one for one in seen)
    assert evade_en("a b", random.Random(1)) == "a b"


def test_chinese_evasions_are_of_several_kinds(evasions: Evasions) -> None:
    seen = {evasions.evade_zh(SENTENCE, random.Random(seed)) for seed in range(80)}
    assert any(any(c.isascii() and c.isalpha() for c in one) for one in seen)
    assert any(any(ord(c) > 0x1F000 for c in one) for one in seen)
    assert any("女子" in one for one in seen)


@settings(deadline=None, max_examples=50)
@given(text=st.text(max_size=50), seed=st.integers(0, 999))
def test_evasions_take_any_text(evasions: Evasions, text: str, seed: int) -> None:
    rng = random.Random(seed)
    assert isinstance(evade_en(text, rng), str)
    assert isinstance(evasions.evade_zh(text, rng), str)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_templates_hold_each_term_on_both_sides(lang: str) -> None:
    rows = templates.rows(lang)
    terms = templates.load()[lang]["terms"]
    for term in terms:
        mine = {row.toxic for row in rows if term.casefold() in row.text.casefold()}
        assert mine == {0, 1}


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_held_out_frames_are_not_trained_on(lang: str) -> None:
    trained = {corpus.dedupe_key(row.text) for row in templates.rows(lang, each=99)}
    held = [text for texts in templates.held_out(lang).values() for text in texts]
    assert not trained & {corpus.dedupe_key(text) for text in held}


def test_build_leaves_out_development_texts_and_windows_long_ones(tmp_path: Path) -> None:
    train, dev = tmp_path / "train", tmp_path / "dev"
    rows = {"open-a.jsonl": ["keep me", "Hold me OUT!", "x " * 2_000]}
    for folder, files in ((train, rows), (dev, {"set.en.jsonl": ["hold me out"]})):
        folder.mkdir()
        for name, texts in files.items():
            raw = [
                {"text": t, "lang": "en", "toxic": 0, "labels": {}, "source": "a"} for t in texts
            ]
            (folder / name).write_text("\n".join(map(json.dumps, raw)) + "\n", "utf-8")
    built = [r for r in corpus.build(train, [], dev, ["open"], 1) if r.source not in corpus.OURS]
    assert [r.text for r in built][:1] == ["keep me"]
    assert len(built) == 2
    assert len(built[1].text) == corpus.MAX_CHARS


def test_a_saved_corpus_reads_back(tmp_path: Path) -> None:
    rows = [Row("茶 ☕", "zh", 0, {"toxicity": 0}, "a", "weak"), Row("tea", "en", 1, {}, "b")]
    corpus.save(rows, tmp_path / "corpus.jsonl.xz")
    assert corpus.read(tmp_path / "corpus.jsonl.xz") == rows


def test_disguised_rows_keep_their_labels() -> None:
    rows = [Row(SENTENCE, "zh", n % 2, {"toxicity": n % 2}, "a") for n in range(60)]
    made = corpus.disguise(rows, 1)
    assert made
    assert all(row.labels["toxicity"] == row.toxic and row.text != SENTENCE for row in made)


def test_terms_of_a_lexicon_become_rows(tmp_path: Path) -> None:
    lines = [
        "id\tterm\tlanguage\tcategory\tseverity\tsource\tnote\tmatch",
        "en/insult#1\tteapot\ten\tinsult\t2\tus\ttest\t",
        "en/insult#2\tspoon\ten\tinsult\t1\tus\ttoo mild\t",
        "zh/spam#1\t茶壶\tzh\tspam\t3\tus\ttest\t",
    ]
    (tmp_path / "any.tsv").write_text("\n".join(lines) + "\n", "utf-8")
    found = terms.read_terms(tmp_path)
    assert found == [("teapot", "en", "insult"), ("茶壶", "zh", "spam")]
    made = terms.rows(found, [Row("a nice day", "en", 0, {}, "goemotions_clean")])
    assert all(("teapot" if row.lang == "en" else "茶壶") in row.text for row in made)
    assert {row.toxic for row in made if row.lang == "en"} == {1}
    assert {tuple(row.labels) for row in made if row.lang == "zh"} == {("spam",)}


def test_slang_is_of_known_heads_and_not_in_the_lexicons_again() -> None:
    found = terms.slang()
    assert len({term for term, _, _ in found}) == len(found) > 300
    assert {lang for _, lang, _ in found} == {"zh"}
    assert {category for _, _, category in found} <= set(LABELS)


def test_rows_about_a_crisis_are_never_disguised() -> None:
    ads = [Row(SENTENCE, "zh", 0, {"spam": 1}, "fbs_sms", "aux") for _ in range(60)]
    assert corpus.disguise(ads, 1)
    crisis = [Row(SENTENCE, "zh", 0, {"self_harm": 1}, "sos_suicide", "aux") for _ in range(60)]
    assert corpus.disguise(crisis, 1) == []
