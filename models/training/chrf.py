"""Sentence chrF (Popović 2015: character n-grams to 6, beta 2), with the reference counted once for many hypotheses."""

from collections import Counter

__all__ = ["SentenceChrf"]

ORDER, FACTOR = 6, 4.0


class SentenceChrf:
    """Scores hypotheses against one reference, 0 to 100; the numbers of sacrebleu's ``sentence_chrf``."""

    def __init__(self, reference: str) -> None:
        self._reference = _counts(reference)

    def score(self, hypothesis: str) -> float:
        precision = recall = 0.0
        orders = 0
        for ours, theirs in zip(_counts(hypothesis), self._reference, strict=True):
            total, wanted = ours.total(), theirs.total()
            if total and wanted:
                matches = sum(min(n, theirs[gram]) for gram, n in ours.items() if gram in theirs)
                precision += matches / total
                recall += matches / wanted
                orders += 1
        if not precision:
            return 0.0
        precision, recall = precision / orders, recall / orders
        return 100 * (1 + FACTOR) * precision * recall / (FACTOR * precision + recall)


def _counts(text: str) -> list[Counter[str]]:
    text = "".join(text.split())
    return [
        Counter([text[i : i + n] for i in range(len(text) - n + 1)]) for n in range(1, ORDER + 1)
    ]
