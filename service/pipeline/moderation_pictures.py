"""Chinese with emoji in place of characters, judged as it is read: one word to a reader, two signs to a classifier."""

from service.pipeline.moderation_plan import Ask, ModerationSetup, Range
from service.pipeline.moderation_windows import cut
from service.text.disguises import has_emoji_for_words, read_emoji

__all__ = ["as_read", "ask_pictured"]


def ask_pictured(
    text: str, lang: str, setup: ModerationSetup
) -> tuple[tuple[Range, ...], tuple[Ask, ...]]:
    """The text with its emoji as words as questions for the classifier, each with the stretch that it stands for.

    None where no emoji stands between two Han characters: decoration is no word.
    """
    step = read_emoji(text) if has_emoji_for_words(text) else None
    if step is None:
        return (), ()
    windows = cut(step.after, setup.info.max_input_chars)
    asks = tuple(Ask(step.after[start:end], lang) for start, end in windows)
    return tuple(step.back(start, end) for start, end in windows), asks


def as_read(text: str) -> str:
    """The text with its emoji as words."""
    step = read_emoji(text)
    return step.after if step else text
