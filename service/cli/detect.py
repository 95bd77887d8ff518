"""``magpie detect``: which language each line is in. Needs no model."""

import argparse
import json
import sys

from service.cli.exits import ExitCode
from service.cli.lines import Line, add_input_arguments, open_input

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_input_arguments(parser)
    parser.add_argument(
        "--json", action="store_true", help="Answer with one JSON object for each line."
    )
    parser.epilog = (
        "Each line gives: language (en, zh-Hans, zh-Hant, or - for neither), confidence, and a remark "
        "(mixed, empty, no_letters, unknown_script, other_language), separated by tabs. "
        "Exit codes: 0 ok, 1 some lines are not valid UTF-8, 2 usage."
    )


def run(args: argparse.Namespace) -> int:
    code = ExitCode.OK
    with open_input(args.text, args.file) as source:
        for group in source.groups():
            for line in group:
                print(_describe(line, as_json=args.json))
                if not line.valid:
                    print(f"magpie: line {line.number}: not valid UTF-8", file=sys.stderr)
                    code = ExitCode.SOME_FAILED
            sys.stdout.flush()
    return code


def _describe(line: Line, *, as_json: bool) -> str:
    from service.text.script import detect

    found = detect(line.text)
    if as_json:
        return json.dumps(
            {
                "line": line.number,
                "lang": found.lang,
                "confidence": round(found.confidence, 4),
                "mixed": found.mixed,
                "reason": found.reason,
            }
        )
    remark = "mixed" if found.mixed else found.reason
    return f"{found.lang or '-'}\t{found.confidence:.2f}\t{remark}".rstrip("\t")
