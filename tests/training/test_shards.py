"""Pairs on disk and the batches made of them."""

import itertools
from pathlib import Path

import numpy as np
import pytest

from models.training.batches import fill, padded, plan
from models.training.shards import BOTH, EN_TO_ZH, ZH_TO_EN, Pairs, PairsBuilder
from models.training.vocabulary import EOS_ID, Vocabulary


def made(*lengths: tuple[int, int, int]) -> Pairs:
    """Pairs of the given lengths and directions; pair n holds the id 100 + n."""
    builder = PairsBuilder(["a", "b"])
    for n, (en, zh, use) in enumerate(lengths):
        row = np.full(en, 100 + n, np.uint16), np.full(zh, 100 + n, np.uint16)
        builder.add(*row, use, n % 2)
    return builder.build()


def test_shards_save_and_load(tmp_path: Path) -> None:
    pairs = made((3, 2, BOTH), (5, 7, EN_TO_ZH), (1, 1, ZH_TO_EN))
    pairs.save(tmp_path / "pairs.npz")
    loaded = Pairs.load(tmp_path / "pairs.npz")
    assert len(loaded) == 3
    assert loaded.names == ("a", "b")
    assert list(loaded.use) == [BOTH, EN_TO_ZH, ZH_TO_EN]
    for i in range(3):
        assert all((x == y).all() for x, y in zip(loaded.pair(i), pairs.pair(i), strict=True))


def test_shards_take_rows_in_order_and_twice() -> None:
    taken = made((3, 2, BOTH), (5, 7, EN_TO_ZH), (1, 1, ZH_TO_EN)).take(np.array([2, 0, 2]))
    assert [int(taken.pair(i)[0][0]) for i in range(3)] == [102, 100, 102]
    assert list(taken.en_lengths) == [1, 3, 1]
    assert list(taken.source) == [0, 0, 0]


@pytest.mark.parametrize(
    ("directions", "use"),
    [
        (["zh-en"], [ZH_TO_EN, 0, ZH_TO_EN]),
        (["en-zh"], [EN_TO_ZH, EN_TO_ZH, 0]),
        (["zh-en", "en-zh"], [BOTH, EN_TO_ZH, ZH_TO_EN]),
    ],
)
def test_shards_for_some_directions_only(directions: list[str], use: list[int]) -> None:
    pairs = made((3, 2, BOTH), (5, 7, EN_TO_ZH), (1, 1, ZH_TO_EN))
    assert list(pairs.only(directions).use) == use
    assert list(pairs.use) == [BOTH, EN_TO_ZH, ZH_TO_EN]


def test_shards_may_be_empty() -> None:
    assert len(made()) == 0


def test_batches_use_every_pair_once_an_epoch_in_its_directions() -> None:
    pairs = made(*[(n % 9 + 1, n % 5 + 1, (BOTH, EN_TO_ZH, ZH_TO_EN)[n % 3]) for n in range(90)])
    seen: list[tuple[int, int]] = []
    for direction, rows in plan(pairs, max_len=62, tokens=64, rng=np.random.default_rng(0)):
        seen.extend((direction, int(row)) for row in rows)
        if len(seen) >= 120:
            break
    wanted = [(d, n) for n in range(90) for d in (0, 1) if pairs.use[n] & (1 << d)]
    assert sorted(seen) == sorted(wanted)


def test_batches_keep_the_token_budget_and_the_length_limit() -> None:
    rng = np.random.default_rng(1)
    pairs = made(*[(int(a), int(b), BOTH) for a, b in rng.integers(1, 40, (500, 2))])
    planned = plan(pairs, max_len=30, tokens=256, rng=np.random.default_rng(0))
    for _, rows in itertools.islice(planned, 60):
        longest = max(int(pairs.en_lengths[rows].max()), int(pairs.zh_lengths[rows].max()))
        assert longest <= 30
        assert len(rows) <= max(8, 256 // int(padded(np.array([longest]))[0]))


def test_batches_are_the_same_for_the_same_seed() -> None:
    pairs = made(*[(n % 7 + 1, 3, BOTH) for n in range(50)])

    def first(seed: int) -> list[list[int]]:
        rng = np.random.default_rng(seed)
        planned = plan(pairs, max_len=62, tokens=64, rng=rng)
        return [rows.tolist() for _, rows in itertools.islice(planned, 5)]

    assert first(1) == first(1)
    assert first(1) != first(2)


def test_batches_refuse_data_without_short_pairs() -> None:
    with pytest.raises(ValueError, match="no pair"):
        next(plan(made((50, 50, BOTH)), max_len=8, tokens=64, rng=np.random.default_rng(0)))


@pytest.mark.parametrize(("direction", "sides"), [(0, (3, 2)), (1, (2, 3))])
def test_batches_put_tag_end_and_padding(
    vocabulary: Vocabulary, direction: int, sides: tuple[int, int]
) -> None:
    batch = fill(made((3, 2, BOTH)), vocabulary, (direction, np.array([0])))
    source, target = batch.source[0].tolist(), batch.target[0].tolist()
    pad = vocabulary.pad_id
    assert source[0] == vocabulary.target_ids[direction]
    assert source[1 : 2 + sides[0]] == [100] * sides[0] + [EOS_ID]
    assert target[: 1 + sides[1]] == [100] * sides[1] + [EOS_ID]
    assert set(source[2 + sides[0] :]) <= {pad}
    assert len(source) % 4 == len(target) % 4 == 0
