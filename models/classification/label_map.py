"""From a checkpoint's labels to our categories: label maps as TOML, those we know, and scores made of logits."""

import math
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from models.classification.categories import CATEGORIES, LANGUAGES
from models.interfaces import Scores

__all__ = [
    "BUILT_IN",
    "LABEL_MAP_FILE",
    "Calibration",
    "Head",
    "LabelMap",
    "find_label_map",
    "parse_label_map",
]

LABEL_MAP_FILE = "label_map.toml"

# By hub id. A number is the place of a label, for checkpoints whose labels have no names of their own.
BUILT_IN: Mapping[str, str] = {
    # https://huggingface.co/unitary/toxic-bert: the six labels of Jigsaw's Toxic Comment Classification Challenge.
    "unitary/toxic-bert": """\
id = "unitary/toxic-bert"
activation = "sigmoid"
languages = ["en"]
licence = "Apache-2.0"

[labels]
toxic = "toxicity"
severe_toxic = "severe_toxicity"
obscene = "profanity"
threat = "threat"
insult = "insult"
identity_hate = "identity_attack"
""",
    # Deng et al. 2022, arXiv:2201.06025; its card: 0 is not offensive, 1 is offensive.
    "thu-coai/roberta-base-cold": """\
id = "thu-coai/roberta-base-cold"
activation = "softmax"
languages = ["zh"]

[labels]
0 = []
1 = "toxicity"
""",
    # https://huggingface.co/textdetox/xlmr-large-toxicity-classifier-v2: 0 is neutral, 1 is toxic.
    "textdetox/xlmr-large-toxicity-classifier-v2": """\
id = "textdetox/xlmr-large-toxicity-classifier-v2"
activation = "softmax"
languages = ["en", "zh"]
licence = "openrail++"

[labels]
0 = []
1 = "toxicity"
""",
}

_KEYS = frozenset(
    {"id", "activation", "languages", "licence", "source", "max_input_tokens", "labels", "calibration"}
)  # fmt: skip
_EDGE = 1e-7  # keeps the logarithm of odds finite


@dataclass(frozen=True, slots=True)
class Calibration:
    """Platt scaling, ``sigmoid(scale * logit(p) + offset)`` (Platt 1999)."""

    scale: float = 1.0
    offset: float = 0.0

    def apply(self, probability: float) -> float:
        if (self.scale, self.offset) == (1.0, 0.0):
            return probability
        inside = min(max(probability, _EDGE), 1 - _EDGE)
        return _sigmoid(self.scale * math.log(inside / (1 - inside)) + self.offset)


@dataclass(frozen=True, slots=True)
class LabelMap:
    """One label map file. ``labels`` gives each label of the checkpoint its categories, none to leave it out.

    ``max_input_tokens`` 0 means what the checkpoint allows. ``calibration`` is by language and category.
    """

    activation: str  # "sigmoid": each label for itself; "softmax": one of them
    languages: tuple[str, ...]
    labels: Mapping[str, tuple[str, ...]] = field(hash=False)
    calibration: Mapping[tuple[str, str], Calibration] = field(default_factory=dict, hash=False)
    max_input_tokens: int = 0
    id: str = ""
    licence: str = ""
    source: str = ""

    def supported(self) -> frozenset[tuple[str, str]]:
        categories = {category for found in self.labels.values() for category in found}
        return frozenset((lang, category) for lang in self.languages for category in categories)

    def bind(self, checkpoint_labels: Sequence[str]) -> "Head":
        """The map for a checkpoint with these labels, in their order.

        Raises ``ValueError`` when one of them is not in the map, or the map has one that is not there.
        """
        places = {str(place): place for place in range(len(checkpoint_labels))}
        places |= {label: place for place, label in enumerate(checkpoint_labels)}
        listed = ", ".join(checkpoint_labels)
        unknown = [label for label in self.labels if label not in places]
        if unknown:
            raise ValueError(f"the checkpoint has no label {unknown[0]!r}; it has {listed}")
        mapped = {places[label]: categories for label, categories in self.labels.items()}
        missing = [label for place, label in enumerate(checkpoint_labels) if place not in mapped]
        if missing:
            raise ValueError(
                f"the label map says nothing about {missing[0]!r} (the checkpoint has {listed}); "
                "give it no category, [], to leave it out"
            )
        if self.activation == "softmax" and len(checkpoint_labels) < 2:
            raise ValueError("softmax over one label is always 1; the activation must be sigmoid")
        columns = (
            tuple(place for place, found in mapped.items() if category in found)
            for category in CATEGORIES
        )
        return Head(self, tuple(columns))


@dataclass(frozen=True, slots=True)
class Head:
    """A label map bound to one checkpoint. ``columns`` are the places of the labels of each of ``CATEGORIES``."""

    label_map: LabelMap
    columns: tuple[tuple[int, ...], ...]

    def probabilities(self, logits: Sequence[float]) -> Scores:
        """Of each category, before calibration. Raises ``RuntimeError`` for logits that are not numbers."""
        if not all(map(math.isfinite, logits)):
            raise RuntimeError("the checkpoint's output is not a number")
        if self.label_map.activation == "softmax":  # labels exclude each other: theirs add up
            shares = _softmax(logits)
            return tuple(
                min(sum(shares[place] for place in places), 1.0) if places else None
                for places in self.columns
            )
        return tuple(
            _sigmoid(max(logits[place] for place in places)) if places else None
            for places in self.columns
        )

    def calibrate(self, probabilities: Scores, lang: str) -> Scores:
        """Scores for a text in that language: None everywhere for one that the checkpoint does not serve."""
        if lang not in self.label_map.languages:
            return (None,) * len(CATEGORIES)
        scales = self.label_map.calibration
        return tuple(
            None if p is None else scales.get((lang, category), Calibration()).apply(p)
            for category, p in zip(CATEGORIES, probabilities, strict=True)
        )


def find_label_map(folder: Path, given: str | Path | None = None) -> LabelMap:
    """The one that is given, by built-in name or as a file, else the folder's own. Raises ``ValueError``."""
    if given is not None and str(given) in BUILT_IN:
        return parse_label_map(BUILT_IN[str(given)], str(given))
    path = folder / LABEL_MAP_FILE if given is None else Path(given)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(
            f"{path} cannot be read ({type(error).__name__}): a classifier folder needs a {LABEL_MAP_FILE}, "
            f"or name a built-in one: {', '.join(BUILT_IN)}"
        ) from error
    return parse_label_map(text, str(path))


def parse_label_map(text: str, name: str) -> LabelMap:
    """A label map of its TOML. Raises ``ValueError`` that names the file and the field."""
    try:
        return _label_map(tomllib.loads(text))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        reason = f"{error.args[0]!r} is missing" if isinstance(error, KeyError) else str(error)
        raise ValueError(f"{name} is not a label map: {reason}") from error


def _label_map(raw: Mapping[str, Any]) -> LabelMap:
    unknown = sorted(set(raw) - _KEYS)
    if unknown:
        raise ValueError(f"unknown key {unknown[0]!r}; known: {', '.join(sorted(_KEYS))}")
    labels = {
        str(label): _known(CATEGORIES, [found] if isinstance(found, str) else found, "category")
        for label, found in raw["labels"].items()
    }
    if not any(labels.values()):
        raise ValueError("no label has a category")
    languages = _known(LANGUAGES, raw["languages"], "language")
    if not languages:
        raise ValueError("languages is empty")
    return LabelMap(
        activation=_known(("sigmoid", "softmax"), [raw["activation"]], "activation")[0],
        languages=languages,
        labels=labels,
        calibration=dict(_calibrations(raw.get("calibration", {}))),
        max_input_tokens=int(raw.get("max_input_tokens", 0)),
        id=str(raw.get("id", "")),
        licence=str(raw.get("licence", "")),
        source=str(raw.get("source", "")),
    )


def _calibrations(raw: Mapping[str, Any]) -> Iterable[tuple[tuple[str, str], Calibration]]:
    for lang, categories in raw.items():
        for category, values in categories.items():
            _known(LANGUAGES, [lang], "language")
            _known(CATEGORIES, [category], "category")
            made = Calibration(float(values["scale"]), float(values["offset"]))
            if not (math.isfinite(made.scale) and math.isfinite(made.offset) and made.scale > 0):
                raise ValueError(f"calibration.{lang}.{category}: scale must be over 0")
            yield (lang, category), made


def _known(known: Sequence[str], found: Sequence[str], what: str) -> tuple[str, ...]:
    for name in found:
        if name not in known:
            raise ValueError(f"unknown {what} {name!r}; known: {', '.join(known)}")
    return tuple(found)


def _sigmoid(value: float) -> float:
    if value >= 0:
        return 1 / (1 + math.exp(-value))
    odds = math.exp(value)
    return odds / (1 + odds)


def _softmax(values: Sequence[float]) -> list[float]:
    top = max(values)
    powers = [math.exp(value - top) for value in values]
    total = sum(powers)
    return [power / total for power in powers]
