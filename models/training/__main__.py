"""`python -m models.training STEP`: how the bundled weights were made, one command for each step."""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from models.training import steps
from models.training.shards import BOTH_WAYS
from models.training.toxicity import commands as toxicity

__all__ = ["build_parser", "main"]

Command = Callable[[argparse.Namespace], None]


def _vocabulary(parser: argparse.ArgumentParser) -> Command:
    parser.add_argument(
        "folder", type=Path, help="folder of <tier>-<source>.tsv[.xz], English TAB Chinese"
    )
    parser.add_argument("output", type=Path, help="joint.model to write")
    parser.add_argument("--size", type=int, default=16_000)
    parser.add_argument(
        "--tiers", nargs="+", default=None, metavar="TIER", help="open nc research unclear"
    )
    parser.add_argument("--seed", type=int, default=1)
    return steps.vocabulary


def _collect(parser: argparse.ArgumentParser) -> Command:
    parser.add_argument(
        "kind",
        choices=("catalogue", "dictionary", "cities"),
        help="gettext catalogues (.mo, English to Simplified Chinese), CC-CEDICT, or GeoNames cities as JSON",
    )
    parser.add_argument("inputs", type=Path, nargs="+", help="files of that kind")
    parser.add_argument("--output", type=Path, required=True, help="<tier>-<source>.tsv to write")
    return steps.collect


def _dictionary(parser: argparse.ArgumentParser) -> Command:
    parser.add_argument("cedict", type=Path, help="CC-CEDICT file")
    parser.add_argument(
        "folder", type=Path, help="folder of <tier>-<source>.tsv[.xz], English TAB Chinese"
    )
    parser.add_argument("output", type=Path, help="dictionary.tsv to write")
    parser.add_argument(
        "--known",
        type=Path,
        nargs="+",
        default=[],
        help="tables (Chinese TAB English) whose words need no row",
    )
    parser.add_argument(
        "--tiers", nargs="+", default=None, metavar="TIER", help="open nc research unclear"
    )
    return steps.dictionary


def _data(parser: argparse.ArgumentParser) -> Command:
    parser.add_argument(
        "folder", type=Path, help="folder of <tier>-<source>.tsv[.xz], English TAB Chinese"
    )
    parser.add_argument("output", type=Path, help="clean.npz to write")
    parser.add_argument("--vocabulary", type=Path, required=True, help="SentencePiece model")
    parser.add_argument(
        "--dev", type=Path, help="folder of development sets, to keep out of training"
    )
    parser.add_argument(
        "--tiers", nargs="+", default=None, metavar="TIER", help="open nc research unclear"
    )
    parser.add_argument("--seed", type=int, default=1)
    return steps.data


def _augment(parser: argparse.ArgumentParser) -> Command:
    parser.add_argument("data", type=Path, help="what `data` wrote")
    parser.add_argument("output", type=Path, help="augmented.npz to write")
    parser.add_argument("--vocabulary", type=Path, required=True, help="SentencePiece model")
    parser.add_argument("--lexicon", type=Path, required=True, help="folder for the IBM-1 tables")
    parser.add_argument(
        "--en-zh-share", type=float, default=1.0, help="share of the pairs into Chinese to keep"
    )
    parser.add_argument(
        "--share",
        type=_share,
        nargs="+",
        default=[],
        metavar="KIND=SHARE",
        help="share of the pairs of a direction that get this change, 0 to 1: mark=0.10 (placeholders), switch=0.13 "
        "(code-switching), join=0.04, copy=0.02, fragment=0.01; noise: bare=0.015, marks=0.01, elongate=0.01, "
        "unspaced=0.005, lower=0.02, upper=0.01, title=0.005, typo=0.015 (English), widths=0.02, "
        "traditional=0.015 (Chinese)",
    )
    parser.add_argument("--show", type=int, default=0, metavar="N", help="print N changed pairs")
    parser.add_argument("--seed", type=int, default=1)
    return steps.augment


def _train(parser: argparse.ArgumentParser) -> Command:
    parser.add_argument("data", type=Path, help="what `augment` or `data` wrote")
    parser.add_argument("checkpoint", type=Path, help="folder to go on from and to write")
    parser.add_argument("--vocabulary", type=Path, required=True, help="SentencePiece model")
    parser.add_argument(
        "--lexicon", type=Path, help="IBM-1 tables; needed with --guide and --sampled"
    )
    parser.add_argument(
        "--hours", type=float, default=1.0, help="active hours; a stopped process does not count"
    )
    parser.add_argument("--lr", type=float, default=1e-3)
    parser.add_argument("--warmup", type=int, default=200, metavar="STEPS")
    parser.add_argument(
        "--decay", type=float, default=0.0, help="last share of the hours: learning rate to zero"
    )
    _directions(parser, "to train; one alone makes a model of that direction")
    parser.add_argument("--tokens", type=int, default=3072, help="padded tokens of a batch")
    parser.add_argument("--accumulate", type=int, default=4, help="batches of an update")
    parser.add_argument("--max-len", type=int, default=62, help="longest side of a pair in tokens")
    parser.add_argument(
        "--guide", type=float, default=0.0, help="weight of guided alignment; 0.5 from nothing"
    )
    parser.add_argument(
        "--sampled",
        type=int,
        default=0,
        metavar="N",
        help="softmax over targets, likely translations and N of the other pieces; 0: over all of them. "
        "1000 makes a step on CPU three tenths shorter",
    )
    parser.add_argument(
        "--average-steps", type=int, default=300, help="horizon of the weight average"
    )
    parser.add_argument("--save-minutes", type=float, default=8.0)
    parser.add_argument(
        "--workers", type=int, default=0, help="processes on CPU; 0: one for each core"
    )
    parser.add_argument("--width", type=int, default=256)
    parser.add_argument("--encoder-layers", type=int, default=6)
    parser.add_argument("--decoder-layers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    return steps.train


def _share(text: str) -> tuple[str, float]:
    kind, _, share = text.partition("=")
    return kind, float(share)


def _translating(parser: argparse.ArgumentParser, beam_size: int) -> None:
    """The options of the two steps that translate a corpus."""
    parser.add_argument("--vocabulary", type=Path, required=True, help="SentencePiece model")
    parser.add_argument("--beam-size", type=int, default=beam_size)
    parser.add_argument("--limit", type=int, default=0, help="a random sample of so many; 0: all")
    parser.add_argument(
        "--minutes",
        type=float,
        default=0.0,
        help="stop after this time; the output holds what is done, the same command goes on",
    )
    parser.add_argument("--seed", type=int, default=1)
    _running(parser)


def _directions(parser: argparse.ArgumentParser, what: str) -> None:
    parser.add_argument("--directions", nargs="+", choices=BOTH_WAYS, default=BOTH_WAYS, help=what)


def _running(parser: argparse.ArgumentParser) -> None:
    """Where a model is found and what runs it."""
    parser.add_argument("--models-dir", type=Path, help="folder of pulled models, for their ids")
    parser.add_argument("--threads", type=int, default=0, help="0: every core")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")


_MODEL = (
    "manifest id or group, a converted folder, or a MarianMT folder; one for each way with a comma"
)


def _distil(parser: argparse.ArgumentParser) -> Command:
    parser.add_argument("data", type=Path, help="what `data` wrote")
    parser.add_argument("output", type=Path, help="distilled.npz to write")
    parser.add_argument("--teacher", required=True, help=_MODEL)
    parser.add_argument(
        "--hypotheses", type=int, default=4, help="n-best list from which chrF chooses"
    )
    parser.add_argument(
        "--min-chrf", type=float, default=0.0, help="leave out what is below, 0 to 100"
    )
    parser.add_argument(
        "--keep-reference", action="store_true", help="use the reference for what is left out"
    )
    _directions(parser, "to translate")
    _translating(parser, beam_size=4)
    return steps.distil


def _backtranslate(parser: argparse.ArgumentParser) -> Command:
    parser.add_argument(
        "texts",
        type=Path,
        nargs="+",
        help=".txt (a text a line) or .jsonl (text, lang), .xz or not",
    )
    parser.add_argument("--output", type=Path, required=True, help="synthetic.npz to write")
    parser.add_argument("--model", required=True, help=_MODEL)
    parser.add_argument("--lang", choices=("en", "zh"), help="of the texts; JSON lines: only these")
    parser.add_argument(
        "--dev", type=Path, help="folder of development sets, to keep out of training"
    )
    parser.add_argument(
        "--min-score",
        type=float,
        default=0.0,
        help="drop translations of a lower mean log-probability, such as -1.5; 0: keep all",
    )
    parser.add_argument("--no-tag", action="store_true", help="do not mark the synthetic sources")
    _translating(parser, beam_size=1)
    return steps.backtranslate


def _join(parser: argparse.ArgumentParser) -> Command:
    parser.add_argument("output", type=Path, help="shard to write")
    parser.add_argument(
        "inputs", type=Path, nargs="+", help="shards; one that is named twice counts twice"
    )
    return steps.join


def _average(parser: argparse.ArgumentParser) -> Command:
    parser.add_argument("checkpoints", type=Path, nargs="+", help="folders that `train` wrote")
    parser.add_argument("--output", type=Path, required=True, help="checkpoint folder to write")
    parser.add_argument(
        "--shares", type=float, nargs="+", default=[], help="of each; default: alike"
    )
    return steps.average


def _widen(parser: argparse.ArgumentParser) -> Command:
    parser.add_argument(
        "checkpoint", type=Path, help="folder that `train` wrote, or an exported one"
    )
    parser.add_argument("output", type=Path, help="checkpoint folder to write; it must not exist")
    parser.add_argument(
        "--feed-forward", type=int, required=True, metavar="UNITS", help="of an encoder layer"
    )
    parser.add_argument("--seed", type=int, default=1)
    return steps.widen


def _shortlist(parser: argparse.ArgumentParser) -> Command:
    from models.training import shortlist

    parser.add_argument("data", type=Path, help="what `data` wrote")
    parser.add_argument("output", type=Path, help="vmap.txt to write")
    parser.add_argument("--vocabulary", type=Path, required=True, help="SentencePiece model")
    parser.add_argument("--lexicon", type=Path, required=True, help="folder of the IBM-1 tables")
    parser.add_argument(
        "--frequent",
        type=int,
        default=shortlist.FREQUENT,
        help="pieces in every list of a direction",
    )
    parser.add_argument(
        "--likely", type=int, default=shortlist.LIKELY, help="further pieces that a piece becomes"
    )
    _directions(parser, "of the model that they are for")
    return steps.shortlist


def _export(parser: argparse.ArgumentParser) -> Command:
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--id", required=True)
    parser.add_argument("--output", type=Path, required=True, help="models/bundled/<id>")
    parser.add_argument(
        "--max-input-tokens", type=int, default=62, help="longest source seen in training"
    )
    parser.add_argument(
        "--length-penalty",
        type=float,
        default=1.0,
        help="of the beam search; chosen on development sets",
    )
    parser.add_argument(
        "--aligned",
        action="store_true",
        help="the last phase had --guide, so that cross-attention says which words belong together",
    )
    parser.add_argument(
        "--shortlist", type=Path, help="what `shortlist` wrote; default: that of the last export"
    )
    _directions(parser, "what the model is served for")
    parser.add_argument(
        "--group", default="", help="what is exported under one group is the bundled model together"
    )
    parser.add_argument("--report", type=Path, help="what `evaluate --json` wrote, for the card")
    parser.add_argument(
        "--facts",
        type=Path,
        help="JSON with recipe, compute and examples for the card; default: those of the last export",
    )
    return steps.export


def _evaluate(parser: argparse.ArgumentParser) -> Command:
    parser.add_argument("model", help="manifest id, `bundled`, a converted folder or a checkpoint")
    parser.add_argument("dev", type=Path, help="folder of development sets")
    parser.add_argument(
        "--sets", nargs="+", default=[], help="file names without suffix; default: all"
    )
    parser.add_argument("--limit", type=int, default=0, help="first lines of each set only")
    parser.add_argument("--beam-size", type=int, default=2)
    _running(parser)
    parser.add_argument("--json", type=Path, help="write the report here as well")
    return steps.evaluate


STEPS: dict[str, tuple[str, Callable[[argparse.ArgumentParser], Command]]] = {
    "vocabulary": ("learn the joint vocabulary", _vocabulary),
    "collect": ("pairs from packages that anyone can download", _collect),
    "data": ("read, filter and mix parallel text into token ids", _data),
    "augment": ("placeholders, code-switching, noise", _augment),
    "distil": ("a teacher's translations of the training sources", _distil),
    "backtranslate": ("real posts as targets of their own translations", _backtranslate),
    "join": ("several shards as one", _join),
    "train": ("train or go on training a MarianMT checkpoint", _train),
    "average": ("the mean of checkpoints that went on from the same one", _average),
    "widen": ("more units in a checkpoint's encoder, the same function", _widen),
    "shortlist": ("target pieces that a source piece can lead to", _shortlist),
    "dictionary": ("the table of rarer words that the pipeline looks up", _dictionary),
    "export": ("convert a checkpoint to the weights that ship", _export),
    "evaluate": ("BLEU, chrF and functional checks of a model", _evaluate),
    "toxicity": ("the toxicity classifier, in steps of its own", toxicity.declare),
}


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m models.training", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="STEP")
    for name, (summary, declare) in STEPS.items():
        command = commands.add_parser(name, help=summary, description=summary)
        command.set_defaults(run=declare(command))
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one step; 1 and one line on stderr when its input is not usable."""
    arguments = build_parser().parse_args(argv)
    try:
        arguments.run(arguments)
    except (ValueError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
