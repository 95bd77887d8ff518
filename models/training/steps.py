"""The steps behind the command line; each imports what it needs, so that `--help` needs no torch."""

import argparse
import json
import os
import tempfile
from pathlib import Path

import numpy as np

from models.manifest import BUNDLED_MANIFEST

__all__ = ["augment", "data", "evaluate", "export", "train", "vocabulary"]

CARDS = BUNDLED_MANIFEST.with_name("cards")


def vocabulary(arguments: argparse.Namespace) -> None:
    from models.training import corpus
    from models.training.vocabulary import learn

    tiers = arguments.tiers or corpus.TIERS
    learn(corpus.texts(arguments.folder, tiers=tiers), arguments.output, size=arguments.size)


def data(arguments: argparse.Namespace) -> None:
    from models.training import corpus
    from models.training.progress import say
    from models.training.vocabulary import Vocabulary

    tiers = arguments.tiers or corpus.TIERS
    vocabulary = Vocabulary(arguments.vocabulary)
    pairs = corpus.build(
        arguments.folder, vocabulary, tiers=tiers, dev=arguments.dev, seed=arguments.seed
    )
    pairs.save(arguments.output)
    say(f"{len(pairs)} pairs, {len(pairs.en)} English and {len(pairs.zh)} Chinese tokens")


def augment(arguments: argparse.Namespace) -> None:
    from models.training import corpus, lexicon
    from models.training.augment import augment as augmented
    from models.training.progress import say
    from models.training.shards import BOTH, Pairs
    from models.training.vocabulary import Vocabulary

    vocabulary = Vocabulary(arguments.vocabulary)
    pairs = Pairs.load(arguments.data)
    if lexicon.Lexicon.exists(arguments.lexicon):
        tables = lexicon.Lexicon.load(arguments.lexicon)
    else:
        tables = lexicon.learn(pairs, vocabulary.size, same=vocabulary.same_text)
        tables.save(arguments.lexicon)
    rows = [int(row) for row in corpus.keep_literal(pairs, tables)]
    result = augmented(
        pairs, vocabulary, tables, rows, seed=arguments.seed, en_zh_share=arguments.en_zh_share
    )
    result.save(arguments.output)
    say(f"{len(result)} pairs of {len(rows)}")
    changed = np.flatnonzero(result.use != BOTH)
    for row in np.random.default_rng(arguments.seed).permutation(changed)[: arguments.show]:
        en, zh = result.pair(int(row))
        print(f"{vocabulary.decode(en)}\t{vocabulary.decode(zh)}")


def train(arguments: argparse.Namespace) -> None:
    # Read when torch loads: a thread that waits must not burn the core that a worker could use.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    from models.training.lexicon import Lexicon
    from models.training.shards import Pairs
    from models.training.train import Settings, Trainer
    from models.training.vocabulary import Vocabulary

    if arguments.guide and not arguments.lexicon:
        raise ValueError("--guide needs --lexicon")
    settings = Settings(
        **{name: getattr(arguments, name) for name in Settings.__dataclass_fields__}
    )
    tables = Lexicon.load(arguments.lexicon) if arguments.guide else None
    vocabulary = Vocabulary(arguments.vocabulary)
    pairs = Pairs.load(arguments.data)
    Trainer(settings, pairs, vocabulary, arguments.checkpoint, tables).run()


def export(arguments: argparse.Namespace) -> None:
    from models.training import card
    from models.training.evaluate import Report
    from models.training.export import export as exported

    facts = card.Facts()
    if arguments.facts:
        facts = card.Facts(**json.loads(arguments.facts.read_text(encoding="utf-8")))
    entry = exported(
        arguments.checkpoint,
        arguments.output,
        model_id=arguments.id,
        max_input_tokens=arguments.max_input_tokens,
        manifest=BUNDLED_MANIFEST,
        card_path=CARDS / f"{arguments.id}.md",
        report=Report.load(arguments.report) if arguments.report else None,
        facts=facts,
    )
    print(f"{entry.id}: {sum(f.size for f in entry.files.values()) / 1e6:.1f} MB in {entry.path}")


def evaluate(arguments: argparse.Namespace) -> None:
    from models.registry import open_model
    from models.training.evaluate import evaluate as evaluated
    from models.training.evaluate import to_table

    with tempfile.TemporaryDirectory() as work:
        model = _converted(arguments.model, Path(work))
        engine = open_model("ct2", model, threads=arguments.threads)
        try:
            report = evaluated(
                engine,
                arguments.dev,
                names=arguments.sets,
                limit=arguments.limit,
                beam_size=arguments.beam_size,
            )
        finally:
            engine.close()
    if arguments.json:
        report.save(arguments.json)
    print(to_table(report))


def _converted(model: str, work: Path) -> str:
    """The model as ``open_model`` takes it; a checkpoint is converted to int8 first."""
    folder = Path(model)
    if not (folder / "model.safetensors").is_file():
        return str(folder.resolve()) if folder.is_dir() else model
    from models.tools.convert import convert

    convert(folder, work / folder.name)
    return str(work / folder.name)
