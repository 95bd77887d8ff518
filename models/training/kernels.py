"""The two loops over all pairs that must run at machine speed; numba compiles them on import."""

import numba
import numpy as np

__all__ = ["literalness", "model1_round"]


@numba.njit(cache=True)
def literalness(ez, ze, en, zh, eo, zo, rows):  # type: ignore[no-untyped-def]  # numba compiles it
    """Mean log of the best link of every piece, both directions, for each of ``rows``."""
    out = np.empty(len(rows), np.float32)
    for n in range(len(rows)):
        k = rows[n]
        total = 0.0
        for j in range(zo[k], zo[k + 1]):
            best = 1e-4
            for i in range(eo[k], eo[k + 1]):
                best = max(best, float(ez[en[i], zh[j]]))
            total += np.log(best)
        forward = total / max(1, zo[k + 1] - zo[k])
        total = 0.0
        for i in range(eo[k], eo[k + 1]):
            best = 1e-4
            for j in range(zo[k], zo[k + 1]):
                best = max(best, float(ze[zh[j], en[i]]))
            total += np.log(best)
        out[n] = forward + total / max(1, eo[k + 1] - eo[k])
    return out


@numba.njit(cache=True)
def model1_round(src, tgt, so, to, rows, t, c):  # type: ignore[no-untyped-def]  # numba compiles it
    """One round of expectation-maximisation; ``c`` holds counts and is zero again afterwards."""
    for k in rows:
        for j in range(to[k], to[k + 1]):
            z = 1e-9
            for i in range(so[k], so[k + 1]):
                z += t[src[i], tgt[j]]
            for i in range(so[k], so[k + 1]):
                c[src[i], tgt[j]] += t[src[i], tgt[j]] / z
    for s in range(c.shape[0]):
        z = 0.5
        for x in range(c.shape[1]):
            z += c[s, x]
        for x in range(c.shape[1]):
            t[s, x] = c[s, x] / z
            c[s, x] = 0
