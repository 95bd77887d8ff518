"""The model card: what is always true of the recipe, around what was measured for this checkpoint."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from math import prod
from pathlib import Path
from typing import Any

from safetensors import safe_open

from models.training.evaluate import Report, to_table
from models.training.sources import SOURCES

__all__ = ["Facts", "Shape", "render"]

# Scores of their answers on FLORES-200 dev (sacrebleu; `zh` tokenizer for Chinese).
PEERS = (
    ("OPUS-MT", 31.0, 23.0),
    ("Argos", 32.0, 23.4),
    ("NLLB", 29.6, 24.7),
    ("Bergamot base", 38.2, 28.8),
    ("Microsoft", 47.8, 32.5),
    ("Google", 48.8, 33.0),
)

# What the model is, and the token that its sources start with.
_WAYS = {
    ("en-zh",): ("English to Simplified Chinese, a MarianMT model", "`>>zho<<`"),
    ("zh-en",): ("Chinese to English, a MarianMT model", "`>>eng<<`"),
    ("en-zh", "zh-en"): (
        "English ↔ Simplified Chinese in one MarianMT model",
        "`>>zho<<` or `>>eng<<`",
    ),
}


@dataclass(frozen=True)
class Facts:
    """What only the person who ran the training knows; lines go into the card as list items."""

    compute: Sequence[str] = ()
    schedule: Sequence[str] = ()
    failures: Sequence[str] = ()
    pairs: Mapping[str, int] = field(default_factory=dict)  # source -> pairs after filtering
    repeats: Mapping[str, int] = field(default_factory=dict)

    def save(self, path: Path) -> None:
        text = json.dumps(asdict(self), ensure_ascii=False, indent=1)
        path.write_text(text + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> "Facts":
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        lists = {name: tuple(each) for name, each in found.items() if isinstance(each, list)}
        return cls(**(found | lists))


@dataclass(frozen=True)
class Shape:
    """What a checkpoint itself says of its size."""

    encoder_layers: int
    decoder_layers: int
    width: int
    heads: int
    feed_forward: tuple[int, int]  # of an encoder and of a decoder layer
    vocabulary: int
    parameters: int

    @classmethod
    def of(cls, checkpoint: Path) -> "Shape":
        """The shape of a MarianMT folder; positions, which are computed, are no parameters."""
        config = json.loads((checkpoint / "config.json").read_text(encoding="utf-8"))
        with safe_open(checkpoint / "model.safetensors", framework="np") as weights:
            parameters = sum(
                prod(weights.get_slice(name).get_shape())
                for name in weights.keys()  # noqa: SIM118 - not a dict
                if "embed_positions" not in name
            )
        return cls(
            config["encoder_layers"],
            config["decoder_layers"],
            config["d_model"],
            config["encoder_attention_heads"],
            (config["encoder_ffn_dim"], config["decoder_ffn_dim"]),
            config["vocab_size"],
            parameters,
        )


def render(model_id: str, report: Report, facts: Facts, shape: Shape) -> str:
    """The card in Markdown."""
    parts = [
        _head(model_id, report, shape),
        "## Results\n",
        f"sacrebleu, beam {report.beam_size}, int8, raw engine, whole development sets.\n",
        to_table(report),
        _caveats(),
        _peers(report),
        _failures(report, facts),
        _recipe(facts),
        _data(facts),
    ]
    return "\n".join(parts)


def _head(model_id: str, report: Report, shape: Shape) -> str:
    layers = f"{shape.encoder_layers} encoder and {shape.decoder_layers} decoder layers"
    size = f"{shape.parameters / 1e6:.0f} M parameters"
    wide = " and ".join(str(size) for size in dict.fromkeys(shape.feed_forward))
    ways = tuple(sorted({score.direction for score in report.scores}))
    what, start = _WAYS.get(ways, _WAYS["en-zh", "zh-en"])
    return f"""# {model_id}

{what}, made for short social text. A source starts with
{start}, the language to translate into; the engine adds it.

- Architecture: MarianMT, {layers}, width {shape.width}, {shape.heads} heads, feed-forward {wide}, tied
  embeddings, {size}; shipped as CTranslate2 int8, with the fp16 checkpoint (`checkpoint/`) to train on from.
- Vocabulary: {shape.vocabulary:,} joint SentencePiece pieces, `identity` normalisation (full-width punctuation
  stays), byte fallback; ten symbols `⟦0⟧` ... `⟦9⟧` that the model copies, for protected spans.
- Licence: CC BY-NC-SA 4.0, for research and evaluation, because part of the training data allows no more. For
  commercial use take OPUS-MT (CC BY 4.0): `magpie models pull opus-mt`.

## Intended use

Reading posts, comments and chat in the other language: short, informal, one to a few sentences. Not for contracts,
medicine, law or any text where a wrong word does harm, and not for publishing without a human reader. The model
is no judge of a post: what it says may be harsher or milder than the original.
"""


def _caveats() -> str:
    return """The checkpoint was chosen by these sets. Tatoeba, XDailyDialog, MSCTD, BMELD and UM have training pairs
of the same kind (other lines), most of them upweighted, which flatters the model; FLORES has none. The checks are small
hand-written lists, asked of the raw model.
"""


def _peers(report: Report) -> str:
    ours = {s.direction: s.bleu for s in report.scores if s.name == "flores-dev"}
    if not ours:
        return ""
    ways = sorted(ours)
    lines = [
        "Beside other systems on FLORES-200 dev (BLEU of their answers to the same lines). This model is far behind",
        "all of them on long encyclopaedic sentences, and is not meant for those.\n",
        f"| system | {' | '.join(way.replace('-', '→') for way in ways)} |",
        "|---|" + "---:|" * len(ways),
    ]
    theirs = [(name, {"en-zh": en_zh, "zh-en": zh_en}) for name, en_zh, zh_en in PEERS]
    for name, scores in [("this model", ours), *theirs]:
        lines.append(f"| {name} | {' | '.join(f'{scores[way]:.1f}' for way in ways)} |")
    return "\n".join(lines) + "\n"


def _failures(report: Report, facts: Facts) -> str:
    lines = ["## Known failures\n"]
    lines += [f"- {line}" for line in facts.failures]
    for check in report.checks:
        lines += [f"- {check.name}: `{failure}`" for failure in check.failures]
    return "\n".join(lines) + "\n"


def _recipe(facts: Facts) -> str:
    lines = [
        "## Recipe\n",
        "```sh",
        "pip install '.[torch]'",
        "step='python -m models.training'",
        "$step vocabulary PAIRS joint.model                     # or source.spm of this model",
        "$step data PAIRS clean.npz --vocabulary joint.model --dev DEV",
        "$step augment clean.npz augmented.npz --vocabulary joint.model --lexicon lexicon --en-zh-share 0.7",
        "$step train augmented.npz run --vocabulary joint.model --lexicon lexicon --guide 0.5 --max-len 14 --hours 1",
        "$step train augmented.npz run --vocabulary joint.model --lexicon lexicon --guide 0.25 --max-len 40 --hours 2",
        "$step train augmented.npz run --vocabulary joint.model --decay 0.8 --hours 1 --average-steps 60",
        "$step evaluate run DEV --json report.json",
        "$step shortlist clean.npz vmap.txt --vocabulary joint.model --lexicon lexicon",
        "$step export run --id ID --output models/bundled/ID --report report.json --shortlist vmap.txt",
        "```\n",
        "PAIRS holds `<tier>-<source>.tsv` files, English TAB Chinese; `--tiers open` trains on open data only.",
        "`train` goes on from whatever checkpoint it finds, also from this model's `checkpoint/`.\n",
        "- Muon on the hidden matrices, AdamW on embeddings, norms and biases; label smoothing 0.1; bf16 autocast;",
        "  exported weights are a moving average. The `<pad>` row stays zero.",
        "- Guided alignment: IBM Model 1 posteriors teach the last decoder layer's cross-attention.",
        "- Augmentation, per direction, of the pairs that offer it: placeholders at aligned places 10 %, code-switched",
        "  sources 13 %, noise 5 %, two short pairs joined 4 %, names, numbers, tags and emoji copied 2 %.",
    ]
    lines += [f"- {line}" for line in (*facts.schedule, *facts.compute)]
    return "\n".join(lines) + "\n"


def _data(facts: Facts) -> str:
    lines = [
        "## Data\n",
        "Pairs after filtering; `x` is how often a pair is seen in an epoch. Of the TV subtitles only the most literal",
        "150,000 to 300,000 pairs were used. Lines of the development sets were removed.\n",
        "| source | origin | licence | domain | pairs | x |",
        "|---|---|---|---|---:|---:|",
    ]
    for name, count in sorted(facts.pairs.items()):
        source = SOURCES.get(name)
        about = (source.origin, source.licence, source.domain) if source else ("", "", "")
        lines.append(f"| {name} | {' | '.join(about)} | {count:,} | {facts.repeats.get(name, 1)} |")
    return "\n".join(lines) + "\n"
