"""Standard input, whose beginning can be looked at before it is read: for its format, its columns, its encoding."""

import io
import sys
from typing import BinaryIO, ClassVar
from weakref import WeakKeyDictionary

__all__ = ["StandardInput"]


class StandardInput(io.RawIOBase):
    """Keeps what was read of it as long as that was only a look. ``open`` begins at the first byte again."""

    _opened: ClassVar["WeakKeyDictionary[BinaryIO, StandardInput]"] = WeakKeyDictionary()

    def __init__(self, source: BinaryIO) -> None:
        super().__init__()
        self._source = source
        self._seen = bytearray()
        self._at = 0
        self._keeping = True

    @classmethod
    def open(cls, *, peek: bool) -> "StandardInput":
        """The stream from its first byte on; without ``peek`` for the last time."""
        source = sys.stdin.buffer
        found = cls._opened.get(source)
        if found is None:
            found = cls._opened[source] = cls(source)
        found._at, found._keeping = 0, peek
        return found

    @classmethod
    def head(cls, size: int) -> bytes:
        """The first bytes, which stay there to be read."""
        return cls.open(peek=True).read(size) or b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "bytearray | memoryview", /) -> int:  # type: ignore[override]
        piece = bytes(self._seen[self._at : self._at + len(buffer)])
        if piece:
            self._at += len(piece)
        else:
            piece = self._source.read(len(buffer))
            if self._keeping:
                self._seen += piece
                self._at += len(piece)
            else:
                self._seen.clear()
                self._at = 0
        buffer[: len(piece)] = piece
        return len(piece)

    def close(self) -> None:
        """Nothing: it may be read again."""
