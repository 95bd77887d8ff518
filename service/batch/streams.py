"""Bytes of an input file as lines: decompressed, in one encoding, and never more of a line than is sane."""

import codecs
import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import BinaryIO, cast

from service.batch.errors import BatchError, MissingExtra, UsageProblem
from service.batch.inputs import Compression, InputFile
from service.batch.stdin import StandardInput

__all__ = [
    "MAX_LINE_BYTES",
    "Counted",
    "detect_encoding",
    "open_bytes",
    "read_lines",
    "resolve_encoding",
]

MAX_LINE_BYTES = 32 << 20
_READ_BYTES = 1 << 18
_FRAME_BYTES = 1 << 16
_BOM = b"\xef\xbb\xbf"
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_UTF32 = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
_WIDE = ("utf-16", "utf-32")  # recoded before lines are looked for: a line feed is not one byte
_ASCII = bytes(range(128))
_MODAL = ("iso2022", "hz", "utf-7", "idna", "unicode-escape", "raw-unicode-escape")
AUTO = "auto"


class Counted(io.RawIOBase):
    """A byte stream that counts what has been read of it, before decompression: for progress."""

    def __init__(self, source: BinaryIO) -> None:
        super().__init__()
        self._source = source
        self.count = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "bytearray | memoryview", /) -> int:  # type: ignore[override]
        piece = self._source.read(len(buffer))
        buffer[: len(piece)] = piece
        self.count += len(piece)
        return len(piece)


@contextmanager
def open_bytes(file: InputFile, *, peek: bool = False) -> Iterator[tuple[BinaryIO, Counted]]:
    """The decompressed bytes of a file, and the counter of the stored ones. Raises ``UsageProblem``.

    Standard input can be read once, after any number of looks (``peek``) at its beginning.
    """
    try:
        raw = _standard_input(peek) if file.is_stdin else open(file.name, "rb")  # noqa: SIM115
    except OSError as error:
        raise UsageProblem(f"cannot read {file.name}: {error.strerror}") from error
    counted = Counted(raw)
    try:
        yield _decompress(counted, file.compression), counted
    except (OSError, EOFError, zlib.error) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise BatchError(f"{file.name}: the compressed data is damaged or cut off") from error
    finally:
        if not file.is_stdin:
            raw.close()


def _standard_input(peek: bool) -> BinaryIO:
    return cast(BinaryIO, StandardInput.open(peek=peek))


def _decompress(source: Counted, compression: Compression) -> BinaryIO:
    if compression == "gzip":
        return cast(BinaryIO, gzip.GzipFile(fileobj=io.BufferedReader(source, _READ_BYTES)))
    if compression == "zstd":
        try:
            import zstandard
        except ImportError as error:
            raise MissingExtra("zstd input", "zstandard") from error
        return cast(BinaryIO, io.BufferedReader(_Frames(source, zstandard), _READ_BYTES))
    return cast(BinaryIO, io.BufferedReader(source, _READ_BYTES))


class _Frames(io.RawIOBase):
    """zstd frames one after the other; unlike the library's own reader it notices a last one that is cut off."""

    def __init__(self, source: Counted, zstandard: ModuleType) -> None:
        super().__init__()
        self._source = source
        self._new = zstandard.ZstdDecompressor().decompressobj
        self._error = zstandard.ZstdError
        self._frame = self._new()
        self._begun = False
        self._ready = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "bytearray | memoryview", /) -> int:  # type: ignore[override]
        while not self._ready:
            piece = self._frame.unused_data if self._frame.eof else b""
            piece = piece or self._source.read(_FRAME_BYTES) or b""
            if not piece:
                if self._begun and not self._frame.eof:
                    raise EOFError
                return 0
            if self._frame.eof:
                self._frame = self._new()
            try:
                self._ready, self._begun = memoryview(self._frame.decompress(piece)), True
            except self._error as error:
                raise EOFError from error
        size = min(len(buffer), len(self._ready))
        buffer[:size] = self._ready[:size]
        self._ready = self._ready[size:]
        return size


def resolve_encoding(name: str) -> str:
    """The codec of ``--encoding``, or ``auto``. Raises ``UsageProblem``, also for one that lines cannot be told in."""
    if name == AUTO:
        return name
    try:
        codec = codecs.lookup(name).name
    except (LookupError, ValueError) as error:  # ValueError: a name with a null character
        raise UsageProblem(f"--encoding: Python knows no encoding {name[:32]!r}") from error
    if codec.startswith(_WIDE) or _holds_lines(codec):
        return codec
    raise UsageProblem(f"--encoding: rows in {codec} cannot be read: convert the file to UTF-8")


def _holds_lines(codec: str) -> bool:
    """Whether the bytes of ASCII stand for themselves in it, and each line can be decoded by itself."""
    if codec.startswith(_MODAL):
        return False
    try:
        text = _ASCII.decode(codec)
    except (LookupError, ValueError):  # no text encoding, such as hex; or it lacks some of them
        return False
    same = (at in b"\\~" or ord(char) == at for at, char in enumerate(text))  # Japan has ¥ and ‾
    return len(text) == len(_ASCII) and all(same)


def detect_encoding(head: bytes) -> str:
    """``utf-8``, ``utf-16``, ``utf-32`` or ``gb18030`` for the first bytes of a file.

    Line by line, because valid UTF-8 is never an accident over many lines, and a UTF-8 file may have broken ones.
    """
    if head.startswith(_UTF32):  # which begins like UTF-16 followed by a null character
        return "utf-32"
    if head.startswith(_UTF16):
        return "utf-16"
    if head.startswith(_BOM):
        return "utf-8"
    lines = [line for line in head.split(b"\n")[:-1] or [head] if not line.isascii()]
    utf8 = sum(_decodes(line, "utf-8") for line in lines)
    if 2 * utf8 < len(lines) and all(
        _decodes(line, "gb18030") for line in lines if not _decodes(line, "utf-8")
    ):
        return "gb18030"
    return "utf-8"


def _decodes(line: bytes, encoding: str) -> bool:
    try:
        line.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def read_lines(source: BinaryIO, encoding: str) -> Iterator[tuple[str, list[bytes | None]]]:
    """The encoding of the lines, and lines without line feeds, many at a time; None for one over ``MAX_LINE_BYTES``.

    Only line feeds end a line: the many characters that ``str.splitlines`` takes for an end occur inside real posts.
    A carriage return before one is left for the caller. UTF-16 and UTF-32 become UTF-8; half of a surrogate pair in
    them becomes three bytes that are not UTF-8, so that only its own line cannot be decoded.
    """
    head = source.read(_READ_BYTES)
    if encoding == AUTO:
        encoding = detect_encoding(head)
    if encoding.startswith(_WIDE):
        pieces, encoding = _recode(head, source, encoding), "utf-8"
    else:
        pieces = _pieces(head.removeprefix(_BOM) if encoding == "utf-8" else head, source)
    for lines in _split(pieces):
        yield encoding, lines


def _pieces(head: bytes, source: BinaryIO) -> Iterator[bytes]:
    piece = head
    while piece:
        yield piece
        piece = source.read(_READ_BYTES)


def _recode(head: bytes, source: BinaryIO, encoding: str) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(encoding)("surrogatepass")
    mark = "\ufeff"  # utf-16-le and the like leave it
    try:
        for piece in _pieces(head, source):
            text = decoder.decode(piece)
            if mark and text:
                text, mark = text.removeprefix(mark), ""
            yield text.encode("utf-8", "surrogatepass")
        yield decoder.decode(b"", final=True).encode("utf-8", "surrogatepass")
    except UnicodeError as error:
        raise BatchError(
            f"the input is not valid {encoding}: nothing after that place was read"
        ) from error


def _split(pieces: Iterator[bytes]) -> Iterator[list[bytes | None]]:
    rest: list[
        bytes
    ] = []  # pieces of a line that has not ended yet; joined once, so that long lines stay linear
    held = 0
    for piece in pieces:
        *ended, tail = piece.split(b"\n")
        if ended:
            first = b"".join([*rest, ended[0]]) if held <= MAX_LINE_BYTES else None
            rest, held = [], 0
            yield [first, *ended[1:]]
        held += len(tail)
        if held > MAX_LINE_BYTES:
            rest = []
        elif tail:
            rest.append(tail)
    if held:
        yield [b"".join(rest) if held <= MAX_LINE_BYTES else None]
