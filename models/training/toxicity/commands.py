"""`python -m models.training toxicity STEP`: the command line of this family; nothing heavy is imported here."""

import argparse
from collections.abc import Callable
from pathlib import Path

from models.training.toxicity import steps

__all__ = ["declare"]

Command = Callable[[argparse.Namespace], None]


def declare(parser: argparse.ArgumentParser) -> Command:
    """Add the steps below ``toxicity``; the chosen one takes the place of the returned command."""
    commands = parser.add_subparsers(required=True, metavar="STEP")
    for name, (summary, add) in _STEPS.items():
        command = commands.add_parser(name, help=summary, description=summary)
        command.set_defaults(run=add(command))
    return steps.nothing


def _translate(parser: argparse.ArgumentParser) -> Command:
    parser.add_argument("folder", type=Path, help="folder of <tier>-<source>.jsonl.xz")
    parser.add_argument("output", type=Path, help="rows in Chinese to write, .jsonl")
    parser.add_argument("--model", default="bundled", help="translation model")
    parser.add_argument("--threads", type=int, default=1)
    return steps.translate


def _project(parser: argparse.ArgumentParser) -> Command:
    parser.add_argument("pairs", type=Path, help="folder of the translation model's training pairs")
    parser.add_argument("model", type=Path, help="classifier folder, for its English half")
    parser.add_argument("output", type=Path, help="rows in Chinese to write, .jsonl")
    parser.add_argument("--negatives", type=int, default=40_000, help="most rows without abuse")
    return steps.project


def _data(parser: argparse.ArgumentParser) -> Command:
    parser.add_argument("folder", type=Path, help="folder of <tier>-<source>.jsonl.xz")
    parser.add_argument("output", type=Path, help="corpus.jsonl.xz to write")
    parser.add_argument("--dev", type=Path, help="folder of development sets, to leave out")
    parser.add_argument("--extra", type=Path, nargs="*", default=[], help="files of more rows")
    parser.add_argument(
        "--lexicon", type=Path, help="folder of lexicon tables, for rows with terms"
    )
    parser.add_argument("--langs", nargs="+", default=["en", "zh"], choices=["en", "zh"])
    parser.add_argument("--tiers", nargs="+", default=["open", "unclear"], metavar="TIER")
    parser.add_argument("--seed", type=int, default=1)
    return steps.data


def _train(parser: argparse.ArgumentParser) -> Command:
    parser.add_argument("corpus", type=Path, help="what `data` wrote")
    parser.add_argument("checkpoint", type=Path, help="folder to write <language>.npz to")
    parser.add_argument("--langs", nargs="+", default=["en", "zh"], choices=["en", "zh"])
    parser.add_argument(
        "--start", type=Path, help="checkpoint to go on from, in one pass of small steps"
    )
    parser.add_argument("--sources", nargs="+", help="rows of these sources only")
    parser.add_argument("--share", type=float, default=1.0, help="share of the rows to take")
    parser.add_argument("--features", type=int, default=160_000, help="n-grams to know")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--hidden", type=int, default=64)
    parser.add_argument("--keep", type=float, default=0.6, help="features that dropout leaves")
    parser.add_argument("--seed", type=int, default=0)
    return steps.train


def _average(parser: argparse.ArgumentParser) -> Command:
    parser.add_argument("checkpoints", type=Path, nargs="+", help="folders that `train` wrote")
    parser.add_argument("--lang", required=True, choices=["en", "zh"])
    parser.add_argument("--output", type=Path, required=True, help="checkpoint folder to write")
    parser.add_argument("--shares", type=float, nargs="+", help="of each; default: alike")
    parser.add_argument("--hate-shares", type=float, nargs="+", help="for identity_attack alone")
    return steps.average


def _widen(parser: argparse.ArgumentParser) -> Command:
    parser.add_argument("corpus", type=Path, help="what `data` wrote")
    parser.add_argument("checkpoint", type=Path, help="folder that `train` or `average` wrote")
    parser.add_argument("--lang", required=True, choices=["en", "zh"])
    parser.add_argument("--output", type=Path, required=True, help="checkpoint folder to write")
    parser.add_argument("--general", type=float, default=0.0, help="share in toxicity")
    parser.add_argument("--hate", type=float, default=0.0, help="share in identity_attack")
    parser.add_argument("--sexism", type=float, default=0.0, help="share in both, of SWSR's own")
    parser.add_argument("--insult", type=float, default=0.0, help="share of insult in toxicity")
    return steps.widen


def _calibrate(parser: argparse.ArgumentParser) -> Command:
    parser.add_argument("checkpoint", type=Path, help="what `train` wrote")
    parser.add_argument("dev", type=Path, help="folder of development sets; half of the rows count")
    return steps.calibrate


def _export(parser: argparse.ArgumentParser) -> Command:
    parser.add_argument("checkpoint", type=Path, help="what `train` and `calibrate` wrote")
    parser.add_argument("--id", default="magpie-toxicity-small")
    parser.add_argument("--output", type=Path, required=True, help="models/bundled/<id>")
    return steps.export


def _join(parser: argparse.ArgumentParser) -> Command:
    parser.add_argument("model", type=Path, help="model folder that `export` wrote")
    parser.add_argument("other", type=Path, help="model folder whose model is added")
    parser.add_argument("--lang", required=True, choices=["en", "zh"])
    parser.add_argument("--alone", nargs="*", default=[], help="heads that `other` has no vote on")
    parser.add_argument("--id", default="magpie-toxicity-small")
    parser.add_argument("--output", type=Path, required=True, help="models/bundled/<id>")
    return steps.join


def _evaluate(parser: argparse.ArgumentParser) -> Command:
    parser.add_argument("model", type=Path, help="model folder")
    parser.add_argument("dev", type=Path, help="folder of development sets")
    parser.add_argument("--output", type=Path, help="Markdown file to write; default: print")
    parser.add_argument("--json", type=Path, help="write the report here as well")
    parser.add_argument("--card", type=Path, help="model card to write")
    parser.add_argument(
        "--others", type=Path, help="Markdown section for the card, on other models"
    )
    return steps.evaluate


_STEPS: dict[str, tuple[str, Callable[[argparse.ArgumentParser], Command]]] = {
    "translate": ("Chinese rows from English ones", _translate),
    "project": ("Chinese rows from parallel text, judged by its English side", _project),
    "data": ("read, cap, clean, augment and disguise the rows", _data),
    "train": ("train one half for each language", _train),
    "average": ("the mean of checkpoints that went on from the same one", _average),
    "widen": ("add linear models to the wide part", _widen),
    "calibrate": ("fit the scores to the development sets", _calibrate),
    "export": ("write the weights that ship and their manifest entry", _export),
    "join": ("one more model for a language; the mean of both counts", _join),
    "evaluate": ("tables of a model on the development sets", _evaluate),
}
