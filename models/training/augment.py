"""Augmentation: placeholders at aligned places, code-switching, copied names, noise, joined pairs.

Every direction of a pair draws its own kind, because what is fair in a source is wrong in a target.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass

from models.training.fragments import fragment
from models.training.lexicon import Lexicon, Link, links
from models.training.noise import NOISE_SHARES, kinds, make_noise
from models.training.progress import track
from models.training.shards import EN_TO_ZH, ZH_TO_EN, Pairs, PairsBuilder
from models.training.vocabulary import PLACEHOLDERS, Ids, Vocabulary
from models.training.words import Sentence, Word, split_words

__all__ = ["SHARES", "Aligned", "augment", "code_switch", "copy_through", "mark"]

# Shares of all pairs of a direction; a pair that does not offer what its kind needs stays as it is.
SHARES: Mapping[str, float] = {
    "mark": 0.10,  # placeholders on both sides
    "switch": 0.13,  # source words in the target language
    "join": 0.04,  # two short pairs as one
    "copy": 0.02,  # a name, number, tag or emoji on both sides
    "fragment": 0.01,  # a word or phrase of the pair
    **NOISE_SHARES,
}
MAX_TOKENS = 62
_FINAL = frozenset(".!?。！？…")
_COPIED = (
    *("@{}", "@{}_{}", "#{}", "#{}{}", "{}.com", "https://{}.com/{}", "u/{}", "r/{}"),
    *("{}{n}", "v{n}.{n}", "{n}", "{n}%", "${n}", "{n}:{n}", "😂", "❤️", "👍", "😭", "🔥", "🎉"),
)
_NAMES = (
    "alex",
    "kim",
    "lily",
    "neo",
    "max",
    "zoe",
    "sam",
    "jay",
    "mia",
    "leo",
    "luna",
    "star",
    "game",
)
_BRANDS = (
    "iPhone",
    "TikTok",
    "YouTube",
    "Nike",
    "GitHub",
    "Python",
    "Steam",
    "NBA",
    "BTS",
    "AI",
    "VIP",
)
_DULL = frozenset(
    ("that", "this", "with", "have", "what", "your", "they", "there", "will", "from", "about")
)


@dataclass
class Aligned:
    """One pair as words with its sure links; editing happens on copies of the two sentences."""

    en: list[Word]
    zh: list[Word]
    links: list[Link]

    @classmethod
    def of(cls, en: Ids, zh: Ids, pieces: list[str], lexicon: Lexicon) -> "Aligned":
        en_words, en_spans = split_words(en, pieces)
        zh_words, zh_spans = split_words(zh, pieces)
        if not en_words or not zh_words:
            return cls([], [], [])
        found = links(lexicon, en, zh, en_spans, zh_spans)
        wordy = [
            link
            for link in found
            if en_words[link.en].text[0].isalnum()
            and all(w.text[0].isalnum() for w in zh_words[link.zh_start : link.zh_end])
        ]
        return cls(en_words, zh_words, wordy)


def mark(pair: Aligned, source: str, rng: random.Random) -> tuple[str, str] | None:
    """Placeholders on both sides: for aligned words, around them, after them, or at the edges."""
    ids = rng.sample(PLACEHOLDERS, 8)
    wanted = rng.choices((1, 2, 3, 4), (0.5, 0.3, 0.14, 0.06))[0]
    if rng.random() < 0.6:
        ids[:wanted] = sorted(ids[:wanted])
    sides = {"en": Sentence(pair.en), "zh": Sentence(pair.zh)}
    free = rng.sample(pair.links, len(pair.links))
    loose = source == "zh" and rng.random() < 0.3  # some people type blanks around what they insert
    glued = source == "en" and rng.random() < 0.2  # and some glue an emoji to the word
    for n in range(wanted):
        en, zh = Word(ids[n], not glued), Word(ids[n], loose)
        kind = rng.choices(("replace", "after", "around", "edge"), (0.4, 0.22, 0.1, 0.28))[0]
        if kind == "edge" or not free:
            _at_edge(sides["en"], sides["zh"], en, zh, rng)
            continue
        link = free.pop()
        if kind == "replace":
            _replace(sides["en"], sides["zh"], link, ids[n])
        elif kind == "after":
            sides["en"].after.setdefault(link.en, []).append(en)
            sides["zh"].after.setdefault(link.zh_end - 1, []).append(zh)
        else:
            _around(sides["en"], sides["zh"], link, (ids[n], ids[4 + n]))
    return sides["en"].text(), sides["zh"].text()


def _replace(en: Sentence, zh: Sentence, link: Link, symbol: str) -> None:
    en.replaced[link.en] = Word(symbol, en.words[link.en].spaced)
    zh.replaced[link.zh_start] = Word(symbol, zh.words[link.zh_start].spaced)
    for i in range(link.zh_start + 1, link.zh_end):
        zh.replaced[i] = None


def _around(en: Sentence, zh: Sentence, link: Link, symbols: tuple[str, str]) -> None:
    spans = ((en, link.en, link.en + 1), (zh, link.zh_start, link.zh_end))
    for side, start, end in spans:
        first = side.words[start]
        side.before.setdefault(start, []).append(Word(symbols[0], first.spaced))
        side.replaced[start] = Word(first.text, False)
        side.after.setdefault(end - 1, []).append(Word(symbols[1], False))


def _at_edge(en: Sentence, zh: Sentence, en_word: Word, zh_word: Word, rng: random.Random) -> None:
    """At both starts, or before or after the final mark (a mark on one side only counts as none)."""
    where = rng.choices(("start", "end", "last"), (0.4, 0.3, 0.3))[0]
    if where == "start":
        for side, word in ((en, en_word), (zh, zh_word)):
            if 0 not in side.before and 0 not in side.replaced:
                side.replaced[0] = Word(side.words[0].text, side is en or zh_word.spaced)
            side.before.setdefault(0, []).append(word)
        return
    final = en.words[-1].text in _FINAL and zh.words[-1].text in _FINAL
    for side, word in ((en, en_word), (zh, zh_word)):
        at = len(side.words) - 1
        if where == "end" and final and at:
            at -= 1
        side.after.setdefault(at, []).append(word)


def code_switch(pair: Aligned, source: str, rng: random.Random) -> tuple[str, str] | None:
    """One or two source words replaced by what stands for them in the target."""
    sure = [
        link
        for link in pair.links
        if link.strength > 0.25
        and len(pair.en[link.en].text) >= 4
        and pair.en[link.en].text.lower() not in _DULL
    ]
    if not sure:
        return None
    chosen = rng.sample(sure, min(len(sure), rng.choice((1, 1, 2))))
    en, zh = Sentence(pair.en), Sentence(pair.zh)
    loose = rng.random() < 0.6
    for link in chosen:
        english = pair.en[link.en]
        if source == "en":
            chinese = "".join(w.text for w in pair.zh[link.zh_start : link.zh_end])
            en.replaced[link.en] = Word(chinese, english.spaced and loose)
            continue
        zh.replaced[link.zh_start] = Word(english.text, loose)
        for i in range(link.zh_start + 1, link.zh_end):
            zh.replaced[i] = None
        if loose and link.zh_end < len(pair.zh) and pair.zh[link.zh_end].text[0].isalnum():
            zh.replaced.setdefault(link.zh_end, Word(pair.zh[link.zh_end].text, True))
    return en.text(), zh.text()


def copy_through(pair: Aligned, rng: random.Random) -> tuple[str, str] | None:
    """A name, number, tag, link or emoji as plain text, the same on both sides."""
    en, zh = Sentence(pair.en), Sentence(pair.zh)
    if pair.links and rng.random() < 0.5:
        link = rng.choice(pair.links)
        _replace(en, zh, link, rng.choice(_BRANDS))
        return en.text(), zh.text()
    pattern = rng.choice(_COPIED)
    text = pattern.format(rng.choice(_NAMES), rng.choice(_NAMES), n=rng.randint(1, 999))
    _at_edge(en, zh, Word(text, True), Word(text, True), rng)
    return en.text(), zh.text()


def augment(
    pairs: Pairs,
    vocabulary: Vocabulary,
    lexicon: Lexicon,
    rows: list[int],
    *,
    seed: int,
    en_zh_share: float = 1.0,
    shares: Mapping[str, float] = SHARES,
) -> Pairs:
    """Each pair of ``rows`` once in each direction that it may train, some of them changed.

    ``shares`` says how many get which change. ``en_zh_share`` keeps only so many of the pairs into Chinese, which
    is learnt faster. A changed pair over the length limit is dropped. Raises ``ValueError`` for shares that are
    unknown, negative or more than 1 in all.
    """
    rng = random.Random(seed)
    builder = PairsBuilder(pairs.names)
    changed: list[tuple[str, str, int, int]] = []
    choices = {source: _choices(shares, source) for source in ("en", "zh")}
    for row in track(rows, "augment", total=len(rows)):
        clean = int(pairs.use[row])
        for direction, source in ((EN_TO_ZH, "en"), (ZH_TO_EN, "zh")):
            if not clean & direction:
                continue
            if direction == EN_TO_ZH and rng.random() > en_zh_share:
                clean &= ~direction
                continue
            kind = rng.choices(*choices[source])[0]
            if kind == "clean":
                continue
            result = _change(kind, pairs, row, rng.choice(rows), source, vocabulary, lexicon, rng)
            if result:
                changed.append((*result, direction, int(pairs.source[row])))
                clean &= ~direction
        if clean:
            builder.add(*pairs.pair(row), clean, int(pairs.source[row]))
    en = vocabulary.encode([c[0] for c in changed])
    zh = vocabulary.encode([c[1] for c in changed])
    for e, z, (_, _, use, origin) in zip(en, zh, changed, strict=True):
        if 0 < len(e) <= MAX_TOKENS and 0 < len(z) <= MAX_TOKENS:
            builder.add(e, z, use, origin)
    return builder.build()


def _choices(shares: Mapping[str, float], source: str) -> tuple[list[str], list[float]]:
    """Kinds for sources of one language and their shares; what is left stays clean."""
    unknown = set(shares) - set(SHARES)
    if unknown:
        raise ValueError(f"no augmentation {min(unknown)!r}; known: {', '.join(SHARES)}")
    elsewhere = set(NOISE_SHARES) - kinds(source)
    mine = {kind: share for kind, share in shares.items() if kind not in elsewhere}
    left = 1 - sum(mine.values())
    if left < -1e-9 or min(mine.values(), default=0.0) < 0:
        raise ValueError("the shares must be positive and at most 1 in all")
    return ["clean", *mine], [max(0.0, left), *mine.values()]


def _change(
    kind: str,
    pairs: Pairs,
    row: int,
    other: int,
    source: str,
    vocabulary: Vocabulary,
    lexicon: Lexicon,
    rng: random.Random,
) -> tuple[str, str] | None:
    """The changed pair as text, or None when this pair does not offer what the kind needs."""
    en, zh = pairs.pair(row)
    if kind in NOISE_SHARES:
        english, chinese = vocabulary.decode(en), vocabulary.decode(zh)
        if source == "en":
            return make_noise(kind, english, chinese, source, rng)
        noisy = make_noise(kind, chinese, english, source, rng)
        return (noisy[1], noisy[0]) if noisy else None
    if kind == "join":
        if not pairs.use[other] & (EN_TO_ZH if source == "en" else ZH_TO_EN):
            return None
        return _joined((en, zh), pairs.pair(other), vocabulary)
    if any(vocabulary.is_byte[ids].any() for ids in (en, zh)):
        return None
    pair = Aligned.of(en, zh, vocabulary.pieces, lexicon)
    if not pair.en:
        return None
    if kind == "mark":
        return mark(pair, source, rng)
    if kind == "fragment":
        return fragment(pair.en, pair.zh, pair.links, rng)
    return code_switch(pair, source, rng) if kind == "switch" else copy_through(pair, rng)


def _joined(
    first: tuple[Ids, Ids], second: tuple[Ids, Ids], vocabulary: Vocabulary
) -> tuple[str, str] | None:
    (en, zh), (en2, zh2) = first, second
    if len(en) + len(en2) > 30 or len(zh) + len(zh2) > 30 or min(len(en), len(en2)) < 3:
        return None
    return (
        f"{vocabulary.decode(en)} {vocabulary.decode(en2)}",
        vocabulary.decode(zh) + vocabulary.decode(zh2),
    )
