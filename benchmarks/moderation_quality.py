"""What the default policy as shipped does on the development sets; writes docs/evaluation.md.

usage: python -m benchmarks.moderation_quality --data FOLDER [--opinion-posts 300] [--out docs/evaluation.md]

FOLDER holds labelled posts, ``NAME.LANG.jsonl.xz``. A post is a positive when its set marks anything that the policy
is there for: abuse, hate, self-harm, spam, sexual content, fraud. Flagged means review or block.
"""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks import common
from benchmarks.moderation_findings import Findings, OpinionResult, Outcome
from benchmarks.moderation_tables import to_markdown
from models.training.toxicity import templates
from models.training.toxicity.evaluate import Report, read_sets
from models.training.toxicity.rows import Row
from service.domain import ModerationRequest, Verdict
from service.pipeline.moderation_service import LocalModerator
from service.runtime import build_moderator
from service.settings import Settings

CASES = common.ROOT / "tests" / "data" / "moderation"
PAIRS = Path(__file__).parent / "data" / "identity_pairs.tsv"
CARD = common.ROOT / "models" / "cards" / "magpie-toxicity-small.json"
BATCH = 500
OPINION_CHARS = 200  # longer posts take many times as long to translate


def wanted(row: Row) -> bool:
    """Whether the set marks anything in the post that a policy is there for."""
    return bool(row.toxic or any(row.labels.values()) or (row.extra or {}).get("harm") == "1")


def judge(
    moderator: LocalModerator, texts: Sequence[str], *, second_opinion: bool = False
) -> list[Verdict]:
    """Verdicts of the default policy, without the search for the characters behind a score: no action needs it."""
    verdicts = []
    for start in range(0, len(texts), BATCH):
        verdicts += moderator.moderate(
            [
                ModerationRequest(text, explain=False, second_opinion=second_opinion)
                for text in texts[start : start + BATCH]
            ]
        )
    return verdicts


def find(moderator: LocalModerator, sets: Mapping[str, Sequence[Row]], opinion_posts: int) -> Findings:  # fmt: skip
    """Run everything. ``opinion_posts`` is the sample of each set for the second opinion; 0 leaves it out."""
    policy = moderator.setup.policy("")
    found = Findings(moderator.setup.info.id, f"{policy.name} {policy.policy_version}")
    for name, rows in sets.items():
        verdicts = judge(moderator, [row.text for row in rows])
        outcome = found.sets[name] = Outcome()
        for row, verdict in zip(rows, verdicts, strict=True):
            outcome.add(wanted(row), verdict)
        if name.startswith("chineseharm"):
            found.kinds = kinds(rows, verdicts)
        if name.startswith("toxicloakcn"):
            found.cloaks = cloaks(rows, verdicts)
        if name.startswith("hatecheck"):
            found.functions = functions(rows, verdicts)
        print(name, len(rows), file=sys.stderr)
    fairness(moderator, found)
    if opinion_posts:
        for name, rows in sets.items():
            found.opinions[name] = opinions(moderator, rows, opinion_posts)
            print("second opinion", name, file=sys.stderr)
    check_cases(moderator, found)
    return found


def kinds(rows: Sequence[Row], verdicts: Sequence[Verdict]) -> dict[str, Outcome]:
    """Outcomes by the kind of harm that ChineseHarm names."""
    found: dict[str, Outcome] = {}
    for row, verdict in zip(rows, verdicts, strict=True):
        found.setdefault((row.extra or {})["raw"], Outcome()).add(wanted(row), verdict)
    return dict(sorted(found.items()))


def cloaks(rows: Sequence[Row], verdicts: Sequence[Verdict]) -> dict[str, tuple[int, float, float]]:
    """By cloak: toxic posts, recall on them, and recall on the same posts without a cloak."""
    flags: dict[str, dict[str, bool]] = {}
    for row, verdict in zip(rows, verdicts, strict=True):
        extra = row.extra or {}
        if row.toxic:
            flags.setdefault(extra["perturb"], {})[extra["bid"]] = verdict.flagged
    base = flags.get("base", {})
    found = {}
    for kind, mine in sorted(flags.items()):
        shared = [post for post in mine if post in base]
        if shared:
            recall = sum(mine[post] for post in shared) / len(shared)
            found[kind] = (len(shared), recall, sum(base[post] for post in shared) / len(shared))
    return found


def functions(rows: Sequence[Row], verdicts: Sequence[Verdict]) -> dict[str, tuple[int, int]]:
    found: dict[str, tuple[int, int]] = {}
    for row, verdict in zip(rows, verdicts, strict=True):
        name = (row.extra or {})["functionality"]
        count, right = found.get(name, (0, 0))
        found[name] = (count + 1, right + (verdict.flagged == bool(row.toxic)))
    return dict(sorted(found.items()))


def fairness(moderator: LocalModerator, found: Findings) -> None:
    """Neutral sentences about groups of people, in frames that no model was trained on."""
    for lang in ("en", "zh"):
        found.fairness[lang] = {}
        for term, sentences in templates.held_out(lang).items():
            outcome = found.fairness[lang][term] = Outcome()
            for verdict in judge(moderator, sentences):
                outcome.add(False, verdict)
    lines = PAIRS.read_text("utf-8").splitlines()[1:]
    for line in lines:
        en, zh = line.split("\t")
        if en in found.fairness["en"] and zh in found.fairness["zh"]:
            found.pairs.append((en, zh))


def opinions(moderator: LocalModerator, rows: Sequence[Row], count: int) -> OpinionResult:
    """The same posts with the second opinion off and on, evenly from the set."""
    short = [row for row in rows if len(row.text) <= OPINION_CHARS]
    some = short[:: max(1, len(short) // count)][:count]
    texts = [row.text for row in some]
    off, on = judge(moderator, texts), judge(moderator, texts, second_opinion=True)
    labels = [wanted(row) for row in some]

    def hits(verdicts: Sequence[Verdict]) -> tuple[int, int]:
        flagged = [label for label, v in zip(labels, verdicts, strict=True) if v.flagged]
        return sum(flagged), len(flagged) - sum(flagged)

    same = sum(a.action is b.action for a, b in zip(off, on, strict=True))
    scored = sum(verdict.opinion is not None for verdict in on)
    return OpinionResult(len(some), sum(labels), hits(off), hits(on), same, scored)


def check_cases(moderator: LocalModerator, found: Findings) -> None:
    """The golden cases and the known failures: what is not as a moderator would have it."""
    for name in ("policy_cases.jsonl", "known_failures.jsonl"):
        for line in (CASES / name).read_text("utf-8").splitlines():
            case = json.loads(line)
            found.cases += 1
            request = ModerationRequest(
                case["text"], policy=case["policy"], context=case.get("context", {})
            )
            verdict = moderator.moderate([request])[0]
            right = (
                verdict.flagged if case["action"] == "flag" else verdict.action == case["action"]
            )
            if not right:
                found.failures.append((case, verdict))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--opinion-posts", type=int, default=300)
    parser.add_argument("--out", type=Path, default=common.ROOT / "docs" / "evaluation.md")
    args = parser.parse_args()
    moderator = build_moderator(Settings())
    found = find(moderator, read_sets(args.data), args.opinion_posts)
    moderator.close()
    page = to_markdown(found, Report.load(CARD))
    args.out.write_text(page, encoding="utf-8")
    print(page)
    return 0


if __name__ == "__main__":
    sys.exit(main())
