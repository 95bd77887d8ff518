"""Sequence-level distillation (Kim and Rush 2016): a teacher's translations of the training sources.

Of the teacher's n-best list the hypothesis nearest to the reference is taken (sentence chrF), which keeps the
teacher's regularity and drops most of its mistakes.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from models.interfaces import DecodeOptions, Hypothesis, Segment, TranslationEngine
from models.training.chrf import SentenceChrf
from models.training.corpus import widen
from models.training.functional import loops
from models.training.parts import PART, run_parts
from models.training.shards import EN_TO_ZH, ZH_TO_EN, Pairs, PairsBuilder
from models.training.vocabulary import Ids, Vocabulary

__all__ = ["Choice", "Task", "distil", "tasks_of"]

MAX_TOKENS = 62
_LANGS = {EN_TO_ZH: ("en", "zh"), ZH_TO_EN: ("zh", "en")}


@dataclass(frozen=True)
class Choice:
    """How to search and what to take. A sentence whose best hypothesis is under ``min_chrf`` is left out,
    or goes in with its reference when ``keep_reference`` is set."""

    beam_size: int = 4
    hypotheses: int = 4
    min_chrf: float = 0.0
    keep_reference: bool = False


@dataclass(frozen=True, slots=True)
class Task:
    """One distinct source and reference to translate in ``direction``; it stands ``times`` times in the data."""

    row: int
    direction: int
    times: int


def tasks_of(pairs: Pairs, directions: Sequence[int], *, limit: int, seed: int) -> list[Task]:
    """All distinct pairs in each direction they may train, in random order; ``limit`` 0 takes all."""
    found: dict[tuple[bytes, bytes, int], list[int]] = {}
    for row in range(len(pairs)):
        en, zh = pairs.pair(row)
        for direction in directions:
            if int(pairs.use[row]) & direction:
                found.setdefault((en.tobytes(), zh.tobytes(), direction), []).append(row)
    tasks = [Task(rows[0], key[2], len(rows)) for key, rows in found.items()]
    random.Random(seed).shuffle(tasks)
    return tasks[: limit or None]


def distil(
    pairs: Pairs,
    vocabulary: Vocabulary,
    teacher: TranslationEngine,
    output: Path,
    *,
    choice: Choice = Choice(),
    directions: Sequence[int] = (EN_TO_ZH, ZH_TO_EN),
    limit: int = 0,
    seed: int = 1,
    minutes: float = 0.0,
    part: int = PART,
) -> Pairs:
    """Write a shard with the teacher's targets for the sources of ``pairs``; each row trains one direction.

    A direction that the teacher does not serve is left out. Any start of the work is a random sample, so a run that
    ``minutes`` cuts short is useful. Raises ``ValueError`` when the teacher serves none of the directions.
    """
    served = [d for d in directions if _LANGS[d] in teacher.info.directions]
    if not served:
        raise ValueError(f"the teacher {teacher.info.id} serves none of the directions")
    tasks = tasks_of(pairs, served, limit=limit, seed=seed)
    settings = {
        "work": "distil", "teacher": teacher.info.id, "sha256": teacher.info.sha256, "beam": choice.beam_size,
        "hypotheses": choice.hypotheses, "min_chrf": choice.min_chrf, "reference": choice.keep_reference,
        "directions": served, "seed": seed, "pairs": len(pairs),
    }  # fmt: skip
    work = partial(_part, pairs, vocabulary, teacher, choice, tasks)
    return run_parts(
        output, len(tasks), work, settings=settings, what="distil", minutes=minutes, size=part
    )


def _part(
    pairs: Pairs,
    vocabulary: Vocabulary,
    teacher: TranslationEngine,
    choice: Choice,
    tasks: Sequence[Task],
    numbers: range,
) -> Pairs:
    builder = PairsBuilder(pairs.names)
    for direction, langs in _LANGS.items():
        mine = [tasks[n] for n in numbers if tasks[n].direction == direction]
        sides = [_sides(pairs, task) for task in mine]
        texts = [(vocabulary.decode(s), vocabulary.decode(r)) for s, r in sides]
        chosen = _choose(teacher, langs, texts, choice)
        encoded = vocabulary.encode(chosen)
        for task, (source, reference), text, ids in zip(mine, sides, chosen, encoded, strict=True):
            target = ids if text and 0 < len(ids) <= MAX_TOKENS else None
            if target is None and choice.keep_reference:
                target = reference
            if target is not None:
                _add(builder, task, source, target, int(pairs.source[task.row]))
    return builder.build()


def _sides(pairs: Pairs, task: Task) -> tuple[Ids, Ids]:
    en, zh = pairs.pair(task.row)
    return (en, zh) if task.direction == EN_TO_ZH else (zh, en)


def _add(builder: PairsBuilder, task: Task, source: Ids, target: Ids, origin: int) -> None:
    en, zh = (source, target) if task.direction == EN_TO_ZH else (target, source)
    for _ in range(task.times):
        builder.add(en, zh, task.direction, origin)


def _choose(
    teacher: TranslationEngine,
    langs: tuple[str, str],
    texts: Sequence[tuple[str, str]],
    choice: Choice,
) -> list[str]:
    """The hypothesis nearest to each reference; empty where none will do or the source is too long."""
    longest = teacher.info.max_input_tokens
    fits = [
        n for n, (text, _) in enumerate(texts) if teacher.count_tokens(text, langs[0]) <= longest
    ]
    options = DecodeOptions(
        beam_size=max(choice.beam_size, choice.hypotheses), num_hypotheses=choice.hypotheses
    )
    answers = teacher.translate([Segment(texts[n][0], *langs) for n in fits], options)
    best = [""] * len(texts)
    for n, hypotheses in zip(fits, answers, strict=True):
        source, reference = texts[n]
        found = [widen(h.text) if langs[1] == "zh" else h.text for h in _whole(hypotheses)]
        best[n] = _nearest(found, source, reference, choice.min_chrf)
    return best


def _whole(hypotheses: Sequence[Hypothesis]) -> list[Hypothesis]:
    return [h for h in hypotheses if h.text and not h.truncated]


def _nearest(texts: Sequence[str], source: str, reference: str, min_chrf: float) -> str:
    scorer = SentenceChrf(reference)
    scored = [
        (scorer.score(text), -rank, text)
        for rank, text in enumerate(texts)
        if not loops(text, source)
    ]
    score, _, text = max(scored, default=(0.0, 0, ""))
    return text if score >= min_chrf else ""
