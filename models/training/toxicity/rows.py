"""Rows of the toxicity corpus: reading, label masks, weights and caps by source, cleaning that hides the source."""

import html
import json
import lzma
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["CAPS", "LABELS", "Row", "capped", "clean", "read_file", "read_folder", "targets"]

# Heads that the data can teach; everything else is masked for good.
LABELS = (
    "toxicity", "insult", "threat", "identity_attack", "profanity", "sexual", "self_harm", "spam",
)  # fmt: skip

# Most rows of a source an epoch sees: large sources with narrow style or noisy labels must not rule the model.
CAPS: Mapping[str, int] = {
    "davidson": 12_000,
    "madlibs": 2_000,
    "wiki_context": 14_000,
    "goemotions_clean": 19_000,
    "paradetox": 22_000,
    "conda": 14_000,
    "fbs_sms": 6_000,
}
# Ordinary posts: their "not toxic" is weak for one row, and right for nearly all of them.
CLEAN = frozenset({"chnci_clean", "ckend_weibo", "smp_weibo", "zh_reviews", "goemotions_clean"})
# Rows that no person labelled or wrote: by what their source's name begins with.
MADE_WEIGHTS = (("mt-", 0.3), ("proj-", 0.4), ("ads", 0.5))
WEAK_WEIGHT, NOT_HATE_WEIGHT, OTHER_WEIGHT = 0.7, 0.4, 0.3
# What nobody asked the annotators of these sources, and what their rows are (nearly) never.
ASSUMED: Mapping[str, tuple[str, ...]] = {
    # advertising and fraud by SMS, with a type for each row
    "fbs_sms": ("toxicity", "insult", "identity_attack", "sexual", "self_harm"),
    "chnci_clean": ("spam", "sexual", "self_harm"),
    "smp_weibo": ("spam", "sexual", "self_harm"),
    "ckend_weibo": ("spam",),
    "cold": ("self_harm",),
    "swsr": ("self_harm",),
    "zh_reviews": ("spam", "sexual", "self_harm"),
    "goemotions_clean": ("spam", "self_harm"),
}

# Advertising is the main reason for which a post is taken down without being toxic: the two must be kept apart.
ASSUMED_WEIGHTS: Mapping[tuple[str, str], float] = {("fbs_sms", "toxicity"): 1.0}

# Small sources that are closest to how people label at large count more.
SOURCE_WEIGHTS: Mapping[str, float] = {
    "jigsaw_multi": 4.0, "wiki_nonfuzzed": 3.0, "wiki_ak": 2.5, "hatexplain": 4.0, "surge": 2.0, "toxigen_demos": 2.0,
    "chsd": 4.0, "swsr": 2.5,
}  # fmt: skip

_MARKS = re.compile(
    r"\[(?:user|url|name|religion|removed|deleted)\]|<(?:user|url|number)>|\b(?:url|rt)\b(?= |:|$)|\bhttp\b",
    re.IGNORECASE,
)
_SPACES = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Row:
    """One labelled text. ``labels`` holds only what its source annotated; ``confidence``: gold, weak or aux."""

    text: str
    lang: str
    toxic: int
    labels: Mapping[str, int]
    source: str
    confidence: str = "gold"
    extra: Mapping[str, str] | None = None


def read_file(path: Path) -> Iterator[Row]:
    """Rows of one ``.jsonl`` or ``.jsonl.xz`` file. Raises ``ValueError`` for a line that is not a row."""
    opener = lzma.open if path.suffix == ".xz" else open
    with opener(path, "rt", encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            try:
                raw = json.loads(line)
                yield _row(raw)
            except (KeyError, TypeError, ValueError) as error:
                raise ValueError(f"{path.name} line {number} is not a row: {error!r}") from error


def read_folder(folder: Path, tiers: Sequence[str] = ("open", "unclear")) -> list[Row]:
    """Every row of ``<tier>-<source>.jsonl[.xz]`` for those tiers."""
    paths = sorted(p for p in folder.iterdir() if p.name.split("-")[0] in tiers)
    return [row for path in paths for row in read_file(path)]


def _row(raw: dict[str, object]) -> Row:
    labels = raw["labels"]
    if not isinstance(labels, dict):
        raise TypeError("labels is not an object")
    known = {"text", "lang", "toxic", "labels", "source", "conf"}
    extra = {k: str(v) for k, v in raw.items() if k not in known}
    return Row(
        text=str(raw["text"]),
        lang=str(raw["lang"]),
        toxic=int(str(raw["toxic"])),
        labels={str(k): int(v) for k, v in labels.items()},
        source=str(raw["source"]),
        confidence=str(raw.get("conf", "gold")),
        extra=extra or None,
    )


def clean(text: str) -> str:
    """The text without the marks a corpus put in (placeholders, HTML references): they would give the source away."""
    if "&" in text:
        text = html.unescape(text)
    return _SPACES.sub(" ", _MARKS.sub(" ", text)).strip()


def targets(row: Row) -> tuple[list[float], list[float]]:
    """Targets and weights, one for each of ``LABELS``; weight 0 masks a label.

    An attack on a group is toxic, whether or not the source says so. A source's "not hate" is weak evidence
    of a text that is not toxic, and none of one without profanity.
    """
    labels = dict(row.labels)
    base = _weight(row)
    values, weights = [0.0] * len(LABELS), [0.0] * len(LABELS)
    for column, name in enumerate(LABELS):
        if name in labels and not (name == "toxicity" and row.confidence == "aux"):
            values[column] = float(labels[name])
            weights[column] = base
    # Spoken lines and prose of the translation corpus sell nothing, and hardly ever speak of a crisis.
    made = row.source.startswith("proj-")
    assumed = ("spam", "self_harm") if made else ASSUMED.get(row.source, ())
    for name in assumed:
        if name not in labels:
            weights[LABELS.index(name)] = ASSUMED_WEIGHTS.get((row.source, name), OTHER_WEIGHT)
    hate, toxicity = LABELS.index("identity_attack"), LABELS.index("toxicity")
    if "sexism" in labels and "identity_attack" not in labels:
        values[hate], weights[hate] = float(labels["sexism"]), base
    if weights[toxicity] == 0.0 and weights[hate] > 0.0:
        values[toxicity] = values[hate]
        weights[toxicity] = weights[hate] * (1.0 if values[hate] else NOT_HATE_WEIGHT)
    return values, weights


def _weight(row: Row) -> float:
    for start, weight in MADE_WEIGHTS:
        if row.source.startswith(start):
            return weight
    weak = row.confidence == "weak" and row.source not in CLEAN
    return (WEAK_WEIGHT if weak else 1.0) * SOURCE_WEIGHTS.get(row.source, 1.0)


def capped(rows: Sequence[Row], seed: int) -> list[Row]:
    """At most ``CAPS`` rows of each source, chosen at random."""
    rng = random.Random(seed)
    by_source: dict[str, list[Row]] = {}
    for row in rows:
        by_source.setdefault(row.source, []).append(row)
    chosen: list[Row] = []
    for source, group in sorted(by_source.items()):
        cap = CAPS.get(source, len(group))
        chosen += group if len(group) <= cap else rng.sample(group, cap)
    return chosen
