"""A deterministic engine without weights, registered as ``fake``: for tests, and to try the service in a second."""

import re
import zlib
from collections.abc import Iterator, Sequence

from models.interfaces import DecodeOptions, EngineInfo, Hypothesis, Segment

__all__ = ["FakeEngine"]

_TOKEN = re.compile(
    r"(?P<kept>⟦[0-9]⟧|[0-9]+(?:[.,:][0-9]+)*)"
    r"|(?P<word>[A-Za-z][A-Za-z'’]*)"
    r"|(?P<han>[\u3400-\u4dbf\u4e00-\u9fff])"
    r"|(?P<blank>\s+)"
    r"|(?P<other>.)",
    re.DOTALL,
)
_WIDE = str.maketrans(",.!?:;()", "，。！？：；（）")
_NARROW = str.maketrans("，。！？：；（）、", ",.!?:;(),")
_CLOSING = frozenset(",.!?:;)")
_HAN_FIRST, _HAN_COUNT = 0x4E00, 5000
_INITIALS = ("b", "p", "m", "f", "d", "t", "n", "l", "g", "h", "zh", "ch", "sh", "x", "q", "y")
_FINALS = (
    "a",
    "ai",
    "an",
    "ang",
    "ao",
    "e",
    "en",
    "ei",
    "i",
    "ia",
    "in",
    "ing",
    "o",
    "ong",
    "ou",
    "u",
)
_POISON = "poison"


class FakeEngine:
    """Turns each Latin word into two Han characters, and each Han character into one syllable, by a stable hash.

    Placeholders and digits stay; punctuation takes the target's width. A segment with the word ``poison`` in it
    makes the whole batch fail with ``RuntimeError``, as a broken engine would.
    """

    def __init__(self, *, max_input_tokens: int = 128) -> None:
        self._closed = False
        self._info = EngineInfo(
            id="fake",
            engine="fake",
            directions=frozenset({("en", "zh"), ("zh", "en")}),
            max_input_tokens=max_input_tokens,
            placeholders=tuple(f"⟦{digit}⟧" for digit in range(10)),
            licence="Apache-2.0",
            source="models/fakes.py",
        )

    @property
    def info(self) -> EngineInfo:
        return self._info

    def count_tokens(self, text: str, source_lang: str) -> int:
        return sum(1 for kind, _ in _tokens(text) if kind != "blank")

    def translate(
        self, segments: Sequence[Segment], options: DecodeOptions
    ) -> list[list[Hypothesis]]:
        if self._closed:
            raise RuntimeError("the engine is closed")
        if not 1 <= options.num_hypotheses <= options.beam_size:
            raise ValueError("num_hypotheses must be 1 to beam_size")
        for index, segment in enumerate(segments):
            self._check(index, segment)
        if any(_POISON in segment.text for segment in segments):
            raise RuntimeError("the engine was poisoned")
        return [self._hypotheses(segment, options) for segment in segments]

    def close(self) -> None:
        self._closed = True

    def _check(self, index: int, segment: Segment) -> None:
        if (segment.source_lang, segment.target_lang) not in self._info.directions:
            raise ValueError(f"segment {index} is in a direction that this engine does not serve")
        _check_text(segment.text)
        count = self.count_tokens(segment.text, segment.source_lang)
        if count > self._info.max_input_tokens:
            limit = self._info.max_input_tokens
            raise ValueError(f"segment {index} has {count} tokens, over the limit of {limit}")

    def _hypotheses(self, segment: Segment, options: DecodeOptions) -> list[Hypothesis]:
        to_chinese = segment.target_lang == "zh"
        words = _to_chinese(segment.text) if to_chinese else _to_english(segment.text)
        if not words:
            return [Hypothesis("", 0.0)]
        found = []
        for rank in range(options.num_hypotheses):
            suffix = [_han(f"alternative {rank}") if to_chinese else _syllable(str(rank))]
            output = [*words, *suffix] if rank else words
            cap = options.max_output_tokens or len(output)
            text = "".join(output[:cap]) if to_chinese else _spaced(output[:cap])
            found.append(
                Hypothesis(text, -0.5 - 0.1 * rank, min(cap, len(output)), cap < len(output))
            )
        return found


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    for match in _TOKEN.finditer(text):
        yield match.lastgroup or "other", match[0]


def _to_chinese(text: str) -> list[str]:
    """Words as Han characters. A blank stays only between two things that are kept."""
    found: list[str] = []
    before, blank = "", False
    for kind, token in _tokens(text):
        if kind == "blank":
            blank = True
            continue
        if blank and before == kind == "kept":
            found.append(" ")
        found.append(_han(token) if kind == "word" else _punctuation(kind, token, _WIDE))
        before, blank = kind, False
    return found


def _to_english(text: str) -> list[str]:
    """Han characters as syllables, without the blanks of the source."""
    return [
        _syllable(token) if kind == "han" else _punctuation(kind, token, _NARROW)
        for kind, token in _tokens(text)
        if kind != "blank"
    ]


def _punctuation(kind: str, token: str, widths: dict[int, int]) -> str:
    return token.translate(widths) if kind == "other" else token


def _spaced(tokens: Sequence[str]) -> str:
    parts: list[str] = []
    for token in tokens:
        if parts and token not in _CLOSING and parts[-1] != "(":
            parts.append(" ")
        parts.append(token)
    return "".join(parts)


def _han(word: str) -> str:
    number = zlib.crc32(word.lower().encode())
    return "".join(chr(_HAN_FIRST + (number >> shift) % _HAN_COUNT) for shift in (0, 13))


def _syllable(char: str) -> str:
    number = zlib.crc32(char.encode())
    return _INITIALS[number % len(_INITIALS)] + _FINALS[(number >> 8) % len(_FINALS)]


def _check_text(text: str) -> None:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise ValueError("the text holds a lone surrogate") from None
