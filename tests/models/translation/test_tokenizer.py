"""Tests of ``models.translation.tokenizer``: no text that a user types becomes a control token."""

import json
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.translation.profile import PLACEHOLDERS, Profile
from models.translation.tokenizer import Tokenizer, check_text
from tests.models.tiny import train_pieces, write_vocabulary

CONTROL = ("</s>", "<pad>", "<unk>", "<s>", ">>zho<<", ">>eng<<")
TEXTS = [
    "hello, my friend! this is a book", "你好，世界！这是一本书。", "hello 你好", "a < b > c << d >> e / s",
    "zho eng unk pad", "【表情】😂",
]  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pieces as the bundled model has them: bytes, tags and placeholders."""
    made = tmp_path_factory.mktemp("joint")
    pieces = train_pieces(
        TEXTS * 3,
        made / "source.spm",
        vocab_size=500,
        hard_vocab_limit=False,
        byte_fallback=True,
        normalization_rule_name="identity",
        user_defined_symbols=[">>zho<<", ">>eng<<", "<2zh>", "⟦BT⟧", *PLACEHOLDERS],
    )
    shutil.copyfile(made / "source.spm", made / "target.spm")
    write_vocabulary(made, pieces)
    return made


@pytest.fixture(scope="module")
def joint(folder: Path) -> Tokenizer:
    return Tokenizer(folder)


@pytest.fixture(scope="module")
def opus_like(tmp_path_factory: pytest.TempPathFactory) -> Tokenizer:
    """Two one-language models without bytes; the tag is in the vocabulary only."""
    made = tmp_path_factory.mktemp("opus")
    pieces = []
    for name, texts in (("source.spm", [TEXTS[0], TEXTS[3]]), ("target.spm", [TEXTS[1]])):
        pieces += train_pieces(texts * 3, made / name, vocab_size=60, hard_vocab_limit=False)
    write_vocabulary(made, [*pieces, ">>cmn_Hans<<"])
    return Tokenizer(made)


@pytest.mark.parametrize(
    "text", ["hello, my friend!", "你好，世界！", "hello 你好！", "a\nb\tc", "😂 é\x00"]
)
def test_tokenizer_round_trip(joint: Tokenizer, text: str) -> None:
    assert joint.decode(joint.encode(text)) == text


def test_tokenizer_keeps_full_width_punctuation(joint: Tokenizer) -> None:
    assert joint.decode(joint.encode("你好，世界！！，")) == "你好，世界！！，"


@pytest.mark.parametrize("token", [*CONTROL, "<2zh>", "⟦BT⟧"])
@pytest.mark.parametrize("text", ["{}", "{} hello", "hello {}", "你好{}世界", "{}{}", "a{}b"])
def test_tokenizer_spells_control_tokens_out(joint: Tokenizer, token: str, text: str) -> None:
    typed = text.replace("{}", token)
    pieces = joint.encode(typed)
    assert token not in pieces
    assert "<unk>" not in pieces
    assert joint.decode(pieces) == typed


@pytest.mark.parametrize("text", ["⟦0⟧", "a ⟦0⟧ b", "看⟦9⟧这里", "⟦0⟧⟦1⟧"])
def test_tokenizer_lets_placeholders_through(joint: Tokenizer, text: str) -> None:
    pieces = joint.encode(text)
    assert [p for p in pieces if p in PLACEHOLDERS] == [p for p in PLACEHOLDERS if p in text]
    assert joint.decode(pieces) == text


def test_tokenizer_placeholders_of_a_model_without_them(opus_like: Tokenizer) -> None:
    assert opus_like.placeholders == ()
    assert not set(opus_like.encode("see ⟦0⟧")) & set(PLACEHOLDERS)


@pytest.mark.parametrize(
    "text", [">>cmn_Hans<< hello", "</s>", "<pad> a", "<unk>", "＞＞cmn_Hans＜＜"]
)
def test_tokenizer_opus_control_tokens_are_text(opus_like: Tokenizer, text: str) -> None:
    assert not {">>cmn_Hans<<", "</s>", "<pad>", "<s>"} & set(opus_like.encode(text))


def test_tokenizer_unknown_characters_are_unknown(opus_like: Tokenizer) -> None:
    assert "<unk>" in opus_like.encode("hello 😂")


def test_tokenizer_source_adds_the_control_tokens(joint: Tokenizer) -> None:
    assert joint.source(["▁hello"], [">>zho<<"]) == [">>zho<<", "▁hello", "</s>"]
    assert joint.source(["▁hello"], ()) == ["▁hello", "</s>"]


@pytest.mark.parametrize(
    ("tokens", "text"),
    [
        (["▁hello", "<unk>", "▁a"], "hello a"),
        (["<unk>"], ""),
        (["</s>", "<pad>", ">>zho<<", "▁hello"], "hello"),
        (["<0xE4>", "<0xBD>", "<0xA0>"], "你"),
        (["▁hello", "<0xE4>", "<0xBD>"], "hello"),
        (["<0xF0>", "<0x9F>", "<0x98>", "<0x82>"], "😂"),
        (["▁stranger", "▁piece"], "stranger piece"),
        ([], ""),
    ],
)
def test_tokenizer_decode(joint: Tokenizer, tokens: list[str], text: str) -> None:
    assert joint.decode(tokens) == text


@pytest.mark.parametrize("text", ["", " ", "    ", "\u3000" * 0])
def test_tokenizer_blank_text_has_no_pieces(joint: Tokenizer, text: str) -> None:
    assert joint.encode(text) == []
    assert joint.count(text) == 0


@pytest.mark.parametrize("text", ["\ud83d", "a\udfff", "你\ud800好"])
def test_tokenizer_rejects_lone_surrogates(joint: Tokenizer, text: str) -> None:
    with pytest.raises(ValueError, match="surrogate") as caught:
        joint.encode(text)
    assert caught.value.__cause__ is None
    with pytest.raises(ValueError, match="surrogate"):
        check_text(text)


def test_tokenizer_long_text_is_quick(joint: Tokenizer) -> None:
    assert joint.count("x" * 200_000) > 1000
    assert joint.count("你好" * 100_000) > 1000
    assert joint.count(">>zho<<" * 20_000) >= 7 * 20_000


@given(
    text=st.text()
    | st.lists(st.sampled_from([*CONTROL, "hi", "你", " ", "⟦0⟧", "<", ">"])).map("".join)
)
def test_tokenizer_never_yields_control_tokens(joint: Tokenizer, text: str) -> None:
    try:
        pieces = joint.encode(text)
    except ValueError:
        return
    assert not set(pieces) & set(CONTROL)
    assert all(piece in joint.ids for piece in pieces)


def test_tokenizer_ordinary_pieces_in_angle_brackets_stay(tmp_path: Path) -> None:
    pieces = train_pieces(
        ["<br>", "a <br> b"] * 50,
        tmp_path / "source.spm",
        vocab_size=20,
        hard_vocab_limit=False,
        split_by_unicode_script=False,
    )
    shutil.copyfile(tmp_path / "source.spm", tmp_path / "target.spm")
    write_vocabulary(tmp_path, pieces)
    tokenizer = Tokenizer(tmp_path)
    assert tokenizer.decode(tokenizer.encode("a <br> b")) == "a <br> b"


def test_tokenizer_reads_a_converted_folder(folder: Path, tmp_path: Path, joint: Tokenizer) -> None:
    for name in ("source.spm", "target.spm"):
        shutil.copyfile(folder / name, tmp_path / name)
    tokens = [token for token in joint.tokens if token != "<pad>"]
    (tmp_path / "shared_vocabulary.json").write_text(json.dumps(tokens), encoding="utf-8")
    converted = Tokenizer(tmp_path)
    assert converted.tokens == tokens
    assert converted.encode("hello 你好 <pad>") == joint.encode("hello 你好 <pad>")


def test_tokenizer_check_wants_every_token_of_the_profile(joint: Tokenizer) -> None:
    directions = frozenset({("en", "zh")})
    joint.check(Profile("a", directions, 9, 9, {"en-zh": (">>zho<<",)}, PLACEHOLDERS))
    with pytest.raises(ValueError, match=">>cmn<<"):
        joint.check(Profile("a", directions, 9, 9, {"en-zh": (">>cmn<<",)}))


@pytest.mark.parametrize("missing", ["source.spm", "target.spm", "vocab.json"])
def test_tokenizer_missing_files(folder: Path, tmp_path: Path, missing: str) -> None:
    made = tmp_path / "copy"
    shutil.copytree(folder, made)
    (made / missing).unlink()
    with pytest.raises(ValueError, match="has no"):
        Tokenizer(made)


def test_tokenizer_damaged_files(folder: Path, tmp_path: Path) -> None:
    made = tmp_path / "copy"
    shutil.copytree(folder, made)
    (made / "vocab.json").write_text('{"</s>": 0, "<unk>": 7}', encoding="utf-8")
    with pytest.raises(ValueError, match="ids"):
        Tokenizer(made)
    (made / "vocab.json").write_text('["a"]', encoding="utf-8")
    with pytest.raises(ValueError, match="</s>"):
        Tokenizer(made)
    (made / "source.spm").write_bytes(b"nothing of the kind")
    with pytest.raises(ValueError, match="SentencePiece"):
        Tokenizer(made)


@pytest.mark.parametrize(
    ("text", "tokens", "shown"),
    [
        ("hello friend!", ["▁hello", "▁fri", "end", "!"], ["hello", "fri", "end", "!"]),
        ("你好 hello", ["▁", "你好", "▁hello"], ["", "你好", "hello"]),
        ("a 😂", ["▁a", "▁", "<0xF0>", "<0x9F>", "<0x98>", "<0x82>"], ["a", "", "", "", "", "😂"]),
        ("see ⟦0⟧ here", ["▁see", "▁", "⟦0⟧", "▁here"], ["see", "", "⟦0⟧", "here"]),
        ("a  b", ["▁a", "▁b"], ["a", "b"]),
        ("a b", ["▁a", "</s>", "▁b"], ["a", "", "b"]),
        ("", [], []),
    ],
)
def test_tokenizer_ranges(joint: Tokenizer, text: str, tokens: list[str], shown: list[str]) -> None:
    found = joint.ranges(text, tokens)
    assert found is not None
    assert [text[start:end] for start, end in found] == shown
    assert sorted(found) == list(found)


@pytest.mark.parametrize(
    ("text", "tokens"),
    [("Hello", ["▁hello"]), ("a b", ["▁a"]), ("a", ["▁a", "▁b"]), ("a", ["▁a", "<0xF0>"])],
)
def test_tokenizer_ranges_of_another_text(joint: Tokenizer, text: str, tokens: list[str]) -> None:
    assert joint.ranges(text, tokens) is None


@given(st.text(max_size=40))
def test_tokenizer_ranges_hold_what_was_encoded(joint: Tokenizer, text: str) -> None:
    try:
        pieces = joint.encode(text)
    except ValueError:
        return
    found = joint.ranges(text, pieces)
    if found is not None and pieces:
        assert len(found) == len(pieces)
        covered = "".join(text[start:end] for start, end in found)
        assert covered.replace(" ", "") == "".join(text.split(" "))
