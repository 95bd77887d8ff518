"""Pass rates of the functional suites through the whole service, beside the same with slang and glossary left out.

usage: python -m benchmarks.social --data FOLDER [--show]

FOLDER holds the development sets (``NAME.tsv``, English TAB Chinese), which the glossary suite takes sentences from.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks import common
from benchmarks.social.suites import DATA, Case, glossary_cases, read_cases, verdict
from service.domain import TranslationRequest
from service.pipeline.drivers import LocalTranslator
from service.runtime import build_local
from service.settings import Settings

SLANG = common.ROOT / "tests" / "data" / "social" / "slang_examples.tsv"
FILES = {
    "slang": SLANG,
    "code-switch": DATA / "code_switch.tsv",
    "typography": DATA / "typography.tsv",
    "emoji": DATA / "emoji.tsv",
    "tags": DATA / "tags.tsv",
    "emphasis": DATA / "emphasis.tsv",
    "numbers": DATA / "numbers.tsv",
}
# What users of LibreTranslate and its own code say about the same, in short.
LIBRETRANSLATE = {
    "slang": "no lexicon and no notes; terms come out letter by letter or as they are",
    "glossary": "none; asked for in several threads",
    "code-switch": "garbled, or a part is left out; the whole text counts as one language",
    "typography": "a post-processing step that doubles or loses final marks and changes the case of mixed text",
    "emoji": "dropped, and an unknown one may end the sentence there",
    "tags": "marks of tags and placeholders are split or translated, links break",
    "emphasis": "tags are put among the words by splitting the sentence; Markdown is text to translate",
    "numbers": "nothing is done for numbers in words",
}


def translate(translator: LocalTranslator, cases: Sequence[Case], *, plain: bool) -> list[str]:
    """Translations; ``plain`` leaves slang and the glossary out."""
    requests = [
        TranslationRequest(
            case.text, case.target, slang=not plain, glossary=() if plain else case.glossary
        )
        for case in cases
    ]
    return [done.text for done in translator.translate(requests)]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--show", action="store_true", help="print every case that failed")
    args = parser.parse_args()
    suites = {name: read_cases(path) for name, path in FILES.items()}
    pairs = [pair for name in common.SPOKEN for pair in common.pairs(args.data, name)]
    suites["glossary"] = glossary_cases(DATA / "glossary.tsv", pairs)
    translator = build_local(Settings())
    rows = []
    for name, libretranslate in LIBRETRANSLATE.items():
        cases = suites[name]
        said = translate(translator, cases, plain=False)
        problems = [verdict(case, text) for case, text in zip(cases, said, strict=True)]
        plain = translate(translator, cases, plain=True)
        without = sum(not verdict(case, text) for case, text in zip(cases, plain, strict=True))
        passed = problems.count("")
        rows.append(
            [name, len(cases), passed, f"{passed / len(cases):.0%}", f"{without / len(cases):.0%}", libretranslate]
        )  # fmt: skip
        if args.show:
            for case, text, problem in zip(cases, said, problems, strict=True):
                if problem:
                    print(f"{name}: {case.text} => {text} ({problem})", file=sys.stderr)
    header = [
        "suite", "cases", "passed", "rate", "without slang and glossary", "LibreTranslate, as documented",
    ]  # fmt: skip
    common.write(
        "social",
        "Functional suites of social text",
        f"Model `{translator.model_id}`. A case passes when its translation holds what its row asks for.\n\n"
        + common.table(header, rows),
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
