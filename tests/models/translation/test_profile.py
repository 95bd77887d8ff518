"""Tests of ``models.translation.profile``: which way a folder translates, and what it must be told."""

import json
from pathlib import Path
from typing import Any

import pytest

from models.translation.profile import (
    PLACEHOLDERS,
    Profile,
    direction_name,
    load_profile,
    mean_score,
    parse_direction,
    save_profile,
)

BOTH = frozenset({("en", "zh"), ("zh", "en")})
EN_ZH = frozenset({("en", "zh")})
ZH_EN = frozenset({("zh", "en")})


def make_folder(
    folder: Path,
    *,
    vocabulary: tuple[str, ...] = (),
    tokenizer: dict[str, Any] | None = None,
    config: dict[str, Any] | None = None,
    readme: str = "",
) -> Path:
    folder.mkdir(parents=True)
    tokens = ["</s>", "<unk>", *vocabulary, "<pad>"]
    files: dict[str, Any] = {
        "config.json": {"model_type": "marian", "max_position_embeddings": 512, **(config or {})},
        "vocab.json": {token: number for number, token in enumerate(tokens)},
    }
    if tokenizer is not None:
        files["tokenizer_config.json"] = tokenizer
    for name, content in files.items():
        (folder / name).write_text(json.dumps(content), encoding="utf-8")
    if readme:
        (folder / "README.md").write_text(readme, encoding="utf-8")
    return folder


def test_profile_of_a_bidirectional_folder(tmp_path: Path) -> None:
    folder = make_folder(
        tmp_path / "joint",
        vocabulary=(">>zho<<", ">>eng<<", *PLACEHOLDERS),
        tokenizer={"source_lang": "eng+zho", "target_lang": "eng+zho"},
        config={"max_position_embeddings": 256},
    )
    profile = load_profile(folder)
    assert profile.id == "joint"
    assert profile.directions == BOTH
    assert profile.prefix("en", "zh") == (">>zho<<",)
    assert profile.prefix("zh", "en") == (">>eng<<",)
    assert (profile.max_input_tokens, profile.max_output_tokens) == (254, 255)
    assert profile.placeholders == PLACEHOLDERS


def test_profile_of_opus_en_zh_takes_simplified_chinese(tmp_path: Path) -> None:
    tags = (">>cmn<<", ">>cmn_Hant<<", ">>cmn_Hans<<", ">>yue_Hant<<")
    folder = make_folder(
        tmp_path / "opus", vocabulary=tags, tokenizer={"source_lang": "eng", "target_lang": "zho"}
    )
    profile = load_profile(folder)
    assert profile.directions == EN_ZH
    assert profile.prefix("en", "zh") == (">>cmn_Hans<<",)
    assert profile.placeholders == ()


def test_profile_of_opus_zh_en_has_no_target_token(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "m", tokenizer={"source_lang": "zho", "target_lang": "eng"})
    profile = load_profile(folder)
    assert profile.directions == ZH_EN
    assert profile.prefix("zh", "en") == ()


@pytest.mark.parametrize(
    ("name", "vocabulary", "expected"),
    [
        ("opus-mt-en-zh", (), EN_ZH),
        ("opus-mt-zh-en", (), ZH_EN),
        ("my-eng-zho", (), EN_ZH),
        ("checkpoint", (">>zho<<", ">>eng<<"), BOTH),
        ("checkpoint", (">>zh<<",), EN_ZH),
    ],
)
def test_profile_directions_without_languages(
    tmp_path: Path, name: str, vocabulary: tuple[str, ...], expected: frozenset[tuple[str, str]]
) -> None:
    assert load_profile(make_folder(tmp_path / name, vocabulary=vocabulary)).directions == expected


@pytest.mark.parametrize(
    "tokenizer", [None, {"source_lang": "deu", "target_lang": "fra"}, {"source_lang": 3}]
)
def test_profile_directions_that_cannot_be_told(
    tmp_path: Path, tokenizer: dict[str, Any] | None
) -> None:
    folder = make_folder(tmp_path / "checkpoint", tokenizer=tokenizer)
    with pytest.raises(ValueError, match=r"magpie\.json"):
        load_profile(folder)


@pytest.mark.parametrize(
    ("generation", "expected"),
    [(None, 1.0), ({}, 1.0), ({"length_penalty": 1.6}, 1.6), ({"length_penalty": None}, 1.0)],
)
def test_profile_takes_the_length_penalty_of_the_generation_config(
    tmp_path: Path, generation: dict[str, Any] | None, expected: float
) -> None:
    folder = make_folder(tmp_path / "opus-mt-en-zh")
    if generation is not None:
        (folder / "generation_config.json").write_text(json.dumps(generation), encoding="utf-8")
    profile = load_profile(folder)
    assert profile.length_penalty == expected
    (tmp_path / "saved").mkdir()
    save_profile(profile, tmp_path / "saved")
    assert load_profile(tmp_path / "saved").length_penalty == expected


def test_profile_mean_score_undoes_the_length_penalty() -> None:
    total, tokens = -6.0, 8
    for penalty in (0.0, 1.0, 1.6):
        assert mean_score(total / tokens**penalty, tokens, penalty) == pytest.approx(total / tokens)
    assert mean_score(0.0, 0, 1.6) == 0.0
    assert mean_score(1e-9, 5, 1.6) == 0.0


def test_profile_rejects_other_models(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "bert", config={"model_type": "bert"})
    with pytest.raises(ValueError, match="MarianMT"):
        load_profile(folder)


def test_profile_rejects_separate_vocabularies(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "en-zh", tokenizer={"separate_vocabs": True})
    with pytest.raises(ValueError, match="separate"):
        load_profile(folder)


@pytest.mark.parametrize("content", ["{", "[]", ""])
def test_profile_rejects_broken_files(tmp_path: Path, content: str) -> None:
    folder = make_folder(tmp_path / "en-zh")
    (folder / "config.json").write_text(content, encoding="utf-8")
    with pytest.raises(ValueError, match=r"config\.json"):
        load_profile(folder)


def test_profile_of_an_empty_folder(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"config\.json"):
        load_profile(tmp_path)


@pytest.mark.parametrize(
    ("readme", "expected"),
    [
        ("---\nlanguage:\n- zh\nlicense: cc-by-4.0\n---\n# Title", "cc-by-4.0"),
        ('---\nlicense: "apache-2.0"\n---\n', "apache-2.0"),
        ("---\nlanguage: zh\n---\nlicense: other", ""),
        ("# no front matter\nlicense: other", ""),
    ],
)
def test_profile_licence_comes_from_the_card(tmp_path: Path, readme: str, expected: str) -> None:
    assert load_profile(make_folder(tmp_path / "opus-mt-zh-en", readme=readme)).licence == expected


def test_profile_is_saved_and_loaded_whole(tmp_path: Path) -> None:
    profile = Profile(
        id="模型",
        directions=BOTH,
        max_input_tokens=62,
        max_output_tokens=255,
        target_tokens={"en-zh": (">>zho<<",)},
        placeholders=PLACEHOLDERS[:2],
        licence="Apache-2.0",
        source="trained here",
    )
    save_profile(profile, tmp_path)
    assert load_profile(tmp_path) == profile
    assert load_profile(tmp_path).target_tokens == profile.target_tokens


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"id": "a", "directions": ["en-de"], "max_input_tokens": 1}']
)
def test_profile_rejects_a_broken_profile_file(tmp_path: Path, content: str) -> None:
    (tmp_path / "magpie.json").write_text(content, encoding="utf-8")
    with pytest.raises(ValueError, match=r"magpie\.json is not a valid"):
        load_profile(tmp_path)


def test_profile_prefix_of_a_direction_not_served() -> None:
    profile = Profile("a", EN_ZH, 10, 10)
    with pytest.raises(ValueError, match="only en-zh"):
        profile.prefix("zh", "en")


def test_profile_direction_names() -> None:
    assert direction_name(parse_direction("zh-en")) == "zh-en"
    for name in ("en", "en-en", "en-de", "", "en-zh-en"):
        with pytest.raises(ValueError, match="direction"):
            parse_direction(name)


@pytest.mark.parametrize(("written", "expected"), [(True, True), (False, False), ("yes", False)])
def test_profile_says_whether_a_model_aligns(
    tmp_path: Path, written: object, expected: bool
) -> None:
    folder = make_folder(tmp_path / "opus-mt-en-zh")
    profile = load_profile(folder)
    assert not profile.aligned
    save_profile(profile, folder)
    path = folder / "magpie.json"
    content = json.loads(path.read_text(encoding="utf-8")) | {"aligned": written}
    path.write_text(json.dumps(content), encoding="utf-8")
    assert load_profile(folder).aligned is expected
