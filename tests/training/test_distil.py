"""A teacher's translations as training data, in resumable parts."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import sacrebleu
from hypothesis import given, settings
from hypothesis import strategies as st

from models.fakes import FakeEngine
from models.interfaces import DecodeOptions, EngineInfo, Hypothesis, Segment
from models.training import __main__ as command
from models.training.chrf import SentenceChrf
from models.training.corpus import widen
from models.training.distil import Choice, distil, tasks_of
from models.training.parts import run_parts
from models.training.shards import BOTH, EN_TO_ZH, ZH_TO_EN, Pairs, PairsBuilder, concatenate
from models.training.vocabulary import Vocabulary
from tests.training.conftest import to_pairs

ROWS = [
    ("I love cats.", "我爱猫。"),
    ("you see Tom.", "你看见汤姆。"),
    ("we want music.", "我们想要音乐。"),
]


class Teacher(FakeEngine):
    """Answers from lists of hypotheses, and counts what it was asked."""

    def __init__(self, answers: dict[str, list[str]], directions: Sequence[tuple[str, str]] = ()):
        super().__init__()
        self.answers, self.asked = answers, 0
        self._directions = frozenset(directions)

    @property
    def info(self) -> EngineInfo:
        own = super().info
        return replace(own, directions=self._directions or own.directions)

    def translate(
        self, segments: Sequence[Segment], options: DecodeOptions
    ) -> list[list[Hypothesis]]:
        self.asked += len(segments)
        return [
            [Hypothesis(t, -0.1 * n, 3) for n, t in enumerate(self.answers.get(s.text, ["不 no"]))]
            for s in segments
        ]


TEACHER = {
    "I love cats.": ["我看见狗。", "我爱猫。", "猫"],
    "you see Tom.": ["汤姆汤姆汤姆汤姆汤姆汤姆", "你看见,汤姆."],
    "我爱猫。": ["I love cats.", "you"],
    "我们想要音乐。": ["we see music."],
}


def shown(pairs: Pairs, vocabulary: Vocabulary) -> set[tuple[str, str, int]]:
    sides = [[vocabulary.decode(side) for side in pairs.pair(i)] for i in range(len(pairs))]
    return {(en, zh, int(pairs.use[i])) for i, (en, zh) in enumerate(sides)}


texts = st.text("ab 我们。c", max_size=12)


@settings(deadline=None)
@given(texts, texts)
def test_chrf_is_that_of_sacrebleu(hypothesis: str, reference: str) -> None:
    expected = sacrebleu.sentence_chrf(hypothesis, [reference]).score
    assert SentenceChrf(reference).score(hypothesis) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(
    ("text", "wide"),
    [
        ("你好,世界!", "你好，世界！"),
        ("他说:好.", "他说：好。"),
        ("版本3.5和1,000", "版本3.5和1,000"),
        ("时间是9:30。", "时间是9:30。"),
        ("看⟦0⟧.", "看⟦0⟧。"),
        ("用 iPhone.", "用 iPhone."),
        ("第3章:12页", "第3章：12页"),
    ],
)
def test_corpus_widens_marks_after_han(text: str, wide: str) -> None:
    assert widen(text) == wide


def test_distil_takes_the_nearest_hypothesis(vocabulary: Vocabulary, tmp_path: Path) -> None:
    pairs = to_pairs(vocabulary, ROWS)
    teacher = Teacher(TEACHER)
    made = distil(pairs, vocabulary, teacher, tmp_path / "out.npz", choice=Choice(min_chrf=20))
    assert shown(made, vocabulary) == {
        ("I love cats.", "我爱猫。", EN_TO_ZH),
        ("you see Tom.", "你看见，汤姆。", EN_TO_ZH),
        ("I love cats.", "我爱猫。", ZH_TO_EN),
        ("we see music.", "我们想要音乐。", ZH_TO_EN),
    }
    assert made.names == pairs.names
    assert len(Pairs.load(tmp_path / "out.npz")) == 4
    assert not (tmp_path / "out.npz.parts").exists()


@pytest.mark.parametrize(("keep", "count"), [(True, 6), (False, 2)])
def test_distil_leaves_out_or_keeps_the_reference(
    vocabulary: Vocabulary, tmp_path: Path, keep: bool, count: int
) -> None:
    pairs = to_pairs(vocabulary, ROWS)
    choice = Choice(min_chrf=90, keep_reference=keep)
    made = distil(pairs, vocabulary, Teacher(TEACHER), tmp_path / "out.npz", choice=choice)
    assert len(made) == count
    assert ("I love cats.", "我爱猫。", ZH_TO_EN) in shown(made, vocabulary)
    assert (("you see Tom.", "你看见汤姆。", EN_TO_ZH) in shown(made, vocabulary)) is keep


def test_distil_asks_once_for_repeats_and_keeps_them(
    vocabulary: Vocabulary, tmp_path: Path
) -> None:
    pairs = to_pairs(vocabulary, [ROWS[0]] * 5)
    teacher = Teacher(TEACHER)
    made = distil(pairs, vocabulary, teacher, tmp_path / "out.npz")
    assert teacher.asked == 2
    assert len(made) == 10


def test_distil_serves_what_the_teacher_can(vocabulary: Vocabulary, tmp_path: Path) -> None:
    pairs = to_pairs(vocabulary, ROWS)
    one_way = Teacher(TEACHER, [("zh", "en")])
    made = distil(pairs, vocabulary, one_way, tmp_path / "out.npz")
    assert set(made.use) == {ZH_TO_EN}
    with pytest.raises(ValueError, match="none of the directions"):
        distil(pairs, vocabulary, one_way, tmp_path / "x.npz", directions=[EN_TO_ZH])


def test_distil_tasks_follow_use_limit_and_seed(vocabulary: Vocabulary) -> None:
    builder = PairsBuilder(["a"])
    for n, use in enumerate((BOTH, EN_TO_ZH, ZH_TO_EN) * 10):
        en, zh = vocabulary.encode([f"I love {n}", f"我爱{n}"])
        builder.add(en, zh, use, 0)
    pairs = builder.build()
    tasks = tasks_of(pairs, (EN_TO_ZH, ZH_TO_EN), limit=0, seed=1)
    assert len(tasks) == 40
    assert tasks == tasks_of(pairs, (EN_TO_ZH, ZH_TO_EN), limit=0, seed=1)
    assert tasks[:7] == tasks_of(pairs, (EN_TO_ZH, ZH_TO_EN), limit=7, seed=1)
    assert tasks != tasks_of(pairs, (EN_TO_ZH, ZH_TO_EN), limit=0, seed=2)


def test_distil_goes_on_after_a_kill_and_gives_the_same(
    vocabulary: Vocabulary, tmp_path: Path
) -> None:
    pairs = to_pairs(vocabulary, ROWS)
    whole = distil(pairs, vocabulary, Teacher(TEACHER), tmp_path / "whole.npz", part=2)

    class Failing(Teacher):
        def translate(
            self, segments: Sequence[Segment], options: DecodeOptions
        ) -> list[list[Hypothesis]]:
            if self.asked >= 2:
                raise RuntimeError("killed")
            return super().translate(segments, options)

    with pytest.raises(RuntimeError):
        distil(pairs, vocabulary, Failing(TEACHER), tmp_path / "cut.npz", part=2)
    again = Teacher(TEACHER)
    resumed = distil(pairs, vocabulary, again, tmp_path / "cut.npz", part=2)
    assert again.asked == 4
    assert (resumed.en == whole.en).all()
    assert (resumed.zh == whole.zh).all()
    assert (resumed.use == whole.use).all()


def test_parts_stop_in_time_and_refuse_other_settings(pairs: Pairs, tmp_path: Path) -> None:
    def work(numbers: range) -> Pairs:
        return pairs.take(np.array(numbers))

    output = tmp_path / "out.npz"
    first = run_parts(output, 20, work, settings={"a": 1}, what="w", size=4, minutes=1e-9)
    assert len(first) == len(Pairs.load(output)) == 0
    with pytest.raises(ValueError, match="other settings"):
        run_parts(output, 20, work, settings={"a": 2}, what="w", size=4)
    whole = run_parts(output, 20, work, settings={"a": 1}, what="w", size=4)
    assert len(whole) == 20
    assert all((whole.pair(i)[0] == pairs.pair(i)[0]).all() for i in range(20))


def test_shards_concatenate_merges_sources_by_name() -> None:
    def shard(name: str, length: int) -> Pairs:
        builder = PairsBuilder(["common", name])
        row = np.full(length, length, np.uint16)
        builder.add(row, row, BOTH, 1)
        builder.add(row, row, EN_TO_ZH, 0)
        return builder.build()

    joined = concatenate([shard("a", 3), shard("b", 5), shard("a", 2)])
    assert joined.names == ("common", "a", "b")
    assert joined.source.tolist() == [1, 0, 2, 0, 1, 0]
    assert joined.en_lengths.tolist() == joined.zh_lengths.tolist() == [3, 3, 5, 5, 2, 2]
    assert joined.pair(3)[1].tolist() == [5] * 5
    assert len(concatenate([])) == 0


@pytest.mark.torch
def test_main_distils_with_a_marian_folder(
    tiny: Path, pairs: Pairs, vocabulary: Vocabulary, tmp_path: Path
) -> None:
    data, output = tmp_path / "clean.npz", tmp_path / "out.npz"
    pairs.save(data)
    line = [
        "distil",
        str(data),
        str(output),
        "--teacher",
        str(tiny),
        "--limit",
        "6",
        "--threads",
        "1",
    ]
    line += ["--vocabulary", str(vocabulary.path), "--beam-size", "2", "--hypotheses", "2"]
    assert command.main([*line, "--keep-reference"]) == 0
    assert len(Pairs.load(output)) >= 6
    joined = tmp_path / "joined.npz"
    assert command.main(["join", str(joined), str(output), str(data), str(data)]) == 0
    assert len(Pairs.load(joined)) == len(Pairs.load(output)) + 2 * len(pairs)
