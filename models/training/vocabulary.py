"""The joint SentencePiece vocabulary in the order of ids that Marian checkpoints use."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
import sentencepiece

__all__ = [
    "DIRECTIONS",
    "EOS_ID",
    "PLACEHOLDERS",
    "SYNTHETIC",
    "TARGET_TOKENS",
    "Ids",
    "Vocabulary",
    "learn",
]

PLACEHOLDERS = tuple(f"⟦{n}⟧" for n in range(10))
TARGET_TOKENS = {"en-zh": ">>zho<<", "zh-en": ">>eng<<"}
DIRECTIONS = ("en-zh", "zh-en")
SYNTHETIC = ">>syn<<"  # before a source that was translated back from its target
EOS_ID = 0

Ids = npt.NDArray[np.uint16]


@dataclass(frozen=True)
class Vocabulary:
    """Text to ids and back. Ids: ``</s>`` 0, ``<unk>`` 1, then the rest, ``<pad>`` last.

    CTranslate2's Marian loader insists on that order; with another one it refuses the vocabulary.
    """

    path: Path

    @cached_property
    def processor(self) -> sentencepiece.SentencePieceProcessor:
        return sentencepiece.SentencePieceProcessor(model_file=str(self.path))

    @cached_property
    def marian_ids(self) -> Ids:
        """Marian id of every SentencePiece id."""
        sp = self.processor
        size = sp.get_piece_size()
        special = (sp.eos_id(), sp.unk_id(), sp.pad_id())
        rest = [i for i in range(size) if i not in special]
        order = [sp.eos_id(), sp.unk_id(), *rest, sp.pad_id()]
        ids = np.empty(size, np.uint16)
        ids[order] = np.arange(size, dtype=np.uint16)
        return ids

    @cached_property
    def pieces(self) -> list[str]:
        """Piece of every Marian id."""
        table = [""] * self.size
        for i, marian in enumerate(self.marian_ids):
            table[marian] = self.processor.id_to_piece(i)
        return table

    @cached_property
    def is_byte(self) -> npt.NDArray[np.bool_]:
        """Which Marian ids are single bytes of characters that the vocabulary lacks."""
        return np.array([p.startswith("<0x") for p in self.pieces])

    @property
    def size(self) -> int:
        return len(self.marian_ids)

    @property
    def pad_id(self) -> int:
        return self.size - 1

    @cached_property
    def target_ids(self) -> tuple[int, int]:
        """Marian ids of the first source token, in the order of ``DIRECTIONS``."""
        sp = self.processor
        first, second = (sp.piece_to_id(TARGET_TOKENS[d]) for d in DIRECTIONS)
        return int(self.marian_ids[first]), int(self.marian_ids[second])

    @cached_property
    def synthetic_id(self) -> int | None:
        """Marian id of the tag of back-translated sources; None in a vocabulary without it."""
        ids = [i for i, piece in enumerate(self.pieces) if piece == SYNTHETIC]
        return ids[0] if ids else None

    @cached_property
    def same_text(self) -> list[tuple[int, int]]:
        """Pairs of ids that write the same text, with or without a blank before it."""
        ids: dict[str, list[int]] = {}
        for i, piece in enumerate(self.pieces):
            ids.setdefault(piece.removeprefix("▁"), []).append(i)
        return [(a, b) for text, group in ids.items() if text for a in group for b in group]

    def encode(self, texts: list[str]) -> list[Ids]:
        """Ids of every text, without control tokens."""
        return [self.marian_ids[ids] for ids in self.processor.encode(texts)]

    def decode(self, ids: Ids) -> str:
        """Text of Marian ids; blanks at both ends are dropped."""
        return str(self.processor.decode_pieces([self.pieces[i] for i in ids])).strip()


def learn(
    texts: Iterable[str],
    path: Path,
    *,
    size: int = 16_000,
    symbols: Sequence[str] = (),
    seed_size: int = 1_000_000,
    seed: int = 1,
) -> Vocabulary:
    """Train the joint vocabulary and write it to ``path`` (a ``.model`` file), through a temporary file.

    `identity` normalisation keeps full-width Chinese punctuation, which SentencePiece's default turns
    into ASCII; byte fallback writes what the coverage of 0.9998 leaves out. ``symbols`` are never split,
    like the target tokens, the tag of synthetic sources and the placeholders.
    """
    sentencepiece.set_random_generator_seed(seed)  # it samples what is over two million lines
    tmp = path.with_name(f"{path.name}.tmp")
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(texts),
        model_prefix=str(tmp),
        vocab_size=size,
        hard_vocab_limit=False,
        character_coverage=0.9998,
        normalization_rule_name="identity",
        byte_fallback=True,
        user_defined_symbols=[*TARGET_TOKENS.values(), SYNTHETIC, *PLACEHOLDERS, *symbols],
        pad_id=3,
        input_sentence_size=2_000_000,
        shuffle_input_sentence=True,
        seed_sentencepiece_size=seed_size,
        minloglevel=2,
    )
    tmp.with_name(f"{tmp.name}.vocab").unlink()
    tmp.with_name(f"{tmp.name}.model").replace(path)
    return Vocabulary(path)
