"""The forms a lexicon term may take in the views of a text: what to look for, and how far to trust it."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, product

from service.text.confusables import ViewName, fold
from service.text.disguises import squeeze_runs
from service.text.phonetic import fuzzy_syllables, sound_of, syllable_of

__all__ = ["Form", "forms"]

_VOWELS = frozenset("aeiou")
_MASKED_LENGTHS = range(4, 17)  # shorter words are ambiguous, longer ones are written out
_MIXED_LENGTH = 4  # Han characters up to which every mixture is listed: 3 ** 4 forms
_MAX_SOUNDS = 12  # forms of one term in the pinyin view


@dataclass(frozen=True, slots=True)
class Form:
    """One way a lexicon term may stand in a view: the needle for the automaton of ``kind``.

    ``text`` is folded already. ``name`` is empty for the term itself, else the disguise to add to the hit's views.
    ``loose`` forms collide with ordinary words and are for terms marked so: the pinyin in Latin letters alone
    (shabi), initials alone (nmsl), an accent's sounds (sa for sha). A form that begins or ends with a Latin letter
    or digit needs a word boundary at that end.
    """

    text: str
    kind: str = "surface"  # "surface" | "squeezed" | "pinyin"
    name: str = ""
    loose: bool = False


def forms(
    term: str, lang: str, enabled: frozenset[ViewName] = frozenset(ViewName)
) -> tuple[Form, ...]:
    """Every form in which ``term`` (``lang`` "en" or "zh") is to be looked for, the plainest first, no text twice.

    Any term: itself; squeezed (confirm a hit with ``View.confirms``). Latin words of four letters or more: masked
    (f*ck, f**k, never fewer than two letters left). Terms of two or more Han characters: some characters spelled
    (sha逼) or by their initial (傻b) with at least one left as it is; masked (three or more); by sound, for the pinyin
    view; loose: all spelled (shabi, "sha bi"), all initials (three or more). Terms with no Han character get no
    pinyin. Empty for a term that folds to nothing.
    """
    plain = fold(term).strip()
    if not plain:
        return ()
    found: dict[tuple[str, str], Form] = {}
    for form in _all_forms(plain, lang):
        if not form.name or form.name in enabled:
            found.setdefault((form.kind, form.text), form)
    return tuple(found.values())


def _all_forms(plain: str, lang: str) -> Iterator[Form]:
    yield Form(plain)
    yield Form(squeeze_runs(plain), "squeezed", ViewName.REPEATS)
    if plain.isascii():
        if plain.isalpha() and len(plain) in _MASKED_LENGTHS:
            yield from (Form(text, name=ViewName.MASK) for text in _masked(plain))
        return
    syllables = [syllable_of(char) for char in plain]
    spoken = [index for index, syllable in enumerate(syllables) if syllable]
    if lang != "zh" or len(spoken) < 2:
        return
    if len(plain) >= 3:
        for index in spoken[1:]:
            yield Form(f"{plain[:index]}*{plain[index + 1 :]}", name=ViewName.MASK)
    yield from _mixed(plain, syllables)
    yield from _by_sound(plain, syllables)
    if len(spoken) == len(plain):
        yield Form("".join(syllables), name=ViewName.PINYIN, loose=True)
        yield Form(" ".join(syllables), name=ViewName.PINYIN, loose=True)
        if len(plain) >= 3:
            yield Form(
                "".join(syllable[0] for syllable in syllables), name=ViewName.INITIALS, loose=True
            )


def _masked(word: str) -> Iterator[str]:
    """Stars for every stretch after the first letter that leaves two letters, and for all vowels but a first one."""
    size = len(word)
    for length in range(1, size - 1):
        for start in range(1, size - length + 1):
            yield word[:start] + "*" * length + word[start + length :]
    vowels = "".join("*" if index and char in _VOWELS else char for index, char in enumerate(word))
    if size - vowels.count("*") >= 2:
        yield vowels


def _mixed(plain: str, syllables: list[str]) -> Iterator[Form]:
    """Some Han characters spelled or by their initial, at least one left as it is."""
    spoken = [index for index, syllable in enumerate(syllables) if syllable]
    choices: list[tuple[str, ...]] = [
        (char, syllable, syllable[0]) if syllable else (char,)
        for char, syllable in zip(plain, syllables, strict=True)
    ]
    ways = product(*choices) if len(spoken) <= _MIXED_LENGTH else _one_changed(choices)
    for way in ways:
        changed = [index for index in spoken if way[index] != plain[index]]
        if 0 < len(changed) < len(spoken):
            initials = any(len(way[index]) == 1 for index in changed)
            yield Form("".join(way), name=ViewName.INITIALS if initials else ViewName.PINYIN)


def _one_changed(choices: list[tuple[str, ...]]) -> Iterator[tuple[str, ...]]:
    own = tuple(choice[0] for choice in choices)
    for index, choice in enumerate(choices):
        for other in choice[1:]:
            yield (*own[:index], other, *own[index + 1 :])


def _by_sound(plain: str, syllables: list[str]) -> Iterator[Form]:
    """The term in the pinyin view by its common reading; then with sounds that are easily swapped."""
    near = [
        tuple(sound_of(sound) for sound in (syllable, *fuzzy_syllables(syllable)))
        if syllable
        else (char,)
        for char, syllable in zip(plain, syllables, strict=True)
    ]
    for index, way in enumerate(islice(product(*near), _MAX_SOUNDS)):
        yield Form("".join(way), "pinyin", ViewName.HOMOPHONE, loose=index > 0)
