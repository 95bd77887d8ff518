"""``magpie lexicon``: check, extend, export and try the slang lexicon."""

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from service.cli.exits import CommandError, ExitCode, UsageError

if TYPE_CHECKING:
    from service.lexicon.entries import Entry, SlangLexicon

__all__ = ["add_arguments", "run"]

_CELLS = ("term", "expansion", "translation", "note_en", "note_zh", "source")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = (
        "Exit codes: 0 ok, 1 a table is not valid or the term is there already, 2 usage or a file that cannot be "
        "read."
    )
    commands = parser.add_subparsers(dest="lexicon_command", required=True, metavar="COMMAND")
    check = commands.add_parser("check", help="say whether tables are valid, and their versions")
    check.add_argument("file", nargs="*", metavar="FILE", help="TSV files; none: the bundled ones")
    _add_add(commands.add_parser("add", help="append an entry to a table of one's own"))
    export = commands.add_parser("export", help="print all entries that the service would use")
    export.add_argument("--format", choices=("tsv", "json"), default="tsv")
    _add_tables(export)
    find = commands.add_parser("find", help="say which slang a text holds")
    find.add_argument("text", nargs="+", metavar="TEXT", help="words, taken as one text")
    find.add_argument("--json", action="store_true", help="print JSON instead of lines")
    _add_tables(find)


def _add_tables(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "-f", "--file", action="append", default=[], metavar="FILE",
        help="a table to read after the bundled ones; may be given several times",
    )  # fmt: skip
    parser.add_argument(
        "--no-bundled", dest="bundled", action="store_false", help="leave the bundled tables out"
    )


def _add_add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="TSV file; it is made if it is not there")
    parser.add_argument("term", metavar="TERM")
    parser.add_argument("--language", required=True, choices=("en", "zh"))
    parser.add_argument(
        "--note-en", required=True, metavar="TEXT", help="what it means, in English"
    )
    parser.add_argument("--note-zh", default="", metavar="TEXT", help="what it means, in Chinese")
    parser.add_argument(
        "--expansion", default="", metavar="TEXT", help="plain words of the same language"
    )
    parser.add_argument("--translation", default="", metavar="TEXT", help="in the other language")
    parser.add_argument(
        "--variant", action="append", default=[], metavar="TEXT", help="another spelling"
    )
    parser.add_argument(
        "--guard", default="", metavar="GUARD",
        help="when it may be expanded; default: word, or note-only without an expansion",
    )  # fmt: skip
    parser.add_argument("--source", default="own", metavar="TEXT", help="where it is from")
    parser.add_argument("--id", default="", help="default: own- and the next free number")


def run(args: argparse.Namespace) -> int:
    commands: dict[str, Callable[[argparse.Namespace], int]] = {
        "check": _check,
        "add": _add,
        "export": _export,
        "find": _find,
    }
    return commands[args.lexicon_command](args)


def _check(args: argparse.Namespace) -> int:
    from service.lexicon.entries import BadEntry

    if not args.file:
        _say_ok("bundled", _load([], bundled=True))
        return ExitCode.OK
    code = ExitCode.OK
    for name in args.file:
        try:
            _say_ok(name, _load([name], bundled=False))
        except BadEntry as error:
            print(error, file=sys.stderr)
            code = ExitCode.SOME_FAILED
    return code


def _say_ok(name: str, lexicon: "SlangLexicon") -> None:
    languages = [entry.language for entry in lexicon.entries]
    counts = f"{languages.count('zh')} Chinese and {languages.count('en')} English entries"
    print(f"{name}: ok, {counts}, version {lexicon.version}")


def _add(args: argparse.Namespace) -> int:
    from service.lexicon.entries import COLUMNS, BadEntry, parse_rows

    path = Path(args.file)
    content = _read(path) if path.exists() else ("\t".join(COLUMNS) + "\n").encode()
    try:
        there = [entry for _, entry in parse_rows(path.name, content)]
        row = _row(args, there)
        if not content.endswith(b"\n"):
            content += b"\n"
        content += row.encode("utf-8", "replace") + b"\n"
        added = parse_rows(path.name, content)[-1][1]
    except BadEntry as error:
        raise CommandError(str(error)) from error
    for entry in there:
        if entry.id == added.id or (entry.language, entry.term) == (added.language, added.term):
            raise CommandError(f"{path.name} has this id or term already, as {entry.id}")
    _write(path, content)
    print(f"{path}: {added.id} added, {len(there) + 1} entries")
    return ExitCode.OK


def _row(args: argparse.Namespace, there: "Sequence[Entry]") -> str:
    """The new row. Raises ``UsageError`` where a cell would break the table."""
    from service.lexicon.entries import COLUMNS

    taken = {entry.id for entry in there}
    number = next(n for n in range(1, len(there) + 2) if f"own-{n:04}" not in taken)
    cells = {name: getattr(args, name) for name in _CELLS} | {
        "id": args.id or f"own-{number:04}",
        "variants": "|".join(args.variant),
        "language": args.language,
        "guard": args.guard or ("word" if args.expansion else "note-only"),
    }
    for name, cell in cells.items():
        if any(mark in cell for mark in "\t\r\n"):
            raise UsageError(f"{name}: no tabs and line breaks")
    row = "\t".join(cells[name] for name in COLUMNS)
    if row.startswith("#"):
        raise UsageError("id: 1 to 32 letters, digits, _ or -")
    return row


def _write(path: Path, content: bytes) -> None:
    """Put the file in place as a whole: a running service may read it at any time."""
    try:
        mode = path.stat().st_mode if path.exists() else 0o644
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as made:
            made.write(content)
        os.chmod(made.name, mode & 0o777)
        os.replace(made.name, path)
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from error


def _export(args: argparse.Namespace) -> int:
    from service.lexicon.entries import COLUMNS, as_row

    lexicon = _load_or_stop(args)
    if args.format == "json":
        rows = [_as_json(entry) for entry in lexicon.entries]
        _print_json({"version": lexicon.version, "entries": rows})
        return ExitCode.OK
    print("\t".join(COLUMNS))
    for entry in lexicon.entries:
        print(as_row(entry))
    return ExitCode.OK


def _find(args: argparse.Namespace) -> int:
    from service.lexicon.finder import SlangFinder

    text = os.fsencode(" ".join(args.text)).decode("utf-8", "replace")
    found = SlangFinder(_load_or_stop(args)).find(text)
    if args.json:
        _print_json(
            [
                {"span": [hit.start, hit.end], "sure": hit.sure, **_as_json(hit.entry)}
                for hit in found
            ]
        )
        return ExitCode.OK
    for hit in found:
        entry = hit.entry
        told = f"= {entry.expansion}" if hit.sure else "(note only)"
        meaning = f"{entry.translation}: {entry.note_en}" if entry.translation else entry.note_en
        print(f"{hit.start}-{hit.end} {text[hit.start : hit.end]} {told} [{entry.id}] {meaning}")
    return ExitCode.OK


def _as_json(entry: "Entry") -> dict[str, Any]:
    from dataclasses import asdict

    return asdict(entry)


def _load(names: Sequence[str], *, bundled: bool) -> "SlangLexicon":
    """Raises ``BadEntry``, and ``UsageError`` for a file that cannot be read."""
    from service.lexicon.entries import load

    try:
        return load([Path(name) for name in names], bundled=bundled)
    except OSError as error:
        raise UsageError(f"cannot read {error.filename}: {error.strerror}") from error


def _load_or_stop(args: argparse.Namespace) -> "SlangLexicon":
    from service.lexicon.entries import BadEntry

    try:
        return _load(args.file, bundled=args.bundled)
    except BadEntry as error:
        raise CommandError(str(error)) from error


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from error


def _print_json(value: Any) -> None:
    print(json.dumps(value, indent=2, ensure_ascii=False))
