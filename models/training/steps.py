"""The steps behind the command line; each imports what it needs, so that `--help` needs no torch."""

import argparse
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from models.interfaces import TranslationEngine
from models.manifest import BUNDLED_MANIFEST

__all__ = [
    "augment",
    "average",
    "backtranslate",
    "collect",
    "data",
    "dictionary",
    "distil",
    "evaluate",
    "export",
    "join",
    "train",
    "vocabulary",
    "widen",
]

CARDS = BUNDLED_MANIFEST.with_name("cards")


def vocabulary(arguments: argparse.Namespace) -> None:
    from models.training import corpus
    from models.training.vocabulary import learn

    tiers = arguments.tiers or corpus.TIERS
    texts = corpus.texts(arguments.folder, tiers=tiers)
    learn(texts, arguments.output, size=arguments.size, seed=arguments.seed)


def collect(arguments: argparse.Namespace) -> None:
    from models.training.collect import READERS, write_pairs
    from models.training.progress import say, track

    read = READERS[arguments.kind]
    files = track(arguments.inputs, "read")
    count = write_pairs((pair for path in files for pair in read(path)), arguments.output)
    say(f"{count} pairs")


def dictionary(arguments: argparse.Namespace) -> None:
    from models.training import corpus
    from models.training.dictionary import build, read_known, write
    from models.training.progress import say

    tiers = arguments.tiers or corpus.TIERS
    known = read_known(arguments.known)
    table = build(arguments.cedict, arguments.folder, known, tiers=tiers)
    write(table, arguments.output)
    say(f"{len(table)} rows")


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
    from models.training.augment import SHARES
    from models.training.augment import augment as augmented
    from models.training.progress import say
    from models.training.shards import BOTH, Pairs
    from models.training.vocabulary import Vocabulary

    vocabulary = Vocabulary(arguments.vocabulary)
    pairs = Pairs.load(arguments.data)
    if lexicon.Lexicon.exists(arguments.lexicon):
        tables = lexicon.Lexicon.load(arguments.lexicon, vocabulary.size)
    else:
        tables = lexicon.learn(pairs, vocabulary.size, same=vocabulary.same_text)
        tables.save(arguments.lexicon)
    rows = [int(row) for row in corpus.keep_literal(pairs, tables)]
    result = augmented(
        pairs,
        vocabulary,
        tables,
        rows,
        seed=arguments.seed,
        en_zh_share=arguments.en_zh_share,
        shares={**SHARES, **dict(arguments.share)},
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

    needs_lexicon = bool(arguments.guide or arguments.sampled)
    if needs_lexicon and not arguments.lexicon:
        raise ValueError("--guide and --sampled need --lexicon")
    settings = Settings(
        **{name: getattr(arguments, name) for name in Settings.__dataclass_fields__}
    )
    vocabulary = Vocabulary(arguments.vocabulary)
    tables = Lexicon.load(arguments.lexicon, vocabulary.size) if needs_lexicon else None
    pairs = Pairs.load(arguments.data)
    Trainer(settings, pairs, vocabulary, arguments.checkpoint, tables).run()


def shortlist(arguments: argparse.Namespace) -> None:
    from models.training import shortlist as lists
    from models.training.lexicon import Lexicon
    from models.training.shards import Pairs
    from models.training.vocabulary import Vocabulary

    vocabulary = Vocabulary(arguments.vocabulary)
    found = lists.learn(
        Pairs.load(arguments.data),
        vocabulary,
        Lexicon.load(arguments.lexicon, vocabulary.size),
        frequent=arguments.frequent,
        likely=arguments.likely,
        directions=arguments.directions,
    )
    lists.write(found, arguments.output)
    print(f"{len(found)} lists in {arguments.output}")


def export(arguments: argparse.Namespace) -> None:
    from models.training import card
    from models.training.evaluate import Report
    from models.training.export import export as exported

    entry = exported(
        arguments.checkpoint,
        arguments.output,
        model_id=arguments.id,
        max_input_tokens=arguments.max_input_tokens,
        manifest=BUNDLED_MANIFEST,
        card_path=CARDS / f"{arguments.id}.md",
        report=Report.load(arguments.report) if arguments.report else None,
        facts=card.Facts.load(arguments.facts) if arguments.facts else None,
        length_penalty=arguments.length_penalty,
        aligned=arguments.aligned,
        shortlist=arguments.shortlist,
        directions=arguments.directions,
        group=arguments.group,
    )
    print(f"{entry.id}: {sum(f.size for f in entry.files.values()) / 1e6:.1f} MB in {entry.path}")


def evaluate(arguments: argparse.Namespace) -> None:
    from models.training.evaluate import answering, to_table
    from models.training.evaluate import evaluate as evaluated
    from models.training.shards import WAYS

    with _opened(arguments.model, arguments) as engine:
        report = evaluated(
            answering(engine, arguments.beam_size),
            arguments.dev,
            model=engine.info.id,
            beam_size=arguments.beam_size,
            names=arguments.sets,
            limit=arguments.limit,
            directions=[name for name in WAYS if tuple(name.split("-")) in engine.info.directions],
        )
    if arguments.json:
        report.save(arguments.json)
    print(to_table(report))


def distil(arguments: argparse.Namespace) -> None:
    from models.training.distil import Choice
    from models.training.distil import distil as distilled
    from models.training.progress import say
    from models.training.shards import WAYS, Pairs
    from models.training.vocabulary import Vocabulary

    choice = Choice(
        arguments.beam_size, arguments.hypotheses, arguments.min_chrf, arguments.keep_reference
    )
    with _opened(arguments.teacher, arguments) as teacher:
        result = distilled(
            Pairs.load(arguments.data),
            Vocabulary(arguments.vocabulary),
            teacher,
            arguments.output,
            choice=choice,
            directions=[WAYS[name] for name in arguments.directions],
            limit=arguments.limit,
            seed=arguments.seed,
            minutes=arguments.minutes,
        )
    say(f"{len(result)} pairs, each for one direction")


def backtranslate(arguments: argparse.Namespace) -> None:
    from models.training.backtranslate import Search, back_translate, collect
    from models.training.progress import say
    from models.training.vocabulary import Vocabulary

    posts = collect(
        arguments.texts,
        arguments.lang,
        dev=arguments.dev,
        limit=arguments.limit,
        seed=arguments.seed,
    )
    say(f"{len(posts)} posts are usable")
    vocabulary = Vocabulary(arguments.vocabulary)
    if vocabulary.synthetic_id is None and not arguments.no_tag:
        say("the vocabulary has no tag for synthetic sources: they go in plain")
    names = [f"back-{path.name.split('.')[0]}" for path in arguments.texts]
    with _opened(arguments.model, arguments) as engine:
        result = back_translate(
            posts,
            names,
            vocabulary,
            engine,
            arguments.output,
            search=Search(arguments.beam_size, arguments.min_score, not arguments.no_tag),
            seed=arguments.seed,
            minutes=arguments.minutes,
        )
    say(f"{len(result)} pairs of {len(posts)} posts")


def join(arguments: argparse.Namespace) -> None:
    from models.training.progress import say
    from models.training.shards import Pairs, concatenate

    result = concatenate([Pairs.load(path) for path in arguments.inputs])
    result.save(arguments.output)
    say(f"{len(result)} pairs")


def average(arguments: argparse.Namespace) -> None:
    from models.training.average import average as averaged

    averaged(arguments.checkpoints, arguments.output, arguments.shares)


def widen(arguments: argparse.Namespace) -> None:
    from models.training.widen import widen as widened

    widened(arguments.checkpoint, arguments.output, arguments.feed_forward, seed=arguments.seed)


@contextmanager
def _opened(model: str, arguments: argparse.Namespace) -> Iterator[TranslationEngine]:
    """The engine of a manifest id, a converted folder, a checkpoint, or a Hugging Face MarianMT folder.

    Two folders of one direction each are given with a comma. What is not converted yet is converted for the time
    being, to int8 on CPU and to fp16 on CUDA.
    """
    from models.registry import open_model

    kind = "float16" if arguments.device == "cuda" else "int8"
    with tempfile.TemporaryDirectory() as work:
        names = [_converted(name.strip(), Path(work), kind) for name in model.split(",")]
        engine = open_model(
            "ct2",
            ",".join(names),
            models_dir=arguments.models_dir,
            shortlist=False,  # the same whatever else is in a batch
            threads=arguments.threads,
            device=arguments.device,
            compute_type=kind,
        )
        try:
            yield engine
        finally:
            engine.close()


def _converted(model: str, work: Path, quantization: str) -> str:
    """The model as ``open_model`` takes it."""
    folder = Path(model)
    if not any((folder / name).is_file() for name in ("model.safetensors", "pytorch_model.bin")):
        return str(folder.resolve()) if folder.is_dir() else model
    from models.tools.convert import convert

    output = Path(tempfile.mkdtemp(dir=work)) / folder.name
    convert(folder, output, quantization=quantization)
    return str(output)
