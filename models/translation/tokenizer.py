"""Text to model tokens and back with raw SentencePiece, so that user text never yields a control token.

``MarianTokenizer`` turns a typed ``</s>`` into an end of sentence and swallows a leading ``>>xx<<``; here control
tokens are only ever added by us, and whatever a user types is spelt out in ordinary pieces.
"""

import json
import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from sentencepiece import SentencePieceProcessor

from models.translation.profile import PLACEHOLDERS, Profile

__all__ = ["END", "PAD", "UNKNOWN", "Tokenizer", "check_text"]

END, UNKNOWN, PAD = "</s>", "<unk>", "<pad>"

_REMEMBERED = 1024  # texts whose pieces are kept
_SHORT = 400  # code points of the longest such text

_BYTE = re.compile(r"<0x[0-9A-F]{2}>")
_TAG = re.compile(r">>[^<>]+<<|<[^<>]+>|⟦[^⟦⟧]+⟧")


def check_text(text: str) -> None:
    """Raise ``ValueError`` for a text that has no UTF-8 form, because of a lone surrogate."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise ValueError("the text holds a lone surrogate") from None


class Tokenizer:
    """The two SentencePiece models and the vocabulary of one MarianMT folder, original or converted.

    ``placeholders`` are the symbols of the vocabulary that text may hold and the model copies.
    """

    def __init__(self, folder: Path) -> None:
        source, target = folder / "source.spm", folder / "target.spm"
        self._source = _load(source)
        same = source.read_bytes() == target.read_bytes() if target.is_file() else False
        self._target = self._source if same else _load(target)
        self.tokens = _vocabulary(folder)
        self.ids = {token: number for number, token in enumerate(self.tokens)}
        if END not in self.ids or UNKNOWN not in self.ids:
            raise ValueError(f"the vocabulary of {folder} has no {END} or no {UNKNOWN}")
        self.placeholders = tuple(p for p in PLACEHOLDERS if p in self.ids)
        self._control = self._control_tokens()
        # Planning counts a segment's tokens, then the engine encodes it: the same work twice without this.
        self._encoded = lru_cache(_REMEMBERED)(self._encode)

    def encode(self, text: str) -> list[str]:
        """The pieces of ``text``, without control tokens; ``<unk>`` stands only for what the model cannot spell.

        Raises ``ValueError`` for a lone surrogate.
        """
        return list(self._pieces(text))

    def count(self, text: str) -> int:
        return len(self._pieces(text))

    def _pieces(self, text: str) -> tuple[str, ...]:
        return self._encoded(text) if len(text) <= _SHORT else self._encode(text)

    def _encode(self, text: str) -> tuple[str, ...]:
        check_text(text)
        pieces: list[str] = []
        for piece in self._source.encode(text, out_type=str):
            if piece in self._control:
                pieces.extend(token for char in piece for token in self._spell(char))
            else:
                pieces.append(piece if piece in self.ids else UNKNOWN)
        return tuple(pieces) if any(piece != "▁" for piece in pieces) else ()

    def source(self, pieces: Sequence[str], prefix: Sequence[str]) -> list[str]:
        """What the encoder reads: the target-language token, the pieces, the end of sentence."""
        return [*prefix, *pieces, END]

    def decode(self, tokens: Sequence[str]) -> str:
        """The text of output tokens. Control tokens and incomplete bytes leave no trace in it."""
        pieces = [token for token in tokens if token not in self._control]
        # A piece of the other language's model keeps its word mark; an incomplete character decodes to U+FFFD.
        text: str = self._target.decode(pieces)
        return text.replace("▁", " ").replace("\ufffd", "").strip(" ")

    def ranges(self, text: str, tokens: Sequence[str]) -> tuple[tuple[int, int], ...] | None:
        """Where each of ``tokens`` stands in ``text``, in code points without the blank before it; control tokens
        and the first bytes of a character take no room.

        None where the tokens spell another text, as after a normalisation.
        """
        found: list[tuple[int, int]] = []
        at, spelt = 0, bytearray()
        for token in tokens:
            shown = "" if token in self._control else token.replace("▁", " ").strip(" ")
            if _BYTE.fullmatch(token):
                spelt.append(int(token[3:5], 16))
                shown = spelt.decode("utf-8", errors="ignore")
            if shown:
                spelt.clear()
            while shown and text.startswith(" ", at) and not text.startswith(shown, at):
                at += 1
            if not text.startswith(shown, at):
                return None
            found.append((at, at + len(shown)))
            at += len(shown)
        return None if spelt or text[at:].strip() else tuple(found)

    def check(self, profile: Profile) -> None:
        """Raise ``ValueError`` unless the vocabulary has every token that the profile names."""
        wanted = {t for tokens in profile.target_tokens.values() for t in tokens}
        missing = sorted(
            token for token in wanted.union(profile.placeholders) if token not in self.ids
        )
        if missing:
            raise ValueError(f"the vocabulary of {profile.id} lacks {' '.join(missing)}")

    def _control_tokens(self) -> frozenset[str]:
        """Every token that is an instruction to the model: declared ones, and tags that are no ordinary piece."""
        found = {END, UNKNOWN, PAD}
        ordinary: set[str] = set()
        for processor in {id(p): p for p in (self._source, self._target)}.values():
            for number in range(processor.get_piece_size()):
                piece = processor.id_to_piece(number)
                if processor.is_control(number):
                    found.add(piece)
                elif processor.get_score(number) < 0:  # user-defined symbols have none
                    ordinary.add(piece)
        tags = {t for t in self.ids if _TAG.fullmatch(t) and not _BYTE.fullmatch(t)}
        return frozenset(found | (tags - ordinary - set(self.placeholders)))

    def _spell(self, char: str) -> list[str]:
        if char in self.ids and char not in self._control:
            return [char]
        spelt = [f"<0x{byte:02X}>" for byte in char.encode("utf-8")]
        return spelt if all(token in self.ids for token in spelt) else [UNKNOWN]


def _load(path: Path) -> SentencePieceProcessor:
    if not path.is_file():
        raise ValueError(f"{path.parent} has no {path.name}")
    processor = SentencePieceProcessor()
    try:
        processor.load_from_serialized_proto(path.read_bytes())
    except RuntimeError as error:
        raise ValueError(f"{path} is not a SentencePiece model") from error
    return processor


def _vocabulary(folder: Path) -> list[str]:
    """Tokens in the order of their ids."""
    for name in ("shared_vocabulary.json", "vocab.json"):
        path = folder / name
        if not path.is_file():
            continue
        content = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(content, list):
            return [str(token) for token in content]
        if sorted(content.values()) != list(range(len(content))):
            raise ValueError(f"the ids in {path} are not 0 to {len(content) - 1}")
        return sorted(content, key=content.__getitem__)
    raise ValueError(f"{folder} has no vocabulary (vocab.json or shared_vocabulary.json)")
