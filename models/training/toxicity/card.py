"""The model card: what is always true of the recipe, around what was measured."""

import re

from models.training.toxicity.evaluate import Report
from models.training.toxicity.sources import SOURCES
from models.training.toxicity.tables import to_markdown

__all__ = ["render"]

_HEAD = """# {model}

One compact multi-label toxicity classifier for English and Chinese posts, comments and chat. It needs numpy only.

- Architecture, one half for each language: hashed n-grams (English: characters 2-5 inside words, words 1-3; Chinese:
  characters 1-4, toneless syllables 2-4, pairs with one character between), the 120,000 (English) and 160,000
  (Chinese) most telling of them, looked up by hash; each holds one weight a head (wide part) and 25 numbers whose
  scaled sum goes through 64 hidden units (deep part). int8 tables, about 10 MB.
- Folding before that: compatibility forms, case, accents, look-alike letters, traditional to simplified, invisible
  characters; an emoji sounds like the word it is written for.
- `toxicity` is calibrated on its own logit plus 0.2 of that of `identity_attack`. (The higher of the two calibrated
  scores was worse: 0.01 of AUC on Jigsaw and CONDA.) In a policy, give `identity_attack` a threshold of its own.
- Scores are calibrated (Platt) on half of the development rows, where every set weighs the same. That is a mix with
  far more abuse than ordinary traffic holds: 0.5 has no special meaning; use the operating points below.
- Cost: 8 to 30 microseconds a short post and core in batches, 0.2 ms for a single post.
- Licence: CC BY-NC-SA 4.0, for research and evaluation, because part of the training data states no licence.

## Intended use

Sorting posts for human moderators: flag for review, rank a queue, ask before posting. Not for punishing people
without a human look, not for judging a person from their posts, not for other languages. It sees n-grams, not
meaning: it misses irony, context, quotation and threats in unusual words.
"""

_LIMITS = """## Limits

- Chinese has no `insult`, `threat`, `profanity`, `sexual` and `spam`: the rows do not teach them (tried: spam AUC 0.83,
  sexual 0.80, insult 0.49 against ordinary posts). `severe_toxicity` and `violence` have no rows worth the name in
  either language, `sexual` none in English. All these answer null and are the lexicon's.
- English `threat` was measured on 39 posts. `profanity` has no development labels; at 0.79 it flags 1 % of ordinary
  posts, about 60 % of the toxic CONDA lines and 43 % of the toxic Jigsaw comments.
- `self_harm` tells posts about suicide from ordinary ones, not high risk from low (AUC 0.5 to 0.7); many such posts
  also score as toxic.
- At the operating point it still flags 18 % of HateCheck's sentences without hate, most often quotations, reclaimed
  and ambiguous words, negations and abuse of individuals, and it finds about half of the hate.
- ToxiCN, ToxiCloakCN, SWSR and ChineseHarm stay below the published baseline of the data folder, which could not be
  reproduced with its rows (see below).
- The calibration, the operating points and the choice of checkpoints come from the development sets, so the
  numbers above flatter the model a little.
"""

_RECIPE = """## Recipe

```sh
pip install '.[torch]'
step='python -m models.training toxicity'
$step translate DATA/train mt-zh.jsonl
$step data DATA/train corpus.jsonl.xz --dev DATA/dev --extra mt-zh.jsonl --lexicon service/policy/lexicons
$step train corpus.jsonl.xz first
$step train corpus.jsonl.xz second --start first --share 0.5
$step train corpus.jsonl.xz third --start first --share 0.5 --seed 2
$step train corpus.jsonl.xz gold --start first --sources SOURCES       # English, see below
$step average second third --lang zh --output run
$step average first second third gold --lang en --output run --hate-shares 1 0.5 1 0
$step calibrate run DATA/dev
$step export run --output models/bundled/magpie-toxicity-small
$step evaluate models/bundled/magpie-toxicity-small DATA/dev --output docs/evaluation-toxicity.md --card models/cards
```

- Masked cross-entropy: a label that a source did not annotate is not trained on. "Not hate" counts 0.7 for
  `identity_attack` and less for `toxicity`; machine-translated rows count 0.3; small sources with careful labels
  count up to 4. Rows about spam or self-harm say nothing about toxicity, but for advertising SMS, which count 0.3 as
  not toxic.
- Added rows: sentences from own frames and terms for groups of people, neutral and hateful alike
  (`data/templates.toml`); ordinary posts in which such a term takes the place of a word like "they"; lexicon terms
  in everyday contexts; disguised copies of 40 % of the Chinese and 12 % of the English rows (homophones, emoji,
  pinyin, initials, split characters, separators, leet, misspelling).
- Adagrad, one text at a time, three passes, then one of small steps; dropout on features and hidden units; label
  smoothing 0.02. The last pass of `gold` sees only sources that annotate toxicity itself (Jigsaw, Wikipedia, Civil
  Comments, OLID, Surge, ParaDetox, CONDA, Ruddit, HateXplain, Kennedy, GoEmotions).
- The shipped weights are from runs in which templates, lexicon terms (Chinese only) and substituted posts came in one
  after the other, without translated rows: the commands remake such a model, not these very weights.
- One frame of the fairness table ("live on our street") led to a training frame with a street; the others are unseen.
"""


def render(report: Report, others: str = "") -> str:
    """The card in Markdown; ``others`` is a section on models that were tried and are not shipped."""
    results = re.sub(r"^#", "##", to_markdown(report), flags=re.MULTILINE).split("\n", 2)[2]
    parts = [
        _HEAD.format(model=report.model),
        "## Results\n",
        results,
        _LIMITS,
        others,
        _RECIPE,
        _data(),
    ]
    return "\n".join(part for part in parts if part)


def _data() -> str:
    lines = [
        "## Data\n",
        "Both tiers: `open` has a licence that allows this use, `unclear` states none or only research use. Left out:",
        "sources that forbid commercial use or derivatives. Rows after deduplication and without development texts.\n",
        "| source | tier | language | origin | licence | about | rows |",
        "|---|---|---|---|---|---|---:|",
    ]
    for name, s in SOURCES.items():
        lines.append(
            f"| {name} | {s.tier} | {s.lang} | {s.origin} | {s.licence} | {s.about} | {s.rows:,} |"
        )
    return "\n".join(lines) + "\n"
