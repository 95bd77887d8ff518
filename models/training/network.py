"""The MarianMT network that is trained, and its loss without full-size logits."""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from transformers import MarianConfig, MarianMTModel

__all__ = ["LinearCrossEntropy", "build_model", "guided_loss", "model_like", "shift_right"]


class LinearCrossEntropy(torch.autograd.Function):  # type: ignore[misc]  # mypy skips torch
    """Mean label-smoothed cross-entropy of ``hidden @ weight.T``, a chunk of rows at a time.

    Shapes: hidden [n, d] (bf16 or fp32), weight [V, d] fp32, targets [n]. The gradients are made in
    the forward pass, so the fp32 logits [n, V] never exist whole. ``candidates`` (sorted ids [c] that
    hold every target, log-weights [c]) take the place of the vocabulary in the softmax; the smoothing
    is over all V in any case, and exact, because the mean logit is a product with the mean row.
    """

    @staticmethod
    def forward(
        ctx: Any,
        hidden: Tensor,
        weight: Tensor,
        targets: Tensor,
        eps: float,
        chunk: int,
        candidates: tuple[Tensor, Tensor] | None = None,
    ) -> Tensor:
        n, rival = hidden.shape[0], weight
        if candidates is not None:
            ids, log_weights = candidates
            rival, targets = weight[ids], torch.searchsorted(ids, targets)
        cast, middle = rival.to(hidden.dtype), weight.mean(0)
        d_hidden, d_rival = torch.empty_like(hidden), torch.zeros_like(rival)
        total = hidden.new_zeros((), dtype=torch.float32)
        for i in range(0, n, chunk):
            rows, wanted = hidden[i : i + chunk], targets[i : i + chunk, None]
            p = (rows @ cast.t()).float()
            right, mean = p.gather(1, wanted).squeeze(1), rows.float() @ middle
            if candidates is not None:
                p += log_weights
            top = p.amax(1, keepdim=True)
            p.sub_(top).exp_()
            norm = p.sum(1, keepdim=True)
            z = (norm.log() + top).squeeze(1)
            total += (z - (1 - eps) * right - eps * mean).sum()
            p.div_(norm)
            p.scatter_add_(1, wanted, p.new_full(wanted.shape, eps - 1))
            p.div_(n)
            g = p.to(hidden.dtype)
            d_hidden[i : i + chunk] = g @ cast
            d_rival += (g.t() @ rows).float()
        d_hidden -= (middle * (eps / n)).to(hidden.dtype)
        everywhere = hidden.float().sum(0) * (-eps / n / weight.shape[0])
        ctx.size, ctx.ids = weight.shape[0], None if candidates is None else candidates[0]
        ctx.save_for_backward(d_hidden, d_rival, everywhere)
        return total / n

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        d_hidden, d_rival, everywhere = (saved * grads[0] for saved in ctx.saved_tensors)
        if ctx.ids is None:
            d_weight = d_rival + everywhere
        else:
            d_weight = everywhere.repeat(ctx.size, 1).index_add_(0, ctx.ids, d_rival)
        return d_hidden, d_weight, None, None, None, None


def build_model(vocabulary_size: int, *, width: int = 256, depth: tuple[int, int] = (6, 2)) -> Any:
    """A new MarianMT model with tied embeddings; ``depth`` counts encoder and decoder layers."""
    return _model(_config(vocabulary_size, width, depth))


def model_like(folder: Path) -> Any:
    """A model of the form that the checkpoint in ``folder`` has; its weights are not read."""
    return _model(MarianConfig.from_pretrained(folder))


def _model(config: MarianConfig) -> Any:
    # On CPU the backward pass of SDPA costs more than all matrix products together.
    config._attn_implementation = "eager"
    return MarianMTModel(config)


def _config(vocabulary_size: int, width: int, depth: tuple[int, int]) -> MarianConfig:
    pad = vocabulary_size - 1
    return MarianConfig(
        vocab_size=vocabulary_size,
        decoder_vocab_size=vocabulary_size,
        d_model=width,
        encoder_layers=depth[0],
        decoder_layers=depth[1],
        encoder_ffn_dim=4 * width,
        decoder_ffn_dim=4 * width,
        encoder_attention_heads=width // 32,
        decoder_attention_heads=width // 32,
        max_position_embeddings=256,
        pad_token_id=pad,
        decoder_start_token_id=pad,
        eos_token_id=0,
        forced_eos_token_id=0,
        bos_token_id=None,
        share_encoder_decoder_embeddings=True,
        tie_word_embeddings=True,
        activation_function="relu",
        dropout=0.0,
        attention_dropout=0.0,
        activation_dropout=0.0,
        static_position_embeddings=True,
        scale_embedding=True,
        use_cache=True,
    )


def shift_right(targets: Tensor, pad: int) -> Tensor:
    """Decoder inputs of targets [B, L]: a ``<pad>`` first, the last column dropped."""
    return torch.cat([torch.full_like(targets[:, :1], pad), targets[:, :-1]], 1)


def guided_loss(
    table: Tensor, source: Tensor, target: Tensor, attention: Tensor, pad: int
) -> Tensor:
    """Cross-entropy of IBM Model 1 posteriors against the mean cross-attention.

    Shapes: table [V, V] t(target | source), source [B, S], target [B, T], attention [B, H, T, S].
    Only target tokens count that the table is sure of; ``</s>`` belongs to ``</s>``.
    """
    links = table[source[:, None, :], target[:, :, None]].float()
    links[:, :, 0] = 0  # the token that names the target language
    links.masked_fill_((source == pad)[:, None, :], 0)
    end = (source == 0)[:, None, :].float()
    links = torch.where((target == 0)[:, :, None], end, links * (1 - end))
    sure = (links.amax(-1) > 0.02) & (target != pad)
    links = links / links.sum(-1, keepdim=True).clamp(min=1e-6)
    mean = attention.float().mean(1).clamp(min=1e-6)
    losses = -(links * mean.log()).sum(-1)
    return (losses * sure).sum() / sure.sum().clamp(min=1)
