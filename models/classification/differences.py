"""Texts that follow each other and are nearly the same, as a search for the words behind a score asks about them.

Of such a text only the stretch in which it differs from the one before is looked at: what is counted in the rest is
known already. Features that depend on neighbouring code points alone can be counted this way exactly.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.classification.features import Bags, Counts, Fresh, Stream

__all__ = ["Differences", "find_differences"]

_WORTH = 0.7  # of a text's length: above, the stretches with their surroundings are no less work
_MOST_STRANGERS = 0.75  # share of texts without the least likeness from which nobody looks closer


@dataclass(frozen=True, slots=True)
class Differences:
    """A stream of pieces in place of one of texts: a whole text is one piece, of another there are two.

    Of these the first is what the text before had and this one has not, the second what this one has instead, both
    with what stands around it.
    """

    pieces: Stream
    fresh: Fresh
    first: Counts  # of each text its first piece
    signs: NDArray[np.float32]  # of each piece: 1, or -1 for what is to be taken away
    whole: Counts  # of each text the last one up to it that is whole

    def by_text(self, bags: Bags) -> tuple[Counts, NDArray[np.float32]]:
        """From the features of the pieces: where those of each text begin, and what each counts for, 1 or -1."""
        starts = np.append(bags.starts[self.first], bags.starts[-1])
        return starts, np.repeat(self.signs, bags.counts())

    def counts(self, bags: Bags) -> Counts:
        """How many features each text has, from those of the pieces."""
        own = np.add.reduceat(bags.counts() * self.signs, self.first)
        found: Counts = self.total(own).astype(np.int64)
        return found

    def total(self, own: NDArray[np.float32]) -> NDArray[np.float64]:
        """The sums of each text from those of its own pieces; whole numbers, so these are exact."""
        running = np.cumsum(own, axis=0, dtype=np.float64)
        found: NDArray[np.float64] = running - (running - own)[self.whole]
        return found


def find_differences(stream: Stream, reach: int) -> Differences | None:
    """The stretches to look at; None where hardly a text is like the one before. Linear in the code points.

    ``reach``: code points of the longest feature but one: so much is taken on either side of a stretch.
    """
    codes, document = stream.codes, stream.document
    lengths = np.bincount(document, minlength=stream.documents)
    ends = np.cumsum(lengths)
    starts = ends - lengths
    if stream.documents < 2 or not lengths.all():
        return None
    second, last = codes[np.minimum(starts + 1, ends - 1)], codes[np.maximum(ends - 2, starts)]
    alike = (second[1:] == second[:-1]) | (last[1:] == last[:-1])
    if np.count_nonzero(alike) < (1 - _MOST_STRANGERS) * len(alike):
        return None
    before, after = _shared(codes, document, starts, ends)
    lengths_before = np.concatenate((lengths[:1], lengths[:-1]))
    after = np.minimum(after, np.minimum(lengths, lengths_before) - before)
    left = np.maximum(before - reach, 0)
    right = np.maximum(after - reach, 0)
    size, size_before = lengths - left - right, lengths_before - left - right
    follows = size + size_before < _WORTH * lengths
    follows[0] = False
    if not follows.any():
        return None
    pieces = 1 + follows
    plus = np.cumsum(pieces) - 1  # of each text its piece to add
    minus = plus[follows] - 1  # of each that is no whole one its piece to take away
    piece_starts = np.empty(int(pieces.sum()), dtype=np.int64)
    piece_sizes = np.empty_like(piece_starts)
    piece_starts[plus] = np.where(follows, starts + left, starts)
    piece_sizes[plus] = np.where(follows, size, lengths)
    piece_starts[minus] = (np.concatenate((starts[:1], starts[:-1])) + left)[follows]
    piece_sizes[minus] = size_before[follows]
    piece_ends = np.cumsum(piece_sizes)
    offsets = piece_ends - piece_sizes
    places = np.repeat(piece_starts - offsets, piece_sizes) + np.arange(int(piece_ends[-1]))
    owner = np.repeat(np.arange(len(piece_sizes), dtype=np.int32), piece_sizes)
    # In the pieces, what is not shared goes from ``since`` to ``until``.
    since, until = offsets.copy(), piece_ends.copy()
    for found in (plus[follows], minus):
        since[found] += (before - left)[follows]
        until[found] -= (after - right)[follows]
    fresh = _fresh(since, until, owner)
    signs = np.ones(len(piece_sizes), dtype=np.float32)
    signs[minus] = -1
    whole = np.flatnonzero(~follows)[np.cumsum(~follows) - 1]
    stretches = Stream(codes[places], owner, len(piece_sizes))
    return Differences(stretches, fresh, plus - follows, signs, whole)


def _fresh(since: Counts, until: Counts, owner: NDArray[np.int32]) -> Fresh:
    """Which code points are not shared, and how many places between two of them were not there before, up to each."""
    place = np.arange(len(owner), dtype=np.int32)
    first, end = _int32(since)[owner], _int32(until)[owner]
    inside = (place >= first) & (place < end)
    seams = (place >= first) & (place <= end)  # the place before each code point
    return Fresh(inside, np.cumsum(seams, dtype=np.int32))


def _shared(
    codes: NDArray[np.uint32], document: NDArray[np.int32], starts: Counts, ends: Counts
) -> tuple[Counts, Counts]:
    """How many code points each text shares with the one before at its start and at its end; 0 of the first."""
    place = np.arange(len(codes), dtype=np.int32)
    starts_before = np.concatenate((starts[:1], starts[:-1]))
    ends_before = np.concatenate((starts[:1], ends[:-1]))  # of the first: nothing is before it
    from_start = place + _int32(starts_before - starts)[document]
    differs = (from_start >= _int32(ends_before)[document]) | (
        codes[np.maximum(from_start, 0)] != codes
    )
    first = np.minimum.reduceat(np.where(differs, place, np.int32(len(codes))), starts)
    from_end = place + _int32(ends_before - ends)[document]
    differs = (from_end < _int32(starts_before)[document]) | (
        codes[np.maximum(from_end, 0)] != codes
    )
    final = np.maximum.reduceat(np.where(differs, place, np.int32(-1)), starts)
    return np.minimum(first, ends) - starts, ends - 1 - np.maximum(final, starts - 1)


def _int32(numbers: Counts) -> NDArray[np.int32]:
    """Half the memory to go through; a pass holds some thousand code points."""
    return numbers.astype(np.int32)
