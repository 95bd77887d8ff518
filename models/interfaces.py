"""The whole seam between the service and anything that holds weights: two Protocols and their plain data."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

__all__ = [
    "Alignment", "Classifier", "ClassifierInfo", "DecodeOptions", "EngineInfo", "Hypothesis", "Scores", "Segment",
    "TranslationEngine",
]  # fmt: skip

# One text's scores in [0, 1], in the order of ``ClassifierInfo.categories``; None where the model knows nothing.
Scores = tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Segment:
    """One unit of text to translate. Languages are the engine's own two codes, ``en`` and ``zh``."""

    text: str
    source_lang: str
    target_lang: str


@dataclass(frozen=True, slots=True)
class DecodeOptions:
    """How to search. Hashable, because a batch holds segments of one set of options only.

    ``max_output_tokens`` is a hard cap for each segment; 0 lets the engine derive one from the source length.
    """

    beam_size: int = 2
    num_hypotheses: int = 1
    no_repeat_ngram: int = 0
    repetition_penalty: float = 1.0
    max_output_tokens: int = 0
    align: bool = False  # say which words came from which, where the engine can


@dataclass(frozen=True, slots=True)
class Alignment:
    """Which part of a source each part of an output came from.

    ``source`` and ``target`` are code point ranges of the tokens in the segment's text and in the hypothesis';
    ``weights`` has a row for each of ``target`` and a column for each of ``source``: shares of attention, a row
    sums to 1 at the most.
    """

    source: tuple[tuple[int, int], ...]
    target: tuple[tuple[int, int], ...]
    weights: tuple[tuple[float, ...], ...]


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """One decoded output. ``score`` is the mean log-probability a token, at most 0; ``tokens`` counts the output.

    Several come best first by the search's own measure, which may prefer a longer one to one of a higher mean.
    """

    text: str
    score: float
    tokens: int = 0
    truncated: bool = False  # the output cap was reached before the end of sentence
    alignment: Alignment | None = None  # only where ``DecodeOptions.align`` asked for it


@dataclass(frozen=True, slots=True)
class EngineInfo:
    """What a loaded engine is. ``placeholders`` are the symbols its model copies; empty if it knows none."""

    id: str
    engine: str  # "ct2" | "marian" | "fake"
    directions: frozenset[tuple[str, str]]
    max_input_tokens: int
    placeholders: tuple[str, ...] = ()
    licence: str = ""
    source: str = ""
    sha256: str = ""  # of the weights, or empty when there are none
    details: dict[str, str] = field(default_factory=dict, hash=False)
    aligns: bool = False  # whether ``DecodeOptions.align`` has an effect
    mixes: bool = (
        True  # whether one batch may hold both directions; False: each has a model of its own
    )


@runtime_checkable
class TranslationEngine(Protocol):
    """A loaded translation model. Synchronous; text never becomes control tokens.

    ``translate`` is called from several threads at once only where the engine's own docstring allows it.
    """

    @property
    def info(self) -> EngineInfo: ...

    def count_tokens(self, text: str, source_lang: str) -> int:
        """Tokens that ``text`` takes as a source, without control tokens."""
        ...

    def translate(
        self, segments: Sequence[Segment], options: DecodeOptions
    ) -> list[list[Hypothesis]]:
        """Hypotheses, best first, one list for each segment and in their order.

        Raises ``ValueError`` for a direction not in ``info.directions``, or a segment over
        ``max_input_tokens``.
        """
        ...

    def close(self) -> None:
        """Release threads and weights; calling twice is allowed."""
        ...


@dataclass(frozen=True, slots=True)
class ClassifierInfo:
    """What a loaded classifier is. ``supported`` holds the (language, category) pairs that it was trained for."""

    id: str
    classifier: str  # "compact" | "transformers" | "fake"
    categories: tuple[str, ...]  # columns of ``Scores``, names of service.domain.Category
    supported: frozenset[tuple[str, str]]  # ("en" | "zh", category)
    max_input_chars: int  # longer texts are for the caller to cut into windows
    licence: str = ""
    source: str = ""
    sha256: str = ""
    details: dict[str, str] = field(default_factory=dict, hash=False)


@runtime_checkable
class Classifier(Protocol):
    """A loaded text classifier. Synchronous, deterministic, safe to call from several threads at once."""

    @property
    def info(self) -> ClassifierInfo: ...

    def classify(self, texts: Sequence[str], langs: Sequence[str]) -> list[Scores]:
        """Calibrated scores, one tuple for each text in order; ``langs`` are ``en``, ``zh``, ``mixed`` or ``other``.

        ``mixed`` is scored like the language that has the higher score; ``other`` gets None everywhere. Raises
        ``ValueError`` for lists of different length or a text over ``max_input_chars``.
        """
        ...

    def close(self) -> None:
        """Release threads and weights; calling twice is allowed."""
        ...
