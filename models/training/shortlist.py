"""Which target pieces a source piece can lead to: with such lists a decoding step on a CPU costs about half.

The idea is of Jean et al. 2015 (arXiv 1412.2007, section 3.2); the file is CTranslate2's vocabulary map: a line for a
source piece, a tab, the target pieces. An engine decodes a batch over the union of the lists of its pieces.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from models.training.lexicon import Lexicon, Table
from models.training.shards import BOTH_WAYS, Pairs
from models.training.vocabulary import EOS_ID, TARGET_TOKENS, Vocabulary

__all__ = ["FREQUENT", "LIKELY", "learn", "write"]

FREQUENT = 3_000
LIKELY = 60
FROM = 10
LEAST = 1e-3
FUNCTION = 400  # so many most frequent source pieces go with everything

Lists = dict[str, list[str]]


def learn(
    pairs: Pairs,
    vocabulary: Vocabulary,
    lexicon: Lexicon,
    *,
    frequent: int = FREQUENT,
    likely: int = LIKELY,
    sources: int = FROM,
    directions: Sequence[str] = BOTH_WAYS,
) -> Lists:
    """Target pieces by source piece. What stands under a target token (``>>zho<<``) is in every list of that direction.

    Under a target token stand its ``frequent`` most frequent pieces, all bytes, placeholders and single ASCII
    characters; under a piece, of the others, the ``likely`` pieces that it most probably becomes, those that
    it is one of the ``sources`` most probable sources of, and all pieces of the same text, for what is copied.
    A model of one direction needs those of its ``directions`` only, which are half as long.
    """
    pieces = vocabulary.pieces
    always = {i for i, piece in enumerate(pieces) if _always(piece)} | {EOS_ID}
    same: dict[int, set[int]] = {}
    for one, other in vocabulary.same_text:
        same.setdefault(one, set()).add(other)
    lists: dict[int, set[int]] = {i: set(same.get(i, ())) for i in range(len(pieces))}
    fixed: Lists = {"": [pieces[i] for i in sorted(always)]}
    count_en, count_zh = (np.bincount(ids, minlength=len(pieces)) for ids in (pairs.en, pairs.zh))
    for direction, table, reverse, seen, written in (
        ("en-zh", lexicon.en_zh, lexicon.zh_en, count_en, count_zh),
        ("zh-en", lexicon.zh_en, lexicon.en_zh, count_zh, count_en),
    ):
        if direction not in directions:
            continue
        rare = written > 0
        rare[list(always)] = False
        common = [int(i) for i in np.argsort(np.where(rare, -written, 0))[:frequent] if rare[i]]
        rare[common] = False
        fixed[TARGET_TOKENS[direction]] = [pieces[i] for i in sorted(common)]
        for source in np.flatnonzero(seen):
            lists[int(source)].update(_best(table, int(source), rare, likely))
        telling = seen > 0
        telling[np.argsort(-seen)[:FUNCTION]] = False  # or every union would be long
        for target in np.flatnonzero(rare):
            for likely_source in _best(reverse, int(target), telling, sources):
                lists[likely_source].add(int(target))
    control = set(TARGET_TOKENS.values())
    found = {
        pieces[i]: [pieces[j] for j in sorted(targets - always)]
        for i, targets in lists.items()
        if targets - always and pieces[i] not in control
    }
    return fixed | found


def write(lists: Lists, path: Path) -> None:
    """CTranslate2's ``vmap.txt``; pieces hold no blank, so blanks part them."""
    lines = [f"{source}\t{' '.join(targets)}\n" for source, targets in lists.items()]
    path.write_text("".join(lines), encoding="utf-8")


def _best(table: Table, row: int, allowed: npt.NDArray[np.bool_], most: int) -> list[int]:
    """Columns of a row with the highest probability, of those allowed and not improbable."""
    values = np.where(allowed, table[row].astype(np.float32), 0)
    top = np.argsort(-values)[:most]
    return [int(i) for i in top if values[i] >= LEAST]


def _always(piece: str) -> bool:
    text = piece.removeprefix("▁")
    return piece.startswith(("<0x", "⟦")) or (
        len(text) <= 1 and (text.isascii() or not text.isalnum())
    )
