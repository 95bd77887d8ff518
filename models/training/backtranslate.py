"""Back-translation (Sennrich et al. 2016): real posts as targets, their machine translations as sources.

A tag before the source tells the model that it is synthetic (Caswell et al. 2019), so that quantity does not spoil
what it learns from human pairs.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import regex

from models.interfaces import DecodeOptions, Hypothesis, Segment, TranslationEngine
from models.training.corpus import held_out_keys, usable
from models.training.functional import loops
from models.training.monolingual import distinct, read_posts
from models.training.parts import PART, run_parts
from models.training.progress import track
from models.training.shards import EN_TO_ZH, ZH_TO_EN, Pairs, PairsBuilder
from models.training.vocabulary import Ids, Vocabulary

__all__ = ["Post", "Search", "back_translate", "collect"]

MAX_TOKENS = 60
_PLACEHOLDER = regex.compile(r"⟦\d⟧")


@dataclass(frozen=True, slots=True)
class Post:
    """A cleaned post and the file it came from, an index into the names."""

    lang: str
    text: str
    origin: int


@dataclass(frozen=True)
class Search:
    """How to translate. A mean log-probability a token under ``min_score`` drops the post; 0 turns that off."""

    beam_size: int = 1
    min_score: float = 0.0
    tag: bool = True


def collect(
    paths: Sequence[Path], lang: str | None, *, dev: Path | None, limit: int, seed: int
) -> list[Post]:
    """Usable posts of the files in random order, at most ``limit`` (0: all) of each language."""
    held_out = held_out_keys(dev)
    posts = [
        Post(*post, index)
        for index, path in enumerate(track(paths, "read"))
        for post in distinct(read_posts(path, lang), held_out)
    ]
    posts = list({(p.lang, p.text): p for p in reversed(posts)}.values())
    random.Random(seed).shuffle(posts)
    kept: list[Post] = []
    counts = {"en": 0, "zh": 0}
    for post in posts:
        if not limit or counts[post.lang] < limit:
            counts[post.lang] += 1
            kept.append(post)
    return kept


def back_translate(
    posts: Sequence[Post],
    names: Sequence[str],
    vocabulary: Vocabulary,
    engine: TranslationEngine,
    output: Path,
    *,
    search: Search = Search(),
    seed: int = 1,
    minutes: float = 0.0,
    part: int = PART,
) -> Pairs:
    """Write a shard of pairs that train only the direction whose target is the real post.

    ``names`` are the sources of ``Post.origin``. The source begins with the tag when the vocabulary has one and
    ``search.tag`` is set. Posts that need a direction the engine lacks are left out.
    """
    served = {source for source, _ in engine.info.directions}
    todo = [post for post in posts if post.lang in served]
    if not todo:
        raise ValueError("no post is left to translate")
    settings = {
        "work": "backtranslate", "engine": engine.info.id, "sha256": engine.info.sha256, "seed": seed,
        "beam": search.beam_size, "min_score": search.min_score, "tag": search.tag, "names": list(names),
    }  # fmt: skip
    work = partial(_part, todo, names, vocabulary, engine, search)
    return run_parts(
        output, len(todo), work, settings=settings, what="backtranslate", minutes=minutes, size=part
    )


def _part(
    posts: Sequence[Post],
    names: Sequence[str],
    vocabulary: Vocabulary,
    engine: TranslationEngine,
    search: Search,
    numbers: range,
) -> Pairs:
    builder = PairsBuilder(names)
    tag = vocabulary.synthetic_id if search.tag else None
    longest = min(MAX_TOKENS, engine.info.max_input_tokens)
    options = DecodeOptions(beam_size=search.beam_size)
    for lang, other in (("en", "zh"), ("zh", "en")):
        mine = [
            posts[n]
            for n in numbers
            if posts[n].lang == lang and engine.count_tokens(posts[n].text, lang) <= longest
        ]
        answers = engine.translate([Segment(p.text, lang, other) for p in mine], options)
        made = [
            (post, found[0].text)
            for post, found in zip(mine, answers, strict=True)
            if _good(post, found[0], search.min_score)
        ]
        sources = vocabulary.encode([text for _, text in made])
        targets = vocabulary.encode([post.text for post, _ in made])
        for (post, _), source, target in zip(made, sources, targets, strict=True):
            if 0 < len(source) <= MAX_TOKENS and 0 < len(target) <= MAX_TOKENS:
                _add(builder, post, _tagged(source, tag), target)
    return builder.build()


def _good(post: Post, found: Hypothesis, min_score: float) -> bool:
    """The synthetic source is whole, in its script, of a sane length, without loops, placeholders kept."""
    if found.truncated or (min_score and found.score < min_score) or loops(found.text, post.text):
        return False
    if sorted(_PLACEHOLDER.findall(found.text)) != sorted(_PLACEHOLDER.findall(post.text)):
        return False
    sides = [_PLACEHOLDER.sub(" ", text).strip() for text in (post.text, found.text)]
    return usable(*sides) if post.lang == "en" else usable(*reversed(sides))


def _tagged(source: Ids, tag: int | None) -> Ids:
    return source if tag is None else np.concatenate([np.array([tag], np.uint16), source])


def _add(builder: PairsBuilder, post: Post, source: Ids, target: Ids) -> None:
    if post.lang == "en":
        builder.add(target, source, ZH_TO_EN, post.origin)
    else:
        builder.add(source, target, EN_TO_ZH, post.origin)
