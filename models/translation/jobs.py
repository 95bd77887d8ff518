"""What every translation engine does around its model: encode, cap, sort, cut into batches, put back in order."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from models.interfaces import Alignment, DecodeOptions, Hypothesis, Segment
from models.translation.profile import Profile
from models.translation.tokenizer import Tokenizer

__all__ = ["Job", "align", "batches", "check_options", "collect", "encode", "output_cap"]

_CAP_STEP = 64  # coarse: a batch has one cap, and most sentences should share a batch


@dataclass(frozen=True, slots=True)
class Job:
    """One segment ready to decode. ``tokens`` is the whole source with control tokens, ``cap`` bounds the output.

    ``prefix`` is how many control tokens come before the text.
    """

    index: int
    tokens: list[str]
    cap: int
    prefix: int = 0


def check_options(options: DecodeOptions) -> None:
    """Raise ``ValueError`` for a search that no engine can run."""
    if not 1 <= options.num_hypotheses <= options.beam_size:
        raise ValueError(
            f"num_hypotheses is {options.num_hypotheses}, must be 1 to beam_size ({options.beam_size})"
        )


def output_cap(pieces: int, options: DecodeOptions, limit: int) -> int:
    """Most output tokens for a source of so many pieces: 2n + 16, rounded up so that a batch can share it.

    It depends on the segment alone, so that a segment decodes the same in any batch.
    """
    if options.max_output_tokens > 0:
        return min(options.max_output_tokens, limit)
    cap = -(-(2 * pieces + 16) // _CAP_STEP) * _CAP_STEP
    return min(cap, limit)


def encode(
    segments: Sequence[Segment],
    options: DecodeOptions,
    *,
    profile: Profile,
    tokenizer: Tokenizer,
    max_input_tokens: int,
) -> list[Job]:
    """Jobs of the segments that have anything to translate.

    Raises ``ValueError`` for a direction that is not served and for a segment over the limit.
    """
    jobs = []
    for index, segment in enumerate(segments):
        prefix = profile.prefix(segment.source_lang, segment.target_lang)
        pieces = tokenizer.encode(segment.text)
        if len(pieces) > max_input_tokens:
            raise ValueError(
                f"segment {index} has {len(pieces)} tokens, over the limit of {max_input_tokens}"
            )
        if pieces:
            cap = output_cap(len(pieces), options, profile.max_output_tokens)
            jobs.append(Job(index, tokenizer.source(pieces, prefix), cap, len(prefix)))
    return jobs


def align(
    job: Job,
    source: str,
    tokens: Sequence[str],
    target: str,
    attention: Sequence[Sequence[float]],
    tokenizer: Tokenizer,
) -> Alignment | None:
    """The alignment of output ``tokens`` (text ``target``) with the job's text; ``attention`` has a row for each of
    them at least, and a column for each source token with control tokens. None where texts and tokens differ."""
    read = slice(job.prefix, len(job.tokens) - 1)
    told, said = tokenizer.ranges(source, job.tokens[read]), tokenizer.ranges(target, tokens)
    if told is None or said is None:
        return None
    rows = attention[: len(tokens)]
    return Alignment(told, said, tuple(tuple(map(float, row[read])) for row in rows))


def batches(jobs: Iterable[Job], *, max_segments: int, max_tokens: int) -> list[list[Job]]:
    """Batches of like length and one cap each, longest first.

    A small list stays one batch whoever is idle: its halves on two cores run slower than the whole on one, and the
    service keeps the other core busy with another batch.

    ``max_tokens`` bounds a batch's padded source tokens; a longer segment goes alone.
    """
    ordered = sorted(jobs, key=lambda job: (-job.cap, -len(job.tokens), job.index))
    cut: list[list[Job]] = []
    for _, group in groupby(ordered, key=lambda job: job.cap):
        batch: list[Job] = []
        for job in group:
            longest = len(batch[0].tokens) if batch else 0
            if batch and (len(batch) >= max_segments or longest * (len(batch) + 1) > max_tokens):
                cut.append(batch)
                batch = []
            batch.append(job)
        cut.append(batch)
    return cut


def collect(count: int, found: Mapping[int, list[Hypothesis]]) -> list[list[Hypothesis]]:
    """Hypotheses of all segments in order; a segment without anything to translate has one empty hypothesis."""
    return [found.get(index) or [Hypothesis(text="", score=0.0)] for index in range(count)]
