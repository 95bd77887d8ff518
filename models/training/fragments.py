"""Words and phrases cut out of aligned pairs, because posts, titles and captions are often not sentences."""

import random
from collections.abc import Sequence

from models.training.lexicon import Link
from models.training.words import Sentence, Word

__all__ = ["fragment", "phrase_span"]

SURE = 0.25
_MAX_WORDS = 5


def fragment(
    en: Sequence[Word], zh: Sequence[Word], links: Sequence[Link], rng: random.Random
) -> tuple[str, str] | None:
    """A word or phrase of up to five English words with the Chinese that stands for it, or None."""
    sure = [link for link in links if link.strength > SURE]
    if not sure:
        return None
    link = rng.choice(sure)
    for length in sorted(range(1, _MAX_WORDS + 1), key=lambda n: rng.random()):
        start = max(0, link.en - rng.randrange(length))
        span = phrase_span(range(start, min(len(en), start + length)), zh, links)
        if span is not None:
            return _text(en[start : start + length]), _text(zh[span.start : span.stop])
    return None


def phrase_span(words: range, zh: Sequence[Word], links: Sequence[Link]) -> range | None:
    """The Chinese words that belong to a run of English ones; None unless the two are linked to nothing else.

    The outer words must be linked themselves, so that no loose word goes with the phrase.
    """
    inside = [link for link in links if link.en in words]
    linked = {link.en for link in inside}
    if not words or words[0] not in linked or words[-1] not in linked:
        return None
    span = range(min(x.zh_start for x in inside), max(x.zh_end for x in inside))
    for link in links:
        if link.en not in words and link.zh_start < span.stop and span.start < link.zh_end:
            return None
    covered = {i for x in inside for i in range(x.zh_start, x.zh_end)}
    loose = [i for i in span if i not in covered]
    # A word of grammar in between belongs to the phrase; more of them, or a mark, are another clause.
    if len(loose) > 1 or any(not zh[i].text[0].isalnum() for i in loose):
        return None
    return span


def _text(words: Sequence[Word]) -> str:
    first = Word(words[0].text, False)
    return Sentence([first, *words[1:]]).text()
