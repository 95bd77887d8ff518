"""The pieces that a report page is made of: escaped text, tables, figures with captions, and the page around them."""

from collections.abc import Iterable, Sequence
from html import escape
from importlib.resources import files

__all__ = [
    "Cell",
    "Number",
    "bar",
    "count",
    "figure",
    "join",
    "mask",
    "page",
    "section",
    "share",
    "table",
    "tiles",
]

# Nothing may be fetched and nothing may run: the page is looked at on machines of moderators.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_DOT = "•"


class Number(str):
    """HTML of a cell that is set to the right."""

    __slots__ = ()


Cell = str | Number  # both are HTML already


def page(title: str, body: Sequence[str]) -> str:
    """A whole document that needs nothing else."""
    style = files("service.batch").joinpath("report.css").read_text("utf-8")
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="robots" content="noindex">\n'
        f"<title>{escape(title)}</title>\n<style>\n{style}</style>\n</head>\n<body>\n<main>\n"
        + "\n".join(body)
        + "\n</main>\n</body>\n</html>\n"
    )


def section(title: str, *body: str, about: str = "") -> str:
    """A part of the page. ``about``: HTML of what there is to see."""
    said = f'<p class="quiet">{about}</p>' if about else ""
    return f"<section>\n<h2>{escape(title)}</h2>\n{said}\n{join(body)}\n</section>"


def figure(svg: str, name: str, caption: str) -> str:
    """A drawing with its caption, which is also what it is called for those who cannot see it."""
    return (
        f'<figure role="group" data-figure="{name}" aria-label="{escape(caption)}">{svg}'
        f"<figcaption>{escape(caption)}</figcaption></figure>"
    )


def tiles(facts: Iterable[tuple[str, str]]) -> str:
    """The few numbers that everybody asks for first."""
    shown = "".join(
        f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in facts
    )
    return f'<dl class="tiles">{shown}</dl>'


def table(caption: str, head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """A table whose first column names the row. ``head`` is text, cells are HTML."""
    body = [list(row) for row in rows]
    right = [bool(body) and isinstance(body[0][at], Number) for at in range(len(head))]
    titles = "".join(
        f'<th scope="col"{_CLASS if one else ""}>{escape(name)}</th>'
        for name, one in zip(head, right, strict=True)
    )
    lines = [
        f'<tr><th scope="row">{first}</th>{"".join(map(_cell, rest))}</tr>' for first, *rest in body
    ]
    return (
        f'<div class="scroll"><table><caption>{escape(caption)}</caption><thead><tr>{titles}</tr></thead>'
        f"<tbody>\n{join(lines)}\n</tbody></table></div>"
    )


_CLASS = ' class="number"'


def _cell(cell: Cell) -> str:
    if cell.startswith("<td"):
        return cell
    return f"<td{_CLASS if isinstance(cell, Number) else ''}>{cell}</td>"


def bar(part: float) -> str:
    """A cell with a bar of this part (0..1) of its width; the number beside it says the same."""
    return f'<td class="bar" aria-hidden="true"><i style="width:{100 * part:.1f}%"></i></td>'


def count(number: int) -> Number:
    return Number(f"{number:,}")


def share(part: int, total: int) -> Number:
    """A percentage; a dash where there is nothing to divide by."""
    if not total:
        return Number("–")
    percent = 100 * part / total
    if 0 < percent < 0.005:
        return Number("&lt; 0.01 %")
    return Number(f"{percent:.{1 if percent >= 1 or not part else 2}f} %")


def mask(text: str) -> str:
    """The shape of a text: every letter and digit a dot, so that nobody reads it by accident."""
    return "".join(c if _is_shape(c) else _DOT for c in text)


def _is_shape(char: str) -> bool:
    """Punctuation and blanks; a control character would be an empty box."""
    return not char.isalnum() and ord(char) <= 0x2FFF and (char.isprintable() or char.isspace())


def join(parts: Iterable[str]) -> str:
    return "\n".join(parts)
