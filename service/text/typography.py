"""Punctuation and blanks of one translated segment in the manner of its language, and the writer's emphasis kept.

Works on a model's output before protected text is put back, so placeholders and what they stand for are not touched.
The bundled model needs little of it; other models write half-width marks in Chinese, or full-width ones in English.
"""

import regex

from service.domain import HanSpacing

__all__ = [
    "begins_sentence",
    "carry_emphasis",
    "go_on",
    "keep_case",
    "sentence_case",
    "set_spacing",
    "set_width",
    "within_sentence",
]

_MAX_REPEATS = 3  # of a final mark: enough to shout
_TO_WIDE = {",": "，", ".": "。", "!": "！", "?": "？", ":": "：", ";": "；"}
_TO_NARROW = {
    "，": ",",
    "。": ".",
    "！": "!",
    "？": "?",
    "：": ":",
    "；": ";",
    "、": ",",
    "（": "(",
    "）": ")",
}
# A half-width mark belongs to Chinese when a Han character is right before it; between digits it is part of a number.
_NARROW_AFTER_HAN = regex.compile(r"(?<=\p{Han})(?:\.{3,}|[,.!?:;](?![0-9A-Za-z]))[ ]?")
_WIDE = regex.compile(r"[，。！？：；、（）]")
_WIDE_ELLIPSIS = regex.compile(r"…{1,2}|。{3,}")
_DASHES = regex.compile(r"(?<=\p{Han}) ?(?:--|——|—) ?(?=\p{Han})")
_FINAL = regex.compile(r"([!?！？~～]+)[\s⟦⟧\d]*$")
_FINAL_MARK = regex.compile(r"[!?！？~～。.…]+$")
_FIRST_WORD = regex.compile(r"[\"'“‘(]*+([a-z]++)(?=[ ,.!?;:'’)\n]|$)")
_WITH_DIGITS = regex.compile(r"(?<![A-Za-z0-9])[A-Za-z]{1,20}+[0-9][A-Za-z0-9]*+(?:\.[0-9]++)*+")
_FINALS = frozenset("。！？…!?.～~")
_LOOK_BACK = 64
_HAN_LATIN = regex.compile(r"(?<=\p{Han})(?=[A-Za-z0-9])|(?<=[A-Za-z0-9%])(?=\p{Han})")
_HAN_BLANK_LATIN = regex.compile(r"(?<=\p{Han}) (?=[A-Za-z0-9])|(?<=[A-Za-z0-9%]) (?=\p{Han})")


def set_width(text: str, target: str) -> str:
    """Full-width marks in Chinese, half-width ones in English (``target`` is ``zh`` | ``en``)."""
    if target == "zh":
        if text.isascii():
            return text
        text = _NARROW_AFTER_HAN.sub(_widened, text)
        return _DASHES.sub("——", text)
    if text.isascii():
        return text
    text = _WIDE_ELLIPSIS.sub("...", text)
    return _WIDE.sub(lambda match: _narrowed(match, text), text)


def _widened(match: "regex.Match[str]") -> str:
    mark = match.group().rstrip()
    return "……" if mark.startswith("...") else _TO_WIDE[mark]


def _narrowed(match: "regex.Match[str]", text: str) -> str:
    """A wide mark's narrow form, with the blank that English wants beside it."""
    mark = _TO_NARROW[match.group()]
    before, after = text[match.start() - 1 : match.start()], text[match.end() : match.end() + 1]
    if mark == "(":
        return " (" if before.isalnum() else "("
    return mark + " " if after.isalnum() else mark


def carry_emphasis(output: str, source: str, target: str) -> str:
    """``so good!!!`` keeps its marks: at most three, in the width of the target language.

    Only where the output ends in one mark of the same kind, or in a full stop.
    """
    said = _FINAL.search(source)
    if said is None or len(said.group(1)) < 2:
        return output
    marks = said.group(1).translate(_NARROW)[-_MAX_REPEATS:]
    found = _FINAL_MARK.search(output)
    if found is None or len(found.group()) > 1:
        return output
    ends = found.group().translate(_NARROW)
    if ends not in ("。", ".") and ends != marks[-1] and ends != marks[0]:
        return output
    wide = marks.translate(_WIDER) if target == "zh" else marks
    return output[: found.start()] + wide


def set_spacing(text: str, spacing: HanSpacing) -> str:
    """Blanks between Han characters and Latin letters or digits: put in, taken out, or left."""
    if spacing is HanSpacing.KEEP or text.isascii():
        return text
    if spacing is HanSpacing.SPACE:
        return _HAN_LATIN.sub(" ", text)
    return _HAN_BLANK_LATIN.sub("", text)


def keep_case(output: str, source: str) -> str:
    """Words with digits (v1.2.3, iPhone15) in the case that ``source`` writes them in."""
    for word in _WITH_DIGITS.findall(source):
        if word not in output:
            output = regex.sub(
                rf"(?<![A-Za-z0-9]){regex.escape(word)}(?![A-Za-z0-9])", word, output, flags=regex.I
            )
    return output


_STARTERS = regex.compile(
    r"(?:An?|And|But|He|She|It|They|We|You|His|Her|Its|Their|Our|My|Your|The|This|That|These|Those|There|If|In|Of|On"
    r"|To|Not?|So|Let|Thanks?|How|What|When|Where|Who|Why|Yes)(?=[ ,']|$)"
)
_GOES_ON = frozenset(",.;:!?，。；：！？")
_CLAUSE_MARKS = {",": ",", "，": ",", "、": ",", ";": ";", "；": ";", ":": ":", "：": ":"}


def begins_sentence(text: str, at: int) -> bool:
    """Whether a sentence begins at ``text[at]``: at the start of a line, or behind a final mark."""
    before = text[max(0, at - _LOOK_BACK) : at].rpartition("\n")[2].rstrip("\"'”’」』）) ")
    if before.endswith("~~"):  # a struck-out word, not a drawn-out sentence
        return False
    return not any(map(str.isalnum, before)) or before[-1:] in _FINALS


def sentence_case(output: str, source: str) -> str:
    """English ``output`` with a capital first letter, unless its first word stands in the ``source`` just so (npm)."""
    first = _FIRST_WORD.match(output)
    if first is None or _stands_in(source, first.group(1)):
        return output
    at = first.start(1)
    return output[:at] + output[at].upper() + output[at + 1 :]


def within_sentence(output: str) -> str:
    """English ``output`` inside a sentence: a small word that can only have a capital at the start loses it."""
    return output[0].lower() + output[1:] if _STARTERS.match(output) else output


def go_on(output: str, text: str, end: int, *, over_blanks: bool) -> str:
    """English ``output`` for text whose sentence goes on at ``text[end]``: no final mark, but the comma of the source.

    Where no comma stands before ``end``, what follows goes on only if it is joined, or ``over_blanks`` is set.
    """
    rest = text[end:].partition("\n")[0]
    following = rest.lstrip()[:1]
    before = text[max(0, end - _LOOK_BACK) : end].rstrip()[-1:]
    if not (following.isalnum() or following in _GOES_ON) or before in _FINALS:
        return output
    mark = _CLAUSE_MARKS.get(before, "")
    if output[-1:].isalnum():
        return output + mark
    if output.endswith(".") and (mark or over_blanks or rest[:1] == following):
        return output[:-1] + mark
    return output


def _stands_in(text: str, word: str) -> bool:
    """Whether ``word`` is a word of its own in ``text``."""
    at = text.find(word)
    while at >= 0:
        around = text[max(at - 1, 0) : at] + text[at + len(word) : at + len(word) + 1]
        if not any(c.isascii() and c.isalnum() for c in around):
            return True
        at = text.find(word, at + 1)
    return False


_NARROW = str.maketrans("！？～", "!?~")
_WIDER = str.maketrans("!?", "！？")
