"""What a browser shows of a text with HTML in it: tags taken out, character references read, with the way back."""

import html
from collections.abc import Iterator

import regex

from service.text.offsets import Step

__all__ = ["HTML", "render"]

HTML = "html"  # the name of the step

# A tag's name and its end, or a reference; numbers of bounded length, because Python refuses to read endless ones.
_MARKUP = regex.compile(
    r"<!--[\s\S]*?(?:-->|\Z)|</?(?P<tag>[A-Za-z][A-Za-z0-9]{0,15}+)(?:\s[^<>]*+)?/?>"
    r"|(?P<reference>&(?:\#0{0,32}+[0-9]{1,7}+|\#[xX]0{0,32}+[0-9A-Fa-f]{1,6}+|[A-Za-z][A-Za-z0-9]{1,31}+);?)"
)
# Tags that stand inside a word; every other one ends it.
_INSIDE = frozenset(
    {
        "a", "abbr", "b", "bdi", "bdo", "big", "cite", "code", "del", "dfn", "em", "font", "i", "ins", "kbd", "mark",
        "q", "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "tt", "u", "var", "wbr",
    }
)  # fmt: skip


def render(text: str) -> Step | None:
    """The text as it is shown; None where it has no markup. Linear; total over strings."""
    if "<" not in text and "&" not in text:
        return None
    after = _MARKUP.sub(_shown, text)
    if after == text:
        return None

    def pieces() -> Iterator[tuple[int, int, int]]:
        for match in _MARKUP.finditer(text):
            if (new := _shown(match)) != match.group():
                yield *match.span(), len(new)

    return Step(HTML, text, after, pieces)


def _shown(match: "regex.Match[str]") -> str:
    if match["reference"]:
        return html.unescape(match.group())
    return "" if match["tag"] is None or match["tag"].lower() in _INSIDE else "\n"
