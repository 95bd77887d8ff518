"""Which rules are judged at all: leaving the others out never changes a decision."""

import random
from copy import copy

import pytest

from service.domain import Category, LexiconHit
from service.policy.evaluate import evaluate
from service.policy.facts import LANGUAGES, Facts
from service.policy.needs import Signals
from service.policy.rules import Policy
from service.policy.schema import PRESETS, preset
from tests.policy.making import facts, hit, one_rule, policy

# Every kind of condition, alone and inside others.
MIXED = policy(
    """
id = "near"
action = "block"
when = { score = ["threat", "insult"], at_least = { en = 0.5, zh = 0.7 }, margin = 0.1 }

id = "either"
action = "review"
when = { any = [{ score = "self_harm", at_least = 0.6 }, { lexicon = "self_harm", min_severity = 3 }] }

id = "both"
action = "block"
[rules.when]
all = [
  { lexicon = ["insult"], min_severity = 2 },
  { score = "toxicity", at_least = 0.4 },
  { score = "insult", at_least = 0.3 },
]

id = "named"
action = "review"
mode = "shadow"
when = { all = [{ rule = "both" }, { language = ["zh", "mixed"] }] }

id = "hidden"
action = "review"
when = { lexicon = ["insult", "threat"], transformed = "only" }

id = "two"
action = "review"
when = { count = 2, of = [{ score = "toxicity", at_least = 0.3 }, { lexicon = ["threat"] }, { pattern = "number" }] }

id = "link"
action = "review"
when = { all = [{ pattern = "number" }, { not = { context = "role", is = "staff" } }] }

id = "young"
action = "review"
[rules.when]
all = [
  { context = "age", below = 5 },
  { any = [{ pattern = "number" }, { score = "spam", at_least = 0.2 }] },
]

id = "english-only"
action = "review"
when = { score = "sexual", at_least = { en = 0.5 } }
""",
    top="[patterns]\nnumber = '[0-9]{5}'\n[opinion]\nenabled = true\n",
)
POLICIES = [MIXED, *map(preset, PRESETS)]


class _Everything:
    """Signals of somebody who leaves no rule out."""

    def __init__(self, real: Signals) -> None:
        self._real = real
        self.every = self.looking = real.every | (1 << len(real.of_rule) * 16)
        self.of_rule = tuple(self.every for _ in real.of_rule)
        self.matching = 0

    def look(self, about: Facts) -> tuple[int, bool]:
        return self.every, self._real.look(about)[1]


def _leaving_nothing_out(policy: Policy) -> Policy:
    found = copy(policy)
    signals = {lang: _Everything(one) for lang, one in policy.signals.items()}
    object.__setattr__(found, "signals", signals)
    return found


def _hits(rng: random.Random) -> list[LexiconHit]:
    return [
        hit(
            rng.randint(1, 3),
            rng.choice(list(Category)),
            start=3 * at,
            end=3 * at + 2,
            views=rng.choice([(), ("width",), ("leet",), ("separators", "leet")]),
        )
        for at in range(rng.choice([0, 0, 1, 2, 4]))
    ]


def _score(rng: random.Random) -> float | None:
    odd = rng.random()
    if odd < 0.05:
        return None
    if odd < 0.07:
        return rng.choice([float("nan"), -0.1, 1.5])
    return round(rng.random() ** 3, 2)


@pytest.mark.parametrize("policy", POLICIES, ids=lambda one: one.name)
def test_leaving_rules_out_changes_no_decision(policy: Policy) -> None:
    rng = random.Random(len(policy.rules))
    everything = _leaving_nothing_out(policy)
    flagged = 0
    for _ in range(800):
        about = facts(
            rng.choice(LANGUAGES),
            rng.choice(
                ["good morning", "call 12345 now", "加微信 abc12345", "私信我下单 www.a.com"]
            ),
            scores={one.value: _score(rng) for one in Category},
            hits=_hits(rng),
            opinion=rng.choice([None, None, {one.value: _score(rng) for one in Category}]),
            context=rng.choice([{}, {"role": "staff"}, {"age": "3", "account_age_days": "1"}]),
            classifier_ok=rng.random() > 0.05,
            complete=rng.random() > 0.05,
        )
        found = evaluate(policy, about)
        assert repr(found) == repr(evaluate(everything, about))
        flagged += bool(found.reasons or found.shadow)
    assert flagged > 80


def test_an_ordinary_post_needs_no_rule() -> None:
    ordinary = facts("en", scores={one.value: 0.01 for one in Category})
    for lang in ("en", "zh"):
        signals = preset("default").signals[lang]
        ways, known = signals.look(ordinary)
        assert known
        assert not ways & ~signals.matching


@pytest.mark.parametrize(
    ("when", "known", "judged"),
    [
        ('{ score = "toxicity", at_least = 0.5 }', {"scores": {"toxicity": 0.5}}, True),
        ('{ score = "toxicity", at_least = 0.5 }', {"scores": {"toxicity": 0.49}}, False),
        ('{ score = "toxicity", at_least = 0.5, margin = 0.02 }', {"scores": {"toxicity": 0.49}}, True),
        ('{ score = "toxicity", at_least = { zh = 0.5 } }', {"scores": {"toxicity": 0.9}}, False),
        ('{ lexicon = "insult", min_severity = 2 }', {"hits": [hit(2)]}, True),
        ('{ lexicon = "insult", min_severity = 2 }', {"hits": [hit(1)]}, False),
        ('{ lexicon = "insult", transformed = "only" }', {"hits": [hit(2)]}, False),
        ('{ lexicon = "insult", transformed = "only" }', {"hits": [hit(2, views=("leet",))]}, True),
        ('{ not = { language = "zh" } }', {}, True),
    ],
)  # fmt: skip
def test_what_a_rule_cannot_do_without(when: str, known: dict[str, object], judged: bool) -> None:
    one = one_rule(when)
    assert bool(one.signals["en"].look(facts("en", **known))[0]) is judged
