"""Builds tiny MarianMT folders: one that really translates ten sentences, and two with the layout of opus-mt."""

import io
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest
import sentencepiece

from models.translation.profile import PLACEHOLDERS

TAGS = (">>zho<<", ">>eng<<")
PAIRS = (
    ("hello", "你好"),
    ("thank you", "谢谢"),
    ("good morning", "早上好"),
    ("I love you.", "我爱你。"),
    ("this is a book", "这是一本书"),
    ("where are you?", "你在哪里？"),
    ("see ⟦0⟧ here", "看这里⟦0⟧"),
    ("good night, my friend", "晚安，我的朋友"),
    ("I am reading a good book", "我在读一本好书"),
    ("thank you, good night", "谢谢，晚安"),
)


def train_pieces(texts: Iterable[str], path: Path, **options: Any) -> list[str]:
    """Write a SentencePiece model with the ids that Marian training gives it, and return its pieces."""
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(texts), model_writer=model, minloglevel=2, num_threads=1, **options
    )
    path.write_bytes(model.getvalue())
    processor = sentencepiece.SentencePieceProcessor()
    processor.load_from_serialized_proto(model.getvalue())
    return [processor.id_to_piece(number) for number in range(processor.get_piece_size())]


def write_vocabulary(folder: Path, tokens: Sequence[str]) -> dict[str, int]:
    """``vocab.json`` in the order of opus-mt: the end of sentence, the unknown, ..., the padding last."""
    special = ("</s>", "<unk>", "<pad>")
    middle = [token for token in dict.fromkeys(tokens) if token not in special]
    ids = {token: number for number, token in enumerate(["</s>", "<unk>", *middle, "<pad>"])}
    (folder / "vocab.json").write_text(json.dumps(ids, ensure_ascii=False), encoding="utf-8")
    return ids


def new_model(size: int, *, seed: int = 1, **overrides: Any) -> Any:
    """A one-layer MarianMT with random weights and a zero padding row."""
    import torch
    from transformers import MarianConfig, MarianMTModel

    torch.manual_seed(seed)
    shape = {
        "d_model": 64, "encoder_layers": 1, "decoder_layers": 1, "encoder_ffn_dim": 128, "decoder_ffn_dim": 128,
        "encoder_attention_heads": 4, "decoder_attention_heads": 4, "max_position_embeddings": 64, "dropout": 0.0,
        "activation_function": "relu", "scale_embedding": True, "static_position_embeddings": True,
    }  # fmt: skip
    config = MarianConfig(
        vocab_size=size,
        decoder_vocab_size=size,
        pad_token_id=size - 1,
        decoder_start_token_id=size - 1,
        eos_token_id=0,
        forced_eos_token_id=0,
        **{**shape, **overrides},
    )
    model = MarianMTModel(config)
    with torch.no_grad():
        model.model.shared.weight[size - 1] = 0
    return model


def session_folder(factory: pytest.TempPathFactory, name: str) -> Path:
    """``tiny``, ``tiny-float32``, ``tiny-int8`` or ``opus``, built once a test session. Skips without torch."""
    pytest.importorskip("torch", reason='building a model needs torch: pip install ".[torch]"')
    folder = factory.getbasetemp() / "folders" / name
    if folder.is_dir():
        return folder
    if name == "tiny":
        return build_tiny(folder)
    if name == "opus":
        build_opus(folder / "opus-mt-en-zh", "eng", "zho", tag=">>cmn_Hans<<")
        build_opus(folder / "opus-mt-zh-en", "zho", "eng")
        return folder
    from models.tools.convert import convert

    convert(session_folder(factory, "tiny"), folder, quantization=name.removeprefix("tiny-"))
    return folder


def build_tiny(folder: Path) -> Path:
    """A folder whose model has learnt ``PAIRS`` in both directions by heart. About three seconds."""
    folder.mkdir(parents=True)
    texts = [text for pair in PAIRS for text in pair] * 3
    pieces = train_pieces(
        texts,
        folder / "source.spm",
        vocab_size=400,
        hard_vocab_limit=False,
        byte_fallback=True,
        normalization_rule_name="identity",
        pad_id=3,
        user_defined_symbols=[*TAGS, *PLACEHOLDERS],
    )
    (folder / "target.spm").write_bytes((folder / "source.spm").read_bytes())
    ids = write_vocabulary(folder, pieces)
    languages = {"source_lang": "eng+zho", "target_lang": "eng+zho"}
    (folder / "tokenizer_config.json").write_text(json.dumps(languages), encoding="utf-8")
    model = new_model(len(ids))
    _learn(model, folder, ids)
    model.save_pretrained(folder)
    return folder


def build_opus(folder: Path, source: str, target: str, tag: str = "") -> Path:
    """A folder as ``Helsinki-NLP/opus-mt-*`` has it: pickled weights, two SentencePiece models, random weights.

    ``source`` and ``target`` are its ISO 639-3 codes; ``tag`` is in the vocabulary, but in neither SentencePiece.
    """
    import torch

    folder.mkdir(parents=True)
    english, chinese = zip(*PAIRS, strict=True)
    sides = {"eng": english, "zho": chinese}
    tokens = []
    for code, name in ((source, "source.spm"), (target, "target.spm")):
        tokens += train_pieces(
            [text for text in sides[code] if "⟦" not in text] * 3,
            folder / name,
            vocab_size=60,
            hard_vocab_limit=False,
        )
    ordinary = [token for token in tokens if token != "<s>"]
    ids = write_vocabulary(folder, [*ordinary, *filter(None, [tag])])
    model = new_model(len(ids), seed=2, activation_function="swish")
    model.config.save_pretrained(folder)
    generation = {
        "bad_words_ids": [[len(ids) - 1]],
        "num_beams": 6,
        "max_length": 512,
        "forced_eos_token_id": 0,
    }
    (folder / "generation_config.json").write_text(json.dumps(generation), encoding="utf-8")
    state = {k: v for k, v in model.state_dict().items() if "embed_positions" not in k}
    torch.save(state, folder / "pytorch_model.bin")
    languages = {"source_lang": source, "target_lang": target}
    (folder / "tokenizer_config.json").write_text(json.dumps(languages), encoding="utf-8")
    (folder / "README.md").write_text(
        "---\nlanguage:\n- en\nlicense: cc-by-4.0\n---\n# A model\n", encoding="utf-8"
    )
    (folder / "tf_model.h5").write_bytes(b"weights of another framework")
    return folder


def _learn(model: Any, folder: Path, ids: dict[str, int], steps: int = 150) -> None:
    import torch

    processor = sentencepiece.SentencePieceProcessor(model_file=str(folder / "source.spm"))

    def tokens(text: str, prefix: str = "") -> list[int]:
        pieces = processor.encode(text, out_type=str)
        return [ids[piece] for piece in ([prefix] if prefix else []) + pieces] + [ids["</s>"]]

    pad = ids["<pad>"]
    rows = [(tokens(en, TAGS[0]), tokens(zh)) for en, zh in PAIRS]
    rows += [(tokens(zh, TAGS[1]), tokens(en)) for en, zh in PAIRS]
    widths = [max(len(row[side]) for row in rows) for side in (0, 1)]
    sources, targets = (
        torch.tensor([row[side] + [pad] * (widths[side] - len(row[side])) for row in rows])
        for side in (0, 1)
    )
    starts = torch.cat([torch.full_like(targets[:, :1], pad), targets[:, :-1]], 1)
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # matrices this small wait for threads longer than they compute
    model.train()
    for _ in range(steps):
        logits = model(
            input_ids=sources,
            attention_mask=(sources != pad).long(),
            decoder_input_ids=starts,
            use_cache=False,
        ).logits
        loss = torch.nn.functional.cross_entropy(
            logits.flatten(0, 1), targets.flatten(), ignore_index=pad
        )
        optimizer.zero_grad()
        loss.backward()
        model.model.shared.weight.grad[pad] = 0  # CTranslate2 starts decoding from a zero embedding
        optimizer.step()
    model.eval()
    torch.set_num_threads(threads)
