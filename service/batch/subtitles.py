"""SubRip subtitles (.srt): what is said in each cue, and the file again with other words. Everything else is kept.

Times, numbers, blank lines and line ends stay as they are. The lines of a cue are one sentence, cut to fit the screen;
a dash begins what somebody else says.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from service.domain import Lang

__all__ = ["Subtitles", "parse_subtitles"]

_TIMES = re.compile(r"\d{1,3}:\d\d:\d\d[,.]\d{1,3}\s*-->\s*\d{1,3}:\d\d:\d\d[,.]\d{1,3}")
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+")
_NUMBER = re.compile(r"\s*\d+\s*")
# Position codes such as {\an8} and the dash of a speaker are no words.
_LEAD = re.compile(r"(?:\{\\[^}]{0,40}\})*[ \t]*(?:[-–—‐][ \t]*)?")
_DASH = re.compile(r"(?:\{\\[^}]{0,40}\}|<[A-Za-z][^<>]{0,200}>)*[ \t]*[-–—‐]")
# A sound or a song has a line of its own: it is no part of the sentence in the next line.
_SOUND = re.compile(r"\s*(?:\[[^\]]*\]|\([^)]*\)|（[^）]*）|[♪♫#].*[♪♫#])\s*")
# A line in italics or a colour from end to end.
_SET = re.compile(
    r"(?P<codes>(?:\{\\[^}]{0,40}\})*)(?P<open>(?:<[A-Za-z][^<>]{0,200}>)+)"
    r"(?P<dash>[ \t]*(?:[-–—‐][ \t]*)?)(?P<words>[^<>]*)(?P<close>(?:</[A-Za-z][^<>]{0,200}>)+)"
)
_TAG = re.compile(r"</?[A-Za-z][^<>]{0,200}>")
_HAN = re.compile(r"[\u3400-\u9fff\u3000-\u303f\uff00-\uffef]")
_LINE_CHARS = {"en": 42, "zh": 20}  # of one line on a screen
_BREAKS = {"en": re.compile(r" "), "zh": re.compile(r"(?<=[,，、。！？；：… ])")}


@dataclass(frozen=True, slots=True)
class _Speech:
    """What one person says in a cue: the characters before it, its words, and the lines it took."""

    lead: str
    words: str
    lines: int
    ending: str  # between its lines
    open: str = ""  # tags around each of its lines
    close: str = ""

    def said(self, text: str, target: Lang) -> str:
        """The lines with ``text`` in place of the words."""
        between = f"{self.close}{self.ending}{self.open}"
        return f"{self.lead}{between.join(_wrap(text, self.lines, target))}{self.close}"


@dataclass(frozen=True, slots=True)
class Subtitles:
    """A parsed file: stretches that are copied, and speeches."""

    parts: tuple[str | _Speech, ...]

    @property
    def texts(self) -> list[str]:
        """What is to be translated, in order."""
        return [part.words for part in self.parts if isinstance(part, _Speech)]

    @property
    def names(self) -> list[str]:
        """Where each text is, for people: the number of the speech."""
        return [f"text {number}" for number in range(1, len(self.texts) + 1)]

    def fill(self, texts: Sequence[str], target: Lang) -> str:
        """The file with ``texts`` in place of its own."""
        following = iter(texts)
        return "".join(
            part if isinstance(part, str) else part.said(next(following), target)
            for part in self.parts
        )


def parse_subtitles(text: str) -> Subtitles:
    """Total over strings: what is no cue is copied. ``fill(texts)`` of one-line cues gives the input back."""
    lines = _LINE.findall(text)
    parts: list[str | _Speech] = []
    at = 0
    while at < len(lines):
        if not _TIMES.search(lines[at]):
            parts.append(lines[at])
            at += 1
            continue
        parts.append(lines[at])
        end = _end_of_cue(lines, at + 1)
        parts.extend(_speeches(lines[at + 1 : end]))
        at = end
    return Subtitles(tuple(parts))


def _end_of_cue(lines: Sequence[str], at: int) -> int:
    """The first line that is not part of the cue: blank, or the number or the times of the next."""
    for end in range(at, len(lines)):
        line = lines[end]
        if not line.strip() or _TIMES.search(line):
            return end
        if _NUMBER.fullmatch(line) and end + 1 < len(lines) and _TIMES.search(lines[end + 1]):
            return end
    return len(lines)


def _speeches(lines: Sequence[str]) -> Iterator[str | _Speech]:
    """The words of a cue: all in one, unless dashes tell speakers apart or a line is a sound."""
    groups: list[list[str]] = []
    alone = True
    for line in lines:
        sound = _SOUND.fullmatch(_TAG.sub("", line)) is not None
        if alone or sound or _DASH.match(line):
            groups.append([])
        groups[-1].append(line)
        alone = sound
    for group in groups:
        body = [line.rstrip("\r\n") for line in group]
        ending = group[0][len(body[0]) :]
        yield _set_in_tags(body, ending) or _plain(body, ending)
        yield group[-1][len(body[-1]) :]


def _plain(body: Sequence[str], ending: str) -> _Speech:
    lead = _LEAD.match(body[0])
    start = lead.end() if lead else 0
    return _Speech(body[0][:start], _join([body[0][start:], *body[1:]]), len(body), ending)


def _set_in_tags(body: Sequence[str], ending: str) -> _Speech | None:
    """Lines that all stand in the same tags, which then go around each line of the translation."""
    found = [match for line in body if (match := _SET.fullmatch(line))]
    if len(found) < len(body) or len({(m["open"], m["close"]) for m in found}) > 1:
        return None
    first = found[0]
    words = _join([first["words"], *(m["dash"] + m["words"] for m in found[1:])])
    lead = first["codes"] + first["open"] + first["dash"]
    return _Speech(lead, words, len(body), ending, first["open"], first["close"])


def _join(lines: Sequence[str]) -> str:
    joined = lines[0]
    for line in lines[1:]:
        blank = "" if not joined or (_HAN.match(joined[-1]) and _HAN.match(line[:1])) else " "
        joined = joined.rstrip() + blank + line.lstrip()
    return joined


def _wrap(text: str, most: int, target: Lang) -> list[str]:
    """The text in at most as many lines as before, where it is too long for one."""
    limit = _LINE_CHARS[target.base]
    count = min(most, -(-len(text) // limit))
    if count <= 1 or _TAG.search(text):
        return [text]
    lines = []
    rest = text
    for left in range(count, 1, -1):
        at = _break(rest, len(rest) // left, target)
        lines.append(rest[:at].rstrip(" "))
        rest = rest[at:].lstrip(" ")
    return [line for line in [*lines, rest] if line]


def _break(text: str, wanted: int, target: Lang) -> int:
    """The place nearest to ``wanted`` where a line may end."""
    places = [match.start() for match in _BREAKS[target.base].finditer(text, 1)]
    if target.base == "zh" and not any(abs(at - wanted) <= wanted // 2 for at in places):
        places = [
            at for at in range(1, len(text)) if _HAN.match(text[at]) and _HAN.match(text[at - 1])
        ]
    return min(places, key=lambda at: abs(at - wanted), default=len(text))
