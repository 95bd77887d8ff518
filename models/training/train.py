"""Train, on CPU or CUDA, from nothing or from a checkpoint; a kill loses at most one save interval."""

import itertools
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
import torch
from torch import Tensor

from models.training import checkpoint
from models.training.batches import Batch, fill, plan
from models.training.lexicon import Lexicon
from models.training.network import (
    LinearCrossEntropy,
    build_model,
    guided_loss,
    model_like,
    shift_right,
)
from models.training.optimizer import build_optimizers
from models.training.parallel import Team, bind_gradients, form, start_workers, trainable
from models.training.progress import bar, say
from models.training.sampled import Candidates
from models.training.shards import BOTH_WAYS, Pairs
from models.training.vocabulary import Vocabulary

__all__ = ["ActiveClock", "Schedule", "Settings", "Trainer"]

SMOOTHING = 0.1
CHUNK = 512
AVERAGE_EVERY = 10


@dataclass(frozen=True)
class Settings:
    """How long and how to train. ``hours`` counts active time only."""

    hours: float = 1.0
    lr: float = 1e-3
    warmup: int = 200
    decay: float = 0.0  # share of ``hours`` at the end over which the learning rate falls to zero
    tokens: int = 3072  # padded tokens of a batch
    accumulate: int = 4  # batches of an update
    directions: tuple[str, ...] = BOTH_WAYS
    max_len: int = 62
    guide: float = 0.0
    sampled: int = 0  # of the pieces that are neither targets nor likely, so many; 0: all
    average_steps: int = 300
    save_minutes: float = 8.0
    workers: int = 0  # processes on CPU; 0: one for each core
    width: int = 256
    encoder_layers: int = 6
    decoder_layers: int = 2
    seed: int = 1


class ActiveClock:
    """Seconds spent in steps. A step far longer than usual (a stopped process) counts as a usual one."""

    def __init__(self) -> None:
        self.active_s = 0.0
        self._usual_s = 0.0

    def add(self, step_s: float) -> None:
        if self._usual_s:
            step_s = min(step_s, 4 * self._usual_s)
            self._usual_s = 0.95 * self._usual_s + 0.05 * step_s
        else:
            self._usual_s = step_s
        self.active_s += step_s


@dataclass(frozen=True)
class Schedule:
    """Learning rate: linear warm-up by steps, constant, linear decay to zero by active time."""

    settings: Settings

    def left(self, active_s: float) -> float:
        """Share of the time that is left; not above 1, below 0 when it is over."""
        return 1 - active_s / (self.settings.hours * 3600)

    def rate(self, step: int, active_s: float) -> float:
        s = self.settings
        rate = s.lr * min(1.0, (step + 1) / max(1, s.warmup))
        if s.decay:
            rate *= min(1.0, max(0.0, self.left(active_s)) / s.decay)
        return rate


@dataclass
class Meters:
    """Running means for the log line."""

    loss: float = 0.0
    guide: float = 0.0
    tokens: int = 0
    steps: int = 0
    started: float = field(default_factory=time.monotonic)

    def add(self, loss: float, guide: float, tokens: int) -> None:
        self.steps += 1
        keep = min(0.98, 1 - 1 / self.steps)
        self.loss = keep * self.loss + (1 - keep) * loss
        self.guide = keep * self.guide + (1 - keep) * guide
        self.tokens += tokens


class Worker:
    """Computes gradients of batches; one in each process, all over the same parameters."""

    def __init__(
        self,
        settings: Settings,
        pairs: Pairs,
        vocabulary: Vocabulary,
        model: Any,
        tables: list[Tensor],
        first: int,
    ) -> None:
        self.settings, self.vocabulary, self.model, self.tables = (
            settings,
            vocabulary,
            model,
            tables,
        )
        self.device = next(model.parameters()).device
        self.pairs, self.done = pairs, 0
        rng = np.random.default_rng([settings.seed, first])
        self._plan = plan(pairs, max_len=settings.max_len, tokens=settings.tokens, rng=rng)
        self._candidates: Candidates | None = None
        if settings.sampled and tables:
            self._candidates = Candidates(tables, settings.sampled, settings.seed + first)

    def update(self, team: Team, rank: int) -> None:
        """Work on the batches of one update until none is left, adding into this rank's gradient."""
        count = self.settings.accumulate
        taken = -1
        while (number := team.take(count)) is not None:
            planned = next(itertools.islice(self._plan, number - taken - 1, None))
            taken = number
            sums = self._add_gradients(fill(self.pairs, self.vocabulary, planned))
            team.sums[rank] += torch.tensor(sums, dtype=torch.float64)
        if taken < count - 1:  # keep step with the batches that others took
            next(itertools.islice(self._plan, count - taken - 2, None))

    def _add_gradients(self, batch: Batch) -> tuple[float, float, float]:
        pad = self.vocabulary.pad_id
        source, target = batch.source.to(self.device), batch.target.to(self.device)
        guided = self.settings.guide > 0 and bool(self.tables)
        with torch.autocast(self.device.type, dtype=torch.bfloat16):
            out = self.model.model(
                input_ids=source,
                attention_mask=(source != pad).long(),
                decoder_input_ids=shift_right(target, pad),
                use_cache=False,
                output_attentions=guided,
            )
        wanted = target.reshape(-1)
        real = wanted != pad
        tokens = int(real.sum())
        hidden = out.last_hidden_state.flatten(0, 1).to(torch.bfloat16)[real]
        rivals = self._candidates and self._candidates.of(batch.direction, source, target)
        loss = LinearCrossEntropy.apply(
            hidden, self.model.lm_head.weight, wanted[real], SMOOTHING, CHUNK, rivals
        )
        total, guide = loss, 0.0
        if guided:
            table = self.tables[batch.direction]
            extra = guided_loss(table, source, target, out.cross_attentions[-1], pad)
            total, guide = loss + self.settings.guide * extra, extra.item()
        (total * tokens).backward()
        return loss.item() * tokens, guide * tokens, tokens


class Trainer:
    """One training run; ``run`` returns when the time is over or a SIGTERM or SIGINT came."""

    def __init__(
        self,
        settings: Settings,
        pairs: Pairs,
        vocabulary: Vocabulary,
        folder: Path,
        lexicon: Lexicon | None = None,
    ) -> None:
        self.settings, self.vocabulary, self.folder = settings, vocabulary, folder
        device = "cuda" if torch.cuda.is_available() else "cpu"
        self.workers = settings.workers or (1 if device == "cuda" else os.cpu_count() or 1)
        torch.manual_seed(settings.seed)
        if (folder / "config.json").exists():  # its form counts, not the settings
            model = model_like(folder)
        else:
            depth = (settings.encoder_layers, settings.decoder_layers)
            model = build_model(vocabulary.size, width=settings.width, depth=depth)
        self.model: Any = model.to(device).train()
        self.optimizers = build_optimizers(self.model, settings.lr)
        self.average, self.progress = checkpoint.resume(folder, self.model, self.optimizers, device)
        tables: list[Tensor] = []
        if lexicon is not None:
            tables = [torch.from_numpy(t).to(device) for t in (lexicon.en_zh, lexicon.zh_en)]
        first, pairs = self.progress["step"], pairs.only(settings.directions)
        self.worker = Worker(settings, pairs, vocabulary, self.model, tables, first)
        self.schedule, self.clock, self.meters = Schedule(settings), ActiveClock(), Meters()
        self._stop = False

    def run(self) -> None:
        """Updates until the time is over; saves now and then and at the end."""
        if self.workers > 1:
            torch.set_num_threads(1)
        team = form(self.model, self.workers)
        start_workers(team, lambda rank: self._follow(team, rank))
        bind_gradients(self.model, team.gradients[0])
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, self._on_signal)
        with bar("train") as show:
            self._lead(team, show)
        team.over[0] = 1
        team.meet()

    def _lead(self, team: Team, show: Callable[[float], None]) -> None:
        saved = begun = time.monotonic()
        over = False
        while not over:
            team.meet()
            self.worker.update(team, 0)
            team.meet()
            self._apply(team)
            now = time.monotonic()
            self.clock.add(now - begun)
            begun = now
            left = self.schedule.left(self.clock.active_s)
            show(1 - left)
            over = self._stop or left <= 0
            if over or now - saved > self.settings.save_minutes * 60:
                self.save()
                saved = begun = time.monotonic()

    def _follow(self, team: Team, rank: int) -> None:
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, signal.SIG_IGN)
        bind_gradients(self.model, team.gradients[rank])
        while True:
            team.meet()
            if team.over[0]:
                return
            self.worker.update(team, rank)
            team.meet()

    def _apply(self, team: Team) -> None:
        loss, guide, tokens = team.collect()
        if self.workers > 1:
            torch.set_num_threads(self.workers)  # the others sleep now
        self.model.lm_head.weight.grad[self.vocabulary.pad_id] = 0  # CTranslate2 starts from zero
        torch.nn.utils.clip_grad_norm_(trainable(self.model), 1.0)
        rate = self.schedule.rate(self.meters.steps, self.clock.active_s)
        for optimizer in self.optimizers:
            for group in optimizer.param_groups:
                group["lr"] = rate
            optimizer.step()
        team.gradients[0].zero_()
        self.progress["step"] += 1
        self.progress["seen"] += tokens
        self.meters.add(loss, guide, tokens)
        if self.meters.steps % AVERAGE_EVERY == 0:
            self._update_average()
        if self.meters.steps % 25 == 0:
            self._report(rate)
        if self.workers > 1:
            torch.set_num_threads(1)

    def _update_average(self) -> None:
        weight = min(1.0, AVERAGE_EVERY / self.settings.average_steps)
        if self.progress["step"] <= self.settings.average_steps:
            weight = 1.0  # from nothing: the first weights are no part of any average
        for name, value in self.model.state_dict().items():  # detached
            if value.is_floating_point():
                self.average[name].lerp_(value, weight)

    def _report(self, rate: float) -> None:
        m = self.meters
        speed = m.tokens / max(1e-9, self.clock.active_s)
        say(
            f"{time.strftime('%H:%M:%S')} step {self.progress['step']} loss {m.loss:.3f} "
            f"guide {m.guide:.3f} lr {rate:.6f} seen {self.progress['seen'] / 1e6:.2f}M "
            f"{speed:.0f} tokens/s left {self.schedule.left(self.clock.active_s):.3f}"
        )

    def save(self) -> None:
        """Write the checkpoint; ``folder`` then holds the averaged weights and the optimizer."""
        checkpoint.save(
            self.folder,
            self.model,
            self.average,
            self.optimizers,
            self.progress,
            self.vocabulary,
        )

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self._stop = True
