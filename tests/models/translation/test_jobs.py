"""Tests of ``models.translation.jobs``: caps, batches, and putting answers back in order."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.interfaces import Alignment, DecodeOptions, Hypothesis
from models.translation.jobs import Job, align, batches, check_options, collect, output_cap


def make_jobs(*lengths: int) -> list[Job]:
    return [Job(i, ["x"] * n, output_cap(n, DecodeOptions(), 255)) for i, n in enumerate(lengths)]


@pytest.mark.parametrize(
    ("pieces", "cap"), [(1, 64), (24, 64), (25, 128), (56, 128), (57, 192), (100, 255), (250, 255)]
)
def test_jobs_output_cap_follows_the_source(pieces: int, cap: int) -> None:
    assert output_cap(pieces, DecodeOptions(), 255) == cap


def test_jobs_output_cap_that_was_asked_for() -> None:
    assert output_cap(3, DecodeOptions(max_output_tokens=5), 255) == 5
    assert output_cap(3, DecodeOptions(max_output_tokens=900), 255) == 255


@pytest.mark.parametrize(("beam", "wanted"), [(1, 1), (4, 4), (8, 1)])
def test_jobs_check_options_accepts(beam: int, wanted: int) -> None:
    check_options(DecodeOptions(beam, wanted))


@pytest.mark.parametrize(("beam", "wanted"), [(1, 2), (2, 0), (0, 1)])
def test_jobs_check_options_rejects(beam: int, wanted: int) -> None:
    with pytest.raises(ValueError, match="num_hypotheses"):
        check_options(DecodeOptions(beam, wanted))


def test_jobs_batches_small_list_stays_whole() -> None:
    cut = batches(make_jobs(*[5] * 31), max_segments=32, max_tokens=1024)
    assert [len(batch) for batch in cut] == [31]


def test_jobs_batches_one_cap_each_longest_first() -> None:
    cut = batches(make_jobs(3, 30, 4, 31), max_segments=32, max_tokens=1024)
    assert [[job.index for job in batch] for batch in cut] == [[3, 1], [2, 0]]


def test_jobs_batches_of_nothing() -> None:
    assert batches([], max_segments=32, max_tokens=1024) == []


@given(
    lengths=st.lists(st.integers(1, 250), max_size=80),
    max_segments=st.integers(1, 40),
    max_tokens=st.integers(1, 2000),
)
def test_jobs_batches_hold_every_job_once_within_the_limits(
    lengths: list[int], max_segments: int, max_tokens: int
) -> None:
    jobs = make_jobs(*lengths)
    cut = batches(jobs, max_segments=max_segments, max_tokens=max_tokens)
    assert sorted(job.index for batch in cut for job in batch) == list(range(len(jobs)))
    for batch in cut:
        assert 0 < len(batch) <= max_segments
        assert len({job.cap for job in batch}) == 1
        assert len(batch) == 1 or len(batch) * max(len(job.tokens) for job in batch) <= max_tokens


def test_jobs_collect_puts_answers_in_order() -> None:
    first, third = [Hypothesis("a", -1.0, 1)], [Hypothesis("c", -1.0, 1)]
    assert collect(3, {2: third, 0: first}) == [first, [Hypothesis("", 0.0)], third]


class Words:
    """Stands in for a tokenizer: every blank-separated word is a token."""

    def ranges(self, text: str, tokens: Sequence[str]) -> tuple[tuple[int, int], ...] | None:
        found, at = [], 0
        for token in tokens:
            at = text.find(token, at)
            if at < 0:
                return None
            found.append((at, at + len(token)))
        return tuple(found)


def test_jobs_align_leaves_control_tokens_out() -> None:
    job = Job(0, [">>zho<<", "red", "car", "</s>"], 64, prefix=1)
    attention = [[0.1, 0.6, 0.2, 0.1], [0.0, 0.1, 0.9, 0.0], [0.0, 0.0, 0.0, 1.0]]
    found = align(job, "red car", ["红", "车"], "红 车", attention, Words())  # type: ignore[arg-type]
    assert found == Alignment(((0, 3), (4, 7)), ((0, 1), (2, 3)), ((0.6, 0.2), (0.1, 0.9)))


def test_jobs_align_of_texts_that_the_tokens_do_not_spell() -> None:
    job = Job(0, ["red", "</s>"], 64)
    assert align(job, "Red", ["红"], "红", [[1.0, 0.0]], Words()) is None  # type: ignore[arg-type]
    assert align(job, "red", ["红"], "绿", [[1.0, 0.0]], Words()) is None  # type: ignore[arg-type]
