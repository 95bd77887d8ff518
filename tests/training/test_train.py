"""Network, optimizer and the training loop, on a model that learns in seconds."""

from pathlib import Path
from typing import Any

import pytest
import torch

from models.training import checkpoint
from models.training.lexicon import Lexicon, learn
from models.training.network import LinearCrossEntropy, build_model, guided_loss, shift_right
from models.training.optimizer import Muon, orthogonalise
from models.training.parallel import form
from models.training.sampled import Candidates
from models.training.shards import Pairs
from models.training.train import ActiveClock, Schedule, Settings, Trainer
from models.training.vocabulary import Vocabulary

pytestmark = pytest.mark.torch

SMALL: dict[str, Any] = {
    "width": 32, "encoder_layers": 1, "decoder_layers": 1, "tokens": 512, "accumulate": 2,
    "lr": 4e-3, "warmup": 4, "average_steps": 20, "max_len": 30,
}  # fmt: skip


def test_network_loss_is_the_label_smoothed_cross_entropy() -> None:
    torch.manual_seed(0)
    hidden = torch.randn(37, 16, requires_grad=True)
    weight = torch.randn(50, 16, requires_grad=True)
    targets = torch.randint(0, 50, (37,))
    expected = torch.nn.functional.cross_entropy(
        hidden @ weight.T, targets, label_smoothing=0.1, reduction="mean"
    )
    wanted = torch.autograd.grad(expected, (hidden, weight))
    loss = LinearCrossEntropy.apply(hidden, weight, targets, 0.1, 10)
    got = torch.autograd.grad(loss, (hidden, weight))
    assert torch.allclose(loss, expected, atol=1e-5)
    assert all(torch.allclose(a, b, atol=1e-5) for a, b in zip(got, wanted, strict=True))


def test_network_loss_over_all_pieces_as_candidates_is_the_same() -> None:
    torch.manual_seed(0)
    hidden = torch.randn(37, 16, requires_grad=True)
    weight = torch.randn(50, 16, requires_grad=True)
    targets = torch.randint(0, 50, (37,))
    everything = (torch.arange(50), torch.zeros(50))
    whole, some = (
        LinearCrossEntropy.apply(hidden, weight, targets, 0.1, 10, c) for c in (None, everything)
    )
    assert torch.allclose(whole, some, atol=1e-5)
    gradients = [torch.autograd.grad(loss, (hidden, weight)) for loss in (whole, some)]
    assert all(torch.allclose(a, b, atol=1e-5) for a, b in zip(*gradients, strict=True))


def test_network_loss_over_a_sample_is_near_the_whole_on_average() -> None:
    torch.manual_seed(0)
    size = 400
    hidden = torch.randn(30, 16, requires_grad=True)
    weight = (0.2 * torch.randn(size, 16)).requires_grad_()
    targets = torch.randint(0, size, (30,))
    candidates = Candidates([torch.zeros(size, size)], sample=200, seed=3)
    whole = LinearCrossEntropy.apply(hidden, weight, targets, 0.1, 10)
    wanted = torch.autograd.grad(whole, weight)[0]
    losses, total = [], torch.zeros_like(weight)
    for _ in range(200):
        rivals = candidates.of(0, torch.zeros(1, dtype=torch.int64), targets)
        loss = LinearCrossEntropy.apply(hidden, weight, targets, 0.1, 10, rivals)
        total += torch.autograd.grad(loss, weight)[0]
        losses.append(loss.item())
    assert sum(losses) / 200 == pytest.approx(whole.item(), abs=0.03)
    assert torch.nn.functional.cosine_similarity(total.flatten(), wanted.flatten(), 0) > 0.99


def test_sampled_candidates_hold_targets_likely_translations_and_a_weighted_sample() -> None:
    table = torch.zeros(100, 100)
    table[7, 40] = 0.6
    table[7, 41] = 0.005  # too unlikely
    source, target = torch.tensor([[7, 0]]), torch.tensor([[90, 3, 0], [3, 0, 99]])
    ids, weights = Candidates([table, table.T], sample=10, seed=1).of(0, source, target)
    assert ids.tolist() == sorted(set(ids.tolist()))
    certain = {0, 3, 40, 90, 99}
    assert certain < set(ids.tolist())
    assert len(ids) == len(certain) + 10
    standing = dict(zip(ids.tolist(), weights.exp().tolist(), strict=True))
    assert all(standing[i] == 1 for i in certain)
    assert sum(standing.values()) == pytest.approx(100, rel=1e-4)


def test_sampled_candidates_are_all_pieces_when_the_sample_is_large_enough() -> None:
    chooser = Candidates([torch.zeros(20, 20)], sample=20, seed=1)
    ids, weights = chooser.of(0, torch.tensor([[1]]), torch.tensor([[2]]))
    assert ids.tolist() == list(range(20))
    assert not weights.any()


def test_network_decoder_inputs_start_with_pad() -> None:
    assert shift_right(torch.tensor([[5, 6, 0]]), 9).tolist() == [[9, 5, 6]]


def test_network_guided_loss_prefers_the_aligned_attention() -> None:
    table = torch.zeros(10, 10)
    table[3, 7] = table[4, 8] = 0.9
    source, target = torch.tensor([[1, 3, 4, 0, 9]]), torch.tensor([[8, 7, 0, 9]])
    right = torch.full((1, 1, 4, 5), 0.01)
    for row, column in enumerate((2, 1, 3, 4)):
        right[0, 0, row, column] = 0.96
    wrong = right.roll(1, 3)
    losses = [guided_loss(table, source, target, a, 9).item() for a in (right, wrong)]
    assert losses[0] < 0.1 < losses[1]


def test_optimizer_orthogonalises() -> None:
    torch.manual_seed(0)
    values = torch.linalg.svdvals(orthogonalise(torch.randn(3, 16, 64)).float())
    assert ((values > 0.5) & (values < 1.5)).all()


def test_optimizer_takes_the_steps_of_torch_muon() -> None:
    torch.manual_seed(0)
    shapes = [(16, 16), (16, 16), (16, 64), (64, 16)]
    mine = [torch.nn.Parameter(torch.randn(s)) for s in shapes]
    theirs = [torch.nn.Parameter(p.detach().clone()) for p in mine]
    ours = Muon(mine, lr=0.01)
    peer = torch.optim.Muon(theirs, lr=0.01, weight_decay=0.0, adjust_lr_fn="match_rms_adamw")
    for _ in range(3):
        for a, b in zip(mine, theirs, strict=True):
            a.grad = torch.randn_like(a)
            b.grad = a.grad.clone()
        ours.step()
        peer.step()
    for a, b in zip(mine, theirs, strict=True):
        assert torch.allclose(a, b, atol=5e-3)


def test_train_clock_leaves_out_pauses() -> None:
    clock = ActiveClock()
    for step_s in (1.0, 1.0, 1.0, 500.0, 1.0):
        clock.add(step_s)
    assert 5 <= clock.active_s <= 9


@pytest.mark.parametrize(
    ("step", "active_s", "rate"),
    [(0, 0.0, 0.1), (9, 10.0, 1.0), (100, 1800.0, 1.0), (100, 2700.0, 0.5), (100, 3700.0, 0.0)],
)
def test_train_schedule(step: int, active_s: float, rate: float) -> None:
    schedule = Schedule(Settings(hours=1, lr=1.0, warmup=10, decay=0.5))
    assert schedule.rate(step, active_s) == pytest.approx(rate)


def trainer(
    folder: Path,
    pairs: Pairs,
    vocabulary: Vocabulary,
    lexicon: Lexicon | None = None,
    **changes: Any,
) -> Trainer:
    settings = Settings(**{**SMALL, "workers": 1, **changes})
    return Trainer(settings, pairs, vocabulary, folder, lexicon)


def steps(subject: Trainer, count: int) -> list[float]:
    """Losses of ``count`` updates in this process."""
    from models.training.parallel import bind_gradients

    team = form(subject.model, 1)
    bind_gradients(subject.model, team.gradients[0])
    losses = []
    for _ in range(count):
        subject.worker.update(team, 0)
        losses.append(float(team.sums[0, 0] / team.sums[0, 2]))
        subject._apply(team)
    return losses


def test_train_learns_and_keeps_the_pad_row_at_zero(
    pairs: Pairs, vocabulary: Vocabulary, tmp_path: Path
) -> None:
    subject = trainer(tmp_path / "run", pairs, vocabulary)
    losses = steps(subject, 60)
    assert losses[-1] < 0.75 * losses[0]
    embeddings = subject.model.lm_head.weight.detach()
    assert float(embeddings[vocabulary.pad_id].abs().max()) == 0.0


def test_train_learns_with_a_sampled_softmax(
    pairs: Pairs, vocabulary: Vocabulary, tmp_path: Path
) -> None:
    lexicon = learn(pairs, vocabulary.size)
    whole = trainer(tmp_path / "whole", pairs, vocabulary)
    subject = trainer(tmp_path / "run", pairs, vocabulary, lexicon, sampled=40)
    losses = steps(subject, 60)
    assert losses[-1] < 0.75 * losses[0]
    whole.model.load_state_dict(subject.model.state_dict())
    assert steps(whole, 1)[0] < 0.85 * losses[0]  # and over the whole vocabulary, too


def test_train_is_deterministic(pairs: Pairs, vocabulary: Vocabulary, tmp_path: Path) -> None:
    runs = [steps(trainer(tmp_path / n, pairs, vocabulary), 4) for n in ("a", "b")]
    assert runs[0] == runs[1]


def test_train_resumes_from_its_checkpoint(
    pairs: Pairs, vocabulary: Vocabulary, tmp_path: Path
) -> None:
    first = trainer(tmp_path / "run", pairs, vocabulary)
    steps(first, 12)
    first.save()
    second = trainer(tmp_path / "run", pairs, vocabulary)
    assert second.progress == first.progress
    for a, b in zip(first.model.parameters(), second.model.parameters(), strict=True):
        assert torch.equal(a, b)
    assert steps(second, 1)[0] < 6
    (tmp_path / "run" / "resume.pt").unlink()
    third = trainer(tmp_path / "run", pairs, vocabulary)
    assert third.progress["step"] == 0
    assert torch.equal(third.model.lm_head.weight, first.average["lm_head.weight"])


def test_train_checkpoint_swaps_whole_folders(vocabulary: Vocabulary, tmp_path: Path) -> None:
    model = build_model(vocabulary.size, width=32, depth=(1, 1))
    average = {k: v.clone() for k, v in model.state_dict().items()}
    for step in (1, 2):
        checkpoint.save(
            tmp_path / "run", model, average, [], {"step": step, "seen": step}, vocabulary
        )
    assert sorted(p.name for p in tmp_path.iterdir()) == ["run", "run.old"]
    _, progress = checkpoint.resume(tmp_path / "run", model, [], "cpu")
    assert progress == {"step": 2, "seen": 2}


def test_train_goes_on_in_the_form_of_its_checkpoint(
    pairs: Pairs, vocabulary: Vocabulary, tmp_path: Path
) -> None:
    model = build_model(vocabulary.size, width=64, depth=(2, 1))
    average = {k: v.clone() for k, v in model.state_dict().items()}
    checkpoint.save(tmp_path / "run", model, average, [], {"step": 1, "seen": 1}, vocabulary)
    (tmp_path / "run" / "resume.pt").unlink()
    resumed = trainer(tmp_path / "run", pairs, vocabulary)
    assert resumed.model.config.d_model == 64
    assert resumed.model.config.encoder_layers == 2
    assert torch.equal(resumed.model.lm_head.weight, average["lm_head.weight"])


def test_train_of_one_direction_sees_no_other(
    pairs: Pairs, vocabulary: Vocabulary, tmp_path: Path
) -> None:
    subject = trainer(tmp_path / "run", pairs, vocabulary, directions=("zh-en",))
    planned = subject.worker._plan
    assert {next(planned)[0] for _ in range(20)} == {1}
    losses = steps(subject, 40)
    assert losses[-1] < 0.8 * losses[0]


@pytest.mark.slow
def test_train_shares_work_between_processes(
    pairs: Pairs, vocabulary: Vocabulary, tmp_path: Path
) -> None:
    import subprocess
    import sys

    data = tmp_path / "pairs.npz"
    pairs.save(data)
    command = [sys.executable, "-m", "models.training", "train", data, tmp_path / "run"]
    options = {**SMALL, "workers": 2, "hours": 0.001, "vocabulary": vocabulary.path}
    options["directions"] = "zh-en"
    for name, value in options.items():
        command += ["--" + name.replace("_", "-"), str(value)]
    subprocess.run([str(c) for c in command], check=True, timeout=100)
    _, progress = checkpoint.resume(
        tmp_path / "run",
        build_model(vocabulary.size, width=32, depth=(1, 1)),
        trainer(tmp_path / "run", pairs, vocabulary).optimizers,
        "cpu",
    )
    assert progress["step"] > 0
    assert progress["seen"] > 100
