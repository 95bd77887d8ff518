"""Translations that a verdict needs: for a second opinion, and for a moderator who reads the other language. Pure."""

from collections.abc import Sequence
from typing import NamedTuple

from service.domain import (
    Lang,
    ModerationRequest,
    ModerationWarning,
    Translation,
    TranslationRequest,
    WarningCode,
)
from service.pipeline.moderation_plan import ModerationPlan

__all__ = ["Readings", "choose_opinion_lang", "needed_translations", "sort_translations"]

# A translation with one of these warnings is not, or not wholly, one: its scores would say nothing new.
_NO_TRANSLATION = frozenset(
    {
        WarningCode.ALREADY_IN_TARGET, WarningCode.NOT_TRANSLATABLE, WarningCode.COPIED_SOURCE,
        WarningCode.UNTRANSLATED,
    }
)  # fmt: skip


class Readings(NamedTuple):
    """What became of the translations: the one to read, the one to score, and what went wrong."""

    reading: Translation | None
    opinion: Translation | None
    warnings: tuple[ModerationWarning, ...]


def choose_opinion_lang(
    request: ModerationRequest, lang: Lang | None, *, default: bool
) -> Lang | None:
    """The language in which a text in ``lang`` is scored a second time; None where nobody wants that."""
    wanted = default if request.second_opinion is None else request.second_opinion
    if not wanted or lang is None:
        return None
    to = request.translate_to
    if to is not None and to.base != lang.base:
        return to
    return Lang.ZH_HANS if lang is Lang.EN else Lang.EN


def needed_translations(
    request: ModerationRequest, opinion_lang: Lang | None
) -> tuple[TranslationRequest, ...]:
    """One request for each language that is needed."""
    targets = dict.fromkeys(to for to in (opinion_lang, request.translate_to) if to is not None)
    return tuple(TranslationRequest(request.text, target) for target in targets)


def sort_translations(plan: ModerationPlan, translations: Sequence[Translation | None]) -> Readings:
    """Take the answers to ``plan.translations``, in their order; None is one that failed."""
    answers = {
        asked.target_lang: answer
        for asked, answer in zip(plan.translations, translations, strict=True)
    }
    warnings: list[ModerationWarning] = []
    reading = opinion = None
    if plan.request.translate_to is not None:
        reading = answers[plan.request.translate_to]
        if reading is None:
            warnings.append(ModerationWarning.TRANSLATION_FAILED)
    if plan.opinion_lang is not None:
        opinion = answers[plan.opinion_lang]
        if opinion is None or any(one.code in _NO_TRANSLATION for one in opinion.warnings):
            warnings.append(ModerationWarning.OPINION_FAILED)
            opinion = None
    return Readings(reading, opinion, tuple(warnings))
