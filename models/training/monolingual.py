"""Monolingual posts, cleaned for back-translation: one text a line, or JSON lines with ``text`` and ``lang``."""

import html
import json
import lzma
from collections.abc import Collection, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import regex

from models.training.corpus import key, normalise
from models.training.spans import hide, trim

__all__ = ["clean_post", "distinct", "read_posts", "usable_post"]

LANGS = ("en", "zh")
MIN_LETTERS = {"en": 12, "zh": 4}
_LETTERS = {"en": regex.compile(r"[A-Za-z]"), "zh": regex.compile(r"\p{Han}")}
_PLACEHOLDER = regex.compile(r"⟦\d⟧")
_MARKUP = regex.compile(r"</?s>|<pad>|<unk>|>>\w{3}<<|⟦|⟧|\{\{|</?[a-z]{1,6}>|\\[nt]")
_RUN = regex.compile(r"(.)\1{9}")


def read_posts(path: Path, lang: str | None = None) -> Iterator[tuple[str, str]]:
    """Language and text of every line of a ``.txt`` or ``.jsonl`` file, ``.xz`` or not.

    Plain text needs ``lang``; of JSON lines it picks one language. Others than English and Chinese are skipped.
    """
    name = path.name.removesuffix(".xz")
    if not name.endswith(".jsonl") and lang not in LANGS:
        raise ValueError(f"{path.name} needs a language, en or zh")
    opener: Any = lzma.open if path.suffix == ".xz" else open
    with opener(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            found, text = (lang or "", line)
            if name.endswith(".jsonl"):
                row = json.loads(line)
                found, text = str(row.get("lang", "")), str(row["text"])
            if found in LANGS and lang in (None, found):
                yield found, text


def clean_post(text: str, lang: str) -> str | None:
    """A post as a model may see it: trimmed, Simplified, with placeholders for what it must copy; None if unusable."""
    text = normalise(html.unescape(text))
    if _MARKUP.search(text):
        return None
    hidden = hide(trim(text))
    if hidden is None:
        return None
    if lang == "zh":
        hidden = str(_simplifier().convert(hidden))
    return hidden if usable_post(hidden, lang) else None


def usable_post(text: str, lang: str) -> bool:
    """Enough letters of its own script, few of the other's, not all capitals, nothing repeated ten times."""
    bare = _PLACEHOLDER.sub("", text)
    letters = len(_LETTERS[lang].findall(bare))
    others = sum(1 for c in bare if c.isalpha()) - letters
    if letters < MIN_LETTERS[lang] or others > letters // 4 or _RUN.search(bare):
        return False
    return lang == "zh" or not bare.isupper()


def distinct(
    posts: Iterator[tuple[str, str]], held_out: Collection[str]
) -> Iterator[tuple[str, str]]:
    """Usable cleaned posts, each once, without lines of the development sets."""
    seen: set[str] = set()
    for lang, raw in posts:
        text = clean_post(raw, lang)
        if text is None:
            continue
        own = key(text)
        if own not in seen and own not in held_out:
            seen.add(own)
            yield lang, text


@cache
def _simplifier() -> Any:
    import opencc

    return opencc.OpenCC("t2s")
