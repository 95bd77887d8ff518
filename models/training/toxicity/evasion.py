"""Evasions as a generator: the ways in which people hide a word from a filter, for clean and for toxic rows alike."""

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib.resources import files

__all__ = ["Evasions", "evade_en", "table"]

_LEET = {
    "a": "4@",
    "e": "3",
    "i": "1!",
    "o": "0",
    "s": "5$",
    "t": "7",
    "l": "1",
    "g": "9",
    "b": "8",
}
_SEPARATORS = (" ", ".", "-", "*", "_", "·", "1")
_VOWELS = "aeiou"
Change = Callable[[str, random.Random], str]


def table(name: str) -> list[tuple[str, str]]:
    """The first two columns of a data file of this package."""
    text = files("models.training.toxicity").joinpath(f"data/{name}").read_text("utf-8")
    lines = [line.split("\t") for line in text.splitlines() if line and line[0] != "#"]
    return [(cells[0], cells[1]) for cells in lines]


def evade_en(text: str, rng: random.Random) -> str:
    """An English text with one to three of its longer words disguised."""
    words = text.split(" ")
    places = [i for i, word in enumerate(words) if len(word) > 2 and word.isascii()]
    if not places:
        return text
    change = rng.choice((_leet, _separated, _starred, _misspelt, _stretched))
    for place in rng.sample(places, min(len(places), rng.randint(1, 3))):
        words[place] = change(words[place], rng)
    return " ".join(words)


def _leet(word: str, rng: random.Random) -> str:
    return "".join(
        rng.choice(_LEET[c]) if c in _LEET and rng.random() < 0.6 else c for c in word.lower()
    )


def _separated(word: str, rng: random.Random) -> str:
    return rng.choice(_SEPARATORS[:5]).join(word)


def _starred(word: str, rng: random.Random) -> str:
    inner = [i for i, c in enumerate(word) if 0 < i < len(word) - 1 and c.lower() in _VOWELS]
    place = rng.choice(inner) if inner else len(word) // 2
    return word[:place] + rng.choice("*#.") + word[place + 1 :]


def _misspelt(word: str, rng: random.Random) -> str:
    place = rng.randrange(1, len(word))
    if rng.random() < 0.5:
        return word[:place] + word[place + 1 :]
    return word[: place - 1] + word[place] + word[place - 1] + word[place + 1 :]


def _stretched(word: str, rng: random.Random) -> str:
    place = rng.randrange(len(word))
    return word[:place] + word[place] * rng.randint(2, 4) + word[place + 1 :]


class Evasions:
    """Chinese evasions; homophones are characters that the corpus itself uses, weighted by how often."""

    def __init__(self, texts: Iterable[str], syllables: Mapping[str, str]) -> None:
        counts = Counter(c for text in texts for c in text if c in syllables)
        groups: dict[str, list[str]] = defaultdict(list)
        for character, count in counts.items():
            if count >= 20:
                groups[syllables[character]].append(character)
        self._syllables = syllables
        self._alike = dict(groups)
        self._weights = {s: [counts[c] ** 0.5 for c in g] for s, g in groups.items()}
        self._parts = dict(table("split.tsv"))
        pictures: dict[str, list[str]] = defaultdict(list)
        for emoji, word in table("emoji.tsv"):
            if word[0] in syllables:
                pictures[syllables[word[0]]].append(emoji)
        self._pictures = dict(pictures)

    def evade_zh(self, text: str, rng: random.Random) -> str:
        """A Chinese text with one kind of evasion; the same text where that kind finds nothing to change."""
        change: Change = rng.choices(
            (self._homophones, self._emoji, self._pinyin, self._initials, self._split, _spread),
            weights=(5, 3, 1, 1, 1, 1),
        )[0]
        return change(text, rng)

    def _homophones(self, text: str, rng: random.Random) -> str:
        share = rng.choice((0.15, 0.3, 0.6))
        return "".join(
            self._homophone(c, rng) if c in self._syllables and rng.random() < share else c
            for c in text
        )

    def _homophone(self, character: str, rng: random.Random) -> str:
        sound = self._syllables[character]
        group = self._alike.get(sound)
        return rng.choices(group, self._weights[sound])[0] if group else character

    def _emoji(self, text: str, rng: random.Random) -> str:
        return "".join(
            rng.choice(self._pictures[self._syllables[c]])
            if self._syllables.get(c, "") in self._pictures and rng.random() < 0.7
            else c
            for c in text
        )

    def _pinyin(self, text: str, rng: random.Random) -> str:
        return self._at_word(text, rng, lambda word: "".join(self._syllables[c] for c in word))

    def _initials(self, text: str, rng: random.Random) -> str:
        return self._at_word(text, rng, lambda word: "".join(self._syllables[c][0] for c in word))

    def _at_word(self, text: str, rng: random.Random, spell: Callable[[str], str]) -> str:
        places = _pairs_of(text, self._syllables)
        if not places:
            return text
        place = rng.choice(places)
        return text[:place] + spell(text[place : place + 2]) + text[place + 2 :]

    def _split(self, text: str, rng: random.Random) -> str:
        return "".join(self._parts.get(c, c) for c in text)


def _pairs_of(text: str, known: Mapping[str, str]) -> Sequence[int]:
    return [i for i in range(len(text) - 1) if text[i] in known and text[i + 1] in known]


def _spread(text: str, rng: random.Random) -> str:
    """A stretch of two to six characters with something between each two."""
    if len(text) < 2:
        return text
    start = rng.randrange(len(text) - 1)
    end = start + rng.randint(2, 6)
    return text[:start] + rng.choice(_SEPARATORS).join(text[start:end]) + text[end:]
