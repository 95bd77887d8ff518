"""``magpie models``: list, verify, pull and convert models."""

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from models.manifest import ManifestEntry

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the four commands and their options to the parser of ``magpie models``."""
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--json", action="store_true", help="print JSON instead of a table")
    common.add_argument(
        "--models-dir", type=Path, metavar="DIR", help="the models folder (default: the settings')"
    )
    commands = parser.add_subparsers(dest="models_command", required=True, metavar="COMMAND")
    commands.add_parser("list", parents=[common], help="the models that can be served")
    verify = commands.add_parser(
        "verify", parents=[common], help="compare every file with its recorded SHA-256"
    )
    verify.add_argument("id", nargs="?", metavar="ID", help="one model or group; default: all")
    _add_pull(commands.add_parser("pull", parents=[common], help="fetch from the Hugging Face hub"))
    convert = commands.add_parser(
        "convert", parents=[common], help="convert a Hugging Face MarianMT folder to CTranslate2"
    )
    convert.add_argument("folder", type=Path, metavar="DIR", help="the folder to convert")
    convert.add_argument(
        "--output", type=Path, metavar="DIR", help="where to write it (default: the models folder)"
    )
    convert.add_argument("--quantization", default="int8", help="int8, float16, float32 ...")
    convert.add_argument(
        "--aligned",
        action="store_true",
        help="it was trained with guided alignment over all heads of the last decoder layer; inline marks are then "
        "placed by that",
    )


def _add_pull(pull: argparse.ArgumentParser) -> None:
    pull.add_argument(
        "name",
        help="opus-mt, which is converted, or with --classifier a hub id such as unitary/toxic-bert",
    )
    pull.add_argument(
        "--classifier", action="store_true", help="a sequence-classification checkpoint"
    )
    pull.add_argument(
        "--label-map",
        metavar="NAME",
        help="its label map: a TOML file, or the hub id of one built in (default: its own, if there is one)",
    )
    pull.add_argument(
        "--from", dest="source", type=Path, metavar="DIR", help="take a local copy of it from here"
    )
    pull.set_defaults(usage_error=pull.error)


def run(args: argparse.Namespace) -> int:
    """Exit status: 0 when done, 1 for a problem, which goes to standard error."""
    from models.manifest import ManifestError
    from models.tools.fetch import FetchError

    commands: dict[str, Callable[[argparse.Namespace, Path], int]] = {
        "list": _list,
        "verify": _verify,
        "pull": _pull,
        "convert": _convert,
    }
    try:
        return commands[args.models_command](args, _models_dir(args))
    except (ManifestError, FetchError, ValueError, ImportError, OSError) as error:
        print(f"magpie models: {error}", file=sys.stderr)
        return 1


def _models_dir(args: argparse.Namespace) -> Path:
    if args.models_dir is not None:
        return Path(args.models_dir)
    from service.settings import Settings

    return Settings().models_folder


def _entries(models_dir: Path) -> "list[ManifestEntry]":
    """The user's models first, as they go first when one is looked up."""
    from models.manifest import load_manifest, manifest_path

    mine = load_manifest(manifest_path(models_dir)).entries
    return [*mine, *load_manifest().entries]


def _list(args: argparse.Namespace, models_dir: Path) -> int:
    described = [_describe(entry) for entry in _entries(models_dir)]
    if args.json:
        _print_json({"models": described})
        return 0
    if not described:
        print(f"No models, neither bundled nor in {models_dir}.")
    _print_table(
        ("ID", "KIND", "FORMAT", "LANGUAGES", "SIZE", "LICENCE", "PATH"),
        [
            (
                row["id"] + (" (bundled)" if row["bundled"] else ""),
                row["kind"],
                row["format"],
                " ".join(row["directions"] or row["languages"]),
                f"{row['size_bytes'] / 1e6:.1f} MB",
                row["licence"],
                row["path"] + ("" if row["present"] else " (missing)"),
            )
            for row in described
        ],
    )
    return 0


def _verify(args: argparse.Namespace, models_dir: Path) -> int:
    from models.manifest import find_all, verify

    entries = find_all(args.id, models_dir) if args.id else _entries(models_dir)
    found = [(entry.id, verify(entry)) for entry in entries]
    if args.json:
        rows = [
            {
                "id": model,
                "ok": not problems,
                "problems": [{"file": p.file, "message": p.message} for p in problems],
            }
            for model, problems in found
        ]
        _print_json({"models": rows})
    for model, problems in found if not args.json else []:
        print(f"{model}: {'ok' if not problems else 'BAD'}")
        for problem in problems:
            print(f"  {problem.file}: {problem.message}")
    if not found:
        print("magpie models: there are no models to verify", file=sys.stderr)
    return 0 if found and not any(problems for _, problems in found) else 1


def _pull(args: argparse.Namespace, models_dir: Path) -> int:
    from models.tools.fetch import GROUP, pull_opus

    if args.classifier:
        return _pull_classifier(args, models_dir)
    if args.name != GROUP or args.label_map:
        args.usage_error(f"only {GROUP} is known; a hub id and --label-map go with --classifier")
    entries = pull_opus(models_dir, source=args.source, say=_say)
    if args.json:
        _print_json({"models": [_describe(entry) for entry in entries]})
    else:
        print(f"Serve it with MAGPIE_MODEL={GROUP} (models folder {models_dir}).")
    return 0


def _pull_classifier(args: argparse.Namespace, models_dir: Path) -> int:
    from models.tools.fetch_classifier import pull_classifier

    entry = pull_classifier(
        args.name, models_dir, label_map=args.label_map, source=args.source, say=_say
    )
    if args.json:
        _print_json({"models": [_describe(entry)]})
    else:
        print(
            f"Serve it with MAGPIE_CLASSIFIER=transformers MAGPIE_CLASSIFIER_MODEL={entry.id} "
            f"(models folder {models_dir})."
        )
    return 0


def _convert(args: argparse.Namespace, models_dir: Path) -> int:
    from models.manifest import add_entry, manifest_path
    from models.tools.convert import convert
    from models.translation.profile import direction_name

    output = args.output or models_dir / args.folder.resolve().name
    profile = convert(args.folder, output, quantization=args.quantization, aligned=args.aligned)
    directions = sorted(direction_name(d) for d in profile.directions)
    if args.output is None:
        add_entry(
            output,
            id=profile.id,
            directions=directions,
            licence=profile.licence,
            source=profile.source or f"converted from {args.folder}",
            manifest=manifest_path(models_dir),
        )
    if args.json:
        _print_json({"id": profile.id, "path": str(output), "directions": directions})
    else:
        served = profile.id if args.output is None else output.resolve()
        print(f"{profile.id}: {' '.join(directions)} in {output}")
        print(f"Serve it with MAGPIE_MODEL={served}")
    return 0


def _describe(entry: "ManifestEntry") -> dict[str, Any]:
    return {
        "id": entry.id,
        "kind": entry.kind,
        "format": entry.format,
        "directions": list(entry.directions),
        "languages": list(entry.languages),
        "size_bytes": sum(record.size for record in entry.files.values()),
        "licence": entry.licence,
        "source": entry.source,
        "group": entry.group,
        "bundled": entry.bundled,
        "present": entry.path.is_dir(),
        "path": str(entry.path),
    }


def _say(message: str) -> None:
    print(message, file=sys.stderr)


def _print_json(content: Mapping[str, Any]) -> None:
    print(json.dumps(content, ensure_ascii=False, indent=2))


def _print_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    if not rows:
        return
    widths = [max(len(row[i]) for row in (header, *rows)) for i in range(len(header))]
    for row in (header, *rows):
        print(
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        )
