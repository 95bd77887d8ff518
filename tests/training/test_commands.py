"""The steps as commands: the same bytes for the same seed, a progress bar on a terminal, nothing half written."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from models.training.shards import Pairs
from models.training.vocabulary import Vocabulary
from tests.serving import ROOT

STEP = [sys.executable, "-m", "models.training"]


def step(*words: object) -> "subprocess.CompletedProcess[str]":
    done = subprocess.run(
        [*STEP, *map(str, words)], cwd=ROOT, capture_output=True, text=True, timeout=100
    )
    assert done.returncode == 0, done.stderr
    return done


def on_a_terminal(*words: object) -> str:
    """What a step shows on a terminal that is its stderr."""
    terminal, stderr = pty.openpty()
    env = os.environ | {"TERM": "xterm", "COLUMNS": "100"}
    env.pop("NO_COLOR", None)
    process = subprocess.Popen(
        [*STEP, *map(str, words)], cwd=ROOT, env=env, stdout=subprocess.DEVNULL, stderr=stderr
    )
    os.close(stderr)
    shown = bytearray()
    try:
        while part := os.read(terminal, 65536):
            shown += part
    except OSError:  # Linux's end of file on a terminal
        pass
    os.close(terminal)
    assert process.wait(100) == 0, shown.decode()
    return shown.decode()


def same(a: Path, b: Path) -> bool:
    return a.read_bytes() == b.read_bytes()


def test_commands_data_is_the_same_for_the_same_seed(
    corpus_folder: Path, vocabulary: Vocabulary
) -> None:
    made = [corpus_folder / f"{name}.npz" for name in ("first", "again")]
    for path in made:
        step("data", corpus_folder / "train", path, "--vocabulary", vocabulary.path, "--seed", 7)
    assert same(*made)


@pytest.mark.slow
def test_commands_augment_is_the_same_for_the_same_seed(
    corpus_folder: Path, vocabulary: Vocabulary
) -> None:
    pytest.importorskip("numba")
    clean, words = corpus_folder / "clean.npz", ["--vocabulary", vocabulary.path]
    step("data", corpus_folder / "train", clean, *words)
    made = [corpus_folder / f"{name}.npz" for name in ("first", "again", "other")]
    for path, seed in zip(made, (7, 7, 8), strict=True):
        tables = ["--lexicon", corpus_folder / path.stem]  # learnt each time
        step("augment", clean, path, *words, *tables, "--share", "mark=0.5", "--seed", seed)
    assert same(made[0], made[1])
    assert not same(made[0], made[2])
    assert same(corpus_folder / "first" / "lex_ez.npy", corpus_folder / "again" / "lex_ez.npy")


def test_commands_vocabulary_is_the_same_for_the_same_seed(corpus_folder: Path) -> None:
    made = [corpus_folder / f"{name}.model" for name in ("first", "again")]
    for path in made:
        step("vocabulary", corpus_folder / "train", path, "--size", 400)
    assert Vocabulary(made[0]).size == Vocabulary(made[1]).size > 280
    texts = ["I love cats.", "我爱猫。"]
    for first, again in zip(*(Vocabulary(path).encode(texts) for path in made), strict=True):
        assert np.array_equal(first, again)
    left = sorted(path.name for path in corpus_folder.iterdir())
    assert left == ["again.model", "dev", "first.model", "train"]


def test_commands_show_progress_on_a_terminal_and_only_there(
    corpus_folder: Path, vocabulary: Vocabulary
) -> None:
    words = ["data", corpus_folder / "train", corpus_folder / "clean.npz"]
    words += ["--vocabulary", vocabulary.path]
    shown = on_a_terminal(*words)
    assert "read" in shown
    assert "100%" in shown
    quiet = step(*words)
    assert "%" not in quiet.stderr
    assert "pairs, " in quiet.stderr


def test_commands_that_fail_leave_the_old_result(
    corpus_folder: Path, vocabulary: Vocabulary
) -> None:
    clean = corpus_folder / "clean.npz"
    words = ["data", corpus_folder / "train", clean, "--vocabulary", vocabulary.path]
    step(*words)
    before = clean.read_bytes()
    (corpus_folder / "train" / "open-first.tsv").write_bytes(b"\xff\xfe\tbroken\n")
    failed = subprocess.run([*STEP, *map(str, words)], cwd=ROOT, capture_output=True, text=True)
    assert failed.returncode == 1
    assert failed.stderr.startswith("error: ")
    assert "Traceback" not in failed.stderr
    assert clean.read_bytes() == before
    assert len(Pairs.load(clean)) > 0
