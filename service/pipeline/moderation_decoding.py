"""Text in a code (Morse, base64, number codes) judged by what it says: its words are looked for, its sense scored."""

from collections.abc import Sequence
from dataclasses import replace

from service.domain import Decoded
from service.pipeline.moderation_language import find_language, name_language
from service.pipeline.moderation_plan import Ask, ModerationSetup, Range
from service.policy.matcher import Found

__all__ = ["ask_decoded", "find_decoded", "language_with"]

_SCORED = frozenset({"en", "zh", "mixed"})


def find_decoded(decoded: Sequence[Decoded], setup: ModerationSetup) -> Found:
    """Listed words in what codes say, each on the whole stretch of its code, with the code as its first view."""
    found = [(code, setup.matcher.search(code.text)) for code in decoded]
    hits = tuple(
        replace(hit, start=code.start, end=code.end, views=(f"decoded:{code.kind}", *hit.views))
        for code, inside in found
        for hit in inside.hits
    )
    return Found(hits, all(inside.complete for _, inside in found))


def ask_decoded(
    decoded: Sequence[Decoded], setup: ModerationSetup
) -> tuple[tuple[Range, ...], tuple[Ask, ...]]:
    """What codes say as questions for the classifier, each with the stretch of the original text it stands for."""
    limit = setup.info.max_input_chars
    windows: list[Range] = []
    asks: list[Ask] = []
    for code in decoded:
        lang = name_language(find_language(code.text), None)
        if lang in _SCORED:
            for at in range(0, len(code.text), limit):
                windows.append((code.start, code.end))
                asks.append(Ask(code.text[at : at + limit], lang))
    return tuple(windows), tuple(asks)


def language_with(lang: str, asks: Sequence[Ask]) -> str:
    """The language to judge a text in: that of its codes where it has no words of its own."""
    return asks[0].lang if lang in ("none", "other") and asks else lang
