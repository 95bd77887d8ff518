"""Training of a hashed bag of n-grams with a wide and a deep part: one compiled pass over the texts (Adagrad)."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["epoch", "forward"]

Floats = NDArray[np.float32]


@njit(cache=False, fastmath=True, nogil=True)
def forward(rows, starts, table, w1, b1, w2, b2, out):  # type: ignore[no-untyped-def]
    """Logits ``out[text, head]``. ``table`` rows hold the heads' own weights first, then the embedding."""
    heads, width, hidden = w2.shape[1], table.shape[1], w1.shape[1]
    total = np.empty(width, np.float32)
    state = np.empty(hidden, np.float32)
    for s in range(len(starts) - 1):
        total[:] = 0.0
        for f in range(starts[s], starts[s + 1]):
            total += table[rows[f]]
        total *= np.float32(1.0 / np.sqrt(max(starts[s + 1] - starts[s], 1)))
        state[:] = b1
        for i in range(width - heads):
            state += total[heads + i] * w1[i]
        for k in range(heads):
            out[s, k] = total[k] + b2[k]
        for j in range(hidden):
            if state[j] > 0.0:
                for k in range(heads):
                    out[s, k] += state[j] * w2[j, k]


@njit(cache=False, fastmath=True, nogil=True)
def epoch(  # type: ignore[no-untyped-def]  # noqa: C901
    rows, starts, order, targets, weights, table, seen, w1, b1, w2, b2, g1, gb1, g2, gb2,
    rate, dense_rate, decay, keep, keep_hidden, seed,
):  # fmt: skip
    """One pass in ``order``, in place; ``seen`` and ``g*`` are sums of squared gradients. Returns the mean loss.

    ``keep`` and ``keep_hidden`` are the shares of features and hidden units that dropout leaves.
    """
    np.random.seed(seed)
    heads, width, hidden = w2.shape[1], table.shape[1], w1.shape[1]
    deep = width - heads
    total, back = np.empty(width, np.float32), np.empty(width, np.float32)
    state, error = np.empty(hidden, np.float32), np.empty(heads, np.float32)
    ahead = np.empty(hidden, np.float32)
    kept = np.empty(200_000, np.int64)
    loss, count = 0.0, 0.0
    for s in order:
        n = 0
        for f in range(starts[s], min(starts[s + 1], starts[s] + 200_000)):
            if keep >= 1.0 or np.random.random() < keep:
                kept[n] = rows[f]
                n += 1
        if n == 0:
            continue
        scale = np.float32(1.0 / np.sqrt(n))
        total[:] = 0.0
        for f in range(n):
            total += table[kept[f]]
        total *= scale
        state[:] = b1
        for i in range(deep):
            state += total[heads + i] * w1[i]
        for j in range(hidden):
            if state[j] <= 0.0 or np.random.random() >= keep_hidden:
                state[j] = 0.0
            else:
                state[j] /= np.float32(keep_hidden)
        for k in range(heads):
            logit = total[k] + b2[k]
            for j in range(hidden):
                logit += state[j] * w2[j, k]
            p = 1.0 / (1.0 + np.exp(-logit))
            error[k] = weights[s, k] * (p - targets[s, k])
            if weights[s, k] > 0.0:
                q = min(max(p, 1e-6), 1 - 1e-6)
                t = targets[s, k]
                loss -= weights[s, k] * (t * np.log(q) + (1 - t) * np.log(1 - q))
                count += weights[s, k]
        for j in range(hidden):
            ahead[j] = 0.0
            if state[j] > 0.0:
                for k in range(heads):
                    ahead[j] += w2[j, k] * error[k]
                    g = state[j] * error[k]
                    g2[j, k] += g * g
                    w2[j, k] -= dense_rate * g / np.sqrt(g2[j, k])
                ahead[j] /= np.float32(keep_hidden)
        for i in range(deep):
            back[heads + i] = 0.0
            for j in range(hidden):
                back[heads + i] += w1[i, j] * ahead[j]
        for i in range(deep):
            x = total[heads + i]
            for j in range(hidden):
                g = x * ahead[j]
                g1[i, j] += g * g
                w1[i, j] -= dense_rate * g / np.sqrt(g1[i, j])
        for j in range(hidden):
            gb1[j] += ahead[j] * ahead[j]
            b1[j] -= dense_rate * ahead[j] / np.sqrt(gb1[j])
        wide, narrow = np.float32(0.0), np.float32(0.0)
        for k in range(heads):
            gb2[k] += error[k] * error[k]
            b2[k] -= dense_rate * error[k] / np.sqrt(gb2[k])
            back[k] = error[k]
        for i in range(width):
            back[i] *= scale
            if i < heads:
                wide += back[i] * back[i]
            else:
                narrow += back[i] * back[i]
        for f in range(n):
            r = kept[f]
            seen[r, 0] += wide
            seen[r, 1] += narrow
            a = np.float32(rate / np.sqrt(seen[r, 0]))
            b = np.float32(rate / np.sqrt(seen[r, 1]))
            for i in range(heads):
                table[r, i] -= a * (back[i] + decay * table[r, i])
            for i in range(heads, width):
                table[r, i] -= b * (back[i] + decay * table[r, i])
    return loss / max(count, 1.0)
