"""Finds a caller's own terms in a text: Han terms anywhere, Latin terms as words in any case and English inflection."""

from collections.abc import Sequence
from dataclasses import dataclass

import regex

__all__ = ["GlossaryHit", "find_glossary", "inflected"]

_LATIN_END = regex.compile(r"[\p{Latin}\p{N}]")
_VOWELS = frozenset("aeiou")


@dataclass(frozen=True, slots=True)
class GlossaryHit:
    """Code points ``[start, end)`` hold a glossary's source term, which is to become ``target``."""

    start: int
    end: int
    target: str


def find_glossary(
    text: str, pairs: Sequence[tuple[str, str]], taken: Sequence[tuple[int, int]] = ()
) -> list[GlossaryHit]:
    """Hits of (source term, target term) pairs, longest first, outside the sorted spans ``taken``.

    An English source term also matches in the plural; its target, where English, takes the plural too.
    """
    forms: dict[str, str] = {}
    for source, target in pairs:
        for form, said in _forms(source, target):
            forms.setdefault(form, said)
    if not forms:
        return []
    longest_first = sorted(forms, key=len, reverse=True)
    pattern = regex.compile("|".join(_bounded(form) for form in longest_first), regex.I)
    return [
        GlossaryHit(match.start(), match.end(), _cased(match.group(), forms))
        for match in pattern.finditer(text)
        if not any(start < match.end() and match.start() < end for start, end in taken)
    ]


def _forms(source: str, target: str) -> list[tuple[str, str]]:
    source = source.strip()
    if not source:
        return []
    forms = [(source.lower(), target)]
    if source.isascii() and source[-1].isalpha():
        plural = inflected(source.lower())
        forms.append((plural, inflected(target) if target.isascii() else target))
    return forms


def inflected(word: str) -> str:
    """The regular English plural: bestie -> besties, box -> boxes, city -> cities."""
    lowered = word.lower()
    if lowered.endswith(("s", "x", "z", "ch", "sh")):
        return word + "es"
    if lowered.endswith("y") and len(word) > 1 and lowered[-2] not in _VOWELS:
        return word[:-1] + "ies"
    return word + "s"


def _bounded(form: str) -> str:
    before = r"(?<![\p{Latin}\p{N}])" if _LATIN_END.match(form[0]) else ""
    after = r"(?![\p{Latin}\p{N}])" if _LATIN_END.match(form[-1]) else ""
    return before + regex.escape(form) + after


def _cased(found: str, forms: dict[str, str]) -> str:
    target = forms.get(found.lower())
    if (
        target is None
    ):  # a letter whose lower case is another (İ): the pattern knew it, the table does not
        folded = {form.casefold(): said for form, said in forms.items()}
        target = folded.get(found.casefold(), found)
    return target
