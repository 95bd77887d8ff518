"""The bundled model's engine against a model of opus-mt's size, offline, in one run: sentences a second.

usage: python -m benchmarks.engine --data FOLDER [--sentences 1000]

The peer has the shape of Helsinki-NLP/opus-mt-en-zh (6 + 6 layers, d 512, feed-forward 2048, 65,001 pieces) and random
weights: speed does not depend on their values, and its answers are held to the lengths of ours. It reads the same
number of source tokens (its own larger vocabulary would give it about a tenth fewer) and is converted to int8 by the
same tool. opus-mt's own default is beam 6; both are also measured with beam 2 and with greedy search.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ctranslate2

from benchmarks import common
from benchmarks.service_load import fitting, segment_of
from models.interfaces import DecodeOptions, Segment
from models.manifest import find
from models.translation.ct2 import thread_split
from service.runtime import build_engine
from service.settings import Settings

BATCH = 32
BEAMS = (1, 2, 6)
GOAL = 500.0  # sentences a second of the bundled model, greedy or beam 2
PIECES = 65_001


def random_peer(folder: Path) -> Path:
    """A CTranslate2 int8 folder of opus-mt's shape. Needs the torch extra."""
    import json

    import torch
    from ctranslate2.converters import TransformersConverter
    from transformers import MarianConfig, MarianMTModel

    torch.manual_seed(1)
    config = MarianConfig(
        vocab_size=PIECES, d_model=512, encoder_layers=6, decoder_layers=6, encoder_ffn_dim=2048,
        decoder_ffn_dim=2048, encoder_attention_heads=8, decoder_attention_heads=8, max_position_embeddings=512,
        pad_token_id=PIECES - 1, eos_token_id=0, decoder_start_token_id=PIECES - 1, activation_function="swish",
        scale_embedding=True, forced_eos_token_id=0,
    )  # fmt: skip
    source = folder / "hf"
    MarianMTModel(config).save_pretrained(source)
    vocabulary = {"</s>": 0, "<unk>": 1, **{f"p{i}": i for i in range(2, PIECES - 1)}}
    (source / "vocab.json").write_text(json.dumps(vocabulary | {"<pad>": PIECES - 1}))
    (source / "tokenizer_config.json").write_text('{"tokenizer_class": "MarianTokenizer"}')
    for name in ("source.spm", "target.spm"):  # only there because the converter opens them
        (source / name).write_bytes((find("bundled").path / name).read_bytes())
    target = folder / "ct2"
    TransformersConverter(str(source)).convert(str(target), quantization="int8")
    return target


def rate(run: Callable[[int, int], None], count: int) -> float:
    """Sentences a second over ``count`` sentences in batches of like length, after one batch to warm up."""
    run(0, BATCH)
    began = time.perf_counter()
    for at in range(0, count, BATCH * 8):
        run(at, min(at + BATCH * 8, count))
    return count / (time.perf_counter() - began)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--sentences", type=int, default=1000)
    args = parser.parse_args()
    texts = fitting(common.sentences(args.data, args.sentences * 2))[: args.sentences]
    engine = build_engine(Settings())
    segments = sorted((segment_of(text) for text in texts), key=lambda s: len(s.text))
    lengths = [
        (engine.count_tokens(s.text, s.source_lang) + 2, max(1, rows[0].tokens))
        for s, rows in zip(segments, engine.translate(segments, DecodeOptions()), strict=True)
    ]
    with tempfile.TemporaryDirectory() as folder:
        inter, intra = thread_split(2)
        peer: Any = ctranslate2.Translator(
            str(random_peer(Path(folder))), compute_type="int8", inter_threads=inter, intra_threads=intra
        )  # fmt: skip
        rows = [_compare(engine, segments, peer, lengths, beam) for beam in BEAMS]
    table = common.table(
        ["beam", "bundled, sentences/s", "opus-mt size, sentences/s", "times as fast"],
        [[b, f"{ours:.0f}", f"{theirs:.0f}", f"{ours / theirs:.1f}"] for b, ours, theirs in rows],
    )
    best = max(ours for beam, ours, _ in rows if beam <= 2)
    met = "met" if best >= GOAL else "missed"
    common.write("engine", "Engine speed", f"{table}\n\nGoal: {GOAL:.0f} sentences a second: {met}")
    return 0 if best >= GOAL else 1


def _compare(
    engine: Any, segments: list[Segment], peer: Any, lengths: list[tuple[int, int]], beam: int
) -> tuple[int, float, float]:
    def ours(start: int, end: int) -> None:
        engine.translate(segments[start:end], DecodeOptions(beam_size=beam))

    def theirs(start: int, end: int) -> None:
        waiting = []
        for at in range(start, end, BATCH):
            batch = lengths[at : min(at + BATCH, end)]
            said = max(1, round(sum(n for _, n in batch) / len(batch)))
            waiting += peer.translate_batch(
                [[f"p{2 + (i * 37) % 60_000}" for i in range(n - 1)] + ["</s>"] for n, _ in batch],
                beam_size=beam, min_decoding_length=said, max_decoding_length=said, asynchronous=True,
            )  # fmt: skip
        for answer in waiting:
            answer.result()

    return beam, rate(ours, len(segments)), rate(theirs, len(segments))


if __name__ == "__main__":
    sys.exit(main())
