"""Builds tiny sequence-classification folders with random weights, laid out as BERT, RoBERTa and XLM-R on the hub."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sentencepiece

TEXTS = (
    "you are a good friend", "hello world, how are you?", "this is bad!", "see you at 12:30 (or 3.5)",
    "你好，世界", "我爱你。", "他们是我的朋友！", "我的 iPhone 很好", "#tag @name </>[]<>_",
)  # fmt: skip
JIGSAW = ("toxic", "severe_toxic", "obscene", "threat", "insult", "identity_hate")
MAX_TOKENS = 24
_SHAPE = {
    "hidden_size": 32,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "intermediate_size": 48,
}


def classifier_folder(factory: pytest.TempPathFactory, name: str) -> Path:
    """``bert``, ``roberta`` or ``xlmr``, built once a test session. Skips without torch."""
    pytest.importorskip("torch", reason='building a model needs torch: pip install ".[torch]"')
    folder = factory.getbasetemp() / "classifiers" / f"tiny-{name}"
    if not folder.is_dir():
        folder.mkdir(parents=True)
        _BUILDERS[name](folder)
    return folder


def _build_bert(folder: Path) -> None:
    """As unitary/toxic-bert: six labels, each for itself; only a ``vocab.txt``."""
    import transformers

    words = {piece for text in TEXTS for piece in text.lower().split()}
    letters = [chr(code) for code in range(33, 127)] + [c for t in TEXTS for c in t if ord(c) > 127]
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *sorted(words), *letters]
    vocabulary += [f"##{letter}" for letter in letters]
    tokens = list(dict.fromkeys(vocabulary))
    (folder / "vocab.txt").write_text("\n".join(tokens) + "\n", encoding="utf-8")
    _tokenizer_config(folder, tokenizer_class="BertTokenizer", do_lower_case=True)
    config = transformers.BertConfig(
        vocab_size=len(tokens),
        max_position_embeddings=MAX_TOKENS,
        id2label=dict(enumerate(JIGSAW)),
        **_SHAPE,
    )
    _save(transformers.BertForSequenceClassification, config, folder)
    _label_map(
        folder,
        'id = "tiny-bert"\nactivation = "sigmoid"\nlanguages = ["en"]\nlicence = "MIT"\n[labels]\n'
        'toxic = ["toxicity"]\nsevere_toxic = "severe_toxicity"\nobscene = "profanity"\nthreat = "threat"\n'
        'insult = "insult"\nidentity_hate = "identity_attack"\n',
    )


def _build_roberta(folder: Path) -> None:
    """A byte-level vocabulary and one label."""
    import tokenizers
    import transformers

    tokenizer = tokenizers.ByteLevelBPETokenizer()
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    tokenizer.train_from_iterator(
        TEXTS, vocab_size=320, special_tokens=special, show_progress=False
    )
    tokenizer.save_model(str(folder))
    _tokenizer_config(folder, tokenizer_class="RobertaTokenizer")
    config = transformers.RobertaConfig(
        vocab_size=tokenizer.get_vocab_size(),
        max_position_embeddings=MAX_TOKENS + 2,
        num_labels=1,
        **_SHAPE,
    )
    _save(transformers.RobertaForSequenceClassification, config, folder)
    _label_map(
        folder, 'activation = "sigmoid"\nlanguages = ["zh"]\n[labels]\nLABEL_0 = "toxicity"\n'
    )


def _build_xlmr(folder: Path) -> None:
    """As textdetox/xlmr-large-toxicity-classifier-v2: SentencePiece, two labels that exclude each other."""
    import transformers

    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(TEXTS * 5),
        model_writer=model,
        minloglevel=2,
        num_threads=1,
        vocab_size=200,
        hard_vocab_limit=False,
    )
    (folder / "sentencepiece.bpe.model").write_bytes(model.getvalue())
    _tokenizer_config(folder, tokenizer_class="XLMRobertaTokenizer")
    config = transformers.XLMRobertaConfig(
        vocab_size=len(transformers.AutoTokenizer.from_pretrained(folder)),
        max_position_embeddings=MAX_TOKENS + 2,
        num_labels=2,
        **_SHAPE,
    )
    _save(transformers.XLMRobertaForSequenceClassification, config, folder)
    _label_map(
        folder,
        'activation = "softmax"\nlanguages = ["en", "zh"]\n[labels]\n0 = []\n1 = ["toxicity", "insult"]\n'
        "[calibration.zh]\ntoxicity = { scale = 0.5, offset = -1.0 }\n",
    )


_BUILDERS: dict[str, Callable[[Path], None]] = {
    "bert": _build_bert,
    "roberta": _build_roberta,
    "xlmr": _build_xlmr,
}


def _tokenizer_config(folder: Path, **settings: Any) -> None:
    text = json.dumps({"model_max_length": 512, **settings})
    (folder / "tokenizer_config.json").write_text(text, encoding="utf-8")


def _label_map(folder: Path, text: str) -> None:
    (folder / "label_map.toml").write_text(text, encoding="utf-8")


def _save(model_class: Any, config: Any, folder: Path) -> None:
    """Weights by a seed, larger than training starts with, so that texts get different scores."""
    import torch
    import transformers

    transformers.utils.logging.disable_progress_bar()
    torch.manual_seed(1)
    model = model_class(config)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() > 1:
                parameter.mul_(8.0)
    model.save_pretrained(folder)
