"""Chinese rows from sentences of ours: abuse of one person, sexual talk that abuses nobody, plain posts beside both.

The sources hold debates on groups and next to no such post, so the words of the one were taken for signs of the other.
"""

import random
import tomllib
from collections.abc import Mapping, Sequence
from importlib.resources import files

from models.training.toxicity.rows import Row

__all__ = ["LABELS", "SOURCE", "load", "rows"]

SOURCE = "posts"
# Labels of each list of the data file: sexual talk is a category of its own and no abuse.
LABELS: Mapping[str, Mapping[str, int]] = {
    "abuse": {"toxicity": 1, "insult": 1, "sexual": 0, "self_harm": 0, "spam": 0},
    "lewd": {"toxicity": 0, "insult": 0, "identity_attack": 0, "sexual": 1, "self_harm": 0},
    "banter": {
        "toxicity": 0, "insult": 0, "identity_attack": 0, "sexual": 0, "self_harm": 0, "spam": 0,
    },
}  # fmt: skip
_ENDS = ("", "", "", "。", "！", "？", "～", "…", "哈哈", "[笑哭]", "😂", "🤣", "啊", "呢", "吧")


def load() -> dict[str, list[str]]:
    """The data file: for each list its sentences, and who ``{}`` may be in those of abuse."""
    text = files("models.training.toxicity").joinpath("data/posts.toml").read_text("utf-8")
    return tomllib.loads(text)


def rows(ordinary: Sequence[Row], each: int = 8, seed: int = 1) -> list[Row]:
    """``each`` rows a sentence: a third of them beside an ordinary post; with end marks as people type them."""
    data, rng, made = load(), random.Random(seed), []
    short = [row.text for row in ordinary if row.lang == "zh" and len(row.text) < 30] or [""]
    for name, labels in LABELS.items():
        for sentence in data[name]:
            for number in range(each):
                text = sentence.replace("{}", rng.choice(data["people"])) + rng.choice(_ENDS)
                if number % 3 == 2:
                    text = rng.choice(("，", " ", "")).join(
                        rng.sample([text, rng.choice(short)], 2)
                    )
                made.append(Row(text, "zh", labels["toxicity"], labels, SOURCE))
    return made
