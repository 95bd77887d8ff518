"""Where a sentence ends, by the rules of English and of Chinese. Works on a line in which atoms are blanked out."""

from collections.abc import Iterator

import regex

__all__ = ["ATOM", "CLOSING_ATOM", "sentence_ends"]

# What stands for every code point of an atom. Both are noncharacters: text has no use for them.
ATOM = "\ufdd0"
CLOSING_ATOM = "\ufdd1"  # a closing tag or quote: belongs to the sentence before it

_MARKS = regex.compile(
    rf"(?P<marks>[.!?。！？｡…‼⁉]++)(?P<close>[\"'”’」』》）)\]}}】〉*_~～{CLOSING_ATOM}]*+)"
)
_HAN = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}]")
_ALNUM = regex.compile(r"[\p{L}\p{N}]")
_WORD = regex.compile(r"[A-Za-z]++")
_DOTTED = regex.compile(r"(?:[A-Za-z]{1,2}\.)+[A-Za-z]{1,2}")  # U.S, e.g, a.m, Ph.D
_WIDE = frozenset("。！？｡‼⁉")
_QUOTES = frozenset("\"'”’」』")
# Punctuation after which the sentence before is not over yet: 「好。」，他说
_CONTINUES = frozenset("，、：,:;；。！？…!?.)）")
_FEWEST_BEFORE_ELLIPSIS = 4  # letters: 我……我不知道 is one sentence


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_NEVER_ENDS = _words(
    "mr mrs ms mx dr prof rev fr gen sen rep gov capt cpt sgt col lt maj hon mt ft messrs e.g i.e vs cf viz approx est"
    " dept fig figs esp incl resp"
)
_ENDS_NOT_BEFORE_NUMBER = _words(
    "no nos vol vols ch sec art eq p pp pt jan feb mar apr jun jul aug sep sept oct nov dec"
)
_ENDS_BEFORE_STARTER = _words("st ave rd blvd inc ltd co corp jr sr bros etc al")
_STARTERS = _words(
    "a after all also although an and are as at because before but by can do don't even for he her here his how however"
    " i if in is it it's its just let maybe my never no not now of on or our please she since so some thanks that the"
    " their then there these they this those to today we well what when where which while who why will with yes yet you"
    " your"
)


def sentence_ends(shadow: str, start: int, end: int) -> Iterator[int]:
    """Places in the line ``shadow[start:end]`` where a sentence ends and another follows, in order.

    Each is right behind the mark and what closes with it, before any blank. A sentence has a letter or a digit on
    both sides of such a place, so marks and emoji alone never stand apart.
    """
    last = -1
    begin, letters_from = start, end
    counted, quotes = start, 0
    for match in _MARKS.finditer(shadow, start, end):
        if last < 0:  # most lines have no mark inside and never get here
            last = next((i for i in range(end - 1, start - 1, -1) if shadow[i].isalnum()), start)
            letters_from = _letter(shadow, start, end)
        cut = match.end()
        if '"' in match["close"]:
            quotes += shadow.count('"', counted, match.start())
            counted = match.start()
            if quotes % 2 == 0:  # it opens the next sentence
                cut = shadow.index('"', match.start())
        if cut > last:
            return
        if letters_from < match.start() and _is_end(shadow, begin, match, cut):
            yield cut
            begin, letters_from = cut, _letter(shadow, cut, end)


def _letter(shadow: str, start: int, end: int) -> int:
    """Where the first letter or digit of ``shadow[start:end]`` is, or ``end``."""
    match = _ALNUM.search(shadow, start, end)
    return match.start() if match else end


def _is_end(shadow: str, begin: int, match: "regex.Match[str]", cut: int) -> bool:
    """Whether the sentence that starts at ``begin`` ends at ``cut``, behind the marks of ``match``."""
    marks = match["marks"]
    blank = shadow[cut].isspace()
    following = shadow[cut + blank : cut + blank + 20]
    if following[:1] in _CONTINUES:
        return False
    if not _WIDE.isdisjoint(marks):
        return True
    if "…" in marks or marks.startswith(".."):
        said = sum(c.isalnum() for c in shadow[begin : min(match.start(), begin + 20)])
        return said >= _FEWEST_BEFORE_ELLIPSIS and not following[:1].islower()
    before = shadow[max(begin, match.start() - 20) : match.start()]
    if not blank:
        return _ends_without_blank(marks, before, following)
    if following[:1].islower() and not _QUOTES.isdisjoint(match["close"]):
        return False  # "Really?" he asked.
    return marks != "." or _full_stop_ends(
        before, following, shadow[begin : min(match.start(), begin + 20)]
    )


def _ends_without_blank(marks: str, before: str, following: str) -> bool:
    """``OK.好的`` and ``Hi!How are you`` are two sentences, ``3.5``, ``a.b`` and ``Node.js`` are not."""
    if _HAN.match(following):
        return marks != "." or not before[-1:].isdigit()
    return marks[-1] in "!?" and following[:1].isupper() and before[-1:].islower()


def _full_stop_ends(before: str, following: str, beginning: str) -> bool:
    """Whether a single full stop with a blank behind it ends a sentence, or an abbreviation."""
    last = (before.split() or [""])[-1].lstrip("([{\"'“‘")
    if before[-1:].isspace():
        last = ""
    word = last.lower()
    next_word = _WORD.match(following)
    starter = next_word is not None and following[0].isupper() and next_word[0].lower() in _STARTERS
    if word in _NEVER_ENDS or (last.isdigit() and beginning.strip() == last):
        return False  # the latter numbers an item of a list
    if _DOTTED.fullmatch(last) or (len(last) == 1 and last.isupper() and last != "I"):
        return starter
    if word in _ENDS_NOT_BEFORE_NUMBER:
        return not following[:1].isdigit()
    if word in _ENDS_BEFORE_STARTER:
        return starter
    # Who starts sentences in lower case goes on doing so; else an unknown abbreviation is likelier.
    return not following[:1].islower() or beginning.lstrip()[:1].islower()
