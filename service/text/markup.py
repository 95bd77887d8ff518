"""Read HTML without changing it: which stretches are tags to carry along, which to skip, which characters to decode."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html.entities import html5

import regex

from service.domain import Span, SpanKind
from service.text.protect import merge_spans

__all__ = ["Markup", "escape", "scan"]

_TOKEN = regex.compile(
    r"(?P<comment><!--(?:-?>|[\s\S]*?(?:-->|\Z))|<[!?][^<>]*+>)"
    # An unquoted < ends the attempt: with possessive repeats that keeps the scan linear for any input.
    r"|<(?P<slash>/?)(?P<name>[A-Za-z][^\s/<>\"']*+)(?P<attributes>(?:[^<>\"']++|\"[^\"]*+\"|'[^']*+')*+)>"
    r"|(?P<reference>&(?:\#[0-9]{1,8}+;?|\#[xX][0-9A-Fa-f]{1,8}+;?|[A-Za-z][A-Za-z0-9]{1,31}+;?))"
    r"|(?P<newline>(?<!\s)[ \t\f]*+(?:\r\n?|\n)[ \t\f]*+(?![\s]))"
)
_ATTRIBUTE = regex.compile(
    r"([^\s\"'<>/=]++)(?:\s*+=\s*+(?:\"([^\"]*+)\"|'([^']*+)'|([^\s\"'=<>`]++)))?+"
)


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_BLOCKS = _names(
    "address article aside audio base blockquote body br canvas caption center col colgroup dd details dialog dir div"
    " dl dt embed fieldset figcaption figure footer form frame frameset h1 h2 h3 h4 h5 h6 head header hgroup hr html"
    " iframe legend li link main menu meta nav object ol optgroup option p param picture section select source summary"
    " table tbody td template tfoot th thead title tr track ul video"
)
_OPAQUE = _names(
    "script style pre textarea svg math noscript xmp"
)  # skipped with all their content
_RAW = _names("script style textarea xmp")  # hold no tags
_RAW_END = {name: regex.compile(rf"(?i:</{name}(?=[\s/>]))") for name in sorted(_RAW)}
_VOID = _names("area base br col embed hr img input link meta param source track wbr")
_CODE = _names("code kbd samp var tt")
_KEPT_CLASSES = _names("notranslate mention hashtag invisible ellipsis")
# Elements whose end tag may be left out: without one they end where the next block begins or ends.
_IMPLIED_END = _names("p li dt dd td th tr option")
_APOSTROPHES = ("&#39;", "&#x27;", "&apos;")
_QUOTES = ("&quot;", "&#34;")
_DECODED_CHARACTERS = frozenset("&<>\"'")
_DECODED_NUMBERS = {"&#39;": "'", "&#x27;": "'", "&#34;": '"'}
_HAN = regex.compile(r"\p{Han}")
_ENDS_LINE = frozenset('.!?。！？…;；:："”’」』)）')
# A link or a name goes on over &amp; but no other reference.
_TRIMMED_AT_REFERENCE = frozenset({SpanKind.URL, SpanKind.HASHTAG, SpanKind.MENTION})


@dataclass(frozen=True, slots=True)
class Markup:
    """What ``scan`` found, in positions of the raw HTML, each list sorted and without overlaps.

    ``atoms`` are inline tags, whole elements not to translate, and character references; ``barriers`` end a sentence.
    ``replace`` says what an atom reads as to the model: ``&amp;`` as ``&``, a line break inside a sentence as a blank.
    """

    atoms: list[Span]
    barriers: list[tuple[int, int]]
    replace: dict[Span, str] = field(default_factory=dict)

    def merge(self, spans: Sequence[Span]) -> list[Span]:
        """``atoms`` together with the protected spans of the raw HTML. Markup wins, but a link may hold ``&amp;``."""
        walls = [Span(start, end, SpanKind.TAG) for start, end in self.barriers]
        hard = [atom for atom in self.atoms if atom.kind is not SpanKind.ENTITY]
        references = [atom for atom in self.atoms if atom.kind is SpanKind.ENTITY]
        blocked = set(hard) | set(walls)
        free = [span for span in merge_spans(spans, sorted(blocked)) if span not in blocked]
        trimmed = list(_trimmed(free, references, self.replace))
        return merge_spans(merge_spans(references, trimmed), hard)


def _trimmed(
    spans: Sequence[Span], references: Sequence[Span], replace: Mapping[Span, str]
) -> Iterator[Span]:
    """``spans`` without those that meet a reference they cannot hold; a link ends in front of it."""
    i = 0
    for span in spans:
        while i < len(references) and references[i].end <= span.start:
            i += 1
        end, j = span.end, i
        while j < len(references) and references[j].start < end:
            reference = references[j]
            if replace.get(reference) != "&" or reference.end > end:
                end = reference.start if span.kind in _TRIMMED_AT_REFERENCE else span.start
            j += 1
        if span.start < end:
            yield Span(span.start, end, span.kind)


@dataclass(frozen=True, slots=True)
class _Token:
    """A piece of markup ``html[start:end]``; text between tokens is plain."""

    start: int
    end: int
    kind: str  # "open" | "close" | "comment" | "reference" | "newline"
    name: str = ""
    kept: bool = False  # opens an element whose content is not translated
    closed: bool = False  # has no content: void, or written <x/>
    text: str = ""  # what a reference stands for, if it is decoded


def scan(html: str) -> Markup:
    """The markup of ``html``. Never raises, never recurses, linear in the length, however broken the input."""
    tokens = list(_tokens(html))
    partners = _partners(tokens)
    found = _Found(html, soft_newlines=any(t.name in _BLOCKS for t in tokens))
    i = 0
    while i < len(tokens):
        token = tokens[i]
        i += 1
        if token.kept:
            i, end = _extent(html, tokens, partners, i - 1)
            found.element(token, end)
        else:
            found.token(token)
    return found.markup()


def _tokens(html: str) -> Iterator[_Token]:
    position = 0
    while match := _TOKEN.search(html, position):
        position = match.end()
        if match["name"] is not None:
            token = _tag(match)
            yield token
            if token.kind == "open" and token.name in _RAW and not token.closed:
                end = _RAW_END[token.name].search(html, position)
                position = end.start() if end else len(html)
        elif match["reference"] is not None:
            reference = _reference(match["reference"], match.start())
            if reference is None:
                position = match.start() + 1
            else:
                position = reference.end
                yield reference
        else:
            yield _Token(match.start(), match.end(), match.lastgroup or "")


def _tag(match: "regex.Match[str]") -> _Token:
    name, attributes = match["name"].lower(), match["attributes"]
    if match["slash"]:
        return _Token(*match.span(), "close", name)
    closed = name in _VOID or attributes.endswith("/")
    kept = name in _OPAQUE or name in _CODE or _keeps(attributes)
    return _Token(*match.span(), "open", name, kept, closed)


def _keeps(attributes: str) -> bool:
    """Whether the attributes of a tag say that its content is to be left alone."""
    lowered = attributes.lower()
    if "translate" not in lowered and "class" not in lowered:
        return False
    for name, double, single, bare in _ATTRIBUTE.findall(lowered):
        value = double or single or bare
        if name == "translate" and value.strip() == "no":
            return True
        if name == "class" and not _KEPT_CLASSES.isdisjoint(value.split()):
            return True
    return False


def _reference(written: str, start: int) -> _Token | None:
    """The character reference at the head of ``written``; HTML lets old names go without a semicolon."""
    if written[1] == "#":
        text = _DECODED_NUMBERS.get(written.lower(), "")
        return _Token(start, start + len(written), "reference", text=text)
    name = written[1:]
    while name and name not in html5:
        name = name[:-1]
    if not name:
        return None
    text = html5[name] if html5[name] in _DECODED_CHARACTERS else ""
    return _Token(start, start + 1 + len(name), "reference", text=text)


def _partners(tokens: Sequence[_Token]) -> dict[int, int]:
    """The end tag of every start tag that has one, both as indexes."""
    partners: dict[int, int] = {}
    opened: dict[str, list[int]] = {}
    for i, token in enumerate(tokens):
        if token.kind == "open" and not token.closed:
            opened.setdefault(token.name, []).append(i)
        elif token.kind == "close" and (waiting := opened.get(token.name)):
            partners[waiting.pop()] = i
    return partners


def _extent(
    html: str, tokens: Sequence[_Token], partners: Mapping[int, int], i: int
) -> tuple[int, int]:
    """Where the element that token ``i`` opens ends: the next token's index, and the position in ``html``.

    Without an end tag a block ends with the document, anything else where the next block begins or ends.
    """
    token = tokens[i]
    if token.closed:
        return i + 1, token.end
    if (partner := partners.get(i)) is not None:
        return partner + 1, tokens[partner].end
    if token.name in _OPAQUE or (token.name in _BLOCKS and token.name not in _IMPLIED_END):
        return len(tokens), len(html)
    for j in range(i + 1, len(tokens)):
        if tokens[j].name in _BLOCKS:
            return j, tokens[j].start
    return len(tokens), len(html)


class _Found:
    """Collects atoms, barriers and replacements from left to right."""

    def __init__(self, html: str, *, soft_newlines: bool) -> None:
        self._html = html
        self._soft_newlines = soft_newlines
        self._atoms: list[Span] = []
        self._barriers: list[tuple[int, int]] = []
        self._replace: dict[Span, str] = {}
        self._newline: Span | None = None  # waits for what comes after it

    def markup(self) -> Markup:
        self._settle(len(self._html))
        return Markup(self._atoms, self._barriers, self._replace)

    def token(self, token: _Token) -> None:
        if token.kind == "newline":
            self._wait(token)
        elif token.kind == "reference":
            self._atom(token.start, token.end, SpanKind.ENTITY)
            if token.text:
                self._replace[self._atoms[-1]] = token.text
        elif token.kind == "comment" or token.name in _BLOCKS or token.name in _OPAQUE:
            self._barrier(token.start, token.end)
        else:
            self._atom(token.start, token.end, SpanKind.TAG)

    def element(self, token: _Token, end: int) -> None:
        """A whole element that is not translated."""
        if token.name in _BLOCKS or token.name in _OPAQUE:
            self._barrier(token.start, end)
        else:
            self._atom(token.start, end, SpanKind.NOTRANSLATE)

    def _atom(self, start: int, end: int, kind: SpanKind) -> None:
        self._settle(None)
        self._atoms.append(Span(start, end, kind))

    def _barrier(self, start: int, end: int) -> None:
        self._settle(start)
        self._barriers.append((start, end))

    def _wait(self, token: _Token) -> None:
        """A single line break is a blank to a browser, unless it ends a sentence or stands beside a block."""
        self._settle(None)
        before = self._html[token.start - 1 : token.start]
        at_barrier = self._barriers and self._barriers[-1][1] == token.start
        if self._soft_newlines and before and before not in _ENDS_LINE and not at_barrier:
            self._newline = Span(token.start, token.end, SpanKind.ENTITY)

    def _settle(self, wall: int | None) -> None:
        """Keep the line break that waits, unless the wall that begins at ``wall`` touches it."""
        span, self._newline = self._newline, None
        if span is None or span.end == wall:
            return
        self._atoms.append(span)
        sides = self._html[span.start - 1] + self._html[span.end]
        self._replace[span] = "" if len(_HAN.findall(sides)) == 2 else " "


def escape(text: str, original: str) -> str:
    """``text`` of a model made safe to stand in HTML, with quotes written as ``original``, the source's HTML, did."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    for character, forms in (('"', _QUOTES), ("'", _APOSTROPHES)):
        form = next((form for form in forms if form in original), None)
        if form:
            text = text.replace(character, form)
    return text
