"""Lines of whatever bytes: compressed, in any encoding, of any length."""

import codecs
import gzip
import io
from pathlib import Path

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from service.batch import streams
from service.batch.errors import BatchError, UsageProblem
from service.batch.inputs import InputFile
from service.batch.streams import detect_encoding, open_bytes, read_lines, resolve_encoding

CHINESE = "今天天气真好，我们出去走走吧。\n这个东西多少钱？\n"


def read(path: Path, compression: str = "") -> bytes:
    with open_bytes(InputFile(str(path), "lines", compression)) as (stream, _):  # type: ignore[arg-type]
        return stream.read()


def lines_of(body: bytes, encoding: str = "auto") -> tuple[str, list[bytes | None]]:
    groups = list(read_lines(io.BytesIO(body), encoding))
    found = [line for _, lines in groups for line in lines]
    return groups[0][0] if groups else "", found


@given(
    st.lists(st.binary(max_size=40).map(lambda b: b.replace(b"\n", b"")), max_size=30),
    st.booleans(),
)
def test_streams_lines_are_the_input(lines: list[bytes], ended: bool) -> None:
    body = b"\n".join(lines) + (b"\n" if ended else b"")
    expected = body.split(b"\n")
    if expected[-1] == b"":
        expected.pop()
    assert lines_of(body, "latin-1")[1] == expected


def test_streams_only_line_feeds_end_a_line() -> None:
    assert lines_of("a\u2028b\x0bc\x85d\n".encode())[1] == ["a\u2028b\x0bc\x85d".encode()]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"plain ASCII\n", "utf-8"), (CHINESE.encode(), "utf-8"), (CHINESE.encode("utf-8-sig"), "utf-8"),
        (CHINESE.encode("gb18030"), "gb18030"), (CHINESE.encode("utf-16"), "utf-16"), (b"", "utf-8"),
        (CHINESE.encode() + b"\xff\xfe broken\n", "utf-8"), (b"\xff\xff\xff\n", "utf-8"),
        (CHINESE.encode() * 3 + CHINESE.encode("gb18030"), "utf-8"),
        ((CHINESE + "表情👍和生僻字㐂").encode("gb18030"), "gb18030"),
    ],
    ids=["ascii", "utf-8", "bom", "gb18030", "utf-16", "empty", "a-broken-line", "garbage", "mixed", "four-bytes"],
)  # fmt: skip
def test_streams_encoding_is_found(body: bytes, expected: str) -> None:
    assert detect_encoding(body) == expected


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_streams_text_is_the_same_in_every_encoding(encoding: str) -> None:
    name, lines = lines_of(CHINESE.encode(encoding))
    assert "\n".join(line.decode(name) for line in lines if line is not None) + "\n" == CHINESE


def test_streams_utf16_that_is_broken_ends_the_run() -> None:
    with pytest.raises(BatchError, match="utf-16"):
        lines_of(CHINESE.encode("utf-16") + b"\x00")


def test_streams_unknown_encoding_is_refused() -> None:
    with pytest.raises(UsageProblem, match="--encoding"):
        resolve_encoding("klingon")
    assert resolve_encoding("GBK") == "gbk"


def test_streams_a_line_too_long_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "MAX_LINE_BYTES", 1000)
    monkeypatch.setattr(streams, "_READ_BYTES", 256)
    body = b"first\n" + b"x" * 50_000 + b"\nlast\n" + b"y" * 5_000
    assert lines_of(body)[1] == [b"first", None, b"last", None]


def test_streams_gzip_members_and_zstd_frames_are_one_stream(tmp_path: Path) -> None:
    zipped, packed = tmp_path / "a.gz", tmp_path / "a.zst"
    zipped.write_bytes(gzip.compress(b"one\n") + gzip.compress(b"two\n"))
    packed.write_bytes(
        zstandard.compress(b"one\n") + zstandard.compress(b"") + zstandard.compress(b"two\n")
    )
    assert read(zipped, "gzip") == read(packed, "zstd") == b"one\ntwo\n"


@pytest.mark.parametrize("compression", ["gzip", "zstd"])
@pytest.mark.parametrize("damage", ["cut", "changed"])
def test_streams_damaged_compression_is_said_and_not_taken_for_the_end(
    tmp_path: Path, compression: str, damage: str
) -> None:
    plain = bytes(range(256)) * 2000
    packed = gzip.compress(plain) if compression == "gzip" else zstandard.compress(plain)
    path = tmp_path / "damaged"
    path.write_bytes(packed[:-8] if damage == "cut" else packed[:6] + b"\xff" * 20 + packed[26:])
    with pytest.raises(BatchError, match="damaged or cut off"):
        read(path, compression)


def test_streams_missing_file(tmp_path: Path) -> None:
    with pytest.raises(UsageProblem, match="cannot read"):
        read(tmp_path / "missing")


@pytest.mark.parametrize(
    "encoding",
    ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"],
)
def test_streams_a_lone_surrogate_spoils_only_its_line(
    encoding: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "_READ_BYTES", 7)  # in the middle of pairs
    text = "hello 👍\ncut \ud83d\nlater 👍\n"
    name, lines = lines_of(("\ufeff" + text).encode(encoding, "surrogatepass"), encoding)
    assert name == "utf-8"
    assert lines[::2] == ["hello 👍".encode(), "later 👍".encode()]
    with pytest.raises(UnicodeDecodeError):
        (lines[1] or b"").decode()


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
def test_streams_wide_encodings_are_found_by_their_mark(encoding: str) -> None:
    assert lines_of(CHINESE.encode(encoding))[1] == [line.encode() for line in CHINESE.splitlines()]


@pytest.mark.parametrize(
    "name", ["hex", "zlib", "base64", "rot13", "undefined", "punycode", "idna", "utf-7", "hz", "iso2022_jp",
             "unicode_escape", "raw_unicode_escape", "cp037"],
)  # fmt: skip
def test_streams_what_holds_no_lines_is_refused(name: str) -> None:
    with pytest.raises(UsageProblem, match="convert the file to UTF-8"):
        resolve_encoding(name)


@pytest.mark.parametrize(
    "name", ["big5", "gbk", "gb2312", "gb18030", "shift_jis", "cp932", "euc_kr", "latin-1", "cp1252", "koi8-r",
             "utf-8-sig", "utf-32"],
)  # fmt: skip
def test_streams_what_holds_lines_is_taken(name: str) -> None:
    assert resolve_encoding(name) == codecs.lookup(name).name
