"""Translation with a verdict on both sides: a clean text must not come out toxic if another hypothesis is clean."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Protocol

from service.domain import (
    Category,
    ModerationRequest,
    Translation,
    TranslationRequest,
    TranslationWarning,
    Verdict,
    WarningCode,
)
from service.pipeline.drivers import Timings, TranslationService
from service.pipeline.moderation_service import ModerationService
from service.pipeline.plan import Done, Plan
from service.pipeline.translate import finish

__all__ = ["AddedToxicity", "ModeratedTranslation", "ModeratedTranslator", "is_toxic"]

# Hypotheses to choose from when the best one is toxic and its source is not.
_HYPOTHESES = 5
# A longer text is not decoded again: with this many hypotheses it would take the time of many requests.
_MAX_SEGMENTS = 32
_LIVE = "live"


class AddedToxicity(StrEnum):
    """Whether the translation was worse than its source."""

    NONE = "none"
    AVOIDED = "avoided"  # the best hypothesis was toxic; another one, which is not, was used
    KEPT = "kept"  # no hypothesis was clean; the translation carries a warning


@dataclass(frozen=True, slots=True)
class ModeratedTranslation:
    """A translation, the verdicts on its source and on itself, and what was done about toxicity it would have added."""

    translation: Translation
    source: Verdict
    target: Verdict
    added: AddedToxicity


class WarningObserver(Protocol):
    """What is told to metrics; satisfied by ``service.metrics.Metrics``."""

    def warning(self, code: WarningCode) -> None: ...


def is_toxic(verdict: Verdict) -> bool:
    """Whether a rule objects to what the text says, and not to its language, or to advertising.

    A policy in shadow mode objects to nothing: what it says is recorded, and changes no translation.
    """
    return verdict.mode == _LIVE and any(
        reason.category not in (None, Category.SPAM) for reason in verdict.reasons
    )


class ModeratedTranslator:
    """Translates like the translation service, and judges both sides."""

    def __init__(
        self,
        translator: TranslationService,
        moderator: ModerationService,
        observer: WarningObserver,
    ) -> None:
        self._translator = translator
        self._moderator = moderator
        self._observer = observer

    async def translate(
        self,
        requests: Sequence[TranslationRequest],
        *,
        policy: str,
        deadline: float,
        timings: Timings | None = None,
    ) -> list[ModeratedTranslation]:
        """One answer for each request, in order. Raises what translating and moderating raise."""
        self._moderator.setup.policy(policy)  # unknown: an error before any work
        translations = await self._translator.translate(
            requests, deadline=deadline, timings=timings
        )
        sources = [
            ModerationRequest(r.text, r.source_lang, policy, decode=r.decode) for r in requests
        ]
        targets = [ModerationRequest(t.text, t.target_lang, policy) for t in translations]
        verdicts = await self._moderator.moderate([*sources, *targets], deadline=deadline)
        answers = [
            ModeratedTranslation(translation, source, target, AddedToxicity.NONE)
            for translation, source, target in zip(
                translations, verdicts[: len(requests)], verdicts[len(requests) :], strict=True
            )
        ]
        for at, answer in enumerate(answers):
            if is_toxic(answer.target) and not is_toxic(answer.source):
                answers[at] = await self._improve(requests[at], answer, policy, deadline)
        return await self._without_toxic_alternatives(requests, answers, policy, deadline)

    async def _improve(
        self,
        request: TranslationRequest,
        answer: ModeratedTranslation,
        policy: str,
        deadline: float,
    ) -> ModeratedTranslation:
        """The first translation without the toxicity, else the one that is there, with a warning."""
        if len(answer.translation.segments) <= _MAX_SEGMENTS:
            wide = replace(request, alternatives=max(request.alternatives, _HYPOTHESES - 1))
            [plan] = await self._translator.decode([wide], deadline=deadline)
            candidates = await self._candidates(replace(plan, request=request), policy, deadline)
            verdicts = await self._judge(
                [one.text for one in candidates], request, policy, deadline
            )
            for candidate, verdict in zip(candidates, verdicts, strict=True):
                if not is_toxic(verdict):
                    return ModeratedTranslation(
                        candidate, answer.source, verdict, AddedToxicity.AVOIDED
                    )
        self._observer.warning(WarningCode.ADDED_TOXICITY)
        noted = (*answer.translation.warnings, _warning(request.text))
        kept = replace(answer.translation, warnings=noted)
        return ModeratedTranslation(kept, answer.source, answer.target, AddedToxicity.KEPT)

    async def _without_toxic_alternatives(
        self,
        requests: Sequence[TranslationRequest],
        answers: Sequence[ModeratedTranslation],
        policy: str,
        deadline: float,
    ) -> list[ModeratedTranslation]:
        """The answers, of clean sources without the alternatives that are toxic; a warning names each of these."""
        asked = [
            (at, text)
            for at, answer in enumerate(answers)
            if not is_toxic(answer.source)
            for text in answer.translation.alternatives
        ]
        if not asked:
            return list(answers)
        wanted = [
            ModerationRequest(text, requests[at].target_lang, policy, explain=False)
            for at, text in asked
        ]
        toxic: dict[int, list[bool]] = {}
        verdicts = await self._moderator.moderate(wanted, deadline=deadline)
        for (at, _), verdict in zip(asked, verdicts, strict=True):
            toxic.setdefault(at, []).append(is_toxic(verdict))
        done = list(answers)
        for at, flags in toxic.items():
            done[at] = replace(
                answers[at],
                translation=self._drop(answers[at].translation, flags, requests[at].text),
            )
        return done

    def _drop(self, translation: Translation, toxic: Sequence[bool], source: str) -> Translation:
        """The translation without its toxic alternatives."""
        if True not in toxic:
            return translation
        warnings = list(translation.warnings)
        for number, bad in enumerate(toxic, 1):
            if bad:
                self._observer.warning(WarningCode.TOXIC_ALTERNATIVE)
                warnings.append(_dropped(number, source))
        kept = (text for text, bad in zip(translation.alternatives, toxic, strict=True) if not bad)
        return replace(translation, alternatives=tuple(kept), warnings=tuple(warnings))

    async def _candidates(self, plan: Plan, policy: str, deadline: float) -> list[Translation]:
        """Translations to try, without repeats: only the toxic sentences changed, then all of them, rank by rank."""
        pieces = [piece for piece in plan.pieces if isinstance(piece, Done)]
        texts = [hypothesis.text for piece in pieces for hypothesis in piece.hypotheses]
        verdicts = iter(await self._judge(texts, plan.request, policy, deadline))
        mended: dict[int, int] = {}
        for piece in pieces:
            toxic = [is_toxic(next(verdicts)) for _ in piece.hypotheses]
            if False in toxic:
                mended[piece.start] = toxic.index(False)
        ranks = range(max((len(piece.hypotheses) for piece in pieces), default=0))
        choices = [mended, *({piece.start: rank for piece in pieces} for rank in ranks)]
        found: dict[str, Translation] = {}
        for choice in choices:
            one = finish(plan, choice)
            found.setdefault(one.text, one)
        return list(found.values())

    async def _judge(
        self, texts: Sequence[str], request: TranslationRequest, policy: str, deadline: float
    ) -> list[Verdict]:
        wanted = [
            ModerationRequest(text, request.target_lang, policy, explain=False) for text in texts
        ]
        return await self._moderator.moderate(wanted, deadline=deadline)


def _warning(text: str) -> TranslationWarning:
    return TranslationWarning(
        WarningCode.ADDED_TOXICITY,
        "The translation was judged as toxic and its source was not.",
        0,
        len(text),
    )


def _dropped(number: int, text: str) -> TranslationWarning:
    return TranslationWarning(
        WarningCode.TOXIC_ALTERNATIVE,
        f"Alternative {number} was judged as toxic and the source was not: it is left out.",
        0,
        len(text),
        reason=f"alternative {number}",
    )
