"""The steps behind the command line; each imports what it needs, so that `--help` needs nothing."""

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from models.manifest import BUNDLED_MANIFEST

if TYPE_CHECKING:
    from models.training.toxicity.fit import Weights

__all__ = [
    "average",
    "calibrate",
    "data",
    "evaluate",
    "export",
    "join",
    "nothing",
    "project",
    "train",
    "translate",
    "widen",
]

CALIBRATION = "calibration.json"


def nothing(arguments: argparse.Namespace) -> None:
    """Never chosen: a step is required."""


def translate(arguments: argparse.Namespace) -> None:
    from models.registry import open_model
    from models.training.toxicity import rows, translated

    engine = open_model("ct2", arguments.model, threads=arguments.threads)
    try:
        chosen = translated.choose(rows.read_folder(arguments.folder))
        print(f"{translated.translate(chosen, engine, arguments.output)} rows of {len(chosen)}")
    finally:
        engine.close()


def project(arguments: argparse.Namespace) -> None:
    from models.training.toxicity.projected import project as projected

    count = projected(arguments.pairs, arguments.model, arguments.output, arguments.negatives)
    print(f"{count} rows")


def data(arguments: argparse.Namespace) -> None:
    from models.training.toxicity import corpus, terms

    found = terms.read_terms(arguments.lexicon) if arguments.lexicon else []
    rows = corpus.build(
        arguments.folder, arguments.extra, arguments.dev, arguments.tiers, arguments.seed, found,
        arguments.langs,
    )  # fmt: skip
    disguised = corpus.disguise(rows, arguments.seed)
    corpus.save([*rows, *disguised], arguments.output)
    print(f"{len(rows)} rows and {len(disguised)} disguised ones")
    for source, count in corpus.counts(rows).items():
        print(f"{source}\t{count}")


def train(arguments: argparse.Namespace) -> None:
    from models.training.toxicity import corpus, fit, folding

    recipe = fit.Recipe(
        features=arguments.features,
        epochs=arguments.epochs,
        hidden=arguments.hidden,
        keep=arguments.keep,
        seed=arguments.seed,
    )
    rows, table = corpus.read(arguments.corpus), folding.build()
    if arguments.sources:
        rows = [row for row in rows if row.source in {*arguments.sources, *corpus.OURS}]
    if arguments.share < 1.0:
        rows = corpus.sample(rows, arguments.share, arguments.seed)
    for lang in arguments.langs:
        start = arguments.start and fit.Weights.load(arguments.start / f"{lang}.npz")
        found = fit.fit(rows, lang, table, fit.REFINING if start else recipe, start or None)
        found.save(arguments.checkpoint / f"{lang}.npz")


def average(arguments: argparse.Namespace) -> None:
    from models.training.toxicity.average import average as averaged
    from models.training.toxicity.fit import Weights

    name = f"{arguments.lang}.npz"
    parts = [Weights.load(folder / name) for folder in arguments.checkpoints]
    shares = arguments.shares or [1.0] * len(parts)
    averaged(parts, arguments.lang, shares, arguments.hate_shares).save(arguments.output / name)


def widen(arguments: argparse.Namespace) -> None:
    from models.training.toxicity import corpus, folding, linear
    from models.training.toxicity.fit import Weights

    name, sexism = f"{arguments.lang}.npz", (linear.SEXISM, arguments.sexism)
    shares = {
        "toxicity": [(linear.GENERAL, arguments.general), sexism],
        "identity_attack": [(linear.GENERAL, arguments.hate), sexism],
    }
    widened = linear.widen(
        Weights.load(arguments.checkpoint / name), corpus.read(arguments.corpus), arguments.lang,
        folding.build(), shares, arguments.insult,
    )  # fmt: skip
    widened.save(arguments.output / name)


def calibrate(arguments: argparse.Namespace) -> None:
    from models.training.toxicity import fit, folding
    from models.training.toxicity.calibrate import calibrate as calibrated
    from models.training.toxicity.evaluate import read_sets

    table, sets = folding.build(), read_sets(arguments.dev)
    found = {}
    for lang, weights in _halves(arguments.checkpoint).items():
        mine = {name: rows for name, rows in sets.items() if name.endswith(f".{lang}")}
        found[lang] = calibrated(mine, fit.HEADS[lang], fit.scorer(weights, lang, table))
    path = arguments.checkpoint / CALIBRATION
    path.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def export(arguments: argparse.Namespace) -> None:
    from models.training.toxicity.export import export as exported

    calibration = json.loads((arguments.checkpoint / CALIBRATION).read_text(encoding="utf-8"))
    entry = exported(
        _halves(arguments.checkpoint),
        calibration,
        arguments.output,
        model_id=arguments.id,
        manifest=BUNDLED_MANIFEST,
        card=f"cards/{arguments.id}.md",
    )
    print(f"{entry.id}: {sum(f.size for f in entry.files.values()) / 1e6:.1f} MB in {entry.path}")


def join(arguments: argparse.Namespace) -> None:
    from models.training.toxicity.export import enter
    from models.training.toxicity.export import join as joined

    joined(
        arguments.model,
        arguments.other,
        arguments.output,
        lang=arguments.lang,
        alone=arguments.alone,
    )
    entry = enter(
        arguments.output,
        model_id=arguments.id,
        manifest=BUNDLED_MANIFEST,
        card=f"cards/{arguments.id}.md",
    )
    print(f"{entry.id}: {sum(f.size for f in entry.files.values()) / 1e6:.1f} MB in {entry.path}")


def evaluate(arguments: argparse.Namespace) -> None:
    from models.classification.compact import CompactClassifier
    from models.training.toxicity.card import render
    from models.training.toxicity.evaluate import evaluate as evaluated
    from models.training.toxicity.evaluate import read_sets
    from models.training.toxicity.tables import to_markdown

    report = evaluated(CompactClassifier(arguments.model), read_sets(arguments.dev))
    if arguments.json:
        report.save(arguments.json)
    if arguments.card:
        others = arguments.others.read_text(encoding="utf-8") if arguments.others else ""
        arguments.card.write_text(render(report, others), encoding="utf-8")
    text = to_markdown(report)
    if arguments.output:
        arguments.output.write_text(text, encoding="utf-8")
    else:
        print(text)


def _halves(checkpoint: Path) -> "dict[str, Weights]":
    from models.training.toxicity.fit import Weights

    found = {path.stem: Weights.load(path) for path in sorted(checkpoint.glob("??.npz"))}
    if not found:
        raise ValueError(f"no weights in {checkpoint.name}")
    return found
