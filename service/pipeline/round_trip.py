"""A better estimate of quality, at twice the cost: the answer is translated back and compared with its source. Pure."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from service.domain import Lang, TranslatedSegment, Translation, TranslationRequest
from service.pipeline.estimate import load_estimator

__all__ = ["agreement", "requests_back", "with_agreement"]

_LONGEST_GRAM = 3


def agreement(source: str, back: str) -> float:
    """How much of one text is in the other, from 0 to 1: the mean F1 of character n-grams up to three.

    Case, blanks and marks do not count.
    """
    first, second = ("".join(filter(str.isalnum, text.casefold())) for text in (source, back))
    shares = [_overlap(first, second, n) for n in range(1, _LONGEST_GRAM + 1)]
    known = [share for share in shares if share is not None]
    return sum(known) / len(known) if known else 0.0


def _overlap(first: str, second: str, n: int) -> float | None:
    """F1 of the n-grams of both; None where neither has any."""
    a = Counter(first[i : i + n] for i in range(len(first) - n + 1))
    b = Counter(second[i : i + n] for i in range(len(second) - n + 1))
    total = a.total() + b.total()
    return 2 * (a & b).total() / total if total else None


def requests_back(
    requests: Sequence[TranslationRequest], translations: Sequence[Translation]
) -> list[TranslationRequest]:
    """Every translated segment of the requests that want a round trip, to be translated back; in order."""
    return [
        TranslationRequest(
            translation.text[segment.target_start : segment.target_end],
            translation.source_lang or Lang.ZH_HANS,
            translation.target_lang,
            request.format,
            slang=False,
        )
        for request, translation, segment in _wanted(requests, translations)
    ]


def with_agreement(
    requests: Sequence[TranslationRequest],
    translations: Sequence[Translation],
    back: Sequence[Translation],
) -> list[Translation]:
    """``translations`` with estimates of quality that heed the answers to ``requests_back``."""
    estimator = load_estimator()
    answers = iter(back)
    done: list[Translation] = []
    for request, translation in zip(requests, translations, strict=True):
        segments: list[TranslatedSegment] = []
        for segment in translation.segments:
            if request.round_trip and segment.quality is not None:
                source = request.text[segment.source_start : segment.source_end]
                quality = estimator.with_agreement(
                    translation.target_lang.base,
                    segment.quality,
                    agreement(source, next(answers).text),
                )
                segments.append(replace(segment, quality=quality))
            else:
                segments.append(segment)
        done.append(replace(translation, segments=tuple(segments)))
    return done


def _wanted(
    requests: Sequence[TranslationRequest], translations: Sequence[Translation]
) -> Iterator[tuple[TranslationRequest, Translation, TranslatedSegment]]:
    for request, translation in zip(requests, translations, strict=True):
        if request.round_trip:
            for segment in translation.segments:
                if segment.quality is not None:
                    yield request, translation, segment
