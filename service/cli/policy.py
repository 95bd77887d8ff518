"""``magpie policy``: check and show policies, replay earlier decisions under another one, tune thresholds."""

import argparse
import io
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from service.cli.exits import CommandError, ExitCode, ModelProblem, UsageError

if TYPE_CHECKING:
    from service.policy.labelled import Example, Scorer
    from service.policy.rules import Policy
    from service.policy.tune import Tuning

__all__ = ["add_arguments", "run"]

_TEXTS_AT_ONCE = 256


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = (
        "Exit codes: 0 ok, 1 a policy is not valid, lines could not be read, or a threshold was refused, 2 usage, "
        "3 a problem with the model."
    )
    commands = parser.add_subparsers(dest="policy_command", required=True, metavar="COMMAND")
    check = commands.add_parser(
        "check", help="say whether policy files are valid, and their versions"
    )
    check.add_argument("file", nargs="+", metavar="FILE", help="TOML files, or names of presets")
    show = commands.add_parser("show", help="print a preset, to start one's own from")
    show.add_argument("name", metavar="NAME", help="a preset's name, or a TOML file")
    show.add_argument("--json", action="store_true", help="print its rules as JSON instead")
    _add_replay(
        commands.add_parser("replay", help="what a policy would say about earlier decisions")
    )
    _add_tune(commands.add_parser("tune", help="find thresholds from labelled texts"))


def _add_replay(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("decisions", metavar="DECISIONS", help="JSON lines; - is standard input")
    parser.add_argument(
        "--policy", required=True, metavar="FILE", help="the policy to ask, or a preset's name"
    )
    parser.add_argument(
        "--changes", metavar="FILE", help="write every changed decision there, as JSON lines"
    )
    parser.add_argument(
        "--json", action="store_true", help="print the counts as JSON instead of tables"
    )


def _add_tune(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "labelled", metavar="LABELLED", help="CSV with a header, or JSON lines (.jsonl)"
    )
    goal = parser.add_mutually_exclusive_group(required=True)
    goal.add_argument(
        "--precision", type=_share, metavar="P", help="share of flagged texts that must be right"
    )
    goal.add_argument(
        "--fpr",
        dest="false_positive_rate",
        type=_share,
        metavar="R",
        help="largest share of harmless texts that may be flagged",
    )
    parser.add_argument(
        "--sure",
        action="store_true",
        help="reach it with the worse end of the interval, not the estimate",
    )
    parser.add_argument(
        "--min-examples", type=int, default=30, metavar="N",
        help="refuse with fewer positive or negative texts (default 30)",
    )  # fmt: skip
    parser.add_argument(
        "--level",
        default="review",
        metavar="NAME",
        help="name of the level in the TOML (default review)",
    )
    parser.add_argument(
        "--classifier",
        action="store_true",
        help="score the column text with the configured classifier",
    )
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")


def _share(word: str) -> float:
    value = float(word)
    if not 0 < value < 1:
        raise argparse.ArgumentTypeError("must be between 0 and 1")
    return value


def run(args: argparse.Namespace) -> int:
    commands: dict[str, Callable[[argparse.Namespace], int]] = {
        "check": _check,
        "show": _show,
        "replay": _replay,
        "tune": _tune,
    }
    return commands[args.policy_command](args)


def _check(args: argparse.Namespace) -> int:
    from service.policy.schema import PolicyError

    code = ExitCode.OK
    for name in args.file:
        try:
            policy = _load(name)
        except PolicyError as error:
            print(error, file=sys.stderr)
            code = ExitCode.SOME_FAILED
            continue
        shadow = sum(rule.shadow for rule in policy.rules)
        count = f"{len(policy.rules)} rules" + (f", {shadow} in shadow mode" if shadow else "")
        print(f"{name}: ok, {policy.mode}, {count}, policy_version {policy.policy_version}")
    return code


def _show(args: argparse.Namespace) -> int:
    if not args.json:
        sys.stdout.write(_read(args.name))
        return ExitCode.OK
    policy = _load_or_stop(args.name)
    rules = [
        {
            "id": rule.id, "action": rule.action, "category": rule.category,
            "mode": "shadow" if rule.shadow else "live", "message": rule.message,
        }
        for rule in policy.rules
    ]  # fmt: skip
    _print_json(
        {
            "name": policy.name,
            "policy_version": policy.policy_version,
            "mode": policy.mode,
            "description": policy.description,
            "rules": rules,
        }
    )
    return ExitCode.OK


def _replay(args: argparse.Namespace) -> int:
    from service.cli.policy_tables import print_report
    from service.policy.decisions import DecisionError, Recorded, read_decisions
    from service.policy.replay import Report, change_row, replay

    policy = _load_or_stop(args.policy)
    report, unread = Report(), 0

    def readable(lines: TextIO) -> Iterator[Recorded]:
        nonlocal unread
        for row in read_decisions(lines):
            if isinstance(row, DecisionError):
                unread += 1
                print(f"magpie policy: {row}", file=sys.stderr)
            else:
                yield row

    with _open(args.decisions) as lines, _open_changes(args.changes) as changes:
        for outcome in replay(policy, readable(lines)):
            report.add(outcome)
            if outcome.changed and changes is not None:
                changes.write(json.dumps(change_row(outcome)) + "\n")
    if args.json:
        named = {"policy": policy.name, "policy_version": policy.policy_version}
        _print_json({**named, **report.as_json(), "unreadable": unread})
    else:
        print_report(policy, report)
    return ExitCode.SOME_FAILED if unread else ExitCode.OK


def _tune(args: argparse.Namespace) -> int:
    from service.cli.policy_tables import print_tunings
    from service.policy.tune import Goal, render_toml, tune

    examples, unread = _read_examples(args.labelled)
    if args.classifier:
        examples = _score(examples)
    goal = Goal(args.precision, args.false_positive_rate, args.sure)
    tunings = tune(examples, goal, min_examples=max(args.min_examples, 1))
    if not tunings:
        raise CommandError(
            "nothing to tune: no row in English or Chinese has a label and a score "
            "(columns language, label, and toxicity, insult ...; --classifier scores the column text)"
        )
    toml = render_toml(tunings, args.level)
    if args.json:
        _print_json(
            {"tunings": [_tuning_row(one) for one in tunings], "toml": toml, "unreadable": unread}
        )
    else:
        print_tunings(tunings)
        print(f"\n{toml}", end="")
    return ExitCode.SOME_FAILED if unread or any(one.refusal for one in tunings) else ExitCode.OK


def _read_examples(name: str) -> "tuple[list[Example], int]":
    """Examples of a file, and how many rows could not be used; each of those is told on stderr."""
    from service.policy.labelled import RowError, read_csv, read_jsonl

    examples, unread = [], 0
    with _open(name) as lines:
        read = read_jsonl if name.endswith((".jsonl", ".ndjson", ".json")) else read_csv
        for number, row in enumerate(read(lines), start=1):
            if isinstance(row, RowError):
                unread += 1
                print(f"magpie policy: row {number}: {row}", file=sys.stderr)
            else:
                examples.append(row)
    return examples, unread


def _score(examples: "list[Example]") -> "list[Example]":
    from service.policy.labelled import score_texts

    scorer, scored = _open_scorer(), []
    for start in range(0, len(examples), _TEXTS_AT_ONCE):
        scored += score_texts(examples[start : start + _TEXTS_AT_ONCE], scorer)
    return scored


def _open_scorer() -> "Scorer":
    """The configured classifier behind the same pipeline that serves requests. Raises ``ModelProblem``."""
    from service.domain import Lang, ModerationRequest
    from service.runtime import build_moderator
    from service.settings import Settings

    try:
        moderator = build_moderator(Settings())
    except (OSError, ValueError, ImportError) as error:
        raise ModelProblem(str(error)) from error
    langs = {"en": Lang.EN, "zh": Lang.ZH_HANS}

    def score(texts: Any, tags: Any) -> Any:
        requests = [
            ModerationRequest(text, langs.get(tag), second_opinion=False, explain=False)
            for text, tag in zip(texts, tags, strict=True)
        ]
        return [verdict.scores for verdict in moderator.moderate(requests)]

    return score


def _tuning_row(tuning: "Tuning") -> dict[str, Any]:
    from dataclasses import asdict

    return asdict(tuning)


def _load(name: str) -> "Policy":
    """A preset or a file's policy. Raises ``PolicyError`` or ``UsageError``."""
    from service.policy.schema import PRESETS, load_policy, preset

    return preset(name) if name in PRESETS else load_policy(_read(name), Path(name).name)


def _load_or_stop(name: str) -> "Policy":
    from service.policy.schema import PolicyError

    try:
        return _load(name)
    except PolicyError as error:
        raise CommandError(f"the policy is not valid\n{error}") from error


def _read(name: str) -> str:
    from service.policy.schema import PRESETS, preset_text

    if name in PRESETS:
        return preset_text(name)
    with _open(name) as lines:
        return lines.read()


@contextmanager
def _open(name: str) -> Iterator[TextIO]:
    """A text file, or standard input for ``-``. Raises ``UsageError`` for one that cannot be read."""
    try:
        stream = sys.stdin.buffer if name == "-" else open(name, "rb")  # noqa: SIM115 - closed with the wrapper
    except OSError as error:
        raise UsageError(f"cannot read {name}: {error.strerror}") from error
    opened = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="")
    with opened:
        try:
            yield opened
        except UnicodeDecodeError as error:
            raise UsageError(f"{name} is not UTF-8") from error


@contextmanager
def _open_changes(name: str | None) -> Iterator[TextIO | None]:
    if name is None:
        yield None
        return
    try:
        opened = open(name, "w", encoding="utf-8")  # noqa: SIM115 - the with statement comes after the error handling
    except OSError as error:
        raise UsageError(f"cannot write {name}: {error.strerror}") from error
    with opened:
        yield opened


def _print_json(value: Any) -> None:
    print(json.dumps(value, indent=2, ensure_ascii=False))
