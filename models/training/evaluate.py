"""BLEU and chrF on the development sets in both directions, of an engine or of anything else that translates."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import sacrebleu

from models.interfaces import DecodeOptions, Segment, TranslationEngine
from models.training.corpus import read_pairs
from models.training.functional import Answer, Check, run_checks
from models.training.progress import say, track
from models.training.shards import BOTH_WAYS

__all__ = ["Report", "Score", "answering", "evaluate", "score_set", "to_table", "translate"]

BATCH = 64


@dataclass(frozen=True, slots=True)
class Score:
    """One development set in one direction; ``lines`` were translated."""

    name: str
    direction: str
    lines: int
    bleu: float
    chrf: float


@dataclass(frozen=True)
class Report:
    """All that was measured about one model."""

    model: str
    beam_size: int
    scores: tuple[Score, ...]
    checks: tuple[Check, ...]

    def save(self, path: Path) -> None:
        text = json.dumps(asdict(self), ensure_ascii=False, indent=2) + "\n"
        path.write_text(text, encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> "Report":
        raw = json.loads(path.read_text(encoding="utf-8"))
        scores = tuple(Score(**s) for s in raw["scores"])
        checks = tuple(
            Check(c["name"], c["passed"], c["total"], tuple(c["failures"])) for c in raw["checks"]
        )
        return cls(raw["model"], raw["beam_size"], scores, checks)


def translate(
    engine: TranslationEngine, texts: Sequence[str], source: str, beam_size: int
) -> list[str]:
    """The best hypothesis of every text. An over-long text is cut at a blank or a clause mark."""
    target = "zh" if source == "en" else "en"
    options = DecodeOptions(beam_size=beam_size)
    pieces = [_cut(engine, text, source) for text in texts]
    flat = [Segment(p, source, target) for parts in pieces for p in parts]
    order = sorted(range(len(flat)), key=lambda i: len(flat[i].text))
    out = [""] * len(flat)
    for start in track(range(0, len(order), BATCH), f"{source}-{target}"):
        chosen = order[start : start + BATCH]
        results = engine.translate([flat[i] for i in chosen], options)
        for i, hypotheses in zip(chosen, results, strict=True):
            out[i] = hypotheses[0].text
    answers, at = [], 0
    for parts in pieces:
        answers.append(("" if target == "zh" else " ").join(out[at : at + len(parts)]))
        at += len(parts)
    return answers


def answering(engine: TranslationEngine, beam_size: int = 2) -> Answer:
    """The engine alone as something to evaluate."""
    return lambda texts, source: translate(engine, texts, source, beam_size)


def _cut(engine: TranslationEngine, text: str, source: str) -> list[str]:
    if engine.count_tokens(text, source) <= engine.info.max_input_tokens or len(text) < 2:
        return [text]
    middle = len(text) // 2
    marks = [i + 1 for i, c in enumerate(text[:-1]) if c in " ,;，；、。"]
    at = min(marks, key=lambda i: abs(i - middle), default=middle)
    return [*_cut(engine, text[:at], source), *_cut(engine, text[at:], source)]


def score_set(
    answer: Answer, path: Path, *, limit: int = 0, directions: Sequence[str] = BOTH_WAYS
) -> list[Score]:
    """One TSV file in both directions, or in those named; ``limit`` 0 takes every line."""
    pairs = list(read_pairs(path))[: limit or None]
    sides = {"en": [p[0] for p in pairs], "zh": [p[1] for p in pairs]}
    scores = []
    for source, target in (name.split("-") for name in sorted(directions)):
        answers = answer(sides[source], source)
        tokenizer = "zh" if target == "zh" else "13a"
        bleu = sacrebleu.corpus_bleu(answers, [sides[target]], tokenize=tokenizer).score
        chrf = sacrebleu.corpus_chrf(answers, [sides[target]]).score
        scores.append(
            Score(path.stem, f"{source}-{target}", len(pairs), round(bleu, 2), round(chrf, 2))
        )
    return scores


def evaluate(
    answer: Answer,
    dev: Path,
    *,
    model: str,
    beam_size: int,
    names: Sequence[str] = (),
    limit: int = 0,
    directions: Sequence[str] = BOTH_WAYS,
) -> Report:
    """Every ``*.tsv`` of a folder (or the named ones) and the functional checks, in the ``directions``.

    ``model`` and ``beam_size`` only go into the report; ``answering`` makes an ``answer`` of an engine.
    """
    paths = sorted(p for p in dev.glob("*.tsv") if not names or p.stem in names)
    if not paths:
        raise ValueError("no development set matches")
    scores: list[Score] = []
    for path in paths:
        found = score_set(answer, path, limit=limit, directions=directions)
        scores.extend(found)
        say(" | ".join(f"{s.name} {s.direction} {s.bleu:.1f} / {s.chrf:.1f}" for s in found))
    sources = [name.split("-")[0] for name in sorted(directions)]
    return Report(model, beam_size, tuple(scores), tuple(run_checks(answer, sources)))


def to_table(report: Report) -> str:
    """The report as two Markdown tables: scores (BLEU / chrF), a column for each direction, and checks."""
    names = sorted({s.name for s in report.scores})
    ways = sorted({s.direction for s in report.scores})
    cells = {(s.name, s.direction): s for s in report.scores}
    heads = " | ".join(f"{way.replace('-', '→')} BLEU / chrF" for way in ways)
    lines = [f"| set | lines | {heads} |", "|---|---:|" + "---:|" * len(ways)]
    for name in names:
        row = [cells[name, way] for way in ways]
        shown = " | ".join(f"{score.bleu:.1f} / {score.chrf:.1f}" for score in row)
        lines.append(f"| {name} | {row[0].lines} | {shown} |")
    lines += ["", "| check | passed | of | share |", "|---|---:|---:|---:|"]
    for check in report.checks:
        share = 100 * check.passed / max(1, check.total)
        lines.append(f"| {check.name} | {check.passed} | {check.total} | {share:.0f} % |")
    return "\n".join(lines) + "\n"
