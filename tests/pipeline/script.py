"""A scripted engine for pipeline tests: each model text has the answers it gives, try by try."""

from collections.abc import Callable, Sequence

from models.interfaces import Hypothesis
from service.domain import Lang, Translation, TranslationRequest
from service.pipeline.plan import Plan, Traits, Unit
from service.pipeline.translate import advance, finish, prepare

PLACEHOLDERS = tuple(f"⟦{i}⟧" for i in range(10))
BOTH = frozenset({("en", "zh"), ("zh", "en")})

Answer = Callable[[Unit], Sequence[str | Hypothesis] | None]


def traits(
    placeholders: tuple[str, ...] = PLACEHOLDERS,
    limit: int = 1000,
    directions: frozenset[tuple[str, str]] = BOTH,
    aligns: bool = False,
) -> Traits:
    return Traits(placeholders, limit, lambda text, lang: len(text), directions, aligns=aligns)


def hypotheses(texts: Sequence[str | Hypothesis] | None) -> list[Hypothesis] | None:
    """Hypotheses of what an answer says, best first; those that it gives itself as they are."""
    if texts is None:
        return None
    return [
        text if isinstance(text, Hypothesis) else Hypothesis(text, -0.1 * (i + 1), len(text))
        for i, text in enumerate(texts)
    ]


def request(text: str, target: Lang = Lang.ZH_HANS, **options: object) -> TranslationRequest:
    return TranslationRequest(text, target, **options)  # type: ignore[arg-type]  # test shorthand


def run(
    asked: TranslationRequest, answer: Answer, engine: Traits | None = None, tries: int = 20
) -> tuple[Translation, list[Unit]]:
    """The finished translation, and every unit that the engine was asked for, in order."""
    plan: Plan = prepare(asked, engine or traits(), beam_size=2)
    seen: list[Unit] = []
    while plan.pending:
        tries -= 1
        assert tries, "the ladder does not end"
        seen.extend(plan.pending)
        plan = advance(plan, [hypotheses(answer(unit)) for unit in plan.pending])
        assert "".join(asked.text[p.start : p.end] for p in plan.pieces) == asked.text
    return finish(plan), seen


def by_text(table: dict[str, Sequence[str] | str]) -> Answer:
    """Answers by model text; several are given try after try, the last one for ever."""
    given: dict[str, int] = {}

    def answer(unit: Unit) -> Sequence[str]:
        said = table[unit.segment.text]
        if isinstance(said, str):
            return [said]
        at = given.get(unit.segment.text, 0)
        given[unit.segment.text] = at + 1
        return [said[min(at, len(said) - 1)]]

    return answer
