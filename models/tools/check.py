"""Do two engines translate alike? The parity check behind a conversion: torch against CTranslate2, float32 or int8."""

from collections.abc import Sequence
from dataclasses import dataclass

from models.interfaces import DecodeOptions, Segment, TranslationEngine

__all__ = ["Parity", "chrf", "parity"]


@dataclass(frozen=True, slots=True)
class Parity:
    """``chrf`` is of the candidate's texts against the reference engine's, 0 to 100; ``different`` holds indexes."""

    segments: int
    different: tuple[int, ...]
    chrf: float
    score_gap: float  # largest difference of the mean log-probability where the texts agree

    @property
    def exact(self) -> bool:
        return not self.different


def parity(
    reference: TranslationEngine,
    candidate: TranslationEngine,
    segments: Sequence[Segment],
    options: DecodeOptions | None = None,
) -> Parity:
    """Translate the same segments with both engines and compare the best hypotheses."""
    search = options or DecodeOptions()
    wanted = [found[0] for found in reference.translate(segments, search)]
    got = [found[0] for found in candidate.translate(segments, search)]
    different = tuple(
        i for i, (a, b) in enumerate(zip(wanted, got, strict=True)) if a.text != b.text
    )
    same = [i for i in range(len(segments)) if i not in set(different)]
    return Parity(
        segments=len(segments),
        different=different,
        chrf=chrf([h.text for h in got], [h.text for h in wanted]),
        score_gap=max((abs(wanted[i].score - got[i].score) for i in same), default=0.0),
    )


def chrf(outputs: Sequence[str], references: Sequence[str]) -> float:
    """Corpus chrF of sacrebleu; 100 for nothing to compare."""
    if not references:
        return 100.0
    try:
        from sacrebleu.metrics.chrf import CHRF
    except ImportError as error:
        raise ImportError('chrF needs sacrebleu: pip install ".[torch]"') from error
    return float(CHRF().corpus_score(list(outputs), [list(references)]).score)
