"""Facts, hits and policies in few words, for policy tests. Hits name their terms, so no listed word is here."""

from collections.abc import Mapping
from typing import Any

from service.domain import Category, LexiconHit
from service.policy.facts import Facts
from service.policy.rules import Policy
from service.policy.schema import load_policy

TOXICITY, INSULT, THREAT = Category.TOXICITY, Category.INSULT, Category.THREAT


def hit(
    severity: int = 2, category: Category = INSULT, *, start: int = 0, end: int = 2, lang: str = "zh",
    views: tuple[str, ...] = (),
) -> LexiconHit:  # fmt: skip
    return LexiconHit(start, end, f"{lang}/{category}#1", "词", lang, category, severity, views)


def facts(lang: str = "en", text: str = "good morning", **known: Any) -> Facts:
    """Facts of a clean text; ``scores`` are by category name."""
    scores: Mapping[str, float | None] = known.pop("scores", {"toxicity": 0.01})
    opinion = known.pop("opinion", None)
    return Facts(
        text,
        lang,
        {Category(name): score for name, score in scores.items()},
        tuple(known.pop("hits", ())),
        None if opinion is None else {Category(name): score for name, score in opinion.items()},
        **known,
    )


def policy(rules: str, top: str = "") -> Policy:
    """A policy of TOML rules, each without its header, separated by blank lines; ``top`` goes before them."""
    blocks = [f"[[rules]]\n{block}" for block in rules.strip().split("\n\n")]
    return load_policy(top + "\n" + "\n\n".join(blocks), "test")


def one_rule(when: str, action: str = "block", top: str = "", **more: str) -> Policy:
    """A policy with the single rule ``r``."""
    keys = "\n".join(f'{key} = "{value}"' for key, value in more.items())
    return policy(
        f'id = "r"\naction = "{action}"\n{keys}\nwhen = {when}'.replace("\n\n", "\n"), top
    )
