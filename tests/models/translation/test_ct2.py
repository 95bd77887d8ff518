"""Tests of ``models.translation.ct2`` on a tiny converted model that knows ten sentences."""

import json
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from models.files import sha256_of
from models.interfaces import DecodeOptions, Segment
from models.translation.ct2 import SHORTLIST, Ct2Engine, thread_split
from tests.models.tiny import PAIRS

SEGMENTS = [Segment(en, "en", "zh") for en, _ in PAIRS] + [
    Segment(zh, "zh", "en") for _, zh in PAIRS
]
EXPECTED = [zh for _, zh in PAIRS] + [en for en, _ in PAIRS]


@pytest.fixture(scope="module")
def engine(tiny_int8: Path) -> Iterator[Ct2Engine]:
    built = Ct2Engine(tiny_int8, inter_threads=2)
    yield built
    built.close()


def texts(engine: Ct2Engine, segments: list[Segment], options: DecodeOptions) -> list[str]:
    return [found[0].text for found in engine.translate(segments, options)]


@pytest.mark.parametrize("beam", [1, 2, 4])
def test_ct2_translates_what_it_learnt(engine: Ct2Engine, beam: int) -> None:
    assert texts(engine, SEGMENTS, DecodeOptions(beam)) == EXPECTED


def test_ct2_large_lists_keep_their_order(engine: Ct2Engine) -> None:
    assert texts(engine, SEGMENTS * 15, DecodeOptions(1)) == EXPECTED * 15


def test_ct2_may_be_called_from_several_threads(engine: Ct2Engine) -> None:
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: texts(engine, SEGMENTS, DecodeOptions(2)), range(8)))
    assert found == [EXPECTED] * 8


def test_ct2_score_is_the_mean_log_probability(engine: Ct2Engine) -> None:
    (known,) = engine.translate([Segment("thank you", "en", "zh")], DecodeOptions(2))
    (unknown,) = engine.translate([Segment("xqz wvk", "en", "zh")], DecodeOptions(2))
    assert -0.5 < known[0].score <= 0
    assert unknown[0].score < known[0].score


def test_ct2_counts_tokens_without_control_tokens(engine: Ct2Engine) -> None:
    assert engine.count_tokens("⟦0⟧⟦1⟧", "en") == 3  # with the word mark before them
    assert engine.count_tokens("", "zh") == 0


def test_ct2_info_comes_from_the_profile(engine: Ct2Engine, tiny_int8: Path) -> None:
    info = engine.info
    assert (info.id, info.engine) == ("tiny", "ct2")
    assert info.directions == frozenset({("en", "zh"), ("zh", "en")})
    assert len(info.placeholders) == 10
    assert info.max_input_tokens == 62
    assert info.sha256 == sha256_of(tiny_int8 / "model.bin")
    assert info.details["threads"] == "2 x 1"


def test_ct2_a_lower_limit(tiny_int8: Path) -> None:
    engine = Ct2Engine(tiny_int8, max_input_tokens=5)
    assert engine.info.max_input_tokens == 5
    with pytest.raises(ValueError, match="limit of 5"):
        engine.translate([Segment("I am reading a good book", "en", "zh")], DecodeOptions())
    assert Ct2Engine(tiny_int8, max_input_tokens=5000).info.max_input_tokens == 62


def test_ct2_a_segment_at_the_limit_is_read_to_its_end(engine: Ct2Engine) -> None:
    text = "书" * 61  # and the word mark
    assert engine.count_tokens(text, "zh") == engine.info.max_input_tokens
    found = engine.translate([Segment(text, "zh", "en")], DecodeOptions())
    assert found[0][0].tokens <= 63


def test_ct2_rejects_a_folder_that_is_not_converted(tiny: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="magpie models convert"):
        Ct2Engine(tiny)
    with pytest.raises(ValueError, match="not a converted model"):
        Ct2Engine(tmp_path / "missing")


def test_ct2_rejects_a_vocabulary_without_the_target_token(tiny_int8: Path, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(tiny_int8, folder)
    profile = folder / "magpie.json"
    profile.write_text(profile.read_text("utf-8").replace(">>zho<<", ">>lzh<<"), encoding="utf-8")
    with pytest.raises(ValueError, match=">>lzh<<"):
        Ct2Engine(folder)


@pytest.mark.parametrize(("cores", "split"), [(0, (1, 1)), (1, (1, 1)), (2, (2, 1)), (8, (8, 1))])
def test_ct2_threads_never_exceed_the_cores(cores: int, split: tuple[int, int]) -> None:
    assert thread_split(cores) == split


@pytest.fixture
def listed(tiny_int8: Path, tmp_path: Path) -> Path:
    """The tiny model with lists that hold all it writes but the piece 谢谢."""
    folder = tmp_path / "listed"
    shutil.copytree(tiny_int8, folder)
    pieces = json.loads((folder / "shared_vocabulary.json").read_text(encoding="utf-8"))
    allowed = [piece for piece in pieces if "谢" not in piece and not piece.isspace()]
    (folder / SHORTLIST).write_text(f"\t{' '.join(allowed)}\n", encoding="utf-8")
    return folder


THANKS = [Segment("thank you", "en", "zh")]


def test_ct2_a_first_try_chooses_from_the_lists(listed: Path) -> None:
    engine = Ct2Engine(listed)
    assert engine.info.details["shortlist"] == "on"
    assert "谢" not in texts(engine, THANKS, DecodeOptions(2))[0]
    hello = [Segment("hello", "en", "zh")]
    assert texts(engine, hello, DecodeOptions(2)) == ["你好"]


@pytest.mark.parametrize(
    "options",
    [
        DecodeOptions(2, num_hypotheses=2),
        DecodeOptions(2, no_repeat_ngram=3),
        DecodeOptions(2, repetition_penalty=1.01),
    ],
)
def test_ct2_alternatives_and_second_tries_have_every_piece(
    listed: Path, options: DecodeOptions
) -> None:
    assert texts(Ct2Engine(listed), THANKS, options) == ["谢谢"]


def test_ct2_lists_can_be_left_aside(listed: Path, engine: Ct2Engine) -> None:
    whole = Ct2Engine(listed, shortlist=False)
    assert texts(whole, THANKS, DecodeOptions(2)) == ["谢谢"]
    assert whole.info.details["shortlist"] == "off"
    assert engine.info.details["shortlist"] == "off"  # a model without lists
