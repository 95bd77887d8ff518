"""A bench for moderation: the fake classifier, invented terms, a small policy, and a way to run plans by hand."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from models.fake_classifier import FakeClassifier
from models.interfaces import Scores
from service.domain import Lang, ModerationRequest, Translation, TranslationRequest, Verdict
from service.pipeline.moderate import advance, finish, prepare
from service.pipeline.moderation_plan import Ask, ModerationPlan, ModerationSetup
from service.policy.lexicon import load
from service.policy.matcher import Matcher
from service.policy.schema import load_policy

# Words of no language, so that no text holds one by chance.
TERMS = """\
id\tterm\tlanguage\tcategory\tseverity\tsource\tnote\tmatch
test/en#1\tzorgle\ten\tinsult\t3\ttests\tinvented\t
test/en#2\tblimp\ten\tprofanity\t1\ttests\tinvented, mild\t
test/zh#1\t咕噜怪\tzh\tinsult\t3\ttests\tinvented\t
"""

POLICY = """
mode = "live"
[thresholds.toxicity]
review = { en = 0.8, zh = 0.8 }
block = { en = 0.98, zh = 0.98 }
[thresholds.threat]
review = { en = 0.7, zh = 0.7 }
[thresholds.identity_attack]
review = { en = 0.8, zh = 0.8 }
[patterns]
link = 'https?://[a-z.]+'
[opinion]
enabled = true
[[rules]]
id = "toxic-clear"
action = "block"
when = { score = "toxicity", at_least = "toxicity.block" }
[[rules]]
id = "toxic"
action = "review"
when = { score = "toxicity", at_least = "toxicity.review" }
[[rules]]
id = "threat"
action = "review"
when = { score = "threat", at_least = "threat.review" }
[[rules]]
id = "hate"
action = "review"
when = { score = "identity_attack", at_least = "identity_attack.review" }
[[rules]]
id = "severe-term"
action = "review"
when = { lexicon = "any", min_severity = 3 }
[[rules]]
id = "link"
action = "review"
category = "spam"
when = { all = [{ pattern = "link" }, { context = "account_age_days", below = 2 }] }
"""

Translate = Callable[[TranslationRequest], Translation | None]


def setup(
    *, second_opinion: bool = False, policy: str = POLICY, **classifier: Any
) -> ModerationSetup:
    """Everything a plan needs; ``classifier`` are options of the fake one."""
    return ModerationSetup(
        Matcher(load([TERMS.encode()], bundled=False)),
        {"test": load_policy(policy, "test")},
        "test",
        FakeClassifier(**classifier).info,
        second_opinion,
    )


def scores(**known: float) -> Callable[[Ask], Scores]:
    """A classifier that gives every text the same scores."""
    from models.classification.categories import CATEGORIES

    return lambda ask: tuple(known.get(name, 0.0) for name in CATEGORIES)


def judge(
    text: str,
    classify: Callable[[Ask], Scores | None] | None = None,
    translate: Translate | None = None,
    bench: ModerationSetup | None = None,
    **options: Any,
) -> tuple[Verdict, list[list[Ask]]]:
    """The verdict on one text, and what the classifier was asked, round by round. By default the fake one answers."""
    bench = bench or setup()
    fake = FakeClassifier(max_input_chars=bench.info.max_input_chars)
    plan: ModerationPlan = prepare(ModerationRequest(text, **options), bench)
    rounds: list[list[Ask]] = []
    while plan.pending:
        assert len(rounds) < 4, "the plan does not end"
        rounds.append(list(plan.asks))
        answers: list[Scores | None] = [
            classify(ask) if classify else fake.classify([ask.text], [ask.lang])[0]
            for ask in plan.asks
        ]
        readings = [translate(one) if translate else None for one in plan.translations]
        plan = advance(plan, bench, answers, readings)
    return finish(plan, bench), rounds


def by_target(texts: Mapping[Lang, str], warnings: Sequence[Any] = ()) -> Translate:
    """A translator that knows one text for each target language, as one segment."""
    from service.domain import TranslatedSegment

    def translate(asked: TranslationRequest) -> Translation | None:
        text = texts.get(asked.target_lang)
        if text is None:
            return None
        segment = TranslatedSegment(0, len(asked.text), 0, len(text), -0.1)
        return Translation(
            text, None, asked.target_lang, None, (segment,), warnings=tuple(warnings)
        )

    return translate
