"""The MarianMT network that is trained, and its loss without full-size logits."""

from typing import Any

import torch
from torch import Tensor
from transformers import MarianConfig, MarianMTModel

__all__ = ["LinearCrossEntropy", "build_model", "guided_loss", "shift_right"]


class LinearCrossEntropy(torch.autograd.Function):  # type: ignore[misc]  # mypy skips torch
    """Mean label-smoothed cross-entropy of ``hidden @ weight.T``, a chunk of rows at a time.

    Shapes: hidden [n, d] (bf16 or fp32), weight [V, d] fp32, targets [n]. The gradients are made in
    the forward pass, so the fp32 logits [n, V] never exist whole.
    """

    @staticmethod
    def forward(
        ctx: Any, hidden: Tensor, weight: Tensor, targets: Tensor, eps: float, chunk: int
    ) -> Tensor:
        n, size = hidden.shape[0], weight.shape[0]
        cast = weight.to(hidden.dtype)
        d_hidden, d_weight = torch.empty_like(hidden), torch.zeros_like(weight)
        total = hidden.new_zeros((), dtype=torch.float32)
        for i in range(0, n, chunk):
            rows, wanted = hidden[i : i + chunk], targets[i : i + chunk, None]
            p = (rows @ cast.t()).float()
            p -= p.amax(1, keepdim=True)
            right, mean = p.gather(1, wanted).squeeze(1), p.mean(1)
            p.exp_()
            norm = p.sum(1, keepdim=True)
            z = norm.squeeze(1).log()
            total += ((1 - eps) * (z - right) + eps * (z - mean)).sum()
            p.div_(norm).sub_(eps / size)
            p.scatter_add_(1, wanted, p.new_full(wanted.shape, eps - 1))
            p.div_(n)
            g = p.to(hidden.dtype)
            d_hidden[i : i + chunk] = g @ cast
            d_weight += (g.t() @ rows).float()
        ctx.save_for_backward(d_hidden, d_weight)
        return total / n

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        d_hidden, d_weight = ctx.saved_tensors
        return d_hidden * grads[0], d_weight * grads[0], None, None, None


def build_model(vocabulary_size: int, *, width: int = 256, depth: tuple[int, int] = (6, 2)) -> Any:
    """A MarianMT model with tied embeddings; ``depth`` counts encoder and decoder layers."""
    pad = vocabulary_size - 1
    config = MarianConfig(
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
    # On CPU the backward pass of SDPA costs more than all matrix products together.
    config._attn_implementation = "eager"
    return MarianMTModel(config)


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
