"""What must survive a translation, and what must not happen: the engine alone beside the whole pipeline.

usage: python -m benchmarks.functional [--json FILE]

The checks are those of ``models.training.functional``: placeholders, numbers, emoji, words that are in the target
language already, and short inputs. The texts are a few invented posts a direction, so a percentage is a sign and no
measurement to the point.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks import common
from models.training.evaluate import answering
from models.training.functional import Answer, Check, run_checks
from service.domain import Lang, TranslationRequest
from service.pipeline.drivers import LocalTranslator
from service.runtime import build_engine, build_names, build_slang
from service.settings import Settings

# What the whole pipeline must reach, by check.
GOALS = {
    "placeholders kept": 1.0,
    "numbers kept": 0.99,
    "emoji kept": 0.99,
    "inline target-language terms copied": 0.9,
    "no loop on short input": 1.0,
}


def through(translator: LocalTranslator) -> Answer:
    """The whole pipeline as something to check."""
    ways = {"en": (Lang.EN, Lang.ZH_HANS), "zh": (Lang.ZH_HANS, Lang.EN)}

    def answer(texts: Sequence[str], source: str) -> list[str]:
        own, other = ways[source]
        done = translator.translate([TranslationRequest(text, other, own) for text in texts])
        return [translation.text for translation in done]

    return answer


def page(alone: Sequence[Check], whole: Sequence[Check]) -> str:
    """Both columns as a table, then what failed; one line for each of the failures that a check shows."""
    rows = [
        [a.name, a.total, _share(a), _share(w), f"{GOALS[a.name]:.0%}", "yes" if met(w) else "no"]
        for a, w in zip(alone, whole, strict=True)
    ]
    header = ["check", "texts", "engine", "pipeline", "goal", "met"]
    parts = [common.table(header, rows)]
    for title, checks in (("pipeline", whole), ("engine alone", alone)):
        failures = [f"- {c.name}: `{f}`" for c in checks for f in c.failures]
        if failures:
            parts.append(f"## Failures, {title}\n\n" + "\n".join(failures))
    return "\n\n".join(parts)


def met(check: Check) -> bool:
    return check.passed >= GOALS[check.name] * check.total


def _share(check: Check) -> str:
    return f"{check.passed} ({check.passed / check.total:.0%})"


def main(argv: Sequence[str] | None = None) -> int:
    """Exit code 1 when the pipeline misses a goal."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, help="write both columns here as well")
    args = parser.parse_args(argv)
    settings = Settings()
    engine = build_engine(settings)
    alone = list(run_checks(answering(engine, settings.beam_size)))
    translator = LocalTranslator(
        engine,
        beam_size=settings.beam_size,
        slang=build_slang(settings),
        names=build_names(settings),
    )
    whole = list(run_checks(through(translator)))
    if args.json:
        both = {"engine": [asdict(c) for c in alone], "pipeline": [asdict(c) for c in whole]}
        args.json.write_text(json.dumps(both, ensure_ascii=False, indent=2) + "\n", "utf-8")
    intro = f"Model `{engine.info.id}`, beam {settings.beam_size}.\n\n"
    common.write("functional", "Functional checks", intro + page(alone, whole))
    return 0 if all(met(check) for check in whole) else 1


if __name__ == "__main__":
    sys.exit(main())
