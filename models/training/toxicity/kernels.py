"""Compiled passes over the texts: a bag of n-grams with a wide and a deep part (Adagrad), and a linear model alone."""

# mypy: disable-error-code="no-untyped-def"
import numpy as np
from numba import njit

__all__ = ["epoch", "forward", "linear"]


@njit(fastmath=True, nogil=True)
def _pool(features, table, total):
    """Sum of the table's rows over the square root of their number; returns that scale."""
    total[:] = 0.0
    for row in features:
        total += table[row]
    scale = np.float32(1.0 / np.sqrt(max(len(features), 1)))
    total *= scale
    return scale


@njit(fastmath=True, nogil=True)
def _hidden(total, heads, w1, b1, state):
    """Hidden units before their non-linearity."""
    state[:] = b1
    for i in range(len(total) - heads):
        state += total[heads + i] * w1[i]


@njit(fastmath=True, nogil=True)
def _logit(total, state, w2, b2, head):
    logit = total[head] + b2[head]
    for j in range(len(state)):
        if state[j] > 0.0:
            logit += state[j] * w2[j, head]
    return logit


@njit(fastmath=True, nogil=True)
def forward(rows, starts, table, w1, b1, w2, b2, out):
    """Logits ``out[text, head]``. ``table`` rows hold the heads' own weights first, then the embedding."""
    heads = w2.shape[1]
    total = np.empty(table.shape[1], np.float32)
    state = np.empty(w1.shape[1], np.float32)
    for s in range(len(starts) - 1):
        _pool(rows[starts[s] : starts[s + 1]], table, total)
        _hidden(total, heads, w1, b1, state)
        for k in range(heads):
            out[s, k] = _logit(total, state, w2, b2, k)


@njit(fastmath=True, nogil=True)
def _drop(features, keep, kept):
    """Copy a random share of the features; returns how many."""
    n = 0
    for row in features:
        if n < len(kept) and (keep >= 1.0 or np.random.random() < keep):
            kept[n] = row
            n += 1
    return n


@njit(fastmath=True, nogil=True)
def _rectify(state, keep):
    """Non-linearity and dropout of the hidden units."""
    for j in range(len(state)):
        if state[j] <= 0.0 or np.random.random() >= keep:
            state[j] = 0.0
        else:
            state[j] /= np.float32(keep)


@njit(fastmath=True, nogil=True)
def _errors(total, state, w2, b2, goals, weights, error):
    """Weighted errors of all heads; returns the loss."""
    loss = 0.0
    for k in range(len(error)):
        p = 1.0 / (1.0 + np.exp(-_logit(total, state, w2, b2, k)))
        error[k] = weights[k] * (p - goals[k])
        q = min(max(p, 1e-6), 1 - 1e-6)
        loss -= weights[k] * (goals[k] * np.log(q) + (1 - goals[k]) * np.log(1 - q))
    return loss


@njit(fastmath=True, nogil=True)
def _learn_output(state, error, w2, b2, g2, gb2, rate, keep, ahead):
    """Update the output layer; ``ahead`` becomes the error at the hidden units."""
    for j in range(len(state)):
        ahead[j] = 0.0
        if state[j] > 0.0:
            for k in range(len(error)):
                ahead[j] += w2[j, k] * error[k]
                g = state[j] * error[k]
                g2[j, k] += g * g
                w2[j, k] -= rate * g / np.sqrt(g2[j, k])
            ahead[j] /= np.float32(keep)
    for k in range(len(error)):
        gb2[k] += error[k] * error[k]
        b2[k] -= rate * error[k] / np.sqrt(gb2[k])


@njit(fastmath=True, nogil=True)
def _learn_hidden(total, heads, ahead, w1, b1, g1, gb1, rate, back):
    """Update the hidden layer; ``back`` becomes the error at the pooled embedding."""
    for i in range(len(total) - heads):
        back[heads + i] = 0.0
        for j in range(len(ahead)):
            back[heads + i] += w1[i, j] * ahead[j]
            g = total[heads + i] * ahead[j]
            g1[i, j] += g * g
            w1[i, j] -= rate * g / np.sqrt(g1[i, j])
    for j in range(len(ahead)):
        gb1[j] += ahead[j] * ahead[j]
        b1[j] -= rate * ahead[j] / np.sqrt(gb1[j])


@njit(fastmath=True, nogil=True)
def _learn_rows(features, table, seen, heads, back, rate, decay):
    """Update the rows of the text's n-grams; each has one sum of squares for its wide and one for its deep part."""
    wide, deep = np.float32(0.0), np.float32(0.0)
    for i in range(len(back)):
        if i < heads:
            wide += back[i] * back[i]
        else:
            deep += back[i] * back[i]
    for r in features:
        seen[r, 0] += wide
        seen[r, 1] += deep
        a = np.float32(rate / np.sqrt(seen[r, 0]))
        b = np.float32(rate / np.sqrt(seen[r, 1]))
        for i in range(heads):
            table[r, i] -= a * (back[i] + decay * table[r, i])
        for i in range(heads, len(back)):
            table[r, i] -= b * (back[i] + decay * table[r, i])


@njit(fastmath=True, nogil=True)
def epoch(
    rows, starts, order, goals, weights, table, seen, w1, b1, w2, b2, g1, gb1, g2, gb2,
    rate, dense_rate, decay, keep, keep_hidden, seed,
):  # fmt: skip
    """One pass in ``order``, in place; ``seen`` and ``g*`` are sums of squared gradients. Returns the mean loss.

    ``keep`` and ``keep_hidden`` are the shares of features and hidden units that dropout leaves.
    """
    np.random.seed(seed)
    heads = w2.shape[1]
    total, back = np.empty(table.shape[1], np.float32), np.empty(table.shape[1], np.float32)
    state, ahead = np.empty(w1.shape[1], np.float32), np.empty(w1.shape[1], np.float32)
    error = np.empty(heads, np.float32)
    kept = np.empty(50_000, np.int64)
    loss, count = 0.0, 0.0
    for s in order:
        n = _drop(rows[starts[s] : starts[s + 1]], keep, kept)
        if n == 0:
            continue
        scale = _pool(kept[:n], table, total)
        _hidden(total, heads, w1, b1, state)
        _rectify(state, keep_hidden)
        loss += _errors(total, state, w2, b2, goals[s], weights[s], error)
        count += weights[s].sum()
        _learn_output(state, error, w2, b2, g2, gb2, dense_rate, keep_hidden, ahead)
        _learn_hidden(total, heads, ahead, w1, b1, g1, gb1, dense_rate, back)
        back[:heads] = error
        back *= scale
        _learn_rows(kept[:n], table, seen, heads, back, rate, decay)
    return loss / max(count, 1.0)


@njit(fastmath=True, nogil=True)
def _dual_step(alpha, margin, norm, cost):
    """One Newton search for a row's two dual variables (Yu, Huang and Lin 2011); returns by how much it moved."""
    side, sign = 0, 1.0
    if 0.5 * norm * (alpha[1] - alpha[0]) + margin < 0:
        side, sign = 1, -1.0
    old = alpha[side]
    z = old if cost - old >= 0.5 * cost else 0.1 * old
    gradient = norm * (z - old) + sign * margin + np.log(z / (cost - z))
    steps = 0
    while steps < 50 and abs(gradient) > 1e-3:
        ahead = z - gradient / (norm + cost / (cost - z) / z)
        z = 0.1 * z if ahead <= 0 else ahead
        gradient = norm * (z - old) + sign * margin + np.log(z / (cost - z))
        steps += 1
    if steps == 0:
        return 0.0
    alpha[side], alpha[1 - side] = z, cost - z
    return sign * (z - old)


@njit(fastmath=True, nogil=True)
def linear(rows, starts, scale, signs, costs, passes, seed, weights):
    """Logistic regression by dual coordinate descent, close to its optimum: ``weights`` of features, then the bias.

    A feature's value is its count times ``scale`` over the square root of the text's number of features.
    """
    np.random.seed(seed)
    texts, bias = len(starts) - 1, len(weights) - 1
    alpha = np.empty((texts, 2))
    norms = np.empty(texts)
    for s in range(texts):
        total = 0.0
        for row in rows[starts[s] : starts[s + 1]]:
            total += scale[row] ** 2
        norms[s] = total / max(starts[s + 1] - starts[s], 1) + 1.0
        alpha[s, 0] = min(0.001 * costs[s], 1e-8)
        alpha[s, 1] = costs[s] - alpha[s, 0]
    order = np.arange(texts)
    for _ in range(passes):
        np.random.shuffle(order)
        for text in order:
            features = rows[starts[text] : starts[text + 1]]
            share = 1.0 / np.sqrt(max(len(features), 1))
            margin = weights[bias]
            for row in features:
                margin += weights[row] * scale[row] * share
            moved = signs[text] * _dual_step(
                alpha[text], signs[text] * margin, norms[text], costs[text]
            )
            if moved != 0.0:
                weights[bias] += moved
                for row in features:
                    weights[row] += moved * scale[row] * share
