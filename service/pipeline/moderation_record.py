"""Verdicts as plain data, with the same fields wherever they are written: the HTTP API, the command line, files."""

from collections.abc import Sequence
from typing import Any

from models.interfaces import ClassifierInfo
from service.domain import Category, Detection, Evidence, Lang, TranslationWarning, Verdict
from service.pipeline.moderation_language import name_language
from service.text.offsets import utf16_offsets

__all__ = ["detection_record", "verdict_record", "warning_record"]


def verdict_record(
    text: str, verdict: Verdict, named: Lang | None, info: ClassifierInfo
) -> dict[str, Any]:
    """One verdict on ``text``, which the caller said to be in ``named``. Offsets are in code points and in UTF-16."""
    language = name_language(verdict.detection, named)
    reading, opinion = verdict.translation, verdict.opinion
    return {
        "action": verdict.action,
        "flagged": verdict.flagged,
        "mode": verdict.mode,
        "categories": {
            category: {
                "score": _rounded(verdict.scores[category]),
                "supported": _supports(info, language, category),
            }
            for category in Category
        },
        "evidence": _evidence(text, verdict.evidence),
        "reasons": [
            {
                "action": reason.action,
                "rule": reason.rule,
                "category": reason.category,
                "score": _rounded(reason.score),
                "threshold": reason.threshold,
                "message": reason.message,
            }
            for reason in verdict.reasons
        ],
        "language": language,
        "detection": detection_record(verdict.detection),
        "policy": verdict.policy,
        "policy_version": verdict.policy_version,
        "model": verdict.model,
        "opinion": opinion and {category: _rounded(opinion[category]) for category in Category},
        "translation": None
        if reading is None
        else {
            "text": reading.text,
            "target_lang": reading.target_lang,
            "evidence": _evidence(reading.text, verdict.translation_evidence),
            "warnings": [warning_record(one) for one in reading.warnings],
        },
        "warnings": verdict.warnings,
    }


def _rounded(score: float | None) -> float | None:
    """Five digits: a classifier's 32-bit numbers have no more."""
    return None if score is None else round(score, 5)


def detection_record(detection: Detection) -> dict[str, Any]:
    """Which language a text is in."""
    return {
        "lang": detection.lang,
        "confidence": detection.confidence,
        "mixed": detection.mixed,
        "reason": detection.reason,
    }


def warning_record(warning: TranslationWarning) -> dict[str, Any]:
    """A translation's warning."""
    return {
        "code": warning.code,
        "message": warning.message,
        "reason": warning.reason,
        "span": (warning.start, warning.end),
    }


def _supports(info: ClassifierInfo, language: str, category: Category) -> bool:
    langs = ("en", "zh") if language == "mixed" else (language,)
    return any((lang, category.value) in info.supported for lang in langs)


def _evidence(text: str, found: Sequence[Evidence]) -> list[dict[str, Any]]:
    utf16 = utf16_offsets(text, [(one.start, one.end) for one in found])
    return [
        {
            "span": (one.start, one.end),
            "utf16": units,
            "rule": one.rule,
            "category": one.category,
            "views": one.views,
            "severity": one.severity,
            "weight": one.weight,
            "note": one.note,
        }
        for one, units in zip(found, utf16, strict=True)
    ]
