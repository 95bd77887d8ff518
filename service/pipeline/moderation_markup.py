"""Text with HTML in it, judged as a reader sees it too: a reference or a tag inside a word must not hide the word."""

from collections.abc import Sequence
from dataclasses import replace

from service.domain import LexiconHit
from service.pipeline.moderation_plan import Ask, ModerationSetup, Range
from service.pipeline.moderation_windows import cut
from service.policy.matcher import Found
from service.text.offsets import Step

__all__ = ["ask_shown", "find_shown"]


def find_shown(shown: Step, known: Sequence[LexiconHit], setup: ModerationSetup) -> Found:
    """Listed words of the shown text, on the characters as written; without those that are ``known`` there."""
    places = {(hit.start, hit.end, hit.term_id) for hit in known}
    found = []
    inside = setup.matcher.search(shown.after)
    for hit in inside.hits:
        start, end = shown.back(hit.start, hit.end)
        if (start, end, hit.term_id) not in places:
            found.append(replace(hit, start=start, end=end, views=(shown.name, *hit.views)))
    return Found(tuple(found), inside.complete, inside.disguises)


def ask_shown(
    shown: Step, lang: str, setup: ModerationSetup
) -> tuple[tuple[Range, ...], tuple[Ask, ...]]:
    """The shown text as questions for the classifier, each with the stretch of the text that it stands for."""
    text = shown.after
    windows = [window for window in cut(text, setup.info.max_input_chars) if window[0] < window[1]]
    asks = tuple(Ask(text[start:end], lang) for start, end in windows)
    return tuple(shown.back(start, end) for start, end in windows), asks
