"""Tests of ``models.translation.marian``: the reference engine, and that CTranslate2 translates as it does."""

import builtins
import shutil
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from models.interfaces import DecodeOptions, Segment
from models.tools.check import parity
from models.tools.convert import convert
from models.translation.ct2 import Ct2Engine
from models.translation.marian import MarianEngine
from models.translation.profile import load_profile, save_profile
from tests.models.tiny import PAIRS

pytestmark = pytest.mark.torch

KNOWN = [Segment(en, "en", "zh") for en, _ in PAIRS] + [Segment(zh, "zh", "en") for _, zh in PAIRS]
UNKNOWN = [
    Segment(text, source, "zh" if source == "en" else "en")
    for text, source in [
        ("where is my good book, friend?", "en"), ("hello hello hello hello", "en"), ("⟦1⟧ and ⟦2⟧", "en"),
        ("我的书在哪里？早上好", "zh"), ("晚晚晚晚晚安安安", "zh"), ("看 iPhone 😂", "zh"), ("</s> <pad>", "en"),
    ]
]  # fmt: skip


@pytest.fixture(scope="module")
def marian(tiny: Path) -> Iterator[MarianEngine]:
    engine = MarianEngine(tiny, threads=1)
    yield engine
    engine.close()


@pytest.mark.parametrize("beam", [1, 2])
def test_marian_translates_what_it_learnt(marian: MarianEngine, beam: int) -> None:
    found = [hypotheses[0].text for hypotheses in marian.translate(KNOWN, DecodeOptions(beam))]
    assert found == [zh for _, zh in PAIRS] + [en for en, _ in PAIRS]


@pytest.mark.parametrize(
    "options",
    [
        DecodeOptions(1),
        DecodeOptions(2),
        DecodeOptions(4),
        DecodeOptions(2, max_output_tokens=3),
        DecodeOptions(2, no_repeat_ngram=2),
        DecodeOptions(1, repetition_penalty=1.3),
    ],
)
def test_marian_ct2_float32_is_the_same(
    marian: MarianEngine, tiny_float32: Path, options: DecodeOptions
) -> None:
    ct2 = Ct2Engine(tiny_float32, compute_type="float32")
    found = parity(marian, ct2, KNOWN + UNKNOWN, options)
    assert found.exact, found
    assert found.score_gap < 1e-3
    wanted = marian.translate(UNKNOWN, options)
    got = ct2.translate(UNKNOWN, options)
    assert [h[0].truncated for h in got] == [h[0].truncated for h in wanted]
    assert [h[0].tokens for h in got] == [h[0].tokens for h in wanted]


def test_marian_ct2_float32_gives_the_same_alternatives(
    marian: MarianEngine, tiny_float32: Path
) -> None:
    ct2 = Ct2Engine(tiny_float32, compute_type="float32")
    options = DecodeOptions(beam_size=4, num_hypotheses=4)
    wanted, got = marian.translate(KNOWN, options), ct2.translate(KNOWN, options)
    assert [[h.text for h in found] for found in got] == [
        [h.text for h in found] for found in wanted
    ]


@pytest.mark.parametrize("penalty", [0.5, 2.0])
def test_marian_ct2_float32_is_the_same_under_a_length_penalty(
    tiny: Path, tiny_float32: Path, tmp_path: Path, penalty: float
) -> None:
    folders = [tmp_path / "marian", tmp_path / "ct2"]
    for made, folder in zip((tiny, tiny_float32), folders, strict=True):
        shutil.copytree(made, folder)
        save_profile(replace(load_profile(made), length_penalty=penalty), folder)
    marian, ct2 = MarianEngine(folders[0], threads=1), Ct2Engine(folders[1], compute_type="float32")
    options = DecodeOptions(beam_size=4, num_hypotheses=4)
    wanted, got = marian.translate(UNKNOWN, options), ct2.translate(UNKNOWN, options)
    assert [[h.text for h in found] for found in got] == [
        [h.text for h in found] for found in wanted
    ]
    for one, other in zip(got, wanted, strict=True):
        assert [h.score for h in one] == pytest.approx([h.score for h in other], abs=1e-3)
    plain = Ct2Engine(tiny_float32, compute_type="float32").translate(UNKNOWN, DecodeOptions(1))
    greedy = ct2.translate(UNKNOWN, DecodeOptions(1))
    assert [h[0].score for h in greedy] == pytest.approx([h[0].score for h in plain])


def test_marian_ct2_int8_is_close(marian: MarianEngine, tiny_int8: Path) -> None:
    found = parity(marian, Ct2Engine(tiny_int8), KNOWN)
    assert found.exact
    assert found.chrf == pytest.approx(100)


def test_marian_info(marian: MarianEngine) -> None:
    assert (marian.info.id, marian.info.engine) == ("tiny", "marian")
    assert marian.info.details == {
        "device": "cpu",
        "compute_type": "float32",
        "length_penalty": "1",
    }
    assert len(marian.info.sha256) == 64


def test_marian_cuda_where_there_is_none(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(ValueError, match="no CUDA device"):
        MarianEngine(tiny, device="cuda")
    assert MarianEngine(tiny, device="auto").info.details["device"] == "cpu"


def test_marian_reads_no_pickles(opus: Path) -> None:
    with pytest.raises(ValueError, match=r"no model\.safetensors"):
        MarianEngine(opus / "opus-mt-en-zh")


def test_marian_without_torch_says_what_to_install(
    tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = builtins.__import__

    def without_torch(name: str, *args: Any, **options: Any) -> Any:
        if name == "torch":
            raise ImportError("No module named 'torch'")
        return real(name, *args, **options)

    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.setattr(builtins, "__import__", without_torch)
    with pytest.raises(ImportError, match=r'pip install "\.\[torch\]"'):
        MarianEngine(tiny)


def test_marian_ct2_float32_align_alike(tiny: Path, tiny_float32: Path, tmp_path: Path) -> None:
    shutil.copytree(tiny, tmp_path / "marian")
    save_profile(replace(load_profile(tiny), aligned=True), tmp_path / "marian")
    convert(tmp_path / "marian", tmp_path / "ct2", quantization="float32")
    marian = MarianEngine(tmp_path / "marian", threads=1)
    ct2 = Ct2Engine(tmp_path / "ct2", compute_type="float32")
    assert marian.info.aligns
    assert ct2.info.aligns
    segments = [s for s in KNOWN + UNKNOWN if "😂" not in s.text]
    options = DecodeOptions(2, 2, align=True)
    pairs = zip(marian.translate(segments, options), ct2.translate(segments, options), strict=True)
    for wanted, got in pairs:
        for one, other in zip(wanted, got, strict=True):
            assert one.text == other.text
            assert one.alignment is not None
            assert other.alignment is not None
            assert one.alignment.source == other.alignment.source
            assert one.alignment.target == other.alignment.target
            for row, same in zip(one.alignment.weights, other.alignment.weights, strict=True):
                assert row == pytest.approx(same, abs=1e-3)
    assert ct2.translate(KNOWN[:1], DecodeOptions())[0][0].alignment is None
    plain = Ct2Engine(tiny_float32, compute_type="float32")
    assert not plain.info.aligns
    assert plain.translate(KNOWN[:1], options)[0][0].alignment is None
