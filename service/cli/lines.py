"""Input of the text commands: words, a file or standard input, as lines that can be put back together exactly."""

import argparse
import os
import stat
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO, Protocol, cast

from service.cli.exits import UsageError

__all__ = ["ByteSource", "Input", "Line", "add_input_arguments", "open_input", "read_lines"]

_GROUP_LINES = 128  # enough for full batches, few enough for answers to come steadily
_READ_BYTES = 1 << 16
_BOM = b"\xef\xbb\xbf"


class ByteSource(Protocol):
    """What we need of a binary stream. ``read1`` gives what is there now, so a slow writer is answered at once."""

    def read(self) -> bytes: ...

    def read1(self, size: int, /) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Line:
    """One line of input; ``text + ending`` is what was read. Not ``valid``: undecodable bytes became U+FFFD.

    ``raw`` is such a line as it was read, so that it can be copied.
    """

    number: int
    text: str
    ending: str
    size: int  # bytes read for it
    valid: bool = True
    raw: bytes = b""


@dataclass(frozen=True, slots=True)
class Input:
    """Where lines come from. ``size`` is the number of bytes to expect; None where that cannot be known."""

    source: ByteSource | None
    words: Sequence[str] = ()
    size: int | None = None

    def groups(self, *, whole: bool = False) -> Iterator[list[Line]]:
        """Groups of lines as they arrive; ``whole`` takes the input as one text, line breaks and all."""
        if self.source is None:
            # Python keeps an argument's undecodable bytes as lone surrogates; fsencode gives the bytes back.
            yield [_decode(1, os.fsencode(" ".join(self.words)) + b"\n")]
        elif whole:
            yield [_decode(1, self.source.read().removeprefix(_BOM), cut_ending=False)]
        else:
            yield from read_lines(self.source)


def add_input_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "text",
        nargs="*",
        metavar="TEXT",
        help="Words, taken as one line. None: lines are read from standard input.",
    )
    parser.add_argument(
        "-f", "--file", metavar="FILE", help="Read lines from this file; - is standard input."
    )


@contextmanager
def open_input(words: Sequence[str], file: str | None) -> Iterator[Input]:
    """The input that the arguments ask for. Raises ``UsageError`` for both at once or an unreadable file."""
    if words and file is not None:
        raise UsageError("give either TEXT or --file, not both")
    if words:
        yield Input(None, words)
    elif file is None or file == "-":
        stream = sys.stdin.buffer
        if sys.stdin.isatty():
            print("Reading lines from the terminal; Ctrl-D ends.", file=sys.stderr)
        yield Input(cast(ByteSource, stream), size=_size(stream))
    else:
        try:
            opened = open(file, "rb")  # noqa: SIM115 - the with statement comes after the error handling
        except OSError as error:
            raise UsageError(f"cannot read the file: {error.strerror}") from error
        with opened:
            yield Input(opened, size=_size(opened))


def read_lines(source: ByteSource) -> Iterator[list[Line]]:
    """Groups of at most 128 lines, each group as soon as it has been read.

    Only line feeds end a line: the many characters that ``str.splitlines`` takes for an end occur inside real posts.
    """
    number = 0
    rest: list[
        bytes
    ] = []  # pieces of a line that has not ended yet; joined once, so that long lines stay linear
    first = True
    while piece := source.read1(_READ_BYTES):
        if first:
            # A pipe may deliver less than the three bytes of a mark at a time, but nobody writes one that way.
            piece, first = piece.removeprefix(_BOM), False
        *ended, tail = piece.split(b"\n")
        if ended:
            ended[0] = b"".join([*rest, ended[0]])
            rest = []
            for start in range(0, len(ended), _GROUP_LINES):
                group = ended[start : start + _GROUP_LINES]
                yield [_decode(number + i, raw + b"\n") for i, raw in enumerate(group, start=1)]
                number += len(group)
        if tail:
            rest.append(tail)
    if rest:
        yield [_decode(number + 1, b"".join(rest))]


def _decode(number: int, raw: bytes, *, cut_ending: bool = True) -> Line:
    ending = b""
    if cut_ending:
        ending = next((end for end in (b"\r\n", b"\n") if raw.endswith(end)), b"")
    body = raw.removesuffix(ending)
    try:
        return Line(number, body.decode(), ending.decode(), len(raw))
    except UnicodeDecodeError:
        text = body.decode(errors="replace")
        return Line(number, text, ending.decode(), len(raw), valid=False, raw=raw)


def _size(stream: BinaryIO) -> int | None:
    """Bytes left to read of a regular file."""
    try:
        status = os.fstat(stream.fileno())
        return status.st_size - stream.tell() if stat.S_ISREG(status.st_mode) else None
    except (OSError, ValueError):
        return None
