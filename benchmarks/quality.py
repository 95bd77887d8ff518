"""BLEU and chrF through the whole pipeline beside the raw engine, on the development sets, in both directions.

usage: python -m benchmarks.quality --data FOLDER [--limit N] [--sets NAME ...]

The engine chooses from its whole vocabulary, the pipeline as the service does, with slang and names. FOLDER holds
``NAME.tsv`` (English TAB Chinese). BLEU is sacrebleu's, with the ``zh`` tokenizer for Chinese.
"""

import argparse
import sys
import time
from pathlib import Path

import sacrebleu

from benchmarks import common
from models.interfaces import DecodeOptions, Segment, TranslationEngine
from service.domain import Lang, TranslationRequest
from service.pipeline.drivers import LocalTranslator
from service.runtime import build_engine, build_names, build_slang, repeatable
from service.settings import Settings

SETS = (
    "tatoeba1k", "xdailydialog-test", "msctd-test", "bmeld-test", "tvsub-test", "um-microblog-test", "um-test",
    "newstest2017", "flores-dev",
)  # fmt: skip
# A pipeline may differ from the engine by wrapped sentences and protected spans; more than this is a loss.
TOLERANCE = 0.3


def raw(
    engine: TranslationEngine, texts: list[str], source: str, target: str, beam: int
) -> list[str]:
    """The engine alone. A sentence over its limit is cut at the limit, as a plain caller would."""
    limit = engine.info.max_input_tokens
    cut = []
    for text in texts:
        while engine.count_tokens(text, source) > limit - 2:
            text = text[: int(len(text) * 0.9)]
        cut.append(Segment(text, source, target))
    return [h[0].text for h in engine.translate(cut, DecodeOptions(beam_size=beam))]


def pipeline(
    translator: LocalTranslator, texts: list[str], source: Lang, target: Lang
) -> tuple[list[str], int]:
    """Translations, and how many carry a warning."""
    requests = [TranslationRequest(text, target, source) for text in texts]
    done = translator.translate(requests)
    return [t.text.replace("\n", " ") for t in done], sum(bool(t.warnings) for t in done)


def scores(hypotheses: list[str], references: list[str], target: str) -> tuple[float, float]:
    tokenize = "zh" if target == "zh" else "13a"
    return (
        sacrebleu.corpus_bleu(hypotheses, [references], tokenize=tokenize).score,
        sacrebleu.corpus_chrf(hypotheses, [references]).score,
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument(
        "--limit", type=int, default=0, help="first N lines of each set; 0 takes all"
    )
    parser.add_argument("--sets", nargs="*", default=SETS)
    args = parser.parse_args()
    settings = Settings()
    engine = build_engine(repeatable(settings))
    translator = LocalTranslator(
        build_engine(settings),
        beam_size=settings.beam_size,
        slang=build_slang(settings),
        names=build_names(settings),
    )
    rows: list[list[object]] = []
    lost = 0
    for name in args.sets:
        rows_of_set = common.pairs(args.data, name)[: args.limit or None]
        for source, target in ((Lang.EN, Lang.ZH_HANS), (Lang.ZH_HANS, Lang.EN)):
            column = 0 if source is Lang.EN else 1
            texts = [pair[column] for pair in rows_of_set]
            references = [pair[1 - column] for pair in rows_of_set]
            alone = scores(
                raw(engine, texts, source.base, target.base, settings.beam_size),
                references,
                target.base,
            )
            began = time.perf_counter()
            said, warned = pipeline(translator, texts, source, target)
            rate = len(texts) / (time.perf_counter() - began)
            whole = scores(said, references, target.base)
            lost += whole[0] < alone[0] - TOLERANCE or whole[1] < alone[1] - TOLERANCE
            rows.append(
                [name, f"{source.base}→{target.base}", len(texts), f"{alone[0]:.1f}", f"{whole[0]:.1f}",
                 f"{alone[1]:.1f}", f"{whole[1]:.1f}", warned, f"{rate:.0f}"]
            )  # fmt: skip
            print(*rows[-1], file=sys.stderr)
    header = [
        "set",
        "direction",
        "lines",
        "BLEU engine",
        "BLEU pipeline",
        "chrF engine",
        "chrF pipeline",
        "warned",
        "lines/s",
    ]
    common.write(
        "quality",
        "Translation quality",
        f"Model `{engine.info.id}`, beam {settings.beam_size}, int8; the pipeline with the service's shortlist.\n\n"
        + common.table(header, rows),
    )
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
