"""What a model folder translates and how: read from its ``magpie.json``, or worked out from a Hugging Face folder."""

import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

__all__ = [
    "CHECKPOINT",
    "PLACEHOLDERS",
    "PROFILE_FILE",
    "Profile",
    "direction_name",
    "load_profile",
    "mean_score",
    "parse_direction",
    "save_profile",
]

PROFILE_FILE = "magpie.json"
CHECKPOINT = "checkpoint"  # a converted model may carry the folder it was made of under this name
PLACEHOLDERS = tuple(f"⟦{digit}⟧" for digit in range(10))

_CODES = {
    "en": "en", "eng": "en",
    "zh": "zh", "zho": "zh", "chi": "zh", "cmn": "zh", "cmn_Hans": "zh", "zho_Hans": "zh",
}  # fmt: skip
_TAGS = {
    "zh": (">>cmn_Hans<<", ">>zho<<", ">>zho_Hans<<", ">>cmn<<", ">>zh<<"),
    "en": (">>eng<<", ">>en<<"),
}
_NAMED_DIRECTION = re.compile(r"(?:^|[^a-z])(en|eng|zh|zho)-(en|eng|zh|zho)(?:[^a-z]|$)")


@dataclass(frozen=True, slots=True)
class Profile:
    """One model folder. ``target_tokens`` go before a source, by direction name (``en-zh``).

    ``max_input_tokens`` counts without control tokens; ``max_output_tokens`` is what the positions allow.
    ``length_penalty`` is the power of the length that the score of a finished beam is divided by (Wu et al. 2016, in
    the simpler form of OpenNMT and Hugging Face): over 1 favours longer outputs, as a young model needs.
    ``aligned``: the last decoder layer was taught to look at the words that it translates (guided alignment).
    """

    id: str
    directions: frozenset[tuple[str, str]]
    max_input_tokens: int
    max_output_tokens: int
    target_tokens: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)
    placeholders: tuple[str, ...] = ()
    licence: str = ""
    source: str = ""
    length_penalty: float = 1.0
    aligned: bool = False

    def prefix(self, source_lang: str, target_lang: str) -> tuple[str, ...]:
        """Control tokens before a source of this direction. Raises ``ValueError`` for one that is not served."""
        if (source_lang, target_lang) not in self.directions:
            served = ", ".join(sorted(direction_name(d) for d in self.directions))
            raise ValueError(
                f"model {self.id} does not translate {source_lang[:16]}-{target_lang[:16]}, only {served}"
            )
        return self.target_tokens.get(f"{source_lang}-{target_lang}", ())


def mean_score(score: float, tokens: int, length_penalty: float) -> float:
    """Mean log-probability a token, of a beam's ``score`` that was divided by ``tokens ** length_penalty``."""
    return min(score * math.pow(max(tokens, 1), length_penalty - 1.0), 0.0)


def direction_name(direction: tuple[str, str]) -> str:
    return f"{direction[0]}-{direction[1]}"


def parse_direction(name: str) -> tuple[str, str]:
    """``("en", "zh")`` of ``"en-zh"``. Raises ``ValueError`` for anything but English and Chinese."""
    source, _, target = name.partition("-")
    if {source, target} != {"en", "zh"}:
        raise ValueError(f"not a direction between en and zh: {name[:32]!r}")
    return source, target


def load_profile(folder: Path) -> Profile:
    """The profile of a model folder. Raises ``ValueError`` when it is unreadable or cannot be worked out."""
    places = [folder, folder.parent] if folder.name == CHECKPOINT else [folder]
    for place in places:
        if (place / PROFILE_FILE).is_file():
            return _from_json(place / PROFILE_FILE)
    return _derive(folder)


def save_profile(profile: Profile, folder: Path) -> None:
    content = {
        "id": profile.id,
        "directions": sorted(direction_name(d) for d in profile.directions),
        "target_tokens": {name: list(tokens) for name, tokens in profile.target_tokens.items()},
        "max_input_tokens": profile.max_input_tokens,
        "max_output_tokens": profile.max_output_tokens,
        "placeholders": list(profile.placeholders),
        "licence": profile.licence,
        "source": profile.source,
        "length_penalty": profile.length_penalty,
        "aligned": profile.aligned,
    }
    text = json.dumps(content, ensure_ascii=False, indent=2) + "\n"
    (folder / PROFILE_FILE).write_text(text, encoding="utf-8")


def _from_json(path: Path) -> Profile:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return Profile(
            id=str(content["id"]),
            directions=frozenset(parse_direction(name) for name in content["directions"]),
            target_tokens={
                name: tuple(tokens) for name, tokens in content.get("target_tokens", {}).items()
            },
            max_input_tokens=int(content["max_input_tokens"]),
            max_output_tokens=int(content["max_output_tokens"]),
            placeholders=tuple(content.get("placeholders", ())),
            licence=str(content.get("licence", "")),
            source=str(content.get("source", "")),
            length_penalty=float(content.get("length_penalty", 1.0)),
            aligned=content.get("aligned", False) is True,
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{path} is not a valid model profile: {error!r}") from error


def _derive(folder: Path) -> Profile:
    config = _read_object(folder / "config.json")
    if config.get("model_type") != "marian":
        raise ValueError(
            f"{folder} is neither a converted model nor a Hugging Face MarianMT folder"
        )
    tokenizer = _read_object(folder / "tokenizer_config.json", missing_ok=True)
    if tokenizer.get("separate_vocabs"):
        raise ValueError(f"{folder} has separate vocabularies, which are not supported")
    vocabulary = _read_object(folder / "vocab.json")
    generation = _read_object(folder / "generation_config.json", missing_ok=True)
    tags = {lang: next((t for t in names if t in vocabulary), "") for lang, names in _TAGS.items()}
    directions = _directions(folder, tokenizer, tags)
    target_tokens = {direction_name(d): (tags[d[1]],) for d in sorted(directions) if tags[d[1]]}
    positions = int(config.get("max_position_embeddings", 512))
    # A source takes its own pieces, at most one target token, and the end of sentence.
    return Profile(
        id=folder.resolve().name,
        directions=directions,
        target_tokens=target_tokens,
        max_input_tokens=positions - 2,
        max_output_tokens=positions - 1,
        placeholders=tuple(p for p in PLACEHOLDERS if p in vocabulary),
        licence=_card_licence(folder / "README.md"),
        length_penalty=float(generation.get("length_penalty") or 1.0),
    )


def _directions(
    folder: Path, tokenizer: Mapping[str, Any], tags: Mapping[str, str]
) -> frozenset[tuple[str, str]]:
    """From the tokenizer's languages, else the vocabulary's target tokens, else the folder's name."""
    sources = _languages(tokenizer.get("source_lang"))
    targets = _languages(tokenizer.get("target_lang"))
    if not (sources and targets):
        targets = {lang for lang, tag in tags.items() if tag}
        sources = {"en", "zh"} if targets else set()
    named = _NAMED_DIRECTION.search(folder.resolve().name)
    if not targets and named:
        sources, targets = {_CODES[named[1]]}, {_CODES[named[2]]}
    found = frozenset((s, t) for s in sources for t in targets if s != t)
    if not found:
        raise ValueError(
            f"cannot tell which way {folder} translates: give source_lang and target_lang in its "
            f"tokenizer_config.json, or a {PROFILE_FILE}"
        )
    return found


def _languages(value: object) -> set[str]:
    names: Iterable[str] = value.split("+") if isinstance(value, str) else ()
    return {_CODES[name] for name in names if name in _CODES}


def _card_licence(path: Path) -> str:
    """The ``license:`` line in a model card's front matter, or nothing."""
    if not path.is_file():
        return ""
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    if not lines or lines[0].strip() != "---":
        return ""
    for line in lines[1:]:
        key, _, value = line.partition(":")
        if line.strip() == "---":
            break
        if key == "license":
            return value.strip().strip("\"'")
    return ""


def _read_object(path: Path, *, missing_ok: bool = False) -> dict[str, Any]:
    if not path.is_file():
        if missing_ok:
            return {}
        raise ValueError(f"{path.parent} has no {path.name}")
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path} is not valid JSON") from error
    if not isinstance(content, dict):
        raise ValueError(f"{path} does not hold a JSON object")
    return content
