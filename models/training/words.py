"""Sentences as words that remember the blank before them: what augmentation edits."""

from dataclasses import dataclass, field

from models.training.vocabulary import Ids

__all__ = ["Sentence", "Word", "split_words"]

BLANK = "▁"


@dataclass(frozen=True, slots=True)
class Word:
    """One word or mark; ``spaced`` when a blank stands before it."""

    text: str
    spaced: bool


@dataclass
class Sentence:
    """Words with edits: replacements and insertions keep the original indices until ``text()``."""

    words: list[Word]
    replaced: dict[int, Word | None] = field(default_factory=dict)
    before: dict[int, list[Word]] = field(default_factory=dict)
    after: dict[int, list[Word]] = field(default_factory=dict)

    def text(self) -> str:
        """The edited sentence; no blank at either end, never two in a row."""
        out: list[str] = []
        for i, word in enumerate(self.words):
            placed = [*self.before.get(i, [])]
            kept = self.replaced.get(i, word)
            if kept is not None:
                placed.append(kept)
            placed.extend(self.after.get(i, []))
            out.extend((" " if w.spaced else "") + w.text for w in placed)
        return " ".join("".join(out).split())


def split_words(ids: Ids, pieces: list[str]) -> tuple[list[Word], list[range]]:
    """Words of a sentence and the pieces each is made of.

    Latin pieces join up to the next blank or mark; a Chinese piece or a mark is a word of its own.
    """
    words: list[Word] = []
    spans: list[range] = []
    blank = False
    joinable = False
    for i, piece_id in enumerate(ids):
        piece = pieces[piece_id]
        spaced = blank or piece.startswith(BLANK)
        text = piece.removeprefix(BLANK)
        blank = False
        if not text:
            blank = True
            joinable = False
            continue
        latin = text[0].isascii() and text[0].isalnum()
        if joinable and latin and not spaced:
            words[-1] = Word(words[-1].text + text, words[-1].spaced)
            spans[-1] = range(spans[-1].start, i + 1)
            continue
        words.append(Word(text, spaced and bool(words)))
        spans.append(range(i, i + 1))
        joinable = latin and text[-1].isalnum()
    return words, spans
